//! A router that starts over: what is open in the store, carried forward by the journal to where the last one was.
//!
//! What must stay true: nothing is decided here, and an offer that was accepted is not lost.

use super::hearing::{events_of, place_of};
use super::{
    GRACE, Held, LostOffer, OpenConversation, RouterState, Routing, RoutingEvent, Session,
    SkillSet, Waiting,
};
use crate::configuration::{ConfigFeed, Snapshot};
use crate::follow::CommittedLog;
use crate::ids::{AgentId, ConversationId, TenantId};
use crate::journal::Position;
use crate::message::{Entry, Fact, OfferEnd, Timestamp};
use crate::store::{OpenBot, Store, StoreError};

/// What the router of a tenant knows as of `seen`, with nobody signed in.
pub(super) async fn restore(
    store: &dyn Store,
    log: &CommittedLog,
    config: &ConfigFeed,
    tenant: TenantId,
    seen: Position,
    now: Timestamp,
) -> Result<RouterState, StoreError> {
    let snapshot = store.routing(tenant).await?;
    let current = config.current();
    let mut lost = snapshot.lost_offers;
    let open = snapshot.open.into_iter().map(open_for_routing);
    let mut routing = Routing::rebuild(tenant, GRACE, open, now, &current);
    for (conversation, agent) in snapshot.refusals {
        routing.refused_before(conversation, agent);
    }
    for (agent, at) in finished(store, tenant, now, &current).await? {
        routing.finished_before(agent, at);
    }
    log.replay(snapshot.as_of, seen, |committed| {
        lost.retain(|offer| !accepts(&committed.entry, offer));
        for (conversation, agent) in refusals(&committed.entry) {
            routing.refused_before(conversation, agent);
        }
        for event in events_of(&committed.entry, config) {
            // What was decided then was carried out then.
            routing.replay(event, now, &current);
        }
    })
    .await
    .map_err(|error| StoreError(Box::new(error)))?;
    Ok(RouterState {
        routing,
        as_of: snapshot.as_of.max(seen),
        sessions: snapshot.sessions.into_iter().collect(),
        lost,
    })
}

/// Who finished a conversation that they may still be writing up, and when.
async fn finished(
    store: &dyn Store,
    tenant: TenantId,
    now: Timestamp,
    config: &Snapshot,
) -> Result<Vec<(AgentId, Timestamp)>, StoreError> {
    let agents = config.agents.values();
    let own = agents.filter(|agent| agent.tenant == tenant);
    let longest = own.map(|agent| agent.wrap_up_secs).max().unwrap_or(0);
    if longest == 0 {
        return Ok(Vec::new());
    }
    let since = now.0.saturating_sub(i64::from(longest) * 1_000_000);
    store.finished_since(tenant, Timestamp(since)).await
}

fn refusals(entry: &Entry) -> impl Iterator<Item = (ConversationId, AgentId)> {
    entry.facts.iter().filter_map(|fact| match fact {
        Fact::OfferEnded {
            conversation,
            agent,
            end: OfferEnd::Refused | OfferEnd::TimedOut,
            ..
        } => Some((*conversation, *agent)),
        _ => None,
    })
}

fn accepts(entry: &Entry, lost: &LostOffer) -> bool {
    entry.facts.iter().any(
        |fact| matches!(fact, Fact::Assigned { offer: Some(offer), .. } if *offer == lost.offer),
    )
}

/// Gives every agent their place back; those without a desk have the grace time to open one.
pub(super) fn sign_in_again(
    state: &mut RouterState,
    is_connected: impl Fn(AgentId) -> bool,
    now: Timestamp,
    config: &ConfigFeed,
) {
    let current = config.current();
    for (&agent, choice) in &state.sessions {
        let session = Session {
            queues: choice.queues.iter().copied().collect(),
            strategy: choice.strategy,
            presence: choice.presence,
            skills: SkillSet::default(),
        };
        let back = RoutingEvent::AgentSignedIn { agent, session };
        state.routing.replay(back, now, &current);
        if !is_connected(agent) {
            let gone = RoutingEvent::AgentConnectionLost { agent };
            state.routing.replay(gone, now, &current);
        }
    }
}

fn open_for_routing(open: crate::store::OpenConversation) -> OpenConversation {
    if let Some(agent) = open.agent {
        return OpenConversation::Held(Held {
            conversation: open.conversation,
            key: open.key,
            kind: open.kind,
            queue: open.queue,
            waiting_since: open.waiting_since,
            agent,
        });
    }
    let place = place_of(open.queue, open.bot.map(|bot| bot.chatbot));
    let waiting = Waiting {
        conversation: open.conversation,
        key: open.key,
        kind: open.kind,
        place,
        waiting_since: open.waiting_since,
        priority: 0,
        required: SkillSet::default(),
        refused: Vec::new(),
        preferred: open.preferred,
    };
    match open.bot {
        Some(OpenBot { running: true, .. }) => OpenConversation::WithBot(waiting),
        Some(_) | None => OpenConversation::Waiting(waiting),
    }
}

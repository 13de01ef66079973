//! The router's state machine: which conversation goes to which agent.
//!
//! It is pure: the same events at the same times under the same configuration give the same actions. What must stay true
//! after every step:
//! - an item is waiting, on offer, being assigned, or somebody's, and never two of these;
//! - an agent's units in use never pass the agent's capacity, except by a flagged override or because the capacity was
//!   configured down, or weights up, later;
//! - no waiting item of an automatic queue and no ready agent go together unless the agent refused the item;
//! - of two items that an agent could get, the one with the greater priority, then age, was offered first;
//! - nothing that is due is still open.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::action::{Request, RoutingAction};
use super::agent::AgentState;
use super::bots::{BotPlace, BotTurn};
use super::burden::Burden;
use super::event::{Held, OpenConversation, Place, Requeued, RoutingEvent, Waiting};
use super::index::{Deadline, Index};
use super::item::{Claim, Item, Refusers, Stage};
use super::lane::LaneId;
use super::skills::SkillSet;
use crate::configuration::Snapshot;
use crate::ids::{AgentId, ConversationId, OfferId, QueueId, TenantId};
use crate::message::{Actor, OfferEnd, Timestamp};
use crate::weights::Weights;

/// How long an agent who lost the connection may take to come back before offers are withdrawn and the queues' policies
/// apply, unless configured otherwise.
pub const GRACE: Duration = Duration::from_secs(30);

/// The routing of one tenant.
#[derive(Clone, Debug)]
pub struct Routing {
    pub(super) tenant: TenantId,
    pub(super) grace: Duration,
    pub(super) items: BTreeMap<ConversationId, Box<Item>>,
    pub(super) index: Index,
    pub(super) revision: Option<u64>,
    /// The time of the step in progress.
    pub(super) now: Timestamp,
    pub(super) actions: Vec<RoutingAction>,
    /// The deadline that the actor knows of.
    announced: Option<Timestamp>,
    /// Who may look otherwise to colleagues than before.
    pub(super) seen_anew: BTreeSet<AgentId>,
    /// People who may be logged in at once; `None` is no limit.
    pub(super) seats: Option<u32>,
    /// What conversations take of whoever holds them.
    pub(super) weights: Weights,
}

impl Routing {
    /// A router that knows no conversation.
    #[must_use]
    pub fn new(tenant: TenantId, grace: Duration) -> Self {
        Self {
            tenant,
            grace,
            items: BTreeMap::new(),
            index: Index::default(),
            revision: None,
            now: Timestamp::default(),
            actions: Vec::new(),
            announced: None,
            seen_anew: BTreeSet::new(),
            seats: None,
            weights: Weights::default(),
        }
    }

    /// A router after a restart, from the conversations that are open. Agents come back by themselves; those who have
    /// conversations are given the grace time for it. After it, [`replay`](Self::replay) what came since, then step once
    /// with `ConfigChanged` to learn the first deadline.
    #[must_use]
    pub fn rebuild(
        tenant: TenantId,
        grace: Duration,
        open: impl IntoIterator<Item = OpenConversation>,
        now: Timestamp,
        config: &Snapshot,
    ) -> Self {
        let mut routing = Self::new(tenant, grace);
        routing.now = now;
        routing.configure(config);
        for conversation in open {
            match conversation {
                OpenConversation::Waiting(waiting) => routing.wait(waiting),
                OpenConversation::WithBot(waiting) => {
                    let id = waiting.conversation;
                    routing.wait(waiting);
                    routing.bot_started(id);
                }
                OpenConversation::Held(held) => routing.assigned(held),
            }
        }
        routing.actions.clear();
        routing
    }

    /// Takes in one event at `now`. Whatever fell due before is done first.
    pub fn step(
        &mut self,
        event: RoutingEvent,
        now: Timestamp,
        config: &Snapshot,
    ) -> Vec<RoutingAction> {
        self.now = now;
        self.configure(config);
        self.expire();
        self.apply(event);
        self.settle();
        self.start_bots();
        self.announce();
        std::mem::take(&mut self.actions)
    }

    /// Takes in an event of the time before a restart. What was decided then was carried out then: nothing is offered,
    /// asked or announced here. The first step does what is left to do.
    pub fn replay(&mut self, event: RoutingEvent, now: Timestamp, config: &Snapshot) {
        self.now = now;
        self.configure(config);
        // Whoever had a session then keeps it.
        let seats = self.seats.take();
        self.apply(event);
        self.seats = seats;
        self.actions.clear();
    }

    /// Takes in that an agent refused a conversation before a restart: it is not offered to them again.
    pub(super) fn refused_before(&mut self, conversation: ConversationId, agent: AgentId) {
        self.change(conversation, |item| item.refused.insert(agent));
    }

    /// Takes in that an agent finished a conversation before a restart: if they were writing it up, they go on with that.
    pub(super) fn finished_before(&mut self, agent: AgentId, at: Timestamp) {
        self.wrap_up_since(agent, at);
    }

    /// What the journal says is taken in; what people ask for may be refused.
    fn apply(&mut self, event: RoutingEvent) {
        use RoutingEvent as Event;
        let (request, done) = match event {
            Event::ConversationWaiting(waiting) => return self.wait(waiting),
            Event::ConversationAssigned(held) => return self.assigned(held),
            Event::ConversationRequeued(requeued) => return self.requeued(requeued),
            Event::ConversationClosed { conversation } => return self.closed(conversation),
            Event::AssignmentFailed {
                conversation,
                agent,
            } => {
                return self.assignment_failed(conversation, agent);
            }
            Event::BotStarted { conversation } => return self.bot_started(conversation),
            Event::BotEnded { conversation } => return self.bot_ended(conversation),
            Event::BotFailed { conversation } => return self.bot_failed(conversation),
            Event::AgentConnectionLost { agent } => return self.connection_lost(agent),
            Event::AgentSignedOut { agent } => return self.signed_out(agent),
            // Whoever woke us spent the deadline that they knew.
            Event::DeadlineReached => return self.announced = None,
            Event::ConfigChanged => return,
            Event::AgentSignedIn { agent, session } => {
                (Request::SignIn { agent }, self.signed_in(agent, session))
            }
            Event::PresenceChanged { agent, presence } => (
                Request::Presence { agent },
                self.presence_changed(agent, presence),
            ),
            Event::AgentConnectionBack { agent } => {
                (Request::Presence { agent }, self.connection_back(agent))
            }
            Event::OfferAccepted { offer, agent } => {
                (Request::Accept { offer, agent }, self.accept(offer, agent))
            }
            Event::OfferRefused { offer, agent } => {
                (Request::Refuse { offer, agent }, self.decline(offer, agent))
            }
            Event::TakeRequested {
                conversation,
                agent,
            } => (
                Request::Take {
                    conversation,
                    agent,
                },
                self.take(conversation, agent),
            ),
            Event::AssignRequested {
                conversation,
                to,
                by,
                overriding,
            } => {
                let done = self.assign(conversation, to, by, overriding);
                (Request::Assign { conversation, to }, done)
            }
            Event::TransferRequested {
                conversation,
                to,
                by,
            } => (
                Request::Transfer { conversation },
                self.transfer(conversation, to, by),
            ),
        };
        if let Err(reason) = done {
            self.actions.push(RoutingAction::Refuse { request, reason });
        }
    }

    fn expire(&mut self) {
        while let Some((due, deadline)) = self.index.deadlines.first().copied()
            && due <= self.now
        {
            self.index.deadlines.pop_first();
            match deadline {
                Deadline::Offer(conversation) => self.time_out(conversation),
                Deadline::Grace(agent) => self.lose(agent),
                Deadline::WrapUp(agent) => self.wrap_up_ended(agent),
            }
        }
    }

    fn announce(&mut self) {
        let first = self.index.deadlines.first().map(|(due, _)| *due);
        if first != self.announced {
            self.announced = first;
            self.actions.extend(first.map(RoutingAction::NextDeadline));
        }
    }

    fn wait(&mut self, waiting: Waiting) {
        if self.items.contains_key(&waiting.conversation) {
            return;
        }
        let (id, burden) = (
            waiting.conversation,
            Burden::of(waiting.kind, &self.weights),
        );
        let queue = waiting.place.queue();
        let lane = queue.map(|queue| self.index.lane(queue, waiting.required, burden));
        let bot = waiting.place.chatbot().map(|chatbot| BotPlace {
            chatbot,
            turn: BotTurn::InLine,
        });
        let item = Item {
            key: waiting.key,
            kind: waiting.kind,
            burden,
            lane,
            bot,
            priority: waiting.priority,
            waiting_since: waiting.waiting_since,
            refused: waiting.refused.into_iter().collect(),
            preferred: waiting.preferred,
            offers_made: 0,
            stage: Stage::Waiting,
        };
        self.admit(id, item);
        self.tell_if_nobody_is_there(id);
    }

    fn assigned(&mut self, held: Held) {
        let (id, agent) = (held.conversation, held.agent);
        let Some(item) = self.items.get(&id) else {
            self.adopt(held);
            return;
        };
        let stage = match item.stage {
            Stage::Claimed(claim) if claim.agent != agent => Stage::Claimed(Claim {
                owner: Some(agent),
                ..claim
            }),
            Stage::Claimed(_) | Stage::Waiting | Stage::Owned(_) => Stage::Owned(agent),
            Stage::Offered(offer) => {
                self.report_end(id, offer.id, offer.agent, OfferEnd::Withdrawn);
                Stage::Owned(agent)
            }
        };
        let lane = held.queue.and_then(|queue| self.lane_in(id, queue));
        self.change(id, |item| {
            item.stage = stage;
            item.lane = lane.or(item.lane);
            item.bot = None;
        });
    }

    fn adopt(&mut self, held: Held) {
        let burden = Burden::of(held.kind, &self.weights);
        let lane = held
            .queue
            .map(|queue| self.index.lane(queue, SkillSet::default(), burden));
        let item = Item {
            key: held.key,
            kind: held.kind,
            burden,
            lane,
            bot: None,
            priority: 0,
            waiting_since: held.waiting_since,
            refused: Refusers::default(),
            preferred: None,
            offers_made: 0,
            stage: Stage::Owned(held.agent),
        };
        self.admit(held.conversation, item);
    }

    fn requeued(&mut self, requeued: Requeued) {
        let id = requeued.conversation;
        // Whoever gave it away, or had it taken from them by a person, is not asked again.
        let refused = match requeued.by {
            Actor::System => None,
            Actor::Agent(_) | Actor::Program | Actor::Customer => requeued.from,
        };
        let Some(lane) = self.lane_in(id, requeued.queue) else {
            self.wait(Waiting {
                conversation: id,
                key: requeued.key,
                kind: requeued.kind,
                place: Place::Queue(requeued.queue),
                waiting_since: requeued.waiting_since,
                priority: 0,
                required: SkillSet::default(),
                refused: refused.into_iter().collect(),
                preferred: requeued.preferred,
            });
            return;
        };
        self.withdraw_report(id);
        self.change(id, |item| {
            item.lane = Some(lane);
            item.bot = None;
            item.preferred = requeued.preferred.or(item.preferred);
            item.refused = refused.into_iter().collect();
            item.stage = match item.stage {
                Stage::Claimed(claim) => Stage::Claimed(Claim {
                    owner: None,
                    ..claim
                }),
                Stage::Waiting | Stage::Offered(_) | Stage::Owned(_) => Stage::Waiting,
            };
        });
        self.tell_if_nobody_is_there(id);
    }

    fn assignment_failed(&mut self, id: ConversationId, agent: AgentId) {
        let claim = match self.items.get(&id).map(|item| item.stage) {
            Some(Stage::Claimed(claim)) if claim.agent == agent => claim,
            Some(Stage::Claimed(_) | Stage::Waiting | Stage::Offered(_) | Stage::Owned(_))
            | None => return,
        };
        if let Some(offer) = claim.offer {
            self.report_end(id, offer, agent, OfferEnd::Withdrawn);
        }
        self.change(id, |item| {
            item.stage = claim.owner.map_or(Stage::Waiting, Stage::Owned)
        });
    }

    fn closed(&mut self, id: ConversationId) {
        self.withdraw_report(id);
        if let Some(Stage::Claimed(Claim {
            agent,
            offer: Some(offer),
            ..
        })) = self.items.get(&id).map(|item| item.stage)
        {
            self.report_end(id, offer, agent, OfferEnd::Withdrawn);
        }
        let Some(item) = self.items.remove(&id) else {
            return;
        };
        let before = self.index.holds(&item);
        self.index.unlist(id, &item);
        self.index.rehold(id, item.burden, &before, &[]);
        if let Some(owner) = item.owner() {
            self.wrap_up(owner);
        }
    }

    /// Whoever could not see the offer did not let it pass: they may be asked again.
    fn time_out(&mut self, id: ConversationId) {
        let Some(Stage::Offered(offer)) = self.items.get(&id).map(|item| item.stage) else {
            return;
        };
        let there = self
            .index
            .agents
            .get(&offer.agent)
            .is_some_and(AgentState::is_there);
        self.end_offer(
            id,
            if there {
                OfferEnd::TimedOut
            } else {
                OfferEnd::Withdrawn
            },
        );
    }

    /// Takes an offer back, or ends it in the agent's name; the item waits with its original age.
    pub(super) fn end_offer(&mut self, id: ConversationId, end: OfferEnd) {
        let Some(Stage::Offered(offer)) = self.items.get(&id).map(|item| item.stage) else {
            return;
        };
        self.report_end(id, offer.id, offer.agent, end);
        self.change(id, |item| {
            item.stage = Stage::Waiting;
            match end {
                OfferEnd::Refused | OfferEnd::TimedOut => item.refused.insert(offer.agent),
                OfferEnd::Withdrawn | OfferEnd::Accepted => {}
            }
        });
    }

    /// Tells that the item's offer, if it is on offer, is taken back; the caller changes the stage.
    pub(super) fn withdraw_report(&mut self, id: ConversationId) {
        if let Some(Stage::Offered(offer)) = self.items.get(&id).map(|item| item.stage) {
            self.report_end(id, offer.id, offer.agent, OfferEnd::Withdrawn);
        }
    }

    fn report_end(&mut self, id: ConversationId, offer: OfferId, agent: AgentId, end: OfferEnd) {
        let Some(queue) = self
            .items
            .get(&id)
            .and_then(|item| self.index.queue_of(item))
        else {
            return;
        };
        self.actions.push(RoutingAction::EndOffer {
            offer,
            conversation: id,
            queue,
            agent,
            end,
        });
    }

    /// The lane with a known item's needs in another queue.
    fn lane_in(&mut self, id: ConversationId, queue: QueueId) -> Option<LaneId> {
        let item = self.items.get(&id)?;
        let required = item
            .lane
            .map(|lane| self.index.lanes[lane].required.clone());
        Some(
            self.index
                .lane(queue, required.unwrap_or_default(), item.burden),
        )
    }

    fn admit(&mut self, id: ConversationId, item: Item) {
        self.index.list(id, &item);
        let after = self.index.holds(&item);
        self.index.rehold(id, item.burden, &[], &after);
        let stage = item.stage;
        self.items.insert(id, Box::new(item));
        self.expect_owner(stage);
    }

    /// The one way in which an item changes.
    pub(super) fn change(&mut self, id: ConversationId, change: impl FnOnce(&mut Item)) {
        let Some(item) = self.items.get_mut(&id) else {
            return;
        };
        let before = self.index.holds(item);
        self.index.unlist(id, item);
        change(item);
        self.index.list(id, item);
        let after = self.index.holds(item);
        self.index.rehold(id, item.burden, &before, &after);
        let stage = item.stage;
        self.expect_owner(stage);
    }

    /// Takes over what conversations weigh. It looks at every one of them, which a change so rare may cost.
    pub(super) fn configure_weights(&mut self, weights: Weights) {
        if weights == self.weights {
            return;
        }
        self.weights = weights;
        for (id, item) in &mut self.items {
            let burden = Burden::of(item.kind, &self.weights);
            if burden != item.burden {
                self.index.reweigh(*id, item, burden);
            }
        }
    }

    fn expect_owner(&mut self, stage: Stage) {
        match stage {
            Stage::Owned(agent) => self.expect_back(agent),
            Stage::Waiting | Stage::Offered(_) | Stage::Claimed(_) => {}
        }
    }
}

//! Agents coming and going.
//!
//! What must stay true: whoever is not there gets no offer, keeps none beyond the grace time, and keeps conversations
//! only as the queues' policies say. An agent who says so themselves (away, busy, signed out) loses offers at once.

use std::collections::BTreeSet;
use std::time::Duration;

use super::action::{Refusal, RoutingAction};
use super::agent::Absence;
use super::event::{Presence, Session};
use super::index::Deadline;
use super::item::Stage;
use super::state::Routing;
use crate::configuration::{OnAgentLost, Snapshot};
use crate::ids::{AgentId, ConversationId, QueueId};
use crate::message::{Actor, OfferEnd, Timestamp};

impl Routing {
    pub(super) fn signed_in(&mut self, id: AgentId, session: Session) -> Result<(), Refusal> {
        let agent = self
            .index
            .agents
            .get_mut(&id)
            .filter(|agent| agent.profile.is_some());
        agent.ok_or(Refusal::UnknownAgent)?;
        self.seat(id)?;
        let agent = self.index.agents.entry(id).or_default();
        let was_there = agent.is_there();
        let was_available = presence_of(agent.session.as_ref()) == Some(Presence::Available);
        let is_available = session.presence == Presence::Available;
        agent.disconnected = false;
        self.index.set_session(id, Some(session));
        if is_available && !(was_there && was_available) {
            self.index.next_turn(id);
        }
        self.presence_settled(id);
        Ok(())
    }

    pub(super) fn presence_changed(
        &mut self,
        id: AgentId,
        presence: Presence,
    ) -> Result<(), Refusal> {
        let agent = self.index.agents.get(&id);
        let before = presence_of(agent.and_then(|agent| agent.session.as_ref()));
        if before.ok_or(Refusal::NotSignedIn)? == presence {
            return Ok(());
        }
        if presence != Presence::Offline {
            self.seat(id)?;
        }
        let agent = self.index.agents.entry(id).or_default();
        if let Some(session) = &mut agent.session {
            session.presence = presence;
        }
        self.index.next_turn(id);
        self.presence_settled(id);
        Ok(())
    }

    pub(super) fn connection_lost(&mut self, id: AgentId) {
        if let Some(agent) = self
            .index
            .agents
            .get_mut(&id)
            .filter(|agent| agent.session.is_some())
        {
            agent.disconnected = true;
            self.presence_settled(id);
        }
    }

    pub(super) fn connection_back(&mut self, id: AgentId) -> Result<(), Refusal> {
        let agent = self
            .index
            .agents
            .get_mut(&id)
            .filter(|agent| agent.session.is_some());
        agent.ok_or(Refusal::NotSignedIn)?;
        self.seat(id)?;
        self.index.agents.entry(id).or_default().disconnected = false;
        self.presence_settled(id);
        Ok(())
    }

    /// Leaving on purpose has no grace time.
    pub(super) fn signed_out(&mut self, id: AgentId) {
        let Some(agent) = self
            .index
            .agents
            .get_mut(&id)
            .filter(|agent| agent.session.is_some())
        else {
            return;
        };
        agent.disconnected = false;
        self.index.set_session(id, None);
        self.lose(id);
    }

    /// Whom colleagues see otherwise than when this was asked last, and how.
    pub fn take_presences(&mut self) -> Vec<(AgentId, Option<Presence>)> {
        let asked = std::mem::take(&mut self.seen_anew).into_iter();
        asked.filter_map(|id| self.take_presence(id)).collect()
    }

    fn take_presence(&mut self, id: AgentId) -> Option<(AgentId, Option<Presence>)> {
        let Some(agent) = self.index.agents.get_mut(&id) else {
            return Some((id, None));
        };
        let seen = agent.presence_seen();
        (std::mem::replace(&mut agent.seen, seen) != seen).then_some((id, seen))
    }

    fn presence_settled(&mut self, id: AgentId) {
        self.seen_anew.insert(id);
        self.index.touched.insert(id);
        self.withdraw_unfit_offers(id);
        self.watch(id);
        self.index.attend(id);
    }

    /// Starts the grace time of an agent who has just gone; ends it for one who is back.
    fn watch(&mut self, id: AgentId) {
        let Some(agent) = self.index.agents.get_mut(&id) else {
            return;
        };
        match (agent.is_there(), agent.absence) {
            (true, Absence::Present) | (false, Absence::Lost | Absence::Until(_)) => {}
            (true, Absence::Lost) => agent.absence = Absence::Present,
            (true, Absence::Until(end)) => {
                agent.absence = Absence::Present;
                self.index.deadlines.remove(&(end, Deadline::Grace(id)));
            }
            (false, Absence::Present) => self.start_grace(id),
        }
    }

    /// Somebody who is not there and was given up has a conversation: they get the grace time to come for it.
    pub(super) fn expect_back(&mut self, id: AgentId) {
        let agent = self.index.agents.get(&id);
        if agent.is_some_and(|agent| !agent.is_there() && agent.absence == Absence::Lost) {
            self.start_grace(id);
        }
    }

    fn start_grace(&mut self, id: AgentId) {
        let end = self.now.plus(self.grace);
        self.seen_anew.insert(id);
        if let Some(agent) = self.index.agents.get_mut(&id) {
            agent.absence = Absence::Until(end);
            self.index.deadlines.insert((end, Deadline::Grace(id)));
        }
        self.index.attend(id);
    }

    /// Gives the agent up: offers are withdrawn, and conversations follow their queue's policy.
    pub(super) fn lose(&mut self, id: AgentId) {
        let Some(agent) = self.index.agents.get_mut(&id) else {
            return;
        };
        if let Absence::Until(end) = agent.absence {
            self.index.deadlines.remove(&(end, Deadline::Grace(id)));
        }
        agent.absence = Absence::Lost;
        self.index.attend(id);
        self.seen_anew.insert(id);
        for conversation in self.held_by(id) {
            match self.items.get(&conversation).map(|item| item.stage) {
                Some(Stage::Offered(_)) => self.end_offer(conversation, OfferEnd::Withdrawn),
                Some(Stage::Owned(_)) => self.follow_policy(conversation, id),
                Some(Stage::Waiting | Stage::Claimed(_)) | None => {}
            }
        }
    }

    fn follow_policy(&mut self, conversation: ConversationId, agent: AgentId) {
        let Some(item) = self.items.get(&conversation) else {
            return;
        };
        let Some(queue) = self.index.queue_of(item) else {
            return;
        };
        match self.index.queues[&queue].on_agent_lost() {
            OnAgentLost::Keep => {}
            OnAgentLost::Requeue => self.actions.push(RoutingAction::Requeue {
                conversation,
                key: item.key.clone(),
                queue,
                by: Actor::System,
                from: Some(agent),
            }),
        }
    }

    fn held_by(&self, id: AgentId) -> Vec<ConversationId> {
        let agent = self.index.agents.get(&id);
        agent
            .map(|agent| agent.load.conversations().iter().copied().collect())
            .unwrap_or_default()
    }

    /// Withdraws the offers that the agent, by what they chose or what is configured, may not have any more.
    fn withdraw_unfit_offers(&mut self, id: AgentId) {
        for conversation in self.held_by(id) {
            if self.is_unfit(conversation, id) == Some(true) {
                self.end_offer(conversation, OfferEnd::Withdrawn);
            }
        }
    }

    fn is_unfit(&self, conversation: ConversationId, id: AgentId) -> Option<bool> {
        let queue = self.index.queue_of(self.items.get(&conversation)?)?;
        let agent = self.index.agents.get(&id)?;
        Some(!agent.may_keep_offer(id, queue, self.index.queues.get(&queue)?))
    }

    /// The agent finished a conversation and writes it up before the next offer.
    pub(super) fn wrap_up(&mut self, id: AgentId) {
        self.wrap_up_since(id, self.now);
    }

    /// The same of a conversation that was finished at another time.
    pub(super) fn wrap_up_since(&mut self, id: AgentId, finished: Timestamp) {
        let Some(agent) = self.index.agents.get_mut(&id) else {
            return;
        };
        let secs = agent
            .profile
            .as_ref()
            .map_or(0, |profile| profile.wrap_up_secs);
        let end = finished.plus(Duration::from_secs(u64::from(secs)));
        if end <= self.now {
            return;
        }
        if let Some(before) = agent.wrap_up_until.replace(end) {
            self.index.deadlines.remove(&(before, Deadline::WrapUp(id)));
        }
        self.index.deadlines.insert((end, Deadline::WrapUp(id)));
    }

    pub(super) fn wrap_up_ended(&mut self, id: AgentId) {
        if let Some(agent) = self.index.agents.get_mut(&id) {
            agent.wrap_up_until = None;
            self.index.touched.insert(id);
        }
    }

    /// Takes over a new configuration: only agents whom a change concerns are looked at.
    pub(super) fn configure(&mut self, config: &Snapshot) {
        if self.revision == Some(config.revision) {
            return;
        }
        self.revision = Some(config.revision);
        self.configure_weights(config.weights(self.tenant));
        self.configure_seats(config);
        self.configure_bots(config);
        let mut concerned = self.configure_queues(config);
        let gone = self.configure_agents(config, &mut concerned);
        for agent in gone {
            self.signed_out(agent);
        }
        for agent in concerned {
            self.index.reseat(agent);
            self.withdraw_unfit_offers(agent);
        }
        self.forget_strangers();
    }

    /// Drops who and what is no longer configured and holds nothing.
    fn forget_strangers(&mut self) {
        let deadlines = &mut self.index.deadlines;
        self.index.agents.retain(|id, agent| {
            let stays = agent.profile.is_some() || !agent.load.conversations().is_empty();
            if !stays {
                if let Absence::Until(end) = agent.absence {
                    deadlines.remove(&(end, Deadline::Grace(*id)));
                }
                if let Some(end) = agent.wrap_up_until {
                    deadlines.remove(&(end, Deadline::WrapUp(*id)));
                }
            }
            stays
        });
        self.index.forget_queues();
        self.index.bots.forget_strangers();
    }

    fn configure_queues(&mut self, config: &Snapshot) -> BTreeSet<AgentId> {
        let configured = |id: &QueueId| {
            config
                .queues
                .get(id)
                .filter(|queue| queue.tenant == self.tenant)
        };
        for (id, queue) in &config.queues {
            if queue.tenant == self.tenant {
                self.index.queues.entry(*id).or_default();
            }
        }
        let mut concerned = BTreeSet::new();
        for (id, queue) in &mut self.index.queues {
            if queue.configure(configured(id)) {
                concerned.extend(queue.present.iter().copied());
            }
        }
        concerned
    }

    fn configure_agents(
        &mut self,
        config: &Snapshot,
        concerned: &mut BTreeSet<AgentId>,
    ) -> Vec<AgentId> {
        let configured = |id: &AgentId| {
            config
                .agents
                .get(id)
                .filter(|agent| agent.tenant == self.tenant)
        };
        for (id, agent) in &config.agents {
            if agent.tenant == self.tenant {
                self.index.agents.entry(*id).or_default();
            }
        }
        let mut gone = Vec::new();
        for (id, agent) in &mut self.index.agents {
            let profile = configured(id);
            if agent.profile.as_ref() != profile {
                agent.profile = profile.cloned();
                concerned.insert(*id);
                gone.extend(profile.is_none().then_some(*id));
            }
        }
        gone
    }
}

fn presence_of(session: Option<&Session>) -> Option<Presence> {
    session.map(|session| session.presence)
}

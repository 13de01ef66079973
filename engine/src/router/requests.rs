//! What people ask of the router: to accept, refuse, take, give and hand over.
//!
//! What must stay true: a request is checked as a whole before anything changes, and every stage of a conversation has a
//! way out: a supervisor can give it to anybody, move it to any queue, or close it.

use super::action::{Refusal, RoutingAction};
use super::agent::AgentState;
use super::event::Target;
use super::item::{Claim, Item, Stage};
use super::queue::QueueState;
use super::state::Routing;
use crate::configuration::Role;
use crate::ids::{AgentId, ConversationId, OfferId, QueueId};
use crate::message::{Actor, OfferEnd};

impl Routing {
    pub(super) fn accept(&mut self, offer: OfferId, agent: AgentId) -> Result<(), Refusal> {
        let conversation = self.open_offer(offer, agent)?;
        self.claim(conversation, agent, Actor::Agent(agent), Some(offer), false);
        Ok(())
    }

    pub(super) fn decline(&mut self, offer: OfferId, agent: AgentId) -> Result<(), Refusal> {
        let conversation = self.open_offer(offer, agent)?;
        self.end_offer(conversation, OfferEnd::Refused);
        Ok(())
    }

    fn open_offer(&self, offer: OfferId, agent: AgentId) -> Result<ConversationId, Refusal> {
        let conversation = *self.index.offers.get(&offer).ok_or(Refusal::OfferEnded)?;
        match self.item(conversation)?.stage {
            Stage::Offered(open) if open.agent == agent => Ok(conversation),
            Stage::Offered(_) => Err(Refusal::NotYourOffer),
            Stage::Claimed(claim) => Err(Refusal::BeingAssigned { agent: claim.agent }),
            Stage::Waiting | Stage::Owned(_) => Err(Refusal::OfferEnded),
        }
    }

    pub(super) fn take(&mut self, id: ConversationId, agent: AgentId) -> Result<(), Refusal> {
        let item = self.item(id)?;
        match item.stage {
            Stage::Waiting | Stage::Offered(_) => {}
            Stage::Claimed(claim) => return Err(Refusal::BeingAssigned { agent: claim.agent }),
            Stage::Owned(agent) => return Err(Refusal::AlreadyAssigned { agent }),
        }
        if let Stage::Offered(offer) = item.stage
            && offer.agent == agent
        {
            return self.accept(offer.id, agent);
        }
        self.may_receive(item, agent)?;
        for unanswered in self.in_the_way(item, agent)? {
            self.end_offer(unanswered, OfferEnd::Withdrawn);
        }
        self.claim(id, agent, Actor::Agent(agent), None, false);
        Ok(())
    }

    pub(super) fn assign(
        &mut self,
        id: ConversationId,
        to: AgentId,
        by: Actor,
        overriding: bool,
    ) -> Result<(), Refusal> {
        let item = self.item(id)?;
        self.may_assign(item, by, overriding)?;
        match item.stage {
            Stage::Waiting | Stage::Offered(_) => {}
            Stage::Claimed(claim) => return Err(Refusal::BeingAssigned { agent: claim.agent }),
            Stage::Owned(owner) if overriding && owner != to => {}
            Stage::Owned(agent) => return Err(Refusal::AlreadyAssigned { agent }),
        }
        self.agent(to)?;
        let room = self.room(item, to);
        if !overriding {
            self.may_receive(item, to)?;
            room?;
        }
        self.claim(id, to, by, None, room.is_err());
        Ok(())
    }

    pub(super) fn transfer(
        &mut self,
        id: ConversationId,
        to: Target,
        by: Actor,
    ) -> Result<(), Refusal> {
        let item = self.item(id)?;
        self.may_transfer(item, by)?;
        if let Stage::Claimed(claim) = item.stage {
            return Err(Refusal::BeingAssigned { agent: claim.agent });
        }
        match to {
            Target::Queue(queue) => self.ask_requeue(id, queue, by),
            Target::Agent(agent) => self.hand_over(id, agent, by),
        }
    }

    fn ask_requeue(
        &mut self,
        id: ConversationId,
        queue: QueueId,
        by: Actor,
    ) -> Result<(), Refusal> {
        let known = self
            .index
            .queues
            .get(&queue)
            .is_some_and(QueueState::is_configured);
        if !known {
            return Err(Refusal::UnknownQueue);
        }
        let item = self.item(id)?;
        let (key, from) = (item.key.clone(), item.owner());
        self.actions.push(RoutingAction::Requeue {
            conversation: id,
            key,
            queue,
            by,
            from,
        });
        Ok(())
    }

    /// Any agent who is there may be handed a conversation, member of its queue or not.
    fn hand_over(&mut self, id: ConversationId, to: AgentId, by: Actor) -> Result<(), Refusal> {
        let item = self.item(id)?;
        let agent = self.agent(to)?;
        if item.owner() == Some(to) {
            return Err(Refusal::AlreadyAssigned { agent: to });
        }
        if !agent.is_there() {
            return Err(Refusal::NotSignedIn);
        }
        self.room(item, to)?;
        self.claim(id, to, by, None, false);
        Ok(())
    }

    /// Reserves the capacity and asks the conversation. An offer that is not being accepted is taken back.
    fn claim(
        &mut self,
        id: ConversationId,
        agent: AgentId,
        by: Actor,
        offer: Option<OfferId>,
        over_capacity: bool,
    ) {
        if offer.is_none() {
            self.withdraw_report(id);
        }
        let Some(item) = self.items.get(&id) else {
            return;
        };
        self.actions.push(RoutingAction::Assign {
            conversation: id,
            key: item.key.clone(),
            queue: self.index.queue_of(item),
            agent,
            by,
            offer,
            over_capacity,
        });
        let claim = Claim {
            agent,
            owner: item.owner(),
            offer,
        };
        self.change(id, |item| item.stage = Stage::Claimed(claim));
    }

    fn item(&self, id: ConversationId) -> Result<&Item, Refusal> {
        self.items
            .get(&id)
            .map(Box::as_ref)
            .ok_or(Refusal::UnknownConversation)
    }

    /// The agent, if configured.
    pub(super) fn agent(&self, id: AgentId) -> Result<&AgentState, Refusal> {
        let agent = self
            .index
            .agents
            .get(&id)
            .filter(|agent| agent.profile.is_some());
        agent.ok_or(Refusal::UnknownAgent)
    }

    /// Whether the agent gets conversations of the item's queue, or of chatbots if it is in none.
    fn may_receive(&self, item: &Item, id: AgentId) -> Result<(), Refusal> {
        let agent = self.agent(id)?;
        match self.index.queue_of(item) {
            Some(queue) => agent.may_receive(id, queue, &self.index.queues[&queue]),
            None => agent.may_receive_from_bots(),
        }
    }

    /// Whether the item fits into what the agent has left, if they do not hold it anyway.
    pub(super) fn room(&self, item: &Item, id: AgentId) -> Result<(), Refusal> {
        let agent = self.agent(id)?;
        if item.holders().contains(&id) {
            return Ok(());
        }
        let queue = self
            .index
            .queue_of(item)
            .map(|queue| (queue, &self.index.queues[&queue]));
        agent.room(item.burden, queue)
    }

    /// A member of the queue may give what nobody has; a supervisor may do everything.
    fn may_assign(&self, item: &Item, by: Actor, overriding: bool) -> Result<(), Refusal> {
        let member = |agent| {
            let queue = self
                .index
                .queue_of(item)
                .and_then(|queue| self.index.queues.get(&queue));
            !overriding && queue.is_some_and(|queue| queue.is_member(agent))
        };
        self.is_allowed(by, member)
    }

    /// The owner may hand over; a supervisor may do everything.
    fn may_transfer(&self, item: &Item, by: Actor) -> Result<(), Refusal> {
        self.is_allowed(by, |agent| item.owner() == Some(agent))
    }

    fn is_allowed(
        &self,
        by: Actor,
        agent_may: impl FnOnce(AgentId) -> bool,
    ) -> Result<(), Refusal> {
        let allowed = match by {
            Actor::Program | Actor::System => true,
            Actor::Customer => false,
            Actor::Agent(agent) => {
                let role = self.index.agents.get(&agent).and_then(|state| state.role());
                role.is_some_and(|role| role >= Role::Supervisor) || agent_may(agent)
            }
        };
        allowed.then_some(()).ok_or(Refusal::NotAllowed)
    }
}

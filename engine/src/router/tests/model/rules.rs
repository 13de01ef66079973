//! The model's rules: who may get what, who is first, and what people may ask for.

use std::cmp::Reverse;
use std::time::Duration;

use super::{Model, Spot, Talk};
use crate::configuration::{AgentOrder, Queue, Role, Strategy};
use crate::ids::{AgentId, ConversationId, OfferId, QueueId};
use crate::message::{Actor, OfferEnd};
use crate::router::offer::offer_id;
use crate::router::{Presence, Refusal, RoutingAction, Session, Target, WorkStrategy};

impl Model {
    pub(super) fn may_receive(
        &self,
        agent: AgentId,
        queue: Option<QueueId>,
    ) -> Result<(), Refusal> {
        self.agent(agent).ok_or(Refusal::UnknownAgent)?;
        let session = self
            .people
            .get(&agent)
            .and_then(|person| person.session.as_ref());
        let session = session.ok_or(Refusal::NotSignedIn)?;
        if let Some(queue_id) = queue {
            self.is_logged_in(agent, session, queue_id)?;
        }
        if session.strategy == WorkStrategy::Outbound {
            return Err(Refusal::OutboundOnly);
        }
        Ok(())
    }

    fn is_logged_in(
        &self,
        agent: AgentId,
        session: &Session,
        queue_id: QueueId,
    ) -> Result<(), Refusal> {
        match self.queue(Some(queue_id)) {
            Some(queue) if queue.members.contains(&agent) => {}
            _ => return Err(Refusal::NotAMember),
        }
        if !session.queues.contains(&queue_id) {
            return Err(Refusal::NotLoggedIn);
        }
        Ok(())
    }

    pub(super) fn room(&self, agent: AgentId, talk: &Talk) -> Result<(), Refusal> {
        if talk.holders().contains(&agent) {
            return Ok(());
        }
        let (used, capacity, weight) = (self.used(agent), self.capacity(agent), self.weight(talk));
        if used + weight > capacity {
            return Err(Refusal::NoCapacity {
                used,
                capacity,
                weight,
            });
        }
        let limit = self
            .queue(talk.queue)
            .map_or(0, |queue| queue.max_per_agent);
        if limit > 0 && self.held_like(agent, talk) >= limit as usize {
            return Err(Refusal::QueueLimit { limit });
        }
        Ok(())
    }

    /// Whether the agent might get the conversation if they had room.
    pub(in super::super) fn is_eligible(&self, agent: AgentId, talk: &Talk) -> bool {
        let Some(person) = self.people.get(&agent) else {
            return false;
        };
        self.queue(talk.queue)
            .is_some_and(|queue| queue.strategy == Strategy::Auto)
            && self.may_receive(agent, talk.queue).is_ok()
            && !person.disconnected
            && person.wrap_up.is_none()
            && !talk.refused.contains(&agent)
            && person.session.as_ref().is_some_and(|session| {
                session.presence == Presence::Available && session.skills.covers(&talk.required)
            })
    }

    pub(super) fn can_take(&self, agent: AgentId, talk: &Talk) -> bool {
        self.is_eligible(agent, talk) && self.room(agent, talk).is_ok()
    }

    pub(super) fn order(&self, agent: AgentId, queue: &Queue) -> (u64, u64, AgentId) {
        let person = &self.people[&agent];
        let first = match queue.order {
            AgentOrder::LongestIdle => 0,
            AgentOrder::RoundRobin => person.last_turn.get(&queue.id).copied().unwrap_or(0),
            AgentOrder::FewestOpen => self
                .talks
                .values()
                .filter(|talk| talk.holders().contains(&agent))
                .count() as u64,
            AgentOrder::MostSpare => {
                u64::from(u32::MAX - self.capacity(agent).saturating_sub(self.used(agent)))
            }
        };
        (first, person.turn, agent)
    }

    pub(super) fn first_match(&self) -> Option<(ConversationId, AgentId)> {
        let waiting = self
            .talks
            .iter()
            .filter(|(_, talk)| talk.spot == Spot::Waiting);
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort_by_key(|(id, talk)| talk.rank(**id));
        waiting.into_iter().find_map(|(id, talk)| {
            let queue = self.queue(talk.queue)?;
            let able: Vec<AgentId> = self
                .people
                .keys()
                .copied()
                .filter(|agent| self.can_take(*agent, talk))
                .collect();
            let preferred = talk.preferred.filter(|agent| able.contains(agent));
            let first = || {
                able.iter()
                    .copied()
                    .min_by_key(|agent| self.order(*agent, queue))
            };
            Some((*id, preferred.or_else(first)?))
        })
    }

    pub(super) fn offer(&mut self, id: ConversationId, agent: AgentId) {
        let talk = &self.talks[&id];
        let queue = self
            .queue(talk.queue)
            .expect("only a configured queue offers");
        let expires = self
            .now
            .plus(Duration::from_secs(queue.offer_timeout_secs.into()));
        let offer = offer_id(id, talk.offers, self.now);
        self.actions.push(RoutingAction::MakeOffer {
            offer,
            conversation: id,
            key: talk.key.clone(),
            queue: queue.id,
            agent,
            expires,
        });
        self.set(id, |talk| {
            talk.offers += 1;
            talk.spot = Spot::Offered {
                offer,
                agent,
                expires,
            };
        });
    }

    pub(super) fn find_offer(
        &self,
        wanted: OfferId,
        who: AgentId,
    ) -> Result<ConversationId, Refusal> {
        for (id, talk) in &self.talks {
            match talk.spot {
                Spot::Offered { offer, agent, .. } if offer == wanted => {
                    return if agent == who {
                        Ok(*id)
                    } else {
                        Err(Refusal::NotYourOffer)
                    };
                }
                Spot::Claimed {
                    offer: Some(offer),
                    agent,
                    ..
                } if offer == wanted => {
                    return Err(Refusal::BeingAssigned { agent });
                }
                _ => {}
            }
        }
        Err(Refusal::OfferEnded)
    }

    pub(super) fn claim(
        &mut self,
        id: ConversationId,
        agent: AgentId,
        by: Actor,
        offer: Option<OfferId>,
        over_capacity: bool,
    ) {
        if offer.is_none() {
            self.end_any_offer(id);
        }
        let talk = &self.talks[&id];
        let (key, queue, owner) = (talk.key.clone(), talk.queue, talk.owner());
        self.actions.push(RoutingAction::Assign {
            conversation: id,
            key,
            queue,
            agent,
            by,
            offer,
            over_capacity,
        });
        self.set(id, |talk| {
            talk.spot = Spot::Claimed {
                agent,
                owner,
                offer,
            }
        });
    }

    pub(super) fn talk(&self, id: ConversationId) -> Result<&Talk, Refusal> {
        self.talks.get(&id).ok_or(Refusal::UnknownConversation)
    }

    pub(super) fn take(&mut self, id: ConversationId, agent: AgentId) -> Result<(), Refusal> {
        let talk = self.talk(id)?;
        match talk.spot {
            Spot::Offered {
                offer,
                agent: holder,
                ..
            } if holder == agent => {
                self.claim(id, agent, Actor::Agent(agent), Some(offer), false);
                return Ok(());
            }
            Spot::Claimed { agent, .. } => return Err(Refusal::BeingAssigned { agent }),
            Spot::Owned { agent } => return Err(Refusal::AlreadyAssigned { agent }),
            Spot::Waiting | Spot::Offered { .. } => {}
        }
        self.may_receive(agent, talk.queue)?;
        self.make_room(id, agent)?;
        self.claim(id, agent, Actor::Agent(agent), None, false);
        Ok(())
    }

    /// Takes back what the agent has not answered, one by one, until the conversation fits; or nothing at all.
    fn make_room(&mut self, id: ConversationId, agent: AgentId) -> Result<(), Refusal> {
        let talk = self.talks[&id].clone();
        let limit = self
            .queue(talk.queue)
            .map_or(0, |queue| queue.max_per_agent);
        let lacks_place = limit > 0 && self.held_like(agent, &talk) >= limit as usize;
        let mut offers: Vec<_> = self
            .talks
            .iter()
            .filter_map(|(other, open)| match open.spot {
                Spot::Offered {
                    offer, agent: to, ..
                } if to == agent => {
                    let made = offer.0.as_u128() >> 80;
                    let frees_place = lacks_place && open.counts_with(&talk);
                    Some((!frees_place, Reverse((made, open.rank(*other))), *other))
                }
                _ => None,
            })
            .collect();
        offers.sort();
        let mut trial = self.clone();
        for (.., other) in offers {
            match trial.room(agent, &talk) {
                Ok(()) => break,
                Err(Refusal::QueueLimit { .. }) if !trial.talks[&other].counts_with(&talk) => {}
                Err(_) => trial.end_offer(other, OfferEnd::Withdrawn),
            }
        }
        if trial.room(agent, &talk).is_ok() {
            *self = trial;
        }
        self.room(agent, &talk)
    }

    pub(super) fn is_boss(&self, by: Actor) -> bool {
        match by {
            Actor::Program | Actor::System => true,
            Actor::Customer => false,
            Actor::Agent(agent) => self
                .agent(agent)
                .is_some_and(|agent| agent.role >= Role::Supervisor),
        }
    }

    pub(super) fn assign(
        &mut self,
        id: ConversationId,
        to: AgentId,
        by: Actor,
        overriding: bool,
    ) -> Result<(), Refusal> {
        let talk = self.talk(id)?;
        let queue = self.queue(talk.queue);
        let member = queue.is_some_and(|q| q.members.iter().any(|m| by == Actor::Agent(*m)));
        if !self.is_boss(by) && (overriding || !member) {
            return Err(Refusal::NotAllowed);
        }
        match talk.spot {
            Spot::Claimed { agent, .. } => return Err(Refusal::BeingAssigned { agent }),
            Spot::Owned { agent } if agent == to || !overriding => {
                return Err(Refusal::AlreadyAssigned { agent });
            }
            Spot::Waiting | Spot::Offered { .. } | Spot::Owned { .. } => {}
        }
        self.agent(to).ok_or(Refusal::UnknownAgent)?;
        let room = self.room(to, talk);
        if !overriding {
            self.may_receive(to, talk.queue)?;
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
        let talk = self.talk(id)?;
        if !self.is_boss(by) && talk.owner().is_none_or(|owner| by != Actor::Agent(owner)) {
            return Err(Refusal::NotAllowed);
        }
        if let Spot::Claimed { agent, .. } = talk.spot {
            return Err(Refusal::BeingAssigned { agent });
        }
        match to {
            Target::Queue(queue) => {
                self.queue(Some(queue)).ok_or(Refusal::UnknownQueue)?;
                self.ask_requeue(id, queue, by);
            }
            Target::Agent(agent) => {
                self.agent(agent).ok_or(Refusal::UnknownAgent)?;
                if talk.owner() == Some(agent) {
                    return Err(Refusal::AlreadyAssigned { agent });
                }
                if !self.is_there(agent) {
                    return Err(Refusal::NotSignedIn);
                }
                self.room(agent, talk)?;
                self.claim(id, agent, by, None, false);
            }
        }
        Ok(())
    }

    pub(super) fn ask_requeue(&mut self, id: ConversationId, queue: QueueId, by: Actor) {
        let talk = &self.talks[&id];
        let (key, from) = (talk.key.clone(), talk.owner());
        self.actions.push(RoutingAction::Requeue {
            conversation: id,
            key,
            queue,
            by,
            from,
        });
    }
}

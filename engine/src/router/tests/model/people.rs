//! The model's people: who is there, for whom one waits, and what they lose by going.

use super::{Model, Spot};
use crate::configuration::{OnAgentLost, Strategy};
use crate::ids::AgentId;
use crate::message::{Actor, OfferEnd};
use crate::router::{GRACE, Presence, Refusal, Session};

impl Model {
    pub(super) fn sign_in(&mut self, agent: AgentId, session: Session) -> Result<(), Refusal> {
        self.agent(agent).ok_or(Refusal::UnknownAgent)?;
        let before = self.person(agent).clone();
        let was = !before.disconnected
            && before
                .session
                .is_some_and(|session| session.presence == Presence::Available);
        let is = session.presence == Presence::Available;
        self.person(agent).disconnected = false;
        self.person(agent).session = Some(session);
        if is && !was {
            self.bump(agent);
        }
        self.settled(agent);
        Ok(())
    }

    pub(super) fn presence(&mut self, agent: AgentId, presence: Presence) -> Result<(), Refusal> {
        let session = self
            .person(agent)
            .session
            .as_mut()
            .ok_or(Refusal::NotSignedIn)?;
        if session.presence != presence {
            session.presence = presence;
            self.bump(agent);
            self.settled(agent);
        }
        Ok(())
    }

    pub(super) fn sign_out(&mut self, agent: AgentId) {
        let person = self.person(agent);
        if person.session.take().is_some() {
            person.disconnected = false;
            self.lose(agent);
        }
    }

    pub(super) fn is_there(&self, agent: AgentId) -> bool {
        let person = self.people.get(&agent);
        let session = person
            .filter(|p| !p.disconnected)
            .and_then(|p| p.session.as_ref());
        session.is_some_and(|session| session.presence != Presence::Offline)
    }

    pub(super) fn settled(&mut self, agent: AgentId) {
        self.withdraw_unfit(agent);
        let (there, end) = (self.is_there(agent), self.now.plus(GRACE));
        let person = self.person(agent);
        if there {
            person.present = true;
            person.grace = None;
        } else if person.present {
            person.present = false;
            person.grace = Some(end);
        }
    }

    pub(super) fn expect_back(&mut self, agent: AgentId) {
        let (there, end) = (self.is_there(agent), self.now.plus(GRACE));
        let person = self.person(agent);
        if !there && !person.present && person.grace.is_none() {
            person.grace = Some(end);
        }
    }

    pub(super) fn lose(&mut self, agent: AgentId) {
        let person = self.person(agent);
        (person.present, person.grace) = (false, None);
        for (id, talk) in self.talks.clone() {
            match talk.spot {
                Spot::Offered { agent: holder, .. } if holder == agent => {
                    self.end_offer(id, OfferEnd::Withdrawn);
                }
                Spot::Owned { agent: owner } if owner == agent => {
                    let queue = self.queue(talk.queue);
                    if queue.is_some_and(|queue| queue.on_agent_lost == OnAgentLost::Requeue) {
                        self.ask_requeue(id, talk.queue.unwrap(), Actor::System);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn withdraw_unfit(&mut self, agent: AgentId) {
        for (id, talk) in self.talks.clone() {
            if matches!(talk.spot, Spot::Offered { agent: holder, .. } if holder == agent) {
                let available = self.people[&agent]
                    .session
                    .as_ref()
                    .is_some_and(|session| session.presence == Presence::Available);
                let auto = self
                    .queue(talk.queue)
                    .is_some_and(|q| q.strategy == Strategy::Auto);
                if !available || !auto || self.may_receive(agent, talk.queue).is_err() {
                    self.end_offer(id, OfferEnd::Withdrawn);
                }
            }
        }
    }
}

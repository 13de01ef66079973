//! An agent, as the router sees them: what is configured, what they chose, whether they are there, what they hold.
//!
//! What must stay true: an agent who is not ready is in no crew's ready set, so nobody looks at them.

use std::sync::Arc;

use super::action::Refusal;
use super::burden::Burden;
use super::capacity::Load;
use super::crew::{CrewId, Fit, Ready};
use super::event::{Presence, Session, WorkStrategy};
use super::queue::QueueState;
use super::skills::SkillSet;
use crate::configuration::{Agent, AgentOrder, Role};
use crate::ids::{AgentId, QueueId};
use crate::message::Timestamp;

/// An agent of the tenant, signed in or not.
#[derive(Clone, Debug, Default)]
pub(super) struct AgentState {
    /// `None` for one who is no longer configured and still holds something.
    pub(super) profile: Option<Arc<Agent>>,
    pub(super) session: Option<Session>,
    pub(super) disconnected: bool,
    pub(super) absence: Absence,
    /// What colleagues were told last.
    pub(super) seen: Option<Presence>,
    pub(super) wrap_up_until: Option<Timestamp>,
    pub(super) load: Load,
    /// The last time, in turns, that they became available or that what they hold changed.
    pub(super) turn: u64,
    /// The queues that they serve, in order.
    pub(super) seats: Vec<Seat>,
}

/// Whether somebody waits for the agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Absence {
    /// Gone, and the queues' policies are applied.
    #[default]
    Lost,
    /// Gone; they may come back until then.
    Until(Timestamp),
    Present,
}

/// An agent's place at one queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    pub(super) queue: QueueId,
    pub(super) crew: CrewId,
    /// What they can take of it, and their entry in the crew's set for that.
    pub(super) listed: Option<(Fit, Ready)>,
}

impl AgentState {
    /// Units of work at once.
    pub(super) fn capacity(&self) -> u32 {
        self.profile.as_ref().map_or(0, |profile| profile.capacity)
    }

    pub(super) fn role(&self) -> Option<Role> {
        self.profile.as_ref().map(|profile| profile.role)
    }

    /// Signed in, connected and not offline.
    pub(super) fn is_there(&self) -> bool {
        !self.disconnected
            && self
                .session
                .as_ref()
                .is_some_and(|session| match session.presence {
                    Presence::Available | Presence::Busy | Presence::Away => true,
                    Presence::Offline => false,
                })
    }

    /// What colleagues see: somebody who may yet come back is away, somebody given up is not there.
    pub(super) fn presence_seen(&self) -> Option<Presence> {
        let chosen = self.session.as_ref()?.presence;
        if !self.disconnected {
            return Some(chosen);
        }
        match self.absence {
            Absence::Until(_) | Absence::Present => Some(Presence::Away),
            Absence::Lost => None,
        }
    }

    /// Whether any new offer may reach them now, capacity aside.
    pub(super) fn is_ready(&self) -> bool {
        self.is_available() && !self.disconnected && self.wrap_up_until.is_none()
    }

    /// Whether any crew might list them; cheap, so that a change of somebody busy costs nothing.
    pub(super) fn could_take_more(&self) -> bool {
        self.is_ready() && self.load.used() < self.capacity()
    }

    pub(super) fn has_skills(&self, required: &SkillSet) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| session.skills.covers(required))
    }

    fn is_available(&self) -> bool {
        self.session
            .as_ref()
            .is_some_and(|session| session.presence == Presence::Available)
    }

    /// Whether an offer of the queue that they have may stay.
    pub(super) fn may_keep_offer(
        &self,
        id: AgentId,
        queue_id: QueueId,
        queue: &QueueState,
    ) -> bool {
        self.is_available() && queue.offers() && self.may_receive(id, queue_id, queue).is_ok()
    }

    /// Whether they get that queue's conversations at all.
    pub(super) fn may_receive(
        &self,
        id: AgentId,
        queue_id: QueueId,
        queue: &QueueState,
    ) -> Result<(), Refusal> {
        let session = self.session.as_ref().ok_or(Refusal::NotSignedIn)?;
        if !queue.is_member(id) {
            return Err(Refusal::NotAMember);
        }
        if !session.queues.contains(&queue_id) {
            return Err(Refusal::NotLoggedIn);
        }
        takes_from_queues(session)
    }

    /// Whether they may take what is in no queue. It is nobody's in particular, so that any of them may.
    pub(super) fn may_receive_from_bots(&self) -> Result<(), Refusal> {
        takes_from_queues(self.session.as_ref().ok_or(Refusal::NotSignedIn)?)
    }

    /// Whether one more item of the burden fits.
    pub(super) fn room(
        &self,
        burden: Burden,
        queue: Option<(QueueId, &QueueState)>,
    ) -> Result<(), Refusal> {
        let limit = queue.and_then(|(id, queue)| Some((id, queue.limit()?)));
        self.load.room(self.capacity(), burden, limit)
    }

    /// What they, who sit at the queue, could take of it now, if nothing heavier than `weight` fits.
    pub(super) fn fit(&self, queue_id: QueueId, queue: &QueueState, weight: u32) -> Option<Fit> {
        if !self.could_take_more() || !queue.offers() {
            return None;
        }
        let places = self.load.places(queue_id, queue.limit());
        places.is_any().then_some(Fit { weight, places })
    }

    /// Units that are left.
    pub(super) fn spare(&self) -> u32 {
        self.capacity().saturating_sub(self.load.used())
    }

    /// Their place in the queue's order.
    pub(super) fn place(&self, id: AgentId, queue_id: QueueId, order: AgentOrder) -> Ready {
        let first = match order {
            AgentOrder::LongestIdle => 0,
            AgentOrder::RoundRobin => self.load.last_turn(queue_id),
            AgentOrder::FewestOpen => self.load.conversations().len() as u64,
            AgentOrder::MostSpare => u64::from(u32::MAX - self.spare()),
        };
        Ready {
            first,
            then: self.turn,
            agent: id,
        }
    }

    /// Whether they are listed as ready for that burden at the queue.
    pub(super) fn is_listed(&self, queue: QueueId, burden: Burden) -> bool {
        let place = self.seats.binary_search_by_key(&queue, |seat| seat.queue);
        let listed = place.ok().and_then(|place| self.seats[place].listed);
        listed.is_some_and(|(fit, _)| fit.takes(burden))
    }
}

fn takes_from_queues(session: &Session) -> Result<(), Refusal> {
    let takes = session.strategy.takes_from_queues();
    takes.then_some(()).ok_or(Refusal::OutboundOnly)
}

impl WorkStrategy {
    /// Whether queues' conversations are wanted.
    #[must_use]
    pub const fn takes_from_queues(self) -> bool {
        match self {
            Self::Inbound | Self::Blended => true,
            Self::Outbound => false,
        }
    }
}

//! What desks and boards see of the router.

use super::event::Presence;
use super::item::Stage;
use super::state::Routing;
use crate::ids::{AgentId, ConversationId, OfferId, QueueId};
use crate::message::Timestamp;

/// One agent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskView {
    /// Units.
    pub capacity: u32,
    /// Units in use, offers included.
    pub used: u32,
    /// `None` when not signed in.
    pub presence: Option<Presence>,
    /// Signed in and connected.
    pub connected: bool,
    /// Signed in, and connected or within the grace time: they count as logged in.
    pub expected: bool,
    pub wrap_up_until: Option<Timestamp>,
    pub offers: Vec<OpenOffer>,
    /// The conversations that are theirs by a committed entry.
    pub owned: Vec<ConversationId>,
}

/// An offer that waits for the agent's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOffer {
    pub offer: OfferId,
    pub conversation: ConversationId,
    pub queue: QueueId,
    pub expires: Timestamp,
}

/// One queue now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueView {
    /// Conversations that nobody has and nobody is offered.
    pub waiting: usize,
    pub offered: usize,
    /// Conversations that agents have or are getting.
    pub held: usize,
    /// Agents signed in who chose the queue.
    pub agents: usize,
}

/// Where one conversation is.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    Waiting,
    Offered {
        offer: OfferId,
        agent: AgentId,
        expires: Timestamp,
    },
    BeingAssigned {
        agent: AgentId,
    },
    Owned {
        agent: AgentId,
    },
}

impl Routing {
    /// The agent's view; `None` for somebody who is not configured and holds nothing. Costs what the agent holds.
    #[must_use]
    pub fn desk_view(&self, id: AgentId) -> Option<DeskView> {
        let agent = self.index.agents.get(&id)?;
        let held = || agent.load.conversations().iter().copied();
        Some(DeskView {
            capacity: agent.capacity(),
            used: agent.load.used(),
            presence: agent.session.as_ref().map(|session| session.presence),
            connected: agent.session.is_some() && !agent.disconnected,
            expected: agent.is_expected(),
            wrap_up_until: agent.wrap_up_until,
            offers: held()
                .filter_map(|conversation| self.open_offer_of(conversation))
                .collect(),
            owned: held()
                .filter(|conversation| self.owner(*conversation) == Some(id))
                .collect(),
        })
    }

    /// How colleagues see the agent: `Away` while a lost connection may come back, `None` when not there.
    #[must_use]
    pub fn presence_seen(&self, id: AgentId) -> Option<Presence> {
        self.index.agents.get(&id)?.presence_seen()
    }

    /// The queue's counts, kept and not counted.
    #[must_use]
    pub fn queue_view(&self, id: QueueId) -> QueueView {
        let Some(queue) = self.index.queues.get(&id) else {
            return QueueView::default();
        };
        let counts = queue.counts;
        QueueView {
            waiting: counts.waiting,
            offered: counts.offered,
            held: counts.held,
            agents: queue.present.len(),
        }
    }

    /// The waiting conversation of the queue that is served next, and since when it waits.
    #[cfg(test)]
    #[must_use]
    pub fn first_in_line(&self, id: QueueId) -> Option<(ConversationId, Timestamp)> {
        let (first, _) = self.index.queues.get(&id)?.heads.first()?;
        Some((first.conversation, first.waiting_since()))
    }

    /// Where the conversation is; `None` when the router does not know it.
    #[cfg(test)]
    #[must_use]
    pub fn whereabouts(&self, id: ConversationId) -> Option<Whereabouts> {
        Some(match self.items.get(&id)?.stage {
            Stage::Waiting => Whereabouts::Waiting,
            Stage::Offered(offer) => Whereabouts::Offered {
                offer: offer.id,
                agent: offer.agent,
                expires: offer.expires,
            },
            Stage::Claimed(claim) => Whereabouts::BeingAssigned { agent: claim.agent },
            Stage::Owned(agent) => Whereabouts::Owned { agent },
        })
    }

    fn owner(&self, id: ConversationId) -> Option<AgentId> {
        self.items.get(&id)?.owner()
    }

    fn open_offer_of(&self, conversation: ConversationId) -> Option<OpenOffer> {
        let item = self.items.get(&conversation)?;
        let queue = self.index.queue_of(item)?;
        match item.stage {
            Stage::Offered(offer) => Some(OpenOffer {
                offer: offer.id,
                conversation,
                queue,
                expires: offer.expires,
            }),
            Stage::Waiting | Stage::Claimed(_) | Stage::Owned(_) => None,
        }
    }
}

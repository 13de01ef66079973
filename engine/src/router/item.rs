//! One open conversation, as the router sees it.
//!
//! What must stay true: an item is in exactly one stage, and the stage alone says whose capacity it uses.

use std::cmp::Reverse;

use smallvec::SmallVec;

use super::bots::BotPlace;
use super::burden::Burden;
use super::lane::LaneId;
use super::offer::Offer;
use crate::ids::{AgentId, ConversationId, ConversationKey, OfferId};
use crate::message::{ChannelKind, Timestamp};

/// An open conversation. Everything in [`Index`](super::index::Index) about it follows from this.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) key: ConversationKey,
    pub(super) kind: ChannelKind,
    /// What it takes of whoever holds it.
    pub(super) burden: Burden,
    /// Its queue and skills. Always there while it is on offer, and while it waits for people.
    pub(super) lane: Option<LaneId>,
    /// Its place with a chatbot, until people have it.
    pub(super) bot: Option<BotPlace>,
    pub(super) priority: i32,
    pub(super) waiting_since: Timestamp,
    pub(super) refused: Refusers,
    pub(super) preferred: Option<AgentId>,
    pub(super) offers_made: u32,
    pub(super) stage: Stage,
}

/// How far an item is on its way to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Offered(Offer),
    /// The conversation was asked and has not answered; capacity is reserved.
    Claimed(Claim),
    /// The agent's, by a committed entry.
    Owned(AgentId),
}

/// An assignment under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) agent: AgentId,
    /// Somebody else, who has it until the answer comes.
    pub(super) owner: Option<AgentId>,
    pub(super) offer: Option<OfferId>,
}

/// The order of service: greater priority first, then greater age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    priority: Reverse<i32>,
    waiting_since: Timestamp,
    pub(super) conversation: ConversationId,
}

/// Who refused an item: sorted, without repeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Refusers(Vec<AgentId>);

impl Rank {
    #[cfg(test)]
    pub(super) fn waiting_since(self) -> Timestamp {
        self.waiting_since
    }
}

impl Item {
    pub(super) fn rank(&self, conversation: ConversationId) -> Rank {
        Rank {
            priority: Reverse(self.priority),
            waiting_since: self.waiting_since,
            conversation,
        }
    }

    /// The agents whose capacity it uses: two while it moves from one to another.
    pub(super) fn holders(&self) -> SmallVec<[AgentId; 2]> {
        match self.stage {
            Stage::Waiting => SmallVec::new(),
            Stage::Offered(offer) => SmallVec::from_slice(&[offer.agent]),
            Stage::Owned(agent) => SmallVec::from_slice(&[agent]),
            Stage::Claimed(claim) => std::iter::once(claim.agent).chain(claim.owner).collect(),
        }
    }

    /// Who has it by a committed entry.
    pub(super) fn owner(&self) -> Option<AgentId> {
        match self.stage {
            Stage::Waiting | Stage::Offered(_) => None,
            Stage::Claimed(claim) => claim.owner,
            Stage::Owned(agent) => Some(agent),
        }
    }
}

impl Refusers {
    pub(super) fn contains(&self, agent: AgentId) -> bool {
        self.0.binary_search(&agent).is_ok()
    }

    pub(super) fn insert(&mut self, agent: AgentId) {
        if let Err(place) = self.0.binary_search(&agent) {
            self.0.insert(place, agent);
        }
    }
}

impl FromIterator<AgentId> for Refusers {
    fn from_iter<I: IntoIterator<Item = AgentId>>(agents: I) -> Self {
        let mut agents: Vec<AgentId> = agents.into_iter().collect();
        agents.sort_unstable();
        agents.dedup();
        Self(agents)
    }
}

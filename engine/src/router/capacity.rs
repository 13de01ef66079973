//! Capacity: how much of an agent is in use, in units.
//!
//! What must stay true: a conversation counts once for each agent who holds it, from the offer until it is closed,
//! requeued or somebody else's.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Refusal;
use crate::ids::{ConversationId, QueueId};

/// What an agent holds: on offer, being assigned, or theirs.
#[derive(Clone, Debug, Default)]
pub(super) struct Load {
    used: u32,
    conversations: BTreeSet<ConversationId>,
    shares: BTreeMap<QueueId, Share>,
}

/// One queue's part of it.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    held: u32,
    /// The turn in which the agent last got something of this queue; 0 is never.
    last_turn: u64,
}

impl Load {
    /// Units in use.
    pub(super) fn used(&self) -> u32 {
        self.used
    }

    pub(super) fn conversations(&self) -> &BTreeSet<ConversationId> {
        &self.conversations
    }

    pub(super) fn held_of(&self, queue: QueueId) -> u32 {
        self.shares.get(&queue).map_or(0, |share| share.held)
    }

    pub(super) fn last_turn(&self, queue: QueueId) -> u64 {
        self.shares.get(&queue).map_or(0, |share| share.last_turn)
    }

    pub(super) fn hold(
        &mut self,
        conversation: ConversationId,
        queue: Option<QueueId>,
        weight: u32,
        turn: u64,
    ) {
        debug_assert!(
            !self.conversations.contains(&conversation),
            "a conversation counts once"
        );
        self.conversations.insert(conversation);
        self.used += weight;
        if let Some(queue) = queue {
            let share = self.shares.entry(queue).or_default();
            share.held += 1;
            share.last_turn = turn;
        }
    }

    pub(super) fn release(
        &mut self,
        conversation: ConversationId,
        queue: Option<QueueId>,
        weight: u32,
    ) {
        debug_assert!(
            self.conversations.contains(&conversation),
            "only what is held is released"
        );
        self.conversations.remove(&conversation);
        self.used -= weight;
        if let Some(share) = queue.and_then(|queue| self.shares.get_mut(&queue)) {
            share.held -= 1;
        }
    }

    /// Whether `weight` more units fit below `capacity`, and one more conversation below the queue's limit.
    pub(super) fn room(
        &self,
        capacity: u32,
        weight: u32,
        limit: Option<(QueueId, u32)>,
    ) -> Result<(), Refusal> {
        if capacity.saturating_sub(self.used) < weight {
            return Err(Refusal::NoCapacity {
                used: self.used,
                capacity,
                weight,
            });
        }
        match limit {
            Some((queue, limit)) if self.held_of(queue) >= limit => {
                Err(Refusal::QueueLimit { limit })
            }
            Some(_) | None => Ok(()),
        }
    }
}

//! Capacity: how much of an agent is in use, in units.
//!
//! What must stay true: a conversation counts once for each agent who holds it, from the offer until it is closed,
//! requeued or somebody else's.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Refusal;
use super::burden::{Burden, Medium};
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
    chats: u32,
    mails: u32,
    /// The turn in which the agent last got something of this queue; 0 is never.
    last_turn: u64,
}

/// For which media an agent has a place left at a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Places {
    chats: bool,
    mails: bool,
}

impl Places {
    pub(super) fn is_any(self) -> bool {
        self.chats || self.mails
    }

    pub(super) fn has(self, medium: Medium) -> bool {
        match medium {
            Medium::Chat => self.chats,
            Medium::Mail => self.mails,
        }
    }
}

impl Share {
    fn held(self, medium: Medium) -> u32 {
        match medium {
            Medium::Chat => self.chats,
            Medium::Mail => self.mails,
        }
    }

    fn held_mut(&mut self, medium: Medium) -> &mut u32 {
        match medium {
            Medium::Chat => &mut self.chats,
            Medium::Mail => &mut self.mails,
        }
    }
}

impl Load {
    /// Units in use.
    pub(super) fn used(&self) -> u32 {
        self.used
    }

    pub(super) fn conversations(&self) -> &BTreeSet<ConversationId> {
        &self.conversations
    }

    /// The queue's conversations of the medium.
    pub(super) fn held_of(&self, queue: QueueId, medium: Medium) -> u32 {
        self.shares
            .get(&queue)
            .map_or(0, |share| share.held(medium))
    }

    pub(super) fn last_turn(&self, queue: QueueId) -> u64 {
        self.shares.get(&queue).map_or(0, |share| share.last_turn)
    }

    pub(super) fn hold(
        &mut self,
        conversation: ConversationId,
        queue: Option<QueueId>,
        burden: Burden,
        turn: u64,
    ) {
        debug_assert!(
            !self.conversations.contains(&conversation),
            "a conversation counts once"
        );
        self.conversations.insert(conversation);
        self.used += burden.weight;
        if let Some(queue) = queue {
            let share = self.shares.entry(queue).or_default();
            *share.held_mut(burden.medium) += 1;
            share.last_turn = turn;
        }
    }

    pub(super) fn release(
        &mut self,
        conversation: ConversationId,
        queue: Option<QueueId>,
        burden: Burden,
    ) {
        debug_assert!(
            self.conversations.contains(&conversation),
            "only what is held is released"
        );
        self.conversations.remove(&conversation);
        self.used -= burden.weight;
        if let Some(share) = queue.and_then(|queue| self.shares.get_mut(&queue)) {
            *share.held_mut(burden.medium) -= 1;
        }
    }

    /// One of the conversations becomes another burden. Its medium stays.
    pub(super) fn reweigh(&mut self, before: Burden, after: Burden) {
        debug_assert_eq!(before.medium, after.medium);
        self.used = self.used - before.weight + after.weight;
    }

    /// Whether the burden fits below `capacity`, and one more conversation of its medium below the queue's limit.
    pub(super) fn room(
        &self,
        capacity: u32,
        burden: Burden,
        limit: Option<(QueueId, u32)>,
    ) -> Result<(), Refusal> {
        if capacity.saturating_sub(self.used) < burden.weight {
            return Err(Refusal::NoCapacity {
                used: self.used,
                capacity,
                weight: burden.weight,
            });
        }
        match limit {
            Some((queue, limit)) if self.held_of(queue, burden.medium) >= limit => {
                Err(Refusal::QueueLimit { limit })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What is left below the queue's limit.
    pub(super) fn places(&self, queue: QueueId, limit: Option<u32>) -> Places {
        let is_left = |medium| limit.is_none_or(|limit| self.held_of(queue, medium) < limit);
        Places {
            chats: is_left(Medium::Chat),
            mails: is_left(Medium::Mail),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::message::ChannelKind;
    use crate::weights::Weights;

    const QUEUE: QueueId = QueueId(Uuid::from_u128(1));

    fn load(kinds: &[ChannelKind]) -> Load {
        let mut load = Load::default();
        for (number, kind) in (1..).zip(kinds) {
            let conversation = ConversationId(Uuid::from_u128(number));
            load.hold(
                conversation,
                Some(QUEUE),
                Burden::of(*kind, &Weights::default()),
                1,
            );
        }
        load
    }

    #[test]
    fn a_queues_limit_counts_mails_apart_from_all_that_is_no_mail() {
        use ChannelKind::{Email, Facebook, LiveChat, Sms, Whatsapp};
        let chats = load(&[LiveChat, Sms]);
        let room = |load: &Load, kind| {
            load.room(
                1_000,
                Burden::of(kind, &Weights::default()),
                Some((QUEUE, 2)),
            )
        };
        for kind in [LiveChat, Sms, Facebook, Whatsapp] {
            assert_eq!(room(&chats, kind), Err(Refusal::QueueLimit { limit: 2 }));
        }
        assert_eq!(room(&chats, Email), Ok(()));
        let mails = load(&[Email, Email]);
        assert_eq!(room(&mails, Email), Err(Refusal::QueueLimit { limit: 2 }));
        assert_eq!(room(&mails, Sms), Ok(()));
        let places = mails.places(QUEUE, Some(2));
        assert!(places.has(Medium::Chat) && !places.has(Medium::Mail));
        assert!(
            !load(&[Email, Email, Sms, Sms])
                .places(QUEUE, Some(2))
                .is_any()
        );
    }

    #[test]
    fn what_is_released_leaves_its_own_place() {
        let mut load = load(&[ChannelKind::Sms, ChannelKind::Email]);
        let mail = ConversationId(Uuid::from_u128(2));
        load.release(
            mail,
            Some(QUEUE),
            Burden::of(ChannelKind::Email, &Weights::default()),
        );
        let held = [Medium::Chat, Medium::Mail].map(|medium| load.held_of(QUEUE, medium));
        assert_eq!(held, [1, 0]);
        let unlimited = load.places(QUEUE, None);
        assert!(unlimited.has(Medium::Chat) && unlimited.has(Medium::Mail));
    }
}

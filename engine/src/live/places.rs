//! Where every open conversation is, by what is committed.

use dashmap::DashMap;
use foldhash::fast::RandomState;

use super::concern::Passage;
use crate::ids::{AgentId, KeyDigest, QueueId};
use crate::message::{Destination, Entry, Fact};

/// The queue and the agent of a conversation; neither, when none is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) queue: Option<QueueId>,
    pub(super) agent: Option<AgentId>,
}

/// The places of the open conversations.
#[derive(Default)]
pub(super) struct Places(DashMap<KeyDigest, Place, RandomState>);

impl Places {
    pub(super) fn put(&self, digest: KeyDigest, place: Place) {
        self.0.insert(digest, place);
    }

    pub(super) fn of(&self, digest: KeyDigest) -> Place {
        self.0.get(&digest).map(|place| *place).unwrap_or_default()
    }

    /// Goes along with an entry, from where the conversation was to where it is. A closing concerns whom the conversation
    /// concerned; what comes after it does not.
    pub(super) fn follow(&self, digest: KeyDigest, entry: &Entry) -> Passage {
        let before = self.of(digest);
        let (mut after, mut is_open) = (before, true);
        for fact in &entry.facts {
            if matches!(fact, Fact::Closed { .. }) {
                is_open = false;
            } else if let Some(place) = moved(after, fact) {
                (after, is_open) = (place, true);
            }
        }
        if !is_open {
            self.0.remove(&digest);
        } else if after != before {
            self.0.insert(digest, after);
        }
        Passage { before, after }
    }
}

/// Where a fact puts a conversation, if it moves it.
fn moved(from: Place, fact: &Fact) -> Option<Place> {
    match fact {
        Fact::Opened(opened) => Some(Place {
            queue: match opened.destination {
                Destination::Queue(queue) => Some(queue),
                Destination::Chatbot(_) => None,
            },
            agent: None,
        }),
        Fact::Reopened { queue, agent, .. } => Some(Place {
            queue: *queue,
            agent: *agent,
        }),
        Fact::Assigned { queue, agent, .. } => Some(Place {
            queue: queue.or(from.queue),
            agent: Some(*agent),
        }),
        Fact::Requeued { queue, .. } => Some(Place {
            queue: Some(*queue),
            agent: None,
        }),
        _ => None,
    }
}

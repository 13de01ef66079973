//! Whom something concerns: the one decision, for what happens now and for what is replayed.

use smallvec::SmallVec;

use super::Interest;
use super::places::Place;
use crate::ids::{AgentId, ConversationKey, KeyDigest, QueueId, TenantId};
use crate::message::{Entry, Fact};

/// From where to where an entry brings its conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) before: Place,
    pub(super) after: Place,
}

impl Passage {
    pub(super) fn staying(place: Place) -> Self {
        Self {
            before: place,
            after: place,
        }
    }
}

/// What something that happens touches.
#[derive(Debug, PartialEq)]
pub(super) struct Concern {
    pub(super) tenant: TenantId,
    pub(super) conversation: Option<KeyDigest>,
    pub(super) queues: SmallVec<[QueueId; 2]>,
    pub(super) agents: SmallVec<[AgentId; 2]>,
    /// Everybody of the tenant.
    pub(super) colleagues: bool,
}

impl Concern {
    /// An entry that moved its conversation, if it is about one, along a passage.
    pub(super) fn of(entry: &Entry, passage: Passage) -> Self {
        match entry.conversation_key() {
            Some(key) => Self::conversation(key.tenant, key.digest(), passage),
            None => Self {
                agents: entry.facts.iter().filter_map(named_agent).collect(),
                ..Self::of_nobody(entry.key.tenant())
            },
        }
    }

    pub(super) fn conversation(tenant: TenantId, digest: KeyDigest, passage: Passage) -> Self {
        let places = [passage.before, passage.after];
        Self {
            conversation: Some(digest),
            queues: places.iter().filter_map(|place| place.queue).collect(),
            agents: places.iter().filter_map(|place| place.agent).collect(),
            ..Self::of_nobody(tenant)
        }
    }

    pub(super) fn colleagues(tenant: TenantId) -> Self {
        Self {
            colleagues: true,
            ..Self::of_nobody(tenant)
        }
    }

    fn of_nobody(tenant: TenantId) -> Self {
        Self {
            tenant,
            conversation: None,
            queues: SmallVec::new(),
            agents: SmallVec::new(),
            colleagues: false,
        }
    }
}

fn named_agent(fact: &Fact) -> Option<AgentId> {
    match fact {
        Fact::OfferMade { agent, .. }
        | Fact::OfferEnded { agent, .. }
        | Fact::SessionChosen { agent, .. } => Some(*agent),
        _ => None,
    }
}

/// An interest, ready to be compared.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) interest: Interest,
    pub(super) watched: Option<KeyDigest>,
}

impl Wish {
    pub(super) fn new(interest: Interest) -> Self {
        let watched = interest.watched.as_ref().map(ConversationKey::digest);
        Self { interest, watched }
    }

    pub(super) fn is_concerned(&self, concern: &Concern) -> bool {
        let Interest {
            tenant,
            queues,
            agent,
            everything,
            ..
        } = &self.interest;
        if tenant.is_some_and(|own| own != concern.tenant) {
            return false;
        }
        let is_colleague = *tenant == Some(concern.tenant);
        let about = concern.conversation;
        (about.is_some() && (about == self.watched || (*everything && is_colleague)))
            || (concern.colleagues && is_colleague)
            || agent.is_some_and(|own| concern.agents.contains(&own))
            || concern.queues.iter().any(|queue| queues.contains(queue))
    }
}

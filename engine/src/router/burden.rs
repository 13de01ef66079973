//! A burden: what one conversation takes of the agent who holds it.
//!
//! What must stay true: it follows from the kind of the channel and the tenant's weights alone, wherever the conversation is
//! moved.

use crate::message::ChannelKind;
use crate::weights::Weights;

/// What one conversation takes of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Burden {
    /// Units of capacity.
    pub(super) weight: u32,
    /// Which of a queue's counts it is part of.
    pub(super) medium: Medium,
}

/// What a queue's limit counts by itself: an e-mail waits for hours, and takes no chat's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Medium {
    Chat,
    Mail,
}

impl Burden {
    /// The burden of a conversation of this kind under these weights.
    pub(super) const fn of(kind: ChannelKind, weights: &Weights) -> Self {
        Self {
            weight: weights.of(kind),
            medium: Medium::of(kind),
        }
    }
}

impl Medium {
    const fn of(kind: ChannelKind) -> Self {
        match kind {
            ChannelKind::Email => Self::Mail,
            ChannelKind::LiveChat
            | ChannelKind::Sms
            | ChannelKind::Facebook
            | ChannelKind::Whatsapp => Self::Chat,
        }
    }
}

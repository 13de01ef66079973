//! Offers: leases of one conversation to one agent.
//!
//! What must stay true: the same offer has the same id whenever it is computed, and no two offers share one, restarts
//! included: ordinals start again then, but time went on.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::ids::{AgentId, ConversationId, OfferId};
use crate::message::Timestamp;

/// An offer that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) id: OfferId,
    pub(super) agent: AgentId,
    pub(super) expires: Timestamp,
}

impl Offer {
    /// When it was made, in milliseconds, as its name says.
    pub(super) fn made_at_ms(self) -> u128 {
        self.id.0.as_u128() >> 80
    }
}

/// Names the conversation's offer number `ordinal`, made at `at`: a version 8 UUID (RFC 9562, 5.8) of 48 bits of
/// milliseconds, then custom bits.
pub(super) fn offer_id(conversation: ConversationId, ordinal: u32, at: Timestamp) -> OfferId {
    let mut hasher = SipHasher24::new_with_key(b"ecluse/offer/v1\0");
    hasher.write(conversation.as_bytes());
    hasher.write(&ordinal.to_be_bytes());
    let unique = hasher.finish128().as_u128() & ((1 << 80) - 1);
    let value = (u128::from(at.as_millis()) << 80) | unique;
    OfferId(uuid::Builder::from_custom_bytes(value.to_be_bytes()).into_uuid())
}

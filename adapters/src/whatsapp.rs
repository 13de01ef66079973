//! WhatsApp, by Meta's Cloud API or by 360dialog: one wire format, two ways in.
//!
//! What must stay true: whatever a verified body holds comes out of [`parse::parse`], as something that this version
//! knows or as the provider's own JSON. A call to send ends in exactly one [`Sending`](ecluse_engine::provider::Sending),
//! and says `Ambiguous` whenever the request may have been accepted.

pub mod cloud;
pub mod dialog360;
pub mod errors;
pub mod parse;
pub mod render;
mod transport;

use std::time::Duration;

use compact_str::CompactString;

use ecluse_engine::ids::Address;
use ecluse_engine::message::{Inbound, RawJson, StatusReport};
use ecluse_engine::provider::Pace;

/// One thing that a webhook body reported.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    /// `metadata.phone_number_id` of our number; empty for what concerns the whole account.
    pub number: CompactString,
    pub item: ReceivedItem,
}

/// What a webhook reports.
#[derive(Clone, Debug, PartialEq)]
pub enum ReceivedItem {
    /// A customer wrote.
    Message { from: Address, message: Inbound },
    /// A message of ours got somewhere.
    Status {
        recipient: Address,
        report: StatusReport,
    },
    /// Something about the account, the number or a template, or an element that nobody can be found for.
    Account {
        /// The webhook's field; for an element that could not be read, the name of its array (`messages`, `statuses`,
        /// `errors`, `entry`).
        kind: CompactString,
        /// The change or the element, byte for byte.
        raw: RawJson,
    },
}

/// The longest text, in characters (developers.facebook.com, WhatsApp text messages).
pub const TEXT_LIMIT: usize = 4_096;

/// How long after the customer's last message free-form answers are allowed.
pub const SERVICE_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// What a number takes by default: 80 messages a second, and to one customer a message every 6 s with 45 at once
/// (developers.facebook.com, WhatsApp throughput and pair rate limits).
pub const PACE: Pace = Pace {
    per_second: 80,
    pair_interval: Duration::from_secs(6),
    pair_burst: 45,
};

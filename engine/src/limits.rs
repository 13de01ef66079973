//! Every capacity, with its sum.
//!
//! ```text
//! gate                     16,384 messages   four groups of the journal, 8 MiB with entries of 500 B
//!                          64 MiB            as received; parsed messages take about three times as much
//! reserve                   4,096 messages   timers due, send results, the router's decisions: paced or one per conversation
//! journal's queue          20,480            gate + reserve, beyond it `append` waits for the disk
//! conversation door            32 messages   an album of 30 images fits; 100,000 live x 32 x 300 B is never reached,
//!                                            because all doors together hold no more than the gate
//! router door               1,024 commands   people's clicks
//! lane of a channel, router 1,024 entries    each a pointer into the committed tail; beyond it the feed waits at its cursor
//! journal's segment           16 MiB         half a second of 40,000 messages/s; at least two, up to 4 of them trimmed
//! committed tail               16 MiB        what followers read from memory before they read the journal's files
//! projector lag           200,000 entries    at 45,000 entries/s replayed in under 5 s after a crash
//! live conversations      100,000            about 2.5 KiB each with actor, door, state and registry: 250 MiB
//! limited senders          65,536            56 to 112 bytes each with their address: 7 MiB at most (`abuse::limiter`)
//! live subscriber             256 events     a slow desk is disconnected and resumes
//! ```

use std::time::Duration;

use crate::runtime::GateCapacity;
use crate::runtime::registry::Passivation;

/// Messages that a conversation's door holds; beyond it an edge waits.
pub const CONVERSATION_DOOR: u32 = 32;

/// Nobody knocks at a channel: all that it hears returns to it by its lane, which its feed bounds.
pub const CHANNEL_DOOR: u32 = 1;

/// Messages of a follower that may be on their way to one channel or router; the follower waits beyond it.
pub const LANE_FED_MAX: u32 = 1_024;

/// Commands that the router's door holds; beyond it a request waits.
pub const ROUTER_DOOR: u32 = 1_024;

/// Events that a live subscriber may be behind before it is disconnected.
pub const SUBSCRIBER_EVENTS: usize = 256;

/// The capacities that a deployment may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub gate: GateCapacity,
    pub passivation: Passivation,
    /// The size of the journal's files, in bytes.
    pub journal_segment_bytes: u64,
    /// Bytes of committed entries kept in memory for followers.
    pub tail_bytes: usize,
    /// Entries that the read model may be behind before the gate shuts.
    pub lag_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            gate: GateCapacity {
                messages: 16_384,
                bytes: 64 << 20,
                reserve: 4_096,
            },
            passivation: Passivation {
                idle: Duration::from_secs(3_600),
                live_max: 100_000,
            },
            journal_segment_bytes: 16 << 20,
            tail_bytes: 16 << 20,
            lag_max: 200_000,
        }
    }
}

impl Limits {
    /// The size of the queue into the journal's thread.
    #[must_use]
    pub fn journal_queue(&self) -> usize {
        // A body larger than the gate is admitted alone, and brings all its items.
        self.gate.messages + self.gate.reserve
    }
}

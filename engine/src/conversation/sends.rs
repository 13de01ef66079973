//! The outgoing messages of a conversation whose fate may still change.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::ids::ConversationId;
use crate::message::{Fingerprint, SendOutcome, Status, StatusReport, Timestamp};

/// How far a provider's clock may be behind ours. Its times are whole seconds, cut off.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// One outgoing message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    pub conversation: ConversationId,
    pub queued_at: Timestamp,
    pub status: Status,
    /// The fingerprint of the id that the provider gave it.
    pub provider_id: Option<Fingerprint>,
    pub attempt: u32,
    /// When the oldest call began whose answer is out or lost.
    pub attempted_at: Option<Timestamp>,
    /// A call is out.
    pub attempting: bool,
    /// The call's answer was lost: the message may have been taken.
    pub ambiguous: bool,
}

impl Send {
    /// A message that nobody tried to send yet.
    #[must_use]
    pub fn queued(conversation: ConversationId, at: Timestamp) -> Self {
        Self {
            conversation,
            queued_at: at,
            status: Status::Queued,
            provider_id: None,
            attempt: 0,
            attempted_at: None,
            attempting: false,
            ambiguous: false,
        }
    }

    pub(super) fn began(&mut self, attempt: u32, at: Timestamp) {
        if !self.ambiguous {
            self.attempted_at = Some(at);
        }
        self.attempt = attempt;
        self.attempting = true;
        self.ambiguous = false;
    }

    /// Whether a status of an unknown message can be about this one: not if it is older than the call.
    pub(super) fn may_be_meant_by(&self, report: &StatusReport) -> bool {
        self.attempted_at
            .is_none_or(|began| report.at.plus(CLOCK_TOLERANCE) >= began)
    }

    pub(super) fn ended(&mut self, outcome: &SendOutcome, fingerprint: Option<Fingerprint>) {
        self.attempting = false;
        self.ambiguous = false;
        match outcome {
            SendOutcome::Sent(_) => {
                self.status = Status::Sent;
                self.provider_id = fingerprint;
            }
            SendOutcome::Retry { .. } => {}
            SendOutcome::Rejected(_) => self.status = Status::Failed,
        }
    }
}

/// Whether a status may follow another: queued < sent < delivered < read, and failed is final only before delivered.
#[must_use]
pub fn rises(from: Status, to: Status) -> bool {
    match (from, to) {
        (Status::Failed, _) => false,
        (Status::Delivered | Status::Read, Status::Failed) => false,
        (from, to) => to > from,
    }
}

/// Sends by sequence number. Bounded: the oldest finished ones are forgotten first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sends(BTreeMap<u64, Send>);

/// The most sends whose statuses are followed in one conversation.
pub const SENDS_FOLLOWED_MAX: usize = 256;

impl Sends {
    /// Follows a send.
    pub fn insert(&mut self, seq: u64, send: Send) {
        self.0.insert(seq, send);
        while self.0.len() > SENDS_FOLLOWED_MAX {
            let Some(oldest) = self
                .0
                .iter()
                .find(|(_, send)| send.status != Status::Queued)
                .map(|(seq, _)| *seq)
            else {
                break;
            };
            self.0.remove(&oldest);
        }
    }

    /// The send with this number.
    #[must_use]
    pub fn get(&self, seq: u64) -> Option<&Send> {
        self.0.get(&seq)
    }

    /// Every followed send, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Send)> {
        self.0.iter().map(|(seq, send)| (*seq, send))
    }

    pub(super) fn update(&mut self, seq: u64, change: impl FnOnce(&mut Send)) {
        if let Some(send) = self.0.get_mut(&seq) {
            change(send);
        }
    }

    /// Follows none of the sends up to this number any more.
    pub(super) fn forget(&mut self, up_to: u64) {
        self.0.retain(|seq, _| *seq > up_to);
    }

    pub(super) fn by_provider_id(&self, fingerprint: Fingerprint) -> Option<(u64, &Send)> {
        self.iter()
            .find(|(_, send)| send.provider_id == Some(fingerprint))
    }

    pub(super) fn in_flight(&self) -> Option<(u64, &Send)> {
        self.iter().find(|(_, send)| send.attempting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_only_rises() {
        use Status::{Delivered, Failed, Queued, Read, Sent};
        let table = [
            (Queued, Sent, true),
            (Sent, Delivered, true),
            (Sent, Read, true),
            (Delivered, Read, true),
            (Queued, Failed, true),
            (Sent, Failed, true),
            (Delivered, Failed, false),
            (Read, Failed, false),
            (Failed, Delivered, false),
            (Failed, Read, false),
            (Read, Delivered, false),
            (Delivered, Sent, false),
            (Sent, Sent, false),
        ];
        for (from, to, expected) in table {
            assert_eq!(rises(from, to), expected, "{from:?} to {to:?}");
        }
    }
}

//! The provider and caller ids that a conversation has seen in the last seven days, so that a repetition is known as one.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use crate::message::{Fingerprint, Timestamp};

/// How long a repetition is recognised: WhatsApp redelivers for up to seven days
/// (docs.360dialog.com, "Receiving messages via webhook").
pub const REMEMBERED: Duration = Duration::from_secs(7 * 86_400);

/// Fingerprints are keyed hashes already, so their low bits serve as they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}

/// What is remembered of one id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    seq: u64,
    at: Timestamp,
}

/// The ids seen within [`REMEMBERED`].
#[derive(Clone, Debug, Default)]
pub struct RecentIds {
    seen: HashMap<u128, Seen, BuildHasherDefault<AsIs>>,
    prune_at_len: usize,
}

impl RecentIds {
    /// The sequence number under which the id was accepted.
    #[must_use]
    pub fn get(&self, fingerprint: Fingerprint, now: Timestamp) -> Option<u64> {
        self.seen
            .get(&fingerprint.0)
            .filter(|seen| now.since(seen.at) <= REMEMBERED)
            .map(|seen| seen.seq)
    }

    /// Remembers an id. Forgets old ones when the set has doubled, so that it stays proportional to a week's traffic.
    pub fn insert(&mut self, fingerprint: Fingerprint, seq: u64, at: Timestamp) {
        if self.seen.len() >= self.prune_at_len.max(64) {
            self.seen.retain(|_, seen| at.since(seen.at) <= REMEMBERED);
            self.prune_at_len = self.seen.len() * 2;
        }
        self.seen.insert(fingerprint.0, Seen { seq, at });
    }

    /// How many ids are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether no id is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

impl PartialEq for RecentIds {
    fn eq(&self, other: &Self) -> bool {
        self.seen == other.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_for_seven_days_and_the_set_stays_bounded() {
        let mut recent = RecentIds::default();
        let day = Duration::from_secs(86_400);
        let mut now = Timestamp(0);
        for seq in 0..10_000u64 {
            recent.insert(Fingerprint(u128::from(seq)), seq, now);
            now = now.plus(Duration::from_secs(864));
        }
        assert_eq!(recent.get(Fingerprint(9_999), now), Some(9_999));
        assert_eq!(
            recent.get(Fingerprint(9_500), now),
            Some(9_500),
            "five days old"
        );
        assert_eq!(recent.get(Fingerprint(9_000), now), None, "ten days old");
        assert!(
            recent.len() <= 2 * 701,
            "a week is 700 ids, and {} are held",
            recent.len()
        );
        assert_eq!(recent.get(Fingerprint(9_999), now.plus(day * 8)), None);
    }
}

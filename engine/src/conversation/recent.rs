//! The provider and caller ids that a conversation has seen in the last seven days, so that a repetition is known as one.
//!
//! They are most of what a live conversation holds, so they are kept tight: 21 bytes each in one sorted list, which grows by
//! a quarter. A list of ten thousand, which nobody writes in a week, still takes an id in a few microseconds.

use std::time::Duration;

use crate::message::{Fingerprint, Timestamp};

/// How long a repetition is recognised: WhatsApp redelivers for up to seven days
/// (docs.360dialog.com, "Receiving messages via webhook").
pub const REMEMBERED: Duration = Duration::from_secs(7 * 86_400);

/// What is remembered of one id; in bytes, so that nothing is lost to alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    /// 96 of its bits tell the ids of one conversation apart: of ten million, two agree once in 10^15 conversations.
    fingerprint: [u8; 12],
    /// Enough for a million messages a second for twelve days in one conversation.
    seq: [u8; 5],
    /// Whole seconds, rounded up: an id may be remembered a little longer, and never shorter.
    at_secs: [u8; 4],
}

impl Seen {
    fn new(fingerprint: Fingerprint, seq: u64, at: Timestamp) -> Self {
        let secs = at.0.max(0).saturating_add(999_999) / 1_000_000;
        Self {
            fingerprint: low_bits(fingerprint),
            seq: low_bytes(seq),
            at_secs: u32::try_from(secs).unwrap_or(u32::MAX).to_be_bytes(),
        }
    }

    fn is_remembered(&self, now: Timestamp) -> bool {
        let at = Timestamp::from_secs(u32::from_be_bytes(self.at_secs).into());
        now.since(at) <= REMEMBERED
    }
}

fn low_bits(fingerprint: Fingerprint) -> [u8; 12] {
    let [_, _, _, _, bits @ ..] = fingerprint.0.to_be_bytes();
    bits
}

fn low_bytes(seq: u64) -> [u8; 5] {
    let [_, _, _, bytes @ ..] = seq.min((1 << 40) - 1).to_be_bytes();
    bytes
}

/// The ids seen within [`REMEMBERED`].
#[derive(Clone, Debug, Default)]
pub struct RecentIds {
    /// In the order of their fingerprints.
    seen: Vec<Seen>,
    prune_at_len: usize,
}

impl RecentIds {
    fn find(&self, fingerprint: Fingerprint) -> Result<usize, usize> {
        let wanted = low_bits(fingerprint);
        self.seen
            .binary_search_by(|seen| seen.fingerprint.cmp(&wanted))
    }

    /// The sequence number under which the id was accepted.
    #[must_use]
    pub fn get(&self, fingerprint: Fingerprint, now: Timestamp) -> Option<u64> {
        let seen = self.seen[self.find(fingerprint).ok()?];
        seen.is_remembered(now).then(|| {
            seen.seq
                .iter()
                .fold(0, |seq, byte| seq << 8 | u64::from(*byte))
        })
    }

    /// Remembers an id of an older time than those that are known: an id that was taken again keeps its newer number.
    pub fn insert_older(&mut self, fingerprint: Fingerprint, seq: u64, at: Timestamp) {
        if self.find(fingerprint).is_err() {
            self.insert(fingerprint, seq, at);
        }
    }

    /// Remembers an id. Forgets old ones when the list has doubled, so that it stays proportional to a week's traffic.
    pub fn insert(&mut self, fingerprint: Fingerprint, seq: u64, at: Timestamp) {
        if self.seen.len() >= self.prune_at_len.max(64) {
            self.seen.retain(|seen| seen.is_remembered(at));
            self.prune_at_len = self.seen.len() * 2;
        }
        let new = Seen::new(fingerprint, seq, at);
        match self.find(fingerprint) {
            Ok(place) => self.seen[place] = new,
            Err(place) => {
                if self.seen.len() == self.seen.capacity() {
                    self.seen.reserve_exact((self.seen.len() / 4).max(8));
                }
                self.seen.insert(place, new);
            }
        }
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

    #[test]
    fn an_id_is_small_and_the_newest_word_about_it_counts() {
        assert_eq!(std::mem::size_of::<Seen>(), 21);
        let mut recent = RecentIds::default();
        let now = Timestamp(1_749_416_383_000_001);
        for id in [7, 3, 9, 3, u128::MAX] {
            recent.insert(Fingerprint(id), recent.len() as u64 + 1, now);
        }
        let seqs = [3, 7, 9, u128::MAX].map(|id| recent.get(Fingerprint(id), now));
        assert_eq!(seqs, [Some(4), Some(1), Some(3), Some(4)]);
        assert_eq!(recent.get(Fingerprint(4), now), None);
        let last_moment = now.plus(REMEMBERED);
        assert_eq!(recent.get(Fingerprint(7), last_moment), Some(1));
        let later = last_moment.plus(Duration::from_secs(1));
        assert_eq!(recent.get(Fingerprint(7), later), None);
    }
}

//! How fast a visitor may write, whatever the number of tabs and connections.

use dashmap::DashMap;
use ecluse_engine::ids::KeyDigest;
use ecluse_engine::message::Timestamp;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Two messages a second, ten at once (Genesys Cloud allows a guest two a second as well).
pub const MESSAGES: Rate = Rate {
    each_us: 500_000,
    burst: 10,
};

/// Signs of typing: a page sends one every few seconds.
pub const SIGNS: Rate = Rate {
    each_us: 500_000,
    burst: 6,
};

/// Below this many visitors nobody is forgotten.
const KEPT_MIN: usize = 1_024;

/// A rate with a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The time that one of them takes, in microseconds.
    pub each_us: i64,
    /// How many may come at once.
    pub burst: i64,
}

/// What is left of a rate: a bucket that fills with time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    room_us: i64,
    at: Timestamp,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub const fn full(rate: Rate, now: Timestamp) -> Self {
        Self {
            room_us: rate.each_us * rate.burst,
            at: now,
        }
    }

    /// Takes one out.
    ///
    /// # Errors
    /// The time after which there is one.
    pub fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), Duration> {
        self.fill(rate, now);
        let left = self.room_us - rate.each_us;
        if left < 0 {
            return Err(Duration::from_micros(left.unsigned_abs()));
        }
        self.room_us = left;
        Ok(())
    }

    fn fill(&mut self, rate: Rate, now: Timestamp) {
        let passed = i64::try_from(now.since(self.at).as_micros()).unwrap_or(i64::MAX);
        self.room_us = self
            .room_us
            .saturating_add(passed)
            .min(rate.each_us * rate.burst);
        self.at = now;
    }

    fn is_full(mut self, rate: Rate, now: Timestamp) -> bool {
        self.fill(rate, now);
        self.room_us == rate.each_us * rate.burst
    }
}

/// The buckets of the visitors who wrote lately. A full bucket is forgotten, so it holds who wrote within seconds.
#[derive(Debug, Default)]
pub struct Paces {
    buckets: DashMap<KeyDigest, Bucket>,
    prune_at: AtomicUsize,
}

impl Paces {
    /// Lets one message of a visitor through.
    ///
    /// # Errors
    /// The time after which there is room for it.
    pub fn take(&self, visitor: KeyDigest, now: Timestamp) -> Result<(), Duration> {
        if self.buckets.len() >= self.prune_at.load(Ordering::Relaxed).max(KEPT_MIN) {
            self.buckets
                .retain(|_, bucket| !bucket.is_full(MESSAGES, now));
            self.prune_at
                .store(self.buckets.len() * 2, Ordering::Relaxed);
        }
        let mut bucket = self
            .buckets
            .entry(visitor)
            .or_insert_with(|| Bucket::full(MESSAGES, now));
        bucket.take(MESSAGES, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_000);

    fn after(ms: u64) -> Timestamp {
        START.plus(Duration::from_millis(ms))
    }

    #[test]
    fn ten_at_once_then_two_a_second() {
        let paces = Paces::default();
        let (ada, eve) = (KeyDigest([1; 16]), KeyDigest([2; 16]));
        for _ in 0..10 {
            assert_eq!(paces.take(ada, START), Ok(()));
        }
        assert_eq!(paces.take(ada, START), Err(Duration::from_millis(500)));
        assert_eq!(paces.take(ada, after(499)), Err(Duration::from_millis(1)));
        assert_eq!(paces.take(eve, START), Ok(()), "others are not held up");
        assert_eq!(paces.take(ada, after(500)), Ok(()));
        assert!(paces.take(ada, after(500)).is_err());
        let sustained = (1..=100).filter(|tenth| paces.take(ada, after(500 + tenth * 100)).is_ok());
        assert_eq!(sustained.count(), 20, "ten seconds");
    }

    #[test]
    fn who_stopped_writing_is_forgotten() {
        let paces = Paces::default();
        for visitor in 0..50_000u128 {
            let now = after(u64::try_from(visitor).unwrap());
            assert_eq!(paces.take(KeyDigest(visitor.to_be_bytes()), now), Ok(()));
        }
        assert!(
            paces.buckets.len() <= 2 * KEPT_MIN,
            "{} are held",
            paces.buckets.len()
        );
    }
}

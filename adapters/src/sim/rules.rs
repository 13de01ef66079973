//! How fast a number may send: the whole of it, and to one customer; pure, with the time given.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// Limits of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages a second; more is error 130429.
    pub per_second: u32,
    /// One message to a customer takes this long; more is error 131056 …
    pub pair_interval: Duration,
    /// … after so many at once.
    pub pair_burst: u32,
}

impl Default for Limits {
    /// Meta's own.
    fn default() -> Self {
        let pace = crate::whatsapp::PACE;
        Self {
            per_second: pace.per_second,
            pair_interval: pace.pair_interval,
            pair_burst: pace.pair_burst,
        }
    }
}

/// Which limit a message met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limited {
    Throughput,
    Pair,
}

/// What was sent lately, as the instant until which it counts (the generic cell rate algorithm).
#[derive(Debug, Default)]
pub(super) struct Meter {
    whole: Option<Instant>,
    pairs: HashMap<String, Instant>,
}

impl Meter {
    /// Counts a message to `to`, or says which limit it meets; then it does not count.
    pub(super) fn admit(&mut self, limits: &Limits, to: &str, now: Instant) -> Result<(), Limited> {
        let interval = Duration::from_secs(1) / limits.per_second.max(1);
        let whole =
            advanced(self.whole, interval, limits.per_second, now).ok_or(Limited::Throughput)?;
        let pair = self.pairs.get(to).copied();
        let pair =
            advanced(pair, limits.pair_interval, limits.pair_burst, now).ok_or(Limited::Pair)?;
        self.whole = Some(whole);
        self.pairs.retain(|_, until| *until > now);
        self.pairs.insert(to.to_owned(), pair);
        Ok(())
    }
}

/// The new instant until which the bucket counts; `None` if `burst` messages count already.
fn advanced(
    until: Option<Instant>,
    interval: Duration,
    burst: u32,
    now: Instant,
) -> Option<Instant> {
    let from = until.map_or(now, |until| until.max(now));
    let next = from + interval;
    (next.duration_since(now) <= interval * burst.max(1)).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_borrowed_from_the_future() {
        let limits = Limits {
            per_second: 1_000,
            ..Limits::default()
        };
        let mut meter = Meter::default();
        let start = Instant::now();
        for _ in 0..45 {
            assert_eq!(meter.admit(&limits, "33", start), Ok(()));
        }
        assert_eq!(meter.admit(&limits, "33", start), Err(Limited::Pair));
        assert_eq!(meter.admit(&limits, "44", start), Ok(()));
        let later = start + Duration::from_secs(6);
        assert_eq!(meter.admit(&limits, "33", later), Ok(()));
        assert_eq!(meter.admit(&limits, "33", later), Err(Limited::Pair));
    }

    #[test]
    fn a_number_sends_so_many_a_second() {
        let limits = Limits {
            per_second: 3,
            ..Limits::default()
        };
        let mut meter = Meter::default();
        let start = Instant::now();
        let admitted = |meter: &mut Meter, now| {
            (0..9)
                .filter(|i| meter.admit(&limits, &i.to_string(), now).is_ok())
                .count()
        };
        assert_eq!(admitted(&mut meter, start), 3);
        assert_eq!(admitted(&mut meter, start + Duration::from_secs(1)), 3);
    }
}

//! When the configuration is written: at once, unless messages need the machine.
//!
//! A change costs some thirty times what a message costs, and whoever edits in a loop would take a quarter of the processors from
//! all channels together. So commits come apart while messages flow, and those who wait share the next one.
//!
//! What must stay true: nobody waits longer than [`GAP`] for that reason, and nobody at all where few messages come.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// From the beginning of one transaction to that of the next, while messages flow.
const GAP: Duration = Duration::from_millis(50);
/// Entries of the journal in a second from which on messages flow.
const FLOW_PER_SEC: u64 = 2_000;
/// Over how long they are counted at least.
const COUNTED_OVER: Duration = Duration::from_millis(250);

/// How many entries the journal ever held.
type Entries = Box<dyn Fn() -> u64 + Send + Sync>;

/// The distance between transactions.
#[derive(Default)]
pub(super) struct Pace {
    entries: OnceLock<Entries>,
    seen: Mutex<Option<Seen>>,
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("seen", &self.seen).finish()
    }
}

/// What was seen of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    /// When the last transaction began.
    begun: Instant,
    /// Since when entries are counted, and how many there were.
    since: Instant,
    entries: u64,
    flows: bool,
}

impl Seen {
    fn first(now: Instant, entries: u64) -> Self {
        Self {
            begun: now,
            since: now,
            entries,
            flows: false,
        }
    }

    /// As it is seen now.
    fn at(self, now: Instant, entries: u64) -> Self {
        let counted_over = now.saturating_duration_since(self.since);
        if counted_over < COUNTED_OVER {
            return self;
        }
        let come = u128::from(entries.saturating_sub(self.entries));
        let flows = come * 1_000 >= u128::from(FLOW_PER_SEC) * counted_over.as_millis();
        Self {
            since: now,
            entries,
            flows,
            ..self
        }
    }

    /// When the next transaction may begin.
    fn next(self, now: Instant) -> Instant {
        match self.flows {
            true => now.max(self.begun + GAP),
            false => now,
        }
    }
}

impl Pace {
    /// Gives way to what this counts from now on. Once.
    pub(super) fn give_way(&self, entries: Entries) {
        let _counted_already = self.entries.set(entries);
    }

    /// Waits until a transaction may begin.
    pub(super) async fn turn(&self) {
        let Some(entries) = self.entries.get() else {
            return;
        };
        let now = Instant::now();
        let begins = self.begin(now, entries());
        // A timer of the present still waits for the next millisecond.
        if begins > now {
            tokio::time::sleep_until(begins).await;
        }
    }

    fn begin(&self, now: Instant, entries: u64) -> Instant {
        let mut seen = self.seen.lock();
        let known = seen.map_or_else(|| Seen::first(now, entries), |seen| seen.at(now, entries));
        let begins = known.next(now);
        *seen = Some(Seen {
            begun: begins,
            ..known
        });
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second's transactions, one after the other, each a millisecond's work, while so many entries come in a millisecond.
    async fn in_a_second(entries_per_ms: u64) -> u32 {
        let (pace, epoch) = (Pace::default(), Instant::now());
        let millis = move || u64::try_from(epoch.elapsed().as_millis()).unwrap();
        pace.give_way(Box::new(move || millis() * entries_per_ms));
        let mut made = 0;
        while millis() < 2_000 {
            pace.turn().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
            made += u32::from(millis() > 1_000);
        }
        made
    }

    #[tokio::test(start_paused = true)]
    async fn changes_come_apart_while_messages_flow_and_only_then() {
        assert_eq!(in_a_second(0).await, 1_000);
        assert_eq!(in_a_second(1).await, 1_000);
        assert_eq!(in_a_second(20).await, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_who_saves_waits_for_nothing() {
        let (pace, epoch) = (Pace::default(), Instant::now());
        let millis = move || u64::try_from(epoch.elapsed().as_millis()).unwrap();
        pace.give_way(Box::new(move || millis() * 1_000));
        for _ in 0..20 {
            tokio::time::sleep(GAP).await;
            let before = Instant::now();
            pace.turn().await;
            assert_eq!(before.elapsed(), Duration::ZERO);
        }
    }
}

//! Faults for rehearsals: a slow disk, a slow projector, a full disk. All off by default.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Switches that a rehearsal or a test turns while everything runs. Clones share their switches.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Switches>);

#[derive(Debug, Default)]
struct Switches {
    commit_delay_us: AtomicU64,
    projection_delay_us: AtomicU64,
    journal_bytes_max: AtomicU64,
    keeps_entries: AtomicBool,
}

impl Faults {
    /// Every commit of the journal takes this much longer.
    pub fn slow_commits(&self, by: Duration) {
        self.0.commit_delay_us.store(micros(by), Ordering::Relaxed);
    }

    /// Every transaction of the projector takes this much longer.
    pub fn slow_projection(&self, by: Duration) {
        self.0
            .projection_delay_us
            .store(micros(by), Ordering::Relaxed);
    }

    /// The journal's segments may take this many bytes; beyond that the disk is full. Zero is no limit.
    pub fn limit_journal(&self, bytes: u64) {
        self.0.journal_bytes_max.store(bytes, Ordering::Relaxed);
    }

    /// The journal trims nothing, so that a test can look at what was committed.
    pub fn keep_entries(&self, keep: bool) {
        self.0.keeps_entries.store(keep, Ordering::Release);
    }

    pub(super) fn keeps_entries(&self) -> bool {
        self.0.keeps_entries.load(Ordering::Acquire)
    }

    pub(super) fn commit_delay(&self) -> Duration {
        Duration::from_micros(self.0.commit_delay_us.load(Ordering::Relaxed))
    }

    pub(super) fn projection_delay(&self) -> Duration {
        Duration::from_micros(self.0.projection_delay_us.load(Ordering::Relaxed))
    }

    pub(super) fn journal_bytes_max(&self) -> u64 {
        self.0.journal_bytes_max.load(Ordering::Relaxed)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Sleeps on a thread of our own; never on an executor.
#[expect(
    clippy::disallowed_methods,
    reason = "the storage threads run no executor"
)]
pub(super) fn pause(duration: Duration) {
    if !duration.is_zero() {
        std::thread::sleep(duration);
    }
}

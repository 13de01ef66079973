//! Hands the store's WAL to the disk bit by bit, so that the sync before a checkpoint finds little left to do.
//!
//! A transaction leaves some thirty megabytes in the system's cache. Synced at once, they stand before the journal's next
//! sync in the disk's queue, and every source waits for both. Under Linux, advising that a range is not needed starts its
//! writing and waits for nothing (`mm/fadvise.c`, `POSIX_FADV_DONTNEED`); elsewhere it does no harm.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{Advice, fadvise};

use crate::storage::faults::pause;

/// The WAL is cut to this length when it begins anew, in bytes.
pub(super) const WAL_BYTES_MAX: u64 = 64 << 20;

const STEP_BYTES: NonZeroU64 = NonZeroU64::new(1 << 20).expect("a mebibyte is not nothing");

/// How long the disk has for each step before the next: 300 MB a second.
const STEP_PAUSE: Duration = Duration::from_millis(3);

/// The WAL of a store that is open.
#[derive(Debug)]
pub(super) struct Trickle(File);

impl Trickle {
    /// The WAL beside the store's file.
    pub(super) fn open(store: &Path) -> io::Result<Self> {
        let mut name = store.as_os_str().to_owned();
        name.push("-wal");
        File::open(name).map(Self)
    }

    /// Starts the writing of what is in the WAL, slowly, until `is_enough`. What cannot be written now is left to the sync.
    pub(super) fn run(&self, is_enough: impl Fn() -> bool) {
        let length = self.0.metadata().map_or(0, |metadata| metadata.len());
        let mut from = 0;
        while from < length.min(WAL_BYTES_MAX) && !is_enough() {
            if fadvise(&self.0, from, Some(STEP_BYTES), Advice::DontNeed).is_err() {
                return;
            }
            pause(STEP_PAUSE);
            from += STEP_BYTES.get();
        }
    }
}

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

    /// Starts the writing of what is in the WAL, slowly, until `is_enough`; how many bytes it got through. What cannot be
    /// written now is left to the sync.
    pub(super) fn run(&self, is_enough: impl Fn() -> bool) -> u64 {
        let length = self.0.metadata().map_or(0, |metadata| metadata.len());
        let mut from = 0;
        while from < length.min(WAL_BYTES_MAX) && !is_enough() {
            if fadvise(&self.0, from, Some(STEP_BYTES), Advice::DontNeed).is_err() {
                break;
            }
            pause(STEP_PAUSE);
            from += STEP_BYTES.get();
        }
        from.min(length)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use rusqlite::Connection;

    use super::*;

    #[test]
    fn all_of_a_wal_is_gone_through_unless_that_is_enough_before() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let store = Connection::open(&path).unwrap();
        store
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)")
            .unwrap();
        store
            .execute("INSERT INTO t VALUES (zeroblob(3000000))", [])
            .unwrap();
        let trickle = Trickle::open(&path).unwrap();
        let length = trickle.0.metadata().unwrap().len();
        assert!(length > 2 * STEP_BYTES.get(), "{length}");
        assert_eq!(trickle.run(|| false), length);
        let steps = Cell::new(0);
        let after_one = || steps.replace(steps.get() + 1) == 1;
        assert_eq!(trickle.run(after_one), STEP_BYTES.get());
        let kept: i64 = store
            .query_row("SELECT length(x) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(kept, 3_000_000);
    }
}

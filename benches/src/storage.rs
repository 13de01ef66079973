//! A journal, with a store or alone, on the disk and with the threads that write them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecluse_adapters::storage::backlog::Backlog;
use ecluse_adapters::storage::data_dir::JOURNAL_DIR;
use ecluse_adapters::storage::fail_stop::FailStop;
use ecluse_adapters::storage::faults::Faults;
use ecluse_adapters::storage::journal::{JournalFiles, SegmentJournal};
use ecluse_adapters::storage::{Storage, StorageOptions};
use ecluse_engine::follow::CommittedLog;
use ecluse_engine::journal::Position;
use ecluse_engine::limits::Limits;
use ecluse_engine::runtime::Gate;

/// Whether a file could not be written.
#[derive(Clone, Debug, Default)]
struct Failed(Arc<AtomicBool>);

impl Failed {
    fn hook(&self) -> FailStop {
        let failed = Arc::clone(&self.0);
        Arc::new(move |_| failed.store(true, Ordering::Release))
    }

    fn assert_none(&self) {
        assert!(
            !self.0.load(Ordering::Acquire),
            "a file could not be written"
        );
    }
}

/// What is kept, as a node keeps it.
#[derive(Debug)]
pub struct Whole {
    pub storage: Storage,
    failed: Failed,
}

impl Whole {
    /// Opens the journal and the store of a directory, with the projector between them.
    ///
    /// # Panics
    /// When it cannot: a bench has nothing to measure then.
    #[must_use]
    pub fn open(directory: &Path, limits: &Limits, gate: &Gate) -> Self {
        let failed = Failed::default();
        let options = StorageOptions {
            fail_stop: failed.hook(),
            ..StorageOptions::new(limits, gate)
        };
        let storage = Storage::open(directory, options).expect("the files open");
        Self { storage, failed }
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        self.storage.stop();
        self.failed.assert_none();
    }
}

/// The journal only: what is committed is shown to nobody.
pub struct JournalAlone {
    pub journal: SegmentJournal,
    pub log: Arc<CommittedLog>,
    failed: Failed,
}

impl fmt::Debug for JournalAlone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JournalAlone({:?})", self.log)
    }
}

impl JournalAlone {
    /// Opens the journal of a directory.
    ///
    /// # Panics
    /// When it cannot.
    #[must_use]
    pub fn open(directory: &Path, limits: &Limits, gate: &Gate) -> Self {
        let failed = Failed::default();
        let start = Position(0);
        let segment_bytes = limits.journal_segment_bytes;
        let files = JournalFiles::open(&directory.join(JOURNAL_DIR), start, segment_bytes)
            .expect("the journal opens");
        let tail = Box::new(files.reader());
        let log = CommittedLog::new(tail, files.head(), start, limits.tail_bytes);
        let log = Arc::new(log);
        let backlog = Backlog::new(Arc::clone(&log), gate.clone(), u64::MAX);
        let queue = limits.journal_queue();
        let journal = files.start(queue, backlog, Faults::default(), failed.hook());
        Self {
            journal,
            log,
            failed,
        }
    }
}

impl Drop for JournalAlone {
    fn drop(&mut self) {
        self.journal.stop();
        self.failed.assert_none();
    }
}

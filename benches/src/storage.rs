//! A journal and a store on the disk, with the threads that write them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecluse_adapters::storage::backlog::Backlog;
use ecluse_adapters::storage::faults::Faults;
use ecluse_adapters::storage::journal::{FailStop, JournalFile, SqliteJournal, SqliteReader};
use ecluse_adapters::storage::projector::{Around, Projector, StoreFile};
use ecluse_engine::follow::CommittedLog;
use ecluse_engine::journal::Position;
use ecluse_engine::limits::Limits;
use ecluse_engine::runtime::Gate;

/// What is kept, as a node keeps it.
pub struct Storage {
    pub journal: Arc<SqliteJournal>,
    pub log: Arc<CommittedLog>,
    projector: Option<Projector>,
    failed: Arc<AtomicBool>,
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Storage({:?})", self.log)
    }
}

impl Storage {
    /// Opens the journal and the store of a directory, with the projector between them.
    ///
    /// # Panics
    /// When it cannot: a bench has nothing to measure then.
    #[must_use]
    pub fn open(directory: &Path, limits: &Limits, gate: &Gate) -> Self {
        let store = StoreFile::open(&store_file(directory)).expect("the store opens");
        let (mut storage, backlog, reader, fail_stop) =
            open_journal(directory, store.checkpoint(), limits, gate, limits.lag_max);
        let around = Around {
            backlog,
            reader,
            journal: Arc::clone(&storage.journal),
            faults: Faults::default(),
            fail_stop,
        };
        storage.projector = Some(store.start(around));
        storage
    }

    /// Opens the journal of a directory only: what is committed is shown to nobody.
    ///
    /// # Panics
    /// When it cannot.
    #[must_use]
    pub fn open_journal(directory: &Path, limits: &Limits, gate: &Gate) -> Self {
        open_journal(directory, Position(0), limits, gate, u64::MAX).0
    }

    /// Waits until the read model has everything that is committed.
    pub async fn catch_up(&self) {
        self.log.projected_to(self.log.head()).await;
    }
}

/// The store's file in a directory.
#[must_use]
pub fn store_file(directory: &Path) -> PathBuf {
    directory.join("store.db")
}

fn open_journal(
    directory: &Path,
    checkpoint: Position,
    limits: &Limits,
    gate: &Gate,
    lag_max: u64,
) -> (Storage, Arc<Backlog>, SqliteReader, FailStop) {
    let file =
        JournalFile::open(&directory.join("journal.db"), checkpoint).expect("the journal opens");
    let failed = Arc::new(AtomicBool::new(false));
    let fail_stop: FailStop = {
        let failed = Arc::clone(&failed);
        Arc::new(move |_| failed.store(true, Ordering::Release))
    };
    let tail = Box::new(file.reader().expect("the journal opens twice"));
    let log = Arc::new(CommittedLog::new(
        tail,
        file.head(),
        checkpoint,
        limits.tail_bytes,
    ));
    let reader = file.reader().expect("the journal opens three times");
    let (queue, faults) = (limits.journal_queue(), Faults::default());
    let backlog = Backlog::new(Arc::clone(&log), gate.clone(), lag_max);
    let journal = file.start(queue, Arc::clone(&backlog), faults, Arc::clone(&fail_stop));
    (
        Storage {
            journal: Arc::new(journal),
            log,
            projector: None,
            failed,
        },
        backlog,
        reader,
        fail_stop,
    )
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.journal.stop();
        if let Some(projector) = &self.projector {
            projector.stop();
        }
        assert!(
            !self.failed.load(Ordering::Acquire),
            "a file could not be written"
        );
    }
}

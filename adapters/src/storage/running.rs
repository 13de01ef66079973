//! The journal and the store of a directory, opened in the one order that works: the store first, because its checkpoint
//! says what the journal must still have.

use std::path::Path;
use std::sync::Arc;

use ecluse_engine::follow::CommittedLog;
use ecluse_engine::limits::Limits;
use ecluse_engine::runtime::Gate;

use super::backlog::Backlog;
use super::data_dir::{JOURNAL_DIR, STORE_FILE};
use super::fail_stop::{FailStop, end_process};
use super::faults::Faults;
use super::journal::{JournalError, JournalFiles, SegmentJournal};
use super::projector::{Around, Projector, StoreFile, StoreOpenError};
use super::read_model::ReadModel;
use super::sqlite::OpenError;

/// The files could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    #[error("the store")]
    Store(#[source] StoreOpenError),
    #[error("the journal")]
    Journal(#[source] JournalError),
    #[error("the store's readers")]
    Readers(#[source] OpenError),
}

/// What the files are opened with.
pub struct StorageOptions {
    /// Shut while the disk is full or the read model lags.
    pub gate: Gate,
    pub faults: Faults,
    pub fail_stop: FailStop,
    /// Jobs that wait for the journal's thread.
    pub journal_queue: usize,
    /// The size of the journal's files, in bytes.
    pub journal_segment_bytes: u64,
    /// Committed entries that are kept in memory for followers, in bytes.
    pub tail_bytes: usize,
    /// Entries that the read model may be behind.
    pub lag_max: u64,
}

impl StorageOptions {
    /// As a node with these limits has it, without faults.
    #[must_use]
    pub fn new(limits: &Limits, gate: &Gate) -> Self {
        Self {
            gate: gate.clone(),
            faults: Faults::default(),
            fail_stop: end_process(),
            journal_queue: limits.journal_queue(),
            journal_segment_bytes: limits.journal_segment_bytes,
            tail_bytes: limits.tail_bytes,
            lag_max: limits.lag_max,
        }
    }
}

impl std::fmt::Debug for StorageOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageOptions")
            .field("gate", &self.gate)
            .finish_non_exhaustive()
    }
}

/// The journal, the projector and the readers of the store, running.
#[derive(Debug)]
pub struct Storage {
    pub journal: Arc<SegmentJournal>,
    pub log: Arc<CommittedLog>,
    pub projector: Projector,
    pub reads: ReadModel,
}

impl Storage {
    /// Opens the files of a directory and starts their threads. The read model may still be behind.
    ///
    /// # Errors
    /// Which file cannot be opened, and why.
    pub fn open(directory: &Path, options: StorageOptions) -> Result<Self, StorageError> {
        let path = directory.join(STORE_FILE);
        let store = StoreFile::open(&path).map_err(StorageError::Store)?;
        let reads = ReadModel::open(&path).map_err(StorageError::Readers)?;
        let checkpoint = store.checkpoint();
        let segment_bytes = options.journal_segment_bytes;
        let files = JournalFiles::open(&directory.join(JOURNAL_DIR), checkpoint, segment_bytes)
            .map_err(StorageError::Journal)?;
        let (head, reader) = (files.head(), files.reader());
        tracing::info!(head = head.0, checkpoint = checkpoint.0, "recovering");
        let tail = Box::new(reader.clone());
        let log = Arc::new(CommittedLog::new(
            tail,
            head,
            checkpoint,
            options.tail_bytes,
        ));
        let backlog = Backlog::new(Arc::clone(&log), options.gate, options.lag_max);
        let journal = Arc::new(files.start(
            options.journal_queue,
            Arc::clone(&backlog),
            options.faults.clone(),
            Arc::clone(&options.fail_stop),
        ));
        let projector = store.start(Around {
            backlog,
            reader,
            journal: Arc::clone(&journal),
            faults: options.faults,
            fail_stop: options.fail_stop,
        });
        Ok(Self {
            journal,
            log,
            projector,
            reads,
        })
    }

    /// Waits until the read model has everything that is committed now.
    pub async fn caught_up(&self) {
        self.log.projected_to(self.log.head()).await;
    }

    /// Commits what is queued, applies it and ends the threads; takes as long as the disk does.
    pub fn stop(&self) {
        self.journal.stop();
        self.projector.stop();
    }
}

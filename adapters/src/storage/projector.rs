//! Applies the committed journal to the read model, in order, on a thread of its own.
//!
//! What must stay true:
//! - the checkpoint moves in the same transaction as what it covers, so an entry is applied exactly once;
//! - a transaction holds at most [`BATCH_MAX`] entries, so that readers and checkpoints stay quick. Under load it stays open
//!   for many, because the pages that a thousand entries change are mostly those that the next thousand change again. The
//!   committed entries that are kept in memory hold more than one such transaction;
//! - commits here need no fsync: the journal may be trimmed only up to the checkpoint that a complete `wal_checkpoint` has
//!   put on the disk;
//! - what is erased leaves no copy in the store's pages, and soon none in its WAL and the journal ([`scrub`]);
//! - when the read model is too far behind, the gate shuts until it has caught up to half of the bound.

pub(super) mod apply;
mod chains;
pub(super) mod rows;
mod scrub;
mod source;
mod trickle;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use ecluse_engine::journal::{Committed, Position};
use ecluse_engine::metrics;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::time::Instant;

use self::apply::{Batch, Finished};
use self::chains::Chains;
use self::scrub::Scrub;
use self::source::Source;
use self::trickle::{Trickle, WAL_BYTES_MAX};
use super::backlog::Backlog;
use super::fail_stop::{DeathWatch, FailStop};
use super::faults::{Faults, pause};
use super::journal::{JournalError, SegmentJournal, SegmentReader};
use super::sqlite::{Migration, OpenError, is_full, open_writer};

pub(super) const MIGRATIONS: &[Migration] = &[
    include_str!("migrations/store/0001_read_model.sql"),
    include_str!("migrations/store/0002_read_by_agents.sql"),
    include_str!("migrations/store/0003_attempted_at.sql"),
    include_str!("migrations/store/0004_fewer_indexes.sql"),
    include_str!("migrations/store/0005_unreachable.sql"),
    include_str!("migrations/store/0006_chatbots_and_returning_customers.sql"),
    include_str!("migrations/store/0007_erasure.sql"),
    include_str!("migrations/store/0008_known_agents.sql"),
];

/// Entries in one transaction.
pub const BATCH_MAX: usize = 12_000;

/// How long a transaction stays open for what comes next, because one of few entries costs nearly as much as one of many.
const LINGER: Duration = Duration::from_millis(15);

/// How long it stays open after one of at least [`BUSY`] entries.
const LINGER_BUSY: Duration = Duration::from_millis(400);

/// How often an open transaction takes what has come. More often, it wakes up cold each time; more seldom, it takes a core
/// for long enough to be felt by those who wait for an answer.
const SLICE: Duration = Duration::from_millis(50);

/// A transaction of this many entries says that more will come at the same rate.
const BUSY: usize = 150;

/// The store's WAL is copied into the file when it has grown by this many entries: soon, so that the disk is never handed
/// much at once.
const CHECKPOINT_EVERY: u64 = BATCH_MAX as u64;

/// As [`CHECKPOINT_EVERY`], while the read model is behind: what is copied seldom is copied once.
const CHECKPOINT_EVERY_BEHIND: u64 = 4 * CHECKPOINT_EVERY;

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreOpenError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the store's checkpoint cannot be read")]
    Checkpoint(#[source] rusqlite::Error),
    #[error("the store's WAL cannot be opened")]
    Wal(#[source] std::io::Error),
}

/// The store's file, opened for writing, before its thread runs.
#[derive(Debug)]
pub struct StoreFile {
    path: PathBuf,
    connection: Connection,
    checkpoint: Position,
    scrub: Scrub,
    trickle: Trickle,
}

impl StoreFile {
    /// Opens, creates or migrates the store.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreOpenError> {
        let connection = open_writer(path, MIGRATIONS)?;
        connection
            .pragma_update(None, "wal_autocheckpoint", 0)
            .and_then(|()| connection.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX))
            // What is deleted or replaced is overwritten where it was. Within a page that is written anyway.
            .and_then(|()| connection.pragma_update(None, "secure_delete", true))
            .map_err(StoreOpenError::Checkpoint)?;
        let checkpoint = connection
            .query_row("SELECT position FROM checkpoint", [], |row| row.get(0))
            .map_err(StoreOpenError::Checkpoint)?;
        let scrub = Scrub::read(&connection).map_err(StoreOpenError::Checkpoint)?;
        // There is one, because the checkpoint was just read through it.
        let trickle = Trickle::open(path).map_err(StoreOpenError::Wal)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            checkpoint: Position(checkpoint),
            scrub,
            trickle,
        })
    }

    /// How far the journal has been applied.
    #[must_use]
    pub fn checkpoint(&self) -> Position {
        self.checkpoint
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Starts the projector's thread.
    #[must_use]
    pub fn start(self, around: Around) -> Projector {
        let stopping = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            connection: self.connection,
            checkpoint: self.checkpoint,
            durable: Position(0),
            source: Source::new(Arc::clone(&around.backlog), around.reader.clone()),
            chains: Chains::default(),
            scrub: self.scrub,
            trickle: self.trickle,
            around,
            stopping: Arc::clone(&stopping),
        };
        let thread = std::thread::Builder::new()
            .name("projector".to_owned())
            .spawn(move || worker.run())
            .expect("the system has room for one more thread");
        Projector {
            stopping,
            thread: Mutex::new(Some(thread)),
        }
    }
}

/// What the projector works with.
pub struct Around {
    pub backlog: Arc<Backlog>,
    pub reader: SegmentReader,
    pub journal: Arc<SegmentJournal>,
    pub faults: Faults,
    pub fail_stop: FailStop,
}

impl std::fmt::Debug for Around {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around")
            .field("backlog", &self.backlog)
            .finish_non_exhaustive()
    }
}

/// The running projector.
#[derive(Debug)]
pub struct Projector {
    stopping: Arc<AtomicBool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Projector {
    /// Applies what is committed, makes it durable and ends the thread.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

struct Worker {
    connection: Connection,
    checkpoint: Position,
    durable: Position,
    source: Source,
    chains: Chains,
    scrub: Scrub,
    trickle: Trickle,
    around: Around,
    stopping: Arc<AtomicBool>,
}

/// Why a transaction was not committed.
#[derive(Debug, thiserror::Error)]
enum NotApplied {
    #[error("the journal cannot be read: {0}")]
    Journal(#[from] JournalError),
    #[error("it cannot be written: {0}")]
    Store(#[from] rusqlite::Error),
}

impl Worker {
    fn run(mut self) {
        let _watch = DeathWatch {
            thread: "projector",
            stopping: Arc::clone(&self.stopping),
            fail_stop: Arc::clone(&self.around.fail_stop),
        };
        let mut patience = LINGER;
        loop {
            if self.around.backlog.lag() == 0 {
                patience = LINGER;
                self.make_durable();
                self.scrub();
                if self.stopping.load(Ordering::Acquire) {
                    return;
                }
                pause(Duration::from_millis(1));
                continue;
            }
            match self.project(patience) {
                Some(BUSY..) if self.enough() == BATCH_MAX => patience = LINGER_BUSY,
                Some(_) => patience = LINGER,
                None => return,
            }
        }
    }

    /// Applies one transaction: how many entries. `None` when the thread must end: nothing of it is applied, and all of it
    /// stays in the journal.
    fn project(&mut self, patience: Duration) -> Option<usize> {
        let started = Instant::now();
        pause(self.around.faults.projection_delay());
        let mut batch = Vec::new();
        let mut patience = patience;
        while let Err(error) = self.apply(&mut batch, patience) {
            match error {
                NotApplied::Store(error) if is_full(&error) => {
                    if self.stopping.load(Ordering::Acquire) {
                        return None;
                    }
                    tracing::error!("the disk is full: the read model waits for room");
                    pause(Duration::from_millis(500));
                    patience = Duration::ZERO;
                }
                error => {
                    (self.around.fail_stop)(&format!("the read model is not applied: {error}"));
                    return None;
                }
            }
        }
        if let Some(last) = batch.last() {
            self.checkpoint = last.position;
            self.around.backlog.log.mark_projected(self.checkpoint);
        }
        self.around.backlog.look();
        self.make_durable_in_time();
        self.scrub();
        metrics::projected(started.elapsed());
        Some(batch.len())
    }

    /// Applies a batch, and adds to it what is committed meanwhile, until it is large enough, nothing more comes, or
    /// `patience` is over. The work is spread over the time in which entries come: done in one go at the end, it would take
    /// a core from those who answer. A batch that was not written can be given again.
    fn apply(
        &mut self,
        batch: &mut Vec<Arc<Committed>>,
        patience: Duration,
    ) -> Result<(), NotApplied> {
        let enough = self.enough();
        let until = Instant::now() + patience;
        let transaction = self.connection.transaction()?;
        let mut rows = Batch::new(&transaction, &self.chains);
        let mut applied = 0;
        loop {
            let reached = batch.last().map_or(self.checkpoint, |last| last.position);
            batch.extend(self.source.after(reached, enough - batch.len())?);
            let is_quiet = batch.len() == applied;
            for committed in &batch[applied..] {
                rows.apply(&committed.entry)?;
            }
            applied = batch.len();
            let left = until.saturating_duration_since(Instant::now());
            let is_enough = applied >= enough || is_quiet || left.is_zero();
            if is_enough || self.stopping.load(Ordering::Acquire) {
                break;
            }
            pause(SLICE.min(left));
        }
        let reached = batch.last().map_or(self.checkpoint, |last| last.position);
        let Finished { ends, has_erased } = rows.finish(reached)?;
        transaction.commit()?;
        self.chains.remember(ends);
        if has_erased {
            self.scrub.want(reached);
        }
        Ok(())
    }

    /// As many entries end a transaction; never so many that waiting for them alone would shut the gate.
    fn enough(&self) -> usize {
        let narrow = usize::try_from(self.around.backlog.lag_max / 2).unwrap_or(usize::MAX);
        BATCH_MAX.min(narrow.max(1))
    }

    /// Makes the read model durable when there is enough of it, and gently unless it is behind.
    fn make_durable_in_time(&mut self) {
        let is_behind = self.around.backlog.lag() >= BATCH_MAX as u64;
        let grown = self.checkpoint.0 - self.durable.0;
        if is_behind && grown >= CHECKPOINT_EVERY_BEHIND {
            self.make_durable();
        } else if !is_behind && grown >= CHECKPOINT_EVERY {
            self.trickle.run(|| self.stopping.load(Ordering::Acquire));
            self.make_durable();
        }
    }

    /// Takes what was erased out of the files, bit by bit.
    fn scrub(&mut self) {
        let (connection, journal) = (&self.connection, &self.around.journal);
        match self.scrub.step(connection, self.checkpoint, journal) {
            Ok(true) => self.durable = self.checkpoint,
            Ok(false) => {}
            Err(error) if is_full(&error) => {}
            Err(error) => (self.around.fail_stop)(&format!(
                "what was erased could not be taken out of the files: {error}"
            )),
        }
    }

    /// Copies the WAL into the file. Complete only if no reader holds an older view; then the journal may be trimmed.
    fn make_durable(&mut self) {
        if self.durable == self.checkpoint {
            return;
        }
        let copied = self
            .connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
                let (busy, in_wal, copied): (i64, i64, i64) =
                    (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok(busy == 0 && in_wal == copied)
            });
        match copied {
            Ok(true) => {
                self.durable = self.checkpoint;
                self.around.journal.allow_trim(self.durable);
            }
            Ok(false) => {}
            Err(error) if is_full(&error) => {}
            Err(error) => (self.around.fail_stop)(&format!(
                "the read model could not be made durable: {error}"
            )),
        }
    }
}

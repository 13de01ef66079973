//! Applies the committed journal to the read model, in order, on a thread of its own.
//!
//! What must stay true:
//! - the checkpoint moves in the same transaction as what it covers, so an entry is applied exactly once;
//! - a transaction holds at most [`BATCH_MAX`] entries, so that readers and checkpoints stay quick. Under load it waits for
//!   many, because the pages that a thousand entries change are mostly those that the next thousand change again. The
//!   committed entries that are kept in memory hold more than one such transaction;
//! - commits here need no fsync: the journal may be trimmed only up to the checkpoint that a complete `wal_checkpoint` has
//!   put on the disk;
//! - when the read model is too far behind, the gate shuts until it has caught up to half of the bound.

pub(super) mod apply;
pub(super) mod rows;

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

use self::apply::Batch;
use super::backlog::Backlog;
use super::fail_stop::{DeathWatch, FailStop};
use super::faults::{Faults, pause};
use super::journal::{JournalError, SqliteJournal, SqliteReader, is_full};
use super::sqlite::{Durability, Migration, OpenError, open_writer};

pub(super) const MIGRATIONS: &[Migration] = &[
    include_str!("migrations/store/0001_read_model.sql"),
    include_str!("migrations/store/0002_read_by_agents.sql"),
    include_str!("migrations/store/0003_attempted_at.sql"),
];

/// Entries in one transaction.
pub const BATCH_MAX: usize = 12_000;

/// How long a committed entry waits for company, because a transaction of few entries costs nearly as much as one of many.
const LINGER: Duration = Duration::from_millis(15);

/// As [`LINGER`], after a batch of at least [`BUSY`] entries.
const LINGER_BUSY: Duration = Duration::from_millis(400);

/// A batch of this many entries says that more will come at the same rate.
const BUSY: usize = 150;

/// The store's WAL is copied into the file when it has grown by this many entries.
const CHECKPOINT_EVERY: u64 = 48_000;

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreOpenError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the store's checkpoint cannot be read")]
    Checkpoint(#[source] rusqlite::Error),
}

/// The store's file, opened for writing, before its thread runs.
#[derive(Debug)]
pub struct StoreFile {
    path: PathBuf,
    connection: Connection,
    checkpoint: Position,
}

impl StoreFile {
    /// Opens, creates or migrates the store.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self, StoreOpenError> {
        let connection = open_writer(path, Durability::AtCheckpoint, MIGRATIONS)?;
        connection
            .pragma_update(None, "wal_autocheckpoint", 0)
            .map_err(StoreOpenError::Checkpoint)?;
        let checkpoint = connection
            .query_row("SELECT position FROM checkpoint", [], |row| row.get(0))
            .map_err(StoreOpenError::Checkpoint)?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            checkpoint: Position(checkpoint),
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
            around,
            stopping: Arc::clone(&stopping),
            ahead: None,
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
    pub reader: SqliteReader,
    pub journal: Arc<SqliteJournal>,
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
    around: Around,
    stopping: Arc<AtomicBool>,
    ahead: Option<Ahead>,
}

type Read = Result<Vec<Arc<Committed>>, JournalError>;

/// Entries that are read from the journal's file while those before them are applied: after a start there are many.
struct Ahead {
    after: Position,
    thread: JoinHandle<Read>,
}

impl Worker {
    fn run(mut self) {
        let _watch = DeathWatch {
            thread: "projector",
            stopping: Arc::clone(&self.stopping),
            fail_stop: Arc::clone(&self.around.fail_stop),
        };
        let mut busy = false;
        loop {
            match self.next_batch(busy) {
                Ok(batch) if batch.is_empty() => {
                    busy = false;
                    self.make_durable();
                    if self.stopping.load(Ordering::Acquire) {
                        return;
                    }
                    pause(Duration::from_millis(1));
                }
                Ok(batch) => {
                    busy = batch.len() >= BUSY;
                    if !self.project(&batch) {
                        return;
                    }
                }
                Err(reason) => return (self.around.fail_stop)(&reason),
            }
        }
    }

    /// Lets the first entry of a batch wait for company.
    fn linger(&self, busy: bool) {
        let wanted = self.worth_waiting_for();
        let is_narrow = wanted < BATCH_MAX as u64;
        let patience = if busy && !is_narrow {
            LINGER_BUSY
        } else {
            LINGER
        };
        let until = Instant::now() + patience;
        while self.around.backlog.lag() < wanted
            && Instant::now() < until
            && !self.stopping.load(Ordering::Acquire)
        {
            pause(LINGER);
        }
    }

    /// With fewer entries than this, more are waited for; never so many that waiting alone would shut the gate.
    fn worth_waiting_for(&self) -> u64 {
        (BATCH_MAX as u64).min(self.around.backlog.lag_max / 2)
    }

    /// What is to be projected now; empty if nothing is.
    fn next_batch(&mut self, busy: bool) -> Result<Vec<Arc<Committed>>, String> {
        if self.around.backlog.lag() > 0 {
            self.linger(busy);
        }
        match self.around.backlog.log.recent(self.checkpoint, BATCH_MAX) {
            Some(batch) => Ok(batch),
            None => self
                .read_on()
                .map_err(|error| format!("the projector cannot read the journal: {error}")),
        }
    }

    /// The next entries of the file; a whole batch of them has the one after it read meanwhile.
    fn read_on(&mut self) -> Read {
        let batch = match self.ahead.take() {
            Some(ahead) if ahead.after == self.checkpoint => match ahead.thread.join() {
                Ok(read) => read?,
                Err(panicked) => std::panic::resume_unwind(panicked),
            },
            _ => self
                .around
                .reader
                .read_blocking(self.checkpoint, BATCH_MAX)?,
        };
        if let Some(last) = batch.last().filter(|_| batch.len() == BATCH_MAX) {
            let (reader, after) = (self.around.reader.clone(), last.position);
            let read = move || reader.read_blocking(after, BATCH_MAX);
            let thread = std::thread::Builder::new()
                .name("read-ahead".to_owned())
                .spawn(read);
            self.ahead = thread.ok().map(|thread| Ahead { after, thread });
        }
        Ok(batch)
    }

    /// False when the thread must end: the batch is not applied, and stays in the journal.
    fn project(&mut self, batch: &[Arc<Committed>]) -> bool {
        let started = Instant::now();
        pause(self.around.faults.projection_delay());
        let Some(last) = batch.last() else {
            return true;
        };
        loop {
            match self.apply(batch, last.position) {
                Ok(()) => break,
                Err(error) if is_full(&error) && self.stopping.load(Ordering::Acquire) => {
                    return false;
                }
                Err(error) if is_full(&error) => {
                    tracing::error!("the disk is full: the read model waits for room");
                    pause(Duration::from_millis(500));
                }
                Err(error) => {
                    (self.around.fail_stop)(&format!(
                        "the read model could not be written: {error}"
                    ));
                    return false;
                }
            }
        }
        self.checkpoint = last.position;
        self.around.backlog.log.mark_projected(self.checkpoint);
        if self.checkpoint.0 - self.durable.0 >= CHECKPOINT_EVERY {
            self.make_durable();
        }
        self.around.backlog.look();
        metrics::projected(started.elapsed());
        true
    }

    fn apply(&mut self, batch: &[Arc<Committed>], to: Position) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        {
            let mut rows = Batch::new(&transaction);
            for committed in batch {
                rows.apply(&committed.entry)?;
            }
            rows.finish()?;
            transaction
                .prepare_cached("UPDATE checkpoint SET position = ?1")?
                .execute([to.0])?;
        }
        transaction.commit()
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

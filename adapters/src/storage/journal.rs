//! The journal on SQLite: one table that is only ever appended to, one thread that owns the connection.
//!
//! What must stay true:
//! - the thread writes whatever arrived while the last group was written, in the order of arrival, as one transaction in
//!   WAL mode with `synchronous=FULL`; receipts are released when `COMMIT` has returned, which is after the fsync;
//! - no index beside the position, because one random index halves the rate;
//! - positions rise by one. The newest entry is never trimmed, so that a restart goes on after it, never over it;
//! - an entry is trimmed only when the store's copy of it is on the disk and every follower has seen it;
//! - any failure but a full disk ends the process. A full disk rolls the group back: the gate shuts and the group is
//!   tried again until there is room.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use crossbeam::channel::{Receiver, Sender, TrySendError, bounded};
use ecluse_engine::follow::{JournalReader, ReadError};
use ecluse_engine::journal::{Append, Committed, Journal, OwnerEpoch, Position};
use ecluse_engine::metrics;
use ecluse_engine::runtime::gate::Shut;
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _};
use tokio::time::Instant;

use super::backlog::Backlog;
use super::entry_codec::{DecodeError, decode, encode};
use super::fail_stop::{DeathWatch, FailStop};
use super::faults::{Faults, pause};
use super::sqlite::{Durability, Migration, OpenError, open_reader, open_writer};

const MIGRATIONS: &[Migration] = &[include_str!("migrations/journal/0001_entries.sql")];

/// A group is cut here even if more has arrived, so that one commit stays short.
const GROUP_MAX: usize = 4_096;

/// Entries that are deleted in one transaction while nothing else is to do.
const TRIM_STEP: u64 = 5_000;

/// With more trimmable entries than this, trimming no longer waits for a quiet moment.
const TRIM_FORCED: u64 = 2_000_000;

/// The journal cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the journal cannot be read")]
    Read(#[source] rusqlite::Error),
    #[error("entry {position:?} of the journal cannot be decoded")]
    Decode {
        position: Position,
        #[source]
        source: DecodeError,
    },
    #[error(
        "the journal begins at {oldest:?} but the store ends at {checkpoint:?}: entries between them are missing. \
         Restore store.db and journal.db from the same backup"
    )]
    Gap {
        checkpoint: Position,
        oldest: Position,
    },
    #[error(
        "the journal is empty but the store ends at {checkpoint:?}: what was committed after that is missing. \
         Restore store.db and journal.db from the same backup"
    )]
    Lost { checkpoint: Position },
}

/// The journal's file, opened and checked, before its thread runs.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    connection: Connection,
    head: Position,
}

impl JournalFile {
    /// Opens the journal of a store whose read model has reached `checkpoint`.
    ///
    /// # Errors
    /// It cannot be opened, or entries between the two files are missing.
    pub fn open(path: &Path, checkpoint: Position) -> Result<Self, JournalError> {
        let connection = open_writer(path, Durability::Full, MIGRATIONS)?;
        let (oldest, newest): (Option<u64>, Option<u64>) = connection
            .query_row(
                "SELECT min(position), max(position) FROM entries",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(JournalError::Read)?;
        match (oldest, newest) {
            (Some(oldest), _) if oldest > checkpoint.0 + 1 => Err(JournalError::Gap {
                checkpoint,
                oldest: Position(oldest),
            }),
            (_, Some(newest)) if newest < checkpoint.0 => Err(JournalError::Gap {
                checkpoint,
                oldest: Position(newest + 1),
            }),
            // The newest entry is never trimmed: a journal that is empty now has never been this store's.
            (None, None) if checkpoint > Position(0) => Err(JournalError::Lost { checkpoint }),
            (_, newest) => {
                let head = Position(newest.unwrap_or(checkpoint.0));
                Ok(Self {
                    path: path.to_owned(),
                    connection,
                    head,
                })
            }
        }
    }

    /// The newest committed position.
    #[must_use]
    pub fn head(&self) -> Position {
        self.head
    }

    /// Reads what is no longer in memory.
    ///
    /// # Errors
    /// The file cannot be opened a second time.
    pub fn reader(&self) -> Result<SqliteReader, JournalError> {
        SqliteReader::open(&self.path)
    }

    /// Starts the writer's thread.
    #[must_use]
    pub fn start(
        self,
        queue: usize,
        backlog: Arc<Backlog>,
        faults: Faults,
        fail_stop: FailStop,
    ) -> SqliteJournal {
        let (sender, receiver) = bounded(queue.max(1));
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            connection: self.connection,
            head: self.head,
            receiver,
            backlog,
            faults,
            fail_stop: Arc::clone(&fail_stop),
            shared: Arc::clone(&shared),
            trimmed: Position(0),
            pages_max: 0,
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run())
            .expect("the system has room for one more thread");
        SqliteJournal {
            sender,
            shared,
            fail_stop,
            thread: Mutex::new(Some(thread)),
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    trim_to: AtomicU64,
    stopping: Arc<AtomicBool>,
}

struct Job {
    append: Append,
    body: Option<Vec<u8>>,
}

/// The running journal.
pub struct SqliteJournal {
    sender: Sender<Job>,
    shared: Arc<Shared>,
    fail_stop: FailStop,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SqliteJournal({} queued)", self.sender.len())
    }
}

impl SqliteJournal {
    /// Everything up to `position` is on the disk in the store, so the journal need not keep it.
    pub fn allow_trim(&self, position: Position) {
        self.shared.trim_to.fetch_max(position.0, Ordering::AcqRel);
    }

    /// What comes after the stop is not acknowledged, and sent again to the next process.
    fn thread_has_ended(&self) {
        if !self.shared.stopping.load(Ordering::Acquire) {
            (self.fail_stop)("the journal's thread has ended");
        }
    }

    /// Commits what is queued and ends the thread.
    pub fn stop(&self) {
        self.shared.stopping.store(true, Ordering::Release);
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

impl Journal for SqliteJournal {
    fn append(&self, append: Append) {
        debug_assert_eq!(
            append.epoch,
            OwnerEpoch::SINGLE_NODE,
            "there is one owner until there is a cluster"
        );
        let body = append.entry.as_ref().map(encode);
        match self.sender.try_send(Job { append, body }) {
            Ok(()) => {}
            // A body larger than the gate is alone in it and may bring more items than the queue holds: its poster is
            // slowed here, on an edge's thread or an arbiter's, by nothing but the disk.
            Err(TrySendError::Full(job)) => {
                if self.sender.send(job).is_err() {
                    self.thread_has_ended();
                }
            }
            Err(TrySendError::Disconnected(_)) => self.thread_has_ended(),
        }
    }
}

struct Writer {
    connection: Connection,
    head: Position,
    receiver: Receiver<Job>,
    backlog: Arc<Backlog>,
    faults: Faults,
    fail_stop: FailStop,
    shared: Arc<Shared>,
    trimmed: Position,
    pages_max: u64,
}

impl Writer {
    fn run(mut self) {
        let _watch = DeathWatch {
            thread: "journal",
            stopping: Arc::clone(&self.shared.stopping),
            fail_stop: Arc::clone(&self.fail_stop),
        };
        let mut group = Vec::with_capacity(GROUP_MAX);
        while self.collect(&mut group) {
            if group.is_empty() {
                self.trim();
            } else if !self.write_group(&mut group) {
                // The queue outlives its reader: what waits in it must be let go here, so that its sources hear a no.
                group.clear();
                self.receiver.try_iter().for_each(drop);
                return;
            }
        }
    }

    /// Takes whatever has arrived; waits only if nothing has. False when there is nothing left to do ever.
    fn collect(&mut self, group: &mut Vec<Job>) -> bool {
        group.extend(self.receiver.try_iter().take(GROUP_MAX));
        if !group.is_empty() {
            if self.trimmable() > TRIM_FORCED {
                self.trim();
            }
            return true;
        }
        if self.shared.stopping.load(Ordering::Acquire) {
            return false;
        }
        let patience = if self.trimmable() > 0 {
            Duration::from_millis(2)
        } else {
            Duration::from_millis(50)
        };
        if let Ok(job) = self.receiver.recv_timeout(patience) {
            group.push(job);
            group.extend(self.receiver.try_iter().take(GROUP_MAX - 1));
        }
        true
    }

    /// False when the thread must end: the group is not written, and nobody who waits for it is told that it is.
    fn write_group(&mut self, group: &mut Vec<Job>) -> bool {
        let first = self.head.0 + 1;
        let (count, synced) = loop {
            match self.commit(group, first) {
                Ok(committed) => break committed,
                Err(error) if is_full(&error) && self.shared.stopping.load(Ordering::Acquire) => {
                    tracing::error!(
                        waiting = group.len(),
                        "the disk is full at the stop: what waits will be sent again"
                    );
                    return false;
                }
                Err(error) if is_full(&error) => self.wait_for_room(),
                Err(error) => {
                    (self.fail_stop)(&format!("the journal could not be written: {error}"));
                    return false;
                }
            }
        };
        if self.backlog.gate.is_shut(Shut::DiskFull) {
            tracing::info!("the disk has room again");
            self.backlog.gate.reopen(Shut::DiskFull);
        }
        self.head = Position(self.head.0 + count);
        self.release(group, first);
        self.backlog.look();
        metrics::journal_committed(count, synced, self.head.0);
        true
    }

    /// Writes the group's entries as one transaction: how many, and how long its commit with the fsync took.
    fn commit(&mut self, group: &[Job], first: u64) -> rusqlite::Result<(u64, Duration)> {
        if group.iter().all(|job| job.body.is_none()) {
            return Ok((0, Duration::ZERO));
        }
        self.apply_page_limit()?;
        let transaction = self.connection.transaction()?;
        let mut position = first;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO entries (position, partition, body) VALUES (?1, ?2, ?3)",
            )?;
            for job in group {
                let (Some(body), Some(entry)) = (&job.body, &job.append.entry) else {
                    continue;
                };
                insert.execute((position, entry.key.partition().0, body))?;
                position += 1;
            }
        }
        let committing = Instant::now();
        pause(self.faults.commit_delay());
        transaction.commit()?;
        Ok((position - first, committing.elapsed()))
    }

    fn apply_page_limit(&mut self) -> rusqlite::Result<()> {
        let wanted = self.faults.journal_pages_max();
        if wanted != self.pages_max {
            let pages = if wanted == 0 {
                u64::from(u32::MAX - 1)
            } else {
                wanted
            };
            self.connection
                .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
            self.pages_max = wanted;
        }
        Ok(())
    }

    /// Shuts the gate and gives back the room of what is in the store for good.
    fn wait_for_room(&mut self) {
        if !self.backlog.gate.is_shut(Shut::DiskFull) {
            tracing::error!("the disk is full: nothing more is accepted until there is room");
            self.backlog.gate.shut(Shut::DiskFull);
        }
        self.trim();
        pause(Duration::from_millis(200));
    }

    /// Shows the group to the followers, then releases everyone who waited for it.
    fn release(&self, group: &mut Vec<Job>, first: u64) {
        let mut position = first;
        let mut published = Vec::with_capacity(group.len());
        let mut released = Vec::with_capacity(group.len());
        for Job { mut append, body } in group.drain(..) {
            if let (Some(entry), Some(body)) = (append.entry.take(), body) {
                let committed = Committed {
                    position: Position(position),
                    entry,
                };
                published.push((Arc::new(committed), body.len()));
                position += 1;
            }
            released.push((append, Position(position - 1)));
        }
        self.backlog.log.publish(published);
        let waiting: Vec<_> = released
            .into_iter()
            .filter_map(|(append, position)| append.release(position))
            .collect();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// How many entries could be deleted. The newest one stays.
    fn trimmable(&self) -> u64 {
        if self.faults.keeps_entries() {
            return 0;
        }
        let to = self
            .shared
            .trim_to
            .load(Ordering::Acquire)
            .min(self.backlog.log.followed().0)
            .min(self.head.0.saturating_sub(1));
        to.saturating_sub(self.trimmed.0)
    }

    fn trim(&mut self) {
        let trimmable = self.trimmable();
        if trimmable == 0 {
            return;
        }
        let target = self.trimmed.0 + trimmable;
        let trimmed = self.trim_step(target);
        match trimmed {
            Ok(to) => self.trimmed = Position(to),
            Err(error) if is_full(&error) => {}
            Err(error) => (self.fail_stop)(&format!("the journal could not be trimmed: {error}")),
        }
    }

    fn trim_step(&self, target: u64) -> rusqlite::Result<u64> {
        let oldest: Option<u64> = self
            .connection
            .query_row(
                "SELECT position FROM entries ORDER BY position LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()?;
        let Some(oldest) = oldest else {
            return Ok(target);
        };
        let to = target.min(oldest + TRIM_STEP - 1);
        self.connection
            .prepare_cached("DELETE FROM entries WHERE position <= ?1")?
            .execute([to])?;
        Ok(to)
    }
}

pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

/// Reads committed entries from the file.
#[derive(Clone, Debug)]
pub struct SqliteReader {
    connection: Arc<Mutex<Connection>>,
}

impl SqliteReader {
    /// Opens the journal's file for reading.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Ok(Self {
            connection: Arc::new(Mutex::new(open_reader(path)?)),
        })
    }

    /// Up to `limit` entries above `after`.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn read_blocking(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Committed>>, JournalError> {
        read_entries(&self.connection.lock(), after, limit)
    }
}

fn read_entries(
    connection: &Connection,
    after: Position,
    limit: usize,
) -> Result<Vec<Arc<Committed>>, JournalError> {
    let mut select = connection
        .prepare_cached(
            "SELECT position, body FROM entries WHERE position > ?1 ORDER BY position LIMIT ?2",
        )
        .map_err(JournalError::Read)?;
    let mut rows = select.query((after.0, limit)).map_err(JournalError::Read)?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next().map_err(JournalError::Read)? {
        let position = Position(row.get(0).map_err(JournalError::Read)?);
        let body = row
            .get_ref(1)
            .and_then(|value| Ok(value.as_blob()?))
            .map_err(JournalError::Read)?;
        let entry = decode(body).map_err(|source| JournalError::Decode { position, source })?;
        entries.push(Arc::new(Committed { position, entry }));
    }
    Ok(entries)
}

#[async_trait]
impl JournalReader for SqliteReader {
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<Committed>>, ReadError> {
        let connection = Arc::clone(&self.connection);
        let read =
            tokio::task::spawn_blocking(move || read_entries(&connection.lock(), after, limit));
        match read.await {
            Ok(entries) => entries.map_err(|error| ReadError(Box::new(error))),
            Err(panicked) => Err(ReadError(Box::new(panicked))),
        }
    }
}

//! The journal: files that are only ever appended to, one thread that writes them.
//!
//! What must stay true:
//! - the thread writes whatever arrived while the last group was written, in the order of arrival, as one frame; receipts
//!   are released when its `fdatasync` has returned;
//! - positions rise by one. The newest entry is never trimmed, so that a restart goes on after it, never over it;
//! - an entry is trimmed only when the store's copy of it is on the disk and every follower has seen it;
//! - what is to be forgotten is in no file any more once all segments of then are trimmed: the newest ends, so that it is
//!   trimmed too, and files that are kept for use again are emptied;
//! - any failure but a shortage ends the process. A full disk, or no descriptor for one more file, leaves nothing of the
//!   group for anybody to see: the gate shuts and the same group is tried again at the same place until there is room. If
//!   the process ends before that, nobody was told that it is committed, and the next one may find it whole.

mod appender;
mod file;
mod format;
mod import;
mod segment;
mod segments;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, TrySendError, bounded};
use ecluse_engine::ids::{Key, TenantId};
use ecluse_engine::journal::{Append, Committed, Journal, OwnerEpoch, Position};
use ecluse_engine::message::{Entry, Timestamp};
use ecluse_engine::metrics;
use ecluse_engine::runtime::gate::Shut;
use parking_lot::Mutex;
use rustix::io::Errno;
use smallvec::SmallVec;
use tokio::time::Instant;

use self::appender::Appender;
use self::file::sync_dir;
use self::format::Record;
pub(super) use self::import::{import, older};
pub use self::segments::SegmentReader;
use self::segments::Segments;
pub(super) use self::segments::copy;
use super::backlog::Backlog;
use super::entry_codec::{DecodeError, encode};
use super::fail_stop::{DeathWatch, FailStop};
use super::faults::{Faults, pause};
use super::sqlite::{OpenError, open_reader};

/// A group is cut here even if more has arrived, so that one commit stays short.
const GROUP_MAX: usize = 4_096;

/// The same in bytes. An entry that is larger is a group by itself.
const GROUP_BYTES_MAX: usize = 8 << 20;

/// The journal cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("{} cannot be used", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "{} was written by a newer version of Écluse (format {found}, this one knows {}); use that version",
        path.display(),
        format::FORMAT
    )]
    Newer { path: PathBuf, found: u32 },
    #[error("{} is damaged: {what} cannot be read. Restore the data directory from a backup", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("entry {position:?} of the journal cannot be decoded")]
    Decode {
        position: Position,
        #[source]
        source: DecodeError,
    },
    #[error(
        "the journal begins at {} but the store ends at {}: entries between them are missing. \
         Restore the store and the journal from the same backup", oldest.0, checkpoint.0
    )]
    Gap {
        checkpoint: Position,
        oldest: Position,
    },
    #[error(
        "the journal ends at {}, before the store, which ends at {}. \
         Restore the store and the journal from the same backup", newest.0, checkpoint.0
    )]
    Behind {
        checkpoint: Position,
        newest: Position,
    },
    #[error(
        "the journal is empty but the store ends at {}: what was committed after that is missing. \
         Restore the store and the journal from the same backup", checkpoint.0
    )]
    Lost { checkpoint: Position },
    #[error("the journal of an older version cannot be opened")]
    OpenOlder(#[from] OpenError),
    #[error("the journal of an older version cannot be read")]
    ReadOlder(#[from] rusqlite::Error),
}

impl JournalError {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |source| Self::Io {
            path: path.to_owned(),
            source,
        }
    }

    fn damaged(path: &Path, what: &str) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what: what.to_owned(),
        }
    }
}

/// The journal's files, opened and checked, before their thread runs.
#[derive(Debug)]
pub struct JournalFiles {
    appender: Appender,
    head: Position,
}

impl JournalFiles {
    /// Opens the journal in `directory`, that of a store whose read model has reached `checkpoint`. There is none yet, or
    /// one of an older version beside it, before the first start. Segments are of `segment_bytes`.
    ///
    /// # Errors
    /// It cannot be opened or is damaged, or entries between the journal and the store are missing.
    pub fn open(
        directory: &Path,
        checkpoint: Position,
        segment_bytes: u64,
    ) -> Result<Self, JournalError> {
        let failed = JournalError::io(directory);
        if !directory.exists() {
            make(directory, checkpoint, segment_bytes)?;
        }
        let (segments, leftover) = Segments::scan(directory)?;
        let head = head(&segments, checkpoint)?;
        let appender = sync_parent(directory)
            .and_then(|()| Appender::resume(directory, segments, leftover, segment_bytes));
        let appender = appender.map_err(&failed)?;
        // Only now is what was taken over certain to be there.
        tolerate_shortage(import::remove_older(directory)).map_err(failed)?;
        Ok(Self { appender, head })
    }

    /// The newest committed position.
    #[must_use]
    pub fn head(&self) -> Position {
        self.head
    }

    /// Reads what is no longer in memory.
    #[must_use]
    pub fn reader(&self) -> SegmentReader {
        SegmentReader(Arc::clone(self.appender.segments()))
    }

    /// Starts the writer's thread.
    #[must_use]
    pub fn start(
        self,
        queue: usize,
        backlog: Arc<Backlog>,
        faults: Faults,
        fail_stop: FailStop,
    ) -> SegmentJournal {
        let (sender, receiver) = bounded(queue.max(1));
        let shared = Arc::new(Shared::default());
        let writer = Writer {
            appender: self.appender,
            head: self.head,
            receiver,
            backlog,
            faults,
            fail_stop: Arc::clone(&fail_stop),
            shared: Arc::clone(&shared),
            trimmed: Position(0),
            forgetting: None,
            newest_at: Timestamp(0),
        };
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run())
            .expect("the system has room for one more thread");
        SegmentJournal {
            sender,
            shared,
            fail_stop,
            thread: Mutex::new(Some(thread)),
        }
    }
}

/// Makes the journal's directory, which appears whole or not at all: empty, or with what an older version left.
fn make(directory: &Path, checkpoint: Position, segment_bytes: u64) -> Result<(), JournalError> {
    let growing = directory.with_extension("new");
    let failed = JournalError::io(&growing);
    if growing.exists() {
        fs::remove_dir_all(&growing).map_err(&failed)?;
    }
    let older = older(directory);
    if older.exists() {
        import(&open_reader(&older)?, &growing, segment_bytes)?;
        // Before it has a name: what is refused must be taken over again when the right files are there.
        head(&Segments::scan(&growing)?.0, checkpoint)?;
    } else if checkpoint > Position(0) {
        return Err(JournalError::Lost { checkpoint });
    } else {
        Appender::create(&growing, Position(1), segment_bytes).map_err(&failed)?;
    }
    let moved = sync_dir(&growing).and_then(|()| fs::rename(&growing, directory));
    moved.map_err(failed)
}

/// Makes the name of the journal's directory durable.
fn sync_parent(directory: &Path) -> io::Result<()> {
    sync_dir(directory.parent().unwrap_or(directory))
}

/// The newest position, if the journal goes on where the store ends.
fn head(segments: &Segments, checkpoint: Position) -> Result<Position, JournalError> {
    match segments.ends() {
        Some((oldest, _)) if oldest.0 > checkpoint.0 + 1 => {
            Err(JournalError::Gap { checkpoint, oldest })
        }
        Some((_, newest)) if newest < checkpoint => {
            Err(JournalError::Behind { checkpoint, newest })
        }
        Some((_, newest)) => Ok(newest),
        // The newest entry is never trimmed: a journal that is empty now has never been this store's.
        None if checkpoint > Position(0) => Err(JournalError::Lost { checkpoint }),
        None => Ok(checkpoint),
    }
}

#[derive(Debug, Default)]
struct Shared {
    trim_to: AtomicU64,
    forget_to: AtomicU64,
    forgotten: AtomicU64,
    stopping: Arc<AtomicBool>,
}

struct Job {
    append: Append,
    body: Option<Vec<u8>>,
}

impl Job {
    /// An entry that says nothing: it is there so that those before it can be trimmed.
    fn nothing(at: Timestamp) -> Self {
        let entry = Entry {
            key: Key::Timers {
                tenant: TenantId::DEFAULT,
            },
            at,
            first_seq: 0,
            facts: SmallVec::new(),
        };
        let body = Some(encode(&entry));
        let append = Append::entry(entry);
        Self { append, body }
    }

    fn record(&self) -> Option<Record<'_>> {
        let (body, entry) = (self.body.as_ref()?, self.append.entry.as_ref()?);
        Some(Record {
            partition: entry.key.partition().0,
            body,
        })
    }
}

/// The running journal.
pub struct SegmentJournal {
    sender: Sender<Job>,
    shared: Arc<Shared>,
    fail_stop: FailStop,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for SegmentJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SegmentJournal({} queued)", self.sender.len())
    }
}

impl SegmentJournal {
    /// Everything up to `position` is on the disk in the store, so the journal need not keep it.
    pub fn allow_trim(&self, position: Position) {
        self.shared.trim_to.fetch_max(position.0, Ordering::AcqRel);
    }

    /// Whatever the entries up to `position` said must not stay in any file. To be asked when it is in the store's own file.
    pub(super) fn forget(&self, position: Position) {
        self.shared
            .forget_to
            .fetch_max(position.0, Ordering::AcqRel);
    }

    /// Up to where that is so.
    pub(super) fn forgotten(&self) -> Position {
        Position(self.shared.forgotten.load(Ordering::Acquire))
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

impl Journal for SegmentJournal {
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
    appender: Appender,
    head: Position,
    receiver: Receiver<Job>,
    backlog: Arc<Backlog>,
    faults: Faults,
    fail_stop: FailStop,
    shared: Arc<Shared>,
    trimmed: Position,
    forgetting: Option<Forgetting>,
    /// When the newest entry of this process was decided upon.
    newest_at: Timestamp,
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
            self.trim();
            let goes_on = self.forget();
            let written = goes_on && (group.is_empty() || self.write_group(&mut group));
            if !written {
                // The queue outlives its reader: what waits in it must be let go here, so that its sources hear a no.
                group.clear();
                self.receiver.try_iter().for_each(drop);
                return;
            }
        }
    }

    /// Takes whatever has arrived; waits only if nothing has. False when there is nothing left to do ever.
    fn collect(&mut self, group: &mut Vec<Job>) -> bool {
        let mut bytes = 0;
        let mut patience = Duration::from_millis(50);
        while group.len() < GROUP_MAX && bytes < GROUP_BYTES_MAX {
            let Some(job) = self.next_job(patience) else {
                break;
            };
            bytes += job.body.as_ref().map_or(0, Vec::len);
            group.push(job);
            patience = Duration::ZERO;
        }
        !group.is_empty() || !self.shared.stopping.load(Ordering::Acquire)
    }

    /// The next job that comes within `patience`; no patience is left for a stop.
    fn next_job(&self, patience: Duration) -> Option<Job> {
        let job = self.receiver.try_recv().ok();
        let is_over = patience.is_zero() || self.shared.stopping.load(Ordering::Acquire);
        if job.is_some() || is_over {
            return job;
        }
        self.receiver.recv_timeout(patience).ok()
    }

    /// False when the thread must end: the group is not written, and nobody who waits for it is told that it is.
    fn write_group(&mut self, group: &mut Vec<Job>) -> bool {
        let first = self.head.0 + 1;
        let (count, synced) = loop {
            match self.commit(group, first) {
                Ok(committed) => break committed,
                Err(error) => match shortage(&error) {
                    Some(_) if self.shared.stopping.load(Ordering::Acquire) => {
                        tracing::error!(
                            waiting = group.len(),
                            "{error} at the stop: what waits is not acknowledged, and will be sent again"
                        );
                        return false;
                    }
                    Some(shortage) => self.wait_for_room(shortage),
                    None => {
                        (self.fail_stop)(&format!("the journal could not be written: {error}"));
                        return false;
                    }
                },
            }
        };
        if self.backlog.gate.is_shut(Shut::JournalStalled) {
            tracing::info!("the journal goes on");
            self.backlog.gate.reopen(Shut::JournalStalled);
        }
        self.head = Position(self.head.0 + count);
        if let Some(entry) = group.iter().rev().find_map(|job| job.append.entry.as_ref()) {
            self.newest_at = entry.at;
        }
        self.release(group, first);
        self.backlog.look();
        metrics::journal_committed(count, synced, self.head.0);
        true
    }

    /// Writes the group's entries as one frame: how many, and how long that took with its sync.
    fn commit(&mut self, group: &[Job], first: u64) -> io::Result<(u64, Duration)> {
        let records = group.iter().filter_map(Job::record);
        let count = records.clone().count() as u64;
        if count == 0 {
            return Ok((0, Duration::ZERO));
        }
        let committing = Instant::now();
        pause(self.faults.commit_delay());
        let bytes_max = self.faults.journal_bytes_max();
        self.appender.append(Position(first), records, bytes_max)?;
        Ok((count, committing.elapsed()))
    }

    /// Shuts the gate and gives back the room of what is in the store for good.
    fn wait_for_room(&mut self, shortage: Shortage) {
        if !self.backlog.gate.is_shut(Shut::JournalStalled) {
            tracing::error!("{shortage}: nothing more is accepted until there is room");
            self.backlog.gate.shut(Shut::JournalStalled);
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

    /// Up to where entries may go: the newest one stays.
    fn trimmable(&self) -> Position {
        let to = self
            .shared
            .trim_to
            .load(Ordering::Acquire)
            .min(self.backlog.log.followed().0)
            .min(self.head.0.saturating_sub(1));
        Position(to)
    }

    fn trim(&mut self) {
        let to = self.trimmable();
        if to <= self.trimmed || self.faults.keeps_entries() {
            return;
        }
        match self.appender.trim(to) {
            Ok(true) => self.trimmed = to,
            // Somebody is still reading there.
            Ok(false) => {}
            Err(error) => (self.fail_stop)(&format!("the journal could not be trimmed: {error}")),
        }
    }
}

impl Writer {
    /// Sees to it that no file holds what must be forgotten. False when the thread must end.
    fn forget(&mut self) -> bool {
        let asked = Position(self.shared.forget_to.load(Ordering::Acquire));
        match self.forgetting {
            Some(Forgetting { to, before }) if self.appender.oldest() >= before => {
                self.appender.end_forgetting();
                self.forgetting = None;
                self.shared.forgotten.store(to.0, Ordering::Release);
                true
            }
            Some(_) => true,
            None if self.faults.keeps_entries() || asked <= self.forgotten() => true,
            None => self.begin_to_forget(asked),
        }
    }

    fn forgotten(&self) -> Position {
        Position(self.shared.forgotten.load(Ordering::Acquire))
    }

    /// Begins a segment in a file that holds nothing, so that all there is now can be trimmed once the store has it.
    fn begin_to_forget(&mut self, to: Position) -> bool {
        // No two segments begin at one place.
        if self.appender.newest_is_empty() && !self.write_nothing() {
            return false;
        }
        let before = Position(self.head.0 + 1);
        let bytes_max = self.faults.journal_bytes_max();
        let begun = self
            .appender
            .begin_forgetting()
            .and_then(|()| self.appender.begin_segment(before, bytes_max));
        match begun {
            Ok(()) => {
                self.forgetting = Some(Forgetting { to, before });
                self.write_nothing()
            }
            // It is tried again for as long as there is something to forget.
            Err(error) if shortage(&error).is_some() => true,
            Err(error) => {
                (self.fail_stop)(&format!("the journal could not be emptied: {error}"));
                false
            }
        }
    }

    fn write_nothing(&mut self) -> bool {
        self.write_group(&mut vec![Job::nothing(self.newest_at)])
    }
}

/// What is being taken out of the files.
#[derive(Clone, Copy, Debug)]
struct Forgetting {
    to: Position,
    /// Segments that begin before this one must be gone.
    before: Position,
}

/// What a writer can wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Shortage {
    #[error("the disk is full")]
    Room,
    #[error("no more files can be opened (raise the limit of open files)")]
    Files,
}

/// Whether there is no room, on the disk or for this user (`ENOSPC`, `EDQUOT`), or no descriptor for one more file, in the
/// process or the system (`EMFILE`, `ENFILE`).
fn shortage(error: &io::Error) -> Option<Shortage> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Shortage::Room),
        _ => matches!(
            Errno::from_io_error(error),
            Some(Errno::MFILE | Errno::NFILE)
        )
        .then_some(Shortage::Files),
    }
}

/// A file that could not be made, kept or removed for a shortage is told and lived with: the next start finds it.
fn tolerate_shortage(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if shortage(&error).is_some() => {
            tracing::warn!("a file of the journal could not be made, kept or removed: {error}");
            Ok(())
        }
        done => done,
    }
}

//! Journals without a disk: one that commits when it is told to and keeps everything, and one that keeps nothing.
//!
//! What must stay true of [`SimJournal`]: entries are committed and shown in the order of `append`, and nothing is released
//! before its commit. What was handed in and not committed is lost in a [crash](SimJournal::after_a_crash).

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use super::store::SimStore;
use crate::follow::{CommittedLog, JournalReader, ReadError};
use crate::journal::{Append, Committed, Journal, Position};

/// When entries are committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commits {
    /// By `append` itself, and projected at once.
    AtOnce,
    /// By [`SimJournal::commit`], and projected by [`SimJournal::project`].
    OnDemand,
}

/// A journal in memory, with the log and the read model that follow it.
pub struct SimJournal {
    pub log: Arc<CommittedLog>,
    pub store: Arc<SimStore>,
    kept: Arc<Kept>,
    waiting: Mutex<VecDeque<Append>>,
    projecting: Mutex<()>,
    handed_in: watch::Sender<u64>,
    commits: Commits,
}

impl fmt::Debug for SimJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimJournal({} waiting, {:?})", self.waiting(), self.log)
    }
}

/// The committed entries, in order.
#[derive(Debug, Default)]
struct Kept(RwLock<Vec<Arc<Committed>>>);

impl Kept {
    fn after(&self, position: Position, limit: usize) -> Vec<Arc<Committed>> {
        let kept = self.0.read();
        let from = usize::try_from(position.0)
            .unwrap_or(usize::MAX)
            .min(kept.len());
        kept.iter().skip(from).take(limit).map(Arc::clone).collect()
    }

    fn head(&self) -> Position {
        Position(self.0.read().len() as u64)
    }
}

struct Reader(Arc<Kept>);

#[async_trait]
impl JournalReader for Reader {
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<Committed>>, ReadError> {
        Ok(self.0.after(after, limit))
    }
}

/// Bytes that an entry is taken to have: enough that followers also meet the end of what is in memory.
const ENTRY_BYTES: usize = 256;

/// Entries that followers find in memory.
const TAIL: usize = 64;

impl SimJournal {
    /// An empty journal.
    #[must_use]
    pub fn new(commits: Commits) -> Arc<Self> {
        Self::with(commits, Vec::new(), Position(0))
    }

    fn with(commits: Commits, entries: Vec<Arc<Committed>>, projected: Position) -> Arc<Self> {
        let kept = Arc::new(Kept(RwLock::new(entries)));
        let reader = Box::new(Reader(Arc::clone(&kept)));
        let log = Arc::new(CommittedLog::new(
            reader,
            kept.head(),
            projected,
            TAIL * ENTRY_BYTES,
        ));
        let store = Arc::new(SimStore::default());
        store.apply(&kept.after(
            Position(0),
            usize::try_from(projected.0).unwrap_or(usize::MAX),
        ));
        Arc::new(Self {
            log,
            store,
            kept,
            waiting: Mutex::default(),
            projecting: Mutex::default(),
            handed_in: watch::Sender::new(0),
            commits,
        })
    }

    /// What a new process finds: everything committed, nothing else, and a read model that is as far as `durable`.
    #[must_use]
    pub fn after_a_crash(&self, durable: Position) -> Arc<Self> {
        let entries = self.entries();
        let durable = durable.min(Position(entries.len() as u64));
        Self::with(self.commits, entries, durable)
    }

    /// Commits the next `count` pieces of work, as one group. The number that there were.
    pub fn commit(&self, count: usize) -> usize {
        let mut waiting = self.waiting.lock();
        let count = count.min(waiting.len());
        let group: Vec<Append> = waiting.drain(..count).collect();
        // The lock is held until the group is shown, so that groups are shown in order.
        let released = self.write(group);
        if self.commits == Commits::AtOnce {
            self.project(usize::MAX);
        }
        drop(waiting);
        for (work, position) in released {
            if let Some(waiting) = work.release(position) {
                waiting.wake();
            }
        }
        count
    }

    fn write(&self, group: Vec<Append>) -> Vec<(Append, Position)> {
        let mut kept = self.kept.0.write();
        let mut published = Vec::new();
        let mut released = Vec::with_capacity(group.len());
        for mut work in group {
            if let Some(entry) = work.entry.take() {
                let position = Position(kept.len() as u64 + 1);
                kept.push(Arc::new(Committed { position, entry }));
                published.extend(
                    kept.last()
                        .map(|committed| (Arc::clone(committed), ENTRY_BYTES)),
                );
            }
            released.push((work, Position(kept.len() as u64)));
        }
        drop(kept);
        self.log.publish(published);
        released
    }

    /// Commits everything that waits; the number.
    pub fn commit_all(&self) -> usize {
        self.commit(usize::MAX)
    }

    /// Applies the next `count` committed entries to the read model.
    pub fn project(&self, count: usize) {
        let _alone = self.projecting.lock();
        let batch = self.kept.after(self.store.at(), count);
        if let Some(last) = batch.last() {
            self.store.apply(&batch);
            self.log.mark_projected(last.position);
        }
    }

    /// Commits and projects whatever is handed in, for as long as it is polled.
    pub async fn keep_up(self: Arc<Self>) {
        let mut handed_in = self.handed_in.subscribe();
        loop {
            self.commit_all();
            self.project(usize::MAX);
            if handed_in.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until `count` pieces of work in all were handed in.
    pub async fn handed_in(&self, count: u64) {
        let mut handed_in = self.handed_in.subscribe();
        let _ = handed_in.wait_for(|reached| *reached >= count).await;
    }

    /// Work that is handed in and not committed.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.lock().len()
    }

    /// Everything committed, in order.
    #[must_use]
    pub fn entries(&self) -> Vec<Arc<Committed>> {
        self.kept.0.read().clone()
    }
}

impl Journal for SimJournal {
    fn append(&self, work: Append) {
        self.waiting.lock().push_back(work);
        self.handed_in.send_modify(|count| *count += 1);
        if self.commits == Commits::AtOnce {
            self.commit_all();
        }
    }
}

/// A journal that releases everything at once and keeps nothing: what is left is the engine's own cost.
#[derive(Debug, Default)]
pub struct NullJournal(AtomicU64);

impl NullJournal {
    /// How much was handed in.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Journal for NullJournal {
    fn append(&self, work: Append) {
        let position = Position(self.0.fetch_add(1, Ordering::Relaxed) + 1);
        if let Some(waiting) = work.release(position) {
            waiting.wake();
        }
    }
}

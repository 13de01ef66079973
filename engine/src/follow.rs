//! Reading the committed journal.
//!
//! Every follower (projector, router, outbox, live streams) has its own cursor and waits for nobody. The newest entries are
//! in memory as the writer made them; a follower that fell behind them reads from the journal itself. What must stay true:
//! a follower sees every entry above its cursor, once, in order, and only after its commit.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::journal::{Committed, Position};

/// Reads committed entries that are no longer in memory.
#[async_trait]
pub trait JournalReader: Send + Sync {
    /// Up to `limit` entries above `after`, in order. Empty only if there is none.
    ///
    /// # Errors
    /// The journal cannot be read.
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<Committed>>, ReadError>;
}

/// The journal could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the journal could not be read")]
pub struct ReadError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[derive(Default)]
struct Tail {
    entries: VecDeque<(Arc<Committed>, usize)>,
    bytes: usize,
}

/// The committed journal: its newest part in memory, and its head.
pub struct CommittedLog {
    tail: RwLock<Tail>,
    tail_bytes_max: usize,
    head: watch::Sender<Position>,
    projected: watch::Sender<Position>,
    reader: Box<dyn JournalReader>,
}

impl fmt::Debug for CommittedLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CommittedLog(head {:?}, projected {:?})",
            self.head(),
            self.projected()
        )
    }
}

impl CommittedLog {
    /// A log whose newest committed entry is `head` and whose read model has reached `projected`.
    #[must_use]
    pub fn new(
        reader: Box<dyn JournalReader>,
        head: Position,
        projected: Position,
        tail_bytes_max: usize,
    ) -> Self {
        Self {
            tail: RwLock::default(),
            tail_bytes_max,
            head: watch::Sender::new(head),
            projected: watch::Sender::new(projected),
            reader,
        }
    }

    /// A group became durable. `bytes` is the size of each entry as stored. Called by the journal's writer only, in order.
    pub fn publish(&self, group: Vec<(Arc<Committed>, usize)>) {
        let Some((newest, _)) = group.last() else {
            return;
        };
        let head = newest.position;
        let mut tail = self.tail.write();
        for (entry, bytes) in group {
            tail.bytes += bytes;
            tail.entries.push_back((entry, bytes));
        }
        while tail.bytes > self.tail_bytes_max {
            let Some((_, bytes)) = tail.entries.pop_front() else {
                break;
            };
            tail.bytes -= bytes;
        }
        drop(tail);
        self.head.send_replace(head);
    }

    /// The newest committed position.
    #[must_use]
    pub fn head(&self) -> Position {
        *self.head.borrow()
    }

    /// How far the read model is.
    #[must_use]
    pub fn projected(&self) -> Position {
        *self.projected.borrow()
    }

    /// The read model has applied everything up to `position`.
    pub fn mark_projected(&self, position: Position) {
        self.projected.send_replace(position);
    }

    /// Waits until the journal's head is above `position`.
    pub async fn beyond(&self, position: Position) {
        let mut head = self.head.subscribe();
        let _ = head.wait_for(|head| *head > position).await;
    }

    /// Waits until the read model has applied `position`.
    pub async fn projected_to(&self, position: Position) {
        let mut projected = self.projected.subscribe();
        let _ = projected.wait_for(|reached| *reached >= position).await;
    }

    /// Up to `limit` entries above `after` that are still in memory; `None` if older ones are needed.
    #[must_use]
    pub fn recent(&self, after: Position, limit: usize) -> Option<Vec<Arc<Committed>>> {
        let tail = self.tail.read();
        let Some((oldest, _)) = tail.entries.front() else {
            return (after >= self.head()).then(Vec::new);
        };
        let oldest = oldest.position.0;
        if after.0 + 1 < oldest {
            return None;
        }
        let skip = usize::try_from(after.0 + 1 - oldest).unwrap_or(usize::MAX);
        let from = skip.min(tail.entries.len());
        let to = from.saturating_add(limit).min(tail.entries.len());
        Some(
            tail.entries
                .range(from..to)
                .map(|(entry, _)| Arc::clone(entry))
                .collect(),
        )
    }

    /// Up to `limit` entries above `after`, from memory or from the journal.
    ///
    /// # Errors
    /// The journal cannot be read.
    pub async fn read(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Committed>>, ReadError> {
        match self.recent(after, limit) {
            Some(entries) => Ok(entries),
            None => self.reader.read(after, limit).await,
        }
    }

    /// Shows every entry above `after` and up to `to`, in order.
    ///
    /// # Errors
    /// The journal cannot be read; some entries may have been shown.
    pub async fn replay(
        &self,
        mut after: Position,
        to: Position,
        mut show: impl FnMut(&Arc<Committed>),
    ) -> Result<(), ReadError> {
        while after < to {
            let entries = self.read(after, REPLAYED_AT_ONCE).await?;
            entries
                .iter()
                .filter(|committed| committed.position <= to)
                .for_each(&mut show);
            after = entries.last().map_or(to, |last| last.position);
        }
        Ok(())
    }
}

/// How many entries a replay reads at once.
const REPLAYED_AT_ONCE: usize = 1_000;

/// A place in the committed journal that moves forward.
#[derive(Debug)]
pub struct Cursor {
    log: Arc<CommittedLog>,
    at: Position,
}

impl Cursor {
    /// A cursor that has seen everything up to `at`.
    #[must_use]
    pub fn new(log: Arc<CommittedLog>, at: Position) -> Self {
        Self { log, at }
    }

    /// The newest position it has seen.
    #[must_use]
    pub fn at(&self) -> Position {
        self.at
    }

    /// Waits for the next entries and moves past them.
    ///
    /// # Errors
    /// The journal cannot be read; the cursor has not moved.
    pub async fn next(&mut self, limit: usize) -> Result<Vec<Arc<Committed>>, ReadError> {
        loop {
            self.log.beyond(self.at).await;
            let entries = self.log.read(self.at, limit).await?;
            if let Some(last) = entries.last() {
                debug_assert!(
                    entries[0].position.0 == self.at.0 + 1,
                    "a follower never skips an entry"
                );
                self.at = last.position;
                return Ok(entries);
            }
        }
    }
}

//! Reading the committed journal.
//!
//! Every follower (projector, router, outbox, live streams) has its own cursor and waits for nobody. The newest entries are
//! in memory as the writer made them; a follower that fell behind them reads from the journal itself. What must stay true:
//! a follower sees every entry above its cursor, once, in order, and only after its commit.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;
use tokio::time::{Duration, Instant};

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

/// Entries that a follower needs are gone.
#[derive(Debug, thiserror::Error)]
#[error("the journal goes on at {next:?} after {after:?}: what was between them is gone")]
struct Gap {
    after: Position,
    next: Position,
}

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
    followers: Mutex<Vec<Weak<AtomicU64>>>,
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
            followers: Mutex::default(),
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

    /// Up to where every follower has seen everything: what is above must be kept for the slowest.
    #[must_use]
    pub fn followed(&self) -> Position {
        let mut followers = self.followers.lock();
        followers.retain(|follower| follower.strong_count() > 0);
        let seen = followers.iter().filter_map(Weak::upgrade);
        let slowest = seen.map(|at| Position(at.load(Ordering::Acquire))).min();
        slowest.unwrap_or_else(|| self.head())
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

    /// As [`read`](Self::read), from the very next entry on.
    async fn read_next(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Committed>>, ReadError> {
        let entries = self.read(after, limit).await?;
        match entries.first() {
            Some(first) if first.position.0 != after.0 + 1 => Err(ReadError(Box::new(Gap {
                after,
                next: first.position,
            }))),
            Some(_) | None => Ok(entries),
        }
    }

    /// Shows every entry above `after` and up to `to`, in order.
    ///
    /// # Errors
    /// The journal cannot be read or lacks an entry; some entries may have been shown.
    pub async fn replay(
        &self,
        mut after: Position,
        to: Position,
        mut show: impl FnMut(&Arc<Committed>),
    ) -> Result<(), ReadError> {
        while after < to {
            let entries = self.read_next(after, REPLAYED_AT_ONCE).await?;
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

/// The shortest time between two looks of a follower that finds something each time. Under load the journal commits a
/// thousand groups a second; a follower that is woken for each costs more than what it does with them, and nobody sees
/// five milliseconds.
const PACE: Duration = Duration::from_millis(5);

/// A place in the committed journal that moves forward. While it lives, nothing above it is trimmed.
#[derive(Debug)]
pub struct Cursor {
    log: Arc<CommittedLog>,
    at: Arc<AtomicU64>,
    next_look: Instant,
}

impl Cursor {
    /// A cursor that has seen everything up to `at`.
    #[must_use]
    pub fn new(log: Arc<CommittedLog>, at: Position) -> Self {
        let at = Arc::new(AtomicU64::new(at.0));
        log.followers.lock().push(Arc::downgrade(&at));
        let next_look = Instant::now();
        Self { log, at, next_look }
    }

    /// The newest position it has seen.
    #[must_use]
    pub fn at(&self) -> Position {
        Position(self.at.load(Ordering::Acquire))
    }

    /// Waits for the next entries and moves past them; while there are always more, it looks once in [`PACE`] and sees all
    /// that have come, up to `limit`.
    ///
    /// # Errors
    /// The journal cannot be read, or lacks the next entry; the cursor has not moved.
    pub async fn next(&mut self, limit: usize) -> Result<Vec<Arc<Committed>>, ReadError> {
        tokio::time::sleep_until(self.next_look).await;
        loop {
            let at = self.at();
            self.log.beyond(at).await;
            let entries = self.log.read_next(at, limit).await?;
            if let Some(last) = entries.last() {
                self.at.store(last.position.0, Ordering::Release);
                // Who is behind reads on at once.
                if entries.len() < limit {
                    self.next_look = Instant::now() + PACE;
                }
                return Ok(entries);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Entry;
    use crate::sim::sample;

    /// A journal that holds only these positions.
    struct Holding(Vec<u64>);

    fn entry(position: u64) -> Arc<Committed> {
        let tenant = crate::ids::TenantId::DEFAULT;
        Arc::new(Committed {
            position: Position(position),
            entry: Entry {
                key: crate::ids::Key::Router { tenant },
                at: sample::START,
                first_seq: 0,
                facts: smallvec::SmallVec::new(),
            },
        })
    }

    #[async_trait]
    impl JournalReader for Holding {
        async fn read(
            &self,
            after: Position,
            limit: usize,
        ) -> Result<Vec<Arc<Committed>>, ReadError> {
            let above = self.0.iter().filter(|position| **position > after.0);
            Ok(above.take(limit).map(|position| entry(*position)).collect())
        }
    }

    fn log(positions: impl IntoIterator<Item = u64>, head: u64) -> Arc<CommittedLog> {
        let reader = Box::new(Holding(positions.into_iter().collect()));
        let (head, projected) = (Position(head), Position(0));
        Arc::new(CommittedLog::new(reader, head, projected, 1 << 10))
    }

    #[tokio::test]
    async fn a_follower_skips_no_entry_that_is_gone() {
        let log = log([1, 2, 5, 6], 6);
        let mut cursor = Cursor::new(Arc::clone(&log), Position(0));
        let seen = cursor.next(2).await.expect("they are there");
        assert_eq!(seen.len(), 2);
        for _ in 0..2 {
            let refused = cursor.next(2).await.expect_err("two are gone");
            assert_eq!(
                refused.0.to_string(),
                "the journal goes on at Position(5) after Position(2): what was between them is gone"
            );
            assert_eq!(cursor.at(), Position(2), "it stays where it is");
        }
        let mut shown = 0;
        assert!(
            log.replay(Position(2), Position(6), |_| shown += 1)
                .await
                .is_err()
        );
        log.replay(Position(4), Position(6), |_| shown += 1)
            .await
            .expect("both are there");
        assert_eq!(shown, 2);
    }

    #[tokio::test]
    async fn what_the_slowest_follower_needs_is_known() {
        let log = log(1..=9, 9);
        assert_eq!(log.followed(), Position(9), "nobody follows");
        let mut quick = Cursor::new(Arc::clone(&log), Position(3));
        let slow = Cursor::new(Arc::clone(&log), Position(4));
        assert_eq!(log.followed(), Position(3));
        quick.next(5).await.expect("they are there");
        assert_eq!(log.followed(), Position(4));
        drop(slow);
        assert_eq!(log.followed(), Position(8));
    }
}

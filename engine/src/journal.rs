//! The commit point. What is in the journal has happened; what is not has not.
//!
//! What every implementation must keep:
//! - `append` does not fail, and as a rule does not wait: its caller took room in the gate, and the journal's queue is as
//!   large as the gate and its reserve together. Only a body larger than the gate, or what actors make of themselves while
//!   the disk is full, can fill that queue; whoever appends then waits for nothing but the disk;
//! - entries are committed in the order of `append`, in groups: a group is whatever arrived while the last one was written;
//! - receipts, permits and replies are released after the fsync that covers their entry has returned, and never otherwise;
//! - positions rise by one and are never reused, also across restarts;
//! - a failed write or fsync ends the process at once: nothing may be answered whose durability is unknown. Only a full disk,
//!   which rolls the group back, is survived: the gate shuts and the same group is tried again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::Waker;

use serde::{Deserialize, Serialize};

use crate::message::Entry;
use crate::runtime::Receipt;
use crate::runtime::door::Permit;

/// The place of an entry in the journal's one order; 0 is before the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

/// Which owner of a key wrote an entry. Constant on one machine, and so not written down; a store that several machines
/// share must refuse an older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnerEpoch(pub u32);

impl OwnerEpoch {
    /// The only owner there is while there is one machine.
    pub const SINGLE_NODE: Self = Self(1);
}

/// What is called once the entry is durable.
pub type OnCommit = Box<dyn FnOnce(Position) + Send>;

/// Work for the journal's writer.
pub struct Append {
    pub epoch: OwnerEpoch,
    /// `None` is a barrier: it is released by the commit of everything that was handed in before it. A repeated message is
    /// answered by it, because the entry that it repeats may still be on its way.
    pub entry: Option<Entry>,
    pub receipt: Receipt,
    pub permit: Permit,
    pub progress: Option<Arc<Progress>>,
    pub on_commit: Option<OnCommit>,
}

impl fmt::Debug for Append {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Append")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

impl Append {
    /// An entry that nobody waits for.
    #[must_use]
    pub fn entry(entry: Entry) -> Self {
        Self {
            epoch: OwnerEpoch::SINGLE_NODE,
            entry: Some(entry),
            receipt: Receipt::none(),
            permit: Permit::default(),
            progress: None,
            on_commit: None,
        }
    }

    /// Tells everyone who waited that the entry is durable at `position`, but the body's source: it is woken by the caller
    /// when the whole group is released. A thread that is woken for each of fifty answers goes to sleep fifty times.
    #[must_use = "the source of the body sleeps until it is woken"]
    pub fn release(self, position: Position) -> Option<Waker> {
        if let Some(progress) = &self.progress {
            progress.committed(position);
        }
        if let Some(on_commit) = self.on_commit {
            on_commit(position);
        }
        self.receipt.settle_quietly()
    }
}

/// How far an actor's own entries got: what its guard waits for before it reads its state again.
#[derive(Debug, Default)]
pub struct Progress {
    outstanding: AtomicU32,
    last: AtomicU64,
    settled: tokio::sync::Notify,
}

impl Progress {
    /// One more entry was handed in.
    pub fn handed_in(&self) {
        self.outstanding.fetch_add(1, Ordering::AcqRel);
    }

    fn committed(&self, position: Position) {
        self.last.fetch_max(position.0, Ordering::AcqRel);
        if self.outstanding.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.settled.notify_waiters();
        }
    }

    /// The newest committed position, once nothing is outstanding.
    #[must_use]
    pub fn settled_at(&self) -> Option<Position> {
        (self.outstanding.load(Ordering::Acquire) == 0)
            .then(|| Position(self.last.load(Ordering::Acquire)))
    }

    /// Waits until everything handed in is committed.
    pub async fn settled(&self) -> Position {
        loop {
            let mut settled = std::pin::pin!(self.settled.notified());
            settled.as_mut().enable();
            if let Some(position) = self.settled_at() {
                return position;
            }
            settled.await;
        }
    }
}

/// Takes entries and makes them durable.
pub trait Journal: Send + Sync {
    /// Hands work to the writer. Everything in it is released by the commit.
    fn append(&self, work: Append);
}

/// An entry that is durable, at its position.
#[derive(Clone, Debug, PartialEq)]
pub struct Committed {
    pub position: Position,
    pub entry: Entry,
}

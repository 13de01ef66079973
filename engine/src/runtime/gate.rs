//! The one gate of the process: how much may be between "accepted from outside" and "committed", in messages and bytes.
//!
//! What must stay true:
//! - a body takes the room of all its items before any of them is posted, and gives it back when the last one is committed,
//!   dead-lettered or lost;
//! - no channel holds more than a quarter of the gate, so that one flood leaves room for the others;
//! - a body larger than its limit is admitted alone, never refused for ever;
//! - inner producers (timers, send results, the router) have a reserve of their own, so that a full gate cannot stop what
//!   empties it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use smallvec::{SmallVec, smallvec};
use tokio::sync::Notify;

use crate::metrics;

/// The size of a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GateCapacity {
    /// Messages between acceptance and commit.
    pub messages: usize,
    /// Their bytes as received.
    pub bytes: usize,
    /// Messages of inner producers, on top.
    pub reserve: usize,
}

/// Why the gate lets nothing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shut {
    Starting = 1,
    Draining = 2,
    /// The read model is too far behind the journal.
    Lagging = 4,
    /// The journal waits: the disk is full, or no more files can be opened.
    JournalStalled = 8,
}

/// There is no room; come back after the given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no room; retry after {retry_after:?}")]
pub struct NoRoom {
    pub retry_after: Duration,
    /// Whether the engine is stopping, so that waiting is useless here.
    pub draining: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    messages: usize,
    bytes: usize,
}

impl Load {
    fn fits(self, asked: Self, limit: Self) -> bool {
        self == Self::default()
            || (self.messages + asked.messages <= limit.messages
                && self.bytes + asked.bytes <= limit.bytes)
    }

    fn add(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
    }

    fn subtract(&mut self, other: Self) {
        debug_assert!(self.messages >= other.messages, "room is given back once");
        self.messages -= other.messages;
        self.bytes -= other.bytes;
    }
}

/// What one channel holds of the gate. Kept by whoever receives for the channel.
#[derive(Debug, Default)]
pub struct Share(Mutex<Load>);

/// What a body brings for one channel.
#[derive(Clone, Debug)]
pub struct Part {
    share: Arc<Share>,
    load: Load,
}

impl Part {
    /// A part of at least one message.
    #[must_use]
    pub fn new(share: &Arc<Share>, messages: usize, bytes: usize) -> Self {
        let messages = messages.max(1);
        Self {
            share: Arc::clone(share),
            load: Load { messages, bytes },
        }
    }
}

/// What a body brings, with each channel once.
pub type Parts = SmallVec<[Part; 1]>;

#[derive(Debug)]
struct Inner {
    total: Mutex<Load>,
    reserved: Mutex<usize>,
    limit: Load,
    share_limit: Load,
    reserve: usize,
    shut: AtomicUsize,
    waiting: AtomicUsize,
    freed: Notify,
    /// Rings when the gate shuts or opens, for whatever reason.
    turned: Notify,
}

/// Admits bodies into the process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

impl Gate {
    /// An open gate of the given size.
    #[must_use]
    pub fn new(capacity: GateCapacity) -> Self {
        let limit = Load {
            messages: capacity.messages,
            bytes: capacity.bytes,
        };
        let share_limit = Load {
            messages: (limit.messages / 4).max(1),
            bytes: (limit.bytes / 4).max(1),
        };
        Self(Arc::new(Inner {
            total: Mutex::default(),
            reserved: Mutex::new(0),
            limit,
            share_limit,
            reserve: capacity.reserve,
            shut: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            freed: Notify::new(),
            turned: Notify::new(),
        }))
    }

    /// Takes room for a body of one channel, of `messages` items and `bytes` bytes, or refuses at once.
    ///
    /// # Errors
    /// [`NoRoom`] when the gate or the channel's quarter is full, or the gate is shut.
    pub fn try_admit(
        &self,
        share: &Arc<Share>,
        messages: usize,
        bytes: usize,
    ) -> Result<Admission, NoRoom> {
        self.try_admit_body(smallvec![Part::new(share, messages, bytes)])
    }

    /// Takes room for a whole body, in the gate and in the quarter of each of its channels, or refuses at once.
    ///
    /// # Errors
    /// [`NoRoom`] when the gate or a channel's quarter is full, or the gate is shut.
    pub fn try_admit_body(&self, parts: Parts) -> Result<Admission, NoRoom> {
        self.open()?;
        let mut asked = Load::default();
        parts.iter().for_each(|part| asked.add(part.load));
        // The shares change only while the total is held, so what fits here still fits below.
        let mut total = self.0.total.lock();
        let of_channels = |part: &Part| part.share.0.lock().fits(part.load, self.0.share_limit);
        if !total.fits(asked, self.0.limit) || !parts.iter().all(of_channels) {
            return Err(NoRoom {
                retry_after: Duration::from_secs(1),
                draining: false,
            });
        }
        total.add(asked);
        for part in &parts {
            part.share.0.lock().add(part.load);
        }
        metrics::gate_messages(total.messages);
        Ok(Admission {
            gate: self.clone(),
            room: Some(Room::Outer(asked, parts)),
        })
    }

    /// Waits for room. For edges only.
    ///
    /// # Errors
    /// [`NoRoom`] when the engine drains or `patience` is over.
    pub async fn admit(&self, parts: &Parts, patience: Duration) -> Result<Admission, NoRoom> {
        let deadline = tokio::time::Instant::now() + patience;
        self.wait_until(deadline, || self.try_admit_body(parts.clone()))
            .await
    }

    /// Waits for room in the reserve of inner producers. Only the journal frees it, and the journal waits for nobody.
    pub async fn reserve(&self) -> Admission {
        let far = tokio::time::Instant::now() + Duration::from_secs(86_400 * 365);
        loop {
            if let Ok(admission) = self.wait_until(far, || self.try_reserve()).await {
                return admission;
            }
        }
    }

    fn try_reserve(&self) -> Result<Admission, NoRoom> {
        let mut reserved = self.0.reserved.lock();
        if *reserved >= self.0.reserve {
            return Err(NoRoom {
                retry_after: Duration::from_millis(10),
                draining: false,
            });
        }
        *reserved += 1;
        Ok(Admission {
            gate: self.clone(),
            room: Some(Room::Reserve),
        })
    }

    async fn wait_until(
        &self,
        deadline: tokio::time::Instant,
        attempt: impl Fn() -> Result<Admission, NoRoom>,
    ) -> Result<Admission, NoRoom> {
        let _waiting = Waiting::new(&self.0.waiting);
        loop {
            let mut freed = std::pin::pin!(self.0.freed.notified());
            freed.as_mut().enable();
            match attempt() {
                Ok(admission) => return Ok(admission),
                Err(no_room) if no_room.draining => return Err(no_room),
                Err(no_room) => {
                    if tokio::time::timeout_at(deadline, freed).await.is_err() {
                        return Err(no_room);
                    }
                }
            }
        }
    }

    fn open(&self) -> Result<(), NoRoom> {
        let shut = self.0.shut.load(Ordering::Acquire);
        if shut == 0 {
            return Ok(());
        }
        let draining = shut & Shut::Draining as usize != 0;
        Err(NoRoom {
            retry_after: Duration::from_secs(if draining { 5 } else { 2 }),
            draining,
        })
    }

    /// Lets nothing more in for this reason.
    pub fn shut(&self, reason: Shut) {
        self.0.shut.fetch_or(reason as usize, Ordering::AcqRel);
        self.0.freed.notify_waiters();
        self.0.turned.notify_waiters();
    }

    /// Takes the reason back; the gate is open when none is left.
    pub fn reopen(&self, reason: Shut) {
        self.0.shut.fetch_and(!(reason as usize), Ordering::AcqRel);
        self.0.freed.notify_waiters();
        self.0.turned.notify_waiters();
    }

    /// Whether `reason` keeps the gate shut.
    #[must_use]
    pub fn is_shut(&self, reason: Shut) -> bool {
        self.0.shut.load(Ordering::Acquire) & reason as usize != 0
    }

    /// Waits until `reason` keeps the gate shut.
    pub async fn until_shut(&self, reason: Shut) {
        loop {
            let mut turned = std::pin::pin!(self.0.turned.notified());
            turned.as_mut().enable();
            if self.is_shut(reason) {
                return;
            }
            turned.await;
        }
    }

    /// Whether the gate lets bodies in, room permitting.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.shut.load(Ordering::Acquire) == 0
    }

    /// Messages inside: accepted and not yet committed, the reserve's included.
    #[must_use]
    pub fn inside(&self) -> usize {
        self.0.total.lock().messages + *self.0.reserved.lock()
    }

    /// Waits until nothing is inside.
    pub async fn emptied(&self) {
        let _waiting = Waiting::new(&self.0.waiting);
        loop {
            let mut freed = std::pin::pin!(self.0.freed.notified());
            freed.as_mut().enable();
            if self.inside() == 0 {
                return;
            }
            freed.await;
        }
    }

    fn give_back(&self, room: &Room) {
        match room {
            Room::Outer(load, parts) => {
                let mut total = self.0.total.lock();
                total.subtract(*load);
                metrics::gate_messages(total.messages);
                for part in parts {
                    part.share.0.lock().subtract(part.load);
                }
            }
            Room::Reserve => *self.0.reserved.lock() -= 1,
        }
        if self.0.waiting.load(Ordering::Acquire) > 0 {
            self.0.freed.notify_waiters();
        }
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[derive(Debug)]
enum Room {
    Outer(Load, Parts),
    Reserve,
}

/// The room of one body, given back when dropped.
#[derive(Debug)]
pub struct Admission {
    gate: Gate,
    room: Option<Room>,
}

impl Admission {
    /// Splits the body into one receipt per item and the answer that waits for all of them.
    #[must_use]
    pub fn into_receipts(self, items: usize) -> (Vec<Receipt>, Answer) {
        let body = Arc::new(Body {
            admission: Mutex::new(Some(self)),
            outstanding: AtomicUsize::new(items),
            lost: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        if items == 0 {
            body.admission.lock().take();
        }
        let receipts = (0..items)
            .map(|_| Receipt(Some(Arc::clone(&body))))
            .collect();
        (receipts, Answer(body))
    }

    /// For a body of one item.
    #[must_use]
    pub fn into_receipt(self) -> (Receipt, Answer) {
        let body = Arc::new(Body {
            admission: Mutex::new(Some(self)),
            outstanding: AtomicUsize::new(1),
            lost: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        });
        (Receipt(Some(Arc::clone(&body))), Answer(body))
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if let Some(room) = self.room.take() {
            self.gate.give_back(&room);
        }
    }
}

#[derive(Debug)]
struct Body {
    admission: Mutex<Option<Admission>>,
    outstanding: AtomicUsize,
    lost: AtomicBool,
    waker: AtomicWaker,
}

impl Body {
    /// Who waits for the body, if this was its last item.
    fn one_done(&self) -> Option<Waker> {
        if self.outstanding.fetch_sub(1, Ordering::AcqRel) != 1 {
            return None;
        }
        self.admission.lock().take();
        self.waker.take()
    }
}

/// One item's part of its body. Dropped without [`Receipt::settle`], the item counts as lost and its body is not
/// acknowledged.
#[derive(Debug)]
pub struct Receipt(Option<Arc<Body>>);

impl Receipt {
    /// For what nobody waits for and no room was taken.
    #[must_use]
    pub const fn none() -> Self {
        Self(None)
    }

    /// The item is durable: committed, a repetition of something committed, or a dead letter.
    pub fn settle(self) {
        if let Some(waiting) = self.settle_quietly() {
            waiting.wake();
        }
    }

    /// As [`Receipt::settle`], but whoever waits for the whole body is left to the caller to wake.
    #[must_use = "the source of the body sleeps until it is woken"]
    pub fn settle_quietly(mut self) -> Option<Waker> {
        self.0.take().and_then(|body| body.one_done())
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        if let Some(body) = self.0.take() {
            body.lost.store(true, Ordering::Release);
            if let Some(waiting) = body.one_done() {
                waiting.wake();
            }
        }
    }
}

/// What became of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Every item is durable: say yes.
    All,
    /// Something was lost on the way: let the source send the body again.
    Lost,
}

/// Resolves when every item of a body is settled.
#[derive(Debug)]
pub struct Answer(Arc<Body>);

impl Future for Answer {
    type Output = Settled;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Settled> {
        self.0.waker.register(cx.waker());
        if self.0.outstanding.load(Ordering::Acquire) > 0 {
            return Poll::Pending;
        }
        Poll::Ready(if self.0.lost.load(Ordering::Acquire) {
            Settled::Lost
        } else {
            Settled::All
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gate(messages: usize) -> Gate {
        Gate::new(GateCapacity {
            messages,
            bytes: 1_000_000,
            reserve: 2,
        })
    }

    #[test]
    fn a_body_larger_than_the_gate_is_admitted_alone() {
        let (gate, share) = (gate(8), Arc::default());
        let giant = gate
            .try_admit(&share, 1_000, 10)
            .expect("the gate is empty");
        assert!(gate.try_admit(&Arc::default(), 1, 1).is_err());
        drop(giant);
        assert!(gate.try_admit(&Arc::default(), 1, 1).is_ok());
    }

    #[test]
    fn no_channel_holds_more_than_a_quarter() {
        let (gate, share) = (gate(8), Arc::default());
        let held: Vec<_> = (0..2)
            .map(|_| gate.try_admit(&share, 1, 1).expect("a quarter"))
            .collect();
        assert!(gate.try_admit(&share, 1, 1).is_err());
        assert!(
            gate.try_admit(&Arc::default(), 1, 1).is_ok(),
            "others still have room"
        );
        drop(held);
        assert_eq!(gate.inside(), 0);
    }

    #[tokio::test]
    async fn a_lost_item_is_not_acknowledged_and_frees_its_room() {
        let gate = gate(100);
        let (mut receipts, answer) = gate
            .try_admit(&Arc::default(), 3, 3)
            .expect("room")
            .into_receipts(3);
        receipts.pop().expect("three").settle();
        receipts.pop().expect("two").settle();
        assert_eq!(gate.inside(), 3, "the body's room is one");
        drop(receipts);
        assert_eq!(answer.await, Settled::Lost);
        assert_eq!(gate.inside(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_edge_waits_for_room_and_a_drain_sends_it_away() {
        let (gate, share) = (gate(1), Arc::default());
        let held = gate.try_admit(&share, 1, 1).expect("room");
        let waiting = tokio::spawn({
            let (gate, share) = (gate.clone(), Arc::clone(&share));
            async move {
                let parts = smallvec![Part::new(&share, 1, 1)];
                gate.admit(&parts, Duration::from_secs(10)).await.is_ok()
            }
        });
        tokio::task::yield_now().await;
        drop(held);
        assert!(waiting.await.expect("no panic"));
        gate.shut(Shut::Draining);
        assert!(
            gate.admit(&smallvec![Part::new(&share, 1, 1)], Duration::from_secs(10))
                .await
                .is_err_and(|refused| refused.draining)
        );
    }

    #[tokio::test]
    async fn who_waits_for_the_end_hears_of_no_other_reason() {
        let gate = gate(1);
        let mut end = std::pin::pin!(gate.until_shut(Shut::Draining));
        assert!(futures_util::poll!(end.as_mut()).is_pending());
        gate.shut(Shut::Lagging);
        assert!(futures_util::poll!(end.as_mut()).is_pending());
        gate.shut(Shut::Draining);
        end.await;
        gate.until_shut(Shut::Lagging).await;
    }

    proptest! {
        /// Against a plain model: a list of the bodies inside.
        #[test]
        fn the_gate_counts_like_a_list(
            steps in prop::collection::vec((prop::array::uniform4(0usize..4), 0usize..9, any::<bool>()), 1..200),
        ) {
            let gate = gate(16);
            let shares: [Arc<Share>; 4] = std::array::from_fn(|_| Arc::default());
            let mut inside: Vec<([usize; 4], Admission)> = Vec::new();
            for (sizes, which, leave) in steps {
                if leave && !inside.is_empty() {
                    inside.remove(which % inside.len());
                    continue;
                }
                let brought = sizes.iter().zip(&shares).filter(|(size, _)| **size > 0);
                let parts: Parts = brought.map(|(size, share)| Part::new(share, *size, *size)).collect();
                if parts.is_empty() {
                    continue;
                }
                let fits = |has: usize, asked: usize, limit: usize| has == 0 || has + asked <= limit;
                let total: usize = inside.iter().flat_map(|body| body.0).sum();
                let own = |channel: usize| inside.iter().map(|body| body.0[channel]).sum::<usize>();
                let expected = fits(total, sizes.iter().sum(), 16)
                    && (0..4).all(|channel| sizes[channel] == 0 || fits(own(channel), sizes[channel], 4));
                let admitted = gate.try_admit_body(parts);
                prop_assert_eq!(admitted.is_ok(), expected);
                if let Ok(admission) = admitted {
                    inside.push((sizes, admission));
                }
                prop_assert_eq!(gate.inside(), inside.iter().flat_map(|body| body.0).sum::<usize>());
            }
        }
    }
}

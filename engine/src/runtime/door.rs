//! The one way to post to an actor.
//!
//! A [`Door`] admits as many messages as its actor declares, whoever posts and however often the door is cloned; the actor's
//! own mailbox has no bound. The permit rides with the message and with the entry that it becomes. A refused message comes
//! back to its poster. A [`Lane`] carries what must never wait: results that return to the actor, and its stop.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use actix::Recipient;
use actix::prelude::SendError;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio::time::Instant;

use crate::metrics::{self, ActorKind};

/// A message inside an actor's mailbox, with its room.
pub(super) struct Admitted<M> {
    pub(super) message: M,
    pub(super) permit: Permit,
}

impl<M> actix::Message for Admitted<M> {
    type Result = ();
}

/// The room of one message, freed when its entry is committed.
#[derive(Debug, Default)]
pub struct Permit {
    _room: Option<OwnedSemaphorePermit>,
    counted: Option<ActorKind>,
    posted: Option<Instant>,
}

impl Permit {
    /// The message reaches its actor: its wait is over.
    pub(super) fn picked_up(&mut self) {
        if let (Some(kind), Some(posted)) = (self.counted, self.posted.take()) {
            metrics::door_waited(kind, posted.elapsed());
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(kind) = self.counted {
            metrics::door_left(kind);
        }
    }
}

/// Why a message was not taken; it comes back.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused<M> {
    /// The door has no room now.
    Full(M),
    /// The actor is gone; resolve its key again.
    Closed(M),
}

impl<M> Refused<M> {
    /// The message that was not taken.
    pub fn into_message(self) -> M {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }
}

struct Inner<M: Send> {
    recipient: Recipient<Admitted<M>>,
    room: Arc<Semaphore>,
    capacity: u32,
    kind: ActorKind,
    posts: AtomicU32,
}

/// The bounded way to an actor. Clones share one bound.
pub struct Door<M: Send + 'static>(Arc<Inner<M>>);

impl<M: Send + 'static> Clone for Door<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Send + 'static> fmt::Debug for Door<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Door({:?}, {} of {} free)",
            self.0.kind,
            self.0.room.available_permits(),
            self.0.capacity
        )
    }
}

/// One post in this many has its waiting time measured.
const WAIT_SAMPLE: u32 = 16;

impl<M: Send + 'static> Door<M> {
    pub(super) fn new(recipient: Recipient<Admitted<M>>, kind: ActorKind, capacity: u32) -> Self {
        let room = Arc::new(Semaphore::new(capacity as usize));
        Self(Arc::new(Inner {
            recipient,
            room,
            capacity,
            kind,
            posts: AtomicU32::new(0),
        }))
    }

    /// Posts, or gives the message back at once.
    ///
    /// # Errors
    /// The message, with the reason.
    pub fn try_post(&self, message: M) -> Result<(), Refused<M>> {
        match Arc::clone(&self.0.room).try_acquire_owned() {
            Ok(room) => self.hand_over(message, room),
            Err(TryAcquireError::NoPermits) => {
                metrics::door_refused(self.0.kind);
                Err(Refused::Full(message))
            }
            Err(TryAcquireError::Closed) => Err(Refused::Closed(message)),
        }
    }

    /// Waits for room. For edges only.
    ///
    /// # Errors
    /// [`Refused::Closed`] with the message, when the actor is gone.
    pub async fn post(&self, message: M) -> Result<(), Refused<M>> {
        match Arc::clone(&self.0.room).acquire_owned().await {
            Ok(room) => self.hand_over(message, room),
            Err(_closed) => Err(Refused::Closed(message)),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the door is what the ban points to"
    )]
    fn hand_over(&self, message: M, room: OwnedSemaphorePermit) -> Result<(), Refused<M>> {
        let sampled = self
            .0
            .posts
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(WAIT_SAMPLE);
        metrics::door_entered(self.0.kind);
        let permit = Permit {
            _room: Some(room),
            counted: Some(self.0.kind),
            posted: sampled.then(Instant::now),
        };
        match self.0.recipient.try_send(Admitted { message, permit }) {
            Ok(()) => Ok(()),
            Err(SendError::Full(admitted) | SendError::Closed(admitted)) => {
                Err(Refused::Closed(admitted.message))
            }
        }
    }

    /// Messages that are inside: posted and not yet committed.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.capacity as usize
            - self
                .0
                .room
                .available_permits()
                .min(self.0.capacity as usize)
    }

    /// Closes the door if nothing is inside and `last_look` agrees while nothing can enter. Posters get
    /// [`Refused::Closed`] from then on.
    pub(super) fn close_if_empty(&self, last_look: impl FnOnce() -> bool) -> bool {
        let Ok(all) = self.0.room.try_acquire_many(self.0.capacity) else {
            return false;
        };
        if !last_look() {
            return false;
        }
        self.0.room.close();
        all.forget();
        true
    }
}

/// Lane messages counted in the low bits; the high bit says that the lane is closed.
const LANE_CLOSED: u32 = 1 << 31;

pub(super) struct OnLane<M>(pub(super) M);

impl<M> actix::Message for OnLane<M> {
    type Result = ();
}

/// What an actor's guard shares with its lane.
#[derive(Debug)]
pub(super) struct LaneState {
    kind: ActorKind,
    outstanding: AtomicU32,
    stopped: AtomicBool,
    stop: Notify,
}

impl LaneState {
    pub(super) fn new(kind: ActorKind) -> Self {
        Self {
            kind,
            outstanding: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
            stop: Notify::new(),
        }
    }

    pub(super) fn handled(&self) {
        self.outstanding.fetch_sub(1, Ordering::AcqRel);
        metrics::lane_left(self.kind);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    pub(super) async fn stopped(&self) {
        loop {
            let mut stop = std::pin::pin!(self.stop.notified());
            stop.as_mut().enable();
            if self.is_stopped() {
                return;
            }
            stop.await;
        }
    }
}

/// The way back to an actor, beside its door. Whoever uses it keeps at most one message of each kind outstanding, or waits
/// while there are many, as the followers do that feed an actor.
pub struct Lane<M: Send + 'static> {
    recipient: Recipient<OnLane<M>>,
    stop: Recipient<Stop>,
    state: Arc<LaneState>,
}

/// Asks an actor to end.
#[derive(Debug)]
pub(super) struct Stop;

impl actix::Message for Stop {
    type Result = ();
}

impl<M: Send + 'static> fmt::Debug for Lane<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lane({:?})", self.state)
    }
}

impl<M: Send + 'static> Lane<M> {
    pub(super) fn new(
        recipient: Recipient<OnLane<M>>,
        stop: Recipient<Stop>,
        state: Arc<LaneState>,
    ) -> Self {
        Self {
            recipient,
            stop,
            state,
        }
    }

    /// Posts without waiting for room.
    ///
    /// # Errors
    /// The message, when the actor is gone; resolve its key again.
    #[expect(
        clippy::disallowed_methods,
        reason = "the lane is bounded by its users"
    )]
    pub fn post(&self, message: M) -> Result<(), Refused<M>> {
        let entered =
            self.state
                .outstanding
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| {
                    (count & LANE_CLOSED == 0).then_some(count + 1)
                });
        if entered.is_err() {
            return Err(Refused::Closed(message));
        }
        metrics::lane_entered(self.state.kind);
        self.recipient.try_send(OnLane(message)).map_err(|refused| {
            self.state.handled();
            match refused {
                SendError::Full(OnLane(message)) | SendError::Closed(OnLane(message)) => {
                    Refused::Closed(message)
                }
            }
        })
    }

    /// Messages on it that are not handled yet.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.state.outstanding.load(Ordering::Acquire) & !LANE_CLOSED
    }

    /// Ends the actor now, whatever waits in its door and whatever its guard waits for.
    #[expect(clippy::disallowed_methods, reason = "stop must not wait for room")]
    pub fn stop(&self) {
        self.state.stopped.store(true, Ordering::Release);
        self.state.stop.notify_waiters();
        self.stop.do_send(Stop);
    }

    pub(super) fn close_if_empty(&self) -> bool {
        self.state
            .outstanding
            .compare_exchange(0, LANE_CLOSED, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    pub(super) fn reopen(&self) {
        self.state
            .outstanding
            .fetch_and(!LANE_CLOSED, Ordering::AcqRel);
    }
}

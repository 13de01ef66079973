//! Runs a [`Behaviour`] as an actix actor that survives its panics.
//!
//! The message is lent to the behaviour. When it panics, the actor and its mailbox stay; the mailbox is held while every
//! entry that the actor handed in is committed and projected; the state is read again; the message is tried again, first.
//! The second panic makes the message a dead letter, and its source gets its yes. What is held here waits for the journal,
//! the projector and the store, and for no other actor; `append` is the last thing that happens to a message.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use actix::dev::channel;
use actix::{
    Actor, ActorContext, ActorFutureExt, Addr, AsyncContext, Context, Handler, WrapFuture,
};
use actix_rt::ArbiterHandle;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

use super::clock::Clock;
use super::door::{Admitted, Door, Lane, LaneState, OnLane, Permit, Stop};
use super::gate::Receipt;
use crate::follow::CommittedLog;
use crate::journal::{Append, Journal, OwnerEpoch, Progress};
use crate::message::{Entry, Timestamp};
use crate::metrics::{self, ActorKind};

/// What an actor decided about one message.
#[derive(Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each message, moved on at once; a box would be an allocation more"
)]
pub enum Decision<R> {
    /// Append the entry; answer when it is committed.
    Record(Entry, R),
    /// It repeats something handed in before; answer when that is committed.
    Repeat(R),
    /// Nothing to remember; answer now.
    Answer(R),
}

/// Why a state could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the actor's state could not be read")]
pub struct LoadError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What an actor does. It decides, and waits for nothing.
pub trait Behaviour: Sized + Send + Unpin + 'static {
    /// Under which name it is measured.
    const KIND: ActorKind;
    /// Messages that its door holds at once.
    const CAPACITY: u32;
    type Message: Send + fmt::Debug + 'static;
    type Reply: Send + 'static;
    type State: Send + Unpin + 'static;

    /// Reads the state, as of everything committed before.
    fn load(&self) -> BoxFuture<'static, Result<Self::State, LoadError>>;

    /// Decides about one message. May panic: the state is then read again.
    fn handle(
        &mut self,
        state: &mut Self::State,
        message: &Self::Message,
        now: Timestamp,
    ) -> Decision<Self::Reply>;

    /// Its restart budget is spent: until the window is over it handles nothing, and everything becomes a dead letter.
    fn quarantined(&mut self, _now: Timestamp) {}

    /// The entry that keeps a message which crashes its actor, and the answer to its poster.
    fn dead_letter(
        &mut self,
        state: &mut Self::State,
        message: &Self::Message,
        cause: &str,
        now: Timestamp,
    ) -> (Entry, Self::Reply);
}

/// What a poster is told.
pub type Reply<R> = Box<dyn FnOnce(R) + Send>;

/// A message with what its poster waits for.
pub struct Envelope<B: Behaviour> {
    pub message: B::Message,
    pub receipt: Receipt,
    pub reply: Option<Reply<B::Reply>>,
}

impl<B: Behaviour> Envelope<B> {
    /// A message that nobody waits for.
    pub fn new(message: B::Message) -> Self {
        Self {
            message,
            receipt: Receipt::none(),
            reply: None,
        }
    }
}

impl<B: Behaviour> Envelope<B> {
    /// A message whose reply comes back; it never does if the message is lost.
    pub fn asking(
        message: B::Message,
        receipt: Receipt,
    ) -> (Self, tokio::sync::oneshot::Receiver<B::Reply>) {
        let (tell, told) = tokio::sync::oneshot::channel();
        let envelope = Self {
            message,
            receipt,
            reply: Some(Box::new(move |reply| drop(tell.send(reply)))),
        };
        (envelope, told)
    }
}

impl<B: Behaviour> fmt::Debug for Envelope<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Envelope").field(&self.message).finish()
    }
}

/// The ways to one running actor.
pub struct Ways<B: Behaviour> {
    pub door: Door<Envelope<B>>,
    pub lane: Lane<Envelope<B>>,
    pub progress: Arc<Progress>,
}

impl<B: Behaviour> fmt::Debug for Ways<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ways")
            .field("door", &self.door)
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

/// What every guard of a node shares.
#[derive(Clone)]
pub struct Surroundings {
    pub journal: Arc<dyn Journal>,
    pub log: Arc<CommittedLog>,
    pub clock: Clock,
    pub budget: RestartBudget,
}

impl fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("log", &self.log)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// How many panics an actor may have before it is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartBudget {
    pub panics: u32,
    pub window: Duration,
}

impl Default for RestartBudget {
    fn default() -> Self {
        Self {
            panics: 6,
            window: Duration::from_secs(60),
        }
    }
}

#[derive(Debug, Default)]
struct Budget {
    spent: u32,
    since: Option<Instant>,
}

impl Budget {
    fn spend(&mut self, now: Instant, limit: RestartBudget) {
        if self
            .since
            .is_none_or(|since| now.duration_since(since) > limit.window)
        {
            *self = Self {
                spent: 0,
                since: Some(now),
            };
        }
        self.spent += 1;
    }

    fn is_spent(&self, now: Instant, limit: RestartBudget) -> bool {
        self.spent >= limit.panics
            && self
                .since
                .is_some_and(|since| now.duration_since(since) <= limit.window)
    }
}

struct Work<B: Behaviour> {
    envelope: Envelope<B>,
    permit: Permit,
    on_lane: bool,
}

struct Guard<B: Behaviour> {
    behaviour: B,
    state: Option<B::State>,
    around: Arc<Surroundings>,
    progress: Arc<Progress>,
    lane: Arc<LaneState>,
    budget: Budget,
    quarantined: bool,
}

/// Starts the actor on an arbiter. Messages posted before its state is read wait in its mailbox. `progress` is that of the
/// actor's predecessor, if it had one: what the predecessor handed in is part of the state to read.
pub fn start<B: Behaviour>(
    behaviour: B,
    around: Arc<Surroundings>,
    arbiter: &ArbiterHandle,
    progress: Arc<Progress>,
) -> Ways<B> {
    let (sender, receiver) = channel::channel::<Guard<B>>(0);
    let address = Addr::new(sender);
    let lane = Arc::new(LaneState::new(B::KIND));
    let guard = Guard {
        behaviour,
        state: None,
        around,
        progress: Arc::clone(&progress),
        lane: Arc::clone(&lane),
        budget: Budget::default(),
        quarantined: false,
    };
    arbiter.spawn_fn(move || {
        actix_rt::spawn(Context::with_receiver(receiver).into_future(guard));
    });
    Ways {
        door: Door::new(address.clone().recipient(), B::KIND, B::CAPACITY),
        lane: Lane::new(address.clone().recipient(), address.recipient(), lane),
        progress,
    }
}

impl<B: Behaviour> Actor for Guard<B> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.reload_then(ctx, |_, _| {});
    }
}

impl<B: Behaviour> Handler<Admitted<Envelope<B>>> for Guard<B> {
    type Result = ();

    fn handle(&mut self, mut admitted: Admitted<Envelope<B>>, ctx: &mut Self::Context) {
        admitted.permit.picked_up();
        let work = Work {
            envelope: admitted.message,
            permit: admitted.permit,
            on_lane: false,
        };
        self.first_try(work, ctx);
    }
}

impl<B: Behaviour> Handler<OnLane<Envelope<B>>> for Guard<B> {
    type Result = ();

    fn handle(&mut self, posted: OnLane<Envelope<B>>, ctx: &mut Self::Context) {
        self.first_try(
            Work {
                envelope: posted.0,
                permit: Permit::default(),
                on_lane: true,
            },
            ctx,
        );
    }
}

impl<B: Behaviour> Handler<Stop> for Guard<B> {
    type Result = ();

    fn handle(&mut self, _: Stop, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl<B: Behaviour> Guard<B> {
    fn first_try(&mut self, work: Work<B>, ctx: &mut Context<Self>) {
        if self.budget.is_spent(Instant::now(), self.around.budget) {
            metrics::actor_quarantined(B::KIND);
            if !std::mem::replace(&mut self.quarantined, true) {
                self.behaviour.quarantined(self.around.clock.now());
            }
            return self.bury(work, "the actor is quarantined after too many panics");
        }
        // It took part in nothing meanwhile, so what it knows may be old.
        if std::mem::take(&mut self.quarantined) {
            return self.reload_then(ctx, |guard, ctx| guard.first_try(work, ctx));
        }
        match self.attempt(&work) {
            Ok(decision) => self.carry_out(work, decision),
            Err(cause) => {
                tracing::warn!(actor = ?B::KIND, %cause, "a message crashed its actor; trying again");
                self.reload_then(ctx, |guard, ctx| guard.second_try(work, ctx));
            }
        }
    }

    fn second_try(&mut self, work: Work<B>, ctx: &mut Context<Self>) {
        match self.attempt(&work) {
            Ok(decision) => self.carry_out(work, decision),
            Err(cause) => {
                tracing::error!(actor = ?B::KIND, %cause, "a message crashed its actor twice; now a dead letter");
                self.reload_then(ctx, move |guard, _| guard.bury(work, &cause));
            }
        }
    }

    fn attempt(&mut self, work: &Work<B>) -> Result<Decision<B::Reply>, String> {
        let now = self.around.clock.now();
        let state = self
            .state
            .as_mut()
            .expect("the mailbox is held until the state is read");
        let behaviour = &mut self.behaviour;
        catch_unwind(AssertUnwindSafe(|| {
            behaviour.handle(state, &work.envelope.message, now)
        }))
        .map_err(|panic| {
            metrics::actor_panicked(B::KIND);
            self.budget.spend(Instant::now(), self.around.budget);
            cause_of(panic.as_ref())
        })
    }

    fn bury(&mut self, work: Work<B>, cause: &str) {
        let now = self.around.clock.now();
        let state = self
            .state
            .as_mut()
            .expect("the mailbox is held until the state is read");
        let (entry, reply) = self
            .behaviour
            .dead_letter(state, &work.envelope.message, cause, now);
        metrics::dead_lettered();
        self.carry_out(work, Decision::Record(entry, reply));
    }

    fn carry_out(&mut self, work: Work<B>, decision: Decision<B::Reply>) {
        let Work {
            envelope: Envelope { receipt, reply, .. },
            permit,
            on_lane,
        } = work;
        match decision {
            Decision::Answer(answer) => {
                receipt.settle();
                if let Some(reply) = reply {
                    reply(answer);
                }
            }
            Decision::Repeat(answer) => self.append(None, answer, receipt, reply, permit),
            Decision::Record(entry, answer) => {
                self.append(Some(entry), answer, receipt, reply, permit)
            }
        }
        // Only now: an actor may be put to sleep when its lane is empty and all that it handed in is projected.
        if on_lane {
            self.lane.handled();
        }
    }

    fn append(
        &self,
        entry: Option<Entry>,
        answer: B::Reply,
        receipt: Receipt,
        reply: Option<Reply<B::Reply>>,
        permit: Permit,
    ) {
        self.progress.handed_in();
        self.around.journal.append(Append {
            epoch: OwnerEpoch::SINGLE_NODE,
            entry,
            receipt,
            permit,
            progress: Some(Arc::clone(&self.progress)),
            on_commit: reply
                .map(|reply| Box::new(move |_| reply(answer)) as crate::journal::OnCommit),
        });
    }

    /// Holds the mailbox, reads the state and goes on. A stop ends the wait.
    fn reload_then(
        &mut self,
        ctx: &mut Context<Self>,
        then: impl FnOnce(&mut Self, &mut Context<Self>) + 'static,
    ) {
        self.state = None;
        let progress = Arc::clone(&self.progress);
        let log = Arc::clone(&self.around.log);
        let lane = Arc::clone(&self.lane);
        let first = self.behaviour.load();
        let reading = async move {
            let committed = progress.settled().await;
            log.projected_to(committed).await;
            first.await
        };
        let reading = async move {
            tokio::select! {
                biased;
                () = lane.stopped() => None,
                loaded = reading => Some(loaded),
            }
        };
        ctx.wait(reading.into_actor(self).map(move |loaded, guard, ctx| match loaded {
            Some(Ok(state)) => {
                guard.state = Some(state);
                then(guard, ctx);
            }
            Some(Err(error)) => {
                tracing::warn!(actor = ?B::KIND, error = &error as &dyn std::error::Error, "reading the state again in a second");
                guard.pause_then(ctx, |guard, ctx| guard.reload_then(ctx, then));
            }
            None => ctx.stop(),
        }));
    }

    fn pause_then(
        &mut self,
        ctx: &mut Context<Self>,
        then: impl FnOnce(&mut Self, &mut Context<Self>) + 'static,
    ) {
        let pause = tokio::time::sleep(Duration::from_secs(1));
        ctx.wait(
            pause
                .into_actor(self)
                .map(move |(), guard, ctx| then(guard, ctx)),
        );
    }
}

fn cause_of(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

//! The actor of one configured channel: its outbox at the provider's pace, and its health.
//!
//! It acts on what the journal says of its channel, fed in order by [`feed`]. Its state is the outbox as of a position: when
//! it is read again, it is the store's, carried forward by the journal to where this actor was. Calls are tasks of their
//! own; what comes of them returns to the conversation, whose entry then comes back here.

pub mod outbox;
pub mod pace;
#[cfg(all(test, feature = "sim"))]
mod tests;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use self::outbox::{ATTEMPTS_MAX, Act, Outbox};
use crate::conversation::{Command, Reply};
use crate::follow::{CommittedLog, Cursor};
use crate::ids::{ChannelId, ConversationKey, Key, TenantId};
use crate::journal::{Committed, Position};
use crate::limits;
use crate::message::{
    DeadLetter, Entry, Fact, Fingerprint, Outbound, ProviderError, RawJson, SendOutcome, Status,
    Timestamp,
};
use crate::metrics::{self, ActorKind};
use crate::provider::{Pace, Provider, RetryScope, Sending};
use crate::runtime::guard::LoadError;
use crate::runtime::{Behaviour, Clock, Decision};
use crate::store::{Store, StoreError};
use crate::system::Engine;

/// Everything a channel can hear.
#[derive(Clone, Debug)]
pub enum ChannelEvent {
    /// The journal has an entry that concerns the outbox.
    Committed(Arc<Committed>),
    /// It is time to look at the outbox.
    Woken,
    /// The conversation would not begin the attempt.
    NotBegun { key: ConversationKey, seq: u64 },
    /// The provider will not take anything until a person acts.
    Halted { reason: String, until: Timestamp },
    /// The provider asks the whole channel to wait.
    Slowed { until: Timestamp },
    /// A call succeeded.
    Succeeded,
    /// The channel's configuration changed, and its provider with it: what was wrong may be right.
    Reconfigured,
}

/// Hears of a channel's health; told from the channel's thread, so it must not wait.
pub trait HealthSink: Send + Sync {
    /// The channel cannot send until a person acts.
    fn degraded(&self, channel: ChannelId, reason: &str);
    /// The channel sends again.
    fn healthy(&self, channel: ChannelId);
}

/// Finds the adapter of a channel.
pub trait Providers: Send + Sync {
    /// The channel's adapter, or why it has none.
    ///
    /// # Errors
    /// The channel's configuration cannot work.
    fn provider(&self, channel: ChannelId) -> Result<Arc<dyn Provider>, String>;

    /// Whether an error that was reported of one message says that nothing can be sent on the channel until a person acts.
    fn is_channels_fault(&self, _channel: ChannelId, _error: &ProviderError) -> bool {
        false
    }
}

/// The channel of one id.
pub struct Channel {
    tenant: TenantId,
    id: ChannelId,
    engine: Weak<Engine>,
    store: Arc<dyn Store>,
    log: Arc<CommittedLog>,
    providers: Arc<dyn Providers>,
    health: Arc<dyn HealthSink>,
    clock: Clock,
    seen: Position,
    /// Degraded, and no success counts before this time.
    degraded_until: Option<Timestamp>,
    wake_at: Option<Timestamp>,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({:?}, seen {:?})", self.id, self.seen)
    }
}

/// What a channel works with.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) log: Arc<CommittedLog>,
    pub(crate) providers: Arc<dyn Providers>,
    pub(crate) health: Arc<dyn HealthSink>,
    pub(crate) clock: Clock,
}

/// The outbox as of a position of the journal.
#[derive(Debug)]
pub struct ChannelState {
    outbox: Outbox,
    as_of: Position,
    /// What the restart found in the middle.
    unfinished: Vec<Act>,
}

/// A channel's pace when its adapter is missing: there is nobody to call.
const NO_PACE: Pace = Pace {
    per_second: 1,
    pair_interval: Duration::ZERO,
    pair_burst: 1,
};

/// How long a channel that was halted waits before it tries again by itself.
const HALT: Duration = Duration::from_secs(300);

impl Channel {
    /// The behaviour of a channel whose feed begins after `seen`.
    pub(crate) fn new(
        tenant: TenantId,
        id: ChannelId,
        engine: &Weak<Engine>,
        parts: &Parts,
        seen: Position,
    ) -> Self {
        Self {
            tenant,
            id,
            engine: Weak::clone(engine),
            store: Arc::clone(&parts.store),
            log: Arc::clone(&parts.log),
            providers: Arc::clone(&parts.providers),
            health: Arc::clone(&parts.health),
            clock: parts.clock.clone(),
            seen,
            degraded_until: None,
            wake_at: None,
        }
    }

    fn pace(&self) -> Pace {
        self.providers
            .provider(self.id)
            .map_or(NO_PACE, |provider| provider.pace())
    }

    fn hear(&mut self, state: &mut ChannelState, event: &ChannelEvent, now: Timestamp) -> Vec<Act> {
        match event {
            ChannelEvent::Committed(committed) => {
                if committed.position > state.as_of {
                    state.as_of = committed.position;
                    let acts = fold(&mut state.outbox, &committed.entry, now);
                    self.judge(state, &committed.entry, now);
                    return acts;
                }
            }
            ChannelEvent::Woken => self.wake_at = None,
            ChannelEvent::NotBegun { key, seq } => state.outbox.not_begun(key, *seq),
            ChannelEvent::Halted { reason, until } => self.halt(state, reason, *until),
            ChannelEvent::Slowed { until } => state.outbox.hold(*until),
            ChannelEvent::Succeeded => self.succeeded(now),
            ChannelEvent::Reconfigured => {
                state.outbox.release(now);
                self.degraded_until = self.degraded_until.map(|_| now);
            }
        }
        Vec::new()
    }

    fn halt(&mut self, state: &mut ChannelState, reason: &str, until: Timestamp) {
        state.outbox.hold(until);
        self.degraded_until = Some(until);
        self.health.degraded(self.id, reason);
    }

    /// A call that was out when the channel was halted says nothing.
    fn succeeded(&mut self, now: Timestamp) {
        if self.degraded_until.is_some_and(|until| until <= now) {
            self.degraded_until = None;
            self.health.healthy(self.id);
        }
    }

    /// A provider may accept a message and say only afterwards, in its status, what is wrong with the account.
    fn judge(&mut self, state: &mut ChannelState, entry: &Entry, now: Timestamp) {
        let mut errors = entry.facts.iter().filter_map(status_error);
        let at_fault = |error: &&ProviderError| self.providers.is_channels_fault(self.id, error);
        if let Some(error) = errors.rfind(at_fault) {
            self.halt(state, &error.title, now.plus(HALT));
        }
    }

    fn perform(&self, act: Act) {
        let Some(engine) = self.engine.upgrade() else {
            return;
        };
        let id = self.id;
        match act {
            Act::Begin { key, seq, attempt } => {
                drop(tokio::spawn(begin(engine, id, key, seq, attempt)));
            }
            Act::Call {
                key,
                seq,
                attempt,
                message,
            } => {
                let call = Call {
                    engine,
                    channel: id,
                    tenant: self.tenant,
                    key,
                    seq,
                    attempt,
                };
                match self.providers.provider(id) {
                    Ok(provider) => drop(tokio::spawn(call.made(provider, message))),
                    Err(reason) => drop(tokio::spawn(call.ended(nobody_to_call(reason)))),
                }
            }
            Act::GiveUp { key, seq, attempt } => {
                let command = Command::GiveUpAttempt {
                    message: seq,
                    attempt,
                };
                drop(tokio::spawn(return_to(engine, key, command)));
            }
            Act::Abandon { key, seq, attempt } => {
                drop(tokio::spawn(return_to(engine, key, abandon(seq, attempt))));
            }
        }
    }

    /// Has itself woken when there is something to do, once for each time.
    fn arrange_wake(&mut self, next: Option<Timestamp>, now: Timestamp) {
        let Some(at) = next.filter(|at| self.wake_at.is_none_or(|planned| *at < planned)) else {
            return;
        };
        self.wake_at = Some(at);
        let (engine, id, tenant) = (self.engine.clone(), self.id, self.tenant);
        let pause = at.since(now);
        drop(tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            if let Some(engine) = engine.upgrade() {
                engine.tell_channel(tenant, id, ChannelEvent::Woken);
            }
        }));
    }
}

async fn return_to(engine: Arc<Engine>, key: ConversationKey, command: Command) {
    engine.return_to(&key, command).await;
}

fn nobody_to_call(reason: String) -> Sending {
    Sending::Halted(ProviderError {
        code: 0,
        title: reason,
        detail: None,
    })
}

fn abandon(message: u64, attempt: u32) -> Command {
    let title = "the provider's answer was lost twice; the message may have been delivered";
    Command::EndAttempt {
        message,
        attempt,
        outcome: SendOutcome::Rejected(ProviderError {
            code: 0,
            title: title.to_owned(),
            detail: None,
        }),
        fingerprint: None,
    }
}

async fn begin(
    engine: Arc<Engine>,
    channel: ChannelId,
    key: ConversationKey,
    seq: u64,
    attempt: u32,
) {
    let tenant = key.tenant;
    let reply = engine
        .return_to_and_ask(
            &key,
            Command::StartAttempt {
                message: seq,
                attempt,
            },
        )
        .await;
    if let Some(Reply::Refused(_) | Reply::Buried { .. }) = reply {
        engine.tell_channel(tenant, channel, ChannelEvent::NotBegun { key, seq });
    }
}

/// A call to the provider, and what comes of it.
struct Call {
    engine: Arc<Engine>,
    channel: ChannelId,
    tenant: TenantId,
    key: ConversationKey,
    seq: u64,
    attempt: u32,
}

impl Call {
    async fn made(self, provider: Arc<dyn Provider>, message: Arc<Outbound>) {
        let sending = provider.send(&self.key.address, &message).await;
        metrics::send_ended();
        self.ended(sending).await;
    }

    async fn ended(self, sending: Sending) {
        let command = match self.outcome(sending) {
            Some(outcome) => Command::EndAttempt {
                message: self.seq,
                attempt: self.attempt,
                fingerprint: self.fingerprint(&outcome),
                outcome,
            },
            None => Command::GiveUpAttempt {
                message: self.seq,
                attempt: self.attempt,
            },
        };
        self.engine.return_to(&self.key, command).await;
    }

    /// What the call came to, after its channel has heard what concerns it; `None` if nobody knows.
    fn outcome(&self, sending: Sending) -> Option<SendOutcome> {
        let now = self.engine.clock.now();
        Some(match sending {
            Sending::Sent(id) => {
                self.tell(ChannelEvent::Succeeded);
                SendOutcome::Sent(id)
            }
            Sending::Rejected(error) => SendOutcome::Rejected(error),
            Sending::Ambiguous(_) => return None,
            Sending::Halted(error) => {
                let until = now.plus(HALT);
                self.tell(ChannelEvent::Halted {
                    reason: error.title.clone(),
                    until,
                });
                SendOutcome::Retry { at: until, error }
            }
            // What concerns the whole channel says nothing against this message, however often it happens.
            Sending::Retry { error, scope, .. }
                if self.attempt >= ATTEMPTS_MAX && scope != RetryScope::Channel =>
            {
                SendOutcome::Rejected(error)
            }
            Sending::Retry {
                after,
                error,
                scope,
            } => {
                let at = now.plus(patience(after, scope, self.attempt));
                if scope == RetryScope::Channel {
                    self.tell(ChannelEvent::Slowed {
                        until: now.plus(after),
                    });
                }
                SendOutcome::Retry { at, error }
            }
        })
    }

    fn fingerprint(&self, outcome: &SendOutcome) -> Option<Fingerprint> {
        match outcome {
            SendOutcome::Sent(id) => Some(self.engine.fingerprinter.of(self.channel, &id.0)),
            SendOutcome::Retry { .. } | SendOutcome::Rejected(_) => None,
        }
    }

    fn tell(&self, event: ChannelEvent) {
        self.engine.tell_channel(self.tenant, self.channel, event);
    }
}

/// A recipient that got too much waits 4^x s (Meta, error 131056); everything else doubles.
fn patience(after: Duration, scope: RetryScope, attempt: u32) -> Duration {
    let power = attempt.saturating_sub(1).min(6);
    match scope {
        RetryScope::Recipient => after.saturating_mul(4_u32.pow(power.min(5))),
        RetryScope::Message | RetryScope::Channel => after.saturating_mul(2_u32.pow(power)),
    }
}

/// What an entry changes in the outbox.
fn fold(outbox: &mut Outbox, entry: &Entry, now: Timestamp) -> Vec<Act> {
    let Some(key) = entry.conversation_key() else {
        return Vec::new();
    };
    let mut acts = Vec::new();
    for (seq, fact) in entry.numbered() {
        match fact {
            Fact::Queued(queued) => outbox.queued(key, seq, Arc::clone(&queued.message), now),
            Fact::Attempted {
                message, attempt, ..
            } => acts.extend(outbox.attempted(key, *message, *attempt)),
            Fact::AttemptAmbiguous { message, since, .. } => {
                outbox.ambiguous(key, *message, *since)
            }
            Fact::SendEnded {
                message, outcome, ..
            } => match outcome {
                SendOutcome::Sent(_) | SendOutcome::Rejected(_) => outbox.ended(key, *message),
                SendOutcome::Retry { at, .. } => outbox.postponed(key, *message, *at),
            },
            _ => {}
        }
    }
    acts
}

/// Whether an entry concerns a channel's outbox or its health.
fn concerns_channel(entry: &Entry) -> bool {
    entry.facts.iter().any(|fact| {
        status_error(fact).is_some()
            || matches!(
                fact,
                Fact::Queued(_)
                    | Fact::Attempted { .. }
                    | Fact::AttemptAmbiguous { .. }
                    | Fact::SendEnded { .. }
            )
    })
}

/// What a provider reported to be wrong with a message that it had accepted.
fn status_error(fact: &Fact) -> Option<&ProviderError> {
    if let Fact::StatusRose {
        status: Status::Failed,
        error,
        ..
    } = fact
    {
        return error.as_ref();
    }
    None
}

impl Behaviour for Channel {
    const KIND: ActorKind = ActorKind::Channel;
    const CAPACITY: u32 = limits::CHANNEL_DOOR;
    type Message = ChannelEvent;
    type Reply = ();
    type State = ChannelState;

    fn load(&self) -> BoxFuture<'static, Result<ChannelState, LoadError>> {
        let (store, log) = (Arc::clone(&self.store), Arc::clone(&self.log));
        let (id, seen, now) = (self.id, self.seen, self.clock.now());
        async move {
            restore(store.as_ref(), &log, id, seen, now)
                .await
                .map_err(|error| LoadError(Box::new(error)))
        }
        .boxed()
    }

    fn handle(
        &mut self,
        state: &mut ChannelState,
        event: &ChannelEvent,
        now: Timestamp,
    ) -> Decision<()> {
        let mut acts = std::mem::take(&mut state.unfinished);
        acts.extend(self.hear(state, event, now));
        let pace = self.pace();
        acts.extend(state.outbox.begin(pace, now));
        for act in acts {
            self.perform(act);
        }
        if let ChannelEvent::Committed(committed) = event {
            self.seen = self.seen.max(committed.position);
        }
        self.arrange_wake(state.outbox.next_wake(pace), now);
        Decision::Answer(())
    }

    fn quarantined(&mut self, now: Timestamp) {
        self.degraded_until = Some(now.plus(HALT));
        self.health.degraded(
            self.id,
            "the channel failed too often and rests; what it was told meanwhile is among the dead letters",
        );
    }

    fn dead_letter(
        &mut self,
        _: &mut ChannelState,
        event: &ChannelEvent,
        cause: &str,
        now: Timestamp,
    ) -> (Entry, ()) {
        let described = serde_json::value::to_raw_value(&format!("{event:?}")).unwrap_or_default();
        let letter = DeadLetter {
            cause: cause.to_owned(),
            letter: Box::new(RawJson(described)),
        };
        let key = Key::Channel {
            tenant: self.tenant,
            channel: self.id,
        };
        (
            Entry {
                key,
                at: now,
                first_seq: 0,
                facts: smallvec::smallvec![Fact::DeadLettered(letter)],
            },
            (),
        )
    }
}

async fn restore(
    store: &dyn Store,
    log: &CommittedLog,
    id: ChannelId,
    seen: Position,
    now: Timestamp,
) -> Result<ChannelState, StoreError> {
    let (pending, as_of) = store.pending_sends(Some(id)).await?;
    let (mut outbox, unfinished) = Outbox::restore(pending, now);
    log.replay(as_of, seen, |committed| {
        let entry = &committed.entry;
        let key = entry.conversation_key();
        if key.is_some_and(|key| key.channel == id) {
            fold(&mut outbox, entry, entry.at);
        }
    })
    .await
    .map_err(|error| StoreError(Box::new(error)))?;
    Ok(ChannelState {
        outbox,
        as_of: as_of.max(seen),
        unfinished,
    })
}

/// Feeds every channel what the journal says of its outbox and its health, for as long as the engine runs.
pub(crate) async fn feed(
    engine: Arc<Engine>,
    mut cursor: Cursor,
    pending: Vec<(TenantId, ChannelId)>,
) {
    for (tenant, channel) in pending {
        engine.tell_channel(tenant, channel, ChannelEvent::Woken);
    }
    loop {
        match cursor.next(1_000).await {
            Ok(entries) => {
                for committed in entries
                    .iter()
                    .filter(|committed| concerns_channel(&committed.entry))
                {
                    if let Some(key) = committed.entry.conversation_key() {
                        let event = ChannelEvent::Committed(Arc::clone(committed));
                        engine.feed_channel(key.tenant, key.channel, event).await;
                    }
                }
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the outboxes cannot read the journal; trying again"
                );
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

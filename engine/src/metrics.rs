//! Every metric, once: its name, its unit and the one function that sets it. Nothing is labelled by key.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crossbeam::utils::CachePadded;
use metrics::{Counter, Gauge, Histogram, Unit};

/// The kinds of actors, as metrics name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActorKind {
    Conversation,
    Channel,
    Router,
}

impl ActorKind {
    const ALL: [Self; 3] = [Self::Conversation, Self::Channel, Self::Router];

    const fn name(self) -> &'static str {
        match self {
            Self::Conversation => "conversation",
            Self::Channel => "channel",
            Self::Router => "router",
        }
    }
}

struct DoorMetrics {
    depth: Gauge,
    wait: Histogram,
    lane: Gauge,
    refused: Counter,
    panics: Counter,
    quarantined: Counter,
}

macro_rules! handles {
    ($($(#[doc = $help:literal])+ $ident:ident: $kind:ident = $name:literal, $unit:expr;)+) => {
        struct Handles { $($ident: handle_type!($kind),)+ }
        #[expect(clippy::disallowed_macros, reason = "the one place where metrics are named")]
        static HANDLES: LazyLock<Handles> = LazyLock::new(|| {
            $(handle_describe!($kind, $name, $unit, concat!($($help),+));)+
            Handles { $($ident: handle_make!($kind, $name),)+ }
        });
    };
}
macro_rules! handle_type {
    (counter) => {
        Counter
    };
    (gauge) => {
        Gauge
    };
    (histogram) => {
        Histogram
    };
}
macro_rules! handle_describe {
    (counter, $name:literal, $unit:expr, $help:expr) => {
        metrics::describe_counter!($name, $unit, $help)
    };
    (gauge, $name:literal, $unit:expr, $help:expr) => {
        metrics::describe_gauge!($name, $unit, $help)
    };
    (histogram, $name:literal, $unit:expr, $help:expr) => {
        metrics::describe_histogram!($name, $unit, $help)
    };
}
macro_rules! handle_make {
    (counter, $name:literal) => {
        metrics::counter!($name)
    };
    (gauge, $name:literal) => {
        metrics::gauge!($name)
    };
    (histogram, $name:literal) => {
        metrics::histogram!($name)
    };
}

handles! {
    /// Messages between acceptance and commit.
    gate_messages: gauge = "ecluse_gate_messages", Unit::Count;
    /// Entries in one commit of the journal.
    journal_batch: histogram = "ecluse_journal_batch_entries", Unit::Count;
    /// Time of a group of the journal: its write and the fsync.
    journal_commit: histogram = "ecluse_journal_commit_seconds", Unit::Seconds;
    /// Newest committed position.
    journal_head: gauge = "ecluse_journal_head_position", Unit::Count;
    /// Entries committed and not yet in the read model.
    projector_lag: gauge = "ecluse_projector_lag_entries", Unit::Count;
    /// Time of one projector transaction.
    projector_batch: histogram = "ecluse_projector_transaction_seconds", Unit::Seconds;
    /// Conversations in memory.
    conversations_live: gauge = "ecluse_conversations_live", Unit::Count;
    /// Messages made into dead letters.
    dead_letters: counter = "ecluse_dead_letters_total", Unit::Count;
    /// Webhook bodies that were not valid JSON of the expected shape.
    webhooks_malformed: counter = "ecluse_webhooks_malformed_total", Unit::Count;
    /// Webhook bodies with a missing or wrong signature.
    webhooks_unsigned: counter = "ecluse_webhooks_refused_signature_total", Unit::Count;
    /// Bodies refused for now, to be sent again: for lack of room, or because nothing takes them in yet.
    webhooks_busy: counter = "ecluse_webhooks_no_room_total", Unit::Count;
    /// Inbound messages that repeated a known one.
    repeated: counter = "ecluse_messages_repeated_total", Unit::Count;
    /// Messages of banned senders, acknowledged and turned away.
    turned_away: counter = "ecluse_messages_turned_away_total", Unit::Count;
    /// Senders that were banned by themselves.
    banned: counter = "ecluse_senders_banned_total", Unit::Count;
    /// Erasures of a customer's past on one channel.
    erased: counter = "ecluse_erasures_total", Unit::Count;
    /// Live subscribers that were disconnected because they read too slowly.
    slow_subscribers: counter = "ecluse_live_slow_subscribers_total", Unit::Count;
    /// Calls to providers that ended, whatever the result.
    sends: counter = "ecluse_provider_sends_total", Unit::Count;
    /// Conversations that chatbots talk with.
    chatbots_running: gauge = "ecluse_chatbot_conversations", Unit::Count;
    /// Conversations that wait for a chatbot to have room.
    chatbots_waiting: gauge = "ecluse_chatbot_waiting", Unit::Count;
}

#[expect(
    clippy::disallowed_macros,
    reason = "the one place where metrics are named"
)]
static DOORS: LazyLock<Vec<DoorMetrics>> = LazyLock::new(|| {
    metrics::describe_gauge!(
        "ecluse_door_depth_messages",
        Unit::Count,
        "Messages inside all doors of a kind of actor."
    );
    metrics::describe_histogram!(
        "ecluse_door_wait_seconds",
        Unit::Seconds,
        "Time from post to handling, one post in 16."
    );
    metrics::describe_gauge!(
        "ecluse_lane_depth_messages",
        Unit::Count,
        "Messages on the way back to all actors of a kind, beside their doors."
    );
    metrics::describe_counter!(
        "ecluse_door_refused_total",
        Unit::Count,
        "Messages that a full door gave back."
    );
    metrics::describe_counter!(
        "ecluse_actor_panics_total",
        Unit::Count,
        "Panics of a kind of actor; each reloaded one."
    );
    metrics::describe_counter!(
        "ecluse_actor_quarantined_total",
        Unit::Count,
        "Times that an actor failed too often and rested."
    );
    ActorKind::ALL
        .iter()
        .map(|kind| DoorMetrics {
            depth: metrics::gauge!("ecluse_door_depth_messages", "actor" => kind.name()),
            wait: metrics::histogram!("ecluse_door_wait_seconds", "actor" => kind.name()),
            lane: metrics::gauge!("ecluse_lane_depth_messages", "actor" => kind.name()),
            refused: metrics::counter!("ecluse_door_refused_total", "actor" => kind.name()),
            panics: metrics::counter!("ecluse_actor_panics_total", "actor" => kind.name()),
            quarantined: metrics::counter!("ecluse_actor_quarantined_total", "actor" => kind.name()),
        })
        .collect()
});

fn door(kind: ActorKind) -> &'static DoorMetrics {
    &DOORS[kind as usize]
}

/// What changes with every message is counted here, and becomes a gauge when somebody looks ([`refresh`]).
/// Each on a cache line of its own, because every thread counts here.
struct Depths {
    doors: [CachePadded<AtomicI64>; ActorKind::ALL.len()],
    lanes: [CachePadded<AtomicI64>; ActorKind::ALL.len()],
    gate: CachePadded<AtomicI64>,
}

static DEPTHS: Depths = Depths {
    doors: [const { CachePadded::new(AtomicI64::new(0)) }; ActorKind::ALL.len()],
    lanes: [const { CachePadded::new(AtomicI64::new(0)) }; ActorKind::ALL.len()],
    gate: CachePadded::new(AtomicI64::new(0)),
};

/// Brings the gauges up to date that are not set as things happen. To be called before they are read.
pub fn refresh() {
    let gauge = |depth: &AtomicI64| depth.load(Ordering::Relaxed) as f64;
    for kind in ActorKind::ALL {
        door(kind).depth.set(gauge(&DEPTHS.doors[kind as usize]));
        door(kind).lane.set(gauge(&DEPTHS.lanes[kind as usize]));
    }
    HANDLES.gate_messages.set(gauge(&DEPTHS.gate));
}

pub(crate) fn door_entered(kind: ActorKind) {
    DEPTHS.doors[kind as usize].fetch_add(1, Ordering::Relaxed);
}
pub(crate) fn door_left(kind: ActorKind) {
    DEPTHS.doors[kind as usize].fetch_sub(1, Ordering::Relaxed);
}
pub(crate) fn door_waited(kind: ActorKind, waited: Duration) {
    door(kind).wait.record(waited.as_secs_f64());
}
pub(crate) fn lane_entered(kind: ActorKind) {
    DEPTHS.lanes[kind as usize].fetch_add(1, Ordering::Relaxed);
}
pub(crate) fn lane_left(kind: ActorKind) {
    DEPTHS.lanes[kind as usize].fetch_sub(1, Ordering::Relaxed);
}
pub(crate) fn door_refused(kind: ActorKind) {
    door(kind).refused.increment(1);
}
pub(crate) fn actor_panicked(kind: ActorKind) {
    door(kind).panics.increment(1);
}
pub(crate) fn actor_quarantined(kind: ActorKind) {
    door(kind).quarantined.increment(1);
}
pub(crate) fn gate_messages(inside: usize) {
    DEPTHS
        .gate
        .store(i64::try_from(inside).unwrap_or(i64::MAX), Ordering::Relaxed);
}
pub(crate) fn conversations_live(count: usize) {
    HANDLES.conversations_live.set(count as f64);
}
pub(crate) fn dead_lettered() {
    HANDLES.dead_letters.increment(1);
}
pub(crate) fn message_repeated() {
    HANDLES.repeated.increment(1);
}
pub(crate) fn message_turned_away() {
    HANDLES.turned_away.increment(1);
}
pub(crate) fn sender_banned() {
    HANDLES.banned.increment(1);
}
pub(crate) fn erased() {
    HANDLES.erased.increment(1);
}
pub(crate) fn subscriber_too_slow() {
    HANDLES.slow_subscribers.increment(1);
}
/// A router's chatbots have other numbers than before: of those that wait and of those that run, before and now.
pub(crate) fn chatbots_changed(waiting: (usize, usize), running: (usize, usize)) {
    change(&HANDLES.chatbots_waiting, waiting);
    change(&HANDLES.chatbots_running, running);
}
fn change(gauge: &Gauge, (before, now): (usize, usize)) {
    if now > before {
        gauge.increment((now - before) as f64);
    } else if before > now {
        gauge.decrement((before - now) as f64);
    }
}
pub(crate) fn send_ended() {
    HANDLES.sends.increment(1);
}

/// The journal committed `entries`; the commit with its fsync took `took`, and the newest position is `head`.
pub fn journal_committed(entries: u64, took: Duration, head: u64) {
    HANDLES.journal_batch.record(entries as f64);
    HANDLES.journal_commit.record(took.as_secs_f64());
    HANDLES.journal_head.set(head as f64);
}

/// The projector finished a transaction.
pub fn projected(took: Duration) {
    HANDLES.projector_batch.record(took.as_secs_f64());
}

/// The read model is `lag` entries behind the journal.
pub fn lag(lag: u64) {
    HANDLES.projector_lag.set(lag as f64);
}

/// A webhook body could not be read.
pub fn webhook_malformed() {
    HANDLES.webhooks_malformed.increment(1);
}

/// A webhook body was not signed as it must be.
pub fn webhook_unsigned() {
    HANDLES.webhooks_unsigned.increment(1);
}

/// A webhook body was refused for now, for lack of room or because nothing takes it in yet.
pub fn webhook_no_room() {
    HANDLES.webhooks_busy.increment(1);
}

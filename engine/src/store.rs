//! The read model, as the engine needs it. It is filled by the projector alone and is complete up to its checkpoint.

use std::sync::Arc;

use async_trait::async_trait;

use crate::conversation::State;
use crate::ids::{
    AgentId, ChannelId, ChatbotId, ConversationId, ConversationKey, QueueId, TenantId,
};
use crate::journal::Position;
use crate::message::{ChannelKind, Outbound, SessionChoice, TimerKind, Timestamp};
use crate::router::LostOffer;

/// The store could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the store could not be read")]
pub struct StoreError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// An open conversation, as the router finds it after a restart.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenConversation {
    pub conversation: ConversationId,
    pub key: ConversationKey,
    pub kind: ChannelKind,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    /// Its place with a chatbot, while it has one.
    pub bot: Option<OpenBot>,
    /// The agent whom the customer knows.
    pub preferred: Option<AgentId>,
    pub waiting_since: Timestamp,
}

/// A conversation's place with a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBot {
    pub chatbot: ChatbotId,
    /// Its menu runs; else it waits in the line.
    pub running: bool,
}

/// A message that is not answered by its provider yet.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingSend {
    pub key: ConversationKey,
    pub conversation: ConversationId,
    pub seq: u64,
    pub message: Arc<Outbound>,
    pub attempt: u32,
    /// A call was out when the process ended, or its answer was lost.
    pub attempting: bool,
    /// Its answer is known to be lost: a status may still tell how it ended.
    pub ambiguous: bool,
    /// Whether it was tried again after a lost answer; that happens once.
    pub retried_blind: bool,
    /// Not before this time.
    pub not_before: Timestamp,
}

/// A timer that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct DueTimer {
    pub key: ConversationKey,
    pub kind: TimerKind,
    pub due: Timestamp,
    pub generation: u64,
}

/// A closed conversation that was kept for long enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlived {
    pub key: ConversationKey,
    pub conversation: ConversationId,
    /// The last number of the key before the next conversation, as far as the store is.
    pub last_seq: u64,
}

/// What the router of a tenant wakes with, as of one position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoutingSnapshot {
    /// Oldest first.
    pub open: Vec<OpenConversation>,
    pub sessions: Vec<(AgentId, SessionChoice)>,
    /// Offers without an end.
    pub lost_offers: Vec<LostOffer>,
    /// Who refused what still waits, or let its offer time out, in the queue where it waits.
    pub refusals: Vec<(ConversationId, AgentId)>,
    pub as_of: Position,
}

/// Reads of the read model. Each read is one transaction.
#[async_trait]
pub trait Store: Send + Sync {
    /// The state of a conversation; `None` if nothing was ever said on the key.
    async fn conversation(&self, key: &ConversationKey) -> Result<Option<State>, StoreError>;

    /// What the router of a tenant wakes with.
    async fn routing(&self, tenant: TenantId) -> Result<RoutingSnapshot, StoreError>;

    /// Who of a tenant finished a conversation since a time, and when they last did.
    async fn finished_since(
        &self,
        tenant: TenantId,
        since: Timestamp,
    ) -> Result<Vec<(AgentId, Timestamp)>, StoreError>;

    /// Every unanswered send of one channel, or of all, in order of their entries, with the position up to which that is
    /// true.
    async fn pending_sends(
        &self,
        channel: Option<ChannelId>,
    ) -> Result<(Vec<PendingSend>, Position), StoreError>;

    /// Open conversations of a channel, for its deletion.
    async fn open_on_channel(
        &self,
        channel: ChannelId,
        limit: usize,
    ) -> Result<Vec<(ConversationKey, ConversationId)>, StoreError>;

    /// Conversations of a tenant that were closed before a time, in the order in which they were.
    async fn closed_before(
        &self,
        tenant: TenantId,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outlived>, StoreError>;

    /// Timers due at `now`, earliest first.
    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<Vec<DueTimer>, StoreError>;
}

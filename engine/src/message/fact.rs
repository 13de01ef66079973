//! What became true. Facts are in the past tense and complete, and they are stored: one may gain optional fields, and never
//! loses or renames one.

use std::ops::Not;
use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{
    Author, ChannelKind, Destination, Fingerprint, Inbound, Outbound, ProviderError, RawJson,
    Status, StatusReport, TimerKind, Timestamp,
};
use crate::chatbot::menu::{Progress, Script};
use crate::hours::OutsideHours;
use crate::ids::{
    AgentId, ChatbotId, ContactId, ConversationId, OfferId, ProviderMessageId, QueueId,
};
use crate::router::{Presence, WorkStrategy};
use crate::texts::Language;

/// Who or what caused a change of ownership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    Agent(AgentId),
    Program,
    Customer,
    /// The router or a timer.
    System,
}

/// Why a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// An agent, a supervisor or a program closed it.
    Resolved,
    /// The customer ended it.
    CustomerLeft,
    /// Nobody wrote for the channel's idle time.
    Idle,
    /// The customer did not answer the chatbot, which has no queue to fall back to.
    TimedOut,
    ChannelDeleted,
}

/// What is said without a person, once in a conversation each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoReply {
    /// On the customer's first message.
    Welcome,
    /// Instead of it outside of operation times.
    OutsideHours,
    /// Nobody is logged in to the queue.
    NoAgent,
    /// We closed the conversation.
    Closed,
}

/// How a chatbot's turn ended. When the conversation is closed, only [`Closed`](Fact::Closed) says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BotEnd {
    /// The customer chose a queue.
    Chosen,
    /// Too many wrong answers.
    GaveUp,
    TimedOut,
    /// An agent, a supervisor or a program took the conversation away.
    Taken,
    /// The chatbot is configured no more.
    Deleted,
    /// What it has to say may not be sent.
    Unable,
}

/// How an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEnd {
    /// The conversation is the agent's. No fact of the router says so: the conversation's own
    /// [`Assigned`](Fact::Assigned) does, by naming the offer.
    Accepted,
    Refused,
    TimedOut,
    /// Taken back: the agent left, the conversation closed or somebody else took it.
    Withdrawn,
}

/// Why a customer's past is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErasureReason {
    /// The tenant keeps conversations no longer than this.
    Retention,
    /// The customer asked for it.
    Requested,
}

/// How a call to a provider ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendOutcome {
    Sent(ProviderMessageId),
    /// Try again at the given time.
    Retry {
        at: Timestamp,
        error: ProviderError,
    },
    Rejected(ProviderError),
}

/// Something that became true. Every variant that concerns one message or one episode names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    Opened(Opened),
    Reopened {
        conversation: ConversationId,
        queue: Option<QueueId>,
        agent: Option<AgentId>,
        /// The chatbot that begins again, where there is no queue to wait in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chatbot: Option<ChatbotId>,
        /// The queue is closed at this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outside_hours: Option<Box<OutsideHours>>,
        /// The agent whom the customer knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preferred: Option<AgentId>,
        /// A machine wrote: it gets no automatic answer.
        #[serde(default, skip_serializing_if = "Not::not")]
        automatic: bool,
    },
    Received(Received),
    Queued(Queued),
    Attempted {
        conversation: ConversationId,
        message: u64,
        attempt: u32,
    },
    /// The call's answer was lost; the message may have been taken.
    AttemptAmbiguous {
        conversation: ConversationId,
        message: u64,
        attempt: u32,
        since: Timestamp,
    },
    SendEnded {
        conversation: ConversationId,
        message: u64,
        attempt: u32,
        outcome: SendOutcome,
        /// The fingerprint of the provider's id, when it was sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<Fingerprint>,
    },
    StatusRose {
        conversation: ConversationId,
        message: u64,
        status: Status,
        at: Timestamp,
        error: Option<ProviderError>,
    },
    /// A status for a message whose provider id is not known yet; kept until the send's answer names it.
    StatusKept {
        report: StatusReport,
        fingerprint: Fingerprint,
    },
    Assigned {
        conversation: ConversationId,
        queue: Option<QueueId>,
        agent: AgentId,
        by: Actor,
        offer: Option<OfferId>,
        /// A supervisor gave the agent more than the agent's capacity.
        #[serde(default)]
        over_capacity: bool,
    },
    /// Back to waiting, with its original age, in the same or another queue.
    Requeued {
        conversation: ConversationId,
        queue: QueueId,
        by: Actor,
        from: Option<AgentId>,
        /// Of a conversation that comes from a chatbot: the queue is closed at this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outside_hours: Option<Box<OutsideHours>>,
        /// Of a conversation that comes from a chatbot: the agent whom the customer knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preferred: Option<AgentId>,
    },
    FirstAnswered {
        conversation: ConversationId,
        agent: Option<AgentId>,
        after_us: u64,
    },
    Closed {
        conversation: ConversationId,
        reason: CloseReason,
        by: Actor,
    },
    /// The agent who holds the conversation has read the customer's messages up to this number.
    ReadByAgent {
        conversation: ConversationId,
        agent: AgentId,
        up_to: u64,
    },
    /// What was said is gone, and nobody reads it again.
    Erased(Erased),
    /// A command for an older episode: remembered, without effect.
    Stale {
        conversation: ConversationId,
        command: CompactString,
    },
    /// What the customer calls themselves.
    ProfileNamed {
        contact: ContactId,
        name: String,
    },
    /// The language in which the customer is written to from now on.
    LanguageChosen {
        contact: ContactId,
        language: Language,
    },
    FormFilled(Box<FormFilled>),
    /// A chatbot's menu began.
    BotStarted(Box<BotStarted>),
    /// The customer answered the menu, and is there now.
    MenuMoved {
        conversation: ConversationId,
        progress: Progress,
    },
    /// The chatbot is done with the conversation, and says nothing more in it.
    BotEnded {
        conversation: ConversationId,
        chatbot: ChatbotId,
        end: BotEnd,
        /// The labels of what the customer chose on the way, in the customer's language.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        chosen: Vec<String>,
    },
    /// Which agents customers were last with is forgotten where that was before this time.
    KnownAgentsForgotten {
        before: Timestamp,
    },
    /// An address that a visitor typed. It proves nothing.
    EmailTyped {
        contact: ContactId,
        email: String,
    },
    /// A person corrected the contact's name; it stays whatever the profile says.
    ContactRenamed {
        contact: ContactId,
        name: String,
        by: Actor,
    },
    DeadLettered(DeadLetter),
    /// A person sent a dead letter again, or put it away.
    LetterSettled {
        letter: i64,
        by: Actor,
    },
    /// Something that a provider reported about an account, a number or a template, or about a number that no channel has.
    Noticed(Notice),
    TimerSet {
        conversation: ConversationId,
        kind: TimerKind,
        due: Timestamp,
        generation: u64,
    },
    TimerCleared {
        conversation: ConversationId,
        kind: TimerKind,
    },
    /// What an agent chose to work on; `None` when signed out.
    SessionChosen {
        agent: AgentId,
        choice: Option<SessionChoice>,
    },
    OfferMade {
        offer: OfferId,
        conversation: ConversationId,
        queue: QueueId,
        agent: AgentId,
        expires: Timestamp,
    },
    OfferEnded {
        offer: OfferId,
        conversation: ConversationId,
        queue: QueueId,
        agent: AgentId,
        end: OfferEnd,
    },
}

/// What an agent works on, and how present they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionChoice {
    pub queues: Vec<QueueId>,
    pub strategy: WorkStrategy,
    pub presence: Presence,
}

/// A new episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    pub conversation: ConversationId,
    pub kind: ChannelKind,
    pub contact: ContactId,
    pub destination: Destination,
    /// The episode before it on the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<ConversationId>,
    /// The queue is closed at this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside_hours: Option<Box<OutsideHours>>,
    /// The agent whom the customer knows, if the queue gives returning customers back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred: Option<AgentId>,
    /// A message that was left while no chat was possible.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub offline: bool,
    /// A machine wrote: it gets no automatic answer.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub automatic: bool,
    /// The episode before ended by silence, and nobody had answered in it.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub after_silence: bool,
}

impl Opened {
    /// A new episode about which nothing else is to be said.
    #[must_use]
    pub const fn new(
        conversation: ConversationId,
        kind: ChannelKind,
        contact: ContactId,
        destination: Destination,
    ) -> Self {
        Self {
            conversation,
            kind,
            contact,
            destination,
            previous: None,
            outside_hours: None,
            preferred: None,
            offline: false,
            automatic: false,
            after_silence: false,
        }
    }
}

/// What a customer answered to a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormFilled {
    /// The episode that was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    pub contact: ContactId,
    /// The form's name.
    pub form: String,
    /// What was asked, as it was shown, and the answer; in the form's order.
    pub answers: Vec<(String, String)>,
    /// The fingerprint of the caller's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

/// A chatbot's menu, whole: it stays what it was when it began, whatever is configured later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotStarted {
    pub conversation: ConversationId,
    pub chatbot: ChatbotId,
    pub script: Arc<Script>,
    /// Where a conversation goes that the menu cannot lead anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_queue: Option<QueueId>,
    pub language: Language,
}

/// A customer's message, accepted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    pub conversation: ConversationId,
    pub fingerprint: Fingerprint,
    pub message: Arc<Inbound>,
}

/// A message to the customer, recorded together with the intent to send it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    pub conversation: ConversationId,
    pub message: Arc<Outbound>,
    /// The fingerprint of the caller's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// Which of the automatic texts it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_reply: Option<AutoReply>,
}

impl Queued {
    /// Whether nobody of ours wrote it: it answers nothing, and keeps no conversation alive.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        self.auto_reply.is_some() || matches!(self.message.author, Author::Chatbot(_))
    }
}

/// The end of a key's past. What stays of it is this, its numbers, and the fingerprints of its newest ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Everything up to this number.
    pub up_to: u64,
    /// The newest episode of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    pub by: Actor,
    pub why: ErasureReason,
}

/// A provider's report that belongs to no conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The provider's word for it.
    pub kind: CompactString,
    pub fingerprint: Fingerprint,
    /// The provider's JSON.
    pub raw: Box<RawJson>,
}

/// What could not be handled, kept for a person to look at and to send again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    pub cause: String,
    /// What it was, as JSON.
    pub letter: Box<RawJson>,
}

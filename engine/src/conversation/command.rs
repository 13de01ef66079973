//! What a conversation can hear, and what it answers.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, ChatbotId, ConversationId, OfferId, QueueId};
use crate::message::{
    Actor, CloseReason, ErasureReason, Fingerprint, Inbound, Outbound, SendOutcome, Status,
    StatusReport, TimerKind, Timestamp,
};
use crate::provider::NotAllowed;

/// Everything a conversation can hear. The first group comes through the door, the second returns on the lane.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// The customer wrote.
    Receive {
        message: Arc<Inbound>,
        fingerprint: Fingerprint,
    },
    /// The customer wrote, and says who they are with it: both stand in one entry, or neither does.
    ReceiveWith {
        message: Arc<Inbound>,
        fingerprint: Fingerprint,
        introduction: Box<Introduction>,
    },
    /// The provider reports on a message of ours.
    Report {
        report: StatusReport,
        fingerprint: Fingerprint,
    },
    /// Somebody answers the customer. `based_on` is the newest sequence number that the author had seen.
    Send {
        conversation: ConversationId,
        message: Arc<Outbound>,
        fingerprint: Option<Fingerprint>,
        based_on: Option<u64>,
    },
    /// The customer's own page has everything up to this message.
    Mark {
        message: u64,
        status: Status,
    },
    /// The agent who holds the conversation has read the customer's messages up to this number.
    ReadByAgent {
        conversation: ConversationId,
        agent: AgentId,
        up_to: u64,
    },
    Close {
        conversation: ConversationId,
        reason: CloseReason,
        by: Actor,
    },
    /// What was said is to be gone. Refused while the conversation that it would end with is open: close it first.
    Erase {
        past: Past,
        by: Actor,
        why: ErasureReason,
    },
    /// The customer said who they are. It opens nothing, so it is refused while there is no episode yet.
    Introduce(Introduction),

    /// The router's decision.
    Assign {
        conversation: ConversationId,
        queue: Option<QueueId>,
        agent: AgentId,
        by: Actor,
        offer: Option<OfferId>,
        over_capacity: bool,
    },
    /// Back to waiting, if it still belongs to `from`.
    Requeue {
        conversation: ConversationId,
        queue: QueueId,
        by: Actor,
        from: Option<AgentId>,
    },
    /// The outbox is about to call the provider.
    StartAttempt {
        message: u64,
        attempt: u32,
    },
    /// The call ended.
    EndAttempt {
        message: u64,
        attempt: u32,
        outcome: SendOutcome,
        fingerprint: Option<Fingerprint>,
    },
    /// The call's answer never came, and no status either.
    GiveUpAttempt {
        message: u64,
        attempt: u32,
    },
    /// The router has room for the conversation with its chatbot.
    StartBot {
        conversation: ConversationId,
        chatbot: ChatbotId,
    },
    /// The router found nobody logged in to the queue in which the conversation waits.
    NobodyThere {
        conversation: ConversationId,
    },
    TimerDue {
        kind: TimerKind,
        generation: u64,
    },
}

impl Command {
    /// What the customer wrote, if that is what is heard.
    #[must_use]
    pub(super) fn inbound(&self) -> Option<(&Arc<Inbound>, Fingerprint)> {
        match self {
            Self::Receive {
                message,
                fingerprint,
            }
            | Self::ReceiveWith {
                message,
                fingerprint,
                ..
            } => Some((message, *fingerprint)),
            _ => None,
        }
    }
}

/// What a customer says of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<FilledForm>,
}

/// A form with the customer's answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledForm {
    /// The form's name.
    pub form: String,
    /// What was asked, as it was shown, and the answer; in the form's order.
    pub answers: Vec<(String, String)>,
    /// Of the caller's own id, so that sending twice is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}

/// How much of a key's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Everything that was ever said.
    Whole,
    /// An episode and all before it.
    UpTo {
        conversation: ConversationId,
        /// The last number of the episode, as the store had it. If the episode is still the newest, it is all of it.
        seq: u64,
    },
}

/// What the poster of a command is told, once it is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The fact or message with this number stands since now.
    Done {
        conversation: Option<ConversationId>,
        seq: u64,
        at: Timestamp,
    },
    /// It stood already: the command repeats an earlier one, or changes nothing.
    Known {
        conversation: Option<ConversationId>,
        seq: u64,
    },
    /// It could not be handled, and is kept as the dead letter with this number.
    Buried {
        seq: u64,
        at: Timestamp,
    },
    Refused(Refusal),
}

/// Why a command has no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the conversation is closed")]
    Closed,
    #[error("the conversation is another one by now")]
    OtherEpisode { current: Option<ConversationId> },
    /// Somebody else wrote after what the author had seen.
    #[error("somebody else wrote meanwhile")]
    Stale { newest: u64 },
    #[error(transparent)]
    NotAllowed(NotAllowed),
    #[error("the channel was deleted")]
    ChannelDeleted,
    /// The customer may not write. Their source is told yes all the same, or it would come again for ever.
    #[error("the sender is banned")]
    Banned,
    #[error("the conversation is open")]
    Open { conversation: ConversationId },
    #[error("the attempt is not the one that is due")]
    NotDue,
}

//! Everything the router can hear.
//!
//! What must stay true: an event names conversations, agents and offers, never messages. What the journal says is in the
//! past tense and is believed; what people ask for is checked and may be refused.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::skills::SkillSet;
use crate::ids::{AgentId, ChatbotId, ConversationId, ConversationKey, OfferId, QueueId};
use crate::message::{Actor, ChannelKind, Destination, Timestamp};

/// What happened, or what somebody asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum RoutingEvent {
    /// A conversation has nobody and is to be answered. Ignored if it is known already.
    ConversationWaiting(Waiting),
    /// The entry that gives a conversation to an agent is committed.
    ConversationAssigned(Held),
    /// The entry that puts a conversation back to waiting is committed.
    ConversationRequeued(Requeued),
    ConversationClosed {
        conversation: ConversationId,
    },
    /// The conversation did not accept the assignment, for instance because it closed meanwhile.
    AssignmentFailed {
        conversation: ConversationId,
        agent: AgentId,
    },
    /// The entry with which a chatbot's turn begins is committed.
    BotStarted {
        conversation: ConversationId,
    },
    /// The entry that ends a chatbot's turn is committed.
    BotEnded {
        conversation: ConversationId,
    },
    /// The conversation did not begin a chatbot's turn, and nothing was recorded.
    BotFailed {
        conversation: ConversationId,
    },
    /// Starts a session, or replaces what the agent chose for the one that is open.
    AgentSignedIn {
        agent: AgentId,
        session: Session,
    },
    PresenceChanged {
        agent: AgentId,
        presence: Presence,
    },
    /// The agent's last connection is gone; the grace time starts.
    AgentConnectionLost {
        agent: AgentId,
    },
    /// The agent is connected again, with the session as it was.
    AgentConnectionBack {
        agent: AgentId,
    },
    AgentSignedOut {
        agent: AgentId,
    },
    OfferAccepted {
        offer: OfferId,
        agent: AgentId,
    },
    OfferRefused {
        offer: OfferId,
        agent: AgentId,
    },
    /// An agent helps themselves to a conversation that nobody has.
    TakeRequested {
        conversation: ConversationId,
        agent: AgentId,
    },
    /// Give a conversation that nobody has to an agent; a supervisor's override gives any to anybody.
    AssignRequested {
        conversation: ConversationId,
        to: AgentId,
        by: Actor,
        overriding: bool,
    },
    /// Move a conversation to another agent or queue. Its own queue is allowed: the line starts over.
    TransferRequested {
        conversation: ConversationId,
        to: Target,
        by: Actor,
    },
    /// The time of the last [`NextDeadline`](super::RoutingAction::NextDeadline) has come.
    DeadlineReached,
    /// There is a new configuration snapshot. Any event after a change has the same effect.
    ConfigChanged,
}

/// Where a conversation waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    Queue(QueueId),
    Chatbot(ChatbotId),
    /// Where nobody is sent to: a tenant's only queue was deleted. People may take it.
    Nowhere,
}

impl Place {
    /// The queue, if it is one.
    #[must_use]
    pub const fn queue(self) -> Option<QueueId> {
        match self {
            Self::Queue(queue) => Some(queue),
            Self::Chatbot(_) | Self::Nowhere => None,
        }
    }

    /// The chatbot, if it is one.
    #[must_use]
    pub const fn chatbot(self) -> Option<ChatbotId> {
        match self {
            Self::Chatbot(chatbot) => Some(chatbot),
            Self::Queue(_) | Self::Nowhere => None,
        }
    }
}

impl From<Destination> for Place {
    fn from(destination: Destination) -> Self {
        match destination {
            Destination::Queue(queue) => Self::Queue(queue),
            Destination::Chatbot(chatbot) => Self::Chatbot(chatbot),
        }
    }
}

/// To whom a conversation is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    Queue(QueueId),
    Agent(AgentId),
}

/// A conversation that nobody has yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    pub conversation: ConversationId,
    pub key: ConversationKey,
    pub kind: ChannelKind,
    pub place: Place,
    /// When it began to wait for the first time: the age that it keeps whatever happens to it.
    pub waiting_since: Timestamp,
    /// Greater is served first; 0 is usual.
    pub priority: i32,
    pub required: SkillSet,
    /// Agents who refused it or let it time out; they are not offered it again.
    pub refused: Vec<AgentId>,
    /// The agent whom the customer knows: offered first, if eligible.
    pub preferred: Option<AgentId>,
}

/// A conversation that an agent has.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    pub conversation: ConversationId,
    pub key: ConversationKey,
    pub kind: ChannelKind,
    /// The queue it came through, if any.
    pub queue: Option<QueueId>,
    /// The age it has if it must wait again. The router prefers what it knows itself.
    pub waiting_since: Timestamp,
    pub agent: AgentId,
}

/// A conversation that waits again.
#[derive(Clone, Debug, PartialEq)]
pub struct Requeued {
    pub conversation: ConversationId,
    pub key: ConversationKey,
    pub kind: ChannelKind,
    pub queue: QueueId,
    pub by: Actor,
    /// Who had it. Unless the engine itself took it from them, they are not offered it again.
    pub from: Option<AgentId>,
    /// The age of a conversation that the router did not know.
    pub waiting_since: Timestamp,
    /// The agent whom the customer knows, of a conversation that comes from a chatbot.
    pub preferred: Option<AgentId>,
}

/// One open conversation, as the store knows it after a restart.
#[derive(Clone, Debug, PartialEq)]
pub enum OpenConversation {
    /// Also one that was on offer: the offer died with the process.
    Waiting(Waiting),
    /// A chatbot's menu runs in it.
    WithBot(Waiting),
    Held(Held),
}

/// What an agent chose when signing in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The queues whose conversations they want; only those of which they are a member count.
    pub queues: BTreeSet<QueueId>,
    pub strategy: WorkStrategy,
    pub presence: Presence,
    pub skills: SkillSet,
}

/// Which work an agent wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkStrategy {
    Inbound,
    /// Nothing from queues.
    Outbound,
    #[default]
    Blended,
}

/// What an agent says about themselves. Only `Available` gets offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Available,
    Busy,
    Away,
    /// Not there: after the grace time the queue's policy decides about their conversations.
    Offline,
}

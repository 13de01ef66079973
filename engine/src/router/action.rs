//! Everything the router can decide.
//!
//! What must stay true: the router changes nobody's ownership. It asks the conversation, whose committed entry then comes
//! back as an event; until then the capacity is reserved.

use crate::ids::{AgentId, ChatbotId, ConversationId, ConversationKey, OfferId, QueueId};
use crate::message::{Actor, Fact, OfferEnd, Timestamp};

/// What the actor around the state machine must do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum RoutingAction {
    MakeOffer {
        offer: OfferId,
        conversation: ConversationId,
        key: ConversationKey,
        queue: QueueId,
        agent: AgentId,
        expires: Timestamp,
    },
    /// An offer ended without an assignment.
    EndOffer {
        offer: OfferId,
        conversation: ConversationId,
        queue: QueueId,
        agent: AgentId,
        end: OfferEnd,
    },
    /// Ask the conversation to belong to the agent. The answer is `ConversationAssigned`, `AssignmentFailed` or
    /// `ConversationClosed`; one of them must come.
    Assign {
        conversation: ConversationId,
        key: ConversationKey,
        queue: Option<QueueId>,
        agent: AgentId,
        by: Actor,
        offer: Option<OfferId>,
        /// A supervisor's override gave the agent more than the agent's capacity or the queue's limit.
        over_capacity: bool,
    },
    /// Ask the conversation to wait in the queue, if it still belongs to `from`.
    Requeue {
        conversation: ConversationId,
        key: ConversationKey,
        queue: QueueId,
        by: Actor,
        from: Option<AgentId>,
    },
    /// Ask the conversation to begin the chatbot's turn. The answer is `BotStarted`, `BotEnded`, `BotFailed` or an event that
    /// takes the conversation elsewhere; one of them must come.
    StartBot {
        conversation: ConversationId,
        key: ConversationKey,
        chatbot: ChatbotId,
    },
    /// Tell the conversation that nobody is logged in to the queue in which it waits.
    TellNobodyThere {
        conversation: ConversationId,
        key: ConversationKey,
    },
    /// What was asked for cannot be done; nothing changed.
    Refuse { request: Request, reason: Refusal },
    /// Wake the router at this time; replaces the wish before it.
    NextDeadline(Timestamp),
}

impl RoutingAction {
    /// What must be remembered of it.
    pub(super) fn recorded(&self) -> Option<Fact> {
        match *self {
            Self::MakeOffer {
                offer,
                conversation,
                queue,
                agent,
                expires,
                ..
            } => Some(Fact::OfferMade {
                offer,
                conversation,
                queue,
                agent,
                expires,
            }),
            Self::EndOffer {
                offer,
                conversation,
                queue,
                agent,
                end,
            } => Some(Fact::OfferEnded {
                offer,
                conversation,
                queue,
                agent,
                end,
            }),
            Self::Assign { .. }
            | Self::Requeue { .. }
            | Self::StartBot { .. }
            | Self::TellNobodyThere { .. }
            | Self::Refuse { .. }
            | Self::NextDeadline(_) => None,
        }
    }
}

/// What somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    SignIn {
        agent: AgentId,
    },
    Presence {
        agent: AgentId,
    },
    Accept {
        offer: OfferId,
        agent: AgentId,
    },
    Refuse {
        offer: OfferId,
        agent: AgentId,
    },
    Take {
        conversation: ConversationId,
        agent: AgentId,
    },
    Assign {
        conversation: ConversationId,
        to: AgentId,
    },
    Transfer {
        conversation: ConversationId,
    },
}

/// Why it cannot be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the conversation is not open here")]
    UnknownConversation,
    #[error("there is no such agent")]
    UnknownAgent,
    #[error("there is no such queue")]
    UnknownQueue,
    #[error("the agent is not signed in")]
    NotSignedIn,
    #[error("the agent is not a member of the queue")]
    NotAMember,
    #[error("the agent is not logged in to the queue")]
    NotLoggedIn,
    #[error("the agent takes outbound work only")]
    OutboundOnly,
    #[error("the agent has {used} of {capacity} units in use and this takes {weight}")]
    NoCapacity {
        used: u32,
        capacity: u32,
        weight: u32,
    },
    #[error("the queue allows {limit} conversations per agent, and as many e-mails")]
    QueueLimit { limit: u32 },
    #[error("the offer has ended")]
    OfferEnded,
    #[error("the offer is for somebody else")]
    NotYourOffer,
    #[error("the conversation belongs to agent {agent}")]
    AlreadyAssigned { agent: AgentId },
    /// The answer is under way; ask again in a moment.
    #[error("the conversation is being assigned to agent {agent}")]
    BeingAssigned { agent: AgentId },
    #[error("the caller may not do this")]
    NotAllowed,
    #[error("the licence lets {seats} people be logged in at once")]
    NoSeat { seats: u32 },
}

//! One episode, from open to closed, and what it remembers of machines that spoke in it.

use std::sync::Arc;

use crate::chatbot::menu::{Progress, Script};
use crate::ids::{AgentId, ChatbotId, ConversationId, QueueId};
use crate::message::{AutoReply, BotStarted, CloseReason, Destination, Opened, Timestamp};
use crate::texts::Language;

/// Where an episode stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nobody has it: it is in a queue, or a chatbot's.
    Waiting,
    Assigned {
        agent: AgentId,
    },
    Closed {
        at: Timestamp,
        reason: CloseReason,
    },
}

/// One episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    pub id: ConversationId,
    pub opened_at: Timestamp,
    pub queue: Option<QueueId>,
    pub phase: Phase,
    /// When the customer began to wait; kept through refusals and transfers.
    pub waiting_since: Timestamp,
    pub first_answered: bool,
    /// The chatbot's turn, until somebody else's.
    pub bot: Option<Bot>,
    pub said: Said,
    /// A machine opened it: it gets no automatic answer.
    pub automatic: bool,
    /// The number of the newest message that was left in it, by a customer who waits for nobody; 0 for none.
    pub left: u64,
    /// The episode before ended by silence, and nobody had answered in it.
    pub after_silence: bool,
}

impl Episode {
    pub(super) fn opened(opened: &Opened, seq: u64, at: Timestamp) -> Self {
        let (queue, bot) = parted(opened.destination);
        Self {
            id: opened.conversation,
            opened_at: at,
            queue,
            phase: Phase::Waiting,
            waiting_since: at,
            first_answered: false,
            bot: bot.map(Bot::Due),
            said: Said::default(),
            automatic: opened.automatic,
            left: if opened.offline { seq } else { 0 },
            after_silence: opened.after_silence,
        }
    }

    /// Whether it has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Closed { .. })
    }

    /// Whether it waits in a queue for somebody to take it.
    pub(super) fn waits(&self) -> bool {
        self.phase == Phase::Waiting && self.bot.is_none()
    }

    /// Whether a message was left that nobody has answered yet: silence does not end it before. `answered` is the number of
    /// the newest answer.
    pub(super) fn keeps_a_message(&self, answered: u64) -> bool {
        self.left > answered
    }

    /// Whether it ended by silence, and nobody had answered in it.
    pub(super) fn ended_unanswered(&self) -> bool {
        let by_silence = |reason| matches!(reason, CloseReason::Idle | CloseReason::TimedOut);
        match self.phase {
            Phase::Closed { reason, .. } => by_silence(reason) && !self.first_answered,
            Phase::Waiting | Phase::Assigned { .. } => false,
        }
    }

    /// The menu that runs.
    #[must_use]
    pub fn turn(&self) -> Option<&Turn> {
        match &self.bot {
            Some(Bot::Running(turn)) => Some(turn),
            Some(Bot::Due(_)) | None => None,
        }
    }

    pub(super) fn turn_mut(&mut self) -> Option<&mut Turn> {
        match &mut self.bot {
            Some(Bot::Running(turn)) => Some(turn),
            Some(Bot::Due(_)) | None => None,
        }
    }
}

/// The queue or the chatbot of a destination.
pub(super) const fn parted(destination: Destination) -> (Option<QueueId>, Option<ChatbotId>) {
    match destination {
        Destination::Queue(queue) => (Some(queue), None),
        Destination::Chatbot(chatbot) => (None, Some(chatbot)),
    }
}

/// How far a chatbot's turn is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bot {
    /// It waits in the chatbot's line for the router to start it.
    Due(ChatbotId),
    Running(Box<Turn>),
}

impl Bot {
    /// Whose turn it is.
    #[must_use]
    pub fn chatbot(&self) -> ChatbotId {
        match self {
            Self::Due(chatbot) => *chatbot,
            Self::Running(turn) => turn.chatbot,
        }
    }
}

/// A menu that runs, as it was when it began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub chatbot: ChatbotId,
    pub script: Arc<Script>,
    pub fallback_queue: Option<QueueId>,
    pub language: Language,
    pub progress: Progress,
    pub started_at: Timestamp,
    /// Of its timer; 0 without one.
    pub generation: u64,
}

impl Turn {
    /// A menu that begins at `at`.
    #[must_use]
    pub fn begun(started: &BotStarted, at: Timestamp) -> Self {
        Self {
            chatbot: started.chatbot,
            script: Arc::clone(&started.script),
            fallback_queue: started.fallback_queue,
            language: started.language,
            progress: Progress::default(),
            started_at: at,
            generation: 0,
        }
    }
}

/// The agent who had the customer last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAgent {
    pub agent: AgentId,
    pub at: Timestamp,
}

/// Which automatic texts were said in an episode. Its bits are stored: they never change their meaning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said(pub u8);

impl Said {
    /// The bit of one of them.
    #[must_use]
    pub const fn bit(reply: AutoReply) -> u8 {
        match reply {
            AutoReply::Welcome => 1,
            AutoReply::OutsideHours => 2,
            AutoReply::NoAgent => 4,
            AutoReply::Closed => 8,
        }
    }

    /// Whether it was said.
    #[must_use]
    pub const fn has(self, reply: AutoReply) -> bool {
        self.0 & Self::bit(reply) != 0
    }

    pub(super) fn add(&mut self, reply: AutoReply) {
        self.0 |= Self::bit(reply);
    }
}

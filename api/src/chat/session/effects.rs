//! What a session decides, and what it is told came of that.
//!
//! What must stay true: a session learns of the world by these only, so that it can be tried without one.

use std::time::Duration;

use compact_str::CompactString;
use ecluse_engine::ids::ConversationId;
use ecluse_engine::message::{Status, Timestamp};

use crate::chat::form::Form;
use crate::chat::frames::ToVisitor;
use crate::chat::introduction::Introduction;

/// What is done about what a socket heard, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Tell(ToVisitor),
    /// Hand the message to the conversation.
    Receive {
        client_id: CompactString,
        body: String,
        /// The choice of a menu whose label the body is.
        choice: Option<CompactString>,
        /// Who the visitor says to be, where no other place has room for it.
        introduction: Option<Introduction>,
    },
    /// Hand over a message that nobody can answer now, with who left it.
    Leave {
        client_id: CompactString,
        body: String,
        introduction: Introduction,
    },
    /// Record who the visitor says to be, and name the form when it has come out.
    Introduce {
        form: u32,
        introduction: Introduction,
    },
    /// Read the form with which a message is left.
    FindForm,
    /// Record how far the answers got.
    Mark {
        message: u64,
        status: Status,
    },
    /// The visitor ends the conversation.
    End {
        conversation: ConversationId,
    },
    /// Tell the agents that the visitor types.
    Typing {
        conversation: ConversationId,
        typing: bool,
    },
    /// The page sends on although it was told to wait: that counts as a message.
    Excess,
    HangUp(u16),
}

/// How something that took its time came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Received {
        client_id: CompactString,
        taken: Taken,
    },
    /// A message that was left.
    Left {
        client_id: CompactString,
        taken: Taken,
    },
    Marked {
        message: u64,
        status: Status,
        recorded: bool,
    },
    Ended,
    /// A form of this session. What could not be recorded is still kept.
    Introduced {
        form: u32,
        recorded: bool,
    },
    /// What was kept from before, on whichever page it was filled in; no page waits for that.
    Remembered,
    /// The form with which a message is left.
    Found(Form),
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Durable {
        seq: u64,
        at: Timestamp,
    },
    /// Nothing was taken: the page must send it again.
    Not {
        retry_after: Duration,
    },
    Lost,
    /// The visitor is banned, since this message or before.
    Banned,
}

/// What the session cannot know by itself when a frame comes.
pub struct Around<'a> {
    pub now: Timestamp,
    /// Whether the channel still exists.
    pub channel_exists: bool,
    /// Takes room for one message of the visitor.
    pub pace: &'a mut dyn FnMut() -> Result<(), Duration>,
    /// Keeps who the visitor says to be until it is recorded, for all pages and over a break; false if there is no room.
    pub keep: &'a mut dyn FnMut(Introduction) -> bool,
}

impl std::fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}

//! Whether the visitor waits for somebody who has not come, in a queue or in a chatbot's line: then they may leave a message
//! instead.
//!
//! What must stay true: the page is told of each change once, beginning with what its welcome said.

use ecluse_adapters::storage::read_model::visitor::VisitorHistory;
use ecluse_engine::message::Fact;

use crate::chat::frames::ToVisitor;

/// What the visitor waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// The conversation is in a queue or in a chatbot's line, and nobody has it.
    in_line: bool,
    /// A message was left in it that nobody has answered.
    left: bool,
    told: bool,
}

impl Waiting {
    pub(super) const fn begin(history: &VisitorHistory) -> Self {
        Self {
            in_line: history.waits,
            left: false,
            told: history.waits,
        }
    }

    pub(super) const fn is_so(self) -> bool {
        self.in_line && !self.left
    }

    pub(super) fn learn(&mut self, fact: &Fact) {
        match fact {
            Fact::Opened(opened) => {
                self.in_line = true;
                self.left = opened.offline;
            }
            Fact::Reopened {
                queue,
                agent,
                chatbot,
                ..
            } => {
                self.in_line = agent.is_none() && (queue.is_some() || chatbot.is_some());
                self.left = false;
            }
            Fact::Received(received) if received.message.offline => self.left |= self.in_line,
            Fact::Queued(queued) if !queued.is_automatic() => self.left = false,
            Fact::Requeued { .. } => self.in_line = true,
            Fact::Assigned { .. }
            | Fact::BotStarted(_)
            | Fact::BotEnded { .. }
            | Fact::Closed { .. } => self.in_line = false,
            _ => {}
        }
    }

    /// What the page is to be told, if it changed.
    pub(super) fn news(&mut self) -> Option<ToVisitor> {
        let waiting = self.is_so();
        let known = std::mem::replace(&mut self.told, waiting);
        (known != waiting).then_some(ToVisitor::Waiting { waiting })
    }
}

//! Whether the visitor waits in a queue for somebody who has not come: then they may leave a message instead.
//!
//! What must stay true: the page is told of each change once, beginning with what its welcome said.

use ecluse_adapters::storage::read_model::visitor::VisitorHistory;
use ecluse_engine::message::{Destination, Fact};

use crate::chat::frames::ToVisitor;

/// What the visitor waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    /// The conversation is in a queue, and nobody has it.
    in_queue: bool,
    /// A message was left in it that nobody has answered.
    left: bool,
    told: bool,
}

impl Waiting {
    pub(super) const fn begin(history: &VisitorHistory) -> Self {
        Self {
            in_queue: history.waits,
            left: false,
            told: history.waits,
        }
    }

    pub(super) const fn is_so(self) -> bool {
        self.in_queue && !self.left
    }

    pub(super) fn learn(&mut self, fact: &Fact) {
        match fact {
            Fact::Opened(opened) => {
                self.in_queue = matches!(opened.destination, Destination::Queue(_));
                self.left = opened.offline;
            }
            Fact::Reopened { queue, agent, .. } => {
                self.in_queue = queue.is_some() && agent.is_none();
                self.left = false;
            }
            Fact::Received(received) if received.message.offline => self.left |= self.in_queue,
            Fact::Queued(queued) if !queued.is_automatic() => self.left = false,
            Fact::Requeued { .. } => self.in_queue = true,
            Fact::Assigned { .. } | Fact::BotStarted(_) | Fact::Closed { .. } => {
                self.in_queue = false;
            }
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

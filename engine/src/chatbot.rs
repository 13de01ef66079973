//! Chatbots: destinations that answer by an option menu and lead to a queue.

mod answer;
pub mod menu;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::answer::folded;
use self::menu::Script;
use crate::ids::{ChatbotId, QueueId, TenantId};

/// A chatbot, as the engine sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chatbot {
    pub id: ChatbotId,
    pub tenant: TenantId,
    pub name: String,
    /// Conversations at once; 0 is no limit. Others wait in its line.
    pub concurrency_limit: u32,
    /// Where a conversation goes that the menu cannot lead anywhere: after too many wrong answers, after a time-out. Without
    /// one the menu is repeated, and a time-out closes the conversation.
    pub fallback_queue: Option<QueueId>,
    /// What it says. A running menu keeps the one that it started with.
    pub script: Arc<Script>,
}

impl Chatbot {
    /// Every queue to which it may lead.
    #[must_use]
    pub fn queues(&self) -> Vec<QueueId> {
        let mut queues = self.script.queues();
        queues.extend(self.fallback_queue);
        queues
    }
}

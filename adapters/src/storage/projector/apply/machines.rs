//! What chatbots and automatic replies leave in the read model.
//!
//! What must stay true: a menu has a row as long as it runs, so that a conversation wakes in the midst of it.

use ecluse_engine::chatbot::menu::Progress;
use ecluse_engine::conversation::Said;
use ecluse_engine::ids::ConversationId;
use ecluse_engine::message::{AutoReply, BotStarted};
use rusqlite::params;

use super::{Batch, Place, json};

impl Batch<'_> {
    pub(super) fn bot_started(
        &self,
        place: &Place<'_>,
        started: &BotStarted,
    ) -> rusqlite::Result<()> {
        self.execute(
            "INSERT OR REPLACE INTO bot_turns (conversation, chatbot, script, fallback_queue, language, progress, started_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                started.conversation.as_bytes(),
                started.chatbot.as_bytes(),
                json(&started.script),
                started.fallback_queue.as_ref().map(|id| id.as_bytes()),
                json(&started.language),
                json(&Progress::default()),
                place.at.0
            ],
        )
    }

    pub(super) fn menu_moved(
        &self,
        conversation: ConversationId,
        progress: &Progress,
    ) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE bot_turns SET progress = ?2 WHERE conversation = ?1",
            params![conversation.as_bytes(), json(progress)],
        )
    }

    pub(super) fn bot_ended(&self, conversation: ConversationId) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE conversations SET chatbot = NULL WHERE id = ?1",
            params![conversation.as_bytes()],
        )?;
        self.turn_over(conversation)
    }

    pub(super) fn turn_over(&self, conversation: ConversationId) -> rusqlite::Result<()> {
        self.execute(
            "DELETE FROM bot_turns WHERE conversation = ?1",
            params![conversation.as_bytes()],
        )
    }

    pub(super) fn auto_replied(
        &self,
        conversation: ConversationId,
        reply: AutoReply,
    ) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE conversations SET auto_replied = auto_replied | ?2 WHERE id = ?1",
            params![conversation.as_bytes(), Said::bit(reply)],
        )
    }
}

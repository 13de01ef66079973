//! The timers of conversations.
//!
//! What must stay true: a conversation wakes with the generation of each of its timers, so that it knows an old one.

use ecluse_engine::ids::ConversationId;
use ecluse_engine::message::{TimerKind, Timestamp};
use rusqlite::params;

use super::super::rows::timer_number;
use super::{Batch, Place};

impl Batch<'_> {
    pub(super) fn timer_set(
        &self,
        place: &Place<'_>,
        conversation: ConversationId,
        kind: TimerKind,
        due: Timestamp,
        generation: u64,
    ) -> rusqlite::Result<()> {
        self.execute(
            "INSERT INTO timers (key, kind, due, generation) VALUES (?1, ?4, ?2, ?3) \
             ON CONFLICT (key, kind) DO UPDATE SET due = excluded.due, generation = excluded.generation",
            params![place.digest.0, due.0, generation, timer_number(kind)],
        )?;
        self.timer_known(conversation, kind, generation)
    }

    pub(super) fn timer_cleared(
        &self,
        place: &Place<'_>,
        conversation: ConversationId,
        kind: TimerKind,
    ) -> rusqlite::Result<()> {
        self.execute(
            "DELETE FROM timers WHERE key = ?1 AND kind = ?2",
            params![place.digest.0, timer_number(kind)],
        )?;
        self.timer_known(conversation, kind, 0)
    }

    /// The conversation ignores timers of any other generation.
    fn timer_known(
        &self,
        conversation: ConversationId,
        kind: TimerKind,
        generation: u64,
    ) -> rusqlite::Result<()> {
        let sql = match kind {
            TimerKind::IdleClose => "UPDATE conversations SET idle_generation = ?2 WHERE id = ?1",
            TimerKind::BotTimeout => "UPDATE bot_turns SET generation = ?2 WHERE conversation = ?1",
        };
        self.execute(sql, params![conversation.as_bytes(), generation])
    }
}

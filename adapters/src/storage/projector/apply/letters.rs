//! The dead letters: what nobody could handle, and what was settled of it.

use ecluse_engine::message::{DeadLetter, Timestamp};
use rusqlite::params;

use super::{Batch, Place, json};

impl Batch<'_> {
    pub(super) fn dead_lettered(
        &self,
        place: &Place<'_>,
        letter: &DeadLetter,
    ) -> rusqlite::Result<()> {
        self.insert_letter(
            place.at,
            &json(place.key),
            place.key.tenant.0,
            letter,
            place.seq,
        )
    }

    pub(super) fn insert_letter(
        &self,
        at: Timestamp,
        key: &str,
        tenant: u32,
        letter: &DeadLetter,
        seq: u64,
    ) -> rusqlite::Result<()> {
        self.execute(
            "INSERT INTO dead_letters (at, tenant, key, cause, letter, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![at.0, tenant, key, letter.cause, letter.letter.0.get(), seq],
        )
    }

    pub(super) fn letter_settled(&self, letter: i64, at: Timestamp) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE dead_letters SET settled_at = ?2 WHERE id = ?1",
            params![letter, at.0],
        )
    }
}

//! The rows of a key in one chain: what was said on it, and what happened.
//!
//! What must stay true: each row names the one before it, and each [`MARK_EVERY`]th is marked. Where the rows end is known to
//! the batch, else to the chains that were committed, else to the key itself.

use ecluse_engine::ids::{ConversationId, KeyDigest};
use ecluse_engine::message::{Fact, Fingerprint};
use rusqlite::{OptionalExtension as _, params};

use super::super::chains::Chain;
use super::super::rows::{MARK_EVERY, kind};
use super::{Batch, Place, fingerprint_bytes, json};

/// The number of a key's first fact: what has it has no rows yet.
const FIRST_SEQ: u64 = 1;

impl Batch<'_> {
    pub(super) fn insert_event(&mut self, place: &Place<'_>, fact: &Fact) -> rusqlite::Result<()> {
        let fingerprint = match fact {
            Fact::FormFilled(form) => form.fingerprint,
            _ => None,
        };
        self.insert_row(place, None, kind::EVENT, fingerprint, &json(fact))
            .map(|_| ())
    }

    /// Appends to the key's rows; the new row's id.
    pub(super) fn insert_row(
        &mut self,
        place: &Place<'_>,
        episode: Option<ConversationId>,
        kind: i64,
        fingerprint: Option<Fingerprint>,
        body: &str,
    ) -> rusqlite::Result<i64> {
        let before = match self.change(place.digest).chain {
            Some(chain) => chain,
            None => self.chain_before(place)?,
        };
        self.execute(
            "INSERT INTO timeline (previous, key, seq, at, episode, kind, fingerprint, body) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                before.newest_row,
                place.digest.0,
                place.seq,
                place.at.0,
                episode.as_ref().map(|id| id.as_bytes()),
                kind,
                fingerprint.map(fingerprint_bytes),
                body
            ],
        )?;
        let row = self.transaction.last_insert_rowid();
        let row_count = before.row_count + 1;
        if row_count.is_multiple_of(MARK_EVERY) {
            self.execute(
                "INSERT INTO timeline_marks (key, seq, row) VALUES (?1, ?2, ?3)",
                params![place.digest.0, place.seq, row],
            )?;
        }
        self.change(place.digest).chain = Some(Chain {
            newest_row: row,
            row_count,
        });
        Ok(row)
    }

    /// The end of the key's rows before this transaction.
    fn chain_before(&self, place: &Place<'_>) -> rusqlite::Result<Chain> {
        if place.seq == FIRST_SEQ {
            return Ok(Chain::default());
        }
        match self.chains.get(place.digest) {
            Some(chain) => Ok(chain),
            None => self.stored_chain(place.digest),
        }
    }

    pub(super) fn stored_chain(&self, digest: KeyDigest) -> rusqlite::Result<Chain> {
        self.transaction
            .prepare_cached("SELECT newest_row, row_count FROM keys WHERE key = ?1")?
            .query_row([digest.0], |row| {
                Ok(Chain {
                    newest_row: row.get(0)?,
                    row_count: row.get(1)?,
                })
            })
            .optional()
            .map(Option::unwrap_or_default)
    }
}

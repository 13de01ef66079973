//! What an erasure takes out of the read model: everything that was said on a key up to a number, and who said it if nothing
//! else is left of them.
//!
//! What must stay true: the rows of a key stay linked, counted and marked. What is erased is the lower end of the chain, so
//! its newest row takes the place of all: it keeps its id, by which the row above names it, and says when and why. What
//! else stays are the numbers and the fingerprints of recent ids, by which a repetition is known.

use ecluse_engine::conversation::recent::REMEMBERED;
use ecluse_engine::ids::KeyDigest;
use ecluse_engine::message::{Erased, ErasureReason, Fact, Timestamp};
use rusqlite::{OptionalExtension as _, params};
use uuid::Uuid;

use super::super::rows::kind;
use super::{Batch, Chain, Place, json};

/// A row of the chain that is taken apart.
struct Link {
    previous: i64,
    seq: u64,
    at: i64,
    fingerprint: Option<[u8; 16]>,
}

impl Batch<'_> {
    pub(super) fn erased(
        &mut self,
        place: &Place<'_>,
        fact: &Fact,
        erased: &Erased,
    ) -> rusqlite::Result<()> {
        self.has_erased = true;
        self.write_now(place.digest)?;
        self.erase_rows(place, fact, erased.up_to)?;
        self.execute(
            "DELETE FROM deliveries WHERE key = ?1 AND seq <= ?2",
            params![place.digest.0, erased.up_to],
        )?;
        self.erase_letters(place, erased.up_to)?;
        for conversation in self.conversations_up_to(place, erased.up_to)? {
            self.erase_conversation(place, conversation)?;
        }
        self.forget_numbers(place, erased)?;
        if self.is_without_conversation(place)? {
            self.erase_customer(place)?;
            if erased.why == ErasureReason::Requested {
                self.erase_notices(place)?;
            }
        }
        Ok(())
    }

    /// Replaces the rows up to a number by one that says that they are gone.
    fn erase_rows(&mut self, place: &Place<'_>, fact: &Fact, up_to: u64) -> rusqlite::Result<()> {
        let Some((newest, link)) = self.newest_up_to(place, up_to)? else {
            return Ok(());
        };
        let remembered = remembered_from(place.at);
        self.execute("DELETE FROM erased_ids WHERE at < ?1", params![remembered])?;
        self.keep_id(place, &link, remembered)?;
        let gone = self.erase_chain(place, link.previous, remembered)?;
        self.execute(
            "UPDATE timeline SET previous = 0, at = ?2, episode = NULL, kind = ?3, fingerprint = NULL, body = ?4 WHERE id = ?1",
            params![newest, place.at.0, kind::EVENT, json(fact)],
        )?;
        self.execute(
            "DELETE FROM timeline_marks WHERE key = ?1 AND seq < ?2",
            params![place.digest.0, link.seq],
        )?;
        self.execute(
            "UPDATE keys SET erased_rows = erased_rows + ?2 WHERE key = ?1",
            params![place.digest.0, gone],
        )
    }

    /// The newest row up to a number, found from the mark above it or the end of the chain.
    fn newest_up_to(&self, place: &Place<'_>, up_to: u64) -> rusqlite::Result<Option<(i64, Link)>> {
        let mark: Option<i64> = self
            .transaction
            .prepare_cached(
                "SELECT row FROM timeline_marks WHERE key = ?1 AND seq > ?2 ORDER BY seq LIMIT 1",
            )?
            .query_row(params![place.digest.0, up_to], |row| row.get(0))
            .optional()?;
        let mut row = match (mark, self.keys.get(&place.digest)) {
            (Some(mark), _) => mark,
            (None, Some(change)) => change.chain.map_or(0, |chain| chain.newest_row),
            (None, None) => 0,
        };
        while row != 0 {
            let link = self.link(row)?;
            if link.seq <= up_to {
                return Ok(Some((row, link)));
            }
            row = link.previous;
        }
        Ok(None)
    }

    /// Deletes a row and all below it; how many.
    fn erase_chain(
        &self,
        place: &Place<'_>,
        mut row: i64,
        remembered: i64,
    ) -> rusqlite::Result<u64> {
        let mut gone = 0;
        while row != 0 {
            let link = self.link(row)?;
            self.keep_id(place, &link, remembered)?;
            self.execute("DELETE FROM timeline WHERE id = ?1", params![row])?;
            (row, gone) = (link.previous, gone + 1);
        }
        Ok(gone)
    }

    fn link(&self, row: i64) -> rusqlite::Result<Link> {
        self.transaction
            .prepare_cached("SELECT previous, seq, at, fingerprint FROM timeline WHERE id = ?1")?
            .query_row([row], |row| {
                Ok(Link {
                    previous: row.get(0)?,
                    seq: row.get(1)?,
                    at: row.get(2)?,
                    fingerprint: row.get(3)?,
                })
            })
    }

    fn keep_id(&self, place: &Place<'_>, link: &Link, remembered: i64) -> rusqlite::Result<()> {
        let Some(fingerprint) = link.fingerprint.filter(|_| link.at >= remembered) else {
            return Ok(());
        };
        self.execute(
            "INSERT INTO erased_ids (key, seq, at, fingerprint) VALUES (?1, ?2, ?3, ?4)",
            params![place.digest.0, link.seq, link.at, fingerprint],
        )
    }

    fn conversations_up_to(&self, place: &Place<'_>, up_to: u64) -> rusqlite::Result<Vec<Uuid>> {
        self.transaction
            .prepare_cached("SELECT id FROM conversations WHERE key = ?1 AND first_seq <= ?2")?
            .query_map(params![place.digest.0, up_to], |row| {
                row.get(0).map(Uuid::from_bytes)
            })?
            .collect()
    }

    /// A conversation, its offers, what it told a chatbot, and what crashed over it elsewhere: a letter describes that in words, with the id in it.
    fn erase_conversation(&self, place: &Place<'_>, id: Uuid) -> rusqlite::Result<()> {
        self.execute(
            "DELETE FROM offers WHERE conversation = ?1",
            params![id.as_bytes()],
        )?;
        self.execute(
            "DELETE FROM bot_turns WHERE conversation = ?1",
            params![id.as_bytes()],
        )?;
        self.execute(
            "UPDATE conversations SET previous = NULL WHERE key = ?1 AND previous = ?2",
            params![place.digest.0, id.as_bytes()],
        )?;
        self.execute(
            "DELETE FROM conversations WHERE id = ?1",
            params![id.as_bytes()],
        )?;
        self.execute(
            "DELETE FROM dead_letters WHERE tenant = ?1 AND instr(letter, ?2) > 0",
            params![place.key.tenant.0, id.to_string()],
        )
    }

    fn erase_letters(&self, place: &Place<'_>, up_to: u64) -> rusqlite::Result<()> {
        self.execute(
            "DELETE FROM dead_letters WHERE tenant = ?1 AND key = ?2 AND seq <= ?3",
            params![place.key.tenant.0, json(place.key), up_to],
        )
    }

    /// As [`State`](ecluse_engine::conversation::State) forgets.
    fn forget_numbers(&self, place: &Place<'_>, erased: &Erased) -> rusqlite::Result<()> {
        let newest = erased.conversation.as_ref().map(|id| id.as_bytes());
        self.execute(
            "DELETE FROM kept_statuses WHERE key = ?1 AND (SELECT episode FROM keys WHERE key = ?1) IS ?2",
            params![place.digest.0, newest],
        )?;
        self.execute(
            "UPDATE keys SET erased_up_to = max(erased_up_to, ?2), \
             last_in_seq = iif(last_in_seq > ?2, last_in_seq, 0), \
             read_in_seq = iif(read_in_seq > ?2, read_in_seq, 0), \
             other_out_seq = iif(other_out_seq > ?2, other_out_seq, 0), \
             last_out_author = iif(last_out_seq > ?2, last_out_author, NULL), \
             last_out_seq = iif(last_out_seq > ?2, last_out_seq, 0), \
             last_inbound_at = iif(episode IS ?3, NULL, last_inbound_at), \
             episode = nullif(episode, ?3) WHERE key = ?1",
            params![place.digest.0, erased.up_to, newest],
        )
    }

    fn is_without_conversation(&self, place: &Place<'_>) -> rusqlite::Result<bool> {
        let mut any = self
            .transaction
            .prepare_cached("SELECT 1 FROM conversations WHERE key = ?1")?;
        Ok(!any.exists([place.digest.0])?)
    }

    /// Who wrote on the key; and the contact, if they write nowhere else.
    fn erase_customer(&self, place: &Place<'_>) -> rusqlite::Result<()> {
        let contact: Option<[u8; 16]> = self
            .transaction
            .prepare_cached("DELETE FROM addresses WHERE key = ?1 RETURNING contact")?
            .query_row([place.digest.0], |row| row.get(0))
            .optional()?;
        self.execute("DELETE FROM timers WHERE key = ?1", [place.digest.0])?;
        self.execute("DELETE FROM known_agents WHERE key = ?1", [place.digest.0])?;
        // What crashed a channel or the router is described in words; an address in them has quotes, which JSON escapes.
        self.execute(
            "DELETE FROM dead_letters WHERE tenant = ?1 AND instr(letter, ?2) > 0",
            params![place.key.tenant.0, format!("\\\"{}\\\"", place.key.address)],
        )?;
        self.execute(
            "DELETE FROM contacts WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM addresses WHERE contact = ?1)",
            params![contact],
        )
    }

    /// What a provider said of the customer beside all conversations, as of a number that no channel has.
    fn erase_notices(&self, place: &Place<'_>) -> rusqlite::Result<()> {
        self.execute(
            "DELETE FROM notices WHERE tenant = ?1 AND instr(raw, ?2) > 0",
            params![place.key.tenant.0, json(&place.key.address)],
        )
    }

    /// Writes what the batch knows of a key now, so that the tables say all.
    fn write_now(&mut self, digest: KeyDigest) -> rusqlite::Result<()> {
        let chain = match self.keys.get(&digest).and_then(|change| change.chain) {
            Some(chain) => chain,
            None => match self.chains.get(digest) {
                Some(chain) => chain,
                None => self.stored_chain(digest)?,
            },
        };
        let known = self.keys.remove(&digest).unwrap_or_default();
        self.write(digest, &known)?;
        self.change(digest).chain = (chain != Chain::default()).then_some(chain);
        Ok(())
    }
}

/// The oldest time whose ids are remembered. They are, to the whole second above.
fn remembered_from(now: Timestamp) -> i64 {
    let remembered = i64::try_from(REMEMBERED.as_micros()).unwrap_or(i64::MAX);
    now.0.saturating_sub(remembered).saturating_sub(1_000_000)
}

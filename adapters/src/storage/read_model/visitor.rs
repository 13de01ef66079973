//! What the visitor's own page shows: the messages of one key, across its episodes.
//!
//! What must stay true: everything is read as of one state of the store, so that the newest number that is told and the
//! messages up to it belong together.

use ecluse_engine::ids::{ConversationId, ConversationKey, KeyDigest};
use ecluse_engine::message::{Fact, Inbound, Outbound, Timestamp};
use ecluse_engine::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::ReadModel;
use super::engine::{json_from, optional_uuid};
use super::timeline::{self, Line, Span};
use crate::storage::projector::rows::{kind, phase};

/// Which part of a visitor's history is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisitorRange {
    /// Everything above this number, if that is at most `gap_max` rows.
    pub after: Option<u64>,
    /// The longest gap that is closed.
    pub gap_max: u32,
    /// The newest rows when there is no gap, or none that can be closed.
    pub recent: u32,
}

/// A visitor's side of one key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VisitorHistory {
    /// The newest number of the key; 0 if nothing was ever said.
    pub newest: u64,
    /// Whether a conversation is left, and with it the contact: numbers go on after an erasure, and nobody is known any more.
    pub is_known: bool,
    /// The episode that is open.
    pub open: Option<ConversationId>,
    /// Whether it waits in a queue or in a chatbot's line, nobody has it, and nothing was left in it that nobody has answered.
    pub waits: bool,
    /// Whether `rows` are everything above the number that was asked for; else they are the newest.
    pub gapless: bool,
    /// Ascending by number.
    pub rows: Vec<VisitorRow>,
    pub reached: Reached,
    /// The newest of the visitor's messages that an agent has read.
    pub read_by_agent: u64,
}

/// One thing that the visitor sees.
#[derive(Clone, Debug, PartialEq)]
pub struct VisitorRow {
    pub seq: u64,
    pub at: Timestamp,
    pub said: Said,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Received(Box<Inbound>),
    Sent(Box<Outbound>),
    /// An assignment or a close.
    Event(Box<Fact>),
}

/// How far the answers on the key got: the newest number of each status, 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    pub sent: u64,
    pub delivered: u64,
    pub read: u64,
}

impl ReadModel {
    /// The visitor's side of a key.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn visitor_history(
        &self,
        key: &ConversationKey,
        range: VisitorRange,
    ) -> Result<VisitorHistory, StoreError> {
        let digest = key.digest();
        self.read(move |connection| history(connection, digest, range))
            .await
    }

    /// When the row with this number was written.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn said_at(
        &self,
        key: &ConversationKey,
        seq: u64,
    ) -> Result<Option<Timestamp>, StoreError> {
        let digest = key.digest();
        self.read(move |connection| {
            let span = Span {
                from: seq,
                below: seq.saturating_add(1),
            };
            let mut found =
                timeline::newest(connection, digest, span, 1, |line| line.at().map(Some))?;
            Ok(found.pop())
        })
        .await
    }
}

fn history(
    connection: &Connection,
    key: KeyDigest,
    range: VisitorRange,
) -> rusqlite::Result<VisitorHistory> {
    let head = connection
        .prepare_cached(
            "SELECT k.next_seq, c.id IS NOT NULL, CASE WHEN c.phase < ?2 THEN c.id END, k.read_in_seq, \
             coalesce(c.phase = ?3 AND c.offline <= k.last_out_seq AND CASE WHEN c.chatbot IS NULL THEN c.queue IS NOT NULL \
             ELSE NOT EXISTS (SELECT 1 FROM bot_turns b WHERE b.conversation = c.id) END, 0) \
             FROM keys k LEFT JOIN conversations c ON c.id = k.episode WHERE k.key = ?1",
        )?
        .query_row(params![key.0, phase::CLOSED, phase::WAITING], |row| {
            let (open, waits) = (optional_uuid(row, 2)?, row.get(4)?);
            Ok((row.get::<_, u64>(0)?, row.get(1)?, open, row.get(3)?, waits))
        })
        .optional()?;
    let Some((next, is_known, open, read_by_agent, waits)) = head else {
        return Ok(VisitorHistory {
            gapless: range.after == Some(0),
            ..VisitorHistory::default()
        });
    };
    let newest = next.saturating_sub(1);
    let gap = match range.after.filter(|after| *after <= newest) {
        Some(after) => gap(connection, key, after, range.gap_max)?,
        None => None,
    };
    Ok(VisitorHistory {
        newest,
        is_known,
        open: open.map(ConversationId),
        waits,
        gapless: gap.is_some(),
        rows: match gap {
            Some(rows) => rows,
            None => recent(connection, key, range.recent)?,
        },
        reached: reached(connection, key)?,
        read_by_agent,
    })
}

/// Everything shown above `after`, unless it is too much.
fn gap(
    connection: &Connection,
    key: KeyDigest,
    after: u64,
    most: u32,
) -> rusqlite::Result<Option<Vec<VisitorRow>>> {
    let most = most as usize;
    let above = Span::from(after + 1);
    let rows = timeline::newest(connection, key, above, most + 1, shown)?;
    Ok((rows.len() <= most).then_some(rows))
}

fn recent(connection: &Connection, key: KeyDigest, most: u32) -> rusqlite::Result<Vec<VisitorRow>> {
    timeline::newest(connection, key, Span::ALL, most as usize, shown)
}

/// A fact's tag is the first member of its JSON.
const SHOWN_EVENTS: [&str; 2] = ["{\"fact\":\"assigned\"", "{\"fact\":\"closed\""];

fn shown(line: &Line<'_>) -> rusqlite::Result<Option<VisitorRow>> {
    let body = line.body()?;
    let said = match line.kind()? {
        kind::RECEIVED => Said::Received(Box::new(json_from(body)?)),
        kind::QUEUED => Said::Sent(Box::new(json_from(body)?)),
        _ if SHOWN_EVENTS.iter().any(|tag| body.starts_with(tag)) => {
            Said::Event(Box::new(json_from(body)?))
        }
        _ => return Ok(None),
    };
    Ok(Some(VisitorRow {
        seq: line.seq()?,
        at: line.at()?,
        said,
    }))
}

fn reached(connection: &Connection, key: KeyDigest) -> rusqlite::Result<Reached> {
    connection
        .prepare_cached(
            "SELECT max(CASE WHEN status IN (1, 3, 4) THEN seq END), max(CASE WHEN status IN (3, 4) THEN seq END), \
             max(CASE WHEN status = 4 THEN seq END) FROM \
             (SELECT seq, status FROM deliveries WHERE key = ?1 ORDER BY seq DESC LIMIT 256)",
        )?
        .query_row([key.0], |row| {
            let number = |column| row.get::<_, Option<u64>>(column).map(Option::unwrap_or_default);
            Ok(Reached { sent: number(0)?, delivered: number(1)?, read: number(2)? })
        })
}

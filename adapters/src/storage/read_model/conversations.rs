//! Conversations and their messages, as people and programs read them.

use std::ops::ControlFlow;

use ecluse_engine::conversation::Phase;
use ecluse_engine::ids::{
    AgentId, ChannelId, ContactId, ConversationId, ConversationKey, KeyDigest, QueueId, TenantId,
};
use ecluse_engine::message::{
    ChannelKind, CloseReason, Content, Fact, Inbound, Outbound, ProviderError, Status, Timestamp,
};
use ecluse_engine::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params, params_from_iter};
use uuid::Uuid;

use super::ReadModel;
use super::engine::{json_from, key_at, optional_uuid, uuid_at};
use super::timeline::{self, Line, Span};
use crate::storage::projector::rows::{kind, kind_of, phase, status_of};

/// One episode, as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationRow {
    pub id: ConversationId,
    pub key: ConversationKey,
    pub kind: ChannelKind,
    pub contact: ContactId,
    pub contact_name: Option<String>,
    pub phase: Phase,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    pub opened_at: Timestamp,
    pub waiting_since: Timestamp,
    pub assigned_at: Option<Timestamp>,
    pub first_answer_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub first_seq: u64,
    /// The newest sequence number of the key.
    pub last_seq: u64,
    pub last_inbound_at: Option<Timestamp>,
    pub last_message: Option<LastMessage>,
    /// Messages of the customer since the last answer.
    pub unread: u32,
    pub previous: Option<ConversationId>,
}

/// The newest message of an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct LastMessage {
    pub seq: u64,
    pub at: Timestamp,
    pub outgoing: bool,
    pub content: Content,
}

/// A row of a conversation's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRow {
    pub seq: u64,
    pub at: Timestamp,
    pub entry: TimelineEntry,
}

/// What a row of the timeline is.
#[derive(Clone, Debug, PartialEq)]
pub enum TimelineEntry {
    Received(Box<Inbound>),
    Sent {
        message: Box<Outbound>,
        delivery: Delivery,
    },
    Event(Box<Fact>),
}

/// How far an outgoing message got.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    pub status: Status,
    pub provider_id: Option<String>,
    pub error: Option<ProviderError>,
    /// It was sent again after a lost answer: the customer may have it twice.
    pub possible_duplicate: bool,
}

/// Which conversations are asked for.
#[derive(Clone, Debug, Default)]
pub struct ConversationFilter {
    pub state: Option<StateFilter>,
    pub queue: Option<QueueId>,
    pub queues: Option<Vec<QueueId>>,
    pub agent: Option<AgentId>,
    pub contact: Option<ContactId>,
    pub channel: Option<ChannelId>,
    /// Only ids above this one, for pages.
    pub after: Option<Uuid>,
    pub oldest_first: bool,
    pub limit: u32,
}

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    Waiting,
    Assigned,
    Open,
    Closed,
}

const COLUMNS: &str = "a.tenant, a.channel, a.address, a.thread, c.id, a.kind, c.contact, ct.name, c.phase, c.queue, c.agent, \
    c.opened_at, c.waiting_since, c.assigned_at, c.first_answer_at, c.closed_at, c.close_reason, c.first_seq, k.next_seq, \
    k.last_inbound_at, c.previous, k.episode = c.id, k.last_in_seq, max(k.last_out_seq, k.read_in_seq), c.key \
    FROM conversations c JOIN addresses a ON a.key = c.key JOIN keys k ON k.key = c.key \
    LEFT JOIN contacts ct ON ct.id = c.contact";

impl ReadModel {
    /// One conversation of a tenant.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn find_conversation(
        &self,
        tenant: TenantId,
        id: ConversationId,
    ) -> Result<Option<ConversationRow>, StoreError> {
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} WHERE c.id = ?1 AND c.tenant = ?2");
            let found = connection
                .prepare_cached(&sql)?
                .query_row(params![id.as_bytes(), tenant.0], |row| {
                    conversation_at(connection, row)
                })
                .optional()?;
            Ok(found)
        })
        .await
    }

    /// Conversations of a tenant, in order of their ids (the order of opening).
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn conversations(
        &self,
        tenant: TenantId,
        filter: ConversationFilter,
    ) -> Result<Vec<ConversationRow>, StoreError> {
        self.read(move |connection| list(connection, tenant, &filter))
            .await
    }

    /// How many conversations are open on a channel, counted up to `most`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn open_on(
        &self,
        tenant: TenantId,
        channel: ChannelId,
        most: u32,
    ) -> Result<u32, StoreError> {
        self.read(move |connection| {
            // The phase is written out so that SQLite can use the partial index of open conversations.
            let sql = "SELECT count(*) FROM (SELECT 1 FROM conversations c \
                WHERE c.phase < 2 AND c.tenant = ?1 AND c.channel = ?2 LIMIT ?3)";
            let values = params![tenant.0, channel.as_bytes(), most];
            connection
                .prepare_cached(sql)?
                .query_row(values, |row| row.get(0))
        })
        .await
    }

    /// How many conversations are open in a queue.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn open_in(&self, tenant: TenantId, queue: QueueId) -> Result<u32, StoreError> {
        self.read(move |connection| {
            // The phase is written out so that SQLite can use the partial index of open conversations.
            let sql = "SELECT count(*) FROM conversations c \
                WHERE c.phase < 2 AND c.tenant = ?1 AND c.queue = ?2";
            connection
                .prepare_cached(sql)?
                .query_row(params![tenant.0, queue.as_bytes()], |row| row.get(0))
        })
        .await
    }

    /// Rows of a conversation's timeline, by sequence number: the newest below `before`, or the oldest above `after`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn timeline(
        &self,
        conversation: ConversationId,
        range: TimelineRange,
    ) -> Result<Vec<TimelineRow>, StoreError> {
        self.read(move |connection| episode_rows(connection, conversation, range))
            .await
    }
}

/// Which part of a timeline is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimelineRange {
    pub before: Option<u64>,
    pub after: Option<u64>,
    pub limit: u32,
    /// Earlier episodes of the same key too.
    pub whole_history: bool,
}

fn list(
    connection: &Connection,
    tenant: TenantId,
    filter: &ConversationFilter,
) -> rusqlite::Result<Vec<ConversationRow>> {
    let mut sql = format!("SELECT {COLUMNS} WHERE c.tenant = ?");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(tenant.0)];
    let mut narrow = |condition: &str, value: Box<dyn ToSql>| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.push(value);
    };
    if let Some(queue) = filter.queue {
        narrow("c.queue = ?", Box::new(*queue.as_bytes()));
    }
    if let Some(agent) = filter.agent {
        narrow("c.agent = ?", Box::new(*agent.as_bytes()));
    }
    if let Some(contact) = filter.contact {
        narrow(
            "c.key IN (SELECT key FROM addresses WHERE contact = ?)",
            Box::new(*contact.as_bytes()),
        );
    }
    if let Some(channel) = filter.channel {
        narrow("c.channel = ?", Box::new(*channel.as_bytes()));
    }
    if let Some(after) = filter.after {
        narrow("c.id > ?", Box::new(after.into_bytes()));
    }
    // The phases are written out so that SQLite can use the partial index of open conversations.
    sql.push_str(match filter.state {
        Some(StateFilter::Waiting) => " AND c.phase < 2 AND c.phase = 0",
        Some(StateFilter::Assigned) => " AND c.phase < 2 AND c.phase = 1",
        Some(StateFilter::Open) => " AND c.phase < 2",
        Some(StateFilter::Closed) => " AND c.phase = 2",
        None => "",
    });
    if let Some(queues) = &filter.queues {
        sql.push_str(" AND c.queue IN (");
        for (index, queue) in queues.iter().enumerate() {
            sql.push_str(if index == 0 { "?" } else { ", ?" });
            values.push(Box::new(*queue.as_bytes()));
        }
        sql.push(')');
    }
    sql.push_str(if filter.oldest_first {
        " ORDER BY c.waiting_since, c.id"
    } else {
        " ORDER BY c.id"
    });
    sql.push_str(" LIMIT ?");
    values.push(Box::new(filter.limit));
    connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(values), |row| {
            conversation_at(connection, row)
        })?
        .collect()
}

fn conversation_at(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    let agent = optional_uuid(row, 10)?.map(AgentId);
    let closed_at: Option<i64> = row.get(15)?;
    let reason: Option<String> = row.get(16)?;
    let state = match (row.get::<_, i64>(8)?, agent) {
        (phase::ASSIGNED, Some(agent)) => Phase::Assigned { agent },
        (phase::CLOSED, _) => Phase::Closed {
            at: Timestamp(closed_at.unwrap_or_default()),
            reason: reason
                .map(|reason| json_from(&reason))
                .transpose()?
                .unwrap_or(CloseReason::Resolved),
        },
        _ => Phase::Waiting,
    };
    let key = KeyDigest(row.get(24)?);
    let id = ConversationId(uuid_at(row, 4)?);
    let is_current: bool = row.get::<_, Option<bool>>(21)?.unwrap_or_default();
    let (last_in, answered): (u64, u64) = (row.get(22)?, row.get(23)?);
    let first_seq: u64 = row.get(17)?;
    let below = if is_current {
        Span::END
    } else {
        next_episode(connection, key, first_seq)?
    };
    let span = Span {
        from: first_seq,
        below,
    };
    Ok(ConversationRow {
        id,
        key: key_at(row, 0)?,
        kind: kind_of(row.get(5)?),
        contact: ContactId(uuid_at(row, 6)?),
        contact_name: row.get(7)?,
        phase: state,
        queue: optional_uuid(row, 9)?.map(QueueId),
        agent,
        opened_at: Timestamp(row.get(11)?),
        waiting_since: Timestamp(row.get(12)?),
        assigned_at: row.get::<_, Option<i64>>(13)?.map(Timestamp),
        first_answer_at: row.get::<_, Option<i64>>(14)?.map(Timestamp),
        closed_at: closed_at.map(Timestamp),
        first_seq,
        last_seq: row.get::<_, u64>(18)?.saturating_sub(1),
        last_inbound_at: row.get::<_, Option<i64>>(19)?.map(Timestamp),
        last_message: last_message(connection, key, span)?,
        unread: if is_current && last_in > answered {
            unread(connection, key, answered)?
        } else {
            0
        },
        previous: optional_uuid(row, 20)?.map(ConversationId),
    })
}

/// Where the key's next episode begins.
fn next_episode(connection: &Connection, key: KeyDigest, first_seq: u64) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT min(first_seq) FROM conversations WHERE key = ?1 AND first_seq > ?2",
        )?
        .query_row(params![key.0, first_seq], |row| {
            row.get::<_, Option<u64>>(0)
        })
        .map(|next| next.unwrap_or(Span::END))
}

fn last_message(
    connection: &Connection,
    key: KeyDigest,
    episode: Span,
) -> rusqlite::Result<Option<LastMessage>> {
    let mut found = timeline::newest(connection, key, episode, 1, |line| {
        let content = match line.kind()? {
            kind::RECEIVED => json_from::<Inbound>(line.body()?)?.content,
            kind::QUEUED => json_from::<Outbound>(line.body()?)?.content,
            _ => return Ok(None),
        };
        Ok(Some(LastMessage {
            seq: line.seq()?,
            at: line.at()?,
            outgoing: line.kind()? == kind::QUEUED,
            content,
        }))
    })?;
    Ok(found.pop())
}

/// Counted to a hundred at most: nobody reads a larger badge.
fn unread(connection: &Connection, key: KeyDigest, answered: u64) -> rusqlite::Result<u32> {
    let mut count = 0;
    timeline::newest_first(connection, key, Span::from(answered + 1), |line| {
        count += u32::from(line.kind()? == kind::RECEIVED);
        Ok(if count < 100 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        })
    })?;
    Ok(count)
}

fn episode_rows(
    connection: &Connection,
    conversation: ConversationId,
    range: TimelineRange,
) -> rusqlite::Result<Vec<TimelineRow>> {
    let place: Option<(KeyDigest, u64)> = connection
        .prepare_cached("SELECT key, first_seq FROM conversations WHERE id = ?1")?
        .query_row([conversation.as_bytes()], |row| {
            Ok((KeyDigest(row.get(0)?), row.get(1)?))
        })
        .optional()?;
    let Some((key, first)) = place else {
        return Ok(Vec::new());
    };
    let lowest = if range.whole_history { 0 } else { first };
    let from = range
        .after
        .map_or(lowest, |after| lowest.max(after.saturating_add(1)))
        .min(Span::END);
    let below = next_episode(connection, key, first)?.min(range.before.unwrap_or(Span::END));
    let span = Span { from, below };
    let limit = range.limit as usize;
    let read = |line: &Line<'_>| timeline_at(connection, key, line);
    if range.after.is_some() {
        timeline::oldest(connection, key, span, limit, read)
    } else {
        timeline::newest(connection, key, span, limit, |line| read(line).map(Some))
    }
}

fn timeline_at(
    connection: &Connection,
    key: KeyDigest,
    line: &Line<'_>,
) -> rusqlite::Result<TimelineRow> {
    let body = line.body()?;
    let entry = match line.kind()? {
        kind::RECEIVED => TimelineEntry::Received(Box::new(json_from(body)?)),
        kind::QUEUED => TimelineEntry::Sent {
            message: Box::new(json_from(body)?),
            delivery: delivery(connection, key, line.seq()?)?,
        },
        _ => TimelineEntry::Event(Box::new(json_from(body)?)),
    };
    Ok(TimelineRow {
        seq: line.seq()?,
        at: line.at()?,
        entry,
    })
}

fn delivery(connection: &Connection, key: KeyDigest, seq: u64) -> rusqlite::Result<Delivery> {
    connection
        .prepare_cached("SELECT status, provider_id, error, blind_retries FROM deliveries WHERE key = ?1 AND seq = ?2")?
        .query_row(params![key.0, seq], |row| {
            let error: Option<String> = row.get(2)?;
            Ok(Delivery {
                status: status_of(row.get(0)?),
                provider_id: row.get(1)?,
                error: error.map(|error| json_from(&error)).transpose()?,
                possible_duplicate: row.get::<_, u32>(3)? > 0,
            })
        })
}

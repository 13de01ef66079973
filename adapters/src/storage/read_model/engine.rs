//! What the engine reads: states to wake with, and what was open when the process ended.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use ecluse_engine::conversation::sends::{SENDS_FOLLOWED_MAX, Send, Sends};
use ecluse_engine::conversation::{Bot, Episode, KnownAgent, Phase, Said, State, Turn, recent};
use ecluse_engine::ids::{
    Address, AgentId, ChannelId, ChatbotId, ConversationId, ConversationKey, KeyDigest, OfferId,
    QueueId, TenantId,
};
use ecluse_engine::journal::Position;
use ecluse_engine::message::{
    CloseReason, Fingerprint, OfferEnd, Outbound, SessionChoice, StatusReport, Timestamp,
};
use ecluse_engine::router::LostOffer;
use ecluse_engine::store::{
    DueTimer, OpenBot, OpenConversation, Outlived, PendingSend, RoutingSnapshot, Store, StoreError,
};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::timeline::{self, Span};
use super::{ReadModel, in_one_transaction};
use crate::storage::projector::apply::json;
use crate::storage::projector::rows::{kind_of, phase, status_of, timer_of};

#[async_trait]
impl Store for ReadModel {
    async fn conversation(&self, key: &ConversationKey) -> Result<Option<State>, StoreError> {
        let digest = key.digest();
        // Most who write for the first time are new: that takes one statement and no transaction around it.
        self.look(move |connection| {
            if is_known(connection, digest)? {
                in_one_transaction(connection, |connection| conversation(connection, digest))
            } else {
                Ok(None)
            }
        })
        .await
    }

    async fn routing(&self, tenant: TenantId) -> Result<RoutingSnapshot, StoreError> {
        self.look_up(move |connection| {
            Ok(RoutingSnapshot {
                open: open_conversations(connection, tenant)?,
                sessions: sessions(connection, tenant)?,
                lost_offers: lost_offers(connection, tenant)?,
                refusals: refusals(connection, tenant)?,
                as_of: checkpoint(connection)?,
            })
        })
        .await
    }

    async fn finished_since(
        &self,
        tenant: TenantId,
        since: Timestamp,
    ) -> Result<Vec<(AgentId, Timestamp)>, StoreError> {
        self.look_up(move |connection| {
            connection
                .prepare_cached(
                    "SELECT agent, max(closed_at) FROM conversations WHERE phase = 2 AND tenant = ?1 AND closed_at >= ?2 \
                     AND agent IS NOT NULL GROUP BY agent",
                )?
                .query_map(params![tenant.0, since.0], |row| {
                    Ok((AgentId(uuid_at(row, 0)?), Timestamp(row.get(1)?)))
                })?
                .collect()
        })
        .await
    }

    async fn pending_sends(
        &self,
        channel: Option<ChannelId>,
    ) -> Result<(Vec<PendingSend>, Position), StoreError> {
        self.look_up(move |connection| {
            Ok((pending_sends(connection, channel)?, checkpoint(connection)?))
        })
        .await
    }

    async fn open_on_channel(
        &self,
        channel: ChannelId,
        limit: usize,
    ) -> Result<Vec<(ConversationKey, ConversationId)>, StoreError> {
        self.look_up(move |connection| {
            connection
                .prepare_cached(
                    "SELECT a.tenant, a.channel, a.address, a.thread, c.id FROM conversations c \
                     JOIN addresses a ON a.key = c.key WHERE c.phase < 2 AND c.channel = ?1 LIMIT ?2",
                )?
                .query_map(params![channel.as_bytes(), limit], |row| Ok((key_at(row, 0)?, ConversationId(uuid_at(row, 4)?))))?
                .collect()
        })
        .await
    }

    async fn closed_before(
        &self,
        tenant: TenantId,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outlived>, StoreError> {
        self.look_up(move |connection| closed_before(connection, tenant, before, limit))
            .await
    }

    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        self.look_up(move |connection| {
            connection
                .prepare_cached(
                    "SELECT a.tenant, a.channel, a.address, a.thread, t.due, t.generation, t.kind FROM timers t \
                     JOIN addresses a ON a.key = t.key WHERE t.due <= ?1 ORDER BY t.due LIMIT ?2",
                )?
                .query_map(params![now.0, limit], |row| {
                    Ok(DueTimer {
                        key: key_at(row, 0)?,
                        kind: timer_of(row.get(6)?),
                        due: Timestamp(row.get(4)?),
                        generation: row.get(5)?,
                    })
                })?
                .collect()
        })
        .await
    }
}

fn closed_before(
    connection: &Connection,
    tenant: TenantId,
    before: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<Outlived>> {
    // A cross join keeps SQLite from reading all addresses first.
    connection
        .prepare_cached(
            "SELECT a.tenant, a.channel, a.address, a.thread, c.id, coalesce((SELECT min(n.first_seq) FROM conversations n \
             WHERE n.key = c.key AND n.first_seq > c.first_seq), k.next_seq) - 1 \
             FROM conversations c CROSS JOIN addresses a ON a.key = c.key CROSS JOIN keys k ON k.key = c.key \
             WHERE c.phase = 2 AND c.tenant = ?1 AND c.closed_at < ?2 ORDER BY c.closed_at LIMIT ?3",
        )?
        .query_map(params![tenant.0, before.0, limit], |row| {
            Ok(Outlived {
                key: key_at(row, 0)?,
                conversation: ConversationId(uuid_at(row, 4)?),
                last_seq: row.get(5)?,
            })
        })?
        .collect()
}

pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<Position> {
    connection
        .prepare_cached("SELECT position FROM checkpoint")?
        .query_row([], |row| row.get(0).map(Position))
}

fn is_known(connection: &Connection, digest: KeyDigest) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM keys WHERE key = ?1")?
        .exists([digest.0])
}

fn conversation(connection: &Connection, digest: KeyDigest) -> rusqlite::Result<Option<State>> {
    let hot = connection
        .prepare_cached(
            "SELECT next_seq, episode, last_activity_at, last_inbound_at, last_in_seq, last_out_seq, other_out_seq, \
             last_out_author, read_in_seq FROM keys WHERE key = ?1",
        )?
        .query_row([digest.0], |row| {
            let author: Option<String> = row.get(7)?;
            let last_out_seq: u64 = row.get(5)?;
            let mut state = State {
                next_seq: row.get(0)?,
                last_activity_at: Timestamp(row.get(2)?),
                last_inbound_at: row.get::<_, Option<i64>>(3)?.map(Timestamp),
                last_in_seq: row.get(4)?,
                other_out_seq: row.get(6)?,
                read_in_seq: row.get(8)?,
                ..State::default()
            };
            state.last_out = author.map(|author| json_from(&author)).transpose()?.map(|author| (author, last_out_seq));
            Ok((state, row.get::<_, Option<[u8; 16]>>(1)?))
        })
        .optional()?;
    let Some((mut state, episode)) = hot else {
        return Ok(None);
    };
    if let Some(id) = episode {
        let (episode, generation) = read_episode(connection, ConversationId(Uuid::from_bytes(id)))?;
        state.episode = Some(episode);
        state.idle_generation = generation;
    }
    read_customer(connection, digest, &mut state)?;
    state.known_agent = read_known_agent(connection, digest)?;
    read_recent(connection, digest, &mut state)?;
    state.sends = read_sends(connection, digest)?;
    read_kept(connection, digest, &mut state)?;
    Ok(Some(state))
}

fn read_customer(
    connection: &Connection,
    digest: KeyDigest,
    state: &mut State,
) -> rusqlite::Result<()> {
    let mut select =
        connection.prepare_cached("SELECT profile_name, language FROM addresses WHERE key = ?1")?;
    let mut rows = select.query([digest.0])?;
    if let Some(row) = rows.next()? {
        state.profile_name = row.get(0)?;
        let language: Option<String> = row.get(1)?;
        state.language = language.map(|text| json_from(&text)).transpose()?;
    }
    Ok(())
}

fn read_known_agent(
    connection: &Connection,
    digest: KeyDigest,
) -> rusqlite::Result<Option<KnownAgent>> {
    connection
        .prepare_cached("SELECT agent, at FROM known_agents WHERE key = ?1")?
        .query_row([digest.0], |row| {
            Ok(KnownAgent {
                agent: AgentId(uuid_at(row, 0)?),
                at: Timestamp(row.get(1)?),
            })
        })
        .optional()
}

fn read_turn(connection: &Connection, id: ConversationId) -> rusqlite::Result<Option<Turn>> {
    connection
        .prepare_cached(
            "SELECT chatbot, script, fallback_queue, language, progress, started_at, generation \
             FROM bot_turns WHERE conversation = ?1",
        )?
        .query_row([id.as_bytes()], |row| {
            Ok(Turn {
                chatbot: ChatbotId(uuid_at(row, 0)?),
                script: json_from(&row.get::<_, String>(1)?)?,
                fallback_queue: optional_uuid(row, 2)?.map(QueueId),
                language: json_from(&row.get::<_, String>(3)?)?,
                progress: json_from(&row.get::<_, String>(4)?)?,
                started_at: Timestamp(row.get(5)?),
                generation: row.get(6)?,
            })
        })
        .optional()
}

fn read_episode(connection: &Connection, id: ConversationId) -> rusqlite::Result<(Episode, u64)> {
    let (mut episode, generation, chatbot) = read_bare_episode(connection, id)?;
    if let Some(chatbot) = chatbot {
        let turn = read_turn(connection, id)?.map(|turn| Bot::Running(Box::new(turn)));
        episode.bot = Some(turn.unwrap_or(Bot::Due(chatbot)));
    }
    Ok((episode, generation))
}

fn read_bare_episode(
    connection: &Connection,
    id: ConversationId,
) -> rusqlite::Result<(Episode, u64, Option<ChatbotId>)> {
    // Older rows say only that a message was left, and not which.
    connection
        .prepare_cached(
            "SELECT phase, queue, agent, opened_at, waiting_since, first_answer_at, closed_at, close_reason, \
             idle_generation, chatbot, auto_replied, automatic, after_silence, \
             iif(offline = 0, 0, max(offline, first_seq)) FROM conversations WHERE id = ?1",
        )?
        .query_row([id.as_bytes()], |row| {
            let closed_at: Option<i64> = row.get(6)?;
            let phase = match (row.get::<_, i64>(0)?, optional_uuid(row, 2)?) {
                (phase::ASSIGNED, Some(agent)) => Phase::Assigned { agent: AgentId(agent) },
                (phase::CLOSED, _) => Phase::Closed {
                    at: Timestamp(closed_at.unwrap_or_default()),
                    reason: json_from::<CloseReason>(&row.get::<_, String>(7)?)?,
                },
                _ => Phase::Waiting,
            };
            let episode = Episode {
                id,
                opened_at: Timestamp(row.get(3)?),
                queue: optional_uuid(row, 1)?.map(QueueId),
                phase,
                waiting_since: Timestamp(row.get(4)?),
                first_answered: row.get::<_, Option<i64>>(5)?.is_some(),
                bot: None,
                said: Said(row.get(10)?),
                automatic: row.get(11)?,
                after_silence: row.get(12)?,
                left: row.get(13)?,
            };
            Ok((episode, row.get(8)?, optional_uuid(row, 9)?.map(ChatbotId)))
        })
}

/// The ids of the last seven days, newest first until an older row is met; then those of erased messages, which are older.
fn read_recent(
    connection: &Connection,
    digest: KeyDigest,
    state: &mut State,
) -> rusqlite::Result<()> {
    let oldest = state.last_activity_at.0
        - i64::try_from(recent::REMEMBERED.as_micros()).unwrap_or(i64::MAX);
    let State { recent, .. } = state;
    timeline::newest_first(connection, digest, Span::ALL, |line| {
        let at = line.at()?;
        if at.0 < oldest {
            return Ok(ControlFlow::Break(()));
        }
        if let Some(fingerprint) = line.fingerprint()? {
            recent.insert_older(
                Fingerprint(u128::from_be_bytes(fingerprint)),
                line.seq()?,
                at,
            );
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut erased = connection.prepare_cached(
        "SELECT fingerprint, seq, at FROM erased_ids WHERE key = ?1 AND at >= ?2 ORDER BY seq DESC",
    )?;
    let mut rows = erased.query(params![digest.0, oldest])?;
    while let Some(row) = rows.next()? {
        let fingerprint = Fingerprint(u128::from_be_bytes(row.get(0)?));
        recent.insert_older(fingerprint, row.get(1)?, Timestamp(row.get(2)?));
    }
    Ok(())
}

/// The newest sends, and every older one that still waits: the state of a conversation forgets none of those.
fn read_sends(connection: &Connection, digest: KeyDigest) -> rusqlite::Result<Sends> {
    let mut newest_first: Vec<(u64, Send)> = connection
        .prepare_cached(
            "SELECT seq, conversation, queued_at, status, fingerprint, attempt, attempting, ambiguous, attempted_at FROM deliveries \
             WHERE key = ?1 ORDER BY seq DESC LIMIT ?2",
        )?
        .query_map(params![digest.0, SENDS_FOLLOWED_MAX], send_at)?
        .collect::<rusqlite::Result<_>>()?;
    if let Some((oldest, _)) = newest_first.get(SENDS_FOLLOWED_MAX - 1) {
        let mut waiting = connection.prepare_cached(
            "SELECT seq, conversation, queued_at, status, fingerprint, attempt, attempting, ambiguous, attempted_at FROM deliveries \
             WHERE key = ?1 AND seq < ?2 AND status = 0 ORDER BY seq DESC",
        )?;
        let waiting = waiting.query_map(params![digest.0, oldest], send_at)?;
        newest_first.extend(waiting.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    let mut sends = Sends::default();
    for (seq, send) in newest_first.into_iter().rev() {
        sends.insert(seq, send);
    }
    Ok(sends)
}

fn send_at(row: &Row<'_>) -> rusqlite::Result<(u64, Send)> {
    let fingerprint: Option<[u8; 16]> = row.get(4)?;
    let send = Send {
        conversation: ConversationId(uuid_at(row, 1)?),
        queued_at: Timestamp(row.get(2)?),
        status: status_of(row.get(3)?),
        provider_id: fingerprint.map(|bytes| Fingerprint(u128::from_be_bytes(bytes))),
        attempt: row.get(5)?,
        attempted_at: row.get::<_, Option<i64>>(8)?.map(Timestamp),
        attempting: row.get(6)?,
        ambiguous: row.get(7)?,
    };
    Ok((row.get(0)?, send))
}

fn read_kept(
    connection: &Connection,
    digest: KeyDigest,
    state: &mut State,
) -> rusqlite::Result<()> {
    let mut select = connection
        .prepare_cached("SELECT fingerprint, report FROM kept_statuses WHERE key = ?1")?;
    let mut rows = select.query([digest.0])?;
    while let Some(row) = rows.next()? {
        let fingerprint = Fingerprint(u128::from_be_bytes(row.get(0)?));
        let report: StatusReport = json_from(&row.get::<_, String>(1)?)?;
        state.kept.insert(fingerprint, report);
    }
    Ok(())
}

fn open_conversations(
    connection: &Connection,
    tenant: TenantId,
) -> rusqlite::Result<Vec<OpenConversation>> {
    connection
        .prepare_cached(
            "SELECT a.tenant, a.channel, a.address, a.thread, c.id, a.kind, c.queue, c.agent, c.waiting_since, c.phase, \
             c.preferred, c.chatbot, b.conversation IS NOT NULL FROM conversations c JOIN addresses a ON a.key = c.key \
             LEFT JOIN bot_turns b ON b.conversation = c.id WHERE c.phase < 2 AND c.tenant = ?1 ORDER BY c.waiting_since, c.id",
        )?
        .query_map([tenant.0], |row| {
            let assigned = row.get::<_, i64>(9)? == phase::ASSIGNED;
            let running = row.get(12)?;
            Ok(OpenConversation {
                key: key_at(row, 0)?,
                conversation: ConversationId(uuid_at(row, 4)?),
                kind: kind_of(row.get(5)?),
                queue: optional_uuid(row, 6)?.map(QueueId),
                agent: optional_uuid(row, 7)?.map(AgentId).filter(|_| assigned),
                bot: optional_uuid(row, 11)?.map(|id| OpenBot {
                    chatbot: ChatbotId(id),
                    running,
                }),
                preferred: optional_uuid(row, 10)?.map(AgentId),
                waiting_since: Timestamp(row.get(8)?),
            })
        })?
        .collect()
}

fn sessions(
    connection: &Connection,
    tenant: TenantId,
) -> rusqlite::Result<Vec<(AgentId, SessionChoice)>> {
    connection
        .prepare_cached("SELECT agent, choice FROM agent_sessions WHERE tenant = ?1")?
        .query_map([tenant.0], |row| {
            Ok((
                AgentId(uuid_at(row, 0)?),
                json_from(&row.get::<_, String>(1)?)?,
            ))
        })?
        .collect()
}

fn lost_offers(connection: &Connection, tenant: TenantId) -> rusqlite::Result<Vec<LostOffer>> {
    connection
        .prepare_cached("SELECT id, conversation, queue, agent FROM offers WHERE tenant = ?1 AND ended_at IS NULL")?
        .query_map([tenant.0], |row| {
            Ok(LostOffer {
                offer: OfferId(uuid_at(row, 0)?),
                conversation: ConversationId(uuid_at(row, 1)?),
                queue: QueueId(uuid_at(row, 2)?),
                agent: AgentId(uuid_at(row, 3)?),
            })
        })?
        .collect()
}

fn refusals(
    connection: &Connection,
    tenant: TenantId,
) -> rusqlite::Result<Vec<(ConversationId, AgentId)>> {
    connection
        .prepare_cached(
            "SELECT o.conversation, o.agent FROM conversations c JOIN offers o ON o.conversation = c.id \
             WHERE c.phase < 2 AND c.tenant = ?1 AND c.agent IS NULL AND o.queue = c.queue AND o.made_at >= c.waiting_since \
             AND o.end IN (?2, ?3)",
        )?
        .query_map(
            params![
                tenant.0,
                json(&OfferEnd::Refused),
                json(&OfferEnd::TimedOut)
            ],
            |row| Ok((ConversationId(uuid_at(row, 0)?), AgentId(uuid_at(row, 1)?))),
        )?
        .collect()
}

fn pending_sends(
    connection: &Connection,
    channel: Option<ChannelId>,
) -> rusqlite::Result<Vec<PendingSend>> {
    connection
        .prepare_cached(
            "SELECT a.tenant, a.channel, a.address, a.thread, d.conversation, d.seq, t.body, d.attempt, \
             d.attempting, d.blind_retries, d.not_before, d.ambiguous FROM deliveries d \
             JOIN addresses a ON a.key = d.key JOIN timeline t ON t.id = d.row \
             WHERE d.status = 0 AND (?1 IS NULL OR d.channel = ?1) ORDER BY d.queued_at, d.seq",
        )?
        .query_map([channel.as_ref().map(|id| id.as_bytes())], |row| {
            Ok(PendingSend {
                key: key_at(row, 0)?,
                conversation: ConversationId(uuid_at(row, 4)?),
                seq: row.get(5)?,
                message: Arc::new(json_from::<Outbound>(&row.get::<_, String>(6)?)?),
                attempt: row.get(7)?,
                attempting: row.get(8)?,
                ambiguous: row.get(11)?,
                retried_blind: row.get::<_, u32>(9)? > 0,
                not_before: Timestamp(row.get(10)?),
            })
        })?
        .collect()
}

/// A key from four columns: tenant, channel, address, thread.
pub(super) fn key_at(row: &Row<'_>, first: usize) -> rusqlite::Result<ConversationKey> {
    Ok(ConversationKey {
        tenant: TenantId(row.get(first)?),
        channel: ChannelId(uuid_at(row, first + 1)?),
        address: Address::from(row.get::<_, String>(first + 2)?),
        thread: row.get::<_, Option<String>>(first + 3)?.map(Into::into),
    })
}

pub(super) fn uuid_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

pub(super) fn optional_uuid(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Uuid>> {
    Ok(row
        .get::<_, Option<[u8; 16]>>(column)?
        .map(Uuid::from_bytes))
}

pub(super) fn json_from<T: DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
}

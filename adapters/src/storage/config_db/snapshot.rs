//! The configuration as the engine sees it, and the names that history needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecluse_engine::configuration::{Channel, Snapshot};
use ecluse_engine::ids::{AgentId, ChannelId, QueueId, TenantId};
use ecluse_engine::message::ChannelKind;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::channel::ChannelState;
use super::{ConfigDb, ConfigError, channels, from_word, people, queues, sql, unsigned};

/// Reads everything at one revision; of what is deleted, the channels only.
pub(super) async fn read(conn: &mut SqliteConnection) -> Result<Snapshot, ConfigError> {
    let mut tx = sqlx::Connection::begin(conn).await?;
    let revision: i64 = sqlx::query_scalar(sql::REVISION_READ)
        .fetch_one(&mut *tx)
        .await?;
    let channels = read_channels(&mut tx).await?;
    let queues = queues::read_all(&mut tx).await?;
    let people = people::read_all(&mut tx).await?;
    tx.commit().await?;
    Ok(Snapshot {
        revision: unsigned(revision),
        channels: channels
            .into_iter()
            .map(|channel| (channel.id, Arc::new(channel)))
            .collect(),
        queues: queues
            .into_iter()
            .map(|queue| (queue.id, Arc::new(queue.for_engine())))
            .collect(),
        agents: people
            .into_iter()
            .map(|person| (person.id, Arc::new(person.for_engine())))
            .collect(),
        ..Snapshot::default()
    })
}

async fn read_channels(conn: &mut SqliteConnection) -> Result<Vec<Channel>, ConfigError> {
    let rows: Vec<channels::Row> = sqlx::query_as(sql::CHANNEL_ALL).fetch_all(conn).await?;
    let mut channels = Vec::with_capacity(rows.len());
    for row in rows {
        let record = row.record()?;
        channels.push(Channel {
            id: record.id,
            tenant: record.tenant,
            kind: record.settings.kind(),
            name: record.name,
            destination: record.destination,
            rules: record.settings.rules(),
            auto_replies: Default::default(),
            language: None,
            deleted: record.state == ChannelState::Deleted,
        });
    }
    Ok(channels)
}

/// What everything is or was called, deleted things included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub channels: BTreeMap<ChannelId, (ChannelKind, String)>,
    pub queues: BTreeMap<QueueId, String>,
    pub people: BTreeMap<AgentId, String>,
}

impl ConfigDb {
    /// The names of one tenant.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn names(&self, tenant: TenantId) -> Result<Names, ConfigError> {
        let mut conn = self.read().await?;
        let channels: Vec<(Uuid, String, String)> = sqlx::query_as(sql::NAMES_OF_CHANNELS)
            .bind(tenant.0)
            .fetch_all(&mut *conn)
            .await?;
        let queues: Vec<(Uuid, String)> = sqlx::query_as(sql::NAMES_OF_QUEUES)
            .bind(tenant.0)
            .fetch_all(&mut *conn)
            .await?;
        let people: Vec<(Uuid, String)> = sqlx::query_as(sql::NAMES_OF_PEOPLE)
            .bind(tenant.0)
            .fetch_all(&mut *conn)
            .await?;
        let mut names = Names {
            channels: BTreeMap::new(),
            queues: queues
                .into_iter()
                .map(|(id, name)| (QueueId(id), name))
                .collect(),
            people: people
                .into_iter()
                .map(|(id, name)| (AgentId(id), name))
                .collect(),
        };
        for (id, name, kind) in channels {
            names
                .channels
                .insert(ChannelId(id), (from_word("channel", &kind)?, name));
        }
        Ok(names)
    }
}

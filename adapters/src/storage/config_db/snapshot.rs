//! The configuration as the engine sees it, and the names that history needs.
//!
//! What must stay true: every tenant is in it, whether it ever decided anything or not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ecluse_engine::configuration::{Channel, Snapshot};
use ecluse_engine::ids::{AgentId, ChannelId, QueueId, TenantId};
use ecluse_engine::message::ChannelKind;
use ecluse_engine::tenant::Tenant;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::Resource;
use super::ban::{self, BanRecord};
use super::channel::{ChannelRecord, ChannelState};
use super::chatbot::ChatbotBody;
use super::document::{self, DocumentRecord};
use super::licence::LicenceBody;
use super::settings::SettingsBody;
use super::{ConfigDb, ConfigError, channels, from_word, people, queues, sql, tenants, unsigned};

/// Reads everything at one revision; of what is deleted, the channels only.
pub(super) async fn read(conn: &mut SqliteConnection) -> Result<Snapshot, ConfigError> {
    let mut tx = sqlx::Connection::begin(conn).await?;
    let snapshot = since(&mut tx, &Snapshot::default()).await?;
    tx.commit().await?;
    Ok(snapshot)
}

/// The snapshot that follows `known`: only what has a higher revision is read.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    known: &Snapshot,
) -> Result<Snapshot, ConfigError> {
    let from = i64::try_from(known.revision).unwrap_or(i64::MAX);
    let newer: Newer = sqlx::query_as(sql::NEWER)
        .bind(from)
        .fetch_one(&mut *conn)
        .await?;
    let mut next = known.clone();
    next.revision = unsigned(newer.revision);
    if newer.channels {
        for row in channels::since(conn, from).await? {
            let channel = for_engine(row);
            next.channels.insert(channel.id, Arc::new(channel));
        }
    }
    if newer.queues {
        for (queue, deleted) in queues::since(conn, from).await? {
            put(&mut next.queues, queue.id, queue.for_engine(), deleted);
        }
    }
    if newer.people {
        for (person, deleted) in people::since(conn, from).await? {
            put(&mut next.agents, person.id, person.for_engine(), deleted);
        }
    }
    apply_tenants(conn, from, &newer, &mut next).await?;
    if newer.bans {
        apply_bans(&mut next, ban::since(conn, from).await?);
    }
    Ok(next)
}

/// Which tables have rows of a higher revision than one: most changes touch one of them, and each look costs a wake-up of the
/// thread that reads.
#[derive(sqlx::FromRow)]
struct Newer {
    revision: i64,
    channels: bool,
    queues: bool,
    people: bool,
    tenants: bool,
    documents: bool,
    bans: bool,
}

/// Takes the chatbots over, and the tenants that are new or have other settings or another licence.
async fn apply_tenants(
    conn: &mut SqliteConnection,
    from: i64,
    newer: &Newer,
    next: &mut Snapshot,
) -> Result<(), ConfigError> {
    let mut tenants = BTreeSet::new();
    if newer.tenants {
        tenants.extend(tenants::since(conn, from).await?);
    }
    if newer.documents {
        for row in document::since(conn, from).await? {
            tenants.extend(apply_document(next, row)?);
        }
    }
    for tenant in tenants {
        let read = read_tenant(conn, tenant).await?;
        next.tenants.insert(tenant, Arc::new(read));
    }
    Ok(())
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, Arc<V>>, id: K, value: V, deleted: bool) {
    if deleted {
        map.remove(&id);
    } else {
        map.insert(id, Arc::new(value));
    }
}

/// Takes a document over, and says whose settings or licence it is, which are read together.
fn apply_document(
    next: &mut Snapshot,
    row: document::Row,
) -> Result<Option<TenantId>, ConfigError> {
    let (tenant, deleted) = (TenantId(row.tenant), row.deleted_at.is_some());
    match from_word("document", &row.kind)? {
        Resource::Chatbot => {
            let chatbot = row.record::<ChatbotBody>()?.for_engine();
            put(&mut next.chatbots, chatbot.id, chatbot, deleted);
            Ok(None)
        }
        Resource::Settings | Resource::Licence => Ok(Some(tenant)),
        _ => Ok(None),
    }
}

async fn read_tenant(conn: &mut SqliteConnection, tenant: TenantId) -> Result<Tenant, ConfigError> {
    let settings: Option<DocumentRecord<SettingsBody>> =
        document::read_only(&mut *conn, tenant).await?;
    let licence: Option<DocumentRecord<LicenceBody>> = document::read_only(conn, tenant).await?;
    let settings = settings.map(|settings| settings.body).unwrap_or_default();
    let licence = licence.map(|licence| licence.body.0).unwrap_or_default();
    Ok(settings.for_engine(tenant, licence))
}

fn apply_bans(next: &mut Snapshot, changed: Vec<BanRecord>) {
    if changed.is_empty() {
        return;
    }
    let mut bans = BTreeMap::clone(&next.bans);
    for ban in changed {
        match ban.lifted_at {
            Some(_) => bans.remove(&ban.banned()),
            None => bans.insert(ban.banned(), ban.until),
        };
    }
    next.bans = Arc::new(bans);
}

fn for_engine(record: ChannelRecord) -> Channel {
    Channel {
        id: record.id,
        tenant: record.tenant,
        kind: record.settings.kind(),
        name: record.name,
        destination: record.destination,
        rules: record.settings.rules(),
        auto_replies: record.auto_replies,
        language: record.language,
        deleted: record.state == ChannelState::Deleted,
    }
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

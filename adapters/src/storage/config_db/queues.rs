//! Messaging queues and their members.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::configuration::{AgentOrder, OnAgentLost, Queue, Strategy};
use ecluse_engine::ids::{AgentId, ChannelId, QueueId, TenantId};
use ecluse_engine::message::Timestamp;
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::violation::ChannelInTheWay;
use super::{
    Change, ConfigDb, ConfigError, Editor, Page, Violation, detached, from_word, small, sql,
    unsigned, word,
};

const NAME_LENGTH_MAX: usize = 64;
const OFFER_TIMEOUT_SECS: std::ops::RangeInclusive<u32> = 5..=600;
const MAX_PER_AGENT_MAX: u32 = 1_000;
const MEMBERS_MAX: usize = 10_000;

/// A queue as it is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueRecord {
    pub id: QueueId,
    pub tenant: TenantId,
    pub name: String,
    pub strategy: Strategy,
    pub order: AgentOrder,
    pub offer_timeout_secs: u32,
    /// 0 is no limit.
    pub max_per_agent: u32,
    pub members: Vec<AgentId>,
    pub on_agent_lost: OnAgentLost,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The configuration's revision at the last change of this queue.
    pub revision: u64,
}

/// A queue as an administrator asks for it, not yet checked.
#[derive(Clone, Debug)]
pub struct QueueDraft {
    pub name: String,
    pub strategy: Strategy,
    pub order: AgentOrder,
    pub offer_timeout_secs: u32,
    pub max_per_agent: u32,
    pub members: Vec<AgentId>,
    pub on_agent_lost: OnAgentLost,
}

impl QueueDraft {
    /// A queue with the usual settings and no members.
    pub fn new(name: impl Into<String>, strategy: Strategy) -> Self {
        Self {
            name: name.into(),
            strategy,
            order: AgentOrder::default(),
            offer_timeout_secs: Self::OFFER_TIMEOUT_SECS,
            max_per_agent: Self::MAX_PER_AGENT,
            members: Vec::new(),
            on_agent_lost: OnAgentLost::default(),
        }
    }

    /// How long an agent may think about an offer, unless somebody decides otherwise.
    pub const OFFER_TIMEOUT_SECS: u32 = 30;
    /// How many conversations of a queue an agent holds at most, unless somebody decides otherwise.
    pub const MAX_PER_AGENT: u32 = 5;

    fn check(&mut self) -> Vec<Violation> {
        let mut violations = Vec::new();
        self.name = self.name.trim().to_owned();
        violations.extend(check_name(&self.name));
        if !OFFER_TIMEOUT_SECS.contains(&self.offer_timeout_secs) {
            let message = format!(
                "from {} to {} seconds",
                OFFER_TIMEOUT_SECS.start(),
                OFFER_TIMEOUT_SECS.end()
            );
            violations.push(Violation::new(
                "offer_timeout_secs",
                "out_of_range",
                message,
            ));
        }
        if self.max_per_agent > MAX_PER_AGENT_MAX {
            let message = format!("at most {MAX_PER_AGENT_MAX}; 0 is no limit");
            violations.push(Violation::new("max_per_agent", "out_of_range", message));
        }
        if self.members.len() > MEMBERS_MAX {
            let message = format!("at most {MEMBERS_MAX} members");
            violations.push(Violation::new("members", "too_many", message));
        }
        violations
    }
}

/// Letters, digits, space, `_` and `-`.
fn check_name(name: &str) -> Option<Violation> {
    if name.is_empty() {
        return Some(Violation::new("name", "required", "must not be empty"));
    }
    if name.chars().count() > NAME_LENGTH_MAX {
        return Some(Violation::new(
            "name",
            "too_long",
            format!("at most {NAME_LENGTH_MAX} characters"),
        ));
    }
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-');
    let message = "letters, digits, spaces, _ and - only";
    (!name.chars().all(allowed)).then(|| Violation::new("name", "invalid_characters", message))
}

impl QueueRecord {
    pub(super) fn for_engine(self) -> Queue {
        Queue {
            id: self.id,
            tenant: self.tenant,
            name: self.name,
            strategy: self.strategy,
            order: self.order,
            offer_timeout_secs: self.offer_timeout_secs,
            max_per_agent: self.max_per_agent,
            members: self.members,
            on_agent_lost: self.on_agent_lost,
            hours: Default::default(),
            returning_customer: false,
            survey: false,
        }
    }
}

impl ConfigDb {
    /// A queue that is not deleted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn queue(
        &self,
        tenant: TenantId,
        id: QueueId,
    ) -> Result<Option<QueueRecord>, ConfigError> {
        read(&mut *self.read().await?, tenant, id).await
    }

    /// The queues that are not deleted, in the order of their creation.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn queues(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Vec<QueueRecord>, ConfigError> {
        let mut conn = self.read().await?;
        let rows: Vec<Row> = sqlx::query_as(sql::QUEUE_PAGE)
            .bind(tenant.0)
            .bind(page.after.unwrap_or_default())
            .bind(page.limit)
            .fetch_all(&mut *conn)
            .await?;
        let members: Vec<Member> = sqlx::query_as(sql::MEMBERS_OF_TENANT)
            .bind(tenant.0)
            .fetch_all(&mut *conn)
            .await?;
        records(rows, members)
    }

    /// Adds a queue.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_queue(
        &self,
        editor: &Editor,
        mut draft: QueueDraft,
    ) -> Result<QueueRecord, ConfigError> {
        ConfigError::refuse(draft.check())?;
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let id = QueueId(db.new_id());
            change.look_up_queue(id, &draft).await?;
            change.write_queue(sql::QUEUE_CREATE, id, &draft).await?;
            change.store_members(id, &draft.members).await?;
            let after = change.queue(id).await?;
            change
                .audit((Resource::Queue, id.0), Action::Created, None, Some(&after))
                .await?;
            change.commit().await?;
            Ok(after)
        })
        .await
    }

    /// Replaces a queue's configuration. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, or no such queue.
    pub async fn change_queue(
        &self,
        editor: &Editor,
        id: QueueId,
        expected: Option<u64>,
        mut draft: QueueDraft,
    ) -> Result<QueueRecord, ConfigError> {
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let before = change.expected_queue(id, expected).await?;
            ConfigError::refuse(draft.check())?;
            change.look_up_queue(id, &draft).await?;
            change.write_queue(sql::QUEUE_CHANGE, id, &draft).await?;
            change.store_members(id, &draft.members).await?;
            let after = change.queue(id).await?;
            change
                .audit(
                    (Resource::Queue, id.0),
                    Action::Changed,
                    Some(&before),
                    Some(&after),
                )
                .await?;
            change.commit().await?;
            Ok(after)
        })
        .await
    }

    /// Deletes a queue that no channel points to.
    ///
    /// # Errors
    /// [`ConfigError::QueueInUse`], a newer revision, or no such queue.
    pub async fn delete_queue(
        &self,
        editor: &Editor,
        id: QueueId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let before = change.expected_queue(id, expected).await?;
            change.refuse_if_in_use(id).await?;
            let (at, revision) = (change.at.0, change.revision);
            let deletion = sqlx::query(sql::QUEUE_DELETE)
                .bind(id.0)
                .bind(at)
                .bind(revision);
            deletion.execute(change.conn()).await?;
            sqlx::query(sql::MEMBERS_CLEAR)
                .bind(id.0)
                .execute(change.conn())
                .await?;
            change
                .audit(
                    (Resource::Queue, id.0),
                    Action::Deleted,
                    Some(&before),
                    None,
                )
                .await?;
            change.commit().await
        })
        .await
    }
}

async fn read(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    id: QueueId,
) -> Result<Option<QueueRecord>, ConfigError> {
    let query = sqlx::query_as(sql::QUEUE_READ).bind(tenant.0).bind(id.0);
    let row: Option<Row> = query.fetch_optional(&mut *conn).await?;
    let Some(row) = row else { return Ok(None) };
    let members: Vec<Member> = sqlx::query_as(sql::MEMBERS_READ)
        .bind(id.0)
        .fetch_all(conn)
        .await?;
    row.record(
        members
            .into_iter()
            .map(|member| AgentId(member.person))
            .collect(),
    )
    .map(Some)
}

/// Every queue of every tenant.
pub(super) async fn read_all(conn: &mut SqliteConnection) -> Result<Vec<QueueRecord>, ConfigError> {
    let rows: Vec<Row> = sqlx::query_as(sql::QUEUE_ALL).fetch_all(&mut *conn).await?;
    let members: Vec<Member> = sqlx::query_as(sql::MEMBERS_ALL).fetch_all(conn).await?;
    records(rows, members)
}

fn records(rows: Vec<Row>, members: Vec<Member>) -> Result<Vec<QueueRecord>, ConfigError> {
    let mut members_by_queue: BTreeMap<Uuid, Vec<AgentId>> = BTreeMap::new();
    for member in members {
        members_by_queue
            .entry(member.queue)
            .or_default()
            .push(AgentId(member.person));
    }
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let members = members_by_queue.remove(&row.id).unwrap_or_default();
        records.push(row.record(members)?);
    }
    Ok(records)
}

impl Change {
    async fn queue(&mut self, id: QueueId) -> Result<QueueRecord, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, id)
            .await?
            .ok_or(ConfigError::NotFound)
    }

    async fn expected_queue(
        &mut self,
        id: QueueId,
        expected: Option<u64>,
    ) -> Result<QueueRecord, ConfigError> {
        let queue = self.queue(id).await?;
        match expected {
            Some(expected) if expected != queue.revision => Err(ConfigError::Stale {
                revision: queue.revision,
            }),
            Some(_) | None => Ok(queue),
        }
    }

    async fn look_up_queue(&mut self, id: QueueId, draft: &QueueDraft) -> Result<(), ConfigError> {
        let tenant = self.tenant().0;
        let mut violations = Vec::new();
        let query = sqlx::query_scalar(sql::QUEUE_NAMED)
            .bind(tenant)
            .bind(draft.name.to_lowercase());
        let namesake: Option<Uuid> = query.fetch_optional(self.conn()).await?;
        if namesake.is_some_and(|namesake| namesake != id.0) {
            violations.push(Violation::new(
                "name",
                "taken",
                "another queue has this name",
            ));
        }
        let people: Vec<Uuid> = sqlx::query_scalar(sql::PERSON_IDS)
            .bind(tenant)
            .fetch_all(self.conn())
            .await?;
        let people: BTreeSet<Uuid> = people.into_iter().collect();
        for (index, member) in draft.members.iter().enumerate() {
            if !people.contains(&member.0) {
                let field = format!("members[{index}]");
                violations.push(Violation::new(
                    field,
                    "unknown_agent",
                    "there is no such agent",
                ));
            }
        }
        ConfigError::refuse(violations)
    }

    /// Runs one of the two statements that take a whole queue.
    async fn write_queue(
        &mut self,
        statement: &'static str,
        id: QueueId,
        draft: &QueueDraft,
    ) -> Result<(), ConfigError> {
        let mut query = sqlx::query(statement).bind(id.0);
        if statement == sql::QUEUE_CREATE {
            query = query.bind(self.tenant().0);
        }
        query
            .bind(draft.name.clone())
            .bind(draft.name.to_lowercase())
            .bind(word(&draft.strategy))
            .bind(word(&draft.order))
            .bind(draft.offer_timeout_secs)
            .bind(draft.max_per_agent)
            .bind(word(&draft.on_agent_lost))
            .bind(self.at.0)
            .bind(self.revision)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn store_members(&mut self, id: QueueId, members: &[AgentId]) -> Result<(), ConfigError> {
        let tenant = self.tenant().0;
        sqlx::query(sql::MEMBERS_CLEAR)
            .bind(id.0)
            .execute(self.conn())
            .await?;
        for member in members.iter().collect::<BTreeSet<_>>() {
            let insertion = sqlx::query(sql::MEMBER_ADD)
                .bind(id.0)
                .bind(member.0)
                .bind(tenant);
            insertion.execute(self.conn()).await?;
        }
        Ok(())
    }

    async fn refuse_if_in_use(&mut self, id: QueueId) -> Result<(), ConfigError> {
        let tenant = self.tenant().0;
        let query = sqlx::query_as(sql::CHANNELS_OF_QUEUE)
            .bind(tenant)
            .bind(id.0);
        let channels: Vec<(Uuid, String)> = query.fetch_all(self.conn()).await?;
        if channels.is_empty() {
            return Ok(());
        }
        let named = |(id, name)| ChannelInTheWay {
            id: ChannelId(id),
            name,
        };
        Err(ConfigError::QueueInUse {
            channels: channels.into_iter().map(named).collect(),
        })
    }
}

#[derive(sqlx::FromRow)]
struct Member {
    queue: Uuid,
    person: Uuid,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: u32,
    name: String,
    strategy: String,
    agent_order: String,
    offer_timeout_secs: i64,
    max_per_agent: i64,
    on_agent_lost: String,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl Row {
    fn record(self, members: Vec<AgentId>) -> Result<QueueRecord, ConfigError> {
        Ok(QueueRecord {
            id: QueueId(self.id),
            tenant: TenantId(self.tenant),
            name: self.name,
            strategy: from_word("queue", &self.strategy)?,
            order: from_word("queue", &self.agent_order)?,
            offer_timeout_secs: small(self.offer_timeout_secs),
            max_per_agent: small(self.max_per_agent),
            members,
            on_agent_lost: from_word("queue", &self.on_agent_lost)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            revision: unsigned(self.revision),
        })
    }
}

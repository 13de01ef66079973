//! Messaging queues and their members.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::configuration::{AgentOrder, OnAgentLost, Queue, Strategy};
use ecluse_engine::ids::{AgentId, QueueId, TenantId};
use ecluse_engine::message::Timestamp;
use ecluse_engine::tenant::Module;
use futures_util::FutureExt as _;
use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::bounds;
use super::operation_times::{OperationTimes, QueueStatus};
use super::text_check::{out_of_range, too_long, too_many};
use super::violation::tell_besides;
use super::{
    Change, ConfigDb, ConfigError, Editor, Page, Violation, from_word, refuse_stale, small, sql,
    unsigned, word,
};

const NAME_LENGTH_MAX: usize = 64;
const MEMBERS_MAX: usize = 10_000;

/// A queue as it is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueRecord {
    pub id: QueueId,
    pub tenant: TenantId,
    pub key: String,
    pub name: String,
    pub strategy: Strategy,
    pub order: AgentOrder,
    pub offer_timeout_secs: u32,
    /// E-mails are counted apart from all others; 0 is no limit.
    pub max_per_agent: u32,
    pub members: Vec<AgentId>,
    pub on_agent_lost: OnAgentLost,
    #[serde(flatten)]
    pub rules: QueueRules,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The configuration's revision at the last change of this queue.
    pub revision: u64,
}

/// What a queue does besides handing out. What is missing in a stored one was not there yet, and is off; see
/// [`QueueDraft::new`] for what is usual.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueRules {
    /// When new conversations are taken.
    pub operation_times: OperationTimes<QueueStatus>,
    /// Whether a returning customer is offered to the agent who knows them first.
    pub returning_customer: bool,
    /// Whether the customer is asked how it was.
    pub survey: bool,
}

/// A queue as an administrator asks for it, not yet checked.
#[derive(Clone, Debug)]
pub struct QueueDraft {
    /// `None` keeps the key, or makes one of the name.
    pub key: Option<String>,
    pub name: String,
    pub strategy: Strategy,
    pub order: AgentOrder,
    pub offer_timeout_secs: u32,
    pub max_per_agent: u32,
    pub members: Vec<AgentId>,
    pub on_agent_lost: OnAgentLost,
    pub rules: QueueRules,
}

impl QueueDraft {
    /// A queue with the usual settings and no members.
    pub fn new(name: impl Into<String>, strategy: Strategy) -> Self {
        Self {
            key: None,
            name: name.into(),
            strategy,
            order: AgentOrder::default(),
            offer_timeout_secs: Self::OFFER_TIMEOUT_SECS,
            max_per_agent: Self::MAX_PER_AGENT,
            members: Vec::new(),
            on_agent_lost: OnAgentLost::default(),
            rules: QueueRules {
                returning_customer: Self::RETURNING_CUSTOMER,
                ..QueueRules::default()
            },
        }
    }

    /// How long an agent may think about an offer, unless somebody decides otherwise.
    pub const OFFER_TIMEOUT_SECS: u32 = 30;
    /// How many conversations of a queue an agent holds at most, unless somebody decides otherwise.
    pub const MAX_PER_AGENT: u32 = 5;
    /// Whether a returning customer is offered to the agent who knows them first, unless somebody decides otherwise.
    pub const RETURNING_CUSTOMER: bool = true;

    fn check(&mut self) -> Vec<Violation> {
        let mut violations = Vec::new();
        self.name = canonical_name(&self.name);
        violations.extend(check_name(&self.name));
        if !bounds::OFFER_TIMEOUT_SECS.contains(&self.offer_timeout_secs) {
            let range = &bounds::OFFER_TIMEOUT_SECS;
            violations.push(out_of_range("offer_timeout_secs", range));
        }
        if !bounds::MAX_PER_AGENT.contains(&self.max_per_agent) {
            violations.push(out_of_range("max_per_agent", &bounds::MAX_PER_AGENT));
        }
        if self.members.len() > MEMBERS_MAX {
            violations.push(too_many("members", MEMBERS_MAX, "members"));
        }
        self.rules.operation_times.check(&mut violations);
        violations
    }
}

/// Names that look the same are the same: white space is one space, and a letter with its accent is one character, which it is
/// not in what some systems paste.
fn canonical_name(typed: &str) -> String {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let nfc = ComposingNormalizerBorrowed::new_nfc();
    nfc.normalize(&words.join(" ")).into_owned()
}

/// Letters, digits, space, `_` and `-`.
fn check_name(name: &str) -> Option<Violation> {
    if name.is_empty() {
        return Some(Violation::new("name", "required", "must not be empty"));
    }
    if name.chars().count() > NAME_LENGTH_MAX {
        return Some(too_long("name", NAME_LENGTH_MAX));
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
            hours: self.rules.operation_times.for_engine(),
            returning_customer: self.rules.returning_customer,
            survey: self.rules.survey,
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
        draft: QueueDraft,
    ) -> Result<QueueRecord, ConfigError> {
        self.change(editor, move |change| change.create_queue(draft).boxed())
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
        draft: QueueDraft,
    ) -> Result<QueueRecord, ConfigError> {
        self.change(editor, move |change| {
            change.change_queue(id, expected, draft).boxed()
        })
        .await
    }

    /// Deletes a queue to which nothing points.
    ///
    /// # Errors
    /// [`ConfigError::InUse`], a newer revision, or no such queue.
    pub async fn delete_queue(
        &self,
        editor: &Editor,
        id: QueueId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        self.change(editor, move |change| {
            change.delete_queue(id, expected).boxed()
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

/// The queues of every tenant that changed after a revision, and whether each is deleted.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    revision: i64,
) -> Result<Vec<(QueueRecord, bool)>, ConfigError> {
    let rows: Vec<Row> = sqlx::query_as(sql::QUEUE_SINCE)
        .bind(revision)
        .fetch_all(&mut *conn)
        .await?;
    let members: Vec<Member> = sqlx::query_as(sql::MEMBERS_SINCE)
        .bind(revision)
        .fetch_all(conn)
        .await?;
    let deleted: Vec<bool> = rows.iter().map(|row| row.deleted_at.is_some()).collect();
    Ok(records(rows, members)?.into_iter().zip(deleted).collect())
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
    /// A queue that is not deleted.
    ///
    /// # Errors
    /// There is none, or the database cannot be read.
    pub async fn queue(&mut self, id: QueueId) -> Result<QueueRecord, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, id)
            .await?
            .ok_or(ConfigError::NotFound)
    }

    /// Adds a queue.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_queue(&mut self, draft: QueueDraft) -> Result<QueueRecord, ConfigError> {
        let id = QueueId(self.new_id());
        self.put_queue(id, None, draft).await
    }

    /// Replaces a queue's configuration. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, or no such queue.
    pub async fn change_queue(
        &mut self,
        id: QueueId,
        expected: Option<u64>,
        draft: QueueDraft,
    ) -> Result<QueueRecord, ConfigError> {
        let before = self.expected_queue(id, expected).await?;
        self.put_queue(id, Some(before), draft).await
    }

    /// Deletes a queue to which nothing points.
    ///
    /// # Errors
    /// [`ConfigError::InUse`], a newer revision, or no such queue.
    pub async fn delete_queue(
        &mut self,
        id: QueueId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        let before = self.expected_queue(id, expected).await?;
        self.refuse_if_linked(Resource::Queue, id.0).await?;
        let (at, revision) = (self.at.0, self.revision());
        let deletion = sqlx::query(sql::QUEUE_DELETE)
            .bind(id.0)
            .bind(at)
            .bind(revision);
        deletion.execute(self.conn()).await?;
        sqlx::query(sql::MEMBERS_CLEAR)
            .bind(id.0)
            .execute(self.conn())
            .await?;
        self.audit(
            (Resource::Queue, id.0),
            Action::Deleted,
            Some(&before),
            None,
        )
        .await
    }

    async fn put_queue(
        &mut self,
        id: QueueId,
        before: Option<QueueRecord>,
        mut draft: QueueDraft,
    ) -> Result<QueueRecord, ConfigError> {
        let resource = (Resource::Queue, id.0);
        let mut violations = draft.check();
        tell_besides(&mut violations, self.look_up_queue(id, &draft).await?);
        let of_key = self.key_violation(resource, draft.key.as_deref()).await?;
        violations.extend(of_key);
        ConfigError::refuse(violations)?;
        let asks = before.as_ref().is_some_and(|before| before.rules.survey);
        if draft.rules.survey && !asks {
            self.refuse_without(Module::CustomerSurvey).await?;
        }
        let stored = before.as_ref().map(|before| before.key.clone());
        let key = self
            .accepted_key(resource, draft.key.as_deref(), stored, &draft.name)
            .await?;
        let (statement, action) = match before {
            None => (sql::QUEUE_CREATE, Action::Created),
            Some(_) => (sql::QUEUE_CHANGE, Action::Changed),
        };
        self.write_queue(statement, id, &key, &draft).await?;
        self.store_members(id, &draft.members).await?;
        let after = self.queue(id).await?;
        self.audit(resource, action, before.as_ref(), Some(&after))
            .await?;
        Ok(after)
    }

    async fn expected_queue(
        &mut self,
        id: QueueId,
        expected: Option<u64>,
    ) -> Result<QueueRecord, ConfigError> {
        let queue = self.queue(id).await?;
        refuse_stale(queue.revision, expected)?;
        Ok(queue)
    }

    async fn look_up_queue(
        &mut self,
        id: QueueId,
        draft: &QueueDraft,
    ) -> Result<Vec<Violation>, ConfigError> {
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
        if draft.members.len() > MEMBERS_MAX {
            return Ok(violations);
        }
        let people = self.people_of(&draft.members).await?;
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
        Ok(violations)
    }

    /// Those of the named who are people of the tenant.
    async fn people_of(&mut self, named: &[AgentId]) -> Result<BTreeSet<Uuid>, ConfigError> {
        if named.is_empty() {
            return Ok(BTreeSet::new());
        }
        let ids: Vec<String> = named.iter().map(|id| id.0.simple().to_string()).collect();
        let people: Vec<Uuid> = sqlx::query_scalar(sql::PEOPLE_NAMED)
            .bind(self.tenant().0)
            .bind(serde_json::Value::from(ids).to_string())
            .fetch_all(self.conn())
            .await?;
        Ok(people.into_iter().collect())
    }

    /// Runs one of the two statements that take a whole queue.
    async fn write_queue(
        &mut self,
        statement: &'static str,
        id: QueueId,
        key: &str,
        draft: &QueueDraft,
    ) -> Result<(), ConfigError> {
        let rules = serde_json::to_string(&draft.rules).map_err(unreadable)?;
        sqlx::query(statement)
            .bind(id.0)
            .bind(self.tenant().0)
            .bind(key.to_owned())
            .bind(draft.name.clone())
            .bind(draft.name.to_lowercase())
            .bind(word(&draft.strategy))
            .bind(word(&draft.order))
            .bind(draft.offer_timeout_secs)
            .bind(draft.max_per_agent)
            .bind(word(&draft.on_agent_lost))
            .bind(rules)
            .bind(self.at.0)
            .bind(self.revision())
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
}

const fn unreadable(source: serde_json::Error) -> ConfigError {
    ConfigError::Unreadable {
        what: "queue",
        source,
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
    key: String,
    name: String,
    strategy: String,
    agent_order: String,
    offer_timeout_secs: i64,
    max_per_agent: i64,
    on_agent_lost: String,
    rules: String,
    deleted_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl Row {
    fn record(self, members: Vec<AgentId>) -> Result<QueueRecord, ConfigError> {
        Ok(QueueRecord {
            id: QueueId(self.id),
            tenant: TenantId(self.tenant),
            key: self.key,
            name: self.name,
            strategy: from_word("queue", &self.strategy)?,
            order: from_word("queue", &self.agent_order)?,
            offer_timeout_secs: small(self.offer_timeout_secs),
            max_per_agent: small(self.max_per_agent),
            members,
            on_agent_lost: from_word("queue", &self.on_agent_lost)?,
            rules: serde_json::from_str(&self.rules).map_err(unreadable)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            revision: unsigned(self.revision),
        })
    }
}

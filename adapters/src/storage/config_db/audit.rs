//! Who changed what: one record for each change, in the change's own transaction.

use ecluse_engine::ids::{AgentId, ContactId, TenantId};
use ecluse_engine::message::Timestamp;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Change, ConfigDb, ConfigError, from_word, sql, unsigned, word};

/// On whose behalf a change is made.
#[derive(Clone, Debug)]
pub struct Editor {
    pub tenant: TenantId,
    pub kind: EditorKind,
    pub name: String,
}

/// What sort of editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditorKind {
    Person(AgentId),
    /// A program, by its API key.
    Key(Uuid),
    /// The deployment itself: its first start, its command line.
    System,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EditorWord {
    Person,
    Key,
    System,
}

impl Editor {
    /// The deployment itself.
    #[must_use]
    pub fn system(tenant: TenantId) -> Self {
        Self {
            tenant,
            kind: EditorKind::System,
            name: "system".to_owned(),
        }
    }

    pub(super) fn stored(&self) -> (String, Option<Uuid>) {
        let (kind, id) = match self.kind {
            EditorKind::Person(person) => (EditorWord::Person, Some(person.0)),
            EditorKind::Key(key) => (EditorWord::Key, Some(key)),
            EditorKind::System => (EditorWord::System, None),
        };
        (word(&kind), id)
    }
}

/// One change, as it was recorded.
#[derive(Clone, Debug)]
pub struct AuditRecord {
    pub position: u64,
    pub at: Timestamp,
    /// The revision that the change made.
    pub revision: u64,
    pub editor: EditorKind,
    /// The editor's name at that time.
    pub editor_name: String,
    /// `channel`, `queue`, `agent`, `api_key`, `contact`.
    pub resource: String,
    pub resource_id: Uuid,
    /// `created`, `changed`, `deleted` or a more precise word.
    pub action: String,
    /// The resource before, without its secrets.
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
}

/// Which changes are asked for; what is left out is not looked at.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Below this position.
    pub before: Option<u64>,
    pub resource: Option<String>,
    pub resource_id: Option<Uuid>,
    /// A person or an API key.
    pub editor: Option<Uuid>,
    /// A part of the editor's name.
    pub editor_name: Option<String>,
    /// `created`, `changed`, `deleted` or a more precise word.
    pub action: Option<String>,
}

/// What kind of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    Channel,
    Queue,
    Chatbot,
    Form,
    SmsTrunk,
    Agent,
    ApiKey,
    Settings,
    Licence,
    Ban,
    Tenant,
    /// A customer, of whom the trail says nothing but the id.
    Contact,
}

/// What happened to it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Created,
    Changed,
    Deleted,
    PasswordSet,
    LinkIssued,
    DeletionScheduled,
    Reactivated,
    Lifted,
    Erased,
    Exported,
}

/// What was done with all that is kept about a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactDeed {
    Erased,
    Exported,
}

impl Change {
    /// Records the change. `before` and `after` must hold nothing secret.
    pub(super) async fn audit<T: Serialize>(
        &mut self,
        (resource, id): (Resource, Uuid),
        action: Action,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<(), ConfigError> {
        let (before, after) = (json(before)?, json(after)?);
        let (kind, editor) = self.editor.stored();
        sqlx::query(sql::AUDIT_WRITE)
            .bind(self.editor.tenant.0)
            .bind(self.at.0)
            .bind(self.revision())
            .bind(kind)
            .bind(editor)
            .bind(self.editor.name.clone())
            .bind(word(&resource))
            .bind(id)
            .bind(word(&action))
            .bind(before)
            .bind(after)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

impl Change {
    async fn record_contact(
        &mut self,
        contact: ContactId,
        deed: ContactDeed,
    ) -> Result<(), ConfigError> {
        let action = match deed {
            ContactDeed::Erased => Action::Erased,
            ContactDeed::Exported => Action::Exported,
        };
        self.audit::<()>((Resource::Contact, contact.0), action, None, None)
            .await
    }
}

/// A resource in the audit trail: which secrets were written, never what.
#[derive(Serialize)]
struct WithSecrets<'a, T> {
    #[serde(flatten)]
    resource: &'a T,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    secrets_changed: &'a [&'a str],
}

impl Change {
    /// As [`Change::audit`], with the names of the secrets that the change wrote.
    pub(super) async fn audit_with_secrets<T: Serialize>(
        &mut self,
        what: (Resource, Uuid),
        action: Action,
        (before, after): (Option<&T>, Option<&T>),
        secrets_changed: &[&str],
    ) -> Result<(), ConfigError> {
        let none: &[&str] = &[];
        let with = |resource, secrets_changed| WithSecrets {
            resource,
            secrets_changed,
        };
        let before = before.map(|resource| with(resource, none));
        let after = after.map(|resource| with(resource, secrets_changed));
        self.audit(what, action, before.as_ref(), after.as_ref())
            .await
    }
}

fn json<T: Serialize>(value: Option<&T>) -> Result<Option<String>, ConfigError> {
    let text = value.map(serde_json::to_string).transpose();
    text.map_err(|source| ConfigError::Unreadable {
        what: "record",
        source,
    })
}

#[derive(sqlx::FromRow)]
struct Row {
    position: i64,
    at: i64,
    revision: i64,
    editor_kind: String,
    editor: Option<Uuid>,
    editor_name: String,
    resource: String,
    resource_id: Uuid,
    action: String,
    before: Option<String>,
    after: Option<String>,
}

impl Row {
    fn record(self) -> Result<AuditRecord, ConfigError> {
        let editor = match from_word("editor", &self.editor_kind)? {
            EditorWord::Person => EditorKind::Person(AgentId(self.editor.unwrap_or_default())),
            EditorWord::Key => EditorKind::Key(self.editor.unwrap_or_default()),
            EditorWord::System => EditorKind::System,
        };
        Ok(AuditRecord {
            position: unsigned(self.position),
            at: Timestamp(self.at),
            revision: unsigned(self.revision),
            editor,
            editor_name: self.editor_name,
            resource: self.resource,
            resource_id: self.resource_id,
            action: self.action,
            before: value(self.before)?,
            after: value(self.after)?,
        })
    }
}

fn value(text: Option<String>) -> Result<Option<serde_json::Value>, ConfigError> {
    let value = text.map(|text| serde_json::from_str(&text)).transpose();
    value.map_err(|source| ConfigError::Unreadable {
        what: "audit record",
        source,
    })
}

impl ConfigDb {
    /// Records what was done with a contact, and nothing that is personal.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn record_contact(
        &self,
        editor: &Editor,
        contact: ContactId,
        deed: ContactDeed,
    ) -> Result<(), ConfigError> {
        self.change(editor, move |change| {
            change.record_contact(contact, deed).boxed()
        })
        .await
    }

    /// Changes, newest first, below the position `before`.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn audit(
        &self,
        tenant: TenantId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, ConfigError> {
        let filter = AuditFilter {
            before,
            ..AuditFilter::default()
        };
        self.audit_page(tenant, &filter, limit).await
    }

    /// Those changes that fit a filter, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn audit_page(
        &self,
        tenant: TenantId,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, ConfigError> {
        let before = filter.before.map_or(i64::MAX, |position| {
            i64::try_from(position).unwrap_or(i64::MAX)
        });
        let rows: Vec<Row> = sqlx::query_as(sql::AUDIT_PAGE)
            .bind(tenant.0)
            .bind(before)
            .bind(limit)
            .bind(filter.resource.clone())
            .bind(filter.resource_id)
            .bind(filter.editor)
            .bind(filter.editor_name.clone())
            .bind(filter.action.clone())
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }
}

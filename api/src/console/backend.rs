//! What the console needs of the rest of the program: everything configured, as the JSON that the REST API shows and takes.
//!
//! What must stay true: validation, the audit trail and the rights of tenants are behind this trait and nowhere in the console;
//! so a form and a program get the same answer to the same body.

use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use ecluse_adapters::cmp::NotAvailable;
use serde_json::Value;

use crate::auth::SessionUser;
use crate::error::{ApiError, FieldError};

/// What there is one list of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Channel,
    Queue,
    Chatbot,
    Form,
    SmsTrunk,
    Agent,
    Ban,
    ApiKey,
    DeadLetter,
    Alert,
    Audit,
    Tenant,
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The `next` of the part before.
    pub cursor: Option<String>,
    /// How many items at the most; `None` is all that there are. What is configured is listed whole, ordered by name; records
    /// (alerts, bans, dead letters, the audit trail) are listed in parts, newest first.
    pub limit: Option<usize>,
    /// Members that must have a value, such as `resource_id`; for the audit trail also `resource`, `action` and `by`.
    pub terms: Vec<(&'static str, String)>,
}

/// A thing as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// A UUID; of a record, its number.
    pub id: String,
    /// Rises with each change; 0 for what never changes.
    pub revision: u64,
    /// What REST shows.
    pub body: Value,
}

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    pub items: Vec<Arc<Shown>>,
    /// The cursor of the next part, if there is more.
    pub next: Option<String>,
}

/// How many conversations are open on a channel: counted, or more than are worth counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenConversations {
    Exactly(u32),
    MoreThan(u32),
}

/// What came of trying a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub works: bool,
    /// The step that failed, as the API tells it; empty when it works.
    pub step: String,
    /// A stable word for what happened. When it works, for how much is known; empty when that is all.
    pub code: String,
    /// The other side's own words, if there are any. Never a secret.
    pub detail: String,
}

/// One kind of configuration as JSON: what REST shows and takes, on behalf of one signed-in person.
#[async_trait(?Send)]
pub trait Backend {
    async fn list(&self, kind: Kind, filter: &Filter) -> Result<Listed, ApiError>;
    async fn show(&self, kind: Kind, id: &str) -> Result<Shown, ApiError>;
    /// The answer of a creation may hold what is shown this once: `key` of an API key, `invitation_url` of an agent.
    async fn create(&self, kind: Kind, body: Value) -> Result<Shown, ApiError>;
    /// # Errors
    /// [`ApiError::PreconditionFailed`] when somebody else saved since `expected`.
    async fn replace(
        &self,
        kind: Kind,
        id: &str,
        expected: Option<u64>,
        body: Value,
    ) -> Result<Shown, ApiError>;
    async fn remove(&self, kind: Kind, id: &str, expected: Option<u64>) -> Result<(), ApiError>;
    /// What would be refused of a body in which the form itself finds faults, as far as it can be read. Nothing is stored and no
    /// company is asked. Without an id the thing is new; an empty one is that of the tenant's settings.
    async fn refusals(
        &self,
        kind: Kind,
        id: Option<&str>,
        body: Value,
    ) -> Result<Vec<FieldError>, ApiError>;

    async fn settings(&self) -> Result<Shown, ApiError>;
    async fn change_settings(&self, expected: Option<u64>, body: Value) -> Result<Shown, ApiError>;
    async fn licence(&self) -> Result<Value, ApiError>;

    /// Tries `imap`, `smtp` or `provider` with what was typed; secrets that are left out are those of channel `id`.
    async fn verify_channel(
        &self,
        id: Option<&str>,
        connection: &str,
        body: Value,
    ) -> Result<Verified, ApiError>;
    /// Tries an SMS trunk as it is saved.
    async fn verify_trunk(&self, id: &str) -> Result<Verified, ApiError>;
    /// Tries the outgoing mail of the settings with what was typed.
    async fn verify_mail(&self, body: Value) -> Result<Verified, ApiError>;
    /// Takes the deletion of a WhatsApp channel back.
    async fn reactivate(&self, channel: &str) -> Result<(), ApiError>;
    /// How many conversations are open on a channel.
    async fn open_conversations(&self, channel: &str) -> Result<OpenConversations, ApiError>;

    /// Why nobody can connect an account of `facebook` or `whatsapp` here, as far as it is known without asking the company.
    fn unavailable(&self, company: &str) -> Option<NotAvailable>;
    /// Begins a sign-on with `facebook`, `whatsapp`, `microsoft` or `gmail`: `{id, kind, state, url, …}`.
    async fn begin_sign_on(&self, kind: &str, channel: Option<&str>) -> Result<Value, ApiError>;
    /// How a sign-on stands.
    async fn sign_on(&self, id: &str) -> Result<Value, ApiError>;

    /// `{"added", "changed", "unchanged", "skipped", "rows": [{"line", "outcome", "name", "errors": [{field, code, message}]}]}`.
    async fn import_agents(&self, csv: String) -> Result<Value, ApiError>;
    async fn export_agents(&self) -> Result<String, ApiError>;
    /// A new link with which a person chooses a password.
    async fn invite(&self, agent: &str) -> Result<String, ApiError>;
    /// Sends a dead letter again.
    async fn retry(&self, letter: &str) -> Result<(), ApiError>;
}

/// Where the console finds a backend for whoever is signed in. Application data of the server.
pub trait Backends: Send + Sync {
    /// The configuration of this person's tenant, changed in this person's name.
    fn of(&self, user: &SessionUser) -> Rc<dyn Backend>;
    /// Whether this person administers the platform, and so its tenants.
    fn is_platform(&self, user: &SessionUser) -> bool;
    /// The address of the deployment, without a slash at its end, for snippets.
    fn public_url(&self) -> String;
}

/// As it is kept in the server's application data.
pub type SharedBackends = Arc<dyn Backends>;

impl std::fmt::Debug for dyn Backends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Backends")
    }
}

impl std::fmt::Debug for dyn Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Backend")
    }
}

//! The resources of one kind of a tenant at a glance: who has which key, and what no other one of the kind may have.
//!
//! What must stay true: what is let go is written again by the same change, or deleted by it.

use ecluse_engine::ids::TenantId;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::Resource;
use super::{Change, ConfigDb, ConfigError, sql, unsigned, word};

/// One resource that is not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRow {
    pub id: Uuid,
    pub key: String,
    /// The configuration's revision at its last change.
    pub revision: u64,
    /// Whether it stays although nobody names it: an administrator, or a channel that is about to go by itself.
    pub stays: bool,
    /// The addresses of a channel, the e-mail and the number of a person, the name of anything else.
    pub holds: Vec<String>,
}

/// What stands before a person's number among what they hold; no e-mail begins so.
const NUMBER: &str = "number ";

impl RosterRow {
    /// A person's number, as a roster has it.
    #[must_use]
    pub fn held_number(number: &str) -> String {
        format!("{NUMBER}{number}")
    }

    /// The number of a person, as [`RosterRow::held_number`] writes it.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        let mut holds = self.holds.iter().map(String::as_str);
        holds.find(|held| held.starts_with(NUMBER))
    }
}

impl ConfigDb {
    /// The resources of a kind, in the order of their creation.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn roster(
        &self,
        tenant: TenantId,
        kind: Resource,
    ) -> Result<Vec<RosterRow>, ConfigError> {
        read(&mut *self.read().await?, tenant, kind).await
    }
}

impl Change {
    /// The resources of a kind as this change sees them.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn roster(&mut self, kind: Resource) -> Result<Vec<RosterRow>, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, kind).await
    }

    /// Gives up what no other one of the kind may have, so that others can take it before this one is written again.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn let_go(&mut self, kind: Resource, id: Uuid) -> Result<(), ConfigError> {
        let statement = match kind {
            Resource::Channel => sql::ADDRESSES_RELEASE,
            Resource::Queue => sql::QUEUE_LET_GO,
            Resource::Agent => sql::PERSON_LET_GO,
            _ => sql::DOCUMENT_LET_GO,
        };
        self.forget_free_from();
        sqlx::query(statement).bind(id).execute(self.conn()).await?;
        Ok(())
    }
}

async fn read(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    kind: Resource,
) -> Result<Vec<RosterRow>, ConfigError> {
    let statement = match kind {
        Resource::Channel => sql::CHANNEL_ROSTER,
        Resource::Queue => sql::QUEUE_ROSTER,
        Resource::Agent => sql::PERSON_ROSTER,
        _ => sql::DOCUMENT_ROSTER,
    };
    let rows: Vec<Row> = sqlx::query_as(statement)
        .bind(tenant.0)
        .bind(word(&kind))
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::read).collect()
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    key: String,
    revision: i64,
    stays: bool,
    holds: String,
}

impl Row {
    fn read(self) -> Result<RosterRow, ConfigError> {
        let holds = serde_json::from_str(&self.holds);
        Ok(RosterRow {
            id: self.id,
            key: self.key,
            revision: unsigned(self.revision),
            stays: self.stays,
            holds: holds.map_err(|source| ConfigError::Unreadable {
                what: "roster",
                source,
            })?,
        })
    }
}

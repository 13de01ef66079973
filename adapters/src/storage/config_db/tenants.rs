//! Tenants: companies that share a deployment and see nothing of each other.

use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Timestamp;
use futures_util::FutureExt as _;
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::key::{check_key, stem};
use super::text_check::check_name;
use super::{Change, ConfigDb, ConfigError, Editor, Violation, refuse_stale, sql, unsigned};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TenantRecord {
    pub id: TenantId,
    /// Unique in the deployment.
    pub key: String,
    pub name: String,
    pub created_at: Timestamp,
    /// The configuration's revision at its last change.
    pub revision: u64,
}

/// A tenant as the platform's administrator asks for it.
#[derive(Clone, Debug)]
pub struct TenantDraft {
    /// `None` makes one of the name.
    pub key: Option<String>,
    pub name: String,
}

impl ConfigDb {
    /// Every tenant.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tenants(&self) -> Result<Vec<TenantRecord>, ConfigError> {
        self.tenants_after(None, u32::MAX).await
    }

    /// Up to `limit` tenants that came after one, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tenants_after(
        &self,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<TenantRecord>, ConfigError> {
        let after = after.map_or(0, |after| i64::try_from(after).unwrap_or(i64::MAX));
        let rows: Vec<Row> = sqlx::query_as(sql::TENANT_PAGE)
            .bind(after)
            .bind(limit)
            .fetch_all(&mut *self.read().await?)
            .await?;
        Ok(rows.into_iter().map(Row::record).collect())
    }

    /// One tenant.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tenant(&self, id: TenantId) -> Result<Option<TenantRecord>, ConfigError> {
        let row: Option<Row> = sqlx::query_as(sql::TENANT_READ)
            .bind(id.0)
            .fetch_optional(&mut *self.read().await?)
            .await?;
        Ok(row.map(Row::record))
    }

    /// Adds a tenant. Its first administrator is added next, with an [`Editor`] of the new tenant.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_tenant(
        &self,
        editor: &Editor,
        draft: TenantDraft,
    ) -> Result<TenantRecord, ConfigError> {
        self.change(editor, move |change| change.create_tenant(draft).boxed())
            .await
    }

    /// Gives a tenant another name. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused name, a newer revision, or no such tenant.
    pub async fn rename_tenant(
        &self,
        editor: &Editor,
        id: TenantId,
        expected: Option<u64>,
        name: String,
    ) -> Result<TenantRecord, ConfigError> {
        self.change(editor, move |change| {
            change.rename_tenant(id, expected, name).boxed()
        })
        .await
    }
}

impl Change {
    /// Adds a tenant.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_tenant(
        &mut self,
        mut draft: TenantDraft,
    ) -> Result<TenantRecord, ConfigError> {
        let mut violations: Vec<_> = check_name(&mut draft.name).into_iter().collect();
        violations.extend(draft.key.as_deref().and_then(check_key));
        if let Some(key) = draft.key.as_deref()
            && self.is_tenant_key(key).await?
        {
            let message = "another tenant has this key";
            violations.push(Violation::new("key", "taken", message));
        }
        ConfigError::refuse(violations)?;
        let key = match draft.key {
            Some(key) => key,
            None => self.free_tenant_key(&draft.name).await?,
        };
        let id: u32 = sqlx::query_scalar(sql::TENANT_ADD)
            .bind(key)
            .bind(draft.name)
            .bind(self.at.0)
            .bind(self.revision())
            .fetch_one(self.conn())
            .await?;
        let after = self.tenant_record(TenantId(id)).await?;
        self.audit(named(after.id), Action::Created, None, Some(&after))
            .await?;
        Ok(after)
    }

    async fn is_tenant_key(&mut self, key: &str) -> Result<bool, ConfigError> {
        let holder: Option<u32> = sqlx::query_scalar(sql::TENANT_WITH_KEY)
            .bind(key)
            .fetch_optional(self.conn())
            .await?;
        Ok(holder.is_some())
    }

    /// The name as a key, with a part of its own if another tenant has it.
    async fn free_tenant_key(&mut self, name: &str) -> Result<String, ConfigError> {
        let stem = stem(name, Resource::Tenant);
        if !self.is_tenant_key(&stem).await? {
            return Ok(stem);
        }
        let random = self.new_id().as_u128() as u32;
        Ok(format!("{stem}-{random:08x}"))
    }

    /// Gives a tenant another name; the one that it has already is no change.
    ///
    /// # Errors
    /// A refused name, or no such tenant.
    pub async fn rename_tenant(
        &mut self,
        id: TenantId,
        expected: Option<u64>,
        mut name: String,
    ) -> Result<TenantRecord, ConfigError> {
        let before = self.tenant_record(id).await?;
        refuse_stale(before.revision, expected)?;
        ConfigError::refuse(check_name(&mut name).into_iter().collect())?;
        if name == before.name {
            return Ok(before);
        }
        sqlx::query(sql::TENANT_RENAME)
            .bind(id.0)
            .bind(name)
            .bind(self.revision())
            .execute(self.conn())
            .await?;
        let after = self.tenant_record(id).await?;
        self.audit(named(id), Action::Changed, Some(&before), Some(&after))
            .await?;
        Ok(after)
    }

    async fn tenant_record(&mut self, id: TenantId) -> Result<TenantRecord, ConfigError> {
        let row: Option<Row> = sqlx::query_as(sql::TENANT_READ)
            .bind(id.0)
            .fetch_optional(self.conn())
            .await?;
        Ok(row.ok_or(ConfigError::NotFound)?.record())
    }
}

/// The tenants that are new or changed after a revision.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    revision: i64,
) -> Result<Vec<TenantId>, ConfigError> {
    let ids: Vec<u32> = sqlx::query_scalar(sql::TENANT_SINCE)
        .bind(revision)
        .fetch_all(conn)
        .await?;
    Ok(ids.into_iter().map(TenantId).collect())
}

/// The audit trail names everything by a UUID.
fn named(tenant: TenantId) -> (Resource, Uuid) {
    (Resource::Tenant, Uuid::from_u128(u128::from(tenant.0)))
}

#[derive(sqlx::FromRow)]
struct Row {
    id: u32,
    key: String,
    name: String,
    created_at: i64,
    revision: i64,
}

impl Row {
    fn record(self) -> TenantRecord {
        TenantRecord {
            id: TenantId(self.id),
            key: self.key,
            name: self.name,
            created_at: Timestamp(self.created_at),
            revision: unsigned(self.revision),
        }
    }
}

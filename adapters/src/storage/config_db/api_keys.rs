//! The keys of programs. A key is shown once; afterwards only its digest is known.

use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Timestamp;
use futures_util::FutureExt as _;
use serde::Serialize;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::text_check::{check_visible, too_long};
use super::token::{Token, TokenDigest};
use super::{Change, ConfigDb, ConfigError, Editor, Page, Violation, from_word, sql, word};

const NAME_LENGTH_MAX: usize = 100;

/// An API key, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKeyRecord {
    pub id: Uuid,
    pub tenant: TenantId,
    pub name: String,
    pub role: Role,
    pub created_at: Timestamp,
    /// Exact to a minute or so.
    pub last_used_at: Option<Timestamp>,
}

/// An API key just created, with the key.
#[derive(Debug)]
pub struct NewApiKey {
    pub record: ApiKeyRecord,
    pub key: Token,
}

impl ConfigDb {
    /// The keys, in the order of their creation.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn api_keys(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Vec<ApiKeyRecord>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::KEY_PAGE)
            .bind(tenant.0)
            .bind(page.after.unwrap_or_default())
            .bind(page.limit)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// One key.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn api_key_of(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<ApiKeyRecord>, ConfigError> {
        let query = sqlx::query_as(sql::KEY_READ).bind(tenant.0).bind(id);
        let row: Option<Row> = query.fetch_optional(&mut *self.read().await?).await?;
        row.map(Row::record).transpose()
    }

    /// The key that somebody presented.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn api_key(&self, digest: TokenDigest) -> Result<Option<ApiKeyRecord>, ConfigError> {
        let query = sqlx::query_as(sql::KEY_FIND).bind(digest.as_bytes().to_vec());
        let row: Option<Row> = query.fetch_optional(&mut *self.read().await?).await?;
        row.map(Row::record).transpose()
    }

    /// Draws a key.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for its name.
    pub async fn create_api_key(
        &self,
        editor: &Editor,
        name: &str,
        role: Role,
    ) -> Result<NewApiKey, ConfigError> {
        self.add_api_key(editor, name, role, Token::draw_api_key())
            .await
    }

    /// Adds a key that somebody else chose.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for its name; the key exists already.
    pub async fn add_api_key(
        &self,
        editor: &Editor,
        name: &str,
        role: Role,
        key: Token,
    ) -> Result<NewApiKey, ConfigError> {
        let name = name.to_owned();
        self.change(editor, move |change| {
            change.add_api_key(name, role, key).boxed()
        })
        .await
    }

    /// Notes that a key was used. Call it rarely: it costs an fsync.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn touch_api_key(&self, id: Uuid, at: Timestamp) -> Result<(), ConfigError> {
        self.note(move |change| {
            async move {
                sqlx::query(sql::KEY_USED)
                    .bind(at.0)
                    .bind(id)
                    .execute(change.conn())
                    .await?;
                Ok(())
            }
            .boxed()
        })
        .await
    }

    /// Revokes a key at once.
    ///
    /// # Errors
    /// No such key.
    pub async fn delete_api_key(&self, editor: &Editor, id: Uuid) -> Result<(), ConfigError> {
        self.change(editor, move |change| {
            async move {
                let query = sqlx::query_as(sql::KEY_READ)
                    .bind(change.tenant().0)
                    .bind(id);
                let row: Option<Row> = query.fetch_optional(change.conn()).await?;
                let before = row.ok_or(ConfigError::NotFound)?.record()?;
                change.forgets_sign_ins();
                sqlx::query(sql::KEY_DELETE)
                    .bind(id)
                    .execute(change.conn())
                    .await?;
                change
                    .audit((Resource::ApiKey, id), Action::Deleted, Some(&before), None)
                    .await?;
                Ok(())
            }
            .boxed()
        })
        .await
    }
}

impl Change {
    /// Adds a key.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for its name; the key exists already.
    pub async fn add_api_key(
        &mut self,
        name: String,
        role: Role,
        key: Token,
    ) -> Result<NewApiKey, ConfigError> {
        let name = name.trim().to_owned();
        ConfigError::refuse(check_name(&name).into_iter().collect())?;
        let record = ApiKeyRecord {
            id: self.new_id(),
            tenant: self.tenant(),
            name,
            role,
            created_at: self.at,
            last_used_at: None,
        };
        sqlx::query(sql::KEY_CREATE)
            .bind(record.id)
            .bind(record.tenant.0)
            .bind(record.name.clone())
            .bind(word(&record.role))
            .bind(key.digest().as_bytes())
            .bind(record.created_at.0)
            .execute(self.conn())
            .await?;
        let resource = (Resource::ApiKey, record.id);
        self.audit(resource, Action::Created, None, Some(&record))
            .await?;
        Ok(NewApiKey { record, key })
    }
}

fn check_name(name: &str) -> Option<Violation> {
    if name.is_empty() {
        return Some(Violation::new("name", "required", "must not be empty"));
    }
    if name.chars().count() > NAME_LENGTH_MAX {
        return Some(too_long("name", NAME_LENGTH_MAX));
    }
    check_visible("name", name)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: u32,
    name: String,
    role: String,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl Row {
    fn record(self) -> Result<ApiKeyRecord, ConfigError> {
        Ok(ApiKeyRecord {
            id: self.id,
            tenant: TenantId(self.tenant),
            name: self.name,
            role: from_word("role", &self.role)?,
            created_at: Timestamp(self.created_at),
            last_used_at: self.last_used_at.map(Timestamp),
        })
    }
}

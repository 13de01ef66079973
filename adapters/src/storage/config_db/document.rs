//! Configuration that is kept whole, as one JSON value a row: chatbots, forms, SMS trunks, settings, licences.
//!
//! What must stay true: a body that is stored was checked, and holds nothing secret; its secrets are sealed beside it; what
//! it points to exists, and cannot be deleted while it does.

use std::collections::BTreeSet;

use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::channel::ChannelSettings;
use super::link::Link;
use super::secret::SecretChange;
use super::{Change, ConfigDb, ConfigError, Page, Violation, sql, unsigned, word};
use crate::secrets::Cell;

const SECRETS_TABLE: &str = "document_secrets";

/// One kind of configuration that is kept whole.
pub trait Document:
    Serialize + DeserializeOwned + Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static
{
    const KIND: Resource;

    /// What people call it.
    fn name(&self) -> &str;

    /// All that is wrong with it by itself. Texts are trimmed and made canonical.
    fn check(&mut self) -> Vec<Violation>;

    /// What is wrong with the secrets that are given, by their paths in the body.
    fn check_secrets(&self, _given: &[(&'static str, SecretChange)]) -> Vec<Violation> {
        Vec::new()
    }

    /// What it points to.
    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    /// Whether a channel that points to it, by this id, can use it.
    fn serves(&self, _id: Uuid, _channel: &ChannelSettings) -> bool {
        true
    }

    /// Takes its secrets out, each with its path in the body.
    fn take_secrets(&mut self) -> Vec<(&'static str, SecretChange)> {
        Vec::new()
    }

    /// The secrets that it can use, by their paths; the first ones, without which it cannot work, come with `true`.
    fn usable_secrets(&self) -> Vec<(&'static str, bool)> {
        Vec::new()
    }

    /// Whether what it needs to reach a provider is another than before, its secrets left aside.
    fn reaches_its_provider_anew(&self, _before: &Self) -> bool {
        false
    }

    /// The secrets of `before`, by their paths, that must not be kept, because they would go to another server now.
    fn secrets_elsewhere(&self, _before: &Self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// A document as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentRecord<D> {
    pub id: Uuid,
    pub tenant: TenantId,
    pub key: String,
    #[serde(flatten)]
    pub body: D,
    /// Which secrets are stored.
    pub secrets: BTreeSet<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The configuration's revision at its last change.
    pub revision: u64,
}

/// A document as somebody asks for it.
#[derive(Clone, Debug)]
pub struct DocumentDraft<D> {
    /// `None` keeps the key, or makes one of the name.
    pub key: Option<String>,
    pub body: D,
}

impl<D> From<D> for DocumentDraft<D> {
    fn from(body: D) -> Self {
        Self { key: None, body }
    }
}

impl ConfigDb {
    /// A document that is not deleted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn document<D: Document>(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<DocumentRecord<D>>, ConfigError> {
        read(&mut *self.read().await?, tenant, id).await
    }

    /// The documents of a kind that are not deleted, in the order of their creation.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn documents<D: Document>(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Vec<DocumentRecord<D>>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::DOCUMENT_PAGE)
            .bind(tenant.0)
            .bind(word(&D::KIND))
            .bind(page.after.unwrap_or_default())
            .bind(page.limit)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// The only document of its kind.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn only_document<D: Document>(
        &self,
        tenant: TenantId,
    ) -> Result<Option<DocumentRecord<D>>, ConfigError> {
        read_only(&mut *self.read().await?, tenant).await
    }

    /// One secret of a document, opened.
    ///
    /// # Errors
    /// The database cannot be read, or the secret does not open.
    pub async fn document_secret(
        &self,
        id: Uuid,
        name: &str,
    ) -> Result<Option<SecretString>, ConfigError> {
        let sealed: Option<Vec<u8>> = sqlx::query_scalar(sql::DOCUMENT_SECRET_READ)
            .bind(id)
            .bind(name.to_owned())
            .fetch_optional(&mut *self.read().await?)
            .await?;
        let open = |sealed: Vec<u8>| self.0.vault.open_text(cell(name, id.as_bytes()), &sealed);
        Ok(sealed.map(open).transpose()?)
    }
}

async fn read<D: Document>(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<Option<DocumentRecord<D>>, ConfigError> {
    let row: Option<Row> = sqlx::query_as(sql::DOCUMENT_READ)
        .bind(tenant.0)
        .bind(id)
        .bind(word(&D::KIND))
        .fetch_optional(conn)
        .await?;
    row.map(Row::record).transpose()
}

/// The only document of its kind.
pub(super) async fn read_only<D: Document>(
    conn: &mut SqliteConnection,
    tenant: TenantId,
) -> Result<Option<DocumentRecord<D>>, ConfigError> {
    let row: Option<Row> = sqlx::query_as(sql::DOCUMENT_PAGE)
        .bind(tenant.0)
        .bind(word(&D::KIND))
        .bind(Uuid::nil())
        .bind(1)
        .fetch_optional(conn)
        .await?;
    row.map(Row::record).transpose()
}

/// What changed after a revision, of every tenant and kind.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    revision: i64,
) -> Result<Vec<Row>, ConfigError> {
    Ok(sqlx::query_as(sql::DOCUMENT_SINCE)
        .bind(revision)
        .fetch_all(conn)
        .await?)
}

impl Change {
    /// A digest of each secret of a channel or document, to tell whether one changed. It never leaves the process.
    ///
    /// # Errors
    /// The database cannot be read, or a secret does not open.
    pub async fn secret_digests(
        &mut self,
        kind: Resource,
        id: Uuid,
    ) -> Result<Vec<(String, [u8; 32])>, ConfigError> {
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(sql::SECRETS_OF_ROW)
            .bind(id)
            .fetch_all(self.conn())
            .await?;
        let mut digests = Vec::with_capacity(rows.len());
        for (name, sealed) in rows {
            let cell = match kind {
                Resource::Channel => super::channel_secrets::named_cell(&name, id.as_bytes()),
                _ => cell(&name, id.as_bytes()),
            };
            let secret = self.db.0.vault.open(cell, &sealed)?;
            let digest = ring::digest::digest(&ring::digest::SHA256, secret.expose_secret());
            digests.push((name, digest.as_ref().try_into().unwrap_or_default()));
        }
        Ok(digests)
    }

    /// The only document of its kind, replaced or added. `expected` is the revision that the editor saw; 0 is none yet.
    ///
    /// # Errors
    /// A refused field, or a newer revision.
    pub async fn put_only_document<D: Document>(
        &mut self,
        expected: Option<u64>,
        body: D,
    ) -> Result<DocumentRecord<D>, ConfigError> {
        let before: Option<DocumentRecord<D>> = self.only_document().await?;
        let revision = before.as_ref().map_or(0, |before| before.revision);
        super::refuse_stale(revision, expected)?;
        let id = match &before {
            Some(before) => before.id,
            None => self.new_id(),
        };
        self.put_document(id, before, body.into()).await
    }

    /// The only document of its kind.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn only_document<D: Document>(
        &mut self,
    ) -> Result<Option<DocumentRecord<D>>, ConfigError> {
        let tenant = self.tenant();
        read_only(self.conn(), tenant).await
    }

    /// A document that is not deleted.
    ///
    /// # Errors
    /// There is none, or the database cannot be read.
    pub async fn document<D: Document>(
        &mut self,
        id: Uuid,
    ) -> Result<DocumentRecord<D>, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, id)
            .await?
            .ok_or(ConfigError::NotFound)
    }

    async fn expected_document<D: Document>(
        &mut self,
        id: Uuid,
        expected: Option<u64>,
    ) -> Result<DocumentRecord<D>, ConfigError> {
        let record = self.document(id).await?;
        super::refuse_stale(record.revision, expected)?;
        Ok(record)
    }

    /// Adds a document.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_document<D: Document>(
        &mut self,
        draft: impl Into<DocumentDraft<D>>,
    ) -> Result<DocumentRecord<D>, ConfigError> {
        let id = self.new_id();
        self.put_document(id, None, draft.into()).await
    }

    /// Replaces a document. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, or no such document.
    pub async fn change_document<D: Document>(
        &mut self,
        id: Uuid,
        expected: Option<u64>,
        draft: impl Into<DocumentDraft<D>>,
    ) -> Result<DocumentRecord<D>, ConfigError> {
        let before = self.expected_document(id, expected).await?;
        self.put_document(id, Some(before), draft.into()).await
    }

    /// Deletes a document to which nothing points.
    ///
    /// # Errors
    /// [`ConfigError::InUse`], a newer revision, or no such document.
    pub async fn delete_document<D: Document>(
        &mut self,
        id: Uuid,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        let before: DocumentRecord<D> = self.expected_document(id, expected).await?;
        self.refuse_if_linked(D::KIND, id).await?;
        let (at, revision) = (self.at.0, self.revision());
        let deletion = sqlx::query(sql::DOCUMENT_DELETE)
            .bind(id)
            .bind(at)
            .bind(revision);
        deletion.execute(self.conn()).await?;
        self.store_links((D::KIND, id), Some(&before.body.links()), &[])
            .await?;
        if D::KIND == Resource::Licence {
            self.forget_licence();
        }
        sqlx::query(sql::DOCUMENT_SECRETS_DELETE)
            .bind(id)
            .execute(self.conn())
            .await?;
        self.audit((D::KIND, id), Action::Deleted, Some(&before), None)
            .await
    }

    async fn put_document<D: Document>(
        &mut self,
        id: Uuid,
        before: Option<DocumentRecord<D>>,
        mut draft: DocumentDraft<D>,
    ) -> Result<DocumentRecord<D>, ConfigError> {
        let resource = (D::KIND, id);
        let stored = before.as_ref().map(|before| before.secrets.clone());
        let stored = stored.unwrap_or_default();
        let secrets = draft.body.take_secrets();
        let mut violations = self
            .violations_of(id, &mut draft, &secrets, &stored)
            .await?;
        if let Some(before) = &before {
            violations.extend(secrets_needed_again(before, &draft.body, &secrets));
        }
        ConfigError::refuse(violations)?;
        let stored_key = before.as_ref().map(|before| before.key.clone());
        let name = draft.body.name().to_owned();
        let key = self
            .accepted_key(resource, draft.key.as_deref(), stored_key, &name)
            .await?;
        self.write_document(id, before.is_none(), &key, &draft.body)
            .await?;
        let before_links = before.as_ref().map(|before| before.body.links());
        self.store_links(resource, before_links.as_deref(), &draft.body.links())
            .await?;
        let usable = draft.body.usable_secrets();
        self.store_document_secrets(id, &secrets, &stored, &usable)
            .await?;
        if D::KIND == Resource::Licence {
            self.forget_licence();
        }
        if let Some(before) = &before {
            self.note_unserved(id, &before.body, &draft.body).await?;
            if D::KIND == Resource::SmsTrunk && reaches_anew(before, &draft.body, &secrets) {
                self.reach_trunk_anew(id).await?;
            }
        }
        let after = self.document(id).await?;
        let action = match before {
            None => Action::Created,
            Some(_) => Action::Changed,
        };
        let written = secrets.iter();
        let written = written.filter(|(_, change)| !matches!(change, SecretChange::Keep));
        let written: Vec<&str> = written.map(|(name, _)| *name).collect();
        let states = (before.as_ref(), Some(&after));
        self.audit_with_secrets(resource, action, states, &written)
            .await?;
        Ok(after)
    }

    /// All that is wrong with a document: by itself, and by what else there is.
    async fn violations_of<D: Document>(
        &mut self,
        id: Uuid,
        draft: &mut DocumentDraft<D>,
        secrets: &[(&'static str, SecretChange)],
        stored: &BTreeSet<String>,
    ) -> Result<Vec<Violation>, ConfigError> {
        let mut violations = draft.body.check();
        violations.extend(draft.body.check_secrets(secrets));
        let usable = draft.body.usable_secrets();
        violations.extend(secret_violations(&usable, secrets, stored));
        violations.extend(self.name_violation::<D>(id, draft.body.name()).await?);
        violations.extend(self.dangling(&draft.body.links()).await?);
        let key = self.key_violation((D::KIND, id), draft.key.as_deref());
        violations.extend(key.await?);
        Ok(violations)
    }

    async fn name_violation<D: Document>(
        &mut self,
        id: Uuid,
        name: &str,
    ) -> Result<Option<Violation>, ConfigError> {
        let holder: Option<Uuid> = sqlx::query_scalar(sql::DOCUMENT_NAMED)
            .bind(self.tenant().0)
            .bind(word(&D::KIND))
            .bind(name.to_lowercase())
            .fetch_optional(self.conn())
            .await?;
        Ok(holder
            .filter(|holder| *holder != id)
            .map(|_| Violation::new("name", "taken", "another one of this kind has this name")))
    }

    async fn write_document<D: Document>(
        &mut self,
        id: Uuid,
        is_new: bool,
        key: &str,
        body: &D,
    ) -> Result<(), ConfigError> {
        let text = serde_json::to_string(body).map_err(|source| ConfigError::Unreadable {
            what: "document",
            source,
        })?;
        let statement = if is_new {
            sql::DOCUMENT_CREATE
        } else {
            sql::DOCUMENT_CHANGE
        };
        sqlx::query(statement)
            .bind(id)
            .bind(self.tenant().0)
            .bind(word(&D::KIND))
            .bind(key.to_owned())
            .bind(body.name().to_owned())
            .bind(body.name().to_lowercase())
            .bind(text)
            .bind(self.at.0)
            .bind(self.revision())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Stores, keeps and forgets as it was asked; what the document cannot use any more is forgotten.
    async fn store_document_secrets(
        &mut self,
        id: Uuid,
        secrets: &[(&'static str, SecretChange)],
        stored: &BTreeSet<String>,
        usable: &[(&'static str, bool)],
    ) -> Result<(), ConfigError> {
        for (name, change) in secrets {
            match change {
                SecretChange::Keep => {}
                SecretChange::Clear => self.forget_document_secret(id, name).await?,
                SecretChange::Set(secret) => self.store_document_secret(id, name, secret).await?,
            }
        }
        for name in stored {
            if usable.iter().all(|(usable, _)| usable != name) {
                self.forget_document_secret(id, name).await?;
            }
        }
        Ok(())
    }

    async fn store_document_secret(
        &mut self,
        id: Uuid,
        name: &str,
        secret: &SecretString,
    ) -> Result<(), ConfigError> {
        let text = secret.expose_secret().trim().as_bytes();
        let sealed = self.db.0.vault.seal(cell(name, id.as_bytes()), text)?;
        sqlx::query(sql::DOCUMENT_SECRET_WRITE)
            .bind(id)
            .bind(name.to_owned())
            .bind(self.tenant().0)
            .bind(sealed)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn forget_document_secret(&mut self, id: Uuid, name: &str) -> Result<(), ConfigError> {
        sqlx::query(sql::DOCUMENT_SECRET_DELETE)
            .bind(id)
            .bind(name.to_owned())
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

/// A secret that cannot be used, is empty, or is missing.
fn secret_violations(
    usable: &[(&'static str, bool)],
    changes: &[(&'static str, SecretChange)],
    stored: &BTreeSet<String>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, change) in changes {
        let SecretChange::Set(secret) = change else {
            continue;
        };
        if usable.iter().all(|(usable, _)| usable != name) {
            let message = "is not used with these settings";
            violations.push(Violation::new(*name, "not_allowed", message));
        } else if let Some(message) = super::channel_check::secret_fault(secret) {
            violations.push(Violation::new(*name, "invalid", message));
        }
    }
    for (name, _) in usable.iter().filter(|(_, required)| *required) {
        let change = changes.iter().find(|(changed, _)| changed == name);
        let present = match change {
            Some((_, SecretChange::Set(_))) => true,
            Some((_, SecretChange::Clear)) => false,
            Some((_, SecretChange::Keep)) | None => stored.contains(*name),
        };
        if !present {
            violations.push(Violation::new(
                *name,
                "required",
                "nothing works without it",
            ));
        }
    }
    violations
}

fn reaches_anew<D: Document>(
    before: &DocumentRecord<D>,
    now: &D,
    changes: &[(&'static str, SecretChange)],
) -> bool {
    let mut changes = changes.iter().map(|(_, change)| change);
    now.reaches_its_provider_anew(&before.body)
        || changes.any(|change| !matches!(change, SecretChange::Keep))
}

/// The secrets that would be kept and are for another server.
fn secrets_needed_again<D: Document>(
    before: &DocumentRecord<D>,
    now: &D,
    changes: &[(&'static str, SecretChange)],
) -> Vec<Violation> {
    let is_kept = |name: &str| {
        let mut changes = changes.iter();
        before.secrets.contains(name)
            && changes
                .any(|(changed, change)| *changed == name && matches!(change, SecretChange::Keep))
    };
    let elsewhere = now.secrets_elsewhere(&before.body).into_iter();
    elsewhere
        .filter(|name| is_kept(name))
        .map(Violation::secret_needed_again)
        .collect()
}

fn cell<'a>(name: &'a str, row: &'a [u8]) -> Cell<'a> {
    Cell {
        table: SECRETS_TABLE,
        column: name,
        row,
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) tenant: u32,
    pub(super) kind: String,
    key: String,
    body: String,
    created_at: i64,
    updated_at: i64,
    pub(super) deleted_at: Option<i64>,
    revision: i64,
    secrets: String,
}

impl Row {
    pub(super) fn record<D: Document>(self) -> Result<DocumentRecord<D>, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            what: "document",
            source,
        };
        Ok(DocumentRecord {
            id: self.id,
            tenant: TenantId(self.tenant),
            key: self.key,
            body: serde_json::from_str(&self.body).map_err(unreadable)?,
            secrets: serde_json::from_str(&self.secrets).map_err(unreadable)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            revision: unsigned(self.revision),
        })
    }
}

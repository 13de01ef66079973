//! Sign-ons: what a person's window at a company found out, until a channel takes it or a quarter of an hour is over.
//!
//! What must stay true: of the state that comes back with the browser only the digest is stored, and it counts once; what
//! was found out is sealed, and its secrets leave this module only into a channel; a sign-on belongs to one tenant and is
//! consumed by one change.

use std::time::Duration;

use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Timestamp;
use futures_util::FutureExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::mail_server::MailServer;
use super::token::{Token, TokenDigest};
use super::{Change, ConfigDb, ConfigError, from_word, sql, word};
use crate::secrets::Cell;

/// How long a sign-on may take, from its beginning to the saved channel (Q38).
const LIFE: Duration = Duration::from_secs(15 * 60);

/// What is signed on to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum SignOnKind {
    /// A page, by Facebook Login.
    Facebook,
    /// A number, by 360dialog's hub.
    Whatsapp,
    /// A mailbox of Microsoft 365.
    Microsoft,
    /// A mailbox of Gmail.
    Gmail,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum SignOnState {
    /// The person is on their way.
    Started,
    /// They came back; what to connect is to be confirmed.
    Choosing,
    /// A channel may take it.
    Ready,
    /// It can be tried again.
    Failed,
}

/// A sign-on that is not over.
#[derive(Clone, Debug)]
pub struct SignOnRecord {
    pub id: Uuid,
    pub tenant: TenantId,
    pub kind: SignOnKind,
    pub state: SignOnState,
    pub progress: SignOnProgress,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What is known so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SignOnProgress {
    /// The channel that is connected again.
    pub channel: Option<Uuid>,
    /// PKCE's verifier (RFC 7636), where the company has it.
    #[serde(default, serialize_with = "sealed_text")]
    pub verifier: Option<SecretString>,
    pub fault: Option<SignOnFault>,
    pub found: Option<SignOnFound>,
    /// What 360dialog's client authorised, before it is known whether it runs.
    #[serde(default)]
    pub granted: Option<SignOnGrant>,
    /// Which of what was found is meant, by its id.
    pub chosen: Option<String>,
    /// The id that a channel which does not exist yet will have: its webhook is registered before it.
    pub reserved: Option<Uuid>,
}

/// Why it failed: the step's stable word, what the company said, and the stable word of what mends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnFault {
    pub code: String,
    pub detail: String,
    pub remedy: String,
}

/// What the company gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignOnFound {
    Pages(Vec<SignOnPage>),
    Numbers {
        client_id: String,
        numbers: Vec<SignOnNumber>,
    },
    Mailbox(SignOnMailbox),
}

/// Numbers that a client of 360dialog authorised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOnGrant {
    pub client_id: String,
    pub channels: Vec<String>,
}

/// A page that was allowed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignOnPage {
    pub id: String,
    pub name: String,
    #[serde(serialize_with = "sealed")]
    pub token: SecretString,
}

/// A number that was authorised.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignOnNumber {
    pub channel_id: String,
    pub number: String,
    pub name: Option<String>,
    pub business_account_id: Option<String>,
    /// Once it was made; there is no second one.
    #[serde(default, serialize_with = "sealed_text")]
    pub api_key: Option<SecretString>,
    /// What the webhook carries to prove itself.
    #[serde(default, serialize_with = "sealed_text")]
    pub webhook_word: Option<SecretString>,
}

/// A mailbox, with its servers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignOnMailbox {
    pub address: String,
    pub imap: MailServer,
    pub smtp: MailServer,
    #[serde(serialize_with = "sealed")]
    pub refresh_token: SecretString,
}

/// Only what is sealed as a whole is written with these.
fn sealed<S: Serializer>(secret: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose_secret())
}

fn sealed_text<S: Serializer>(secret: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    let text = secret.as_ref().map(|secret| secret.expose_secret());
    text.serialize(to)
}

/// A sign-on that begins.
#[derive(Clone, Debug)]
pub struct NewSignOn {
    pub tenant: TenantId,
    pub kind: SignOnKind,
    pub state: TokenDigest,
    pub progress: SignOnProgress,
}

impl SignOnRecord {
    /// The page that is meant, if it is known which.
    #[must_use]
    pub fn page(&self) -> Option<&SignOnPage> {
        let Some(SignOnFound::Pages(pages)) = &self.progress.found else {
            return None;
        };
        let chosen = self.progress.chosen.as_deref()?;
        pages.iter().find(|page| page.id == chosen)
    }

    /// The number that is meant, if it is known which.
    #[must_use]
    pub fn number(&self) -> Option<&SignOnNumber> {
        let Some(SignOnFound::Numbers { numbers, .. }) = &self.progress.found else {
            return None;
        };
        let chosen = self.progress.chosen.as_deref()?;
        numbers.iter().find(|one| one.channel_id == chosen)
    }

    /// What can be chosen from: ids and names.
    #[must_use]
    pub fn choices(&self) -> Vec<(String, String)> {
        match &self.progress.found {
            Some(SignOnFound::Pages(pages)) => pages
                .iter()
                .map(|page| (page.id.clone(), page.name.clone()))
                .collect(),
            Some(SignOnFound::Numbers { numbers, .. }) => numbers
                .iter()
                .map(|one| (one.channel_id.clone(), named(one)))
                .collect(),
            Some(SignOnFound::Mailbox(_)) | None => Vec::new(),
        }
    }
}

fn named(number: &SignOnNumber) -> String {
    match &number.name {
        Some(name) => format!("{} ({name})", number.number),
        None => number.number.clone(),
    }
}

impl ConfigDb {
    /// Begins a sign-on, and forgets those that are over.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn begin_sign_on(&self, new: NewSignOn) -> Result<SignOnRecord, ConfigError> {
        let id = self.new_id();
        let sealed = self.seal_progress(id, &new.progress)?;
        let record = SignOnRecord {
            id,
            tenant: new.tenant,
            kind: new.kind,
            state: SignOnState::Started,
            progress: new.progress,
            created_at: self.now(),
            expires_at: self.now().plus(LIFE),
        };
        let row = (record.kind, record.created_at, record.expires_at);
        let (tenant, state) = (new.tenant, new.state);
        self.note(move |change| {
            async move {
                let at = change.at.0;
                let expiry = sqlx::query(sql::SIGN_ONS_EXPIRE).bind(at);
                expiry.execute(change.conn()).await?;
                let (kind, created_at, expires_at) = row;
                sqlx::query(sql::SIGN_ON_BEGIN)
                    .bind(id)
                    .bind(tenant.0)
                    .bind(word(&kind))
                    .bind(state.as_bytes().to_vec())
                    .bind(word(&SignOnState::Started))
                    .bind(sealed)
                    .bind(created_at.0)
                    .bind(expires_at.0)
                    .execute(change.conn())
                    .await?;
                Ok(())
            }
            .boxed()
        })
        .await?;
        Ok(record)
    }

    /// A sign-on that is not over.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn sign_on(
        &self,
        tenant: TenantId,
        id: Uuid,
    ) -> Result<Option<SignOnRecord>, ConfigError> {
        let row: Option<Row> = sqlx::query_as(sql::SIGN_ON_READ)
            .bind(tenant.0)
            .bind(id)
            .bind(self.now().0)
            .fetch_optional(&mut *self.read().await?)
            .await?;
        row.map(|row| row.record(self)).transpose()
    }

    /// The sign-ons of a kind that are not over, of all tenants.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn open_sign_ons(&self, kind: SignOnKind) -> Result<Vec<SignOnRecord>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::SIGN_ONS_OPEN)
            .bind(word(&kind))
            .bind(self.now().0)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(|row| row.record(self)).collect()
    }

    /// Uses a state up, and returns its sign-on; the same state finds nothing any more. `None` if it found nothing, or not
    /// in this tenant.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn spend_sign_on_state(
        &self,
        tenant: TenantId,
        state: TokenDigest,
    ) -> Result<Option<SignOnRecord>, ConfigError> {
        let db = self.clone();
        self.note(move |change| {
            async move {
                let at = change.at.0;
                let row: Option<Row> = sqlx::query_as(sql::SIGN_ON_OF_STATE)
                    .bind(state.as_bytes().to_vec())
                    .bind(at)
                    .fetch_optional(change.conn())
                    .await?;
                let Some(row) = row.filter(|row| row.tenant == tenant.0) else {
                    return Ok(None);
                };
                let nobodys = Token::draw().digest();
                change.set_state(tenant, row.id, nobodys).await?;
                row.record(&db).map(Some)
            }
            .boxed()
        })
        .await
    }

    /// Gives a sign-on another state to come back with.
    ///
    /// # Errors
    /// [`ConfigError::SignOnGone`], or the database cannot be written.
    pub async fn renew_sign_on_state(
        &self,
        tenant: TenantId,
        id: Uuid,
        state: TokenDigest,
    ) -> Result<(), ConfigError> {
        self.note(move |change| change.set_state(tenant, id, state).boxed())
            .await
    }

    /// Stores how far a sign-on is.
    ///
    /// # Errors
    /// [`ConfigError::SignOnGone`], or the database cannot be written.
    pub async fn advance_sign_on(&self, record: &SignOnRecord) -> Result<(), ConfigError> {
        let sealed = self.seal_progress(record.id, &record.progress)?;
        let (tenant, id, state) = (record.tenant, record.id, record.state);
        self.note(move |change| {
            async move {
                let at = change.at.0;
                let done = sqlx::query(sql::SIGN_ON_ADVANCE)
                    .bind(tenant.0)
                    .bind(id)
                    .bind(word(&state))
                    .bind(sealed)
                    .bind(at)
                    .execute(change.conn())
                    .await?;
                match done.rows_affected() {
                    0 => Err(ConfigError::SignOnGone),
                    _ => Ok(()),
                }
            }
            .boxed()
        })
        .await
    }

    /// Forgets a sign-on. Says whether there was one.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn end_sign_on(&self, tenant: TenantId, id: Uuid) -> Result<bool, ConfigError> {
        self.note(move |change| {
            async move {
                let end = sqlx::query(sql::SIGN_ON_END).bind(tenant.0).bind(id);
                Ok(end.execute(change.conn()).await?.rows_affected() > 0)
            }
            .boxed()
        })
        .await
    }

    fn seal_progress(&self, id: Uuid, progress: &SignOnProgress) -> Result<Vec<u8>, ConfigError> {
        let text = serde_json::to_vec(progress).map_err(unreadable)?;
        Ok(self.0.vault.seal(cell(id.as_bytes()), &text)?)
    }
}

impl Change {
    async fn set_state(
        &mut self,
        tenant: TenantId,
        id: Uuid,
        state: TokenDigest,
    ) -> Result<(), ConfigError> {
        let at = self.at.0;
        let done = sqlx::query(sql::SIGN_ON_STATE)
            .bind(tenant.0)
            .bind(id)
            .bind(state.as_bytes().to_vec())
            .bind(at)
            .execute(self.conn())
            .await?;
        match done.rows_affected() {
            0 => Err(ConfigError::SignOnGone),
            _ => Ok(()),
        }
    }

    /// Takes a finished sign-on of the change's tenant: nobody finds it afterwards.
    ///
    /// # Errors
    /// [`ConfigError::SignOnGone`] if there is none, [`ConfigError::SignOnUnfinished`] if nothing can be taken yet.
    pub(super) async fn take_sign_on(&mut self, id: Uuid) -> Result<SignOnRecord, ConfigError> {
        let (tenant, at) = (self.tenant(), self.at.0);
        let row: Option<Row> = sqlx::query_as(sql::SIGN_ON_READ)
            .bind(tenant.0)
            .bind(id)
            .bind(at)
            .fetch_optional(self.conn())
            .await?;
        let record = row.map(|row| row.record(&self.db)).transpose()?;
        let record = record.ok_or(ConfigError::SignOnGone)?;
        if record.state != SignOnState::Ready {
            return Err(ConfigError::SignOnUnfinished);
        }
        let end = sqlx::query(sql::SIGN_ON_END).bind(tenant.0).bind(id);
        end.execute(self.conn()).await?;
        Ok(record)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: u32,
    kind: String,
    state: String,
    sealed: Vec<u8>,
    created_at: i64,
    expires_at: i64,
}

impl Row {
    fn record(self, db: &ConfigDb) -> Result<SignOnRecord, ConfigError> {
        let opened = db.0.vault.open(cell(self.id.as_bytes()), &self.sealed)?;
        let progress = serde_json::from_slice(opened.expose_secret()).map_err(unreadable)?;
        Ok(SignOnRecord {
            id: self.id,
            tenant: TenantId(self.tenant),
            kind: from_word("sign-on", &self.kind)?,
            state: from_word("sign-on", &self.state)?,
            progress,
            created_at: Timestamp(self.created_at),
            expires_at: Timestamp(self.expires_at),
        })
    }
}

const fn unreadable(source: serde_json::Error) -> ConfigError {
    let what = "sign-on";
    ConfigError::Unreadable { what, source }
}

fn cell(row: &[u8]) -> Cell<'_> {
    Cell {
        table: "sign_ons",
        column: "sealed",
        row,
    }
}

//! Sign-in: credentials, sessions, and the links by which a password is chosen.
//!
//! What must stay true: a link is good once, and choosing a password ends every other session of its person.

use std::time::Duration;

use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{AgentId, TenantId};
use ecluse_engine::message::Timestamp;
use ecluse_engine::texts::Language;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audit::{Action, Editor, EditorKind, Resource};
use super::text_check::email_key;
use super::token::{Token, TokenDigest};
use super::{Change, ConfigDb, ConfigError, from_word, sql, word};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A session ends when it was not used for this long.
pub const SESSION_IDLE_MAX: Duration = HOUR.saturating_mul(12);
/// A session ends this long after it began.
pub const SESSION_AGE_MAX: Duration = DAY.saturating_mul(7);
pub(super) const INVITATION_AGE_MAX: Duration = DAY.saturating_mul(7);
const RESET_AGE_MAX: Duration = HOUR;

/// What a person must prove. The hashes are Argon2 strings.
#[derive(Clone)]
pub struct Credentials {
    pub person: AgentId,
    pub tenant: TenantId,
    pub number: String,
    pub pin_hash: Option<String>,
    pub password_hash: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// A session and the person who holds it, as they are now.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    pub tenant: TenantId,
    pub person: AgentId,
    pub name: String,
    pub email: String,
    pub number: String,
    pub role: Role,
    pub language: Option<Language>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
}

impl SessionRecord {
    /// Whether the session is still good at `now`.
    #[must_use]
    pub fn is_current(&self, now: Timestamp) -> bool {
        now < self.created_at.plus(SESSION_AGE_MAX)
            && now < self.last_seen_at.plus(SESSION_IDLE_MAX)
    }
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPurpose {
    Invitation,
    Reset,
}

/// A link that is still good, and whose it is.
#[derive(Clone, Debug)]
pub struct LinkRecord {
    pub tenant: TenantId,
    pub person: AgentId,
    pub name: String,
    pub email: String,
    pub purpose: LinkPurpose,
}

impl ConfigDb {
    /// What the person with this e-mail must prove.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn credentials_by_email(
        &self,
        email: &str,
    ) -> Result<Option<Credentials>, ConfigError> {
        // Older rows have the domain in the letters that it was typed in.
        let query = sqlx::query_as(sql::CREDENTIALS_BY_EMAIL)
            .bind(email_key(email))
            .bind(email.trim().to_lowercase());
        let row: Option<CredentialsRow> = query.fetch_optional(&mut *self.read().await?).await?;
        Ok(row.map(CredentialsRow::credentials))
    }

    /// What a known person must prove.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn credentials(
        &self,
        tenant: TenantId,
        id: AgentId,
    ) -> Result<Option<Credentials>, ConfigError> {
        let query = sqlx::query_as(sql::CREDENTIALS_BY_ID)
            .bind(tenant.0)
            .bind(id.0);
        let row: Option<CredentialsRow> = query.fetch_optional(&mut *self.read().await?).await?;
        Ok(row.map(CredentialsRow::credentials))
    }

    /// Opens a session, and sweeps up those that ended by themselves.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn create_session(
        &self,
        tenant: TenantId,
        person: AgentId,
    ) -> Result<Token, ConfigError> {
        self.note(move |change| {
            async move {
                let (now, token) = (change.at, Token::draw());
                change.is_of_sessions();
                sqlx::query(sql::SESSIONS_EXPIRE)
                    .bind(before(now, SESSION_AGE_MAX))
                    .bind(before(now, SESSION_IDLE_MAX))
                    .execute(change.conn())
                    .await?;
                sqlx::query(sql::SESSION_CREATE)
                    .bind(token.digest().as_bytes())
                    .bind(tenant.0)
                    .bind(person.0)
                    .bind(now.0)
                    .execute(change.conn())
                    .await?;
                Ok(token)
            }
            .boxed()
        })
        .await
    }

    /// The session of a token, if it is still good.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn session(&self, digest: TokenDigest) -> Result<Option<SessionRecord>, ConfigError> {
        let query = sqlx::query_as(sql::SESSION_READ).bind(digest.as_bytes().to_vec());
        let row: Option<SessionRow> = query.fetch_optional(&mut *self.read().await?).await?;
        let session = row.map(SessionRow::record).transpose()?;
        Ok(session.filter(|session| session.is_current(self.now())))
    }

    /// Notes that a session was used. Call it rarely: it costs an fsync.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn touch_session(
        &self,
        digest: TokenDigest,
        at: Timestamp,
    ) -> Result<(), ConfigError> {
        self.note(move |change| {
            async move {
                change.is_of_sessions();
                let update = sqlx::query(sql::SESSION_SEEN)
                    .bind(at.0)
                    .bind(digest.as_bytes().to_vec());
                update.execute(change.conn()).await?;
                Ok(())
            }
            .boxed()
        })
        .await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn end_session(&self, digest: TokenDigest) -> Result<(), ConfigError> {
        self.note(move |change| {
            async move {
                change.is_of_sessions();
                let end = sqlx::query(sql::SESSION_END).bind(digest.as_bytes().to_vec());
                end.execute(change.conn()).await?;
                change.forgets_sign_ins();
                Ok(())
            }
            .boxed()
        })
        .await
    }

    /// A person's own choice of language.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn set_language(
        &self,
        tenant: TenantId,
        person: AgentId,
        language: Option<Language>,
    ) -> Result<(), ConfigError> {
        self.note(move |change| {
            async move {
                sqlx::query(sql::PERSON_LANGUAGE)
                    .bind(tenant.0)
                    .bind(person.0)
                    .bind(language.map(|language| word(&language)))
                    .execute(change.conn())
                    .await?;
                change.forgets_sign_ins();
                Ok(())
            }
            .boxed()
        })
        .await
    }

    /// A person's own change of password. Every session but `kept` ends.
    ///
    /// # Errors
    /// No such person, or the database cannot be written.
    pub async fn set_password(
        &self,
        editor: &Editor,
        person: AgentId,
        password_hash: String,
        kept: Option<TokenDigest>,
    ) -> Result<(), ConfigError> {
        self.change(editor, move |change| {
            async move {
                change.person(person).await?;
                change.store_password(person, password_hash, kept).await?;
                Ok(())
            }
            .boxed()
        })
        .await
    }

    /// A new link for a person; older ones are void.
    ///
    /// # Errors
    /// No such person, or the database cannot be written.
    pub async fn create_link(
        &self,
        editor: &Editor,
        person: AgentId,
        purpose: LinkPurpose,
    ) -> Result<Token, ConfigError> {
        self.change(editor, move |change| {
            async move {
                let record = change.person(person).await?;
                let age_max = match purpose {
                    LinkPurpose::Invitation => INVITATION_AGE_MAX,
                    LinkPurpose::Reset => RESET_AGE_MAX,
                };
                let token = change.issue_link(person, purpose, age_max).await?;
                change
                    .audit(
                        (Resource::Agent, person.0),
                        Action::LinkIssued,
                        None,
                        Some(&record),
                    )
                    .await?;
                Ok(token)
            }
            .boxed()
        })
        .await
    }

    /// Whose link this is, if it is still good.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn link(&self, digest: TokenDigest) -> Result<Option<LinkRecord>, ConfigError> {
        let query = sqlx::query_as(sql::INVITATION_READ).bind(digest.as_bytes().to_vec());
        let row: Option<LinkRow> = query.fetch_optional(&mut *self.read().await?).await?;
        row.map(|row| row.record(self.now()))
            .transpose()
            .map(Option::flatten)
    }

    /// Uses up a link: its person has a new password and must sign in again everywhere.
    ///
    /// # Errors
    /// [`ConfigError::LinkGone`].
    pub async fn use_link(
        &self,
        digest: TokenDigest,
        password_hash: String,
    ) -> Result<(), ConfigError> {
        let link = self.link(digest).await?.ok_or(ConfigError::LinkGone)?;
        let editor = Editor {
            tenant: link.tenant,
            kind: EditorKind::Person(link.person),
            name: link.name,
        };
        self.change(&editor, move |change| {
            async move {
                let query = sqlx::query_as(sql::INVITATION_READ).bind(digest.as_bytes().to_vec());
                let row: Option<LinkRow> = query.fetch_optional(change.conn()).await?;
                let row = row.ok_or(ConfigError::LinkGone)?;
                let link = row.record(change.at)?.ok_or(ConfigError::LinkGone)?;
                change
                    .store_password(link.person, password_hash, None)
                    .await?;
                Ok(())
            }
            .boxed()
        })
        .await
    }
}

impl Change {
    /// Replaces a person's links by a new one.
    pub(super) async fn issue_link(
        &mut self,
        person: AgentId,
        purpose: LinkPurpose,
        age_max: Duration,
    ) -> Result<Token, ConfigError> {
        let token = Token::draw();
        let (tenant, at) = (self.tenant().0, self.at);
        sqlx::query(sql::INVITATIONS_EXPIRE)
            .bind(at.0)
            .execute(self.conn())
            .await?;
        sqlx::query(sql::INVITATIONS_CLEAR)
            .bind(person.0)
            .execute(self.conn())
            .await?;
        sqlx::query(sql::INVITATION_CREATE)
            .bind(token.digest().as_bytes())
            .bind(tenant)
            .bind(person.0)
            .bind(word(&purpose))
            .bind(at.plus(age_max).0)
            .execute(self.conn())
            .await?;
        Ok(token)
    }

    async fn store_password(
        &mut self,
        person: AgentId,
        password_hash: String,
        kept: Option<TokenDigest>,
    ) -> Result<(), ConfigError> {
        self.forgets_sign_ins();
        sqlx::query(sql::PERSON_PASSWORD)
            .bind(password_hash)
            .bind(person.0)
            .execute(self.conn())
            .await?;
        sqlx::query(sql::INVITATIONS_CLEAR)
            .bind(person.0)
            .execute(self.conn())
            .await?;
        let end = match &kept {
            Some(digest) => sqlx::query(sql::SESSIONS_END_OTHERS)
                .bind(person.0)
                .bind(digest.as_bytes().to_vec()),
            None => sqlx::query(sql::SESSIONS_END).bind(person.0),
        };
        end.execute(self.conn()).await?;
        self.audit::<()>((Resource::Agent, person.0), Action::PasswordSet, None, None)
            .await
    }
}

/// The last instant that is `age` before `now`.
fn before(now: Timestamp, age: Duration) -> i64 {
    now.0
        .saturating_sub(i64::try_from(age.as_micros()).unwrap_or(i64::MAX))
}

#[derive(sqlx::FromRow)]
struct CredentialsRow {
    id: Uuid,
    tenant: u32,
    number: String,
    pin_hash: Option<String>,
    password_hash: Option<String>,
}

impl CredentialsRow {
    fn credentials(self) -> Credentials {
        Credentials {
            person: AgentId(self.id),
            tenant: TenantId(self.tenant),
            number: self.number,
            pin_hash: self.pin_hash,
            password_hash: self.password_hash,
        }
    }
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    tenant: u32,
    person: Uuid,
    created_at: i64,
    last_seen_at: i64,
    name: String,
    email: String,
    number: String,
    role: String,
    language: Option<String>,
}

impl SessionRow {
    fn record(self) -> Result<SessionRecord, ConfigError> {
        let language = self
            .language
            .map(|language| from_word("language", &language))
            .transpose()?;
        Ok(SessionRecord {
            tenant: TenantId(self.tenant),
            person: AgentId(self.person),
            name: self.name,
            email: self.email,
            number: self.number,
            role: from_word("role", &self.role)?,
            language,
            created_at: Timestamp(self.created_at),
            last_seen_at: Timestamp(self.last_seen_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    tenant: u32,
    person: Uuid,
    purpose: String,
    expires_at: i64,
    name: String,
    email: String,
}

impl LinkRow {
    fn record(self, now: Timestamp) -> Result<Option<LinkRecord>, ConfigError> {
        if Timestamp(self.expires_at) <= now {
            return Ok(None);
        }
        Ok(Some(LinkRecord {
            tenant: TenantId(self.tenant),
            person: AgentId(self.person),
            name: self.name,
            email: self.email,
            purpose: from_word("link", &self.purpose)?,
        }))
    }
}

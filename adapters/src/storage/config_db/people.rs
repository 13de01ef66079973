//! The people who sign in: agents, supervisors and administrators.
//!
//! What must stay true: no record holds a hash, and somebody can always administer the deployment.

use ecluse_engine::configuration::{Agent, Role};
use ecluse_engine::ids::{AgentId, TenantId};
use ecluse_engine::message::Timestamp;
use ecluse_engine::texts::Language;
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::sign_in::{INVITATION_AGE_MAX, LinkPurpose};
use super::token::Token;
use super::{
    Change, ConfigDb, ConfigError, Editor, Page, Violation, detached, from_word, small, sql,
    unsigned, word,
};

const NAME_LENGTH_MAX: usize = 100;
/// The longest path of an e-mail (RFC 5321, 4.5.3.1.3, without the brackets).
const EMAIL_LENGTH_MAX: usize = 254;
const WRAP_UP_SECS_MAX: u32 = 3_600;
const CAPACITY: std::ops::RangeInclusive<u32> = 1..=1_000;
const PIN_LENGTH: std::ops::RangeInclusive<usize> = 4..=10;
/// The first administrator's name in place of an e-mail.
const FIRST_ADMINISTRATOR: &str = "admin";

/// A person, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRecord {
    pub id: AgentId,
    pub tenant: TenantId,
    pub name: String,
    /// An e-mail, or the word `admin`.
    pub email: String,
    /// Four digits.
    pub number: String,
    pub has_pin: bool,
    /// Whether the person has accepted the invitation.
    pub has_password: bool,
    pub role: Role,
    pub wrap_up_secs: u32,
    pub capacity: u32,
    pub language: Option<Language>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The configuration's revision at the last change of this person.
    pub revision: u64,
}

/// A person as an administrator asks for them, not yet checked.
#[derive(Clone, Debug)]
pub struct PersonDraft {
    pub name: String,
    pub email: String,
    /// `None` is the first free number for a new person, and the same number for another.
    pub number: Option<String>,
    pub pin: PinChange,
    pub role: Role,
    pub wrap_up_secs: u32,
    pub capacity: u32,
    pub language: Option<Language>,
}

/// What to do with a PIN. It arrives hashed.
#[derive(Clone, Debug, Default)]
pub enum PinChange {
    #[default]
    Keep,
    Clear,
    Set {
        hash: String,
    },
}

/// A person just added, with the token of the invitation.
#[derive(Debug)]
pub struct NewPerson {
    pub person: PersonRecord,
    pub invitation: Token,
}

/// What is wrong with a PIN before it is hashed.
#[must_use]
pub fn check_pin(pin: &str) -> Option<Violation> {
    let good = PIN_LENGTH.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    let message = format!("{} to {} digits", PIN_LENGTH.start(), PIN_LENGTH.end());
    (!good).then(|| Violation::new("pin", "invalid_pin", message))
}

impl PersonDraft {
    /// A person with the usual settings.
    pub fn new(name: impl Into<String>, email: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.into(),
            email: email.into(),
            number: None,
            pin: PinChange::Keep,
            role,
            wrap_up_secs: Self::WRAP_UP_SECS,
            capacity: Self::CAPACITY,
            language: None,
        }
    }

    /// The time after a conversation, unless somebody decides otherwise.
    pub const WRAP_UP_SECS: u32 = 20;
    /// The units of work at once, unless somebody decides otherwise.
    pub const CAPACITY: u32 = 100;

    /// All that is wrong with the draft by itself. Space around texts is taken away.
    pub fn check(&mut self) -> Vec<Violation> {
        self.name = self.name.trim().to_owned();
        self.email = self.email.trim().to_owned();
        let mut violations = Vec::new();
        if self.name.is_empty() {
            violations.push(Violation::new("name", "required", "must not be empty"));
        }
        if self.name.chars().count() > NAME_LENGTH_MAX {
            let message = format!("at most {NAME_LENGTH_MAX} characters");
            violations.push(Violation::new("name", "too_long", message));
        }
        violations.extend(check_email(&self.email));
        if self
            .number
            .as_deref()
            .is_some_and(|number| !is_number(number))
        {
            violations.push(Violation::new(
                "number",
                "invalid_number",
                "must have four digits",
            ));
        }
        if self.wrap_up_secs > WRAP_UP_SECS_MAX {
            let message = format!("at most {WRAP_UP_SECS_MAX} seconds");
            violations.push(Violation::new("wrap_up_secs", "out_of_range", message));
        }
        if !CAPACITY.contains(&self.capacity) {
            let message = format!("from {} to {}", CAPACITY.start(), CAPACITY.end());
            violations.push(Violation::new("capacity", "out_of_range", message));
        }
        violations
    }
}

fn is_number(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether mail arrives there is for the mail to tell; this keeps out what cannot be an address.
fn check_email(email: &str) -> Option<Violation> {
    if email.is_empty() {
        return Some(Violation::new("email", "required", "must not be empty"));
    }
    let mut parts = email.rsplitn(2, '@');
    let domain = parts.next().unwrap_or_default();
    let local = parts.next().unwrap_or_default();
    let good = email.len() <= EMAIL_LENGTH_MAX
        && !email
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'))
        && !local.is_empty()
        && !local.contains('@')
        && !domain.is_empty()
        && !domain.starts_with('.')
        && !domain.ends_with('.');
    (!good && email != FIRST_ADMINISTRATOR)
        .then(|| Violation::new("email", "invalid_email", "is not an e-mail address"))
}

impl PersonRecord {
    pub(super) fn for_engine(self) -> Agent {
        Agent {
            id: self.id,
            tenant: self.tenant,
            name: self.name,
            role: self.role,
            capacity: self.capacity,
            wrap_up_secs: self.wrap_up_secs,
        }
    }
}

impl ConfigDb {
    /// A person who is not deleted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn person(
        &self,
        tenant: TenantId,
        id: AgentId,
    ) -> Result<Option<PersonRecord>, ConfigError> {
        read(&mut *self.read().await?, tenant, id).await
    }

    /// The people who are not deleted, in the order of their creation.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn people(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Vec<PersonRecord>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::PERSON_PAGE)
            .bind(tenant.0)
            .bind(page.after.unwrap_or_default())
            .bind(page.limit)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// Whether anybody was ever added.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn has_people(&self) -> Result<bool, ConfigError> {
        let count: i64 = sqlx::query_scalar(sql::PEOPLE_EVER)
            .fetch_one(&mut *self.read().await?)
            .await?;
        Ok(count > 0)
    }

    /// Adds a person and invites them.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_person(
        &self,
        editor: &Editor,
        draft: PersonDraft,
    ) -> Result<NewPerson, ConfigError> {
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let id = change.add_person(draft, None).await?;
            let invitation = change
                .issue_link(id, LinkPurpose::Invitation, INVITATION_AGE_MAX)
                .await?;
            let person = change.person(id).await?;
            change
                .audit(
                    (Resource::Agent, id.0),
                    Action::Created,
                    None,
                    Some(&person),
                )
                .await?;
            change.commit().await?;
            Ok(NewPerson { person, invitation })
        })
        .await
    }

    /// Adds the first administrator, who may sign in at once, unless anybody was ever added. Number 0000 leaves 0001
    /// to the first agent.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn create_first_administrator(
        &self,
        tenant: TenantId,
        password_hash: String,
    ) -> Result<Option<PersonRecord>, ConfigError> {
        let db = self.clone();
        detached(async move {
            let mut change = db.change(Editor::system(tenant)).await?;
            let count: i64 = sqlx::query_scalar(sql::PEOPLE_EVER)
                .fetch_one(change.conn())
                .await?;
            if count > 0 {
                return Ok(None);
            }
            let mut draft =
                PersonDraft::new("Administrator", FIRST_ADMINISTRATOR, Role::Administrator);
            draft.number = Some("0000".to_owned());
            let id = change.add_person(draft, Some(password_hash)).await?;
            let person = change.person(id).await?;
            change
                .audit(
                    (Resource::Agent, id.0),
                    Action::Created,
                    None,
                    Some(&person),
                )
                .await?;
            change.commit().await?;
            Ok(Some(person))
        })
        .await
    }

    /// Replaces a person's configuration. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, no such person, or the last administrator's demotion.
    pub async fn change_person(
        &self,
        editor: &Editor,
        id: AgentId,
        expected: Option<u64>,
        mut draft: PersonDraft,
    ) -> Result<PersonRecord, ConfigError> {
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let before = change.expected_person(id, expected).await?;
            ConfigError::refuse(draft.check())?;
            if draft.role != Role::Administrator {
                change.refuse_if_last_administrator(&before).await?;
            }
            let number = draft
                .number
                .clone()
                .unwrap_or_else(|| before.number.clone());
            change.look_up_person(id, &draft, &number).await?;
            change.update_person(id, &draft, &number).await?;
            change.store_pin(id, draft.pin).await?;
            let after = change.person(id).await?;
            change
                .audit(
                    (Resource::Agent, id.0),
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

    /// Deletes a person: sessions, links and memberships end; the name stays for the history.
    ///
    /// # Errors
    /// A newer revision, no such person, or the last administrator.
    pub async fn delete_person(
        &self,
        editor: &Editor,
        id: AgentId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let before = change.expected_person(id, expected).await?;
            change.refuse_if_last_administrator(&before).await?;
            let (at, revision) = (change.at.0, change.revision);
            let left = sqlx::query(sql::QUEUES_OF_PERSON)
                .bind(id.0)
                .bind(at)
                .bind(revision);
            left.execute(change.conn()).await?;
            for statement in [
                sql::MEMBERSHIPS_CLEAR,
                sql::SESSIONS_END,
                sql::INVITATIONS_CLEAR,
            ] {
                sqlx::query(statement)
                    .bind(id.0)
                    .execute(change.conn())
                    .await?;
            }
            let deletion = sqlx::query(sql::PERSON_DELETE)
                .bind(id.0)
                .bind(at)
                .bind(revision);
            deletion.execute(change.conn()).await?;
            change
                .audit(
                    (Resource::Agent, id.0),
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
    id: AgentId,
) -> Result<Option<PersonRecord>, ConfigError> {
    let row: Option<Row> = sqlx::query_as(sql::PERSON_READ)
        .bind(tenant.0)
        .bind(id.0)
        .fetch_optional(conn)
        .await?;
    row.map(Row::record).transpose()
}

/// Everybody of every tenant.
pub(super) async fn read_all(
    conn: &mut SqliteConnection,
) -> Result<Vec<PersonRecord>, ConfigError> {
    let rows: Vec<Row> = sqlx::query_as(sql::PERSON_ALL).fetch_all(conn).await?;
    rows.into_iter().map(Row::record).collect()
}

impl Change {
    pub(super) async fn person(&mut self, id: AgentId) -> Result<PersonRecord, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, id)
            .await?
            .ok_or(ConfigError::NotFound)
    }

    async fn expected_person(
        &mut self,
        id: AgentId,
        expected: Option<u64>,
    ) -> Result<PersonRecord, ConfigError> {
        let person = self.person(id).await?;
        match expected {
            Some(expected) if expected != person.revision => Err(ConfigError::Stale {
                revision: person.revision,
            }),
            Some(_) | None => Ok(person),
        }
    }

    async fn add_person(
        &mut self,
        mut draft: PersonDraft,
        password_hash: Option<String>,
    ) -> Result<AgentId, ConfigError> {
        ConfigError::refuse(draft.check())?;
        let id = AgentId(self.db.new_id());
        let number = match draft.number.clone() {
            Some(number) => number,
            None => self.first_free_number().await?,
        };
        self.look_up_person(id, &draft, &number).await?;
        self.insert_person(id, &draft, &number, password_hash)
            .await?;
        self.store_pin(id, draft.pin).await?;
        Ok(id)
    }

    async fn look_up_person(
        &mut self,
        id: AgentId,
        draft: &PersonDraft,
        number: &str,
    ) -> Result<(), ConfigError> {
        let tenant = self.tenant().0;
        let mut violations = Vec::new();
        let query = sqlx::query_scalar(sql::PERSON_WITH_EMAIL)
            .bind(tenant)
            .bind(draft.email.to_lowercase());
        let namesake: Option<Uuid> = query.fetch_optional(self.conn()).await?;
        if namesake.is_some_and(|namesake| namesake != id.0) {
            violations.push(Violation::new(
                "email",
                "taken",
                "somebody else has this e-mail",
            ));
        }
        let query = sqlx::query_scalar(sql::PERSON_WITH_NUMBER)
            .bind(tenant)
            .bind(number.to_owned());
        let holder: Option<Uuid> = query.fetch_optional(self.conn()).await?;
        if holder.is_some_and(|holder| holder != id.0) {
            let free = self.first_free_number().await?;
            let message = format!("somebody else has this number; {free} is free");
            violations.push(Violation::new("number", "taken", message));
        }
        ConfigError::refuse(violations)
    }

    async fn first_free_number(&mut self) -> Result<String, ConfigError> {
        let tenant = self.tenant().0;
        let taken: Vec<String> = sqlx::query_scalar(sql::PERSON_NUMBERS)
            .bind(tenant)
            .fetch_all(self.conn())
            .await?;
        let gap = (1_u32..)
            .zip(&taken)
            .find(|(number, taken)| number_text(*number) != **taken);
        let free = gap.map_or(taken.len() + 1, |(number, _)| number as usize);
        if free > 9_999 {
            return Err(ConfigError::field(
                "number",
                "no_number_left",
                "all four-digit numbers are taken",
            ));
        }
        Ok(number_text(free as u32))
    }

    async fn insert_person(
        &mut self,
        id: AgentId,
        draft: &PersonDraft,
        number: &str,
        password_hash: Option<String>,
    ) -> Result<(), ConfigError> {
        sqlx::query(sql::PERSON_CREATE)
            .bind(id.0)
            .bind(self.tenant().0)
            .bind(draft.name.clone())
            .bind(draft.email.clone())
            .bind(draft.email.to_lowercase())
            .bind(number.to_owned())
            .bind(None::<String>)
            .bind(password_hash)
            .bind(word(&draft.role))
            .bind(draft.wrap_up_secs)
            .bind(draft.capacity)
            .bind(draft.language.map(|language| word(&language)))
            .bind(self.at.0)
            .bind(self.revision)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn update_person(
        &mut self,
        id: AgentId,
        draft: &PersonDraft,
        number: &str,
    ) -> Result<(), ConfigError> {
        sqlx::query(sql::PERSON_CHANGE)
            .bind(id.0)
            .bind(draft.name.clone())
            .bind(draft.email.clone())
            .bind(draft.email.to_lowercase())
            .bind(number.to_owned())
            .bind(word(&draft.role))
            .bind(draft.wrap_up_secs)
            .bind(draft.capacity)
            .bind(draft.language.map(|language| word(&language)))
            .bind(self.at.0)
            .bind(self.revision)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn store_pin(&mut self, id: AgentId, pin: PinChange) -> Result<(), ConfigError> {
        let hash = match pin {
            PinChange::Keep => return Ok(()),
            PinChange::Clear => None,
            PinChange::Set { hash } => Some(hash),
        };
        sqlx::query(sql::PERSON_PIN)
            .bind(hash)
            .bind(id.0)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Somebody who was only invited cannot administer anything yet and does not count.
    async fn refuse_if_last_administrator(
        &mut self,
        person: &PersonRecord,
    ) -> Result<(), ConfigError> {
        if person.role != Role::Administrator {
            return Ok(());
        }
        let tenant = self.tenant().0;
        let query = sqlx::query_scalar(sql::OTHER_ADMINISTRATORS)
            .bind(tenant)
            .bind(person.id.0);
        let others: i64 = query.fetch_one(self.conn()).await?;
        if others == 0 {
            Err(ConfigError::LastAdministrator)
        } else {
            Ok(())
        }
    }
}

fn number_text(number: u32) -> String {
    format!("{number:04}")
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: u32,
    name: String,
    email: String,
    number: String,
    has_pin: bool,
    has_password: bool,
    role: String,
    wrap_up_secs: i64,
    capacity: i64,
    language: Option<String>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
}

impl Row {
    fn record(self) -> Result<PersonRecord, ConfigError> {
        let language = self
            .language
            .map(|language| from_word("language", &language))
            .transpose()?;
        Ok(PersonRecord {
            id: AgentId(self.id),
            tenant: TenantId(self.tenant),
            name: self.name,
            email: self.email,
            number: self.number,
            has_pin: self.has_pin,
            has_password: self.has_password,
            role: from_word("role", &self.role)?,
            wrap_up_secs: small(self.wrap_up_secs),
            capacity: small(self.capacity),
            language,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            revision: unsigned(self.revision),
        })
    }
}

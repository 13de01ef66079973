//! The people who sign in, in the database: read, add, change, delete.
//!
//! What must stay true: somebody can always administer the deployment.

use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{AgentId, TenantId};
use ecluse_engine::message::Timestamp;
use futures_util::FutureExt as _;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::person::{FIRST_ADMINISTRATOR, NewPerson, PersonDraft, PersonRecord, PinChange};
use super::sign_in::{INVITATION_AGE_MAX, LinkPurpose};
use super::text_check::email_key;
use super::violation::tell_besides;
use super::{
    Change, ConfigDb, ConfigError, Editor, Page, Violation, from_word, refuse_stale, small, sql,
    unsigned, word,
};

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
        self.change(editor, move |change| change.create_person(draft).boxed())
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
        self.change(&Editor::system(tenant), move |change| {
            async move {
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
                Ok(Some(person))
            }
            .boxed()
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
        draft: PersonDraft,
    ) -> Result<PersonRecord, ConfigError> {
        self.change(editor, move |change| {
            change.change_person(id, expected, draft).boxed()
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
        self.change(editor, move |change| {
            change.delete_person(id, expected).boxed()
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

/// The people of every tenant who changed after a revision, and whether each is deleted.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    revision: i64,
) -> Result<Vec<(PersonRecord, bool)>, ConfigError> {
    let rows: Vec<Row> = sqlx::query_as(sql::PERSON_SINCE)
        .bind(revision)
        .fetch_all(conn)
        .await?;
    let with_end = rows.into_iter().map(|row| {
        let deleted = row.deleted_at.is_some();
        Ok((row.record()?, deleted))
    });
    with_end.collect()
}

impl Change {
    /// A person who is not deleted.
    ///
    /// # Errors
    /// There is none, or the database cannot be read.
    pub async fn person(&mut self, id: AgentId) -> Result<PersonRecord, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, id)
            .await?
            .ok_or(ConfigError::NotFound)
    }

    /// Adds a person and invites them.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_person(&mut self, draft: PersonDraft) -> Result<NewPerson, ConfigError> {
        self.forgets_sign_ins();
        let id = self.add_person(draft, None).await?;
        let invitation = self
            .issue_link(id, LinkPurpose::Invitation, INVITATION_AGE_MAX)
            .await?;
        let person = self.person(id).await?;
        self.audit(
            (Resource::Agent, id.0),
            Action::Created,
            None,
            Some(&person),
        )
        .await?;
        Ok(NewPerson { person, invitation })
    }

    /// Replaces a person's configuration. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, no such person, or the last administrator's demotion.
    pub async fn change_person(
        &mut self,
        id: AgentId,
        expected: Option<u64>,
        mut draft: PersonDraft,
    ) -> Result<PersonRecord, ConfigError> {
        self.forgets_sign_ins();
        let before = self.expected_person(id, expected).await?;
        let violations = draft.check();
        let number = draft.number.clone();
        let number = number.unwrap_or_else(|| before.number.clone());
        self.refuse_person(id, &draft, &number, violations).await?;
        if draft.role != Role::Administrator {
            self.refuse_if_last_administrator(&before).await?;
        }
        if draft.role > before.role {
            self.refuse_beyond_seats(draft.role, before.role).await?;
        }
        let (resource, stored) = ((Resource::Agent, id.0), Some(before.key.clone()));
        let key = self
            .accepted_key(resource, draft.key.as_deref(), stored, &draft.name)
            .await?;
        self.update_person(id, &key, &draft, &number).await?;
        if number != before.number {
            self.forget_free_from();
        }
        let written: &[&str] = if draft.sets_pin() { &["pin"] } else { &[] };
        self.store_pin(id, draft.pin).await?;
        let after = self.person(id).await?;
        let states = (Some(&before), Some(&after));
        self.audit_with_secrets((Resource::Agent, id.0), Action::Changed, states, written)
            .await?;
        Ok(after)
    }

    /// Deletes a person: sessions, links and memberships end; the name stays for the history.
    ///
    /// # Errors
    /// A newer revision, no such person, or the last administrator.
    pub async fn delete_person(
        &mut self,
        id: AgentId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        self.forgets_sign_ins();
        let before = self.expected_person(id, expected).await?;
        self.refuse_if_last_administrator(&before).await?;
        self.forget_free_from();
        let (at, revision) = (self.at.0, self.revision());
        for statement in [sql::QUEUES_OF_PERSON, sql::PERSON_DELETE] {
            sqlx::query(statement)
                .bind(id.0)
                .bind(at)
                .bind(revision)
                .execute(self.conn())
                .await?;
        }
        for statement in [
            sql::MEMBERSHIPS_CLEAR,
            sql::SESSIONS_END,
            sql::INVITATIONS_CLEAR,
        ] {
            sqlx::query(statement)
                .bind(id.0)
                .execute(self.conn())
                .await?;
        }
        self.audit(
            (Resource::Agent, id.0),
            Action::Deleted,
            Some(&before),
            None,
        )
        .await
    }

    async fn expected_person(
        &mut self,
        id: AgentId,
        expected: Option<u64>,
    ) -> Result<PersonRecord, ConfigError> {
        let person = self.person(id).await?;
        refuse_stale(person.revision, expected)?;
        Ok(person)
    }

    async fn add_person(
        &mut self,
        mut draft: PersonDraft,
        password_hash: Option<String>,
    ) -> Result<AgentId, ConfigError> {
        let violations = draft.check();
        let id = AgentId(self.new_id());
        let number = match draft.number.clone() {
            Some(number) => number,
            None => self.first_free_number().await?,
        };
        self.refuse_person(id, &draft, &number, violations).await?;
        self.refuse_beyond_seats(draft.role, Role::Agent).await?;
        let resource = (Resource::Agent, id.0);
        let key = self
            .accepted_key(resource, draft.key.as_deref(), None, &draft.name)
            .await?;
        self.insert_person(id, &key, &draft, &number, password_hash)
            .await?;
        self.store_pin(id, draft.pin).await?;
        Ok(id)
    }

    /// Refuses a person for what is wrong by itself, and for what only the database knows, at once.
    async fn refuse_person(
        &mut self,
        id: AgentId,
        draft: &PersonDraft,
        number: &str,
        mut violations: Vec<Violation>,
    ) -> Result<(), ConfigError> {
        let found = self.look_up_person(id, draft, number).await?;
        tell_besides(&mut violations, found);
        let resource = (Resource::Agent, id.0);
        violations.extend(self.key_violation(resource, draft.key.as_deref()).await?);
        ConfigError::refuse(violations)
    }

    async fn look_up_person(
        &mut self,
        id: AgentId,
        draft: &PersonDraft,
        number: &str,
    ) -> Result<Vec<Violation>, ConfigError> {
        let tenant = self.tenant().0;
        let mut violations = Vec::new();
        let query = sqlx::query_scalar(sql::PEOPLE_WITH_EMAIL)
            .bind(email_key(&draft.email))
            .bind(draft.email.to_lowercase());
        let namesakes: Vec<Uuid> = query.fetch_all(self.conn()).await?;
        if namesakes.iter().any(|namesake| *namesake != id.0) {
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
            violations.push(Violation::new("number", "taken", message).instead(free));
        }
        Ok(violations)
    }

    async fn insert_person(
        &mut self,
        id: AgentId,
        key: &str,
        draft: &PersonDraft,
        number: &str,
        password_hash: Option<String>,
    ) -> Result<(), ConfigError> {
        sqlx::query(sql::PERSON_CREATE)
            .bind(id.0)
            .bind(self.tenant().0)
            .bind(draft.name.clone())
            .bind(draft.email.clone())
            .bind(email_key(&draft.email))
            .bind(number.to_owned())
            .bind(None::<String>)
            .bind(password_hash)
            .bind(word(&draft.role))
            .bind(draft.wrap_up_secs)
            .bind(draft.capacity)
            .bind(draft.language.map(|language| word(&language)))
            .bind(self.at.0)
            .bind(self.revision())
            .bind(key.to_owned())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn update_person(
        &mut self,
        id: AgentId,
        key: &str,
        draft: &PersonDraft,
        number: &str,
    ) -> Result<(), ConfigError> {
        sqlx::query(sql::PERSON_CHANGE)
            .bind(id.0)
            .bind(draft.name.clone())
            .bind(draft.email.clone())
            .bind(email_key(&draft.email))
            .bind(number.to_owned())
            .bind(word(&draft.role))
            .bind(draft.wrap_up_secs)
            .bind(draft.capacity)
            .bind(draft.language.map(|language| word(&language)))
            .bind(self.at.0)
            .bind(self.revision())
            .bind(key.to_owned())
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

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: u32,
    key: String,
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
    deleted_at: Option<i64>,
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
            key: self.key,
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

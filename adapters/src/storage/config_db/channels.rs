//! Channels: read, create, change, delete.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::ids::{ChannelId, ChatbotId, QueueId, TenantId};
use ecluse_engine::message::{Destination, Timestamp};
use futures_util::FutureExt as _;
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::channel::{ChannelHealth, ChannelRecord, ChannelSettings, ChannelState, PROVIDER};
use super::channel_check::{CheckedChannel, check, destination_link};
use super::channel_draft::ChannelDraft;
use super::channel_health::is_carried;
use super::claim::Claim;
use super::link::Link;
use super::secret::{ChannelSecrets, SecretChange, SecretName};
use super::{
    Change, ConfigDb, ConfigError, Editor, Page, channel_secrets, from_word, refuse_stale, sql,
    unsigned,
};

impl ConfigDb {
    /// A channel, deleted or not.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn channel(
        &self,
        tenant: TenantId,
        id: ChannelId,
    ) -> Result<Option<ChannelRecord>, ConfigError> {
        read(&mut *self.read().await?, tenant, id).await
    }

    /// The channels that are not deleted, in the order of their creation.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn channels(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Vec<ChannelRecord>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::CHANNEL_PAGE)
            .bind(tenant.0)
            .bind(page.after.unwrap_or_default())
            .bind(page.limit)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// The channels of every tenant that changed after a revision, with their secrets, or why these do not open; deleted
    /// ones too (they have none left). After 0 that is every channel.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn channels_since(
        &self,
        revision: u64,
    ) -> Result<Vec<(ChannelRecord, Result<ChannelSecrets, ConfigError>)>, ConfigError> {
        let mut conn = self.read().await?;
        let revision = i64::try_from(revision).unwrap_or(i64::MAX);
        let rows: Vec<Row> = sqlx::query_as(sql::CHANNEL_SINCE)
            .bind(revision)
            .fetch_all(&mut *conn)
            .await?;
        let records: Result<Vec<_>, _> = rows.into_iter().map(Row::record).collect();
        let records = records?;
        let mut secrets = match records.iter().all(|record| record.secrets.is_empty()) {
            true => BTreeMap::new(),
            false => channel_secrets::since(&mut conn, &self.0.vault, revision).await?,
        };
        let with_secrets = records.into_iter().map(|record| {
            let own = secrets.remove(&record.id.0);
            (record, own.unwrap_or_else(|| Ok(ChannelSecrets::default())))
        });
        Ok(with_secrets.collect())
    }

    /// Adds a channel.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_channel(
        &self,
        editor: &Editor,
        draft: ChannelDraft,
    ) -> Result<ChannelRecord, ConfigError> {
        self.change(editor, move |change| change.create_channel(draft).boxed())
            .await
    }

    /// Replaces a channel's configuration; the kind stays. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, or no such channel.
    pub async fn change_channel(
        &self,
        editor: &Editor,
        id: ChannelId,
        expected: Option<u64>,
        draft: ChannelDraft,
    ) -> Result<ChannelRecord, ConfigError> {
        self.change(editor, move |change| {
            change.change_channel(id, expected, draft).boxed()
        })
        .await
    }

    /// Deletes a channel: it keeps its row for its history, and gives up its addresses and secrets.
    ///
    /// # Errors
    /// A newer revision, or no such channel.
    pub async fn delete_channel(
        &self,
        editor: &Editor,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        self.change(editor, move |change| {
            change.delete_channel(id, expected).boxed()
        })
        .await
    }
}

pub(super) async fn read(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    id: ChannelId,
) -> Result<Option<ChannelRecord>, ConfigError> {
    let row: Option<Row> = sqlx::query_as(sql::CHANNEL_READ)
        .bind(tenant.0)
        .bind(id.0)
        .fetch_optional(conn)
        .await?;
    row.map(Row::record).transpose()
}

/// The channels of a tenant that point to something.
pub(super) async fn pointing_to(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    target: Uuid,
) -> Result<Vec<ChannelRecord>, ConfigError> {
    let rows: Vec<Row> = sqlx::query_as(sql::CHANNELS_POINTING_TO)
        .bind(tenant.0)
        .bind(target)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::record).collect()
}

/// The channels of every tenant that changed after a revision.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    revision: i64,
) -> Result<Vec<ChannelRecord>, ConfigError> {
    let rows: Vec<Row> = sqlx::query_as(sql::CHANNEL_SINCE)
        .bind(revision)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::record).collect()
}

impl Change {
    /// A channel, deleted or not.
    ///
    /// # Errors
    /// There is none, or the database cannot be read.
    pub async fn channel(&mut self, id: ChannelId) -> Result<ChannelRecord, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, id)
            .await?
            .ok_or(ConfigError::NotFound)
    }

    /// Adds a channel.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_channel(
        &mut self,
        mut draft: ChannelDraft,
    ) -> Result<ChannelRecord, ConfigError> {
        let reserved = self.attach_sign_on(&mut draft).await?.or(draft.reserved);
        self.refuse_beyond_licence(draft.settings.kind()).await?;
        let id = ChannelId(reserved.unwrap_or_else(|| self.new_id()));
        let checked = check(draft, self.tenant());
        let checked = self.looked_up(id, checked, None).await?;
        self.write_channel(id, None, &checked).await?;
        if checked.answered_for && is_carried(checked.settings.kind()) {
            let tenant = self.tenant();
            self.note_worked(tenant, id, PROVIDER).await?;
        }
        let after = self.channel(id).await?;
        self.audit_channel(Action::Created, None, Some(&after), &checked.secrets)
            .await?;
        Ok(after)
    }

    /// Replaces a channel's configuration; the kind stays. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, or no such channel.
    pub async fn change_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
        draft: ChannelDraft,
    ) -> Result<ChannelRecord, ConfigError> {
        let before = self.live_channel(id, expected).await?;
        let mut draft = draft;
        self.attach_sign_on(&mut draft).await?;
        draft.settings.keep_what_providers_told(&before.settings);
        let checked = check(draft, self.tenant());
        let checked = self.looked_up(id, checked, Some(&before)).await?;
        self.write_channel(id, Some(&before), &checked).await?;
        let anew = checked.reaches_anew(&before);
        if !anew.is_empty() {
            self.reach_anew(&before, &anew, checked.answered_for)
                .await?;
        }
        let after = self.channel(id).await?;
        self.audit_channel(
            Action::Changed,
            Some(&before),
            Some(&after),
            &checked.secrets,
        )
        .await?;
        Ok(after)
    }

    /// Deletes a channel: it keeps its row for its history, and gives up its addresses and secrets.
    ///
    /// # Errors
    /// A newer revision, or no such channel.
    pub async fn delete_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        let before = self.live_channel(id, expected).await?;
        let (at, revision) = (self.at.0, self.revision());
        let deletion = sqlx::query(sql::CHANNEL_DELETE)
            .bind(id.0)
            .bind(at)
            .bind(revision);
        deletion.execute(self.conn()).await?;
        for statement in [
            sql::ADDRESSES_RELEASE,
            sql::SECRETS_DELETE,
            sql::LINKS_CLEAR,
        ] {
            sqlx::query(statement)
                .bind(id.0)
                .execute(self.conn())
                .await?;
        }
        self.audit_channel(Action::Deleted, Some(&before), None, &[])
            .await
    }

    pub(super) async fn live_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<ChannelRecord, ConfigError> {
        let channel = self.channel(id).await?;
        if channel.state == ChannelState::Deleted {
            return Err(ConfigError::ChannelDeleted);
        }
        refuse_stale(channel.revision, expected)?;
        Ok(channel)
    }

    /// Stores a whole channel with what belongs to it. Each statement costs a wake-up of the writer, so what is as it
    /// was is left alone; the addresses are always compared, because a file may have had the channel let go of them.
    async fn write_channel(
        &mut self,
        id: ChannelId,
        before: Option<&ChannelRecord>,
        checked: &CheckedChannel,
    ) -> Result<(), ConfigError> {
        let resource = (Resource::Channel, id.0);
        let (statement, stored_key) = match before {
            None => (sql::CHANNEL_CREATE, None),
            Some(before) => (sql::CHANNEL_CHANGE, Some(before.key.clone())),
        };
        let asked = checked.key.as_deref();
        let key = self
            .accepted_key(resource, asked, stored_key, &checked.name)
            .await?;
        let (queue, chatbot) = columns(checked.destination);
        sqlx::query(statement)
            .bind(id.0)
            .bind(self.tenant().0)
            .bind(checked.settings.kind().as_str())
            .bind(key)
            .bind(checked.name.clone())
            .bind(checked.settings.address())
            .bind(queue)
            .bind(chatbot)
            .bind(checked.language.map(|language| language.as_str()))
            .bind(json(&checked.auto_replies)?)
            .bind(json(&checked.settings)?)
            .bind(self.at.0)
            .bind(self.revision())
            .execute(self.conn())
            .await?;
        let links_before = before.map(|before| links(&before.settings, &before.destination));
        let links = links(&checked.settings, &checked.destination);
        self.store_links(resource, links_before.as_deref(), &links)
            .await?;
        self.take_addresses(id, checked).await?;
        self.bring_client_of(&checked.settings, before).await?;
        let stored = before.map(|before| before.secrets.clone());
        self.store_secrets(id, &stored.unwrap_or_default(), checked)
            .await
    }

    async fn take_addresses(
        &mut self,
        id: ChannelId,
        checked: &CheckedChannel,
    ) -> Result<(), ConfigError> {
        let tenant = self.tenant();
        let claims = checked.settings.claims(tenant);
        let claims: Vec<_> = claims.iter().map(Claim::place).collect();
        sqlx::query(sql::ADDRESSES_TAKE)
            .bind(id.0)
            .bind(tenant.0)
            .bind(json(&claims)?)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Stores, keeps and forgets as it was asked; what the channel cannot use any more is forgotten.
    async fn store_secrets(
        &mut self,
        id: ChannelId,
        stored: &BTreeSet<SecretName>,
        checked: &CheckedChannel,
    ) -> Result<(), ConfigError> {
        for (name, change) in &checked.secrets {
            match change {
                SecretChange::Keep => {}
                SecretChange::Clear => self.forget_secret(id, *name).await?,
                SecretChange::Set(secret) => self.store_secret(id, *name, secret).await?,
            }
        }
        let usable = checked.settings.secrets();
        for name in stored {
            if usable.iter().all(|(usable, _)| usable != name) {
                self.forget_secret(id, *name).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn audit_channel(
        &mut self,
        action: Action,
        before: Option<&ChannelRecord>,
        after: Option<&ChannelRecord>,
        secrets: &[(SecretName, SecretChange)],
    ) -> Result<(), ConfigError> {
        let Some(id) = before.or(after).map(|channel| channel.id) else {
            return Ok(());
        };
        let written: Vec<&str> = secrets.iter().map(|(name, _)| name.as_str()).collect();
        self.audit_with_secrets((Resource::Channel, id.0), action, (before, after), &written)
            .await
    }
}

impl CheckedChannel {
    /// The connections that need something else than before; what was told of their health then says nothing.
    fn reaches_anew(&self, before: &ChannelRecord) -> Vec<&'static str> {
        let changed = self.secrets.iter();
        let changed = changed.filter(|(_, change)| !matches!(change, SecretChange::Keep));
        let changed: Vec<SecretName> = changed.map(|(name, _)| *name).collect();
        let (ChannelSettings::Email(now), ChannelSettings::Email(then)) =
            (&self.settings, &before.settings)
        else {
            let is_anew = self.settings != before.settings || !changed.is_empty();
            return is_anew.then_some(PROVIDER).into_iter().collect();
        };
        let is_of_both = |name: &SecretName| {
            !matches!(name, SecretName::ImapPassword | SecretName::SmtpPassword)
        };
        let both = now.provider != then.provider || changed.iter().any(is_of_both);
        let reading = now.imap != then.imap || changed.contains(&SecretName::ImapPassword);
        let sending = now.smtp != then.smtp
            || now.address != then.address
            || changed.contains(&SecretName::SmtpPassword);
        let ways = [("imap", both || reading), ("smtp", both || sending)].into_iter();
        ways.filter(|(_, is_anew)| *is_anew)
            .map(|(way, _)| way)
            .collect()
    }
}

/// Everything that a channel points to.
fn links(settings: &ChannelSettings, destination: &Destination) -> Vec<Link> {
    let mut links = settings.links();
    links.push(destination_link(destination));
    links
}

const fn columns(destination: Destination) -> (Option<Uuid>, Option<Uuid>) {
    match destination {
        Destination::Queue(queue) => (Some(queue.0), None),
        Destination::Chatbot(chatbot) => (None, Some(chatbot.0)),
    }
}

/// Of a channel, as a column or a parameter.
pub(super) fn json(value: &impl Serialize) -> Result<String, ConfigError> {
    serde_json::to_string(value).map_err(|source| ConfigError::Unreadable {
        what: "channel",
        source,
    })
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: u32,
    key: String,
    name: String,
    address: String,
    queue: Option<Uuid>,
    chatbot: Option<Uuid>,
    language: Option<String>,
    auto_replies: String,
    settings: String,
    state: String,
    degraded_reason: Option<String>,
    sign_in_required: bool,
    pending_deletion_until: Option<i64>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
    worked: String,
    secrets: String,
}

impl Row {
    fn record(self) -> Result<ChannelRecord, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            what: "channel",
            source,
        };
        let destination = match (self.queue, self.chatbot) {
            (Some(queue), _) => Destination::Queue(QueueId(queue)),
            (None, chatbot) => Destination::Chatbot(ChatbotId(chatbot.unwrap_or_default())),
        };
        Ok(ChannelRecord {
            id: ChannelId(self.id),
            tenant: TenantId(self.tenant),
            key: self.key,
            name: self.name,
            address: self.address,
            destination,
            language: self
                .language
                .map(|language| from_word("language", &language))
                .transpose()?,
            auto_replies: serde_json::from_str(&self.auto_replies).map_err(unreadable)?,
            settings: serde_json::from_str(&self.settings).map_err(unreadable)?,
            state: from_word("channel", &self.state)?,
            health: match (self.degraded_reason, self.sign_in_required) {
                (Some(reason), true) => ChannelHealth::SignInRequired { reason },
                (Some(reason), false) => ChannelHealth::Degraded { reason },
                (None, _) => ChannelHealth::Healthy,
            },
            worked: serde_json::from_str(&self.worked).map_err(unreadable)?,
            pending_deletion_until: self.pending_deletion_until.map(Timestamp),
            secrets: serde_json::from_str(&self.secrets).map_err(unreadable)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            revision: unsigned(self.revision),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::word;
    use super::*;

    #[test]
    fn stored_words_are_the_ones_of_the_api() {
        assert_eq!(word(&ChannelState::Deleted), "deleted");
        for name in SecretName::ALL {
            assert_eq!(word(&name), name.as_str());
        }
    }
}

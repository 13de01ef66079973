//! Channels: read, create, change, delete, and their secrets.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::ids::{ChannelId, ChatbotId, QueueId, TenantId};
use ecluse_engine::message::{Destination, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::channel::{
    ChannelDraft, ChannelHealth, ChannelRecord, ChannelSecrets, ChannelSettings, ChannelState,
    SecretChange, SecretName,
};
use super::channel_check::{CheckedChannel, check};
use super::{
    Change, ConfigDb, ConfigError, Editor, Page, Violation, detached, from_word, sql, unsigned,
};
use crate::secrets::{Cell, Vault};

const SECRETS_TABLE: &str = "channel_secrets";

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

    /// Every channel of every tenant with its secrets, deleted ones too (they have none left).
    ///
    /// # Errors
    /// The database cannot be read, or a secret does not open.
    pub async fn all_channels(&self) -> Result<Vec<(ChannelRecord, ChannelSecrets)>, ConfigError> {
        let mut conn = self.read().await?;
        let rows: Vec<Row> = sqlx::query_as(sql::CHANNEL_ALL)
            .fetch_all(&mut *conn)
            .await?;
        let sealed: Vec<Sealed> = sqlx::query_as(sql::SECRETS_ALL)
            .fetch_all(&mut *conn)
            .await?;
        let mut sealed_by_channel: BTreeMap<Uuid, Vec<Sealed>> = BTreeMap::new();
        for secret in sealed {
            sealed_by_channel
                .entry(secret.channel)
                .or_default()
                .push(secret);
        }
        let with_secrets = rows.into_iter().map(|row| {
            let sealed = sealed_by_channel.remove(&row.id).unwrap_or_default();
            Ok((row.record()?, open(&self.0.vault, &sealed)?))
        });
        with_secrets.collect()
    }

    /// The secrets of one channel; none if there is no such channel.
    ///
    /// # Errors
    /// The database cannot be read, or a secret does not open.
    pub async fn channel_secrets(&self, id: ChannelId) -> Result<ChannelSecrets, ConfigError> {
        let sealed: Vec<Sealed> = sqlx::query_as(sql::SECRETS_READ)
            .bind(id.0)
            .fetch_all(&mut *self.read().await?)
            .await?;
        open(&self.0.vault, &sealed)
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
        let checked = check(draft).map_err(ConfigError::Invalid)?;
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let id = ChannelId(db.new_id());
            change.look_up(id, &checked, &BTreeSet::new()).await?;
            change.insert(id, &checked).await?;
            change.store_parts(id, &checked).await?;
            let after = change.channel(id).await?;
            change
                .audit_channel(Action::Created, None, Some(&after), &checked.secrets)
                .await?;
            change.commit().await?;
            Ok(after)
        })
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
        let checked = check(draft);
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let before = change.live_channel(id, expected).await?;
            let checked = checked.map_err(ConfigError::Invalid)?;
            if checked.settings.kind() != before.settings.kind() {
                return Err(ConfigError::field(
                    "kind",
                    "immutable",
                    "a channel keeps its kind",
                ));
            }
            change.look_up(id, &checked, &before.secrets).await?;
            change.update(id, &checked).await?;
            change.store_parts(id, &checked).await?;
            let after = change.channel(id).await?;
            change
                .audit_channel(
                    Action::Changed,
                    Some(&before),
                    Some(&after),
                    &checked.secrets,
                )
                .await?;
            change.commit().await?;
            Ok(after)
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
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let mut change = db.change(editor).await?;
            let before = change.live_channel(id, expected).await?;
            let (at, revision) = (change.at.0, change.revision);
            let deletion = sqlx::query(sql::CHANNEL_DELETE)
                .bind(id.0)
                .bind(at)
                .bind(revision);
            deletion.execute(change.conn()).await?;
            sqlx::query(sql::ADDRESSES_RELEASE)
                .bind(id.0)
                .execute(change.conn())
                .await?;
            sqlx::query(sql::SECRETS_DELETE)
                .bind(id.0)
                .execute(change.conn())
                .await?;
            change
                .audit_channel(Action::Deleted, Some(&before), None, &[])
                .await?;
            change.commit().await
        })
        .await
    }

    /// Records whether a channel can send. It is news of the provider and no change of the configuration: it
    /// raises no revision. Says whether anything changed.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn set_channel_health(
        &self,
        tenant: TenantId,
        id: ChannelId,
        health: ChannelHealth,
    ) -> Result<bool, ConfigError> {
        let reason = match health {
            ChannelHealth::Healthy => None,
            ChannelHealth::Degraded { reason } => Some(reason),
        };
        let db = self.clone();
        detached(async move {
            let mut write = db.write().await?;
            let update = sqlx::query(sql::CHANNEL_HEALTH)
                .bind(tenant.0)
                .bind(id.0)
                .bind(reason);
            let changed = update.execute(&mut *write.tx).await?.rows_affected() > 0;
            write.commit().await?;
            Ok(changed)
        })
        .await
    }
}

async fn read(
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

impl Change {
    async fn channel(&mut self, id: ChannelId) -> Result<ChannelRecord, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, id)
            .await?
            .ok_or(ConfigError::NotFound)
    }

    async fn live_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<ChannelRecord, ConfigError> {
        let channel = self.channel(id).await?;
        if channel.state == ChannelState::Deleted {
            return Err(ConfigError::ChannelDeleted);
        }
        match expected {
            Some(expected) if expected != channel.revision => Err(ConfigError::Stale {
                revision: channel.revision,
            }),
            Some(_) | None => Ok(channel),
        }
    }

    /// What only the database knows: the destination exists, the addresses are free, the needed secret is there.
    async fn look_up(
        &mut self,
        id: ChannelId,
        checked: &CheckedChannel,
        stored: &BTreeSet<SecretName>,
    ) -> Result<(), ConfigError> {
        let mut violations = Vec::new();
        violations.extend(self.unknown_destination(checked.destination).await?);
        for claim in checked.settings.claims(self.tenant()) {
            let holder: Option<Uuid> = sqlx::query_scalar(sql::ADDRESS_HOLDER)
                .bind(claim.scope)
                .bind(claim.address)
                .fetch_optional(self.conn())
                .await?;
            if holder.is_some_and(|holder| holder != id.0) {
                violations.push(Violation::new(
                    claim.field,
                    "taken",
                    "is already connected to a channel",
                ));
            }
        }
        violations.extend(secret_violations(checked, stored));
        ConfigError::refuse(violations)
    }

    async fn unknown_destination(
        &mut self,
        destination: Destination,
    ) -> Result<Option<Violation>, ConfigError> {
        match destination {
            Destination::Queue(queue) => {
                let tenant = self.tenant().0;
                let query = sqlx::query_scalar(sql::QUEUE_EXISTS)
                    .bind(tenant)
                    .bind(queue.0);
                let count: i64 = query.fetch_one(self.conn()).await?;
                Ok((count == 0).then(|| {
                    Violation::new(
                        "destination.queue",
                        "unknown_queue",
                        "there is no such queue",
                    )
                }))
            }
            Destination::Chatbot(_) => Ok(Some(Violation::new(
                "destination.chatbot",
                "unknown_chatbot",
                "there is no such chatbot",
            ))),
        }
    }

    async fn insert(&mut self, id: ChannelId, checked: &CheckedChannel) -> Result<(), ConfigError> {
        let (queue, chatbot) = columns(checked.destination);
        sqlx::query(sql::CHANNEL_CREATE)
            .bind(id.0)
            .bind(self.tenant().0)
            .bind(checked.settings.kind().as_str())
            .bind(checked.name.clone())
            .bind(checked.settings.address())
            .bind(queue)
            .bind(chatbot)
            .bind(settings_json(&checked.settings)?)
            .bind(self.at.0)
            .bind(self.revision)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn update(&mut self, id: ChannelId, checked: &CheckedChannel) -> Result<(), ConfigError> {
        let (queue, chatbot) = columns(checked.destination);
        sqlx::query(sql::CHANNEL_CHANGE)
            .bind(id.0)
            .bind(checked.name.clone())
            .bind(checked.settings.address())
            .bind(queue)
            .bind(chatbot)
            .bind(settings_json(&checked.settings)?)
            .bind(self.at.0)
            .bind(self.revision)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// The addresses and secrets of a channel whose row exists.
    async fn store_parts(
        &mut self,
        id: ChannelId,
        checked: &CheckedChannel,
    ) -> Result<(), ConfigError> {
        let tenant = self.tenant();
        sqlx::query(sql::ADDRESSES_RELEASE)
            .bind(id.0)
            .execute(self.conn())
            .await?;
        for claim in checked.settings.claims(tenant) {
            sqlx::query(sql::ADDRESS_TAKE)
                .bind(claim.scope)
                .bind(claim.address)
                .bind(id.0)
                .bind(tenant.0)
                .execute(self.conn())
                .await?;
        }
        for (name, change) in &checked.secrets {
            match change {
                SecretChange::Keep => {}
                SecretChange::Clear => self.forget_secret(id, *name).await?,
                SecretChange::Set(secret) => self.store_secret(id, *name, secret).await?,
            }
        }
        let usable = checked.settings.usable_secrets();
        for name in ALL_SECRETS.iter().filter(|name| !usable.contains(name)) {
            self.forget_secret(id, *name).await?;
        }
        Ok(())
    }

    async fn store_secret(
        &mut self,
        id: ChannelId,
        name: SecretName,
        secret: &SecretString,
    ) -> Result<(), ConfigError> {
        let sealed = self
            .db
            .0
            .vault
            .seal(cell(name, id.as_bytes()), secret.expose_secret().as_bytes())?;
        sqlx::query(sql::SECRET_WRITE)
            .bind(id.0)
            .bind(name.as_str())
            .bind(self.tenant().0)
            .bind(sealed)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn forget_secret(&mut self, id: ChannelId, name: SecretName) -> Result<(), ConfigError> {
        let deletion = sqlx::query(sql::SECRET_DELETE)
            .bind(id.0)
            .bind(name.as_str());
        deletion.execute(self.conn()).await?;
        Ok(())
    }

    async fn audit_channel(
        &mut self,
        action: Action,
        before: Option<&ChannelRecord>,
        after: Option<&ChannelRecord>,
        secrets: &[(SecretName, SecretChange)],
    ) -> Result<(), ConfigError> {
        let Some(id) = before.or(after).map(|channel| channel.id) else {
            return Ok(());
        };
        let before = before.map(|channel| Audited {
            channel,
            secrets_changed: Vec::new(),
        });
        let secrets_changed = secrets.iter().map(|(name, _)| *name).collect();
        let after = after.map(|channel| Audited {
            channel,
            secrets_changed,
        });
        self.audit(
            (Resource::Channel, id.0),
            action,
            before.as_ref(),
            after.as_ref(),
        )
        .await
    }
}

/// A channel in the audit trail: which secrets were written, never what.
#[derive(Serialize)]
struct Audited<'a> {
    #[serde(flatten)]
    channel: &'a ChannelRecord,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secrets_changed: Vec<SecretName>,
}

const ALL_SECRETS: [SecretName; 4] = [
    SecretName::AccessToken,
    SecretName::ApiKey,
    SecretName::WebhookSecret,
    SecretName::WebhookHeaders,
];

/// A secret that the provider does not use, or the lack of the one that it needs.
fn secret_violations(checked: &CheckedChannel, stored: &BTreeSet<SecretName>) -> Vec<Violation> {
    let usable = checked.settings.usable_secrets();
    let field = |name: SecretName| format!("whatsapp.{}", name.as_str());
    let mut violations: Vec<Violation> = checked
        .secrets
        .iter()
        .filter(|(name, change)| matches!(change, SecretChange::Set(_)) && !usable.contains(name))
        .map(|(name, _)| {
            Violation::new(
                field(*name),
                "not_for_this_provider",
                "the provider does not use it",
            )
        })
        .collect();
    let change_of = |name| checked.secrets.iter().find(|(changed, _)| *changed == name);
    if let Some(required) = checked.settings.required_secret() {
        let present = match change_of(required) {
            Some((_, SecretChange::Set(_))) => true,
            Some((_, SecretChange::Clear)) => false,
            Some((_, SecretChange::Keep)) | None => stored.contains(&required),
        };
        if !present {
            violations.push(Violation::new(
                field(required),
                "required",
                "nothing can be sent without it",
            ));
        }
    }
    violations
}

fn cell(name: SecretName, channel: &[u8]) -> Cell<'_> {
    Cell {
        table: SECRETS_TABLE,
        column: name.as_str(),
        row: channel,
    }
}

const fn columns(destination: Destination) -> (Option<Uuid>, Option<Uuid>) {
    match destination {
        Destination::Queue(queue) => (Some(queue.0), None),
        Destination::Chatbot(chatbot) => (None, Some(chatbot.0)),
    }
}

fn settings_json(settings: &ChannelSettings) -> Result<String, ConfigError> {
    serde_json::to_string(settings).map_err(|source| ConfigError::Unreadable {
        what: "channel",
        source,
    })
}

#[derive(sqlx::FromRow)]
struct Sealed {
    channel: Uuid,
    name: String,
    sealed: Vec<u8>,
}

fn open(vault: &Vault, sealed: &[Sealed]) -> Result<ChannelSecrets, ConfigError> {
    let mut secrets = ChannelSecrets::default();
    for secret in sealed {
        let name: SecretName = from_word("secret", &secret.name)?;
        let text = vault.open_text(cell(name, secret.channel.as_bytes()), &secret.sealed)?;
        match name {
            SecretName::AccessToken => secrets.access_token = Some(text),
            SecretName::ApiKey => secrets.api_key = Some(text),
            SecretName::WebhookSecret => secrets.webhook_secret = Some(text),
            SecretName::WebhookHeaders => {
                secrets.webhook_headers =
                    serde_json::from_str(text.expose_secret()).map_err(|source| {
                        ConfigError::Unreadable {
                            what: "secret",
                            source,
                        }
                    })?;
            }
        }
    }
    Ok(secrets)
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: Uuid,
    tenant: u32,
    name: String,
    address: String,
    queue: Option<Uuid>,
    chatbot: Option<Uuid>,
    settings: String,
    state: String,
    degraded_reason: Option<String>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
    secrets: String,
}

impl Row {
    pub(super) fn record(self) -> Result<ChannelRecord, ConfigError> {
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
            name: self.name,
            address: self.address,
            destination,
            settings: serde_json::from_str(&self.settings).map_err(unreadable)?,
            state: from_word("channel", &self.state)?,
            health: match self.degraded_reason {
                Some(reason) => ChannelHealth::Degraded { reason },
                None => ChannelHealth::Healthy,
            },
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
        for name in ALL_SECRETS {
            assert_eq!(word(&name), name.as_str());
        }
    }
}

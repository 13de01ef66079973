//! The secrets of channels: sealed for their channel and their name, opened for whoever speaks with a company.
//!
//! What must stay true: a secret that is not mentioned is kept, and one that the provider does not use is refused; a saved
//! secret goes to no other server than the one that it was saved for.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::ids::{ChannelId, TenantId};
use futures_util::FutureExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::channel::{ChannelHealth, ChannelRecord, ChannelSettings};
use super::channel_check::CheckedDraft;
use super::channel_email::EmailProvider;
use super::secret::{ChannelSecrets, SecretChange, SecretName};
use super::{Change, ConfigDb, ConfigError, Violation, from_word, sql};
use crate::secrets::{Cell, Vault};

const TABLE: &str = "channel_secrets";

/// The code of a channel whose company wants to see a person.
pub(super) const SIGN_ON_NEEDED: &str = "sign_on_needed";

impl ConfigDb {
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

    /// Stores the consent that a company gave in place of `used`, unless somebody signed on anew meanwhile. Says whether it
    /// did. It is the company's doing and no change of the configuration.
    ///
    /// # Errors
    /// The database cannot be read or written, or the stored secret does not open.
    pub async fn replace_refresh_token(
        &self,
        tenant: TenantId,
        id: ChannelId,
        used: &SecretString,
        fresh: &SecretString,
    ) -> Result<bool, ConfigError> {
        let (used, fresh) = (used.clone(), fresh.clone());
        self.note(move |change| {
            async move {
                let change = change.in_tenant(tenant);
                let is_stored = change.has_refresh_token(id, &used).await?;
                if is_stored {
                    change
                        .store_secret(id, SecretName::RefreshToken, &fresh)
                        .await?;
                }
                Ok(is_stored)
            }
            .boxed()
        })
        .await
    }

    /// Records the health of a channel whose company takes the consent `used` no more, unless somebody signed on anew
    /// meanwhile. Says whether it is still the channel's.
    ///
    /// # Errors
    /// The database cannot be read or written, or the stored secret does not open.
    pub async fn end_refresh_token(
        &self,
        tenant: TenantId,
        id: ChannelId,
        used: &SecretString,
        health: ChannelHealth,
    ) -> Result<bool, ConfigError> {
        let used = used.clone();
        self.note(move |change| {
            async move {
                let is_stored = change.has_refresh_token(id, &used).await?;
                if is_stored {
                    change.set_health(tenant, id, health).await?;
                }
                Ok(is_stored)
            }
            .boxed()
        })
        .await
    }
}

/// The secrets of the channels that changed after a revision, by channel. Those that do not open are no other channel's loss.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    vault: &Vault,
    revision: i64,
) -> Result<BTreeMap<Uuid, Result<ChannelSecrets, ConfigError>>, ConfigError> {
    let sealed: Vec<Sealed> = sqlx::query_as(sql::SECRETS_SINCE)
        .bind(revision)
        .fetch_all(conn)
        .await?;
    let mut by_channel: BTreeMap<Uuid, Vec<Sealed>> = BTreeMap::new();
    for secret in sealed {
        by_channel.entry(secret.channel).or_default().push(secret);
    }
    let opened = by_channel
        .into_iter()
        .map(|(channel, sealed)| (channel, open(vault, &sealed)));
    Ok(opened.collect())
}

impl Change {
    async fn has_refresh_token(
        &mut self,
        id: ChannelId,
        used: &SecretString,
    ) -> Result<bool, ConfigError> {
        let sealed: Vec<Sealed> = sqlx::query_as(sql::SECRETS_READ)
            .bind(id.0)
            .fetch_all(self.conn())
            .await?;
        let stored = open(&self.db.0.vault, &sealed)?.refresh_token;
        Ok(stored.is_some_and(|stored| stored.expose_secret() == used.expose_secret()))
    }

    pub(super) async fn store_secret(
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

    pub(super) async fn forget_secret(
        &mut self,
        id: ChannelId,
        name: SecretName,
    ) -> Result<(), ConfigError> {
        let deletion = sqlx::query(sql::SECRET_DELETE)
            .bind(id.0)
            .bind(name.as_str());
        deletion.execute(self.conn()).await?;
        Ok(())
    }
}

/// A secret that the settings do not use, or the lack of one that they need.
pub(super) fn violations(checked: &CheckedDraft, stored: &BTreeSet<SecretName>) -> Vec<Violation> {
    let usable = checked.usable;
    let is_usable = |name| usable.iter().any(|(usable, _)| *usable == name);
    let mut found: Vec<Violation> = checked
        .secrets
        .iter()
        .filter(|(name, change)| matches!(change, SecretChange::Set(_)) && !is_usable(*name))
        .map(|(name, _)| {
            let message = "the provider does not use it";
            Violation::new(name.field(), "not_for_this_provider", message)
        })
        .collect();
    let change_of = |name| checked.secrets.iter().find(|(changed, _)| *changed == name);
    for (name, _) in usable.iter().filter(|(_, required)| *required) {
        let present = match change_of(*name) {
            Some((_, SecretChange::Set(_))) => true,
            Some((_, SecretChange::Clear)) => false,
            Some((_, SecretChange::Keep)) | None => stored.contains(name),
        };
        if !present {
            found.push(name.missing());
        }
    }
    found
}

/// The secrets that would be kept and are for another company or mail server than the one that is named now.
pub(super) fn elsewhere(checked: &CheckedDraft, before: &ChannelRecord) -> Vec<Violation> {
    let (Some(ChannelSettings::Email(now)), ChannelSettings::Email(then)) =
        (&checked.settings, &before.settings)
    else {
        return Vec::new();
    };
    let (reading, sending) = match now.provider {
        EmailProvider::Custom => (SecretName::ImapPassword, SecretName::SmtpPassword),
        EmailProvider::Microsoft | EmailProvider::Gmail => {
            (SecretName::RefreshToken, SecretName::RefreshToken)
        }
    };
    let servers = [
        (reading, &now.imap, &then.imap),
        (sending, &now.smtp, &then.smtp),
    ];
    let is_kept = |name| {
        let mut changes = checked.secrets.iter();
        before.secrets.contains(&name)
            && !changes
                .any(|(changed, change)| *changed == name && !matches!(change, SecretChange::Keep))
    };
    let is_another = now.provider != then.provider;
    let mut found: Vec<SecretName> = servers
        .into_iter()
        .filter(|(name, now, then)| is_kept(*name) && (is_another || !now.may_have_secret_of(then)))
        .map(|(name, _, _)| name)
        .collect();
    found.dedup();
    found.into_iter().map(SecretName::for_elsewhere).collect()
}

impl SecretName {
    /// The violation of a channel whose saved secret is for another server.
    fn for_elsewhere(self) -> Violation {
        match self {
            Self::RefreshToken => {
                let message =
                    "the saved consent is for another company or other servers; sign on again";
                Violation::new(self.field(), SIGN_ON_NEEDED, message)
            }
            _ => Violation::secret_needed_again(self.field()),
        }
    }

    /// The violation of a channel that lacks it.
    pub(super) fn missing(self) -> Violation {
        let (code, message) = match self {
            Self::RefreshToken | Self::PageAccessToken => {
                (SIGN_ON_NEEDED, "sign on with the company first, or give it")
            }
            Self::ImapPassword => ("required", "nothing can be received without it"),
            _ => ("required", "nothing can be sent without it"),
        };
        Violation::new(self.field(), code, message)
    }
}

fn cell(name: SecretName, channel: &[u8]) -> Cell<'_> {
    named_cell(name.as_str(), channel)
}

pub(super) const fn named_cell<'a>(name: &'a str, channel: &'a [u8]) -> Cell<'a> {
    Cell {
        table: TABLE,
        column: name,
        row: channel,
    }
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
            SecretName::ImapPassword => secrets.imap_password = Some(text),
            SecretName::SmtpPassword => secrets.smtp_password = Some(text),
            SecretName::RefreshToken => secrets.refresh_token = Some(text),
            SecretName::PageAccessToken => secrets.page_access_token = Some(text),
            SecretName::BroughtToken => secrets.brought_token = Some(text),
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

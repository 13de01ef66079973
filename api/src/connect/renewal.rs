//! Renews the consents of mailboxes at Google and Microsoft, and notices one that was taken back while nobody looks.
//!
//! What must stay true: only the company's word that a consent is over asks for a person; a company that cannot be reached,
//! or is not set up any more, changes nothing. What remembers that a consent is over is the channel's health, so a restart
//! tells nothing twice, and whatever heals the channel has its company asked again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ecluse_adapters::oauth::keeper::StoreError;
use ecluse_adapters::oauth::{Application, OAuthError, TokenError, TokenKeeper, TokenStore};
use ecluse_adapters::storage::config_db::{
    ChannelHealth, ChannelRecord, ChannelSettings, ConfigDb, SecretName,
};
use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::ChannelKind;
use rand::RngExt as _;
use secrecy::SecretString;

use super::companies::Companies;
use super::verify::Connection;
use super::{consent, flow, trouble};

/// Between two rounds, and by chance up to a third longer, so that nodes that were started together do not ask together.
const PERIOD: Duration = Duration::from_secs(15 * 60);

/// From the start to the first round: a node has better things to do first.
const FIRST: Duration = Duration::from_secs(30);

/// The rounds through the mailboxes that somebody signed on to.
#[derive(Debug)]
pub struct Renewals {
    db: ConfigDb,
    companies: Companies,
    keeper: TokenKeeper,
}

impl Renewals {
    /// For the channels of `db`, at these companies.
    #[must_use]
    pub fn new(db: ConfigDb, companies: Companies) -> Self {
        let store = Arc::new(Consents(db.clone()));
        let keeper = TokenKeeper::new(companies.oauth().clone(), store);
        Self {
            db,
            companies,
            keeper,
        }
    }

    /// Goes round until the configuration is closed.
    pub async fn run(self) {
        tokio::time::sleep(FIRST).await;
        while !self.db.is_closed() {
            self.round().await;
            tokio::time::sleep(pause()).await;
        }
    }

    /// Goes through the mailboxes of all tenants, one after the other.
    pub async fn round(&self) {
        for (tenant, channel) in self.mailboxes() {
            if let Err(error) = self.renew(tenant, channel).await {
                tracing::warn!(%channel, error = &error as &dyn std::error::Error, "a mailbox's consent was not renewed");
            }
        }
    }

    fn mailboxes(&self) -> Vec<(TenantId, ChannelId)> {
        let config = self.db.feed().current();
        let channels = config.channels.values();
        channels
            .filter(|channel| channel.kind == ChannelKind::Email && !channel.deleted)
            .map(|channel| (channel.tenant, channel.id))
            .collect()
    }

    async fn renew(&self, tenant: TenantId, id: ChannelId) -> Result<(), TokenError> {
        let found = self.db.channel(tenant, id).await;
        let found = found.map_err(|error| TokenError::Store(error.into()))?;
        let Some(application) = found.and_then(|channel| self.application(&channel)) else {
            return Ok(());
        };
        match self.keeper.access_token(id, &application).await {
            Ok(_) => Ok(()),
            Err(TokenError::SignInRequired | TokenError::NotSignedOn) => {
                self.keeper.forget(id);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// What a channel's consent is renewed with; `None` if it has none that may still hold.
    fn application(&self, channel: &ChannelRecord) -> Option<Arc<Application>> {
        let ChannelSettings::Email(mail) = &channel.settings else {
            return None;
        };
        let company = self.companies.mail(flow::company_of(mail.provider)?).ok()?;
        let has_consent = channel.secrets.contains(&SecretName::RefreshToken);
        let is_over = matches!(channel.health, ChannelHealth::SignInRequired { .. });
        (has_consent && !is_over).then(|| Arc::new(company.application.clone()))
    }
}

fn pause() -> Duration {
    PERIOD + PERIOD.mul_f64(rand::rng().random_range(0.0..1.0) / 3.0)
}

/// The consents, among the secrets of the channels.
#[derive(Debug)]
struct Consents(ConfigDb);

impl Consents {
    fn tenant(&self, channel: ChannelId) -> Option<TenantId> {
        let config = self.0.feed().current();
        config.channels.get(&channel).map(|known| known.tenant)
    }
}

#[async_trait]
impl TokenStore for Consents {
    async fn refresh_token(&self, channel: ChannelId) -> Result<Option<SecretString>, StoreError> {
        Ok(self.0.channel_secrets(channel).await?.refresh_token)
    }

    async fn replace(
        &self,
        channel: ChannelId,
        used: &SecretString,
        fresh: &SecretString,
    ) -> Result<bool, StoreError> {
        let Some(tenant) = self.tenant(channel) else {
            return Ok(false);
        };
        let replaced = self.0.replace_refresh_token(tenant, channel, used, fresh);
        Ok(replaced.await?)
    }

    /// It is told as what a trial of the mailbox would have met.
    async fn sign_in_required(
        &self,
        channel: ChannelId,
        used: &SecretString,
        why: &OAuthError,
    ) -> Result<bool, StoreError> {
        let Some(tenant) = self.tenant(channel) else {
            return Ok(false);
        };
        let Some(before) = self.0.channel(tenant, channel).await? else {
            return Ok(false);
        };
        let outcome = consent::refused(why);
        let health = trouble::after(&before.health, Connection::Imap, &outcome);
        let health = health.unwrap_or(before.health);
        let ended = self.0.end_refresh_token(tenant, channel, used, health);
        Ok(ended.await?)
    }
}

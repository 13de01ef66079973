//! Valid access tokens for the mailboxes that were signed on to.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use rand::RngExt as _;
use secrecy::{ExposeSecret as _, SecretString};

use ecluse_engine::ids::ChannelId;
use ecluse_engine::message::Timestamp;

use super::application::Application;
use super::client::{OAuthClient, Tokens};
use super::error::OAuthError;

/// A token is renewed this long before it expires, and by chance up to twice as long, so that mailboxes that were
/// signed on to together are not renewed together.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// While the old token is still good, a failed renewal is tried again after this long.
const RETRY: Duration = Duration::from_secs(30);

/// The store's own error.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

/// Where the refresh tokens are.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// The refresh token of a channel; `None` if nobody signed on.
    ///
    /// # Errors
    /// It cannot be read.
    async fn refresh_token(&self, channel: ChannelId) -> Result<Option<SecretString>, StoreError>;

    /// Puts `fresh` in the place of `used`, durably. `false`, and nothing changed, if there is another by now, because
    /// somebody signed on anew.
    ///
    /// # Errors
    /// It cannot be stored; it is tried again before the next token is given.
    async fn replace(
        &self,
        channel: ChannelId,
        used: &SecretString,
        fresh: &SecretString,
    ) -> Result<bool, StoreError>;

    /// The grant that `used` stands for is over: it is told that somebody has to sign on. `false`, and nothing told, if there
    /// is another by now.
    ///
    /// # Errors
    /// It cannot be told; the company is asked again with the next token.
    async fn sign_in_required(
        &self,
        channel: ChannelId,
        used: &SecretString,
        why: &OAuthError,
    ) -> Result<bool, StoreError>;
}

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("nobody signed on to the mailbox")]
    NotSignedOn,
    /// The channel waits for a person.
    #[error("somebody has to sign on again")]
    SignInRequired,
    /// May work later.
    #[error("the token cannot be renewed")]
    Renewal(#[source] OAuthError),
    #[error("the refresh token cannot be read or stored")]
    Store(#[source] StoreError),
    /// The program is ending.
    #[error("the renewal was given up")]
    GivenUp,
}

/// Gives valid access tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TokenKeeper(Arc<Keeper>);

#[derive(Debug)]
struct Keeper {
    client: OAuthClient,
    store: Arc<dyn TokenStore>,
    accounts: Mutex<HashMap<ChannelId, Arc<tokio::sync::Mutex<Account>>>>,
}

/// What is known of one mailbox. Its lock is held while it is renewed, so that there is one renewal at a time.
#[derive(Debug, Default)]
struct Account {
    /// The stored refresh token that the rest is about.
    grant: Option<SecretString>,
    held: Option<Held>,
    unstored: Option<Unstored>,
    is_over: bool,
    retry_at: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Held {
    access_token: SecretString,
    renew_at: Timestamp,
    expires_at: Timestamp,
}

/// A new refresh token that the store did not take, with what it came with: neither may be used yet.
#[derive(Debug)]
struct Unstored {
    used: SecretString,
    fresh: SecretString,
    held: Held,
}

impl TokenKeeper {
    /// A keeper that knows no token yet.
    #[must_use]
    pub fn new(client: OAuthClient, store: Arc<dyn TokenStore>) -> Self {
        Self(Arc::new(Keeper {
            client,
            store,
            accounts: Mutex::default(),
        }))
    }

    /// A token that is good for at least the time that a connection takes to be opened. The renewal goes on when the
    /// caller does not wait for it, because the company may have given a new refresh token by then.
    ///
    /// # Errors
    /// Nobody signed on, the grant is over, or the company or the store cannot be reached.
    pub async fn access_token(
        &self,
        channel: ChannelId,
        application: &Arc<Application>,
    ) -> Result<SecretString, TokenError> {
        let keeper = Arc::clone(&self.0);
        let application = Arc::clone(application);
        let renewal = async move { keeper.token(channel, &application).await };
        tokio::spawn(renewal)
            .await
            .unwrap_or(Err(TokenError::GivenUp))
    }

    /// Forgets what is known of a channel, so that the company is asked with the next token. That somebody signed on anew is
    /// seen by the stored refresh token.
    pub fn forget(&self, channel: ChannelId) {
        self.0.accounts.lock().remove(&channel);
    }
}

impl Keeper {
    async fn token(
        &self,
        channel: ChannelId,
        application: &Application,
    ) -> Result<SecretString, TokenError> {
        let account = Arc::clone(self.accounts.lock().entry(channel).or_default());
        let mut account = account.lock().await;
        self.store_what_is_left(channel, &mut account).await?;
        let stored = self.store.refresh_token(channel).await;
        let stored = stored
            .map_err(TokenError::Store)?
            .ok_or(TokenError::NotSignedOn)?;
        account.turn_to(&stored);
        if account.is_over {
            return Err(TokenError::SignInRequired);
        }
        if let Some(token) = account.usable(self.client.clock().now()) {
            return Ok(token);
        }
        self.renew(channel, application, &mut account, stored).await
    }

    async fn renew(
        &self,
        channel: ChannelId,
        application: &Application,
        account: &mut Account,
        used: SecretString,
    ) -> Result<SecretString, TokenError> {
        match self.client.refresh(application, &used).await {
            Ok(tokens) => self.keep(channel, account, used, tokens).await,
            Err(error) if error.needs_sign_in() => self.end(channel, account, used, error).await,
            Err(error) => account
                .postpone(self.client.clock().now())
                .ok_or(TokenError::Renewal(error)),
        }
    }

    /// The refusal of a token that is stored no more says nothing of the one that is.
    async fn end(
        &self,
        channel: ChannelId,
        account: &mut Account,
        used: SecretString,
        why: OAuthError,
    ) -> Result<SecretString, TokenError> {
        let is_told = self.store.sign_in_required(channel, &used, &why).await;
        if !is_told.map_err(TokenError::Store)? {
            return Err(TokenError::Renewal(why));
        }
        *account = Account {
            grant: Some(used),
            is_over: true,
            ..Account::default()
        };
        Err(TokenError::SignInRequired)
    }

    /// Stores a new refresh token, and only then lets anybody have what came with it.
    async fn keep(
        &self,
        channel: ChannelId,
        account: &mut Account,
        used: SecretString,
        tokens: Tokens,
    ) -> Result<SecretString, TokenError> {
        let now = self.client.clock().now();
        let held = Held::new(&tokens, now, rand::rng().random_range(0.0..1.0));
        let access_token = held.access_token.clone();
        match tokens.refresh_token {
            None => account.held = Some(held),
            Some(fresh) => {
                account.held = None;
                account.unstored = Some(Unstored { used, fresh, held });
                self.store_what_is_left(channel, account).await?;
            }
        }
        Ok(access_token)
    }

    async fn store_what_is_left(
        &self,
        channel: ChannelId,
        account: &mut Account,
    ) -> Result<(), TokenError> {
        let Some(Unstored { used, fresh, held }) = &account.unstored else {
            return Ok(());
        };
        let replaced = self.store.replace(channel, used, fresh).await;
        // If somebody signed on anew, what came with the old grant is good for this once.
        account.held = replaced.map_err(TokenError::Store)?.then(|| held.clone());
        account.grant = Some(fresh.clone());
        account.unstored = None;
        Ok(())
    }
}

impl Account {
    /// Forgets what is about another refresh token than the stored one.
    fn turn_to(&mut self, stored: &SecretString) {
        let is_stored = |grant: &SecretString| grant.expose_secret() == stored.expose_secret();
        if !self.grant.as_ref().is_some_and(is_stored) {
            *self = Self {
                grant: Some(stored.clone()),
                ..Self::default()
            };
        }
    }

    fn usable(&self, now: Timestamp) -> Option<SecretString> {
        let held = self.held.as_ref()?;
        let waits = self.retry_at.is_some_and(|retry_at| now < retry_at) && now < held.expires_at;
        (now < held.renew_at || waits).then(|| held.access_token.clone())
    }

    /// The token in hand, if it is still good, and no renewal for a while.
    fn postpone(&mut self, now: Timestamp) -> Option<SecretString> {
        let held = self.held.as_ref().filter(|held| now < held.expires_at)?;
        self.retry_at = Some(now.plus(RETRY));
        Some(held.access_token.clone())
    }
}

impl Held {
    /// `chance` is from 0 to 1. The margin is at most a third of a short life.
    fn new(tokens: &Tokens, now: Timestamp, chance: f64) -> Self {
        let life = tokens.expires_at.since(now);
        let margin = MARGIN.min(life / 3);
        let early = margin + margin.mul_f64(chance);
        Self {
            access_token: tokens.access_token.clone(),
            renew_at: now.plus(life.saturating_sub(early)),
            expires_at: tokens.expires_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_in_time_and_not_with_all_others() {
        let renewed_after = |life: u64, chance: f64| {
            let tokens = Tokens {
                access_token: "a".into(),
                expires_at: Timestamp::from_secs(life.cast_signed()),
                refresh_token: None,
            };
            Held::new(&tokens, Timestamp(0), chance).renew_at.0 / 1_000_000
        };
        assert_eq!(renewed_after(3_600, 0.0), 3_300);
        assert_eq!(renewed_after(3_600, 0.5), 3_150);
        assert_eq!(renewed_after(3_600, 1.0), 3_000);
        assert_eq!(renewed_after(60, 0.0), 40);
        assert_eq!(renewed_after(0, 0.5), 0);
    }
}

//! What a person must know of: kept for the console, and mailed to the tenant's alert address.
//!
//! What must stay true: an alert is written in the transaction of what it tells, so that neither is there without the other;
//! what became of its mail is kept with it; and each tenant keeps the newest thousand.

use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::{ChannelKind, Timestamp};
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use tokio::sync::futures::Notified;

use super::{Change, ConfigDb, ConfigError, from_word, sql, unsigned};

const KEPT: u32 = 1_000;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AlertFacts {
    /// The limits against abuse banned somebody.
    SenderBanned {
        channel_kind: ChannelKind,
        address: String,
        reason: String,
        until: Option<Timestamp>,
    },
    /// A channel cannot send or receive until somebody acts.
    ChannelDegraded {
        channel: ChannelId,
        name: String,
        reason: String,
    },
    /// A channel's account has to be connected again.
    SignInRequired {
        channel: ChannelId,
        name: String,
        reason: String,
    },
}

/// What became of an alert's mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It is to be sent, or tried again.
    Waiting,
    Sent,
    /// The settings have no alert address.
    NoAddress,
    /// The settings have no account to send by.
    NoAccount,
    /// The server does not take it.
    Refused,
    /// The server could not be used for a day.
    GivenUp,
}

impl MailState {
    /// As it is stored and told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::NoAddress => "no_address",
            Self::NoAccount => "no_account",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
        }
    }
}

/// The mail of an alert, so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertMail {
    pub state: MailState,
    /// When it was sent or settled; of a waiting one, when it is tried next.
    pub at: Timestamp,
    pub tries: u32,
    /// What the mail server said last.
    pub words: Option<String>,
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertRecord {
    pub id: u64,
    pub tenant: TenantId,
    pub facts: AlertFacts,
    pub raised_at: Timestamp,
    pub mail: AlertMail,
}

impl Change {
    /// Raises an alert in the tenant of this change.
    pub(super) async fn raise_alert(
        &mut self,
        tenant: TenantId,
        facts: &AlertFacts,
    ) -> Result<(), ConfigError> {
        let facts = serde_json::to_string(facts).map_err(unreadable)?;
        let at = self.at.0;
        sqlx::query(sql::ALERT_RAISE)
            .bind(tenant.0)
            .bind(facts)
            .bind(at)
            .execute(self.conn())
            .await?;
        sqlx::query(sql::ALERT_TRIM)
            .bind(tenant.0)
            .bind(KEPT)
            .execute(self.conn())
            .await?;
        self.wakes_the_postman();
        Ok(())
    }
}

impl ConfigDb {
    /// A tenant's alerts before one, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn alerts(
        &self,
        tenant: TenantId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AlertRecord>, ConfigError> {
        let before = before.map_or(i64::MAX, |id| i64::try_from(id).unwrap_or(i64::MAX));
        let rows: Vec<Row> = sqlx::query_as(sql::ALERT_PAGE)
            .bind(tenant.0)
            .bind(before)
            .bind(limit)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// Of each tenant, the alert that is to be mailed next, now or later: the earliest due first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn first_waiting_alerts(&self) -> Result<Vec<AlertRecord>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::ALERTS_FIRST)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// Gives up the alerts of a tenant that wait and were raised so long ago, for what its server said.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn give_up_alerts(
        &self,
        tenant: TenantId,
        raised_before: Timestamp,
        words: String,
    ) -> Result<(), ConfigError> {
        self.note(move |change| {
            async move {
                let at = change.at.0;
                sqlx::query(sql::ALERTS_GIVE_UP)
                    .bind(tenant.0)
                    .bind(raised_before.0)
                    .bind(MailState::GivenUp.as_str())
                    .bind(at)
                    .bind(words)
                    .execute(change.conn())
                    .await?;
                Ok(())
            }
            .boxed()
        })
        .await
    }

    /// Resolves when an alert is raised after this call.
    pub fn alert_raised(&self) -> Notified<'_> {
        self.0.alerts.notified()
    }

    /// Keeps what became of an alert's mail.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn settle_alert(&self, id: u64, mail: AlertMail) -> Result<(), ConfigError> {
        self.note(move |change| {
            async move {
                sqlx::query(sql::ALERT_SETTLE)
                    .bind(i64::try_from(id).unwrap_or(i64::MAX))
                    .bind(mail.state.as_str())
                    .bind(mail.at.0)
                    .bind(mail.tries)
                    .bind(mail.words)
                    .execute(change.conn())
                    .await?;
                Ok(())
            }
            .boxed()
        })
        .await
    }
}

const fn unreadable(source: serde_json::Error) -> ConfigError {
    ConfigError::Unreadable {
        what: "alert",
        source,
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    tenant: u32,
    facts: String,
    raised_at: i64,
    mail_state: String,
    mail_at: i64,
    mail_tries: u32,
    mail_words: Option<String>,
}

impl Row {
    fn record(self) -> Result<AlertRecord, ConfigError> {
        Ok(AlertRecord {
            id: unsigned(self.id),
            tenant: TenantId(self.tenant),
            facts: serde_json::from_str(&self.facts).map_err(unreadable)?,
            raised_at: Timestamp(self.raised_at),
            mail: AlertMail {
                state: from_word("mail", &self.mail_state)?,
                at: Timestamp(self.mail_at),
                tries: self.mail_tries,
                words: self.mail_words,
            },
        })
    }
}

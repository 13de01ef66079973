//! Mails alerts to the tenant's alert address, by the tenant's own account.
//!
//! What must stay true: an alert is mailed once, unless the process ends between the server's answer and our note of it; a
//! server that cannot be used is tried again for a day, ever more rarely; whatever keeps an alert from being mailed is kept
//! with it, because the console is the only other place where it can be read.

use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::message::Timestamp;
use ecluse_engine::texts::Language;
use secrecy::SecretString;

use crate::email::network::Network;
use crate::email::settings::{MailSignIn, SmtpSettings};
use crate::email::system_mail::{Delivery, SystemMail, send};
use crate::storage::config_db::{
    AlertMail, AlertRecord, ConfigDb, ConfigError, DocumentRecord, MAIL_PASSWORD, MailState,
    SettingsBody,
};

const AGAIN: Duration = Duration::from_secs(30);
const AGAIN_MAX: Duration = Duration::from_secs(3_600);
const GIVEN_UP_AFTER: Duration = Duration::from_secs(86_400);
/// How long the configuration is left alone when it cannot be read.
const PAUSE: Duration = Duration::from_secs(10);

/// What an alert's mail says.
pub trait AlertWords: Send + Sync {
    /// The sender's name, the subject and the text, in the tenant's language.
    fn mail(&self, alert: &AlertRecord, language: Language) -> AlertText;
}

/// See [`AlertWords`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertText {
    pub from_name: String,
    pub subject: String,
    pub text: String,
}

/// Mails the alerts of all tenants.
pub struct Postman {
    db: ConfigDb,
    network: Network,
    words: Arc<dyn AlertWords>,
}

impl std::fmt::Debug for Postman {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Postman")
    }
}

/// What a tenant mails by.
struct Account {
    to: String,
    settings: SmtpSettings,
    sign_in: MailSignIn,
}

impl Postman {
    /// A postman for the alerts of `db`.
    #[must_use]
    pub fn new(db: ConfigDb, network: Network, words: Arc<dyn AlertWords>) -> Self {
        Self { db, network, words }
    }

    /// Mails until the configuration is closed.
    pub async fn run(self) {
        loop {
            if let Err(error) = self.round().await {
                if self.db.is_closed() {
                    return;
                }
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "alerts cannot be mailed"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Mails what is due, then waits for the next.
    async fn round(&self) -> Result<(), ConfigError> {
        // Asked for before the look, so that none is missed between the two.
        let raised = self.db.alert_raised();
        let due = self.db.alerts_due().await?;
        if !due.is_empty() {
            for alert in &due {
                let mail = self.deliver(alert).await?;
                self.db.settle_alert(alert.id, mail).await?;
            }
            return Ok(());
        }
        let until = self.db.next_alert_due().await?;
        let wait = until.map(|until| Duration::from_micros(micros(until, self.db.now())));
        match wait {
            // At least a moment: clocks may stand still.
            Some(wait) => {
                let wait = wait.max(Duration::from_millis(100));
                // Whichever comes first, the round that follows looks again.
                let _ = tokio::time::timeout(wait, raised).await;
            }
            None => raised.await,
        }
        Ok(())
    }

    async fn deliver(&self, alert: &AlertRecord) -> Result<AlertMail, ConfigError> {
        let stored = self.db.only_document::<SettingsBody>(alert.tenant).await?;
        let language = stored
            .as_ref()
            .map_or_else(Language::default, |stored| stored.body.language);
        let account = match self.account(stored).await? {
            Ok(account) => account,
            Err(state) => return Ok(settled(state, self.db.now(), alert.mail.tries, None)),
        };
        let text = self.words.mail(alert, language);
        let mail = SystemMail {
            from_name: text.from_name,
            to: account.to,
            subject: text.subject,
            text: text.text,
        };
        let now = self.db.now();
        let delivery = send(
            &mail,
            &account.settings,
            &account.sign_in,
            &self.network,
            now,
        );
        Ok(after(alert, delivery.await, self.db.now()))
    }

    async fn account(
        &self,
        stored: Option<DocumentRecord<SettingsBody>>,
    ) -> Result<Result<Account, MailState>, ConfigError> {
        let Some((id, to, mail)) = stored.and_then(|stored| {
            let to = stored.body.alert_email?;
            Some((stored.id, to, stored.body.mail))
        }) else {
            return Ok(Err(MailState::NoAddress));
        };
        let Some(mail) = mail else {
            return Ok(Err(MailState::NoAccount));
        };
        let password = self.db.document_secret(id, MAIL_PASSWORD).await?;
        let sign_in = sign_in(&mail.username, password);
        Ok(Ok(Account {
            to,
            settings: SmtpSettings {
                host: mail.host,
                port: mail.port,
                security: mail.security.into(),
                username: mail.username,
                sender: mail.from,
            },
            sign_in,
        }))
    }
}

fn sign_in(username: &str, password: Option<SecretString>) -> MailSignIn {
    match password {
        Some(password) if !username.is_empty() => MailSignIn::Password(password),
        Some(_) | None => MailSignIn::Nothing,
    }
}

fn micros(until: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(until.0.saturating_sub(now.0)).unwrap_or(0)
}

const fn settled(state: MailState, at: Timestamp, tries: u32, words: Option<String>) -> AlertMail {
    AlertMail {
        state,
        at,
        tries,
        words,
    }
}

/// What follows from an attempt.
fn after(alert: &AlertRecord, delivery: Delivery, now: Timestamp) -> AlertMail {
    let tries = alert.mail.tries.saturating_add(1);
    match delivery {
        Delivery::Sent { .. } => settled(MailState::Sent, now, tries, None),
        Delivery::Refused { words } => settled(MailState::Refused, now, tries, Some(words)),
        Delivery::Unusable(error) => {
            let words = Some(format!("{}: {}", error.fault.code(), error.detail));
            let ends = alert.raised_at.plus(GIVEN_UP_AFTER);
            match now.plus(pause(tries)) {
                again if again < ends => settled(MailState::Waiting, again, tries, words),
                _ => settled(MailState::GivenUp, now, tries, words),
            }
        }
    }
}

/// Doubles with every attempt that failed.
fn pause(tries: u32) -> Duration {
    let doubled = AGAIN.saturating_mul(1 << tries.saturating_sub(1).min(16));
    doubled.min(AGAIN_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::fault::{Fault, MailError};
    use crate::storage::config_db::AlertFacts;
    use ecluse_engine::ids::TenantId;
    use ecluse_engine::message::ChannelKind;

    fn alert(tries: u32) -> AlertRecord {
        AlertRecord {
            id: 1,
            tenant: TenantId::DEFAULT,
            facts: AlertFacts::SenderBanned {
                channel_kind: ChannelKind::Sms,
                address: "+33612345678".to_owned(),
                reason: "too_many_messages".to_owned(),
                until: None,
            },
            raised_at: Timestamp(0),
            mail: settled(MailState::Waiting, Timestamp(0), tries, None),
        }
    }

    fn fails(tries: u32, now: Timestamp) -> AlertMail {
        let error = MailError::new(Fault::ConnectionRefused, "nobody listens");
        after(&alert(tries), Delivery::Unusable(error), now)
    }

    #[test]
    fn a_server_that_cannot_be_used_is_tried_again_ever_more_rarely_and_given_up_after_a_day() {
        let (mut now, mut tries, mut pauses) = (Timestamp(0), 0, Vec::new());
        let last = loop {
            let mail = fails(tries, now);
            if mail.state != MailState::Waiting {
                break mail;
            }
            pauses.push((mail.at.0 - now.0) / 1_000_000);
            (now, tries) = (mail.at, mail.tries);
        };
        assert_eq!(pauses[..4], [30, 60, 120, 240]);
        assert_eq!(pauses.last(), Some(&3_600));
        assert_eq!(last.state, MailState::GivenUp);
        assert!(now < Timestamp(0).plus(GIVEN_UP_AFTER));
        assert!(last.words.unwrap().starts_with("connection.refused"));
    }
}

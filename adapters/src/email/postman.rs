//! Mails alerts to the tenant's alert address, by the tenant's own account.
//!
//! What must stay true: an alert is mailed once, unless the process ends between the server's answer and our note of it; a
//! server that cannot be used is tried again for a day, ever more rarely, and makes nobody wait but its own tenant; whatever
//! keeps an alert from being mailed is kept with it, because the console is the only other place where it can be read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Timestamp;
use ecluse_engine::texts::Language;
use secrecy::SecretString;
use tokio::task::{JoinError, JoinSet};

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
const MOMENT: Duration = Duration::from_millis(100);
/// Tenants whose servers are spoken with at once.
const AT_ONCE: usize = 32;

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

/// A tenant's account that could not be used: when it is tried again, unless its settings change before.
#[derive(Clone, Copy, Debug)]
struct Resting {
    failures: u32,
    until: Timestamp,
    settings: u64,
}

/// What is on its way, and which accounts rest.
#[derive(Default)]
struct Rounds {
    on_their_way: JoinSet<Result<Delivered, ConfigError>>,
    busy: BTreeSet<TenantId>,
    resting: BTreeMap<TenantId, Resting>,
}

/// What became of a tenant's turn.
struct Delivered {
    tenant: TenantId,
    resting: Option<Resting>,
}

impl Postman {
    /// A postman for the alerts of `db`.
    #[must_use]
    pub fn new(db: ConfigDb, network: Network, words: Arc<dyn AlertWords>) -> Self {
        Self { db, network, words }
    }

    /// Mails until the configuration is closed.
    pub async fn run(self) {
        let postman = Arc::new(self);
        let mut rounds = Rounds::default();
        loop {
            if let Err(error) = rounds.go(&postman).await {
                if postman.db.is_closed() {
                    return;
                }
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "alerts cannot be mailed"
                );
                rounds = Rounds::default();
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Mails one alert and keeps what became of it; `failures` is how often the account failed before.
    async fn turn(
        self: Arc<Self>,
        alert: AlertRecord,
        failures: u32,
    ) -> Result<Delivered, ConfigError> {
        let tenant = alert.tenant;
        let (settings, delivery) = self.deliver(&alert).await?;
        let now = self.db.now();
        let mail = match delivery {
            Ok(delivery) => after(&alert, delivery, failures, now),
            Err(state) => settled(state, now, alert.mail.tries, None),
        };
        let resting = (mail.state == MailState::Waiting || mail.state == MailState::GivenUp)
            .then_some(Resting {
                failures: failures.saturating_add(1),
                until: now.plus(pause(failures.saturating_add(1))),
                settings,
            });
        let words = mail.words.clone();
        self.db.settle_alert(alert.id, mail).await?;
        if let (Some(resting), Some(words)) = (resting, words) {
            // The others of the account have waited for the same server.
            let raised_before = a_day_before(resting.until);
            self.db.give_up_alerts(tenant, raised_before, words).await?;
        }
        Ok(Delivered { tenant, resting })
    }

    /// The revision of the settings that it was mailed with, and what the server said; or why it cannot be mailed.
    async fn deliver(
        &self,
        alert: &AlertRecord,
    ) -> Result<(u64, Result<Delivery, MailState>), ConfigError> {
        let stored = self.db.only_document::<SettingsBody>(alert.tenant).await?;
        let revision = stored.as_ref().map_or(0, |stored| stored.revision);
        let language = stored
            .as_ref()
            .map_or_else(Language::default, |stored| stored.body.language);
        let account = match self.account(stored).await? {
            Ok(account) => account,
            Err(state) => return Ok((revision, Err(state))),
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
        Ok((revision, Ok(delivery.await)))
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

impl Rounds {
    /// Sends what is due, one of each tenant at a time, then waits for whatever comes next.
    async fn go(&mut self, postman: &Arc<Postman>) -> Result<(), ConfigError> {
        // Asked for before the look, so that none is missed between the two.
        let raised = postman.db.alert_raised();
        let next = self.send_out(postman).await?;
        let now = postman.db.now();
        // At least a moment: clocks may stand still.
        let wait = next.map(|next| Duration::from_micros(micros(next, now)).max(MOMENT));
        tokio::select! {
            () = raised => {}
            () = tokio::time::sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            Some(done) = self.on_their_way.join_next() => self.came_back(done)?,
        }
        Ok(())
    }

    /// Sends what can be sent now, and says when the next can be.
    async fn send_out(&mut self, postman: &Arc<Postman>) -> Result<Option<Timestamp>, ConfigError> {
        let (now, mut next) = (postman.db.now(), None);
        for alert in postman.db.first_waiting_alerts().await? {
            let tenant = alert.tenant;
            if self.busy.contains(&tenant) || self.on_their_way.len() >= AT_ONCE {
                continue;
            }
            let due = self.due(&postman.db, &alert).await?;
            if due > now {
                next = Some(next.map_or(due, |next: Timestamp| next.min(due)));
                continue;
            }
            let failures = self
                .resting
                .get(&tenant)
                .map_or(0, |resting| resting.failures);
            self.busy.insert(tenant);
            let turn = Arc::clone(postman).turn(alert, failures);
            self.on_their_way.spawn(turn);
        }
        Ok(next)
    }

    /// When a tenant's next alert can be mailed: new settings end the rest of its account.
    async fn due(&mut self, db: &ConfigDb, alert: &AlertRecord) -> Result<Timestamp, ConfigError> {
        let Some(resting) = self.resting.get(&alert.tenant) else {
            return Ok(alert.mail.at);
        };
        let stored = db.only_document::<SettingsBody>(alert.tenant).await?;
        if stored.is_some_and(|stored| stored.revision != resting.settings) {
            self.resting.remove(&alert.tenant);
            return Ok(alert.mail.at);
        }
        Ok(alert.mail.at.max(resting.until))
    }

    fn came_back(
        &mut self,
        done: Result<Result<Delivered, ConfigError>, JoinError>,
    ) -> Result<(), ConfigError> {
        let Delivered { tenant, resting } = match done {
            Ok(delivered) => delivered?,
            Err(error) => return Err(ConfigError::Interrupted(error)),
        };
        self.busy.remove(&tenant);
        match resting {
            Some(resting) => self.resting.insert(tenant, resting),
            None => self.resting.remove(&tenant),
        };
        Ok(())
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

fn a_day_before(at: Timestamp) -> Timestamp {
    let day = i64::try_from(GIVEN_UP_AFTER.as_micros()).unwrap_or(i64::MAX);
    Timestamp(at.0.saturating_sub(day))
}

const fn settled(state: MailState, at: Timestamp, tries: u32, words: Option<String>) -> AlertMail {
    AlertMail {
        state,
        at,
        tries,
        words,
    }
}

/// What follows from an attempt by an account that failed so often before.
fn after(alert: &AlertRecord, delivery: Delivery, failures: u32, now: Timestamp) -> AlertMail {
    let tries = alert.mail.tries.saturating_add(1);
    match delivery {
        Delivery::Sent { .. } => settled(MailState::Sent, now, tries, None),
        Delivery::Refused { words } => settled(MailState::Refused, now, tries, Some(words)),
        Delivery::Unusable(error) => {
            let words = Some(format!("{}: {}", error.fault.code(), error.detail));
            let ends = alert.raised_at.plus(GIVEN_UP_AFTER);
            match now.plus(pause(failures.saturating_add(1))) {
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
        after(&alert(tries), Delivery::Unusable(error), tries, now)
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

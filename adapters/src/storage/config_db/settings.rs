//! What holds for everything of one tenant: the Settings page.

use ecluse_engine::ids::TenantId;
use ecluse_engine::tenant::{AbuseLimits, Licence, Tenant};
use ecluse_engine::texts::Language;
use ecluse_engine::weights::Weights;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use url::Url;

use super::audit::Resource;
use super::bounds;
use super::document::Document;
use super::mail_server::{MailServer, Security};
use super::operation_times::{OperationTimes, TenantStatus};
use super::secret::SecretChange;
use super::text_check::{check_email, out_of_range};
use super::violation::Violation;

/// The path of the system mail account's password.
pub const MAIL_PASSWORD: &str = "mail.password";

/// A tenant's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SettingsBody {
    /// The address that customers, providers and people use, where the deployment did not fix it. Of the default tenant.
    pub public_url: Option<String>,
    /// A name of the IANA time zone database.
    pub time_zone: String,
    /// Of automatic texts where the customer's own is not known.
    pub language: Language,
    /// Who is told of bans, and of channels that need somebody.
    pub alert_email: Option<String>,
    /// The account that the system's own mails are sent by.
    pub mail: Option<SystemMail>,
    /// When queues that inherit are open; `off` is always.
    pub operation_times: OperationTimes<TenantStatus>,
    pub abuse: AbuseLimits,
    /// What one conversation takes of an agent's capacity, by the kind of its channel.
    pub weights: Weights,
    pub attachments: Attachments,
    pub returning_customers: ReturningCustomers,
    pub retention: Retention,
    /// How long a reply to a closed e-mail conversation reopens it.
    pub email_reopen_days: u32,
}

/// An account that sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SystemMail {
    /// A name or an address.
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Empty where the server asks for none.
    #[serde(default)]
    pub username: String,
    /// The sender's address.
    pub from: String,
    #[serde(
        default,
        skip_serializing_if = "SecretChange::is_left_out",
        deserialize_with = "super::secret::secret_change"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, write_only))]
    pub password: SecretChange,
}

impl SystemMail {
    /// The server without what is particular to sending.
    #[must_use]
    pub fn server(&self) -> MailServer {
        MailServer {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            username: self.username.clone(),
        }
    }

    fn check(&mut self, violations: &mut Vec<Violation>) {
        let mut server = self.server();
        server.check("mail", violations);
        (self.host, self.username) = (server.host, server.username);
        self.from = self.from.trim().to_owned();
        violations.extend(check_email("mail.from", &self.from));
    }
}

/// What may be attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Attachments {
    /// The largest, in megabytes.
    pub mb_max: u32,
}

/// How long customers are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ReturningCustomers {
    /// 0 is never.
    pub days: u32,
}

/// What is erased when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Retention {
    /// Days after the close; `null` is never.
    pub conversation_days: Option<u32>,
}

impl Default for SettingsBody {
    fn default() -> Self {
        Self {
            public_url: None,
            time_zone: "UTC".to_owned(),
            language: Language::default(),
            alert_email: None,
            mail: None,
            operation_times: OperationTimes::default(),
            abuse: AbuseLimits::default(),
            weights: Weights::default(),
            attachments: Attachments {
                mb_max: Tenant::ATTACHMENT_MB_MAX,
            },
            returning_customers: ReturningCustomers {
                days: Tenant::RETURNING_DAYS,
            },
            retention: Retention::default(),
            email_reopen_days: Tenant::EMAIL_REOPEN_DAYS,
        }
    }
}

impl Document for SettingsBody {
    const KIND: Resource = Resource::Settings;

    fn name(&self) -> &str {
        "settings"
    }

    fn check(&mut self) -> Vec<Violation> {
        let mut violations = Vec::new();
        violations.extend(check_public_url(&mut self.public_url));
        violations.extend(check_time_zone(&mut self.time_zone));
        if let Some(email) = &mut self.alert_email {
            *email = email.trim().to_owned();
            violations.extend(check_email("alert_email", email));
        }
        if let Some(mail) = &mut self.mail {
            mail.check(&mut violations);
        }
        self.operation_times.check(&mut violations);
        violations.extend(self.numbers_out_of_range());
        violations
    }

    fn take_secrets(&mut self) -> Vec<(&'static str, SecretChange)> {
        let mail = self.mail.as_mut();
        mail.map(|mail| (MAIL_PASSWORD, std::mem::take(&mut mail.password)))
            .into_iter()
            .collect()
    }

    fn usable_secrets(&self) -> Vec<(&'static str, bool)> {
        let mail = self.mail.as_ref();
        mail.map(|mail| (MAIL_PASSWORD, !mail.username.is_empty()))
            .into_iter()
            .collect()
    }

    fn secrets_elsewhere(&self, before: &Self) -> Vec<&'static str> {
        let servers = self.mail.as_ref().zip(before.mail.as_ref());
        let is_elsewhere = |(now, then): &(&SystemMail, &SystemMail)| {
            !now.server().may_have_secret_of(&then.server())
        };
        let elsewhere = servers.filter(is_elsewhere);
        elsewhere.map(|_| MAIL_PASSWORD).into_iter().collect()
    }
}

impl SettingsBody {
    fn numbers_out_of_range(&self) -> Vec<Violation> {
        let (abuse, weights) = (&self.abuse, &self.weights);
        let retention = self.retention.conversation_days;
        let rows = [
            (
                "attachments.mb_max",
                self.attachments.mb_max,
                bounds::ATTACHMENT_MB,
            ),
            (
                "returning_customers.days",
                self.returning_customers.days,
                bounds::RETURNING_DAYS,
            ),
            (
                "retention.conversation_days",
                retention.unwrap_or(1),
                bounds::RETENTION_DAYS,
            ),
            (
                "email_reopen_days",
                self.email_reopen_days,
                bounds::REOPEN_DAYS,
            ),
            ("abuse.messages", abuse.messages, bounds::ABUSE_COUNT),
            (
                "abuse.messages_secs",
                abuse.messages_secs,
                bounds::ABUSE_SECS,
            ),
            (
                "abuse.conversations",
                abuse.conversations,
                bounds::ABUSE_COUNT,
            ),
            (
                "abuse.conversations_secs",
                abuse.conversations_secs,
                bounds::ABUSE_SECS,
            ),
            ("abuse.ban_hours", abuse.ban_hours, bounds::BAN_HOURS),
            ("weights.live_chat", weights.live_chat, bounds::WEIGHT),
            ("weights.sms", weights.sms, bounds::WEIGHT),
            ("weights.email", weights.email, bounds::WEIGHT),
            ("weights.facebook", weights.facebook, bounds::WEIGHT),
            ("weights.whatsapp", weights.whatsapp, bounds::WEIGHT),
        ];
        let outside = rows
            .into_iter()
            .filter(|(_, value, range)| !range.contains(value));
        outside
            .map(|(field, _, range)| out_of_range(field, &range))
            .collect()
    }

    /// The tenant as the engine sees it.
    pub(super) fn for_engine(self, id: TenantId, licence: Licence) -> Tenant {
        Tenant {
            id,
            time_zone: TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC),
            language: self.language,
            hours: match self.operation_times.status {
                TenantStatus::On => Some(self.operation_times.hours()),
                TenantStatus::Off => None,
            },
            abuse: self.abuse,
            weights: self.weights,
            returning_days: self.returning_customers.days,
            email_reopen_days: self.email_reopen_days,
            retention_days: self.retention.conversation_days,
            attachment_mb_max: self.attachments.mb_max,
            licence,
        }
    }
}

/// Makes the name the database's own spelling of it, which is the one that lists offer.
fn check_time_zone(name: &mut String) -> Option<Violation> {
    let zone = TimeZone::get(name.trim()).ok();
    // `Etc/Unknown` is found, too, and has no name in the database.
    if let Some(known) = zone.as_ref().and_then(TimeZone::iana_name) {
        known.clone_into(name);
        return None;
    }
    let message = "must be a name of the IANA time zone database, such as Europe/Paris";
    Some(Violation::new("time_zone", "unknown_time_zone", message))
}

/// An origin: a scheme, a host and perhaps a port.
fn check_public_url(url: &mut Option<String>) -> Option<Violation> {
    let text = url
        .take()
        .map(|text| text.trim().trim_end_matches('/').to_owned());
    let text = text.filter(|text| !text.is_empty())?;
    let good = Url::parse(&text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    *url = Some(text);
    let message = "must be an address such as https://chat.example.com";
    (!good).then(|| Violation::new("public_url", "invalid_url", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(settings: &mut SettingsBody) -> Vec<&'static str> {
        let violations = settings.check();
        violations.iter().map(|violation| violation.code).collect()
    }

    #[test]
    fn a_time_zone_is_kept_as_the_database_spells_it() {
        let rows = [
            ("Europe/Paris", Some("Europe/Paris")),
            ("europe/paris", Some("Europe/Paris")),
            (" AMERICA/NEW_YORK ", Some("America/New_York")),
            ("utc", Some("UTC")),
            ("Etc/Unknown", None),
            ("etc/unknown", None),
            ("Europe/Lutetia", None),
            ("", None),
        ];
        for (typed, kept) in rows {
            let mut settings = SettingsBody {
                time_zone: typed.to_owned(),
                ..SettingsBody::default()
            };
            let codes = codes(&mut settings);
            match kept {
                Some(kept) => assert_eq!((settings.time_zone.as_str(), codes), (kept, vec![])),
                None => assert_eq!(codes, ["unknown_time_zone"], "{typed:?}"),
            }
        }
    }

    #[test]
    fn a_public_address_is_an_origin_and_nothing_else() {
        let rows = [
            ("https://chat.example.com", true),
            (" http://localhost:8080/ ", true),
            ("https://user@chat.example.com", false),
            ("https://user:secret@chat.example.com", false),
            ("https://:secret@chat.example.com", false),
            ("https://chat.example.com/path", false),
            ("https://chat.example.com/?q", false),
            ("ftp://chat.example.com", false),
            ("chat.example.com", false),
        ];
        for (typed, is_good) in rows {
            let mut settings = SettingsBody {
                public_url: Some(typed.to_owned()),
                ..SettingsBody::default()
            };
            let expected: &[&str] = if is_good { &[] } else { &["invalid_url"] };
            assert_eq!(codes(&mut settings), expected, "{typed:?}");
        }
    }
}

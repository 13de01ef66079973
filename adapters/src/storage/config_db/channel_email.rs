//! E-mail channels: a mailbox that is read by IMAP, and the server that answers leave by.

use ecluse_engine::provider::ChannelRules;
use ecluse_engine::tenant::Tenant;
use serde::{Deserialize, Serialize};

use super::bounds;
use super::channel::DAY;
use super::mail_server::MailServer;
use super::secret::SecretName;
use super::text_check::{check_email, email_key, out_of_range, required};
use super::violation::Violation;

/// A mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailSettings {
    pub provider: EmailProvider,
    /// Lower case, and the domain in ASCII; older rows have it as it was typed.
    pub address: String,
    pub imap: MailServer,
    pub smtp: MailServer,
    /// Larger attachments are left out, with a note.
    pub attachment_mb_max: u32,
    /// How often the mailbox is looked at where it does not tell by itself.
    pub check_interval_secs: u32,
}

/// Who runs the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailProvider {
    /// Any server, by user name and password.
    Custom,
    /// Microsoft 365, by sign-on.
    Microsoft,
    /// Gmail, by sign-on.
    Gmail,
}

/// An e-mail channel, not yet checked.
#[derive(Clone, Debug)]
pub struct EmailDraft {
    pub provider: EmailProvider,
    pub address: String,
    /// `None` where nothing was given; providers with a sign-on bring theirs.
    pub imap: Option<MailServer>,
    pub smtp: Option<MailServer>,
    pub attachment_mb_max: u32,
    pub check_interval_secs: u32,
}

impl EmailDraft {
    /// The largest attachment, unless somebody decides otherwise.
    pub const ATTACHMENT_MB_MAX: u32 = 10;
    /// How often the mailbox is looked at, unless somebody decides otherwise.
    pub const CHECK_INTERVAL_SECS: u32 = 60;
}

/// How long a reply to a closed conversation reopens it is the tenant's to say, and silence closes nothing.
pub(super) const RULES: ChannelRules = ChannelRules {
    window: None,
    text_limit: 100_000,
    idle_close: None,
    reopen_within: DAY.saturating_mul(Tenant::EMAIL_REOPEN_DAYS),
};

impl EmailDraft {
    pub(super) fn check(self, violations: &mut Vec<Violation>) -> Option<EmailSettings> {
        let before = violations.len();
        if self.provider != EmailProvider::Custom && (self.imap.is_none() || self.smtp.is_none()) {
            let message = "sign on with the provider first: the servers come with it";
            violations.push(Violation::new("email.sign_on", "sign_on_needed", message));
            return None;
        }
        let address = email_key(&self.address);
        violations.extend(check_email("email.address", &address));
        let imap = check_server("email.imap", self.imap, violations);
        let smtp = check_server("email.smtp", self.smtp, violations);
        for (field, value, range) in [
            (
                "email.attachment_mb_max",
                self.attachment_mb_max,
                bounds::ATTACHMENT_MB,
            ),
            (
                "email.check_interval_secs",
                self.check_interval_secs,
                bounds::CHECK_INTERVAL_SECS,
            ),
        ] {
            if !range.contains(&value) {
                violations.push(out_of_range(field, &range));
            }
        }
        if violations.len() > before {
            return None;
        }
        Some(EmailSettings {
            provider: self.provider,
            address,
            imap: imap?,
            smtp: smtp?,
            attachment_mb_max: self.attachment_mb_max,
            check_interval_secs: self.check_interval_secs,
        })
    }
}

fn check_server(
    field: &str,
    server: Option<MailServer>,
    violations: &mut Vec<Violation>,
) -> Option<MailServer> {
    let Some(mut server) = server else {
        violations.push(required(field));
        return None;
    };
    server.check_with_username(field, violations);
    Some(server)
}

impl EmailProvider {
    /// The secrets that it can use, the needed ones first.
    pub(super) const fn secrets(self) -> &'static [(SecretName, bool)] {
        match self {
            Self::Custom => &[
                (SecretName::ImapPassword, true),
                (SecretName::SmtpPassword, true),
            ],
            Self::Microsoft | Self::Gmail => &[
                (SecretName::RefreshToken, true),
                (SecretName::BroughtToken, false),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::config_db::Security;

    #[test]
    fn a_mailbox_has_one_address_however_it_is_spelled() {
        let server = MailServer {
            host: "mail.example.com".to_owned(),
            port: 993,
            security: Security::Tls,
            username: "support".to_owned(),
        };
        let rows = [
            ("Support+Fr@Example.COM", Some("support+fr@example.com")),
            (
                " support@bücher.example ",
                Some("support@xn--bcher-kva.example"),
            ),
            (
                "support@XN--bcher-kva.example",
                Some("support@xn--bcher-kva.example"),
            ),
            ("sup..port@example.com", None),
        ];
        for (typed, kept) in rows {
            let draft = EmailDraft {
                provider: EmailProvider::Custom,
                address: typed.to_owned(),
                imap: Some(server.clone()),
                smtp: Some(server.clone()),
                attachment_mb_max: EmailDraft::ATTACHMENT_MB_MAX,
                check_interval_secs: EmailDraft::CHECK_INTERVAL_SECS,
            };
            let mut violations = Vec::new();
            let settings = draft.check(&mut violations);
            let address = settings.as_ref().map(|settings| settings.address.as_str());
            assert_eq!(address, kept, "{typed}: {violations:?}");
        }
    }
}

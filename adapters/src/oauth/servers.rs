//! The mail servers of the companies, so that nobody types them after a sign-on.

use super::application::Company;
use crate::email::settings::{ImapSettings, Security, SmtpSettings};

/// A server's host and port, as `providers.google_imap` and its like give it: `imap.gmail.com:993`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
}

/// The text is not a host, a colon and a port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a host and a port, such as imap.example.com:993")]
pub struct NotAServer(String);

impl std::str::FromStr for MailServer {
    type Err = NotAServer;

    fn from_str(text: &str) -> Result<Self, NotAServer> {
        let wrong = || NotAServer(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        if host.is_empty() || port == 0 {
            return Err(wrong());
        }
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }
}

/// Where a company's mailboxes are read and sent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServers {
    pub imap: MailServer,
    pub smtp: MailServer,
}

impl MailServers {
    /// The company's own; what the configuration gives replaces them.
    #[must_use]
    pub fn of(company: Company) -> Self {
        let (imap, smtp) = match company {
            Company::Google => ("imap.gmail.com", "smtp.gmail.com"),
            Company::Microsoft => ("outlook.office365.com", "smtp.office365.com"),
        };
        let server = |host: &str, port| MailServer {
            host: host.to_owned(),
            port,
        };
        Self {
            imap: server(imap, 993),
            smtp: server(smtp, 587),
        }
    }

    /// How to read `mailbox`.
    #[must_use]
    pub fn imap_settings(&self, mailbox: &str) -> ImapSettings {
        ImapSettings {
            host: self.imap.host.clone(),
            port: self.imap.port,
            security: match self.imap.port {
                143 => Security::StartTls,
                _ => Security::Tls,
            },
            username: mailbox.to_owned(),
        }
    }

    /// How to send in the name of `mailbox`.
    #[must_use]
    pub fn smtp_settings(&self, mailbox: &str) -> SmtpSettings {
        SmtpSettings {
            host: self.smtp.host.clone(),
            port: self.smtp.port,
            security: match self.smtp.port {
                465 => Security::Tls,
                _ => Security::StartTls,
            },
            username: mailbox.to_owned(),
            sender: mailbox.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_filled_from_the_mailbox() {
        let servers = MailServers::of(Company::Microsoft);
        let imap = servers.imap_settings("help@example.com");
        assert_eq!(
            (imap.host.as_str(), imap.port),
            ("outlook.office365.com", 993)
        );
        assert_eq!(imap.security, Security::Tls);
        assert_eq!(imap.username, "help@example.com");
        let smtp = servers.smtp_settings("help@example.com");
        assert_eq!((smtp.host.as_str(), smtp.port), ("smtp.office365.com", 587));
        assert_eq!(smtp.security, Security::StartTls);
        assert_eq!(smtp.sender, "help@example.com");
    }

    #[test]
    fn a_server_is_a_host_and_a_port() {
        let server: MailServer = "[::1]:10993".parse().unwrap();
        assert_eq!((server.host.as_str(), server.port), ("[::1]", 10993));
        for text in [
            "",
            "imap.example.com",
            ":993",
            "imap.example.com:0",
            "imap.example.com:x",
        ] {
            assert!(text.parse::<MailServer>().is_err(), "{text}");
        }
    }
}

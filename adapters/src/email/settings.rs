//! What an administrator gives of a mail server, and how to sign in to it.

use std::net::{IpAddr, Ipv6Addr};

use rustls::pki_types::ServerName;
use secrecy::SecretString;
use url::Host;

use super::fault::{Fault, MailError};
use crate::storage::config_db;

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// From the first byte (RFC 8314): ports 993 and 465.
    Tls,
    /// After a command (RFC 2595, RFC 3207): ports 143 and 587. Refused if the server does not offer it.
    StartTls,
    /// Not at all. Nothing secret is sent then, except to this machine.
    None,
}

impl From<config_db::Security> for Security {
    fn from(configured: config_db::Security) -> Self {
        match configured {
            config_db::Security::Tls => Self::Tls,
            config_db::Security::Starttls => Self::StartTls,
            config_db::Security::None => Self::None,
        }
    }
}

/// A mailbox to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImapSettings {
    /// A DNS name in any script, an IPv4 address, or an IPv6 address with or without brackets.
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub username: String,
}

/// A server to send by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpSettings {
    /// As in [`ImapSettings`].
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub username: String,
    /// The address to send in the name of, such as `support@example.com`.
    pub sender: String,
}

/// How to prove who we are.
#[derive(Clone, Debug)]
pub enum MailSignIn {
    /// By SASL PLAIN, else LOGIN.
    Password(SecretString),
    /// An OAuth 2.0 access token, by SASL XOAUTH2.
    AccessToken(SecretString),
    /// Not at all: a relay that knows us by our address. No mailbox is read so.
    Nothing,
}

impl MailSignIn {
    pub(super) const fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::Password(secret) | Self::AccessToken(secret) => Some(secret),
            Self::Nothing => None,
        }
    }
}

/// A host as connections need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MailHost {
    /// In ASCII, without the dot at its end.
    Name(String),
    Address(IpAddr),
}

impl MailHost {
    pub(super) fn parse(text: &str) -> Result<Self, MailError> {
        let text = text.trim();
        let invalid = || MailError::new(Fault::NameInvalid, text);
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self::Address(address.into()));
        }
        // The URL rules would decode it, and so take what nobody wrote.
        if text.contains('%') {
            return Err(invalid());
        }
        match Host::parse(text).map_err(|_| invalid())? {
            Host::Ipv4(address) => Ok(Self::Address(address.into())),
            Host::Ipv6(address) => Ok(Self::Address(address.into())),
            Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(&name);
                ServerName::try_from(name).map_err(|_| invalid())?;
                Ok(Self::Name(name.to_owned()))
            }
        }
    }

    /// The name that the server's certificate must have.
    pub(super) fn server_name(&self) -> Result<ServerName<'static>, MailError> {
        match self {
            Self::Name(name) => ServerName::try_from(name.clone())
                .map_err(|_| MailError::new(Fault::NameInvalid, name.as_str())),
            Self::Address(address) => Ok(ServerName::from(*address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_in_any_script_or_an_address() {
        let name = |text: &str| Ok(MailHost::Name(text.to_owned()));
        let address = |text: &str| Ok(MailHost::Address(text.parse().unwrap()));
        for (text, expected) in [
            ("imap.gmail.com", name("imap.gmail.com")),
            (" IMAP.Example.COM. ", name("imap.example.com")),
            (
                "posteingang.müller.example",
                name("posteingang.xn--mller-kva.example"),
            ),
            ("почта.рф", name("xn--80a1acny.xn--p1ai")),
            ("192.0.2.7", address("192.0.2.7")),
            ("2001:db8::7", address("2001:db8::7")),
            ("[2001:db8::7]", address("2001:db8::7")),
            ("::1", address("::1")),
        ] {
            assert_eq!(MailHost::parse(text), expected, "{text}");
        }
        for text in [
            "",
            "  ",
            "a b",
            "imap/example",
            "a..b",
            "host:993",
            "user@host",
            "a%2eb",
            "[::1",
            "-",
            "fe80::1%eth0",
        ] {
            let error = MailHost::parse(text).unwrap_err();
            assert_eq!(error.fault, Fault::NameInvalid, "{text}");
        }
    }
}

//! A mail server as an administrator names it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::Host;

use super::bounds;
use super::domain::is_label;
use super::text_check::{out_of_range, required, too_long};
use super::violation::Violation;

const HOST_LENGTH_MAX: usize = 253;
const USERNAME_LENGTH_MAX: usize = 254;

/// Where a server is and who signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailServer {
    /// A name or an address; an IPv6 address without brackets.
    pub host: String,
    pub port: u16,
    pub security: Security,
    #[serde(default)]
    pub username: String,
}

/// How a connection becomes private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Security {
    /// From the first byte (RFC 8314).
    Tls,
    /// After asking for it (RFC 2595, RFC 3207).
    Starttls,
    /// Never: for servers of one's own machine.
    None,
}

impl Security {
    /// What a port is usually spoken with.
    #[must_use]
    pub const fn usual(port: u16) -> Self {
        match port {
            993 | 465 => Self::Tls,
            _ => Self::Starttls,
        }
    }
}

impl MailServer {
    /// Makes the texts canonical and says what is wrong, below the field `at`.
    pub(super) fn check(&mut self, at: &str, violations: &mut Vec<Violation>) {
        let field = |name: &str| format!("{at}.{name}");
        match canonical_host(&self.host) {
            Ok(host) => self.host = host,
            Err(message) => violations.push(no_host(field("host"), &self.host, message)),
        }
        if self.port == 0 {
            violations.push(out_of_range(field("port"), &bounds::PORT));
        }
        self.username = self.username.trim().to_owned();
        if self.username.len() > USERNAME_LENGTH_MAX {
            violations.push(too_long(field("username"), USERNAME_LENGTH_MAX));
        }
        if self.username.chars().any(char::is_control) {
            let message = "must be one line";
            violations.push(Violation::new(field("username"), "invalid", message));
        }
    }

    /// As [`MailServer::check`], where a name to sign in with is needed.
    pub(super) fn check_with_username(&mut self, at: &str, violations: &mut Vec<Violation>) {
        self.check(at, violations);
        if self.username.is_empty() {
            violations.push(required(format!("{at}.username")));
        }
    }
}

impl MailServer {
    /// Whether a secret that was saved for another server may be sent to this one: whoever may read no secret could else have
    /// it sent to a server of their own, or in clear.
    #[must_use]
    pub fn may_have_secret_of(&self, saved: &Self) -> bool {
        let is_as_private = self.security != Security::None || saved.security == Security::None;
        canonical_host(&self.host).is_ok_and(|host| host == saved.host)
            && self.port == saved.port
            && self.username.trim() == saved.username
            && is_as_private
    }
}

/// A name in ASCII (IDNA), or an address.
pub(super) fn canonical_host(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() {
        return Err("must not be empty");
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    if let Ok(address) = bare.unwrap_or(text).parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    match Host::parse(text) {
        Ok(Host::Domain(name)) if is_name(&name) => Ok(name),
        Ok(_) | Err(_) => Err("must be a host name or an address, without a scheme or a port"),
    }
}

/// What is wrong with a text that should be a host, and is none.
fn no_host(field: String, typed: &str, message: &'static str) -> Violation {
    let typed = typed.trim();
    if typed.is_empty() {
        return Violation::new(field, "required", message);
    }
    if typed.contains("://") {
        return Violation::new(field, "scheme_not_allowed", message);
    }
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = typed.rsplit_once(':');
    if parts.is_some_and(|(host, port)| canonical_host(host).is_ok() && is_port(port)) {
        return Violation::new(field, "port_apart", message);
    }
    Violation::new(field, "invalid_host", message)
}

fn is_name(name: &str) -> bool {
    name.len() <= HOST_LENGTH_MAX && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_belong_to_a_host_is_named() {
        let rows = [
            ("imap.gmail.com:993", "port_apart"),
            ("[::1]:993", "port_apart"),
            ("https://imap.gmail.com", "scheme_not_allowed"),
            ("imaps://imap.gmail.com:993", "scheme_not_allowed"),
            ("two words", "invalid_host"),
            ("two words:993", "invalid_host"),
            (" ", "required"),
        ];
        for (typed, code) in rows {
            let refused = no_host("host".to_owned(), typed, "is none");
            assert_eq!(refused.code, code, "{typed}");
        }
    }

    #[test]
    fn a_saved_secret_is_for_the_server_that_it_was_saved_for() {
        let server = |host: &str, port, security, username: &str| MailServer {
            host: host.to_owned(),
            port,
            security,
            username: username.to_owned(),
        };
        let saved = server("xn--bcher-kva.example", 993, Security::Tls, "ada");
        let rows = [
            (server("Bücher.example.", 993, Security::Tls, " ada"), true),
            (
                server("bücher.example", 993, Security::Starttls, "ada"),
                true,
            ),
            (server("bücher.example", 993, Security::None, "ada"), false),
            (server("bucher.example", 993, Security::Tls, "ada"), false),
            (server("bücher.example", 143, Security::Tls, "ada"), false),
            (server("bücher.example", 993, Security::Tls, "bob"), false),
            (server("", 993, Security::Tls, "ada"), false),
        ];
        for (typed, expected) in rows {
            assert_eq!(typed.may_have_secret_of(&saved), expected, "{typed:?}");
        }
    }

    #[test]
    fn hosts_are_names_or_addresses() {
        let long = format!("{}.example", "x".repeat(64));
        let rows = [
            (" IMAP.Gmail.com. ", Some("imap.gmail.com")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("[::1]", Some("::1")),
            ("2001:DB8::1", Some("2001:db8::1")),
            ("127.0.0.1", Some("127.0.0.1")),
            ("_imap.my-mail.example", Some("_imap.my-mail.example")),
            ("localhost", Some("localhost")),
            ("x..y", None),
            (".example.com", None),
            ("example.com..", None),
            ("-mail.example", None),
            ("mail-.example", None),
            ("ma*il.example", None),
            (long.as_str(), None),
            ("imap.example.com:993", None),
            ("https://imap.example.com", None),
            ("two words", None),
            ("", None),
        ];
        for (text, host) in rows {
            assert_eq!(canonical_host(text).ok().as_deref(), host, "{text:?}");
        }
    }
}

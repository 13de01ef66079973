//! Where a live chat may run: a host name as an administrator types it, made canonical once.
//!
//! What must stay true: two spellings of one host become the same text, because uniqueness and the check of a
//! visitor's `Origin` both compare it.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The longest DNS name (RFC 1035, 2.3.4).
const NAME_LENGTH_MAX: usize = 253;
const LABEL_LENGTH_MAX: usize = 63;

/// A host, `*.` and a host, or a loopback host with a port; no IPv6 address. Lower case, ASCII (IDNA).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

/// What is wrong with a text that should be a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADomain {
    #[error("must not be empty")]
    Empty,
    #[error("must be a host name without `http://` or `https://`")]
    Scheme,
    #[error("must be a host name without a path")]
    Path,
    #[error("must not carry a port unless it is a loopback host")]
    Port,
    #[error("a wildcard stands in front of a name of at least two parts, as in `*.example.com`")]
    Wildcard,
    #[error(
        "must not be an IPv6 address: browsers let no such site hold a frame; use a name, or 127.0.0.1 for trials"
    )]
    Ipv6,
    #[error("is not a host name")]
    Malformed,
}

impl NotADomain {
    /// The stable word for it in the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::Scheme => "scheme_not_allowed",
            Self::Path => "path_not_allowed",
            Self::Port => "port_not_allowed",
            Self::Wildcard => "invalid_wildcard",
            Self::Ipv6 => "ipv6_not_allowed",
            Self::Malformed => "invalid_domain",
        }
    }
}

impl Domain {
    /// Reads what an administrator typed.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, NotADomain> {
        match Self::read(text)? {
            domain if domain.0.starts_with('[') => Err(NotADomain::Ipv6),
            domain => Ok(domain),
        }
    }

    /// As [`Domain::parse`], with the IPv6 addresses that older rows have.
    fn read(text: &str) -> Result<Self, NotADomain> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotADomain::Empty);
        }
        if text.contains("//") {
            return Err(NotADomain::Scheme);
        }
        if text.contains(['/', '?', '#', '@', '\\']) {
            return Err(NotADomain::Path);
        }
        match text.strip_prefix("*.") {
            Some(base) => wildcard(base),
            None => plain(text),
        }
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a page of this origin (RFC 6454, as a browser sends it) may hold the chat. A domain without a port
    /// stands for every port.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        let Ok(url) = Url::parse(origin) else {
            return false;
        };
        let Some(host) = url.host_str() else {
            return false;
        };
        if !matches!(url.scheme(), "http" | "https") {
            return false;
        }
        if let Some(base) = self.0.strip_prefix("*.") {
            return host
                .strip_suffix(base)
                .is_some_and(|front| front.len() > 1 && front.ends_with('.'));
        }
        if self.0 == host {
            return true;
        }
        url.port_or_known_default()
            .is_some_and(|port| self.0 == format!("{host}:{port}"))
    }
}

fn wildcard(base: &str) -> Result<Domain, NotADomain> {
    match parse_host(base)? {
        Host::Domain(name) if name.contains('.') => Ok(Domain(format!("*.{name}"))),
        Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => Err(NotADomain::Wildcard),
    }
}

fn plain(text: &str) -> Result<Domain, NotADomain> {
    if let Ok(address) = text.parse::<std::net::Ipv6Addr>() {
        return Ok(Domain(Host::<String>::Ipv6(address).to_string()));
    }
    let (name, port) = split_port(text)?;
    let host = parse_host(name)?;
    match port {
        None => Ok(Domain(host.to_string())),
        Some(port) if is_loopback(&host) => Ok(Domain(format!("{host}:{port}"))),
        Some(_) if matches!(host, Host::Ipv6(_)) => Err(NotADomain::Ipv6),
        Some(_) => Err(NotADomain::Port),
    }
}

/// Splits `host:port`; the colons inside brackets belong to the host.
fn split_port(text: &str) -> Result<(&str, Option<u16>), NotADomain> {
    match text.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => {
            let port = port.parse::<u16>().ok().filter(|port| *port != 0);
            let is_host = !name.is_empty() && !name.contains(':');
            port.map(|port| (name, Some(port))).ok_or(if is_host {
                NotADomain::Port
            } else {
                NotADomain::Malformed
            })
        }
        Some(_) | None => Ok((text, None)),
    }
}

fn parse_host(text: &str) -> Result<Host<String>, NotADomain> {
    let host = Host::parse(text).map_err(|_| NotADomain::Malformed)?;
    let Host::Domain(name) = host else {
        return Ok(host);
    };
    let name = name.strip_suffix('.').unwrap_or(&name).to_owned();
    let well_formed = name.len() <= NAME_LENGTH_MAX && name.split('.').all(is_label);
    if well_formed {
        Ok(Host::Domain(name))
    } else {
        Err(NotADomain::Malformed)
    }
}

/// Whether a part of a host name is one; names that are no web site's have `_` too.
pub(super) fn is_label(label: &str) -> bool {
    (1..=LABEL_LENGTH_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Domain {
    type Error = NotADomain;
    fn try_from(text: String) -> Result<Self, NotADomain> {
        Self::read(&text)
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_host_become_one_text() {
        let rows = [
            ("Example.COM", Ok("example.com")),
            (" www.example.com. ", Ok("www.example.com")),
            ("bücher.example", Ok("xn--bcher-kva.example")),
            ("XN--bcher-kva.example", Ok("xn--bcher-kva.example")),
            ("*.Example.com", Ok("*.example.com")),
            ("intranet", Ok("intranet")),
            ("localhost", Ok("localhost")),
            ("localhost:3000", Ok("localhost:3000")),
            ("app.localhost:3000", Ok("app.localhost:3000")),
            ("127.0.0.1:8080", Ok("127.0.0.1:8080")),
            ("[::1]:8080", Err(NotADomain::Ipv6)),
            ("[2001:db8::1]:8080", Err(NotADomain::Ipv6)),
            ("::1", Err(NotADomain::Ipv6)),
            ("[::1]", Err(NotADomain::Ipv6)),
            ("*.[::1]", Err(NotADomain::Wildcard)),
            ("10.0.0.5", Ok("10.0.0.5")),
            ("", Err(NotADomain::Empty)),
            ("https://example.com", Err(NotADomain::Scheme)),
            ("//example.com", Err(NotADomain::Scheme)),
            ("example.com/chat", Err(NotADomain::Path)),
            ("user@example.com", Err(NotADomain::Path)),
            ("example.com:8443", Err(NotADomain::Port)),
            ("10.0.0.5:80", Err(NotADomain::Port)),
            ("localhost:0", Err(NotADomain::Port)),
            ("localhost:70000", Err(NotADomain::Port)),
            ("example.com:abc", Err(NotADomain::Port)),
            ("*.com", Err(NotADomain::Wildcard)),
            ("*.10.0.0.5", Err(NotADomain::Wildcard)),
            ("*", Err(NotADomain::Malformed)),
            ("a.*.example.com", Err(NotADomain::Malformed)),
            ("two words.example", Err(NotADomain::Malformed)),
            ("-a.example", Err(NotADomain::Malformed)),
            ("a..example", Err(NotADomain::Malformed)),
        ];
        for (text, expected) in rows {
            assert_eq!(
                Domain::parse(text),
                expected.map(|text| Domain(text.to_owned())),
                "{text:?}"
            );
        }
    }

    #[test]
    fn only_origins_of_the_listed_host_may_hold_the_chat() {
        let rows = [
            ("example.com", "https://example.com", true),
            ("example.com", "https://example.com:8443", true),
            ("example.com", "https://www.example.com", false),
            ("example.com", "https://example.com.evil.test", false),
            ("example.com", "null", false),
            ("example.com", "ftp://example.com", false),
            ("*.example.com", "https://a.b.example.com", true),
            ("*.example.com", "https://example.com", false),
            ("*.example.com", "https://.example.com", false),
            ("*.example.com", "https://badexample.com", false),
            ("localhost:3000", "http://localhost:3000", true),
            ("localhost:3000", "http://localhost:3001", false),
            ("localhost:80", "http://localhost", true),
            ("localhost", "http://localhost:5173", true),
            ("127.0.0.1", "http://[::1]:9000", false),
        ];
        for (domain, origin, allowed) in rows {
            assert_eq!(
                Domain::parse(domain).unwrap().allows_origin(origin),
                allowed,
                "{domain} {origin}"
            );
        }
    }

    #[test]
    fn a_stored_ipv6_address_is_still_read() {
        let stored: Domain = serde_json::from_str("\"[::1]\"").unwrap();
        assert_eq!(stored.as_str(), "[::1]");
        assert!(stored.allows_origin("http://[::1]:9000"));
        assert!(serde_json::from_str::<Domain>("\"a b\"").is_err());
    }
}

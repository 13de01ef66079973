//! One address of mail, as the configuration and the mailer read it.

use std::fmt;

use super::settings::MailHost;

/// Longer than any address in any script, in bytes. Bringing a domain to ASCII takes its time, and anybody may ask for it.
const LENGTH_MAX: usize = 1024;

/// The name of a mailbox and its domain, which is in ASCII (IDNA) and lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailAddress {
    name: String,
    domain: String,
}

impl MailAddress {
    /// Reads what somebody typed; `None` if no mail can be sent there.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // A space may stand between quotes.
        let is_odd = |c: char| c.is_control() || (c.is_whitespace() && c != ' ');
        if text.len() > LENGTH_MAX || text.contains(is_odd) {
            return None;
        }
        let address: lettre::Address = text.parse().ok()?;
        let domain = match MailHost::parse(address.domain()).ok()? {
            MailHost::Name(name) => name,
            MailHost::Address(_) => address.domain().to_lowercase(),
        };
        Some(Self {
            name: address.user().to_owned(),
            domain,
        })
    }

    /// What all spellings of the address have in common: lower case, and quotes only where the name needs them.
    pub(crate) fn key(&self) -> String {
        let bare = self.name.strip_prefix('"');
        let bare = bare.and_then(|name| name.strip_suffix('"'));
        let bare = bare.filter(|name| lettre::Address::new(name, &self.domain).is_ok());
        let name = bare.unwrap_or(&self.name);
        format!("{name}@{}", self.domain).to_lowercase()
    }

    /// Whether only a server with SMTPUTF8 (RFC 6531) can be told of it.
    pub(crate) fn needs_utf8(&self) -> bool {
        !self.name.is_ascii()
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_have_one_key() {
        let rows = [
            (
                "Ada+Chat@Example.COM",
                "Ada+Chat@example.com",
                "ada+chat@example.com",
            ),
            (
                " a@bücher.example ",
                "a@xn--bcher-kva.example",
                "a@xn--bcher-kva.example",
            ),
            (
                "a@XN--bcher-kva.example",
                "a@xn--bcher-kva.example",
                "a@xn--bcher-kva.example",
            ),
            ("Zoé@example.com", "Zoé@example.com", "zoé@example.com"),
            (
                "\"John Doe\"@x.example",
                "\"John Doe\"@x.example",
                "\"john doe\"@x.example",
            ),
            (
                "\"john..doe\"@x.example",
                "\"john..doe\"@x.example",
                "\"john..doe\"@x.example",
            ),
            (
                "\"a@b\"@x.example",
                "\"a@b\"@x.example",
                "\"a@b\"@x.example",
            ),
            ("\"john\"@x.example", "\"john\"@x.example", "john@x.example"),
            ("admin@localhost", "admin@localhost", "admin@localhost"),
        ];
        for (typed, shown, key) in rows {
            let address = MailAddress::parse(typed).unwrap();
            assert_eq!(
                (address.to_string().as_str(), address.key().as_str()),
                (shown, key),
                "{typed}"
            );
            assert_eq!(MailAddress::parse(key).unwrap().key(), key);
        }
    }

    #[test]
    fn what_the_mailer_cannot_send_to_is_no_address() {
        for text in [
            "",
            "a",
            "@x.example",
            "a@",
            "john..doe@x.example",
            ".john@x.example",
            "a@b..c",
            "a@.b",
            "a@b.",
            "a@b@c.example",
            "a b@c.example",
            "<a@b.example>",
            "a@b.example, c@d.example",
            "\"a@b.example",
            "\"a\nb\"@c.example",
            "\"a\u{a0}b\"@c.example",
            "a@[x]",
            "a@b.example\r\nRCPT TO:<x@y.example>",
        ] {
            assert_eq!(MailAddress::parse(text), None, "{text:?}");
        }
        let long = format!("a@{}.example", "é".repeat(LENGTH_MAX));
        assert_eq!(MailAddress::parse(&long), None);
    }
}

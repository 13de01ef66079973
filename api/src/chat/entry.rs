//! Who may come in: the site that holds the chat, and the visitor. Pure.
//!
//! What must stay true: a page of a site that is not the channel's gets no socket; and an identity that we did not sign is
//! nobody's.

use ecluse_adapters::storage::config_db::LiveChatSettings;
use ecluse_engine::ids::ChannelId;
use ecluse_engine::message::Timestamp;
use url::Url;

use super::frames::Hello;
use super::token::{Signer, VisitorId};

/// Where the page of a socket comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// From us: the frame that a site holds, or the chat on its own. The origin does not tell which site.
    Ours,
    /// From a site of the channel.
    Site,
}

/// Where the page of a socket comes from; `None` if it must not have one. Browsers do not apply CORS to sockets, so this
/// is the only check there is, and a request without an origin is not a browser's. `own` are the origins of our own pages.
#[must_use]
pub fn page_of(
    origin: Option<&str>,
    host: Option<&str>,
    own: &[String],
    chat: &LiveChatSettings,
) -> Option<Page> {
    let origin = origin?;
    if chat.allows_origin(origin) {
        return Some(Page::Site);
    }
    let url = Url::parse(origin).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.origin().ascii_serialization() != origin {
        return None;
    }
    let is_own = own.iter().any(|own| own == origin);
    (is_own || host.is_some_and(|host| is_host_of(&url, host))).then_some(Page::Ours)
}

/// Whether `host` (the header, RFC 9110, 7.2) is the host and port of the origin. The scheme may differ behind a proxy.
fn is_host_of(origin: &Url, host: &str) -> bool {
    if host.contains(['/', '@', '?', '#', '\\']) {
        return false;
    }
    let Ok(asked) = Url::parse(&format!("{}://{host}", origin.scheme())) else {
        return false;
    };
    asked.host() == origin.host() && asked.port_or_known_default() == origin.port_or_known_default()
}

/// The visitor who says hello; `None` if they must not come in.
///
/// A token that is not ours, any more or ever, names nobody: its holder is somebody new, if the site may hold the chat.
#[must_use]
pub fn visitor_of(
    signer: &Signer,
    channel: ChannelId,
    chat: &LiveChatSettings,
    page: Page,
    hello: &Hello,
    now: Timestamp,
) -> Option<VisitorId> {
    let known = hello
        .visitor
        .as_deref()
        .and_then(|token| signer.check_visitor(channel, token, now));
    if let Some(known) = known {
        return Some(known);
    }
    let is_proven = || is_site_token(signer, channel, chat, hello.token.as_deref(), now);
    (page == Page::Site || chat.standalone || is_proven()).then(VisitorId::draw)
}

/// Whether the token proves a site that may hold the chat now.
#[must_use]
pub fn is_site_token(
    signer: &Signer,
    channel: ChannelId,
    chat: &LiveChatSettings,
    token: Option<&str>,
    now: Timestamp,
) -> bool {
    let origin = token.and_then(|token| signer.check_site(channel, token, now));
    origin.is_some_and(|origin| chat.allows_origin(&origin))
}

/// The sites that may hold our page in a frame, as sources of `frame-ancestors` (CSP 3, 6.4.2). A domain stands for both
/// schemes, and without a port for every port.
#[must_use]
pub fn sites_of(chat: &LiveChatSettings) -> Vec<String> {
    let sources = chat.domains.iter().flat_map(|domain| {
        let domain = domain.as_str();
        let has_port = domain
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']'));
        let ports = if has_port { "" } else { ":*" };
        ["http", "https"].map(|scheme| format!("{scheme}://{domain}{ports}"))
    });
    sources.collect()
}

/// Everyone who may hold our page in a frame, as the value of `frame-ancestors`.
#[must_use]
pub fn frame_ancestors(chat: Option<&LiveChatSettings>) -> String {
    let mut sources = chat.map(sites_of).unwrap_or_default();
    if chat.is_some_and(|chat| chat.standalone) {
        sources.push("'self'".to_owned());
    }
    if sources.is_empty() {
        "'none'".to_owned()
    } else {
        sources.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecluse_adapters::storage::config_db::Domain;
    use ecluse_engine::texts::Localized;
    use uuid::Uuid;

    const CHANNEL: ChannelId = ChannelId(Uuid::from_u128(1));
    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn chat(domains: &[&str], standalone: bool) -> LiveChatSettings {
        LiveChatSettings {
            domains: domains
                .iter()
                .map(|domain| Domain::parse(domain).unwrap())
                .collect(),
            standalone,
            theme_color: None,
            title: Localized::default(),
            greeting: Localized::default(),
            prechat_form: None,
            leave_message_form: None,
        }
    }

    #[test]
    fn only_our_page_and_the_channels_sites_get_a_socket() {
        let chat = chat(&["shop.example", "*.shop.example"], false);
        let own = ["https://chat.example".to_owned()];
        let rows = [
            (
                Some("https://shop.example"),
                Some("inner:8080"),
                Some(Page::Site),
            ),
            (
                Some("https://www.shop.example"),
                Some("inner:8080"),
                Some(Page::Site),
            ),
            (
                Some("https://chat.example"),
                Some("inner:8080"),
                Some(Page::Ours),
            ),
            (Some("http://chat.example"), Some("inner:8080"), None),
            (
                Some("http://inner:8080"),
                Some("inner:8080"),
                Some(Page::Ours),
            ),
            (Some("https://inner"), Some("inner:443"), Some(Page::Ours)),
            (Some("https://inner"), Some("INNER"), Some(Page::Ours)),
            (Some("http://inner"), Some("inner:8080"), None),
            (Some("https://evil.example"), Some("chat.example"), None),
            (Some("https://evil.example"), Some("x@evil.example"), None),
            (Some("https://evil.example"), Some("evil.example/"), None),
            (Some("https://evil.example"), None, None),
            (
                Some("https://shop.example.evil.test"),
                Some("chat.example"),
                None,
            ),
            (
                Some("https://chat.example.evil.test"),
                Some("chat.example"),
                None,
            ),
            (Some("null"), Some("null"), None),
            (Some("ftp://inner"), Some("inner"), None),
            (Some(""), Some(""), None),
            (None, Some("chat.example"), None),
        ];
        for (origin, host, expected) in rows {
            assert_eq!(
                page_of(origin, host, &own, &chat),
                expected,
                "{origin:?} {host:?}"
            );
        }
    }

    #[test]
    fn from_our_own_page_a_proof_is_asked_for() {
        let signer = Signer::new(b"secret");
        let known = VisitorId::draw();
        let own = signer.visitor(CHANNEL, known, NOW);
        let forged = Signer::new(b"guess").visitor(CHANNEL, known, NOW);
        let site = signer.site(CHANNEL, "https://shop.example", NOW);
        let removed = signer.site(CHANNEL, "https://old.example", NOW);
        #[derive(Debug, PartialEq)]
        enum Who {
            Known,
            New,
            Nobody,
        }
        let rows = [
            (Page::Ours, false, Some(&site), None, Who::New),
            (Page::Ours, false, Some(&site), Some(&own), Who::Known),
            (Page::Ours, false, None, Some(&own), Who::Known),
            (Page::Ours, false, None, None, Who::Nobody),
            (Page::Ours, false, None, Some(&forged), Who::Nobody),
            (Page::Ours, false, Some(&removed), None, Who::Nobody),
            (Page::Ours, false, Some(&own), Some(&site), Who::Nobody),
            (Page::Ours, true, None, None, Who::New),
            (Page::Ours, true, None, Some(&forged), Who::New),
            (Page::Site, false, None, None, Who::New),
            (Page::Site, false, None, Some(&forged), Who::New),
            (Page::Ours, false, Some(&site), Some(&forged), Who::New),
        ];
        for (page, standalone, token, visitor, expected) in rows {
            let hello = Hello {
                token: token.cloned(),
                visitor: visitor.cloned(),
                ..Hello::default()
            };
            let chat = chat(&["shop.example"], standalone);
            let who = match visitor_of(&signer, CHANNEL, &chat, page, &hello, NOW) {
                Some(visitor) if visitor == known => Who::Known,
                Some(_) => Who::New,
                None => Who::Nobody,
            };
            assert_eq!(who, expected, "{page:?} {standalone} {hello:?}");
        }
        let hello = Hello {
            token: Some(site),
            ..Hello::default()
        };
        let late = NOW.plus(super::super::token::SITE_TOKEN_AGE);
        let found = visitor_of(
            &signer,
            CHANNEL,
            &chat(&["shop.example"], false),
            Page::Ours,
            &hello,
            late,
        );
        assert_eq!(found, None, "the proof is too old");
    }

    #[test]
    fn only_the_channels_sites_may_hold_the_page() {
        let rows: [(&[&str], bool, &str); 4] = [
            (
                &["shop.example"],
                false,
                "http://shop.example:* https://shop.example:*",
            ),
            (
                &["*.shop.example", "localhost:3000"],
                false,
                "http://*.shop.example:* https://*.shop.example:* http://localhost:3000 https://localhost:3000",
            ),
            (
                &["shop.example"],
                true,
                "http://shop.example:* https://shop.example:* 'self'",
            ),
            (&[], false, "'none'"),
        ];
        for (domains, standalone, expected) in rows {
            assert_eq!(frame_ancestors(Some(&chat(domains, standalone))), expected);
        }
    }
}

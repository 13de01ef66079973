//! The pages of the connect service, rendered here and whole without scripts: the window, its end, and why there is none.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use ecluse_adapters::storage::config_db::{
    SignOnFault, SignOnFound, SignOnKind, SignOnRecord, SignOnState,
};

use super::faults;
use crate::console::assets;
use crate::console::catalogue::Catalogue;
use crate::console::headers::{Frames, secure};
use crate::console::language::Lang;

/// What the layout needs.
#[derive(Debug)]
struct Page {
    lang: &'static str,
    csrf: String,
    assets: &'static str,
    catalogue: &'static Catalogue,
}

impl Page {
    fn new(lang: Lang, csrf: &str) -> Self {
        Self {
            lang: lang.code(),
            csrf: csrf.to_owned(),
            assets: assets::base(),
            catalogue: Catalogue::of(lang),
        }
    }

    fn text(&self, key: &'static str) -> Cow<'static, str> {
        self.catalogue.text(key)
    }
}

#[derive(Debug, Template)]
#[template(path = "connect/window.html")]
struct Window<'a> {
    page: Page,
    id: String,
    kind: &'static str,
    stage: &'static str,
    fault: Option<&'a SignOnFault>,
    choices: Vec<(String, String)>,
    fields: Fields<'a>,
}

impl Window<'_> {
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn words(&self, fault: &SignOnFault) -> &'static str {
        faults::words(&fault.code)
    }
}

#[derive(Debug, Template)]
#[template(path = "connect/done.html")]
struct Done<'a> {
    page: Page,
    mailbox: Option<&'a str>,
}

#[derive(Debug, Template)]
#[template(path = "connect/refused.html")]
struct Refused<'a> {
    page: Page,
    reason: &'static str,
    setting: &'a str,
}

/// What was filled in, read-only.
#[derive(Debug, Default)]
struct Fields<'a> {
    page: Option<(&'a str, &'a str)>,
    number: Option<(&'a str, &'a str, &'a str)>,
}

/// Why there is no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Expired, used, unknown, or another tenant's: whose it is, is not told.
    Gone,
    SignedOut,
    Forbidden,
    /// The window is of a session that is over, and the person has another now.
    Stale,
    Unavailable(&'static str),
    Trouble,
}

/// The window, as the sign-on stands.
pub(super) fn window(lang: Lang, csrf: &str, record: &SignOnRecord) -> HttpResponse {
    let fields = fields(record);
    let is_known = fields.page.is_some() || fields.number.is_some();
    let stage = match record.state {
        SignOnState::Started => "invite",
        SignOnState::Failed => "fault",
        SignOnState::Choosing | SignOnState::Ready if is_known => "review",
        SignOnState::Choosing | SignOnState::Ready => "choose",
    };
    answer(
        StatusCode::OK,
        &Window {
            page: Page::new(lang, csrf),
            id: record.id.to_string(),
            kind: word(record.kind),
            stage,
            fault: record.progress.fault.as_ref(),
            choices: record.choices(),
            fields,
        },
    )
}

/// The end of the window, which closes itself.
pub(super) fn done(lang: Lang, record: &SignOnRecord) -> HttpResponse {
    let mailbox = match &record.progress.found {
        Some(SignOnFound::Mailbox(mailbox)) => Some(mailbox.address.as_str()),
        _ => None,
    };
    let page = Page::new(lang, "");
    answer(StatusCode::OK, &Done { page, mailbox })
}

/// Why there is no window, and what to do.
pub(super) fn refused(lang: Lang, reason: Reason) -> HttpResponse {
    let (status, word, setting) = match reason {
        Reason::Gone => (StatusCode::GONE, "gone", ""),
        Reason::SignedOut => (StatusCode::UNAUTHORIZED, "signed_out", ""),
        Reason::Forbidden => (StatusCode::FORBIDDEN, "forbidden", ""),
        Reason::Stale => (StatusCode::FORBIDDEN, "stale", ""),
        Reason::Unavailable(setting) => (StatusCode::CONFLICT, "unavailable", setting),
        Reason::Trouble => (StatusCode::INTERNAL_SERVER_ERROR, "trouble", ""),
    };
    let page = Page::new(lang, "");
    let reason = word;
    answer(
        status,
        &Refused {
            page,
            reason,
            setting,
        },
    )
}

fn fields(record: &SignOnRecord) -> Fields<'_> {
    let client = match &record.progress.found {
        Some(SignOnFound::Numbers { client_id, .. }) => client_id.as_str(),
        _ => "",
    };
    Fields {
        page: record
            .page()
            .map(|page| (page.id.as_str(), page.name.as_str())),
        number: record
            .number()
            .map(|one| (client, one.channel_id.as_str(), one.number.as_str())),
    }
}

const fn word(kind: SignOnKind) -> &'static str {
    match kind {
        SignOnKind::Facebook => "facebook",
        SignOnKind::Whatsapp => "whatsapp",
        SignOnKind::Microsoft => "microsoft",
        SignOnKind::Gmail => "gmail",
    }
}

fn answer(status: StatusCode, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(body) => {
            let mut builder = HttpResponseBuilder::new(status);
            secure(&mut builder, Frames::Nobody);
            builder.content_type("text/html; charset=utf-8").body(body)
        }
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

//! What a reader sees instead of a page: the sign-in, or a page that says why and where to go.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use url::form_urlencoded;

use crate::console::catalogue::Catalogue;
use crate::console::headers::Frames;
use crate::console::language::Lang;
use crate::console::pages::{Page, answer};
use crate::error::ApiError;

/// A page that was not given.
#[derive(Debug)]
pub struct Refusal {
    error: ApiError,
    lang: Lang,
    /// Where the reader wanted to go, for after the sign-in.
    next: String,
    /// Something was typed, and is lost.
    unsaved: bool,
}

#[derive(Debug, Template)]
#[template(path = "console/message.html")]
struct Message {
    page: Page,
    icon: &'static str,
    title: String,
    text: String,
    href: &'static str,
    action: String,
}

/// What is said of a refusal: icon, title, text, and the key and address of what to do next.
type Said = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

impl Refusal {
    #[must_use]
    pub fn new(error: ApiError, lang: Lang, next: &str) -> Self {
        Self {
            error,
            lang,
            next: next.to_owned(),
            unsaved: false,
        }
    }

    /// Of a form that somebody filled in.
    #[must_use]
    pub fn of_form(mut self) -> Self {
        self.unsaved = true;
        self
    }

    fn said(&self) -> Said {
        match self.error {
            ApiError::Forbidden => (
                "lock",
                "console-forbidden",
                "console-forbidden-help",
                "console-to-desk",
                "/desk",
            ),
            ApiError::NotFound => (
                "search",
                "console-missing",
                "console-missing-help",
                "console-to-console",
                "/console",
            ),
            ApiError::Csrf => (
                "lock",
                "console-expired",
                "error-csrf",
                "console-to-console",
                "/console",
            ),
            ApiError::Busy { .. } | ApiError::TooManyRequests { .. } => (
                "clock",
                "console-busy",
                "error-unavailable",
                "console-to-console",
                "/console",
            ),
            _ => (
                "alert",
                "console-failed",
                "error-unexpected",
                "console-to-console",
                "/console",
            ),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.error.status_code()
    }

    fn error_response(&self) -> HttpResponse {
        if matches!(self.error, ApiError::Unauthenticated | ApiError::PeopleOnly) {
            return to_sign_in(&self.next, self.unsaved);
        }
        if matches!(self.error, ApiError::Internal(_)) {
            tracing::error!(error = %self.error, "a page of the console failed");
        }
        let (icon, title, text, action, href) = self.said();
        let catalogue = Catalogue::of(self.lang);
        let message = Message {
            page: Page::bare(self.lang, ""),
            icon,
            title: catalogue.text(title).into_owned(),
            text: catalogue.text(text).into_owned(),
            href,
            action: catalogue.text(action).into_owned(),
        };
        answer(self.status_code(), Frames::Nobody, &message)
    }
}

fn to_sign_in(next: &str, unsaved: bool) -> HttpResponse {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let said = if unsaved { "&unsaved=1" } else { "" };
    see(&format!("/login?next={next}{said}"))
}

/// Sends the reader to another page, by GET.
#[must_use]
pub fn see(place: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header(("Location", place))
        .finish()
}

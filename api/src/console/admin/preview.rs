//! The visitor's chat as its settings make it look, to be held in a frame of the settings page.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::administrator::Administrator;
use crate::console::address::readable;
use crate::console::headers::Frames;
use crate::console::pages::{Page, answer};

#[derive(Debug, Template)]
#[template(path = "console/preview.html")]
struct Preview {
    page: Page,
    title: String,
    greeting: String,
    color: String,
}

/// `GET /console/preview?title=…&greeting=…&color=#rrggbb`.
pub fn page(admin: &Administrator) -> HttpResponse {
    let or = |name: &str, usual: &'static str| match admin.asked(name) {
        "" => admin.text(usual),
        asked => readable(asked).into_owned(),
    };
    let preview = Preview {
        page: Page::bare(admin.lang, ""),
        title: or("title", "console-preview-title"),
        greeting: or("greeting", "chat-welcome"),
        color: admin.asked("color").to_owned(),
    };
    answer(StatusCode::OK, Frames::Sites(&[]), &preview)
}

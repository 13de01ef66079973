//! What is shown this once: a key, a link.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::administrator::Administrator;
use super::head::{Head, LinkView};
use super::shell::Shell;
use crate::console::form::Key;
use crate::console::headers::Frames;
use crate::console::pages::{Page, answer};

#[derive(Debug, Template)]
#[template(path = "console/once.html")]
struct OncePage<'a> {
    page: Page,
    shell: Shell,
    head: Head,
    title: String,
    help: String,
    label: String,
    value: &'a str,
    back: &'a str,
}

/// The page that shows `value` for the only time; it leads back to `list`.
pub fn page(
    admin: &Administrator,
    (title, help): (Key, Key),
    value: &str,
    list: &str,
) -> HttpResponse {
    let title = admin.text(title);
    let page = OncePage {
        page: Page::bare(admin.lang, &admin.user.csrf_token),
        shell: Shell::new(admin, &title),
        head: Head {
            title: title.clone(),
            back: Some(LinkView {
                href: list.to_owned(),
                label: admin.text("common-back"),
            }),
            ..Head::default()
        },
        label: admin.text("console-once-label"),
        title,
        help: admin.text(help),
        value,
        back: list,
    };
    answer(StatusCode::OK, Frames::Nobody, &page)
}

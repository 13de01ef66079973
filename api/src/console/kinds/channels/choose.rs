//! The choice of a kind, as a page of its own where the dialog cannot open.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::kind_cards;
use crate::console::admin::administrator::Administrator;
use crate::console::admin::head::{Head, LinkView};
use crate::console::admin::list::KindDialog;
use crate::console::admin::shell::Shell;
use crate::console::headers::Frames;
use crate::console::pages::{Page, answer};

#[derive(Debug, Template)]
#[template(path = "console/new_channel.html")]
struct Choose {
    page: Page,
    shell: Shell,
    head: Head,
    dialog: KindDialog,
    refused: bool,
}

/// `GET /console/channels/new`. OK without a choice comes back here, and is told so.
pub fn page(admin: &Administrator) -> HttpResponse {
    let title = admin.text("console-channel-add");
    let refused = admin.query.contains_key("chosen");
    let page = Choose {
        page: Page::bare(admin.lang, &admin.user.csrf_token),
        shell: Shell::new(admin, &title),
        head: Head {
            title,
            lead: Some(admin.text("console-channel-add-lead")),
            back: Some(LinkView {
                href: "/console/channels".to_owned(),
                label: admin.text("console-channels"),
            }),
            ..Head::default()
        },
        dialog: KindDialog {
            kinds: kind_cards(admin.catalogue),
        },
        refused,
    };
    let status = if refused {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    answer(status, Frames::Nobody, &page)
}

//! A Facebook page, whose name and id come from the sign-on and from nowhere else.

use serde_json::{Value, json};

use super::common::{auto_replies, destination_queue, offered_name, verify};
use super::prerequisites::{connect, prerequisites};
use super::sign_on;
use crate::console::admin::{Around, Subject};
use crate::console::form::{Control, Field, Form, Key, Line, Section};

/// What the administrator must have at Meta.
const NEEDED: [Key; 4] = [
    "console-needs-facebook",
    "console-needs-business",
    "console-needs-developer",
    "console-needs-app",
];

pub(super) fn blank() -> Value {
    super::blank("facebook", json!({}))
}

pub(super) fn form(around: &Around, subject: Subject<'_>) -> Form {
    let filled = |path, label| {
        Field::new(path, label, Control::ReadOnly)
            .help("console-filled-by-facebook")
            .required()
            .half()
    };
    let mut page = Section::new(
        "page",
        "console-facebook-page",
        [
            filled("facebook.page_name", "console-facebook-name"),
            filled("facebook.page_id", "console-facebook-id"),
            sign_on::hidden("facebook.sign_on"),
        ],
    )
    .lead(prerequisites(
        around,
        connect(around),
        NEEDED.map(Line::ours),
    ));
    let path = "facebook.sign_on";
    for block in sign_on::blocks("facebook", "console-facebook-connect", path, subject.value) {
        page = page.tail(block);
    }
    if subject.id.is_some() {
        page = page.tail(verify("provider"));
    }
    let channel = [
        offered_name(),
        destination_queue(around, "console-destination"),
    ];
    Form::of([
        page,
        Section::new("channel", "console-general", channel),
        auto_replies(),
    ])
}

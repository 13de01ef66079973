//! A WhatsApp number: connected by the sign-on, and given up only at the end of a month.

use serde_json::{Value, json};

use super::common::{auto_replies, destination_queue, number_name, verify};
use super::list::{last_day, name};
use super::prerequisites::{connect, prerequisites};
use super::sign_on;
use crate::console::address::readable;
use crate::console::admin::resource::Scheduled;
use crate::console::admin::{Around, Subject};
use crate::console::backend::Shown;
use crate::console::form::value::{at, scalar};
use crate::console::form::{
    Action, Block, Choice, Control, Field, Form, Group, Key, Line, Section,
};

/// The last digits of a number, which a question does not show.
const MASKED: usize = 4;

/// What the number must be, and what the administrator must have elsewhere, whoever carries it.
const NEEDED: [Key; 4] = [
    "console-needs-own-number",
    "console-needs-country-code",
    "console-needs-reachable",
    "console-needs-business-manager",
];

/// By which company a number is carried decides what is needed, asked and shown.
const PROVIDER: &str = "whatsapp.provider";
const DIALOG360: &[&str] = &["dialog360"];
const CLOUD: &[&str] = &["cloud"];

/// The command that takes a deletion back.
const REACTIVATE: &str = "reactivate";

pub(super) fn blank() -> Value {
    super::blank("whatsapp", json!({"provider": "dialog360"}))
}

pub(super) fn form(around: &Around, subject: Subject<'_>) -> Form {
    let mut number = Section::new(
        "number",
        "console-whatsapp-number",
        [provider(), number(subject.value)],
    )
    .lead(needed(around));
    if is_pending(subject.value) {
        number = number.lead(reactivate());
    }
    let channel = [
        number_name(),
        destination_queue(around, "console-destination"),
    ];
    Form::of([
        number,
        dialog360(subject),
        cloud(subject),
        Section::new("channel", "console-general", channel),
        auto_replies(),
    ])
}

/// Nobody signs on for a number of Meta's own, so that it needs no connect service and no partner, but an app.
fn needed(around: &Around) -> Block {
    let connect = connect(around).map(|line| line.when(PROVIDER, DIALOG360));
    let others = NEEDED.map(Line::ours).into_iter().chain([
        Line::ours("console-needs-partner").when(PROVIDER, DIALOG360),
        Line::ours("console-needs-app").when(PROVIDER, CLOUD),
    ]);
    prerequisites(around, connect, others)
}

fn provider() -> Field {
    let control = Control::Select {
        groups: Group::plain(vec![
            Choice::ours("dialog360", "console-whatsapp-dialog360"),
            Choice::ours("cloud", "console-whatsapp-cloud"),
        ]),
        none: None,
    };
    Field::new(PROVIDER, "console-whatsapp-provider", control)
        .help("console-whatsapp-provider-help")
        .required()
        .half()
}

/// The sign-on fills it in before a save; of a Cloud API number the save itself reads it.
fn number(value: &Value) -> Field {
    let number = Field::new("whatsapp.number", "console-number", Control::ReadOnly)
        .help("console-filled-by-whatsapp")
        .half();
    match scalar(at(value, PROVIDER)).as_str() {
        "cloud" => number,
        _ => number.required(),
    }
}

/// A number that is connected by a sign-on, and what that gave, for those who have to look something up.
fn dialog360(subject: Subject<'_>) -> Section {
    let filled = |path, label| Field::new(path, label, Control::ReadOnly).half();
    let mut section = Section::new(
        "dialog360",
        "console-whatsapp-dialog360",
        [
            filled("whatsapp.client_id", "console-whatsapp-client").example("–"),
            filled("whatsapp.channel_id", "console-whatsapp-channel").example("–"),
            sign_on::hidden("whatsapp.sign_on"),
        ],
    )
    .when(PROVIDER, DIALOG360);
    let path = "whatsapp.sign_on";
    for block in sign_on::blocks("whatsapp", "console-whatsapp-connect", path, subject.value) {
        section = section.lead(block);
    }
    match is_connected(subject, "dialog360") {
        true => section.tail(verify("provider")),
        false => section,
    }
}

/// A number that is connected by what Meta's own pages show; it is read from there.
fn cloud(subject: Subject<'_>) -> Section {
    let has = "whatsapp.has_access_token";
    let mut fields = vec![
        Field::new(
            "whatsapp.phone_number_id",
            "console-whatsapp-phone-number-id",
            Control::Text,
        )
        .example("106540352242922")
        .required()
        .half(),
        Field::new(
            "whatsapp.business_account_id",
            "console-whatsapp-account-id",
            Control::Text,
        )
        .example("102290129340398")
        .required()
        .half(),
        Field::new(
            "whatsapp.access_token",
            "console-whatsapp-token",
            Control::Secret { has },
        )
        .help("console-whatsapp-token-help")
        .required(),
    ];
    if is_connected(subject, "cloud") {
        let webhook = Field::new(
            "whatsapp.webhook_url",
            "console-webhook-url",
            Control::ReadOnly,
        );
        fields.push(webhook.help("console-webhook-url-help"));
    }
    Section::new("cloud", "console-whatsapp-cloud", fields)
        .help("console-whatsapp-cloud-help")
        .when(PROVIDER, CLOUD)
        .tail(verify("provider"))
}

/// Whether the channel is saved, and carried by this provider.
fn is_connected(subject: Subject<'_>, provider: &str) -> bool {
    subject.id.is_some() && scalar(at(subject.value, PROVIDER)) == provider
}

fn is_pending(channel: &Value) -> bool {
    scalar(channel.get("state")) == "pending_deletion"
}

/// Takes the deletion back.
fn reactivate() -> Block {
    Block::Action(Action::new(REACTIVATE, "console-reactivate", "refresh"))
}

/// What is said of a number that is given up already.
pub(super) fn scheduled(around: &Around, item: &Shown) -> Option<Scheduled> {
    if !is_pending(&item.body) {
        return None;
    }
    let words = [
        ("number", mask(item.text("address")).into()),
        ("date", last_day(around, &item.body).into()),
    ];
    Some(Scheduled {
        said: around.catalogue.fill("console-whatsapp-scheduled", &words),
        lines: vec![around.text("console-trouble-pending")],
        command: REACTIVATE,
        take_back: "console-reactivate",
    })
}

/// What is asked before a number is given up.
pub(super) fn question(around: &Around, item: &Shown, open: String) -> (String, Vec<String>) {
    let number = mask(item.text("address"));
    let question = around
        .catalogue
        .fill("console-whatsapp-question", &[("number", number.into())]);
    // Whoever has a number of Meta's own has no partner hub.
    let is_cloud = scalar(at(&item.body, PROVIDER)) == "cloud";
    let lines = ["console-whatsapp-pending", "console-whatsapp-meanwhile"];
    let hub = (!is_cloud).then_some("console-whatsapp-reactivate");
    let lines = lines.into_iter().chain(hub).map(|key| around.text(key));
    (question, lines.chain([open]).collect())
}

/// What the page of the question calls it: a number that nobody named has its last digits hidden there too.
pub(super) fn asked_about(item: &Shown) -> String {
    let (name, number) = (name(item), item.text("address"));
    match name == readable(number) {
        true => mask(number),
        false => name,
    }
}

/// `+17862321234` as `+1-786-232-XXXX`, other numbers in their country's groups, as `+33 6 12 34 XX XX`.
fn mask(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let shown = digits.len().saturating_sub(MASKED);
    match (digits.get(0..1), digits.get(1..4), digits.get(4..7), shown) {
        (Some("1"), Some(area), Some(exchange), 7) => format!("+1-{area}-{exchange}-XXXX"),
        (.., 0) => format!("+{}", "X".repeat(MASKED)),
        _ => hidden_from(&readable(&format!("+{digits}")), shown),
    }
}

/// A text with its digits hidden, but for the first `shown`.
fn hidden_from(text: &str, shown: usize) -> String {
    let mut seen = 0;
    let letter = |letter: char| {
        seen += usize::from(letter.is_ascii_digit());
        match letter.is_ascii_digit() && seen > shown {
            true => 'X',
            false => letter,
        }
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn a_number_is_named_without_its_last_digits() {
        assert_eq!(mask("+1 786-232-1234"), "+1-786-232-XXXX");
        assert_eq!(mask("+33612345678"), "+33 6 12 34 XX XX");
        assert_eq!(mask("+33 6 39 98 00 02"), "+33 6 39 98 XX XX");
        assert_eq!(mask("12"), "+XXXX");
    }
}

//! A WhatsApp number: connected by the sign-on, and given up only at the end of a month.

use serde_json::{Value, json};

use super::common::{auto_replies, destination_queue, offered_name, verify};
use super::sign_on;
use crate::console::admin::{Around, Subject};
use crate::console::backend::Shown;
use crate::console::form::value::scalar;
use crate::console::form::{Block, Control, Field, Form, Section};

/// The last digits of a number, which a question does not show.
const MASKED: usize = 4;

pub(super) fn blank() -> Value {
    super::blank("whatsapp", json!({}))
}

pub(super) fn form(around: &Around, subject: Subject<'_>) -> Form {
    let number = Field::new("whatsapp.number", "console-number", Control::ReadOnly)
        .help("console-filled-by-whatsapp")
        .required()
        .half();
    let mut section = Section::new(
        "number",
        "console-whatsapp-number",
        [number, sign_on::hidden("whatsapp.sign_on")],
    )
    .lead(prerequisites());
    let path = "whatsapp.sign_on";
    for block in sign_on::blocks("whatsapp", "console-whatsapp-connect", path, subject.value) {
        section = section.tail(block);
    }
    let channel = [
        offered_name(),
        destination_queue(around, "console-destination"),
    ];
    if scalar(subject.value.get("state")) == "pending_deletion" {
        section = section.lead(reactivate());
    }
    let mut sections = vec![section, Section::new("channel", "console-general", channel)];
    if subject.id.is_some() {
        sections.push(details());
    }
    sections.push(auto_replies());
    Form { sections }
}

/// Takes the deletion back.
fn reactivate() -> Block {
    Block::Action {
        command: "reactivate".to_owned(),
        label: "console-reactivate",
        icon: "refresh",
        opens: false,
    }
}

/// What the sign-on gave, for those who have to look something up.
fn details() -> Section {
    let filled = |path, label| Field::new(path, label, Control::ReadOnly).half();
    Section::new(
        "details",
        "console-whatsapp-details",
        [
            filled("whatsapp.client_id", "console-whatsapp-client").example("–"),
            filled("whatsapp.channel_id", "console-whatsapp-channel").example("–"),
            Field::new(
                "whatsapp.webhook_url",
                "console-webhook-url",
                Control::ReadOnly,
            )
            .help("console-webhook-url-help"),
        ],
    )
    .tail(verify("provider"))
}

fn prerequisites() -> Block {
    Block::Note {
        title: "console-before-you-begin",
        lines: vec![
            "console-needs-seats",
            "console-needs-supervisors",
            "console-needs-omnichannel",
            "console-needs-own-number",
            "console-needs-country-code",
            "console-needs-reachable",
            "console-needs-business-manager",
            "console-needs-partner",
        ],
    }
}

/// What is asked before a number is given up.
pub(super) fn question(around: &Around, item: &Shown, open: String) -> (String, Vec<String>) {
    let number = mask(item.text("address"));
    let question = around
        .catalogue
        .fill("console-whatsapp-question", &[("number", number.into())]);
    let lines = [
        "console-whatsapp-pending",
        "console-whatsapp-meanwhile",
        "console-whatsapp-no-new",
        "console-whatsapp-reactivate",
    ];
    let lines = lines.iter().map(|key| around.text(key));
    (question, lines.chain([open]).collect())
}

/// `+17862321234` as `+1-786-232-XXXX`, other numbers as `+336123XXXX`.
fn mask(number: &str) -> String {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    let shown: String = digits
        .iter()
        .take(digits.len().saturating_sub(MASKED))
        .collect();
    match (
        shown.get(0..1),
        shown.get(1..4),
        shown.get(4..7),
        digits.len(),
    ) {
        (Some("1"), Some(area), Some(exchange), 11) => format!("+1-{area}-{exchange}-XXXX"),
        _ => format!("+{shown}XXXX"),
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn a_number_is_named_without_its_last_digits() {
        assert_eq!(mask("+1 786-232-1234"), "+1-786-232-XXXX");
        assert_eq!(mask("+33612345678"), "+3361234XXXX");
        assert_eq!(mask("12"), "+XXXX");
    }
}

//! A phone number for text messages.

use serde_json::{Value, json};

use super::common::{auto_replies, destination, name, verify};
use crate::console::admin::{Around, Subject};
use crate::console::backend::{Kind, Shown};
use crate::console::form::{Choice, Control, Field, Form, Group, Section};

pub(super) fn blank() -> Value {
    super::blank("sms", json!({"number": "", "trunk": null}))
}

pub(super) fn form(around: &Around, subject: Subject<'_>) -> Form {
    let trunk = Control::Select {
        groups: Group::plain(trunks(around)),
        none: Some("console-choose"),
    };
    let number = Field::new("sms.number", "console-number", Control::Tel)
        .help("console-sms-number-help")
        .example("+33 6 12 34 56 78")
        .required()
        .half();
    let trunk = Field::new("sms.trunk", "console-sms-trunk", trunk)
        .help("console-sms-trunk-help")
        .required()
        .half();
    let general = Section::new(
        "channel",
        "console-general",
        [name(), number, trunk, destination(around)],
    );
    let general = match subject.id {
        Some(_) => general.tail(verify("provider")),
        None => general,
    };
    Form::of([general, auto_replies()])
}

/// The trunks, with a word at those that carry nothing.
fn trunks(around: &Around) -> Vec<Choice> {
    let choice = |trunk: &Shown| {
        let name = match trunk.body.get("enabled") {
            Some(Value::Bool(false)) => {
                format!("{} – {}", trunk.name(), around.text("console-disabled"))
            }
            _ => trunk.name().to_owned(),
        };
        Choice::theirs(trunk.id.clone(), name)
    };
    around.all(Kind::SmsTrunk).into_iter().map(choice).collect()
}

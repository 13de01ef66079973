//! Who may not write: banned by a person or by the rules against abuse, until a time or until somebody lifts it.

use serde_json::{Value, json};

use super::channels::{KINDS, kind_of};
use super::queues::select;
use crate::console::address::readable;
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::list::Asked;
use crate::console::admin::{Around, Deletion, Resource, Subject, Texts, times};
use crate::console::backend::{Kind, Shown};
use crate::console::form::value::{put, scalar};
use crate::console::form::{Control, Field, Form, Key, Section};

/// The bans of a tenant.
#[derive(Debug)]
pub struct Bans;

impl Resource for Bans {
    fn kind(&self) -> Kind {
        Kind::Ban
    }

    fn slug(&self) -> &'static str {
        "bans"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-bans",
            lead: "console-bans-lead",
            icon: "ban",
            add: Some("console-ban-add"),
            empty: "console-bans-empty",
            empty_help: "console-bans-empty-help",
            deletion: Some(Deletion {
                question: "console-ban-question",
                warning: "console-ban-warning",
                button: "console-ban-lift",
            }),
        }
    }

    fn columns(&self) -> &'static [Key] {
        &[
            "console-column-channel",
            "console-ban-address",
            "console-ban-reason",
            "console-ban-since",
            "console-ban-until",
        ]
    }

    fn buttons(&self) -> &'static [Key] {
        &["console-ban-lift"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let (icon, label) = kind_of(&item.body).unwrap_or(("livechat", "common-channel-live-chat"));
        let kind = Content::Channel {
            icon,
            label: asked.admin.text(label),
            name: String::new(),
        };
        let address = Content::Lines {
            text: readable(item.text("address")).into_owned(),
            detail: Some(item.text("contact").to_owned()).filter(|name| !name.is_empty()),
            warning: None,
        };
        let reason = Content::Lines {
            text: reason(asked, item.text("reason")),
            detail: Some(editor(asked, item.text("banned_by"))).filter(|by| !by.is_empty()),
            warning: None,
        };
        let until = match item.text("until") {
            "" => Cell::text(asked.admin.text("console-ban-for-good")),
            until => times::cell(until, asked.time_zone(), asked.admin.lang),
        };
        let lift = Content::Link {
            label: asked.admin.text("console-ban-lift"),
            about: readable(item.text("address")).into_owned(),
            href: format!("/console/bans/{}/delete", item.id),
            icon: "unlock",
            danger: false,
        };
        vec![
            kind.into(),
            address.into(),
            reason.into(),
            times::cell(item.text("since"), asked.time_zone(), asked.admin.lang),
            until,
            lift.into(),
        ]
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        let blank = || json!({"kind": "live_chat", "address": "", "reason": "", "until": null});
        variant.is_none().then(blank)
    }

    fn form(&self, _around: &Around, subject: Subject<'_>) -> Option<Form> {
        let kinds = KINDS.map(|(word, _, label, _)| (word, label));
        let section = Section::new(
            "ban",
            "console-ban",
            [
                Field::new("kind", "console-column-channel", select(&kinds)).half(),
                Field::new("address", "console-ban-address", Control::Text)
                    .help("console-ban-address-help")
                    .required()
                    .half(),
                Field::new("reason", "console-ban-reason", Control::Text)
                    .help("console-ban-reason-help"),
                Field::new("until", "console-ban-until", Control::DateTime)
                    .help("console-ban-until-help")
                    .half(),
            ],
        );
        subject.id.is_none().then(|| Form::of([section]))
    }

    /// The time was typed as the tenant's clock shows it.
    fn finish(&self, around: &Around, _value: &Value, body: &mut Value) {
        let zone = scalar(around.settings.get("time_zone"));
        let until = scalar(body.get("until"));
        if let Some(at) = times::instant(&until, &zone) {
            put(body, "until", Value::from(at));
        }
    }

    fn name(&self, _around: &Around, item: &Shown) -> String {
        called(item.text("contact"), item.text("address"))
    }
}

/// An address, behind the name of the contact who is known by it.
pub(super) fn called(contact: &str, address: &str) -> String {
    let address = readable(address);
    match contact {
        "" => address.into_owned(),
        contact => format!("{contact} ({address})"),
    }
}

fn editor(asked: &Asked<'_>, by: &str) -> String {
    match by {
        "system" => asked.admin.text("console-ban-automatic"),
        by => by.to_owned(),
    }
}

/// The rules' own reasons have words; a person's are theirs.
fn reason(asked: &Asked<'_>, reason: &str) -> String {
    let key = match reason {
        "too_many_messages" => "console-ban-messages",
        "too_many_conversations" => "console-ban-conversations",
        _ => return reason.to_owned(),
    };
    asked.admin.text(key)
}

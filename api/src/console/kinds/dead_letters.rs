//! Messages that could not be handled: seen, sent again, or put away.

use std::borrow::Cow;

use crate::console::address::readable;
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::list::Asked;
use crate::console::admin::{Around, Deletion, Resource, Texts, times};
use crate::console::backend::{Kind, Shown};
use crate::console::form::Key;
use serde_json::Value;

/// The dead letters of a tenant.
#[derive(Debug)]
pub struct DeadLetters;

impl Resource for DeadLetters {
    fn kind(&self) -> Kind {
        Kind::DeadLetter
    }

    fn slug(&self) -> &'static str {
        "dead-letters"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-dead-letters",
            lead: "console-dead-letters-lead",
            icon: "letter",
            add: None,
            empty: "console-dead-letters-empty",
            empty_help: "console-dead-letters-empty-help",
            deletion: Some(Deletion {
                question: "console-dead-letter-question",
                warning: "console-dead-letter-warning",
                button: "console-dead-letter-put-away",
            }),
        }
    }

    fn needs(&self) -> &'static [Kind] {
        &[Kind::Channel]
    }

    fn columns(&self) -> &'static [Key] {
        &[
            "console-when",
            "console-column-channel",
            "console-dead-letter-address",
            "console-dead-letter-cause",
        ]
    }

    fn buttons(&self) -> &'static [Key] {
        &["console-dead-letter-again", "console-dead-letter-put-away"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let channel = asked.around.name(Kind::Channel, item.text("channel_id"));
        let retryable = item.body.get("retryable") == Some(&Value::Bool(true));
        let place = format!("/console/dead-letters/{}", item.id);
        let about = readable(item.text("address")).into_owned();
        let again = Content::Post {
            label: asked.admin.text("console-dead-letter-again"),
            about: about.clone(),
            action: format!("{place}/retry"),
            command: "retry",
            icon: "refresh",
            csrf: asked.admin.user.csrf_token.clone(),
        };
        let away = Content::Link {
            label: asked.admin.text("console-dead-letter-put-away"),
            about: about.clone(),
            href: format!("{place}/delete"),
            icon: "trash",
            danger: true,
        };
        vec![
            times::cell(item.text("at"), asked.time_zone(), asked.admin.lang),
            Cell::text(channel.map_or(Cow::Borrowed("–"), readable)),
            Cell::text(about),
            Cell::text(item.text("cause")),
            if retryable {
                again.into()
            } else {
                Content::Nothing.into()
            },
            away.into(),
        ]
    }

    fn name(&self, _around: &Around, item: &Shown) -> String {
        readable(item.text("address")).into_owned()
    }
}

//! The keys of programs. A key is shown once, when it is made.

use serde_json::{Value, json};

use super::queues::select;
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::list::Asked;
use crate::console::admin::{Around, Deletion, Resource, Subject, Texts, times};
use crate::console::backend::{Kind, Shown};
use crate::console::form::{Control, Field, Form, Key, Section};

const ROLES: [(&str, Key); 3] = [
    ("agent", "console-role-agent"),
    ("supervisor", "console-role-supervisor"),
    ("administrator", "console-role-administrator"),
];

/// The API keys of a tenant.
#[derive(Debug)]
pub struct ApiKeys;

impl Resource for ApiKeys {
    fn kind(&self) -> Kind {
        Kind::ApiKey
    }

    fn slug(&self) -> &'static str {
        "api-keys"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-api-keys",
            lead: "console-api-keys-lead",
            icon: "key",
            add: Some("console-api-key-add"),
            empty: "console-api-keys-empty",
            empty_help: "console-api-keys-empty-help",
            deletion: Some(Deletion {
                question: "console-api-key-question",
                warning: "console-api-key-warning",
                button: "console-api-key-revoke",
            }),
        }
    }

    fn columns(&self) -> &'static [Key] {
        &[
            "console-name",
            "console-role",
            "console-created",
            "console-last-used",
        ]
    }

    fn buttons(&self) -> &'static [Key] {
        &["console-api-key-revoke"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let role = ROLES
            .into_iter()
            .find(|(word, _)| *word == item.text("role"));
        let role = role.map_or_else(String::new, |(_, key)| asked.admin.text(key));
        let revoke = Content::Link {
            label: asked.admin.text("console-api-key-revoke"),
            about: item.name().to_owned(),
            href: format!("/console/api-keys/{}/delete", item.id),
            icon: "trash",
            danger: true,
        };
        let used = match item.text("last_used_at") {
            "" => Cell::text(asked.admin.text("console-never")),
            at => times::cell(at, asked.time_zone(), asked.admin.lang),
        };
        vec![
            Cell::text(item.name()),
            Cell::text(role),
            times::cell(item.text("created_at"), asked.time_zone(), asked.admin.lang),
            used,
            revoke.into(),
        ]
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        variant
            .is_none()
            .then(|| json!({"name": "", "role": "supervisor"}))
    }

    fn form(&self, _around: &Around, subject: Subject<'_>) -> Option<Form> {
        let section = Section::new(
            "key",
            "console-api-key",
            [
                Field::new("name", "console-name", Control::Text)
                    .help("console-api-key-name-help")
                    .example("CRM")
                    .required()
                    .half(),
                Field::new("role", "console-role", select(&ROLES))
                    .help("console-api-key-role-help")
                    .half(),
            ],
        );
        subject.id.is_none().then(|| Form::of([section]))
    }

    fn once(&self) -> Option<(&'static str, Key, Key)> {
        Some(("key", "console-api-key-new", "console-api-key-new-help"))
    }
}

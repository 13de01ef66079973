//! The forms that visitors fill in: before a chat, or when nobody can answer.

use ecluse_adapters::storage::config_db::bounds;
use serde_json::{Value, json};

use super::queues::{search, select};
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::resource::edit_and_delete;
use crate::console::admin::{Around, Deletion, Resource, Subject, Texts};
use crate::console::backend::{Kind, Shown};
use crate::console::form::value::items;
use crate::console::form::{Control, Field, Form, Key, Section};
use crate::resources::matches;

const PURPOSES: [(&str, Key); 2] = [
    ("prechat", "console-purpose-prechat"),
    ("leave_message", "console-purpose-leave"),
];

/// The visitors' forms of a tenant.
#[derive(Debug)]
pub struct Forms;

impl Resource for Forms {
    fn kind(&self) -> Kind {
        Kind::Form
    }

    fn slug(&self) -> &'static str {
        "forms"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-forms",
            lead: "console-forms-lead",
            icon: "form",
            add: Some("console-form-add"),
            empty: "console-forms-empty",
            empty_help: "console-forms-empty-help",
            deletion: Some(Deletion {
                question: "console-form-question",
                warning: "console-form-warning",
                button: "console-form-delete",
            }),
        }
    }

    fn columns(&self) -> &'static [Key] {
        &["console-name", "console-purpose", "console-form-fields"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let purpose = PURPOSES
            .into_iter()
            .find(|(word, _)| *word == item.text("purpose"));
        let purpose = purpose.map_or_else(String::new, |(_, key)| asked.admin.text(key));
        let name = Content::Strong {
            text: item.name().to_owned(),
            href: format!("/console/forms/{}", item.id),
            detail: None,
        };
        let count = items(item.body.get("fields")).len();
        let [edit, delete] = edit_and_delete(asked, "forms", &item.id, item.name());
        vec![
            name.into(),
            Cell::text(purpose),
            Cell::text(count.to_string()),
            edit,
            delete,
        ]
    }

    fn filters(&self, asked: &Asked<'_>) -> Vec<FilterView> {
        vec![search(asked, "console-forms-search")]
    }

    fn keeps(&self, item: &Shown, asked: &Asked<'_>) -> bool {
        matches(asked.admin.asked("q"), &[item.name()])
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        variant.is_none().then(|| {
            json!({
                "name": "", "purpose": "prechat",
                "fields": [
                    field("name", "text", ("Nom", "Name")),
                    field("email", "email", ("Adresse e-mail", "E-mail address")),
                ],
            })
        })
    }

    fn form(&self, _around: &Around, _subject: Subject<'_>) -> Option<Form> {
        let name = Field::new("name", "console-name", Control::Text).required();
        let purpose = Field::new("purpose", "console-purpose", select(&PURPOSES))
            .help("console-purpose-help")
            .half();
        let text = |path, label, rows| Field::new(path, label, Control::Localized { rows });
        Some(Form::of([
            Section::new("form", "console-general", [name, purpose]),
            Section::new(
                "words",
                "console-form-words",
                [
                    text("title", "console-form-title", 1),
                    text("intro", "console-form-intro", 2),
                ],
            )
            .help("console-form-words-help"),
            Section::new("fields", "console-form-fields", [fields()])
                .help("console-form-fields-help"),
        ]))
    }
}

fn field(name: &str, kind: &str, (fr, en): (&str, &str)) -> Value {
    json!({"name": name, "type": kind, "label": {"fr": fr, "en": en}, "required": true, "choices": []})
}

fn fields() -> Field {
    let types = [
        ("text", "console-type-text"),
        ("email", "console-type-email"),
        ("phone", "console-type-phone"),
        ("multiline", "console-type-multiline"),
        ("choice", "console-type-choice"),
    ];
    let control = Control::Repeated {
        fields: vec![
            Field::new(
                "label",
                "console-field-label",
                Control::Localized { rows: 1 },
            )
            .required(),
            Field::new("name", "console-field-name", Control::Text)
                .help("console-field-name-help")
                .required()
                .half(),
            Field::new("type", "console-field-type", select(&types)).half(),
            Field::new("required", "console-field-required", Control::Checkbox),
            choices(),
        ],
        add: "console-field-add",
        row: "console-field",
        none: "console-field-none",
        rows_max: bounds::FORM_FIELDS_MAX,
        ordered: true,
    };
    Field::new("fields", "console-form-fields", control).required()
}

fn choices() -> Field {
    let choice = Field::new("", "console-choice", Control::Localized { rows: 1 });
    let control = Control::Repeated {
        fields: vec![choice],
        add: "console-choice-add",
        row: "console-choice",
        none: "console-choice-none",
        rows_max: bounds::FORM_CHOICES_MAX,
        ordered: true,
    };
    Field::new("choices", "console-choices", control).when("type", &["choice"])
}

//! Chatbots: what they say, and the tree of options that leads to a queue.

use ecluse_adapters::storage::config_db::bounds;
use ecluse_engine::chatbot::menu::Script;
use serde_json::{Value, json};
use uuid::Uuid;

use super::queues::{bounded, search};
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::resource::edit_and_delete;
use crate::console::admin::{Around, Deletion, Resource, Subject, Texts};
use crate::console::backend::{Kind, Shown};
use crate::console::form::value::items;
use crate::console::form::{Block, Control, Field, Form, Group, Key, Section, Variant};
use crate::resources::matches;

/// The chatbots of a tenant.
#[derive(Debug)]
pub struct Chatbots;

impl Resource for Chatbots {
    fn kind(&self) -> Kind {
        Kind::Chatbot
    }

    fn slug(&self) -> &'static str {
        "chatbots"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-chatbots",
            lead: "console-chatbots-lead",
            icon: "bot",
            add: Some("console-chatbot-add"),
            empty: "console-chatbots-empty",
            empty_help: "console-chatbots-empty-help",
            deletion: Some(Deletion {
                question: "console-chatbot-question",
                warning: "console-chatbot-warning",
                button: "console-chatbot-delete",
            }),
        }
    }

    fn needs(&self) -> &'static [Kind] {
        &[Kind::Queue]
    }

    fn columns(&self) -> &'static [Key] {
        &["console-name", "console-options", "console-fallback"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let options = items(item.body.get("options")).len();
        let fallback = asked.around.name(Kind::Queue, item.text("fallback_queue"));
        let fallback = fallback.map_or_else(|| asked.admin.text("console-none"), str::to_owned);
        let name = Content::Strong {
            text: item.name().to_owned(),
            href: format!("/console/chatbots/{}", item.id),
            detail: None,
        };
        let [edit, delete] = edit_and_delete(asked, "chatbots", &item.id, item.name());
        vec![
            name.into(),
            Cell::text(options.to_string()),
            Cell::text(fallback),
            edit,
            delete,
        ]
    }

    fn filters(&self, asked: &Asked<'_>) -> Vec<FilterView> {
        vec![search(asked, "console-chatbots-search")]
    }

    fn keeps(&self, item: &Shown, asked: &Asked<'_>) -> bool {
        matches(asked.admin.asked("q"), &[item.name()])
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        let blank = || {
            json!({
                "name": "", "invalid_max": Script::INVALID_MAX, "timeout_secs": Script::TIMEOUT_SECS,
                "concurrency_limit": 0, "fallback_queue": null, "options": [{}, {}],
            })
        };
        variant.is_none().then(blank)
    }

    fn finish(&self, _around: &Around, _value: &Value, body: &mut Value) {
        lead_somewhere(body.get_mut("options"));
    }

    fn form(&self, around: &Around, _subject: Subject<'_>) -> Option<Form> {
        let name = Field::new("name", "console-name", Control::Text).required();
        let options = Field::new(
            "options",
            "console-options",
            options(around, Script::DEPTH_MAX),
        );
        Some(Form::of([
            Section::new("chatbot", "console-general", [name]),
            Section::new("says", "console-bot-says", says()).help("console-bot-says-help"),
            Section::new("options", "console-options", [options.required()])
                .help("console-options-help")
                .tail(Block::TryOut),
            Section::new("limits", "console-bot-limits", limits(around)),
        ]))
    }
}

/// An option without its queue could not be read, and nothing else of the menu would be judged. The form, which asks for the
/// queue, saves none of these.
fn lead_somewhere(options: Option<&mut Value>) {
    let options = options.and_then(Value::as_array_mut).into_iter().flatten();
    for option in options.filter_map(Value::as_object_mut) {
        let leads = ["queue", "menu", "text"];
        if !leads.iter().any(|way| option.contains_key(*way)) {
            option.insert("queue".to_owned(), json!(Uuid::nil()));
        }
        if let Some(menu) = option.get_mut("menu") {
            lead_somewhere(menu.get_mut("options"));
        }
    }
}

fn says() -> [Field; 3] {
    let said =
        |path, label, help| Field::new(path, label, Control::Localized { rows: 2 }).help(help);
    [
        said(
            "greeting",
            "console-bot-greeting",
            "console-bot-greeting-help",
        ),
        said(
            "invalid_reply",
            "console-bot-invalid",
            "console-bot-invalid-help",
        ),
        said(
            "handover",
            "console-bot-handover",
            "console-bot-handover-help",
        ),
    ]
}

fn limits(around: &Around) -> [Field; 4] {
    [
        Field::new(
            "fallback_queue",
            "console-fallback",
            queues(around, "console-none"),
        )
        .help("console-fallback-help")
        .half(),
        Field::new(
            "invalid_max",
            "console-invalid-max",
            bounded(&bounds::BOT_INVALID_MAX, None),
        )
        .help("console-invalid-max-help")
        .half(),
        Field::new(
            "timeout_secs",
            "console-bot-timeout",
            bounded(&bounds::BOT_TIMEOUT_SECS, Some("console-unit-seconds")),
        )
        .help("console-bot-timeout-help")
        .half(),
        Field::new(
            "concurrency_limit",
            "console-concurrency",
            bounded(&bounds::BOT_CONCURRENCY, None),
        )
        .help("console-concurrency-help")
        .half(),
    ]
}

fn queues(around: &Around, none: Key) -> Control {
    Control::Select {
        groups: Group::plain(around.choices(Kind::Queue, "")),
        none: Some(none),
    }
}

/// The options of one level, and of those below it.
fn options(around: &Around, depth: usize) -> Control {
    let label = Field::new(
        "label",
        "console-option-label",
        Control::Localized { rows: 1 },
    );
    let leads_to = Control::OneOf {
        variants: variants(around, depth),
    };
    Control::Repeated {
        fields: vec![
            label.required(),
            Field::new("", "console-option-leads-to", leads_to),
        ],
        add: "console-option-add",
        row: "console-option",
        none: "console-option-none",
        rows_max: Script::OPTIONS_MAX,
        ordered: true,
    }
}

fn variants(around: &Around, depth: usize) -> Vec<Variant> {
    let queue = Field::new("queue", "console-queue", queues(around, "console-choose"));
    let text = Field::new(
        "text",
        "console-option-answer",
        Control::Localized { rows: 2 },
    );
    let variant = |key, label, fields| Variant { key, label, fields };
    let mut variants = vec![
        variant("queue", "console-leads-to-queue", vec![queue.required()]),
        variant("text", "console-leads-to-text", vec![text.required()]),
    ];
    if depth > 1 {
        let said = Field::new(
            "menu.text",
            "console-menu-text",
            Control::Localized { rows: 1 },
        );
        let below = options(around, depth - 1);
        let below = Field::new("menu.options", "console-menu-options", below);
        let menu = vec![said, below.required()];
        variants.push(variant("menu", "console-leads-to-menu", menu));
    }
    variants
}

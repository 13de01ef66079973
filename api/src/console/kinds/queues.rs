//! Messaging queues: who answers, in which order, and when.

use std::ops::RangeInclusive;

use ecluse_adapters::storage::config_db::{QueueDraft, bounds};
use serde_json::{Value, json};

use super::channels::queue_notice;
use super::hours;
use crate::console::admin::cell::{Badge, Cell, Content, Tone};
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::resource::edit_and_delete;
use crate::console::admin::{Around, Deletion, Resource, Subject, Texts};
use crate::console::backend::{Kind, Shown};
use crate::console::form::value::items;
use crate::console::form::{Choice, Control, Field, Form, Group, Key, Section, Words};
use crate::resources::matches;

/// The queues of a tenant.
#[derive(Debug)]
pub struct Queues;

impl Resource for Queues {
    fn kind(&self) -> Kind {
        Kind::Queue
    }

    fn slug(&self) -> &'static str {
        "queues"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-queues",
            lead: "console-queues-lead",
            icon: "queue",
            add: Some("console-queue-add"),
            empty: "console-queues-empty",
            empty_help: "console-queues-empty-help",
            deletion: Some(Deletion {
                question: "console-queue-question",
                warning: "console-queue-warning",
                button: "console-queue-delete",
            }),
        }
    }

    fn needs(&self) -> &'static [Kind] {
        &[Kind::Agent, Kind::Channel, Kind::Chatbot]
    }

    fn columns(&self) -> &'static [Key] {
        &["console-name", "console-strategy", "console-agents"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let strategy = match item.text("strategy") {
            "auto" => "console-strategy-auto",
            _ => "console-strategy-manual",
        };
        let members = items(item.body.get("members")).len();
        let agents = Content::Lines {
            text: members.to_string(),
            detail: None,
            warning: (members == 0).then(|| asked.admin.text("console-queue-nobody")),
        };
        let [edit, delete] = edit_and_delete(asked, "queues", &item.id, item.name());
        let name = Content::Strong {
            text: item.name().to_owned(),
            href: format!("/console/queues/{}", item.id),
            detail: None,
        };
        let strategy = Cell::text(asked.admin.text(strategy));
        vec![name.into(), strategy, agents.into(), edit, delete]
    }

    fn filters(&self, asked: &Asked<'_>) -> Vec<FilterView> {
        vec![search(asked, "console-queues-search")]
    }

    fn keeps(&self, item: &Shown, asked: &Asked<'_>) -> bool {
        matches(asked.admin.asked("q"), &[item.name()])
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        let blank = || {
            json!({
                "name": "", "strategy": "auto", "order": "longest_idle", "offer_timeout_secs": QueueDraft::OFFER_TIMEOUT_SECS,
                "max_per_agent": QueueDraft::MAX_PER_AGENT, "members": [], "on_agent_lost": "keep",
                "operation_times": {"status": "inherit"}, "returning_customer": QueueDraft::RETURNING_CUSTOMER, "survey": false,
            })
        };
        variant.is_none().then(blank)
    }

    fn form(&self, around: &Around, _subject: Subject<'_>) -> Option<Form> {
        Some(Form::of([
            Section::new("queue", "console-general", [name(), strategy()]),
            Section::new("members", "console-members", [members(around)])
                .help("console-members-help"),
            Section::new("offers", "console-offers", offers()).help("console-offers-help"),
            times(),
            Section::new("care", "console-care", care()),
        ]))
    }

    fn notices(&self, around: &Around, value: &Value) -> Vec<Badge> {
        let members = value.get("members").and_then(Value::as_array);
        let nobody = members.is_some_and(Vec::is_empty);
        let warning = nobody.then(|| Badge::new(Tone::Warn, around.text("console-queue-nobody")));
        warning
            .into_iter()
            .chain(queue_notice(around, value))
            .collect()
    }
}

/// A search over names.
#[must_use]
pub fn search(asked: &Asked<'_>, label: Key) -> FilterView {
    FilterView {
        name: "q",
        label: asked.admin.text(label),
        value: asked.admin.asked("q").to_owned(),
        choices: None,
    }
}

fn name() -> Field {
    Field::new("name", "console-name", Control::Text)
        .help("console-queue-name-help")
        .example("Support")
        .required()
}

fn explained(value: &str, label: Key, detail: Key) -> Choice {
    Choice::ours(value, label).detail(Words::Ours(detail))
}

fn strategy() -> Field {
    let control = Control::Radio {
        choices: vec![
            explained(
                "auto",
                "console-strategy-auto",
                "console-strategy-auto-help",
            ),
            explained(
                "manual",
                "console-strategy-manual",
                "console-strategy-manual-help",
            ),
        ],
    };
    Field::new("strategy", "console-strategy", control).required()
}

fn members(around: &Around) -> Field {
    let control = Control::MultiSelect {
        choices: around.people(),
        filter: "console-members-search",
    };
    Field::new("members", "console-agents", control)
}

fn offers() -> [Field; 4] {
    let order = [
        ("longest_idle", "console-order-longest-idle"),
        ("round_robin", "console-order-round-robin"),
        ("fewest_open", "console-order-fewest-open"),
        ("most_spare", "console-order-most-spare"),
    ];
    let lost = [
        ("keep", "console-lost-keep"),
        ("requeue", "console-lost-requeue"),
    ];
    [
        Field::new("order", "console-order", select(&order))
            .help("console-order-help")
            .half()
            .shown_when("strategy", &["auto"]),
        Field::new(
            "offer_timeout_secs",
            "console-offer-timeout",
            bounded(&bounds::OFFER_TIMEOUT_SECS, Some("console-unit-seconds")),
        )
        .help("console-offer-timeout-help")
        .half()
        .shown_when("strategy", &["auto"]),
        Field::new(
            "max_per_agent",
            "console-max-per-agent",
            bounded(&bounds::MAX_PER_AGENT, None),
        )
        .help("console-max-per-agent-help")
        .half(),
        Field::new("on_agent_lost", "console-agent-lost", select(&lost))
            .help("console-agent-lost-help")
            .half(),
    ]
}

fn times() -> Section {
    let status = Control::Radio {
        choices: vec![
            explained(
                "inherit",
                "console-hours-inherit",
                "console-hours-inherit-help",
            ),
            explained("on", "console-hours-on", "console-hours-on-help"),
            explained("off", "console-hours-off", "console-hours-off-help"),
        ],
    };
    let status = Field::new("operation_times.status", "console-hours-status", status);
    let fields = [status].into_iter().chain(hours::fields());
    Section::new("hours", "console-hours", fields).help("console-hours-help")
}

fn care() -> [Field; 2] {
    [
        Field::new("returning_customer", "console-returning", Control::Checkbox)
            .help("console-returning-help")
            .shown_when("strategy", &["auto"]),
        Field::new("survey", "console-survey", Control::Checkbox).help("console-survey-help"),
    ]
}

/// One of a few words.
#[must_use]
pub fn select(choices: &[(&str, Key)]) -> Control {
    let choices = choices
        .iter()
        .map(|(value, label)| Choice::ours(value, label));
    Control::Select {
        groups: Group::plain(choices.collect()),
        none: None,
    }
}

/// A whole number within the bounds that a save keeps.
#[must_use]
pub fn bounded(bounds: &RangeInclusive<u32>, unit: Option<Key>) -> Control {
    Control::Number {
        min: (*bounds.start()).into(),
        max: (*bounds.end()).into(),
        unit,
    }
}

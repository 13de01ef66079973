//! A chat on web pages: its domains, its forms, how it looks, and the code that shows it.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::common::{auto_replies, destination, name};
use crate::console::admin::{Around, Subject};
use crate::console::backend::Kind;
use crate::console::form::value::{at, items, scalar};
use crate::console::form::{Block, Control, Field, Form, Group, Key, Line, Section};

/// The launcher's own blue.
const BLUE: &str = "#1c5fd4";
const DOMAINS_MAX: usize = 100;

pub(super) fn blank() -> Value {
    let part = json!({"domains": [""], "standalone": false, "theme_color": null});
    super::blank("live_chat", part)
}

pub(super) fn form(around: &Around, subject: Subject<'_>) -> Form {
    Form::of([
        Section::new(
            "channel",
            "console-general",
            [name(), domains(subject.value), destination(around)],
        ),
        Section::new(
            "forms",
            "console-forms",
            [
                form_choice(around, ("live_chat.prechat_form", "prechat"), PRECHAT),
                form_choice(
                    around,
                    ("live_chat.leave_message_form", "leave_message"),
                    LEAVE,
                ),
            ],
        )
        .help("console-live-chat-forms-help"),
        look(subject),
        widget(around, subject),
        auto_replies(),
    ])
}

type Words = (Key, Key, Key);

const PRECHAT: Words = (
    "console-prechat-form",
    "console-prechat-form-help",
    "console-form-usual",
);
const LEAVE: Words = (
    "console-leave-form",
    "console-leave-form-help",
    "console-leave-form-usual",
);

/// At least one, unless the chat has a page of its own.
fn domains(value: &Value) -> Field {
    let domain = Field::new("", "console-domain", Control::Host).example("www.example.fr");
    let none = match is_standalone(value) {
        true => "console-domain-none-standalone",
        false => "console-domain-none",
    };
    let control = Control::Repeated {
        fields: vec![domain],
        add: "console-domain-add",
        row: "console-domain",
        none,
        rows_max: DOMAINS_MAX,
        ordered: false,
    };
    let domains =
        Field::new("live_chat.domains", "console-domain", control).help("console-domains-help");
    match is_standalone(value) {
        true => domains,
        false => domains.required_or("domain_or_standalone"),
    }
}

fn is_standalone(value: &Value) -> bool {
    at(value, "live_chat.standalone") == Some(&Value::Bool(true))
}

fn has_domain(value: &Value) -> bool {
    let mut domains = items(at(value, "live_chat.domains")).iter();
    domains.any(|domain| !scalar(Some(domain)).is_empty())
}

fn form_choice(
    around: &Around,
    (path, purpose): (&'static str, &str),
    (label, help, none): Words,
) -> Field {
    let mut choices = around.choices(Kind::Form, "");
    choices.retain(|choice| {
        let form = around.get(Kind::Form, &choice.value);
        form.is_some_and(|form| form.text("purpose") == purpose)
    });
    let control = Control::Select {
        groups: Group::plain(choices),
        none: Some(none),
    };
    Field::new(path, label, control).help(help).half()
}

fn look(subject: Subject<'_>) -> Section {
    let color = Control::Color {
        usual: BLUE,
        own: "console-color-own",
    };
    Section::new(
        "look",
        "console-look",
        [
            Field::new("live_chat.theme_color", "console-color", color).help("console-color-help"),
            Field::new(
                "live_chat.title",
                "console-chat-title",
                Control::Localized { rows: 1 },
            )
            .help("console-chat-title-help"),
            Field::new(
                "live_chat.greeting",
                "console-chat-greeting",
                Control::Localized { rows: 2 },
            )
            .help("console-chat-greeting-help"),
        ],
    )
    .help("console-look-help")
    .tail(Block::Preview {
        label: "console-preview",
        href: preview(subject.value),
    })
}

/// The address of the preview, with what was typed, so that it shows without scripts too. A chat without a title is called
/// by its name.
fn preview(value: &Value) -> String {
    let text = |path: &str| {
        let french = scalar(at(value, &format!("{path}.fr")));
        let english = scalar(at(value, &format!("{path}.en")));
        if french.is_empty() { english } else { french }
    };
    let title = match text("live_chat.title") {
        title if title.is_empty() => scalar(value.get("name")),
        title => title,
    };
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("color", &scalar(at(value, "live_chat.theme_color")))
        .append_pair("title", &title)
        .append_pair("greeting", &text("live_chat.greeting"))
        .finish();
    format!("/console/preview?{query}")
}

fn widget(around: &Around, subject: Subject<'_>) -> Section {
    let standalone = Field::new(
        "live_chat.standalone",
        "console-standalone",
        Control::Checkbox,
    )
    .help("console-standalone-help");
    let mut section =
        Section::new("widget", "console-widget", [standalone]).help("console-widget-help");
    let Some(id) = subject.id else {
        return section.lead(Block::Note {
            title: "console-widget-later",
            lines: vec![Line::ours("console-widget-later-help")],
        });
    };
    let is_standalone = is_standalone(subject.value);
    if has_domain(subject.value) || !is_standalone {
        section = section.lead(Block::Snippet {
            id: "snippet",
            label: "console-snippet",
            code: snippet(around, subject.value, id),
        });
    }
    match is_standalone {
        true => section.tail(Block::Snippet {
            id: "standalone-link",
            label: "console-standalone-link",
            code: format!("{}/chat/{id}", around.public_url),
        }),
        false => section,
    }
}

/// What goes into the site, before `</body>`.
fn snippet(around: &Around, value: &Value, channel: &str) -> String {
    match scalar(at(value, "live_chat.snippet")) {
        code if code.is_empty() => format!(
            "<script async src=\"{}/widget.js\" data-channel=\"{channel}\"></script>",
            around.public_url
        ),
        code => code,
    }
}

//! A mailbox: a server of one's own, or an account at Microsoft or Google.

use std::ops::RangeInclusive;

use ecluse_adapters::storage::config_db::bounds;
use serde_json::{Value, json};

use super::common::{auto_replies, destination_queue, name, verify};
use super::sign_on;
use crate::console::admin::{Around, Subject};
use crate::console::form::value::{at, scalar};
use crate::console::form::{Choice, Control, Field, Form, Group, Key, Section};
use crate::console::kinds::queues::bounded;

const CUSTOM: &[&str] = &["custom"];
const SIGNED_ON: &[&str] = &["microsoft", "gmail"];

pub(super) fn blank() -> Value {
    let part = json!({
        "provider": "custom",
        "address": "",
        "imap": {"port": 993, "security": "tls"},
        "smtp": {"port": 587, "security": "starttls"},
        "attachment_mb_max": 10,
        "check_interval_secs": 60,
    });
    super::blank("email", part)
}

pub(super) fn form(around: &Around, subject: Subject<'_>) -> Form {
    Form::of([
        Section::new(
            "channel",
            "console-general",
            [name(), provider(), address()],
        ),
        sign_on("microsoft", "console-microsoft", MICROSOFT, subject),
        sign_on("gmail", "console-gmail", GMAIL, subject),
        server(&IMAP),
        server(&SMTP),
        Section::new(
            "delivery",
            "console-delivery",
            [
                destination_queue(around, "console-destination-queue"),
                number(
                    "email.attachment_mb_max",
                    "console-attachment-max",
                    (&bounds::ATTACHMENT_MB, "console-unit-mb"),
                )
                .help("console-attachment-max-help"),
                number(
                    "email.check_interval_secs",
                    "console-check-interval",
                    (&bounds::CHECK_INTERVAL_SECS, "console-unit-seconds"),
                )
                .help("console-check-interval-help"),
            ],
        ),
        auto_replies(),
    ])
}

fn provider() -> Field {
    let control = Control::Select {
        groups: Group::plain(vec![
            Choice::ours("custom", "console-provider-custom"),
            Choice::ours("microsoft", "console-provider-microsoft"),
            Choice::ours("gmail", "console-provider-gmail"),
        ]),
        none: None,
    };
    Field::new("email.provider", "console-mail-provider", control)
        .help("console-mail-provider-help")
        .required()
        .half()
}

fn address() -> Field {
    Field::new("email.address", "console-mail-address", Control::Email)
        .help("console-mail-address-help")
        .example("contact@example.fr")
        .required()
        .half()
}

type SignOn = (&'static [&'static str], Key, Key);

const MICROSOFT: SignOn = (
    &["microsoft"],
    "console-microsoft-help",
    "console-microsoft-sign-on",
);
const GMAIL: SignOn = (&["gmail"], "console-gmail-help", "console-gmail-sign-on");

const IMAP_FILLED: [(&str, Key); 3] = [
    ("email.imap.host", "console-imap-host"),
    ("email.imap.username", "console-imap-username"),
    ("email.imap.port", "console-imap-port"),
];
const SMTP_FILLED: [(&str, Key); 3] = [
    ("email.smtp.host", "console-smtp-host"),
    ("email.smtp.username", "console-smtp-username"),
    ("email.smtp.port", "console-smtp-port"),
];

/// The button that signs on, and what the account filled in.
fn sign_on(
    kind: &'static str,
    title: Key,
    (provider, help, label): SignOn,
    subject: Subject<'_>,
) -> Section {
    // Until the account names its servers, the port is the usual one of a server of one's own.
    let shown = match is_signed_in(subject.value) {
        true => IMAP_FILLED.len(),
        false => 1,
    };
    let servers = [IMAP_FILLED, SMTP_FILLED].into_iter();
    let fields = servers.flat_map(|server| server.into_iter().take(shown));
    let fields = fields.map(filled).chain([sign_on::hidden("email.sign_on")]);
    let mut section = Section::new(kind, title, fields)
        .help(help)
        .when("email.provider", provider);
    for block in sign_on::blocks(kind, label, "email.sign_on", subject.value) {
        section = section.lead(block);
    }
    if is_signed_in(subject.value) {
        section = section.tail(verify("imap")).tail(verify("smtp"));
    }
    section
}

fn filled((path, label): (&'static str, Key)) -> Field {
    let field = Field::new(path, label, Control::ReadOnly);
    field.example("–").required().half()
}

fn is_signed_in(value: &Value) -> bool {
    let provider = scalar(at(value, "email.provider"));
    SIGNED_ON.contains(&provider.as_str())
        && (sign_on::is_ready(value) || scalar(at(value, "email.signed_in")) == "true")
}

/// The words and paths of one connection.
struct Server {
    id: &'static str,
    title: Key,
    paths: [&'static str; 6],
    labels: [Key; 2],
    examples: [&'static str; 2],
    security: [&'static str; 3],
}

const IMAP: Server = Server {
    id: "imap",
    title: "console-imap",
    paths: [
        "email.imap.username",
        "email.imap.password",
        "email.imap.host",
        "email.imap.port",
        "email.imap.security",
        "email.imap.has_password",
    ],
    labels: ["console-imap-help", "console-imap-host-help"],
    examples: ["exempleomnichannel@gmail.com", "imap.gmail.com"],
    security: ["tls", "starttls", "none"],
};

const SMTP: Server = Server {
    id: "smtp",
    title: "console-smtp",
    paths: [
        "email.smtp.username",
        "email.smtp.password",
        "email.smtp.host",
        "email.smtp.port",
        "email.smtp.security",
        "email.smtp.has_password",
    ],
    labels: ["console-smtp-help", "console-smtp-host-help"],
    examples: ["exempleomnichannel@gmail.com", "smtp.gmail.com"],
    security: ["tls", "starttls", "none"],
};

fn server(server: &Server) -> Section {
    let [username, password, host, port, security, has] = server.paths;
    let [help, host_help] = server.labels;
    let [user_example, host_example] = server.examples;
    let securities = ["console-tls", "console-starttls", "console-no-tls"];
    let choices = server.security.iter().zip(securities);
    let security_choice = Control::Select {
        groups: Group::plain(
            choices
                .map(|(value, label)| Choice::ours(value, label))
                .collect(),
        ),
        none: None,
    };
    Section::new(
        server.id,
        server.title,
        [
            Field::new(username, "console-username", Control::Text)
                .example(user_example)
                .required()
                .half(),
            Field::new(password, "console-password", Control::Secret { has })
                .required()
                .half(),
            Field::new(host, "console-host", Control::Host)
                .help(host_help)
                .example(host_example)
                .required()
                .half(),
            Field::new(port, "console-port", bounded(&bounds::PORT, None))
                .required()
                .short(),
            Field::new(security, "console-security", security_choice).short(),
        ],
    )
    .help(help)
    .when("email.provider", CUSTOM)
    .tail(verify(server.id))
}

fn number(path: &'static str, label: Key, (range, unit): (&RangeInclusive<u32>, Key)) -> Field {
    Field::new(path, label, bounded(range, Some(unit))).half()
}

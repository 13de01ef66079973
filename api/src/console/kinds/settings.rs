//! The tenant's settings: one page in sections.

use async_trait::async_trait;
use ecluse_adapters::storage::config_db::{SettingsBody, bounds};
use serde_json::Value;

use super::channels::{tenant_notice, verified};
use super::hours;
use super::queues::{bounded, select};
use crate::console::admin::administrator::Administrator;
use crate::console::admin::cell::{Badge, Cell};
use crate::console::admin::list::Asked;
use crate::console::admin::resource::Acted;
use crate::console::admin::{Around, Resource, Subject, Texts};
use crate::console::backend::{Kind, Shown};
use crate::console::form::value::{at, put, scalar};
use crate::console::form::{
    Action, Block, Choice, Control, Field, Form, Group, Key, Section, Words,
};
use crate::error::ApiError;

/// The settings of a tenant.
#[derive(Debug)]
pub struct Settings;

#[async_trait(?Send)]
impl Resource for Settings {
    // Nothing lists them, and they are saved by a call of their own.
    fn kind(&self) -> Kind {
        Kind::Tenant
    }

    fn slug(&self) -> &'static str {
        "settings"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-settings",
            lead: "console-settings-lead",
            icon: "gear",
            add: None,
            empty: "console-settings",
            empty_help: "console-settings-lead",
            deletion: None,
        }
    }

    fn needs(&self) -> &'static [Kind] {
        &[Kind::Channel, Kind::Queue, Kind::Chatbot]
    }

    fn columns(&self) -> &'static [Key] {
        &[]
    }

    fn row(&self, _item: &Shown, _asked: &Asked<'_>) -> Vec<Cell> {
        Vec::new()
    }

    fn form(&self, _around: &Around, _subject: Subject<'_>) -> Option<Form> {
        Some(Form::of([
            Section::new("general", "console-settings-general", general()),
            mail(),
            times(),
            Section::new("weights", "console-weights", weights()).help("console-weights-help"),
            Section::new("abuse", "console-abuse", abuse()).help("console-abuse-help"),
            Section::new("attachments", "console-attachments", attachments()),
            Section::new("returning", "console-settings-returning", returning()),
            Section::new("retention", "console-retention", retention()),
        ]))
    }

    fn usual(&self, _value: &Value) -> Value {
        serde_json::to_value(SettingsBody::default()).unwrap_or_default()
    }

    fn notices(&self, around: &Around, value: &Value) -> Vec<Badge> {
        tenant_notice(around, value).into_iter().collect()
    }

    /// Without a server there is no outgoing mail at all.
    fn finish(&self, _around: &Around, _value: &Value, body: &mut Value) {
        if scalar(at(body, "mail.host")).is_empty() {
            put(body, "mail", Value::Null);
        }
    }

    async fn act(
        &self,
        admin: &Administrator,
        _subject: Subject<'_>,
        (word, _): (&str, &str),
        body: Value,
    ) -> Result<Acted, ApiError> {
        match word {
            "verify" => {
                let found = admin.backend.verify_mail(body).await?;
                Ok(Acted::Outcome(verified(admin, &found)))
            }
            _ => Ok(Acted::Unknown),
        }
    }
}

fn general() -> [Field; 4] {
    let zones = jiff::tz::db().available();
    let mut zones: Vec<String> = zones.map(|name| name.as_str().to_owned()).collect();
    zones.sort_unstable();
    zones.dedup();
    let zone = Control::Select {
        groups: Group::plain(
            zones
                .into_iter()
                .map(|zone| Choice::theirs(zone.clone(), zone))
                .collect(),
        ),
        none: None,
    };
    let languages = [("fr", "console-french"), ("en", "console-english")];
    [
        Field::new("alert_email", "console-alert-email", Control::Email)
            .help("console-alert-email-help")
            .example("alertes@example.fr"),
        Field::new("time_zone", "console-time-zone", zone)
            .help("console-time-zone-help")
            .required()
            .half(),
        Field::new("language", "console-tenant-language", select(&languages))
            .help("console-tenant-language-help")
            .half(),
        Field::new("public_url", "console-public-url", Control::Url)
            .help("console-public-url-help"),
    ]
}

fn mail() -> Section {
    let securities = [
        ("tls", "console-tls"),
        ("starttls", "console-starttls"),
        ("none", "console-no-tls"),
    ];
    let text = |path, label| Field::new(path, label, Control::Text).half();
    let has = "mail.has_password";
    Section::new(
        "mail",
        "console-mail",
        [
            Field::new("mail.host", "console-host", Control::Host)
                .example("smtp.example.fr")
                .half(),
            Field::new("mail.port", "console-port", bounded(&bounds::PORT, None)).short(),
            Field::new("mail.security", "console-security", select(&securities)).short(),
            text("mail.username", "console-username"),
            Field::new("mail.password", "console-password", Control::Secret { has }).half(),
            Field::new("mail.from", "console-mail-from", Control::Email)
                .help("console-mail-from-help")
                .example("ecluse@example.fr")
                .half(),
        ],
    )
    .help("console-mail-help")
    .tail(Block::Action(Action::new(
        "verify mail",
        "console-verify",
        "plug",
    )))
}

fn times() -> Section {
    let explained = |value, label, detail| Choice::ours(value, label).detail(Words::Ours(detail));
    let status = Control::Radio {
        choices: vec![
            explained("on", "console-hours-on", "console-hours-global-on-help"),
            explained("off", "console-hours-off", "console-hours-global-off-help"),
        ],
    };
    let status = Field::new("operation_times.status", "console-hours-status", status);
    let fields = [status].into_iter().chain(hours::fields());
    Section::new("hours", "console-hours", fields).help("console-hours-global-help")
}

/// In the order in which the kinds are offered everywhere.
fn weights() -> [Field; 5] {
    let weight = |path, kind: Key| {
        Field::new(
            path,
            kind,
            bounded(&bounds::WEIGHT, Some("console-unit-units")),
        )
        .half()
    };
    [
        weight("weights.live_chat", "common-channel-live-chat"),
        weight("weights.sms", "common-channel-sms"),
        weight("weights.email", "common-channel-email"),
        weight("weights.facebook", "common-channel-facebook"),
        weight("weights.whatsapp", "common-channel-whatsapp"),
    ]
}

fn abuse() -> [Field; 6] {
    let limit = |path, label: Key, range, unit: Option<Key>| {
        Field::new(path, label, bounded(range, unit))
            .half()
            .shown_when("abuse.enabled", &["true"])
    };
    let seconds = Some("console-unit-seconds");
    [
        Field::new("abuse.enabled", "console-abuse-enabled", Control::Checkbox)
            .help("console-abuse-enabled-help"),
        limit(
            "abuse.messages",
            "console-abuse-messages",
            &bounds::ABUSE_COUNT,
            None,
        ),
        limit(
            "abuse.messages_secs",
            "console-abuse-within",
            &bounds::ABUSE_SECS,
            seconds,
        ),
        limit(
            "abuse.conversations",
            "console-abuse-conversations",
            &bounds::ABUSE_COUNT,
            None,
        ),
        limit(
            "abuse.conversations_secs",
            "console-abuse-within",
            &bounds::ABUSE_SECS,
            seconds,
        ),
        limit(
            "abuse.ban_hours",
            "console-ban-hours",
            &bounds::BAN_HOURS,
            Some("console-unit-hours"),
        ),
    ]
}

fn attachments() -> [Field; 2] {
    [
        Field::new(
            "attachments.mb_max",
            "console-attachment-max",
            bounded(&bounds::ATTACHMENT_MB, Some("console-unit-mb")),
        )
        .help("console-attachments-help")
        .half(),
        Field::new(
            "email_reopen_days",
            "console-reopen",
            bounded(&bounds::REOPEN_DAYS, Some("console-unit-days")),
        )
        .help("console-reopen-help")
        .half(),
    ]
}

fn returning() -> [Field; 1] {
    let days = bounded(&bounds::RETURNING_DAYS, Some("console-unit-days"));
    [
        Field::new("returning_customers.days", "console-returning-days", days)
            .help("console-returning-days-help")
            .half(),
    ]
}

fn retention() -> [Field; 1] {
    let days = bounded(&bounds::RETENTION_DAYS, Some("console-unit-days"));
    [Field::new(
        "retention.conversation_days",
        "console-retention-days",
        days,
    )
    .help("console-retention-days-help")
    .half()]
}

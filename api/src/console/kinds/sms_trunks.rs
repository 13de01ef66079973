//! SMS trunks: the services that carry text messages, and the numbers that they carry.

use async_trait::async_trait;
use ecluse_adapters::storage::config_db::bounds;
use serde_json::{Value, json};

use super::channels::verified;
use super::queues::{bounded, search, select};
use crate::console::admin::administrator::Administrator;
use crate::console::admin::cell::{Badge, Cell, Content, Tone};
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::resource::{Acted, edit_and_delete};
use crate::console::admin::{Around, Deletion, Resource, Subject, Texts};
use crate::console::backend::{Kind, Shown};
use crate::console::form::differences::plain;
use crate::console::form::{Action, Block, Control, Field, Form, Key, Section};
use crate::error::ApiError;
use crate::resources::matches;

const PROVIDERS: [(&str, Key); 7] = [
    ("telnyx", "console-trunk-telnyx"),
    ("bandwidth", "console-trunk-bandwidth"),
    ("twilio", "console-trunk-twilio"),
    ("vi", "console-trunk-vi"),
    ("ozsms", "console-trunk-ozsms"),
    ("smpp", "console-trunk-smpp"),
    ("http", "console-trunk-http"),
];

/// The SMS trunks of a tenant.
#[derive(Debug)]
pub struct SmsTrunks;

#[async_trait(?Send)]
impl Resource for SmsTrunks {
    fn kind(&self) -> Kind {
        Kind::SmsTrunk
    }

    fn slug(&self) -> &'static str {
        "sms-trunks"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-sms-trunks",
            lead: "console-sms-trunks-lead",
            icon: "tower",
            add: Some("console-sms-trunk-add"),
            empty: "console-sms-trunks-empty",
            empty_help: "console-sms-trunks-empty-help",
            deletion: Some(Deletion {
                question: "console-sms-trunk-question",
                warning: "console-sms-trunk-warning",
                button: "console-sms-trunk-delete",
            }),
        }
    }

    fn columns(&self) -> &'static [Key] {
        &["console-name", "console-provider", "console-numbers"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let provider = PROVIDERS
            .into_iter()
            .find(|(word, _)| *word == item.text("provider"));
        let provider = provider.map_or_else(String::new, |(_, key)| asked.admin.text(key));
        let enabled = item.body.get("enabled") == Some(&Value::Bool(true));
        let state = if enabled {
            Badge::new(Tone::Good, asked.admin.text("console-enabled"))
        } else {
            Badge::new(Tone::Plain, asked.admin.text("console-disabled"))
        };
        let name = Content::Strong {
            text: item.name().to_owned(),
            href: format!("/console/sms-trunks/{}", item.id),
            detail: Some(item.text("description").to_owned()).filter(|text| !text.is_empty()),
        };
        let provider = Content::Badged {
            text: provider,
            badges: vec![state],
        };
        let [edit, delete] = edit_and_delete(asked, "sms-trunks", &item.id, item.name());
        vec![
            name.into(),
            provider.into(),
            Cell::text(plain(item.body.get("numbers"))),
            edit,
            delete,
        ]
    }

    fn filters(&self, asked: &Asked<'_>) -> Vec<FilterView> {
        vec![search(asked, "console-sms-trunks-search")]
    }

    fn keeps(&self, item: &Shown, asked: &Asked<'_>) -> bool {
        matches(
            asked.admin.asked("q"),
            &[item.name(), &plain(item.body.get("numbers"))],
        )
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        let blank = || {
            json!({
                "name": "", "enabled": true, "provider": "twilio", "numbers": [""],
                "smpp": {"port": 2775, "tls": false, "bind": "transceiver", "binds": 1, "window": 10, "enquire_link_secs": 30},
                "http": {"method": "POST"},
            })
        };
        variant.is_none().then(blank)
    }

    fn form(&self, _around: &Around, subject: Subject<'_>) -> Option<Form> {
        let provider = |word: &'static [&'static str], title: Key, fields: Vec<Field>| {
            let id = word.first().copied().unwrap_or_default();
            Section::new(id, title, fields).when("provider", word)
        };
        Some(Form::of([
            general(subject),
            provider(&["telnyx"], "console-trunk-telnyx", telnyx()),
            provider(&["bandwidth"], "console-trunk-bandwidth", bandwidth()),
            provider(&["twilio"], "console-trunk-twilio", twilio()),
            provider(&["vi"], "console-trunk-vi", voip_innovations()),
            provider(&["ozsms"], "console-trunk-ozsms", ozsms()),
            provider(&["smpp"], "console-trunk-smpp", smpp()),
            provider(&["http"], "console-trunk-http", http()),
            Section::new("numbers", "console-numbers", [numbers()]).help("console-numbers-help"),
        ]))
    }

    async fn act(
        &self,
        admin: &Administrator,
        subject: Subject<'_>,
        (word, _): (&str, &str),
        _body: Value,
    ) -> Result<Acted, ApiError> {
        if word != "verify" {
            return Ok(Acted::Unknown);
        }
        let trunk = subject.id.ok_or(ApiError::NotFound)?;
        let tried = admin.backend.verify_trunk(trunk).await?;
        Ok(Acted::Outcome(verified(admin, &tried)))
    }
}

/// One that is saved can be tried as it is saved.
fn general(subject: Subject<'_>) -> Section {
    let section = Section::new("trunk", "console-general", about());
    let Some(_) = subject.id else {
        return section;
    };
    let verify = Action::new("verify", "console-trunk-verify", "plug");
    section.tail(Block::Action(verify))
}

fn about() -> [Field; 4] {
    [
        Field::new("name", "console-name", Control::Text).required(),
        Field::new("description", "console-description", Control::Text),
        Field::new("provider", "console-provider", select(&PROVIDERS))
            .required()
            .half(),
        Field::new("enabled", "console-trunk-enabled", Control::Checkbox)
            .help("console-trunk-enabled-help"),
    ]
}

fn text(path: &'static str, label: Key) -> Field {
    Field::new(path, label, Control::Text).required().half()
}

fn secret(path: &'static str, label: Key, has: &'static str) -> Field {
    Field::new(path, label, Control::Secret { has })
        .required()
        .half()
}

fn telnyx() -> Vec<Field> {
    vec![
        secret("telnyx.api_key", "console-api-key", "telnyx.has_api_key"),
        text("telnyx.messaging_profile_id", "console-messaging-profile"),
        text("telnyx.public_key", "console-public-key").help("console-public-key-help"),
    ]
}

fn bandwidth() -> Vec<Field> {
    vec![
        text("bandwidth.username", "console-username"),
        secret(
            "bandwidth.password",
            "console-password",
            "bandwidth.has_password",
        ),
        text("bandwidth.user_id", "console-user-id"),
        text("bandwidth.app_id", "console-app-id"),
    ]
}

fn twilio() -> Vec<Field> {
    vec![
        text("twilio.account_sid", "console-account-sid"),
        secret(
            "twilio.auth_token",
            "console-auth-token",
            "twilio.has_auth_token",
        ),
    ]
}

fn voip_innovations() -> Vec<Field> {
    vec![
        text("vi.login", "console-login"),
        secret("vi.secret", "console-secret", "vi.has_secret"),
    ]
}

fn ozsms() -> Vec<Field> {
    vec![
        text("ozsms.username", "console-username"),
        secret("ozsms.api_key", "console-api-key", "ozsms.has_api_key"),
    ]
}

fn smpp() -> Vec<Field> {
    let bind = [
        ("transceiver", "console-bind-transceiver"),
        ("transmitter_receiver", "console-bind-pair"),
    ];
    let field = |path, label, control| Field::new(path, label, control);
    vec![
        text("smpp.host", "console-host").example("smpp.example.net"),
        field("smpp.port", "console-port", bounded(&bounds::PORT, None))
            .required()
            .short(),
        field("smpp.tls", "console-smpp-tls", Control::Checkbox),
        text("smpp.system_id", "console-system-id"),
        secret("smpp.password", "console-password", "smpp.has_password"),
        field("smpp.system_type", "console-system-type", Control::Text).half(),
        field("smpp.bind", "console-bind", select(&bind)).half(),
        field(
            "smpp.binds",
            "console-binds",
            bounded(&bounds::SMPP_BINDS, None),
        )
        .short(),
        field(
            "smpp.window",
            "console-window",
            bounded(&bounds::SMPP_WINDOW, None),
        )
        .short(),
        field(
            "smpp.enquire_link_secs",
            "console-enquire-link",
            bounded(
                &bounds::SMPP_ENQUIRE_LINK_SECS,
                Some("console-unit-seconds"),
            ),
        )
        .short(),
    ]
}

fn http() -> Vec<Field> {
    let methods = [
        ("POST", "console-method-post"),
        ("GET", "console-method-get"),
        ("PUT", "console-method-put"),
    ];
    vec![
        Field::new("http.url", "console-url", Control::Url)
            .example("https://sms.example.net/send")
            .required(),
        Field::new("http.method", "console-method", select(&methods)).short(),
        Field::new(
            "http.headers",
            "console-headers",
            Control::Pairs { rows: 3 },
        )
        .help("console-headers-help"),
        Field::new("http.body", "console-body", Control::Textarea { rows: 4 })
            .help("console-body-help"),
        Field::new("http.id_pointer", "console-id-pointer", Control::Text)
            .help("console-id-pointer-help")
            .half(),
        Field::new(
            "http.token",
            "console-token",
            Control::Secret {
                has: "http.has_token",
            },
        )
        .help("console-token-help")
        .half(),
    ]
}

fn numbers() -> Field {
    let one = Field::new("", "console-number", Control::Tel).example("+33612345678");
    let control = Control::Repeated {
        fields: vec![one],
        add: "console-number-add",
        row: "console-number",
        none: "console-number-none",
        rows_max: bounds::TRUNK_NUMBERS_MAX,
        ordered: false,
    };
    Field::new("numbers", "console-numbers", control)
}

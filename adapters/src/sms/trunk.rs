//! What an administrator gives for an SMS trunk; pure.
//!
//! What must stay true: the fields are those of the API, by provider; secrets are never shown. A trunk that
//! [`TrunkProvider::validate`] accepts may still be refused by its provider, which is what `check` is for.
//!
//! Sources: the credentials of the five companies are those that PBXware asks for (`pbxware.sms.trunks`); SMPP's limits are
//! those of SMPP 3.4, 5.2.1 to 5.2.3 (system_id 15, password 8, system_type 12 octets).

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::http;
use crate::storage::config_db::bounds;

/// Whose trunk it is, and what signs us in there. As JSON it is one member named after the provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrunkProvider {
    Telnyx(Telnyx),
    Bandwidth(Bandwidth),
    Twilio(Twilio),
    /// VoIP Innovations, now Sangoma.
    Vi(Vi),
    #[serde(rename = "ozsms")]
    OzSms(OzSms),
    Smpp(Smpp),
    Http(Http),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Telnyx {
    pub messaging_profile_id: String,
    /// Base64 of the Ed25519 key that verifies webhooks.
    pub public_key: String,
    pub api_key: SecretString,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bandwidth {
    pub username: String,
    /// The id of the account, seven digits.
    pub user_id: String,
    /// The id of the messaging application, a UUID.
    pub app_id: String,
    pub password: SecretString,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Twilio {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    pub auth_token: SecretString,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vi {
    pub login: String,
    pub secret: SecretString,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OzSms {
    pub username: String,
    pub api_key: SecretString,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smpp {
    pub host: String,
    #[serde(default = "default_smpp_port")]
    pub port: u16,
    #[serde(default)]
    pub tls: bool,
    pub system_id: String,
    #[serde(default)]
    pub system_type: String,
    #[serde(default)]
    pub bind: Bind,
    /// How many sessions are kept open, 1 to 20.
    #[serde(default = "default_binds")]
    pub binds: u8,
    /// How many messages of a session may be without their answer, 1 to 1,000.
    #[serde(default = "default_window")]
    pub window: u16,
    /// After how many seconds of silence the session is tried, 5 to 600.
    #[serde(default = "default_enquire_link_secs")]
    pub enquire_link_secs: u16,
    pub password: SecretString,
}

/// How a session is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bind {
    /// One session for both ways.
    #[default]
    Transceiver,
    /// A session for each way.
    TransmitterReceiver,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where a message is handed in; may have placeholders.
    pub url: String,
    #[serde(default = "default_method")]
    pub method: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
    /// Where the id of a message stands in the answer, as a JSON pointer (RFC 6901).
    #[serde(default)]
    pub id_pointer: String,
    #[serde(default)]
    pub token: Option<SecretString>,
}

const fn default_smpp_port() -> u16 {
    2775
}

const fn default_binds() -> u8 {
    1
}

const fn default_window() -> u16 {
    10
}

const fn default_enquire_link_secs() -> u16 {
    30
}

fn default_method() -> String {
    "POST".to_owned()
}

/// A field that cannot be as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct TrunkError {
    /// The field below the provider's member, as in the API.
    pub field: &'static str,
    pub problem: FieldProblem,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldProblem {
    #[error("it is empty")]
    Empty,
    #[error("it has more than {max} characters, or characters that cannot be sent")]
    NotSendable { max: usize },
    #[error("it is not like 3fa85f64-5717-4562-b3fc-2c963f66afa6")]
    NotUuid,
    #[error("it has something else than digits, unlike 9900000")]
    NotDigits,
    #[error("it is not AC and 32 hexadecimal digits")]
    NotAccountSid,
    #[error("it is not GET, POST or PUT")]
    NotMethod,
    #[error("it is not like /messages/0/id")]
    NotPointer,
    #[error("it is not between {} and {}", range.start(), range.end())]
    OutOfRange { range: RangeInclusive<u32> },
    #[error("it is no address that a message may be handed to: {why}")]
    BadUrl { why: String },
}

impl TrunkProvider {
    /// The provider's name in the API.
    #[must_use]
    pub const fn token(&self) -> &'static str {
        match self {
            Self::Telnyx(_) => "telnyx",
            Self::Bandwidth(_) => "bandwidth",
            Self::Twilio(_) => "twilio",
            Self::Vi(_) => "vi",
            Self::OzSms(_) => "ozsms",
            Self::Smpp(_) => "smpp",
            Self::Http(_) => "http",
        }
    }

    /// What is wrong with the fields, in their order; calls nobody.
    #[must_use]
    pub fn validate(&self) -> Vec<TrunkError> {
        let problems: Vec<Option<TrunkError>> = match self {
            Self::Telnyx(telnyx) => telnyx.validate().into(),
            Self::Bandwidth(bandwidth) => bandwidth.validate().into(),
            Self::Twilio(twilio) => twilio.validate().into(),
            Self::Vi(vi) => vec![
                plain("login", &vi.login, 128),
                hidden("secret", &vi.secret, 128),
            ],
            Self::OzSms(ozsms) => vec![
                plain("username", &ozsms.username, 128),
                hidden("api_key", &ozsms.api_key, 256),
            ],
            Self::Smpp(smpp) => smpp.validate().into(),
            Self::Http(http) => http.validate().into(),
        };
        problems.into_iter().flatten().collect()
    }
}

impl Telnyx {
    fn validate(&self) -> [Option<TrunkError>; 3] {
        [
            uuid("messaging_profile_id", &self.messaging_profile_id),
            plain("public_key", &self.public_key, 128),
            hidden("api_key", &self.api_key, 256),
        ]
    }
}

impl Bandwidth {
    fn validate(&self) -> [Option<TrunkError>; 4] {
        let is_digits =
            !self.user_id.is_empty() && self.user_id.bytes().all(|b| b.is_ascii_digit());
        [
            plain("username", &self.username, 128),
            refused_unless(is_digits, "user_id", FieldProblem::NotDigits),
            uuid("app_id", &self.app_id),
            hidden("password", &self.password, 128),
        ]
    }
}

impl Twilio {
    fn validate(&self) -> [Option<TrunkError>; 2] {
        let digits = self.account_sid.strip_prefix("AC").unwrap_or_default();
        let is_sid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        [
            refused_unless(is_sid, "account_sid", FieldProblem::NotAccountSid),
            hidden("auth_token", &self.auth_token, 128),
        ]
    }
}

impl Smpp {
    fn validate(&self) -> [Option<TrunkError>; 8] {
        let bound = |field, value: u16, range: RangeInclusive<u32>| {
            let fits = range.contains(&value.into());
            refused_unless(fits, field, FieldProblem::OutOfRange { range })
        };
        let password = self.password.expose_secret();
        [
            plain("host", &self.host, 253),
            bound("port", self.port, bounds::PORT),
            plain("system_id", &self.system_id, 15),
            text("system_type", &self.system_type, 12),
            bound("binds", self.binds.into(), bounds::SMPP_BINDS),
            bound("window", self.window, bounds::SMPP_WINDOW),
            bound(
                "enquire_link_secs",
                self.enquire_link_secs,
                bounds::SMPP_ENQUIRE_LINK_SECS,
            ),
            text("password", password, 8),
        ]
    }
}

impl Http {
    fn validate(&self) -> [Option<TrunkError>; 3] {
        // A placeholder may stand in the path and in the query, not in the host.
        let base = self.url.split(['?', '#']).next().unwrap_or_default();
        let url = http::base_url(base).err().map(|error| TrunkError {
            field: "url",
            problem: FieldProblem::BadUrl {
                why: error.to_string(),
            },
        });
        let is_method = matches!(self.method.as_str(), "GET" | "POST" | "PUT");
        let is_pointer = self.id_pointer.is_empty() || self.id_pointer.starts_with('/');
        [
            url,
            refused_unless(is_method, "method", FieldProblem::NotMethod),
            refused_unless(is_pointer, "id_pointer", FieldProblem::NotPointer),
        ]
    }
}

fn plain(field: &'static str, value: &str, max: usize) -> Option<TrunkError> {
    refused_unless(!value.is_empty(), field, FieldProblem::Empty)
        .or_else(|| text(field, value, max))
}

fn hidden(field: &'static str, value: &SecretString, max: usize) -> Option<TrunkError> {
    plain(field, value.expose_secret(), max)
}

fn text(field: &'static str, value: &str, max: usize) -> Option<TrunkError> {
    let fits = value.len() <= max && value.bytes().all(|byte| byte.is_ascii_graphic());
    refused_unless(fits, field, FieldProblem::NotSendable { max })
}

fn uuid(field: &'static str, value: &str) -> Option<TrunkError> {
    let is_uuid = uuid::Uuid::try_parse(value).is_ok();
    refused_unless(is_uuid, field, FieldProblem::NotUuid)
}

fn refused_unless(good: bool, field: &'static str, problem: FieldProblem) -> Option<TrunkError> {
    (!good).then_some(TrunkError { field, problem })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fields(trunk: Value) -> Vec<&'static str> {
        let trunk: TrunkProvider = serde_json::from_value(trunk).unwrap();
        let errors = trunk.validate();
        errors.into_iter().map(|error| error.field).collect()
    }

    const UUID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

    #[test]
    fn a_trunk_is_read_as_the_api_writes_it() {
        let sid = format!("AC{}", "0a".repeat(16));
        for (trunk, token) in [
            (
                json!({ "telnyx": { "messaging_profile_id": UUID, "public_key": "a2V5", "api_key": "KEY" } }),
                "telnyx",
            ),
            (
                json!({ "bandwidth": { "username": "u", "user_id": "9900000", "app_id": UUID, "password": "p" } }),
                "bandwidth",
            ),
            (
                json!({ "twilio": { "account_sid": sid, "auth_token": "t" } }),
                "twilio",
            ),
            (json!({ "vi": { "login": "l", "secret": "s" } }), "vi"),
            (
                json!({ "ozsms": { "username": "u", "api_key": "k" } }),
                "ozsms",
            ),
            (
                json!({ "smpp": { "host": "smsc.example", "system_id": "ecluse", "password": "p" } }),
                "smpp",
            ),
            (
                json!({ "http": { "url": "https://sms.example/send?to={to}" } }),
                "http",
            ),
        ] {
            assert_eq!(fields(trunk.clone()), Vec::<&str>::new(), "{trunk}");
            let trunk: TrunkProvider = serde_json::from_value(trunk).unwrap();
            assert_eq!(trunk.token(), token);
        }
    }

    #[test]
    fn each_field_that_cannot_work_is_named() {
        assert_eq!(
            fields(
                json!({ "telnyx": { "messaging_profile_id": "x", "public_key": "", "api_key": "" } })
            ),
            ["messaging_profile_id", "public_key", "api_key"]
        );
        assert_eq!(
            fields(
                json!({ "bandwidth": { "username": "", "user_id": "u-be8", "app_id": "1", "password": "a b" } })
            ),
            ["username", "user_id", "app_id", "password"]
        );
        assert_eq!(
            fields(json!({ "twilio": { "account_sid": "AC12", "auth_token": "" } })),
            ["account_sid", "auth_token"]
        );
        assert_eq!(
            fields(json!({ "smpp": {
                "host": "", "port": 0, "system_id": "a-name-of-sixteen", "system_type": "x".repeat(13), "binds": 0,
                "window": 0, "enquire_link_secs": 1, "password": "ninechars",
            } })),
            [
                "host",
                "port",
                "system_id",
                "system_type",
                "binds",
                "window",
                "enquire_link_secs",
                "password"
            ]
        );
        assert_eq!(
            fields(
                json!({ "http": { "url": "http://sms.example", "method": "PATCH", "id_pointer": "id" } })
            ),
            ["url", "method", "id_pointer"]
        );
    }

    #[test]
    fn no_secret_is_shown() {
        let trunk: TrunkProvider =
            serde_json::from_value(json!({ "vi": { "login": "l", "secret": "s3cret" } })).unwrap();
        assert!(!format!("{trunk:?}").contains("s3cret"));
    }
}

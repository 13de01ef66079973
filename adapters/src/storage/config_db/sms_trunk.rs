//! SMS trunks: the accounts of SMS providers, and the numbers that they carry.

use std::collections::{BTreeMap, BTreeSet};

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use uuid::Uuid;

use super::audit::Resource;
use super::bounds;
use super::channel::ChannelSettings;
use super::channel_check::e164;
use super::document::Document;
use super::mail_server::canonical_host;
use super::secret::{SecretChange, secret_change};
use super::text_check::{check_name, out_of_range, required, too_long, too_many};
use super::violation::{Violation, tell_besides};
use super::word;
use crate::sms::trunk::{FieldProblem, TrunkError, TrunkProvider};

const DESCRIPTION_LENGTH_MAX: usize = 500;
const CREDENTIAL_LENGTH_MAX: usize = 200;
const TEMPLATE_LENGTH_MAX: usize = 10_000;

/// A trunk as it is configured: what is the same for all, and the member named as its provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct SmsTrunkBody {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    pub provider: SmsProvider,
    /// The numbers that may send and receive, in E.164.
    #[serde(default)]
    pub numbers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telnyx: Option<Telnyx>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Bandwidth>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twilio: Option<Twilio>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vi: Option<Vi>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ozsms: Option<Ozsms>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smpp: Option<Smpp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpProvider>,
}

const fn yes() -> bool {
    true
}

/// Who carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum SmsProvider {
    Telnyx,
    Bandwidth,
    Twilio,
    /// VoIP Innovations.
    Vi,
    Ozsms,
    Smpp,
    /// Any other that speaks HTTP, by templates.
    Http,
}

/// Telnyx: messaging profile and the key that signs its webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Telnyx {
    #[cfg_attr(feature = "schema", schema(format = Uuid))]
    pub messaging_profile_id: String,
    pub public_key: String,
    #[serde(
        default,
        skip_serializing_if = "SecretChange::is_left_out",
        deserialize_with = "secret_change"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, write_only))]
    pub api_key: SecretChange,
}

/// Bandwidth: an application of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Bandwidth {
    pub username: String,
    /// The id of the account.
    #[cfg_attr(feature = "schema", schema(pattern = "^[0-9]+$"))]
    pub user_id: String,
    #[cfg_attr(feature = "schema", schema(format = Uuid))]
    pub app_id: String,
    #[serde(
        default,
        skip_serializing_if = "SecretChange::is_left_out",
        deserialize_with = "secret_change"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, write_only))]
    pub password: SecretChange,
}

/// Twilio: an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Twilio {
    #[cfg_attr(feature = "schema", schema(pattern = "^AC[0-9a-fA-F]{32}$"))]
    pub account_sid: String,
    #[serde(
        default,
        skip_serializing_if = "SecretChange::is_left_out",
        deserialize_with = "secret_change"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, write_only))]
    pub auth_token: SecretChange,
}

/// VoIP Innovations: a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Vi {
    pub login: String,
    #[serde(
        default,
        skip_serializing_if = "SecretChange::is_left_out",
        deserialize_with = "secret_change"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, write_only))]
    pub secret: SecretChange,
}

/// OzSMS: a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Ozsms {
    pub username: String,
    #[serde(
        default,
        skip_serializing_if = "SecretChange::is_left_out",
        deserialize_with = "secret_change"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, write_only))]
    pub api_key: SecretChange,
}

/// An SMSC that is spoken to by SMPP 3.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Smpp {
    pub host: String,
    pub port: u16,
    #[serde(default)]
    pub tls: bool,
    /// At most 15 characters (SMPP 3.4, 5.2.1).
    pub system_id: String,
    #[serde(default)]
    pub system_type: String,
    #[serde(default)]
    pub bind: BindKind,
    /// Sessions at once.
    #[serde(default = "one")]
    pub binds: u32,
    /// Requests of a session without an answer.
    #[serde(default = "ten")]
    pub window: u32,
    #[serde(default = "thirty")]
    pub enquire_link_secs: u32,
    #[serde(
        default,
        skip_serializing_if = "SecretChange::is_left_out",
        deserialize_with = "secret_change"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, write_only))]
    pub password: SecretChange,
}

const fn one() -> u32 {
    1
}

const fn ten() -> u32 {
    10
}

const fn thirty() -> u32 {
    30
}

/// How a session binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum BindKind {
    /// One session for both ways.
    #[default]
    Transceiver,
    /// A session for each way.
    TransmitterReceiver,
}

/// A provider that is defined by the request that it takes. `{to}`, `{from}`, `{text}` and `{token}` stand for their values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct HttpProvider {
    pub url: String,
    #[serde(default)]
    pub method: HttpMethod,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
    /// Where the answer has the message's id: a JSON pointer (RFC 6901).
    #[serde(default)]
    pub id_pointer: String,
    #[serde(
        default,
        skip_serializing_if = "SecretChange::is_left_out",
        deserialize_with = "secret_change"
    )]
    #[cfg_attr(feature = "schema", schema(value_type = Option<String>, write_only))]
    pub token: SecretChange,
}

/// How a request is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum HttpMethod {
    Get,
    #[default]
    Post,
    Put,
}

impl Document for SmsTrunkBody {
    const KIND: Resource = Resource::SmsTrunk;

    fn serves(&self, _id: Uuid, channel: &ChannelSettings) -> bool {
        match channel {
            ChannelSettings::Sms(sms) => sms.not_carried_by(self).is_none(),
            _ => true,
        }
    }

    fn reaches_its_provider_anew(&self, before: &Self) -> bool {
        let called_as_before = Self {
            name: before.name.clone(),
            description: before.description.clone(),
            enabled: before.enabled,
            ..self.clone()
        };
        called_as_before != *before
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn check(&mut self) -> Vec<Violation> {
        let mut violations: Vec<Violation> = check_name(&mut self.name).into_iter().collect();
        self.description = self.description.trim().to_owned();
        if self.description.chars().count() > DESCRIPTION_LENGTH_MAX {
            violations.push(too_long("description", DESCRIPTION_LENGTH_MAX));
        }
        self.check_numbers(&mut violations);
        self.check_members(&mut violations);
        self.check_credentials(&mut violations);
        tell_besides(&mut violations, self.refused_by_its_provider(&[]));
        violations
    }

    fn check_secrets(&self, given: &[(&'static str, SecretChange)]) -> Vec<Violation> {
        let is_given =
            |violation: &Violation| given.iter().any(|(name, _)| *name == violation.field);
        let mut refused = self.refused_by_its_provider(given);
        refused.retain(is_given);
        refused
    }

    fn take_secrets(&mut self) -> Vec<(&'static str, SecretChange)> {
        let mut secrets = Vec::new();
        let mut take = |name, secret: Option<&mut SecretChange>| {
            secrets.extend(secret.map(|secret| (name, std::mem::take(secret))));
        };
        take(
            "telnyx.api_key",
            self.telnyx.as_mut().map(|part| &mut part.api_key),
        );
        take(
            "bandwidth.password",
            self.bandwidth.as_mut().map(|part| &mut part.password),
        );
        take(
            "twilio.auth_token",
            self.twilio.as_mut().map(|part| &mut part.auth_token),
        );
        take("vi.secret", self.vi.as_mut().map(|part| &mut part.secret));
        take(
            "ozsms.api_key",
            self.ozsms.as_mut().map(|part| &mut part.api_key),
        );
        take(
            "smpp.password",
            self.smpp.as_mut().map(|part| &mut part.password),
        );
        take("http.token", self.http.as_mut().map(|part| &mut part.token));
        secrets
    }

    fn usable_secrets(&self) -> Vec<(&'static str, bool)> {
        vec![match self.provider {
            SmsProvider::Telnyx => ("telnyx.api_key", true),
            SmsProvider::Bandwidth => ("bandwidth.password", true),
            SmsProvider::Twilio => ("twilio.auth_token", true),
            SmsProvider::Vi => ("vi.secret", true),
            SmsProvider::Ozsms => ("ozsms.api_key", true),
            SmsProvider::Smpp => ("smpp.password", true),
            SmsProvider::Http => ("http.token", false),
        }]
    }

    fn secrets_elsewhere(&self, before: &Self) -> Vec<&'static str> {
        let smpp = self.smpp.as_ref().zip(before.smpp.as_ref());
        let smpp = smpp.filter(|(now, then)| !now.may_have_password_of(then));
        let http = self.http.as_ref().zip(before.http.as_ref());
        let http = http.filter(|(now, then)| origin(&now.url) != origin(&then.url));
        let smpp = smpp.map(|_| "smpp.password");
        smpp.into_iter().chain(http.map(|_| "http.token")).collect()
    }
}

/// Whom a request to this address is sent to: scheme, host and port (RFC 6454).
fn origin(url: &str) -> Option<url::Origin> {
    Url::parse(url).ok().map(|url| url.origin())
}

impl SmsTrunkBody {
    /// What no trunk of the provider can be, by the rules that a trial goes by.
    fn refused_by_its_provider(&self, given: &[(&'static str, SecretChange)]) -> Vec<Violation> {
        let provider = word(&self.provider);
        let Some(trunk) = self.for_trial(&provider, given) else {
            return Vec::new();
        };
        let errors = trunk.validate().into_iter();
        errors.map(|error| violation(&provider, &error)).collect()
    }

    /// The trunk with the secrets that are given; one that is kept was found good before. `None` where a member is missing or
    /// out of all range, which is told elsewhere.
    fn for_trial(
        &self,
        provider: &str,
        given: &[(&'static str, SecretChange)],
    ) -> Option<TrunkProvider> {
        const KEPT: &str = "kept";
        let mut whole = serde_json::to_value(self).ok()?;
        let mut member = whole[provider].take();
        for (name, _) in self.usable_secrets() {
            let given = given.iter().find(|(known, _)| *known == name);
            let secret = match given {
                Some((_, SecretChange::Set(secret))) => secret.expose_secret().trim(),
                _ => KEPT,
            };
            let (_, last) = name.rsplit_once('.')?;
            member
                .as_object_mut()?
                .insert(last.to_owned(), secret.into());
        }
        serde_json::from_value(json!({ provider: member })).ok()
    }

    fn check_numbers(&mut self, violations: &mut Vec<Violation>) {
        if self.numbers.len() > bounds::TRUNK_NUMBERS_MAX {
            let most = bounds::TRUNK_NUMBERS_MAX;
            violations.push(too_many("numbers", most, "numbers"));
            return;
        }
        let mut seen = BTreeSet::new();
        let mut numbers = Vec::with_capacity(self.numbers.len());
        for (index, text) in self.numbers.iter().enumerate() {
            match e164(format!("numbers[{index}]"), text) {
                Ok(number) if seen.insert(number.clone()) => numbers.push(number),
                Ok(_) => {}
                Err(violation) => violations.push(violation),
            }
        }
        if violations.is_empty() {
            self.numbers = numbers;
        }
    }

    /// The provider's member must be there, and no other.
    fn check_members(&self, violations: &mut Vec<Violation>) {
        let rows = [
            (SmsProvider::Telnyx, "telnyx", self.telnyx.is_some()),
            (
                SmsProvider::Bandwidth,
                "bandwidth",
                self.bandwidth.is_some(),
            ),
            (SmsProvider::Twilio, "twilio", self.twilio.is_some()),
            (SmsProvider::Vi, "vi", self.vi.is_some()),
            (SmsProvider::Ozsms, "ozsms", self.ozsms.is_some()),
            (SmsProvider::Smpp, "smpp", self.smpp.is_some()),
            (SmsProvider::Http, "http", self.http.is_some()),
        ];
        for (provider, member, is_there) in rows {
            match (provider == self.provider, is_there) {
                (true, false) => {
                    let message = "is needed for this provider";
                    violations.push(Violation::new(member, "required", message));
                }
                (false, true) => {
                    let message = "does not belong to this provider";
                    violations.push(Violation::new(member, "not_allowed", message));
                }
                (true, true) | (false, false) => {}
            }
        }
    }

    fn check_credentials(&mut self, violations: &mut Vec<Violation>) {
        let mut needed = |field: &str, text: &mut String| {
            *text = text.trim().to_owned();
            if text.is_empty() {
                violations.push(required(field));
            } else if text.len() > CREDENTIAL_LENGTH_MAX {
                violations.push(too_long(field, CREDENTIAL_LENGTH_MAX));
            }
        };
        if let Some(part) = &mut self.telnyx {
            needed(
                "telnyx.messaging_profile_id",
                &mut part.messaging_profile_id,
            );
            needed("telnyx.public_key", &mut part.public_key);
        }
        if let Some(part) = &mut self.bandwidth {
            needed("bandwidth.username", &mut part.username);
            needed("bandwidth.user_id", &mut part.user_id);
            needed("bandwidth.app_id", &mut part.app_id);
        }
        if let Some(part) = &mut self.twilio {
            needed("twilio.account_sid", &mut part.account_sid);
        }
        if let Some(part) = &mut self.vi {
            needed("vi.login", &mut part.login);
        }
        if let Some(part) = &mut self.ozsms {
            needed("ozsms.username", &mut part.username);
        }
        if let Some(part) = &mut self.smpp {
            needed("smpp.system_id", &mut part.system_id);
            part.check(violations);
        }
        if let Some(part) = &mut self.http {
            part.check(violations);
        }
    }
}

fn violation(provider: &str, error: &TrunkError) -> Violation {
    let code = match error.problem {
        FieldProblem::Empty => "required",
        FieldProblem::NotSendable { .. } => "not_sendable",
        FieldProblem::NotUuid => "invalid_uuid",
        FieldProblem::NotDigits => "not_digits",
        FieldProblem::NotAccountSid => "invalid_account_sid",
        FieldProblem::NotMethod => "unknown_value",
        FieldProblem::NotPointer => "invalid_pointer",
        FieldProblem::OutOfRange { .. } => "out_of_range",
        FieldProblem::BadUrl { .. } => "invalid_url",
    };
    let field = format!("{provider}.{}", error.field);
    let refused = Violation::new(field, code, error.problem.to_string());
    match &error.problem {
        FieldProblem::NotSendable { max } => refused.at_most(*max),
        FieldProblem::OutOfRange { range } => refused.within(range),
        _ => refused,
    }
}

impl Smpp {
    /// As [`super::mail_server::MailServer::may_have_secret_of`].
    fn may_have_password_of(&self, saved: &Self) -> bool {
        self.host == saved.host
            && self.port == saved.port
            && self.system_id == saved.system_id
            && (self.tls || !saved.tls)
    }

    /// The octet limits are those of SMPP 3.4, 5.2.1 and 5.2.3, without the closing zero.
    fn check(&mut self, violations: &mut Vec<Violation>) {
        match canonical_host(&self.host) {
            Ok(host) => self.host = host,
            Err(message) => violations.push(Violation::new("smpp.host", "invalid_host", message)),
        }
        if self.port == 0 {
            violations.push(out_of_range("smpp.port", &bounds::PORT));
        }
        if self.system_id.len() > 15 {
            violations.push(too_long("smpp.system_id", 15));
        }
        self.system_type = self.system_type.trim().to_owned();
        if self.system_type.len() > 12 {
            violations.push(too_long("smpp.system_type", 12));
        }
        for (field, value, range) in [
            ("smpp.binds", self.binds, bounds::SMPP_BINDS),
            ("smpp.window", self.window, bounds::SMPP_WINDOW),
            (
                "smpp.enquire_link_secs",
                self.enquire_link_secs,
                bounds::SMPP_ENQUIRE_LINK_SECS,
            ),
        ] {
            if !range.contains(&value) {
                violations.push(out_of_range(field, &range));
            }
        }
    }
}

impl HttpProvider {
    fn check(&mut self, violations: &mut Vec<Violation>) {
        self.url = self.url.trim().to_owned();
        let good = Url::parse(&self.url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !good {
            let message = "must be an address such as https://sms.example.com/send";
            violations.push(Violation::new("http.url", "invalid_url", message));
        }
        if self.body.len() > TEMPLATE_LENGTH_MAX {
            violations.push(too_long("http.body", TEMPLATE_LENGTH_MAX));
        }
        if !self.id_pointer.is_empty() && !self.id_pointer.starts_with('/') {
            let message = "must be a JSON pointer such as /messages/0/id";
            violations.push(Violation::new(
                "http.id_pointer",
                "invalid_pointer",
                message,
            ));
        }
        for (name, value) in &self.headers {
            if !super::channel_check::is_header_name(name) {
                let message = "is not a header's name";
                violations.push(Violation::new(
                    "http.headers",
                    "invalid_header_name",
                    message,
                ));
            } else if !super::channel_check::is_header_value(value) {
                let field = format!("http.headers.{name}");
                violations.push(Violation::new(field, "invalid", "must be printable ASCII"));
            }
        }
    }
}

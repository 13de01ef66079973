//! What 360dialog's partner webhook reports about clients and their numbers; pure.
//!
//! What must stay true: the body is verified before it is read ([`PartnerWebhook::verify`]); an event that this version
//! does not know is [`EventKind::Other`] with its name, never an error, so that it is acknowledged; the bytes stay the
//! caller's, who keeps them for such events.
//!
//! Sources: docs.360dialog.com/partner, webhook events (the names of the events and their fields `client_id`,
//! `phone_number`, `phone_name`, `status`, `account_mode`, `violation_type`) and signature validation
//! (`x-360dialog-signature`, HMAC-SHA256 of the body). Their examples are pictures; the nesting `{"event", "data": {"id",
//! "client_id", "setup_info": {"phone_number", "phone_name"}, "status"}}` is as public code reads it, and fields are taken
//! from either place. The names of the events for changed names and quality are in no page that we could find: whatever
//! starts with `channel_` or `phone_number_` and speaks of a name or of quality is taken for one.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::meta::{AppSecret, EmptySecret, SignatureError};
use crate::sms::number::PhoneNumber;

/// The header with the signature of an event.
pub const EVENT_SIGNATURE_HEADER: &str = "x-360dialog-signature";

/// The receiving end of the partner webhook.
#[derive(Clone, Debug)]
pub struct PartnerWebhook {
    secret: AppSecret,
}

impl PartnerWebhook {
    /// Prepares the platform secret of the partner hub.
    ///
    /// # Errors
    /// It is empty, and would let anybody in.
    pub fn new(secret: &SecretString) -> Result<Self, EmptySecret> {
        AppSecret::new(secret).map(|secret| Self { secret })
    }

    /// Checks a body against its `x-360dialog-signature`: hexadecimal digits, which some examples write after `sha256=`.
    ///
    /// # Errors
    /// The signature is missing, malformed or wrong.
    pub fn verify(&self, signature: Option<&str>, body: &[u8]) -> Result<(), SignatureError> {
        let given = signature.ok_or(SignatureError::Missing)?;
        let digits = given.strip_prefix("sha256=").unwrap_or(given);
        self.secret.verify_digits(digits, body)
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerEvent {
    pub kind: EventKind,
    pub client_id: Option<String>,
    /// The channel, for events about one.
    pub channel_id: Option<String>,
    pub number: Option<PhoneNumber>,
    /// The display name.
    pub name: Option<String>,
    /// 360dialog's word for the channel's state.
    pub status: Option<String>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    ClientCreated,
    ChannelCreated,
    /// Handed to Meta.
    ChannelSubmitted,
    /// Ready to be registered.
    ChannelReady,
    ChannelRunning,
    ChannelLive,
    PermissionGranted,
    PermissionRevoked,
    AccountViolation {
        violation: Option<String>,
    },
    AccountRestriction {
        violation: Option<String>,
    },
    TemplatesEnabled,
    TemplatesDisabled,
    NameChanged,
    QualityChanged,
    ChannelCancelled,
    ChannelTerminated,
    ChannelDeleted,
    /// What this version does not know, by 360dialog's name.
    Other(String),
}

/// The body is no event.
#[derive(Debug, thiserror::Error)]
#[error("the body is no event of 360dialog's")]
pub struct NoEvent(#[source] serde_json::Error);

/// Reads a verified body.
///
/// # Errors
/// It is no JSON object with an `event`.
pub fn parse(body: &[u8]) -> Result<PartnerEvent, NoEvent> {
    let envelope: Envelope = serde_json::from_slice(body).map_err(NoEvent)?;
    let data = &envelope.data;
    let kind = kind(&envelope.event, text(data, "violation_type"));
    let is_about_client = kind == EventKind::ClientCreated;
    let client = data.get("client").and_then(|client| text(client, "id"));
    let own = text(data, "id");
    let client_id = text(data, "client_id").or(client);
    Ok(PartnerEvent {
        client_id: client_id.or_else(|| own.clone().filter(|_| is_about_client)),
        channel_id: text(data, "channel_id").or_else(|| own.filter(|_| !is_about_client)),
        number: setup(data, "phone_number").and_then(|text| PhoneNumber::from_provider(&text).ok()),
        name: setup(data, "phone_name"),
        status: text(data, "status"),
        kind,
    })
}

fn kind(event: &str, violation: Option<String>) -> EventKind {
    match event {
        "client_created" => EventKind::ClientCreated,
        "channel_created" => EventKind::ChannelCreated,
        "channel_submitted" => EventKind::ChannelSubmitted,
        "channel_ready" => EventKind::ChannelReady,
        "channel_running" => EventKind::ChannelRunning,
        "channel_live" => EventKind::ChannelLive,
        "channel_permission_granted" => EventKind::PermissionGranted,
        "channel_permission_revoked" => EventKind::PermissionRevoked,
        "account_violation" => EventKind::AccountViolation { violation },
        "account_restriction" => EventKind::AccountRestriction { violation },
        "template_messaging_enabled" => EventKind::TemplatesEnabled,
        "template_messaging_disabled" => EventKind::TemplatesDisabled,
        "channel_cancelled" | "channel_canceled" => EventKind::ChannelCancelled,
        "channel_terminated" => EventKind::ChannelTerminated,
        "channel_deleted" => EventKind::ChannelDeleted,
        other => changed(other).unwrap_or_else(|| EventKind::Other(other.to_owned())),
    }
}

fn changed(event: &str) -> Option<EventKind> {
    let about = event
        .strip_prefix("channel_")
        .or_else(|| event.strip_prefix("phone_number_"))?;
    if about.contains("name") {
        Some(EventKind::NameChanged)
    } else if about.contains("quality") {
        Some(EventKind::QualityChanged)
    } else {
        None
    }
}

#[derive(Deserialize)]
struct Envelope {
    event: String,
    #[serde(default)]
    data: Value,
}

fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?;
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

fn setup(data: &Value, key: &str) -> Option<String> {
    let nested = data.get("setup_info").and_then(|setup| text(setup, key));
    nested.or_else(|| text(data, key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_event_becomes_a_word_of_ours_and_none_an_error() {
        for (event, expected) in [
            ("channel_created", EventKind::ChannelCreated),
            ("channel_ready", EventKind::ChannelReady),
            ("channel_running", EventKind::ChannelRunning),
            ("channel_permission_granted", EventKind::PermissionGranted),
            ("channel_permission_revoked", EventKind::PermissionRevoked),
            ("template_messaging_disabled", EventKind::TemplatesDisabled),
            ("phone_number_name_update", EventKind::NameChanged),
            ("phone_number_quality_update", EventKind::QualityChanged),
            (
                "channel_painted",
                EventKind::Other("channel_painted".to_owned()),
            ),
            (
                "waba_template_status_changed",
                EventKind::Other("waba_template_status_changed".to_owned()),
            ),
        ] {
            let body = json!({ "id": "e1", "event": event, "data": {} }).to_string();
            assert_eq!(parse(body.as_bytes()).unwrap().kind, expected);
        }
        for body in ["", "[]", "{}", r#"{"event":7}"#] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn an_event_names_its_client_its_channel_and_its_number() {
        let body = json!({
            "event": "channel_permission_granted",
            "data": {
                "id": "skds23CH", "client_id": "3CpBg3CL", "status": "ready", "account_mode": "LIVE",
                "setup_info": { "phone_number": "33639980001", "phone_name": "Maison Écluse" },
                "waba_account": { "id": "DWLgd6WA" },
            },
        });
        let event = parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(event.client_id.as_deref(), Some("3CpBg3CL"));
        assert_eq!(event.channel_id.as_deref(), Some("skds23CH"));
        assert_eq!(event.number.unwrap().as_str(), "+33639980001");
        assert_eq!(event.name.as_deref(), Some("Maison Écluse"));
        assert_eq!(event.status.as_deref(), Some("ready"));

        let body = json!({ "event": "client_created", "data": { "client": { "id": "3CpBg3CL", "name": "Écluse" } } });
        let event = parse(body.to_string().as_bytes()).unwrap();
        assert_eq!(event.client_id.as_deref(), Some("3CpBg3CL"));
        assert_eq!(event.channel_id, None);

        let body = json!({ "event": "account_violation", "data": { "phone_number": "+33639980001", "violation_type": "SPAM" } });
        let event = parse(body.to_string().as_bytes()).unwrap();
        let violation = Some("SPAM".to_owned());
        assert_eq!(event.kind, EventKind::AccountViolation { violation });
        assert_eq!(event.number.unwrap().as_str(), "+33639980001");
    }

    #[test]
    fn an_event_that_nobody_signed_is_refused() {
        let secret = AppSecret::new(&"platform".into()).unwrap();
        let webhook = PartnerWebhook::new(&"platform".into()).unwrap();
        let body = br#"{"event":"client_created"}"#;
        let signed = secret.sign(body);
        let digits = signed.trim_start_matches("sha256=");
        assert_eq!(webhook.verify(Some(digits), body), Ok(()));
        assert_eq!(webhook.verify(Some(&signed), body), Ok(()));
        assert_eq!(webhook.verify(None, body), Err(SignatureError::Missing));
        assert_eq!(
            webhook.verify(Some(digits), b"{}"),
            Err(SignatureError::Mismatch)
        );
        assert!(PartnerWebhook::new(&"".into()).is_err());
    }
}

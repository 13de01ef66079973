//! Why a number at 360dialog could not be connected.
//!
//! Source: docs.360dialog.com/partner, error messages and Partner API. An error is `{"meta": {"success": false,
//! "http_code": …, "developer_message": …}}`. Which status says that a permission is missing is in no page that we could
//! find; 403 is taken for it, and so is a 400 or 409 whose words speak of a permission.

use ecluse_engine::provider::VerifyError;
use serde::Deserialize;

use crate::cmp::{DIALOG360_PARTNER_SECRET, NotAvailable, Remedy};
use crate::http::exchange::Answer;

/// Why a number at 360dialog could not be connected, or its connection not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dialog360Error {
    #[error("360dialog is not available here")]
    NotAvailable(#[source] NotAvailable),
    #[error("360dialog came back without a client: {detail}")]
    Callback { detail: String },
    #[error("the client authorised no number")]
    NothingGranted,
    #[error("360dialog knows no channel {channel_id} of ours")]
    UnknownChannel { channel_id: String },
    /// The client has not shared the channel's key with us, or took it back.
    #[error("the client gave no permission for the channel {channel_id}: {detail}")]
    NoPermission { channel_id: String, detail: String },
    #[error("the channel {channel_id} is not running yet: {status}")]
    NotRunning { channel_id: String, status: String },
    #[error("360dialog does not take the channel's key: {detail}")]
    KeyRefused { detail: String },
    #[error("360dialog does not take the webhook's address: {detail}")]
    WebhookRefused { detail: String },
    #[error("360dialog has another webhook for the number: {found}")]
    WebhookDiffers { found: String },
    #[error("360dialog takes no more calls for now: {detail}")]
    TooManyCalls { detail: String },
    #[error("360dialog cannot be reached")]
    Unreachable(#[source] VerifyError),
    #[error("360dialog refused ({status}): {detail}")]
    Provider { status: u16, detail: String },
    #[error("360dialog's answer is not what was asked for: {detail}")]
    Unreadable { detail: String },
}

impl Dialog360Error {
    /// The error's name in the API; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAvailable(_) => "not_available",
            Self::Callback { .. } => "bad_callback",
            Self::NothingGranted => "nothing_granted",
            Self::UnknownChannel { .. } => "unknown_channel",
            Self::NoPermission { .. } => "no_permission",
            Self::NotRunning { .. } => "not_running",
            Self::KeyRefused { .. } => "key_refused",
            Self::WebhookRefused { .. } => "webhook_refused",
            Self::WebhookDiffers { .. } => "webhook_differs",
            Self::TooManyCalls { .. } => "too_many_calls",
            Self::Unreachable(_) => "unreachable",
            Self::Provider { .. } => "provider_error",
            Self::Unreadable { .. } => "provider_unreadable",
        }
    }

    /// What mends it.
    #[must_use]
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::NotAvailable(_) | Self::WebhookRefused { .. } => Remedy::TellOperator,
            Self::NothingGranted | Self::NoPermission { .. } => Remedy::AllowAll,
            Self::Callback { .. } | Self::KeyRefused { .. } | Self::WebhookDiffers { .. } => {
                Remedy::ConnectAgain
            }
            Self::UnknownChannel { .. } => Remedy::ChangeAtProvider,
            Self::NotRunning { .. }
            | Self::TooManyCalls { .. }
            | Self::Unreachable(_)
            | Self::Provider { .. }
            | Self::Unreadable { .. } => Remedy::TryLater,
        }
    }
}

/// What an answer other than success says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) detail: String,
}

impl Refusal {
    pub(super) fn read(answer: &Answer) -> Self {
        let body: Body = serde_json::from_slice(&answer.body).unwrap_or_default();
        let words = body.meta.and_then(|meta| meta.developer_message);
        let words = words.or_else(|| body.error.and_then(|error| error.message));
        Self {
            status: answer.status,
            detail: words.unwrap_or_else(|| format!("HTTP status {}", answer.status)),
        }
    }

    /// What it means for a call to the Partner API, about one channel or about all.
    pub(super) fn of_partner(self, channel_id: Option<&str>) -> Dialog360Error {
        let about_permission = self.detail.to_ascii_lowercase().contains("permission");
        let channel_id = channel_id.map(str::to_owned);
        match (self.status, channel_id) {
            (401, _) => refused_partner(self.detail),
            (403, Some(channel_id)) => no_permission(channel_id, self.detail),
            (400 | 409, Some(channel_id)) if about_permission => {
                no_permission(channel_id, self.detail)
            }
            (403, None) => refused_partner(self.detail),
            (404, Some(channel_id)) => Dialog360Error::UnknownChannel { channel_id },
            (_, _) => self.of_anything(),
        }
    }

    /// What it means for a call with a number's key.
    pub(super) fn of_key(self) -> Dialog360Error {
        let detail = self.detail.clone();
        match self.status {
            401 | 403 => Dialog360Error::KeyRefused { detail },
            400 | 422 => Dialog360Error::WebhookRefused { detail },
            _ => self.of_anything(),
        }
    }

    fn of_anything(self) -> Dialog360Error {
        let Self { status, detail } = self;
        match status {
            429 => Dialog360Error::TooManyCalls { detail },
            _ => Dialog360Error::Provider { status, detail },
        }
    }
}

pub(super) const fn refused_partner(detail: String) -> Dialog360Error {
    Dialog360Error::NotAvailable(NotAvailable::Refused {
        setting: DIALOG360_PARTNER_SECRET,
        detail,
    })
}

const fn no_permission(channel_id: String, detail: String) -> Dialog360Error {
    Dialog360Error::NoPermission { channel_id, detail }
}

#[derive(Default, Deserialize)]
struct Body {
    meta: Option<Meta>,
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(alias = "developerMessage")]
    developer_message: Option<String>,
}

#[derive(Deserialize)]
struct ErrorObject {
    message: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, words: &str) -> Refusal {
        let body = format!(r#"{{"meta":{{"success":false,"developer_message":"{words}"}}}}"#);
        Refusal::read(&Answer {
            status,
            body: body.into_bytes(),
        })
    }

    #[test]
    fn every_refusal_of_360dialogs_has_one_meaning() {
        for (status, words, channel, expected) in [
            (401, "Unauthorized", Some("c"), "not_available"),
            (403, "Forbidden", Some("c"), "no_permission"),
            (400, "Partner has no permission", Some("c"), "no_permission"),
            (403, "Forbidden", None, "not_available"),
            (404, "Not found", Some("c"), "unknown_channel"),
            (404, "Not found", None, "provider_error"),
            (429, "Slow down", Some("c"), "too_many_calls"),
            (500, "Oops", Some("c"), "provider_error"),
        ] {
            let error = refusal(status, words).of_partner(channel);
            assert_eq!(error.code(), expected, "{status} {words}");
        }
        assert_eq!(refusal(401, "x").of_key().code(), "key_refused");
        assert_eq!(refusal(400, "x").of_key().code(), "webhook_refused");
        assert_eq!(refusal(502, "x").of_key().code(), "provider_error");
    }
}

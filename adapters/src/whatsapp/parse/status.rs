//! One element of `statuses`: how far a message of ours got.

use serde::Deserialize;
use serde_json::value::RawValue;

use ecluse_engine::ids::Address;
use ecluse_engine::message::{ProviderError, Status, StatusReport};

use super::message::Seconds;
use super::{Contacts, present};
use crate::meta::Str;
use crate::whatsapp::ReceivedItem;

/// Reads one element; `None` for a word that says nothing of how far the message got (`deleted`, `warning`, `played`),
/// for a message to a group, which has no one customer, and for an element that does not say which message, or whose.
pub(super) fn read(raw: &RawValue, contacts: &Contacts<'_, '_>) -> Option<ReceivedItem> {
    let report: Report<'_> = serde_json::from_str(raw.get()).ok()?;
    if report.recipient_type.as_deref() == Some("group") {
        return None;
    }
    let status = match &*report.status {
        "sent" => Status::Sent,
        "delivered" => Status::Delivered,
        "read" => Status::Read,
        "failed" => Status::Failed,
        _ => return None,
    };
    let id = present(report.id.as_ref())?;
    let recipient = report.recipient().or_else(|| contacts.sole_id())?;
    Some(ReceivedItem::Status {
        recipient: Address::from(recipient),
        report: StatusReport {
            provider_id: id.into(),
            status,
            at: report.timestamp.0,
            error: report.errors.and_then(first_error),
        },
    })
}

#[derive(Deserialize)]
struct Report<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    status: Str<'a>,
    #[serde(default)]
    timestamp: Seconds,
    recipient_type: Option<Str<'a>>,
    recipient_id: Option<Str<'a>>,
    recipient_user_id: Option<Str<'a>>,
    /// Read apart, so that a strange error does not hide the failure.
    errors: Option<&'a RawValue>,
}

impl Report<'_> {
    fn recipient(&self) -> Option<&str> {
        present(self.recipient_id.as_ref()).or_else(|| present(self.recipient_user_id.as_ref()))
    }
}

fn first_error(raw: &RawValue) -> Option<ProviderError> {
    let errors: Vec<ErrorObject<'_>> = serde_json::from_str(raw.get()).ok()?;
    errors.first().map(ErrorObject::to_error)
}

/// An error as webhooks report it.
#[derive(Deserialize)]
struct ErrorObject<'a> {
    #[serde(default)]
    code: i64,
    #[serde(borrow)]
    title: Option<Str<'a>>,
    message: Option<Str<'a>>,
    error_data: Option<ErrorData<'a>>,
}

#[derive(Deserialize)]
struct ErrorData<'a> {
    #[serde(borrow)]
    details: Option<Str<'a>>,
}

impl ErrorObject<'_> {
    fn to_error(&self) -> ProviderError {
        let message = present(self.message.as_ref());
        let title = present(self.title.as_ref()).or(message).unwrap_or_default();
        let details = self
            .error_data
            .as_ref()
            .and_then(|data| present(data.details.as_ref()));
        ProviderError {
            code: self.code,
            title: title.to_owned(),
            detail: details
                .or_else(|| message.filter(|m| *m != title))
                .map(str::to_owned),
        }
    }
}

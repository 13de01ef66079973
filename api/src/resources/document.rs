//! Chatbots, forms and SMS trunks: shown as they are stored, with what only we set around them.

use ecluse_adapters::storage::config_db::{
    Change, ConfigError, Document, DocumentDraft, DocumentRecord,
};
use serde_json::{Map, Value};

use super::{Place, value};
use crate::error::{ApiError, Mended};
use crate::routes::common::rfc3339;

/// What is shown of a trunk and says nothing.
pub(super) const TRUNK_READ_ONLY: &[&str] = &[
    "id",
    "created_at",
    "updated_at",
    "telnyx.has_api_key",
    "bandwidth.has_password",
    "twilio.has_auth_token",
    "vi.has_secret",
    "ozsms.has_api_key",
    "smpp.has_password",
    "http.has_token",
];

/// What of a trunk is never shown.
pub(super) const TRUNK_SECRETS: &[&str] = &[
    "telnyx.api_key",
    "bandwidth.password",
    "twilio.auth_token",
    "vi.secret",
    "ozsms.api_key",
    "smpp.password",
    "http.token",
];

/// A document as it is shown: its body, and for each secret that it can have whether it is there.
#[must_use]
pub fn document_view<D: Document>(record: &DocumentRecord<D>) -> Value {
    let mut body = value(&record.body);
    for (secret, _) in record.body.usable_secrets() {
        tell_secret(&mut body, secret, record.secrets.contains(secret));
    }
    let mut shown = Map::new();
    shown.insert("id".to_owned(), value(&record.id));
    shown.insert("key".to_owned(), value(&record.key));
    if let Value::Object(members) = body {
        shown.extend(members);
    }
    shown.insert("created_at".to_owned(), value(&rfc3339(record.created_at)));
    shown.insert("updated_at".to_owned(), value(&rfc3339(record.updated_at)));
    Value::Object(shown)
}

/// Sets `twilio.has_auth_token` for the secret `twilio.auth_token`.
fn tell_secret(body: &mut Value, secret: &str, is_there: bool) {
    let Some((parent, name)) = secret.rsplit_once('.') else {
        return;
    };
    if let Some(Value::Object(members)) = super::at_mut(body, parent) {
        members.insert(format!("has_{name}"), Value::Bool(is_there));
    }
}

/// Reads a body: its `key` belongs to the row, the rest is the document.
pub(super) fn draft<D: Document>(mut body: Value) -> Result<DocumentDraft<D>, ApiError> {
    Ok(DocumentDraft {
        key: take_key(&mut body)?,
        body: crate::error::parse_value(&body)?,
    })
}

/// Reads what can be read of a body.
pub(super) fn mended<D: Document>(mut body: Value) -> Option<Mended<DocumentDraft<D>>> {
    let key = take_key(&mut body).ok()?;
    let Mended { read, faults } = crate::error::mended(&body)?;
    let read = DocumentDraft { key, body: read };
    Some(Mended { read, faults })
}

fn take_key(body: &mut Value) -> Result<Option<String>, ApiError> {
    let key = body
        .as_object_mut()
        .and_then(|members| members.remove("key"));
    match key {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(key)) => Ok(Some(key)),
        Some(_) => Err(ApiError::field("key", "invalid", "must be a text")),
    }
}

pub(super) async fn put<D: Document>(
    change: &mut Change,
    at: Option<Place>,
    draft: DocumentDraft<D>,
) -> Result<DocumentRecord<D>, ConfigError> {
    match at {
        None => change.create_document(draft).await,
        Some(Place { id, expected }) => change.change_document(id, expected, draft).await,
    }
}

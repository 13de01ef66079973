//! What the Graph API refuses, without any HTTP: a request's parts in, an acceptance or Meta's error out.
//!
//! What must stay true: whatever is accepted here would be accepted by Meta. Of the types of messages only text is
//! taken; a known other type is refused as unsupported, so that nothing comes to rely on what is not checked.
//!
//! Source: developers.facebook.com, WhatsApp error codes and messages reference.

use serde_json::{Map, Value, json};

use crate::whatsapp::TEXT_LIMIT;

/// An error of the Graph API, with the HTTP status that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    pub status: u16,
    pub code: i64,
    pub subcode: Option<i64>,
    pub kind: &'static str,
    pub message: String,
    pub details: Option<String>,
    /// The header `Retry-After`, in seconds.
    pub retry_after_secs: Option<u64>,
}

impl GraphError {
    /// An error with a code and the status that Meta gives with it.
    #[must_use]
    pub fn new(code: i64, message: &str) -> Self {
        Self {
            status: status_of(code),
            code,
            subcode: None,
            kind: "OAuthException",
            message: format!("(#{code}) {message}"),
            details: None,
            retry_after_secs: None,
        }
    }

    fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// The body of the answer.
    pub(super) fn body(&self) -> Value {
        let mut error = json!({
            "message": self.message, "type": self.kind, "code": self.code, "fbtrace_id": "A4O5a8RAgePwbcGSuStandIn",
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if let Some(details) = &self.details {
            error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        json!({ "error": error })
    }

    /// The element of `errors` in a failed status.
    pub(super) fn as_webhook(&self) -> Value {
        let title = self
            .message
            .split_once(") ")
            .map_or(&*self.message, |(_, title)| title);
        json!({
            "code": self.code, "title": title, "message": title,
            "error_data": { "details": self.details.as_deref().unwrap_or(title) },
            "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
        })
    }

    pub(super) fn bad_token() -> Self {
        Self {
            message: "Invalid OAuth access token - Cannot parse access token".to_owned(),
            ..Self::new(190, "")
        }
    }

    pub(super) fn no_such_object(id: &str) -> Self {
        Self {
            kind: "GraphMethodException",
            subcode: Some(33),
            message: format!(
                "Unsupported post request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation"
            ),
            ..Self::new(100, "")
        }
    }

    /// The token lacks `whatsapp_business_management`, or its person the task on the account.
    pub(super) fn no_permission() -> Self {
        Self::new(200, "You do not have permission to access this object")
    }

    pub(super) fn bad_proof() -> Self {
        Self::new(100, "Invalid appsecret_proof provided in the API argument")
    }

    pub(super) fn unknown_path() -> Self {
        Self::new(2500, "Unknown path components")
    }

    pub(super) fn window_closed() -> Self {
        Self::new(131047, "Re-engagement message").details(
            "Message failed to send because more than 24 hours have passed since the customer last replied to this \
             number.",
        )
    }

    pub(super) fn throughput() -> Self {
        Self::new(130429, "Rate limit hit")
            .details("Message failed to send because there were too many messages sent from this phone number in a short period of time.")
    }

    pub(super) fn pair() -> Self {
        Self::new(131056, "(Business Account, Consumer Account) pair rate limit hit").details(
            "Message failed to send because there were too many messages sent from this phone number to the same phone \
             number in a short period of time.",
        )
    }
}

fn status_of(code: i64) -> u16 {
    match code {
        190 | 0 => 401,
        10 | 200..=299 | 368 | 130497 | 131005 | 131031 => 403,
        3 | 131000 | 131057 => 500,
        2 | 131016 => 503,
        _ => 400,
    }
}

/// What a well-formed request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Text {
        to: String,
        input: String,
        body: String,
    },
    MarkRead,
}

const TYPES: [&str; 12] = [
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
    "order",
];

/// Reads the body of `POST /{number}/messages`. `own` is the sending number.
pub(super) fn read(body: &[u8], own: &str) -> Result<Asked, GraphError> {
    let Ok(Value::Object(request)) = serde_json::from_slice(body) else {
        return Err(invalid("The body is not a JSON object."));
    };
    if string(&request, "messaging_product")? != Some("whatsapp") {
        return Err(GraphError::new(
            100,
            "The parameter messaging_product is required.",
        ));
    }
    if string(&request, "status")? == Some("read") {
        return read_mark(&request);
    }
    known_keys(
        &request,
        "request",
        &[
            "messaging_product",
            "recipient_type",
            "to",
            "recipient",
            "type",
            "text",
            "context",
            "biz_opaque_callback_data",
        ],
    )?;
    if !matches!(
        string(&request, "recipient_type")?,
        None | Some("individual")
    ) {
        return Err(bad_value("recipient_type must be individual"));
    }
    let (input, to) = recipient(&request, own)?;
    context(&request)?;
    let body = text(&request)?;
    Ok(Asked::Text { to, input, body })
}

fn read_mark(request: &Map<String, Value>) -> Result<Asked, GraphError> {
    known_keys(
        request,
        "request",
        &[
            "messaging_product",
            "status",
            "message_id",
            "typing_indicator",
        ],
    )?;
    match string(request, "message_id")? {
        Some(id) if id.starts_with("wamid.") => Ok(Asked::MarkRead),
        Some(_) => Err(bad_value("message_id is not the id of a message")),
        None => Err(missing("message_id")),
    }
}

fn recipient(request: &Map<String, Value>, own: &str) -> Result<(String, String), GraphError> {
    if let Some(user_id) = string(request, "recipient")? {
        return Ok((user_id.to_owned(), user_id.to_owned()));
    }
    let input = string(request, "to")?.ok_or_else(|| missing("to"))?;
    let digits: String = input
        .chars()
        .filter(|c| !matches!(c, '+' | ' ' | '-' | '(' | ')'))
        .collect();
    if !(7..=15).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad_value("to is not a phone number"));
    }
    if digits == own {
        return Err(GraphError::new(131021, "Recipient cannot be sender")
            .details("Recipient is the same as the business number"));
    }
    Ok((input.to_owned(), digits))
}

fn context(request: &Map<String, Value>) -> Result<(), GraphError> {
    let Some(context) = request.get("context") else {
        return Ok(());
    };
    let context = context
        .as_object()
        .ok_or_else(|| bad_value("context is not an object"))?;
    known_keys(context, "context", &["message_id"])?;
    match string(context, "message_id")? {
        Some(id) if !id.is_empty() => Ok(()),
        Some(_) | None => Err(missing("context['message_id']")),
    }
}

fn text(request: &Map<String, Value>) -> Result<String, GraphError> {
    match string(request, "type")?.unwrap_or("text") {
        "text" => {}
        known if TYPES.contains(&known) => {
            return Err(GraphError::new(131051, "Unsupported message type")
                .details(format!("This stand-in takes text only, not {known}.")));
        }
        _ => {
            return Err(invalid(&format!(
                "Param type must be one of {{{}}}",
                TYPES.join(", ")
            )));
        }
    }
    let text = request.get("text").ok_or_else(|| missing("text"))?;
    let text = text
        .as_object()
        .ok_or_else(|| bad_value("text is not an object"))?;
    known_keys(text, "text", &["body", "preview_url"])?;
    if text
        .get("preview_url")
        .is_some_and(|preview| !preview.is_boolean())
    {
        return Err(bad_value("text['preview_url'] is not a boolean"));
    }
    let body = string(text, "body")?.ok_or_else(|| missing("text['body']"))?;
    if body.is_empty() {
        return Err(invalid(
            "Param text['body'] must be at least 1 character long.",
        ));
    }
    if body.chars().count() > TEXT_LIMIT {
        return Err(invalid(&format!(
            "Param text['body'] must be at most {TEXT_LIMIT} characters long."
        )));
    }
    Ok(body.to_owned())
}

fn known_keys(object: &Map<String, Value>, name: &str, known: &[&str]) -> Result<(), GraphError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(invalid(&format!(
            "Unexpected key \"{key}\" on param \"{name}\"."
        ))),
        None => Ok(()),
    }
}

fn string<'a>(object: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, GraphError> {
    match object.get(key) {
        None => Ok(None),
        Some(value) => value
            .as_str()
            .map(Some)
            .ok_or_else(|| bad_value(&format!("{key} is not a string"))),
    }
}

fn invalid(message: &str) -> GraphError {
    GraphError::new(100, message)
}

fn missing(parameter: &str) -> GraphError {
    GraphError::new(131008, "Required parameter is missing")
        .details(format!("Parameter {parameter} is missing."))
}

fn bad_value(details: &str) -> GraphError {
    GraphError::new(131009, "Parameter value is not valid").details(details)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_meta_refuses_is_refused() {
        let good = json!({
            "messaging_product": "whatsapp", "recipient_type": "individual", "to": "+33 6 39 98 00 01",
            "type": "text", "text": { "preview_url": false, "body": "Bonjour" }, "context": { "message_id": "wamid.x" },
        });
        let change = |path: &str, value: Value| {
            let mut request = good.clone();
            match (path, value) {
                (path, Value::Null) => drop(request.as_object_mut().unwrap().remove(path)),
                (path, value) => request[path] = value,
            }
            read(request.to_string().as_bytes(), "15550783881").map_err(|error| error.code)
        };
        let accepted = Asked::Text {
            to: "33639980001".to_owned(),
            input: "+33 6 39 98 00 01".to_owned(),
            body: "Bonjour".to_owned(),
        };
        assert_eq!(change("context", Value::Null), Ok(accepted.clone()));
        assert_eq!(change("type", Value::Null), Ok(accepted));
        for (path, value, code) in [
            ("messaging_product", Value::Null, 100),
            ("messaging_product", json!("messenger"), 100),
            ("recipient_type", json!("group"), 131009),
            ("to", Value::Null, 131008),
            ("to", json!("12"), 131009),
            ("to", json!("zoe@example"), 131009),
            ("to", json!(33639980001_u64), 131009),
            ("to", json!("15550783881"), 131021),
            ("type", json!("fax"), 100),
            ("type", json!("image"), 131051),
            ("text", Value::Null, 131008),
            ("text", json!("Bonjour"), 131009),
            ("text", json!({}), 131008),
            ("text", json!({ "body": "" }), 100),
            ("text", json!({ "body": 3 }), 131009),
            ("text", json!({ "body": "é".repeat(4_097) }), 100),
            ("text", json!({ "body": "a", "bold": true }), 100),
            ("text", json!({ "body": "a", "preview_url": "no" }), 131009),
            ("context", json!({}), 131008),
            ("context", json!({ "id": "wamid.x" }), 100),
            ("client_id", json!("7"), 100),
        ] {
            assert_eq!(change(path, value.clone()), Err(code), "{path} = {value}");
        }
        assert!(change("text", json!({ "body": "é".repeat(4_096) })).is_ok());
        assert_eq!(read(b"{", "1").unwrap_err().code, 100);
        assert_eq!(read(b"[]", "1").unwrap_err().code, 100);
        let mark =
            json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x" });
        assert_eq!(read(mark.to_string().as_bytes(), "1"), Ok(Asked::MarkRead));
    }
}

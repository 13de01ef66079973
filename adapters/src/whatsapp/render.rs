//! Our words into the body of `POST /{number}/messages`; nothing else happens.
//!
//! Source: Meta's own examples in business-messaging-api_v23.0.yaml.

use serde::Serialize;

use ecluse_engine::ids::Address;
use ecluse_engine::message::{Content, Outbound};
use ecluse_engine::provider::NotAllowed;

/// The request's body, as JSON.
///
/// # Errors
/// The content is of a kind that this version cannot send.
pub fn render(to: &Address, message: &Outbound) -> Result<Vec<u8>, NotAllowed> {
    let text = match &message.content {
        Content::Text(text) => &text.body,
        Content::Media(_) => return Err(NotAllowed::Unsupported { kind: "media" }),
        Content::Location(_) => return Err(NotAllowed::Unsupported { kind: "location" }),
        Content::Contacts(_) => return Err(NotAllowed::Unsupported { kind: "contacts" }),
        Content::Interactive(_) => {
            return Err(NotAllowed::Unsupported {
                kind: "interactive",
            });
        }
        Content::Reaction(_) => return Err(NotAllowed::Unsupported { kind: "reaction" }),
        Content::Unknown(_) => return Err(NotAllowed::Unsupported { kind: "unknown" }),
    };
    let by_user_id = is_user_id(&to.0);
    let request = Request {
        messaging_product: "whatsapp",
        recipient_type: "individual",
        to: (!by_user_id).then_some(&to.0),
        recipient: by_user_id.then_some(&to.0),
        context: message
            .reply_to
            .as_ref()
            .map(|id| Context { message_id: &id.0 }),
        kind: "text",
        text: Text {
            preview_url: false,
            body: text,
        },
    };
    Ok(serde_json::to_vec(&request).expect("text and flags are always JSON"))
}

/// Whether an address is a business-scoped user id (`US.1349…`), which Meta takes in a field of its own.
fn is_user_id(address: &str) -> bool {
    match address.as_bytes() {
        [first, second, b'.', ..] => first.is_ascii_uppercase() && second.is_ascii_uppercase(),
        _ => false,
    }
}

#[derive(Serialize)]
struct Request<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
    #[serde(rename = "type")]
    kind: &'static str,
    text: Text<'a>,
}

#[derive(Serialize)]
struct Context<'a> {
    message_id: &'a str,
}

#[derive(Serialize)]
struct Text<'a> {
    preview_url: bool,
    body: &'a str,
}

//! Meta's wire format, written rather than read.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rand::RngExt as _;
use serde_json::{Value, json};

use ecluse_engine::message::Timestamp;

use super::graph::GraphError;

/// The number that the stand-in plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    pub phone_number_id: String,
    pub display_phone_number: String,
    pub verified_name: String,
}

/// One element to deliver, with what the value around it needs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Message {
        wa_id: String,
        name: String,
        message: Value,
    },
    Status(Value),
}

/// What a customer writes.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    Text(String),
    Photo {
        caption: String,
    },
    Place {
        name: String,
        latitude: f64,
        longitude: f64,
    },
    /// An emoji on our last answer; as text, if there was none.
    Reaction(String),
}

/// A message id as Meta makes them: base64 of the number, a direction and random digits.
pub(super) fn message_id(number: &str, from_customer: bool) -> String {
    let mut rng = rand::rng();
    let (mark, prefix, digits): (&[u8], _, _) = if from_customer {
        (b"\x15\x02\x00\x12\x18\x14", "3A", 18)
    } else {
        (b"\x15\x02\x00\x11\x18\x12", "", 18)
    };
    let mut bytes = vec![0x1c, 0x18, u8::try_from(number.len()).unwrap_or(u8::MAX)];
    bytes.extend_from_slice(number.as_bytes());
    bytes.extend_from_slice(mark);
    bytes.extend_from_slice(prefix.as_bytes());
    for _ in 0..digits {
        let digit = rng.random_range(0..16_u32);
        bytes.push(
            char::from_digit(digit, 16)
                .unwrap_or('0')
                .to_ascii_uppercase() as u8,
        );
    }
    bytes.push(0);
    format!("wamid.{}", BASE64_STANDARD.encode(bytes))
}

/// An element of `messages`. `answered` is our last answer to the customer.
pub(super) fn message(
    id: &str,
    from: &str,
    at: Timestamp,
    line: &Line,
    answered: Option<&str>,
) -> Value {
    let mut message = json!({ "from": from, "id": id, "timestamp": seconds(at) });
    let (kind, part) = match (line, answered) {
        (Line::Text(body), _) => ("text", json!({ "body": body })),
        (Line::Photo { caption }, _) => ("image", photo(id, caption)),
        (
            Line::Place {
                name,
                latitude,
                longitude,
            },
            _,
        ) => (
            "location",
            json!({ "latitude": latitude, "longitude": longitude, "name": name }),
        ),
        (Line::Reaction(emoji), Some(answer)) => {
            ("reaction", json!({ "message_id": answer, "emoji": emoji }))
        }
        (Line::Reaction(emoji), None) => ("text", json!({ "body": emoji })),
    };
    message[kind] = part;
    message["type"] = json!(kind);
    message
}

fn photo(id: &str, caption: &str) -> Value {
    let hash = BASE64_STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, id.as_bytes()));
    json!({ "caption": caption, "mime_type": "image/jpeg", "sha256": hash, "id": "1003383421387256" })
}

/// An element of `statuses`.
pub(super) fn status(
    id: &str,
    recipient: &str,
    word: &str,
    at: Timestamp,
    error: Option<&GraphError>,
) -> Value {
    let mut status = json!({
        "id": id, "status": word, "timestamp": seconds(at), "recipient_id": recipient,
    });
    match error {
        Some(error) => status["errors"] = json!([error.as_webhook()]),
        None => {
            status["pricing"] = json!({
                "billable": false, "pricing_model": "PMP", "category": "service",
                "type": "free_customer_service",
            });
        }
    }
    status
}

fn seconds(at: Timestamp) -> String {
    at.0.div_euclid(1_000_000).to_string()
}

/// A body with the pieces, in order, neighbours of one kind in one change.
pub(super) fn body(number: &Number, account: &str, pieces: &[Piece]) -> String {
    let mut changes: Vec<Value> = Vec::new();
    for same in
        pieces.chunk_by(|a, b| matches!(a, Piece::Status(_)) == matches!(b, Piece::Status(_)))
    {
        changes.push(json!({ "value": value(number, same), "field": "messages" }));
    }
    let body = json!({
        "object": "whatsapp_business_account",
        "entry": [{ "id": account, "changes": changes }],
    });
    escaped(&body.to_string())
}

fn value(number: &Number, pieces: &[Piece]) -> Value {
    let mut contacts = Vec::new();
    let mut messages = Vec::new();
    let mut statuses = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Message {
                wa_id,
                name,
                message,
            } => {
                contacts.push(json!({ "profile": { "name": name }, "wa_id": wa_id }));
                messages.push(message);
            }
            Piece::Status(status) => statuses.push(status),
        }
    }
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": number.display_phone_number,
            "phone_number_id": number.phone_number_id,
        },
    });
    if !messages.is_empty() {
        value["contacts"] = json!(contacts);
        value["messages"] = json!(messages);
    }
    if !statuses.is_empty() {
        value["statuses"] = json!(statuses);
    }
    value
}

/// JSON as Meta writes it: what is not ASCII as UTF-16 escapes, and slashes escaped. Both occur in strings only.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 8);
    for character in json.chars() {
        match character {
            '/' => text.push_str("\\/"),
            ' '..='~' => text.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(text, "\\u{unit:04x}").expect("writing to a string cannot fail");
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_escaped_as_meta_escapes_them() {
        assert_eq!(
            escaped(r#"{"a":"é/😀~"}"#),
            r#"{"a":"\u00e9\/\ud83d\ude00~"}"#
        );
    }

    #[test]
    fn message_ids_look_like_metas() {
        let id = message_id("16503879439", true);
        assert!(id.starts_with("wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQz"), "{id}");
        assert_ne!(id, message_id("16503879439", true));
    }
}

//! What a body of each kind looks like: the examples of the API's document.

use serde_json::{Value, json};

use crate::resources::Kind;

const QUEUE: &str = "0198f3b2-6b0e-7c31-9d0a-52a1b6f0c1de";
const TRUNK: &str = "0198f3b2-6b0e-7c31-9d0a-52a1b6f0c1df";

/// A body that would be accepted where its queue and its trunk are.
#[must_use]
pub fn of(kind: Kind) -> Value {
    match kind {
        Kind::Channel => json!({
            "kind": "sms", "key": "sms-paris", "name": "SMS Paris", "destination": { "queue": QUEUE }, "language": "fr",
            "auto_replies": {
                "welcome": { "fr": "Merci, nous arrivons.", "en": "Thank you, we are coming." },
                "closed": { "fr": "À bientôt.", "en": "Goodbye.", "enabled": false },
            },
            "sms": { "number": "+33639980001", "trunk": TRUNK },
        }),
        Kind::Queue => json!({
            "key": "support", "name": "Support", "strategy": "auto", "offer_timeout_secs": 30, "max_per_agent": 5,
            "members": [],
        }),
        Kind::Chatbot => json!({
            "name": "Welcome", "fallback_queue": QUEUE,
            "options": [{ "label": { "fr": "Une commande", "en": "An order" }, "queue": QUEUE }],
        }),
        Kind::Form => json!({
            "name": "Before the chat", "purpose": "prechat",
            "fields": [
                { "name": "name", "type": "text", "label": { "fr": "Votre nom", "en": "Your name" }, "required": true },
                { "name": "order", "type": "text", "label": { "fr": "Commande", "en": "Order" } },
            ],
        }),
        Kind::SmsTrunk => json!({
            "name": "Twilio", "provider": "twilio", "numbers": ["+33639980001"],
            "twilio": { "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "0123456789abcdef0123456789abcdef" },
        }),
        Kind::Agent => json!({
            "name": "Ada Lovelace", "email": "ada@example.com", "role": "agent", "language": "en",
        }),
    }
}

//! WhatsApp webhook bodies as Meta sends them, signed.

use ecluse_adapters::meta::AppSecret;
use serde_json::{Value, json};

/// What a customer typically writes.
const TEXT: &str = "Bonjour, ma commande 2024-118 devait arriver mardi et le suivi n'a pas bougé depuis vendredi. \
    Pouvez-vous me dire où elle se trouve et quand elle sera livrée ? J'ai besoin de la lampe pour samedi.";

/// A body and its signature.
#[derive(Debug)]
pub struct Signed {
    pub body: Vec<u8>,
    pub signature: String,
    pub secret: AppSecret,
    /// Messages that it holds.
    pub messages: usize,
}

impl Signed {
    /// A body of so many messages.
    ///
    /// # Panics
    /// Never: the secret is not empty.
    #[must_use]
    pub fn new(messages: usize) -> Self {
        let secret = AppSecret::new(&"not so secret".into()).expect("it is not empty");
        let body = body(messages).to_string().into_bytes();
        let signature = secret.sign(&body);
        Self {
            body,
            signature,
            secret,
            messages,
        }
    }
}

fn body(messages: usize) -> Value {
    let items: Vec<Value> = (0..messages)
        .map(|number| {
            let from = format!("3360{:08}", number % 20);
            let id = format!("wamid.HBgLMzM2MDAwMDAwMDAVAgASGBQzQUFB{number:08}");
            json!({"from": from, "id": id, "timestamp": "1749416383", "type": "text", "text": {"body": TEXT}})
        })
        .collect();
    let contacts: Vec<Value> = (0..messages.min(20))
        .map(|number| json!({"profile": {"name": "Camille Durand"}, "wa_id": format!("3360{number:08}")}))
        .collect();
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
            "contacts": contacts,
            "messages": items
        }}]}]
    })
}

//! WhatsApp webhook bodies as Meta sends them, signed, with a known contact or a new one.

use ecluse_adapters::meta::AppSecret;
use serde_json::json;

use crate::client::post;

/// The number that the bodies are for.
pub const NUMBER: &str = "106540352242922";

/// Makes bodies with ids that no other body has.
#[derive(Debug)]
pub struct Bodies {
    secret: AppSecret,
    path: String,
    run: String,
    next: u64,
    next_unseen: u64,
    contacts: u64,
    unseen_percent: u64,
    /// The numbers that the bodies are for, in turn.
    numbers: Vec<String>,
}

/// One prepared request and what it holds.
#[derive(Debug)]
pub struct Prepared {
    pub request: Vec<u8>,
    /// The contacts and ids of its messages, in order.
    pub messages: Vec<(String, String)>,
}

impl Bodies {
    /// Bodies of messages by `contacts` known contacts, and `unseen_percent` in a hundred by new ones.
    #[must_use]
    pub fn new(secret: AppSecret, run: &str, contacts: u64, unseen_percent: u64) -> Self {
        Self {
            secret,
            path: "/webhooks/meta".to_owned(),
            run: run.to_owned(),
            next: 0,
            next_unseen: 0,
            contacts,
            unseen_percent,
            numbers: vec![NUMBER.to_owned()],
        }
    }

    /// The same for these numbers, in turn.
    #[must_use]
    pub fn to_numbers(self, numbers: Vec<String>) -> Self {
        Self { numbers, ..self }
    }

    fn number(&self) -> &str {
        let place = self.next as usize % self.numbers.len().max(1);
        self.numbers.get(place).map_or(NUMBER, String::as_str)
    }

    /// A body of `messages` messages.
    pub fn prepare(&mut self, messages: u64) -> Prepared {
        let listed = (0..messages).map(|_| self.next_message()).collect();
        self.body_of(listed)
    }

    /// A body of one message of each of these known contacts.
    pub fn prepare_from(&mut self, contacts: impl Iterator<Item = u64>) -> Prepared {
        let listed = contacts
            .map(|index| {
                self.next += 1;
                (Self::contact(index), self.id(self.next))
            })
            .collect();
        self.body_of(listed)
    }

    fn id(&self, number: u64) -> String {
        format!("wamid.HBgL{}AAIAEhgU{number:020}", self.run)
    }

    fn body_of(&self, listed: Vec<(String, String)>) -> Prepared {
        let items: Vec<_> = listed
            .iter()
            .map(|(contact, id)| {
                json!({
                    "from": contact, "id": id, "timestamp": "1749416383", "type": "text",
                    "text": {"body": TEXT}
                })
            })
            .collect();
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "15550783881", "phone_number_id": self.number()},
                "contacts": [{"profile": {"name": "Camille Durand"}, "wa_id": listed.first().map(|first| first.0.clone())}],
                "messages": items
            }}]}]
        })
        .to_string();
        let request = post(
            &self.path,
            &self.secret.sign(body.as_bytes()),
            body.as_bytes(),
        );
        Prepared {
            request,
            messages: listed,
        }
    }

    /// The known contact number `index`.
    #[must_use]
    pub fn contact(index: u64) -> String {
        format!("3360{index:08}")
    }

    fn next_message(&mut self) -> (String, String) {
        let number = self.next;
        self.next += 1;
        // A multiplicative hash walks the contacts in an order without runs, and the same in every run.
        let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11;
        let contact = if spread % 100 < self.unseen_percent {
            self.next_unseen += 1;
            format!("4470{}{:07}", self.run, self.next_unseen)
        } else {
            Self::contact(spread / 100 % self.contacts)
        };
        (contact, self.id(number))
    }
}

const TEXT: &str = "Bonjour, ma commande 2024-118 devait arriver mardi et le suivi n'a pas bougé depuis vendredi dernier. \
    Pouvez-vous me dire où elle se trouve et quand elle sera livrée ? J'ai besoin de la lampe pour samedi, c'est un cadeau. \
    Si ce n'est pas possible, je préfère un échange contre le modèle en laiton, à condition qu'il soit en stock dans votre \
    magasin de Lyon. Merci d'avance pour votre réponse.";

//! What was sent and what was answered: the sender's side of the truth.
//!
//! What must stay true: a body is in the ledger before its first byte leaves, and its acknowledgement only after the 200
//! was read. Both are stamped by one counter, so that "answered before the other was sent" can be told without a clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use ecluse_adapters::meta::AppSecret;
use serde_json::json;

use crate::body::{Bodies, NUMBER};
use crate::client::post;

/// One body: whom its messages are from, and when it was sent and answered.
#[derive(Debug)]
pub struct Body {
    pub number: usize,
    /// The contacts' indices, one for each message.
    pub contacts: Vec<u32>,
    /// The stamp of the first sending.
    pub sent: u64,
    acknowledged: AtomicU64,
}

impl Body {
    /// The stamp of the first acknowledgement.
    #[must_use]
    pub fn acknowledged(&self) -> Option<u64> {
        Some(self.acknowledged.load(Ordering::Acquire)).filter(|stamp| *stamp > 0)
    }

    /// The provider's id of one of its messages.
    #[must_use]
    pub fn id(&self, index: usize) -> String {
        format!("wamid.B{}I{index}", self.number)
    }
}

/// The number of the body, and the index in it, of an id.
#[must_use]
pub fn read_id(id: &str) -> Option<(usize, usize)> {
    let (body, index) = id.strip_prefix("wamid.B")?.split_once('I')?;
    Some((body.parse().ok()?, index.parse().ok()?))
}

/// Every body of a run.
#[derive(Debug)]
pub struct Ledger {
    secret: AppSecret,
    contacts: u32,
    bodies: RwLock<Vec<Arc<Body>>>,
    stamp: AtomicU64,
}

impl Ledger {
    /// An empty ledger for `contacts` contacts.
    #[must_use]
    pub fn new(secret: AppSecret, contacts: u32) -> Self {
        Self {
            secret,
            contacts,
            bodies: RwLock::default(),
            stamp: AtomicU64::new(1),
        }
    }

    /// How many contacts write.
    #[must_use]
    pub fn contacts(&self) -> u32 {
        self.contacts
    }

    fn stamp(&self) -> u64 {
        self.stamp.fetch_add(1, Ordering::AcqRel)
    }

    /// Records a new body, about to be sent.
    pub fn write(&self, contacts: Vec<u32>) -> Arc<Body> {
        let mut bodies = self.bodies.write().unwrap_or_else(PoisonError::into_inner);
        let acknowledged = AtomicU64::new(0);
        let body = Arc::new(Body {
            number: bodies.len(),
            contacts,
            sent: self.stamp(),
            acknowledged,
        });
        bodies.push(Arc::clone(&body));
        body
    }

    /// Records that a body was acknowledged.
    pub fn acknowledge(&self, body: &Body) {
        let stamp = self.stamp();
        let _ = body
            .acknowledged
            .compare_exchange(0, stamp, Ordering::AcqRel, Ordering::Acquire);
    }

    /// The body with this number.
    #[must_use]
    pub fn body(&self, number: usize) -> Option<Arc<Body>> {
        self.bodies
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(number)
            .cloned()
    }

    /// How many bodies there are.
    #[must_use]
    pub fn bodies(&self) -> u64 {
        self.bodies
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len() as u64
    }

    /// Every body, in order of their numbers.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Body>> {
        self.bodies
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The bodies that wait for a yes.
    #[must_use]
    pub fn unacknowledged(&self) -> Vec<Arc<Body>> {
        self.all()
            .into_iter()
            .filter(|body| body.acknowledged().is_none())
            .collect()
    }

    /// The bytes of a body's request; the same whenever they are made.
    #[must_use]
    pub fn request(&self, body: &Body) -> Vec<u8> {
        let named: Vec<_> = body
            .contacts
            .iter()
            .map(|contact| json!({"profile": {"name": format!("Client {contact}")}, "wa_id": address(*contact)}))
            .collect();
        let messages: Vec<_> = (0..)
            .zip(&body.contacts)
            .map(|(index, contact)| {
                json!({
                    "from": address(*contact), "id": body.id(index), "timestamp": "1749416383", "type": "text",
                    "text": {"body": format!("Message {index} of {}", body.number)}
                })
            })
            .collect();
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "15550783881", "phone_number_id": NUMBER},
                "contacts": named, "messages": messages
            }}]}]
        })
        .to_string();
        post(
            "/webhooks/meta",
            &self.secret.sign(body.as_bytes()),
            body.as_bytes(),
        )
    }
}

/// A contact's address.
#[must_use]
pub fn address(contact: u32) -> String {
    Bodies::contact(u64::from(contact))
}

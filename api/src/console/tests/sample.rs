//! A backend in memory, with what a small contact centre has configured.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use ecluse_adapters::cmp::NotAvailable;
use ecluse_adapters::storage::config_db::{InTheWay, Resource};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::auth::SessionUser;
use crate::console::backend::{
    Backend, Backends, Filter, Kind, Listed, OpenConversations, Shown, Verified,
};
use crate::console::form::value::{at, items, scalar};
use crate::error::{ApiError, Conflict, FieldError};

type Store = BTreeMap<(Kind, String), (u64, Value)>;

/// Of which thing which member becomes what.
type Change = (Kind, &'static str, &'static str, Value);

#[derive(Clone, Debug)]
pub(super) struct Sample {
    store: Arc<Mutex<Store>>,
    settings: Arc<Mutex<(u64, Value)>>,
    /// Of the licence.
    pub(super) supervisor_seats: Arc<Mutex<u32>>,
    /// The bodies that were sent, newest last.
    pub(super) sent: Arc<Mutex<Vec<Value>>>,
    /// What somebody else saves after a form was opened, and before its save.
    pub(super) meanwhile: Arc<Mutex<Option<Change>>>,
}

pub(super) const SUPPORT: &str = "11111111-0000-4000-8000-000000000001";
pub(super) const EMPTY: &str = "11111111-0000-4000-8000-000000000002";
pub(super) const GUIDE: &str = "22222222-0000-4000-8000-000000000001";
pub(super) const CHAT: &str = "33333333-0000-4000-8000-000000000001";
pub(super) const MAILBOX: &str = "33333333-0000-4000-8000-000000000002";
pub(super) const WHATSAPP: &str = "33333333-0000-4000-8000-000000000005";
const AGENT: &str = "44444444-0000-4000-8000-000000000001";
pub(super) const TRUNK: &str = "55555555-0000-4000-8000-000000000001";
pub(super) const TENANT: &str = "77777777-0000-4000-8000-000000000001";
pub(super) const FORM: &str = "66666666-0000-4000-8000-000000000001";

impl Sample {
    pub(super) fn filled() -> Self {
        let sample = Self {
            store: Arc::default(),
            settings: Arc::new(Mutex::new((3, settings()))),
            supervisor_seats: Arc::new(Mutex::new(3)),
            sent: Arc::default(),
            meanwhile: Arc::default(),
        };
        let things = [queues(), people(), channels(), others(), records()];
        for (kind, id, body) in things.into_iter().flatten() {
            sample.put(kind, id, body);
        }
        sample
    }

    pub(super) fn put(&self, kind: Kind, id: &str, body: Value) {
        self.store.lock().insert((kind, id.to_owned()), (1, body));
    }

    pub(super) fn stored(&self, kind: Kind, id: &str) -> Value {
        self.store
            .lock()
            .get(&(kind, id.to_owned()))
            .unwrap()
            .1
            .clone()
    }

    /// As if somebody else had saved.
    pub(super) fn change(&self, kind: Kind, id: &str, member: &str, value: Value) {
        let mut store = self.store.lock();
        let (revision, body) = store.get_mut(&(kind, id.to_owned())).unwrap();
        body[member] = value;
        *revision += 1;
    }

    fn be_beaten(&self) {
        let meanwhile = self.meanwhile.lock().take();
        if let Some((kind, id, member, value)) = meanwhile {
            self.change(kind, id, member, value);
        }
    }
}

impl Backends for Sample {
    fn of(&self, _user: &SessionUser) -> Rc<dyn Backend> {
        Rc::new(self.clone())
    }

    fn is_platform(&self, _user: &SessionUser) -> bool {
        true
    }

    fn public_url(&self) -> String {
        "https://chat.example.org".to_owned()
    }
}

fn check(kind: Kind, body: &Value) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    let mut required = |path: &str| {
        if at(body, path).is_none_or(|value| value.is_null() || value == "") {
            errors.push(FieldError::new(path, "required", "is missing"));
        }
    };
    if !matches!(kind, Kind::Ban | Kind::Channel) {
        required("name");
    }
    if kind == Kind::Channel {
        required("destination");
        if body["kind"] == "email" && body["email"]["provider"] == "custom" {
            for path in ["email.address", "email.imap.host", "email.smtp.host"] {
                required(path);
            }
        }
    }
    for (place, domain) in items(at(body, "live_chat.domains")).iter().enumerate() {
        if scalar(Some(domain)).contains('/') {
            let field = format!("live_chat.domains[{place}]");
            errors.push(FieldError::new(field, "invalid_domain", "is no domain"));
        }
    }
    if scalar(at(body, "email.imap.host")).contains(' ') {
        errors.push(FieldError::new(
            "email.imap.host",
            "invalid_host",
            "is no host",
        ));
    }
    for (place, option) in items(body.get("options")).iter().enumerate() {
        if option.get("queue").is_some_and(Value::is_null) {
            let field = format!("options[{place}].queue");
            errors.push(FieldError::new(field, "required", "is missing"));
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::Validation(errors))
    }
}

/// The shop's chat leads to it, or shows it.
fn in_use() -> ApiError {
    let channel = InTheWay {
        kind: Resource::Channel,
        id: uuid::Uuid::parse_str(CHAT).unwrap(),
        name: "Boutique".to_owned(),
    };
    ApiError::Conflict(Conflict::InUse(vec![channel]))
}

#[async_trait(?Send)]
impl Backend for Sample {
    async fn list(&self, kind: Kind, filter: &Filter) -> Result<Listed, ApiError> {
        let store = self.store.lock();
        let all = store.iter().filter(|((known, _), _)| *known == kind);
        let fits = |body: &Value| {
            let path = |name| if name == "by" { "editor.name" } else { name };
            let mut terms = filter.terms.iter();
            terms.all(|(name, value)| scalar(at(body, path(name))) == *value)
        };
        let items = all
            .filter(|(_, (_, body))| fits(body))
            .map(|((_, id), (revision, body))| {
                Arc::new(Shown {
                    id: id.clone(),
                    revision: *revision,
                    body: body.clone(),
                })
            });
        Ok(Listed {
            items: items.collect(),
            next: None,
        })
    }

    async fn show(&self, kind: Kind, id: &str) -> Result<Shown, ApiError> {
        let store = self.store.lock();
        let (revision, body) = store
            .get(&(kind, id.to_owned()))
            .ok_or(ApiError::NotFound)?;
        Ok(Shown {
            id: id.to_owned(),
            revision: *revision,
            body: body.clone(),
        })
    }

    async fn create(&self, kind: Kind, mut body: Value) -> Result<Shown, ApiError> {
        self.sent.lock().push(body.clone());
        check(kind, &body)?;
        let id = format!("99999999-0000-4000-8000-{:012}", self.store.lock().len());
        if kind == Kind::ApiKey {
            body["key"] = json!("ecluse_tVN0kQ2s9d8f7g6h5j4k3l2m1");
        }
        if kind == Kind::Agent {
            body["invitation_url"] = json!("https://chat.example.org/invitation/8fJ2kd93");
        }
        self.put(kind, &id, body);
        self.show(kind, &id).await
    }

    async fn replace(
        &self,
        kind: Kind,
        id: &str,
        expected: Option<u64>,
        body: Value,
    ) -> Result<Shown, ApiError> {
        self.sent.lock().push(body.clone());
        self.be_beaten();
        let known = self.show(kind, id).await?;
        if expected != Some(known.revision) {
            return Err(ApiError::PreconditionFailed);
        }
        check(kind, &body)?;
        if kind == Kind::Form && body["purpose"] != known.body["purpose"] {
            return Err(in_use());
        }
        self.store
            .lock()
            .insert((kind, id.to_owned()), (known.revision + 1, body));
        self.show(kind, id).await
    }

    async fn remove(&self, kind: Kind, id: &str, expected: Option<u64>) -> Result<(), ApiError> {
        self.be_beaten();
        if kind == Kind::Queue && id == SUPPORT {
            return Err(in_use());
        }
        let known = self.show(kind, id).await?;
        if expected.is_some_and(|expected| expected != known.revision) {
            return Err(ApiError::PreconditionFailed);
        }
        self.store
            .lock()
            .remove(&(kind, id.to_owned()))
            .map(|_| ())
            .ok_or(ApiError::NotFound)
    }

    async fn refusals(
        &self,
        kind: Kind,
        id: Option<&str>,
        body: Value,
    ) -> Result<Vec<FieldError>, ApiError> {
        match check(kind, &body) {
            Err(ApiError::Validation(errors)) if id != Some("") => Ok(errors),
            _ => Ok(Vec::new()),
        }
    }

    async fn settings(&self) -> Result<Shown, ApiError> {
        let (revision, body) = self.settings.lock().clone();
        Ok(Shown {
            id: "settings".to_owned(),
            revision,
            body,
        })
    }

    async fn change_settings(
        &self,
        _expected: Option<u64>,
        body: Value,
    ) -> Result<Shown, ApiError> {
        self.sent.lock().push(body.clone());
        *self.settings.lock() = (4, body);
        self.settings().await
    }

    async fn licence(&self) -> Result<Value, ApiError> {
        Ok(json!({
            "agent_seats": 20, "supervisor_seats": *self.supervisor_seats.lock(), "channels_max": null, "modules": ["omnichannel"],
            "used": {"agents": 19, "agents_at_work": 12, "supervisors": 1, "channels": 6},
        }))
    }

    async fn verify_channel(
        &self,
        id: Option<&str>,
        connection: &str,
        body: Value,
    ) -> Result<Verified, ApiError> {
        self.sent.lock().push(body);
        if let (Some(id), "smtp") = (id, connection) {
            let health = json!({"state": "degraded", "reason": "smtp: sign_in.refused"});
            self.change(Kind::Channel, id, "health", health);
            self.change(Kind::Channel, id, "state", json!("degraded"));
        }
        Ok(Verified {
            works: connection == "imap",
            step: "sign_in".to_owned(),
            code: "sign_in.refused".to_owned(),
            detail: "535 5.7.8".to_owned(),
        })
    }

    async fn verify_trunk(&self, _id: &str) -> Result<Verified, ApiError> {
        Ok(Verified {
            works: false,
            step: "number".to_owned(),
            code: "number_not_assigned".to_owned(),
            detail: "+33612345678".to_owned(),
        })
    }

    async fn verify_mail(&self, _body: Value) -> Result<Verified, ApiError> {
        Ok(Verified {
            works: true,
            step: String::new(),
            code: String::new(),
            detail: String::new(),
        })
    }

    async fn reactivate(&self, channel: &str) -> Result<(), ApiError> {
        self.change(Kind::Channel, channel, "state", json!("active"));
        Ok(())
    }

    async fn open_conversations(&self, channel: &str) -> Result<OpenConversations, ApiError> {
        Ok(match channel {
            WHATSAPP => OpenConversations::MoreThan(100_000),
            _ => OpenConversations::Exactly(4),
        })
    }

    fn unavailable(&self, company: &str) -> Option<NotAvailable> {
        let setting = "providers.dialog360_partner_id";
        (company == "whatsapp").then_some(NotAvailable::Missing { setting })
    }

    async fn begin_sign_on(&self, kind: &str, _channel: Option<&str>) -> Result<Value, ApiError> {
        Ok(
            json!({"id": "so1", "kind": kind, "state": "started", "url": "https://login.example/so1"}),
        )
    }

    async fn sign_on(&self, id: &str) -> Result<Value, ApiError> {
        match id {
            "so1" => Ok(json!({"id": id, "state": "started", "url": "https://login.example/so1"})),
            "so2" => Ok(
                json!({"id": id, "state": "ready", "result": {"page_id": "1077", "page_name": "Lampyre"}}),
            ),
            "so3" => Ok(
                json!({"id": id, "kind": "gmail", "state": "ready", "result": mailbox("contact@gmail.com")}),
            ),
            _ => Err(ApiError::NotFound),
        }
    }

    async fn import_agents(&self, csv: String) -> Result<Value, ApiError> {
        let rows = csv.lines().skip(1).enumerate().map(|(place, line)| {
            let name = line.split(',').next().unwrap_or_default();
            let error = json!({"field": "number", "code": "taken", "message": "is taken"});
            let (outcome, errors) = if place % 2 == 0 {
                ("added", json!([]))
            } else {
                ("skipped", json!([error]))
            };
            json!({"line": place + 2, "outcome": outcome, "name": name, "errors": errors})
        });
        let rows: Vec<Value> = rows.collect();
        Ok(
            json!({"added": rows.len().div_ceil(2), "changed": 0, "unchanged": 0, "skipped": rows.len() / 2, "rows": rows}),
        )
    }

    async fn export_agents(&self) -> Result<String, ApiError> {
        Ok("name,email\nAmélie Roche,amelie@example.org\n".to_owned())
    }

    async fn invite(&self, _agent: &str) -> Result<String, ApiError> {
        Ok("https://chat.example.org/invitation/8fJ2kd93".to_owned())
    }

    async fn retry(&self, letter: &str) -> Result<(), ApiError> {
        self.remove(Kind::DeadLetter, letter, None).await
    }
}

/// What a sign-on at Google gives.
fn mailbox(address: &str) -> Value {
    let server = |host: &str, port: u16, security: &str| json!({"host": host, "port": port, "security": security, "username": address});
    json!({"address": address, "imap": server("imap.gmail.com", 993, "tls"), "smtp": server("smtp.gmail.com", 587, "starttls")})
}

type Things = Vec<(Kind, &'static str, Value)>;

fn queues() -> Things {
    vec![
        (
            Kind::Queue,
            SUPPORT,
            json!({
                "id": SUPPORT, "key": "support", "name": "Support", "strategy": "auto", "order": "longest_idle",
                "offer_timeout_secs": 30, "max_per_agent": 5, "members": [AGENT], "on_agent_lost": "keep",
                "operation_times": {"status": "on",
                    "open_days": [{"day": "monday", "from": "08:00", "to": "12:00"}, {"day": "monday", "from": "14:00", "to": "18:00"},
                        {"day": "tuesday", "from": "08:00", "to": "18:00"}],
                    "closed_dates": [{"description": "Noël", "from": "2026-12-24T18:00", "to": "2026-12-27T08:00"}]},
                "returning_customer": true, "survey": false,
            }),
        ),
        (
            Kind::Queue,
            EMPTY,
            json!({
                "id": EMPTY, "key": "ventes", "name": "Ventes", "strategy": "manual", "order": "longest_idle",
                "offer_timeout_secs": 30, "max_per_agent": 0, "members": [], "on_agent_lost": "requeue",
                "operation_times": {"status": "inherit"}, "returning_customer": false, "survey": false,
            }),
        ),
        (
            Kind::Chatbot,
            GUIDE,
            json!({
                "id": GUIDE, "key": "guide", "name": "Guide", "greeting": {"fr": "Bonjour ! Que puis-je pour vous ?", "en": "Hello! How can I help?"},
                "invalid_reply": {"fr": "Je n’ai pas compris.", "en": "I did not understand."},
                "handover": {"fr": "Je vous passe un collègue.", "en": "I am handing you over."},
                "invalid_max": 3, "timeout_secs": 300, "concurrency_limit": 0, "fallback_queue": SUPPORT,
                "options": [
                    {"label": {"fr": "Une panne", "en": "Something broke"}, "queue": SUPPORT},
                    {"label": {"fr": "Nos horaires", "en": "Our hours"}, "text": {"fr": "Du lundi au vendredi.", "en": "Monday to Friday."}},
                    {"label": {"fr": "Acheter", "en": "Buy"}, "menu": {"text": {"fr": "Quel produit ?", "en": "Which product?"},
                        "options": [{"label": {"fr": "Lampes", "en": "Lamps"}, "queue": EMPTY}]}},
                ],
            }),
        ),
    ]
}

fn people() -> Things {
    let person = |id, name: &str, number: &str, role: &str| {
        (
            Kind::Agent,
            id,
            json!({
                "id": id, "name": name, "email": format!("{}@lampyre.example", number), "number": number, "role": role,
                "has_pin": number == "0001", "has_password": number != "0003", "wrap_up_secs": 20, "capacity": 100, "language": null,
            }),
        )
    };
    vec![
        person(AGENT, "Amélie Roche", "0001", "administrator"),
        person(
            "44444444-0000-4000-8000-000000000002",
            "James Hill",
            "0002",
            "agent",
        ),
        person(
            "44444444-0000-4000-8000-000000000003",
            "Zoé Marchand",
            "0003",
            "supervisor",
        ),
        person(
            "44444444-0000-4000-8000-000000000004",
            "Inès Haddad",
            "0004",
            "agent",
        ),
        person(
            "44444444-0000-4000-8000-000000000005",
            "Léa Fontaine",
            "0005",
            "agent",
        ),
        person(
            "44444444-0000-4000-8000-000000000006",
            "Hugo Petit",
            "0006",
            "agent",
        ),
        person(
            "44444444-0000-4000-8000-000000000007",
            "Noah Keller",
            "0007",
            "agent",
        ),
        person(
            "44444444-0000-4000-8000-000000000008",
            "Sofia Rossi",
            "0008",
            "agent",
        ),
        person(
            "44444444-0000-4000-8000-000000000009",
            "Élise Dupont",
            "0009",
            "agent",
        ),
    ]
}

fn channels() -> Things {
    let channel = |id,
                   kind: &str,
                   name: &str,
                   address: &str,
                   destination: Value,
                   state: &str,
                   part: Value| {
        let reason = if state == "degraded" {
            json!("imap: sign_in.refused")
        } else {
            Value::Null
        };
        let until = if state == "pending_deletion" {
            json!("2026-11-30T22:59:59Z")
        } else {
            Value::Null
        };
        (
            Kind::Channel,
            id,
            json!({
                "id": id, "kind": kind, "name": name, "key": name.to_lowercase(), "address": address, "destination": destination,
                "language": null, "auto_replies": {"welcome": {"fr": "Bonjour et bienvenue."}}, "state": state,
                "health": {"state": if state == "degraded" { "degraded" } else { "healthy" }, "reason": reason,
                    "last_worked_at": "2026-11-02T08:00:00Z"},
                "pending_deletion_until": until, kind: part,
            }),
        )
    };
    let queue = |id: &str| json!({"queue": id});
    let connection = |host: &str, port: u32, security: &str| json!({"host": host, "port": port, "security": security, "username": "contact@lampyre.example", "has_password": true});
    vec![
        channel(
            CHAT,
            "live_chat",
            "Boutique",
            "www.lampyre.example",
            json!({"chatbot": GUIDE}),
            "active",
            json!({
            "domains": ["www.lampyre.example", "lampyre.example"], "standalone": false, "theme_color": "#7a3fb0",
            "title": {"fr": "Lampyre"}, "greeting": {"fr": "Bonjour ! Une question sur une lampe ?", "en": "Hello! A question about a lamp?"},
            "prechat_form": FORM, "leave_message_form": null}),
        ),
        channel(
            MAILBOX,
            "email",
            "Contact",
            "contact@lampyre.example",
            queue(SUPPORT),
            "degraded",
            json!({
            "provider": "custom", "address": "contact@lampyre.example", "imap": connection("imap.lampyre.example", 993, "tls"),
            "smtp": connection("smtp.lampyre.example", 587, "starttls"), "attachment_mb_max": 10, "check_interval_secs": 60, "signed_in": false}),
        ),
        channel(
            "33333333-0000-4000-8000-000000000003",
            "sms",
            "Rappels",
            "+33612345678",
            queue(EMPTY),
            "active",
            json!({"number": "+33612345678", "trunk": TRUNK}),
        ),
        channel(
            "33333333-0000-4000-8000-000000000004",
            "facebook",
            "Page Lampyre",
            "Lampyre",
            queue(SUPPORT),
            "sign_in_required",
            json!({"page_id": "107712345678", "page_name": "Lampyre", "has_page_access_token": true}),
        ),
        channel(
            WHATSAPP,
            "whatsapp",
            "WhatsApp",
            "+17862321234",
            queue(SUPPORT),
            "pending_deletion",
            json!({"provider": "dialog360", "number": "+17862321234", "client_id": "cl-81", "channel_id": "ch-12", "webhook_url": "https://chat.example.org/webhooks/360dialog/x"}),
        ),
    ]
}

fn others() -> Things {
    vec![
        (
            Kind::SmsTrunk,
            TRUNK,
            json!({
                "id": TRUNK, "name": "Twilio", "description": "Numéros français", "enabled": true, "provider": "twilio", "numbers": ["+33612345678", "+33687654321"],
                "twilio": {"account_sid": "AC00", "has_auth_token": true},
            }),
        ),
        (
            Kind::Form,
            FORM,
            json!({
                "id": FORM, "name": "Avant la discussion", "purpose": "prechat", "title": {"fr": "Bienvenue"}, "intro": {},
                "fields": [
                    {"name": "name", "type": "text", "label": {"fr": "Nom", "en": "Name"}, "required": true, "choices": []},
                    {"name": "topic", "type": "choice", "label": {"fr": "Sujet", "en": "Topic"}, "required": false,
                     "choices": [{"fr": "Livraison", "en": "Delivery"}, {"fr": "Autre", "en": "Other"}]},
                ],
            }),
        ),
        (
            Kind::Tenant,
            TENANT,
            json!({"name": "Lampyre", "key": "lampyre", "licence": {"agent_seats": 20, "supervisor_seats": null, "channels_max": null, "modules": ["omnichannel"]}}),
        ),
        (
            Kind::ApiKey,
            "88888888-0000-4000-8000-000000000001",
            json!({"name": "CRM", "role": "supervisor", "created_at": "2026-10-01T08:00:00Z", "last_used_at": null}),
        ),
    ]
}

fn records() -> Things {
    vec![
        (
            Kind::Ban,
            "1",
            json!({"kind": "sms", "address": "+33600000000", "reason": "too_many_messages", "since": "2026-11-26T10:00:00Z", "until": "2026-11-27T10:00:00Z", "banned_by": "system"}),
        ),
        (
            Kind::DeadLetter,
            "7",
            json!({"at": "2026-11-26T09:12:00Z", "cause": "the message crashed its handler twice", "address": "+33611111111", "channel_id": WHATSAPP, "retryable": true, "letter": {}}),
        ),
        (
            Kind::Alert,
            "3",
            json!({"at": "2026-11-26T10:00:00Z", "facts": {"kind": "sender_banned", "channel_kind": "sms", "address": "+33600000000", "reason": "too_many_messages", "until": null},
            "mail": {"state": "no_account", "words": null}}),
        ),
        (
            Kind::Audit,
            "12",
            json!({"at": "2026-11-26T17:40:00Z", "editor": {"kind": "person", "name": "James Hill"}, "resource": "queue", "resource_id": SUPPORT, "action": "changed",
            "before": {"name": "Support", "offer_timeout_secs": 20, "password": "a"}, "after": {"name": "Support", "offer_timeout_secs": 30, "password": "b"}}),
        ),
        (
            Kind::Audit,
            "11",
            json!({"at": "2026-11-26T16:00:00Z", "editor": {"kind": "person", "name": "Amélie Roche"}, "resource": "channel", "resource_id": CHAT, "action": "created",
            "before": null, "after": {"name": "Boutique", "kind": "live_chat", "live_chat": {"domains": ["www.lampyre.example"], "theme_color": "#7a3fb0"}, "destination": {"chatbot": GUIDE}}}),
        ),
    ]
}

fn settings() -> Value {
    json!({
        "public_url": "https://chat.example.org", "time_zone": "Europe/Paris", "language": "fr", "alert_email": "alertes@lampyre.example", "mail": null,
        "operation_times": {"status": "on", "open_days": [{"day": "monday", "from": "09:00", "to": "18:00"}], "closed_dates": []},
        "abuse": {"enabled": true, "messages": 20, "messages_secs": 10, "conversations": 5, "conversations_secs": 60, "ban_hours": 24},
        "weights": {"live_chat": 25, "sms": 10, "email": 10, "facebook": 10, "whatsapp": 10},
        "attachments": {"mb_max": 10}, "returning_customers": {"days": 99}, "retention": {"conversation_days": null}, "email_reopen_days": 30,
    })
}

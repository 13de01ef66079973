//! 360dialog's part of the stand-in over HTTP: the hub's pages, the Partner API and the webhooks of its numbers.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::facebook::{html, redirect};
use super::server::header;
use super::{MetaSim, Shared};
use crate::sim::hub::{Hub, HubError, HubNumber, SetWebhook, read_webhook};
use crate::sim::pages::{Filled, SIGN_IN_FIELDS, checkbox, escaped, form, page};
use crate::whatsapp::dialog360::KEY_HEADER;

const SERVICE: &str = "360dialog Hub";

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/dashboard/app/{partner}/permissions", web::get().to(open))
        .route("/dashboard/visits/{visit}/{step}", web::post().to(step))
        .route("/api/v2/token", web::post().to(token))
        .route(
            "/api/v2/partners/{partner}/channels",
            web::get().to(channels),
        )
        .route(
            "/api/v2/partners/{partner}/channels/{channel}/api_keys",
            web::post().to(create_key),
        )
        .route("/health_status", web::get().to(health))
        .route("/v1/configs/webhook", web::get().to(read_back))
        .route("/v1/configs/webhook", web::post().to(set_webhook));
}

impl MetaSim {
    /// Changes a number at the hub, as its client does there.
    pub fn change_number(&self, channel: &str, change: impl FnOnce(&mut HubNumber)) {
        if let Some(hub) = &self.shared.hub {
            hub.lock().change(channel, change);
        }
    }

    /// Takes the permission for a number back, as its client does at the hub.
    pub fn revoke_number(&self, channel: &str) {
        if let Some(hub) = &self.shared.hub {
            hub.lock().revoke(channel);
        }
    }

    /// The address that the webhooks of a number at the hub are sent to.
    #[must_use]
    pub fn webhook_of_number(&self, channel: &str) -> Option<String> {
        let hub = self.shared.hub.as_ref()?.lock();
        hub.webhook(channel).map(|webhook| webhook.url.clone())
    }

    /// The header by which the webhooks of a number at the hub prove that they are of this channel.
    #[must_use]
    pub fn webhook_word_of_number(&self, channel: &str) -> Option<String> {
        let hub = self.shared.hub.as_ref()?.lock();
        let headers = &hub.webhook(channel)?.headers;
        headers.first().map(|(_, value)| value.clone())
    }

    /// No token may have an account's messages sent to an app any more.
    pub fn refuse_subscriptions(&self) {
        self.shared.state.lock().refuses_subscriptions = true;
    }

    /// A key of a number, as its client makes one in the hub; it ends the one before.
    #[must_use]
    pub fn key_of_number(&self, channel: &str) -> Option<String> {
        let hub = &mut self.shared.hub.as_ref()?.lock();
        hub.allow(channel);
        let made = hub.create_key(channel).ok()?;
        made["api_key"].as_str().map(str::to_owned)
    }

    /// Whether a key still opens its number.
    #[must_use]
    pub fn takes_key(&self, key: &str) -> bool {
        let hub = self.shared.hub.as_ref().map(|hub| hub.lock());
        hub.is_some_and(|hub| hub.number_of_key(key).is_some())
    }

    /// Ends every token of the Partner API.
    pub fn forget_partner_tokens(&self) {
        if let Some(hub) = &self.shared.hub {
            hub.lock().forget_tokens();
        }
    }

    /// The body of a partner event about a channel, and its signature; `None` without the hub or its secret.
    #[must_use]
    pub fn partner_event(&self, event: &str, channel: &str) -> Option<(String, String)> {
        let body = self.shared.hub.as_ref()?.lock().event(event, channel);
        let body = body.to_string();
        let signature = self.shared.dialog360_secret.as_ref()?.sign(body.as_bytes());
        Some((body, signature.trim_start_matches("sha256=").to_owned()))
    }
}

impl Shared {
    fn with_hub<T>(
        &self,
        what: impl FnOnce(&mut Hub) -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        match &self.hub {
            Some(hub) => what(&mut hub.lock()),
            None => Err(HubError::new(404, "Not found")),
        }
    }

    /// The channel that a call's key is of, and whether it is the number that the stand-in plays.
    fn keyed(&self, request: &HttpRequest) -> Option<(String, bool)> {
        let key = header(request.headers(), KEY_HEADER)?;
        let hub = self.hub.as_ref()?.lock();
        let number = hub.number_of_key(key)?;
        let is_own = number.phone_number == self.options.number.display_phone_number;
        Some((number.channel_id.clone(), is_own))
    }

    /// Whether a key that the hub made is of the number that the stand-in plays.
    pub(super) fn is_hub_key(&self, key: &str) -> bool {
        let hub = self.hub.as_ref().map(|hub| hub.lock());
        let own = &self.options.number.display_phone_number;
        hub.is_some_and(|hub| {
            hub.number_of_key(key)
                .is_some_and(|number| number.phone_number == *own)
        })
    }
}

async fn open(
    shared: web::Data<Shared>,
    partner: web::Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let query = Filled::read(request.query_string().as_bytes());
    let opened = shared.with_hub(|hub| {
        let opened = hub.open(&partner, query.value("redirect_url"), query.value("state"));
        opened.map_err(|why| HubError::new(400, why))
    });
    match opened {
        Ok(visit) => html(sign_in_page(&visit, "")),
        Err(error) => refuse(&error),
    }
}

async fn step(
    shared: web::Data<Shared>,
    path: web::Path<(String, String)>,
    body: web::Bytes,
) -> HttpResponse {
    let (visit, step) = path.into_inner();
    let filled = Filled::read(&body);
    let Some(hub) = &shared.hub else {
        return refuse(&HubError::new(404, "Not found"));
    };
    let hub = &mut hub.lock();
    match step.as_str() {
        "sign-in" => match hub.sign_in(&visit, filled.value("email"), filled.value("password")) {
            Ok(()) => numbers_page(hub, &visit),
            Err(why) => html(sign_in_page(&visit, why)),
        },
        _ => redirect(hub.authorise(&visit, &filled.values("channel"))),
    }
}

fn sign_in_page(visit: &str, note: &str) -> String {
    let action = format!("/dashboard/visits/{visit}/sign-in");
    let form = form(&action, SIGN_IN_FIELDS, &[("continue", "Sign in")]);
    let note = escaped(note);
    page(
        SERVICE,
        "Sign in",
        &format!("<p role=\"alert\">{note}</p>{form}"),
    )
}

fn numbers_page(hub: &Hub, visit: &str) -> HttpResponse {
    let Some((client, granted)) = hub.visitor(visit) else {
        return refuse(&HubError::new(404, "This visit is over."));
    };
    let numbers: String = client
        .numbers
        .iter()
        .map(|number| {
            let text = format!("+{} {}", number.phone_number, number.phone_name);
            let checked = granted.contains(&number.channel_id);
            checkbox("channel", &number.channel_id, &text, checked)
        })
        .collect();
    let action = format!("/dashboard/visits/{visit}/authorise");
    let form = form(&action, &numbers, &[("authorise", "Authorise")]);
    html(page(SERVICE, "Choose the numbers to share", &form))
}

async fn token(shared: web::Data<Shared>, body: web::Bytes) -> HttpResponse {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    answer(StatusCode::OK, shared.with_hub(|hub| hub.token(&body)))
}

async fn channels(
    shared: web::Data<Shared>,
    partner: web::Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let query = Filled::read(request.query_string().as_bytes());
    let limit = query.value("limit").parse().unwrap_or(1_000);
    let offset = query.value("offset").parse().unwrap_or(0);
    let found = shared.with_hub(|hub| {
        check(hub, &partner, &request)?;
        hub.channels(query.value("filters"), limit, offset)
    });
    answer(StatusCode::OK, found)
}

async fn create_key(
    shared: web::Data<Shared>,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> HttpResponse {
    let (partner, channel) = path.into_inner();
    let made = shared.with_hub(|hub| {
        check(hub, &partner, &request)?;
        hub.create_key(&channel)
    });
    answer(StatusCode::CREATED, made)
}

fn check(hub: &Hub, partner: &str, request: &HttpRequest) -> Result<(), HubError> {
    let headers = request.headers();
    let bearer = header(headers, "Authorization").and_then(|text| text.strip_prefix("Bearer "));
    hub.check_partner(partner, header(headers, "X-API-Key"), bearer)
}

/// The webhook of the number that the key is of: one that the hub made, or the one of the options.
async fn read_back(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let shown = |webhook: &SetWebhook| {
        let headers = webhook.headers.iter();
        let headers: serde_json::Map<_, _> = headers
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect();
        json!({ "url": webhook.url, "headers": headers })
    };
    if let Some((channel, _)) = shared.keyed(&request) {
        let found = shared.with_hub(|hub| {
            let webhook = hub.webhook(&channel).cloned().unwrap_or_default();
            Ok(shown(&webhook))
        });
        return answer(StatusCode::OK, found);
    }
    if !shared.has_key(request.headers()) {
        return bad_key();
    }
    let url = shared.webhook.borrow().clone().unwrap_or_default();
    HttpResponse::Ok().json(json!({ "url": url, "headers": {} }))
}

/// Meta's ids of the number that the key is of.
async fn health(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let played = &shared.options.number.phone_number_id;
    let id = match shared.keyed(&request) {
        Some((_, true)) => played.clone(),
        Some((channel, false)) => meta_id(&channel),
        None if shared.has_key(request.headers()) => played.clone(),
        None => return bad_key(),
    };
    let entity = |kind: &str, id: &str| json!({ "entity_type": kind, "id": id, "can_send_message": "AVAILABLE" });
    let entities = [
        entity("PHONE_NUMBER", &id),
        entity("WABA", &shared.options.account),
    ];
    let status = json!({ "can_send_message": "AVAILABLE", "entities": entities });
    HttpResponse::Ok().json(json!({ "health_status": status, "id": id }))
}

/// An id as Meta's are, the same for a channel every time.
fn meta_id(channel: &str) -> String {
    let sum = channel.bytes().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    format!("10{:013}", sum % 10_000_000_000_000)
}

async fn set_webhook(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let keyed = shared.keyed(&request);
    if keyed.is_none() && !shared.has_key(request.headers()) {
        return bad_key();
    }
    let hub = shared.hub.as_ref();
    let allows_loopback = hub.is_none_or(|hub| hub.lock().options.allows_loopback);
    let webhook = match read_webhook(&body, allows_loopback) {
        Ok(webhook) => webhook,
        Err(error) => return refuse(&error),
    };
    if keyed.as_ref().is_none_or(|(_, is_own)| *is_own) {
        *shared.webhook_headers.lock() = webhook.headers.clone();
        shared.webhook.send_replace(Some(webhook.url.clone()));
    }
    let answered = json!({ "url": webhook.url });
    if let (Some((channel, _)), Some(hub)) = (keyed, hub) {
        hub.lock().set_webhook(&channel, webhook);
    }
    HttpResponse::Ok().json(answered)
}

pub(super) fn bad_key() -> HttpResponse {
    refuse(&HubError::new(401, "Invalid api_key or token expired"))
}

fn answer(status: StatusCode, result: Result<Value, HubError>) -> HttpResponse {
    match result {
        Ok(value) => HttpResponse::build(status).json(value),
        Err(error) => refuse(&error),
    }
}

fn refuse(error: &HubError) -> HttpResponse {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    HttpResponse::build(status).json(error.body())
}

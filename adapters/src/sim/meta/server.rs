//! What runs on the stand-in's thread: its routes, its customers and the delivery of its webhooks.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{HttpRequest, HttpResponse, rt, web};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;

use ecluse_engine::ids::Address;

use super::{Fault, GraphError, Shared, facebook, hub};
use crate::meta::{SIGNATURE_HEADER, same_secret};
use crate::sim::courier::{Receipt, Recipient};
use crate::sim::graph::{self, Asked};
use crate::sim::ledger::Accepted;
use crate::sim::rules::Limited;
use crate::sim::running::Tasks;
use crate::sim::wire::{self, Piece};
use crate::whatsapp::{SERVICE_WINDOW, dialog360};

/// The largest request that is read.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// Customers stop writing while so many of their messages are not acknowledged.
const UNACKNOWLEDGED_MAX: usize = 2_000;

pub(super) fn routes(shared: Arc<Shared>) -> impl Fn(&mut web::ServiceConfig) + Clone {
    let data = web::Data::from(shared);
    move |config| {
        config
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(REQUEST_BYTES_MAX))
            .configure(paths);
    }
}

/// What is done beside answering.
pub(super) fn tasks(shared: Arc<Shared>) -> impl FnOnce() -> Tasks {
    move || {
        let courier = rt::spawn(Arc::clone(&shared.courier).run(Arc::clone(&shared)));
        let customers = rt::spawn(customers(shared));
        vec![customers, courier]
    }
}

fn paths(config: &mut web::ServiceConfig) {
    facebook::routes(config);
    hub::routes(config);
    config
        .route("/messages", web::post().to(dialog360_messages))
        .route("/v23.0/{number}", web::get().to(number))
        .route("/v23.0/{account}/phone_numbers", web::get().to(numbers))
        .route("/v23.0/{id}/subscribed_apps", web::post().to(subscribe))
        .route("/v23.0/{id}/subscribed_apps", web::delete().to(unsubscribe))
        .route("/v23.0/{number}/messages", web::post().to(messages))
        .default_service(web::to(|| async { refuse(&GraphError::unknown_path()) }));
}

/// Lets the customers write at their rate.
async fn customers(shared: Arc<Shared>) {
    let mut rate = shared.rate.subscribe();
    let mut next = Instant::now();
    loop {
        let per_second = *rate.borrow_and_update();
        if per_second <= 0.0 || !per_second.is_finite() {
            if rate.changed().await.is_err() {
                return;
            }
            next = Instant::now();
            continue;
        }
        tokio::select! {
            () = tokio::time::sleep_until(next) => {}
            _ = rate.changed() => {
                next = Instant::now();
                continue;
            }
        }
        // What could not be written in time is not made up for, beyond a second's worth.
        next = next.max(Instant::now() - Duration::from_secs(1));
        next += Duration::from_secs_f64(1.0 / per_second.min(100_000.0));
        shared.speak();
    }
}

impl Shared {
    /// Lets whoever's turn it is write one line.
    fn speak(&self) {
        if self.ledger.unacknowledged() >= UNACKNOWLEDGED_MAX {
            return;
        }
        let utterance = self
            .state
            .lock()
            .crowd
            .as_mut()
            .and_then(|crowd| crowd.next(Instant::now()));
        let Some(utterance) = utterance else { return };
        if let Err(error) = self.write(&utterance.customer, &utterance.name, &utterance.line) {
            tracing::error!(%error, "the ledger cannot be written, so the message is not sent");
        }
    }

    /// What `POST …/messages` does with a request that comes from the right sender.
    async fn take(&self, request: &[u8]) -> Result<HttpResponse, GraphError> {
        let own = &self.options.number.display_phone_number;
        let (to, input, text) = match graph::read(request, own)? {
            Asked::MarkRead => return Ok(HttpResponse::Ok().json(json!({ "success": true }))),
            Asked::Text { to, input, body } => (to, input, body),
        };
        self.state
            .lock()
            .meter
            .admit(&self.options.limits, &to, Instant::now())
            .map_err(|limited| match limited {
                Limited::Throughput => GraphError::throughput(),
                Limited::Pair => GraphError::pair(),
            })?;
        let accepted = Accepted {
            id: wire::message_id(&to, false).into(),
            customer: Address::from(to.as_str()),
            at: self.options.clock.now(),
            text,
        };
        self.accept(&accepted).await?;
        Ok(HttpResponse::Ok().json(json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": input, "wa_id": to }],
            "messages": [{ "id": accepted.id }],
        })))
    }

    async fn accept(&self, accepted: &Accepted) -> Result<(), GraphError> {
        if let Err(error) = self.ledger.answer_accepted(accepted) {
            tracing::error!(%error, "the ledger cannot be written, so the answer is not accepted");
            return Err(GraphError::new(131000, "Something went wrong"));
        }
        let statuses = self.schedule(accepted);
        self.changed();
        if self.state.lock().statuses_first {
            for acknowledged in statuses.into_iter().take(1) {
                // An error is a courier that stopped, and then nobody waits for the answer.
                drop(acknowledged.await);
            }
        }
        Ok(())
    }

    /// Plans the statuses of an accepted message; outside the service window there is one, and it is bad.
    fn schedule(&self, accepted: &Accepted) -> Vec<oneshot::Receiver<()>> {
        let last = self.ledger.last_written(&accepted.customer);
        let is_open = last.is_some_and(|at| accepted.at.since(at) < SERVICE_WINDOW);
        if !is_open {
            let after = self.options.delays.sent;
            return vec![self.post_status(
                accepted,
                "failed",
                after,
                Some(&GraphError::window_closed()),
            )];
        }
        let mut state = self.state.lock();
        state
            .last_answers
            .insert(accepted.customer.clone(), accepted.id.clone());
        if let Some(crowd) = &mut state.crowd {
            crowd.answered(&accepted.customer, Instant::now());
        }
        drop(state);
        let timetable = self.timetable();
        timetable
            .map(|(word, after)| self.post_status(accepted, word, after, None))
            .into()
    }

    fn authorized(&self, headers: &HeaderMap, query: &str) -> Result<(), GraphError> {
        let bearer =
            header(headers, "Authorization").and_then(|value| value.strip_prefix("Bearer "));
        if !bearer.is_some_and(|token| same_secret(token, &self.options.access_token)) {
            return Err(GraphError::bad_token());
        }
        let proof =
            url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "appsecret_proof");
        let expected = self.secret.proof(&self.options.access_token);
        match proof {
            Some((_, given)) if *given != *expected => Err(GraphError::bad_proof()),
            Some(_) | None => Ok(()),
        }
    }

    fn is_account(&self, account: &str) -> Result<(), GraphError> {
        if account == self.options.account {
            Ok(())
        } else {
            Err(GraphError::no_such_object(account))
        }
    }

    fn is_own(&self, number: &str) -> Result<(), GraphError> {
        if number == self.options.number.phone_number_id {
            Ok(())
        } else {
            Err(GraphError::no_such_object(number))
        }
    }

    /// Whether the next answer is to be spoilt, and how.
    async fn answer(&self, request: &[u8]) -> HttpResponse {
        let fault = self.state.lock().faults.pop_front();
        match fault {
            None => self
                .take(request)
                .await
                .unwrap_or_else(|error| refuse(&error)),
            Some(Fault::Refuse(error)) => refuse(&error),
            Some(Fault::Answer {
                status,
                body,
                retry_after_secs,
            }) => {
                let status =
                    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let mut answer = HttpResponse::build(status);
                if let Some(secs) = retry_after_secs {
                    answer.insert_header(("Retry-After", secs.to_string()));
                }
                answer.body(body)
            }
            Some(Fault::TimeOut { accepted }) => {
                self.take_if(accepted, request).await;
                std::future::pending().await
            }
            Some(Fault::Drop { accepted }) => {
                self.take_if(accepted, request).await;
                // A body that fails at once makes the server close the connection with nothing written.
                let failed = Err::<web::Bytes, _>(std::io::Error::other("dropped on purpose"));
                HttpResponse::Ok().streaming(futures_util::stream::iter([failed]))
            }
        }
    }

    async fn take_if(&self, accepted: bool, request: &[u8]) {
        if accepted && let Err(error) = self.take(request).await {
            tracing::warn!(
                code = error.code,
                "a request that was to be accepted was refused"
            );
        }
    }
}

async fn messages(
    shared: web::Data<Shared>,
    request: HttpRequest,
    number: web::Path<String>,
    body: web::Bytes,
) -> HttpResponse {
    let checked = shared
        .authorized(request.headers(), request.query_string())
        .and_then(|()| shared.is_own(&number))
        .and_then(|()| json_only(request.headers()));
    match checked {
        Ok(()) => shared.answer(&body).await,
        Err(error) => refuse(&error),
    }
}

async fn number(
    shared: web::Data<Shared>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    let checked = shared
        .authorized(request.headers(), request.query_string())
        .and_then(|()| shared.is_own(&id));
    if let Err(error) = checked {
        return refuse(&error);
    }
    let number = &shared.options.number;
    HttpResponse::Ok().json(json!({
        "verified_name": number.verified_name,
        "display_phone_number": number.display_phone_number,
        "id": number.phone_number_id,
        "quality_rating": "GREEN",
        "code_verification_status": "VERIFIED",
        "name_status": "APPROVED",
        "platform_type": "CLOUD_API",
    }))
}

/// The numbers of the business account, of which the stand-in has one.
async fn numbers(
    shared: web::Data<Shared>,
    request: HttpRequest,
    account: web::Path<String>,
) -> HttpResponse {
    let checked = shared
        .authorized(request.headers(), request.query_string())
        .and_then(|()| shared.is_account(&account));
    if let Err(error) = checked {
        return refuse(&error);
    }
    let number = &shared.options.number;
    let own = json!({
        "id": number.phone_number_id, "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name, "quality_rating": "GREEN",
    });
    HttpResponse::Ok().json(json!({
        "data": [own], "paging": { "cursors": { "before": "QVFI", "after": "QVFI" } },
    }))
}

/// Subscribes the app to the business account or to a page, whichever the id is of.
async fn subscribe(
    shared: web::Data<Shared>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    if shared.is_account(&id).is_err() {
        return facebook::subscribe(&shared, &request, &id);
    }
    let checked = shared.authorized(request.headers(), request.query_string());
    let allowed = checked.and_then(|()| match shared.state.lock().refuses_subscriptions {
        true => Err(GraphError::no_permission()),
        false => Ok(json!({ "success": true })),
    });
    facebook::answer(allowed)
}

async fn unsubscribe(
    shared: web::Data<Shared>,
    request: HttpRequest,
    id: web::Path<String>,
) -> HttpResponse {
    facebook::unsubscribe(&shared, &request, &id)
}

async fn dialog360_messages(
    shared: web::Data<Shared>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    match shared.has_key(request.headers()) {
        true => shared.answer(&body).await,
        false => hub::bad_key(),
    }
}

fn json_only(headers: &HeaderMap) -> Result<(), GraphError> {
    let kind = header(headers, CONTENT_TYPE.as_str()).unwrap_or("");
    if kind
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    {
        return Ok(());
    }
    Err(GraphError::new(
        100,
        "The content type is not application/json.",
    ))
}

pub(super) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

pub(super) fn refuse(error: &GraphError) -> HttpResponse {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut answer = HttpResponse::build(status);
    if let Some(secs) = error.retry_after_secs {
        answer.insert_header(("Retry-After", secs.to_string()));
    }
    answer.json(error.body())
}

impl Shared {
    /// Whether a call carries the number's key: the one of the options, or the one that the hub made.
    pub(super) fn has_key(&self, headers: &HeaderMap) -> bool {
        let Some(key) = header(headers, dialog360::KEY_HEADER) else {
            return false;
        };
        let own = self.options.dialog360.as_ref();
        own.is_some_and(|own| same_secret(key, &own.api_key)) || self.is_hub_key(key)
    }

    async fn webhook(&self) -> String {
        let mut webhook = self.webhook.subscribe();
        loop {
            if let Some(url) = webhook.borrow_and_update().clone() {
                return url;
            }
            if webhook.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Recipient for Shared {
    async fn deliver(&self, pieces: Vec<Piece>) -> bool {
        let url = self.webhook().await;
        let body = wire::body(&self.options.number, &self.options.account, &pieces).into_bytes();
        let mut request = self
            .client
            .post(url)
            .header("Content-Type", "application/json")
            .header("User-Agent", "facebookexternalua")
            .header(SIGNATURE_HEADER, self.secret.sign(&body));
        if let Some(secret) = &self.dialog360_secret {
            let signature = secret.sign(&body);
            let digits = signature.strip_prefix("sha256=").unwrap_or(&signature);
            request = request.header(dialog360::SIGNATURE_HEADER, digits);
        }
        for (name, value) in self.webhook_headers.lock().iter() {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    fn acknowledged(&self, receipt: &Receipt) {
        let recorded = match receipt {
            Receipt::Message(id) => self.ledger.acknowledged(id),
            Receipt::Status(id, word) => self.ledger.status_acknowledged(id, word),
        };
        if let Err(error) = recorded {
            // The next start delivers it again, which is what Meta might do too.
            tracing::error!(%error, "an acknowledgement cannot be written to the ledger");
        }
    }

    fn settled(&self, acknowledged: bool) {
        self.state.lock().bodies_refused += u64::from(!acknowledged);
        self.changed();
    }
}

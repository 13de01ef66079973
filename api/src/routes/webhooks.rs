//! The providers' way in: verify the raw bytes, parse, hand over, and say yes when everything is committed.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use ecluse_adapters::cmp::dialog360::events::{self, EVENT_SIGNATURE_HEADER};
use ecluse_adapters::meta::{AppSecret, Handshake, SIGNATURE_HEADER, pages};
use ecluse_adapters::whatsapp::parse::{ParseError, parse};
use ecluse_engine::ids::ChannelId;
use ecluse_engine::message::Item;
use ecluse_engine::metrics;
use ecluse_engine::runtime::{NoRoom, Settled};
use ecluse_engine::system::Patience;
use secrecy::SecretString;
use uuid::Uuid;

use crate::app::App;
use crate::connect::companies::Companies;
use crate::connect::partner_events;
use crate::error::{BodyLimit, WholeBody};
use crate::resources::Services;

/// When what came of a page may come again.
const PAGE_PAUSE: Duration = Duration::from_secs(60);

/// What the webhooks of our own Meta application are checked with.
#[derive(Clone, Debug)]
pub struct MetaApp {
    pub secret: Option<AppSecret>,
    pub verify_token: Option<SecretString>,
}

/// Mounts the webhooks. They are outside of the API document: their shape is the providers'.
pub fn configure(config: &mut web::ServiceConfig, bytes_max: usize) {
    config.service(
        web::scope("/webhooks")
            .app_data(BodyLimit(bytes_max))
            .service(
                web::resource("/meta")
                    .route(web::post().to(meta))
                    .route(web::get().to(handshake)),
            )
            .service(web::resource("/360dialog").route(web::post().to(partner)))
            .service(web::resource("/360dialog/{channel}").route(web::post().to(dialog360))),
    );
}

/// Meta asks whether this webhook is really ours.
async fn handshake(app: Data<MetaApp>, query: Query<Handshake>) -> HttpResponse {
    let Some(expected) = &app.verify_token else {
        return refuse(
            StatusCode::FORBIDDEN,
            "providers.meta_verify_token is not set",
        );
    };
    match query.answer(expected) {
        Ok(challenge) => HttpResponse::Ok()
            .content_type("text/plain")
            .body(challenge.to_owned()),
        Err(error) => refuse(StatusCode::FORBIDDEN, &error.to_string()),
    }
}

async fn meta(
    app: Data<App>,
    meta: Data<MetaApp>,
    request: HttpRequest,
    WholeBody(body): WholeBody,
) -> HttpResponse {
    let verified = match &meta.secret {
        Some(secret) => secret
            .verify(header(&request, SIGNATURE_HEADER), &body)
            .map_err(|error| error.to_string()),
        None => Err("providers.meta_app_secret is not set".to_owned()),
    };
    if let Err(reason) = verified {
        return unsigned(&reason);
    }
    let items = match parse(&body) {
        Ok(received) => app.directory.current().whatsapp_items(received),
        Err(ParseError::OtherObject { .. }) => return of_another_product(&app, &body),
        Err(error) => return malformed(&error),
    };
    take(&app, items, body.len()).await
}

/// What is of another product of Meta's and nobody's here is not ours to handle, and no use in having it sent again. Of a page
/// that a channel has it may be a customer's message: nothing takes it in yet, so it must not be acknowledged.
fn of_another_product(app: &App, body: &[u8]) -> HttpResponse {
    let listing = app.directory.current();
    match pages(body).iter().any(|page| listing.has_page(page)) {
        true => busy(PAGE_PAUSE),
        false => HttpResponse::Ok().finish(),
    }
}

async fn dialog360(
    app: Data<App>,
    channel: Path<Uuid>,
    request: HttpRequest,
    WholeBody(body): WholeBody,
) -> HttpResponse {
    let listing = app.directory.current();
    let Some(served) = listing.channel(ChannelId(*channel)) else {
        return refuse(StatusCode::NOT_FOUND, "there is no such channel");
    };
    let Some(webhook) = &served.dialog360 else {
        return refuse(
            StatusCode::NOT_FOUND,
            "the channel is not set up for 360dialog",
        );
    };
    if let Err(error) = webhook.verify(|name| header(&request, name), &body) {
        return unsigned(&error.to_string());
    }
    let items = match parse(&body) {
        Ok(received) => served.whatsapp_items(received),
        // Of another product of Meta's: not ours to handle, and no use in having it sent again.
        Err(ParseError::OtherObject { .. }) => return HttpResponse::Ok().finish(),
        Err(error) => return malformed(&error),
    };
    take(&app, items, body.len()).await
}

/// What 360dialog tells its partner of the clients' numbers.
async fn partner(
    services: Data<Services>,
    request: HttpRequest,
    WholeBody(body): WholeBody,
) -> HttpResponse {
    let companies = services.companies.as_ref();
    let Some(Ok(webhook)) = companies.map(Companies::partner_webhook) else {
        return unsigned("providers.dialog360_webhook_secret is not set");
    };
    if let Err(error) = webhook.verify(header(&request, EVENT_SIGNATURE_HEADER), &body) {
        return unsigned(&error.to_string());
    }
    let event = match events::parse(&body) {
        Ok(event) => event,
        Err(error) => return malformed(&error),
    };
    match partner_events::take(&services, &event).await {
        Ok(()) => HttpResponse::Ok().finish(),
        // It is sent again.
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "an event of 360dialog's could not be taken"
            );
            busy(Duration::from_secs(60))
        }
    }
}

/// Of what is taken in, only lack of room or a stop is a 503; both providers then send the body again, for up to seven days.
async fn take(app: &App, items: Vec<Item>, bytes: usize) -> HttpResponse {
    match app.engine.receive(items, bytes, Patience::None).await {
        Ok(Settled::All) => HttpResponse::Ok().finish(),
        Ok(Settled::Lost) => busy(Duration::from_secs(1)),
        Err(NoRoom { retry_after, .. }) => busy(retry_after),
    }
}

fn busy(retry_after: Duration) -> HttpResponse {
    metrics::webhook_no_room();
    HttpResponse::ServiceUnavailable()
        .insert_header(("Retry-After", retry_after.as_secs().max(1).to_string()))
        .finish()
}

fn unsigned(reason: &str) -> HttpResponse {
    metrics::webhook_unsigned();
    refuse(StatusCode::UNAUTHORIZED, reason)
}

fn malformed(error: &dyn std::error::Error) -> HttpResponse {
    metrics::webhook_malformed();
    refuse(StatusCode::BAD_REQUEST, &error.to_string())
}

fn refuse(status: StatusCode, reason: &str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .body(reason.to_owned())
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
}

//! What could not be handled: seen, sent again or put away.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post};
use ecluse_adapters::storage::read_model::contacts::DeadLetterRow;
use ecluse_engine::conversation::Reply;
use ecluse_engine::conversation::letter::Letter;
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Fact;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::common::{limit, rfc3339};
use super::refusals::problem;
use crate::access::{actor, no_room, record};
use crate::app::App;
use crate::auth::{AdministratorOnly, Principal};
use crate::error::{ApiError, Problem, Query};

/// Mounts the dead letters.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(retry).service(settle);
}

/// Which part of the list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct LettersQuery {
    /// The `next_cursor` of the page before.
    cursor: Option<i64>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// A message that crashed its handler twice, or could not be handled otherwise.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub struct LetterView {
    id: i64,
    #[schema(format = DateTime)]
    at: String,
    /// Why it could not be handled.
    cause: String,
    /// The customer's address, if it was for a conversation.
    address: Option<String>,
    channel_id: Option<uuid::Uuid>,
    /// Whether it can be sent again.
    retryable: bool,
    /// What it was.
    #[schema(value_type = Object)]
    letter: Value,
}

/// Dead letters, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Letters {
    items: Vec<LetterView>,
    next_cursor: Option<String>,
}

impl From<DeadLetterRow> for LetterView {
    fn from(row: DeadLetterRow) -> Self {
        let letter = serde_json::from_str::<Letter>(&row.letter).ok();
        Self {
            id: row.id,
            at: rfc3339(row.at),
            cause: row.cause,
            address: row.key.as_ref().map(|key| key.address.to_string()),
            channel_id: row.key.as_ref().map(|key| key.channel.0),
            retryable: row.key.is_some()
                && letter.is_some_and(|letter| !matches!(letter, Letter::Other(_))),
            letter: serde_json::from_str(&row.letter).unwrap_or_default(),
        }
    }
}

/// List dead letters
#[utoipa::path(tag = "dead-letters", params(LettersQuery), responses(
    (status = 200, description = "A page, newest first", body = Letters),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/dead-letters")]
async fn list(
    caller: AdministratorOnly,
    app: Data<App>,
    query: Query<LettersQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = page(&app, caller.0.tenant, query.cursor, limit(query.limit)?).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// A page of dead letters, newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn page(
    app: &App,
    tenant: TenantId,
    cursor: Option<i64>,
    limit: u32,
) -> Result<Letters, ApiError> {
    app.engine.read_your_writes().await;
    let mut rows = app
        .reads
        .dead_letters(tenant, cursor, limit + 1)
        .await
        .map_err(ApiError::internal)?;
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next_cursor = rows
        .last()
        .filter(|_| has_more)
        .map(|row| row.id.to_string());
    let items = rows.into_iter().map(LetterView::from).collect();
    Ok(Letters { items, next_cursor })
}

/// Send a dead letter again
///
/// Sent twice, it counts once. What is refused stays in the list.
#[utoipa::path(tag = "dead-letters", params(("id" = i64, Path)), responses(
    (status = 204, description = "Handled again; it is gone from the list, or back as a new letter"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 409, description = "`closed`, `channel_deleted`", body = Problem),
    (status = 422, description = "`validation`: the letter is only a description; `window_closed`", body = Problem),
    (status = 503, description = "`busy`, with Retry-After", body = Problem),
))]
#[post("/dead-letters/{id}/retry")]
async fn retry(
    caller: AdministratorOnly,
    app: Data<App>,
    id: Path<i64>,
) -> Result<HttpResponse, ApiError> {
    send_again(&app, &caller.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Hands a letter to its conversation again, and puts it away.
///
/// # Errors
/// There is no such letter, it is only a description, or the conversation refuses.
pub async fn send_again(app: &App, caller: &Principal, id: i64) -> Result<(), ApiError> {
    let row = find(app, caller, id).await?;
    let only_described =
        || ApiError::field("id", "not_retryable", "this letter is only a description");
    let key = row.key.ok_or_else(only_described)?;
    let letter = serde_json::from_str::<Letter>(&row.letter).map_err(|_| only_described())?;
    let command = letter
        .into_command(row.id, &key, &app.engine.fingerprinter)
        .ok_or_else(only_described)?;
    let reply = app.engine.ask(&key, command).await.map_err(no_room)?;
    match reply {
        // Back as a new letter, it need not be here twice.
        Some(Reply::Done { .. } | Reply::Known { .. } | Reply::Buried { .. }) => {
            put_away(app, caller, id).await
        }
        Some(Reply::Refused(refusal)) => Err(problem(refusal)),
        None => Err(ApiError::Busy {
            retry_after_secs: 1,
        }),
    }
}

/// Put a dead letter away
#[utoipa::path(tag = "dead-letters", params(("id" = i64, Path)), responses(
    (status = 204, description = "Gone from the list; the journal's record of it stays"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 503, description = "`busy`, with Retry-After", body = Problem),
))]
#[delete("/dead-letters/{id}")]
async fn settle(
    caller: AdministratorOnly,
    app: Data<App>,
    id: Path<i64>,
) -> Result<HttpResponse, ApiError> {
    find(&app, &caller.0, *id).await?;
    put_away(&app, &caller.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// One letter of the caller's tenant.
///
/// # Errors
/// There is none.
pub async fn find(app: &App, caller: &Principal, id: i64) -> Result<DeadLetterRow, ApiError> {
    let found = app
        .reads
        .dead_letter(caller.tenant, id)
        .await
        .map_err(ApiError::internal)?;
    found.ok_or(ApiError::NotFound)
}

/// Takes a letter off the list.
///
/// # Errors
/// We are full.
pub async fn put_away(app: &App, caller: &Principal, id: i64) -> Result<(), ApiError> {
    let fact = Fact::LetterSettled {
        letter: id,
        by: actor(caller),
    };
    record(app, caller, fact).await
}

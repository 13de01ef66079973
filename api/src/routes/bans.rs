//! Who may not write.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use ecluse_adapters::storage::config_db::{BanDraft, BanRecord, ConfigDb};
use ecluse_engine::message::{ChannelKind, Timestamp};
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{List, PageQuery, kind_schema, rfc3339};
use super::once::{Added, Once};
use crate::auth::{AdministratorOnly, SupervisorUp};
use crate::error::{ApiError, Asked, Problem, Query, parse_value};

/// Mounts the bans.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(lift);
}

/// A ban that holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ban)]
pub struct BanView {
    id: Uuid,
    #[schema(schema_with = kind_schema)]
    kind: ChannelKind,
    /// The customer's address on channels of the kind.
    address: String,
    reason: String,
    /// A person, an API key, or `system` for the abuse limits.
    banned_by: String,
    #[schema(format = DateTime)]
    since: String,
    /// `null` is until somebody lifts it.
    #[schema(format = DateTime)]
    until: Option<String>,
}

impl From<BanRecord> for BanView {
    fn from(ban: BanRecord) -> Self {
        Self {
            id: ban.id,
            kind: ban.kind,
            address: ban.address,
            reason: ban.reason,
            banned_by: ban.banned_by,
            since: rfc3339(ban.since),
            until: ban.until.map(rfc3339),
        }
    }
}

/// A ban as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"kind": "live_chat", "address": "q83vEjRWeJCrze8SNFZ4kA", "reason": "insults", "until": "2099-01-01T00:00:00Z"}))]
#[serde(deny_unknown_fields)]
pub struct BanBody {
    #[schema(schema_with = kind_schema)]
    kind: ChannelKind,
    #[schema(min_length = 1, max_length = 254, example = "+33612345678")]
    address: String,
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// Left out, it holds until somebody lifts it.
    #[schema(format = DateTime)]
    until: Option<String>,
}

impl BanBody {
    /// Reads the time.
    ///
    /// # Errors
    /// It is none of RFC 3339.
    pub fn draft(self) -> Result<BanDraft, ApiError> {
        let until = self.until.as_deref().map(|until| {
            let read: Result<jiff::Timestamp, _> = until.parse();
            read.map(|at| Timestamp(at.as_microsecond())).map_err(|_| {
                let message = "must be a time such as 2026-12-24T18:00:00Z";
                ApiError::field("until", "invalid", message)
            })
        });
        Ok(BanDraft {
            kind: self.kind,
            address: self.address,
            reason: self.reason,
            until: until.transpose()?,
        })
    }
}

/// List the bans
///
/// Those that hold now.
#[utoipa::path(tag = "bans", params(PageQuery), responses(
    (status = 200, description = "A page of bans, oldest first", body = List<BanView>),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/bans")]
async fn list(
    caller: SupervisorUp,
    db: Data<ConfigDb>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = query.page()?;
    let bans = db.bans(caller.0.tenant, page).await?;
    Ok(HttpResponse::Ok().json(List::of(page, bans, |ban| ban.id, BanView::from)))
}

/// Ban an address
///
/// Its messages are acknowledged to the provider and go nowhere. The address is kept as conversations have it: a number with
/// its country code, on WhatsApp the digits of its id, an e-mail address in lower case. On live chat it is the id that the
/// contact's identities have (else `invalid_visitor`), on Facebook the customer's id on the page (else `invalid_psid`).
#[utoipa::path(tag = "bans", request_body = BanBody, params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "Sent again within a day with the same body, the same answer is given and nothing is added.")), responses(
    (status = 201, description = "Banned", body = BanView, headers(("Location" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 409, description = "`idempotency_key_used`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[post("/bans")]
async fn create(
    request: HttpRequest,
    db: Data<ConfigDb>,
    Asked(caller, body): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let once = Once::of(&request, &caller.0, "bans", &body)?;
    if let Some(answer) = once.before(&db).await? {
        return Ok(answer);
    }
    let draft = parse_value::<BanBody>(&body)?.draft()?;
    let added = once.add(&db, move |change| {
        async move {
            let ban = change.add_ban(draft).await?;
            Ok(Added {
                revision: None,
                place: Some(format!("/api/v1/bans/{}", ban.id)),
                body: serde_json::to_value(BanView::from(ban)).map_err(ApiError::internal)?,
            })
        }
        .boxed()
    });
    added.await
}

/// Read a ban
#[utoipa::path(tag = "bans", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The ban", body = BanView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/bans/{id}")]
async fn show(
    caller: SupervisorUp,
    db: Data<ConfigDb>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let ban = db
        .ban(caller.0.tenant, *id)
        .await?
        .ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(BanView::from(ban)))
}

/// Lift a ban
///
/// The address may write again at once. A ban never changes, so no If-Match is needed.
#[utoipa::path(tag = "bans", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Lifted"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[delete("/bans/{id}")]
async fn lift(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    db.lift_ban(&caller.0.editor(), *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

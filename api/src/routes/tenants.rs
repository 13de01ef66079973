//! The companies that share a deployment. Only the platform's administrators see that there are several.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, patch, post, put};
use ecluse_adapters::storage::config_db::{
    Change, ConfigDb, PersonDraft, TenantDraft, TenantRecord,
};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, IntoResponses, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::common::{IfMatch, limit, position, rfc3339, shown};
use super::once::{Added, Once};
use crate::auth::{Auth, PlatformOnly};
use crate::error::{ApiError, Asked, Problem, Query, parse_value};
use crate::resources::merge_shown;

/// Mounts the tenants.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(rename)
        .service(patch_some);
}

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tenant)]
pub struct TenantView {
    id: u32,
    /// Unique in the deployment.
    key: String,
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[serde(skip)]
    revision: u64,
}

impl From<TenantRecord> for TenantView {
    fn from(tenant: TenantRecord) -> Self {
        Self {
            id: tenant.id.0,
            key: tenant.key,
            name: tenant.name,
            created_at: rfc3339(tenant.created_at),
            revision: tenant.revision,
        }
    }
}

/// Which tenants are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TenantQuery {
    /// The `next_cursor` of the page before.
    cursor: Option<u64>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// A page of tenants.
#[derive(Debug, Serialize, ToSchema)]
struct TenantPage {
    items: Vec<TenantView>,
    /// Send it as `cursor` for the next page; `null` at the end.
    next_cursor: Option<u64>,
}

/// A tenant as it should be, with its first administrator.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "Lampyre", "key": "lampyre", "administrator": {"name": "Ada", "email": "ada@example.com"}}))]
#[serde(deny_unknown_fields)]
pub struct TenantBody {
    /// Unique in the deployment; made of the name if it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_.-]{0,63}$")]
    key: Option<String>,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    administrator: AdministratorBody,
}

/// Who administers a new tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TenantAdministrator)]
#[serde(deny_unknown_fields)]
struct AdministratorBody {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(max_length = 254, example = "admin@example.com")]
    email: String,
}

/// A tenant just added.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewTenant {
    #[serde(flatten)]
    tenant: TenantView,
    /// Where its administrator chooses a password; good for 7 days, once.
    invitation_url: String,
}

/// Another name for a tenant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TenantName {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
}

/// Adds a tenant with its first administrator, both or none.
///
/// # Errors
/// A refused field.
pub async fn add(
    db: &ConfigDb,
    auth: &Auth,
    caller: &PlatformOnly,
    body: TenantBody,
) -> Result<NewTenant, ApiError> {
    let (editor, auth) = (caller.0.editor(), auth.clone());
    let made = db.change(&editor, move |change| {
        async move { add_in(change, &auth, body).await }.boxed()
    });
    made.await
}

async fn add_in(change: &mut Change, auth: &Auth, body: TenantBody) -> Result<NewTenant, ApiError> {
    let draft = TenantDraft {
        key: body.key,
        name: body.name,
    };
    let tenant = change.create_tenant(draft).await?;
    let AdministratorBody { name, email } = body.administrator;
    let person = PersonDraft::new(name, email, Role::Administrator);
    let person = change.in_tenant(tenant.id).create_person(person).await;
    let person = person.map_err(|error| error.below("administrator"))?;
    Ok(NewTenant {
        tenant: tenant.into(),
        invitation_url: auth.link_url(&person.invitation),
    })
}

/// List the tenants
#[utoipa::path(tag = "tenants", params(TenantQuery), responses(
    (status = 200, description = "A page, oldest first", body = TenantPage),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs the platform's administrator", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/tenants")]
async fn list(
    _: PlatformOnly,
    db: Data<ConfigDb>,
    query: Query<TenantQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = limit(query.limit)?;
    let after = position(query.cursor)?;
    let mut tenants = db.tenants_after(after, limit + 1).await?;
    let has_more = tenants.len() > limit as usize;
    tenants.truncate(limit as usize);
    let last = tenants.last().filter(|_| has_more);
    let next_cursor = last.map(|tenant| u64::from(tenant.id.0));
    let items = tenants.into_iter().map(TenantView::from).collect();
    Ok(HttpResponse::Ok().json(TenantPage { items, next_cursor }))
}

/// Add a tenant
///
/// With its first administrator, who is invited.
#[utoipa::path(tag = "tenants", request_body = TenantBody, params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "Sent again within a day with the same body, the same answer is given and nothing is added.")), responses(
    (status = 201, description = "Added", body = NewTenant, headers(("ETag" = String), ("Location" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs the platform's administrator; `csrf`", body = Problem),
    (status = 409, description = "`idempotency_key_used`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[post("/tenants")]
async fn create(
    request: HttpRequest,
    db: Data<ConfigDb>,
    auth: Data<Auth>,
    Asked(caller, body): Asked<PlatformOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let once = Once::of(&request, &caller.0, "tenants", &body)?;
    if let Some(answer) = once.before(&db).await? {
        return Ok(answer);
    }
    let (body, auth): (TenantBody, _) = (parse_value(&body)?, auth.get_ref().clone());
    let added = once.add(&db, move |change| {
        async move {
            let made = add_in(change, &auth, body).await?;
            Ok(Added {
                revision: Some(made.tenant.revision),
                place: Some(format!("/api/v1/tenants/{}", made.tenant.id)),
                body: serde_json::to_value(made).map_err(ApiError::internal)?,
            })
        }
        .boxed()
    });
    added.await
}

/// Read a tenant
#[utoipa::path(tag = "tenants", params(("id" = u32, Path)), responses(
    (status = 200, description = "The tenant", body = TenantView, headers(("ETag" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs the platform's administrator", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/tenants/{id}")]
async fn show(
    _: PlatformOnly,
    db: Data<ConfigDb>,
    id: Path<u32>,
) -> Result<HttpResponse, ApiError> {
    Ok(answer(existing(&db, *id).await?))
}

/// The tenant of a path.
pub(super) async fn existing(db: &ConfigDb, id: u32) -> Result<TenantRecord, ApiError> {
    db.tenant(TenantId(id)).await?.ok_or(ApiError::NotFound)
}

fn answer(tenant: TenantRecord) -> HttpResponse {
    let revision = tenant.revision;
    shown(&TenantView::from(tenant), revision)
}

/// How a change of something of the platform's is refused.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its shape counts")]
pub(super) enum ChangeRefused {
    #[response(status = 401, description = "`unauthenticated`")]
    Unauthenticated(Problem),
    #[response(
        status = 403,
        description = "`forbidden`: needs the platform's administrator; `csrf`"
    )]
    Forbidden(Problem),
    #[response(status = 404, description = "`not_found`")]
    NotFound(Problem),
    #[response(status = 412, description = "`precondition_failed`: changed meanwhile")]
    PreconditionFailed(Problem),
    #[response(status = 422, description = "`validation`")]
    Validation(Problem),
    #[response(status = 428, description = "`precondition_required`")]
    PreconditionRequired(Problem),
}

/// Rename a tenant
#[utoipa::path(tag = "tenants", request_body = TenantName, params(("id" = u32, Path),
        ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses((status = 200, description = "As it is now", body = TenantView, headers(("ETag" = String))), ChangeRefused)
)]
#[put("/tenants/{id}")]
async fn rename(
    db: Data<ConfigDb>,
    id: Path<u32>,
    expected: IfMatch,
    Asked(caller, body): Asked<PlatformOnly, TenantName>,
) -> Result<HttpResponse, ApiError> {
    let (editor, expected) = (caller.0.editor(), expected.revision()?);
    let renamed = db.rename_tenant(&editor, TenantId(*id), expected, body.name);
    Ok(answer(renamed.await?))
}

/// Change a tenant
///
/// A merge patch (RFC 7396); only the name can be another.
#[utoipa::path(tag = "tenants", params(("id" = u32, Path),
        ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    request_body(content = Object, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "As it is now", body = TenantView, headers(("ETag" = String))), ChangeRefused)
)]
#[patch("/tenants/{id}")]
async fn patch_some(
    db: Data<ConfigDb>,
    id: Path<u32>,
    expected: IfMatch,
    Asked(caller, patch): Asked<PlatformOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let (editor, expected) = (caller.0.editor(), expected.revision()?);
    let mut whole = json!({ "name": existing(&db, *id).await?.name });
    merge_shown(&mut whole, patch, &[]);
    let TenantName { name } = parse_value(&whole)?;
    let renamed = db.rename_tenant(&editor, TenantId(*id), expected, name);
    Ok(answer(renamed.await?))
}

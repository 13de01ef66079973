//! The keys of programs.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use ecluse_adapters::storage::config_db::{ApiKeyRecord, ConfigDb, NewApiKey, Token};
use ecluse_engine::configuration::Role;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{List, PageQuery, rfc3339, role_schema};
use super::once::{Added, Once};
use crate::auth::{AdministratorOnly, Principal};
use crate::error::{ApiError, Asked, Problem, Query, parse_value};

/// Mounts the keys.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(remove);
}

/// An API key, without the key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    id: Uuid,
    name: String,
    #[schema(schema_with = role_schema)]
    role: Role,
    #[schema(format = DateTime)]
    created_at: String,
    /// Exact to a minute or so.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

/// A key as it is shown.
pub fn view(key: ApiKeyRecord) -> ApiKeyView {
    key.into()
}

impl From<ApiKeyRecord> for ApiKeyView {
    fn from(key: ApiKeyRecord) -> Self {
        Self {
            id: key.id,
            name: key.name,
            role: key.role,
            created_at: rfc3339(key.created_at),
            last_used_at: key.last_used_at.map(rfc3339),
        }
    }
}

/// An API key just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewApiKey)]
pub struct NewApiKeyView {
    id: Uuid,
    name: String,
    #[schema(schema_with = role_schema)]
    role: Role,
    /// Shown this once.
    #[schema(example = "ecluse_tVN0…")]
    key: String,
}

impl From<NewApiKey> for NewApiKeyView {
    fn from(new: NewApiKey) -> Self {
        Self {
            id: new.record.id,
            name: new.record.name,
            role: new.record.role,
            key: new.key.expose().to_owned(),
        }
    }
}

/// An API key as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "deployment", "role": "administrator"}))]
#[serde(deny_unknown_fields)]
pub struct ApiKeyBody {
    /// What the key is for.
    #[schema(min_length = 1, max_length = 100, example = "CRM")]
    name: String,
    #[schema(schema_with = role_schema)]
    role: Role,
}

/// List the API keys
#[utoipa::path(tag = "api-keys", params(PageQuery), responses(
    (status = 200, description = "A page of keys, oldest first", body = List<ApiKeyView>),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/api-keys")]
async fn list(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = query.page()?;
    let keys = db.api_keys(caller.0.tenant, page).await?;
    Ok(HttpResponse::Ok().json(List::of(page, keys, |key| key.id, ApiKeyView::from)))
}

/// Make an API key
///
/// The answer is the only place where the key is shown.
#[utoipa::path(tag = "api-keys", request_body = ApiKeyBody, params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "Sent again within a day with the same body, the same answer is given and nothing is added.")), responses(
    (status = 201, description = "Made", body = NewApiKeyView, headers(("Location" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 409, description = "`idempotency_key_used`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[post("/api-keys")]
async fn create(
    request: HttpRequest,
    db: Data<ConfigDb>,
    Asked(caller, body): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let once = Once::of(&request, &caller.0, "api-keys", &body)?;
    if let Some(answer) = once.before(&db).await? {
        return Ok(answer);
    }
    let ApiKeyBody { name, role } = parse_value(&body)?;
    let added = once.add(&db, move |change| {
        async move {
            let new = change.add_api_key(name, role, Token::draw_api_key());
            let view = NewApiKeyView::from(new.await?);
            Ok(Added {
                revision: None,
                place: Some(format!("/api/v1/api-keys/{}", view.id)),
                body: serde_json::to_value(view).map_err(ApiError::internal)?,
            })
        }
        .boxed()
    });
    added.await
}

/// Makes a key, which is shown this once.
///
/// # Errors
/// A refused name.
pub async fn make(
    db: &ConfigDb,
    caller: &Principal,
    body: ApiKeyBody,
) -> Result<NewApiKeyView, ApiError> {
    let editor = caller.editor();
    let new = db.create_api_key(&editor, &body.name, body.role);
    Ok(new.await?.into())
}

/// Read an API key
///
/// Without the key itself.
#[utoipa::path(tag = "api-keys", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The key's name and role", body = ApiKeyView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/api-keys/{id}")]
async fn show(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let key = db.api_key_of(caller.0.tenant, *id).await?;
    let key = key.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(ApiKeyView::from(key)))
}

/// Revoke an API key
///
/// It ends with the next request. A key never changes, so no If-Match is needed.
#[utoipa::path(tag = "api-keys", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Revoked"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[delete("/api-keys/{id}")]
async fn remove(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    db.delete_api_key(&caller.0.editor(), *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

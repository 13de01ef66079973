//! Sign-ons: begun here, gone through in a window, taken by a channel that is saved.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use ecluse_adapters::storage::config_db::{SignOnFound, SignOnKind, SignOnRecord, SignOnState};
use ecluse_engine::ids::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::rfc3339;
use super::once::{Added, Once};
use crate::auth::AdministratorOnly;
use crate::connect::flow::Flow;
use crate::error::{ApiError, Asked, Problem, parse_value};
use crate::resources::Services;

/// Mounts the sign-ons.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(begin)
        .service(show)
        .service(choose)
        .service(end);
}

/// What to sign on to.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"kind": "facebook"}))]
#[serde(deny_unknown_fields)]
struct SignOnBody {
    kind: SignOnKind,
    /// The channel that is connected again; left out for a new one.
    channel: Option<Uuid>,
}

/// What is meant, of the choices.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChoiceBody {
    /// The `id` of one of the choices.
    choice: String,
}

/// A sign-on. What the company gave in secret never comes out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignOn)]
pub struct SignOnView {
    id: Uuid,
    kind: SignOnKind,
    state: SignOnState,
    /// The window to open.
    url: String,
    error: Option<SignOnErrorView>,
    /// What can be chosen from.
    choices: Vec<ChoiceView>,
    /// What is meant: `page_id` and `page_name`; `client_id`, `channel_id` and `number`; or `address` with `imap` and `smtp`.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Why a sign-on failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignOnError)]
struct SignOnErrorView {
    /// A stable word; translate this.
    #[schema(example = "refused_by_person")]
    code: String,
    /// What the company said.
    detail: String,
    /// What mends it: `connect_again`, `allow_all`, `change_at_provider`, `tell_operator` or `try_later`.
    #[schema(example = "allow_all")]
    remedy: String,
}

/// One of several.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignOnChoice)]
struct ChoiceView {
    id: String,
    name: String,
}

impl SignOnView {
    fn of(record: &SignOnRecord, url: String) -> Self {
        let fault = record.progress.fault.clone();
        let choices = record.choices().into_iter();
        Self {
            id: record.id,
            kind: record.kind,
            state: record.state,
            url,
            error: fault.map(|fault| SignOnErrorView {
                code: fault.code,
                detail: fault.detail,
                remedy: fault.remedy,
            }),
            choices: choices.map(|(id, name)| ChoiceView { id, name }).collect(),
            result: result(record),
            expires_at: rfc3339(record.expires_at),
        }
    }
}

fn result(record: &SignOnRecord) -> Option<Value> {
    match record.progress.found.as_ref()? {
        SignOnFound::Pages(_) => {
            let page = record.page()?;
            Some(json!({ "page_id": page.id, "page_name": page.name }))
        }
        SignOnFound::Numbers { client_id, .. } => {
            let one = record.number()?;
            Some(
                json!({ "client_id": client_id, "channel_id": one.channel_id, "number": one.number }),
            )
        }
        SignOnFound::Mailbox(mailbox) => {
            Some(json!({ "address": mailbox.address, "imap": mailbox.imap, "smtp": mailbox.smtp }))
        }
    }
}

/// Begin a sign-on
///
/// Open `url` in a window in which the administrator is signed in here: the connect service's own for `facebook` and
/// `whatsapp`, the company's for `microsoft` and `gmail`. Then read the sign-on until its state is `ready`, and save a channel
/// with its id as `sign_on` before `expires_at`.
#[utoipa::path(tag = "sign-ons", request_body = SignOnBody, params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
        description = "Sent again within a day with the same body, the same answer is given and nothing is added.")), responses(
    (status = 201, description = "Begun", body = SignOnView, headers(("Location" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 409, description = "`not_available`: this deployment cannot, and `setting` names why; \
        `idempotency_key_used`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
    (status = 503, description = "`provider_unreachable`", body = Problem),
))]
#[post("/sign-ons")]
async fn begin(
    request: HttpRequest,
    services: Data<Services>,
    Asked(caller, body): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let once = Once::of(&request, &caller.0, "sign-ons", &body)?;
    if let Some(answer) = once.before(&services.db).await? {
        return Ok(answer);
    }
    let SignOnBody { kind, channel } = parse_value(&body)?;
    let view = begun(&services, caller.0.tenant, kind, channel).await?;
    let begun = Added {
        revision: None,
        place: Some(format!("/api/v1/sign-ons/{}", view.id)),
        body: serde_json::to_value(view).map_err(ApiError::internal)?,
    };
    once.keep(&services.db, begun).await
}

/// Begins a sign-on, and shows it.
///
/// # Errors
/// The company is not available here, or `channel` is of another kind.
pub async fn begun(
    services: &Services,
    tenant: TenantId,
    kind: SignOnKind,
    channel: Option<Uuid>,
) -> Result<SignOnView, ApiError> {
    let flow = Flow::of(services, tenant)?;
    let (record, url) = flow.begin(kind, channel).await?;
    Ok(SignOnView::of(&record, url))
}

/// Shows a sign-on of the tenant.
///
/// # Errors
/// There is none, or it is over.
pub async fn standing(
    services: &Services,
    tenant: TenantId,
    id: Uuid,
) -> Result<SignOnView, ApiError> {
    let found = services.db.sign_on(tenant, id).await?;
    let record = found.ok_or(ApiError::NotFound)?;
    let url = window(services, &record);
    Ok(SignOnView::of(&record, url))
}

/// Read a sign-on
#[utoipa::path(tag = "sign-ons", params(("id" = Uuid, Path, description = "Its id")), responses(
    (status = 200, description = "As it stands", body = SignOnView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
    (status = 404, description = "`not_found`: none, or it is over", body = Problem),
))]
#[get("/sign-ons/{id}")]
async fn show(
    caller: AdministratorOnly,
    services: Data<Services>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let view = standing(&services, caller.0.tenant, *id).await?;
    Ok(HttpResponse::Ok().json(view))
}

fn window(services: &Services, record: &SignOnRecord) -> String {
    services.auth.url(&format!("/connect/{}", record.id))
}

/// Choose what to connect
///
/// Of several pages or numbers, and without the window: the sign-on is `ready` afterwards.
#[utoipa::path(tag = "sign-ons", request_body = ChoiceBody, params(("id" = Uuid, Path, description = "Its id")), responses(
    (status = 200, description = "As it stands", body = SignOnView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 404, description = "`not_found`: none, or it is over", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[post("/sign-ons/{id}/choice")]
async fn choose(
    services: Data<Services>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AdministratorOnly, ChoiceBody>,
) -> Result<HttpResponse, ApiError> {
    let found = services.db.sign_on(caller.0.tenant, *id).await?;
    found.ok_or(ApiError::NotFound)?;
    let flow = Flow::of(&services, caller.0.tenant)?;
    flow.choose(*id, &body.choice).await?;
    let record = flow.submit(*id).await?;
    let url = window(&services, &record);
    Ok(HttpResponse::Ok().json(SignOnView::of(&record, url)))
}

/// Forget a sign-on
#[utoipa::path(tag = "sign-ons", params(("id" = Uuid, Path, description = "Its id")), responses(
    (status = 204, description = "Forgotten"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[delete("/sign-ons/{id}")]
async fn end(
    caller: AdministratorOnly,
    services: Data<Services>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    match services.db.end_sign_on(caller.0.tenant, *id).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(ApiError::NotFound),
    }
}

//! What holds for everything of the tenant.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, put};
use ecluse_adapters::storage::config_db::{
    ConfigError, DocumentRecord, Editor, MAIL_PASSWORD, SettingsBody,
};
use ecluse_engine::ids::TenantId;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use utoipa::IntoResponses;
use utoipa_actix_web::service_config::ServiceConfig;

use super::common::{IfMatch, PATCH_TRIES, shown};
use crate::auth::{AdministratorOnly, Principal};
use crate::error::{ApiError, Asked, FieldError, Mended, Problem, mended, parse_value};
use crate::openapi::views::Settings;
use crate::resources::{Services, Shown, joined, merge_shown, put_only, strip};

/// Mounts the settings.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show)
        .service(replace_all)
        .service(patch_some);
}

/// What is shown and says nothing.
pub const READ_ONLY: &[&str] = &["mail.has_password"];

/// The settings as they are shown. Before the first change they are the usual ones, at revision 0.
///
/// # Errors
/// The configuration cannot be read.
pub async fn read(services: &Services, tenant: TenantId) -> Result<Shown, ApiError> {
    let record = services.db.only_document::<SettingsBody>(tenant).await?;
    Ok(view(tenant, record, services))
}

fn view(
    tenant: TenantId,
    record: Option<DocumentRecord<SettingsBody>>,
    services: &Services,
) -> Shown {
    let (id, revision) = record.as_ref().map_or((uuid::Uuid::nil(), 0), |record| {
        (record.id, record.revision)
    });
    let has_password = record
        .as_ref()
        .is_some_and(|record| record.secrets.contains(MAIL_PASSWORD));
    let settings = record.map(|record| record.body).unwrap_or_default();
    let mut body = serde_json::to_value(settings).unwrap_or_default();
    if let Some(Value::Object(mail)) = body.get_mut("mail") {
        mail.insert("has_password".to_owned(), json!(has_password));
    }
    if let (Value::Object(members), true) = (&mut body, has_fixed_url(services, tenant)) {
        // What the deployment fixed, or another tenant decides, is shown and cannot be set here.
        members.insert("public_url".to_owned(), json!(services.auth.url("")));
    }
    Shown { id, revision, body }
}

/// Whether the deployment or the platform's tenant decides the public address, and not these settings.
#[must_use]
pub fn has_fixed_url(services: &Services, tenant: TenantId) -> bool {
    tenant != TenantId::DEFAULT || services.auth.has_fixed_url()
}

/// The settings that a body asks for. A fixed address may be said as it is.
///
/// # Errors
/// A field that cannot be read, or another address than the fixed one.
pub fn read_body(
    services: &Services,
    tenant: TenantId,
    mut body: Value,
) -> Result<SettingsBody, ApiError> {
    let is_fixed = has_fixed_url(services, tenant);
    strip_what_stays(services, is_fixed, &mut body);
    let settings: SettingsBody = parse_value(&body)?;
    if is_fixed && settings.public_url.is_some() {
        let message =
            "is fixed by the deployment (ECLUSE_PUBLIC_URL) or belongs to the platform's tenant";
        return Err(ApiError::field("public_url", "fixed", message));
    }
    Ok(settings)
}

fn strip_what_stays(services: &Services, is_fixed: bool, body: &mut Value) {
    strip(body, READ_ONLY);
    if is_fixed
        && body.get("public_url").and_then(Value::as_str) == Some(&services.auth.url(""))
        && let Value::Object(members) = body
    {
        members.remove("public_url");
    }
}

/// What would be refused of a body that cannot be taken as it is, as far as it can be read. Nothing is stored.
pub async fn refusals(services: &Services, tenant: TenantId, mut body: Value) -> Vec<FieldError> {
    strip_what_stays(services, has_fixed_url(services, tenant), &mut body);
    let Some(Mended { read, faults }) = mended::<SettingsBody>(&body) else {
        return Vec::new();
    };
    let editor = Editor::system(tenant);
    let rehearsed = services.db.rehearse(&editor, move |change| {
        change.put_only_document(None, read).boxed()
    });
    match rehearsed.await {
        Err(ConfigError::Invalid(violations)) => {
            let refused = violations.into_iter().map(FieldError::from).collect();
            joined(faults, refused)
        }
        Ok(_) | Err(_) => faults,
    }
}

/// Replaces the settings.
///
/// # Errors
/// A refused field, or a newer revision.
pub async fn replace(
    services: &Services,
    caller: &Principal,
    expected: Option<u64>,
    body: Value,
) -> Result<Shown, ApiError> {
    let settings = match read_body(services, caller.tenant, body.clone()) {
        Err(ApiError::Validation(errors)) => {
            let others = refusals(services, caller.tenant, body).await;
            return Err(ApiError::Validation(joined(errors, others)));
        }
        read => read?,
    };
    let editor = caller.editor();
    let change = services.db.change(&editor, move |change| {
        put_only(change, expected, settings).boxed()
    });
    Ok(view(caller.tenant, change.await?, services))
}

/// Read the settings
#[utoipa::path(tag = "settings", responses(
    (status = 200, description = "The settings", body = Settings, headers(("ETag" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
))]
#[get("/settings")]
async fn show(
    caller: AdministratorOnly,
    services: Data<Services>,
) -> Result<HttpResponse, ApiError> {
    let Shown { body, revision, .. } = read(&services, caller.0.tenant).await?;
    Ok(shown(&body, revision))
}

/// How either change is answered.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its shape counts")]
enum Changed {
    #[response(status = 200, description = "As they are now", headers(("ETag" = String)))]
    Now(Settings),
    #[response(status = 401, description = "`unauthenticated`")]
    Unauthenticated(Problem),
    #[response(
        status = 403,
        description = "`forbidden`: needs an administrator; `csrf`"
    )]
    Forbidden(Problem),
    #[response(status = 412, description = "`precondition_failed`: changed meanwhile")]
    PreconditionFailed(Problem),
    #[response(status = 422, description = "`validation`")]
    Validation(Problem),
    #[response(status = 428, description = "`precondition_required`")]
    PreconditionRequired(Problem),
}

/// Replace the settings
///
/// Members that are left out get their usual values. Acts at once.
#[utoipa::path(tag = "settings", request_body = SettingsBody,
    params(("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses(Changed)
)]
#[put("/settings")]
async fn replace_all(
    services: Data<Services>,
    expected: IfMatch,
    Asked(caller, body): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let expected = expected.revision()?;
    let Shown { body, revision, .. } = replace(&services, &caller.0, expected, body).await?;
    Ok(shown(&body, revision))
}

/// Change some of the settings
///
/// A merge patch (RFC 7396) of what GET shows; `null` for the password forgets it.
#[utoipa::path(tag = "settings",
    request_body(content = Object, content_type = "application/merge-patch+json"),
    params(("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses(Changed)
)]
#[patch("/settings")]
async fn patch_some(
    services: Data<Services>,
    expected: IfMatch,
    Asked(caller, patch): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let expected = expected.revision()?;
    let mut tries = 0;
    loop {
        tries += 1;
        let stored = read(&services, caller.0.tenant).await?;
        if expected.is_some_and(|expected| expected != stored.revision) {
            return Err(ApiError::PreconditionFailed);
        }
        let mut body = stored.body;
        merge_shown(&mut body, patch.clone(), &[MAIL_PASSWORD]);
        match replace(&services, &caller.0, Some(stored.revision), body).await {
            Err(ApiError::PreconditionFailed) if expected.is_none() && tries < PATCH_TRIES => {
                services.db.settle().await?;
            }
            done => {
                let Shown { body, revision, .. } = done?;
                return Ok(shown(&body, revision));
            }
        }
    }
}

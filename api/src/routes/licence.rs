//! What a tenant may use, and how much of it is in use.

use std::collections::BTreeSet;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, patch, put};
use ecluse_adapters::storage::config_db::{Editor, LicenceBody};
use ecluse_engine::ids::TenantId;
use ecluse_engine::tenant::{Licence, Module};
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::common::{IfMatch, PATCH_TRIES, shown};
use super::tenants::{ChangeRefused, existing};
use crate::auth::{AdministratorOnly, PlatformOnly, Principal};
use crate::error::{ApiError, Asked, Problem, parse_value};
use crate::resources::{Services, merge_shown, put_only, strip};

/// Mounts the licence.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show)
        .service(show_of)
        .service(set)
        .service(patch_some);
}

/// Limits, and what is in use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LicenceShown)]
struct LicenceView {
    /// People who may be logged in as agents at once, supervisors included; `null` is no limit.
    agent_seats: Option<u32>,
    /// People with the role of supervisor or above; `null` is no limit.
    supervisor_seats: Option<u32>,
    /// Channels at once; `null` is no limit.
    channels_max: Option<u32>,
    /// `null` is every module.
    modules: Option<BTreeSet<Module>>,
    used: Used,
}

/// What counts against the limits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LicenceUse)]
struct Used {
    /// Everybody who may work as an agent; there is no limit to them.
    agents: u32,
    /// Who has an agent's seat now: those at work, and those whose connection was lost a moment ago.
    agents_at_work: u32,
    /// Supervisors and administrators.
    supervisors: u32,
    channels: u32,
}

/// The licence of a tenant, as it is shown.
///
/// # Errors
/// The configuration cannot be read, or the node has no room for the question who works.
pub async fn view(services: &Services, tenant: TenantId) -> Result<Value, ApiError> {
    Ok(read(services, tenant).await?.0)
}

/// With its revision, which is 0 before the first change.
async fn read(services: &Services, tenant: TenantId) -> Result<(Value, u64), ApiError> {
    let db = &services.db;
    let used = db.licence_use(tenant).await?;
    let record = db.only_document::<LicenceBody>(tenant).await?;
    let revision = record.as_ref().map_or(0, |record| record.revision);
    let licence = record.map(|record| record.body.0).unwrap_or_default();
    let view = LicenceView {
        agent_seats: licence.agent_seats,
        supervisor_seats: licence.supervisor_seats,
        channels_max: licence.channels_max,
        modules: licence.modules,
        used: Used {
            agents: used.agents,
            agents_at_work: services.guard.seats_taken(tenant).await?,
            supervisors: used.supervisors,
            channels: used.channels,
        },
    };
    let view = serde_json::to_value(view).map_err(ApiError::internal)?;
    Ok((view, revision))
}

async fn answer(services: &Services, tenant: TenantId) -> Result<HttpResponse, ApiError> {
    let (view, revision) = read(services, tenant).await?;
    Ok(shown(&view, revision))
}

/// Read the licence
///
/// `null` is unlimited. Beyond it, a new channel, a supervisor or a login is refused with `licence` or `no_seat`; what is
/// there already goes on.
#[utoipa::path(tag = "licence", responses(
    (status = 200, description = "The licence and its use", body = LicenceView, headers(("ETag" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
))]
#[get("/licence")]
async fn show(
    caller: AdministratorOnly,
    services: Data<Services>,
) -> Result<HttpResponse, ApiError> {
    answer(&services, caller.0.tenant).await
}

/// Read a tenant's licence
#[utoipa::path(tag = "licence", params(("id" = u32, Path, description = "The tenant")), responses(
    (status = 200, description = "The licence and its use", body = LicenceView, headers(("ETag" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs the platform's administrator", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/tenants/{id}/licence")]
async fn show_of(
    _: PlatformOnly,
    services: Data<Services>,
    id: Path<u32>,
) -> Result<HttpResponse, ApiError> {
    answer(&services, existing(&services.db, *id).await?.id).await
}

/// Set a tenant's licence
#[utoipa::path(tag = "licence", request_body = Licence, params(("id" = u32, Path, description = "The tenant"),
        ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses((status = 200, description = "The licence and its use", body = LicenceView, headers(("ETag" = String))), ChangeRefused)
)]
#[put("/tenants/{id}/licence")]
async fn set(
    services: Data<Services>,
    id: Path<u32>,
    expected: IfMatch,
    Asked(caller, licence): Asked<PlatformOnly, Licence>,
) -> Result<HttpResponse, ApiError> {
    let tenant = existing(&services.db, *id).await?.id;
    let expected = expected.revision()?;
    replace(&services, &caller.0, tenant, expected, licence).await?;
    answer(&services, tenant).await
}

async fn replace(
    services: &Services,
    caller: &Principal,
    tenant: TenantId,
    expected: Option<u64>,
    licence: Licence,
) -> Result<(), ApiError> {
    let editor = Editor {
        tenant,
        ..caller.editor()
    };
    let work = services.db.change(&editor, move |change| {
        put_only(change, expected, LicenceBody(licence)).boxed()
    });
    work.await?;
    Ok(())
}

/// Change some of a tenant's licence
///
/// A merge patch (RFC 7396); `null` takes a limit away.
#[utoipa::path(tag = "licence", params(("id" = u32, Path, description = "The tenant"),
        ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    request_body(content = Object, content_type = "application/merge-patch+json"),
    responses((status = 200, description = "The licence and its use", body = LicenceView, headers(("ETag" = String))), ChangeRefused)
)]
#[patch("/tenants/{id}/licence")]
async fn patch_some(
    services: Data<Services>,
    id: Path<u32>,
    expected: IfMatch,
    Asked(caller, patch): Asked<PlatformOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let tenant = existing(&services.db, *id).await?.id;
    let expected = expected.revision()?;
    let mut tries = 0;
    loop {
        tries += 1;
        let (mut whole, revision) = read(&services, tenant).await?;
        if expected.is_some_and(|expected| expected != revision) {
            return Err(ApiError::PreconditionFailed);
        }
        strip(&mut whole, &["used"]);
        merge_shown(&mut whole, patch.clone(), &[]);
        let licence = parse_value(&whole)?;
        match replace(&services, &caller.0, tenant, Some(revision), licence).await {
            Err(ApiError::PreconditionFailed) if expected.is_none() && tries < PATCH_TRIES => {
                services.db.settle().await?;
            }
            done => {
                done?;
                return answer(&services, tenant).await;
            }
        }
    }
}

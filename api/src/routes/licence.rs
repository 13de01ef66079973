//! What a tenant may use, and how much of it is in use.

use std::collections::BTreeSet;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, put};
use ecluse_adapters::storage::config_db::{ConfigDb, Editor, LicenceBody};
use ecluse_engine::ids::TenantId;
use ecluse_engine::tenant::{Licence, Module};
use futures_util::FutureExt as _;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::{AdministratorOnly, PlatformOnly};
use crate::error::{ApiError, Asked, Problem};

/// Mounts the licence.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(show).service(set);
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
    /// Everybody who may work as an agent. Seats count those who are logged in.
    agents: u32,
    /// Supervisors and administrators.
    supervisors: u32,
    channels: u32,
}

/// The licence of a tenant, as it is shown.
///
/// # Errors
/// The configuration cannot be read.
pub async fn view(db: &ConfigDb, tenant: TenantId) -> Result<serde_json::Value, ApiError> {
    let used = db.licence_use(tenant).await?;
    let licence = db.licence(tenant).await?;
    let view = LicenceView {
        agent_seats: licence.agent_seats,
        supervisor_seats: licence.supervisor_seats,
        channels_max: licence.channels_max,
        modules: licence.modules,
        used: Used {
            agents: used.agents,
            supervisors: used.supervisors,
            channels: used.channels,
        },
    };
    serde_json::to_value(view).map_err(ApiError::internal)
}

/// Read the licence
///
/// `null` is unlimited. Beyond it, a new channel, a supervisor or a login is refused with `licence` or `no_seat`; what is
/// there already goes on.
#[utoipa::path(tag = "licence", responses(
    (status = 200, description = "The licence and its use", body = LicenceView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
))]
#[get("/licence")]
async fn show(caller: AdministratorOnly, db: Data<ConfigDb>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(view(&db, caller.0.tenant).await?))
}

/// Set a tenant's licence
#[utoipa::path(tag = "licence", request_body = Licence, params(("id" = u32, Path, description = "The tenant")), responses(
    (status = 200, description = "The licence and its use", body = LicenceView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs the platform's administrator; `csrf`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[put("/tenants/{id}/licence")]
async fn set(
    db: Data<ConfigDb>,
    id: Path<u32>,
    Asked(caller, licence): Asked<PlatformOnly, Licence>,
) -> Result<HttpResponse, ApiError> {
    let tenant = TenantId(*id);
    if db.tenant(tenant).await?.is_none() {
        return Err(ApiError::NotFound);
    }
    let editor = Editor {
        tenant,
        ..caller.0.editor()
    };
    let work = db.change(&editor, move |change| {
        change.put_only_document(None, LicenceBody(licence)).boxed()
    });
    work.await?;
    Ok(HttpResponse::Ok().json(view(&db, tenant).await?))
}

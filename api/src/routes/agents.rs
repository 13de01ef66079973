//! Links by which people choose a password.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use ecluse_adapters::storage::config_db::{ConfigDb, LinkPurpose};
use ecluse_engine::ids::AgentId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::auth::{AdministratorOnly, Auth};
use crate::error::{ApiError, Problem};

/// Mounts what people have beside their configuration.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(invite);
}

/// A link to hand out.
#[derive(Debug, Serialize, ToSchema)]
struct Invitation {
    /// Where the person chooses a password.
    invitation_url: String,
}

/// Make a new link for a person
///
/// For an invitation that was lost (good for 7 days), or a password that was forgotten (good for an hour). Older links
/// of the person are void.
#[utoipa::path(tag = "agents", params(("id" = Uuid, Path)), responses(
    (status = 201, description = "The link", body = Invitation),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[post("/agents/{id}/invitation")]
async fn invite(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    auth: Data<Auth>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let id = AgentId(*id);
    let person = db
        .person(caller.0.tenant, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let purpose = if person.has_password {
        LinkPurpose::Reset
    } else {
        LinkPurpose::Invitation
    };
    let token = db.create_link(&caller.0.editor(), id, purpose).await?;
    Ok(HttpResponse::Created().json(Invitation {
        invitation_url: auth.link_url(&token),
    }))
}

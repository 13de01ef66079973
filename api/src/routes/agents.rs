//! Links by which people choose a password.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post};
use ecluse_adapters::storage::config_db::{ConfigDb, LinkPurpose};
use ecluse_engine::ids::AgentId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::auth::{AdministratorOnly, Auth, Principal, SupervisorUp};
use crate::error::{ApiError, AskedFile, Problem};
use crate::resources::Services;
use crate::resources::agents_csv::{self, ImportReport};

/// Mounts what people have beside their configuration.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(import_rows)
        .service(export_rows)
        .service(invite);
}

/// Import people
///
/// CSV with a header: `number`, `name`, `email`, `role`, `pin`, `wrap_up_secs`, `capacity`, `language`, `key`, in any order. A
/// number that is known changes that person, any other adds one; without a number the e-mail tells. Of a known person, what a
/// row leaves empty, or the file has no column for, is as before. A row that cannot be accepted is reported and leaves the
/// others alone. An apostrophe before `=`, `+`, `-` or `@`, as the export writes it for spreadsheets, is taken off. Refused as a
/// whole is a file whose header is missing (`required`) or names a column twice (`duplicate`) or one that there is not
/// (`unknown_column`), and one with a quote that is not closed (`unclosed_quote`).
#[utoipa::path(tag = "agents", request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, description = "What became of each row", body = ImportReport),
    (status = 400, description = "`malformed`: it is no CSV", body = Problem),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 413, description = "`payload_too_large`", body = Problem),
))]
#[post("/agents/import")]
async fn import_rows(
    services: Data<Services>,
    AskedFile(caller, file): AskedFile<AdministratorOnly>,
) -> Result<HttpResponse, ApiError> {
    let report = agents_csv::import(&services, &caller.0, &file).await?;
    Ok(HttpResponse::Ok().json(report))
}

/// Export people
///
/// As CSV that can be imported. PINs and passwords are not in it.
#[utoipa::path(tag = "agents", responses(
    (status = 200, description = "Everybody", body = String, content_type = "text/csv"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
))]
#[get("/agents/export")]
async fn export_rows(
    caller: SupervisorUp,
    services: Data<Services>,
) -> Result<HttpResponse, ApiError> {
    let csv = agents_csv::export(&services, caller.0.tenant).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("Content-Disposition", "attachment; filename=\"agents.csv\""))
        .body(csv))
}

/// A new link with which a person chooses a password.
///
/// # Errors
/// No such person.
pub async fn link_for(
    db: &ConfigDb,
    auth: &Auth,
    caller: &Principal,
    id: AgentId,
) -> Result<String, ApiError> {
    let person = db
        .person(caller.tenant, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let purpose = if person.has_password {
        LinkPurpose::Reset
    } else {
        LinkPurpose::Invitation
    };
    let token = db.create_link(&caller.editor(), id, purpose).await?;
    Ok(auth.link_url(&token))
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
    let invitation_url = link_for(&db, &auth, &caller.0, AgentId(*id)).await?;
    Ok(HttpResponse::Created().json(Invitation { invitation_url }))
}

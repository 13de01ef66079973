//! The people who sign in: agents, supervisors and administrators.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post, put};
use ecluse_adapters::storage::config_db::{
    ConfigDb, LinkPurpose, PersonDraft, PersonRecord, PinChange, SecretChange, Violation, check_pin,
};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::AgentId;
use ecluse_engine::texts::Language;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{
    IfMatch, List, PageQuery, ReadOnly, created, language_schema, rfc3339, role_schema,
    secret_change, shown,
};
use crate::auth::{AdministratorOnly, Auth, PresenceCheck, SupervisorUp};
use crate::error::{ApiError, Asked, Conflict, FieldError, Problem, Query};

/// Mounts the people.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change)
        .service(remove)
        .service(invite);
}

/// A person who signs in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agent)]
struct AgentView {
    id: Uuid,
    name: String,
    email: String,
    #[schema(example = "0001")]
    number: String,
    has_pin: bool,
    /// Whether the invitation was accepted.
    has_password: bool,
    #[schema(schema_with = role_schema)]
    role: Role,
    wrap_up_secs: u32,
    capacity: u32,
    #[schema(schema_with = language_schema)]
    language: Option<Language>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<PersonRecord> for AgentView {
    fn from(person: PersonRecord) -> Self {
        Self {
            id: person.id.0,
            name: person.name,
            email: person.email,
            number: person.number,
            has_pin: person.has_pin,
            has_password: person.has_password,
            role: person.role,
            wrap_up_secs: person.wrap_up_secs,
            capacity: person.capacity,
            language: person.language,
            created_at: rfc3339(person.created_at),
            updated_at: rfc3339(person.updated_at),
        }
    }
}

/// A person just added, with the link to hand out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewAgent)]
struct NewAgentView {
    #[serde(flatten)]
    agent: AgentView,
    /// Where the person chooses a password; good for 7 days, once.
    invitation_url: String,
}

/// A person as they should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AgentBody {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Unique without regard to case.
    #[schema(max_length = 254, example = "agent@example.com")]
    email: String,
    /// Four digits, unique. Left out, it is the first free one, or the same as before.
    #[schema(pattern = "^[0-9]{4}$", example = "0001")]
    number: Option<String>,
    /// 4 to 10 digits that are asked at sign-in. Left out, it is kept; `null` takes it away.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    pin: SecretChange,
    #[schema(schema_with = role_schema)]
    role: Role,
    /// The time after a conversation before the next one is offered; 0 is none.
    #[serde(default = "wrap_up_secs")]
    #[schema(maximum = 3600, default = 20)]
    wrap_up_secs: u32,
    /// Units of work at once: a chat takes 25, a message 10.
    #[serde(default = "capacity")]
    #[schema(minimum = 1, maximum = 1000, default = 100)]
    capacity: u32,
    #[serde(default)]
    #[schema(schema_with = language_schema)]
    language: Option<Language>,
    #[serde(default, rename = "id")]
    #[schema(ignore)]
    _id: ReadOnly,
    #[serde(default, rename = "has_pin")]
    #[schema(ignore)]
    _has_pin: ReadOnly,
    #[serde(default, rename = "has_password")]
    #[schema(ignore)]
    _has_password: ReadOnly,
    #[serde(default, rename = "created_at")]
    #[schema(ignore)]
    _created_at: ReadOnly,
    #[serde(default, rename = "updated_at")]
    #[schema(ignore)]
    _updated_at: ReadOnly,
}

const fn wrap_up_secs() -> u32 {
    PersonDraft::WRAP_UP_SECS
}

const fn capacity() -> u32 {
    PersonDraft::CAPACITY
}

impl AgentBody {
    /// Checks everything before the PIN is hashed: hashing is dear.
    async fn draft(self, auth: &Auth) -> Result<PersonDraft, ApiError> {
        let mut draft = PersonDraft {
            name: self.name,
            email: self.email,
            number: self.number,
            pin: PinChange::Keep,
            role: self.role,
            wrap_up_secs: self.wrap_up_secs,
            capacity: self.capacity,
            language: self.language,
        };
        let mut violations = draft.check();
        violations.extend(pin_violation(&self.pin));
        if !violations.is_empty() {
            return Err(ApiError::Validation(
                violations.into_iter().map(FieldError::from).collect(),
            ));
        }
        draft.pin = match self.pin {
            SecretChange::Keep => PinChange::Keep,
            SecretChange::Clear => PinChange::Clear,
            SecretChange::Set(pin) => PinChange::Set {
                hash: auth.hash(pin).await?,
            },
        };
        Ok(draft)
    }
}

fn pin_violation(pin: &SecretChange) -> Option<Violation> {
    match pin {
        SecretChange::Set(pin) => check_pin(pin.expose_secret()),
        SecretChange::Keep | SecretChange::Clear => None,
    }
}

/// List the people
#[utoipa::path(tag = "agents", params(PageQuery), responses(
    (status = 200, description = "A page of people, oldest first", body = List<AgentView>),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/agents")]
async fn list(
    caller: SupervisorUp,
    db: Data<ConfigDb>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = query.page()?;
    let people = db.people(caller.0.tenant, page).await?;
    Ok(HttpResponse::Ok().json(List::of(
        page,
        people,
        |person| person.id.0,
        AgentView::from,
    )))
}

/// Add a person and invite them
#[utoipa::path(tag = "agents", request_body = AgentBody, responses(
    (status = 201, description = "Added", body = NewAgentView, headers(("ETag" = String), ("Location" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[post("/agents")]
async fn create(
    db: Data<ConfigDb>,
    auth: Data<Auth>,
    Asked(caller, body): Asked<AdministratorOnly, AgentBody>,
) -> Result<HttpResponse, ApiError> {
    let new = db
        .create_person(&caller.0.editor(), body.draft(&auth).await?)
        .await?;
    let (revision, place) = (
        new.person.revision,
        format!("/api/v1/agents/{}", new.person.id),
    );
    let invitation_url = auth.link_url(&new.invitation);
    Ok(created(
        &NewAgentView {
            agent: new.person.into(),
            invitation_url,
        },
        revision,
        &place,
    ))
}

/// Read a person
#[utoipa::path(tag = "agents", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The person", body = AgentView, headers(("ETag" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/agents/{id}")]
async fn show(
    caller: SupervisorUp,
    db: Data<ConfigDb>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let person = db
        .person(caller.0.tenant, AgentId(*id))
        .await?
        .ok_or(ApiError::NotFound)?;
    let revision = person.revision;
    Ok(shown(&AgentView::from(person), revision))
}

/// Replace a person's configuration
#[utoipa::path(tag = "agents", request_body = AgentBody,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses(
        (status = 200, description = "Replaced", body = AgentView, headers(("ETag" = String))),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 409, description = "`last_administrator`", body = Problem),
        (status = 412, description = "`precondition_failed`: changed meanwhile", body = Problem),
        (status = 422, description = "`validation`", body = Problem),
        (status = 428, description = "`precondition_required`", body = Problem),
    )
)]
#[put("/agents/{id}")]
async fn change(
    db: Data<ConfigDb>,
    auth: Data<Auth>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AdministratorOnly, AgentBody>,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let expected = expected.revision()?;
    let draft = body.draft(&auth).await?;
    let person = db
        .change_person(&caller.0.editor(), AgentId(*id), expected, draft)
        .await?;
    let revision = person.revision;
    Ok(shown(&AgentView::from(person), revision))
}

/// Delete a person
///
/// For good: sessions and memberships end. Refused while the person is logged in to the desk.
#[utoipa::path(tag = "agents",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 409, description = "`agent_logged_in`, `last_administrator`", body = Problem),
        (status = 412, description = "`precondition_failed`: changed meanwhile", body = Problem),
        (status = 428, description = "`precondition_required`", body = Problem),
    )
)]
#[delete("/agents/{id}")]
async fn remove(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    presence: Data<Arc<dyn PresenceCheck>>,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let (id, expected) = (AgentId(*id), expected.revision()?);
    if presence.is_logged_in(id) {
        return Err(ApiError::Conflict(Conflict::AgentLoggedIn));
    }
    db.delete_person(&caller.0.editor(), id, expected).await?;
    Ok(HttpResponse::NoContent().finish())
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

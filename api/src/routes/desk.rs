//! The desk over REST: its snapshot, the agent's presence, and the answers to offers.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, post, put};
use ecluse_engine::ids::{AgentId, OfferId, QueueId};
use ecluse_engine::router::{Presence, RoutingEvent, Session, SkillSet, WorkStrategy};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::access::route;
use crate::app::App;
use crate::auth::AgentUp;
use crate::desk::snapshot::{self, DeskSnapshot};
use crate::desk::socket::queue_ids;
use crate::error::{ApiError, Asked, FieldError, Problem};

/// Mounts the desk.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(show)
        .service(presence)
        .service(accept)
        .service(refuse);
}

/// What an agent works on, and how present they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PresenceBody {
    /// `available`, `busy`, `away` or `offline`; only available agents are offered conversations.
    #[schema(value_type = String, example = "available")]
    presence: Presence,
    /// Queues to log in to: some of which the agent is a member, which `GET /desk` says of each. Not looked at with `offline`.
    #[serde(default)]
    queues: Vec<Uuid>,
    /// `inbound`, `outbound` (nothing from queues) or `blended`.
    #[serde(default)]
    #[schema(value_type = String, example = "blended")]
    strategy: WorkStrategy,
}

/// Read the desk
#[utoipa::path(tag = "desk", responses(
    (status = 200, description = "Everything the desk shows, and the offset for its socket", body = DeskSnapshot),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`people_only`", body = Problem),
))]
#[get("/desk")]
async fn show(caller: AgentUp, app: Data<App>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(snapshot::read(&app, &caller.0).await?))
}

/// Set presence, queues and working strategy
#[utoipa::path(tag = "desk", request_body = PresenceBody, responses(
    (status = 204, description = "Set"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 409, description = "`unknown_agent`; `no_seat`: the licence has no agent seat left", body = Problem),
    (status = 422, description = "`validation`, with `not_a_member` at a queue that is not the agent's, or not any more: nothing is set", body = Problem),
))]
#[put("/desk/presence")]
async fn presence(
    app: Data<App>,
    Asked(caller, body): Asked<AgentUp, PresenceBody>,
) -> Result<HttpResponse, ApiError> {
    let agent = caller.0.person()?;
    if body.presence != Presence::Offline {
        refuse_foreign(&app, agent, &body.queues)?;
    }
    let session = Session {
        queues: queue_ids(&body.queues).into_iter().collect(),
        strategy: body.strategy,
        presence: body.presence,
        skills: SkillSet::default(),
    };
    let event = match body.presence {
        Presence::Offline => RoutingEvent::AgentSignedOut { agent },
        Presence::Available | Presence::Busy | Presence::Away => {
            RoutingEvent::AgentSignedIn { agent, session }
        }
    };
    route(&app, &caller.0, event).await
}

/// Nobody logs in to a queue that is not theirs.
fn refuse_foreign(app: &App, agent: AgentId, queues: &[Uuid]) -> Result<(), ApiError> {
    let config = app.engine.config.current();
    let is_theirs = |id: Uuid| {
        let queue = config.queues.get(&QueueId(id));
        queue.is_some_and(|queue| queue.members.contains(&agent))
    };
    let message = "must be a queue of which you are a member: one with `member` in `GET /desk`";
    let foreign = queues.iter().enumerate().filter(|(_, id)| !is_theirs(**id));
    let errors: Vec<_> = foreign
        .map(|(place, _)| FieldError::new(format!("queues[{place}]"), "not_a_member", message))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(ApiError::Validation(errors)),
    }
}

/// Accept an offer
#[utoipa::path(tag = "desk", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Reserved; the conversation is the agent's as soon as that is recorded"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 409, description = "`offer_ended`, `not_your_offer`", body = Problem),
))]
#[post("/desk/offers/{id}/accept")]
async fn accept(caller: AgentUp, app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, ApiError> {
    let agent = caller.0.person()?;
    route(
        &app,
        &caller.0,
        RoutingEvent::OfferAccepted {
            offer: OfferId(*id),
            agent,
        },
    )
    .await
}

/// Refuse an offer
#[utoipa::path(tag = "desk", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Refused; the conversation waits again with its age"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 409, description = "`offer_ended`, `not_your_offer`", body = Problem),
))]
#[post("/desk/offers/{id}/refuse")]
async fn refuse(caller: AgentUp, app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, ApiError> {
    let agent = caller.0.person()?;
    route(
        &app,
        &caller.0,
        RoutingEvent::OfferRefused {
            offer: OfferId(*id),
            agent,
        },
    )
    .await
}

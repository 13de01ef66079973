//! Messaging queues.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post, put};
use ecluse_adapters::storage::config_db::{ConfigDb, QueueDraft, QueueRecord};
use ecluse_adapters::storage::read_model::conversations::{ConversationFilter, StateFilter};
use ecluse_engine::configuration::{AgentOrder, OnAgentLost, Strategy};
use ecluse_engine::ids::{AgentId, QueueId, TenantId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{
    IfMatch, List, PageQuery, ReadOnly, created, on_agent_lost_schema, order_schema, rfc3339,
    shown, strategy_schema,
};
use crate::app::App;
use crate::auth::{AdministratorOnly, SupervisorUp};
use crate::error::{ApiError, Asked, Conflict, Problem, Query};

/// Mounts the queues.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change)
        .service(remove);
}

/// A messaging queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queue)]
struct QueueView {
    id: Uuid,
    name: String,
    #[schema(schema_with = strategy_schema)]
    strategy: Strategy,
    #[schema(schema_with = order_schema)]
    order: AgentOrder,
    offer_timeout_secs: u32,
    max_per_agent: u32,
    /// Ids of agents.
    members: Vec<Uuid>,
    #[schema(schema_with = on_agent_lost_schema)]
    on_agent_lost: OnAgentLost,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<QueueRecord> for QueueView {
    fn from(queue: QueueRecord) -> Self {
        Self {
            id: queue.id.0,
            name: queue.name,
            strategy: queue.strategy,
            order: queue.order,
            offer_timeout_secs: queue.offer_timeout_secs,
            max_per_agent: queue.max_per_agent,
            members: queue.members.into_iter().map(|member| member.0).collect(),
            on_agent_lost: queue.on_agent_lost,
            created_at: rfc3339(queue.created_at),
            updated_at: rfc3339(queue.updated_at),
        }
    }
}

/// A queue as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QueueBody {
    /// Letters, digits, spaces, `_` and `-`; unique without regard to case.
    #[schema(min_length = 1, max_length = 64, example = "Customer_Support")]
    name: String,
    /// `auto`: conversations are offered to agents. `manual`: agents take them.
    #[schema(schema_with = strategy_schema)]
    strategy: Strategy,
    /// Which eligible agent is offered a conversation first.
    #[serde(default)]
    #[schema(schema_with = order_schema)]
    order: AgentOrder,
    /// How long an agent may think about an offer.
    #[serde(default = "offer_timeout_secs")]
    #[schema(minimum = 5, maximum = 600, default = 30)]
    offer_timeout_secs: u32,
    /// The most conversations of this queue that one agent holds; 0 is no limit.
    #[serde(default = "max_per_agent")]
    #[schema(maximum = 1000, default = 5)]
    max_per_agent: u32,
    /// Ids of agents.
    #[serde(default)]
    members: Vec<Uuid>,
    /// What happens to the conversations of an agent who is gone.
    #[serde(default)]
    #[schema(schema_with = on_agent_lost_schema)]
    on_agent_lost: OnAgentLost,
    #[serde(default, rename = "id")]
    #[schema(ignore)]
    _id: ReadOnly,
    #[serde(default, rename = "created_at")]
    #[schema(ignore)]
    _created_at: ReadOnly,
    #[serde(default, rename = "updated_at")]
    #[schema(ignore)]
    _updated_at: ReadOnly,
}

const fn offer_timeout_secs() -> u32 {
    QueueDraft::OFFER_TIMEOUT_SECS
}

const fn max_per_agent() -> u32 {
    QueueDraft::MAX_PER_AGENT
}

impl From<QueueBody> for QueueDraft {
    fn from(body: QueueBody) -> Self {
        Self {
            name: body.name,
            strategy: body.strategy,
            order: body.order,
            offer_timeout_secs: body.offer_timeout_secs,
            max_per_agent: body.max_per_agent,
            members: body.members.into_iter().map(AgentId).collect(),
            on_agent_lost: body.on_agent_lost,
        }
    }
}

/// List the queues
#[utoipa::path(tag = "queues", params(PageQuery), responses(
    (status = 200, description = "A page of queues, oldest first", body = List<QueueView>),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/queues")]
async fn list(
    caller: SupervisorUp,
    db: Data<ConfigDb>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = query.page()?;
    let queues = db.queues(caller.0.tenant, page).await?;
    Ok(HttpResponse::Ok().json(List::of(page, queues, |queue| queue.id.0, QueueView::from)))
}

/// Add a queue
#[utoipa::path(tag = "queues", request_body = QueueBody, responses(
    (status = 201, description = "Added", body = QueueView, headers(("ETag" = String), ("Location" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[post("/queues")]
async fn create(
    db: Data<ConfigDb>,
    Asked(caller, body): Asked<AdministratorOnly, QueueBody>,
) -> Result<HttpResponse, ApiError> {
    let queue = db.create_queue(&caller.0.editor(), body.into()).await?;
    let (revision, place) = (queue.revision, format!("/api/v1/queues/{}", queue.id));
    Ok(created(&QueueView::from(queue), revision, &place))
}

/// Read a queue
#[utoipa::path(tag = "queues", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The queue", body = QueueView, headers(("ETag" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/queues/{id}")]
async fn show(
    caller: SupervisorUp,
    db: Data<ConfigDb>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let queue = db
        .queue(caller.0.tenant, QueueId(*id))
        .await?
        .ok_or(ApiError::NotFound)?;
    let revision = queue.revision;
    Ok(shown(&QueueView::from(queue), revision))
}

/// Replace a queue's configuration
#[utoipa::path(tag = "queues", request_body = QueueBody,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses(
        (status = 200, description = "Replaced", body = QueueView, headers(("ETag" = String))),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 412, description = "`precondition_failed`: changed meanwhile", body = Problem),
        (status = 422, description = "`validation`", body = Problem),
        (status = 428, description = "`precondition_required`", body = Problem),
    )
)]
#[put("/queues/{id}")]
async fn change(
    db: Data<ConfigDb>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AdministratorOnly, QueueBody>,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let queue = db
        .change_queue(
            &caller.0.editor(),
            QueueId(*id),
            expected.revision()?,
            body.into(),
        )
        .await?;
    let revision = queue.revision;
    Ok(shown(&QueueView::from(queue), revision))
}

/// Delete a queue
///
/// Refused while a channel points to it, which the problem's `channels` lists, or conversations are open in it.
#[utoipa::path(tag = "queues",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 409, description = "`queue_in_use`", body = Problem),
        (status = 412, description = "`precondition_failed`: changed meanwhile", body = Problem),
        (status = 428, description = "`precondition_required`", body = Problem),
    )
)]
#[delete("/queues/{id}")]
async fn remove(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    app: Option<Data<App>>,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let expected = expected.revision()?;
    if let Some(app) = app
        && has_open(&app, caller.0.tenant, QueueId(*id)).await?
    {
        return Err(ApiError::Conflict(Conflict::QueueNotEmpty));
    }
    db.delete_queue(&caller.0.editor(), QueueId(*id), expected)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whether a conversation that is not closed waits or is worked on in the queue.
async fn has_open(app: &App, tenant: TenantId, queue: QueueId) -> Result<bool, ApiError> {
    let filter = ConversationFilter {
        state: Some(StateFilter::Open),
        queue: Some(queue),
        limit: 1,
        ..ConversationFilter::default()
    };
    app.engine.read_your_writes().await;
    let open = app
        .reads
        .conversations(tenant, filter)
        .await
        .map_err(ApiError::internal)?;
    Ok(!open.is_empty())
}

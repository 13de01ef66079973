//! Conversations and their messages.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get, post};
use compact_str::CompactString;
use ecluse_adapters::storage::read_model::conversations::{
    ConversationFilter, ConversationRow, Delivery, StateFilter, TimelineEntry, TimelineRange,
    TimelineRow,
};
use ecluse_engine::configuration::Role;
use ecluse_engine::conversation::{Command, Reply};
use ecluse_engine::ids::{AgentId, ChannelId, ContactId, ProviderMessageId, QueueId};
use ecluse_engine::live::Typist;
use ecluse_engine::message::{
    Actor, Author, CloseReason, Content, Fingerprint, Outbound, Status, Timestamp,
};
use ecluse_engine::router::{RoutingEvent, Target};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{List, PageQuery};
use super::refusals::refused;
use crate::access::{actor, conversations, lens, no_room, route, visible};
use crate::app::App;
use crate::auth::{AgentUp, Principal, PrincipalKind};
use crate::error::{ApiError, Asked, Problem, Query};
use crate::views::{ConversationView, MessageView};

/// Mounts the conversations.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(show)
        .service(messages)
        .service(send)
        .service(take)
        .service(assign)
        .service(transfer)
        .service(close)
        .service(typing)
        .service(read);
}

/// Which conversations are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    #[param(inline)]
    state: Option<StateWord>,
    queue: Option<Uuid>,
    agent: Option<Uuid>,
    contact: Option<Uuid>,
    channel: Option<Uuid>,
}

/// How a conversation stands.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StateWord {
    Waiting,
    Assigned,
    /// Either of the two.
    Open,
    Closed,
}

impl From<StateWord> for StateFilter {
    fn from(word: StateWord) -> Self {
        match word {
            StateWord::Waiting => Self::Waiting,
            StateWord::Assigned => Self::Assigned,
            StateWord::Open => Self::Open,
            StateWord::Closed => Self::Closed,
        }
    }
}

impl ListQuery {
    fn filter(&self) -> ConversationFilter {
        ConversationFilter {
            state: self.state.map(StateFilter::from),
            queue: self.queue.map(QueueId),
            agent: self.agent.map(AgentId),
            contact: self.contact.map(ContactId),
            channel: self.channel.map(ChannelId),
            ..ConversationFilter::default()
        }
    }
}

/// Which part of a timeline is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MessagesQuery {
    /// Only messages below this sequence number; the newest of them.
    before: Option<u64>,
    /// Only messages above this sequence number; the oldest of them.
    after: Option<u64>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// Earlier conversations of the same customer on this channel too.
    #[serde(default)]
    whole_history: bool,
}

/// A part of a timeline, by sequence number.
#[derive(Debug, Serialize, ToSchema)]
struct Messages {
    items: Vec<MessageView>,
    has_more: bool,
}

/// Text to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ContentBody {
    Text {
        /// At most what the channel takes: 4,096 characters.
        #[schema(min_length = 1, max_length = 4096)]
        body: String,
    },
}

/// A message to send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SendBody {
    content: ContentBody,
    /// The provider's id of the message that this one answers.
    reply_to: Option<String>,
    /// The newest sequence number that the author had seen; refused with `stale` if somebody else wrote since.
    based_on_seq: Option<u64>,
}

/// To whom a conversation is given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignBody {
    agent: Uuid,
}

/// Where a conversation is moved: one of both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TransferBody {
    queue: Option<Uuid>,
    agent: Option<Uuid>,
}

/// Whether the caller types.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TypingBody {
    typing: bool,
}

/// How far the caller has read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadBody {
    /// The number of the newest message that the caller has before their eyes.
    seq: u64,
}

/// List conversations
#[utoipa::path(tag = "conversations", params(PageQuery, ListQuery), responses(
    (status = 200, description = "A page of conversations, in order of opening", body = List<ConversationView>),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/conversations")]
async fn list(
    caller: AgentUp,
    app: Data<App>,
    page: Query<PageQuery>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = page.page()?;
    let filter = ConversationFilter {
        after: page.after,
        limit: page.limit,
        ..query.filter()
    };
    app.engine.read_your_writes().await;
    conversations(&app, &caller.0, page, filter).await
}

/// Read a conversation
#[utoipa::path(tag = "conversations", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The conversation", body = ConversationView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/conversations/{id}")]
async fn show(caller: AgentUp, app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, ApiError> {
    let row = visible(&app, &caller.0, *id).await?;
    Ok(HttpResponse::Ok().json(lens(&app, &caller.0).await?.conversation(&row)))
}

/// Read messages
#[utoipa::path(tag = "conversations", params(("id" = Uuid, Path), MessagesQuery), responses(
    (status = 200, description = "Messages and events by sequence number", body = Messages),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/conversations/{id}/messages")]
async fn messages(
    caller: AgentUp,
    app: Data<App>,
    id: Path<Uuid>,
    query: Query<MessagesQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(ApiError::field("limit", "out_of_range", "from 1 to 200"));
    }
    app.engine.read_your_writes().await;
    let row = visible(&app, &caller.0, *id).await?;
    let range = TimelineRange {
        before: query.before,
        after: query.after,
        limit: limit + 1,
        whole_history: query.whole_history,
    };
    let mut rows = app
        .reads
        .timeline(row.id, range)
        .await
        .map_err(ApiError::internal)?;
    let has_more = rows.len() > limit as usize;
    if has_more {
        if query.after.is_some() {
            drop(rows.pop())
        } else {
            drop(rows.remove(0))
        }
    }
    let lens = lens(&app, &caller.0).await?;
    let items = rows
        .iter()
        .map(|message| lens.message(&row, message))
        .collect();
    Ok(HttpResponse::Ok().json(Messages { items, has_more }))
}

/// Send a message
///
/// With an `Idempotency-Key`, sending again within seven days is harmless: the answer is the first message. Keys are the
/// caller's own; one that is used for another message is refused as `reused`.
#[utoipa::path(tag = "conversations", request_body = SendBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header, description = "At most 200 characters")),
    responses(
        (status = 201, description = "Recorded, durable, and on its way", body = MessageView),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 409, description = "`stale` with what came since; `closed`", body = Problem),
        (status = 422, description = "`validation`, with `reused` at `Idempotency-Key`; `window_closed` with what is still allowed", body = Problem),
        (status = 503, description = "`busy`, with Retry-After", body = Problem),
    )
)]
#[post("/conversations/{id}/messages")]
async fn send(
    app: Data<App>,
    request: HttpRequest,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AgentUp, SendBody>,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.0;
    let row = visible(&app, &caller, *id).await?;
    let ContentBody::Text { body: text } = body.content;
    if text.trim().is_empty() {
        return Err(ApiError::field(
            "content.body",
            "blank",
            "must not be empty",
        ));
    }
    let message = Arc::new(Outbound {
        author: author(&caller),
        client_id: idempotency_key(&request)?,
        reply_to: body.reply_to.map(ProviderMessageId::from),
        content: Content::text(text),
    });
    let command = Command::Send {
        conversation: row.id,
        fingerprint: fingerprint(&app, &caller, &row, &message),
        message: Arc::clone(&message),
        based_on: body.based_on_seq,
    };
    let sent = match app.engine.ask(&row.key, command).await.map_err(no_room)? {
        Some(Reply::Done { seq, at, .. }) => queued(seq, at, &message),
        Some(Reply::Known { seq, .. }) => sent_before(&app, &row, seq, &message).await?,
        Some(Reply::Buried { .. }) => {
            return Err(ApiError::internal(
                "the message could not be handled and is kept as a dead letter",
            ));
        }
        Some(Reply::Refused(refusal)) => {
            return Err(refused(&app, &caller, &row, refusal, body.based_on_seq).await);
        }
        None => {
            return Err(ApiError::Busy {
                retry_after_secs: 1,
            });
        }
    };
    app.engine.read_your_writes().await;
    let lens = lens(&app, &caller).await?;
    Ok(HttpResponse::Created().json(lens.message(&row, &sent)))
}

fn author(caller: &Principal) -> Author {
    match caller.kind {
        PrincipalKind::Person(person) => Author::Agent(person),
        PrincipalKind::Key(_) => Author::Program,
    }
}

/// What makes a message the same one when it is sent again: the caller's own key for it.
fn fingerprint(
    app: &App,
    caller: &Principal,
    row: &ConversationRow,
    message: &Outbound,
) -> Option<Fingerprint> {
    let client = message.client_id.as_ref()?;
    let sender = match caller.kind {
        PrincipalKind::Person(person) => person.0,
        PrincipalKind::Key(key) => key,
    };
    let id = format!("{}/{sender}/{client}", row.key.address);
    Some(app.engine.fingerprinter.of(row.key.channel, &id))
}

/// The line of a message that was recorded just now, whether the read model has it yet or not.
fn queued(seq: u64, at: Timestamp, message: &Outbound) -> TimelineRow {
    let delivery = Delivery {
        status: Status::Queued,
        provider_id: None,
        error: None,
        possible_duplicate: false,
    };
    let message = Box::new(message.clone());
    TimelineRow {
        seq,
        at,
        entry: TimelineEntry::Sent { message, delivery },
    }
}

/// The line of a message that was recorded before. A key has its own message, whatever is asked now.
async fn sent_before(
    app: &App,
    row: &ConversationRow,
    seq: u64,
    asked: &Outbound,
) -> Result<TimelineRow, ApiError> {
    app.engine.read_your_writes().await;
    let range = TimelineRange {
        after: Some(seq - 1),
        limit: 1,
        whole_history: true,
        before: None,
    };
    let rows = app.reads.timeline(row.id, range).await;
    let found = rows.map_err(ApiError::internal)?.into_iter().next();
    let sent = found.filter(|line| line.seq == seq).ok_or(ApiError::Busy {
        retry_after_secs: 1,
    })?;
    match &sent.entry {
        TimelineEntry::Sent { message, .. } if message.content == asked.content => Ok(sent),
        TimelineEntry::Sent { .. } | TimelineEntry::Received(_) | TimelineEntry::Event(_) => {
            Err(ApiError::field(
                "Idempotency-Key",
                "reused",
                "was used for another message; give each message a key of its own",
            ))
        }
    }
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<CompactString>, ApiError> {
    let Some(value) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    let key = value
        .to_str()
        .ok()
        .filter(|key| !key.is_empty() && key.len() <= 200);
    key.map(|key| Some(key.into()))
        .ok_or_else(|| ApiError::field("Idempotency-Key", "invalid", "1 to 200 visible characters"))
}

/// Take a conversation
#[utoipa::path(tag = "conversations", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Reserved; the conversation is the caller's as soon as that is recorded"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`people_only`; `csrf`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 409, description = "`already_assigned`, `no_capacity`, `not_a_member`, …", body = Problem),
))]
#[post("/conversations/{id}/take")]
async fn take(caller: AgentUp, app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, ApiError> {
    let row = visible(&app, &caller.0, *id).await?;
    let agent = caller.0.person()?;
    route(
        &app,
        &caller.0,
        RoutingEvent::TakeRequested {
            conversation: row.id,
            agent,
        },
    )
    .await
}

/// Give a conversation to an agent
#[utoipa::path(tag = "conversations", request_body = AssignBody, params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Reserved; recorded in a moment"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 409, description = "`already_assigned`, `no_capacity`, …", body = Problem),
))]
#[post("/conversations/{id}/assign")]
async fn assign(
    app: Data<App>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AgentUp, AssignBody>,
) -> Result<HttpResponse, ApiError> {
    let row = visible(&app, &caller.0, *id).await?;
    let (to, by) = (AgentId(body.agent), actor(&caller.0));
    let event = if row.agent.is_some_and(|agent| Actor::Agent(agent) == by) {
        RoutingEvent::TransferRequested {
            conversation: row.id,
            to: Target::Agent(to),
            by,
        }
    } else {
        let overriding = caller.0.role >= Role::Supervisor;
        RoutingEvent::AssignRequested {
            conversation: row.id,
            to,
            by,
            overriding,
        }
    };
    route(&app, &caller.0, event).await
}

/// Move a conversation to a queue or an agent
#[utoipa::path(tag = "conversations", request_body = TransferBody, params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Accepted; recorded in a moment"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 409, description = "`unknown_queue`, `no_capacity`, …", body = Problem),
    (status = 422, description = "`validation`: name one of both", body = Problem),
))]
#[post("/conversations/{id}/transfer")]
async fn transfer(
    app: Data<App>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AgentUp, TransferBody>,
) -> Result<HttpResponse, ApiError> {
    let row = visible(&app, &caller.0, *id).await?;
    let to = match (body.queue, body.agent) {
        (Some(queue), None) => Target::Queue(QueueId(queue)),
        (None, Some(agent)) => Target::Agent(AgentId(agent)),
        _ => {
            return Err(ApiError::field(
                "queue",
                "one_of",
                "name either a queue or an agent",
            ));
        }
    };
    let event = RoutingEvent::TransferRequested {
        conversation: row.id,
        to,
        by: actor(&caller.0),
    };
    route(&app, &caller.0, event).await
}

/// Close a conversation
#[utoipa::path(tag = "conversations", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Closed"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 503, description = "`busy`, with Retry-After", body = Problem),
))]
#[post("/conversations/{id}/close")]
async fn close(caller: AgentUp, app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, ApiError> {
    let row = visible(&app, &caller.0, *id).await?;
    let command = Command::Close {
        conversation: row.id,
        reason: CloseReason::Resolved,
        by: actor(&caller.0),
    };
    tell(&app, &row, command).await
}

/// Hands over a command whose outcome is nobody's question, and waits until it is durable.
async fn tell(
    app: &App,
    row: &ConversationRow,
    command: Command,
) -> Result<HttpResponse, ApiError> {
    match app.engine.ask(&row.key, command).await.map_err(no_room)? {
        Some(_) => Ok(HttpResponse::NoContent().finish()),
        None => Err(ApiError::Busy {
            retry_after_secs: 1,
        }),
    }
}

/// Say that the caller types
#[utoipa::path(tag = "conversations", request_body = TypingBody, params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Shown to the others"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[post("/conversations/{id}/typing")]
async fn typing(
    app: Data<App>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AgentUp, TypingBody>,
) -> Result<HttpResponse, ApiError> {
    let row = visible(&app, &caller.0, *id).await?;
    let who = Typist::Agent(caller.0.person()?);
    app.engine.live.typing(&row.key, row.id, who, body.typing);
    Ok(HttpResponse::NoContent().finish())
}

/// Say how far the caller has read
///
/// It counts when the caller holds the conversation: the customer is shown it, and the messages are no longer unread.
#[utoipa::path(tag = "conversations", request_body = ReadBody, params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Noted"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 503, description = "`busy`, with Retry-After", body = Problem),
))]
#[post("/conversations/{id}/read")]
async fn read(
    app: Data<App>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AgentUp, ReadBody>,
) -> Result<HttpResponse, ApiError> {
    let row = visible(&app, &caller.0, *id).await?;
    let command = Command::ReadByAgent {
        conversation: row.id,
        agent: caller.0.person()?,
        up_to: body.seq,
    };
    tell(&app, &row, command).await
}

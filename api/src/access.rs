//! What a caller may see, and how what they ask for is done: shared by the routes and the desk.

use actix_web::HttpResponse;
use ecluse_adapters::storage::config_db::Page;
use ecluse_adapters::storage::read_model::conversations::{ConversationFilter, ConversationRow};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{ConversationId, Key, QueueId};
use ecluse_engine::message::{Actor, Fact};
use ecluse_engine::router::{RouterMessage, RouterReply, RoutingEvent};
use ecluse_engine::runtime::NoRoom;
use uuid::Uuid;

use crate::app::App;
use crate::auth::{Principal, PrincipalKind};
use crate::error::ApiError;
use crate::routes::common::List;
use crate::views::{ConversationView, Lens};

/// What views are made with, for a caller.
pub(crate) async fn lens(app: &App, caller: &Principal) -> Result<Lens, ApiError> {
    Ok(Lens {
        names: app.names.of(caller.tenant).await?,
        config: app.engine.config.current(),
        now: app.engine.clock.now(),
    })
}

/// A conversation that the caller may see: agents and supervisors see their own, those of the queues that they are members
/// of and those without a queue; administrators and programs see all.
pub(crate) async fn visible(
    app: &App,
    caller: &Principal,
    id: Uuid,
) -> Result<ConversationRow, ApiError> {
    let id = ConversationId(id);
    let mut found = app
        .reads
        .find_conversation(caller.tenant, id)
        .await
        .map_err(ApiError::internal)?;
    if found.is_none() {
        app.engine.read_your_writes().await;
        found = app
            .reads
            .find_conversation(caller.tenant, id)
            .await
            .map_err(ApiError::internal)?;
    }
    found
        .filter(|row| may_see(app, caller, row))
        .ok_or(ApiError::NotFound)
}

/// Whether the caller may see the conversation.
pub(crate) fn may_see(app: &App, caller: &Principal, row: &ConversationRow) -> bool {
    let PrincipalKind::Person(person) = caller.kind else {
        return true;
    };
    if caller.role >= Role::Administrator || row.agent == Some(person) {
        return true;
    }
    let config = app.engine.config.current();
    let in_queue = |queue: QueueId| {
        config
            .queues
            .get(&queue)
            .is_some_and(|queue| queue.members.contains(&person))
    };
    row.queue.is_none_or(in_queue)
}

/// Who acts, for the timeline.
pub(crate) fn actor(caller: &Principal) -> Actor {
    match caller.kind {
        PrincipalKind::Person(person) => Actor::Agent(person),
        PrincipalKind::Key(_) => Actor::Program,
    }
}

/// The problem of a gate without room.
pub(crate) fn no_room(refused: NoRoom) -> ApiError {
    ApiError::Busy {
        retry_after_secs: refused.retry_after.as_secs().max(1),
    }
}

/// A page of conversations, without those that the caller may not see.
pub(crate) async fn conversations(
    app: &App,
    caller: &Principal,
    page: Page,
    filter: ConversationFilter,
) -> Result<HttpResponse, ApiError> {
    let rows = app
        .reads
        .conversations(caller.tenant, filter)
        .await
        .map_err(ApiError::internal)?;
    let lens = lens(app, caller).await?;
    let page = List::of(
        page,
        rows,
        |row| row.id.0,
        |row| (may_see(app, caller, &row), lens.conversation(&row)),
    );
    let items = page
        .items
        .into_iter()
        .filter_map(|(seen, view)| seen.then_some(view))
        .collect();
    Ok(HttpResponse::Ok().json(List::<ConversationView> {
        items,
        next_cursor: page.next_cursor,
    }))
}

/// Makes something true that belongs to no conversation, and waits until it can be read.
pub(crate) async fn record(app: &App, caller: &Principal, fact: Fact) -> Result<(), ApiError> {
    let tenant = caller.tenant;
    app.engine
        .record_durably(Key::Router { tenant }, fact)
        .await
        .map_err(no_room)?;
    app.engine.read_your_writes().await;
    Ok(())
}

/// Asks the router, and answers with nothing or with its refusal.
pub(crate) async fn route(
    app: &App,
    caller: &Principal,
    event: RoutingEvent,
) -> Result<HttpResponse, ApiError> {
    match app
        .engine
        .ask_router(caller.tenant, RouterMessage::Event(event))
        .await
        .map_err(no_room)?
    {
        RouterReply::Refused(refusal) => Err(ApiError::Routing(refusal)),
        RouterReply::Done
        | RouterReply::Desk(..)
        | RouterReply::Floor(_)
        | RouterReply::Seats(_)
        | RouterReply::Attended(_) => Ok(HttpResponse::NoContent().finish()),
    }
}

//! What a desk shows, as of one position of the journal.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use ecluse_adapters::storage::read_model::conversations::{
    ConversationFilter, ConversationRow, StateFilter,
};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::ids::{AgentId, QueueId};
use ecluse_engine::live::Interest;
use ecluse_engine::router::{
    DeskView, Floor, OpenOffer, Presence, RouterMessage, RouterReply, WorkStrategy,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::floors;
use crate::access::{lens, no_room};
use crate::app::App;
use crate::auth::Principal;
use crate::error::ApiError;
use crate::routes::common::rfc3339;
use crate::views::{ConversationView, Lens};

/// Unassigned conversations that a snapshot lists; the rest is in `GET /api/v1/conversations`.
const UNASSIGNED_MAX: u32 = 200;

/// Conversations that a supervisor's snapshot lists; the rest is there too.
const SUPERVISED_MAX: u32 = 500;

/// The whole desk.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Desk)]
pub struct DeskSnapshot {
    /// Identity of the data: a client that knows another one must load anew.
    pub epoch: Uuid,
    /// The position up to which the snapshot is true; give it to the socket.
    pub offset: u64,
    pub me: Me,
    pub queues: Vec<DeskQueue>,
    pub colleagues: Vec<Colleague>,
    /// Conversations of the agent.
    pub mine: Vec<ConversationView>,
    /// Conversations that nobody has, in the agent's queues, oldest first.
    pub unassigned: Vec<ConversationView>,
    /// Whether there are more of them.
    pub unassigned_more: bool,
    pub offers: Vec<OfferView>,
    /// For supervisors: the open conversations of their queues; for administrators: all of them. Oldest first.
    pub supervised: Vec<ConversationView>,
    /// Whether there are more of them.
    pub supervised_more: bool,
}

/// The agent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    pub id: Uuid,
    pub name: String,
    /// `available`, `busy`, `away` or `offline`.
    pub presence: String,
    /// Queues that the agent is logged in to.
    pub queues: Vec<Uuid>,
    /// `inbound`, `outbound` or `blended`.
    pub strategy: String,
    /// Units of work at once, and in use.
    pub capacity: u32,
    pub used: u32,
}

/// A queue on the desk.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeskQueue {
    pub id: Uuid,
    pub name: String,
    pub strategy: String,
    pub waiting: usize,
    /// Whether the agent is a member.
    pub member: bool,
}

/// Another agent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Colleague {
    pub id: Uuid,
    pub name: String,
    pub presence: String,
}

/// A conversation on offer.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Offer)]
pub struct OfferView {
    pub id: Uuid,
    pub conversation: ConversationView,
    pub queue_id: Uuid,
    #[schema(format = DateTime)]
    pub expires_at: String,
    pub timeout_secs: u32,
}

/// Reads the desk of an agent.
///
/// # Errors
/// The store or the configuration cannot be read.
pub async fn read(app: &App, caller: &Principal) -> Result<DeskSnapshot, ApiError> {
    let agent = caller.person()?;
    app.engine.read_your_writes().await;
    let offset = app.engine.log.projected().0;
    let (desk, choice) = match app
        .engine
        .ask_router(caller.tenant, RouterMessage::ViewDesk { agent })
        .await
    {
        Ok(RouterReply::Desk(desk, choice)) => (desk, choice),
        Ok(
            RouterReply::Done
            | RouterReply::Refused(_)
            | RouterReply::Floor(_)
            | RouterReply::Seats(_)
            | RouterReply::Attended(_),
        ) => (None, None),
        Err(refused) => return Err(no_room(refused)),
    };
    let lens = lens(app, caller).await?;
    let logged_in = choice
        .as_ref()
        .map(|choice| choice.queues.clone())
        .unwrap_or_default();
    let strategy = choice
        .as_ref()
        .map_or(WorkStrategy::Blended, |choice| choice.strategy);
    let assigned = ConversationFilter {
        state: Some(StateFilter::Assigned),
        agent: Some(agent),
        limit: 200,
        ..ConversationFilter::default()
    };
    let mine = app.reads.conversations(caller.tenant, assigned);
    let mine = mine.await.map_err(ApiError::internal)?;
    let unassigned = oldest(
        app,
        caller,
        StateFilter::Waiting,
        Some(queues_of(app, caller, &logged_in)),
        UNASSIGNED_MAX,
    );
    let (unassigned, unassigned_more) = unassigned.await?;
    let (supervised, supervised_more) = if caller.role >= Role::Supervisor {
        let queues = (caller.role < Role::Administrator).then(|| rights(app, caller).queues);
        oldest(app, caller, StateFilter::Open, queues, SUPERVISED_MAX).await?
    } else {
        (Vec::new(), false)
    };
    let now = floors::ask(app, caller.tenant).await?;
    let (queues, colleagues) = floor(app, &now, agent);
    Ok(DeskSnapshot {
        epoch: rights(app, caller).epoch(app),
        offset,
        me: me(app, caller, agent, desk.as_ref(), &logged_in, strategy),
        queues,
        colleagues,
        mine: views(&lens, &mine),
        unassigned: views(&lens, &unassigned),
        unassigned_more,
        offers: offers(
            app,
            caller,
            &lens,
            desk.map(|desk| desk.offers).unwrap_or_default(),
        )
        .await?,
        supervised: views(&lens, &supervised),
        supervised_more,
    })
}

/// The conversations that wait the longest, up to `limit`, and whether there are more.
async fn oldest(
    app: &App,
    caller: &Principal,
    state: StateFilter,
    queues: Option<Vec<QueueId>>,
    limit: u32,
) -> Result<(Vec<ConversationRow>, bool), ApiError> {
    let filter = ConversationFilter {
        state: Some(state),
        queues,
        oldest_first: true,
        limit: limit + 1,
        ..ConversationFilter::default()
    };
    let found = app.reads.conversations(caller.tenant, filter).await;
    let mut rows = found.map_err(ApiError::internal)?;
    let is_part = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    Ok((rows, is_part))
}

fn views(lens: &Lens, rows: &[ConversationRow]) -> Vec<ConversationView> {
    rows.iter().map(|row| lens.conversation(row)).collect()
}

/// What an agent may see, as configured now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Rights {
    pub(super) role: Role,
    /// The queues of which the agent is a member, in order.
    queues: Vec<QueueId>,
}

impl Rights {
    /// The identity of what a desk with these rights shows. Whoever gets other rights has another one, and loads anew.
    pub(super) fn epoch(&self, app: &App) -> Uuid {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        Uuid::from_u128(app.config.epoch().as_u128() ^ u128::from(hasher.finish()))
    }
}

/// The caller's rights now, whatever they were when the caller signed in.
pub(super) fn rights(app: &App, caller: &Principal) -> Rights {
    let config = app.engine.config.current();
    let Ok(person) = caller.person() else {
        return Rights {
            role: caller.role,
            queues: Vec::new(),
        };
    };
    let own = config
        .queues
        .values()
        .filter(|queue| queue.tenant == caller.tenant && queue.members.contains(&person));
    Rights {
        role: config
            .agents
            .get(&person)
            .map_or(caller.role, |agent| agent.role),
        queues: own.map(|queue| queue.id).collect(),
    }
}

/// The queues that a socket hears of: a supervisor's, whichever of them the supervisor works in, and those of an agent.
fn heard_of(app: &App, caller: &Principal, logged_in: &[QueueId]) -> Vec<QueueId> {
    if caller.role >= Role::Supervisor {
        rights(app, caller).queues
    } else {
        queues_of(app, caller, logged_in)
    }
}

/// The queues whose waiting conversations the agent sees: of the agent's, those logged in to, or, before logging in, all.
fn queues_of(app: &App, caller: &Principal, logged_in: &[QueueId]) -> Vec<QueueId> {
    let mut own = rights(app, caller).queues;
    own.retain(|queue| logged_in.is_empty() || logged_in.contains(queue));
    own
}

/// What a desk's socket hears of.
pub(super) async fn interest(app: &App, caller: &Principal) -> Result<Interest, ApiError> {
    let agent = caller.person()?;
    let choice = match app
        .engine
        .ask_router(caller.tenant, RouterMessage::ViewDesk { agent })
        .await
    {
        Ok(RouterReply::Desk(_, choice)) => choice,
        Ok(
            RouterReply::Done
            | RouterReply::Refused(_)
            | RouterReply::Floor(_)
            | RouterReply::Seats(_)
            | RouterReply::Attended(_),
        ) => None,
        Err(refused) => return Err(no_room(refused)),
    };
    let logged_in = choice.map(|choice| choice.queues).unwrap_or_default();
    Ok(Interest {
        tenant: Some(caller.tenant),
        queues: heard_of(app, caller, &logged_in),
        agent: Some(agent),
        watched: None,
        everything: caller.role >= Role::Administrator,
    })
}

fn me(
    app: &App,
    caller: &Principal,
    agent: AgentId,
    desk: Option<&DeskView>,
    logged_in: &[QueueId],
    strategy: WorkStrategy,
) -> Me {
    let config = app.engine.config.current();
    let capacity = config.agents.get(&agent).map_or(0, |agent| agent.capacity);
    let presence = desk
        .and_then(|desk| desk.presence)
        .unwrap_or(Presence::Offline);
    Me {
        id: agent.0,
        name: caller.name.clone(),
        presence: presence_word(presence).to_owned(),
        queues: logged_in.iter().map(|queue| queue.0).collect(),
        strategy: match strategy {
            WorkStrategy::Inbound => "inbound",
            WorkStrategy::Outbound => "outbound",
            WorkStrategy::Blended => "blended",
        }
        .to_owned(),
        capacity: desk.map_or(capacity, |desk| desk.capacity),
        used: desk.map_or(0, |desk| desk.used),
    }
}

/// The API's word for a presence.
#[must_use]
pub fn presence_word(presence: Presence) -> &'static str {
    match presence {
        Presence::Available => "available",
        Presence::Busy => "busy",
        Presence::Away => "away",
        Presence::Offline => "offline",
    }
}

/// What the floor is to an agent: the queues, and the colleagues.
pub(super) fn floor(app: &App, floor: &Floor, agent: AgentId) -> (Vec<DeskQueue>, Vec<Colleague>) {
    let config = app.engine.config.current();
    let queues = floor.queues.iter().filter_map(|(id, view)| {
        let queue = config.queues.get(id)?;
        Some(DeskQueue {
            id: id.0,
            name: queue.name.clone(),
            strategy: match queue.strategy {
                Strategy::Manual => "manual",
                Strategy::Auto => "auto",
            }
            .to_owned(),
            waiting: view.waiting + view.offered,
            member: queue.members.contains(&agent),
        })
    });
    let colleagues = floor
        .agents
        .iter()
        .filter(|(id, _)| *id != agent)
        .filter_map(|(id, presence)| {
            let colleague = config.agents.get(id)?;
            Some(Colleague {
                id: id.0,
                name: colleague.name.clone(),
                presence: presence_word(presence.unwrap_or(Presence::Offline)).to_owned(),
            })
        });
    (queues.collect(), colleagues.collect())
}

/// The offers of an agent, with their conversations.
pub(super) async fn offers(
    app: &App,
    caller: &Principal,
    lens: &Lens,
    open: Vec<OpenOffer>,
) -> Result<Vec<OfferView>, ApiError> {
    let mut views = Vec::with_capacity(open.len());
    for offer in open {
        let found = app
            .reads
            .find_conversation(caller.tenant, offer.conversation)
            .await
            .map_err(ApiError::internal)?;
        if let Some(row) = found {
            let config = app.engine.config.current();
            views.push(OfferView {
                id: offer.offer.0,
                conversation: lens.conversation(&row),
                queue_id: offer.queue.0,
                expires_at: rfc3339(offer.expires),
                timeout_secs: config
                    .queues
                    .get(&offer.queue)
                    .map_or(30, |queue| queue.offer_timeout_secs),
            });
        }
    }
    Ok(views)
}

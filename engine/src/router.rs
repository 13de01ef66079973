//! The actor that assigns: one for each tenant, because an agent serves several queues. With a single owner, capacity cannot
//! be exceeded and nobody is offered twice.
//!
//! It hears conversation-level facts from the journal (never messages), and people's requests. It changes nobody's
//! ownership: it asks the conversation, whose committed entry then comes back. Its state is what is open in the store, carried
//! forward by the journal; offers do not survive it, and their conversations wait again with their original age.

mod action;
mod agent;
mod attendance;
mod bots;
mod burden;
mod capacity;
mod crew;
mod desks;
mod event;
mod hearing;
mod index;
mod item;
mod lane;
mod matching;
mod offer;
mod presence;
mod queue;
mod requests;
mod restore;
mod seats;
mod skills;
mod state;
#[cfg(test)]
mod tests;
mod unanswered;
mod view;

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use smallvec::SmallVec;

pub use self::action::{Refusal, Request, RoutingAction};
pub use self::bots::BotView;
pub use self::desks::Desks;
pub use self::event::{
    Held, OpenConversation, Place, Presence, Requeued, RoutingEvent, Session, Target, Waiting,
    WorkStrategy,
};
pub use self::skills::SkillSet;
pub use self::state::{GRACE, Routing};
#[cfg(test)]
pub use self::view::Whereabouts;
pub use self::view::{DeskView, OpenOffer, QueueView};

use self::hearing::{concerns_routing, events_of};
use self::restore::{restore, sign_in_again};
use crate::configuration::ConfigFeed;
use crate::conversation::{Command, Reply};
use crate::follow::{CommittedLog, Cursor};
use crate::ids::{
    AgentId, ChatbotId, ConversationId, ConversationKey, Key, OfferId, QueueId, TenantId,
};
use crate::journal::{Committed, Position};
use crate::limits;
use crate::message::{DeadLetter, Entry, Fact, OfferEnd, RawJson, SessionChoice, Timestamp};
use crate::metrics::{self, ActorKind};
use crate::runtime::guard::LoadError;
use crate::runtime::{Behaviour, Decision};
use crate::store::Store;
use crate::system::Engine;

/// Everything the router can hear.
#[derive(Clone, Debug)]
pub enum RouterMessage {
    /// The journal has conversation-level facts.
    Committed(Arc<Committed>),
    /// Somebody's request, or news of an agent's connection.
    Event(RoutingEvent),
    /// What does this agent's desk show?
    ViewDesk { agent: AgentId },
    /// Which agents are there, and what waits?
    ViewFloor,
    /// How many seats of the licence are taken?
    ViewSeats,
    /// May a customer who comes to this queue expect anybody?
    ViewAttendance { queue: QueueId },
}

/// What the router answers.
#[derive(Clone, Debug, PartialEq)]
pub enum RouterReply {
    Done,
    Refused(Refusal),
    Desk(Option<DeskView>, Option<SessionChoice>),
    Floor(Floor),
    Seats(u32),
    Attended(bool),
}

/// Everybody and every queue, now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Floor {
    /// As their colleagues see them: [`Routing::presence_seen`].
    pub agents: Vec<(AgentId, Option<Presence>)>,
    pub queues: Vec<(QueueId, QueueView)>,
    pub chatbots: Vec<(ChatbotId, BotView)>,
}

/// An offer that the process lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostOffer {
    pub offer: OfferId,
    pub conversation: ConversationId,
    pub queue: QueueId,
    pub agent: AgentId,
}

/// The router's state as of a position of the journal.
#[derive(Debug)]
pub struct RouterState {
    routing: Routing,
    as_of: Position,
    sessions: std::collections::BTreeMap<AgentId, SessionChoice>,
    lost: Vec<LostOffer>,
}

/// Lost offers that one entry withdraws at most.
const LOST_AT_ONCE: usize = 256;

impl RouterState {
    /// Withdraws some of the offers that the process lost.
    fn give_up_lost(&mut self) -> SmallVec<[Fact; 1]> {
        let rest = self.lost.len().saturating_sub(LOST_AT_ONCE);
        let withdrawn = |lost: LostOffer| Fact::OfferEnded {
            offer: lost.offer,
            conversation: lost.conversation,
            queue: lost.queue,
            agent: lost.agent,
            end: OfferEnd::Withdrawn,
        };
        self.lost.drain(rest..).map(withdrawn).collect()
    }
}

/// The router of one tenant.
pub struct Router {
    tenant: TenantId,
    engine: Weak<Engine>,
    store: Arc<dyn Store>,
    log: Arc<CommittedLog>,
    config: Arc<ConfigFeed>,
    clock: crate::runtime::Clock,
    seen: Position,
    /// What the metrics have of its chatbots.
    bots_shown: BotView,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Router({:?}, seen {:?})", self.tenant, self.seen)
    }
}

impl Router {
    /// The behaviour of a router whose feed begins after `seen`.
    pub(crate) fn new(
        tenant: TenantId,
        engine: &Weak<Engine>,
        parts: &Parts,
        seen: Position,
    ) -> Self {
        Self {
            tenant,
            engine: Weak::clone(engine),
            store: Arc::clone(&parts.store),
            log: Arc::clone(&parts.log),
            config: Arc::clone(&parts.config),
            clock: parts.clock.clone(),
            seen,
            bots_shown: BotView::default(),
        }
    }

    /// Carries actions out; what must be remembered comes back as facts.
    fn perform(
        &self,
        actions: Vec<RoutingAction>,
        facts: &mut SmallVec<[Fact; 1]>,
    ) -> Option<Refusal> {
        let mut refused = None;
        for action in actions {
            facts.extend(action.recorded());
            match action {
                RoutingAction::MakeOffer { .. } | RoutingAction::EndOffer { .. } => {}
                RoutingAction::Assign {
                    conversation,
                    key,
                    queue,
                    agent,
                    by,
                    offer,
                    over_capacity,
                } => {
                    let command = Command::Assign {
                        conversation,
                        queue,
                        agent,
                        by,
                        offer,
                        over_capacity,
                    };
                    self.ask_conversation(key, command, conversation, agent);
                }
                RoutingAction::Requeue {
                    conversation,
                    key,
                    queue,
                    by,
                    from,
                } => {
                    let command = Command::Requeue {
                        conversation,
                        queue,
                        by,
                        from,
                    };
                    self.tell_conversation(key, command);
                }
                RoutingAction::StartBot {
                    conversation,
                    key,
                    chatbot,
                } => self.ask_to_begin(key, conversation, chatbot),
                RoutingAction::TellNobodyThere { conversation, key } => {
                    self.tell_nobody_is_there(key, conversation);
                }
                RoutingAction::Refuse { reason, .. } => refused = Some(reason),
                RoutingAction::NextDeadline(at) => self.arrange_wake(at),
            }
        }
        refused
    }

    fn tell_conversation(&self, key: ConversationKey, command: Command) {
        self.with_engine(|engine| {
            drop(tokio::spawn(async move {
                engine.return_to(&key, command).await
            }));
        });
    }

    /// Most channels say nothing then, and nobody is asked.
    fn tell_nobody_is_there(&self, key: ConversationKey, conversation: ConversationId) {
        let config = self.config.current();
        let channel = config.channels.get(&key.channel);
        if channel.is_some_and(|channel| channel.auto_replies.no_agent.is_said()) {
            self.tell_conversation(key, Command::NobodyThere { conversation });
        }
    }

    fn ask_to_begin(&self, key: ConversationKey, conversation: ConversationId, chatbot: ChatbotId) {
        let command = Command::StartBot {
            conversation,
            chatbot,
        };
        let tenant = self.tenant;
        self.with_engine(|engine| {
            drop(tokio::spawn(async move {
                let reply = engine.return_to_and_ask(&key, command).await;
                if !matches!(reply, Some(Reply::Done { .. } | Reply::Known { .. })) {
                    let failed = RoutingEvent::BotFailed { conversation };
                    engine.tell_router(tenant, RouterMessage::Event(failed));
                }
            }));
        });
    }

    fn ask_conversation(
        &self,
        key: ConversationKey,
        command: Command,
        conversation: ConversationId,
        agent: AgentId,
    ) {
        let tenant = self.tenant;
        self.with_engine(|engine| {
            drop(tokio::spawn(async move {
                let reply = engine.return_to_and_ask(&key, command).await;
                if !matches!(reply, Some(Reply::Done { .. } | Reply::Known { .. })) {
                    let failed = RoutingEvent::AssignmentFailed {
                        conversation,
                        agent,
                    };
                    engine.tell_router(tenant, RouterMessage::Event(failed));
                }
            }));
        });
    }

    fn has_desk(&self, agent: AgentId) -> bool {
        let engine = self.engine.upgrade();
        engine.is_some_and(|engine| engine.live.desks.is_open(agent))
    }

    /// Hears again, to give up the next of the lost offers.
    fn go_on(&self) {
        let nudge = RouterMessage::Event(RoutingEvent::ConfigChanged);
        self.with_engine(|engine| engine.tell_router(self.tenant, nudge));
    }

    fn show_presences(&self, routing: &mut Routing) {
        let changed = routing.take_presences();
        if changed.is_empty() {
            return;
        }
        self.with_engine(|engine| {
            for (agent, presence) in changed {
                engine.live.presence(self.tenant, agent, presence);
            }
        });
    }

    fn show_bots(&mut self, routing: &Routing) {
        let now = routing.bots_view();
        let before = std::mem::replace(&mut self.bots_shown, now);
        metrics::chatbots_changed((before.waiting, now.waiting), (before.running, now.running));
    }

    fn arrange_wake(&self, at: Timestamp) {
        let tenant = self.tenant;
        let pause = at.since(self.clock.now());
        let engine = Weak::clone(&self.engine);
        drop(tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            if let Some(engine) = engine.upgrade() {
                engine.tell_router(tenant, RouterMessage::Event(RoutingEvent::DeadlineReached));
            }
        }));
    }

    fn with_engine(&self, act: impl FnOnce(Arc<Engine>)) {
        if let Some(engine) = self.engine.upgrade() {
            act(engine);
        }
    }

    fn view(&self, state: &RouterState, message: &RouterMessage) -> Option<RouterReply> {
        match message {
            RouterMessage::ViewDesk { agent } => {
                let session = state.sessions.get(agent).cloned();
                Some(RouterReply::Desk(state.routing.desk_view(*agent), session))
            }
            RouterMessage::ViewFloor => {
                let config = self.config.current();
                let agents = config
                    .agents
                    .values()
                    .filter(|agent| agent.tenant == self.tenant);
                let queues = config
                    .queues
                    .values()
                    .filter(|queue| queue.tenant == self.tenant);
                let chatbots = config
                    .chatbots
                    .values()
                    .filter(|chatbot| chatbot.tenant == self.tenant);
                Some(RouterReply::Floor(Floor {
                    agents: agents
                        .map(|agent| (agent.id, state.routing.presence_seen(agent.id)))
                        .collect(),
                    queues: queues
                        .map(|queue| (queue.id, state.routing.queue_view(queue.id)))
                        .collect(),
                    chatbots: chatbots
                        .map(|chatbot| (chatbot.id, state.routing.bot_view(chatbot.id)))
                        .collect(),
                }))
            }
            RouterMessage::ViewSeats => Some(RouterReply::Seats(state.routing.seats_taken())),
            RouterMessage::ViewAttendance { queue } => {
                Some(RouterReply::Attended(state.routing.is_attended(*queue)))
            }
            RouterMessage::Committed(_) | RouterMessage::Event(_) => None,
        }
    }
}

/// What a router reads from.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) log: Arc<CommittedLog>,
    pub(crate) config: Arc<ConfigFeed>,
    pub(crate) clock: crate::runtime::Clock,
}

impl Behaviour for Router {
    const KIND: ActorKind = ActorKind::Router;
    const CAPACITY: u32 = limits::ROUTER_DOOR;
    type Message = RouterMessage;
    type Reply = RouterReply;
    type State = RouterState;

    fn load(&self) -> BoxFuture<'static, Result<RouterState, LoadError>> {
        let (store, log, config) = (
            Arc::clone(&self.store),
            Arc::clone(&self.log),
            Arc::clone(&self.config),
        );
        let (tenant, seen, now) = (self.tenant, self.seen, self.clock.now());
        let engine = Weak::clone(&self.engine);
        async move {
            let mut state = restore(store.as_ref(), &log, &config, tenant, seen, now)
                .await
                .map_err(|error| LoadError(Box::new(error)))?;
            // Looked up last: who comes or goes from here on is told to the actor.
            let engine = engine.upgrade();
            let is_connected = |agent| {
                engine
                    .as_ref()
                    .is_some_and(|engine| engine.live.desks.is_open(agent))
            };
            sign_in_again(&mut state, is_connected, now, &config);
            Ok(state)
        }
        .boxed()
    }

    fn handle(
        &mut self,
        state: &mut RouterState,
        message: &RouterMessage,
        now: Timestamp,
    ) -> Decision<RouterReply> {
        if let Some(reply) = self.view(state, message) {
            return Decision::Answer(reply);
        }
        let mut facts = state.give_up_lost();
        if !state.lost.is_empty() {
            self.go_on();
        }
        let events = match message {
            RouterMessage::Committed(committed) if committed.position > state.as_of => {
                state.as_of = committed.position;
                events_of(&committed.entry, &self.config)
            }
            // Told in the order of two threads; who has a desk open is not gone.
            RouterMessage::Event(RoutingEvent::AgentConnectionLost { agent })
                if self.has_desk(*agent) =>
            {
                SmallVec::new()
            }
            RouterMessage::Event(event) => smallvec::smallvec![event.clone()],
            RouterMessage::Committed(_)
            | RouterMessage::ViewDesk { .. }
            | RouterMessage::ViewFloor
            | RouterMessage::ViewSeats
            | RouterMessage::ViewAttendance { .. } => SmallVec::new(),
        };
        let config = self.config.current();
        let mut refused = None;
        for event in events {
            let actions = state.routing.step(event, now, &config);
            let refusal = self.perform(actions, &mut facts);
            refused = refused.or(refusal);
        }
        if let (RouterMessage::Event(event), None) = (message, refused) {
            facts.extend(remember_session(state, event));
        }
        self.show_presences(&mut state.routing);
        self.show_bots(&state.routing);
        if let RouterMessage::Committed(committed) = message {
            self.seen = self.seen.max(committed.position);
        }
        let reply = refused.map_or(RouterReply::Done, RouterReply::Refused);
        if facts.is_empty() {
            return Decision::Answer(reply);
        }
        Decision::Record(
            Entry {
                key: Key::Router {
                    tenant: self.tenant,
                },
                at: now,
                first_seq: 0,
                facts,
            },
            reply,
        )
    }

    fn dead_letter(
        &mut self,
        _: &mut RouterState,
        message: &RouterMessage,
        cause: &str,
        now: Timestamp,
    ) -> (Entry, RouterReply) {
        let described =
            serde_json::value::to_raw_value(&format!("{message:?}")).unwrap_or_default();
        let letter = DeadLetter {
            cause: cause.to_owned(),
            letter: Box::new(RawJson(described)),
        };
        let key = Key::Router {
            tenant: self.tenant,
        };
        let entry = Entry {
            key,
            at: now,
            first_seq: 0,
            facts: smallvec::smallvec![Fact::DeadLettered(letter)],
        };
        (entry, RouterReply::Done)
    }
}

/// What an agent chose is remembered, so that a restart gives them their place back.
fn remember_session(state: &mut RouterState, event: &RoutingEvent) -> Option<Fact> {
    let (agent, choice) = match event {
        RoutingEvent::AgentSignedIn { agent, session } => {
            let choice = SessionChoice {
                queues: session.queues.iter().copied().collect(),
                strategy: session.strategy,
                presence: session.presence,
            };
            (*agent, Some(choice))
        }
        RoutingEvent::PresenceChanged { agent, presence } => {
            let known = state.sessions.get(agent)?;
            (
                *agent,
                Some(SessionChoice {
                    presence: *presence,
                    ..known.clone()
                }),
            )
        }
        RoutingEvent::AgentSignedOut { agent } => (*agent, None),
        _ => return None,
    };
    match &choice {
        Some(choice) => state.sessions.insert(agent, choice.clone()),
        None => state.sessions.remove(&agent),
    };
    Some(Fact::SessionChosen { agent, choice })
}

/// Feeds every router what the journal says of conversations, for as long as the engine runs.
pub(crate) async fn feed(engine: Arc<Engine>, mut cursor: Cursor) {
    for tenant in engine.config.current().tenants_with_channels() {
        let wake = RouterMessage::Event(RoutingEvent::ConfigChanged);
        engine.tell_router(tenant, wake);
    }
    loop {
        match cursor.next(1_000).await {
            Ok(entries) => {
                for committed in entries
                    .iter()
                    .filter(|committed| concerns_routing(&committed.entry))
                {
                    let tenant = committed.entry.key.tenant();
                    let message = RouterMessage::Committed(Arc::clone(committed));
                    engine.feed_router(tenant, message).await;
                }
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the router cannot read the journal; trying again"
                );
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Tells the routers of changes in the configuration, for as long as the engine runs.
pub(crate) async fn follow_configuration(engine: Arc<Engine>) {
    let mut revision = engine.config.subscribe();
    while revision.changed().await.is_ok() {
        engine.tell_routers();
    }
}

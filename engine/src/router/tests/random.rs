//! Random events, in the order and with the delays that a contact centre could never have: the router does exactly what
//! the dumb model does, and the invariants hold after every step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::{btree_set, vec};
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

use super::audit::audit;
use super::model::{Model, Spot};
use super::world::{
    TENANT, agent_id, centre, chatbot_id, conversation_id, held, key, queue_id, requeued, waiting,
};
use crate::configuration::{self, AgentOrder, Snapshot};
use crate::ids::{AgentId, ChatbotId, ConversationId, OfferId, QueueId};
use crate::message::{Actor, ChannelKind, OfferEnd, Timestamp};
use crate::router::{
    GRACE, Place, Presence, Routing, RoutingAction, RoutingEvent, Session, SkillSet, Target,
    Waiting, Whereabouts, WorkStrategy,
};

/// An event, or the choice of one among those that the state allows.
#[derive(Clone, Debug)]
enum Op {
    Event(RoutingEvent),
    /// The oldest-but-`.0` offer is answered by its agent, or by whoever is named.
    Accept(usize, Option<AgentId>),
    Refuse(usize, Option<AgentId>),
    /// The conversation answers one of the assignments it was asked for.
    Commit(usize),
    Fail(usize),
    Requeue(usize),
    /// The conversation answers one of the chatbots' turns that it was asked to begin.
    Begin(usize),
    FailToBegin(usize),
    Configure(Change, bool),
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Strategy(QueueId),
    Order(QueueId, AgentOrder),
    Limit(QueueId, u32),
    Member(QueueId, AgentId),
    Queue(QueueId),
    Capacity(AgentId, u32),
    WrapUp(AgentId, u32),
    Agent(AgentId),
    Chatbot(ChatbotId),
    BotLimit(ChatbotId, u32),
}

fn an_agent() -> impl Strategy<Value = AgentId> {
    // a7 is nobody's agent.
    select(vec![1, 1, 2, 2, 3, 3, 4, 5, 9, 7]).prop_map(agent_id)
}

fn a_queue() -> impl Strategy<Value = QueueId> {
    // q4 is not configured.
    select(vec![1, 1, 1, 2, 2, 3, 4]).prop_map(queue_id)
}

fn a_chatbot() -> impl Strategy<Value = ChatbotId> {
    // b3 is not configured.
    select(vec![1, 1, 1, 2, 3]).prop_map(chatbot_id)
}

fn a_conversation() -> impl Strategy<Value = ConversationId> {
    (1..12_u128).prop_map(conversation_id)
}

fn an_actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        3 => an_agent().prop_map(Actor::Agent),
        1 => select(vec![Actor::Program, Actor::System, Actor::Customer]),
    ]
}

fn skills() -> impl Strategy<Value = SkillSet> {
    select(vec![vec![], vec![], vec![], vec![1], vec![2], vec![1, 2]])
        .prop_map(|skills| skills.into_iter().collect())
}

fn a_session() -> impl Strategy<Value = Session> {
    let strategy = select(vec![
        WorkStrategy::Blended,
        WorkStrategy::Blended,
        WorkStrategy::Inbound,
        WorkStrategy::Outbound,
    ]);
    let presence = select(vec![
        Presence::Available,
        Presence::Available,
        Presence::Busy,
    ]);
    (btree_set(a_queue(), 1..4), strategy, presence, skills()).prop_map(
        |(queues, strategy, presence, skills)| Session {
            queues,
            strategy,
            presence,
            skills,
        },
    )
}

fn an_arrival() -> impl Strategy<Value = Waiting> {
    let who = (
        1..12_u128,
        select(vec![1, 1, 1, 2, 2, 3, 4_u128]),
        1..60_i64,
    );
    let kind = (
        select(vec![ChannelKind::LiveChat, ChannelKind::Sms]),
        proptest::option::weighted(0.3, a_chatbot()),
    );
    let agents = (
        vec(an_agent(), 0..2),
        proptest::option::weighted(0.2, an_agent()),
    );
    (
        who,
        kind,
        select(vec![0, 0, 0, 1, -1]),
        skills(),
        agents,
        any::<bool>(),
    )
        .prop_map(
            |((conversation, queue, since), (kind, bot), priority, required, agents, excluding)| {
                let usual = waiting(conversation, queue, Timestamp::from_secs(since));
                Waiting {
                    kind,
                    place: bot.map_or(usual.place, Place::Chatbot),
                    priority,
                    // A chatbot asks for no skills.
                    required: if bot.is_some() {
                        SkillSet::default()
                    } else {
                        required
                    },
                    refused: if excluding { agents.0 } else { Vec::new() },
                    preferred: agents.1,
                    ..usual
                }
            },
        )
}

fn a_report() -> impl Strategy<Value = RoutingEvent> {
    let since = Timestamp::from_secs(30);
    prop_oneof![
        8 => a_conversation()
            .prop_map(|conversation| RoutingEvent::ConversationClosed { conversation }),
        1 => (a_conversation(), proptest::option::of(a_queue()), an_agent()).prop_map(
            move |(conversation, queue, agent)| {
                RoutingEvent::ConversationAssigned(held(conversation, queue, agent, since))
            }
        ),
        1 => (a_conversation(), a_queue(), an_actor(), proptest::option::of(an_agent())).prop_map(
            move |(conversation, queue, by, from)| {
                RoutingEvent::ConversationRequeued(requeued(conversation, queue, by, from, since))
            }
        ),
        1 => (a_conversation(), an_agent()).prop_map(|(conversation, agent)| {
            RoutingEvent::AssignmentFailed { conversation, agent }
        }),
        1 => a_conversation().prop_map(|conversation| RoutingEvent::BotStarted { conversation }),
        2 => a_conversation().prop_map(|conversation| RoutingEvent::BotEnded { conversation }),
        1 => a_conversation().prop_map(|conversation| RoutingEvent::BotFailed { conversation }),
    ]
}

fn a_coming_or_going() -> impl Strategy<Value = RoutingEvent> {
    let presence = select(vec![
        Presence::Available,
        Presence::Busy,
        Presence::Away,
        Presence::Offline,
    ]);
    prop_oneof![
        6 => (an_agent(), a_session())
            .prop_map(|(agent, session)| RoutingEvent::AgentSignedIn { agent, session }),
        3 => (an_agent(), presence)
            .prop_map(|(agent, presence)| RoutingEvent::PresenceChanged { agent, presence }),
        2 => an_agent().prop_map(|agent| RoutingEvent::AgentConnectionLost { agent }),
        2 => an_agent().prop_map(|agent| RoutingEvent::AgentConnectionBack { agent }),
        1 => an_agent().prop_map(|agent| RoutingEvent::AgentSignedOut { agent }),
    ]
}

fn a_request() -> impl Strategy<Value = RoutingEvent> {
    let target = prop_oneof![
        a_queue().prop_map(Target::Queue),
        an_agent().prop_map(Target::Agent),
    ];
    prop_oneof![
        (a_conversation(), an_agent()).prop_map(|(conversation, agent)| {
            RoutingEvent::TakeRequested {
                conversation,
                agent,
            }
        }),
        (a_conversation(), an_agent(), an_actor(), any::<bool>()).prop_map(
            |(conversation, to, by, overriding)| {
                RoutingEvent::AssignRequested {
                    conversation,
                    to,
                    by,
                    overriding,
                }
            }
        ),
        (a_conversation(), target, an_actor()).prop_map(|(conversation, to, by)| {
            RoutingEvent::TransferRequested {
                conversation,
                to,
                by,
            }
        }),
    ]
}

fn an_order() -> impl Strategy<Value = AgentOrder> {
    select(vec![
        AgentOrder::LongestIdle,
        AgentOrder::RoundRobin,
        AgentOrder::FewestOpen,
        AgentOrder::MostSpare,
    ])
}

fn a_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        a_queue().prop_map(Change::Strategy),
        (a_queue(), an_order()).prop_map(|(queue, order)| Change::Order(queue, order)),
        (a_queue(), 0..3_u32).prop_map(|(queue, limit)| Change::Limit(queue, limit)),
        (a_queue(), an_agent()).prop_map(|(queue, agent)| Change::Member(queue, agent)),
        a_queue().prop_map(Change::Queue),
        (an_agent(), select(vec![20, 25, 60, 100]))
            .prop_map(|(agent, capacity)| Change::Capacity(agent, capacity)),
        (an_agent(), select(vec![0, 5])).prop_map(|(agent, secs)| Change::WrapUp(agent, secs)),
        an_agent().prop_map(Change::Agent),
        a_chatbot().prop_map(Change::Chatbot),
        (a_chatbot(), 0..3_u32).prop_map(|(chatbot, limit)| Change::BotLimit(chatbot, limit)),
    ]
}

fn an_op() -> impl Strategy<Value = Op> {
    let somebody = || proptest::option::weighted(0.1, an_agent());
    prop_oneof![
        12 => an_arrival().prop_map(|w| Op::Event(RoutingEvent::ConversationWaiting(w))),
        10 => a_coming_or_going().prop_map(Op::Event),
        6 => a_report().prop_map(Op::Event),
        8 => a_request().prop_map(Op::Event),
        2 => Just(Op::Event(RoutingEvent::DeadlineReached)),
        6 => (0..4_usize, somebody()).prop_map(|(pick, who)| Op::Accept(pick, who)),
        5 => (0..4_usize, somebody()).prop_map(|(pick, who)| Op::Refuse(pick, who)),
        8 => (0..4_usize).prop_map(Op::Commit),
        2 => (0..4_usize).prop_map(Op::Fail),
        3 => (0..4_usize).prop_map(Op::Requeue),
        3 => (0..4_usize).prop_map(Op::Begin),
        1 => (0..4_usize).prop_map(Op::FailToBegin),
        3 => (a_change(), any::<bool>()).prop_map(|(change, told)| Op::Configure(change, told)),
    ]
}

fn some_time() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 0..3_u64, 2 => 3..12_u64, 1 => 12..40_u64]
}

proptest! {
    #[test]
    fn whatever_happens_the_router_does_what_the_model_does(
        order in an_order(),
        sessions in vec(a_session(), 6),
        history in vec((an_op(), some_time()), 1..150)
    ) {
        let mut run = Run::new(order);
        for (agent, session) in [3, 1, 5, 2, 9, 4].map(agent_id).into_iter().zip(sessions) {
            run.play(Op::Event(RoutingEvent::AgentSignedIn { agent, session }));
        }
        for (op, secs) in history {
            run.now = run.now.plus(Duration::from_secs(secs));
            run.play(op);
        }
    }
}

/// The router and the model side by side, and what the world around them remembers.
struct Run {
    config: Snapshot,
    /// Configuration that is switched off for now.
    shelved: Snapshot,
    routing: Routing,
    model: Model,
    now: Timestamp,
    ledger: Ledger,
    assignments: Vec<(ConversationId, Option<QueueId>, AgentId)>,
    requeues: Vec<(ConversationId, QueueId, Actor, Option<AgentId>)>,
    starts: Vec<ConversationId>,
}

impl Run {
    /// Agents who are soon full, and one who writes up.
    fn new(order: AgentOrder) -> Self {
        let mut config = centre();
        for (number, capacity) in [(1, 60), (2, 60), (3, 35), (4, 20), (5, 45), (9, 60)] {
            let agent = config.agents.get_mut(&agent_id(number)).unwrap();
            Arc::make_mut(agent).capacity = capacity;
            Arc::make_mut(agent).wrap_up_secs = if number == 2 { 5 } else { 0 };
        }
        for queue in config.queues.values_mut() {
            Arc::make_mut(queue).order = order;
        }
        Self {
            config,
            shelved: Snapshot::default(),
            routing: Routing::new(TENANT, GRACE),
            model: Model::default(),
            now: Timestamp::from_secs(100),
            ledger: Ledger::default(),
            assignments: Vec::new(),
            requeues: Vec::new(),
            starts: Vec::new(),
        }
    }

    fn play(&mut self, op: Op) {
        let Some(event) = self.event(op) else {
            return;
        };
        let before = self.routing.clone();
        let actions = self.routing.step(event.clone(), self.now, &self.config);
        let expected = self.model.step(event.clone(), self.now, &self.config);
        assert_eq!(actions, expected, "after {event:?}");
        audit(&self.routing);
        self.agrees_with_the_model();
        self.capacity_is_kept(&before, &event, &actions);
        self.oldest_went_first(&actions);
        self.ledger.enter(&event, &actions);
        self.remember(&actions);
    }

    fn event(&mut self, op: Op) -> Option<RoutingEvent> {
        match op {
            Op::Event(event) => Some(event),
            Op::Accept(pick, who) => {
                let (offer, agent) = self.ledger.pick(pick)?;
                Some(RoutingEvent::OfferAccepted {
                    offer,
                    agent: who.unwrap_or(agent),
                })
            }
            Op::Refuse(pick, who) => {
                let (offer, agent) = self.ledger.pick(pick)?;
                Some(RoutingEvent::OfferRefused {
                    offer,
                    agent: who.unwrap_or(agent),
                })
            }
            Op::Commit(pick) => {
                let (conversation, queue, agent) = take(&mut self.assignments, pick)?;
                let held = held(conversation, queue, agent, self.now);
                Some(RoutingEvent::ConversationAssigned(held))
            }
            Op::Fail(pick) => {
                let (conversation, _, agent) = take(&mut self.assignments, pick)?;
                Some(RoutingEvent::AssignmentFailed {
                    conversation,
                    agent,
                })
            }
            Op::Requeue(pick) => {
                let (conversation, queue, by, from) = take(&mut self.requeues, pick)?;
                let requeued = requeued(conversation, queue, by, from, self.now);
                Some(RoutingEvent::ConversationRequeued(requeued))
            }
            Op::Begin(pick) => {
                let conversation = take(&mut self.starts, pick)?;
                Some(RoutingEvent::BotStarted { conversation })
            }
            Op::FailToBegin(pick) => {
                let conversation = take(&mut self.starts, pick)?;
                Some(RoutingEvent::BotFailed { conversation })
            }
            Op::Configure(change, told) => {
                self.configure(change);
                told.then_some(RoutingEvent::ConfigChanged)
            }
        }
    }

    fn configure(&mut self, change: Change) {
        self.config.revision += 1;
        match change {
            Change::Strategy(queue) => self.with_queue(queue, |queue| {
                queue.strategy = match queue.strategy {
                    configuration::Strategy::Auto => configuration::Strategy::Manual,
                    configuration::Strategy::Manual => configuration::Strategy::Auto,
                };
            }),
            Change::Order(queue, order) => self.with_queue(queue, |queue| queue.order = order),
            Change::Limit(queue, limit) => {
                self.with_queue(queue, |queue| queue.max_per_agent = limit);
            }
            Change::Member(queue, agent) => self.with_queue(queue, |queue| {
                let others = queue.members.len();
                queue.members.retain(|member| *member != agent);
                if queue.members.len() == others {
                    queue.members.push(agent);
                }
            }),
            Change::Queue(id) => match self.config.queues.remove(&id) {
                Some(queue) => {
                    self.shelved.queues.insert(id, queue);
                }
                None => self
                    .config
                    .queues
                    .extend(self.shelved.queues.remove_entry(&id)),
            },
            Change::Capacity(agent, capacity) => {
                self.with_agent(agent, |agent| agent.capacity = capacity);
            }
            Change::WrapUp(agent, secs) => {
                self.with_agent(agent, |agent| agent.wrap_up_secs = secs);
            }
            Change::Chatbot(id) => match self.config.chatbots.remove(&id) {
                Some(chatbot) => {
                    self.shelved.chatbots.insert(id, chatbot);
                }
                None => self
                    .config
                    .chatbots
                    .extend(self.shelved.chatbots.remove_entry(&id)),
            },
            Change::BotLimit(id, limit) => {
                if let Some(chatbot) = self.config.chatbots.get_mut(&id) {
                    Arc::make_mut(chatbot).concurrency_limit = limit;
                }
            }
            Change::Agent(id) => match self.config.agents.remove(&id) {
                Some(agent) => {
                    self.shelved.agents.insert(id, agent);
                }
                None => self
                    .config
                    .agents
                    .extend(self.shelved.agents.remove_entry(&id)),
            },
        }
    }

    fn with_queue(&mut self, id: QueueId, change: impl FnOnce(&mut configuration::Queue)) {
        if let Some(queue) = self.config.queues.get_mut(&id) {
            change(Arc::make_mut(queue));
        }
    }

    fn with_agent(&mut self, id: AgentId, change: impl FnOnce(&mut configuration::Agent)) {
        if let Some(agent) = self.config.agents.get_mut(&id) {
            change(Arc::make_mut(agent));
        }
    }

    fn remember(&mut self, actions: &[RoutingAction]) {
        for action in actions {
            match action {
                RoutingAction::Assign {
                    conversation,
                    key: address,
                    queue,
                    agent,
                    ..
                } => {
                    assert_eq!(*address, key(*conversation));
                    self.assignments.push((*conversation, *queue, *agent));
                }
                RoutingAction::Requeue {
                    conversation,
                    queue,
                    by,
                    from,
                    ..
                } => {
                    self.requeues.push((*conversation, *queue, *by, *from));
                }
                RoutingAction::StartBot { conversation, .. } => self.starts.push(*conversation),
                RoutingAction::MakeOffer { .. }
                | RoutingAction::EndOffer { .. }
                | RoutingAction::TellNobodyThere { .. }
                | RoutingAction::Refuse { .. }
                | RoutingAction::NextDeadline(_) => {}
            }
        }
    }

    /// No item is lost or in two places: every conversation is where the model has it, and the counts add up.
    fn agrees_with_the_model(&self) {
        assert_eq!(self.routing.items.len(), self.model.talks.len());
        let mut counts: BTreeMap<QueueId, (usize, usize, usize)> = BTreeMap::new();
        for (id, talk) in &self.model.talks {
            let expected = match talk.spot {
                Spot::Waiting => Whereabouts::Waiting,
                Spot::Offered {
                    offer,
                    agent,
                    expires,
                } => Whereabouts::Offered {
                    offer,
                    agent,
                    expires,
                },
                Spot::Claimed { agent, .. } => Whereabouts::BeingAssigned { agent },
                Spot::Owned { agent } => Whereabouts::Owned { agent },
            };
            assert_eq!(self.routing.whereabouts(*id), Some(expected));
            if let Some(queue) = talk.queue {
                let count = counts.entry(queue).or_default();
                match talk.spot {
                    Spot::Waiting => count.0 += 1,
                    Spot::Offered { .. } => count.1 += 1,
                    Spot::Claimed { .. } | Spot::Owned { .. } => count.2 += 1,
                }
            }
        }
        for queue in [1, 2, 3, 4].map(queue_id) {
            let view = self.routing.queue_view(queue);
            let expected = counts.get(&queue).copied().unwrap_or_default();
            assert_eq!((view.waiting, view.offered, view.held), expected);
        }
        for chatbot in [1, 2, 3].map(chatbot_id) {
            let view = self.routing.bot_view(chatbot);
            let expected = self.model.bot_counts(chatbot);
            assert_eq!((view.waiting, view.running), expected);
        }
    }

    /// `capacity_never_exceeded`: who got more has room for it, unless it is flagged or the journal says so.
    fn capacity_is_kept(&self, before: &Routing, event: &RoutingEvent, actions: &[RoutingAction]) {
        for agent in self.model.people.keys() {
            let used = |routing: &Routing| routing.desk_view(*agent).map_or(0, |desk| desk.used);
            let grown = used(&self.routing) > used(before);
            let flagged = actions.iter().any(|action| {
                matches!(action, RoutingAction::Assign { agent: to, over_capacity: true, .. } if to == agent)
            });
            let told = matches!(event, RoutingEvent::ConversationAssigned(_));
            if grown && !flagged && !told {
                assert!(
                    used(&self.routing) <= self.model.capacity(*agent),
                    "{agent} has too much"
                );
            }
            assert_eq!(used(&self.routing), self.model.used(*agent));
        }
    }

    /// `oldest_first_within_priority`: nothing that still waits was before an offered item and as good for its agent.
    fn oldest_went_first(&self, actions: &[RoutingAction]) {
        let offers: Vec<(ConversationId, AgentId)> = actions
            .iter()
            .filter_map(|action| match action {
                RoutingAction::MakeOffer {
                    conversation,
                    agent,
                    ..
                } => Some((*conversation, *agent)),
                RoutingAction::EndOffer { .. }
                | RoutingAction::Assign { .. }
                | RoutingAction::Requeue { .. }
                | RoutingAction::StartBot { .. }
                | RoutingAction::TellNobodyThere { .. }
                | RoutingAction::Refuse { .. }
                | RoutingAction::NextDeadline(_) => None,
            })
            .collect();
        for (place, (offered, agent)) in offers.iter().enumerate() {
            let since = || offers[place..].iter().filter(|(_, to)| to == agent);
            let talk = |id: &ConversationId| &self.model.talks[id];
            let got: u32 = since().map(|(id, _)| talk(id).weight()).sum();
            let used = self.model.used(*agent) - got;
            for (id, other) in &self.model.talks {
                if other.spot != Spot::Waiting
                    || other.rank(*id) > talk(offered).rank(*offered)
                    || !self.model.is_eligible(*agent, other)
                {
                    continue;
                }
                let queue = other.queue.unwrap();
                let got_of_queue = since()
                    .filter(|(id, _)| talk(id).queue == Some(queue))
                    .count();
                let held = self.model.held_of(*agent, queue) - got_of_queue;
                let limit = self.model.queue(other.queue).unwrap().max_per_agent as usize;
                let fits = used + other.weight() <= self.model.capacity(*agent)
                    && (limit == 0 || held < limit);
                assert!(!fits, "{offered} was offered to {agent} before {id}");
            }
        }
    }
}

fn take<T>(list: &mut Vec<T>, pick: usize) -> Option<T> {
    (!list.is_empty()).then(|| list.remove(pick % list.len()))
}

/// What an outsider knows from the events and actions alone.
#[derive(Default)]
struct Ledger {
    open: BTreeMap<OfferId, (ConversationId, AgentId)>,
    accepted: BTreeMap<OfferId, ConversationId>,
    names: BTreeSet<OfferId>,
    refused: BTreeMap<ConversationId, BTreeSet<AgentId>>,
}

impl Ledger {
    fn pick(&self, pick: usize) -> Option<(OfferId, AgentId)> {
        let (offer, (_, agent)) = self.open.iter().nth(pick % self.open.len().max(1))?;
        Some((*offer, *agent))
    }

    /// `an_offer_has_one_owner`: one open offer for each conversation, with an end of its own, never again to somebody
    /// who refused, under a name never used before.
    fn enter(&mut self, event: &RoutingEvent, actions: &[RoutingAction]) {
        match event {
            RoutingEvent::ConversationRequeued(requeued) => {
                let refused = self.refused.entry(requeued.conversation).or_default();
                refused.clear();
                refused.extend(requeued.from.filter(|_| requeued.by != Actor::System));
            }
            RoutingEvent::ConversationClosed { conversation } => {
                self.refused.remove(conversation);
            }
            _ => {}
        }
        for action in actions {
            match action {
                RoutingAction::MakeOffer {
                    offer,
                    conversation,
                    agent,
                    ..
                } => {
                    assert!(
                        self.names.insert(*offer),
                        "{offer} was the name of another offer"
                    );
                    let twice = self.open.values().any(|(other, _)| other == conversation);
                    assert!(!twice, "{conversation} has two offers");
                    let refused = self.refused.get(conversation);
                    let refused = refused.is_some_and(|refused| refused.contains(agent));
                    assert!(!refused, "{agent} had refused {conversation}");
                    self.open.insert(*offer, (*conversation, *agent));
                }
                RoutingAction::EndOffer {
                    offer,
                    conversation,
                    agent,
                    end,
                    ..
                } => {
                    let open = self.open.remove(offer);
                    let accepted = self.accepted.remove(offer);
                    assert!(open.is_some() || accepted.is_some(), "{offer} ends twice");
                    match end {
                        OfferEnd::Refused | OfferEnd::TimedOut => {
                            assert_eq!(open, Some((*conversation, *agent)));
                            // What fell due in the step that starts the line over counts before it.
                            if !matches!(event, RoutingEvent::ConversationRequeued(r) if r.conversation == *conversation)
                                && !matches!(event, RoutingEvent::ConversationClosed { conversation: c } if c == conversation)
                            {
                                self.refused
                                    .entry(*conversation)
                                    .or_default()
                                    .insert(*agent);
                            }
                        }
                        OfferEnd::Withdrawn | OfferEnd::Accepted => {}
                    }
                }
                RoutingAction::Assign {
                    conversation,
                    agent,
                    offer,
                    ..
                } => {
                    if let Some(offer) = offer {
                        assert_eq!(self.open.remove(offer), Some((*conversation, *agent)));
                        self.accepted.insert(*offer, *conversation);
                    }
                    let still = self.open.values().any(|(other, _)| other == conversation);
                    assert!(!still, "{conversation} is assigned and on offer");
                }
                RoutingAction::Requeue { .. }
                | RoutingAction::StartBot { .. }
                | RoutingAction::TellNobodyThere { .. }
                | RoutingAction::Refuse { .. }
                | RoutingAction::NextDeadline(_) => {}
            }
        }
    }
}

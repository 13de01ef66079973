//! What may happen: events of every kind, with answers and changes of the configuration among them.
//!
//! What must stay true: agents, queues and chatbots that nobody configured are named too, since callers name them as well.

use proptest::collection::{btree_set, vec};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;

use super::super::world::{
    agent_id, chatbot_id, conversation_id, held, queue_id, requeued, waiting,
};
use crate::configuration::AgentOrder;
use crate::ids::{AgentId, ChatbotId, ConversationId, QueueId};
use crate::message::{Actor, ChannelKind, Timestamp};
use crate::router::{
    Place, Presence, RoutingEvent, Session, SkillSet, Target, Waiting, WorkStrategy,
};

/// An event, or the choice of one among those that the state allows.
#[derive(Clone, Debug)]
pub(super) enum Op {
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
pub(super) enum Change {
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
    Weight(ChannelKind, u32),
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

pub(super) fn a_session() -> impl Strategy<Value = Session> {
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

fn a_kind() -> impl Strategy<Value = ChannelKind> {
    select(vec![
        ChannelKind::LiveChat,
        ChannelKind::Sms,
        ChannelKind::Email,
    ])
}

fn an_arrival() -> impl Strategy<Value = Waiting> {
    let who = (
        1..12_u128,
        select(vec![1, 1, 1, 2, 2, 3, 4_u128]),
        1..60_i64,
    );
    let kind = (a_kind(), proptest::option::weighted(0.3, a_chatbot()));
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

pub(super) fn an_order() -> impl Strategy<Value = AgentOrder> {
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
        (a_kind(), select(vec![5, 10, 25, 40]))
            .prop_map(|(kind, units)| Change::Weight(kind, units)),
    ]
}

pub(super) fn an_op() -> impl Strategy<Value = Op> {
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

pub(super) fn some_time() -> impl Strategy<Value = u64> {
    prop_oneof![6 => 0..3_u64, 2 => 3..12_u64, 1 => 12..40_u64]
}

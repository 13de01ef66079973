//! What a step costs: counted in lanes, groups, seats and agents looked at, not in time.

use std::sync::Arc;
use std::time::Duration;

use super::world::{
    TENANT, agent, agent_id, centre, conversation_id, held, offered, queue_id, session, waiting,
};
use crate::configuration::Snapshot;
use crate::ids::AgentId;
use crate::message::{ChannelKind, Timestamp};
use crate::router::{
    GRACE, Presence, Routing, RoutingAction, RoutingEvent, Session, SkillSet, Waiting,
};

const FREED: u128 = 1;
const ELIGIBLE: u128 = 2;
/// Conversations that are ahead of the eligible one and go to nobody.
const AHEAD: u128 = 1_000;
const NOW: Timestamp = Timestamp::from_secs(1_000_000);

fn ahead(number: u128) -> Waiting {
    waiting(AHEAD + number, 1, Timestamp::from_secs(number as i64))
}

fn skilled(skills: &[u32]) -> SkillSet {
    skills.iter().copied().collect()
}

/// A centre in which a1 has one chat, all that fits, and `count` conversations wait before the one for a1.
fn crowded(count: u128, ineligible: impl Fn(u128) -> Waiting) -> (Routing, Snapshot) {
    let mut config = centre();
    for agent in config.agents.values_mut() {
        Arc::make_mut(agent).capacity = 25;
    }
    let mut routing = Routing::new(TENANT, GRACE);
    let session = Session {
        skills: skilled(&[1]),
        ..session([1, 2].map(queue_id).into())
    };
    let (agent, now) = (agent_id(1), NOW);
    routing.step(RoutingEvent::AgentSignedIn { agent, session }, now, &config);
    let full = held(conversation_id(FREED), Some(queue_id(2)), agent, now);
    routing.step(RoutingEvent::ConversationAssigned(full), now, &config);
    for number in 0..count {
        let event = RoutingEvent::ConversationWaiting(ineligible(number));
        assert_eq!(offered(&routing.step(event, now, &config)), []);
    }
    let eligible = Waiting {
        required: skilled(&[1]),
        ..waiting(ELIGIBLE, 2, now)
    };
    let event = RoutingEvent::ConversationWaiting(eligible);
    assert_eq!(routing.step(event, now, &config), []);
    (routing, config)
}

fn looks(
    routing: &mut Routing,
    event: RoutingEvent,
    config: &Snapshot,
) -> (u64, Vec<RoutingAction>) {
    let before = routing.index.looks.get();
    let actions = routing.step(event, NOW, config);
    (routing.index.looks.get() - before, actions)
}

#[test]
fn items_that_go_to_nobody_cost_nothing() {
    type Ineligible = fn(u128) -> Waiting;
    let kinds: [(&str, Ineligible); 5] = [
        ("another skill", |n| Waiting {
            required: skilled(&[2]),
            ..ahead(n)
        }),
        ("one skill too many", |n| Waiting {
            required: skilled(&[1, 3]),
            ..ahead(n)
        }),
        ("refused", |n| Waiting {
            refused: vec![agent_id(1), agent_id(2)],
            ..ahead(n)
        }),
        ("a manual queue", |n| waiting(AHEAD + n, 3, Timestamp(0))),
        ("a queue that nobody chose", |n| {
            waiting(AHEAD + n, 7, Timestamp(0))
        }),
    ];
    for (name, ineligible) in kinds {
        let cost = |count| {
            let (mut routing, config) = crowded(count, ineligible);
            let closed = RoutingEvent::ConversationClosed {
                conversation: conversation_id(FREED),
            };
            let (looks, actions) = looks(&mut routing, closed, &config);
            assert_eq!(
                offered(&actions),
                [(conversation_id(ELIGIBLE), agent_id(1))],
                "{name}"
            );
            looks
        };
        let (few, many) = (cost(1), cost(20_000));
        assert_eq!(few, many, "{name}");
        assert!((1..20).contains(&few), "{name}: {few} looks");
    }
}

#[test]
fn items_too_heavy_for_what_is_left_cost_nothing() {
    let cost = |count| {
        let (mut routing, mut config) = crowded(count, ahead);
        config.revision += 1;
        Arc::make_mut(config.agents.get_mut(&agent_id(1)).unwrap()).capacity = 45;
        let light = Waiting {
            kind: ChannelKind::Sms,
            ..waiting(3, 1, NOW)
        };
        let event = RoutingEvent::ConversationWaiting(light);
        let (looks, actions) = looks(&mut routing, event, &config);
        assert_eq!(offered(&actions), [(conversation_id(3), agent_id(1))]);
        looks
    };
    assert_eq!(cost(1), cost(20_000));
}

#[test]
fn a_queue_at_the_agents_limit_costs_nothing() {
    let cost = |count| {
        let (mut routing, mut config) = crowded(count, ahead);
        config.revision += 1;
        Arc::make_mut(config.agents.get_mut(&agent_id(1)).unwrap()).capacity = 50;
        Arc::make_mut(config.queues.get_mut(&queue_id(1)).unwrap()).max_per_agent = 1;
        // One of those ahead is offered; with it the agent is at the limit of q1.
        routing.step(RoutingEvent::ConfigChanged, NOW, &config);
        let closed = RoutingEvent::ConversationClosed {
            conversation: conversation_id(FREED),
        };
        let (looks, actions) = looks(&mut routing, closed, &config);
        assert_eq!(
            offered(&actions),
            [(conversation_id(ELIGIBLE), agent_id(1))]
        );
        looks
    };
    assert_eq!(cost(2), cost(20_000));
}

/// A centre with `count` more agents who are signed in to q1 and cannot take anything.
fn staffed(count: u128, busy: impl Fn(&mut Session)) -> (Routing, Snapshot) {
    let mut config = centre();
    for number in 1_000..1_000 + count {
        config
            .agents
            .insert(agent_id(number), Arc::new(agent(number)));
    }
    let members: Vec<AgentId> = config.agents.keys().copied().collect();
    Arc::make_mut(config.queues.get_mut(&queue_id(1)).unwrap()).members = members;
    let mut routing = Routing::new(TENANT, GRACE);
    for number in 1_000..1_000 + count {
        let mut session = session([queue_id(1)].into());
        busy(&mut session);
        let agent = agent_id(number);
        routing.step(RoutingEvent::AgentSignedIn { agent, session }, NOW, &config);
    }
    (routing, config)
}

#[test]
fn agents_who_can_take_nothing_cost_nothing() {
    type Choice = fn(&mut Session);
    let kinds: [(&str, Choice); 3] = [
        ("busy", |session| session.presence = Presence::Busy),
        ("unskilled", |session| session.skills = skilled(&[2])),
        ("elsewhere", |session| session.queues = [queue_id(2)].into()),
    ];
    for (name, busy) in kinds {
        let cost = |count| {
            let (mut routing, config) = staffed(count, busy);
            let chosen = Session {
                skills: skilled(&[1]),
                ..session([queue_id(1)].into())
            };
            let event = RoutingEvent::AgentSignedIn {
                agent: agent_id(1),
                session: chosen,
            };
            routing.step(event, NOW, &config);
            let arrival = |n| {
                let waiting = Waiting {
                    required: skilled(&[1]),
                    ..waiting(n, 1, NOW)
                };
                RoutingEvent::ConversationWaiting(waiting)
            };
            // The first of its kind opens the lane, which is told to everybody once.
            routing.step(arrival(1), NOW, &config);
            let (looks, actions) = looks(&mut routing, arrival(2), &config);
            assert_eq!(
                offered(&actions),
                [(conversation_id(2), agent_id(1))],
                "{name}"
            );
            looks
        };
        let (few, many) = (cost(1), cost(3_000));
        assert_eq!(few, many, "{name}");
    }
}

#[test]
fn agents_with_a_place_for_mails_only_cost_a_chat_nothing() {
    let cost = |count: u128| {
        let (mut routing, mut config) = staffed(count, |_| {});
        config.revision += 1;
        Arc::make_mut(config.queues.get_mut(&queue_id(1)).unwrap()).max_per_agent = 1;
        for number in 1_000..1_000 + count {
            let (conversation, agent) = (conversation_id(number), agent_id(number));
            let chat = held(conversation, Some(queue_id(1)), agent, NOW);
            routing.step(RoutingEvent::ConversationAssigned(chat), NOW, &config);
        }
        let arrival = |n, kind| {
            let waiting = Waiting {
                kind,
                ..waiting(n, 1, NOW)
            };
            RoutingEvent::ConversationWaiting(waiting)
        };
        let chat = arrival(1, ChannelKind::LiveChat);
        let (looks, actions) = looks(&mut routing, chat, &config);
        assert_eq!(offered(&actions), []);
        let mail = arrival(2, ChannelKind::Email);
        let actions = routing.step(mail, NOW, &config);
        assert_eq!(offered(&actions).len(), 1);
        looks
    };
    assert_eq!(cost(2), cost(3_000));
}

#[test]
fn agents_who_can_take_it_cost_nothing_either_except_the_first() {
    let cost = |count| {
        let (mut routing, config) = staffed(count, |_| {});
        let arrival = |n| RoutingEvent::ConversationWaiting(waiting(n, 1, NOW));
        routing.step(arrival(1), NOW, &config);
        let (looks, actions) = looks(&mut routing, arrival(2), &config);
        assert_eq!(offered(&actions).len(), 1);
        looks
    };
    assert_eq!(cost(2), cost(3_000));
}

#[test]
fn a_line_that_everybody_refused_costs_nothing_and_is_there_for_a_newcomer() {
    // Overnight one desk stays open and every offer runs out; the line grows, the cost of a step does not.
    let config = centre();
    let mut routing = Routing::new(TENANT, GRACE);
    let mut now = NOW;
    let sign_in = |agent| RoutingEvent::AgentSignedIn {
        agent,
        session: session([queue_id(1)].into()),
    };
    routing.step(sign_in(agent_id(1)), now, &config);
    let mut costs = Vec::new();
    for number in 0..2_000 {
        now = now.plus(Duration::from_secs(30));
        let before = routing.index.looks.get();
        routing.step(RoutingEvent::DeadlineReached, now, &config);
        let event = RoutingEvent::ConversationWaiting(waiting(AHEAD + number, 1, now));
        let actions = routing.step(event, now, &config);
        assert_eq!(
            offered(&actions),
            [(conversation_id(AHEAD + number), agent_id(1))]
        );
        costs.push(routing.index.looks.get() - before);
    }
    assert_eq!(costs[10], costs[1_999]);
    let actions = routing.step(sign_in(agent_id(2)), now, &config);
    let oldest: Vec<_> = (0..4)
        .map(|n| (conversation_id(AHEAD + n), agent_id(2)))
        .collect();
    assert_eq!(offered(&actions), oldest);
    assert_eq!(routing.queue_view(queue_id(1)).waiting, 2_000 - 5);
}

#[test]
fn lanes_and_crews_behind_the_first_cost_nothing() {
    // Items that each need a skill of their own and came later; agents who each have one and are later in the order.
    let cost = |count: u128| {
        let mut config = centre();
        for number in 1_000..1_000 + count {
            config
                .agents
                .insert(agent_id(number), Arc::new(agent(number)));
        }
        let members: Vec<AgentId> = config.agents.keys().copied().collect();
        Arc::make_mut(config.queues.get_mut(&queue_id(1)).unwrap()).members = members;
        let mut routing = Routing::new(TENANT, GRACE);
        let arrival = |n, skill| {
            let waiting = Waiting {
                required: skilled(&[skill]),
                ..waiting(n, 1, Timestamp(n as i64))
            };
            RoutingEvent::ConversationWaiting(waiting)
        };
        routing.step(arrival(1, 1), NOW, &config);
        for number in 0..count {
            routing.step(arrival(AHEAD + number, 2_000 + number as u32), NOW, &config);
        }
        let sign_in = |number, skill| RoutingEvent::AgentSignedIn {
            agent: agent_id(number),
            session: Session {
                skills: skilled(&[1, skill]),
                ..session([queue_id(1)].into())
            },
        };
        let (agent_looks, actions) = looks(&mut routing, sign_in(1, 2), &config);
        assert_eq!(offered(&actions), [(conversation_id(1), agent_id(1))]);
        for number in 0..count {
            routing.step(
                sign_in(1_000 + number, 10_000 + number as u32),
                NOW,
                &config,
            );
        }
        routing.step(sign_in(2, 3), NOW, &config);
        let (item_looks, actions) = looks(&mut routing, arrival(2, 1), &config);
        assert_eq!(offered(&actions), [(conversation_id(2), agent_id(1))]);
        (agent_looks, item_looks)
    };
    // Looking for a second item passes over all the lanes once; the first is found without.
    let ((_, few_items), (many_lanes, many_items)) = (cost(2), cost(1_000));
    assert_eq!(few_items, many_items);
    assert!(many_lanes < 1_100, "{many_lanes} looks");
}

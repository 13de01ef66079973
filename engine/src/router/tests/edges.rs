//! What the tables do not show: deadlines, refusals in full, views, restarts, names and tenants.

use std::collections::BTreeSet;

use super::world::{
    TENANT, World, agent_id, centre, conversation_id, held, key, queue_id, session, waiting,
};
use crate::ids::{QueueId, TenantId};
use crate::message::{OfferEnd, Timestamp};
use crate::router::offer::offer_id;
use crate::router::{
    GRACE, OpenConversation, QueueView, Refusal, Request, Routing, RoutingAction, RoutingEvent,
    Whereabouts,
};
#[test]
fn the_first_deadline_is_announced_whenever_it_changes() {
    let mut world = World::new("q1 timeout=20; q2 timeout=10");
    let lines: [(&str, Option<i64>); 9] = [
        ("in a1 q1,q2", None), // at 1001 s
        ("wait c1 q1", Some(1022)),
        ("wait c2 q1", None),
        ("wait c3 q2", Some(1014)),
        ("accept c3 a1", Some(1022)),
        // Whoever wakes us early is told again.
        ("+1", Some(1022)),
        ("refuse c1 a1", Some(1023)),
        ("closed c2", None),
        ("wait c4 q1", Some(1029)),
    ];
    for (line, expected) in lines {
        let actions = world.actions(line);
        let wake = actions.iter().find_map(|action| match action {
            RoutingAction::NextDeadline(at) => Some(at.0 / 1_000_000),
            RoutingAction::MakeOffer { .. }
            | RoutingAction::EndOffer { .. }
            | RoutingAction::Assign { .. }
            | RoutingAction::Requeue { .. }
            | RoutingAction::StartBot { .. }
            | RoutingAction::TellNobodyThere { .. }
            | RoutingAction::Refuse { .. } => None,
        });
        assert_eq!(wake, expected, "after {line}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_with_its_request() {
    let mut world = World::new("a1 capacity=10");
    world.tell("in a1 q3");
    world.tell("wait c1 q3");
    let request = Request::Take {
        conversation: conversation_id(1),
        agent: agent_id(1),
    };
    let reason = Refusal::NoCapacity {
        used: 0,
        capacity: 10,
        weight: 25,
    };
    assert_eq!(
        world.actions("take c1 a1"),
        [RoutingAction::Refuse { request, reason }]
    );
    assert_eq!(
        reason.to_string(),
        "the agent has 0 of 10 units in use and this takes 25"
    );
}

#[test]
fn desks_and_boards_see_what_is_held_and_what_waits() {
    let mut world = World::new("a1 capacity=60");
    for line in [
        "in a1 q1,q2",
        "in a2 q1 outbound",
        "wait c1 q1",
        "accept c1 a1",
        "owned c1 a1",
    ] {
        world.tell(line);
    }
    for line in [
        "wait c2 q1 sms",
        "wait c3 q1",
        "accept c3 a1",
        "wait c4 q1",
        "wait c5 q1 age=60",
    ] {
        world.tell(line);
    }
    let desk = world.routing.desk_view(agent_id(1)).unwrap();
    assert_eq!((desk.used, desk.capacity), (60, 60));
    assert_eq!(desk.owned, [conversation_id(1)]);
    let offered: Vec<_> = desk.offers.iter().map(|offer| offer.conversation).collect();
    assert_eq!(offered, [conversation_id(2)]);
    let whereabouts = |number| world.routing.whereabouts(conversation_id(number));
    assert_eq!(
        whereabouts(3),
        Some(Whereabouts::BeingAssigned { agent: agent_id(1) })
    );
    assert_eq!(whereabouts(9), None);
    let line = world.routing.queue_view(queue_id(1));
    assert_eq!(
        line,
        QueueView {
            waiting: 2,
            offered: 1,
            held: 2,
            agents: 2
        }
    );
    let first = world.routing.first_in_line(queue_id(1)).unwrap();
    assert_eq!(
        first,
        (conversation_id(5), Timestamp::from_secs(1_010 - 60))
    );
    assert_eq!(world.routing.desk_view(agent_id(7)), None);
}

#[test]
fn after_a_restart_offers_wait_again_with_their_age_and_owners_keep_what_they_have() {
    let (config, now) = (centre(), Timestamp::from_secs(5_000));
    let since = Timestamp::from_secs;
    let mut refused = waiting(2, 1, since(50));
    refused.refused = vec![agent_id(2)];
    let open = [
        OpenConversation::Waiting(waiting(1, 1, since(100))),
        OpenConversation::Waiting(refused),
        OpenConversation::Held(held(
            conversation_id(3),
            Some(queue_id(2)),
            agent_id(1),
            since(10),
        )),
        OpenConversation::Held(held(conversation_id(4), None, agent_id(1), since(10))),
        OpenConversation::Held(held(
            conversation_id(5),
            Some(queue_id(2)),
            agent_id(2),
            since(20),
        )),
    ];
    let routing = Routing::rebuild(TENANT, GRACE, open, now, &config);
    super::audit::audit(&routing);
    let mut world = World {
        config,
        routing,
        now,
    };
    let wake = RoutingAction::NextDeadline(now.plus(GRACE));
    assert_eq!(world.actions("config q1 limit=0"), [wake]);
    assert_eq!(world.routing.desk_view(agent_id(1)).unwrap().used, 50);
    assert_eq!(world.tell("in a2 q1,q2"), "offer c1 q1 a2");
    assert_eq!(world.tell("in a1 q1,q2"), "offer c2 q1 a1");
    // Had a1 not come back, q2's conversations would have been requeued; a3 never comes back.
    let lost = held(
        conversation_id(6),
        Some(queue_id(2)),
        agent_id(3),
        since(30),
    );
    let adopted = RoutingEvent::ConversationAssigned(lost);
    assert_eq!(world.routing.step(adopted, world.now, &world.config), []);
    assert_eq!(
        world.tell("+31"),
        "end c1 a2 timed_out; end c2 a1 timed_out; requeue c6 q2 from a3; offer c1 q1 a1"
    );
}

#[test]
fn what_is_replayed_after_a_restart_is_neither_offered_nor_announced() {
    let (config, now) = (centre(), Timestamp::from_secs(5_000));
    let open = [OpenConversation::Waiting(waiting(
        1,
        1,
        Timestamp::from_secs(100),
    ))];
    let mut routing = Routing::rebuild(TENANT, GRACE, open, now, &config);
    let (agent, session) = (agent_id(1), session([queue_id(1)].into()));
    let owned = held(conversation_id(2), Some(queue_id(2)), agent_id(2), now);
    for event in [
        RoutingEvent::ConversationAssigned(owned),
        RoutingEvent::AgentSignedIn { agent, session },
        RoutingEvent::AgentConnectionLost { agent },
    ] {
        routing.replay(event, now, &config);
    }
    // Both are waited for from now on, and nothing is offered to somebody who is not there.
    let wake = RoutingAction::NextDeadline(now.plus(GRACE));
    let first = routing.step(RoutingEvent::ConfigChanged, now, &config);
    assert_eq!(first, [wake]);
    let mut world = World {
        config,
        routing,
        now,
    };
    assert_eq!(world.tell("back a1"), "offer c1 q1 a1");
    assert_eq!(world.tell("accept c1 a1"), "assign c1 a1 accepted");
    assert_eq!(world.tell("+30"), "requeue c2 q2 from a2");
}

#[test]
fn who_was_writing_up_a_conversation_goes_on_with_that_after_a_restart() {
    let mut world = World::new("a1 wrap_up=30; a2 wrap_up=30");
    let ago = |secs: i64| Timestamp::from_secs(1_000 - secs);
    world.routing = Routing::rebuild(TENANT, GRACE, [], world.now, &world.config);
    world.routing.finished_before(agent_id(1), ago(20));
    world.routing.finished_before(agent_id(2), ago(40));
    for (line, expected) in [
        ("in a1 q1", ""),
        ("wait c1 q1", ""),
        ("in a2 q2", ""),
        ("wait c2 q2", "offer c2 q2 a2"),
        ("+5", ""),
        ("+1", "offer c1 q1 a1"),
    ] {
        assert_eq!(world.tell(line), expected, "{line}");
    }
}

#[test]
fn an_offer_accepted_twice_is_assigned_once() {
    let mut world = World::new("");
    world.tell("in a1 q1");
    world.tell("wait c1 q1");
    let event = RoutingEvent::OfferAccepted {
        offer: world.offer(conversation_id(1)),
        agent: agent_id(1),
    };
    let first = world.routing.step(event.clone(), world.now, &world.config);
    assert!(
        matches!(first[..], [RoutingAction::Assign { offer: Some(_), .. }]),
        "{first:?}"
    );
    let second = world.routing.step(event, world.now, &world.config);
    let reason = Refusal::BeingAssigned { agent: agent_id(1) };
    assert!(
        matches!(second[..], [RoutingAction::Refuse { reason: given, .. }] if given == reason),
        "{second:?}"
    );
}

#[test]
fn whoever_is_no_longer_configured_is_forgotten() {
    let mut world = World::new("");
    world.tell("in a1 q1");
    world.tell("wait c1 q1");
    world.tell("accept c1 a1");
    assert_eq!(world.tell("config a1 gone=now"), "");
    let desk = world
        .routing
        .desk_view(agent_id(1))
        .expect("they still hold something");
    assert_eq!((desk.capacity, desk.used, desk.presence), (0, 25, None));
    world.tell("closed c1");
    world.tell("config q1 limit=0");
    assert_eq!(world.routing.desk_view(agent_id(1)), None);
}

#[test]
fn nothing_of_another_tenant_is_reachable() {
    let other = TenantId(2);
    let mut routing = Routing::new(other, GRACE);
    let config = centre();
    let now = Timestamp::from_secs(1);
    let queues: BTreeSet<QueueId> = config.queues.keys().copied().collect();
    let event = RoutingEvent::AgentSignedIn {
        agent: agent_id(1),
        session: session(queues),
    };
    let request = Request::SignIn { agent: agent_id(1) };
    let reason = Refusal::UnknownAgent;
    assert_eq!(
        routing.step(event, now, &config),
        [RoutingAction::Refuse { request, reason }]
    );
    assert_eq!(routing.desk_view(agent_id(1)), None);
}

#[test]
fn a_queue_or_a_chatbot_is_forgotten_when_it_is_configured_no_more_and_has_nothing() {
    let mut world = World::new("");
    for line in ["wait c1 q1", "bot c2 b1", "in a1 q2"] {
        world.tell(line);
    }
    let known = |world: &World| {
        let index = &world.routing.index;
        (index.queues.len(), index.bots.count())
    };
    let parts = |world: &World| {
        let index = &world.routing.index;
        (index.lanes.count(), index.crews.count())
    };
    assert_eq!((known(&world), parts(&world)), ((3, 2), (1, 1)));
    let after = |world: &mut World, line: &str| {
        world.config.queues.clear();
        world.config.chatbots.clear();
        world.config.revision += 1;
        world.tell(line);
        known(world)
    };
    assert_eq!(after(&mut world, "+1"), (2, 1), "they have something");
    assert_eq!(parts(&world), (1, 1));
    for line in ["closed c1", "closed c2", "out a1"] {
        world.tell(line);
    }
    assert_eq!(after(&mut world, "+1"), (0, 0));
    assert_eq!(parts(&world), (0, 0));
    // What comes to it late finds a place all the same.
    assert_eq!(after(&mut world, "wait c3 q1"), (1, 0));
    assert_eq!(world.routing.queue_view(queue_id(1)).waiting, 1);
    assert_eq!(parts(&world), (1, 0));
    assert_eq!(world.routing.index.lanes.iter().count(), 1, "used again");
}

#[test]
fn a_lane_and_a_crew_that_are_used_again_have_nothing_of_who_was_there_before() {
    let mut world = World::new("");
    for line in [
        "in a1 q2 skills=1,2",
        "wait c1 q1 sms skills=1",
        "closed c1",
        "out a1",
    ] {
        world.tell(line);
    }
    let queues = std::mem::take(&mut world.config.queues);
    world.config.revision += 1;
    world.tell("+1");
    world.config.queues = queues;
    world.config.revision += 1;
    for (line, expected) in [
        ("wait c2 q2", ""),
        ("in a2 q1,q2", "offer c2 q2 a2"),
        ("wait c3 q1", "offer c3 q1 a2"),
        ("wait c4 q1 skills=1", ""),
        ("in a3 q1 skills=1", "offer c4 q1 a3"),
    ] {
        assert_eq!(world.tell(line), expected, "{line}");
    }
}

#[test]
fn offers_have_names_of_their_own_that_never_change() {
    let at = Timestamp::from_secs(1_700_000_000);
    let name = offer_id(conversation_id(1), 0, at);
    assert_eq!(name, offer_id(conversation_id(1), 0, at));
    assert_eq!(name.0.get_version_num(), 8);
    let later = Timestamp(at.0 + 1_000);
    let others = [
        offer_id(conversation_id(1), 1, at),
        offer_id(conversation_id(2), 0, at),
        offer_id(conversation_id(1), 0, later),
    ];
    assert!(
        others.iter().all(|other| *other != name),
        "{name} is among {others:?}"
    );
    assert!(name < others[2], "later offers sort later");
}

#[test]
fn an_offer_says_everything_about_itself() {
    let mut world = World::new("q1 timeout=7");
    world.tell("in a1 q1");
    let actions = world.actions("wait c1 q1");
    let offer = world.offer(conversation_id(1));
    let expires = Timestamp::from_secs(1_002 + 7);
    let (conversation, queue, agent) = (conversation_id(1), queue_id(1), agent_id(1));
    let key = key(conversation);
    let made = RoutingAction::MakeOffer {
        offer,
        conversation,
        key,
        queue,
        agent,
        expires,
    };
    assert_eq!(actions, [made, RoutingAction::NextDeadline(expires)]);
    let ended = RoutingAction::EndOffer {
        offer,
        conversation,
        queue,
        agent,
        end: OfferEnd::TimedOut,
    };
    assert_eq!(world.actions("+7"), [ended]);
}

//! Chatbots as places, customers who find nobody, and seats.

use super::audit::audit;
use super::promises::{Story, check};
use super::world::{TENANT, World, centre, chatbot_id, conversation_id, show, waiting};
use crate::message::Timestamp;
use crate::router::{BotView, GRACE, OpenConversation, Place, Refusal, Routing, Waiting};
use crate::router::{RoutingAction, RoutingEvent};

#[test]
fn a_chatbot_talks_with_no_more_than_its_limit_and_the_first_in_line_comes_next() {
    check(&[
        Story {
            centre: "",
            lines: &[
                ("bot c1 b1", "start c1 b1"),
                ("bot c2 b1", ""),
                ("bot c3 b1 age=60", ""),
                ("bot c4 b1 priority=1", ""),
                ("began c1", ""),
                ("closed c1", "start c4 b1"),
                // The hand-over is two facts of one entry; the place is free with the first.
                ("began c4", ""),
                ("done c4", "start c3 b1"),
                ("requeued c4 q1 by system from nobody", ""),
                ("closed c3", "start c2 b1"),
            ],
        },
        Story {
            centre: "",
            lines: &[
                ("bot c1 b2", "start c1 b2"),
                ("bot c2 b2", "start c2 b2"),
                ("config b2 limit=1", ""),
                ("bot c3 b2", ""),
                ("closed c1", ""),
                ("closed c2", "start c3 b2"),
                ("bot c4 b2", ""),
                ("config b2 limit=2", "start c4 b2"),
            ],
        },
    ]);
}

#[test]
fn what_a_chatbot_hands_over_is_offered_with_its_age() {
    check(&[Story {
        centre: "a1 capacity=25",
        lines: &[
            ("in a1 q1", ""),
            ("bot c1 b1 age=60", "start c1 b1"),
            ("wait c2 q1", "offer c2 q1 a1"),
            ("wait c3 q1", ""),
            ("began c1", ""),
            ("done c1", ""),
            ("requeued c1 q1 by system from nobody", ""),
            ("closed c2", "end c2 a1 withdrawn; offer c1 q1 a1"),
        ],
    }]);
}

#[test]
fn a_chatbot_that_is_gone_keeps_nobody() {
    check(&[Story {
        centre: "",
        lines: &[
            ("bot c1 b1", "start c1 b1"),
            ("bot c2 b1", ""),
            ("began c1", ""),
            ("config b1 gone=1", "start c2 b1"),
            ("bot c3 b1", "start c3 b1"),
        ],
    }]);
}

#[test]
fn people_take_and_move_what_a_chatbot_has_or_will_have() {
    check(&[Story {
        centre: "",
        lines: &[
            ("bot c1 b1", "start c1 b1"),
            ("began c1", ""),
            ("bot c2 b1", ""),
            ("take c2 a1", "no NotSignedIn"),
            ("in a1 q1", ""),
            ("in a2 q1 outbound", ""),
            ("take c2 a2", "no OutboundOnly"),
            ("take c2 a1", "assign c2 a1"),
            ("owned c2 a1", ""),
            // Until the conversation answers, its place is taken; if it says no, the menu goes on.
            ("bot c3 b1", ""),
            ("force c1 a1 by a9", "assign c1 a1"),
            ("failed c1 a1", ""),
            ("move c1 q3 by a1", "no NotAllowed"),
            ("move c1 q3 by a9", "requeue c1 q3 from nobody"),
            ("requeued c1 q3 by a9 from nobody", "start c3 b1"),
            ("move c3 a1 by program", "assign c3 a1"),
            ("owned c3 a1", ""),
        ],
    }]);
}

#[test]
fn what_cannot_begin_a_turn_goes_to_the_fallback_or_stays_for_people_to_take() {
    check(&[Story {
        centre: "",
        lines: &[
            ("bot c1 b1", "start c1 b1"),
            ("bot c2 b1", ""),
            ("unbegun c1", "requeue c1 q2 from nobody; start c2 b1"),
            ("unbegun c1", ""),
            // Its start came late, after the conversation was taken elsewhere.
            ("requeued c2 q3 by a9 from nobody", ""),
            ("unbegun c2", ""),
            ("began c2", ""),
            ("bot c3 b2", "start c3 b2"),
            ("unbegun c3", ""),
            ("in a1 q1", ""),
            ("take c3 a1", "assign c3 a1"),
        ],
    }]);
}

#[test]
fn after_a_restart_a_chatbot_has_what_it_had() {
    let (config, now) = (centre(), Timestamp::from_secs(5_000));
    let with_bot = |number, since| Waiting {
        place: Place::Chatbot(chatbot_id(1)),
        ..waiting(number, 1, Timestamp::from_secs(since))
    };
    let nowhere = Waiting {
        place: Place::Nowhere,
        ..waiting(4, 1, now)
    };
    let open = [
        OpenConversation::WithBot(with_bot(1, 100)),
        OpenConversation::Waiting(with_bot(2, 300)),
        OpenConversation::Waiting(with_bot(3, 200)),
        OpenConversation::Waiting(nowhere),
    ];
    let mut routing = Routing::rebuild(TENANT, GRACE, open, now, &config);
    audit(&routing);
    assert_eq!(routing.step(RoutingEvent::ConfigChanged, now, &config), []);
    let view = |waiting, running| BotView { waiting, running };
    assert_eq!(routing.bot_view(chatbot_id(1)), view(2, 1));
    // A turn that began before the restart and that the store did not know of.
    let began = RoutingEvent::BotStarted {
        conversation: conversation_id(3),
    };
    routing.replay(began, now, &config);
    assert_eq!(routing.bots_view(), view(1, 2));
    let mut world = World {
        config,
        routing,
        now,
    };
    assert_eq!(world.tell("closed c1"), "");
    assert_eq!(world.tell("closed c3"), "start c2 b1");
    assert_eq!(world.tell("in a1 q1"), "");
    assert_eq!(world.tell("take c4 a1"), "assign c4 a1");
}

/// What is done for customers who find nobody.
fn told(world: &mut World, line: &str) -> String {
    let actions = world.actions(line);
    let told = actions
        .iter()
        .filter(|action| matches!(action, RoutingAction::TellNobodyThere { .. }));
    told.map(show).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_customer_who_comes_where_nobody_is_logged_in_is_told_so() {
    let mut world = World::new("q2 members=a1,a2");
    for (line, expected) in [
        ("wait c1 q1", "nobody for c1"),
        ("in a1 q1,q3", ""),
        ("wait c2 q1", ""),
        ("wait c3 q2", "nobody for c3"),
        ("wait c4 q3", ""),
        ("wait c5 q4", "nobody for c5"),
        // Busy people are people; those who want nothing from queues, or are no members, are none.
        ("presence a1 busy", ""),
        ("wait c6 q1", ""),
        ("in a2 q2 outbound", ""),
        ("in a3 q2", ""),
        ("wait c7 q2", "nobody for c7"),
        // Whoever lost the connection may come back, but not for ever.
        ("lost a1", ""),
        ("wait c8 q1", ""),
        ("+31", ""),
        ("wait c9 q1", "nobody for c9"),
        ("back a1", ""),
        ("wait c10 q1", ""),
        ("presence a1 offline", ""),
        ("+31", ""),
        ("wait c11 q1", "nobody for c11"),
        ("presence a1 available", ""),
        ("config q1 members=a2", ""),
        ("wait c12 q1", "nobody for c12"),
        ("wait c13 q3", ""),
        ("out a1", ""),
        ("wait c14 q3", "nobody for c14"),
        // Chatbots are somebody, until they hand over.
        ("bot c15 b1", ""),
        ("requeued c15 q3 by system from nobody", "nobody for c15"),
        ("wait c1 q1", ""),
    ] {
        assert_eq!(told(&mut world, line), expected, "after {line}");
    }
}

#[test]
fn a_session_beyond_the_licences_seats_is_refused_and_existing_ones_stay() {
    check(&[
        Story {
            centre: "tenant seats=2",
            lines: &[
                ("in a1 q1", ""),
                ("in a9 q1", ""),
                ("in a2 q1", "no NoSeat"),
                // Choosing anew takes no second seat.
                ("in a1 q1,q2", ""),
                ("config tenant seats=1", ""),
                ("in a9 q2", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("out a9", ""),
                ("in a2 q1", "no NoSeat"),
                ("out a1", "end c1 a1 withdrawn"),
                ("in a2 q1", "offer c1 q1 a2"),
            ],
        },
        Story {
            // A connection that is lost for good leaves its seat to others.
            centre: "tenant seats=1",
            lines: &[
                ("in a1 q1", ""),
                ("lost a1", ""),
                ("in a2 q1", "no NoSeat"),
                ("+31", ""),
                ("in a2 q1", ""),
                ("back a1", "no NoSeat"),
                ("presence a1 busy", "no NoSeat"),
                ("in a1 q1", "no NoSeat"),
                ("out a2", ""),
                ("back a1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
            ],
        },
        Story {
            centre: "tenant seats=0",
            lines: &[("in a1 q1", "no NoSeat"), ("back a1", "no NotSignedIn")],
        },
    ]);
    let refusal = Refusal::NoSeat { seats: 2 }.to_string();
    assert_eq!(refusal, "the licence lets 2 people be logged in at once");
}

#[test]
fn a_returning_customer_is_offered_to_the_agent_who_knows_them_first() {
    check(&[Story {
        centre: "",
        lines: &[
            ("in a1 q1", ""),
            ("in a2 q1", ""),
            ("in a3 q2", ""),
            ("wait c1 q1 knows=a2", "offer c1 q1 a2"),
            ("wait c2 q1 knows=a2", "offer c2 q1 a2"),
            // Refused by the one, it goes the usual way.
            ("refuse c2 a2", "end c2 a2 refused; offer c2 q1 a1"),
            // Not logged in to the queue, busy, not there at all.
            ("wait c3 q1 knows=a3", "offer c3 q1 a2"),
            (
                "presence a2 busy",
                "end c1 a2 withdrawn; end c3 a2 withdrawn; offer c1 q1 a1; offer c3 q1 a1",
            ),
            ("wait c4 q1 knows=a2", "offer c4 q1 a1"),
            ("wait c5 q1 knows=a5", ""),
        ],
    }]);
}

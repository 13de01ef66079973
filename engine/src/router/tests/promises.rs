//! What the router promises, one table for each promise: what happens, and what the router then does.

use super::world::World;

/// One story: changes to the centre, then each event with the actions it must cause.
pub(super) struct Story {
    pub(super) centre: &'static str,
    pub(super) lines: &'static [(&'static str, &'static str)],
}

pub(super) fn check(stories: &[Story]) {
    for story in stories {
        let mut world = World::new(story.centre);
        for (number, (line, expected)) in story.lines.iter().enumerate() {
            let done = world.tell(line);
            let lines = &story.lines[..=number];
            assert_eq!(done, *expected, "[{}] after {lines:?}", story.centre);
        }
    }
}

#[test]
fn oldest_first_within_priority() {
    check(&[
        Story {
            centre: "a1 capacity=25",
            lines: &[
                ("wait c3 q1", ""),
                ("wait c1 q2 age=100", ""),
                ("wait c2 q1", ""),
                ("wait c4 q1 priority=1", ""),
                ("wait c5 q1 priority=-1 age=1000", ""),
                ("wait c6 q1 age=500 skills=7", ""),
                ("in a1 q1,q2", "offer c4 q1 a1"),
                ("closed c4", "end c4 a1 withdrawn; offer c1 q2 a1"),
                ("closed c1", "end c1 a1 withdrawn; offer c3 q1 a1"),
                ("closed c3", "end c3 a1 withdrawn; offer c2 q1 a1"),
                ("closed c2", "end c2 a1 withdrawn; offer c5 q1 a1"),
                ("closed c5", "end c5 a1 withdrawn"),
                ("in a1 q1 skills=7,8", "offer c6 q1 a1"),
            ],
        },
        Story {
            // Whoever arrives to a line gets as much of it as fits, in order, across weights.
            centre: "a1 capacity=60",
            lines: &[
                ("wait c1 q1", ""),
                ("wait c2 q1 sms", ""),
                ("wait c3 q1", ""),
                ("wait c4 q1", ""),
                ("in a1 q1", "offer c1 q1 a1; offer c2 q1 a1; offer c3 q1 a1"),
            ],
        },
        Story {
            // Several become ready at once: what only one can take goes before what both can.
            centre: "a1 capacity=25; a2 capacity=25",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("refuse c1 a1", "end c1 a1 refused"),
                ("config q1 strategy=manual", ""),
                ("wait c3 q1", ""),
                ("wait c2 q1 skills=7 age=100", ""),
                ("in a2 q1 skills=7", ""),
                ("config q1 strategy=auto", "offer c2 q1 a2; offer c3 q1 a1"),
            ],
        },
        Story {
            // What an agent refused hides nothing that is older than what they find elsewhere.
            centre: "a1 capacity=25",
            lines: &[
                ("in a1 q1,q2", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", ""),
                ("wait c3 q1 skills=7", ""),
                ("wait c4 q2", ""),
                ("wait c5 q1", ""),
                ("refuse c1 a1", "end c1 a1 refused; offer c2 q1 a1"),
                ("refuse c2 a1", "end c2 a1 refused; offer c4 q2 a1"),
                ("refuse c4 a1", "end c4 a1 refused; offer c5 q1 a1"),
            ],
        },
        Story {
            // The original age is kept through an offer, an acceptance and a requeue.
            centre: "a1 capacity=25; a2 capacity=25; q1 timeout=10",
            lines: &[
                ("in a1 q1,q2", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", ""),
                ("+11", "end c1 a1 timed_out; offer c2 q1 a1"),
                ("accept c2 a1", "assign c2 a1 accepted"),
                ("owned c2 a1", ""),
                ("wait c3 q1", ""),
                ("requeued c2 q1 by a9 from a1", "offer c3 q1 a1"),
                ("in a2 q1", "offer c1 q1 a2"),
                ("closed c1", "end c1 a2 withdrawn; offer c2 q1 a2"),
            ],
        },
    ]);
}

#[test]
fn an_offer_has_one_owner() {
    check(&[
        Story {
            centre: "",
            lines: &[
                ("in a1 q1", ""),
                ("in a2 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("accept c1 a2", "no NotYourOffer"),
                ("refuse c1 a2", "no NotYourOffer"),
                // The next agent is asked at once; the one who refused never again.
                ("refuse c1 a1", "end c1 a1 refused; offer c1 q1 a2"),
                ("refuse c1 a1", "no NotYourOffer"),
                ("refuse c1 a2", "end c1 a2 refused"),
                ("presence a1 busy", ""),
                ("presence a1 available", ""),
                // A newcomer is asked; so is whoever was full when it went round.
                ("in a3 q1", "offer c1 q1 a3"),
                ("+20", "end c1 a3 timed_out"),
                ("take c1 a1", "assign c1 a1"),
                ("take c1 a2", "no BeingAssigned"),
                ("owned c1 a1", ""),
                ("take c1 a2", "no AlreadyAssigned"),
                ("accept c1 a1", "no OfferEnded"),
            ],
        },
        Story {
            centre: "",
            lines: &[
                ("in a1 q1", ""),
                ("in a2 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                // A colleague may be faster, and taking one's own offer accepts it.
                ("take c1 a2", "end c1 a1 withdrawn; assign c1 a2"),
                ("wait c2 q1", "offer c2 q1 a1"),
                ("take c2 a1", "assign c2 a1 accepted"),
                ("failed c2 a2", ""),
                ("failed c2 a1", "end c2 a1 withdrawn; offer c2 q1 a2"),
                ("closed c2", "end c2 a2 withdrawn"),
                ("accept c2 a2", "no OfferEnded"),
                ("take c2 a2", "no UnknownConversation"),
            ],
        },
        Story {
            // At the last moment the offer is over, whether or not the timer came first.
            centre: "q1 timeout=10",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("+8", ""),
                ("wait c2 q1", "offer c2 q1 a1"),
                ("refuse c1 a1", "end c1 a1 timed_out; no OfferEnded"),
            ],
        },
        Story {
            centre: "",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("owned c1 a1", ""),
                // Who gives a conversation back does not get it again, unless a person starts the line over.
                ("move c1 q1 by a1", "requeue c1 q1 from a1"),
                ("requeued c1 q1 by a1 from a1", ""),
                ("move c1 q1 by a9", "requeue c1 q1 from nobody"),
                ("requeued c1 q1 by a9 from nobody", "offer c1 q1 a1"),
            ],
        },
    ]);
}

#[test]
fn presence_lost_releases() {
    check(&[
        Story {
            // q1 keeps, q2 requeues; a2 gets the offers, never what is still being decided.
            centre: "q1 timeout=100; q2 timeout=100",
            lines: &[
                ("in a1 q1,q2", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("owned c1 a1", ""),
                ("wait c2 q2", "offer c2 q2 a1"),
                ("accept c2 a1", "assign c2 a1 accepted"),
                ("owned c2 a1", ""),
                ("wait c3 q1", "offer c3 q1 a1"),
                ("lost a1", ""),
                // Nothing new reaches somebody whose connection is lost.
                ("wait c4 q1 sms", ""),
                ("in a2 q1,q2", "offer c4 q1 a2"),
                ("+27", ""),
                (
                    "+1",
                    "requeue c2 q2 from a1; end c3 a1 withdrawn; offer c3 q1 a2",
                ),
                ("requeued c2 q2 by system from a1", "offer c2 q2 a2"),
                // Withdrawn is not refused: back, the agent is asked again.
                ("back a1", ""),
                ("refuse c3 a2", "end c3 a2 refused; offer c3 q1 a1"),
                ("refuse c2 a2", "end c2 a2 refused; offer c2 q2 a1"),
            ],
        },
        Story {
            // An offer that runs out unseen is not held against the agent.
            centre: "",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("lost a1", ""),
                ("+20", "end c1 a1 withdrawn"),
                ("back a1", "offer c1 q1 a1"),
            ],
        },
        Story {
            // Back in time, nothing happened.
            centre: "q2 timeout=100",
            lines: &[
                ("in a1 q2", ""),
                ("wait c1 q2", "offer c1 q2 a1"),
                ("lost a1", ""),
                ("+28", ""),
                ("back a1", ""),
                ("+5", ""),
                ("accept c1 a1", "assign c1 a1 accepted"),
            ],
        },
        Story {
            // Saying so oneself has no grace for offers, and leaving none at all.
            centre: "",
            lines: &[
                ("in a1 q1,q2", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("presence a1 away", "end c1 a1 withdrawn"),
                ("take c1 a1", "assign c1 a1"),
                ("owned c1 a1", ""),
                ("wait c2 q2", ""),
                ("presence a1 available", "offer c2 q2 a1"),
                ("accept c2 a1", "assign c2 a1 accepted"),
                ("owned c2 a1", ""),
                ("wait c3 q2", "offer c3 q2 a1"),
                ("out a1", "requeue c2 q2 from a1; end c3 a1 withdrawn"),
                ("out a1", ""),
                ("presence a1 available", "no NotSignedIn"),
                ("back a1", "no NotSignedIn"),
            ],
        },
        Story {
            // Offline is gone: B-13. What arrives for somebody gone follows the policy too, after a grace time.
            centre: "",
            lines: &[
                ("in a1 q2", ""),
                ("wait c1 q2", "offer c1 q2 a1"),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("owned c1 a1", ""),
                ("wait c2 q2", "offer c2 q2 a1"),
                ("accept c2 a1", "assign c2 a1 accepted"),
                ("presence a1 offline", ""),
                ("+30", "requeue c1 q2 from a1"),
                ("requeued c1 q2 by system from a1", ""),
                ("owned c2 a1", ""),
                ("+30", "requeue c2 q2 from a1"),
            ],
        },
        Story {
            centre: "",
            lines: &[
                ("in a1 q2", ""),
                ("wait c1 q2", "offer c1 q2 a1"),
                ("config a1 gone=now", "end c1 a1 withdrawn"),
                ("in a1 q2", "no UnknownAgent"),
            ],
        },
    ]);
}

#[test]
fn only_available_members_who_chose_the_queue_and_want_its_work_get_offers() {
    check(&[
        Story {
            centre: "q1 members=a1,a2",
            lines: &[
                ("in a1 q2", ""),
                ("in a2 q1 outbound", ""),
                ("in a3 q1", ""),
                ("wait c1 q1", ""),
                ("take c1 a1", "no NotLoggedIn"),
                ("take c1 a2", "no OutboundOnly"),
                ("take c1 a3", "no NotAMember"),
                ("take c1 a4", "no NotSignedIn"),
                ("in a2 q1 inbound", "offer c1 q1 a2"),
                ("in a2 q1 outbound", "end c1 a2 withdrawn"),
                ("config q1 members=a3", "offer c1 q1 a3"),
                ("config q1 members=a1", "end c1 a3 withdrawn"),
                ("in a1 q2,q1", "offer c1 q1 a1"),
                ("in a1 q2", "end c1 a1 withdrawn"),
            ],
        },
        Story {
            centre: "",
            lines: &[
                ("in a1 q1", ""),
                ("presence a1 busy", ""),
                ("wait c1 q1", ""),
                ("presence a1 offline", ""),
                ("presence a1 available", "offer c1 q1 a1"),
            ],
        },
        Story {
            centre: "",
            lines: &[
                ("wait c1 q1 skills=1", ""),
                ("wait c2 q1 skills=1,2", ""),
                ("in a1 q1", ""),
                ("in a2 q1 skills=2,1,2", "offer c1 q1 a2; offer c2 q1 a2"),
                // By hand, people judge for themselves.
                ("take c2 a1", "end c2 a2 withdrawn; assign c2 a1"),
            ],
        },
    ]);
}

#[test]
fn manual_queues_offer_nothing_and_let_people_take_and_give() {
    check(&[Story {
        centre: "",
        lines: &[
            ("in a1 q3", ""),
            ("in a2 q3", ""),
            ("wait c1 q3", ""),
            ("wait c2 q3", ""),
            ("take c1 a1", "assign c1 a1"),
            ("owned c1 a1", ""),
            ("give c2 a2 by a1", "assign c2 a2"),
            ("owned c2 a2", ""),
            ("requeued c1 q3 by a1 from a1", ""),
            ("config q3 strategy=auto", "offer c1 q3 a2"),
            ("config q3 strategy=manual", "end c1 a2 withdrawn"),
        ],
    }]);
}

#[test]
fn the_queues_order_decides_who_is_first() {
    check(&[
        Story {
            // Having had an offer, or having finished, ends the idle time.
            centre: "",
            lines: &[
                ("in a1 q1", ""),
                ("in a2 q1", ""),
                ("in a3 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", "offer c2 q1 a2"),
                ("closed c1", "end c1 a1 withdrawn"),
                ("wait c3 q1", "offer c3 q1 a3"),
                ("wait c4 q1", "offer c4 q1 a2"),
                ("wait c5 q1", "offer c5 q1 a1"),
            ],
        },
        Story {
            // Across skills too, when the first of those who are skilled alike cannot take it.
            centre: "a1 capacity=20",
            lines: &[
                ("wait c9 q3 sms", ""),
                ("in a1 q1", ""),
                ("in a3 q1 skills=7", ""),
                ("in a2 q1", ""),
                ("wait c1 q1", "offer c1 q1 a3"),
            ],
        },
        Story {
            centre: "a1 capacity=20; a3 capacity=20",
            lines: &[
                ("wait c9 q3 sms", ""),
                ("in a1 q1", ""),
                ("in a3 q1 skills=7", ""),
                ("in a2 q1", ""),
                ("in a4 q1 skills=7", ""),
                ("wait c1 q1", "offer c1 q1 a2"),
                ("wait c2 q1 sms", "offer c2 q1 a1"),
            ],
        },
        Story {
            // In turn, whatever else they do.
            centre: "q1 order=round_robin",
            lines: &[
                ("in a1 q1,q2", ""),
                ("in a2 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", "offer c2 q1 a2"),
                ("wait c3 q2", "offer c3 q2 a1"),
                ("wait c4 q1", "offer c4 q1 a1"),
                ("wait c5 q1", "offer c5 q1 a2"),
            ],
        },
        Story {
            centre: "q1 order=fewest_open",
            lines: &[
                ("in a1 q1", ""),
                ("in a2 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1 sms", "offer c2 q1 a2"),
                ("wait c3 q1 sms", "offer c3 q1 a1"),
                ("closed c1", "end c1 a1 withdrawn"),
                ("closed c3", "end c3 a1 withdrawn"),
                ("wait c4 q1", "offer c4 q1 a1"),
                ("wait c5 q1", "offer c5 q1 a2"),
            ],
        },
        Story {
            centre: "q1 order=most_spare; a1 capacity=60",
            lines: &[
                ("in a1 q1", ""),
                ("in a2 q1", ""),
                ("wait c1 q1", "offer c1 q1 a2"),
                ("wait c2 q1", "offer c2 q1 a2"),
                ("wait c3 q1", "offer c3 q1 a1"),
                ("wait c4 q1 sms", "offer c4 q1 a2"),
                ("config q1 order=longest_idle", ""),
                ("wait c5 q1 sms", "offer c5 q1 a1"),
            ],
        },
        Story {
            // The agent whom the customer knows comes before the order, if eligible (R139).
            centre: "a3 capacity=25",
            lines: &[
                ("in a1 q1", ""),
                ("in a2 q1", ""),
                ("in a3 q1", ""),
                ("wait c1 q1 knows=a3", "offer c1 q1 a3"),
                ("wait c2 q1 knows=a3", "offer c2 q1 a1"),
                ("refuse c1 a3", "end c1 a3 refused; offer c1 q1 a2"),
                ("refuse c1 a2", "end c1 a2 refused; offer c1 q1 a1"),
            ],
        },
    ]);
}

#[test]
fn after_a_conversation_the_agent_writes_it_up_undisturbed() {
    check(&[Story {
        centre: "a1 wrap_up=15",
        lines: &[
            ("in a1 q1,q3", ""),
            ("wait c1 q1", "offer c1 q1 a1"),
            ("accept c1 a1", "assign c1 a1 accepted"),
            ("owned c1 a1", ""),
            ("wait c2 q1", "offer c2 q1 a1"),
            ("closed c1", ""),
            ("wait c3 q1", ""),
            ("wait c4 q3", ""),
            ("take c4 a1", "assign c4 a1"),
            ("owned c4 a1", ""),
            // A second close starts the time anew; what was never theirs does not.
            ("closed c4", ""),
            ("closed c2", "end c2 a1 withdrawn"),
            ("+13", ""),
            ("+1", "offer c3 q1 a1"),
        ],
    }]);
}

#[test]
fn a_hand_over_keeps_both_agents_busy_until_the_conversation_answers() {
    check(&[
        Story {
            centre: "a1 capacity=25; a2 capacity=25; q2 members=a2,a3",
            lines: &[
                ("in a1 q1", ""),
                ("in a2 q1,q2", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("owned c1 a1", ""),
                ("move c1 a2 by a3", "no NotAllowed"),
                ("move c1 a2 by customer", "no NotAllowed"),
                ("move c1 a3 by a1", "no NotSignedIn"),
                ("move c1 a1 by a1", "no AlreadyAssigned"),
                ("move c1 a8 by a1", "no UnknownAgent"),
                ("move c1 q7 by a1", "no UnknownQueue"),
                ("move c7 q2 by a1", "no UnknownConversation"),
                ("take c0 a2", "no UnknownConversation"),
                ("wait c4 q3", ""),
                ("force c4 a2 by a9", "assign c4 a2"),
                ("move c1 a2 by a1", "no NoCapacity"),
                ("closed c4", ""),
                ("move c1 a2 by a1", "assign c1 a2"),
                ("move c1 q2 by a1", "no BeingAssigned"),
                ("wait c2 q1", ""),
                ("wait c3 q2", ""),
                ("owned c1 a2", "offer c2 q1 a1"),
                ("move c1 q2 by a2", "requeue c1 q2 from a2"),
                ("requeued c1 q2 by a2 from a2", "offer c3 q2 a2"),
                ("in a3 q2", "offer c1 q2 a3"),
                // A failed hand-over leaves it with the owner.
                ("accept c1 a3", "assign c1 a3 accepted"),
                ("owned c1 a3", ""),
                ("move c1 a5 by program", "no NotSignedIn"),
                ("in a5 q1", ""),
                ("move c1 a5 by a9", "assign c1 a5"),
                ("failed c1 a5", ""),
                ("move c1 a5 by a9", "assign c1 a5"),
            ],
        },
        Story {
            // Given away while it is being assigned: what the journal says first holds first.
            centre: "",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("requeued c1 q2 by a9 from nobody", ""),
                ("owned c1 a2", ""),
                ("failed c1 a1", "end c1 a1 withdrawn"),
                ("take c1 a1", "no AlreadyAssigned"),
            ],
        },
    ]);
}

#[test]
fn every_stage_has_a_way_out() {
    // B-24: waiting, offered, owned by somebody gone: a supervisor gives, moves and closes all of them.
    check(&[Story {
        centre: "",
        lines: &[
            ("wait c1 q1", ""),
            ("force c1 a1 by a9", "assign c1 a1"),
            ("owned c1 a1", ""),
            ("move c1 q3 by a9", "requeue c1 q3 from a1"),
            ("force c1 a2 by a9", "assign c1 a2"),
            ("failed c1 a2", ""),
            ("requeued c1 q3 by a9 from a1", ""),
            ("in a5 q1", ""),
            ("wait c2 q1", "offer c2 q1 a5"),
            ("move c2 q3 by a9", "requeue c2 q3 from nobody"),
            ("requeued c2 q3 by a9 from nobody", "end c2 a5 withdrawn"),
            ("wait c3 q1", "offer c3 q1 a5"),
            ("force c3 a2 by a9", "end c3 a5 withdrawn; assign c3 a2"),
            ("closed c3", ""),
            ("closed c2", ""),
            ("closed c1", ""),
            ("closed c1", ""),
        ],
    }]);
}

#[test]
fn what_is_known_already_changes_nothing() {
    check(&[Story {
        centre: "",
        lines: &[
            ("in a1 q1", ""),
            ("wait c1 q1", "offer c1 q1 a1"),
            ("wait c1 q1", ""),
            ("accept c1 a1", "assign c1 a1 accepted"),
            ("accept c1 a1", "no OfferEnded"),
            ("owned c1 a1", ""),
            ("owned c1 a1", ""),
            ("failed c1 a1", ""),
            // A conversation that the router did not know, as when a chatbot gives up.
            ("requeued c2 q1 by system from nobody", "offer c2 q1 a1"),
            // Somebody wrote to a customer first: it counts, and belongs to no queue.
            ("owned c3 a2", ""),
            ("move c3 q1 by a2", "requeue c3 q1 from a2"),
            ("requeued c3 q1 by a2 from a2", "offer c3 q1 a1"),
        ],
    }]);
}

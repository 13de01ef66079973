//! How much one agent holds, and who gets what becomes free.

use super::promises::{Story, check};

#[test]
fn capacity_never_exceeded() {
    check(&[
        Story {
            centre: "a1 capacity=60",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", "offer c2 q1 a1"),
                // 50 units are on offer; a chat does not fit, a message does.
                ("wait c3 q1", ""),
                ("wait c4 q1 sms", "offer c4 q1 a1"),
                ("wait c5 q1 sms", ""),
                // Accepting and being given change nothing; refusing and closing free the units.
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("owned c1 a1", ""),
                ("refuse c2 a1", "end c2 a1 refused; offer c3 q1 a1"),
                ("closed c1", "offer c5 q1 a1"),
            ],
        },
        Story {
            centre: "a1 capacity=25",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q3", ""),
                ("wait c3 q1", ""),
                ("take c2 a1", "no NotLoggedIn"),
                ("in a1 q1,q3", ""),
                ("give c2 a1 by a2", "no NoCapacity"),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("take c2 a1", "no NoCapacity"),
                ("failed c1 a1", "end c1 a1 withdrawn; offer c1 q1 a1"),
            ],
        },
        Story {
            centre: "q1 limit=1; q2 limit=2",
            lines: &[
                ("in a1 q1,q2", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", ""),
                ("give c2 a1 by a2", "no QueueLimit"),
                ("wait c3 q2", "offer c3 q2 a1"),
                ("wait c4 q2", "offer c4 q2 a1"),
                ("wait c5 q2", ""),
                // Moved to the other queue, it counts there.
                ("accept c3 a1", "assign c3 a1 accepted"),
                ("owned c3 a1", ""),
                ("requeued c3 q3 by a1 from a1", "offer c5 q2 a1"),
                ("closed c1", "end c1 a1 withdrawn; offer c2 q1 a1"),
            ],
        },
        Story {
            // A queue's limit counts e-mails apart, whatever else it has.
            centre: "q1 limit=1",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1 sms", "offer c1 q1 a1"),
                ("wait c2 q1 whatsapp", ""),
                ("wait c3 q1 email", "offer c3 q1 a1"),
                ("wait c4 q1 email", ""),
                ("give c2 a1 by a2", "no QueueLimit"),
                ("give c4 a1 by a2", "no QueueLimit"),
                // A place that is free is for its own kind, however long others wait.
                ("closed c3", "end c3 a1 withdrawn; offer c4 q1 a1"),
                ("closed c1", "end c1 a1 withdrawn; offer c2 q1 a1"),
                ("in a2 q1", ""),
                ("wait c5 q1 email", "offer c5 q1 a2"),
                ("wait c6 q1", "offer c6 q1 a2"),
                // In another queue it takes no place of this one.
                ("accept c4 a1", "assign c4 a1 accepted"),
                ("owned c4 a1", ""),
                ("wait c7 q1 email", ""),
                ("requeued c4 q2 by a1 from a1", "offer c7 q1 a1"),
            ],
        },
        Story {
            // Capacity configured down takes nothing away and gives nothing more.
            centre: "",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", "offer c2 q1 a1"),
                ("config a1 capacity=30", ""),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("wait c3 q1 sms", ""),
                ("refuse c2 a1", "end c2 a1 refused"),
                ("config a1 capacity=35", "offer c3 q1 a1"),
            ],
        },
        Story {
            // What weighs more takes nothing away; what weighs less makes room at once, for those who waited too.
            centre: "tenant chat=200",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1", ""),
                ("config tenant chat=50", "offer c1 q1 a1"),
                ("wait c2 q1", "offer c2 q1 a1"),
                ("wait c3 q1", ""),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("owned c1 a1", ""),
                ("config tenant chat=100", ""),
                ("refuse c2 a1", "end c2 a1 refused"),
                ("config tenant chat=50", "offer c3 q1 a1"),
                ("closed c1", ""),
                ("config tenant chat=25", ""),
                ("wait c4 q1", "offer c4 q1 a1"),
            ],
        },
    ]);
}

#[test]
fn a_supervisors_override_may_exceed_capacity_and_says_so() {
    check(&[
        Story {
            centre: "a1 capacity=25",
            lines: &[
                ("wait c1 q1", ""),
                ("wait c2 q1", ""),
                ("force c1 a1 by a9", "assign c1 a1"),
                ("force c2 a1 by a2", "no NotAllowed"),
                ("force c2 a1 by a9", "assign c2 a1 over"),
                ("owned c1 a1", ""),
                ("owned c2 a1", ""),
                ("in a1 q1", ""),
                ("closed c1", ""),
                ("wait c3 q1", ""),
                ("closed c2", "offer c3 q1 a1"),
            ],
        },
        Story {
            centre: "q1 limit=1",
            lines: &[
                ("wait c1 q1", ""),
                ("wait c2 q1", ""),
                ("force c1 a1 by program", "assign c1 a1"),
                ("owned c1 a1", ""),
                ("force c2 a1 by program", "assign c2 a1 over"),
                // It also moves what somebody has, and keeps that agent's units until the answer.
                ("force c1 a1 by a9", "no AlreadyAssigned"),
                ("give c1 a2 by a9", "no AlreadyAssigned"),
                ("force c1 a2 by a9", "assign c1 a2"),
                ("force c1 a3 by a9", "no BeingAssigned"),
                ("owned c1 a2", ""),
            ],
        },
    ]);
}

#[test]
fn freed_capacity_goes_to_the_oldest_who_found_everybody_full() {
    // B-11: those who came when all were full are not passed over by newcomers.
    check(&[Story {
        centre: "a1 capacity=25; a2 capacity=25",
        lines: &[
            ("in a1 q1", ""),
            ("in a2 q1", ""),
            ("wait c1 q1", "offer c1 q1 a1"),
            ("wait c2 q1", "offer c2 q1 a2"),
            ("wait c3 q1", ""),
            ("wait c4 q1", ""),
            ("closed c2", "end c2 a2 withdrawn; offer c3 q1 a2"),
            ("refuse c3 a2", "end c3 a2 refused; offer c4 q1 a2"),
            ("closed c1", "end c1 a1 withdrawn; offer c3 q1 a1"),
        ],
    }]);
}

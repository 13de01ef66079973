//! What agents help themselves to, and how their colleagues see them.

use super::promises::{Story, check};
use super::world::World;

#[test]
fn what_an_agent_takes_goes_before_what_they_have_not_answered() {
    check(&[
        Story {
            centre: "a1 capacity=60",
            lines: &[
                ("in a1 q1,q3", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", "offer c2 q1 a1"),
                ("wait c3 q3", ""),
                // The newest offer goes back, with its age, and to somebody else if there is one.
                ("take c3 a1", "end c2 a1 withdrawn; assign c3 a1"),
                ("wait c4 q1", ""),
                ("in a2 q1", "offer c2 q1 a2; offer c4 q1 a2"),
                ("owned c3 a1", ""),
                // A message fits beside them, and takes nothing back.
                ("wait c5 q3 sms", ""),
                ("take c5 a1", "assign c5 a1"),
                // What is theirs or being assigned stays theirs.
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("wait c6 q3", ""),
                ("take c6 a1", "no NoCapacity"),
            ],
        },
        Story {
            // As many as needed, newest first; not one if even all of them are not enough.
            centre: "a1 capacity=50",
            lines: &[
                ("in a1 q1,q3", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1 sms", "offer c2 q1 a1"),
                ("wait c3 q1 sms", "offer c3 q1 a1"),
                ("wait c4 q3", ""),
                ("wait c5 q3", ""),
                (
                    "take c4 a1",
                    "end c3 a1 withdrawn; end c2 a1 withdrawn; assign c4 a1",
                ),
                ("owned c4 a1", ""),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("take c5 a1", "no NoCapacity"),
            ],
        },
        Story {
            centre: "a1 capacity=50",
            lines: &[
                ("in a1 q1,q3", ""),
                ("wait c1 q1 sms", "offer c1 q1 a1"),
                ("wait c2 q3", ""),
                ("wait c3 q3", ""),
                ("take c2 a1", "assign c2 a1"),
                ("owned c2 a1", ""),
                ("wait c4 q1 sms", "offer c4 q1 a1"),
                ("config a1 capacity=40", ""),
                ("take c3 a1", "no NoCapacity"),
            ],
        },
        Story {
            // A queue's limit is made room for among that queue's offers.
            centre: "q1 limit=2",
            lines: &[
                ("in a1 q1,q2", ""),
                ("wait c1 q1", "offer c1 q1 a1"),
                ("wait c2 q1", "offer c2 q1 a1"),
                ("wait c3 q2", "offer c3 q2 a1"),
                ("wait c4 q1", ""),
                ("take c4 a1", "end c2 a1 withdrawn; assign c4 a1"),
                ("accept c1 a1", "assign c1 a1 accepted"),
                ("take c2 a1", "no QueueLimit"),
            ],
        },
        Story {
            // And among those that it counts together.
            centre: "q1 limit=1",
            lines: &[
                ("in a1 q1", ""),
                ("wait c1 q1 sms", "offer c1 q1 a1"),
                ("wait c2 q1 email", "offer c2 q1 a1"),
                ("wait c3 q1 sms", ""),
                ("wait c4 q1 email", ""),
                ("take c3 a1", "end c1 a1 withdrawn; assign c3 a1"),
                ("take c4 a1", "end c2 a1 withdrawn; assign c4 a1"),
            ],
        },
    ]);
}

#[test]
fn colleagues_see_who_is_there() {
    let mut world = World::new("");
    for (line, expected) in [
        ("in a1 q1", "a1 available"),
        ("in a1 q1,q2", ""),
        ("presence a1 busy", "a1 busy"),
        ("lost a1", "a1 away"),
        ("+29", ""),
        ("back a1", "a1 busy"),
        ("lost a1", "a1 away"),
        ("+30", "a1 gone"),
        ("back a1", "a1 busy"),
        ("out a1", "a1 gone"),
        ("lost a2", ""),
    ] {
        world.tell(line);
        assert_eq!(world.presences(), expected, "after {line}");
    }
}

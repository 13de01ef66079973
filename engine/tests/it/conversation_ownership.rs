//! Episodes and who holds them: opening again, closing, giving and taking.

use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::configuration::Snapshot;
use ecluse_engine::conversation::{Command, Phase, Refusal};
use ecluse_engine::message::Fact;
use ecluse_engine::sim::sample::{self, DAY, agent_id, queue_id};

use crate::talk::{ALICE, HOUR, Talk, assign, due, reacts, requeue, says};

#[test]
fn within_a_day_a_closed_conversation_is_reopened_and_later_another_one_follows_it() {
    let mut talk = Talk::begun();
    let first = talk.id();
    let close = talk.close();
    talk.check(&[(close, "4 closed resolved, 5 timer cleared")]);
    talk.later(DAY);
    assert_eq!(
        talk.does(&says("b")),
        "6 reopened, 7 timer at 48:00, 8 received b"
    );
    assert_eq!((talk.id(), talk.episode().phase), (first, Phase::Waiting));
    assert_eq!(
        talk.episode().waiting_since,
        talk.now,
        "the wait begins anew"
    );
    let close = talk.close();
    talk.check(&[(close, "9 closed resolved, 10 timer cleared")]);
    talk.later(DAY + Duration::from_secs(1));
    assert_eq!(
        talk.does(&says("c")),
        "11 opened after another, 12 timer at 72:00, 13 received c"
    );
    assert_ne!(talk.id(), first);
    let Some(Fact::Opened(opened)) = talk.entries.last().and_then(|entry| entry.facts.first())
    else {
        panic!("it opened");
    };
    assert_eq!(opened.previous, Some(first));
}

#[test]
fn who_comes_back_waits_in_a_queue_that_there_is() {
    for (there_are, expected) in [(&[1, 2][..], 2), (&[1], 1)] {
        let mut talk = Talk::begun();
        let (id, close) = (talk.id(), talk.close());
        talk.check(&[
            (requeue(id, 2, None), "4 requeued"),
            (close, "5 closed resolved, 6 timer cleared"),
        ]);
        let queues = there_are
            .iter()
            .map(|number| (queue_id(*number), sample::queue(*number)));
        talk.snapshot = Some(Snapshot {
            queues: queues.map(|(id, queue)| (id, Arc::new(queue))).collect(),
            ..Snapshot::default()
        });
        talk.step(&says("b"));
        assert_eq!(
            (talk.id(), talk.episode().queue),
            (id, Some(queue_id(expected))),
            "queues {there_are:?}"
        );
    }
}

#[test]
fn a_reaction_opens_nothing_that_is_closed() {
    let mut talk = Talk::begun();
    let close = talk.close();
    talk.check(&[
        (reacts("r"), "4 received r"),
        (close, "5 closed resolved, 6 timer cleared"),
        (reacts("s"), "7 received s"),
        (reacts("s"), "known as 7"),
    ]);
    assert!(!talk.episode().is_open());
    talk.later(DAY * 3);
    assert_eq!(
        talk.does(&reacts("t")),
        "8 received t",
        "nor does it begin another one"
    );
}

#[test]
fn an_idle_conversation_is_closed_and_a_busy_one_has_its_timer_renewed() {
    let mut talk = Talk::begun();
    talk.later(HOUR * 10);
    assert_eq!(talk.does(&says("b")), "4 received b");
    talk.later(HOUR * 14);
    talk.check(&[
        (due(3), "known as 0"),
        (due(2), "5 timer at 34:00"),
        (due(2), "known as 0"),
    ]);
    talk.later(HOUR * 10);
    talk.check(&[
        (due(5), "6 closed idle, 7 timer cleared"),
        (due(5), "known as 0"),
        (due(0), "known as 0"),
    ]);
}

#[test]
fn a_timer_ends_with_the_rule_that_set_it() {
    let mut talk = Talk::begun();
    talk.channel.rules.idle_close = None;
    talk.later(DAY);
    talk.check(&[
        (due(2), "4 timer cleared"),
        (due(2), "known as 0"),
        (says("b"), "5 received b"),
    ]);
    assert!(talk.episode().is_open());
}

#[test]
fn an_answer_to_a_closed_or_another_conversation_is_refused() {
    let mut talk = Talk::begun();
    let (old, answer_old, close) = (talk.id(), talk.answers(ALICE, "x", None), talk.close());
    talk.does(&close);
    assert_eq!(talk.refusal(&answer_old), Refusal::Closed);
    talk.later(DAY * 2);
    talk.does(&says("b"));
    let current = Some(talk.id());
    assert_ne!(current, Some(old));
    assert_eq!(talk.refusal(&answer_old), Refusal::OtherEpisode { current });
}

#[test]
fn stale_episodes_never_change_ownership() {
    let mut talk = Talk::begun();
    let (old, close_old) = (talk.id(), talk.close());
    talk.does(&close_old);
    talk.check(&[
        (close_old.clone(), "known as 5"),
        (assign(old, 1), "refused: the conversation is closed"),
        (requeue(old, 2, None), "refused: the conversation is closed"),
    ]);
    talk.later(DAY * 2);
    assert_eq!(
        talk.does(&says("b")),
        "6 opened after another, 7 timer at 72:00, 8 received b"
    );
    let before = talk.episode().clone();
    talk.check(&[
        (
            assign(old, 1),
            "9 stale assign; refused: the conversation is another one by now",
        ),
        (
            requeue(old, 2, None),
            "10 stale requeue; refused: the conversation is another one by now",
        ),
        (
            close_old,
            "11 stale close; refused: the conversation is another one by now",
        ),
    ]);
    assert_eq!(talk.episode(), &before);
}

#[test]
fn ownership_goes_from_queue_to_agent_to_queue_with_its_age() {
    let mut talk = Talk::begun();
    let (id, waiting_since) = (talk.id(), talk.episode().waiting_since);
    talk.later(HOUR);
    talk.check(&[
        (requeue(id, 1, None), "known as 3"),
        (requeue(id, 2, Some(1)), "known as 3"),
        (requeue(id, 2, None), "4 requeued"),
        (assign(id, 1), "5 assigned"),
        (assign(id, 1), "known as 5"),
        (requeue(id, 2, Some(2)), "known as 5"),
        (assign(id, 2), "6 assigned"),
        (requeue(id, 1, Some(1)), "known as 6"),
        (requeue(id, 1, Some(2)), "7 requeued from its agent"),
    ]);
    let episode = talk.episode();
    assert_eq!(
        (episode.phase, episode.queue),
        (Phase::Waiting, Some(queue_id(1)))
    );
    assert_eq!(
        episode.waiting_since, waiting_since,
        "the customer has waited since then"
    );
}

#[test]
fn only_the_agent_who_holds_a_conversation_reads_it_and_only_forwards() {
    let mut talk = Talk::begun();
    let conversation = talk.id();
    let reads = |agent, up_to| Command::ReadByAgent {
        conversation,
        agent: agent_id(agent),
        up_to,
    };
    talk.check(&[
        (reads(1, 3), "nothing new since 3"),
        (assign(conversation, 1), "4 assigned"),
        (reads(2, 3), "nothing new since 4"),
        (reads(1, 90), "5 read to 3"),
        (reads(1, 3), "nothing new since 5"),
        (says("b"), "6 received b"),
        (reads(1, 6), "7 read to 6"),
        (reads(1, 3), "nothing new since 7"),
    ]);
}

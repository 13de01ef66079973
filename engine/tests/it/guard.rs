//! The guard: what is left after a panic, and how an actor ends.

use std::time::Duration;

use ecluse_engine::runtime::guard::{RestartBudget, Ways};
use ecluse_engine::runtime::{Envelope, Refused, Settled};
use ecluse_engine::sim::Commits;

use crate::recorder::{
    Handled, LETTER, Note, ROOM, Recorder, Stage, asking, on_system, pass, settle, until,
};

fn post(ways: &Ways<Recorder>, notes: &[Note]) {
    for note in notes {
        ways.door.try_post(Envelope::new(*note)).unwrap();
    }
}

/// The actor has ended: what returns to it comes back.
fn has_ended(ways: &Ways<Recorder>) -> bool {
    match ways.lane.post(Envelope::new(Note::Count)) {
        Ok(()) => false,
        Err(Refused::Closed(back)) => back.message == Note::Count,
        Err(Refused::Full(_)) => panic!("a lane is never full"),
    }
}

#[test]
fn a_panic_reloads_what_was_under_way_and_keeps_the_queue_in_order() {
    on_system(async {
        let stage = Stage::new(Commits::OnDemand);
        let ways = stage.one();
        let before = [Note::Write(1), Note::Write(2), Note::CrashOnce(3)];
        post(&ways, &before);
        post(&ways, &[Note::Write(4), Note::Write(5)]);
        // The mailbox is held until both entries that were handed in are committed and projected.
        for step in [
            "nothing is committed",
            "one is committed",
            "both are committed",
            "one is projected",
        ] {
            settle().await;
            assert_eq!(stage.trace.notes(), before, "{step}");
            match step {
                "nothing is committed" | "one is committed" => {
                    assert_eq!(stage.journal.commit(1), 1)
                }
                _ => stage.journal.project(1),
            }
        }
        stage.finish().await;
        let knew = |note, knew: &[u64]| Handled {
            note,
            knew: knew.to_vec(),
        };
        assert_eq!(
            stage.trace.calls()[2..],
            [
                knew(Note::CrashOnce(3), &[1, 2]),
                knew(Note::CrashOnce(3), &[1, 2]),
                knew(Note::Write(4), &[1, 2, 3]),
                knew(Note::Write(5), &[1, 2, 3, 4]),
            ]
        );
        assert_eq!(stage.noted(), [1, 2, 3, 4, 5]);
        assert_eq!(ways.door.depth(), 0, "all room was given back");
    });
}

#[test]
fn a_message_that_crashes_its_actor_twice_is_a_dead_letter_and_its_source_gets_its_yes() {
    on_system(async {
        let stage = Stage::new(Commits::OnDemand);
        let ways = stage.one();
        let (crashing, answer) = stage.admitted(Note::Crash(2));
        post(&ways, &[Note::Write(1)]);
        ways.door.try_post(crashing).unwrap();
        post(&ways, &[Note::Write(3)]);
        stage.finish().await;
        assert_eq!(answer.await, Settled::All);
        let letters = stage.journal.store.dead_letters();
        let [(_, letter)] = letters.as_slice() else {
            panic!("one letter, not {letters:?}")
        };
        assert_eq!(
            (letter.cause.as_str(), letter.letter.0.get()),
            ("number 2 crashes", "2")
        );
        assert_eq!(
            stage.noted(),
            [1, LETTER + 2, 3],
            "the messages behind it go through"
        );
        assert_eq!(stage.trace.calls().last().unwrap().knew, [1, LETTER + 2]);
        assert_eq!((ways.door.depth(), stage.gate.inside()), (0, 0));
    });
}

#[test]
fn what_returns_to_an_actor_survives_its_panic_too() {
    on_system(async {
        let stage = Stage::new(Commits::OnDemand);
        let ways = stage.one();
        let (crashing, replied) = asking(Note::CrashOnce(1));
        ways.lane.post(crashing).unwrap();
        ways.lane.post(Envelope::new(Note::Write(2))).unwrap();
        stage.finish().await;
        assert_eq!(replied.await, Ok(1));
        assert_eq!(stage.noted(), [1, 2]);
    });
}

#[test]
fn past_its_budget_an_actor_is_quarantined_until_the_window_is_over() {
    on_system(async {
        let budget = RestartBudget {
            panics: 3,
            window: Duration::from_secs(60),
        };
        let stage = Stage::with_budget(Commits::AtOnce, budget);
        let ways = stage.one();
        post(&ways, &[Note::Crash(1), Note::Write(2), Note::CrashOnce(3)]);
        settle().await;
        assert_eq!(
            stage.noted(),
            [LETTER + 1, 2, 3],
            "three panics are within the budget"
        );

        let handled = stage.trace.calls().len();
        let (quarantined, answer) = stage.admitted(Note::Write(4));
        ways.door.try_post(quarantined).unwrap();
        ways.lane.post(Envelope::new(Note::Write(5))).unwrap();
        assert_eq!(answer.await, Settled::All);
        tokio::time::advance(Duration::from_secs(60)).await;
        post(&ways, &[Note::Write(6)]);
        settle().await;
        assert_eq!(stage.noted()[3..], [LETTER + 4, LETTER + 5, LETTER + 6]);
        assert_eq!(stage.trace.calls().len(), handled, "nothing was handled");
        assert_eq!(stage.trace.quarantines(), 1, "the actor was told once");
        let (_, letter) = stage.journal.store.dead_letters().pop().unwrap();
        assert!(letter.cause.contains("quarantined"), "{}", letter.cause);

        tokio::time::advance(Duration::from_secs(1)).await;
        post(&ways, &[Note::Write(7)]);
        settle().await;
        assert_eq!(stage.noted().last(), Some(&7), "the window is over");
        assert_eq!(
            stage.trace.calls().last().unwrap().knew[3..],
            [LETTER + 4, LETTER + 5, LETTER + 6],
            "and what happened meanwhile is known"
        );
    });
}

#[test]
fn a_state_that_cannot_be_read_is_read_again() {
    on_system(async {
        let stage = Stage::new(Commits::AtOnce);
        stage.journal.store.break_reads(3);
        let ways = stage.one();
        let (first, replied) = asking(Note::CrashOnce(1));
        ways.door.try_post(first).unwrap();
        settle().await;
        assert_eq!(
            stage.trace.notes(),
            [],
            "nothing is handled without a state"
        );
        pass(2).await;
        assert_eq!(stage.trace.notes(), [], "the third read fails too");
        stage.journal.store.break_reads(2);
        assert_eq!(replied.await, Ok(1));
        assert_eq!(
            stage.trace.notes(),
            [Note::CrashOnce(1), Note::CrashOnce(1)]
        );
    });
}

#[test]
fn stop_works_while_the_door_is_full() {
    on_system(async {
        let stage = Stage::new(Commits::OnDemand);
        let ways = stage.one();
        let mut answers = Vec::new();
        for number in 0..ROOM as u64 {
            let (envelope, answer) = stage.admitted(Note::Write(number));
            ways.door.try_post(envelope).unwrap();
            answers.push(answer);
        }
        settle().await;
        assert!(matches!(
            ways.door.try_post(Envelope::new(Note::Write(99))),
            Err(Refused::Full(_))
        ));
        ways.lane.stop();
        until("the actor ends", || has_ended(&ways)).await;
        // What it had handed in is committed all the same, and only then its sources hear of it.
        assert_eq!(stage.journal.commit_all(), ROOM);
        for answer in answers {
            assert_eq!(answer.await, Settled::All);
        }
        assert!(matches!(
            ways.door.try_post(Envelope::new(Note::Write(99))),
            Err(Refused::Closed(_))
        ));
    });
}

#[test]
fn stop_ends_a_reload_that_never_ends() {
    let never_committed = |stage: &Stage| assert_eq!(stage.journal.waiting(), 1);
    let unreadable = |stage: &Stage| {
        stage.journal.store.break_reads(u32::MAX);
        assert_eq!(stage.journal.commit_all(), 1);
        stage.journal.project(1);
    };
    let check = |why_it_never_ends: &dyn Fn(&Stage)| {
        on_system(async {
            let stage = Stage::new(Commits::OnDemand);
            let ways = stage.one();
            let (first, first_answer) = stage.admitted(Note::Write(1));
            ways.door.try_post(first).unwrap();
            settle().await;
            let mut held = Vec::new();
            for note in [Note::CrashOnce(2)]
                .into_iter()
                .chain((3..=ROOM as u64).map(Note::Write))
            {
                let (envelope, answer) = stage.admitted(note);
                ways.door.try_post(envelope).unwrap();
                held.push(answer);
            }
            settle().await;
            why_it_never_ends(&stage);
            pass(10).await;
            assert_eq!(
                stage.trace.notes(),
                [Note::Write(1), Note::CrashOnce(2)],
                "the mailbox is held"
            );

            ways.lane.stop();
            pass(3).await;
            until("the actor ends", || has_ended(&ways)).await;
            for answer in held {
                assert_eq!(answer.await, Settled::Lost, "the source must send it again");
            }
            stage.journal.commit_all();
            assert_eq!(first_answer.await, Settled::All);
        });
    };
    check(&never_committed);
    check(&unreadable);
}

#[test]
fn a_dead_actor_gives_the_message_back() {
    on_system(async {
        let stage = Stage::new(Commits::AtOnce);
        let ways = stage.one();
        let (fatal, fatal_answer) = stage.admitted(Note::Die);
        let (behind, behind_answer) = stage.admitted(Note::Write(1));
        ways.door.try_post(fatal).unwrap();
        ways.door.try_post(behind).unwrap();
        until("the actor dies", || has_ended(&ways)).await;
        assert_eq!(
            (fatal_answer.await, behind_answer.await),
            (Settled::Lost, Settled::Lost)
        );
        match ways.door.try_post(Envelope::new(Note::Write(2))) {
            Err(Refused::Closed(back)) => assert_eq!(back.message, Note::Write(2)),
            other => panic!("{other:?}"),
        }
        let waited = ways.door.post(Envelope::new(Note::Write(3))).await;
        assert!(matches!(waited, Err(Refused::Closed(back)) if back.message == Note::Write(3)));
        assert_eq!(stage.gate.inside(), 0);
    });
}

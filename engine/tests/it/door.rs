//! The door: no more inside than it holds, whoever posts, and nothing lost at it.

use std::collections::VecDeque;

use ecluse_engine::runtime::{Envelope, Refused};
use ecluse_engine::sim::Commits;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, TestCaseError, prop_assert_eq, prop_oneof, proptest};
use tokio::task::spawn_local;

use crate::recorder::{Note, ROOM, Stage, on_system, settle};

fn write(number: u64) -> Envelope<crate::recorder::Recorder> {
    Envelope::new(Note::Write(number))
}

#[test]
fn a_thousand_clones_of_a_door_admit_no_more_than_it_holds() {
    on_system(async {
        let stage = Stage::new(Commits::OnDemand);
        let door = stage.one().door;
        let clones: Vec<_> = (0..1_000).map(|_| door.clone()).collect();
        let mut admitted = 0;
        for (number, clone) in clones.iter().enumerate() {
            match clone.try_post(write(number as u64)) {
                Ok(()) => admitted += 1,
                Err(Refused::Full(back)) => {
                    assert_eq!(back.message, Note::Write(number as u64), "its own message")
                }
                Err(Refused::Closed(_)) => panic!("nobody closed the door"),
            }
        }
        assert_eq!(admitted, ROOM);

        let waiting: Vec<_> = (ROOM as u64..1_000)
            .map(|number| {
                let clone = door.clone();
                spawn_local(async move { clone.post(write(number)).await.is_ok() })
            })
            .collect();
        for committed in 1..=(1_000 - ROOM) {
            settle().await;
            assert_eq!(
                (door.depth(), stage.journal.waiting()),
                (ROOM, ROOM),
                "after {committed} commits"
            );
            stage.journal.commit(1);
        }
        for posted in waiting {
            assert!(posted.await.unwrap());
        }
        stage.finish().await;
        assert_eq!(stage.noted(), (0..1_000).collect::<Vec<_>>());
        assert_eq!(door.depth(), 0);
    });
}

#[test]
fn room_is_kept_until_the_commit_and_not_only_until_the_handling() {
    on_system(async {
        let stage = Stage::new(Commits::OnDemand);
        let door = stage.one().door;
        for (note, inside) in [(Note::Write(1), 1), (Note::Count, 1), (Note::Again(1), 2)] {
            door.try_post(Envelope::new(note)).unwrap();
            settle().await;
            assert_eq!(door.depth(), inside, "after {note:?}");
        }
        stage.journal.commit(1);
        assert_eq!(
            door.depth(),
            1,
            "the repetition waits for the commit of what it repeats"
        );
        stage.journal.commit(1);
        assert_eq!(door.depth(), 0);
    });
}

#[derive(Clone, Copy, Debug)]
enum Step {
    TryPost,
    Post,
    Commit(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(
        prop_oneof![3 => Just(Step::TryPost), 3 => Just(Step::Post), 2 => (1..6_usize).prop_map(Step::Commit)],
        1..120,
    )
}

/// The plain model: what is inside, and who waits, in order.
#[derive(Debug, Default)]
struct Model {
    inside: usize,
    waiting: VecDeque<u64>,
    entered: Vec<u64>,
}

impl Model {
    fn post(&mut self, number: u64) {
        self.waiting.push_back(number);
        self.let_in();
    }

    fn let_in(&mut self) {
        while self.inside < ROOM
            && let Some(number) = self.waiting.pop_front()
        {
            self.inside += 1;
            self.entered.push(number);
        }
    }

    fn commit(&mut self, count: usize) {
        self.inside -= count.min(self.inside);
        self.let_in();
    }
}

async fn behaves_like_the_model(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let stage = Stage::new(Commits::OnDemand);
    let (door, mut model) = (stage.one().door, Model::default());
    for (number, step) in (0..).zip(steps) {
        match step {
            Step::TryPost => {
                let admitted = door.try_post(write(number)).is_ok();
                prop_assert_eq!(admitted, model.inside < ROOM);
                if admitted {
                    model.post(number);
                }
            }
            Step::Post => {
                let door = door.clone();
                spawn_local(async move { door.post(write(number)).await });
                model.post(number);
            }
            Step::Commit(count) => {
                stage.journal.commit(count);
                model.commit(count);
            }
        }
        settle().await;
        prop_assert_eq!(
            (door.depth(), stage.journal.waiting()),
            (model.inside, model.inside)
        );
    }
    stage.finish().await;
    model.commit(usize::MAX);
    while !model.waiting.is_empty() {
        model.commit(usize::MAX);
    }
    prop_assert_eq!(stage.noted(), model.entered);
    Ok(())
}

proptest! {
    #[test]
    fn a_door_is_a_count_and_a_line(steps in steps()) {
        on_system(behaves_like_the_model(steps))?;
    }
}

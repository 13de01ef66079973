//! The registry: one actor for a key, woken when needed, asleep only when the store has everything of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::limits::LANE_FED_MAX;
use ecluse_engine::runtime::guard::RestartBudget;
use ecluse_engine::runtime::registry::Passivation;
use ecluse_engine::runtime::{Envelope, Registry};
use ecluse_engine::sim::Commits;
use futures_util::FutureExt as _;
use proptest::collection::vec;
use proptest::prelude::{Strategy, TestCaseError, prop_assert_eq, prop_oneof, proptest};
use tokio::task::spawn_local;

use crate::recorder::{
    LETTER, Note, ROOM, Recorder, Stage, asking, key, noted, on_system, pass, settle,
};

fn registry(stage: &Stage) -> Arc<Registry<u64, Recorder>> {
    let stage = stage.clone();
    Arc::new(Registry::new(move |number: &u64, progress| {
        stage.start(*number, progress)
    }))
}

#[test]
fn an_actor_sleeps_only_when_the_store_has_everything_of_it() {
    on_system(async {
        let stage = Stage::new(Commits::OnDemand);
        let registry = registry(&stage);
        let log = &stage.journal.log;
        assert!(!registry.passivate(&1, log), "nobody is awake");
        registry
            .try_post(&1, Envelope::new(Note::Write(1)))
            .unwrap();
        assert!(
            !registry.passivate(&1, log),
            "a message waits in its mailbox"
        );
        settle().await;
        assert!(!registry.passivate(&1, log), "its entry is not committed");
        stage.journal.commit(1);
        assert!(!registry.passivate(&1, log), "its entry is not projected");
        stage.journal.project(1);
        registry.post_back(&1, Envelope::new(Note::Count));
        assert!(!registry.passivate(&1, log), "a result returns to it");
        settle().await;
        assert!(registry.passivate(&1, log));
        assert!(registry.is_empty());

        registry.post(&1, Envelope::new(Note::Write(2))).await;
        stage.finish().await;
        assert_eq!(
            stage.trace.calls().last().unwrap().knew,
            [1],
            "it woke with what it had written"
        );
    });
}

#[test]
fn a_held_actor_does_not_sleep() {
    on_system(async {
        let stage = Stage::new(Commits::OnDemand);
        let registry = registry(&stage);
        stage.journal.store.break_reads(2);
        registry.post_back(&1, Envelope::new(Note::Write(1)));
        settle().await;
        assert!(
            !registry.passivate(&1, &stage.journal.log),
            "it is reading its state"
        );
        pass(3).await;
        stage.finish().await;
        assert_eq!(stage.noted(), [1]);
    });
}

#[test]
fn the_successor_of_a_dead_actor_waits_for_what_it_had_handed_in() {
    on_system(async {
        let budget = RestartBudget {
            panics: 1,
            window: Duration::from_secs(60),
        };
        let stage = Stage::with_budget(Commits::OnDemand, budget);
        let registry = registry(&stage);
        registry.post(&1, Envelope::new(Note::CrashOnce(1))).await;
        stage.finish().await;
        // Quarantined: the next one becomes a letter without a reload, and the one after it kills the actor over its letter,
        // while the first letter is not committed.
        registry.post(&1, Envelope::new(Note::Write(2))).await;
        registry.post(&1, Envelope::new(Note::Die)).await;
        settle().await;
        let (last, replied) = asking(Note::Write(3));
        registry.post(&1, last).await;
        settle().await;
        assert_eq!(stage.journal.waiting(), 1, "the dead actor's letter");
        assert_eq!(
            stage.trace.notes().last(),
            Some(&Note::CrashOnce(1)),
            "the successor handles nothing yet"
        );
        stage.journal.commit(1);
        settle().await;
        assert_eq!(
            stage.trace.notes().last(),
            Some(&Note::CrashOnce(1)),
            "the store does not have it yet"
        );
        stage.finish().await;
        assert_eq!(replied.await, Ok(3));
        assert_eq!(stage.noted(), [1, LETTER + 2, 3]);
        assert_eq!(stage.trace.calls().last().unwrap().knew, [1, LETTER + 2]);
        assert_eq!(registry.len(), 1);
    });
}

#[test]
fn posters_that_wait_at_the_door_of_a_dying_actor_reach_its_successor() {
    on_system(async {
        let budget = RestartBudget {
            panics: 1,
            window: Duration::from_secs(60),
        };
        let stage = Stage::with_budget(Commits::OnDemand, budget);
        let registry = registry(&stage);
        registry.post_back(&1, Envelope::new(Note::Count));
        settle().await;
        // It crashes, and is held for as long as its state cannot be read: the door fills, and the others wait outside.
        stage.journal.store.break_reads(1);
        registry
            .try_post(&1, Envelope::new(Note::CrashOnce(1)))
            .unwrap();
        for number in 2..ROOM as u64 {
            registry
                .try_post(&1, Envelope::new(Note::Write(number)))
                .unwrap();
        }
        registry.try_post(&1, Envelope::new(Note::Die)).unwrap();
        let waiting: Vec<_> = (100..110)
            .map(|number| {
                let registry = Arc::clone(&registry);
                spawn_local(
                    async move { registry.post(&1, Envelope::new(Note::Write(number))).await },
                )
            })
            .collect();
        pass(2).await;
        stage.finish().await;
        for posted in waiting {
            posted.await.unwrap();
        }
        let letters = (2..ROOM as u64).map(|number| LETTER + number);
        let expected: Vec<u64> = [1].into_iter().chain(letters).chain(100..110).collect();
        assert_eq!(stage.noted(), expected);
    });
}

#[test]
fn the_longest_idle_sleep_first_and_no_more_than_needed() {
    on_system(async {
        let stage = Stage::new(Commits::AtOnce);
        let registry = registry(&stage);
        for number in 1..=10 {
            registry.post(&number, Envelope::new(Note::Write(1))).await;
            settle().await;
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        let check = |idle_ms: u64, live_max, awake: &[u64]| {
            let rule = Passivation {
                idle: Duration::from_millis(idle_ms),
                live_max,
            };
            let slept = registry.len() - awake.len();
            assert_eq!(registry.sweep(rule, &stage.journal.log), slept, "{rule:?}");
            let mut keys = registry.keys();
            keys.sort_unstable();
            assert_eq!(keys, awake, "{rule:?}");
        };
        check(1_000, 10, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        check(1_000, 9, &[2, 3, 4, 5, 6, 7, 8, 9, 10]);
        check(70, 9, &[5, 6, 7, 8, 9, 10]);
        check(1_000, 2, &[9, 10]);
        check(1_000, 0, &[]);
        check(1_000, 0, &[]);
    });
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Post(u64),
    PostBack(u64),
    Commit(usize),
    Project(usize),
    Passivate(u64),
    Sweep { idle_ms: u64, live_max: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let key = || 1..5_u64;
    vec(
        prop_oneof![
            6 => key().prop_map(Step::Post),
            2 => key().prop_map(Step::PostBack),
            3 => (1..8_usize).prop_map(Step::Commit),
            3 => (1..8_usize).prop_map(Step::Project),
            3 => key().prop_map(Step::Passivate),
            1 => (0..30_u64, 0..5_usize).prop_map(|(idle_ms, live_max)| Step::Sweep { idle_ms, live_max }),
        ],
        1..150,
    )
}

/// The plain model: who is awake since when, and whose entries are where.
#[derive(Debug, Default)]
struct Model {
    now_ms: u64,
    awake: BTreeMap<u64, u64>,
    posted: BTreeMap<u64, Vec<u64>>,
    /// Whose entries are not committed, and whether they came through the door.
    handed_in: VecDeque<(u64, bool)>,
    /// Whose entries are committed and not projected.
    committed: VecDeque<u64>,
}

impl Model {
    fn use_key(&mut self, key: u64) {
        self.awake.insert(key, self.now_ms);
    }

    fn write(&mut self, key: u64, number: u64, by_door: bool) {
        self.posted.entry(key).or_default().push(number);
        self.handed_in.push_back((key, by_door));
    }

    fn has_room(&self, key: u64) -> bool {
        self.handed_in
            .iter()
            .filter(|entry| **entry == (key, true))
            .count()
            < ROOM
    }

    fn passivate(&mut self, key: u64) -> bool {
        let clean = !self.handed_in.iter().any(|(owner, _)| *owner == key)
            && !self.committed.contains(&key);
        clean && self.awake.remove(&key).is_some()
    }

    fn sweep(&mut self, idle_ms: u64, live_max: usize) -> usize {
        let mut by_age: Vec<(u64, u64)> =
            self.awake.iter().map(|(key, used)| (*used, *key)).collect();
        by_age.sort_unstable();
        let surplus = by_age.len().saturating_sub(live_max);
        let (now, mut slept) = (self.now_ms, 0);
        for (rank, (used, key)) in by_age.into_iter().enumerate() {
            if rank < surplus || now - used >= idle_ms {
                slept += usize::from(self.passivate(key));
            }
        }
        slept
    }
}

async fn behaves_like_the_model(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let stage = Stage::new(Commits::OnDemand);
    let (registry, log) = (registry(&stage), Arc::clone(&stage.journal.log));
    let mut model = Model::default();
    for (number, step) in (1..).zip(steps) {
        tokio::time::advance(Duration::from_millis(1)).await;
        model.now_ms += 1;
        match step {
            Step::Post(key) => {
                let admitted = registry
                    .try_post(&key, Envelope::new(Note::Write(number)))
                    .is_ok();
                model.use_key(key);
                prop_assert_eq!(admitted, model.has_room(key));
                if admitted {
                    model.write(key, number, true);
                }
            }
            Step::PostBack(key) => {
                registry.post_back(&key, Envelope::new(Note::Write(number)));
                model.use_key(key);
                model.write(key, number, false);
            }
            Step::Commit(count) => {
                for _ in 0..stage.journal.commit(count) {
                    model
                        .committed
                        .extend(model.handed_in.pop_front().map(|(owner, _)| owner));
                }
            }
            Step::Project(count) => {
                stage.journal.project(count);
                model.committed.drain(..count.min(model.committed.len()));
            }
            Step::Passivate(key) => {
                prop_assert_eq!(registry.passivate(&key, &log), model.passivate(key))
            }
            Step::Sweep { idle_ms, live_max } => {
                let rule = Passivation {
                    idle: Duration::from_millis(idle_ms),
                    live_max,
                };
                prop_assert_eq!(registry.sweep(rule, &log), model.sweep(idle_ms, live_max));
            }
        }
        settle().await;
        let mut awake = registry.keys();
        awake.sort_unstable();
        prop_assert_eq!(awake, model.awake.keys().copied().collect::<Vec<_>>());
        prop_assert_eq!(stage.journal.waiting(), model.handed_in.len());
    }
    stage.finish().await;
    for (number, posted) in model.posted {
        prop_assert_eq!(noted(&stage.journal.store, &key(number)), posted);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_registry_is_a_map_of_who_is_awake(steps in steps()) {
        on_system(behaves_like_the_model(steps))?;
    }
}

#[test]
fn what_follows_the_journal_waits_for_an_actor_that_is_behind() {
    on_system(async {
        let stage = Stage::new(Commits::AtOnce);
        let registry = registry(&stage);
        for number in 0..u64::from(LANE_FED_MAX) {
            let fed = registry.feed(&1, Envelope::new(Note::Write(number)));
            assert!(fed.now_or_never().is_some(), "there is room for {number}");
        }
        let last = u64::from(LANE_FED_MAX);
        let mut fed = std::pin::pin!(registry.feed(&1, Envelope::new(Note::Write(last))));
        assert!(futures_util::poll!(fed.as_mut()).is_pending());
        fed.await;
        stage.finish().await;
        assert_eq!(stage.noted(), (0..=last).collect::<Vec<_>>());
    });
}

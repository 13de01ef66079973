//! Posts and passivation at the same time, on threads that the operating system interleaves as it likes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use actix_rt::{Arbiter, ArbiterHandle, System};
use ecluse_engine::journal::Progress;
use ecluse_engine::runtime::Registry;
use ecluse_engine::runtime::guard::{self, Ways};
use ecluse_engine::sim::Commits;

use crate::recorder::{Note, Recorder, Stage, asking, key, noted};

const KEYS: u64 = 4;
const NOTES: u64 = 1_500;

/// After so many notes a poster waits until its key's actor has slept once more, so that sleep is certain to happen.
const ROUND: u64 = 50;

struct Race {
    stage: Stage,
    registry: Registry<u64, Recorder>,
    slept: Vec<AtomicU64>,
    over: AtomicBool,
}

impl Race {
    fn new(arbiters: Vec<ArbiterHandle>) -> Self {
        let stage = Stage::new(Commits::OnDemand);
        let start = {
            let stage = stage.clone();
            move |number: &u64, progress: Arc<Progress>| -> Ways<Recorder> {
                let arbiter = &arbiters[*number as usize % arbiters.len()];
                guard::start(
                    stage.recorder(*number),
                    stage.around.clone(),
                    arbiter,
                    progress,
                )
            }
        };
        let slept = (0..KEYS).map(|_| AtomicU64::new(0)).collect();
        Self {
            stage,
            registry: Registry::new(start),
            slept,
            over: AtomicBool::new(false),
        }
    }

    /// One poster for a key, so that the order in which it posts is the order that must be found.
    async fn post_everything(&self, number: u64) {
        for note in 1..=NOTES {
            let slept_before = self.slept[number as usize].load(Ordering::Acquire);
            let (envelope, told) = asking(Note::Next(note));
            if note % 3 == 0 {
                self.registry.post_back(&number, envelope);
            } else {
                self.registry.post(&number, envelope).await;
            }
            if note % ROUND == 0 {
                told.await.unwrap();
                self.sleeps_again(number, slept_before).await;
            }
        }
    }

    async fn sleeps_again(&self, number: u64, before: u64) {
        let slept = async {
            while self.slept[number as usize].load(Ordering::Acquire) == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), slept)
            .await
            .expect("an idle actor can be put to sleep");
    }

    fn passivate_constantly(&self) {
        while !self.over.load(Ordering::Acquire) {
            for number in 0..KEYS {
                if self.registry.passivate(&number, &self.stage.journal.log) {
                    self.slept[number as usize].fetch_add(1, Ordering::AcqRel);
                }
            }
            thread::yield_now();
        }
    }

    fn commit_constantly(&self) {
        while !self.over.load(Ordering::Acquire) {
            self.stage.journal.commit_all();
            self.stage.journal.project(usize::MAX);
            thread::yield_now();
        }
    }
}

#[test]
fn passivation_racing_with_posts_loses_and_doubles_nothing() {
    let _system = System::new();
    let race = Race::new((0..2).map(|_| Arbiter::new().handle()).collect());
    thread::scope(|threads| {
        threads.spawn(|| race.passivate_constantly());
        threads.spawn(|| race.commit_constantly());
        let posters: Vec<_> = (0..KEYS)
            .map(|number| {
                let race = &race;
                threads.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_time()
                        .build()
                        .unwrap();
                    runtime.block_on(race.post_everything(number));
                })
            })
            .collect();
        let results: Vec<_> = posters
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        race.over.store(true, Ordering::Release);
        for result in results {
            result.unwrap();
        }
    });
    race.stage.journal.commit_all();
    race.stage.journal.project(usize::MAX);
    for number in 0..KEYS {
        let found = noted(&race.stage.journal.store, &key(number));
        assert_eq!(found, (1..=NOTES).collect::<Vec<_>>(), "key {number}");
        let slept = race.slept[number as usize].load(Ordering::Acquire);
        assert!(slept >= NOTES / ROUND, "key {number} slept {slept} times");
    }
}

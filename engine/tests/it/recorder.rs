//! An actor that notes numbers, crashes when it is told to, and shows what it knew each time; and a thread on which time
//! stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_rt::{Arbiter, System};
use ecluse_engine::ids::{Key, TenantId};
use ecluse_engine::journal::{Journal, Progress};
use ecluse_engine::message::{DeadLetter, Entry, Fact, Fingerprint, Notice, RawJson, Timestamp};
use ecluse_engine::metrics::ActorKind;
use ecluse_engine::runtime::guard::{self, LoadError, RestartBudget, Surroundings, Ways};
use ecluse_engine::runtime::{Answer, Behaviour, Clock, Decision, Envelope, Gate, GateCapacity};
use ecluse_engine::sim::{Commits, SimJournal, SimStore, sample};
use ecluse_engine::store::Store as _;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::value::to_raw_value;
use smallvec::smallvec;
use tokio::sync::oneshot;

/// Runs a test on a thread of its own actix system, whose clock moves only when nothing else can.
pub(crate) fn on_system<T>(test: impl Future<Output = T>) -> T {
    let paused = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap()
    };
    System::with_tokio_rt(paused).block_on(test)
}

/// Lets everything on this thread run that can.
pub(crate) async fn settle() {
    for _ in 0..64 {
        tokio::task::yield_now().await;
    }
}

/// Lets seconds pass, one by one, with everything that happens in them.
pub(crate) async fn pass(seconds: u64) {
    for _ in 0..seconds {
        settle().await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    settle().await;
}

/// Waits for a state that must come.
pub(crate) async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        if reached() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("never came to be: {what}");
}

/// What the recorder can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Note the number.
    Write(u64),
    /// Note the number; it must follow the last one.
    Next(u64),
    /// The number was noted before.
    Again(u64),
    /// How many are noted?
    Count,
    /// Crash the first time, note the second time.
    CrashOnce(u64),
    /// Crash every time.
    Crash(u64),
    /// Crash every time, and over the dead letter too.
    Die,
}

/// One call of the handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handled {
    pub(crate) note: Note,
    /// The numbers that it knew when it was called.
    pub(crate) knew: Vec<u64>,
}

/// What all recorders of a test were called with, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<Handled>>>, Arc<AtomicUsize>);

impl Trace {
    pub(crate) fn calls(&self) -> Vec<Handled> {
        self.0.lock().clone()
    }

    /// How often a recorder was put into quarantine.
    pub(crate) fn quarantines(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }

    pub(crate) fn notes(&self) -> Vec<Note> {
        self.0.lock().iter().map(|handled| handled.note).collect()
    }
}

/// Notes numbers under its key.
#[derive(Debug)]
pub(crate) struct Recorder {
    key: Key,
    store: Arc<SimStore>,
    trace: Trace,
    crashed: Vec<u64>,
}

/// What a recorder leaves in its state when it crashes; nobody may ever see it.
const RUIN: u64 = 666;

/// Added to the number of a note that became a dead letter.
pub(crate) const LETTER: u64 = 1_000_000;

/// How many messages a recorder's door holds.
pub(crate) const ROOM: usize = Recorder::CAPACITY as usize;

impl Behaviour for Recorder {
    const KIND: ActorKind = ActorKind::Conversation;
    const CAPACITY: u32 = 8;
    type Message = Note;
    type Reply = u64;
    type State = Vec<u64>;

    fn load(&self) -> BoxFuture<'static, Result<Vec<u64>, LoadError>> {
        let (store, key) = (Arc::clone(&self.store), self.key.clone());
        async move {
            // A read that can be told to fail, as the real one can.
            let nobody = sample::key(0, "nobody");
            store
                .conversation(&nobody)
                .await
                .map_err(|error| LoadError(Box::new(error)))?;
            Ok(noted(&store, &key))
        }
        .boxed()
    }

    fn quarantined(&mut self, _: Timestamp) {
        self.trace.1.fetch_add(1, Ordering::Relaxed);
    }

    fn handle(&mut self, state: &mut Vec<u64>, note: &Note, _: Timestamp) -> Decision<u64> {
        self.trace.0.lock().push(Handled {
            note: *note,
            knew: state.clone(),
        });
        match *note {
            Note::Write(number) => self.write(state, number),
            Note::Next(number) => {
                assert_eq!(
                    state.last().map_or(1, |last| last + 1),
                    number,
                    "it woke with an old state"
                );
                self.trace.0.lock().clear();
                self.write(state, number)
            }
            Note::Again(number) => Decision::Repeat(number),
            Note::Count => Decision::Answer(state.len() as u64),
            Note::CrashOnce(number) if self.crashed.contains(&number) => self.write(state, number),
            Note::CrashOnce(number) => {
                self.crashed.push(number);
                state.push(RUIN);
                panic!("number {number} crashes once")
            }
            Note::Crash(number) => {
                state.push(RUIN);
                panic!("number {number} crashes")
            }
            Note::Die => panic!("it dies"),
        }
    }

    fn dead_letter(
        &mut self,
        state: &mut Vec<u64>,
        note: &Note,
        cause: &str,
        _: Timestamp,
    ) -> (Entry, u64) {
        let number = match *note {
            Note::Write(number)
            | Note::Next(number)
            | Note::CrashOnce(number)
            | Note::Crash(number) => number,
            Note::Again(_) | Note::Count => 0,
            Note::Die => panic!("and over its letter too"),
        };
        state.push(LETTER + number);
        let letter = Box::new(RawJson(to_raw_value(&number).unwrap()));
        (
            self.entry(Fact::DeadLettered(DeadLetter {
                cause: cause.to_owned(),
                letter,
            })),
            number,
        )
    }
}

impl Recorder {
    fn write(&self, state: &mut Vec<u64>, number: u64) -> Decision<u64> {
        state.push(number);
        let fingerprint = Fingerprint(u128::from(number));
        let notice = Notice {
            kind: "note".into(),
            fingerprint,
            raw: Box::new(RawJson(Box::default())),
        };
        Decision::Record(self.entry(Fact::Noticed(notice)), number)
    }

    fn entry(&self, fact: Fact) -> Entry {
        Entry {
            key: self.key.clone(),
            at: sample::START,
            first_seq: 0,
            facts: smallvec![fact],
        }
    }
}

/// The key of the recorder with this number.
pub(crate) fn key(number: u64) -> Key {
    Key::Channel {
        tenant: TenantId::DEFAULT,
        channel: sample::channel_id(number),
    }
}

/// The numbers under a key, as the store has them.
pub(crate) fn noted(store: &SimStore, key: &Key) -> Vec<u64> {
    let numbers = store
        .entries_of(key)
        .into_iter()
        .flat_map(|committed| committed.entry.facts.clone());
    numbers
        .map(|fact| match fact {
            Fact::Noticed(notice) => notice.fingerprint.0 as u64,
            Fact::DeadLettered(letter) => LETTER + letter.letter.0.get().parse::<u64>().unwrap(),
            other => panic!("no recorder wrote {other:?}"),
        })
        .collect()
}

/// A journal, a store and whatever else recorders need.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) journal: Arc<SimJournal>,
    pub(crate) around: Arc<Surroundings>,
    pub(crate) trace: Trace,
    pub(crate) gate: Gate,
}

impl Stage {
    pub(crate) fn new(commits: Commits) -> Self {
        Self::with_budget(commits, RestartBudget::default())
    }

    pub(crate) fn with_budget(commits: Commits, budget: RestartBudget) -> Self {
        let journal = SimJournal::new(commits);
        let (clock, _) = Clock::manual(sample::START);
        let around = Arc::new(Surroundings {
            journal: Arc::clone(&journal) as Arc<dyn Journal>,
            log: Arc::clone(&journal.log),
            clock,
            budget,
        });
        let gate = Gate::new(GateCapacity {
            messages: 100_000,
            bytes: 100_000,
            reserve: 1,
        });
        Self {
            journal,
            around,
            trace: Trace::default(),
            gate,
        }
    }

    /// Starts the recorder of a key on this thread.
    pub(crate) fn start(&self, number: u64, progress: Arc<Progress>) -> Ways<Recorder> {
        guard::start(
            self.recorder(number),
            self.around.clone(),
            &Arbiter::current(),
            progress,
        )
    }

    pub(crate) fn recorder(&self, number: u64) -> Recorder {
        Recorder {
            key: key(number),
            store: Arc::clone(&self.journal.store),
            trace: self.trace.clone(),
            crashed: Vec::new(),
        }
    }

    /// The first recorder.
    pub(crate) fn one(&self) -> Ways<Recorder> {
        self.start(1, Arc::default())
    }

    /// The numbers of the first recorder, as the store has them.
    pub(crate) fn noted(&self) -> Vec<u64> {
        noted(&self.journal.store, &key(1))
    }

    /// Commits and shows everything until nothing more comes.
    pub(crate) async fn finish(&self) {
        settle().await;
        while self.journal.commit_all() > 0 || self.journal.store.at() < self.journal.log.head() {
            self.journal.project(usize::MAX);
            settle().await;
        }
    }

    /// A note whose source waits for its yes.
    pub(crate) fn admitted(&self, note: Note) -> (Envelope<Recorder>, Answer) {
        let (receipt, answer) = self
            .gate
            .try_admit(&Arc::default(), 1, 1)
            .unwrap()
            .into_receipt();
        (
            Envelope {
                message: note,
                receipt,
                reply: None,
            },
            answer,
        )
    }
}

/// A note whose poster waits for the reply.
pub(crate) fn asking(note: Note) -> (Envelope<Recorder>, oneshot::Receiver<u64>) {
    let (tell, told) = oneshot::channel();
    let reply = Box::new(move |reply| {
        let _ = tell.send(reply);
    });
    (
        Envelope {
            reply: Some(reply),
            ..Envelope::new(note)
        },
        told,
    )
}

//! A whole engine, from a decoded message to its released answer, each message a body of its own.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::{System, SystemRunner};
use ecluse_engine::limits::Limits;
use ecluse_engine::message::Item;
use ecluse_engine::runtime::clock::ClockHand;
use ecluse_engine::runtime::{Clock, Gate, Settled, Threads};
use ecluse_engine::sim::{Commits, NullJournal, SimJournal, sample, world};
use ecluse_engine::system::{Engine, Foundation, Patience};
use futures_util::future::join_all;
use tokio::time::Instant;

use crate::storage::Whole;

/// Conversations that the messages are spread over.
const CONVERSATIONS: u64 = 10_000;

/// Channels that they are spread over, because one may hold a quarter of the gate only.
const CHANNELS: u64 = 8;

/// Threads that run actors.
const ARBITERS: usize = 2;

/// Bodies at once, as that many connections would bring them.
const AT_ONCE: usize = 1_024;

/// Between two turns this much time is taken to pass, so that a week's ids do not fill the memory of a long measurement.
const BETWEEN_TURNS: Duration = Duration::from_secs(6 * 3_600);

enum Below {
    Nothing(Arc<NullJournal>),
    Disk(Whole),
}

/// An engine that is posted to.
pub struct Pipeline {
    engine: Arc<Engine>,
    hand: ClockHand,
    below: Below,
    next: u64,
    system: SystemRunner,
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pipeline({:?})", self.engine)
    }
}

impl Pipeline {
    /// Over a journal that releases at once.
    #[must_use]
    pub fn over_nothing() -> Self {
        let journal = Arc::new(NullJournal::default());
        let foundation = |foundation| Foundation {
            journal: Arc::clone(&journal) as Arc<_>,
            ..foundation
        };
        Self::start(foundation, Below::Nothing(Arc::clone(&journal)))
    }

    /// Over files in a directory.
    ///
    /// # Panics
    /// When they cannot be opened.
    #[must_use]
    pub fn over_files(directory: &Path) -> Self {
        let limits = Limits::default();
        let gate = Gate::new(limits.gate);
        let whole = Whole::open(directory, &limits, &gate);
        let storage = &whole.storage;
        let (journal, log) = (Arc::clone(&storage.journal), Arc::clone(&storage.log));
        let store = Arc::new(storage.reads.clone());
        let foundation = |foundation| Foundation {
            journal,
            log,
            store,
            gate,
            ..foundation
        };
        Self::start(foundation, Below::Disk(whole))
    }

    fn start(over: impl FnOnce(Foundation) -> Foundation, below: Below) -> Self {
        let system = System::new();
        let channels = (0..CHANNELS).map(|number| sample::channel(number, sample::rules()));
        let (clock, hand) = Clock::manual(sample::START);
        let world = world::foundation(
            &SimJournal::new(Commits::AtOnce),
            &sample::config(channels),
            Limits::default(),
            clock,
        );
        let engine = system.block_on(async {
            Engine::start(over(Foundation {
                threads: Threads::start(ARBITERS),
                ..world
            }))
        });
        Self {
            engine,
            hand,
            below,
            next: 0,
            system,
        }
    }

    /// Messages that nobody sent before, each a body of its own.
    pub fn bodies(&mut self, count: usize) -> Vec<Vec<Item>> {
        let first = self.next;
        self.next += count as u64;
        (first..self.next)
            .map(|number| {
                let contact = number.wrapping_mul(7_919) % CONVERSATIONS;
                let address = format!("3360{contact:08}");
                vec![sample::item(
                    contact % CHANNELS,
                    &address,
                    &format!("wamid.{number:020}"),
                )]
            })
            .collect()
    }

    /// Takes the bodies in, many at once, and tells how long it took until the last was released.
    ///
    /// # Panics
    /// When a body is not settled.
    #[must_use]
    pub fn receive(&self, bodies: Vec<Vec<Item>>) -> Duration {
        self.hand.advance(BETWEEN_TURNS);
        let mut lines: Vec<Vec<Vec<Item>>> =
            (0..AT_ONCE.min(bodies.len())).map(|_| Vec::new()).collect();
        let count = lines.len();
        for (number, body) in bodies.into_iter().enumerate() {
            lines[number % count].push(body);
        }
        self.system.block_on(async {
            let started = Instant::now();
            join_all(lines.into_iter().map(|line| self.one_by_one(line))).await;
            started.elapsed()
        })
    }

    async fn one_by_one(&self, bodies: Vec<Vec<Item>>) {
        for body in bodies {
            let settled = self
                .engine
                .receive(body, 300, Patience::Wait(Duration::from_secs(60)))
                .await;
            assert_eq!(settled, Ok(Settled::All), "every message is taken");
        }
    }

    /// How many entries were committed so far.
    #[must_use]
    pub fn committed(&self) -> u64 {
        match &self.below {
            Below::Nothing(journal) => journal.count(),
            Below::Disk(whole) => whole.storage.log.head().0,
        }
    }

    /// Waits until the read model has everything, if there is one.
    pub fn catch_up(&self) {
        if let Below::Disk(whole) = &self.below {
            self.system.block_on(whole.storage.caught_up());
        }
    }
}

//! An engine on one thread, over a journal and a read model in memory.
//!
//! What must stay true: a crash keeps what was committed and nothing else.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::journal::SimJournal;
use super::sample;
use crate::abuse::{Ban, BanError, BanSink};
use crate::channel::{HealthSink, Providers};
use crate::configuration::ConfigFeed;
use crate::conversation::crashes::Crashes;
use crate::ids::ChannelId;
use crate::journal::Position;
use crate::limits::Limits;
use crate::message::Timestamp;
use crate::provider::Provider;
use crate::runtime::clock::ClockHand;
use crate::runtime::guard::RestartBudget;
use crate::runtime::{Clock, Gate, Threads};
use crate::system::{Engine, Foundation};

/// Providers that are all gone, and a health that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoOutside;

impl Providers for NoOutside {
    fn provider(&self, _: ChannelId) -> Result<Arc<dyn Provider>, String> {
        Err("there is no provider in this world".to_owned())
    }
}

impl HealthSink for NoOutside {
    fn degraded(&self, _: ChannelId, _: &str) {}
    fn healthy(&self, _: ChannelId) {}
}

/// What an engine stands on without an outside. Its threads can be set; 0 is the thread that starts it.
#[must_use]
pub fn foundation(
    journal: &Arc<SimJournal>,
    config: &Arc<ConfigFeed>,
    limits: Limits,
    clock: Clock,
) -> Foundation {
    Foundation {
        journal: Arc::clone(journal) as Arc<_>,
        log: Arc::clone(&journal.log),
        store: Arc::clone(&journal.store) as Arc<_>,
        config: Arc::clone(config),
        providers: Arc::new(NoOutside),
        health: Arc::new(NoOutside),
        bans: Arc::new(NoOutside),
        gate: Gate::new(limits.gate),
        clock,
        limits,
        fingerprinter: sample::FINGERPRINTER,
        restart_budget: RestartBudget::default(),
        threads: Threads::start(0),
        crashes: Crashes::default(),
    }
}

#[async_trait]
impl BanSink for NoOutside {
    /// Nobody stores it: the engine remembers it for as long as it lasts.
    async fn banned(&self, _: &Ban) -> Result<(), BanError> {
        std::future::pending().await
    }
}

/// An engine whose time, commits and crashes are decided by whoever holds it.
pub struct World {
    pub engine: Arc<Engine>,
    pub journal: Arc<SimJournal>,
    pub hand: ClockHand,
    config: Arc<ConfigFeed>,
    limits: Limits,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "World({:?}, {:?})", self.engine, self.journal)
    }
}

impl World {
    /// A world that begins at [`sample::START`]. Must be called where an actix system runs.
    #[must_use]
    pub fn start(journal: Arc<SimJournal>, config: Arc<ConfigFeed>, limits: Limits) -> Self {
        Self::start_at(sample::START, journal, config, limits)
    }

    fn start_at(
        now: Timestamp,
        journal: Arc<SimJournal>,
        config: Arc<ConfigFeed>,
        limits: Limits,
    ) -> Self {
        let (clock, hand) = Clock::manual(now);
        let engine = Engine::start(foundation(&journal, &config, limits, clock));
        Self {
            engine,
            journal,
            hand,
            config,
            limits,
        }
    }

    /// The process ends here and begins again: the read model as of `durable`, caught up with what was committed.
    #[must_use]
    pub fn crash(self, durable: Position) -> Self {
        let now = self.engine.clock.now();
        self.engine.conversations.stop_all();
        let journal = self.journal.after_a_crash(durable);
        journal.project(usize::MAX);
        Self::start_at(now, journal, self.config, self.limits)
    }
}

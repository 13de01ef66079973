//! Builds and connects every actor, and drains them in order. If you want to know who talks to whom, it is here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::{Arbiter, ArbiterHandle};
use dashmap::DashMap;
use smallvec::smallvec;

use crate::configuration::ConfigFeed;
use crate::conversation::{Command, Conversation, Reply};
use crate::follow::CommittedLog;
use crate::ids::{ChannelId, ConversationKey, Fingerprinter, Key};
use crate::journal::{Append, Journal};
use crate::limits::Limits;
use crate::message::{Entry, Fact, Item, Notice};
use crate::metrics;
use crate::runtime::gate::{Share, Shut};
use crate::runtime::guard::{self, RestartBudget, Surroundings};
use crate::runtime::{Clock, Envelope, Gate, NoRoom, Receipt, Registry, Settled};
use crate::store::Store;

/// What the engine stands on. Everything that touches the outside comes in here.
pub struct Foundation {
    pub journal: Arc<dyn Journal>,
    pub log: Arc<CommittedLog>,
    pub store: Arc<dyn Store>,
    pub config: Arc<ConfigFeed>,
    pub gate: Gate,
    pub clock: Clock,
    pub limits: Limits,
    pub fingerprinter: Fingerprinter,
    pub restart_budget: RestartBudget,
    /// Threads that run actors; as many as cores.
    pub arbiters: usize,
}

impl fmt::Debug for Foundation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foundation").field("limits", &self.limits).field("arbiters", &self.arbiters).finish_non_exhaustive()
    }
}

/// How long a source may be kept waiting for room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Refuse at once; the source sends again.
    None,
    /// Wait, because the source does not send again.
    Wait(Duration),
}

/// The running engine.
pub struct Engine {
    journal: Arc<dyn Journal>,
    pub conversations: Arc<Registry<ConversationKey, Conversation>>,
    pub gate: Gate,
    pub log: Arc<CommittedLog>,
    pub store: Arc<dyn Store>,
    pub config: Arc<ConfigFeed>,
    pub clock: Clock,
    pub fingerprinter: Fingerprinter,
    shares: DashMap<ChannelId, Arc<Share>>,
    limits: Limits,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({:?}, {:?})", self.conversations, self.log)
    }
}

impl Engine {
    /// Starts the arbiters and connects the actors. Must be called where an actix system runs.
    #[must_use]
    pub fn start(foundation: Foundation) -> Arc<Self> {
        let Foundation { journal, log, store, config, gate, clock, limits, fingerprinter, restart_budget, arbiters } =
            foundation;
        let arbiters: Vec<ArbiterHandle> = (0..arbiters.max(1)).map(|_| Arbiter::new().handle()).collect();
        let around = Surroundings { journal: Arc::clone(&journal), log: Arc::clone(&log), clock: clock.clone(), budget: restart_budget };
        let conversations = {
            let (store, config) = (Arc::clone(&store), Arc::clone(&config));
            Registry::new(move |key: &ConversationKey, progress| {
                let behaviour = Conversation::new(key.clone(), Arc::clone(&store), Arc::clone(&config));
                let arbiter = &arbiters[key.digest().spread(arbiters.len())];
                guard::start(behaviour, around.clone(), arbiter, progress)
            })
        };
        Arc::new(Self {
            journal,
            conversations: Arc::new(conversations),
            gate,
            log,
            store,
            config,
            clock,
            fingerprinter,
            shares: DashMap::new(),
            limits,
        })
    }

    /// What the channel holds of the gate.
    pub fn share(&self, channel: ChannelId) -> Arc<Share> {
        if let Some(share) = self.shares.get(&channel) {
            return Arc::clone(&share);
        }
        Arc::clone(&self.shares.entry(channel).or_default())
    }

    /// Takes in what an adapter found in one body of `bytes` bytes. Resolves when every item is committed.
    ///
    /// # Errors
    /// [`NoRoom`]: nothing was taken, and the source must send the body again.
    pub async fn receive(&self, items: Vec<Item>, bytes: usize, patience: Patience) -> Result<Settled, NoRoom> {
        let Some(first) = items.first() else { return Ok(Settled::All) };
        let share = self.share(first.channel());
        let admission = match patience {
            Patience::None => self.gate.try_admit(&share, items.len(), bytes)?,
            Patience::Wait(patience) => self.gate.admit(&share, items.len(), bytes, patience).await?,
        };
        if items.len() == 1 {
            let (receipt, answer) = admission.into_receipt();
            for item in items {
                self.take_in(item, receipt).await;
                return Ok(answer.await);
            }
            return Ok(Settled::All);
        }
        let (receipts, answer) = admission.into_receipts(items.len());
        for (item, receipt) in items.into_iter().zip(receipts) {
            self.take_in(item, receipt).await;
        }
        Ok(answer.await)
    }

    async fn take_in(&self, item: Item, receipt: Receipt) {
        let (key, message) = match item {
            Item::Message { key, message } => {
                let fingerprint = self.fingerprinter.of(key.channel, &message.provider_id.0);
                (key, Command::Receive { message: Arc::new(message), fingerprint })
            }
            Item::Status { key, report } => {
                let fingerprint = self.fingerprinter.of(key.channel, &report.provider_id.0);
                (key, Command::Report { report, fingerprint })
            }
            Item::Notice { tenant, channel, kind, raw } => {
                let fingerprint = self.fingerprinter.of(channel, raw.0.get());
                let fact = Fact::Noticed(Notice { kind, fingerprint, raw: Box::new(raw) });
                return self.record(Key::Channel { tenant, channel }, fact, receipt);
            }
        };
        self.conversations.post(&key, Envelope { message, receipt, reply: None }).await;
    }

    /// Appends a fact about something that is no conversation, and has no order to keep.
    pub fn record(&self, key: Key, fact: Fact, receipt: Receipt) {
        let entry = Entry { key, at: self.clock.now(), first_seq: 0, facts: smallvec![fact] };
        self.journal.append(Append { receipt, ..Append::entry(entry) });
    }

    /// Posts a command of a person or a program, and waits until it is durable.
    ///
    /// # Errors
    /// [`NoRoom`] when the gate is full or shut.
    pub async fn ask(&self, key: &ConversationKey, message: Command) -> Result<Option<Reply>, NoRoom> {
        let share = self.share(key.channel);
        let (receipt, _answer) = self.gate.try_admit(&share, 1, 256)?.into_receipt();
        let (tell, told) = tokio::sync::oneshot::channel();
        let reply = Box::new(move |reply| drop(tell.send(reply)));
        self.conversations.post(key, Envelope { message, receipt, reply: Some(reply) }).await;
        Ok(told.await.ok())
    }

    /// Posts something that returns to a conversation, with room from the reserve.
    pub async fn return_to(&self, key: &ConversationKey, message: Command) {
        let (receipt, _answer) = self.gate.reserve().await.into_receipt();
        self.conversations.post_back(key, Envelope { message, receipt, reply: None });
    }

    /// Puts idle conversations to sleep, for as long as the engine runs.
    pub async fn keep_house(self: Arc<Self>) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tick.tick().await;
            self.conversations.sweep(self.limits.passivation, &self.log);
            metrics::conversations_live(self.conversations.len());
        }
    }

    /// Lets nothing more in and waits until everything accepted is committed, or `patience` is over.
    pub async fn drain(&self, patience: Duration) -> bool {
        self.gate.shut(Shut::Draining);
        tokio::time::timeout(patience, self.gate.emptied()).await.is_ok()
    }
}

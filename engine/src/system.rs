//! Builds and connects every actor, and drains them in order. If you want to know who talks to whom, it is here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use dashmap::DashMap;
use foldhash::fast::RandomState;
use smallvec::smallvec;

use crate::abuse::{BanSink, Screen};
use crate::channel::{self, Channel, ChannelEvent, HealthSink, Providers};
use crate::closing;
use crate::configuration::ConfigFeed;
use crate::conversation::crashes::Crashes;
use crate::conversation::{Command, Conversation, Reply};
use crate::follow::{CommittedLog, Cursor};
use crate::forgetting;
use crate::ids::{ChannelId, ConversationKey, Fingerprinter, Key, QueueId, TenantId};
use crate::journal::{Append, Journal};
use crate::limits::Limits;
use crate::live::{self, Live};
use crate::message::{Entry, Fact, Item, Notice};
use crate::metrics;
use crate::retention;
use crate::router::{self, Router, RouterMessage, RouterReply, RoutingEvent};
use crate::runtime::gate::{Part, Parts, Share, Shut};
use crate::runtime::guard::{self, RestartBudget, Surroundings};
use crate::runtime::{Clock, Envelope, Gate, NoRoom, Receipt, Registry, Settled, Threads};
use crate::store::{Store, StoreError};
use crate::timers;

/// What the engine stands on. Everything that touches the outside comes in here.
pub struct Foundation {
    pub journal: Arc<dyn Journal>,
    pub log: Arc<CommittedLog>,
    pub store: Arc<dyn Store>,
    pub config: Arc<ConfigFeed>,
    pub providers: Arc<dyn Providers>,
    pub health: Arc<dyn HealthSink>,
    pub bans: Arc<dyn BanSink>,
    pub gate: Gate,
    pub clock: Clock,
    pub limits: Limits,
    pub fingerprinter: Fingerprinter,
    pub restart_budget: RestartBudget,
    pub threads: Threads,
    pub crashes: Crashes,
}

impl fmt::Debug for Foundation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foundation")
            .field("limits", &self.limits)
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// What was asked for is lost because the engine stops.
const DRAINING: NoRoom = NoRoom {
    retry_after: Duration::from_secs(5),
    draining: true,
};

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
    pub conversations: Registry<ConversationKey, Conversation>,
    channels: Registry<(TenantId, ChannelId), Channel>,
    routers: Registry<TenantId, Router>,
    pub live: Arc<Live>,
    pub gate: Gate,
    pub log: Arc<CommittedLog>,
    pub store: Arc<dyn Store>,
    pub config: Arc<ConfigFeed>,
    pub screen: Arc<Screen>,
    pub clock: Clock,
    pub fingerprinter: Fingerprinter,
    pub threads: Threads,
    shares: DashMap<ChannelId, Arc<Share>, RandomState>,
    limits: Limits,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Engine({:?}, {:?})", self.conversations, self.log)
    }
}

impl Engine {
    /// Connects the actors. Must be called where an actix system runs. Followers start with
    /// [`Engine::follow`].
    #[must_use]
    pub fn start(foundation: Foundation) -> Arc<Self> {
        let around = Arc::new(Surroundings {
            journal: Arc::clone(&foundation.journal),
            log: Arc::clone(&foundation.log),
            clock: foundation.clock.clone(),
            budget: foundation.restart_budget,
        });
        let screen = Screen::new(Arc::clone(&foundation.bans));
        Arc::new_cyclic(|engine| Self {
            conversations: conversations(&foundation, &around, &screen),
            channels: channels(&foundation, &around, engine),
            routers: routers(&foundation, &around, engine),
            live: Arc::new(Live::default()),
            journal: foundation.journal,
            gate: foundation.gate,
            log: foundation.log,
            store: foundation.store,
            config: foundation.config,
            screen,
            clock: foundation.clock,
            fingerprinter: foundation.fingerprinter,
            threads: foundation.threads,
            shares: DashMap::default(),
            limits: foundation.limits,
        })
    }

    /// Starts the followers of the journal and the timers. They begin where the read model is.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn follow(self: &Arc<Self>) -> Result<(), StoreError> {
        let (pending, from) = self.store.pending_sends(None).await?;
        let waiting: BTreeSet<_> = pending
            .iter()
            .map(|send| (send.key.tenant, send.key.channel))
            .collect();
        // Made before anything runs, so that nothing above them is trimmed.
        let [outboxes, router, views] =
            std::array::from_fn(|_| Cursor::new(Arc::clone(&self.log), from));
        tokio::spawn(channel::feed(
            Arc::clone(self),
            outboxes,
            waiting.into_iter().collect(),
        ));
        tokio::spawn(router::feed(Arc::clone(self), router));
        tokio::spawn(router::follow_configuration(Arc::clone(self)));
        for tenant in self.config.current().tenants_with_channels() {
            for place in self.store.routing(tenant).await?.open {
                self.live.place(&place.key, place.queue, place.agent);
            }
        }
        tokio::spawn(live::feed(Arc::clone(&self.live), views));
        tokio::spawn(timers::run(Arc::clone(self)));
        tokio::spawn(closing::run(Arc::clone(self)));
        tokio::spawn(forgetting::run(Arc::clone(self)));
        tokio::spawn(retention::run(Arc::clone(self)));
        tokio::spawn(Arc::clone(self).keep_house());
        Ok(())
    }

    /// What the channel holds of the gate.
    pub fn share(&self, channel: ChannelId) -> Arc<Share> {
        if let Some(share) = self.shares.get(&channel) {
            return Arc::clone(&share);
        }
        Arc::clone(&self.shares.entry(channel).or_default())
    }

    /// Takes in what an adapter found in one body of `bytes` bytes. Resolves when every item is committed, or turned away
    /// for good because its sender is banned.
    ///
    /// # Errors
    /// [`NoRoom`]: nothing was taken, and the source must send the body again.
    pub async fn receive(
        &self,
        items: Vec<Item>,
        bytes: usize,
        patience: Patience,
    ) -> Result<Settled, NoRoom> {
        let Some(first) = items.first() else {
            return Ok(Settled::All);
        };
        let parts = self.parts(first.channel(), &items, bytes);
        let admission = match patience {
            Patience::None => self.gate.try_admit_body(parts)?,
            Patience::Wait(patience) => self.gate.admit(&parts, patience).await?,
        };
        let (receipts, answer) = admission.into_receipts(items.len());
        for (item, receipt) in items.into_iter().zip(receipts) {
            self.take_in(item, receipt).await;
        }
        Ok(answer.await)
    }

    /// What each channel has of a body; its bytes are shared out by the number of items.
    fn parts(&self, first: ChannelId, items: &[Item], bytes: usize) -> Parts {
        if items.iter().all(|item| item.channel() == first) {
            return smallvec![Part::new(&self.share(first), items.len(), bytes)];
        }
        let mut counts = BTreeMap::<ChannelId, usize>::new();
        for item in items {
            *counts.entry(item.channel()).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|(channel, count)| {
                let bytes = bytes.saturating_mul(count) / items.len();
                Part::new(&self.share(channel), count, bytes)
            })
            .collect()
    }

    async fn take_in(&self, item: Item, receipt: Receipt) {
        let (key, message) = match item {
            Item::Message { key, message } => {
                let fingerprint = self.fingerprinter.of(key.channel, &message.provider_id.0);
                (
                    key,
                    Command::Receive {
                        message: Arc::new(message),
                        fingerprint,
                    },
                )
            }
            Item::Status { key, report } => {
                let fingerprint = self.fingerprinter.of(key.channel, &report.provider_id.0);
                (
                    key,
                    Command::Report {
                        report,
                        fingerprint,
                    },
                )
            }
            Item::Notice {
                tenant,
                channel,
                kind,
                raw,
            } => {
                let identity = format!("{kind}/{}", raw.0.get());
                let fingerprint = self.fingerprinter.of(channel, &identity);
                let fact = Fact::Noticed(Notice {
                    kind,
                    fingerprint,
                    raw: Box::new(raw),
                });
                return self.record(Key::Channel { tenant, channel }, fact, receipt);
            }
        };
        self.conversations
            .post(
                &key,
                Envelope {
                    message,
                    receipt,
                    reply: None,
                },
            )
            .await;
    }

    /// Appends a fact about something that is no conversation, and has no order to keep.
    pub fn record(&self, key: Key, fact: Fact, receipt: Receipt) {
        let entry = Entry {
            key,
            at: self.clock.now(),
            first_seq: 0,
            facts: smallvec![fact],
        };
        self.journal.append(Append {
            receipt,
            ..Append::entry(entry)
        });
    }

    /// Appends such a fact and waits until it is durable.
    ///
    /// # Errors
    /// [`NoRoom`]: the engine stops, and the fact is lost.
    pub async fn record_durably(&self, key: Key, fact: Fact) -> Result<(), NoRoom> {
        let (receipt, answer) = self.gate.reserve().await.into_receipt();
        self.record(key, fact, receipt);
        match answer.await {
            Settled::All => Ok(()),
            Settled::Lost => Err(DRAINING),
        }
    }

    /// Posts a command of a person or a program, and waits until it is durable.
    ///
    /// # Errors
    /// [`NoRoom`] when the gate is full or shut.
    pub async fn ask(
        &self,
        key: &ConversationKey,
        message: Command,
    ) -> Result<Option<Reply>, NoRoom> {
        let share = self.share(key.channel);
        let (receipt, _answer) = self.gate.try_admit(&share, 1, 256)?.into_receipt();
        let (envelope, told) = Envelope::asking(message, receipt);
        self.conversations.post(key, envelope).await;
        Ok(told.await.ok())
    }

    /// Posts something that returns to a conversation, with room from the reserve.
    pub async fn return_to(&self, key: &ConversationKey, message: Command) {
        let (receipt, _answer) = self.gate.reserve().await.into_receipt();
        self.conversations.post_back(
            key,
            Envelope {
                message,
                receipt,
                reply: None,
            },
        );
    }

    /// As [`Engine::return_to`], and waits until it is durable.
    pub async fn return_to_and_ask(
        &self,
        key: &ConversationKey,
        message: Command,
    ) -> Option<Reply> {
        let (receipt, _answer) = self.gate.reserve().await.into_receipt();
        let (envelope, told) = Envelope::asking(message, receipt);
        self.conversations.post_back(key, envelope);
        told.await.ok()
    }

    /// Tells a channel something that returns to it.
    pub(crate) fn tell_channel(&self, tenant: TenantId, channel: ChannelId, event: ChannelEvent) {
        self.channels
            .post_back(&(tenant, channel), Envelope::new(event));
    }

    /// Tells a channel what the journal says, at the channel's speed.
    pub(crate) async fn feed_channel(
        &self,
        tenant: TenantId,
        channel: ChannelId,
        event: ChannelEvent,
    ) {
        let envelope = Envelope::new(event);
        self.channels.feed(&(tenant, channel), envelope).await;
    }

    /// Tells a channel, if it runs, that its provider was made anew: what was wrong may be right.
    pub fn reconfigured(&self, tenant: TenantId, channel: ChannelId) {
        if self.channels.is_live(&(tenant, channel)) {
            self.tell_channel(tenant, channel, ChannelEvent::Reconfigured);
        }
    }

    /// Tells every running router that the configuration changed.
    pub(crate) fn tell_routers(&self) {
        for tenant in self.routers.keys() {
            self.tell_router(tenant, RouterMessage::Event(RoutingEvent::ConfigChanged));
        }
    }

    /// Tells a router something that returns to it.
    pub fn tell_router(&self, tenant: TenantId, message: RouterMessage) {
        self.routers.post_back(&tenant, Envelope::new(message));
    }

    /// Tells a router what the journal says, at the router's speed.
    pub(crate) async fn feed_router(&self, tenant: TenantId, message: RouterMessage) {
        self.routers.feed(&tenant, Envelope::new(message)).await;
    }

    /// Asks a tenant's router, and waits until what it decided is durable.
    ///
    /// # Errors
    /// [`NoRoom`] while the engine drains.
    pub async fn ask_router(
        &self,
        tenant: TenantId,
        message: RouterMessage,
    ) -> Result<RouterReply, NoRoom> {
        let (receipt, _answer) = self.gate.reserve().await.into_receipt();
        let (envelope, told) = Envelope::asking(message, receipt);
        self.routers.post(&tenant, envelope).await;
        told.await.map_err(|_| DRAINING)
    }

    /// Whether a customer who comes to a queue now may expect anybody; also while the router cannot say.
    pub async fn is_attended(&self, tenant: TenantId, queue: QueueId) -> bool {
        let asked = self.ask_router(tenant, RouterMessage::ViewAttendance { queue });
        !matches!(asked.await, Ok(RouterReply::Attended(false)))
    }

    /// Waits up to a second for the read model to reach the journal's head of now.
    pub async fn read_your_writes(&self) {
        let reached = self.log.projected_to(self.log.head());
        let _ = tokio::time::timeout(Duration::from_secs(1), reached).await;
    }

    /// Puts idle conversations to sleep, for as long as the engine runs.
    async fn keep_house(self: Arc<Self>) {
        let mut tick = tokio::time::interval(Duration::from_secs(2));
        loop {
            tick.tick().await;
            self.conversations.sweep(self.limits.passivation, &self.log);
            metrics::conversations_live(self.conversations.len());
        }
    }

    /// Lets nothing more in and waits until everything accepted is committed, or `patience` is over.
    pub async fn drain(&self, patience: Duration) -> bool {
        self.gate.shut(Shut::Draining);
        tokio::time::timeout(patience, self.gate.emptied())
            .await
            .is_ok()
    }
}

fn conversations(
    foundation: &Foundation,
    around: &Arc<Surroundings>,
    screen: &Arc<Screen>,
) -> Registry<ConversationKey, Conversation> {
    let (store, config) = (
        Arc::clone(&foundation.store),
        Arc::clone(&foundation.config),
    );
    let (around, threads) = (Arc::clone(around), foundation.threads.clone());
    let (screen, crashes) = (Arc::clone(screen), foundation.crashes.clone());
    Registry::new(move |key: &ConversationKey, progress| {
        let (store, config) = (Arc::clone(&store), Arc::clone(&config));
        let (screen, crashes) = (Arc::clone(&screen), crashes.clone());
        let behaviour = Conversation::new(key.clone(), store, config, screen, crashes);
        let thread = threads.of_conversation(key.digest());
        guard::start(behaviour, Arc::clone(&around), &thread, progress)
    })
}

fn channels(
    foundation: &Foundation,
    around: &Arc<Surroundings>,
    engine: &Weak<Engine>,
) -> Registry<(TenantId, ChannelId), Channel> {
    let parts = channel::Parts {
        store: Arc::clone(&foundation.store),
        log: Arc::clone(&foundation.log),
        providers: Arc::clone(&foundation.providers),
        health: Arc::clone(&foundation.health),
        clock: foundation.clock.clone(),
    };
    let (around, threads, engine) = (
        Arc::clone(around),
        foundation.threads.clone(),
        Weak::clone(engine),
    );
    let from = foundation.log.projected();
    Registry::new(
        move |&(tenant, channel): &(TenantId, ChannelId), progress| {
            let behaviour = Channel::new(tenant, channel, &engine, &parts, from);
            let thread = threads.own(Key::Channel { tenant, channel }.digest());
            guard::start(behaviour, Arc::clone(&around), &thread, progress)
        },
    )
}

fn routers(
    foundation: &Foundation,
    around: &Arc<Surroundings>,
    engine: &Weak<Engine>,
) -> Registry<TenantId, Router> {
    let parts = router::Parts {
        store: Arc::clone(&foundation.store),
        log: Arc::clone(&foundation.log),
        config: Arc::clone(&foundation.config),
        clock: foundation.clock.clone(),
    };
    let (around, threads, engine) = (
        Arc::clone(around),
        foundation.threads.clone(),
        Weak::clone(engine),
    );
    let from = foundation.log.projected();
    Registry::new(move |&tenant: &TenantId, progress| {
        let behaviour = Router::new(tenant, &engine, &parts, from);
        let thread = threads.own(Key::Router { tenant }.digest());
        guard::start(behaviour, Arc::clone(&around), &thread, progress)
    })
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use actix_rt::System;

    use super::*;
    use crate::ids::ContactId;
    use crate::message::Actor;
    use crate::sim::{Commits, SimJournal, sample, world};

    /// A journal that stopped: it takes everything and writes nothing.
    struct Stopped;

    impl Journal for Stopped {
        fn append(&self, work: Append) {
            drop(work);
        }
    }

    fn renamed() -> (Key, Fact) {
        let key = Key::Router {
            tenant: TenantId::DEFAULT,
        };
        let fact = Fact::ContactRenamed {
            contact: ContactId(uuid::Uuid::from_u128(1)),
            name: "Zoé".to_owned(),
            by: Actor::Program,
        };
        (key, fact)
    }

    #[test]
    fn what_is_lost_at_a_stop_is_never_called_recorded() {
        System::new().block_on(async {
            let sim = SimJournal::new(Commits::AtOnce);
            let journals: [(Arc<dyn Journal>, Result<(), NoRoom>); 2] = [
                (Arc::clone(&sim) as Arc<_>, Ok(())),
                (Arc::new(Stopped), Err(DRAINING)),
            ];
            for (journal, expected) in journals {
                let (config, clock) = (sample::config([]), Clock::manual(sample::START).0);
                let foundation = world::foundation(&sim, &config, Limits::default(), clock);
                let engine = Engine::start(Foundation {
                    journal,
                    ..foundation
                });
                let (key, fact) = renamed();
                assert_eq!(engine.record_durably(key, fact).await, expected);
            }
        });
    }
}

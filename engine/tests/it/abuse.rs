//! Who writes too much, and who is banned: nothing of theirs is heard, and their source is told yes all the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ecluse_engine::abuse::{Ban, BanError, BanSink, Excess};
use ecluse_engine::configuration::{AutoReplies, Banned, Channel, ConfigFeed, Snapshot};
use ecluse_engine::conversation::{Command, Refusal, Reply};
use ecluse_engine::ids::{ConversationId, TenantId};
use ecluse_engine::limits::Limits;
use ecluse_engine::message::{Actor, ChannelKind, CloseReason, Fact, Item, Timestamp};
use ecluse_engine::runtime::clock::ClockHand;
use ecluse_engine::runtime::{Clock, Settled};
use ecluse_engine::sim::{Commits, SimJournal, sample, world};
use ecluse_engine::system::{Engine, Foundation, Patience};
use ecluse_engine::texts::Localized;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::recorder::{on_system, pass, settle, until};

const HOUR: Duration = Duration::from_secs(3_600);

/// Notes bans; fails as often as it is told to, and stores them when it is told to.
struct Sink {
    told: Mutex<Vec<Ban>>,
    failures: Mutex<u32>,
    stores: Semaphore,
    config: Arc<ConfigFeed>,
}

#[async_trait]
impl BanSink for Sink {
    async fn banned(&self, ban: &Ban) -> Result<(), BanError> {
        self.told.lock().push(ban.clone());
        let left = self.failures.lock().checked_sub(1);
        if let Some(left) = left {
            *self.failures.lock() = left;
            return Err(BanError("the disk is full".into()));
        }
        self.stores.acquire().await.unwrap().forget();
        publish(&self.config, [(ban.sender.clone(), Some(ban.until))]);
        Ok(())
    }
}

/// The same configuration with these bans.
fn publish(config: &ConfigFeed, bans: impl IntoIterator<Item = (Banned, Option<Timestamp>)>) {
    let current = config.current();
    config.publish(Snapshot {
        revision: current.revision + 1,
        bans: Arc::new(bans.into_iter().collect()),
        ..Snapshot::clone(&current)
    });
}

struct Node {
    engine: Arc<Engine>,
    journal: Arc<SimJournal>,
    config: Arc<ConfigFeed>,
    hand: ClockHand,
    sink: Arc<Sink>,
}

impl Node {
    /// With an SMS channel, a WhatsApp channel and another SMS channel.
    fn start() -> Self {
        let kinds = [ChannelKind::Sms, ChannelKind::Whatsapp, ChannelKind::Sms];
        let auto_replies = AutoReplies {
            closed: Localized::same("Closed").into(),
            ..AutoReplies::default()
        };
        let config = sample::config((1..).zip(kinds).map(|(number, kind)| Channel {
            kind,
            auto_replies: auto_replies.clone(),
            ..sample::channel(number, sample::rules())
        }));
        let journal = SimJournal::new(Commits::AtOnce);
        let (clock, hand) = Clock::manual(sample::START);
        let sink = Arc::new(Sink {
            told: Mutex::default(),
            failures: Mutex::default(),
            stores: Semaphore::new(0),
            config: Arc::clone(&config),
        });
        let foundation = world::foundation(&journal, &config, Limits::default(), clock);
        let engine = Engine::start(Foundation {
            bans: Arc::clone(&sink) as Arc<_>,
            ..foundation
        });
        Self {
            engine,
            journal,
            config,
            hand,
            sink,
        }
    }

    async fn takes(&self, items: Vec<Item>) {
        let settled = self.engine.receive(items, 300, Patience::None).await;
        assert_eq!(settled, Ok(Settled::All), "whoever sends is told yes");
    }

    async fn writes(&self, channel: u64, address: &str, id: &str) {
        self.takes(vec![sample::item(channel, address, id)]).await;
    }

    /// How many messages of each address were taken.
    fn heard(&self) -> BTreeMap<String, usize> {
        let mut heard = BTreeMap::new();
        for committed in self.journal.entries() {
            let key = committed.entry.conversation_key().unwrap();
            let received = |fact: &&Fact| matches!(fact, Fact::Received(_));
            let count = committed.entry.facts.iter().filter(received).count();
            *heard.entry(key.address.to_string()).or_default() += count;
        }
        heard
    }

    fn told(&self) -> Vec<(String, Excess)> {
        let told = self.sink.told.lock();
        told.iter()
            .map(|ban| (ban.sender.address.to_string(), ban.reason))
            .collect()
    }

    async fn closes(&self, channel: u64, address: &str) -> ConversationId {
        self.closes_because(channel, address, CloseReason::CustomerLeft)
            .await
    }

    async fn closes_because(
        &self,
        channel: u64,
        address: &str,
        reason: CloseReason,
    ) -> ConversationId {
        let key = sample::key(channel, address);
        let episode = self.journal.store.state(&key).unwrap().episode.unwrap();
        let command = Command::Close {
            conversation: episode.id,
            reason,
            by: Actor::Program,
        };
        self.engine.ask(&key, command).await.unwrap();
        episode.id
    }
}

fn banned(kind: ChannelKind, address: &str) -> Banned {
    Banned {
        tenant: TenantId::DEFAULT,
        kind,
        address: address.into(),
    }
}

#[test]
fn the_message_that_is_too_much_bans_its_sender_and_is_heard_nowhere() {
    on_system(async {
        let node = Node::start();
        for number in 0..40 {
            node.writes(1, "flood", &format!("flood {number}")).await;
        }
        node.writes(3, "flood", "on the other number").await;
        node.writes(1, "ada", "ada 1").await;
        settle().await;
        let expected = [("ada".to_owned(), 1), ("flood".to_owned(), 20)];
        assert_eq!(node.heard(), BTreeMap::from(expected));
        assert_eq!(
            node.told(),
            [("flood".to_owned(), Excess::Messages)],
            "once"
        );
        let ban = node.sink.told.lock()[0].clone();
        assert_eq!(ban.until, ban.since.plus(24 * HOUR));

        node.hand.advance(24 * HOUR);
        node.writes(1, "flood", "a day later").await;
        assert_eq!(node.heard()["flood"], 21, "the ban is over");
    });
}

#[test]
fn what_is_too_much_in_one_body_is_turned_away_and_the_body_is_taken() {
    on_system(async {
        let node = Node::start();
        let body = (0..200).map(|number| {
            let address = if number % 4 == 0 { "ada" } else { "flood" };
            sample::item(1 + 2 * (number % 2), address, &format!("message {number}"))
        });
        // Ada writes one in four.
        node.takes(body.take(64).collect()).await;
        let heard = node.heard();
        assert_eq!((heard["ada"], heard["flood"]), (16, 20));
    });
}

#[test]
fn what_comes_again_counts_for_nothing_and_is_known_also_of_a_banned_sender() {
    on_system(async {
        let node = Node::start();
        for _ in 0..100 {
            node.writes(1, "ada", "ada 0").await;
        }
        for number in 1..20 {
            node.writes(1, "ada", &format!("ada {number}")).await;
            node.writes(1, "ada", "ada 0").await;
        }
        assert_eq!(node.heard()["ada"], 20);
        assert_eq!(node.told(), []);

        node.writes(1, "ada", "one too many").await;
        let key = sample::key(1, "ada");
        let ask = async |id: &str| {
            let message = Arc::new(sample::text(id, "Bonjour"));
            let fingerprint = sample::FINGERPRINTER.of(key.channel, id);
            let command = Command::Receive {
                message,
                fingerprint,
            };
            node.engine.ask(&key, command).await.unwrap().unwrap()
        };
        assert!(matches!(ask("ada 0").await, Reply::Known { .. }));
        assert_eq!(ask("ada 99").await, Reply::Refused(Refusal::Banned));
    });
}

#[test]
fn who_begins_conversations_again_and_again_is_banned() {
    on_system(async {
        let node = Node::start();
        for number in 0..8 {
            node.writes(1, "ada", &format!("ada {number}")).await;
            node.closes(1, "ada").await;
            node.hand.advance(Duration::from_secs(2));
        }
        settle().await;
        assert_eq!(node.heard()["ada"], 5);
        assert_eq!(node.told(), [("ada".to_owned(), Excess::Conversations)]);
    });
}

#[test]
fn where_nobody_is_limited_nobody_is_banned_by_themselves() {
    on_system(async {
        let node = Node::start();
        for number in 0..200 {
            node.writes(2, "ada", &format!("ada {number}")).await;
        }
        assert_eq!((node.heard()["ada"], node.told()), (200, vec![]));
    });
}

#[test]
fn whom_an_administrator_bans_is_heard_on_no_channel_of_the_kind_until_the_ban_ends() {
    on_system(async {
        let node = Node::start();
        let until = sample::START.plus(HOUR);
        let bans = [
            (banned(ChannelKind::Whatsapp, "ada"), Some(until)),
            (banned(ChannelKind::Sms, "eve"), None),
        ];
        publish(&node.config, bans);
        for (number, address) in ["ada", "eve", "zoe"].into_iter().enumerate() {
            for channel in 1..=3 {
                node.writes(channel, address, &format!("{number} {channel}"))
                    .await;
            }
        }
        let heard = node.heard();
        assert_eq!((heard["ada"], heard["eve"], heard["zoe"]), (2, 1, 3));
        node.hand.advance(HOUR);
        node.writes(2, "ada", "later").await;
        node.writes(1, "eve", "later").await;
        publish(&node.config, []);
        node.writes(1, "eve", "when it was lifted").await;
        let heard = node.heard();
        assert_eq!((heard["ada"], heard["eve"]), (3, 2));
        assert_eq!(node.told(), [], "what is configured is no news");
    });
}

#[test]
fn no_machine_of_ours_writes_to_whom_is_banned() {
    on_system(async {
        let node = Node::start();
        for address in ["ada", "eve", "zoe"] {
            for channel in [1, 2] {
                node.writes(channel, address, &format!("{address} {channel}"))
                    .await;
            }
        }
        // Eve is banned by herself, which only this process knows yet.
        for number in 0..30 {
            node.writes(1, "eve", &format!("flood {number}")).await;
        }
        settle().await;
        publish(&node.config, [(banned(ChannelKind::Whatsapp, "ada"), None)]);
        for address in ["ada", "eve", "zoe"] {
            for channel in [1, 2] {
                node.closes_because(channel, address, CloseReason::Resolved)
                    .await;
            }
        }
        let mut told = BTreeMap::<String, usize>::new();
        for committed in node.journal.entries() {
            let key = committed.entry.conversation_key().unwrap();
            let facts = committed.entry.facts.iter();
            let said = facts.filter(|fact| matches!(fact, Fact::Queued(_))).count();
            *told.entry(key.address.to_string()).or_default() += said;
        }
        let expected = [("ada", 1), ("eve", 1), ("zoe", 2)];
        let expected = expected.map(|(address, count)| (address.to_owned(), count));
        assert_eq!(told, BTreeMap::from(expected));
    });
}

#[test]
fn a_ban_is_remembered_until_it_is_stored_and_then_it_is_what_the_configuration_says() {
    on_system(async {
        let node = Node::start();
        *node.sink.failures.lock() = 2;
        for number in 0..21 {
            node.writes(1, "flood", &format!("flood {number}")).await;
        }
        for second in 0..10 {
            node.writes(1, "flood", &format!("meanwhile {second}"))
                .await;
            pass(1).await;
        }
        assert_eq!(node.heard()["flood"], 20);
        assert_eq!(node.told().len(), 3, "it failed twice and is being stored");

        node.sink.stores.add_permits(1);
        until("it is configured", || {
            !node.config.current().bans.is_empty()
        })
        .await;
        settle().await;
        node.writes(1, "flood", "banned by the configuration").await;
        assert_eq!(node.heard()["flood"], 20);
        publish(&node.config, []);
        node.writes(1, "flood", "lifted").await;
        assert_eq!(node.heard()["flood"], 21);
        pass(600).await;
        assert_eq!(node.told().len(), 3, "it is told no more");
    });
}

//! A day in the life of an engine whose process crashes, whose store lags and whose providers send everything again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::configuration::{Channel, ConfigFeed, Snapshot};
use ecluse_engine::ids::{ConversationId, ConversationKey, TenantId};
use ecluse_engine::journal::Position;
use ecluse_engine::limits::Limits;
use ecluse_engine::message::{Actor, AutoReply, BotEnd, Destination, Fact, Item};
use ecluse_engine::router::{
    BotView, Floor, Presence, RouterMessage, RouterReply, RoutingEvent, Session, SkillSet,
    WorkStrategy,
};
use ecluse_engine::runtime::{GateCapacity, NoRoom, Settled};
use ecluse_engine::sim::{Commits, Dice, SimJournal, World, sample};
use ecluse_engine::store::{OpenBot, Store as _};
use ecluse_engine::system::Patience;
use tokio::task::{JoinHandle, spawn_local};

use crate::audit::Audit;
use crate::recorder::{on_system, settle};

const CONTACTS: usize = 6;
const STEPS: usize = 600;

/// What customers write: mostly answers to a menu.
const WORDS: [&str; 8] = [
    "Bonjour",
    "1",
    "2",
    "3",
    "livraison",
    "Autre chose",
    "quoi ?",
    "non",
];

/// The most that the first chatbot talks with at once.
const BOT_LIMIT: u32 = 2;

/// A provider: it keeps what was not acknowledged, and sends it again, and sometimes also what was.
#[derive(Default)]
struct Provider {
    bodies: Vec<Vec<Item>>,
    acknowledged: BTreeSet<usize>,
    under_way: Vec<(usize, JoinHandle<Result<Settled, NoRoom>>)>,
    next_id: usize,
}

impl Provider {
    fn write_body(&mut self, dice: &mut Dice) -> usize {
        let most = if dice.chance(5) { 200 } else { 4 };
        let items = (0..=dice.below(most)).map(|_| {
            self.next_id += 1;
            let contact = format!("contact {}", dice.below(CONTACTS));
            let word = WORDS[dice.below(WORDS.len())];
            Item::Message {
                key: sample::key(1 + dice.below(3) as u64, &contact),
                message: sample::text(&format!("id {}", self.next_id), word),
            }
        });
        self.bodies.push(items.collect());
        self.bodies.len() - 1
    }

    fn deliver(&mut self, world: &World, body: usize) {
        let (engine, items) = (Arc::clone(&world.engine), self.bodies[body].clone());
        let delivery =
            spawn_local(async move { engine.receive(items, 1_000, Patience::None).await });
        self.under_way.push((body, delivery));
    }

    /// Hears what became of its deliveries. A yes means that every item of the body is in the journal already.
    async fn hear(&mut self, world: &World) {
        for (body, delivery) in std::mem::take(&mut self.under_way) {
            if !delivery.is_finished() {
                self.under_way.push((body, delivery));
            } else if let Ok(Ok(Settled::All)) = delivery.await {
                let durable = received(&world.journal);
                for item in &self.bodies[body] {
                    assert!(
                        durable.contains_key(&id_of(item)),
                        "ack_implies_durable: {}",
                        id_of(item)
                    );
                }
                self.acknowledged.insert(body);
            }
        }
    }

    fn crash(&mut self) {
        for (_, delivery) in self.under_way.drain(..) {
            delivery.abort();
        }
    }
}

fn id_of(item: &Item) -> String {
    match item {
        Item::Message { message, .. } => message.provider_id.0.to_string(),
        Item::Status { .. } | Item::Notice { .. } => panic!("only messages are sent here"),
    }
}

/// Where each provider id was received: never twice.
fn received(journal: &SimJournal) -> BTreeMap<String, (ConversationKey, u64)> {
    let mut received = BTreeMap::new();
    for committed in journal.entries() {
        for (seq, fact) in committed.entry.numbered() {
            if let (Fact::Received(message), Some(key)) = (fact, committed.entry.conversation_key())
            {
                let id = message.message.provider_id.0.to_string();
                let before = received.insert(id.clone(), (key.clone(), seq));
                assert_eq!(before, None, "exactly_once_visible: {id}");
            }
        }
    }
    received
}

fn one_open_conversation(journal: &SimJournal) {
    let mut open = BTreeMap::<ConversationKey, ConversationId>::new();
    for committed in journal.entries() {
        let Some(key) = committed.entry.conversation_key() else {
            continue;
        };
        for fact in &committed.entry.facts {
            if let Fact::Opened(opened) = fact {
                let before = open.insert(key.clone(), opened.conversation);
                assert_eq!(before, None, "one_open_conversation of {key:?}");
            }
        }
    }
}

/// Channels and nothing else: all that happens is that customers write.
fn bare() -> Arc<ConfigFeed> {
    sample::config((1..=3).map(|number| sample::channel(number, sample::rules())))
}

/// A channel that leads to a queue and one to each of two chatbots, with everything that is said without a person.
fn centre() -> Arc<ConfigFeed> {
    let channels = (1..=3).map(|number| Channel {
        destination: match number {
            1 => Destination::Queue(sample::queue_id(1)),
            number => Destination::Chatbot(sample::chatbot_id(number - 1)),
        },
        ..sample::channel(number, sample::rules())
    });
    let mut config: Snapshot = sample::centre(channels);
    let first = config.chatbots.get_mut(&sample::chatbot_id(1)).unwrap();
    Arc::make_mut(first).concurrency_limit = BOT_LIMIT;
    Arc::new(ConfigFeed::new(config))
}

/// Everybody who follows the journal looks at it now.
async fn followers_look() {
    tokio::time::advance(Duration::from_millis(20)).await;
    settle().await;
}

/// An agent comes, goes, or is given a conversation.
async fn an_agent_does_something(world: &World, dice: &mut Dice) {
    let agent = sample::agent_id(1 + dice.below(2) as u64);
    let open = world
        .journal
        .store
        .routing(TenantId::DEFAULT)
        .await
        .unwrap()
        .open;
    let event = match dice.below(4) {
        0 => RoutingEvent::AgentSignedOut { agent },
        1 => {
            let session = Session {
                queues: [1, 2].map(sample::queue_id).into(),
                strategy: WorkStrategy::Blended,
                presence: Presence::Busy,
                skills: SkillSet::default(),
            };
            RoutingEvent::AgentSignedIn { agent, session }
        }
        _ if open.is_empty() => return,
        _ => RoutingEvent::AssignRequested {
            conversation: open[dice.below(open.len())].conversation,
            to: agent,
            by: Actor::Program,
            overriding: true,
        },
    };
    world
        .engine
        .tell_router(TenantId::DEFAULT, RouterMessage::Event(event));
}

async fn live_through(seed: u64, config: Arc<ConfigFeed>, with_followers: bool) -> World {
    let mut dice = Dice::new(seed);
    let gate = GateCapacity {
        messages: 64,
        bytes: 1 << 20,
        reserve: 8,
    };
    let limits = Limits {
        gate,
        ..Limits::default()
    };
    let mut world = World::start(SimJournal::new(Commits::OnDemand), config, limits);
    if with_followers {
        // Some minutes before the queues open.
        world.hand.advance(Duration::from_secs(7 * 3_600 + 52 * 60));
        world.engine.follow().await.unwrap();
    }
    let mut provider = Provider::default();
    let mut audits = BTreeMap::<ConversationKey, Audit>::new();
    let mut crashes = 0;
    for _ in 0..STEPS {
        match dice.below(100) {
            0..=24 => {
                let body = provider.write_body(&mut dice);
                provider.deliver(&world, body);
            }
            25..=39 if !provider.bodies.is_empty() => {
                let body = dice.below(provider.bodies.len());
                provider.deliver(&world, body);
            }
            25..=69 => drop(world.journal.commit(1 + dice.below(20))),
            70..=84 => world.journal.project(1 + dice.below(20)),
            85..=86 if with_followers => an_agent_does_something(&world, &mut dice).await,
            85..=94 => {
                let key = sample::key(
                    1 + dice.below(3) as u64,
                    &format!("contact {}", dice.below(CONTACTS)),
                );
                world
                    .engine
                    .conversations
                    .passivate(&key, &world.journal.log);
            }
            95..=97 => world.hand.advance(Duration::from_secs(60)),
            _ => {
                provider.crash();
                crashes += 1;
                // What the store had not made durable is applied again.
                let projected = world.journal.log.projected().0;
                world = world.crash(Position(projected - projected.min(dice.below(30) as u64)));
                if with_followers {
                    world.engine.follow().await.unwrap();
                }
            }
        }
        if dice.chance(70) {
            settle().await;
        }
        if with_followers && dice.chance(50) {
            followers_look().await;
        }
        provider.hear(&world).await;
    }
    finish(&world, &mut provider).await;
    one_open_conversation(&world.journal);
    let received = received(&world.journal);
    assert_eq!(received.len(), provider.next_id, "every message is shown");
    assert!(
        crashes > 0 && provider.next_id > 100,
        "{crashes} crashes, {} messages",
        provider.next_id
    );
    for committed in world.journal.entries() {
        if let Some(key) = committed.entry.conversation_key() {
            audits
                .entry(key.clone())
                .or_default()
                .hear(&committed.entry);
        }
    }
    for (key, audit) in &audits {
        audit.agrees_with(&world.journal.store.state(key).unwrap());
    }
    world
}

/// The provider sends what was not acknowledged until everything is.
async fn finish(world: &World, provider: &mut Provider) {
    for _ in 0..10_000 {
        settle().await;
        world.journal.commit_all();
        world.journal.project(usize::MAX);
        settle().await;
        followers_look().await;
        provider.hear(world).await;
        if !provider.under_way.is_empty() {
            continue;
        }
        match (0..provider.bodies.len()).find(|body| !provider.acknowledged.contains(body)) {
            Some(body) => provider.deliver(world, body),
            None => return,
        }
    }
    panic!(
        "the provider never got all its yeses: {:?}",
        world.engine.gate
    );
}

fn lives(seeds: std::ops::RangeInclusive<u64>, life: impl Fn(u64) + std::panic::RefUnwindSafe) {
    for seed in seeds {
        let lived = std::panic::catch_unwind(|| life(seed));
        if let Err(panic) = lived {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn twenty_lives_with_crashes_lose_nothing_and_show_nothing_twice() {
    lives(1..=20, |seed| {
        on_system(async {
            live_through(seed, bare(), false).await;
        });
    });
}

/// Whatever is under way comes to its end.
async fn become_quiet(world: &World) {
    for _ in 0..200 {
        world.journal.commit_all();
        world.journal.project(usize::MAX);
        followers_look().await;
    }
}

/// How often it happened, in short.
fn count(journal: &SimJournal, is_one: impl Fn(&Fact) -> bool) -> usize {
    let entries = journal.entries();
    let facts = entries.iter().flat_map(|committed| &committed.entry.facts);
    facts.filter(|fact| is_one(fact)).count()
}

/// Whoever waits for a chatbot has it as soon as there is room, and the router knows whom each chatbot has.
async fn nobody_is_forgotten_with_a_chatbot(world: &World) {
    let open = world
        .journal
        .store
        .routing(TenantId::DEFAULT)
        .await
        .unwrap()
        .open;
    let asked = world
        .engine
        .ask_router(TenantId::DEFAULT, RouterMessage::ViewFloor);
    let Ok(RouterReply::Floor(Floor { chatbots, .. })) = asked.await else {
        panic!("the router shows its floor");
    };
    for (number, limit) in [(1, BOT_LIMIT as usize), (2, usize::MAX)] {
        let chatbot = sample::chatbot_id(number);
        let of_bot = |wanted| {
            let wanted = OpenBot {
                chatbot,
                running: wanted,
            };
            open.iter().filter(|open| open.bot == Some(wanted)).count()
        };
        let (waiting, running) = (of_bot(false), of_bot(true));
        assert!(
            waiting == 0 || running == limit,
            "{waiting} wait beside {running}"
        );
        assert!(running <= limit);
        let view = chatbots
            .iter()
            .find(|(id, _)| *id == chatbot)
            .map(|(_, view)| *view);
        assert_eq!(view, Some(BotView { waiting, running }));
    }
}

#[test]
fn chatbots_and_automatic_replies_live_through_crashes_and_say_nothing_twice() {
    let reached = std::sync::Mutex::new(BTreeMap::<&str, usize>::new());
    lives(101..=116, |seed| {
        on_system(async {
            let world = live_through(seed, centre(), true).await;
            become_quiet(&world).await;
            nobody_is_forgotten_with_a_chatbot(&world).await;
            let said = |reply| {
                count(
                    &world.journal,
                    |fact| matches!(fact, Fact::Queued(queued) if queued.auto_reply == Some(reply)),
                )
            };
            let ended = |wanted| {
                count(
                    &world.journal,
                    |fact| matches!(fact, Fact::BotEnded { end, .. } if *end == wanted),
                )
            };
            let counts = [
                ("closed hours", said(AutoReply::OutsideHours)),
                ("nobody there", said(AutoReply::NoAgent)),
                ("chosen", ended(BotEnd::Chosen)),
                ("given up", ended(BotEnd::GaveUp)),
                ("taken", ended(BotEnd::Taken)),
            ];
            let mut reached = reached.lock().unwrap();
            for (what, count) in counts {
                *reached.entry(what).or_default() += count;
            }
        });
    });
    let reached = reached.into_inner().unwrap();
    assert!(reached.values().all(|count| *count > 0), "{reached:?}");
}

//! A day in the life of an engine whose process crashes, whose store lags and whose providers send everything again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::ids::{ConversationId, ConversationKey};
use ecluse_engine::journal::Position;
use ecluse_engine::limits::Limits;
use ecluse_engine::message::{Fact, Item};
use ecluse_engine::runtime::{GateCapacity, NoRoom, Settled};
use ecluse_engine::sim::{Commits, Dice, SimJournal, World, sample};
use ecluse_engine::system::Patience;
use tokio::task::{JoinHandle, spawn_local};

use crate::recorder::{on_system, settle};

const CONTACTS: usize = 6;
const STEPS: usize = 600;

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
            sample::item(
                1 + dice.below(2) as u64,
                &contact,
                &format!("id {}", self.next_id),
            )
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

async fn live_through(seed: u64) {
    let mut dice = Dice::new(seed);
    let config = sample::config((1..=2).map(|number| sample::channel(number, sample::rules())));
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
    let mut provider = Provider::default();
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
            85..=94 => {
                let key = sample::key(
                    1 + dice.below(2) as u64,
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
            }
        }
        if dice.chance(70) {
            settle().await;
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
}

/// The provider sends what was not acknowledged until everything is.
async fn finish(world: &World, provider: &mut Provider) {
    for _ in 0..10_000 {
        settle().await;
        world.journal.commit_all();
        world.journal.project(usize::MAX);
        settle().await;
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

#[test]
fn twenty_lives_with_crashes_lose_nothing_and_show_nothing_twice() {
    for seed in 1..=20 {
        let lived = std::panic::catch_unwind(|| on_system(live_through(seed)));
        if let Err(panic) = lived {
            eprintln!("seed {seed}");
            std::panic::resume_unwind(panic);
        }
    }
}

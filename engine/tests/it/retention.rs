//! What a tenant keeps no longer is erased: all of it, in its time, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::configuration::{Channel, ConfigFeed, Snapshot};
use ecluse_engine::conversation::Command;
use ecluse_engine::ids::{ConversationId, ConversationKey, TenantId};
use ecluse_engine::limits::Limits;
use ecluse_engine::message::{Actor, CloseReason, Erased, ErasureReason, Fact, Item};
use ecluse_engine::provider::ChannelRules;
use ecluse_engine::sim::{Commits, SimJournal, World, sample};
use ecluse_engine::system::Patience;
use ecluse_engine::tenant::Tenant;

use crate::recorder::{on_system, pass, until};

const OTHER: TenantId = TenantId(2);

/// A tenant keeps conversations for so many days, and the other one for so many.
fn tenants(days: [Option<u32>; 2]) -> BTreeMap<TenantId, Arc<Tenant>> {
    let tenants = [TenantId::DEFAULT, OTHER].into_iter().zip(days);
    let tenant = |(id, retention_days)| {
        let tenant = Tenant {
            retention_days,
            ..Tenant::new(id)
        };
        (id, Arc::new(tenant))
    };
    tenants.map(tenant).collect()
}

/// One channel for each tenant, on which nothing closes by itself.
fn config(days: [Option<u32>; 2]) -> Arc<ConfigFeed> {
    let rules = ChannelRules {
        idle_close: None,
        ..sample::rules()
    };
    let channels = [(1, TenantId::DEFAULT), (2, OTHER)].map(|(number, tenant)| Channel {
        tenant,
        ..sample::channel(number, rules)
    });
    let channels = channels.map(|channel| (channel.id, Arc::new(channel)));
    Arc::new(ConfigFeed::new(Snapshot {
        revision: 1,
        channels: channels.into(),
        tenants: tenants(days),
        ..Snapshot::default()
    }))
}

fn key(tenant: TenantId, address: &str) -> ConversationKey {
    ConversationKey {
        tenant,
        ..sample::key(u64::from(tenant.0), address)
    }
}

async fn start(config: &Arc<ConfigFeed>) -> World {
    let journal = SimJournal::new(Commits::AtOnce);
    let world = World::start(journal, Arc::clone(config), Limits::default());
    world.engine.follow().await.unwrap();
    world
}

async fn write(world: &World, key: &ConversationKey, id: &str) -> ConversationId {
    let item = Item::Message {
        key: key.clone(),
        message: sample::text(id, "Bonjour"),
    };
    let taken = world.engine.receive(vec![item], 100, Patience::None).await;
    taken.unwrap();
    let state = world.journal.store.state(key).unwrap();
    state.episode.unwrap().id
}

/// Somebody writes, and the conversation is closed.
async fn talk(world: &World, key: &ConversationKey, id: &str) -> ConversationId {
    let conversation = write(world, key, id).await;
    let command = Command::Close {
        conversation,
        reason: CloseReason::Resolved,
        by: Actor::Program,
    };
    world.engine.ask(key, command).await.unwrap();
    conversation
}

/// What was erased, in order.
fn erased(world: &World) -> Vec<(ConversationKey, Erased)> {
    let entries = world.journal.entries();
    let erased = entries.iter().flat_map(|committed| {
        let key = committed.entry.conversation_key().cloned();
        committed
            .entry
            .facts
            .iter()
            .filter_map(move |fact| match fact {
                Fact::Erased(erased) => Some((key.clone().unwrap(), erased.clone())),
                _ => None,
            })
    });
    erased.collect()
}

fn conversations(world: &World) -> Vec<ConversationId> {
    let erased = erased(world).into_iter();
    erased
        .filter_map(|(_, erased)| erased.conversation)
        .collect()
}

#[test]
fn what_was_closed_long_enough_ago_is_erased_and_nothing_else() {
    on_system(async {
        let config = config([Some(30), None]);
        let world = start(&config).await;
        let (ada, eve) = (key(TenantId::DEFAULT, "ada"), key(TenantId::DEFAULT, "eve"));
        let first = talk(&world, &ada, "1").await;
        talk(&world, &key(OTHER, "zoe"), "2").await;
        write(&world, &key(TenantId::DEFAULT, "open"), "3").await;
        world.hand.advance(sample::DAY * 10);
        let second = talk(&world, &eve, "4").await;
        world.hand.advance(sample::DAY * 20);
        pass(121).await;
        assert_eq!(conversations(&world), [], "to the hour");
        world.hand.advance(Duration::from_secs(1));
        pass(121).await;
        assert_eq!(conversations(&world), [first]);
        let (_, erased) = erased(&world).pop().unwrap();
        assert_eq!(
            (erased.by, erased.why),
            (Actor::System, ErasureReason::Retention)
        );
        let state = world.journal.store.state(&ada).unwrap();
        assert_eq!((state.episode, state.next_seq), (None, erased.up_to + 2));

        world.hand.advance(sample::DAY * 100);
        pass(121).await;
        assert_eq!(conversations(&world), [first, second]);
    });
}

#[test]
fn what_is_old_goes_while_the_customer_writes_on() {
    on_system(async {
        let config = config([Some(30), None]);
        let world = start(&config).await;
        let ada = key(TenantId::DEFAULT, "ada");
        for number in 0..4 {
            talk(&world, &ada, &format!("{number}")).await;
            world.hand.advance(sample::DAY * 10);
        }
        let open = write(&world, &ada, "now").await;
        let before = world.journal.store.state(&ada).unwrap();
        world.hand.advance(Duration::from_secs(3_600));
        pass(61).await;
        let found = erased(&world);
        // Those of the first and the eleventh day, by one erasure.
        assert_eq!(found.len(), 1, "{found:?}");
        let after = world.journal.store.state(&ada).unwrap();
        assert_eq!(after.episode.as_ref().map(|episode| episode.id), Some(open));
        assert_eq!(after.last_in_seq, before.last_in_seq);
        let (_, erased) = &found[0];
        let facts: Vec<u64> = world
            .journal
            .entries()
            .iter()
            .flat_map(|committed| {
                let numbered = committed.entry.numbered();
                let opened = numbered.filter(|(_, fact)| matches!(fact, Fact::Opened(_)));
                opened.map(|(seq, _)| seq).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(erased.up_to, facts[2] - 1, "up to where the third begins");
    });
}

#[test]
fn a_time_that_ends_while_the_process_is_away_is_kept_after_the_restart() {
    on_system(async {
        let config = config([Some(30), Some(1)]);
        let world = start(&config).await;
        let mut due = Vec::new();
        for number in 0..120 {
            let ada = key(OTHER, &format!("contact {number}"));
            due.push(talk(&world, &ada, &format!("{number}")).await);
        }
        talk(&world, &key(TenantId::DEFAULT, "ada"), "kept").await;
        world.hand.advance(sample::DAY * 2);
        let durable = world.journal.log.projected();
        let world = world.crash(durable);
        world.engine.follow().await.unwrap();
        pass(61).await;
        let mut found = conversations(&world);
        found.sort();
        due.sort();
        assert_eq!(found, due, "each once");
    });
}

#[test]
fn a_rule_that_is_made_stricter_holds_at_once() {
    on_system(async {
        let config = config([None, None]);
        let world = start(&config).await;
        let conversation = talk(&world, &key(TenantId::DEFAULT, "ada"), "1").await;
        world.hand.advance(sample::DAY * 400);
        pass(61).await;
        assert_eq!(conversations(&world), []);
        let current = config.current();
        config.publish(Snapshot {
            revision: 2,
            tenants: tenants([Some(365), None]),
            ..Snapshot::clone(&current)
        });
        pass(2).await;
        assert_eq!(conversations(&world), [conversation]);
    });
}

/// Two tenants who keep everything, the first with more closed conversations than one batch has, the other with one.
async fn with_many(config: &Arc<ConfigFeed>) -> World {
    let world = start(config).await;
    for number in 0..120 {
        let ada = key(TenantId::DEFAULT, &format!("contact {number}"));
        talk(&world, &ada, &format!("{number}")).await;
    }
    talk(&world, &key(OTHER, "zoe"), "one").await;
    world.hand.advance(sample::DAY * 2);
    world
}

fn publish(config: &ConfigFeed, revision: u64, days: [Option<u32>; 2]) {
    let current = config.current();
    config.publish(Snapshot {
        revision,
        tenants: tenants(days),
        ..Snapshot::clone(&current)
    });
}

#[test]
fn a_purge_under_way_ends_with_the_rule_that_began_it() {
    on_system(async {
        let config = config([None, None]);
        let world = with_many(&config).await;
        publish(&config, 2, [Some(1), None]);
        until("a batch is erased", || conversations(&world).len() >= 50).await;
        publish(&config, 3, [None, None]);
        pass(61).await;
        assert_eq!(conversations(&world).len(), 50, "no further batch");
    });
}

#[test]
fn no_tenant_waits_for_the_end_of_anothers_purge() {
    on_system(async {
        let config = config([None, None]);
        let world = with_many(&config).await;
        publish(&config, 2, [Some(1), Some(1)]);
        pass(61).await;
        let found = erased(&world);
        assert_eq!(found.len(), 121);
        let others = found.iter().position(|(key, _)| key.tenant == OTHER);
        assert_eq!(others, Some(50), "after one batch");
    });
}

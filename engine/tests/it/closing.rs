//! What closes by itself: conversations that nobody goes on with, and those of channels that are gone.

use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::configuration::{Channel, ConfigFeed, Snapshot};
use ecluse_engine::limits::Limits;
use ecluse_engine::message::{CloseReason, Fact};
use ecluse_engine::sim::{Commits, SimJournal, World, sample};
use ecluse_engine::system::Patience;
use tokio::task::spawn_local;

use crate::recorder::{on_system, pass, until};

/// The idle time of the sample channels.
const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn start(config: &Arc<ConfigFeed>) -> World {
    let journal = SimJournal::new(Commits::AtOnce);
    let world = World::start(journal, Arc::clone(config), Limits::default());
    world.engine.follow().await.unwrap();
    world
}

async fn restart(world: World) -> World {
    let durable = world.journal.log.projected();
    let world = world.crash(durable);
    world.engine.follow().await.unwrap();
    world
}

async fn write(world: &World, channel: u64, id: &str) {
    let body = vec![sample::item(channel, "contact", id)];
    let taken = world.engine.receive(body, 100, Patience::None).await;
    taken.unwrap();
}

/// Why conversations were closed, in the order in which they were.
fn closed(world: &World) -> Vec<CloseReason> {
    let entries = world.journal.entries();
    let facts = entries.iter().flat_map(|committed| &committed.entry.facts);
    facts
        .filter_map(|fact| match fact {
            Fact::Closed { reason, .. } => Some(*reason),
            _ => None,
        })
        .collect()
}

async fn until_closed(world: &World, expected: &[CloseReason]) {
    until("the conversation is closed", || {
        closed(world).len() >= expected.len()
    })
    .await;
    assert_eq!(closed(world), expected);
}

#[test]
fn a_conversation_that_nobody_goes_on_with_is_closed_in_its_time_and_not_before() {
    on_system(async {
        let config = sample::config([sample::channel(1, sample::rules())]);
        let world = start(&config).await;
        write(&world, 1, "first").await;
        world.hand.advance(DAY - Duration::from_secs(10));
        write(&world, 1, "second").await;
        world.hand.advance(DAY - Duration::from_secs(10));
        pass(3).await;
        assert_eq!(closed(&world), [], "it was gone on with");

        // The time runs on while the process is away.
        let world = restart(world).await;
        world.hand.advance(Duration::from_secs(10));
        pass(3).await;
        until_closed(&world, &[CloseReason::Idle]).await;
        pass(120).await;
        assert_eq!(closed(&world).len(), 1, "once");
    });
}

/// A world whose commits and whose read model wait until they are told to go on.
async fn start_on_demand(config: &Arc<ConfigFeed>) -> World {
    let journal = SimJournal::new(Commits::OnDemand);
    let world = World::start(journal, Arc::clone(config), Limits::default());
    world.engine.follow().await.unwrap();
    world
}

/// Hands in a message, and leaves it to the caller to commit it.
async fn hand_in(world: &World, channel: u64, id: &str) {
    let (engine, body) = (
        Arc::clone(&world.engine),
        vec![sample::item(channel, "contact", id)],
    );
    spawn_local(async move { engine.receive(body, 100, Patience::None).await });
    until("the message is handed in", || world.journal.waiting() > 0).await;
}

fn delete(config: &ConfigFeed, number: u64) {
    let channel = Channel {
        deleted: true,
        ..sample::channel(number, sample::rules())
    };
    let current = config.current();
    let mut channels = current.channels.clone();
    channels.insert(channel.id, Arc::new(channel));
    config.publish(Snapshot {
        revision: current.revision + 1,
        channels,
        ..Snapshot::clone(&current)
    });
}

/// Lets commits and the read model go on until the conversation is closed.
async fn closes_by_itself(world: &World) {
    until("the conversation is closed", || {
        world.journal.commit_all();
        world.journal.project(usize::MAX);
        !closed(world).is_empty()
    })
    .await;
    assert_eq!(closed(world), [CloseReason::ChannelDeleted]);
}

#[test]
fn what_the_read_model_does_not_have_yet_is_closed_when_it_has() {
    on_system(async {
        let config = sample::config([sample::channel(1, sample::rules())]);
        let world = start_on_demand(&config).await;
        hand_in(&world, 1, "first").await;
        world.journal.commit_all();
        delete(&config, 1);
        pass(1).await;
        assert_eq!(closed(&world), [], "nothing is known to be open");
        closes_by_itself(&world).await;
    });
}

#[test]
fn what_was_on_its_way_when_its_channel_was_deleted_is_closed_too() {
    on_system(async {
        let config = sample::config([sample::channel(1, sample::rules())]);
        let world = start_on_demand(&config).await;
        hand_in(&world, 1, "first").await;
        delete(&config, 1);
        pass(1).await;
        world.journal.commit_all();
        world.journal.project(usize::MAX);
        pass(61).await;
        closes_by_itself(&world).await;
    });
}

#[test]
fn what_comes_to_a_deleted_channel_is_kept_and_left_open_for_nobody() {
    on_system(async {
        let config = sample::config([sample::channel(1, sample::rules())]);
        let world = start(&config).await;
        write(&world, 1, "first").await;
        delete(&config, 1);
        until_closed(&world, &[CloseReason::ChannelDeleted]).await;
        pass(120).await;
        for id in ["late", "later"] {
            write(&world, 1, id).await;
        }
        assert_eq!(closed(&world), [CloseReason::ChannelDeleted; 3]);
        let entries = world.journal.entries();
        let facts = entries.iter().flat_map(|committed| &committed.entry.facts);
        let received = facts.filter(|fact| matches!(fact, Fact::Received(_)));
        assert_eq!(received.count(), 3);
    });
}

#[test]
fn what_is_open_on_a_deleted_channel_is_closed_also_after_a_restart() {
    on_system(async {
        let channels = || [1, 2].map(|number| sample::channel(number, sample::rules()));
        let config = sample::config(channels());
        let world = start(&config).await;
        write(&world, 1, "on the first").await;
        write(&world, 2, "on the second").await;
        let delete = |number: usize, revision| {
            let mut channels = channels();
            channels[..number]
                .iter_mut()
                .for_each(|channel| channel.deleted = true);
            let channels = channels.map(|channel| (channel.id, Arc::new(channel)));
            config.publish(Snapshot {
                revision,
                channels: channels.into(),
                ..Snapshot::default()
            });
        };
        delete(1, 2);
        until_closed(&world, &[CloseReason::ChannelDeleted]).await;
        pass(3).await;
        assert_eq!(closed(&world).len(), 1, "the other channel goes on");

        let durable = world.journal.log.projected();
        let world = world.crash(durable);
        delete(2, 3);
        world.engine.follow().await.unwrap();
        until_closed(&world, &[CloseReason::ChannelDeleted; 2]).await;
    });
}

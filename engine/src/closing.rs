//! Closes what is open on deleted channels. A deletion is a state, so this is resumed after a restart by itself.
//!
//! What must stay true: nothing stays open there. What is open is found in the store, so the read model is waited for; a
//! message that was decided upon before the deletion may be committed after it, so each channel is looked at once more; and
//! a conversation that knows of the deletion leaves nothing open (`conversation/receiving.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::configuration::Snapshot;
use crate::conversation::Command;
use crate::ids::ChannelId;
use crate::message::{Actor, CloseReason};
use crate::store::StoreError;
use crate::system::Engine;

/// Conversations closed in one go.
const BATCH: usize = 200;

/// How long to wait after the store could not be read.
const AGAIN: Duration = Duration::from_secs(1);

/// How long after a channel is found deleted it is looked at once more: long after the last that was still on its way.
const ONCE_MORE: Duration = Duration::from_secs(60);

/// Runs for as long as the engine does: at the start for every deleted channel, and for each that is deleted from then on.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut revision = engine.config.subscribe();
    let mut known = Arc::new(Snapshot::default());
    let mut once_more: BTreeMap<ChannelId, Instant> = BTreeMap::new();
    loop {
        let (config, now) = (engine.config.current(), Instant::now());
        let deleted = deleted_since(&known, &config);
        let due = once_more.iter().filter(|(_, at)| **at <= now);
        let channels = deleted.iter().chain(due.map(|(channel, _)| channel));
        if let Err(error) = close_all_of(&engine, channels.copied().collect()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "open conversations cannot be read"
            );
            tokio::time::sleep(AGAIN).await;
            continue;
        }
        once_more.retain(|_, at| *at > now);
        once_more.extend(
            deleted
                .into_iter()
                .map(|channel| (channel, now + ONCE_MORE)),
        );
        known = config;
        let changed = match once_more.values().min() {
            Some(at) => tokio::time::timeout_at(*at, revision.changed()).await,
            None => Ok(revision.changed().await),
        };
        if matches!(changed, Ok(Err(_))) {
            return;
        }
    }
}

fn deleted_since(known: &Snapshot, config: &Snapshot) -> BTreeSet<ChannelId> {
    let touched = config.touched_since(known);
    let deleted = touched.filter(|channel| channel.deleted);
    deleted.map(|channel| channel.id).collect()
}

async fn close_all_of(engine: &Engine, channels: BTreeSet<ChannelId>) -> Result<(), StoreError> {
    if !channels.is_empty() {
        engine.log.projected_to(engine.log.head()).await;
    }
    for channel in channels {
        close_all(engine, channel).await?;
    }
    Ok(())
}

async fn close_all(engine: &Engine, channel: ChannelId) -> Result<(), StoreError> {
    loop {
        let open = engine.store.open_on_channel(channel, BATCH).await?;
        if open.is_empty() {
            return Ok(());
        }
        for (key, conversation) in open {
            let command = Command::Close {
                conversation,
                reason: CloseReason::ChannelDeleted,
                by: Actor::System,
            };
            engine.return_to_and_ask(&key, command).await;
        }
        engine.log.projected_to(engine.log.head()).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

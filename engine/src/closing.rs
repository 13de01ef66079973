//! Closes what is open on deleted channels. A deletion is a state, so this is resumed after a restart by itself.

use std::sync::Arc;
use std::time::Duration;

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

/// Runs for as long as the engine does: at the start for every deleted channel, and for each that is deleted from then on.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut revision = engine.config.subscribe();
    let mut known = Arc::new(Snapshot::default());
    loop {
        let config = engine.config.current();
        match close_deleted(&engine, &known, &config).await {
            Ok(()) => known = config,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "open conversations cannot be read"
                );
                tokio::time::sleep(AGAIN).await;
                continue;
            }
        }
        if revision.changed().await.is_err() {
            return;
        }
    }
}

async fn close_deleted(
    engine: &Engine,
    known: &Snapshot,
    config: &Snapshot,
) -> Result<(), StoreError> {
    for channel in config
        .touched_since(known)
        .filter(|channel| channel.deleted)
    {
        close_all(engine, channel.id).await?;
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
        engine.read_your_writes().await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

//! Closes what is open on deleted channels. A deletion is a state, so this is resumed after a restart by itself.

use std::sync::Arc;
use std::time::Duration;

use crate::conversation::Command;
use crate::ids::ChannelId;
use crate::message::{Actor, CloseReason};
use crate::store::StoreError;
use crate::system::Engine;

/// Conversations closed in one go.
const BATCH: usize = 200;

/// Runs for as long as the engine does: at the start, and after every change of the configuration.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut revision = engine.config.subscribe();
    loop {
        let config = engine.config.current();
        for channel in config.channels.values().filter(|channel| channel.deleted) {
            if let Err(error) = close_all(&engine, channel.id).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "open conversations cannot be read"
                );
            }
        }
        if revision.changed().await.is_err() {
            return;
        }
    }
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

//! Posts the timers that are due. Every timer is a row of the store; a stale generation is ignored by its conversation.
//!
//! What must stay true: a due timer is posted again until the journal shows that it was dealt with, and no more of them at
//! once than the reserve has room for.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::conversation::Command;
use crate::ids::ConversationKey;
use crate::system::Engine;

/// Timers posted in one go.
const BATCH: usize = 256;

/// How often the store is asked. Timers are hours and minutes, never milliseconds.
const LOOK: Duration = Duration::from_secs(1);

/// Runs for as long as the engine does.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut tick = tokio::time::interval(LOOK);
    let mut posted: HashSet<(ConversationKey, u64)> = HashSet::new();
    loop {
        tick.tick().await;
        match engine.store.due_timers(engine.clock.now(), BATCH).await {
            Ok(due) => {
                posted.retain(|known| {
                    due.iter()
                        .any(|timer| timer.key == known.0 && timer.generation == known.1)
                });
                for timer in due {
                    if posted.insert((timer.key.clone(), timer.generation)) {
                        let command = Command::TimerDue {
                            kind: timer.kind,
                            generation: timer.generation,
                        };
                        engine.return_to(&timer.key, command).await;
                    }
                }
            }
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "the timers cannot be read"
            ),
        }
    }
}

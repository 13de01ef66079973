//! Posts the timers that are due. Every timer is a row of the store; a stale generation is ignored by its conversation.
//!
//! What must stay true: a due timer is posted again until the journal shows that it was dealt with, and no more of them at
//! once than the reserve has room for.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::conversation::Command;
use crate::ids::ConversationKey;
use crate::system::Engine;

/// Timers posted in one go.
const BATCH: usize = 256;

/// How often the store is asked. Timers are hours and minutes, never milliseconds.
const LOOK: Duration = Duration::from_secs(1);

/// A timer that is still due after this long is posted again: the first post may have met an actor that rested.
const AGAIN: Duration = Duration::from_secs(60);

/// Runs for as long as the engine does.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut tick = tokio::time::interval(LOOK);
    let mut posted: HashMap<(ConversationKey, u64), Instant> = HashMap::new();
    loop {
        tick.tick().await;
        match engine.store.due_timers(engine.clock.now(), BATCH).await {
            Ok(due) => {
                posted.retain(|known, at| {
                    at.elapsed() < AGAIN
                        && due
                            .iter()
                            .any(|timer| timer.key == known.0 && timer.generation == known.1)
                });
                for timer in due {
                    let id = (timer.key.clone(), timer.generation);
                    if let Entry::Vacant(place) = posted.entry(id) {
                        place.insert(Instant::now());
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

//! Has closed conversations erased that a tenant keeps no longer.
//!
//! What must stay true: exactly those are erased that were closed long enough ago, at the tenant's own rule of now; no
//! tenant waits for another's; and what is due is found in the store, so that this is resumed after a restart by itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::conversation::{Command, Past, Reply};
use crate::ids::TenantId;
use crate::message::{Actor, ErasureReason, Timestamp};
use crate::store::{Outlived, StoreError};
use crate::system::Engine;

/// Conversations looked for in one go.
const BATCH: usize = 50;

/// How often what is due is looked for. Deadlines are days.
const LOOK: Duration = Duration::from_secs(60);

/// Between two batches, so that the read model has time for what is said now.
const PACE: Duration = Duration::from_millis(100);

const DAY: Duration = Duration::from_secs(86_400);

/// Runs for as long as the engine does: once a minute, and after every change of the configuration.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut revision = engine.config.subscribe();
    loop {
        while erase_a_batch_of_each(&engine).await > 0 {}
        let changed = tokio::time::timeout(LOOK, revision.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            return;
        }
    }
}

/// One batch of every tenant, so that nobody waits for the end of another's purge; how many conversations were erased.
async fn erase_a_batch_of_each(engine: &Engine) -> usize {
    let config = engine.config.current();
    let mut erased = 0;
    for tenant in config.tenants.keys() {
        match erase_a_batch(engine, *tenant).await {
            Ok(count) => erased += count,
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "what is to be erased cannot be read"
            ),
        }
    }
    erased
}

/// A purge takes many batches, and what is erased does not come back: each goes by the rule that holds when it begins.
async fn erase_a_batch(engine: &Engine, tenant: TenantId) -> Result<usize, StoreError> {
    let Some(days) = engine.config.current().tenant(tenant).retention_days else {
        return Ok(0);
    };
    let before = earlier(engine.clock.now(), DAY * days);
    let outlived = engine.store.closed_before(tenant, before, BATCH).await?;
    let erased = erase(engine, newest_of_each(outlived)).await;
    if erased > 0 {
        // Until the read model has it, they would be found again.
        engine.log.projected_to(engine.log.head()).await;
        tokio::time::sleep(PACE).await;
    }
    Ok(erased)
}

fn earlier(now: Timestamp, by: Duration) -> Timestamp {
    let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_sub(by))
}

/// Of each key the newest, which takes those before it along.
fn newest_of_each(outlived: Vec<Outlived>) -> impl Iterator<Item = Outlived> {
    let mut newest = BTreeMap::new();
    for one in outlived {
        newest.insert(one.key.clone(), one);
    }
    newest.into_values()
}

/// Erases one after the other; how many were. One that was opened again meanwhile stays.
async fn erase(engine: &Engine, outlived: impl Iterator<Item = Outlived>) -> usize {
    let mut erased = 0;
    for one in outlived {
        let past = Past::UpTo {
            conversation: one.conversation,
            seq: one.last_seq,
        };
        let command = Command::Erase {
            past,
            by: Actor::System,
            why: ErasureReason::Retention,
        };
        let reply = engine.return_to_and_ask(&one.key, command).await;
        erased += usize::from(matches!(reply, Some(Reply::Done { .. })));
    }
    erased
}

//! Forgets, once a day, which agents customers were last with, where that was longer ago than their tenant wants to know.
//!
//! What must stay true: a conversation looks at the time itself and gives nobody back too late; this only keeps the store
//! from remembering what is of no use. It is recorded like everything else, because nobody but the projector writes the
//! store.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::configuration::Snapshot;
use crate::ids::{Key, TenantId};
use crate::message::{Fact, Timestamp};
use crate::system::Engine;

const DAY: Duration = Duration::from_secs(86_400);

/// After a start there is something better to do, and a process that starts every day forgets all the same.
const FIRST: Duration = Duration::from_secs(3_600);

/// Runs for as long as the engine does.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut tick = tokio::time::interval_at(Instant::now() + FIRST, DAY);
    loop {
        tick.tick().await;
        let now = engine.clock.now();
        for (tenant, before) in due(&engine.config.current(), now) {
            let fact = Fact::KnownAgentsForgotten { before };
            // Who lacks room today has it tomorrow.
            let _ = engine.record_durably(Key::Timers { tenant }, fact).await;
        }
    }
}

/// Before when each tenant's is forgotten.
fn due(config: &Snapshot, now: Timestamp) -> Vec<(TenantId, Timestamp)> {
    let tenants = config.tenants.values();
    tenants
        .map(|tenant| {
            let kept = DAY * tenant.returning_days;
            let kept = i64::try_from(kept.as_micros()).unwrap_or(i64::MAX);
            (tenant.id, Timestamp(now.0.saturating_sub(kept)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenant::Tenant;

    #[test]
    fn each_tenant_forgets_after_its_own_days() {
        let tenant = |number, returning_days| Tenant {
            returning_days,
            ..Tenant::new(TenantId(number))
        };
        let tenants = [tenant(1, 99), tenant(2, 0)];
        let config = Snapshot {
            tenants: tenants.map(|tenant| (tenant.id, Arc::new(tenant))).into(),
            ..Snapshot::default()
        };
        let now = Timestamp::from_secs(200 * 86_400);
        let expected = [
            (TenantId(1), Timestamp::from_secs(101 * 86_400)),
            (TenantId(2), now),
        ];
        assert_eq!(due(&config, now), expected);
    }
}

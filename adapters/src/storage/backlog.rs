//! What is committed and not yet in the read model, and the gate that shuts when that is too much.
//!
//! What must stay true: the gate is shut while the read model is further behind than the bound, also when the projector
//! hangs, so both writers look: the journal's after each commit, the projector's after each transaction. The newest look
//! decides, because it reads both ends while it holds the lock.

use std::sync::Arc;

use ecluse_engine::follow::CommittedLog;
use ecluse_engine::metrics;
use ecluse_engine::runtime::Gate;
use ecluse_engine::runtime::gate::Shut;
use parking_lot::Mutex;

/// The committed log between the journal and the read model, with the gate before it.
#[derive(Debug)]
pub struct Backlog {
    pub log: Arc<CommittedLog>,
    pub gate: Gate,
    /// Entries that the read model may be behind.
    pub lag_max: u64,
    looking: Mutex<()>,
}

impl Backlog {
    /// A backlog that may hold `lag_max` entries.
    #[must_use]
    pub fn new(log: Arc<CommittedLog>, gate: Gate, lag_max: u64) -> Arc<Self> {
        Arc::new(Self {
            log,
            gate,
            lag_max,
            looking: Mutex::new(()),
        })
    }

    /// Entries that are committed and not in the read model.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.log.head().0.saturating_sub(self.log.projected().0)
    }

    /// Shuts the gate, or opens it again once the read model has caught up to half of the bound.
    pub(super) fn look(&self) {
        let _looking = self.looking.lock();
        let lag = self.lag();
        metrics::lag(lag);
        if lag > self.lag_max && !self.gate.is_shut(Shut::Lagging) {
            tracing::warn!(
                lag,
                "the read model is too far behind: the gate shuts until it has caught up"
            );
            self.gate.shut(Shut::Lagging);
        } else if lag <= self.lag_max / 2 && self.gate.is_shut(Shut::Lagging) {
            tracing::info!(lag, "the read model has caught up");
            self.gate.reopen(Shut::Lagging);
        }
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use ecluse_engine::follow::{JournalReader, ReadError};
    use ecluse_engine::journal::{Committed, Position};
    use ecluse_engine::runtime::gate::GateCapacity;

    use super::*;

    struct Nothing;

    #[async_trait]
    impl JournalReader for Nothing {
        async fn read(&self, _: Position, _: usize) -> Result<Vec<Arc<Committed>>, ReadError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn the_gate_shuts_beyond_the_bound_and_opens_at_half_of_it() {
        let capacity = GateCapacity {
            messages: 1,
            bytes: 1,
            reserve: 1,
        };
        let log = CommittedLog::new(Box::new(Nothing), Position(20), Position(10), 1);
        let backlog = Backlog::new(Arc::new(log), Gate::new(capacity), 9);
        let rows = [(10, true), (11, true), (15, true), (16, false), (20, false)];
        for (projected, shut) in rows {
            backlog.log.mark_projected(Position(projected));
            backlog.look();
            assert_eq!(backlog.gate.is_shut(Shut::Lagging), shut, "{projected}");
        }
    }
}

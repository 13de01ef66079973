//! Who has a desk open.
//!
//! The router hears of each first desk and each last one. A router that starts over heard of nothing and looks here, so
//! that agents whose desks never closed are not taken for gone.

use dashmap::DashMap;

use crate::ids::AgentId;

/// How many desks each agent has open.
#[derive(Debug, Default)]
pub struct Desks(DashMap<AgentId, u32>);

impl Desks {
    /// One more; whether it is the agent's first.
    pub fn open(&self, agent: AgentId) -> bool {
        let mut count = self.0.entry(agent).or_insert(0);
        *count += 1;
        *count == 1
    }

    /// One less; whether it was the agent's last.
    pub fn close(&self, agent: AgentId) -> bool {
        if let Some(mut count) = self.0.get_mut(&agent) {
            *count = count.saturating_sub(1);
        }
        self.0.remove_if(&agent, |_, count| *count == 0).is_some()
    }

    /// Whether the agent has any.
    #[must_use]
    pub fn is_open(&self, agent: AgentId) -> bool {
        self.0.contains_key(&agent)
    }
}

//! Seats: how many people the licence lets be logged in at once.
//!
//! What must stay true: whoever has a session keeps it, whatever is licensed later; only a new one can be refused. Somebody
//! whose connection was lost for longer than the grace time leaves the seat to others, and needs one to come back.

use super::action::Refusal;
use super::state::Routing;
use crate::configuration::Snapshot;
use crate::ids::AgentId;

impl Routing {
    pub(super) fn configure_seats(&mut self, config: &Snapshot) {
        let tenant = config.tenants.get(&self.tenant);
        self.seats = tenant.and_then(|tenant| tenant.licence.agent_seats);
    }

    /// Whether the agent has a seat, or there is one left.
    pub(super) fn seat(&self, id: AgentId) -> Result<(), Refusal> {
        let Some(seats) = self.seats else {
            return Ok(());
        };
        let agents = &self.index.agents;
        let has_one = agents.get(&id).is_some_and(|agent| agent.is_expected());
        let taken = || agents.values().filter(|agent| agent.is_expected()).count();
        let is_left = has_one || taken() < seats as usize;
        is_left.then_some(()).ok_or(Refusal::NoSeat { seats })
    }
}

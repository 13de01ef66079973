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
        let agent = self.index.agents.get(&id);
        let has_one = agent.is_some_and(|agent| agent.is_expected());
        let is_left = has_one || self.seats_taken() < seats;
        is_left.then_some(()).ok_or(Refusal::NoSeat { seats })
    }

    /// How many people have a seat now.
    #[must_use]
    pub fn seats_taken(&self) -> u32 {
        let agents = self.index.agents.values();
        let taken = agents.filter(|agent| agent.is_expected()).count();
        u32::try_from(taken).unwrap_or(u32::MAX)
    }
}

//! Who is there for a queue: whether a customer who comes to it waits for anybody.
//!
//! What must stay true: a queue's attendants are those who serve it and are there, or may yet come back within the grace
//! time. They are kept and not counted, because a customer may come to a queue that thousands chose and nobody attends.

use super::action::RoutingAction;
use super::agent::{Absence, AgentState};
use super::index::Index;
use super::item::Stage;
use super::state::Routing;
use crate::ids::{AgentId, ConversationId, QueueId};

impl AgentState {
    /// Whether customers may expect them.
    pub(super) fn is_expected(&self) -> bool {
        self.is_there() || (self.session.is_some() && matches!(self.absence, Absence::Until(_)))
    }
}

impl Index {
    /// Makes the queues say what is true of the agent now.
    pub(super) fn attend(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get(&id) else {
            return;
        };
        let is_expected = agent.is_expected();
        for seat in &agent.seats {
            let Some(queue) = self.queues.get_mut(&seat.queue) else {
                continue;
            };
            if is_expected {
                queue.attendants.insert(id);
            } else {
                queue.attendants.remove(&id);
            }
        }
    }
}

impl Routing {
    /// Whether a customer who comes to the queue may expect anybody.
    #[must_use]
    pub fn is_attended(&self, queue: QueueId) -> bool {
        let queue = self.index.queues.get(&queue);
        queue.is_some_and(|queue| !queue.attendants.is_empty())
    }

    /// Has the customer told, if the conversation waits where nobody is.
    pub(super) fn tell_if_nobody_is_there(&mut self, id: ConversationId) {
        let Some(item) = self
            .items
            .get(&id)
            .filter(|item| item.stage == Stage::Waiting)
        else {
            return;
        };
        let queue = self.index.queue_of(item);
        if queue.is_some_and(|queue| !self.is_attended(queue)) {
            self.actions.push(RoutingAction::TellNobodyThere {
                conversation: id,
                key: item.key.clone(),
            });
        }
    }
}

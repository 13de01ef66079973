//! Whose conversation it is: assigned, given back, closed.

use smallvec::smallvec;

use super::Refusal;
use super::state::{Decided, Phase, State};
use crate::ids::{AgentId, ConversationId, QueueId};
use crate::message::{Actor, CloseReason, Fact, TimerKind};

impl State {
    pub(super) fn assign(
        &mut self,
        conversation: ConversationId,
        agent: AgentId,
        fact: Fact,
    ) -> Decided {
        match self.open_episode(conversation) {
            Ok(episode) if episode.phase == (Phase::Assigned { agent }) => {
                Decided::Known(self.next_seq.saturating_sub(1))
            }
            Ok(_) => Decided::Facts(smallvec![fact]),
            Err(Refusal::Closed) => Decided::Refused(Refusal::Closed),
            Err(_) => Decided::RefusedForOld(conversation, "assign"),
        }
    }

    pub(super) fn requeue(
        &mut self,
        conversation: ConversationId,
        queue: QueueId,
        by: Actor,
        expected: Option<AgentId>,
    ) -> Decided {
        match self.open_episode(conversation) {
            Ok(episode) => {
                let from = match episode.phase {
                    Phase::Assigned { agent } => Some(agent),
                    Phase::Waiting | Phase::Closed { .. } => None,
                };
                if from != expected || (from.is_none() && episode.queue == Some(queue)) {
                    return Decided::Known(self.next_seq.saturating_sub(1));
                }
                Decided::Facts(smallvec![Fact::Requeued {
                    conversation,
                    queue,
                    by,
                    from
                }])
            }
            Err(Refusal::Closed) => Decided::Refused(Refusal::Closed),
            Err(_) => Decided::RefusedForOld(conversation, "requeue"),
        }
    }

    pub(super) fn close(
        &mut self,
        conversation: ConversationId,
        reason: CloseReason,
        by: Actor,
    ) -> Decided {
        match self.open_episode(conversation) {
            Ok(_) => Decided::Facts(smallvec![
                Fact::Closed {
                    conversation,
                    reason,
                    by
                },
                Fact::TimerCleared {
                    conversation,
                    kind: TimerKind::IdleClose
                },
            ]),
            Err(Refusal::Closed) => Decided::Known(self.next_seq.saturating_sub(1)),
            Err(_) => Decided::RefusedForOld(conversation, "close"),
        }
    }
}

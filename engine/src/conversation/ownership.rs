//! Whose conversation it is: assigned, given back, closed.

use super::Refusal;
use super::configured::Configured;
use super::episode::{Episode, Phase, Turn};
use super::state::{Decided, Facts, State};
use crate::ids::{AgentId, ConversationId, QueueId};
use crate::message::{Actor, CloseReason, Fact, TimerKind, Timestamp};

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
            Ok(episode) => {
                let mut facts = Facts::new();
                Self::take_from_bot(episode, &mut facts);
                facts.push(fact);
                Decided::Facts(facts)
            }
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
                let mut facts = Facts::new();
                Self::take_from_bot(episode, &mut facts);
                facts.push(Fact::Requeued {
                    conversation,
                    queue,
                    by,
                    from,
                    outside_hours: None,
                    preferred: None,
                });
                Decided::Facts(facts)
            }
            Err(Refusal::Closed) => Decided::Refused(Refusal::Closed),
            Err(_) => Decided::RefusedForOld(conversation, "requeue"),
        }
    }

    pub(super) fn close(
        &self,
        configured: Configured<'_>,
        conversation: ConversationId,
        reason: CloseReason,
        by: Actor,
        now: Timestamp,
    ) -> Decided {
        match self.open_episode(conversation) {
            Ok(episode) => Decided::Facts(self.closing(configured, episode, reason, by, now)),
            Err(Refusal::Closed) => Decided::Known(self.next_seq.saturating_sub(1)),
            Err(_) => Decided::RefusedForOld(conversation, "close"),
        }
    }

    /// What closes an episode: a last word to the customer, the end, and no timer that outlives it.
    pub(super) fn closing(
        &self,
        configured: Configured<'_>,
        episode: &Episode,
        reason: CloseReason,
        by: Actor,
        now: Timestamp,
    ) -> Facts {
        let mut facts = Facts::new();
        self.say_closed(configured, episode, reason, now, &mut facts);
        end(episode.id, episode.turn(), reason, by, &mut facts);
        facts
    }

    /// What comes to a deleted channel after all is kept, and nobody waits with it.
    pub(super) fn close_for_deletion(&self, conversation: ConversationId, facts: &mut Facts) {
        let turn = self.episode.as_ref().and_then(Episode::turn);
        let (reason, by) = (CloseReason::ChannelDeleted, Actor::System);
        end(conversation, turn, reason, by, facts);
    }
}

/// The end of an episode, and of its timers.
fn end(
    conversation: ConversationId,
    turn: Option<&Turn>,
    reason: CloseReason,
    by: Actor,
    facts: &mut Facts,
) {
    facts.push(Fact::Closed {
        conversation,
        reason,
        by,
    });
    let menu = turn.filter(|turn| turn.generation != 0);
    let kinds = [TimerKind::IdleClose].into_iter();
    let kinds = kinds.chain(menu.map(|_| TimerKind::BotTimeout));
    facts.extend(kinds.map(|kind| Fact::TimerCleared { conversation, kind }));
}

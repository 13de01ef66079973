//! What is true of a conversation's state after each fact.
//!
//! What must stay true: a fact is believed, whatever the state is, because it was recorded; and the store makes the same of
//! the same facts, because what wakes is read from there.

use super::episode::{Bot, Episode, KnownAgent, Phase, Turn};
use super::sends::Send;
use super::state::State;
use crate::ids::{AgentId, QueueId};
use crate::message::{
    Author, CloseReason, Fact, FormFilled, Opened, Queued, Received, TimerKind, Timestamp,
};

impl State {
    /// Makes a fact true of the state.
    pub(crate) fn apply(&mut self, fact: &Fact, at: Timestamp) {
        let seq = self.next_seq;
        self.next_seq += 1;
        match fact {
            Fact::Opened(opened) => self.opened(opened, seq, at),
            Fact::Reopened {
                queue,
                chatbot,
                automatic,
                ..
            } => self.with_episode(|episode| {
                episode.queue = *queue;
                episode.bot = chatbot.map(Bot::Due);
                episode.automatic = *automatic;
                episode.phase = Phase::Waiting;
                episode.waiting_since = at;
                // Whoever closed it had the message that was left.
                episode.left = 0;
            }),
            Fact::Received(received) => self.received(received, seq, at),
            Fact::Queued(queued) => self.queued(queued, seq, at),
            Fact::Attempted {
                message, attempt, ..
            } => self.sends.update(*message, |send| send.began(*attempt, at)),
            Fact::AttemptAmbiguous { message, .. } => {
                self.sends.update(*message, |send| send.ambiguous = true);
            }
            Fact::SendEnded {
                message,
                outcome,
                fingerprint,
                ..
            } => {
                self.kept.clear();
                self.sends
                    .update(*message, |send| send.ended(outcome, *fingerprint));
            }
            Fact::StatusRose {
                message, status, ..
            } => self.sends.update(*message, |send| send.status = *status),
            Fact::StatusKept {
                report,
                fingerprint,
            } => drop(self.kept.insert(*fingerprint, report.clone())),
            Fact::Assigned { queue, agent, .. } => self.assigned(*queue, *agent, at),
            Fact::Requeued { queue, .. } => self.with_episode(|episode| episode.requeued(*queue)),
            Fact::BotStarted(started) => self.with_episode(|episode| {
                episode.bot = Some(Bot::Running(Box::new(Turn::begun(started, at))));
            }),
            Fact::MenuMoved { progress, .. } => {
                self.with_turn(|turn| turn.progress = progress.clone());
            }
            Fact::BotEnded { .. } => self.with_episode(|episode| episode.bot = None),
            Fact::FirstAnswered { .. } => {
                self.with_episode(|episode| episode.first_answered = true);
            }
            Fact::Erased(erased) => self.forget(erased),
            Fact::ReadByAgent { up_to, .. } => self.read_in_seq = self.read_in_seq.max(*up_to),
            Fact::Closed { reason, .. } => self.with_episode(|episode| episode.closed(*reason, at)),
            Fact::ProfileNamed { name, .. } => self.profile_name = Some(name.clone()),
            Fact::LanguageChosen { language, .. } => self.language = Some(*language),
            Fact::FormFilled(form) => self.filled(form, seq, at),
            Fact::TimerSet {
                kind, generation, ..
            } => self.timed(*kind, *generation),
            Fact::TimerCleared { kind, .. } => self.timed(*kind, 0),
            Fact::KnownAgentsForgotten { .. }
            | Fact::EmailTyped { .. }
            | Fact::ContactRenamed { .. }
            | Fact::Stale { .. }
            | Fact::DeadLettered(_)
            | Fact::LetterSettled { .. }
            | Fact::Noticed(_)
            | Fact::SessionChosen { .. }
            | Fact::OfferMade { .. }
            | Fact::OfferEnded { .. } => {}
        }
    }

    fn opened(&mut self, opened: &Opened, seq: u64, at: Timestamp) {
        self.last_activity_at = at;
        self.episode = Some(Episode::opened(opened, seq, at));
    }

    fn received(&mut self, received: &Received, seq: u64, at: Timestamp) {
        self.recent.insert(received.fingerprint, seq, at);
        let opens = received.opens_window_at(at);
        self.last_inbound_at = self.last_inbound_at.max(Some(opens));
        self.last_activity_at = at;
        self.last_in_seq = seq;
        if received.message.offline {
            self.with_episode(|episode| episode.left_behind(seq));
        }
    }

    fn queued(&mut self, queued: &Queued, seq: u64, at: Timestamp) {
        if let Some(fingerprint) = queued.fingerprint {
            self.recent.insert(fingerprint, seq, at);
        }
        match queued.auto_reply {
            Some(reply) => self.with_episode(|episode| episode.said.add(reply)),
            None if queued.is_automatic() => {}
            None => {
                self.last_activity_at = at;
                self.heard_from(queued.message.author, seq);
            }
        }
        self.sends
            .insert(seq, Send::queued(queued.conversation, at));
    }

    fn heard_from(&mut self, author: Author, seq: u64) {
        if let Some((last, last_seq)) = self.last_out
            && last != author
        {
            self.other_out_seq = last_seq;
        }
        self.last_out = Some((author, seq));
    }

    fn assigned(&mut self, queue: Option<QueueId>, agent: AgentId, at: Timestamp) {
        if let Some(episode) = &mut self.episode {
            episode.queue = queue.or(episode.queue);
            episode.phase = Phase::Assigned { agent };
            episode.bot = None;
            self.known_agent = Some(KnownAgent { agent, at });
        }
    }

    fn filled(&mut self, form: &FormFilled, seq: u64, at: Timestamp) {
        if let Some(fingerprint) = form.fingerprint {
            self.recent.insert(fingerprint, seq, at);
        }
    }

    /// The timer that counts from now on; 0 is none.
    fn timed(&mut self, kind: TimerKind, generation: u64) {
        match kind {
            TimerKind::IdleClose => self.idle_generation = generation,
            TimerKind::BotTimeout => self.with_turn(|turn| turn.generation = generation),
        }
    }

    fn with_episode(&mut self, change: impl FnOnce(&mut Episode)) {
        if let Some(episode) = &mut self.episode {
            change(episode);
        }
    }

    fn with_turn(&mut self, change: impl FnOnce(&mut Turn)) {
        if let Some(turn) = self.episode.as_mut().and_then(Episode::turn_mut) {
            change(turn);
        }
    }
}

impl Episode {
    /// A message was left. Whoever talks with somebody already leaves nothing.
    fn left_behind(&mut self, seq: u64) {
        if self.waits() {
            self.left = seq;
        }
    }

    fn requeued(&mut self, queue: QueueId) {
        self.queue = Some(queue);
        self.phase = Phase::Waiting;
        self.bot = None;
    }

    fn closed(&mut self, reason: CloseReason, at: Timestamp) {
        self.phase = Phase::Closed { at, reason };
        self.bot = None;
    }
}

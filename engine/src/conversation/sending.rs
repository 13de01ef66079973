//! What is said to the customer, and what becomes of it: the outbox's attempts and the provider's statuses.

use std::sync::Arc;

use smallvec::smallvec;

use super::Refusal;
use super::sends::{Send, rises};
use super::state::{Decided, Facts, State};
use crate::configuration::Channel;
use crate::ids::ConversationId;
use crate::message::{
    Author, Fact, Fingerprint, Outbound, Queued, SendOutcome, Status, StatusReport, Timestamp,
};

/// The most early statuses that are kept for sends whose answer is still out.
const KEPT_STATUSES_MAX: usize = 32;

impl State {
    pub(super) fn send(
        &mut self,
        channel: &Channel,
        conversation: ConversationId,
        message: &Arc<Outbound>,
        fingerprint: Option<Fingerprint>,
        based_on: Option<u64>,
        now: Timestamp,
    ) -> Decided {
        if let Some(seq) = fingerprint.and_then(|fingerprint| self.recent.get(fingerprint, now)) {
            return Decided::Known(seq);
        }
        if channel.deleted {
            return Decided::Refused(Refusal::ChannelDeleted);
        }
        let episode = match self.open_episode(conversation) {
            Ok(episode) => episode,
            Err(refusal) => return Decided::Refused(refusal),
        };
        let newest = self.newest_by_others(message.author);
        if based_on.is_some_and(|seen| newest > seen) {
            return Decided::Refused(Refusal::Stale { newest });
        }
        if let Err(rule) = channel
            .rules
            .check(&message.content, self.last_inbound_at, now)
        {
            return Decided::Refused(Refusal::NotAllowed(rule));
        }
        let mut facts = Facts::new();
        facts.push(Fact::Queued(Queued {
            conversation,
            message: Arc::clone(message),
            fingerprint,
            auto_reply: None,
        }));
        if let (false, Author::Agent(_) | Author::Program) =
            (episode.first_answered, message.author)
        {
            let agent = match message.author {
                Author::Agent(agent) => Some(agent),
                Author::Chatbot(_) | Author::Program | Author::System => None,
            };
            let after = now.since(episode.waiting_since);
            let after_us = u64::try_from(after.as_micros()).unwrap_or(u64::MAX);
            facts.push(Fact::FirstAnswered {
                conversation,
                agent,
                after_us,
            });
        }
        Decided::Facts(facts)
    }

    /// The newest message that `author` may not have seen.
    pub(super) fn newest_by_others(&self, author: Author) -> u64 {
        let outgoing = match self.last_out {
            Some((last, _)) if last == author => self.other_out_seq,
            Some((_, seq)) => seq,
            None => 0,
        };
        outgoing.max(self.last_in_seq)
    }

    pub(super) fn report(&mut self, report: &StatusReport, fingerprint: Fingerprint) -> Decided {
        if let Some((message, send)) = self.sends.by_provider_id(fingerprint) {
            let conversation = send.conversation;
            return if rises(send.status, report.status) {
                Decided::Facts(smallvec![rose(conversation, message, report)])
            } else {
                Decided::Known(message)
            };
        }
        let is_news = self
            .kept
            .get(&fingerprint)
            .is_none_or(|kept| rises(kept.status, report.status));
        if self.sends.in_flight().is_some() && is_news {
            return self.keep_status(report, fingerprint);
        }
        Decided::Known(self.next_seq.saturating_sub(1))
    }

    pub(super) fn keep_status(&self, report: &StatusReport, fingerprint: Fingerprint) -> Decided {
        // The answer to an ambiguous call never comes: the provider's status names the message instead.
        let lost = |send: &Send| send.ambiguous && send.may_be_meant_by(report);
        if let Some((message, send)) = self.sends.in_flight().filter(|(_, send)| lost(send)) {
            return Decided::Facts(told_by(report, fingerprint, message, send));
        }
        if self.kept.len() >= KEPT_STATUSES_MAX && !self.kept.contains_key(&fingerprint) {
            return Decided::Known(self.next_seq.saturating_sub(1));
        }
        Decided::Facts(smallvec![Fact::StatusKept {
            report: report.clone(),
            fingerprint
        }])
    }

    pub(super) fn mark(&mut self, up_to: u64, status: Status, now: Timestamp) -> Decided {
        let risen: Facts = self
            .sends
            .iter()
            .filter(|(seq, send)| {
                *seq <= up_to && send.status != Status::Queued && rises(send.status, status)
            })
            .map(|(message, send)| Fact::StatusRose {
                conversation: send.conversation,
                message,
                status,
                at: now,
                error: None,
            })
            .collect();
        Decided::Facts(risen)
    }

    pub(super) fn start_attempt(&mut self, message: u64, attempt: u32) -> Decided {
        match self.sends.get(message) {
            Some(send)
                if send.status == Status::Queued
                    && (!send.attempting || send.ambiguous)
                    && attempt > send.attempt =>
            {
                Decided::Facts(smallvec![Fact::Attempted {
                    conversation: send.conversation,
                    message,
                    attempt
                }])
            }
            Some(_) | None => Decided::Refused(Refusal::NotDue),
        }
    }

    /// The message, if this attempt of it is out.
    fn attempted(&self, message: u64, attempt: u32) -> Option<&Send> {
        self.sends
            .get(message)
            .filter(|send| send.attempting && send.attempt == attempt)
    }

    pub(super) fn end_attempt(
        &mut self,
        message: u64,
        attempt: u32,
        outcome: &SendOutcome,
        fingerprint: Option<Fingerprint>,
    ) -> Decided {
        let Some(send) = self.attempted(message, attempt) else {
            return Decided::Refused(Refusal::NotDue);
        };
        let conversation = send.conversation;
        let mut facts: Facts = smallvec![Fact::SendEnded {
            conversation,
            message,
            attempt,
            outcome: outcome.clone(),
            fingerprint
        }];
        let early = fingerprint.and_then(|fingerprint| self.kept.get(&fingerprint));
        if let Some(report) = early.filter(|report| rises(Status::Sent, report.status)) {
            facts.push(rose(conversation, message, report));
        }
        Decided::Facts(facts)
    }

    /// The answer is lost. An early status may tell that the message was taken; else the send is ambiguous from now on.
    pub(super) fn give_up_attempt(
        &mut self,
        message: u64,
        attempt: u32,
        now: Timestamp,
    ) -> Decided {
        let Some(send) = self.attempted(message, attempt) else {
            return Decided::Refused(Refusal::NotDue);
        };
        let early = self
            .kept
            .iter()
            .filter(|(_, report)| send.may_be_meant_by(report))
            .max_by_key(|(fingerprint, report)| (report.at, **fingerprint));
        if let Some((fingerprint, report)) = early {
            return Decided::Facts(told_by(report, *fingerprint, message, send));
        }
        if send.ambiguous {
            return Decided::Known(message);
        }
        Decided::Facts(smallvec![Fact::AttemptAmbiguous {
            conversation: send.conversation,
            message,
            attempt,
            since: now
        }])
    }
}

/// A send whose answer is lost and whose provider speaks of it all the same.
fn told_by(report: &StatusReport, fingerprint: Fingerprint, message: u64, send: &Send) -> Facts {
    let mut facts: Facts = smallvec![Fact::SendEnded {
        conversation: send.conversation,
        message,
        attempt: send.attempt,
        outcome: SendOutcome::Sent(report.provider_id.clone()),
        fingerprint: Some(fingerprint),
    }];
    if rises(Status::Sent, report.status) {
        facts.push(rose(send.conversation, message, report));
    }
    facts
}

fn rose(conversation: ConversationId, message: u64, report: &StatusReport) -> Fact {
    Fact::StatusRose {
        conversation,
        message,
        status: report.status,
        at: report.at,
        error: report.error.clone(),
    }
}

//! What a conversation is, and what it decides. Pure: the same commands at the same times give the same entries.
//!
//! What must stay true: a key has at most one open episode; sequence numbers rise by one with every fact and are never
//! reset; a status only rises; a command for an older episode is remembered and changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::letter::Letter;
use super::recent::RecentIds;
use super::sends::{Send, Sends, rises};
use crate::configuration::Channel;
use crate::ids::{AgentId, ConversationId, ConversationKey, OfferId, QueueId};
use crate::message::{
    Actor, Author, CloseReason, Content, DeadLetter, Destination, Entry, Fact, Fingerprint,
    Inbound, Opened, Outbound, Queued, Received, SendOutcome, Status, StatusReport, TimerKind,
    Timestamp,
};
use crate::provider::NotAllowed;
use crate::runtime::Decision;

/// Everything a conversation can hear. The first group comes through the door, the second returns on the lane.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// The customer wrote.
    Receive {
        message: Arc<Inbound>,
        fingerprint: Fingerprint,
    },
    /// The provider reports on a message of ours.
    Report {
        report: StatusReport,
        fingerprint: Fingerprint,
    },
    /// Somebody answers the customer. `based_on` is the newest sequence number that the author had seen.
    Send {
        conversation: ConversationId,
        message: Arc<Outbound>,
        fingerprint: Option<Fingerprint>,
        based_on: Option<u64>,
    },
    /// The customer's own page has everything up to this message.
    Mark {
        message: u64,
        status: Status,
    },
    Close {
        conversation: ConversationId,
        reason: CloseReason,
        by: Actor,
    },
    /// The customer said who they are. It opens nothing, so it is refused while there is no episode yet.
    Introduce {
        name: Option<String>,
        email: Option<String>,
    },

    /// The router's decision.
    Assign {
        conversation: ConversationId,
        queue: Option<QueueId>,
        agent: AgentId,
        by: Actor,
        offer: Option<OfferId>,
        over_capacity: bool,
    },
    /// Back to waiting, if it still belongs to `from`.
    Requeue {
        conversation: ConversationId,
        queue: QueueId,
        by: Actor,
        from: Option<AgentId>,
    },
    /// The outbox is about to call the provider.
    StartAttempt {
        message: u64,
        attempt: u32,
    },
    /// The call ended.
    EndAttempt {
        message: u64,
        attempt: u32,
        outcome: SendOutcome,
        fingerprint: Option<Fingerprint>,
    },
    /// The call's answer never came, and no status either.
    GiveUpAttempt {
        message: u64,
        attempt: u32,
    },
    TimerDue {
        kind: TimerKind,
        generation: u64,
    },
}

/// What the poster of a command is told, once it is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The fact or message with this number now stands, or already stood.
    Done {
        conversation: Option<ConversationId>,
        seq: u64,
    },
    Refused(Refusal),
}

/// Why a command has no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the conversation is closed")]
    Closed,
    #[error("the conversation is another one by now")]
    OtherEpisode { current: Option<ConversationId> },
    /// Somebody else wrote after what the author had seen.
    #[error("somebody else wrote meanwhile")]
    Stale { newest: u64 },
    #[error(transparent)]
    NotAllowed(NotAllowed),
    #[error("the channel was deleted")]
    ChannelDeleted,
    #[error("the attempt is not the one that is due")]
    NotDue,
}

/// Where an episode stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Waiting,
    Assigned { agent: AgentId },
    Closed { at: Timestamp, reason: CloseReason },
}

/// One episode, from open to closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    pub id: ConversationId,
    pub opened_at: Timestamp,
    pub queue: Option<QueueId>,
    pub phase: Phase,
    /// When the customer began to wait; kept through refusals and transfers.
    pub waiting_since: Timestamp,
    pub first_answered: bool,
}

impl Episode {
    /// Whether it has not ended.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Closed { .. })
    }
}

/// A conversation's state, as of its newest fact.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub next_seq: u64,
    /// The open episode, or else the last one.
    pub episode: Option<Episode>,
    pub profile_name: Option<String>,
    pub last_inbound_at: Option<Timestamp>,
    pub last_activity_at: Timestamp,
    pub last_in_seq: u64,
    pub last_out: Option<(Author, u64)>,
    /// The newest outgoing message by anyone but the author of `last_out`.
    pub other_out_seq: u64,
    pub idle_generation: u64,
    pub recent: RecentIds,
    pub sends: Sends,
    /// Statuses that came before the send's answer named their message.
    pub kept: BTreeMap<Fingerprint, StatusReport>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            next_seq: 1,
            episode: None,
            profile_name: None,
            last_inbound_at: None,
            last_activity_at: Timestamp(0),
            last_in_seq: 0,
            last_out: None,
            other_out_seq: 0,
            idle_generation: 0,
            recent: RecentIds::default(),
            sends: Sends::default(),
            kept: BTreeMap::new(),
        }
    }
}

type Facts = SmallVec<[Fact; 1]>;

/// The most early statuses that are kept for sends whose answer is still out.
const KEPT_STATUSES_MAX: usize = 32;

impl State {
    /// Decides about one command.
    pub fn step(
        &mut self,
        key: &ConversationKey,
        channel: &Channel,
        command: &Command,
        now: Timestamp,
    ) -> Decision<Reply> {
        let decided = match command {
            Command::Receive {
                message,
                fingerprint,
            } => self.receive(key, channel, message, *fingerprint, now),
            Command::Report {
                report,
                fingerprint,
            } => self.report(report, *fingerprint),
            Command::Send {
                conversation,
                message,
                fingerprint,
                based_on,
            } => self.send(
                channel,
                *conversation,
                message,
                *fingerprint,
                *based_on,
                now,
            ),
            Command::Mark { message, status } => self.mark(*message, *status, now),
            Command::Close {
                conversation,
                reason,
                by,
            } => self.close(*conversation, *reason, *by),
            Command::Introduce { name, email } => {
                self.introduce(key, channel, name.as_deref(), email.as_deref())
            }
            Command::Assign {
                conversation,
                queue,
                agent,
                by,
                offer,
                over_capacity,
            } => {
                let (conversation, queue, agent) = (*conversation, *queue, *agent);
                let fact = Fact::Assigned {
                    conversation,
                    queue,
                    agent,
                    by: *by,
                    offer: *offer,
                    over_capacity: *over_capacity,
                };
                self.assign(conversation, agent, fact)
            }
            Command::Requeue {
                conversation,
                queue,
                by,
                from,
            } => self.requeue(*conversation, *queue, *by, *from),
            Command::StartAttempt { message, attempt } => self.start_attempt(*message, *attempt),
            Command::EndAttempt {
                message,
                attempt,
                outcome,
                fingerprint,
            } => self.end_attempt(*message, *attempt, outcome, *fingerprint),
            Command::GiveUpAttempt { message, attempt } => {
                self.give_up_attempt(*message, *attempt, now)
            }
            Command::TimerDue {
                kind: TimerKind::IdleClose,
                generation,
            } => self.idle(channel, *generation, now),
        };
        self.conclude(key, decided, now)
    }

    /// The entry that keeps a command which cannot be handled.
    pub fn bury(
        &mut self,
        key: &ConversationKey,
        command: &Command,
        cause: &str,
        now: Timestamp,
    ) -> (Entry, Reply) {
        let letter = DeadLetter {
            cause: cause.to_owned(),
            letter: Box::new(Letter::of(command).to_raw()),
        };
        let seq = self.next_seq;
        let entry = self.record(key, smallvec![Fact::DeadLettered(letter)], now);
        (
            entry,
            Reply::Done {
                conversation: self.episode.as_ref().map(|episode| episode.id),
                seq,
            },
        )
    }

    fn conclude(
        &mut self,
        key: &ConversationKey,
        decided: Decided,
        now: Timestamp,
    ) -> Decision<Reply> {
        match decided {
            Decided::Facts(facts) if facts.is_empty() => {
                Decision::Answer(self.done(self.next_seq.saturating_sub(1)))
            }
            Decided::Facts(facts) => {
                let first = self.next_seq;
                let shown = first + facts.iter().position(is_message).unwrap_or(0) as u64;
                let entry = self.record(key, facts, now);
                Decision::Record(entry, self.done(shown))
            }
            Decided::Known(seq) => Decision::Repeat(self.done(seq)),
            Decided::Refused(refusal) => Decision::Answer(Reply::Refused(refusal)),
            Decided::RefusedForOld(conversation, command) => {
                let current = self.episode.as_ref().map(|episode| episode.id);
                let entry = self.record(
                    key,
                    smallvec![Fact::Stale {
                        conversation,
                        command: command.into()
                    }],
                    now,
                );
                Decision::Record(entry, Reply::Refused(Refusal::OtherEpisode { current }))
            }
        }
    }

    fn done(&self, seq: u64) -> Reply {
        Reply::Done {
            conversation: self.episode.as_ref().map(|episode| episode.id),
            seq,
        }
    }

    fn record(&mut self, key: &ConversationKey, facts: Facts, now: Timestamp) -> Entry {
        let first_seq = self.next_seq;
        for fact in &facts {
            self.apply(fact, now);
        }
        Entry {
            key: crate::ids::Key::Conversation(key.clone()),
            at: now,
            first_seq,
            facts,
        }
    }

    fn receive(
        &mut self,
        key: &ConversationKey,
        channel: &Channel,
        message: &Arc<Inbound>,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Decided {
        if let Some(seq) = self.recent.get(fingerprint, now) {
            return Decided::Known(seq);
        }
        let mut facts = Facts::new();
        let conversation = self.episode_for(key, channel, &message.content, now, &mut facts);
        if let Some(name) = message
            .profile_name
            .as_ref()
            .filter(|name| self.profile_name.as_ref() != Some(*name))
        {
            let contact = key.contact_id(channel.kind);
            facts.push(Fact::ProfileNamed {
                contact,
                name: name.clone(),
            });
        }
        facts.push(Fact::Received(Received {
            conversation,
            fingerprint,
            message: Arc::clone(message),
        }));
        Decided::Facts(facts)
    }

    /// The episode that an inbound message belongs to, opened or reopened if need be.
    fn episode_for(
        &self,
        key: &ConversationKey,
        channel: &Channel,
        content: &Content,
        now: Timestamp,
        facts: &mut Facts,
    ) -> ConversationId {
        if let Some(episode) = &self.episode {
            match episode.phase {
                Phase::Waiting | Phase::Assigned { .. } => return episode.id,
                // A reaction says nothing that waits for an answer.
                Phase::Closed { .. } if matches!(content, Content::Reaction(_)) => {
                    return episode.id;
                }
                Phase::Closed { at, .. } if now.since(at) <= channel.rules.reopen_within => {
                    let id = episode.id;
                    let queue = episode.queue.or_else(|| queue_of(channel.destination));
                    facts.push(Fact::Reopened {
                        conversation: id,
                        queue,
                        agent: None,
                    });
                    self.set_idle_timer(channel, id, now, facts);
                    return id;
                }
                Phase::Closed { .. } => {}
            }
        }
        let seq = self.next_seq;
        let id = key.episode_id(now.as_millis(), seq);
        facts.push(Fact::Opened(Opened {
            conversation: id,
            kind: channel.kind,
            contact: key.contact_id(channel.kind),
            destination: channel.destination,
            previous: self.episode.as_ref().map(|episode| episode.id),
        }));
        self.set_idle_timer(channel, id, now, facts);
        id
    }

    fn set_idle_timer(
        &self,
        channel: &Channel,
        conversation: ConversationId,
        from: Timestamp,
        facts: &mut Facts,
    ) {
        if let Some(idle) = channel.rules.idle_close {
            let generation = self.next_seq + facts.len() as u64;
            facts.push(Fact::TimerSet {
                conversation,
                kind: TimerKind::IdleClose,
                due: from.plus(idle),
                generation,
            });
        }
    }

    fn send(
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

    fn open_episode(&self, conversation: ConversationId) -> Result<&Episode, Refusal> {
        match &self.episode {
            Some(episode) if episode.id == conversation && episode.is_open() => Ok(episode),
            Some(episode) if episode.id == conversation => Err(Refusal::Closed),
            current => Err(Refusal::OtherEpisode {
                current: current.as_ref().map(|episode| episode.id),
            }),
        }
    }

    /// The newest message that `author` may not have seen.
    fn newest_by_others(&self, author: Author) -> u64 {
        let outgoing = match self.last_out {
            Some((last, _)) if last == author => self.other_out_seq,
            Some((_, seq)) => seq,
            None => 0,
        };
        outgoing.max(self.last_in_seq)
    }

    fn report(&mut self, report: &StatusReport, fingerprint: Fingerprint) -> Decided {
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

    fn keep_status(&self, report: &StatusReport, fingerprint: Fingerprint) -> Decided {
        // The answer to an ambiguous call never comes: the provider's status names the message instead.
        if let Some((message, send)) = self.sends.in_flight().filter(|(_, send)| send.ambiguous) {
            let outcome = SendOutcome::Sent(report.provider_id.clone());
            let mut facts: Facts = smallvec![Fact::SendEnded {
                conversation: send.conversation,
                message,
                attempt: send.attempt,
                outcome,
                fingerprint: Some(fingerprint),
            }];
            if rises(Status::Sent, report.status) {
                facts.push(rose(send.conversation, message, report));
            }
            return Decided::Facts(facts);
        }
        if self.kept.len() >= KEPT_STATUSES_MAX && !self.kept.contains_key(&fingerprint) {
            return Decided::Known(self.next_seq.saturating_sub(1));
        }
        Decided::Facts(smallvec![Fact::StatusKept {
            report: report.clone(),
            fingerprint
        }])
    }

    fn mark(&mut self, up_to: u64, status: Status, now: Timestamp) -> Decided {
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

    fn close(&mut self, conversation: ConversationId, reason: CloseReason, by: Actor) -> Decided {
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

    fn introduce(
        &self,
        key: &ConversationKey,
        channel: &Channel,
        name: Option<&str>,
        email: Option<&str>,
    ) -> Decided {
        if self.episode.is_none() {
            return Decided::Refused(Refusal::OtherEpisode { current: None });
        }
        let contact = key.contact_id(channel.kind);
        let mut facts = Facts::new();
        if let Some(name) = name.filter(|name| self.profile_name.as_deref() != Some(*name)) {
            facts.push(Fact::ProfileNamed {
                contact,
                name: name.to_owned(),
            });
        }
        if let Some(email) = email {
            facts.push(Fact::EmailTyped {
                contact,
                email: email.to_owned(),
            });
        }
        Decided::Facts(facts)
    }

    fn assign(&mut self, conversation: ConversationId, agent: AgentId, fact: Fact) -> Decided {
        match self.open_episode(conversation) {
            Ok(episode) if episode.phase == (Phase::Assigned { agent }) => {
                Decided::Known(self.next_seq.saturating_sub(1))
            }
            Ok(_) => Decided::Facts(smallvec![fact]),
            Err(Refusal::Closed) => Decided::Refused(Refusal::Closed),
            Err(_) => Decided::RefusedForOld(conversation, "assign"),
        }
    }

    fn requeue(
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

    fn start_attempt(&mut self, message: u64, attempt: u32) -> Decided {
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

    fn end_attempt(
        &mut self,
        message: u64,
        attempt: u32,
        outcome: &SendOutcome,
        fingerprint: Option<Fingerprint>,
    ) -> Decided {
        let Some(send) = self
            .sends
            .get(message)
            .filter(|send| send.attempting && send.attempt == attempt)
        else {
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
    fn give_up_attempt(&mut self, message: u64, attempt: u32, now: Timestamp) -> Decided {
        let Some(send) = self
            .sends
            .get(message)
            .filter(|send| send.attempting && send.attempt == attempt)
        else {
            return Decided::Refused(Refusal::NotDue);
        };
        let conversation = send.conversation;
        if let Some((fingerprint, report)) = self.kept.iter().next_back() {
            let outcome = SendOutcome::Sent(report.provider_id.clone());
            let fingerprint = Some(*fingerprint);
            let mut facts: Facts = smallvec![Fact::SendEnded {
                conversation,
                message,
                attempt,
                outcome,
                fingerprint
            }];
            if rises(Status::Sent, report.status) {
                facts.push(rose(conversation, message, report));
            }
            return Decided::Facts(facts);
        }
        if send.ambiguous {
            return Decided::Known(message);
        }
        Decided::Facts(smallvec![Fact::AttemptAmbiguous {
            conversation,
            message,
            attempt,
            since: now
        }])
    }

    fn idle(&mut self, channel: &Channel, generation: u64, now: Timestamp) -> Decided {
        let Some(episode) = self.episode.as_ref().filter(|episode| episode.is_open()) else {
            return Decided::Known(0);
        };
        if generation != self.idle_generation {
            return Decided::Known(0);
        }
        let conversation = episode.id;
        let Some(idle) = channel.rules.idle_close else {
            // The rule is gone. A timer that stayed would be due for ever, before all others.
            return Decided::Facts(smallvec![Fact::TimerCleared {
                conversation,
                kind: TimerKind::IdleClose
            }]);
        };
        if now.since(self.last_activity_at) >= idle {
            return Decided::Facts(smallvec![
                Fact::Closed {
                    conversation,
                    reason: CloseReason::Idle,
                    by: Actor::System
                },
                Fact::TimerCleared {
                    conversation,
                    kind: TimerKind::IdleClose
                },
            ]);
        }
        let mut facts = Facts::new();
        self.set_idle_timer(channel, conversation, self.last_activity_at, &mut facts);
        Decided::Facts(facts)
    }

    /// Makes a fact true of the state.
    pub(crate) fn apply(&mut self, fact: &Fact, at: Timestamp) {
        let seq = self.next_seq;
        self.next_seq += 1;
        match fact {
            Fact::Opened(opened) => {
                self.last_activity_at = at;
                self.episode = Some(Episode {
                    id: opened.conversation,
                    opened_at: at,
                    queue: queue_of(opened.destination),
                    phase: Phase::Waiting,
                    waiting_since: at,
                    first_answered: false,
                });
            }
            Fact::Reopened { queue, .. } => self.with_episode(|episode| {
                episode.queue = *queue;
                episode.phase = Phase::Waiting;
                episode.waiting_since = at;
            }),
            Fact::Received(received) => {
                self.recent.insert(received.fingerprint, seq, at);
                self.last_inbound_at = Some(at);
                self.last_activity_at = at;
                self.last_in_seq = seq;
            }
            Fact::Queued(queued) => {
                if let Some(fingerprint) = queued.fingerprint {
                    self.recent.insert(fingerprint, seq, at);
                }
                self.last_activity_at = at;
                self.heard_from(queued.message.author, seq);
                self.sends
                    .insert(seq, Send::queued(queued.conversation, at));
            }
            Fact::Attempted {
                message, attempt, ..
            } => self.sends.update(*message, |send| {
                send.attempt = *attempt;
                send.attempting = true;
                send.ambiguous = false;
            }),
            Fact::AttemptAmbiguous { message, .. } => {
                self.sends.update(*message, |send| send.ambiguous = true)
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
            } => {
                self.kept.insert(*fingerprint, report.clone());
            }
            Fact::Assigned { queue, agent, .. } => self.with_episode(|episode| {
                episode.queue = queue.or(episode.queue);
                episode.phase = Phase::Assigned { agent: *agent };
            }),
            Fact::Requeued { queue, .. } => self.with_episode(|episode| {
                episode.queue = Some(*queue);
                episode.phase = Phase::Waiting;
            }),
            Fact::FirstAnswered { .. } => {
                self.with_episode(|episode| episode.first_answered = true)
            }
            Fact::Closed { reason, .. } => {
                self.with_episode(|episode| {
                    episode.phase = Phase::Closed {
                        at,
                        reason: *reason,
                    }
                });
            }
            Fact::ProfileNamed { name, .. } => self.profile_name = Some(name.clone()),
            Fact::TimerSet { generation, .. } => self.idle_generation = *generation,
            Fact::TimerCleared { .. } => self.idle_generation = 0,
            Fact::EmailTyped { .. }
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

    fn with_episode(&mut self, change: impl FnOnce(&mut Episode)) {
        if let Some(episode) = &mut self.episode {
            change(episode);
        }
    }

    fn heard_from(&mut self, author: Author, seq: u64) {
        if let Some((last, last_seq)) = self.last_out
            && last != author
        {
            self.other_out_seq = last_seq;
        }
        self.last_out = Some((author, seq));
    }
}

enum Decided {
    Facts(Facts),
    /// Nothing new; the given number already says it.
    Known(u64),
    Refused(Refusal),
    /// Refused, and remembered because it named an older episode.
    RefusedForOld(ConversationId, &'static str),
}

fn is_message(fact: &Fact) -> bool {
    matches!(fact, Fact::Received(_) | Fact::Queued(_))
}

fn queue_of(destination: Destination) -> Option<QueueId> {
    match destination {
        Destination::Queue(queue) => Some(queue),
        Destination::Chatbot(_) => None,
    }
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

//! What a conversation is, and what it decides. Pure: the same commands at the same times give the same entries.
//!
//! What must stay true: a key has at most one open episode; sequence numbers rise by one with every fact and are never
//! reset; a status only rises; a command for an older episode is remembered and changes nothing.

use std::collections::BTreeMap;

use smallvec::{SmallVec, smallvec};

use super::configured::Configured;
use super::episode::{Episode, KnownAgent};
use super::letter::Letter;
use super::recent::RecentIds;
use super::sends::Sends;
use super::{Command, Refusal, Reply};
use crate::ids::{ConversationId, ConversationKey};
use crate::message::{
    Author, DeadLetter, Entry, Fact, Fingerprint, StatusReport, TimerKind, Timestamp,
};
use crate::runtime::Decision;
use crate::texts::Language;

/// A conversation's state, as of its newest fact.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub next_seq: u64,
    /// The open episode, or else the last one.
    pub episode: Option<Episode>,
    pub profile_name: Option<String>,
    /// In which the customer is written to, if it is known.
    pub language: Option<Language>,
    /// Who had the customer last.
    pub known_agent: Option<KnownAgent>,
    /// From when the channel's window counts.
    pub last_inbound_at: Option<Timestamp>,
    pub last_activity_at: Timestamp,
    pub last_in_seq: u64,
    /// The newest of the customer's messages that an agent has read.
    pub read_in_seq: u64,
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
            language: None,
            known_agent: None,
            last_inbound_at: None,
            last_activity_at: Timestamp(0),
            last_in_seq: 0,
            read_in_seq: 0,
            last_out: None,
            other_out_seq: 0,
            idle_generation: 0,
            recent: RecentIds::default(),
            sends: Sends::default(),
            kept: BTreeMap::new(),
        }
    }
}

pub(super) type Facts = SmallVec<[Fact; 1]>;

impl State {
    /// Decides about one command.
    pub fn step<'c>(
        &mut self,
        key: &ConversationKey,
        configured: impl Into<Configured<'c>>,
        command: &Command,
        now: Timestamp,
    ) -> Decision<Reply> {
        let decided = self.decide(key, configured.into(), command, now);
        self.conclude(key, decided, now)
    }

    fn decide(
        &mut self,
        key: &ConversationKey,
        configured: Configured<'_>,
        command: &Command,
        now: Timestamp,
    ) -> Decided {
        let channel = configured.channel;
        match command {
            Command::Receive {
                message,
                fingerprint,
            } => self.receive(key, configured, message, None, *fingerprint, now),
            Command::ReceiveWith {
                message,
                fingerprint,
                introduction,
            } => {
                let introduction = Some(introduction.as_ref());
                self.receive(key, configured, message, introduction, *fingerprint, now)
            }
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
            Command::ReadByAgent {
                conversation,
                agent,
                up_to,
            } => self.read_by_agent(*conversation, *agent, *up_to),
            Command::Close {
                conversation,
                reason,
                by,
            } => self.close(configured, *conversation, *reason, *by, now),
            Command::Erase { past, by, why } => self.erase(*past, *by, *why),
            Command::Introduce(introduction) => self.introduce(key, channel, introduction, now),
            &Command::Assign {
                conversation,
                queue,
                agent,
                by,
                offer,
                over_capacity,
            } => {
                let fact = Fact::Assigned {
                    conversation,
                    queue,
                    agent,
                    by,
                    offer,
                    over_capacity,
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
            Command::StartBot {
                conversation,
                chatbot,
            } => self.start_bot(configured, *conversation, *chatbot, now),
            Command::NobodyThere { conversation } => {
                self.nobody_there(configured, *conversation, now)
            }
            Command::TimerDue {
                kind: TimerKind::IdleClose,
                generation,
            } => self.idle(configured, *generation, now),
            Command::TimerDue {
                kind: TimerKind::BotTimeout,
                generation,
            } => self.bot_timed_out(configured, *generation, now),
        }
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
        (entry, Reply::Buried { seq, at: now })
    }

    fn conclude(
        &mut self,
        key: &ConversationKey,
        decided: Decided,
        now: Timestamp,
    ) -> Decision<Reply> {
        match decided {
            Decided::Facts(facts) if facts.is_empty() => {
                Decision::Answer(self.known(self.next_seq.saturating_sub(1)))
            }
            Decided::Facts(facts) => {
                let first = self.next_seq;
                let shown = first + facts.iter().position(is_message).unwrap_or(0) as u64;
                let entry = self.record(key, facts, now);
                let reply = Reply::Done {
                    conversation: self.episode.as_ref().map(|episode| episode.id),
                    seq: shown,
                    at: now,
                };
                Decision::Record(entry, reply)
            }
            Decided::Known(seq) => Decision::Repeat(self.known(seq)),
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

    fn known(&self, seq: u64) -> Reply {
        Reply::Known {
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

    pub(super) fn open_episode(&self, conversation: ConversationId) -> Result<&Episode, Refusal> {
        match &self.episode {
            Some(episode) if episode.id == conversation && episode.is_open() => Ok(episode),
            Some(episode) if episode.id == conversation => Err(Refusal::Closed),
            current => Err(Refusal::OtherEpisode {
                current: current.as_ref().map(|episode| episode.id),
            }),
        }
    }
}

/// What a decision comes to.
pub(super) enum Decided {
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

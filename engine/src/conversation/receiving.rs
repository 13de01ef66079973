//! What the customer says: opening, reopening and closing by silence (the idle timer), and how far it was read.

use std::sync::Arc;

use smallvec::smallvec;

use super::Refusal;
use super::state::{Configured, Decided, Facts, Phase, State};
use crate::configuration::Channel;
use crate::ids::{AgentId, ConversationId, ConversationKey};
use crate::message::{
    Actor, CloseReason, Content, Fact, Fingerprint, Inbound, Opened, Received, TimerKind, Timestamp,
};

impl Received {
    /// From when the message, which came at `at`, opens the channel's window: from when it was sent, as providers count,
    /// so that a late redelivery opens it for no longer. A message that does not say when, or says it wrongly, counts from
    /// when it came.
    #[must_use]
    pub fn opens_window_at(&self, at: Timestamp) -> Timestamp {
        match self.message.sent_at {
            Timestamp(..=0) => at,
            sent_at => sent_at.min(at),
        }
    }
}

impl State {
    pub(super) fn receive(
        &mut self,
        key: &ConversationKey,
        configured: Configured<'_>,
        message: &Arc<Inbound>,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Decided {
        if let Some(seq) = self.recent.get(fingerprint, now) {
            return Decided::Known(seq);
        }
        let mut facts = Facts::new();
        let conversation = self.episode_for(key, configured, &message.content, now, &mut facts);
        if let Some(name) = message
            .profile_name
            .as_ref()
            .filter(|name| self.profile_name.as_ref() != Some(*name))
        {
            let contact = key.contact_id(configured.channel.kind);
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
    pub(super) fn episode_for(
        &self,
        key: &ConversationKey,
        configured: Configured<'_>,
        content: &Content,
        now: Timestamp,
        facts: &mut Facts,
    ) -> ConversationId {
        let channel = configured.channel;
        if let Some(episode) = &self.episode {
            match episode.phase {
                Phase::Waiting | Phase::Assigned { .. } => return episode.id,
                // A reaction says nothing that waits for an answer.
                Phase::Closed { .. } if matches!(content, Content::Reaction(_)) => {
                    return episode.id;
                }
                Phase::Closed { at, .. } if now.since(at) <= channel.rules.reopen_within => {
                    let id = episode.id;
                    let queue = configured.queue_again(episode.queue);
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

    pub(super) fn set_idle_timer(
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

    pub(super) fn introduce(
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

    /// An agent has the customer's messages up to `up_to` before their eyes. Only whoever holds the conversation reads it
    /// for the customer; a supervisor who looks on does not.
    pub(super) fn read_by_agent(
        &self,
        conversation: ConversationId,
        agent: AgentId,
        up_to: u64,
    ) -> Decided {
        let up_to = up_to.min(self.last_in_seq);
        match self.open_episode(conversation) {
            Ok(episode)
                if episode.phase == (Phase::Assigned { agent }) && up_to > self.read_in_seq =>
            {
                Decided::Facts(smallvec![Fact::ReadByAgent {
                    conversation,
                    agent,
                    up_to
                }])
            }
            Ok(_) | Err(_) => Decided::Facts(Facts::new()),
        }
    }

    pub(super) fn idle(&mut self, channel: &Channel, generation: u64, now: Timestamp) -> Decided {
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
}

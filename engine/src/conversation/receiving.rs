//! What the customer says, who they say they are, how far it was read, and closing by silence (the idle timer).

use std::sync::Arc;

use smallvec::smallvec;

use super::Refusal;
use super::command::Introduction;
use super::configured::Configured;
use super::episode::{Bot, Episode, Phase};
use super::opening::Arrival;
use super::speaking::Voice;
use super::state::{Decided, Facts, State};
use crate::configuration::Channel;
use crate::ids::{AgentId, ContactId, ConversationId, ConversationKey};
use crate::message::{
    Actor, CloseReason, Fact, Fingerprint, FormFilled, Inbound, Received, TimerKind, Timestamp,
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
        introduction: Option<&Introduction>,
        fingerprint: Fingerprint,
        now: Timestamp,
    ) -> Decided {
        if let Some(seq) = self.recent.get(fingerprint, now) {
            return Decided::Known(seq);
        }
        let mut facts = Facts::new();
        let arrival = self.arrive(key, configured, message, now, &mut facts);
        // A reaction to what is over opens nothing.
        let is_open = !facts.is_empty() || self.episode.as_ref().is_some_and(Episode::is_open);
        let is_deleted = configured.channel.deleted;
        self.leave_the_line(configured, message, now, &mut facts);
        let contact = || key.contact_id(configured.channel.kind);
        self.note_who_it_is(contact, message, introduction, &mut facts);
        let received = Received {
            conversation: arrival.conversation,
            fingerprint,
            message: Arc::clone(message),
        };
        let opens = received.opens_window_at(now);
        facts.push(Fact::Received(received));
        if !message.automatic && !is_deleted {
            let voice = Voice {
                configured,
                conversation: arrival.conversation,
                language: message.language.or(self.language),
                last_inbound: self.last_inbound_at.max(Some(opens)),
                now,
            };
            self.answer_by_itself(voice, &arrival, message, &mut facts);
        }
        if let Some(introduction) = introduction {
            let conversation = Some(arrival.conversation);
            self.note_what_was_typed(contact(), conversation, introduction, now, &mut facts);
        }
        if is_deleted && is_open {
            self.close_for_deletion(arrival.conversation, &mut facts);
        }
        Decided::Facts(facts)
    }

    /// Whoever leaves a message instead of waiting for a chatbot is led through no menu: the queue that stands in for it has
    /// the conversation.
    fn leave_the_line(
        &self,
        configured: Configured<'_>,
        message: &Inbound,
        now: Timestamp,
        facts: &mut Facts,
    ) {
        let Some(episode) = self.episode.as_ref().filter(|episode| episode.is_open()) else {
            return;
        };
        let Some(Bot::Due(chatbot)) = episode.bot.as_ref().filter(|_| message.offline) else {
            return;
        };
        let fallback = configured
            .chatbot(*chatbot)
            .and_then(|bot| bot.fallback_queue);
        if let Some(queue) = configured.queue_instead(fallback) {
            facts.push(Fact::Requeued {
                conversation: episode.id,
                queue,
                by: Actor::System,
                from: None,
                outside_hours: configured.outside_hours(queue, now),
                preferred: configured.preferred(queue, self.known_agent, now),
            });
        }
    }

    fn note_who_it_is(
        &self,
        contact: impl Fn() -> ContactId,
        message: &Inbound,
        introduction: Option<&Introduction>,
        facts: &mut Facts,
    ) {
        let typed = introduction.and_then(|introduction| introduction.name.as_ref());
        self.note_name(&contact, typed.or(message.profile_name.as_ref()), facts);
        if let Some(language) = message.language.filter(|new| self.language != Some(*new)) {
            facts.push(Fact::LanguageChosen {
                contact: contact(),
                language,
            });
        }
    }

    fn note_name(&self, contact: impl Fn() -> ContactId, name: Option<&String>, facts: &mut Facts) {
        if let Some(name) = name.filter(|name| self.profile_name.as_ref() != Some(*name)) {
            facts.push(Fact::ProfileNamed {
                contact: contact(),
                name: name.clone(),
            });
        }
    }

    /// What a customer typed of themselves besides their name.
    fn note_what_was_typed(
        &self,
        contact: ContactId,
        conversation: Option<ConversationId>,
        introduction: &Introduction,
        now: Timestamp,
        facts: &mut Facts,
    ) {
        if let Some(email) = &introduction.email {
            facts.push(Fact::EmailTyped {
                contact,
                email: email.clone(),
            });
        }
        let is_known = |id: Fingerprint| self.recent.get(id, now).is_some();
        let form = introduction.form.as_ref();
        if let Some(form) = form.filter(|form| !form.fingerprint.is_some_and(is_known)) {
            facts.push(Fact::FormFilled(Box::new(FormFilled {
                conversation,
                contact,
                form: form.form.clone(),
                answers: form.answers.clone(),
                fingerprint: form.fingerprint,
            })));
        }
    }

    /// What a message brings about without a person: an automatic reply if it opened something, else the menu's next words.
    fn answer_by_itself(
        &self,
        voice: Voice<'_>,
        arrival: &Arrival,
        message: &Inbound,
        facts: &mut Facts,
    ) {
        if let Some(reply) = arrival.reply {
            voice.reply(reply, arrival.said, facts);
        } else if let Some(episode) = &self.episode
            && let Some(turn) = episode.turn()
        {
            self.answer_menu(voice, episode, turn, &message.content, facts);
        }
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
        introduction: &Introduction,
        now: Timestamp,
    ) -> Decided {
        let Some(episode) = &self.episode else {
            return Decided::Refused(Refusal::OtherEpisode { current: None });
        };
        let contact = key.contact_id(channel.kind);
        let mut facts = Facts::new();
        self.note_name(|| contact, introduction.name.as_ref(), &mut facts);
        let conversation = episode.is_open().then_some(episode.id);
        self.note_what_was_typed(contact, conversation, introduction, now, &mut facts);
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

    pub(super) fn idle(
        &self,
        configured: Configured<'_>,
        generation: u64,
        now: Timestamp,
    ) -> Decided {
        let Some(episode) = self.episode.as_ref().filter(|episode| episode.is_open()) else {
            return Decided::Known(0);
        };
        if generation != self.idle_generation {
            return Decided::Known(0);
        }
        let conversation = episode.id;
        let Some(idle) = configured.channel.rules.idle_close else {
            // The rule is gone. A timer that stayed would be due for ever, before all others.
            return Decided::Facts(smallvec![Fact::TimerCleared {
                conversation,
                kind: TimerKind::IdleClose
            }]);
        };
        let is_over = now.since(self.last_activity_at) >= idle;
        let answered = self.last_out.map_or(0, |(_, seq)| seq);
        if is_over && !episode.keeps_a_message(answered) {
            let by = Actor::System;
            return Decided::Facts(self.closing(configured, episode, CloseReason::Idle, by, now));
        }
        let from = if is_over { now } else { self.last_activity_at };
        let mut facts = Facts::new();
        self.set_idle_timer(configured.channel, conversation, from, &mut facts);
        Decided::Facts(facts)
    }
}

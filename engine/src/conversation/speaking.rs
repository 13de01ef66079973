//! What a conversation says without a person: automatic replies, and the words of a chatbot.
//!
//! What must stay true: each automatic reply is said once in an episode, whatever happens to it; nothing is said that the
//! channel's rules would refuse, and nothing to whom is banned; a machine is never answered by ours. Two of us that answer each other say each text once,
//! and come to an end: the second of two episodes in which nobody answered ends without a word.

use std::sync::Arc;

use super::configured::Configured;
use super::episode::{Episode, Phase, Said};
use super::reason;
use super::state::{Decided, Facts, State};
use crate::configuration::ReplyText;
use crate::ids::{ChatbotId, ConversationId};
use crate::message::{
    Author, AutoReply, CloseReason, Content, Fact, Outbound, Queued, Text, Timestamp,
};
use crate::texts::Language;

/// Says things to the customer of one conversation, as far as they may be said now.
#[derive(Clone, Copy)]
pub(super) struct Voice<'c> {
    pub(super) configured: Configured<'c>,
    pub(super) conversation: ConversationId,
    /// The customer's, if it is known.
    pub(super) language: Option<Language>,
    /// From when the channel's window counts.
    pub(super) last_inbound: Option<Timestamp>,
    pub(super) now: Timestamp,
}

impl Voice<'_> {
    /// One of the automatic replies, unless it is off or empty, or was said before.
    pub(super) fn reply(&self, reply: AutoReply, said: Said, facts: &mut Facts) {
        let configured = self.configured.channel.auto_replies.reply(reply);
        if !said.has(reply)
            && let Some(text) = self.in_its_language(configured)
        {
            let bodies = match reply {
                AutoReply::OutsideHours => reason::told(text, reason::recorded(facts)),
                AutoReply::Welcome | AutoReply::NoAgent | AutoReply::Closed => {
                    vec![text.to_owned()]
                }
            };
            let queued =
                |body: String| self.queued(Author::System, Content::text(body), Some(reply));
            facts.extend(bodies.into_iter().find_map(queued));
        }
    }

    /// A chatbot's words; whether they could be said.
    pub(super) fn words(&self, chatbot: ChatbotId, text: Text, facts: &mut Facts) -> bool {
        let said = self.queued(Author::Chatbot(chatbot), Content::Text(text), None);
        let could = said.is_some();
        facts.extend(said);
        could
    }

    fn in_its_language<'t>(&self, reply: &'t ReplyText) -> Option<&'t str> {
        reply
            .is_said()
            .then(|| self.configured.language(self.language))
            .and_then(|language| reply.text.text(language))
    }

    fn queued(
        &self,
        author: Author,
        content: Content,
        auto_reply: Option<AutoReply>,
    ) -> Option<Fact> {
        let channel = self.configured.channel;
        let may = channel.rules.check(&content, self.last_inbound, self.now);
        if channel.deleted || self.configured.is_banned || may.is_err() {
            return None;
        }
        let message = Outbound {
            author,
            client_id: None,
            reply_to: None,
            content,
        };
        Some(Fact::Queued(Queued {
            conversation: self.conversation,
            message: Arc::new(message),
            fingerprint: None,
            auto_reply,
        }))
    }
}

impl State {
    /// The voice of the episode, as of the newest fact.
    pub(super) fn voice<'c>(
        &self,
        configured: Configured<'c>,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Voice<'c> {
        Voice {
            configured,
            conversation,
            language: self.language,
            last_inbound: self.last_inbound_at,
            now,
        }
    }

    /// The router found nobody logged in to the queue. Outside of operation times the customer knows already.
    pub(super) fn nobody_there(
        &self,
        configured: Configured<'_>,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Decided {
        let mut facts = Facts::new();
        if let Ok(episode) = self.open_episode(conversation)
            && episode.phase == Phase::Waiting
            && episode.bot.is_none()
            && !episode.automatic
            && !episode.said.has(AutoReply::OutsideHours)
        {
            let voice = self.voice(configured, conversation, now);
            voice.reply(AutoReply::NoAgent, episode.said, &mut facts);
        }
        Decided::Facts(facts)
    }

    /// What is said to the customer when we close the conversation: nothing to one who left, or whose channel is gone.
    pub(super) fn say_closed(
        &self,
        configured: Configured<'_>,
        episode: &Episode,
        reason: CloseReason,
        now: Timestamp,
        facts: &mut Facts,
    ) {
        let by_us = matches!(
            reason,
            CloseReason::Resolved | CloseReason::Idle | CloseReason::TimedOut
        );
        let by_silence = matches!(reason, CloseReason::Idle | CloseReason::TimedOut);
        let goes_in_circles = by_silence && episode.after_silence && !episode.first_answered;
        if by_us && !episode.automatic && !goes_in_circles {
            let voice = self.voice(configured, episode.id, now);
            voice.reply(AutoReply::Closed, episode.said, facts);
        }
    }
}

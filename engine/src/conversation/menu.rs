//! A chatbot's turn in a conversation: it starts, hears the customer, and ends with a queue, a person or a close.
//!
//! What must stay true (`bot_escalates_once`): a menu runs once in an episode until it ends, and what comes late, a start, an
//! answer or a time-out, never runs it again. Whatever a turn ends with, the conversation is somewhere: where a queue is
//! gone, the chatbot's fallback takes over, else the tenant's first queue by name; only a tenant without any queue leaves it
//! to whoever takes it.

use std::time::Duration;

use smallvec::smallvec;

use super::Refusal;
use super::configured::Configured;
use super::episode::{Bot, Episode, Turn};
use super::speaking::Voice;
use super::state::{Decided, Facts, State};
use crate::chatbot::menu::{MenuPath, Progress, Script, Step};
use crate::ids::{ChatbotId, ConversationId, QueueId};
use crate::message::{
    Actor, AutoReply, BotEnd, BotStarted, ChannelKind, CloseReason, Content, Fact, Text, TimerKind,
    Timestamp,
};
use crate::texts::{Language, Localized};

/// How a turn ends.
struct Ending {
    chatbot: ChatbotId,
    end: BotEnd,
    chosen: Vec<String>,
    queue: Option<QueueId>,
    /// It has a timer.
    timed: bool,
}

impl State {
    /// The router has room with the chatbot.
    pub(super) fn start_bot(
        &self,
        configured: Configured<'_>,
        conversation: ConversationId,
        chatbot: ChatbotId,
        now: Timestamp,
    ) -> Decided {
        let episode = match self.open_episode(conversation) {
            Ok(episode) => episode,
            Err(Refusal::Closed) => return Decided::Refused(Refusal::Closed),
            Err(_) => return Decided::RefusedForOld(conversation, "start_bot"),
        };
        if episode.bot != Some(Bot::Due(chatbot)) {
            return Decided::Known(self.next_seq.saturating_sub(1));
        }
        let voice = self.voice(configured, conversation, now);
        Decided::Facts(self.first_words(voice, episode, chatbot))
    }

    fn first_words(&self, voice: Voice<'_>, episode: &Episode, chatbot: ChatbotId) -> Facts {
        let Some(bot) = voice.configured.chatbot(chatbot) else {
            return self.cannot_start(voice, episode, chatbot, BotEnd::Deleted, None);
        };
        let started = BotStarted {
            conversation: episode.id,
            chatbot,
            script: bot.script.clone(),
            fallback_queue: bot.fallback_queue,
            language: voice.configured.language(self.language),
        };
        let turn = Turn::begun(&started, voice.now);
        let mut facts: Facts = smallvec![Fact::BotStarted(Box::new(started))];
        let (greeting, first) = (&turn.script.greeting, &turn.progress.path);
        // A machine is not led through a menu.
        if episode.automatic || !say(voice, &turn, greeting, first, &mut facts) {
            let fallback = turn.fallback_queue;
            return self.cannot_start(voice, episode, chatbot, BotEnd::Unable, fallback);
        }
        self.set_bot_timer(&turn, episode.id, voice.now, &mut facts);
        facts
    }

    fn cannot_start(
        &self,
        voice: Voice<'_>,
        episode: &Episode,
        chatbot: ChatbotId,
        end: BotEnd,
        fallback: Option<QueueId>,
    ) -> Facts {
        let ending = Ending {
            chatbot,
            end,
            chosen: Vec::new(),
            queue: voice.configured.queue_instead(fallback),
            timed: false,
        };
        let mut facts = Facts::new();
        self.end_turn(voice, episode, ending, &mut facts);
        facts
    }

    /// The customer answered the menu, in the message that the facts so far record.
    pub(super) fn answer_menu(
        &self,
        voice: Voice<'_>,
        episode: &Episode,
        turn: &Turn,
        content: &Content,
        facts: &mut Facts,
    ) {
        if voice.configured.chatbot(turn.chatbot).is_none() {
            return self.fall_back(voice, episode, turn, BotEnd::Deleted, facts);
        }
        let may_give_up = turn.fallback_queue.is_some();
        match turn.script.hear(&turn.progress, content, may_give_up) {
            Step::Show { text, progress } => self.show(voice, episode, turn, text, progress, facts),
            Step::Choose { queue, path } => self.choose(voice, episode, turn, queue, &path, facts),
            Step::GiveUp => self.fall_back(voice, episode, turn, BotEnd::GaveUp, facts),
            Step::Ignore => {}
        }
    }

    fn show(
        &self,
        voice: Voice<'_>,
        episode: &Episode,
        turn: &Turn,
        text: &Localized,
        progress: Progress,
        facts: &mut Facts,
    ) {
        let (before, path) = (facts.len(), progress.path.clone());
        facts.push(Fact::MenuMoved {
            conversation: episode.id,
            progress,
        });
        if !say(voice, turn, text, &path, facts) {
            facts.truncate(before);
            self.fall_back(voice, episode, turn, BotEnd::Unable, facts);
        }
    }

    fn choose(
        &self,
        voice: Voice<'_>,
        episode: &Episode,
        turn: &Turn,
        queue: QueueId,
        path: &MenuPath,
        facts: &mut Facts,
    ) {
        let ending = Ending {
            chatbot: turn.chatbot,
            end: BotEnd::Chosen,
            chosen: turn.script.labels(path, turn.language),
            queue: voice
                .configured
                .queue_or_instead(queue, turn.fallback_queue),
            timed: turn.generation != 0,
        };
        say_handover(voice, turn, facts);
        self.end_turn(voice, episode, ending, facts);
    }

    fn fall_back(
        &self,
        voice: Voice<'_>,
        episode: &Episode,
        turn: &Turn,
        end: BotEnd,
        facts: &mut Facts,
    ) {
        if end == BotEnd::GaveUp {
            say_handover(voice, turn, facts);
        }
        let ending = Ending {
            queue: voice.configured.queue_instead(turn.fallback_queue),
            ..Ending::of(turn, end)
        };
        self.end_turn(voice, episode, ending, facts);
    }

    /// Ends the turn; the conversation waits in the queue, if there is one.
    fn end_turn(&self, voice: Voice<'_>, episode: &Episode, ending: Ending, facts: &mut Facts) {
        let (conversation, queue) = (episode.id, ending.queue);
        ending.record(conversation, facts);
        let Some(queue) = queue else {
            return;
        };
        let outside_hours = voice.configured.outside_hours(queue, voice.now);
        let is_closed = outside_hours.is_some();
        facts.push(Fact::Requeued {
            conversation,
            queue,
            by: Actor::System,
            from: None,
            outside_hours,
            preferred: voice
                .configured
                .preferred(queue, self.known_agent, voice.now),
        });
        if is_closed && !episode.automatic {
            voice.reply(AutoReply::OutsideHours, episode.said, facts);
        }
    }

    /// The customer did not answer for long, unless they did meanwhile.
    pub(super) fn bot_timed_out(
        &self,
        configured: Configured<'_>,
        generation: u64,
        now: Timestamp,
    ) -> Decided {
        let Some((episode, turn)) = self.turn_of(generation) else {
            return Decided::Known(0);
        };
        let (mut facts, since) = (Facts::new(), self.last_activity_at.max(turn.started_at));
        if now.since(since) < patience(&turn.script) {
            self.set_bot_timer(turn, episode.id, since, &mut facts);
            return Decided::Facts(facts);
        }
        let instead = |queue| configured.queue_instead(Some(queue));
        if turn.fallback_queue.and_then(instead).is_some() {
            let voice = self.voice(configured, episode.id, now);
            self.fall_back(voice, episode, turn, BotEnd::TimedOut, &mut facts);
            return Decided::Facts(facts);
        }
        Decided::Facts(self.closing(
            configured,
            episode,
            CloseReason::TimedOut,
            Actor::System,
            now,
        ))
    }

    fn turn_of(&self, generation: u64) -> Option<(&Episode, &Turn)> {
        let episode = self.episode.as_ref().filter(|episode| episode.is_open())?;
        let turn = episode.turn()?;
        (generation != 0 && turn.generation == generation).then_some((episode, turn))
    }

    fn set_bot_timer(
        &self,
        turn: &Turn,
        conversation: ConversationId,
        from: Timestamp,
        facts: &mut Facts,
    ) {
        facts.push(Fact::TimerSet {
            conversation,
            kind: TimerKind::BotTimeout,
            due: from.plus(patience(&turn.script)),
            generation: self.next_seq + facts.len() as u64,
        });
    }

    /// Somebody takes the conversation away from the chatbot.
    pub(super) fn take_from_bot(episode: &Episode, facts: &mut Facts) {
        if let Some(turn) = episode.turn() {
            Ending::of(turn, BotEnd::Taken).record(episode.id, facts);
        }
    }
}

impl Ending {
    /// With the way that the customer went so far.
    fn of(turn: &Turn, end: BotEnd) -> Self {
        Self {
            chatbot: turn.chatbot,
            end,
            chosen: turn.script.labels(&turn.progress.path, turn.language),
            queue: None,
            timed: turn.generation != 0,
        }
    }

    fn record(self, conversation: ConversationId, facts: &mut Facts) {
        facts.push(Fact::BotEnded {
            conversation,
            chatbot: self.chatbot,
            end: self.end,
            chosen: self.chosen,
        });
        if self.timed {
            facts.push(Fact::TimerCleared {
                conversation,
                kind: TimerKind::BotTimeout,
            });
        }
    }
}

/// At least a second: a menu that ends at once could not be answered.
fn patience(script: &Script) -> Duration {
    Duration::from_secs(script.timeout_secs.max(1).into())
}

fn say(
    voice: Voice<'_>,
    turn: &Turn,
    text: &Localized,
    path: &MenuPath,
    facts: &mut Facts,
) -> bool {
    let buttons = voice.configured.channel.kind == ChannelKind::LiveChat;
    let words = turn.script.words(text, path, turn.language, buttons);
    words.is_some_and(|words| voice.words(turn.chatbot, words, facts))
}

fn say_handover(voice: Voice<'_>, turn: &Turn, facts: &mut Facts) {
    if let Some(text) = plain(&turn.script.handover, turn.language) {
        voice.words(turn.chatbot, text, facts);
    }
}

fn plain(text: &Localized, language: Language) -> Option<Text> {
    Some(Text {
        body: text.text(language)?.to_owned(),
        choices: Vec::new(),
    })
}

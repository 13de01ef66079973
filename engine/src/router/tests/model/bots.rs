//! The model's chatbots: whose turn it is, and what becomes of one that fails.

use std::collections::BTreeSet;

use super::Model;
use crate::ids::{ChatbotId, ConversationId};
use crate::message::Actor;
use crate::router::RoutingAction;
use crate::router::bots::{BotPlace, BotTurn};

impl Model {
    pub(super) fn turn(&mut self, id: ConversationId, turn: BotTurn) {
        self.set(id, |talk| {
            talk.bot = talk.bot.map(|place| BotPlace { turn, ..place });
        });
    }

    pub(super) fn bot_failed(&mut self, id: ConversationId) {
        let Some(place) = self.talks.get(&id).and_then(|talk| talk.bot) else {
            return;
        };
        if place.turn != BotTurn::Asked {
            return;
        }
        self.turn(id, BotTurn::Failed);
        let bot = self.config.chatbots.get(&place.chatbot);
        if let Some(queue) = bot.and_then(|bot| bot.fallback_queue) {
            self.ask_requeue(id, queue, Actor::System);
        }
    }

    /// How many wait for the chatbot, and how many it has.
    pub(in super::super) fn bot_counts(&self, chatbot: ChatbotId) -> (usize, usize) {
        let turns = self.talks.values().filter_map(|talk| talk.bot);
        let turns = turns.filter(|place| place.chatbot == chatbot);
        turns.fold((0, 0), |(waiting, running), place| match place.turn {
            BotTurn::InLine => (waiting + 1, running),
            BotTurn::Asked | BotTurn::Running => (waiting, running + 1),
            BotTurn::Failed => (waiting, running),
        })
    }

    pub(super) fn start_bots(&mut self) {
        let places = self.talks.values().filter_map(|talk| talk.bot);
        let chatbots: BTreeSet<ChatbotId> = places.map(|place| place.chatbot).collect();
        for chatbot in chatbots {
            while let Some(id) = self.first_for_bot(chatbot) {
                self.actions.push(RoutingAction::StartBot {
                    conversation: id,
                    key: self.talks[&id].key.clone(),
                    chatbot,
                });
                self.turn(id, BotTurn::Asked);
            }
        }
    }

    fn first_for_bot(&self, chatbot: ChatbotId) -> Option<ConversationId> {
        let limit = self.config.chatbots.get(&chatbot);
        let limit = limit.map_or(0, |bot| bot.concurrency_limit as usize);
        let in_line = BotPlace {
            chatbot,
            turn: BotTurn::InLine,
        };
        let line = self
            .talks
            .iter()
            .filter(|(_, talk)| talk.bot == Some(in_line));
        let first = line
            .min_by_key(|(id, talk)| talk.rank(**id))
            .map(|(id, _)| *id);
        first.filter(|_| limit == 0 || self.bot_counts(chatbot).1 < limit)
    }
}

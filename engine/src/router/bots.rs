//! Chatbots, as places where conversations wait for their turn and have it.
//!
//! What must stay true: of those that wait for a chatbot, the first in rank is started first, and no more are started than its
//! limit allows; a chatbot that is configured no more keeps nobody, because the conversation itself then finds another
//! place. The conversation's entry decides whether a turn began; until then its place is taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::action::RoutingAction;
use super::item::{Item, Rank};
use super::state::Routing;
use crate::chatbot::Chatbot;
use crate::configuration::Snapshot;
use crate::ids::{ChatbotId, ConversationId};
use crate::message::Actor;

/// A conversation's place with a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BotPlace {
    pub(super) chatbot: ChatbotId,
    pub(super) turn: BotTurn,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BotTurn {
    InLine,
    /// The conversation was asked to begin and has not answered.
    Asked,
    Running,
    /// It could not begin: people may take it.
    Failed,
}

/// One chatbot, configured or not.
#[derive(Clone, Debug, Default)]
pub(super) struct BotState {
    config: Option<Arc<Chatbot>>,
    line: BTreeSet<Rank>,
    /// Conversations that have its turn, or were asked to begin.
    taken: u32,
}

/// One chatbot now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BotView {
    /// Conversations in its line.
    pub waiting: usize,
    /// Conversations that it talks with.
    pub running: usize,
}

/// Every chatbot of the tenant.
#[derive(Clone, Debug, Default)]
pub(super) struct Bots {
    bots: BTreeMap<ChatbotId, BotState>,
    /// Those that may have room for somebody, since the event.
    stirred: BTreeSet<ChatbotId>,
}

impl Bots {
    pub(super) fn list(&mut self, id: ConversationId, item: &Item) {
        let Some(place) = item.bot else {
            return;
        };
        let bot = self.bots.entry(place.chatbot).or_default();
        match place.turn {
            BotTurn::InLine => {
                bot.line.insert(item.rank(id));
                self.stirred.insert(place.chatbot);
            }
            BotTurn::Asked | BotTurn::Running => bot.taken += 1,
            BotTurn::Failed => {}
        }
    }

    pub(super) fn unlist(&mut self, id: ConversationId, item: &Item) {
        let Some(place) = item.bot else {
            return;
        };
        let bot = self.bots.entry(place.chatbot).or_default();
        match place.turn {
            BotTurn::InLine => {
                bot.line.remove(&item.rank(id));
            }
            BotTurn::Asked | BotTurn::Running => {
                bot.taken -= 1;
                self.stirred.insert(place.chatbot);
            }
            BotTurn::Failed => {}
        }
    }

    fn configure(&mut self, configured: impl Fn(ChatbotId) -> Option<Arc<Chatbot>>) {
        for (id, bot) in &mut self.bots {
            let config = configured(*id);
            if bot.config != config {
                bot.config = config;
                self.stirred.insert(*id);
            }
        }
    }

    /// Drops those that are configured no more and have nobody.
    pub(super) fn forget_strangers(&mut self) {
        let is_over = |bot: &BotState| bot.config.is_none() && bot.view() == BotView::default();
        self.bots.retain(|_, bot| !is_over(bot));
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.bots.len()
    }

    fn view(&self, chatbot: ChatbotId) -> BotView {
        self.bots
            .get(&chatbot)
            .map_or_else(BotView::default, BotState::view)
    }
}

impl BotState {
    /// The first in line, if there is room for it.
    fn next(&self) -> Option<ConversationId> {
        let limit = self.config.as_ref().map_or(0, |bot| bot.concurrency_limit);
        let has_room = limit == 0 || self.taken < limit;
        self.line
            .first()
            .filter(|_| has_room)
            .map(|rank| rank.conversation)
    }

    fn view(&self) -> BotView {
        BotView {
            waiting: self.line.len(),
            running: self.taken as usize,
        }
    }
}

impl Routing {
    /// Starts whoever has room with a chatbot.
    pub(super) fn start_bots(&mut self) {
        for chatbot in std::mem::take(&mut self.index.bots.stirred) {
            while let Some(id) = self.index.bots.bots.get(&chatbot).and_then(BotState::next) {
                let Some(item) = self.items.get(&id) else {
                    break;
                };
                self.actions.push(RoutingAction::StartBot {
                    conversation: id,
                    key: item.key.clone(),
                    chatbot,
                });
                self.turn_becomes(id, BotTurn::Asked);
            }
            self.index.bots.stirred.remove(&chatbot);
        }
    }

    fn turn_becomes(&mut self, id: ConversationId, turn: BotTurn) {
        self.change(id, |item| {
            if let Some(place) = &mut item.bot {
                place.turn = turn;
            }
        });
    }

    /// The entry with which the turn began is committed.
    pub(super) fn bot_started(&mut self, id: ConversationId) {
        self.turn_becomes(id, BotTurn::Running);
    }

    /// The turn is over; where the conversation goes is another event.
    pub(super) fn bot_ended(&mut self, id: ConversationId) {
        self.change(id, |item| item.bot = None);
    }

    /// The conversation did not begin the turn. If that was not because it is elsewhere by now, the chatbot's fallback takes
    /// over.
    pub(super) fn bot_failed(&mut self, id: ConversationId) {
        let asked = |item: &Item| item.bot.filter(|place| place.turn == BotTurn::Asked);
        let Some(place) = self.items.get(&id).and_then(|item| asked(item)) else {
            return;
        };
        self.turn_becomes(id, BotTurn::Failed);
        let config = self.index.bots.bots.get(&place.chatbot);
        let fallback = config.and_then(|bot| bot.config.as_ref()?.fallback_queue);
        if let (Some(queue), Some(item)) = (fallback, self.items.get(&id)) {
            self.actions.push(RoutingAction::Requeue {
                conversation: id,
                key: item.key.clone(),
                queue,
                by: Actor::System,
                from: None,
            });
        }
    }

    pub(super) fn configure_bots(&mut self, config: &Snapshot) {
        let own = |bot: &&Arc<Chatbot>| bot.tenant == self.tenant;
        for id in config.chatbots.values().filter(own).map(|bot| bot.id) {
            self.index.bots.bots.entry(id).or_default();
        }
        let configured = |id| config.chatbots.get(&id).filter(own).cloned();
        self.index.bots.configure(configured);
    }

    /// The chatbot's counts, kept and not counted.
    #[must_use]
    pub fn bot_view(&self, chatbot: ChatbotId) -> BotView {
        self.index.bots.view(chatbot)
    }

    /// All chatbots together.
    #[must_use]
    pub fn bots_view(&self) -> BotView {
        let views = self.index.bots.bots.values().map(BotState::view);
        views.fold(BotView::default(), |sum, view| BotView {
            waiting: sum.waiting + view.waiting,
            running: sum.running + view.running,
        })
    }
}

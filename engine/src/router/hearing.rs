//! What the journal's facts about conversations mean to a router.
//!
//! What must stay true: the same entry means the same whether it is heard as it is committed or replayed after a restart.

use smallvec::SmallVec;

use super::event::{Held, Place, Requeued, RoutingEvent, Waiting};
use super::skills::SkillSet;
use crate::configuration::ConfigFeed;
use crate::ids::{AgentId, ChatbotId, ConversationId, ConversationKey, QueueId};
use crate::message::{ChannelKind, Entry, Fact};

/// Whether an entry concerns a router.
pub(super) fn concerns_routing(entry: &Entry) -> bool {
    entry.facts.iter().any(|fact| {
        matches!(
            fact,
            Fact::Opened(_)
                | Fact::Reopened { .. }
                | Fact::Assigned { .. }
                | Fact::Requeued { .. }
                | Fact::BotStarted(_)
                | Fact::BotEnded { .. }
                | Fact::Closed { .. }
        )
    })
}

/// What an entry means to the router, in order.
pub(super) fn events_of(entry: &Entry, config: &ConfigFeed) -> SmallVec<[RoutingEvent; 2]> {
    let Some(key) = entry.conversation_key() else {
        return SmallVec::new();
    };
    let heard = Heard { entry, key, config };
    let events = entry.facts.iter().filter_map(|fact| heard.event_of(fact));
    events.collect()
}

/// An entry about a conversation.
struct Heard<'e> {
    entry: &'e Entry,
    key: &'e ConversationKey,
    config: &'e ConfigFeed,
}

impl Heard<'_> {
    fn event_of(&self, fact: &Fact) -> Option<RoutingEvent> {
        match fact {
            Fact::Opened(opened) => {
                let place = opened.destination.into();
                Some(self.waiting(opened.conversation, opened.kind, place, opened.preferred))
            }
            Fact::Reopened {
                conversation,
                queue,
                chatbot,
                preferred,
                ..
            } => {
                let place = place_of(*queue, *chatbot);
                Some(self.waiting(*conversation, self.kind(), place, *preferred))
            }
            Fact::Assigned { .. } | Fact::Requeued { .. } => self.moved(fact),
            Fact::BotStarted(started) => Some(RoutingEvent::BotStarted {
                conversation: started.conversation,
            }),
            Fact::BotEnded { conversation, .. } => Some(RoutingEvent::BotEnded {
                conversation: *conversation,
            }),
            Fact::Closed { conversation, .. } => Some(RoutingEvent::ConversationClosed {
                conversation: *conversation,
            }),
            _ => None,
        }
    }

    fn waiting(
        &self,
        conversation: ConversationId,
        kind: ChannelKind,
        place: Place,
        preferred: Option<AgentId>,
    ) -> RoutingEvent {
        RoutingEvent::ConversationWaiting(Waiting {
            conversation,
            key: self.key.clone(),
            kind,
            place,
            waiting_since: self.entry.at,
            priority: 0,
            required: SkillSet::default(),
            refused: Vec::new(),
            preferred,
        })
    }

    fn moved(&self, fact: &Fact) -> Option<RoutingEvent> {
        let (key, kind, waiting_since) = (self.key.clone(), self.kind(), self.entry.at);
        match *fact {
            Fact::Assigned {
                conversation,
                queue,
                agent,
                ..
            } => Some(RoutingEvent::ConversationAssigned(Held {
                conversation,
                key,
                kind,
                queue,
                waiting_since,
                agent,
            })),
            Fact::Requeued {
                conversation,
                queue,
                by,
                from,
                preferred,
                ..
            } => Some(RoutingEvent::ConversationRequeued(Requeued {
                conversation,
                key,
                kind,
                queue,
                by,
                from,
                waiting_since,
                preferred,
            })),
            _ => None,
        }
    }

    fn kind(&self) -> ChannelKind {
        let config = self.config.current();
        let channel = config.channels.get(&self.key.channel);
        channel.map_or(ChannelKind::Whatsapp, |channel| channel.kind)
    }
}

/// Where a conversation waits that has a queue, or a chatbot, or neither.
pub(super) fn place_of(queue: Option<QueueId>, chatbot: Option<ChatbotId>) -> Place {
    match (queue, chatbot) {
        (Some(queue), _) => Place::Queue(queue),
        (None, Some(chatbot)) => Place::Chatbot(chatbot),
        (None, None) => Place::Nowhere,
    }
}

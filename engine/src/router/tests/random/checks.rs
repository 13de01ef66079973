//! What holds after every step, whatever happened in it.

use std::collections::BTreeMap;

use super::super::model::Spot;
use super::super::world::{chatbot_id, offered, queue_id};
use super::Run;
use crate::ids::{ConversationId, QueueId};
use crate::router::{Routing, RoutingAction, RoutingEvent, Whereabouts};

impl Run {
    /// No item is lost or in two places: every conversation is where the model has it, and the counts add up.
    pub(super) fn agrees_with_the_model(&self) {
        assert_eq!(self.routing.items.len(), self.model.talks.len());
        let mut counts: BTreeMap<QueueId, (usize, usize, usize)> = BTreeMap::new();
        for (id, talk) in &self.model.talks {
            let expected = match talk.spot {
                Spot::Waiting => Whereabouts::Waiting,
                Spot::Offered {
                    offer,
                    agent,
                    expires,
                } => Whereabouts::Offered {
                    offer,
                    agent,
                    expires,
                },
                Spot::Claimed { agent, .. } => Whereabouts::BeingAssigned { agent },
                Spot::Owned { agent } => Whereabouts::Owned { agent },
            };
            assert_eq!(self.routing.whereabouts(*id), Some(expected));
            if let Some(queue) = talk.queue {
                let count = counts.entry(queue).or_default();
                match talk.spot {
                    Spot::Waiting => count.0 += 1,
                    Spot::Offered { .. } => count.1 += 1,
                    Spot::Claimed { .. } | Spot::Owned { .. } => count.2 += 1,
                }
            }
        }
        for queue in [1, 2, 3, 4].map(queue_id) {
            let view = self.routing.queue_view(queue);
            let expected = counts.get(&queue).copied().unwrap_or_default();
            assert_eq!((view.waiting, view.offered, view.held), expected);
        }
        for chatbot in [1, 2, 3].map(chatbot_id) {
            let view = self.routing.bot_view(chatbot);
            let expected = self.model.bot_counts(chatbot);
            assert_eq!((view.waiting, view.running), expected);
        }
    }

    /// `capacity_never_exceeded`: who got more has room for it, unless it is flagged, the journal says so, or what they
    /// have became heavier.
    pub(super) fn capacity_is_kept(
        &self,
        before: &Routing,
        event: &RoutingEvent,
        actions: &[RoutingAction],
    ) {
        for agent in self.model.people.keys() {
            let used = |routing: &Routing| routing.desk_view(*agent).map_or(0, |desk| desk.used);
            let grown = used(&self.routing) > used(before);
            let flagged = actions.iter().any(|action| {
                matches!(action, RoutingAction::Assign { agent: to, over_capacity: true, .. } if to == agent)
            });
            let told = matches!(event, RoutingEvent::ConversationAssigned(_));
            let heavier = before.weights != self.routing.weights;
            if grown && !flagged && !told && !heavier {
                assert!(
                    used(&self.routing) <= self.model.capacity(*agent),
                    "{agent} has too much"
                );
            }
            assert_eq!(used(&self.routing), self.model.used(*agent));
        }
    }

    /// `oldest_first_within_priority`: nothing that still waits was before an offered item and as good for its agent.
    pub(super) fn oldest_went_first(&self, actions: &[RoutingAction]) {
        let offers = offered(actions);
        for (place, (offered, agent)) in offers.iter().enumerate() {
            let since = || offers[place..].iter().filter(|(_, to)| to == agent);
            let talk = |id: &ConversationId| &self.model.talks[id];
            let got: u32 = since().map(|(id, _)| self.model.weight(talk(id))).sum();
            let used = self.model.used(*agent) - got;
            for (id, other) in &self.model.talks {
                if other.spot != Spot::Waiting
                    || other.rank(*id) > talk(offered).rank(*offered)
                    || !self.model.is_eligible(*agent, other)
                {
                    continue;
                }
                let got_like = since()
                    .filter(|(id, _)| talk(id).counts_with(other))
                    .count();
                let held = self.model.held_like(*agent, other) - got_like;
                let limit = self.model.queue(other.queue).unwrap().max_per_agent as usize;
                let fits = used + self.model.weight(other) <= self.model.capacity(*agent)
                    && (limit == 0 || held < limit);
                assert!(!fits, "{offered} was offered to {agent} before {id}");
            }
        }
    }
}

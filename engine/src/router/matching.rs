//! Matching: after an event, brings waiting items and ready agents together until nothing more goes together.
//!
//! What must stay true: of all items that somebody can take, the first in rank goes first, to the first agent in its
//! queue's order (or to the one whom the customer knows). Only what the event touched is looked at; everywhere else
//! nothing went together before and nothing changed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem;

use super::action::RoutingAction;
use super::item::{Rank, Stage};
use super::lane::LaneId;
use super::offer::{Offer, offer_id};
use super::state::Routing;
use crate::ids::{AgentId, ConversationId};

/// Where something may go together that did not before the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// An item came to the lane.
    Lane(LaneId),
    /// The agent may take more.
    Agent(AgentId),
}

impl Routing {
    pub(super) fn settle(&mut self) {
        let touched = mem::take(&mut self.index.touched);
        let stirred = mem::take(&mut self.index.stirred);
        // One agent alone is served before being listed: someone busy who gets the next item stays unlisted throughout.
        let only = touched
            .first()
            .copied()
            .filter(|_| touched.len() == 1 && stirred.is_empty());
        if only.is_none() {
            for agent in &touched {
                self.index.relist(*agent);
            }
        }
        let lanes = stirred.into_iter().map(Source::Lane);
        let sources = lanes.chain(touched.into_iter().map(Source::Agent));
        // An offer only makes agents busier, so that what a source gave last is a bound for what it gives next.
        let mut sources: BinaryHeap<_> = sources.map(|source| Reverse((None, source))).collect();
        while let Some(Reverse((_, source))) = sources.pop() {
            let Some((rank, lane)) = self.first_of(source) else {
                continue;
            };
            let bound = Some(rank);
            let first = sources
                .peek()
                .is_none_or(|Reverse((other, _))| bound <= *other);
            if first {
                self.offer_first(rank, lane, only);
            }
            sources.push(Reverse((bound, source)));
        }
        for agent in mem::take(&mut self.index.touched).into_iter().chain(only) {
            self.index.relist(agent);
        }
    }

    fn first_of(&self, source: Source) -> Option<(Rank, LaneId)> {
        match source {
            Source::Lane(lane) => Some((self.index.first_of_lane(lane)?, lane)),
            Source::Agent(agent) => self.index.first_for_agent(agent),
        }
    }

    /// Offers the item to the agent who comes first, `only` if there is just one.
    fn offer_first(&mut self, rank: Rank, lane: LaneId, only: Option<AgentId>) {
        let id = rank.conversation;
        let agent = only.or_else(|| {
            let refused = &self.items.get(&id)?.refused;
            let first = || self.index.first_ready(&self.index.lanes[lane], refused);
            self.preferred(lane, id).or_else(first)
        });
        if let Some(agent) = agent {
            self.make_offer(id, agent);
            if only.is_none() {
                self.index.relist(agent);
            }
        }
    }

    /// The agent whom the customer knows, if they can take it.
    fn preferred(&self, lane: LaneId, id: ConversationId) -> Option<AgentId> {
        let item = self.items.get(&id)?;
        let agent = item
            .preferred
            .filter(|agent| !item.refused.contains(*agent))?;
        let lane = &self.index.lanes[lane];
        let state = self.index.agents.get(&agent)?;
        let can = state.is_listed(lane.queue, lane.burden) && state.has_skills(&lane.required);
        can.then_some(agent)
    }

    fn make_offer(&mut self, id: ConversationId, agent: AgentId) {
        let Some(item) = self.items.get(&id) else {
            return;
        };
        let Some(queue) = self.index.queue_of(item) else {
            return;
        };
        let expires = self.now.plus(self.index.queues[&queue].offer_timeout());
        let offer = Offer {
            id: offer_id(id, item.offers_made, self.now),
            agent,
            expires,
        };
        self.actions.push(RoutingAction::MakeOffer {
            offer: offer.id,
            conversation: id,
            key: item.key.clone(),
            queue,
            agent,
            expires,
        });
        self.change(id, |item| {
            item.offers_made += 1;
            item.stage = Stage::Offered(offer);
        });
    }
}

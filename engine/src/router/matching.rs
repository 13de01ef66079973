//! Matching: after an event, brings waiting items and ready agents together until nothing more goes together.
//!
//! What must stay true: of all items that somebody can take, the first in rank goes first, to the first agent in its
//! queue's order (or to the one whom the customer knows). Only the lanes that the event touched are looked at; everywhere
//! else nothing went together before and nothing changed.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::mem;

use super::action::RoutingAction;
use super::item::{Rank, Stage};
use super::lane::LaneId;
use super::offer::{Offer, offer_id};
use super::state::Routing;
use crate::ids::{AgentId, ConversationId};

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
        let mut heads = self.heads(&touched, stirred, only);
        while let Some(Reverse((rank, lane))) = heads.pop() {
            let Some((found, agent)) = self.index.first_match(lane, only) else {
                continue;
            };
            if found == rank {
                let agent = self.preferred(lane, rank.conversation).unwrap_or(agent);
                self.make_offer(rank.conversation, agent);
                if only.is_none() {
                    self.index.relist(agent);
                }
            }
            let next = self.index.first_match(lane, only);
            heads.extend(next.map(|(rank, _)| Reverse((rank, lane))));
        }
        for agent in mem::take(&mut self.index.touched).into_iter().chain(only) {
            self.index.relist(agent);
        }
    }

    /// The first item that can be taken of each lane that the event touched. Offers only make agents busier, so that
    /// these can only fall back, which is seen when they are popped.
    fn heads(
        &self,
        touched: &BTreeSet<AgentId>,
        mut lanes: BTreeSet<LaneId>,
        only: Option<AgentId>,
    ) -> BinaryHeap<Reverse<(Rank, LaneId)>> {
        for agent in touched
            .iter()
            .filter_map(|agent| self.index.agents.get(agent))
        {
            if agent.could_take_more() {
                #[cfg(test)]
                self.index.look(agent.seats.len());
                let seats = agent.seats.iter().map(|seat| seat.lane);
                lanes.extend(seats.filter(|lane| !self.index.lanes[*lane].waiting.is_empty()));
            }
        }
        lanes
            .into_iter()
            .filter_map(|lane| Some(Reverse((self.index.first_match(lane, only)?.0, lane))))
            .collect()
    }

    /// The agent whom the customer knows, if they can take it.
    fn preferred(&self, lane: LaneId, id: ConversationId) -> Option<AgentId> {
        let item = self.items.get(&id)?;
        let agent = item
            .preferred
            .filter(|agent| !item.refused.contains(*agent))?;
        self.index
            .agents
            .get(&agent)?
            .is_listed(lane)
            .then_some(agent)
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

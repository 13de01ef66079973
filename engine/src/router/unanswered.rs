//! What an agent takes goes before what the agent is only offered.
//!
//! What must stay true: an offer is taken back only if the item fits then, and an item that fits takes nothing back.

use std::cmp::Reverse;

use super::action::Refusal;
use super::burden::Burden;
use super::item::{Item, Rank, Stage};
use super::state::Routing;
use crate::ids::{AgentId, ConversationId, QueueId};

/// An offer that waits for the agent's answer.
struct Unanswered {
    conversation: ConversationId,
    burden: Burden,
    queue: Option<QueueId>,
    made: (u128, Rank),
}

/// What an agent lacks to hold an item.
#[derive(Clone, Copy)]
struct Lack {
    units: u32,
    /// Conversations of the item's queue and medium.
    places: u32,
}

impl Lack {
    fn is_none(self) -> bool {
        self.units == 0 && self.places == 0
    }

    fn helps(self, frees_place: bool) -> bool {
        self.units > 0 || (self.places > 0 && frees_place)
    }

    fn without(self, weight: u32, frees_place: bool) -> Self {
        Self {
            units: self.units.saturating_sub(weight),
            places: self.places.saturating_sub(u32::from(frees_place)),
        }
    }
}

impl Routing {
    /// The agent's unanswered offers that must be taken back so that the item fits: the newest, no more than needed.
    pub(super) fn in_the_way(
        &self,
        item: &Item,
        id: AgentId,
    ) -> Result<Vec<ConversationId>, Refusal> {
        let Err(refusal) = self.room(item, id) else {
            return Ok(Vec::new());
        };
        let (queue, mut lack) = (self.index.queue_of(item), self.lack(item, id)?);
        let frees_place =
            |offer: &Unanswered| offer.queue == queue && offer.burden.medium == item.burden.medium;
        let mut offers = self.unanswered(id);
        // An offer of the queue and the medium gives back a place and units; it goes first if places lack.
        offers.sort_by_key(|offer| {
            let goes_first = lack.places > 0 && frees_place(offer);
            (!goes_first, Reverse(offer.made))
        });
        let mut taken_back = Vec::new();
        for offer in offers {
            let frees_place = frees_place(&offer);
            if lack.helps(frees_place) {
                lack = lack.without(offer.burden.weight, frees_place);
                taken_back.push(offer.conversation);
            }
        }
        lack.is_none().then_some(taken_back).ok_or(refusal)
    }

    fn lack(&self, item: &Item, id: AgentId) -> Result<Lack, Refusal> {
        let agent = self.agent(id)?;
        let units = (agent.load.used() + item.burden.weight).saturating_sub(agent.capacity());
        let queue = self.index.queue_of(item);
        let limit = queue.and_then(|queue| Some((queue, self.index.queues.get(&queue)?.limit()?)));
        let places = limit.map_or(0, |(queue, limit)| {
            (agent.load.held_of(queue, item.burden.medium) + 1).saturating_sub(limit)
        });
        Ok(Lack { units, places })
    }

    fn unanswered(&self, id: AgentId) -> Vec<Unanswered> {
        let agent = self.index.agents.get(&id);
        let held = agent
            .into_iter()
            .flat_map(|agent| agent.load.conversations());
        held.filter_map(|conversation| self.unanswered_offer(*conversation))
            .collect()
    }

    fn unanswered_offer(&self, conversation: ConversationId) -> Option<Unanswered> {
        let item = self.items.get(&conversation)?;
        match item.stage {
            Stage::Offered(offer) => Some(Unanswered {
                conversation,
                burden: item.burden,
                queue: self.index.queue_of(item),
                made: (offer.made_at_ms(), item.rank(conversation)),
            }),
            Stage::Waiting | Stage::Claimed(_) | Stage::Owned(_) => None,
        }
    }
}

//! Everything that can be computed from the items, the agents' sessions and the configuration, kept ready.
//!
//! What must stay true: an item is listed here exactly as its stage says; `unlist` before and `list` after every change
//! keep it so.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use smallvec::SmallVec;

use super::agent::{AgentState, Seat};
use super::event::Session;
use super::item::{Item, Rank, Stage};
use super::lane::{Lane, LaneId, Lanes};
use super::queue::QueueState;
use super::skills::SkillSet;
use crate::ids::{AgentId, ConversationId, OfferId, QueueId};
use crate::message::Timestamp;

/// What is due at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deadline {
    Offer(ConversationId),
    Grace(AgentId),
    WrapUp(AgentId),
}

/// Lanes, queues, agents, offers and deadlines.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    pub(super) lanes: Lanes,
    pub(super) queues: BTreeMap<QueueId, QueueState>,
    pub(super) agents: BTreeMap<AgentId, AgentState>,
    /// Offers that are open or accepted and not yet answered by the conversation.
    pub(super) offers: BTreeMap<OfferId, ConversationId>,
    pub(super) deadlines: BTreeSet<(Timestamp, Deadline)>,
    /// Agents who may fit where they did not before the event.
    pub(super) touched: BTreeSet<AgentId>,
    /// Lanes that gained an item in the event.
    pub(super) stirred: BTreeSet<LaneId>,
    last_turn: u64,
    /// How many lanes, groups, seats and agents were looked at.
    #[cfg(test)]
    pub(super) looks: std::cell::Cell<u64>,
}

/// An agent who holds an item, and the queue whose limit it counts against.
pub(super) type Hold = (AgentId, Option<QueueId>);

impl Index {
    pub(super) fn queue_of(&self, item: &Item) -> Option<QueueId> {
        item.lane.map(|lane| self.lanes[lane].queue)
    }

    /// The lane of a queue for these needs. A new one is told to everybody who serves it, once for ever.
    pub(super) fn lane(&mut self, queue_id: QueueId, required: SkillSet, weight: u32) -> LaneId {
        let queue = self.queues.entry(queue_id).or_default();
        if let Some(lane) = queue.lanes.get(&(required.clone(), weight)) {
            return *lane;
        }
        let lane = self.lanes.add(queue_id, required.clone(), weight);
        queue.lanes.insert((required, weight), lane);
        for agent in self.queues[&queue_id].present.clone() {
            self.seat(agent, lane);
        }
        lane
    }

    fn seat(&mut self, id: AgentId, lane_id: LaneId) {
        let Some(agent) = self.agents.get_mut(&id) else {
            return;
        };
        let lane = &mut self.lanes[lane_id];
        let queue = &self.queues[&lane.queue];
        if agent.has_skills(&lane.required) && agent.may_receive(id, lane.queue, queue).is_ok() {
            let mut seat = Seat {
                lane: lane_id,
                listed: None,
            };
            relist_seat(&mut seat, id, agent, lane, queue);
            agent.seats.push(seat);
        }
    }

    /// Whom the item makes busy, and on whose queue's account.
    pub(super) fn holds(&self, item: &Item) -> SmallVec<[Hold; 2]> {
        let queue = self.queue_of(item);
        item.holders()
            .into_iter()
            .map(|agent| (agent, queue))
            .collect()
    }

    /// Takes an item out of everything but its holders' load.
    pub(super) fn unlist(&mut self, id: ConversationId, item: &Item) {
        if let Some(queue) = self
            .queue_of(item)
            .and_then(|queue| self.queues.get_mut(&queue))
        {
            *queue.counts.of(item) -= 1;
        }
        match item.stage {
            Stage::Waiting => {
                if let Some(lane) = item.lane {
                    self.lanes[lane].remove(&item.refused, item.rank(id));
                }
            }
            Stage::Offered(offer) => {
                self.offers.remove(&offer.id);
                self.deadlines.remove(&(offer.expires, Deadline::Offer(id)));
            }
            Stage::Claimed(claim) => {
                if let Some(offer) = claim.offer {
                    self.offers.remove(&offer);
                }
            }
            Stage::Owned(_) => {}
        }
    }

    /// Puts an item where its stage says.
    pub(super) fn list(&mut self, id: ConversationId, item: &Item) {
        if let Some(queue) = self
            .queue_of(item)
            .and_then(|queue| self.queues.get_mut(&queue))
        {
            *queue.counts.of(item) += 1;
        }
        match item.stage {
            Stage::Waiting => {
                debug_assert!(item.lane.is_some(), "a waiting item has a lane");
                if let Some(lane) = item.lane {
                    self.lanes[lane].insert(&item.refused, item.rank(id));
                    self.stirred.insert(lane);
                }
            }
            Stage::Offered(offer) => {
                self.offers.insert(offer.id, id);
                self.deadlines.insert((offer.expires, Deadline::Offer(id)));
            }
            Stage::Claimed(claim) => {
                if let Some(offer) = claim.offer {
                    self.offers.insert(offer, id);
                }
            }
            Stage::Owned(_) => {}
        }
    }

    /// Moves an item's weight from those who held it to those who hold it.
    pub(super) fn rehold(
        &mut self,
        id: ConversationId,
        weight: u32,
        before: &[Hold],
        after: &[Hold],
    ) {
        for (agent, queue) in before.iter().filter(|hold| !after.contains(hold)) {
            let state = self.agents.entry(*agent).or_default();
            state.load.release(id, *queue, weight);
            self.next_turn(*agent);
        }
        for (agent, queue) in after.iter().filter(|hold| !before.contains(hold)) {
            let turn = self.next_turn(*agent);
            let state = self.agents.entry(*agent).or_default();
            state.load.hold(id, *queue, weight, turn);
        }
    }

    /// Something about the agent changed: they go to the end of the longest-idle order.
    pub(super) fn next_turn(&mut self, agent: AgentId) -> u64 {
        self.last_turn += 1;
        self.agents.entry(agent).or_default().turn = self.last_turn;
        self.touched.insert(agent);
        self.last_turn
    }

    /// Starts, replaces or ends the agent's session.
    pub(super) fn set_session(&mut self, id: AgentId, session: Option<Session>) {
        let agent = self.agents.entry(id).or_default();
        let before = mem::replace(&mut agent.session, session);
        for queue in before.iter().flat_map(|session| &session.queues) {
            if let Some(queue) = self.queues.get_mut(queue) {
                queue.present.remove(&id);
            }
        }
        for queue in agent.session.iter().flat_map(|session| &session.queues) {
            self.queues.entry(*queue).or_default().present.insert(id);
        }
        self.reseat(id);
    }

    /// Finds the agent's lanes anew, after a change of session or configuration.
    pub(super) fn reseat(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else {
            return;
        };
        for seat in mem::take(&mut agent.seats) {
            if let Some(key) = seat.listed {
                self.lanes[seat.lane].ready.remove(&(key, id));
            }
        }
        let chosen = agent.session.iter().flat_map(|session| &session.queues);
        let seats = chosen
            .filter_map(|queue_id| Some((*queue_id, self.queues.get(queue_id)?)))
            .filter(|(queue_id, queue)| agent.may_receive(id, *queue_id, queue).is_ok())
            .flat_map(|(_, queue)| &queue.lanes)
            .filter(|((required, _), _)| agent.has_skills(required))
            .map(|(_, lane)| Seat {
                lane: *lane,
                listed: None,
            });
        let mut seats: Vec<Seat> = seats.collect();
        seats.sort_unstable_by_key(|seat| seat.lane);
        agent.seats = seats;
        self.touched.insert(id);
    }

    /// Makes the ready sets say what is true of the agent now.
    pub(super) fn relist(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else {
            return;
        };
        if !agent.could_take_more() && agent.seats.iter().all(|seat| seat.listed.is_none()) {
            return;
        }
        let mut seats = mem::take(&mut agent.seats);
        for seat in &mut seats {
            let lane = &mut self.lanes[seat.lane];
            relist_seat(seat, id, agent, lane, &self.queues[&lane.queue]);
        }
        agent.seats = seats;
        #[cfg(test)]
        self.look(self.agents[&id].seats.len());
    }

    /// The first item of the lane that somebody can take, and who: `only`, or the first in the queue's order.
    pub(super) fn first_match(
        &self,
        lane_id: LaneId,
        only: Option<AgentId>,
    ) -> Option<(Rank, AgentId)> {
        let lane = &self.lanes[lane_id];
        #[cfg(test)]
        self.look(1);
        if let Some(agent) = only
            && !self
                .agents
                .get(&agent)?
                .fits(lane, &self.queues[&lane.queue])
        {
            return None;
        }
        let mut best: Option<(Rank, AgentId)> = None;
        for (refused, group) in &lane.waiting {
            #[cfg(test)]
            self.look(1);
            let Some(head) = group.first() else {
                continue;
            };
            if best.is_some_and(|(rank, _)| rank < *head) {
                continue;
            }
            let agent = match only {
                Some(agent) => (!refused.contains(agent)).then_some(agent),
                None => self.first_ready(lane_id, |agent| !refused.contains(agent)),
            };
            best = agent.map(|agent| (*head, agent)).or(best);
        }
        best
    }

    fn first_ready(&self, lane: LaneId, may: impl Fn(AgentId) -> bool) -> Option<AgentId> {
        let mut ready = self.lanes[lane].ready.iter().map(|(_, agent)| *agent);
        ready.find(|agent| {
            #[cfg(test)]
            self.look(1);
            may(*agent)
        })
    }

    #[cfg(test)]
    pub(super) fn look(&self, count: usize) {
        self.looks.set(self.looks.get() + count as u64);
    }
}

fn relist_seat(
    seat: &mut Seat,
    id: AgentId,
    agent: &AgentState,
    lane: &mut Lane,
    queue: &QueueState,
) {
    let wanted = agent
        .fits(lane, queue)
        .then(|| agent.order_key(lane.queue, queue.order()));
    if seat.listed == wanted {
        return;
    }
    if let Some(key) = mem::replace(&mut seat.listed, wanted) {
        lane.ready.remove(&(key, id));
    }
    if let Some(key) = wanted {
        lane.ready.insert((key, id));
    }
}

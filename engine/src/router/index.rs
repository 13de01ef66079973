//! Everything that can be computed from the items, the agents' sessions and the configuration, kept ready.
//!
//! A queue's lanes stand in the order of their first items, and its crews in the order of their first agents. The best
//! item for an agent, and the best agent for an item, are found by walking one of these until it cannot get better.
//!
//! What must stay true: an item is listed here exactly as its stage says; `unlist` before and `list` after every change
//! keep it so.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use smallvec::SmallVec;

use super::agent::{AgentState, Seat};
use super::bots::Bots;
use super::burden::Burden;
use super::crew::{Crews, Fit, Ready};
use super::event::Session;
use super::item::{Item, Rank, Refusers, Stage};
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
    pub(super) crews: Crews,
    /// The weights that items have had; agents are listed by the greatest that fits.
    pub(super) weights: BTreeSet<u32>,
    pub(super) queues: BTreeMap<QueueId, QueueState>,
    pub(super) agents: BTreeMap<AgentId, AgentState>,
    pub(super) bots: Bots,
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

    /// The lane of a queue for these needs.
    pub(super) fn lane(&mut self, queue_id: QueueId, required: SkillSet, burden: Burden) -> LaneId {
        if self.weights.insert(burden.weight) {
            self.touched.extend(self.agents.keys());
        }
        let queue = self.queues.entry(queue_id).or_default();
        *queue
            .lanes
            .entry((required, burden))
            .or_insert_with_key(|(required, _)| self.lanes.add(queue_id, required.clone(), burden))
    }

    /// Drops the queues that are over, with their lanes and crews.
    pub(super) fn forget_queues(&mut self) {
        let (lanes, crews) = (&mut self.lanes, &mut self.crews);
        self.queues.retain(|_, queue| {
            let is_over = queue.is_over();
            if is_over {
                queue.lanes.values().for_each(|lane| lanes.forget(*lane));
                queue.crews.values().for_each(|crew| crews.forget(*crew));
            }
            !is_over
        });
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
        self.bots.unlist(id, item);
        match item.stage {
            Stage::Waiting => {
                self.change_lane(item, |lane| lane.remove(&item.refused, item.rank(id)));
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
        self.bots.list(id, item);
        match item.stage {
            Stage::Waiting => {
                self.change_lane(item, |lane| lane.insert(&item.refused, item.rank(id)));
                self.stirred.extend(item.lane);
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

    fn change_lane(&mut self, item: &Item, change: impl FnOnce(&mut Lane)) {
        let Some(id) = item.lane else {
            return;
        };
        let lane = &mut self.lanes[id];
        let before = lane.head();
        change(lane);
        let after = lane.head();
        if before != after
            && let Some(queue) = self.queues.get_mut(&lane.queue)
        {
            before.map(|head| queue.heads.remove(&(head, id)));
            queue.heads.extend(after.map(|head| (head, id)));
        }
    }

    /// Moves an item's burden from those who held it to those who hold it.
    pub(super) fn rehold(
        &mut self,
        id: ConversationId,
        burden: Burden,
        before: &[Hold],
        after: &[Hold],
    ) {
        for (agent, queue) in before.iter().filter(|hold| !after.contains(hold)) {
            let state = self.agents.entry(*agent).or_default();
            state.load.release(id, *queue, burden);
            self.next_turn(*agent);
        }
        for (agent, queue) in after.iter().filter(|hold| !before.contains(hold)) {
            let turn = self.next_turn(*agent);
            let state = self.agents.entry(*agent).or_default();
            state.load.hold(id, *queue, burden, turn);
        }
    }

    /// Gives an item another burden, in its lane and in the hands of those who hold it.
    pub(super) fn reweigh(&mut self, id: ConversationId, item: &mut Item, burden: Burden) {
        self.unlist(id, item);
        for (agent, _) in self.holds(item) {
            let state = self.agents.entry(agent).or_default();
            state.load.reweigh(item.burden, burden);
            self.touched.insert(agent);
        }
        let lane = item.lane.map(|lane| &self.lanes[lane]);
        let needs = lane.map(|lane| (lane.queue, lane.required.clone()));
        item.lane = needs.map(|(queue, required)| self.lane(queue, required, burden));
        item.burden = burden;
        self.list(id, item);
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

    /// Finds the agent's queues anew, after a change of session or configuration.
    pub(super) fn reseat(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else {
            return;
        };
        for mut seat in mem::take(&mut agent.seats) {
            if let Some(queue) = self.queues.get_mut(&seat.queue) {
                queue.attendants.remove(&id);
                enter(&mut seat, None, queue, &mut self.crews);
            }
        }
        self.touched.insert(id);
        let Some(session) = &agent.session else {
            return;
        };
        let mut seats = Vec::new();
        for queue_id in &session.queues {
            let Some(queue) = self.queues.get_mut(queue_id) else {
                continue;
            };
            if agent.may_receive(id, *queue_id, queue).is_ok() {
                let crew = *queue
                    .crews
                    .entry(session.skills.clone())
                    .or_insert_with_key(|skills| self.crews.add(skills.clone()));
                seats.push(Seat {
                    queue: *queue_id,
                    crew,
                    listed: None,
                });
            }
        }
        agent.seats = seats;
        self.attend(id);
    }

    /// Makes the crews say what is true of the agent now.
    pub(super) fn relist(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else {
            return;
        };
        if !agent.could_take_more() && agent.seats.iter().all(|seat| seat.listed.is_none()) {
            return;
        }
        let heaviest = self.weights.range(..=agent.spare()).next_back().copied();
        let mut seats = mem::take(&mut agent.seats);
        for seat in &mut seats {
            let Some(queue) = self.queues.get_mut(&seat.queue) else {
                continue;
            };
            let place = || agent.place(id, seat.queue, queue.order());
            let wanted = heaviest
                .and_then(|weight| agent.fit(seat.queue, queue, weight))
                .map(|fit| (fit, place()));
            enter(seat, wanted, queue, &mut self.crews);
        }
        agent.seats = seats;
        #[cfg(test)]
        self.look(self.agents[&id].seats.len());
    }

    /// The first of the lane's items that somebody can take.
    pub(super) fn first_of_lane(&self, id: LaneId) -> Option<Rank> {
        let lane = &self.lanes[id];
        let mut best: Option<Rank> = None;
        for (refused, group) in &lane.groups {
            #[cfg(test)]
            self.look(1);
            let Some(head) = group
                .first()
                .filter(|head| best.is_none_or(|best| **head < best))
            else {
                continue;
            };
            if self.first_ready(lane, refused).is_some() {
                best = Some(*head);
            }
        }
        best
    }

    /// The first agent in the queue's order who can take an item of the lane.
    pub(super) fn first_ready(&self, lane: &Lane, refused: &Refusers) -> Option<AgentId> {
        let mut best: Option<Ready> = None;
        for (head, crew) in &self.queues.get(&lane.queue)?.ready {
            if best.is_some_and(|best| best < *head) {
                break;
            }
            #[cfg(test)]
            self.look(1);
            let crew = &self.crews[*crew];
            if crew.skills.covers(&lane.required) {
                let found = crew.first(lane.burden, |agent| {
                    #[cfg(test)]
                    self.look(1);
                    !refused.contains(agent)
                });
                best = best.into_iter().chain(found).min();
            }
        }
        best.map(|ready| ready.agent)
    }

    /// The first item that the agent can take, and its lane.
    pub(super) fn first_for_agent(&self, id: AgentId) -> Option<(Rank, LaneId)> {
        let agent = self
            .agents
            .get(&id)
            .filter(|agent| agent.could_take_more())?;
        let mut best: Option<(Rank, LaneId)> = None;
        for seat in &agent.seats {
            #[cfg(test)]
            self.look(1);
            let Some(queue) = self.queues.get(&seat.queue) else {
                continue;
            };
            let Some(fit) = agent.fit(seat.queue, queue, agent.spare()) else {
                continue;
            };
            for (head, lane_id) in &queue.heads {
                if best.is_some_and(|(best, _)| best < *head) {
                    break;
                }
                let lane = &self.lanes[*lane_id];
                #[cfg(test)]
                self.look(lane.groups.len());
                if fit.takes(lane.burden) && agent.has_skills(&lane.required) {
                    let found = lane.first_for(id).map(|rank| (rank, *lane_id));
                    best = best.into_iter().chain(found).min();
                }
            }
        }
        best
    }

    #[cfg(test)]
    pub(super) fn look(&self, count: usize) {
        self.looks.set(self.looks.get() + count as u64);
    }
}

/// Moves an agent's entry in a crew, and the crew's among the queue's.
fn enter(seat: &mut Seat, wanted: Option<(Fit, Ready)>, queue: &mut QueueState, crews: &mut Crews) {
    if seat.listed == wanted {
        return;
    }
    let crew = &mut crews[seat.crew];
    let before = crew.head();
    if let Some((fit, ready)) = mem::replace(&mut seat.listed, wanted) {
        crew.remove(fit, ready);
    }
    if let Some((fit, ready)) = wanted {
        crew.insert(fit, ready);
    }
    let after = crew.head();
    if before != after {
        before.map(|head| queue.ready.remove(&(head, seat.crew)));
        queue.ready.extend(after.map(|head| (head, seat.crew)));
    }
}

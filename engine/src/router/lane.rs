//! A lane: the waiting items of one queue that need the same skills and are the same burden.
//!
//! What must stay true: whoever can take one item of a lane can take any other, unless they refused it. Items that the
//! same agents refused stand together, so that one look passes over them all: items that can go to nobody cost nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Index, IndexMut};

use super::burden::Burden;
use super::item::{Rank, Refusers};
use super::skills::SkillSet;
use crate::ids::{AgentId, QueueId};

/// One lane of one queue.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) queue: QueueId,
    pub(super) required: SkillSet,
    pub(super) burden: Burden,
    /// No group is empty.
    pub(super) groups: BTreeMap<Refusers, BTreeSet<Rank>>,
}

/// The number of a lane. It lives as long as its queue, since skills are few; then the number is another one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(usize);

/// All lanes of all queues.
#[derive(Clone, Debug, Default)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    /// The numbers of those that are nobody's.
    free: Vec<LaneId>,
}

impl Lane {
    pub(super) fn insert(&mut self, refused: &Refusers, rank: Rank) {
        match self.groups.get_mut(refused) {
            Some(group) => {
                group.insert(rank);
            }
            None => {
                self.groups.insert(refused.clone(), BTreeSet::from([rank]));
            }
        }
    }

    pub(super) fn remove(&mut self, refused: &Refusers, rank: Rank) {
        let Some(group) = self.groups.get_mut(refused) else {
            return;
        };
        group.remove(&rank);
        if group.is_empty() {
            self.groups.remove(refused);
        }
    }

    /// The first item of all.
    pub(super) fn head(&self) -> Option<Rank> {
        self.groups
            .values()
            .filter_map(|group| group.first())
            .min()
            .copied()
    }

    /// The first item that the agent did not refuse.
    pub(super) fn first_for(&self, agent: AgentId) -> Option<Rank> {
        let groups = self
            .groups
            .iter()
            .filter(|(refused, _)| !refused.contains(agent));
        groups.filter_map(|(_, group)| group.first()).min().copied()
    }
}

impl Lanes {
    pub(super) fn add(&mut self, queue: QueueId, required: SkillSet, burden: Burden) -> LaneId {
        let lane = Lane {
            queue,
            required,
            burden,
            groups: BTreeMap::new(),
        };
        if let Some(free) = self.free.pop() {
            self[free] = lane;
            return free;
        }
        self.lanes.push(lane);
        LaneId(self.lanes.len() - 1)
    }

    /// The queue of an empty lane is gone.
    pub(super) fn forget(&mut self, id: LaneId) {
        self[id].required = SkillSet::default();
        self.free.push(id);
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.lanes.len() - self.free.len()
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (LaneId, &Lane)> {
        self.lanes
            .iter()
            .enumerate()
            .map(|(number, lane)| (LaneId(number), lane))
    }
}

impl Index<LaneId> for Lanes {
    type Output = Lane;
    fn index(&self, lane: LaneId) -> &Lane {
        &self.lanes[lane.0]
    }
}

impl IndexMut<LaneId> for Lanes {
    fn index_mut(&mut self, lane: LaneId) -> &mut Lane {
        &mut self.lanes[lane.0]
    }
}

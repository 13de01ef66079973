//! A crew: the agents at one queue who have the same skills, as far as they could take something now.
//!
//! What must stay true: whoever of a crew can take a burden can take any item of that burden in the lanes that the crew's
//! skills cover. Agents who can take nothing are in no crew's sets, so nobody looks at them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Index, IndexMut};

use super::burden::Burden;
use super::capacity::Places;
use super::skills::SkillSet;
use crate::ids::AgentId;

/// One crew of one queue.
#[derive(Clone, Debug)]
pub(super) struct Crew {
    pub(super) skills: SkillSet,
    /// By what they can take.
    ready: BTreeMap<Fit, BTreeSet<Ready>>,
}

/// What an agent can take of a queue now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    /// The greatest weight that fits.
    pub(super) weight: u32,
    pub(super) places: Places,
}

/// An agent's place in the queue's order; the least is offered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ready {
    pub(super) first: u64,
    pub(super) then: u64,
    pub(super) agent: AgentId,
}

/// The number of a crew. It lives as long as its queue, since sets of skills are few; then the number is another one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CrewId(usize);

/// All crews of all queues.
#[derive(Clone, Debug, Default)]
pub(super) struct Crews {
    crews: Vec<Crew>,
    /// The numbers of those that are nobody's.
    free: Vec<CrewId>,
}

impl Fit {
    pub(super) fn takes(self, burden: Burden) -> bool {
        burden.weight <= self.weight && self.places.has(burden.medium)
    }
}

impl Crew {
    pub(super) fn insert(&mut self, fit: Fit, ready: Ready) {
        self.ready.entry(fit).or_default().insert(ready);
    }

    pub(super) fn remove(&mut self, fit: Fit, ready: Ready) {
        if let Some(set) = self.ready.get_mut(&fit) {
            set.remove(&ready);
        }
    }

    /// The first of all.
    pub(super) fn head(&self) -> Option<Ready> {
        self.ready
            .values()
            .filter_map(|set| set.first())
            .min()
            .copied()
    }

    /// The first who can take the burden and `may`.
    pub(super) fn first(&self, burden: Burden, may: impl Fn(AgentId) -> bool) -> Option<Ready> {
        let fitting = self.ready.iter().filter(|(fit, _)| fit.takes(burden));
        fitting
            .filter_map(|(_, set)| set.iter().find(|ready| may(ready.agent)))
            .min()
            .copied()
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (Fit, Ready)> {
        self.ready
            .iter()
            .flat_map(|(fit, set)| set.iter().map(|ready| (*fit, *ready)))
    }
}

impl Crews {
    pub(super) fn add(&mut self, skills: SkillSet) -> CrewId {
        let crew = Crew {
            skills,
            ready: BTreeMap::new(),
        };
        if let Some(free) = self.free.pop() {
            self[free] = crew;
            return free;
        }
        self.crews.push(crew);
        CrewId(self.crews.len() - 1)
    }

    /// The queue of a crew that has nobody is gone.
    pub(super) fn forget(&mut self, id: CrewId) {
        let crew = &mut self[id];
        crew.skills = SkillSet::default();
        crew.ready.clear();
        self.free.push(id);
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.crews.len() - self.free.len()
    }
}

impl Index<CrewId> for Crews {
    type Output = Crew;
    fn index(&self, crew: CrewId) -> &Crew {
        &self.crews[crew.0]
    }
}

impl IndexMut<CrewId> for Crews {
    fn index_mut(&mut self, crew: CrewId) -> &mut Crew {
        &mut self.crews[crew.0]
    }
}

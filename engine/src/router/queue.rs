//! A queue, as the router sees it: what is configured, who chose it, and how many conversations it has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::burden::Burden;
use super::crew::{CrewId, Ready};
use super::item::{Item, Rank, Stage};
use super::lane::LaneId;
use super::skills::SkillSet;
use crate::configuration::{AgentOrder, OnAgentLost, Queue, Strategy};
use crate::ids::AgentId;

/// A queue, configured or not: conversations may remain in one that was deleted.
#[derive(Clone, Debug, Default)]
pub(super) struct QueueState {
    config: Option<Arc<Queue>>,
    members: BTreeSet<AgentId>,
    /// Signed-in agents who chose this queue, members or not.
    pub(super) present: BTreeSet<AgentId>,
    /// Those of them who serve it, and are there or may yet come back.
    pub(super) attendants: BTreeSet<AgentId>,
    pub(super) lanes: BTreeMap<(SkillSet, Burden), LaneId>,
    /// The lanes in which something waits, in the order of their first items.
    pub(super) heads: BTreeSet<(Rank, LaneId)>,
    pub(super) crews: BTreeMap<SkillSet, CrewId>,
    /// The crews of which somebody is ready, in the order of the first.
    pub(super) ready: BTreeSet<(Ready, CrewId)>,
    pub(super) counts: Counts,
}

/// How many conversations of a queue are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) waiting: usize,
    pub(super) offered: usize,
    pub(super) held: usize,
}

impl QueueState {
    /// Takes over the configuration; says whether anything changed.
    pub(super) fn configure(&mut self, config: Option<&Arc<Queue>>) -> bool {
        if self.config.as_ref() == config {
            return false;
        }
        self.members = config
            .iter()
            .flat_map(|queue| queue.members.iter().copied())
            .collect();
        self.config = config.cloned();
        true
    }

    /// Whether nothing would be lost with it: nobody configured it, chose it, or waits in it.
    pub(super) fn is_over(&self) -> bool {
        self.config.is_none() && self.present.is_empty() && self.counts == Counts::default()
    }

    pub(super) fn is_configured(&self) -> bool {
        self.config.is_some()
    }

    pub(super) fn is_member(&self, agent: AgentId) -> bool {
        self.members.contains(&agent)
    }

    /// Whether the router offers this queue's conversations.
    pub(super) fn offers(&self) -> bool {
        self.config
            .as_ref()
            .is_some_and(|queue| match queue.strategy {
                Strategy::Auto => true,
                Strategy::Manual => false,
            })
    }

    pub(super) fn order(&self) -> AgentOrder {
        self.config
            .as_ref()
            .map(|queue| queue.order)
            .unwrap_or_default()
    }

    /// The most conversations of this queue that one agent may hold, and as many mails beside them.
    pub(super) fn limit(&self) -> Option<u32> {
        self.config
            .as_ref()
            .map(|queue| queue.max_per_agent)
            .filter(|limit| *limit > 0)
    }

    /// At least a second: a shorter offer would only be refused in everybody's name.
    pub(super) fn offer_timeout(&self) -> Duration {
        let secs = self
            .config
            .as_ref()
            .map_or(0, |queue| queue.offer_timeout_secs);
        Duration::from_secs(u64::from(secs.max(1)))
    }

    pub(super) fn on_agent_lost(&self) -> OnAgentLost {
        self.config
            .as_ref()
            .map(|queue| queue.on_agent_lost)
            .unwrap_or_default()
    }
}

impl Counts {
    /// The count that an item in this stage belongs to.
    pub(super) fn of(&mut self, item: &Item) -> &mut usize {
        match item.stage {
            Stage::Waiting => &mut self.waiting,
            Stage::Offered(_) => &mut self.offered,
            Stage::Claimed(_) | Stage::Owned(_) => &mut self.held,
        }
    }
}

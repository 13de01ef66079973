//! Computes everything that the index keeps anew, from the items and the agents, and compares.

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{AgentId, QueueId};
use crate::router::agent::Absence;
use crate::router::burden::{Burden, Medium};
use crate::router::index::Deadline;
use crate::router::item::Stage;
use crate::router::queue::Counts;
use crate::router::state::Routing;

/// Panics when an item is not in exactly one place, or anything kept is not what it should be.
pub(super) fn audit(routing: &Routing) {
    listed_where_the_stage_says(routing);
    loads_are_sums(routing);
    crews_list_who_fits(routing);
    nothing_that_goes_together_waits(routing);
}

fn listed_where_the_stage_says(routing: &Routing) {
    let index = &routing.index;
    let mut counts: BTreeMap<QueueId, Counts> = BTreeMap::new();
    let (mut offers, mut deadlines, mut waiting) = (BTreeMap::new(), BTreeSet::new(), 0);
    for (id, item) in &routing.items {
        if let Some(queue) = index.queue_of(item) {
            *counts.entry(queue).or_default().of(item) += 1;
        }
        match item.stage {
            Stage::Waiting => {
                if let Some(lane) = item.lane {
                    assert!(index.lanes[lane].groups[&item.refused].contains(&item.rank(*id)));
                    waiting += 1;
                }
            }
            Stage::Offered(offer) => {
                assert!(
                    offer.expires > routing.now,
                    "{id} is offered beyond its time"
                );
                offers.insert(offer.id, *id);
                deadlines.insert((offer.expires, Deadline::Offer(*id)));
            }
            Stage::Claimed(claim) => offers.extend(claim.offer.map(|offer| (offer, *id))),
            Stage::Owned(_) => {}
        }
    }
    let groups = index
        .lanes
        .iter()
        .flat_map(|(_, lane)| lane.groups.values());
    let lengths: Vec<usize> = groups.map(BTreeSet::len).collect();
    assert!(
        !lengths.contains(&0),
        "an empty group would be looked at for nothing"
    );
    assert_eq!(
        lengths.iter().sum::<usize>(),
        waiting,
        "an item is in two places"
    );
    assert_eq!(offers, index.offers);
    for (id, agent) in &index.agents {
        if let Absence::Until(end) = agent.absence {
            deadlines.insert((end, Deadline::Grace(*id)));
        }
        deadlines.extend(agent.wrap_up_until.map(|end| (end, Deadline::WrapUp(*id))));
    }
    assert_eq!(deadlines, index.deadlines);
    for (id, queue) in &index.queues {
        let chose = index.agents.iter().filter(|(_, agent)| {
            agent
                .session
                .as_ref()
                .is_some_and(|session| session.queues.contains(id))
        });
        assert!(queue.present.iter().eq(chose.map(|(agent, _)| agent)));
        let attends = index.agents.iter().filter(|(agent_id, agent)| {
            agent.may_receive(**agent_id, *id, queue).is_ok() && agent.is_expected()
        });
        assert!(queue.attendants.iter().eq(attends.map(|(agent, _)| agent)));
        assert_eq!(queue.counts, counts.get(id).copied().unwrap_or_default());
    }
}

fn loads_are_sums(routing: &Routing) {
    let mut sums: BTreeMap<AgentId, (u32, BTreeSet<_>)> = BTreeMap::new();
    for (id, item) in &routing.items {
        assert_eq!(item.burden, Burden::of(item.kind, &routing.weights));
        for agent in item.holders() {
            let sum = sums.entry(agent).or_default();
            sum.0 += item.burden.weight;
            sum.1.insert(*id);
        }
    }
    for (id, agent) in &routing.index.agents {
        let (used, conversations) = sums.remove(id).unwrap_or_default();
        assert_eq!(agent.load.used(), used);
        assert_eq!(*agent.load.conversations(), conversations);
        for queue in routing.index.queues.keys() {
            let items = conversations.iter().map(|id| &routing.items[id]);
            let of_queue = items.filter(|item| routing.index.queue_of(item) == Some(*queue));
            let media: Vec<Medium> = of_queue.map(|item| item.burden.medium).collect();
            for medium in [Medium::Chat, Medium::Mail] {
                let held = media.iter().filter(|of| **of == medium).count();
                assert_eq!(agent.load.held_of(*queue, medium) as usize, held);
            }
        }
    }
    assert!(sums.is_empty(), "somebody unknown holds something");
}

fn crews_list_who_fits(routing: &Routing) {
    let index = &routing.index;
    let mut lanes = index.lanes.iter();
    assert!(lanes.all(|(_, lane)| index.weights.contains(&lane.burden.weight)));
    for (queue_id, queue) in &index.queues {
        let mut expected = BTreeSet::new();
        for (id, agent) in &index.agents {
            let weights = index.weights.iter().copied();
            let heaviest = weights.filter(|weight| *weight <= agent.spare()).max();
            let fit = heaviest
                .filter(|_| agent.may_receive(*id, *queue_id, queue).is_ok())
                .and_then(|weight| agent.fit(*queue_id, queue, weight));
            let Some(fit) = fit else {
                continue;
            };
            let skills = agent.session.as_ref().unwrap().skills.clone();
            expected.insert((skills, fit, agent.place(*id, *queue_id, queue.order())));
        }
        let crews = queue.crews.iter().flat_map(|(skills, crew)| {
            let listed = index.crews[*crew].iter();
            listed.map(|(fit, ready)| (skills.clone(), fit, ready))
        });
        let listed: BTreeSet<_> = crews.collect();
        assert_eq!(
            listed, expected,
            "{queue_id} lists others than those who fit"
        );
        let heads = queue.crews.values();
        let heads = heads.filter_map(|crew| Some((index.crews[*crew].head()?, *crew)));
        assert_eq!(queue.ready, heads.collect());
        let heads = queue.lanes.values();
        let heads = heads.filter_map(|lane| Some((index.lanes[*lane].head()?, *lane)));
        assert_eq!(queue.heads, heads.collect());
    }
}

fn nothing_that_goes_together_waits(routing: &Routing) {
    for (id, lane) in routing.index.lanes.iter() {
        assert_eq!(
            routing.index.first_of_lane(id),
            None,
            "{lane:?} has something for somebody"
        );
    }
    for agent in routing.index.agents.keys() {
        let found = routing.index.first_for_agent(*agent);
        assert_eq!(found, None, "there is something for {agent}");
    }
}

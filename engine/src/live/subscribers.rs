//! The subscribers, found by what they want: whoever is not concerned costs nothing.
//!
//! What must stay true: every subscriber is listed under everything that its interest names, and under nothing else.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use tokio::sync::mpsc;

use super::LiveEvent;
use super::concern::{Concern, Wish};
use crate::ids::{AgentId, KeyDigest, QueueId, TenantId};

struct Subscriber {
    events: mpsc::Sender<LiveEvent>,
    wish: Wish,
}

/// Everybody who subscribed.
#[derive(Default)]
pub(super) struct Subscribers {
    all: HashMap<u64, Subscriber>,
    watchers: HashMap<KeyDigest, BTreeSet<u64>>,
    queues: HashMap<QueueId, BTreeSet<u64>>,
    agents: HashMap<AgentId, BTreeSet<u64>>,
    everything: HashMap<TenantId, BTreeSet<u64>>,
    colleagues: HashMap<TenantId, BTreeSet<u64>>,
}

impl Subscribers {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn insert(&mut self, id: u64, wish: Wish, events: mpsc::Sender<LiveEvent>) {
        self.list(id, &wish);
        self.all.insert(id, Subscriber { events, wish });
    }

    pub(super) fn remove(&mut self, id: u64) {
        if let Some(subscriber) = self.all.remove(&id) {
            self.unlist(id, &subscriber.wish);
        }
    }

    pub(super) fn change(&mut self, id: u64, wish: Wish) {
        if let Some(Subscriber { events, wish: old }) = self.all.remove(&id) {
            self.unlist(id, &old);
            self.insert(id, wish, events);
        }
    }

    /// Sends to whom it concerns; those who had no room.
    pub(super) fn send(&self, event: &LiveEvent, concern: &Concern) -> Vec<u64> {
        let mut slow = Vec::new();
        for id in self.concerned(concern) {
            let told = self
                .all
                .get(&id)
                .map(|subscriber| subscriber.events.try_send(event.clone()));
            if let Some(Err(_)) = told {
                slow.push(id);
            }
        }
        slow
    }

    pub(super) fn concerned(&self, concern: &Concern) -> BTreeSet<u64> {
        let mut found = BTreeSet::new();
        if let Some(digest) = &concern.conversation {
            found.extend(listed(&self.watchers, digest));
            found.extend(listed(&self.everything, &concern.tenant));
        }
        if concern.colleagues {
            found.extend(listed(&self.colleagues, &concern.tenant));
        }
        for queue in &concern.queues {
            found.extend(listed(&self.queues, queue));
        }
        for agent in &concern.agents {
            found.extend(listed(&self.agents, agent));
        }
        found.retain(|id| {
            self.all
                .get(id)
                .is_some_and(|subscriber| subscriber.wish.is_concerned(concern))
        });
        found
    }

    /// The plain model of [`concerned`](Self::concerned): everybody is asked.
    #[cfg(test)]
    pub(super) fn concerned_of_all(&self, concern: &Concern) -> BTreeSet<u64> {
        let all = self.all.iter();
        all.filter(|(_, subscriber)| subscriber.wish.is_concerned(concern))
            .map(|(id, _)| *id)
            .collect()
    }

    /// How many places list somebody.
    #[cfg(test)]
    pub(super) fn lists(&self) -> usize {
        self.watchers.len()
            + self.queues.len()
            + self.agents.len()
            + self.everything.len()
            + self.colleagues.len()
    }

    fn list(&mut self, id: u64, wish: &Wish) {
        let tenant = wish.interest.tenant;
        let everything = tenant.filter(|_| wish.interest.everything);
        add(&mut self.watchers, wish.watched, id);
        add(&mut self.queues, wish.interest.queues.iter().copied(), id);
        add(&mut self.agents, wish.interest.agent, id);
        add(&mut self.everything, everything, id);
        add(&mut self.colleagues, tenant, id);
    }

    fn unlist(&mut self, id: u64, wish: &Wish) {
        let tenant = wish.interest.tenant;
        let everything = tenant.filter(|_| wish.interest.everything);
        drop_from(&mut self.watchers, wish.watched, id);
        drop_from(&mut self.queues, wish.interest.queues.iter().copied(), id);
        drop_from(&mut self.agents, wish.interest.agent, id);
        drop_from(&mut self.everything, everything, id);
        drop_from(&mut self.colleagues, tenant, id);
    }
}

type Lists<K> = HashMap<K, BTreeSet<u64>>;

fn listed<'a, K: Eq + Hash>(lists: &'a Lists<K>, key: &K) -> impl Iterator<Item = u64> + 'a {
    lists.get(key).into_iter().flatten().copied()
}

fn add<K: Eq + Hash>(lists: &mut Lists<K>, keys: impl IntoIterator<Item = K>, id: u64) {
    for key in keys {
        lists.entry(key).or_default().insert(id);
    }
}

fn drop_from<K: Eq + Hash>(lists: &mut Lists<K>, keys: impl IntoIterator<Item = K>, id: u64) {
    for key in keys {
        if let Some(ids) = lists.get_mut(&key) {
            ids.remove(&id);
            if ids.is_empty() {
                lists.remove(&key);
            }
        }
    }
}

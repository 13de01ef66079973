//! Live views: who hears of what, as it is committed.
//!
//! A subscriber hears of the queues it serves, the conversations it holds and the one that it watches; its cost is that of
//! its own queues, whoever else is connected. What must stay true: a subscriber is sent every committed entry of its
//! concern in order, or it is disconnected; it is never left with a silent gap. Typing and presence carry no position and
//! are never replayed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use parking_lot::RwLock;
use tokio::sync::mpsc;

use crate::follow::{CommittedLog, Cursor};
use crate::ids::{AgentId, ConversationId, ConversationKey, KeyDigest, QueueId, TenantId};
use crate::journal::{Committed, Position};
use crate::limits::SUBSCRIBER_EVENTS;
use crate::message::{Destination, Entry, Fact};
use crate::metrics;
use crate::router::Presence;

/// What a subscriber hears.
#[derive(Clone, Debug)]
pub enum LiveEvent {
    Committed(Arc<Committed>),
    /// Somebody types, or stopped.
    Typing {
        conversation: ConversationId,
        who: Typist,
        typing: bool,
    },
    /// An agent is there, or not.
    Presence {
        agent: AgentId,
        presence: Option<Presence>,
    },
}

/// Who types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typist {
    Customer,
    Agent(AgentId),
}

/// What a subscriber wants to hear of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interest {
    pub tenant: Option<TenantId>,
    /// Conversations in these queues.
    pub queues: Vec<QueueId>,
    /// Conversations and offers of this agent.
    pub agent: Option<AgentId>,
    /// One conversation, wherever it is.
    pub watched: Option<ConversationKey>,
    /// Every conversation of the tenant.
    pub everything: bool,
}

struct Subscriber {
    events: mpsc::Sender<LiveEvent>,
    interest: Interest,
    watched: Option<KeyDigest>,
}

#[derive(Clone, Copy, Default)]
struct Place {
    queue: Option<QueueId>,
    agent: Option<AgentId>,
}

/// Every subscriber of the node.
#[derive(Default)]
pub struct Live {
    subscribers: RwLock<HashMap<u64, Subscriber>>,
    watchers: DashMap<KeyDigest, Vec<u64>>,
    places: DashMap<KeyDigest, Place>,
    next: AtomicU64,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({} subscribers)", self.subscribers.read().len())
    }
}

/// A subscriber's end. Dropped, it hears no more.
#[derive(Debug)]
pub struct Subscription {
    id: u64,
    live: Arc<Live>,
    events: mpsc::Receiver<LiveEvent>,
}

impl Subscription {
    /// The next event; `None` when the subscriber was too slow and must resume.
    pub async fn next(&mut self) -> Option<LiveEvent> {
        self.events.recv().await
    }

    /// An event that is there already.
    pub fn try_next(&mut self) -> Option<LiveEvent> {
        self.events.try_recv().ok()
    }

    /// Hears of other things from now on.
    pub fn change(&self, interest: Interest) {
        self.live.change(self.id, interest);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.live.remove(self.id);
    }
}

impl Live {
    /// Hears of what is committed from now on.
    pub fn subscribe(self: &Arc<Self>, interest: Interest) -> Subscription {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, events) = mpsc::channel(SUBSCRIBER_EVENTS);
        let watched = interest.watched.as_ref().map(ConversationKey::digest);
        if let Some(digest) = watched {
            self.watchers.entry(digest).or_default().push(id);
        }
        self.subscribers.write().insert(
            id,
            Subscriber {
                events: sender,
                interest,
                watched,
            },
        );
        Subscription {
            id,
            live: Arc::clone(self),
            events,
        }
    }

    fn change(&self, id: u64, interest: Interest) {
        let watched = interest.watched.as_ref().map(ConversationKey::digest);
        let before = {
            let mut subscribers = self.subscribers.write();
            let Some(subscriber) = subscribers.get_mut(&id) else {
                return;
            };
            subscriber.interest = interest;
            std::mem::replace(&mut subscriber.watched, watched)
        };
        self.unwatch(id, before);
        if let Some(digest) = watched {
            self.watchers.entry(digest).or_default().push(id);
        }
    }

    fn remove(&self, id: u64) {
        let removed = self.subscribers.write().remove(&id);
        self.unwatch(id, removed.and_then(|subscriber| subscriber.watched));
    }

    fn unwatch(&self, id: u64, watched: Option<KeyDigest>) {
        let Some(digest) = watched else { return };
        if let Some(mut ids) = self.watchers.get_mut(&digest) {
            ids.retain(|watcher| *watcher != id);
        }
        self.watchers.remove_if(&digest, |_, ids| ids.is_empty());
    }

    /// Where an open conversation is, as found at the start.
    pub(crate) fn place(
        &self,
        key: &ConversationKey,
        queue: Option<QueueId>,
        agent: Option<AgentId>,
    ) {
        self.places.insert(key.digest(), Place { queue, agent });
    }

    /// Somebody types.
    pub fn typing(
        &self,
        key: &ConversationKey,
        conversation: ConversationId,
        who: Typist,
        typing: bool,
    ) {
        let digest = key.digest();
        let place = self
            .places
            .get(&digest)
            .map(|place| *place)
            .unwrap_or_default();
        let event = LiveEvent::Typing {
            conversation,
            who,
            typing,
        };
        self.send(&event, |subscriber| {
            concerns(subscriber, key.tenant, digest, place)
        });
    }

    /// An agent's presence changed.
    pub fn presence(&self, tenant: TenantId, agent: AgentId, presence: Option<Presence>) {
        let event = LiveEvent::Presence { agent, presence };
        self.send(&event, |subscriber| {
            subscriber.interest.tenant == Some(tenant)
        });
    }

    /// Whether an entry concerns an interest, as far as the present places tell.
    #[must_use]
    pub fn concerns(&self, interest: &Interest, entry: &Entry) -> bool {
        let Some(key) = entry.conversation_key() else {
            return interest.tenant == Some(entry.key.tenant())
                && names_agent(entry, interest.agent);
        };
        let digest = key.digest();
        let place = self
            .places
            .get(&digest)
            .map(|place| *place)
            .unwrap_or_default();
        let probe = Probe {
            interest,
            watched: interest.watched.as_ref().map(ConversationKey::digest),
        };
        probe.concerns(key.tenant, digest, place) || moved_from(entry, interest)
    }

    fn publish(&self, committed: &Arc<Committed>) {
        let entry = &committed.entry;
        let Some(key) = entry.conversation_key() else {
            return self.publish_routing(committed);
        };
        let digest = key.digest();
        let before = self
            .places
            .get(&digest)
            .map(|place| *place)
            .unwrap_or_default();
        let after = self.follow_place(digest, before, entry);
        if self.subscribers.read().is_empty() {
            return;
        }
        let event = LiveEvent::Committed(Arc::clone(committed));
        self.send(&event, |subscriber| {
            concerns(subscriber, key.tenant, digest, before)
                || concerns(subscriber, key.tenant, digest, after)
        });
    }

    fn publish_routing(&self, committed: &Arc<Committed>) {
        let entry = &committed.entry;
        let event = LiveEvent::Committed(Arc::clone(committed));
        self.send(&event, |subscriber| {
            subscriber.interest.tenant == Some(entry.key.tenant())
                && names_agent(entry, subscriber.interest.agent)
        });
    }

    fn follow_place(&self, digest: KeyDigest, before: Place, entry: &Entry) -> Place {
        let mut place = before;
        let (mut moved, mut closed) = (false, false);
        for fact in &entry.facts {
            match fact {
                Fact::Opened(opened) => {
                    let queue = match opened.destination {
                        Destination::Queue(queue) => Some(queue),
                        Destination::Chatbot(_) => None,
                    };
                    (place, moved, closed) = (Place { queue, agent: None }, true, false);
                }
                Fact::Reopened { queue, agent, .. } => {
                    (place, moved, closed) = (
                        Place {
                            queue: *queue,
                            agent: *agent,
                        },
                        true,
                        false,
                    );
                }
                Fact::Assigned { queue, agent, .. } => {
                    (place, moved) = (
                        Place {
                            queue: queue.or(place.queue),
                            agent: Some(*agent),
                        },
                        true,
                    );
                }
                Fact::Requeued { queue, .. } => {
                    (place, moved) = (
                        Place {
                            queue: Some(*queue),
                            agent: None,
                        },
                        true,
                    )
                }
                Fact::Closed { .. } => closed = true,
                _ => {}
            }
        }
        if closed {
            self.places.remove(&digest);
        } else if moved {
            self.places.insert(digest, place);
        }
        place
    }

    /// Sends to whom it concerns; whoever has no room is cut off and resumes.
    fn send(&self, event: &LiveEvent, concerned: impl Fn(&Subscriber) -> bool) {
        let mut slow = Vec::new();
        for (id, subscriber) in self.subscribers.read().iter() {
            if concerned(subscriber) && subscriber.events.try_send(event.clone()).is_err() {
                slow.push(*id);
            }
        }
        for id in slow {
            metrics::subscriber_too_slow();
            self.remove(id);
        }
    }
}

struct Probe<'a> {
    interest: &'a Interest,
    watched: Option<KeyDigest>,
}

impl Probe<'_> {
    fn concerns(&self, tenant: TenantId, digest: KeyDigest, place: Place) -> bool {
        if self.interest.tenant.is_some_and(|own| own != tenant) {
            return false;
        }
        self.watched == Some(digest)
            || (self.interest.everything && self.interest.tenant == Some(tenant))
            || (self.interest.agent.is_some() && place.agent == self.interest.agent)
            || place
                .queue
                .is_some_and(|queue| self.interest.queues.contains(&queue))
    }
}

fn concerns(subscriber: &Subscriber, tenant: TenantId, digest: KeyDigest, place: Place) -> bool {
    Probe {
        interest: &subscriber.interest,
        watched: subscriber.watched,
    }
    .concerns(tenant, digest, place)
}

/// Whether an entry takes a conversation away from an interest.
fn moved_from(entry: &Entry, interest: &Interest) -> bool {
    entry.facts.iter().any(|fact| match fact {
        Fact::Requeued { from, .. } => from.is_some() && *from == interest.agent,
        Fact::Assigned { queue, agent, .. } => {
            Some(*agent) == interest.agent
                || queue.is_some_and(|queue| interest.queues.contains(&queue))
        }
        _ => false,
    })
}

fn names_agent(entry: &Entry, own: Option<AgentId>) -> bool {
    entry.facts.iter().any(|fact| match fact {
        Fact::OfferMade { agent, .. } | Fact::OfferEnded { agent, .. } => Some(*agent) == own,
        Fact::SessionChosen { .. } => true,
        _ => false,
    })
}

/// Tells the subscribers what is committed, for as long as the engine runs.
pub(crate) async fn feed(live: Arc<Live>, log: Arc<CommittedLog>, from: Position) {
    let mut cursor = Cursor::new(log, from);
    loop {
        match cursor.next(1_000).await {
            Ok(entries) => entries.iter().for_each(|committed| live.publish(committed)),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the live views cannot read the journal; trying again"
                );
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

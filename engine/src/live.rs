//! Live views: who hears of what, as it is committed.
//!
//! A subscriber hears of the queues it serves, the conversations it holds and the one that it watches; its cost is that of
//! its own queues, whoever else is connected. What must stay true: a subscriber is sent every committed entry of its
//! concern in order, or it is disconnected; it is never left with a silent gap. What concerned whom is remembered for the
//! newest entries, so that a replay is decided as the live view was. Typing and presence carry no position and are never
//! replayed.

mod concern;
mod past;
mod places;
mod subscribers;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::mpsc;

use self::concern::{Concern, Passage, Wish};
use self::past::Past;
pub use self::past::REPLAYED_MAX;
use self::places::{Place, Places};
use self::subscribers::Subscribers;
use crate::follow::Cursor;
use crate::ids::{AgentId, ConversationId, ConversationKey, QueueId, TenantId};
use crate::journal::{Committed, Position};
use crate::limits::SUBSCRIBER_EVENTS;
use crate::metrics;
use crate::router::{Desks, Presence};

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

/// Every subscriber of the node.
#[derive(Default)]
pub struct Live {
    /// Who has a desk open.
    pub desks: Desks,
    subscribers: RwLock<Subscribers>,
    places: Places,
    past: Mutex<Past>,
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
        self.live
            .subscribers
            .write()
            .change(self.id, Wish::new(interest));
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.live.subscribers.write().remove(self.id);
    }
}

impl Live {
    /// Hears of what is committed from now on: of everything above what [`reached`](Self::reached) says afterwards.
    pub fn subscribe(self: &Arc<Self>, interest: Interest) -> Subscription {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, events) = mpsc::channel(SUBSCRIBER_EVENTS);
        self.subscribers
            .write()
            .insert(id, Wish::new(interest), sender);
        Subscription {
            id,
            live: Arc::clone(self),
            events,
        }
    }

    /// The newest entry that subscribers were told of; `None` before the first look at the journal.
    pub fn reached(&self) -> Option<Position> {
        self.past.lock().reached()
    }

    /// Of entries that were published, those that concern an interest, as they concerned it then; `None` when that is not
    /// remembered of all of them.
    pub fn recall(
        &self,
        interest: &Interest,
        entries: Vec<Arc<Committed>>,
    ) -> Option<Vec<Arc<Committed>>> {
        let wish = Wish::new(interest.clone());
        let past = self.past.lock();
        let mut concerning = Vec::new();
        for committed in entries {
            let passage = past.passage(committed.position)?;
            if wish.is_concerned(&Concern::of(&committed.entry, passage)) {
                concerning.push(committed);
            }
        }
        Some(concerning)
    }

    /// Where an open conversation is, as found at the start.
    pub(crate) fn place(
        &self,
        key: &ConversationKey,
        queue: Option<QueueId>,
        agent: Option<AgentId>,
    ) {
        self.places.put(key.digest(), Place { queue, agent });
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
        let here = Passage::staying(self.places.of(digest));
        let event = LiveEvent::Typing {
            conversation,
            who,
            typing,
        };
        self.send(&event, &Concern::conversation(key.tenant, digest, here));
    }

    /// An agent's presence changed.
    pub fn presence(&self, tenant: TenantId, agent: AgentId, presence: Option<Presence>) {
        let event = LiveEvent::Presence { agent, presence };
        self.send(&event, &Concern::colleagues(tenant));
    }

    fn publish(&self, committed: &Arc<Committed>) {
        let entry = &committed.entry;
        let passage = entry
            .conversation_key()
            .map_or_else(Passage::default, |key| {
                self.places.follow(key.digest(), entry)
            });
        // Remembered before it is sent: whoever subscribes in between recalls it.
        self.past.lock().remember(committed.position, passage);
        if !self.subscribers.read().is_empty() {
            let event = LiveEvent::Committed(Arc::clone(committed));
            self.send(&event, &Concern::of(entry, passage));
        }
    }

    /// Sends to whom it concerns; whoever has no room is cut off and resumes.
    fn send(&self, event: &LiveEvent, concern: &Concern) {
        let slow = self.subscribers.read().send(event, concern);
        if slow.is_empty() {
            return;
        }
        let mut subscribers = self.subscribers.write();
        for id in slow {
            metrics::subscriber_too_slow();
            subscribers.remove(id);
        }
    }
}

/// Tells the subscribers what is committed, for as long as the engine runs.
pub(crate) async fn feed(live: Arc<Live>, mut cursor: Cursor) {
    live.past.lock().begin(cursor.at());
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

//! Finds the one actor of a key, starts it when it is asleep, and puts idle actors to sleep.
//!
//! What must stay true: a key has at most one actor. Putting to sleep takes all of the door's room and closes door and lane
//! under the shard's lock, so nothing is inside; a poster that gets `Closed` resolves the key again. Callers keep keys,
//! never doors. No lock is held across a wait.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry as Slot;
use foldhash::fast::RandomState;
use tokio::time::Instant;

use super::door::Refused;
use super::guard::{Behaviour, Envelope, Ways};
use crate::follow::CommittedLog;
use crate::journal::Progress;
use crate::limits::LANE_FED_MAX;

/// How often a feed looks whether its actor has caught up.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

struct Live<B: Behaviour> {
    ways: Ways<B>,
    last_used_ms: AtomicU64,
}

/// When an actor is put to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passivation {
    /// Idle for this long while the registry is not full.
    pub idle: Duration,
    /// With more actors than this, the longest idle go first.
    pub live_max: usize,
}

/// Starts the actor of a key; the progress is its predecessor's, or new.
type Start<K, B> = dyn Fn(&K, Arc<Progress>) -> Ways<B> + Send + Sync;

/// The live actors by key.
pub struct Registry<K: Eq + Hash, B: Behaviour> {
    live: DashMap<K, Arc<Live<B>>, RandomState>,
    start: Box<Start<K, B>>,
    epoch: Instant,
}

impl<K: Eq + Hash, B: Behaviour> fmt::Debug for Registry<K, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({} live)", self.live.len())
    }
}

impl<K: Eq + Hash + Clone + Send + Sync, B: Behaviour> Registry<K, B> {
    /// An empty registry that starts actors with `start`.
    pub fn new(start: impl Fn(&K, Arc<Progress>) -> Ways<B> + Send + Sync + 'static) -> Self {
        Self {
            live: DashMap::default(),
            start: Box::new(start),
            epoch: Instant::now(),
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn resolve(&self, key: &K) -> Arc<Live<B>> {
        if let Some(live) = self.live.get(key) {
            live.last_used_ms.store(self.now_ms(), Ordering::Relaxed);
            return Arc::clone(&live);
        }
        match self.live.entry(key.clone()) {
            Slot::Occupied(occupied) => Arc::clone(occupied.get()),
            Slot::Vacant(vacant) => Arc::clone(&vacant.insert(self.start(key, Arc::default()))),
        }
    }

    fn start(&self, key: &K, progress: Arc<Progress>) -> Arc<Live<B>> {
        Arc::new(Live {
            ways: (self.start)(key, progress),
            last_used_ms: AtomicU64::new(self.now_ms()),
        })
    }

    /// Posts to the key's actor, starting it if need be; waits for room in its door. For edges only.
    pub async fn post(&self, key: &K, mut envelope: Envelope<B>) {
        loop {
            let live = self.resolve(key);
            match live.ways.door.try_post(envelope) {
                Ok(()) => return,
                Err(Refused::Full(back)) => match live.ways.door.post(back).await {
                    Ok(()) => return,
                    Err(refused) => envelope = refused.into_message(),
                },
                Err(Refused::Closed(back)) => envelope = back,
            }
            self.replace_dead(key, &live);
        }
    }

    /// Posts to the key's actor, or gives the message back when its door is full.
    ///
    /// # Errors
    /// The message, when there is no room.
    pub fn try_post(&self, key: &K, mut envelope: Envelope<B>) -> Result<(), Envelope<B>> {
        loop {
            let live = self.resolve(key);
            match live.ways.door.try_post(envelope) {
                Ok(()) => return Ok(()),
                Err(Refused::Full(back)) => return Err(back),
                Err(Refused::Closed(back)) => envelope = back,
            }
            self.replace_dead(key, &live);
        }
    }

    /// Posts what returns to the key's actor; never waits.
    pub fn post_back(&self, key: &K, mut envelope: Envelope<B>) {
        loop {
            let live = self.resolve(key);
            match live.ways.lane.post(envelope) {
                Ok(()) => return,
                Err(refused) => envelope = refused.into_message(),
            }
            self.replace_dead(key, &live);
        }
    }

    /// As [`post_back`](Self::post_back), but waits while [`LANE_FED_MAX`] messages are on their way to the actor. For what
    /// follows the journal, which may be as far behind as it likes.
    pub async fn feed(&self, key: &K, envelope: Envelope<B>) {
        while self.resolve(key).ways.lane.depth() >= LANE_FED_MAX {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        self.post_back(key, envelope);
    }

    /// Starts a successor for an actor that ended by itself. One that was put to sleep has left the map already.
    fn replace_dead(&self, key: &K, dead: &Arc<Live<B>>) {
        if let Slot::Occupied(mut occupied) = self.live.entry(key.clone())
            && Arc::ptr_eq(occupied.get(), dead)
        {
            occupied.insert(self.start(key, Arc::clone(&dead.ways.progress)));
        }
    }

    /// Puts the key's actor to sleep if nothing is inside and the store has all that it handed in.
    pub fn passivate(&self, key: &K, log: &CommittedLog) -> bool {
        self.live
            .remove_if(key, |_, live| may_sleep(&live.ways, log))
            .is_some()
    }

    /// Puts idle actors to sleep. Returns how many.
    pub fn sweep(&self, rule: Passivation, log: &CommittedLog) -> usize {
        let now_ms = self.now_ms();
        let idle_ms = u64::try_from(rule.idle.as_millis()).unwrap_or(u64::MAX);
        let surplus_used_by = self.surplus_used_by(rule.live_max);
        let mut idle: Vec<K> = Vec::new();
        for live in &self.live {
            let used = live.last_used_ms.load(Ordering::Relaxed);
            if now_ms.saturating_sub(used) >= idle_ms
                || surplus_used_by.is_some_and(|latest| used <= latest)
            {
                idle.push(live.key().clone());
            }
        }
        idle.into_iter()
            .filter(|key| self.passivate(key, log))
            .count()
    }

    /// When the latest of the longest idle that are too many was used; `None` when there are not too many.
    fn surplus_used_by(&self, live_max: usize) -> Option<u64> {
        let nth = self.live.len().saturating_sub(live_max).checked_sub(1)?;
        let mut used: Vec<u64> = self
            .live
            .iter()
            .map(|live| live.last_used_ms.load(Ordering::Relaxed))
            .collect();
        let nth = nth.min(used.len().checked_sub(1)?);
        Some(*used.select_nth_unstable(nth).1)
    }

    /// Whether the key's actor is live.
    pub fn is_live(&self, key: &K) -> bool {
        self.live.contains_key(key)
    }

    /// The keys whose actors are live.
    pub fn keys(&self) -> Vec<K> {
        self.live.iter().map(|live| live.key().clone()).collect()
    }

    /// How many actors are live.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether no actor is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// Ends every actor, whatever waits.
    pub fn stop_all(&self) {
        for live in &self.live {
            live.ways.lane.stop();
        }
        self.live.clear();
    }
}

fn may_sleep<B: Behaviour>(ways: &Ways<B>, log: &CommittedLog) -> bool {
    let projected = |at| at <= log.projected();
    if !ways.progress.settled_at().is_some_and(projected) || !ways.lane.close_if_empty() {
        return false;
    }
    let asleep = ways
        .door
        .close_if_empty(|| ways.progress.settled_at().is_some_and(projected));
    if !asleep {
        ways.lane.reopen();
    }
    asleep
}

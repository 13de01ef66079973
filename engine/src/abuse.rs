//! Who writes too much: token buckets for each sender, and the bans that follow.
//!
//! Only live chat and SMS are limited, because there a stranger writes for nothing. What must stay true: a message that is
//! known already counts for nothing; a ban holds from the moment it is decided, because it is remembered here until the
//! configuration carries it; it is told once; and what is held stays bounded, whoever writes.

mod limiter;

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use foldhash::fast::RandomState;
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

pub use self::limiter::{Limiter, SENDERS_MAX};
use crate::configuration::{Banned, Snapshot};
use crate::message::{ChannelKind, Timestamp};
use crate::metrics;
use crate::tenant::AbuseLimits;

/// What a sender had too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Excess {
    Messages,
    /// Conversations that were begun, or begun again.
    Conversations,
}

/// A ban that was decided by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ban {
    pub sender: Banned,
    pub reason: Excess,
    pub since: Timestamp,
    pub until: Timestamp,
}

/// A ban could not be stored.
#[derive(Debug, thiserror::Error)]
#[error("the ban could not be stored")]
pub struct BanError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Stores bans, and tells whoever must know of them.
#[async_trait]
pub trait BanSink: Send + Sync {
    /// Told once of each ban. Resolves when the configuration that the engine reads carries it: from then on the ban is
    /// what the configuration says, and whoever lifts it there lets the sender in again.
    ///
    /// # Errors
    /// It was not stored: the engine goes on remembering it, and tells it again later.
    async fn banned(&self, ban: &Ban) -> Result<(), BanError>;
}

/// Whether senders on this kind of channel are banned by themselves.
#[must_use]
pub const fn is_limited(kind: ChannelKind) -> bool {
    match kind {
        ChannelKind::LiveChat | ChannelKind::Sms => true,
        ChannelKind::Email | ChannelKind::Facebook | ChannelKind::Whatsapp => false,
    }
}

/// Locks, each for a part of the senders.
const SHARDS: usize = 16;

/// How long a sink that failed is left alone at first, and at most.
const TELL_AGAIN: Duration = Duration::from_secs(1);
const TELL_AGAIN_MAX: Duration = Duration::from_secs(600);

/// Turns away whoever is banned or writes too much. One for all tenants of a node.
pub struct Screen {
    shards: [Mutex<Limiter>; SHARDS],
    hasher: RandomState,
    /// Bans that the configuration does not carry yet.
    remembered: RwLock<HashMap<Banned, Timestamp, RandomState>>,
    sink: Arc<dyn BanSink>,
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Screen({} bans remembered)",
            self.remembered.read().len()
        )
    }
}

impl Screen {
    /// A screen that nobody has come to yet.
    #[must_use]
    pub fn new(sink: Arc<dyn BanSink>) -> Arc<Self> {
        Arc::new(Self {
            shards: std::array::from_fn(|_| Mutex::new(Limiter::new(SENDERS_MAX / SHARDS))),
            hasher: RandomState::default(),
            remembered: RwLock::default(),
            sink,
        })
    }

    /// Whether this sender may not write.
    #[must_use]
    pub fn is_banned(&self, snapshot: &Snapshot, sender: &Banned, now: Timestamp) -> bool {
        snapshot.is_banned(sender, now) || (is_limited(sender.kind) && self.remembers(sender, now))
    }

    fn remembers(&self, sender: &Banned, now: Timestamp) -> bool {
        let until = self.remembered.read().get(sender).copied();
        until.is_some_and(|until| now < until)
    }

    /// Counts a message, and says whether it is let in; `begins` if it begins a conversation. The message that is too much
    /// bans its sender. Must be called where a tokio runtime runs.
    pub fn lets_in(
        self: &Arc<Self>,
        snapshot: &Snapshot,
        sender: &Banned,
        begins: bool,
        now: Timestamp,
    ) -> bool {
        if snapshot.is_banned(sender, now) {
            return false;
        }
        !is_limited(sender.kind) || self.counts(snapshot, sender, begins, now)
    }

    fn counts(
        self: &Arc<Self>,
        snapshot: &Snapshot,
        sender: &Banned,
        begins: bool,
        now: Timestamp,
    ) -> bool {
        // Held until a ban is remembered, so that nothing slips through beside it.
        let mut limiter = self.shard(sender).lock();
        if self.remembers(sender, now) {
            return false;
        }
        let limits = snapshot.abuse_limits(sender.tenant);
        if !limits.enabled {
            return true;
        }
        let counted = limiter.count(sender, begins, limits, now);
        if let Err(excess) = counted {
            self.ban(sender, excess, limits, now);
        }
        counted.is_ok()
    }

    fn shard(&self, sender: &Banned) -> &Mutex<Limiter> {
        let hash = self.hasher.hash_one(sender);
        &self.shards[(hash >> 32) as usize % SHARDS]
    }

    fn ban(self: &Arc<Self>, sender: &Banned, reason: Excess, limits: AbuseLimits, now: Timestamp) {
        let lasts = Duration::from_secs(u64::from(limits.ban_hours.max(1)) * 3_600);
        let ban = Ban {
            sender: sender.clone(),
            reason,
            since: now,
            until: now.plus(lasts),
        };
        self.remembered.write().insert(sender.clone(), ban.until);
        tracing::warn!(
            tenant = sender.tenant.0,
            kind = sender.kind.as_str(),
            ?reason,
            "a sender wrote too much and is banned"
        );
        metrics::sender_banned();
        drop(tokio::spawn(Arc::clone(self).tell(ban, lasts)));
    }

    /// Tells the sink until it has stored the ban, or the ban is over.
    async fn tell(self: Arc<Self>, ban: Ban, lasts: Duration) {
        let told = async {
            let mut pause = TELL_AGAIN;
            while let Err(error) = self.sink.banned(&ban).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a ban is remembered by this process alone; storing it again later"
                );
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(TELL_AGAIN_MAX);
            }
        };
        let _ = tokio::time::timeout(lasts, told).await;
        self.remembered.write().remove(&ban.sender);
    }
}

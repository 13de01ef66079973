//! What administrators decided, as the engine sees it: one immutable [`Snapshot`] at a time, replaced as a whole.
//!
//! What must stay true: reading a snapshot never waits, and a change reaches every actor without a restart. Secrets and
//! provider addresses are not here; they belong to the adapters.

mod auto_replies;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use self::auto_replies::{AutoReplies, ReplyText};
use crate::chatbot::Chatbot;
use crate::hours::{self, Hours, OutsideHours, QueueHours};
use crate::ids::{AgentId, ChannelId, ChatbotId, QueueId, TenantId};
use crate::message::{ChannelKind, Destination, Timestamp};
use crate::provider::ChannelRules;
use crate::tenant::{AbuseLimits, Tenant};
use crate::texts::Language;
use crate::weights::Weights;

/// How a queue hands out its conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Agents take; supervisors and agents give.
    Manual,
    /// The router offers.
    Auto,
}

/// Which eligible agent is offered first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentOrder {
    #[default]
    LongestIdle,
    RoundRobin,
    FewestOpen,
    MostSpare,
}

/// What happens to an agent's open conversations when the agent is gone for longer than the grace time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnAgentLost {
    #[default]
    Keep,
    Requeue,
}

/// A messaging queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    pub id: QueueId,
    pub tenant: TenantId,
    pub name: String,
    pub strategy: Strategy,
    pub order: AgentOrder,
    /// How long an agent may think about an offer, in seconds.
    pub offer_timeout_secs: u32,
    /// The most conversations of this queue that one agent holds, e-mails counted apart from all others; 0 is no limit.
    pub max_per_agent: u32,
    pub members: Vec<AgentId>,
    pub on_agent_lost: OnAgentLost,
    /// When new conversations are taken.
    #[serde(default)]
    pub hours: QueueHours,
    /// Whether a returning customer is offered to the agent who knows them first.
    #[serde(default)]
    pub returning_customer: bool,
    /// Whether the customer is asked how it was.
    #[serde(default)]
    pub survey: bool,
}

/// What a signed-in person may do. Later variants may do all that earlier ones may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Agent,
    Supervisor,
    Administrator,
}

/// A person who answers customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    pub id: AgentId,
    pub tenant: TenantId,
    pub name: String,
    pub role: Role,
    /// Units of work at once, of which each conversation takes its [weight](crate::weights::Weights).
    pub capacity: u32,
    pub wrap_up_secs: u32,
}

/// A channel, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: ChannelId,
    pub tenant: TenantId,
    pub kind: ChannelKind,
    pub name: String,
    pub destination: Destination,
    pub rules: ChannelRules,
    pub auto_replies: AutoReplies,
    /// Of automatic texts where the customer's own is not known; `None` is the tenant's.
    pub language: Option<Language>,
    /// Kept so that its open conversations can be closed by its rules; nothing new comes or goes.
    pub deleted: bool,
}

/// Who may not write.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Banned {
    pub tenant: TenantId,
    pub kind: ChannelKind,
    /// The customer's address on channels of the kind.
    pub address: crate::ids::Address,
}

/// Everything configured, at one revision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub revision: u64,
    pub channels: BTreeMap<ChannelId, Arc<Channel>>,
    pub queues: BTreeMap<QueueId, Arc<Queue>>,
    pub chatbots: BTreeMap<ChatbotId, Arc<Chatbot>>,
    pub agents: BTreeMap<AgentId, Arc<Agent>>,
    pub tenants: BTreeMap<TenantId, Arc<Tenant>>,
    /// Until when; `None` is until somebody lifts it.
    pub bans: Arc<BTreeMap<Banned, Option<Timestamp>>>,
}

impl Snapshot {
    /// The channels that were touched since `earlier`, from which this snapshot was made: what was not is shared by the two.
    pub fn touched_since<'s>(
        &'s self,
        earlier: &'s Self,
    ) -> impl Iterator<Item = &'s Arc<Channel>> {
        self.channels.values().filter(|channel| {
            let known = earlier.channels.get(&channel.id);
            known.is_none_or(|known| !Arc::ptr_eq(known, channel))
        })
    }

    /// Everybody who has or had a channel, and so may have conversations.
    #[must_use]
    pub fn tenants_with_channels(&self) -> BTreeSet<TenantId> {
        let channels = self.channels.values();
        channels.map(|channel| channel.tenant).collect()
    }

    /// The rules of a tenant.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId) -> Arc<Tenant> {
        let found = self.tenants.get(&tenant).map(Arc::clone);
        found.unwrap_or_else(|| Arc::new(Tenant::new(tenant)))
    }

    /// What to record of a queue that takes no new conversations at `now`; `None` if it is open, or there is none.
    #[must_use]
    pub fn outside_hours(&self, queue: QueueId, now: Timestamp) -> Option<OutsideHours> {
        let queue = self.queues.get(&queue)?;
        let (hours, zone) = self.tenants_times(queue.tenant);
        hours::outside_hours(&queue.hours, hours, &zone, now)
    }

    /// Whether a queue takes new conversations at `now`. One that nobody knows is not closed.
    #[must_use]
    pub fn is_open(&self, queue: QueueId, now: Timestamp) -> bool {
        self.queues.get(&queue).is_none_or(|queue| {
            let (hours, zone) = self.tenants_times(queue.tenant);
            hours::openness(&queue.hours, hours, &zone, now).is_open()
        })
    }

    /// Whether a destination takes new conversations at `now`: a chatbot does as long as one of the queues to which it leads
    /// does. One that leads to none, or that nobody knows, is not closed.
    #[must_use]
    pub fn takes(&self, destination: Destination, now: Timestamp) -> bool {
        match destination {
            Destination::Queue(queue) => self.is_open(queue, now),
            Destination::Chatbot(chatbot) => self.chatbots.get(&chatbot).is_none_or(|chatbot| {
                let queues = chatbot.queues();
                queues.is_empty() || queues.iter().any(|queue| self.is_open(*queue, now))
            }),
        }
    }

    /// The language of automatic texts on a channel for a customer whose own is not known: the channel's, else the tenant's.
    #[must_use]
    pub fn language(&self, channel: &Channel) -> Language {
        let tenants = || Some(self.tenants.get(&channel.tenant)?.language);
        channel.language.or_else(tenants).unwrap_or_default()
    }

    fn tenants_times(&self, tenant: TenantId) -> (Option<&Hours>, TimeZone) {
        let tenant = self.tenants.get(&tenant);
        let zone = tenant.map_or(TimeZone::UTC, |tenant| tenant.time_zone.clone());
        (tenant.and_then(|tenant| tenant.hours.as_ref()), zone)
    }

    /// What conversations take of a tenant's agents.
    #[must_use]
    pub fn weights(&self, tenant: TenantId) -> Weights {
        let found = self.tenants.get(&tenant);
        found.map_or_else(Weights::default, |tenant| tenant.weights)
    }

    /// How much one sender may write.
    #[must_use]
    pub fn abuse_limits(&self, tenant: TenantId) -> AbuseLimits {
        let found = self.tenants.get(&tenant);
        found.map_or_else(AbuseLimits::default, |tenant| tenant.abuse)
    }

    /// Whether this address may not write at `now`.
    #[must_use]
    pub fn is_banned(&self, sender: &Banned, now: Timestamp) -> bool {
        self.bans
            .get(sender)
            .is_some_and(|until| until.is_none_or(|until| now < until))
    }
}

/// The current snapshot and the news of its changes.
#[derive(Debug)]
pub struct ConfigFeed {
    current: ArcSwap<Snapshot>,
    revision: watch::Sender<u64>,
}

impl ConfigFeed {
    /// A feed that starts with `snapshot`.
    #[must_use]
    pub fn new(snapshot: Snapshot) -> Self {
        let revision = watch::Sender::new(snapshot.revision);
        Self {
            current: ArcSwap::from_pointee(snapshot),
            revision,
        }
    }

    /// The configuration as it is now.
    pub fn current(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// Replaces the configuration; subscribers hear the new revision.
    pub fn publish(&self, snapshot: Snapshot) {
        let revision = snapshot.revision;
        self.current.store(Arc::new(snapshot));
        self.revision.send_replace(revision);
    }

    /// The news: the revision that holds now.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }
}

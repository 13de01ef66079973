//! What administrators decided, as far as a conversation decides by it.
//!
//! What must stay true: looking at it changes nothing and waits for nothing, so that deciding stays pure.

use std::time::Duration;

use super::episode::KnownAgent;
use crate::chatbot::Chatbot;
use crate::configuration::{Channel, Queue, Snapshot, Strategy};
use crate::hours::OutsideHours;
use crate::ids::{AgentId, ChatbotId, QueueId};
use crate::message::{ChannelKind, Destination, Timestamp};
use crate::tenant::Tenant;
use crate::texts::Language;

const DAY: Duration = Duration::from_secs(86_400);

/// The channel of a conversation, and everything else that is configured.
#[derive(Clone, Copy, Debug)]
pub struct Configured<'c> {
    pub channel: &'c Channel,
    /// `None` is a world in which every queue that is named exists and is always open, and no chatbot does.
    pub snapshot: Option<&'c Snapshot>,
    /// The customer may not write, so no machine of ours writes to them.
    pub is_banned: bool,
}

impl<'c> From<&'c Channel> for Configured<'c> {
    fn from(channel: &'c Channel) -> Self {
        Self {
            channel,
            snapshot: None,
            is_banned: false,
        }
    }
}

impl<'c> Configured<'c> {
    fn tenant(&self) -> Option<&'c Tenant> {
        let tenants = &self.snapshot?.tenants;
        tenants.get(&self.channel.tenant).map(AsRef::as_ref)
    }

    fn queue(&self, queue: QueueId) -> Option<&'c Queue> {
        self.snapshot?.queues.get(&queue).map(AsRef::as_ref)
    }

    fn exists(&self, queue: QueueId) -> bool {
        self.snapshot.is_none() || self.queue(queue).is_some()
    }

    pub(super) fn chatbot(&self, chatbot: ChatbotId) -> Option<&'c Chatbot> {
        self.snapshot?.chatbots.get(&chatbot).map(AsRef::as_ref)
    }

    /// Where an episode goes that opens. What is left for people is led through no menu: the queue that stands in for the
    /// chatbot has it.
    pub(super) fn destination(&self, is_left: bool) -> Destination {
        let instead = match self.channel.destination {
            Destination::Chatbot(chatbot) if is_left => {
                let fallback = self.chatbot(chatbot).and_then(|bot| bot.fallback_queue);
                self.queue_instead(fallback)
            }
            Destination::Chatbot(_) | Destination::Queue(_) => None,
        };
        instead.map_or(self.channel.destination, Destination::Queue)
    }

    /// Where an episode goes that is reopened: to its own queue, unless that was deleted meanwhile.
    pub(super) fn destination_again(&self, queue: Option<QueueId>) -> Destination {
        queue
            .filter(|queue| self.exists(*queue))
            .map_or(self.channel.destination, Destination::Queue)
    }

    /// The queue that takes over where the one that was meant is gone: the chatbot's fallback, else the first of the tenant's
    /// by name. `None` where the tenant has no queue.
    pub(super) fn queue_instead(&self, fallback: Option<QueueId>) -> Option<QueueId> {
        let fallback = fallback.filter(|queue| self.exists(*queue));
        fallback.or_else(|| self.first_queue())
    }

    /// A chosen queue, or the one that takes over.
    pub(super) fn queue_or_instead(
        &self,
        chosen: QueueId,
        fallback: Option<QueueId>,
    ) -> Option<QueueId> {
        let chosen = Some(chosen).filter(|queue| self.exists(*queue));
        chosen.or_else(|| self.queue_instead(fallback))
    }

    fn first_queue(&self) -> Option<QueueId> {
        let queues = self.snapshot?.queues.values();
        let own = queues.filter(|queue| queue.tenant == self.channel.tenant);
        own.min_by_key(|queue| (&queue.name, queue.id))
            .map(|queue| queue.id)
    }

    /// What to record if the queue is closed at `now`.
    pub(super) fn outside_hours(
        &self,
        queue: QueueId,
        now: Timestamp,
    ) -> Option<Box<OutsideHours>> {
        self.snapshot?.outside_hours(queue, now).map(Box::new)
    }

    /// How long after its end an episode is reopened by a message: for e-mail as the tenant says, else as the channel does.
    pub(super) fn reopen_within(&self) -> Duration {
        let tenants = match self.channel.kind {
            ChannelKind::Email => self.tenant().map(|tenant| DAY * tenant.email_reopen_days),
            ChannelKind::LiveChat
            | ChannelKind::Sms
            | ChannelKind::Facebook
            | ChannelKind::Whatsapp => None,
        };
        tenants.unwrap_or(self.channel.rules.reopen_within)
    }

    /// The agent whom the customer knows, where the queue gives returning customers back and that is not too long ago.
    pub(super) fn preferred(
        &self,
        queue: QueueId,
        known: Option<KnownAgent>,
        now: Timestamp,
    ) -> Option<AgentId> {
        let (known, queue) = (known?, self.queue(queue)?);
        let gives_back = queue.returning_customer && queue.strategy == Strategy::Auto;
        let days = self
            .tenant()
            .map_or(Tenant::RETURNING_DAYS, |tenant| tenant.returning_days);
        let is_recent = days > 0 && now.since(known.at) <= DAY * days;
        (gives_back && is_recent).then_some(known.agent)
    }

    /// The language of automatic texts for a customer whose own may be known.
    pub(super) fn language(&self, customers: Option<Language>) -> Language {
        customers.unwrap_or_else(|| match self.snapshot {
            Some(snapshot) => snapshot.language(self.channel),
            None => self.channel.language.unwrap_or_default(),
        })
    }
}

//! Values to begin with: channels, keys and messages that look like real ones.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::configuration::{AutoReplies, Channel, ConfigFeed, Snapshot};
use crate::ids::{AgentId, ChannelId, ConversationKey, Fingerprinter, QueueId, TenantId};
use crate::message::{
    Author, ChannelKind, Content, Destination, Inbound, Item, Outbound, Timestamp,
};
use crate::provider::ChannelRules;

/// When every simulation begins: the first second of 2026.
pub const START: Timestamp = Timestamp::from_secs(1_767_225_600);

/// One day.
pub const DAY: Duration = Duration::from_secs(86_400);

/// The fingerprints of an installation whose secret everybody knows.
pub const FINGERPRINTER: Fingerprinter = Fingerprinter::new(*b"not so secret :)");

/// The channel with this number.
#[must_use]
pub fn channel_id(number: u64) -> ChannelId {
    ChannelId(Uuid::from_u128(0xC000 + u128::from(number)))
}

/// The queue with this number.
#[must_use]
pub fn queue_id(number: u64) -> QueueId {
    QueueId(Uuid::from_u128(0x9000 + u128::from(number)))
}

/// The agent with this number.
#[must_use]
pub fn agent_id(number: u64) -> AgentId {
    AgentId(Uuid::from_u128(0xA000 + u128::from(number)))
}

/// The conversation of an address on the channel with this number.
#[must_use]
pub fn key(channel: u64, address: &str) -> ConversationKey {
    ConversationKey {
        tenant: TenantId::DEFAULT,
        channel: channel_id(channel),
        address: address.into(),
        thread: None,
    }
}

/// What holds on WhatsApp, with a day for everything.
#[must_use]
pub fn rules() -> ChannelRules {
    ChannelRules {
        window: Some(DAY),
        text_limit: 4_096,
        idle_close: Some(DAY),
        reopen_within: DAY,
    }
}

/// The WhatsApp channel with this number, whose conversations go to the first queue.
#[must_use]
pub fn channel(number: u64, rules: ChannelRules) -> Channel {
    Channel {
        id: channel_id(number),
        tenant: TenantId::DEFAULT,
        kind: ChannelKind::Whatsapp,
        name: format!("number {number}"),
        destination: Destination::Queue(queue_id(1)),
        rules,
        auto_replies: AutoReplies::default(),
        language: None,
        deleted: false,
    }
}

/// A configuration of these channels and nothing else.
#[must_use]
pub fn config(channels: impl IntoIterator<Item = Channel>) -> Arc<ConfigFeed> {
    let channels = channels
        .into_iter()
        .map(|channel| (channel.id, Arc::new(channel)))
        .collect();
    Arc::new(ConfigFeed::new(Snapshot {
        revision: 1,
        channels,
        ..Snapshot::default()
    }))
}

/// A customer's text.
#[must_use]
pub fn text(id: &str, body: &str) -> Inbound {
    Inbound {
        provider_id: id.into(),
        sent_at: START,
        profile_name: None,
        reply_to: None,
        language: None,
        automatic: false,
        offline: false,
        content: Content::text(body),
    }
}

/// A text of a customer on the channel with this number, as an adapter hands it over.
#[must_use]
pub fn item(channel: u64, address: &str, id: &str) -> Item {
    Item::Message {
        key: key(channel, address),
        message: text(id, "Bonjour, où en est ma commande ?"),
    }
}

/// A text to a customer.
#[must_use]
pub fn answer(author: Author, body: &str) -> Outbound {
    Outbound {
        author,
        client_id: None,
        reply_to: None,
        content: Content::text(body),
    }
}

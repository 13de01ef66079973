//! The words of the product: what comes in, what goes out, and what is remembered of it.
//!
//! A [`Entry`] is the unit of the journal. It is a list of [`Fact`]s about one key, in the order in which they became
//! true. Facts are in the past tense and complete: whoever reads the journal needs nothing else to act on them.
//! Entries are stored as JSON, so a fact may gain optional fields and never loses or renames one.

mod content;
mod fact;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use smallvec::SmallVec;

use crate::ids::{
    AgentId, ChannelId, ChatbotId, ConversationKey, Key, ProviderMessageId, QueueId, TenantId,
};
use crate::texts::Language;

pub use self::content::{
    Choice, ContactCard, ContactCards, Content, InteractiveKind, InteractiveReply, Location, Media,
    MediaKind, Reaction, Text, Unknown,
};
pub use self::fact::{
    Actor, AutoReply, BotEnd, BotStarted, CloseReason, DeadLetter, Erased, ErasureReason, Fact,
    FormFilled, Notice, OfferEnd, Opened, Queued, Received, SendOutcome, SessionChoice,
};

/// Microseconds since the Unix epoch.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// From whole seconds, the unit of most providers.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Milliseconds since the epoch, never negative.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        if self.0 < 0 { 0 } else { self.0 as u64 / 1_000 }
    }

    /// This instant and `after` more.
    #[must_use]
    pub fn plus(self, after: std::time::Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(after.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero if it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::from_micros(
            u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0),
        )
    }
}

/// The five kinds of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    LiveChat,
    Sms,
    Email,
    Facebook,
    Whatsapp,
}

impl ChannelKind {
    /// The kind's name in the API, the store and the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LiveChat => "live_chat",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Facebook => "facebook",
            Self::Whatsapp => "whatsapp",
        }
    }
}

/// Where a channel sends new conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    Queue(QueueId),
    Chatbot(ChatbotId),
}

/// One message of a customer, as an adapter read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    pub provider_id: ProviderMessageId,
    /// The provider's own time, for display; order is by receipt.
    pub sent_at: Timestamp,
    /// What the customer calls themselves, if the provider said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<String>,
    /// The message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ProviderMessageId>,
    /// The customer's language, if the channel knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// A machine wrote it (RFC 3834): it is never answered by one of ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// It was left while no chat was possible, or instead of waiting for one; nobody waits for the answer on the page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offline: bool,
    pub content: Content,
}

impl Inbound {
    /// A message of which nothing else is known.
    pub fn new(
        provider_id: impl Into<ProviderMessageId>,
        sent_at: Timestamp,
        content: Content,
    ) -> Self {
        Self {
            provider_id: provider_id.into(),
            sent_at,
            profile_name: None,
            reply_to: None,
            language: None,
            automatic: false,
            offline: false,
            content,
        }
    }
}

/// How far an outgoing message got. It only rises; `Failed` is final only before `Delivered`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Queued,
    Sent,
    Failed,
    Delivered,
    Read,
}

/// What the provider said went wrong, in its own words and number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderError {
    pub code: i64,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// A provider's report about a message that we sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    pub provider_id: ProviderMessageId,
    pub status: Status,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ProviderError>,
}

/// Who wrote an outgoing message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    Agent(AgentId),
    Chatbot(ChatbotId),
    /// A program, through the API.
    Program,
    /// The engine itself: automatic answers.
    System,
}

/// A message to a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outbound {
    pub author: Author,
    /// The caller's own id, so that sending twice is harmless; unique within the conversation's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ProviderMessageId>,
    pub content: Content,
}

/// JSON kept as it is; equal when its text is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(#[serde(with = "raw_text")] pub Box<RawValue>);

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

/// Raw JSON is stored as a string: serde buffers tagged enums, and a raw value cannot be read from that buffer.
mod raw_text {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use serde_json::value::RawValue;

    pub(super) fn serialize<S: Serializer>(
        raw: &RawValue,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(raw.get())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Box<RawValue>, D::Error> {
        let text = String::deserialize(deserializer)?;
        RawValue::from_string(text).map_err(D::Error::custom)
    }
}

/// 128 keyed bits of a provider's or caller's message id.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(pub u128);

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// What a timer is for. A conversation has at most one of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// Close the conversation if nobody wrote meanwhile.
    IdleClose,
    /// End the chatbot's menu if the customer did not answer meanwhile.
    BotTimeout,
}

/// The unit of the journal: facts about one key, in order.
///
/// Fact number `i` has the sequence number `first_seq + i`; sequence numbers start at 1 for each key and are never reset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub key: Key,
    pub at: Timestamp,
    pub first_seq: u64,
    pub facts: SmallVec<[Fact; 1]>,
}

impl Entry {
    /// The facts with their sequence numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (u64, &Fact)> {
        (self.first_seq..).zip(&self.facts)
    }

    /// The conversation's key, if the entry is about one.
    #[must_use]
    pub fn conversation_key(&self) -> Option<&ConversationKey> {
        match &self.key {
            Key::Conversation(key) => Some(key),
            Key::Channel { .. } | Key::Router { .. } | Key::Timers { .. } => None,
        }
    }
}

/// What an adapter found in one body, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Message {
        key: ConversationKey,
        message: Inbound,
    },
    Status {
        key: ConversationKey,
        report: StatusReport,
    },
    Notice {
        tenant: TenantId,
        channel: ChannelId,
        kind: CompactString,
        raw: RawJson,
    },
}

impl Item {
    /// The channel that received it.
    #[must_use]
    pub fn channel(&self) -> ChannelId {
        match self {
            Self::Message { key, .. } | Self::Status { key, .. } => key.channel,
            Self::Notice { channel, .. } => *channel,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::ids::ConversationId;

    use super::*;
    use smallvec::smallvec;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn what_nobody_understands_survives_the_journal() {
        let unknown = Content::Unknown(Unknown {
            kind: "order".into(),
            raw: raw(r#"{"a": [1, "é"]}"#),
        });
        let message = Inbound::new("wamid.1", Timestamp(5), unknown);
        let conversation = ConversationId(uuid::Uuid::from_u128(1));
        let facts = smallvec![
            Fact::Received(Received {
                conversation,
                fingerprint: Fingerprint(7),
                message: Arc::new(message)
            }),
            Fact::DeadLettered(DeadLetter {
                cause: "x".to_owned(),
                letter: Box::new(RawJson(raw("[1,2]")))
            }),
            Fact::Noticed(Notice {
                kind: "account_update".into(),
                fingerprint: Fingerprint(8),
                raw: Box::new(RawJson(raw("{}"))),
            }),
        ];
        let entry = Entry {
            key: Key::Router {
                tenant: TenantId::DEFAULT,
            },
            at: Timestamp(9),
            first_seq: 3,
            facts,
        };
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
    }
}

//! Names of things: newtypes, so that two identifiers cannot be mixed up, and [`Key`], which says who owns an entry.
//!
//! What must stay true: a [`Partition`] and a [`KeyDigest`] never change for a given key, because both are stored.

use std::fmt;
use std::hash::Hasher as _;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};
use uuid::Uuid;

use crate::message::{ChannelKind, Fingerprint};

macro_rules! uuid_id {
    ($(#[$doc:meta] $name:ident),+ $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The sixteen bytes under which the identifier is stored.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

uuid_id! {
    /// A configured channel: one live chat, one WhatsApp number.
    ChannelId,
    /// A messaging queue.
    QueueId,
    /// A chatbot, a destination like a queue.
    ChatbotId,
    /// A person who signs in: agent, supervisor or administrator.
    AgentId,
    /// One episode of a conversation, from open to closed. A reopened episode keeps its id.
    ConversationId,
    /// A customer, across channels.
    ContactId,
    /// An offer of one conversation to one agent.
    OfferId,
}

/// The owner of everything: one contact centre. Nothing of one tenant is reachable from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantId(pub u32);

impl TenantId {
    /// The tenant of a deployment that has only one.
    pub const DEFAULT: Self = Self(1);
}

/// A customer's address on one kind of channel: a WhatsApp id, a visitor id, a phone number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(pub CompactString);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T: Into<CompactString>> From<T> for Address {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// The provider's own id of a message (a `wamid`, a visitor's client id); unique within its channel.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderMessageId(pub CompactString);

impl<T: Into<CompactString>> From<T> for ProviderMessageId {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// What a conversation actor is keyed by: the contact's address on one channel, and for e-mail the thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConversationKey {
    pub tenant: TenantId,
    pub channel: ChannelId,
    pub address: Address,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<CompactString>,
}

/// The owner of a journal entry. Each key has exactly one owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    Conversation(ConversationKey),
    Channel {
        tenant: TenantId,
        channel: ChannelId,
    },
    Router {
        tenant: TenantId,
    },
    Timers {
        tenant: TenantId,
    },
}

/// A 64th of the key space; fixed for ever and unrelated to threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partition(pub u8);

/// How many partitions there are, for ever.
pub const PARTITION_COUNT: u64 = 64;

/// 128 bits that stand for a key in indexes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyDigest(pub [u8; 16]);

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Fixed for ever: stored digests and partitions depend on it.
const DIGEST_KEY: &[u8; 16] = b"ecluse/key/v1\0\0\0";

fn digest(parts: &[&[u8]]) -> u128 {
    let mut hasher = SipHasher24::new_with_key(DIGEST_KEY);
    for part in parts {
        hasher.write_u64(part.len() as u64);
        hasher.write(part);
    }
    hasher.finish128().as_u128()
}

impl ConversationKey {
    /// The 128 bits that stand for this key in the store's indexes.
    #[must_use]
    pub fn digest(&self) -> KeyDigest {
        let thread = self.thread.as_ref().map_or("", CompactString::as_str);
        KeyDigest(
            digest(&[
                &self.tenant.0.to_be_bytes(),
                self.channel.as_bytes(),
                self.address.0.as_bytes(),
                thread.as_bytes(),
            ])
            .to_be_bytes(),
        )
    }

    /// The id of the episode that opens at `at_ms` with sequence `seq`: time-ordered, and the same whenever
    /// it is computed, so that deciding stays a pure function.
    #[must_use]
    pub fn episode_id(&self, at_ms: u64, seq: u64) -> ConversationId {
        let unique = digest(&[&self.digest().0, &seq.to_be_bytes()]);
        ConversationId(time_ordered(at_ms, unique))
    }

    /// The contact first known by this address: the same on every channel of one kind.
    #[must_use]
    pub fn contact_id(&self, kind: ChannelKind) -> ContactId {
        let tenant = self.tenant.0.to_be_bytes();
        let unique = match kind {
            // A visitor's id means something on its own channel only.
            ChannelKind::LiveChat => digest(&[&self.digest().0]),
            ChannelKind::Sms
            | ChannelKind::Email
            | ChannelKind::Facebook
            | ChannelKind::Whatsapp => {
                digest(&[&tenant, kind.as_str().as_bytes(), self.address.0.as_bytes()])
            }
        };
        ContactId(time_ordered(0, unique))
    }
}

/// A version 8 UUID (RFC 9562, 5.8): 48 bits of milliseconds, then custom bits.
fn time_ordered(at_ms: u64, unique: u128) -> Uuid {
    let value = (u128::from(at_ms) << 80) | (unique & ((1 << 80) - 1));
    uuid::Builder::from_custom_bytes(value.to_be_bytes()).into_uuid()
}

impl Key {
    /// Whose key it is.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::Conversation(key) => key.tenant,
            Self::Channel { tenant, .. } | Self::Router { tenant } | Self::Timers { tenant } => {
                *tenant
            }
        }
    }

    /// The 128 bits that stand for this key.
    #[must_use]
    pub fn digest(&self) -> KeyDigest {
        match self {
            Self::Conversation(key) => key.digest(),
            Self::Channel { tenant, channel } => KeyDigest(
                digest(&[&tenant.0.to_be_bytes(), b"channel", channel.as_bytes()]).to_be_bytes(),
            ),
            Self::Router { tenant } => {
                KeyDigest(digest(&[&tenant.0.to_be_bytes(), b"router"]).to_be_bytes())
            }
            Self::Timers { tenant } => {
                KeyDigest(digest(&[&tenant.0.to_be_bytes(), b"timers"]).to_be_bytes())
            }
        }
    }

    /// The partition of the journal that holds the key's entries.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.digest().partition()
    }
}

impl KeyDigest {
    /// The partition of the key: `digest % 64`.
    #[must_use]
    pub fn partition(self) -> Partition {
        Partition((u128::from_be_bytes(self.0) % u128::from(PARTITION_COUNT)) as u8)
    }

    /// An index below `count` for spreading keys over threads; unrelated to the partition.
    #[must_use]
    pub fn spread(self, count: usize) -> usize {
        let high = (u128::from_be_bytes(self.0) >> 64) as u64;
        (high % (count.max(1) as u64)) as usize
    }
}

/// Makes fingerprints of provider and caller ids, keyed by a secret of the installation so that nobody can choose ids
/// that collide.
#[derive(Clone, Copy)]
pub struct Fingerprinter {
    secret: [u8; 16],
}

impl fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprinter")
    }
}

impl Fingerprinter {
    /// The secret never changes for a data directory: stored fingerprints depend on it.
    #[must_use]
    pub const fn new(secret: [u8; 16]) -> Self {
        Self { secret }
    }

    /// The fingerprint of an id that is unique within a channel.
    #[must_use]
    pub fn of(&self, channel: ChannelId, id: &str) -> Fingerprint {
        let mut hasher = SipHasher24::new_with_key(&self.secret);
        hasher.write(channel.as_bytes());
        hasher.write(id.as_bytes());
        Fingerprint(hasher.finish128().as_u128())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(address: &str) -> ConversationKey {
        ConversationKey {
            tenant: TenantId::DEFAULT,
            channel: ChannelId(Uuid::from_u128(7)),
            address: address.into(),
            thread: None,
        }
    }

    #[test]
    fn stored_digests_never_change() {
        let digest = Key::Conversation(key("15551234567")).digest();
        assert_eq!(
            format!("{digest:?}"),
            format!("{:?}", key("15551234567").digest())
        );
        insta::assert_snapshot!(format!("{digest:?} {:?}", digest.partition()));
    }

    #[test]
    fn a_contact_is_the_same_on_two_numbers_and_an_episode_is_not() {
        let one = key("15551234567");
        let other = ConversationKey {
            channel: ChannelId(Uuid::from_u128(8)),
            ..one.clone()
        };
        assert_eq!(
            one.contact_id(ChannelKind::Whatsapp),
            other.contact_id(ChannelKind::Whatsapp)
        );
        assert_ne!(
            one.contact_id(ChannelKind::LiveChat),
            other.contact_id(ChannelKind::LiveChat)
        );
        assert_ne!(one.episode_id(5, 1), one.episode_id(5, 2));
        assert!(one.episode_id(5, 1) < one.episode_id(6, 1));
    }
}

//! What a configured channel is: its settings by kind, its secrets, and the draft that an administrator sends.
//!
//! What must stay true: [`ChannelRecord`] holds nothing secret, so that it can be shown, logged and audited.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::{ChannelKind, Destination, Timestamp};
use ecluse_engine::provider::ChannelRules;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::domain::Domain;

/// A channel as it is configured, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelRecord {
    pub id: ChannelId,
    pub tenant: TenantId,
    pub name: String,
    /// What the channel is bound to, for display: its first domain, its number.
    pub address: String,
    pub destination: Destination,
    pub settings: ChannelSettings,
    pub state: ChannelState,
    pub health: ChannelHealth,
    /// Which secrets are stored.
    pub secrets: BTreeSet<SecretName>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The configuration's revision at the last change of this channel.
    pub revision: u64,
}

/// Whether a channel exists for new messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    Active,
    /// Kept for its history only.
    Deleted,
}

/// Whether a channel can send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ChannelHealth {
    Healthy,
    /// Held until a person acts. Changing the channel ends it.
    Degraded {
        reason: String,
    },
}

/// What is particular to a kind of channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChannelSettings {
    LiveChat(LiveChatSettings),
    Whatsapp(WhatsappSettings),
}

/// A chat on web pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveChatSettings {
    /// Where the widget may run.
    pub domains: Vec<Domain>,
    /// Whether the chat may also be opened as a page of its own.
    pub standalone: bool,
    /// `#rrggbb`, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme_color: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
}

impl LiveChatSettings {
    /// Whether a page of this origin may hold the chat.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.domains
            .iter()
            .any(|domain| domain.allows_origin(origin))
    }
}

/// A WhatsApp number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatsappSettings {
    /// E.164, with `+`.
    pub number: String,
    pub provider: WhatsappProvider,
}

/// Who carries the messages of a WhatsApp number, and its names there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum WhatsappProvider {
    /// Meta's Cloud API.
    Cloud {
        phone_number_id: String,
        business_account_id: Option<String>,
    },
    /// 360dialog; the key names the number there.
    Dialog360 {
        phone_number_id: Option<String>,
        business_account_id: Option<String>,
    },
}

impl WhatsappProvider {
    /// Meta's id of the number, which every webhook carries.
    #[must_use]
    pub fn phone_number_id(&self) -> Option<&str> {
        match self {
            Self::Cloud {
                phone_number_id, ..
            } => Some(phone_number_id),
            Self::Dialog360 {
                phone_number_id, ..
            } => phone_number_id.as_deref(),
        }
    }
}

impl ChannelSettings {
    /// The kind of channel.
    #[must_use]
    pub const fn kind(&self) -> ChannelKind {
        match self {
            Self::LiveChat(_) => ChannelKind::LiveChat,
            Self::Whatsapp(_) => ChannelKind::Whatsapp,
        }
    }

    /// The rules that hold for every channel of the kind.
    #[must_use]
    pub const fn rules(&self) -> ChannelRules {
        match self {
            Self::LiveChat(_) => LIVE_CHAT_RULES,
            Self::Whatsapp(_) => WHATSAPP_RULES,
        }
    }

    /// What the channel is bound to, for display.
    pub(super) fn address(&self) -> String {
        match self {
            Self::LiveChat(chat) => chat
                .domains
                .first()
                .map(Domain::to_string)
                .unwrap_or_default(),
            Self::Whatsapp(whatsapp) => whatsapp.number.clone(),
        }
    }

    /// The addresses that no other channel may hold, each with its scope and the field it came from.
    pub(super) fn claims(&self, tenant: TenantId) -> Vec<Claim> {
        match self {
            Self::LiveChat(chat) => (0..)
                .zip(&chat.domains)
                .map(|(index, domain): (usize, _)| Claim {
                    scope: format!("live_chat.domain/{}", tenant.0),
                    address: domain.to_string(),
                    field: format!("live_chat.domains[{index}]"),
                })
                .collect(),
            Self::Whatsapp(whatsapp) => {
                let number = Claim::deployment_wide("number", &whatsapp.number);
                let id = whatsapp.provider.phone_number_id();
                let id = id.map(|id| Claim::deployment_wide("phone_number_id", id));
                [number].into_iter().chain(id).collect()
            }
        }
    }

    /// The secrets that the settings can use; others are forgotten.
    pub(super) fn usable_secrets(&self) -> &'static [SecretName] {
        match self {
            Self::LiveChat(_) => &[],
            Self::Whatsapp(whatsapp) => match whatsapp.provider {
                WhatsappProvider::Cloud { .. } => &[SecretName::AccessToken],
                WhatsappProvider::Dialog360 { .. } => &[
                    SecretName::ApiKey,
                    SecretName::WebhookSecret,
                    SecretName::WebhookHeaders,
                ],
            },
        }
    }

    /// The secret without which nothing can be sent.
    pub(super) fn required_secret(&self) -> Option<SecretName> {
        self.usable_secrets().first().copied()
    }
}

const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);

const LIVE_CHAT_RULES: ChannelRules = ChannelRules {
    window: None,
    text_limit: 4096,
    idle_close: Some(std::time::Duration::from_secs(30 * 60)),
    reopen_within: HOUR.saturating_mul(24),
};

/// Free-form answers are allowed for 24 hours after the customer's last message
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages>).
const WHATSAPP_RULES: ChannelRules = ChannelRules {
    window: Some(HOUR.saturating_mul(24)),
    text_limit: 4096,
    idle_close: Some(HOUR.saturating_mul(24)),
    reopen_within: HOUR.saturating_mul(24),
};

/// An address that one channel holds.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) scope: String,
    pub(super) address: String,
    pub(super) field: String,
}

impl Claim {
    fn deployment_wide(field: &str, address: &str) -> Self {
        Self {
            scope: format!("whatsapp.{field}"),
            address: address.to_owned(),
            field: format!("whatsapp.{field}"),
        }
    }
}

/// What a channel can keep secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretName {
    AccessToken,
    ApiKey,
    WebhookSecret,
    WebhookHeaders,
}

impl SecretName {
    /// Its name in the store and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::ApiKey => "api_key",
            Self::WebhookSecret => "webhook_secret",
            Self::WebhookHeaders => "webhook_headers",
        }
    }
}

/// A channel's secrets, decrypted.
#[derive(Clone, Debug, Default)]
pub struct ChannelSecrets {
    /// Meta's token for the Cloud API.
    pub access_token: Option<SecretString>,
    /// 360dialog's key of the number.
    pub api_key: Option<SecretString>,
    /// What 360dialog signs webhooks with.
    pub webhook_secret: Option<SecretString>,
    /// Headers that the provider was told to send with each webhook.
    pub webhook_headers: BTreeMap<String, SecretString>,
}

/// What to do with a stored secret.
#[derive(Clone, Debug, Default)]
pub enum SecretChange<T = SecretString> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

/// A channel as an administrator asks for it, not yet checked.
#[derive(Clone, Debug)]
pub struct ChannelDraft {
    /// `None` names the channel after its address.
    pub name: Option<String>,
    pub destination: Destination,
    pub settings: SettingsDraft,
}

/// The part of a draft that depends on the kind.
#[derive(Clone, Debug)]
pub enum SettingsDraft {
    LiveChat(LiveChatDraft),
    Whatsapp(WhatsappDraft),
}

/// A live chat, not yet checked.
#[derive(Clone, Debug, Default)]
pub struct LiveChatDraft {
    pub domains: Vec<String>,
    pub standalone: bool,
    pub theme_color: Option<String>,
    pub greeting: Option<String>,
}

/// Who carries the messages of a WhatsApp number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhatsappProviderKind {
    Cloud,
    Dialog360,
}

/// A WhatsApp number, not yet checked.
#[derive(Clone, Debug)]
pub struct WhatsappDraft {
    pub provider: WhatsappProviderKind,
    pub number: String,
    pub phone_number_id: Option<String>,
    pub business_account_id: Option<String>,
    pub secrets: SecretsDraft,
}

/// What to do with each secret.
#[derive(Clone, Debug, Default)]
pub struct SecretsDraft {
    pub access_token: SecretChange,
    pub api_key: SecretChange,
    pub webhook_secret: SecretChange,
    pub webhook_headers: SecretChange<BTreeMap<String, SecretString>>,
}

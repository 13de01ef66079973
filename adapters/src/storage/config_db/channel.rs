//! What a configured channel is: its state, and its settings by kind.
//!
//! What must stay true: [`ChannelRecord`] holds nothing secret, so that it can be shown, logged and audited.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::{ChannelKind, Destination, Timestamp};
use ecluse_engine::provider::ChannelRules;
use ecluse_engine::texts::{Language, Localized};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::audit::Resource;
use super::channel_check::default_name;
use super::channel_draft::WhatsappProviderKind;
use super::channel_email::EmailSettings;
use super::channel_facebook::FacebookSettings;
use super::channel_sms::SmsSettings;
use super::claim::Claim;
use super::domain::Domain;
use super::form::FormPurpose;
use super::link::Link;
use super::secret::SecretName;
use super::{channel_email, channel_facebook, channel_sms};

/// A channel as it is configured, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelRecord {
    pub id: ChannelId,
    pub tenant: TenantId,
    pub key: String,
    pub name: String,
    /// What the channel is bound to, for display: its first domain, its number, its mailbox, its page.
    pub address: String,
    pub destination: Destination,
    /// Of automatic texts where the customer's own is not known; `None` is the tenant's.
    pub language: Option<Language>,
    pub auto_replies: AutoReplies,
    pub settings: ChannelSettings,
    pub state: ChannelState,
    pub health: ChannelHealth,
    /// When each of its connections worked last, by its name, since what it needs was changed. It is news and no decision, so
    /// the trail has none of it.
    #[serde(skip)]
    pub worked: BTreeMap<String, Timestamp>,
    /// When a WhatsApp channel that was deleted is gone: the first instant of the next month. It works until then.
    pub pending_deletion_until: Option<Timestamp>,
    /// Which secrets are stored.
    pub secrets: BTreeSet<SecretName>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The configuration's revision at the last change of this channel.
    pub revision: u64,
}

impl ChannelRecord {
    /// The last second in which a channel that was deleted works (R129): 23:59:59 of its month's last day, where the tenant is.
    #[must_use]
    pub fn last_second(&self) -> Option<Timestamp> {
        let ends = self.pending_deletion_until?;
        Some(Timestamp(ends.0.saturating_sub(1_000_000)))
    }

    /// When the channel was last seen working with what its connections have now; a mailbox needs both of its own.
    #[must_use]
    pub fn last_worked_at(&self) -> Option<Timestamp> {
        let of = |connection: &str| self.worked.get(connection).copied();
        match self.settings.kind() {
            ChannelKind::Email => Some(of("imap")?.min(of("smtp")?)),
            ChannelKind::LiveChat
            | ChannelKind::Sms
            | ChannelKind::Facebook
            | ChannelKind::Whatsapp => of(PROVIDER),
        }
    }

    /// Whether nobody gave it another name than its address.
    #[must_use]
    pub fn is_named_after_itself(&self) -> bool {
        self.name == default_name(&self.settings, self.language)
    }
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
    /// Held until a person acts. A change of its settings or secrets ends it, and what works again.
    Degraded {
        reason: String,
    },
    /// The provider takes our word no more: somebody must sign in there again.
    SignInRequired {
        reason: String,
    },
}

/// What is particular to a kind of channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ChannelSettings {
    LiveChat(LiveChatSettings),
    Sms(SmsSettings),
    Email(EmailSettings),
    Facebook(FacebookSettings),
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
    /// Above the chat; the channel's name, if there is none.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub title: Localized,
    #[serde(
        default,
        skip_serializing_if = "Localized::is_empty",
        deserialize_with = "words_of_both"
    )]
    pub greeting: Localized,
    /// Asked before the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prechat_form: Option<Uuid>,
    /// Shown when chatting is not possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave_message_form: Option<Uuid>,
}

/// A text, or what older rows have: one for both languages.
fn words_of_both<'de, D: Deserializer<'de>>(from: D) -> Result<Localized, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Words {
        Same(String),
        Each(Localized),
    }
    Ok(match Words::deserialize(from)? {
        Words::Same(text) => Localized::same(text),
        Words::Each(text) => text,
    })
}

impl LiveChatSettings {
    /// Its forms: where each is named, which one, and what it is for.
    pub(super) fn forms(&self) -> impl Iterator<Item = (&'static str, Uuid, FormPurpose)> {
        let forms = [
            (PRECHAT_FORM, self.prechat_form, FormPurpose::Prechat),
            (
                LEAVE_MESSAGE_FORM,
                self.leave_message_form,
                FormPurpose::LeaveMessage,
            ),
        ];
        let named = forms.into_iter();
        named.filter_map(|(field, form, purpose)| form.map(|form| (field, form, purpose)))
    }

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
        /// Whose number it is there; `None` where a program brought the key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel_id: Option<String>,
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
            Self::Sms(_) => ChannelKind::Sms,
            Self::Email(_) => ChannelKind::Email,
            Self::Facebook(_) => ChannelKind::Facebook,
            Self::Whatsapp(_) => ChannelKind::Whatsapp,
        }
    }

    /// The rules that hold for every channel of the kind.
    #[must_use]
    pub const fn rules(&self) -> ChannelRules {
        match self {
            Self::LiveChat(_) => LIVE_CHAT_RULES,
            Self::Sms(_) => channel_sms::RULES,
            Self::Email(_) => channel_email::RULES,
            Self::Facebook(_) => channel_facebook::RULES,
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
            Self::Sms(sms) => sms.number.clone(),
            Self::Email(email) => email.address.clone(),
            Self::Facebook(page) => page.page_name.clone(),
            Self::Whatsapp(whatsapp) => whatsapp.number.clone(),
        }
    }

    /// The addresses that no other channel may hold, each with its scope.
    pub(super) fn claims(&self, tenant: TenantId) -> Vec<Claim> {
        match self {
            Self::LiveChat(chat) => (0..)
                .zip(&chat.domains)
                .map(|(index, domain)| Claim::domain(tenant, index, domain))
                .collect(),
            Self::Sms(sms) => vec![Claim::sms_number(tenant, &sms.number)],
            Self::Email(email) => vec![Claim::mailbox(tenant, &email.address)],
            Self::Facebook(page) => vec![Claim::page(&page.page_id)],
            Self::Whatsapp(whatsapp) => {
                let id = whatsapp.provider.phone_number_id();
                Claim::whatsapp(Some(&whatsapp.number), id)
            }
        }
    }

    /// Whose the number is at 360dialog, if it is there and that is known.
    pub(super) fn dialog360_client(&self) -> Option<&str> {
        let Self::Whatsapp(whatsapp) = self else {
            return None;
        };
        match &whatsapp.provider {
            WhatsappProvider::Cloud { .. } => None,
            WhatsappProvider::Dialog360 { client_id, .. } => client_id.as_deref(),
        }
    }

    /// What the settings point to, besides the destination.
    pub(super) fn links(&self) -> Vec<Link> {
        match self {
            Self::LiveChat(chat) => form_links(chat.prechat_form, chat.leave_message_form),
            Self::Sms(sms) => vec![channel_sms::link(sms.trunk)],
            Self::Email(_) | Self::Facebook(_) | Self::Whatsapp(_) => Vec::new(),
        }
    }

    /// The secrets that the settings can use, and without which of them nothing can be sent. Others are forgotten.
    pub(super) const fn secrets(&self) -> &'static [(SecretName, bool)] {
        match self {
            Self::LiveChat(_) | Self::Sms(_) => &[],
            Self::Email(email) => email.provider.secrets(),
            Self::Facebook(_) => PAGE_SECRETS,
            Self::Whatsapp(whatsapp) => match whatsapp.provider {
                WhatsappProvider::Cloud { .. } => WhatsappProviderKind::Cloud.secrets(),
                WhatsappProvider::Dialog360 { .. } => WhatsappProviderKind::Dialog360.secrets(),
            },
        }
    }
}

/// The connection to the company that carries a channel.
pub(super) const PROVIDER: &str = "provider";

pub(super) const PAGE_SECRETS: &[(SecretName, bool)] = &[(SecretName::PageAccessToken, true)];

pub(super) fn form_links(prechat: Option<Uuid>, leave_message: Option<Uuid>) -> Vec<Link> {
    let forms = [(PRECHAT_FORM, prechat), (LEAVE_MESSAGE_FORM, leave_message)];
    let link = |(field, form): (&str, Option<Uuid>)| {
        form.map(|form| Link::new(field, Resource::Form, form))
    };
    forms.into_iter().filter_map(link).collect()
}

/// Where a live chat names its forms.
const PRECHAT_FORM: &str = "live_chat.prechat_form";
const LEAVE_MESSAGE_FORM: &str = "live_chat.leave_message_form";

const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);
pub(super) const DAY: std::time::Duration = HOUR.saturating_mul(24);

const LIVE_CHAT_RULES: ChannelRules = ChannelRules {
    window: None,
    text_limit: 4096,
    idle_close: Some(std::time::Duration::from_secs(30 * 60)),
    reopen_within: DAY,
};

/// Free-form answers are allowed for 24 hours after the customer's last message
/// (<https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages>).
const WHATSAPP_RULES: ChannelRules = ChannelRules {
    window: Some(DAY),
    text_limit: 4096,
    idle_close: Some(DAY),
    reopen_within: DAY,
};

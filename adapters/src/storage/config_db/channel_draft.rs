//! A channel as an administrator or a program asks for it, not yet checked.

use std::collections::BTreeMap;

use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::message::{ChannelKind, Destination};
use ecluse_engine::texts::{Language, Localized};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::channel::{ChannelSettings, PAGE_SECRETS, WhatsappProvider, form_links};
use super::channel_email::{EmailDraft, EmailProvider};
use super::channel_facebook::FacebookDraft;
use super::channel_sms::{self, SmsDraft};
use super::link::Link;
use super::secret::{SecretChange, SecretName};
use crate::sms::number::PhoneNumber;

/// A channel as an administrator asks for it, not yet checked.
#[derive(Clone, Debug)]
pub struct ChannelDraft {
    /// `None` keeps the key, or makes one of the name.
    pub key: Option<String>,
    /// `None` names the channel after its address.
    pub name: Option<String>,
    pub destination: Destination,
    pub language: Option<Language>,
    pub auto_replies: AutoReplies,
    pub settings: SettingsDraft,
    pub secrets: SecretsDraft,
    /// A finished sign-on, which fills in what the company told and is used up by it.
    pub sign_on: Option<Uuid>,
    /// The id that a new channel must have, because a company was told it.
    pub reserved: Option<Uuid>,
    /// The company that carries it was asked just now, and took what the draft says.
    pub answered_for: bool,
}

impl ChannelDraft {
    /// A channel with the usual settings.
    #[must_use]
    pub fn new(destination: Destination, settings: SettingsDraft) -> Self {
        Self {
            key: None,
            name: None,
            destination,
            language: None,
            auto_replies: AutoReplies::default(),
            settings,
            secrets: SecretsDraft::default(),
            sign_on: None,
            reserved: None,
            answered_for: false,
        }
    }
}

/// The part of a draft that depends on the kind.
#[derive(Clone, Debug)]
pub enum SettingsDraft {
    LiveChat(LiveChatDraft),
    Sms(SmsDraft),
    Email(EmailDraft),
    Facebook(FacebookDraft),
    Whatsapp(WhatsappDraft),
}

impl SettingsDraft {
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
}

impl SettingsDraft {
    /// As [`ChannelSettings::secrets`], of what was not checked yet.
    pub(super) const fn secrets(&self) -> &'static [(SecretName, bool)] {
        match self {
            Self::LiveChat(_) | Self::Sms(_) => &[],
            Self::Email(email) => email.provider.secrets(),
            Self::Facebook(_) => PAGE_SECRETS,
            Self::Whatsapp(whatsapp) => whatsapp.provider.secrets(),
        }
    }

    /// As [`ChannelSettings::links`], of what was not checked yet.
    pub(super) fn links(&self) -> Vec<Link> {
        match self {
            Self::LiveChat(chat) => form_links(chat.prechat_form, chat.leave_message_form),
            Self::Sms(sms) => vec![channel_sms::link(sms.trunk)],
            Self::Email(_) | Self::Facebook(_) | Self::Whatsapp(_) => Vec::new(),
        }
    }

    /// Fills in what only a sign-on or a provider tells, where it was not told anew.
    pub(super) fn keep_what_providers_told(&mut self, stored: &ChannelSettings) {
        match (self, stored) {
            (Self::Facebook(draft), ChannelSettings::Facebook(page))
                if draft.page_id.is_empty() =>
            {
                draft.page_id.clone_from(&page.page_id);
                draft.page_name.clone_from(&page.page_name);
            }
            (Self::Email(draft), ChannelSettings::Email(mailbox))
                if draft.provider == mailbox.provider
                    && draft.provider != EmailProvider::Custom =>
            {
                draft.imap.get_or_insert_with(|| mailbox.imap.clone());
                draft.smtp.get_or_insert_with(|| mailbox.smtp.clone());
                if draft.address.trim().is_empty() {
                    draft.address.clone_from(&mailbox.address);
                }
            }
            (Self::Whatsapp(draft), ChannelSettings::Whatsapp(number)) => {
                if draft.number.trim().is_empty() {
                    draft.number.clone_from(&number.number);
                }
                if let WhatsappProvider::Dialog360 {
                    phone_number_id,
                    business_account_id,
                    client_id,
                    channel_id,
                } = &number.provider
                {
                    if draft.provider == WhatsappProviderKind::Dialog360 {
                        let ids = (phone_number_id.clone(), business_account_id.clone());
                        draft.phone_number_id = draft.phone_number_id.take().or(ids.0);
                        draft.business_account_id = draft.business_account_id.take().or(ids.1);
                    }
                    // They are the names of one number at the hub.
                    if is_number(&draft.number, &number.number) {
                        draft.client_id = draft.client_id.take().or_else(|| client_id.clone());
                        draft.channel_id = draft.channel_id.take().or_else(|| channel_id.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether what was typed is the stored number.
fn is_number(typed: &str, stored: &str) -> bool {
    PhoneNumber::parse(typed, None).is_ok_and(|number| number.as_str() == stored)
}

/// A live chat, not yet checked.
#[derive(Clone, Debug, Default)]
pub struct LiveChatDraft {
    pub domains: Vec<String>,
    pub standalone: bool,
    pub theme_color: Option<String>,
    pub title: Localized,
    pub greeting: Localized,
    pub prechat_form: Option<Uuid>,
    pub leave_message_form: Option<Uuid>,
}

/// Who carries the messages of a WhatsApp number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhatsappProviderKind {
    Cloud,
    Dialog360,
}

impl WhatsappProviderKind {
    pub(super) const fn secrets(self) -> &'static [(SecretName, bool)] {
        match self {
            Self::Cloud => &[(SecretName::AccessToken, true)],
            Self::Dialog360 => &[
                (SecretName::ApiKey, true),
                (SecretName::WebhookSecret, false),
                (SecretName::WebhookHeaders, false),
            ],
        }
    }
}

/// A WhatsApp number, not yet checked.
#[derive(Clone, Debug)]
pub struct WhatsappDraft {
    pub provider: WhatsappProviderKind,
    pub number: String,
    pub phone_number_id: Option<String>,
    pub business_account_id: Option<String>,
    pub client_id: Option<String>,
    pub channel_id: Option<String>,
}

impl WhatsappDraft {
    /// A number of which nothing else is known yet.
    pub fn new(provider: WhatsappProviderKind, number: impl Into<String>) -> Self {
        Self {
            provider,
            number: number.into(),
            phone_number_id: None,
            business_account_id: None,
            client_id: None,
            channel_id: None,
        }
    }
}

/// What to do with each secret.
#[derive(Clone, Debug, Default)]
pub struct SecretsDraft {
    pub access_token: SecretChange,
    pub api_key: SecretChange,
    pub webhook_secret: SecretChange,
    pub webhook_headers: SecretChange<BTreeMap<String, SecretString>>,
    pub imap_password: SecretChange,
    pub smtp_password: SecretChange,
    pub refresh_token: SecretChange,
    pub page_access_token: SecretChange,
    pub brought_token: SecretChange,
}

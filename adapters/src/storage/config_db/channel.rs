//! What a configured channel is: its settings by kind, its secrets, and the draft that an administrator sends.
//!
//! What must stay true: [`ChannelRecord`] holds nothing secret, so that it can be shown, logged and audited.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::{ChannelKind, Destination, Timestamp};
use ecluse_engine::provider::ChannelRules;
use ecluse_engine::texts::{Language, Localized};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::audit::Resource;
use super::channel_email::{EmailDraft, EmailProvider, EmailSettings};
use super::channel_facebook::{FacebookDraft, FacebookSettings};
use super::channel_sms::{SmsDraft, SmsSettings};
use super::domain::Domain;
use super::form::FormPurpose;
use super::link::Link;
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

const PAGE_SECRETS: &[(SecretName, bool)] = &[(SecretName::PageAccessToken, true)];

fn form_links(prechat: Option<Uuid>, leave_message: Option<Uuid>) -> Vec<Link> {
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

/// An address that one channel holds.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) scope: String,
    pub(super) address: String,
    pub(super) field: String,
}

impl Claim {
    /// Scope and address, as the table has them.
    pub(super) fn place(&self) -> (&str, &str) {
        (&self.scope, &self.address)
    }

    /// Scope and address in one, as rosters have them.
    pub(super) fn held(&self) -> String {
        format!("{} {}", self.scope, self.address)
    }

    fn of_tenant(tenant: TenantId, scope: &str, address: &str, field: String) -> Self {
        Self {
            scope: format!("{scope}/{}", tenant.0),
            address: address.to_owned(),
            field,
        }
    }

    /// One that no other tenant's channel may hold either.
    pub(super) fn deployment_wide(field: &str, address: &str) -> Self {
        Self {
            scope: field.to_owned(),
            address: address.to_owned(),
            field: field.to_owned(),
        }
    }

    pub(super) fn domain(tenant: TenantId, index: usize, domain: &Domain) -> Self {
        let field = format!("live_chat.domains[{index}]");
        Self::of_tenant(tenant, "live_chat.domain", &domain.to_string(), field)
    }

    pub(super) fn sms_number(tenant: TenantId, number: &str) -> Self {
        Self::of_tenant(tenant, "sms.number", number, "sms.number".to_owned())
    }

    pub(super) fn mailbox(tenant: TenantId, address: &str) -> Self {
        let field = "email.address".to_owned();
        Self::of_tenant(tenant, "email.address", address, field)
    }

    pub(super) fn page(id: &str) -> Self {
        Self::deployment_wide("facebook.page_id", id)
    }

    pub(super) fn whatsapp(number: Option<&str>, id: Option<&str>) -> Vec<Self> {
        let number = number.map(|number| Self::deployment_wide("whatsapp.number", number));
        let id = id.map(|id| Self::deployment_wide("whatsapp.phone_number_id", id));
        number.into_iter().chain(id).collect()
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
    ImapPassword,
    SmtpPassword,
    RefreshToken,
    PageAccessToken,
    /// The refresh token as a program brought it: the company may have given another one in its place.
    BroughtToken,
}

impl SecretName {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AccessToken,
        Self::ApiKey,
        Self::WebhookSecret,
        Self::WebhookHeaders,
        Self::ImapPassword,
        Self::SmtpPassword,
        Self::RefreshToken,
        Self::PageAccessToken,
        Self::BroughtToken,
    ];

    /// Its name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::ApiKey => "api_key",
            Self::WebhookSecret => "webhook_secret",
            Self::WebhookHeaders => "webhook_headers",
            Self::ImapPassword => "imap_password",
            Self::SmtpPassword => "smtp_password",
            Self::RefreshToken => "refresh_token",
            Self::PageAccessToken => "page_access_token",
            Self::BroughtToken => "brought_token",
        }
    }

    /// Where a request gives it.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::AccessToken => "whatsapp.access_token",
            Self::ApiKey => "whatsapp.api_key",
            Self::WebhookSecret => "whatsapp.webhook_secret",
            Self::WebhookHeaders => "whatsapp.webhook_headers",
            Self::ImapPassword => "email.imap.password",
            Self::SmtpPassword => "email.smtp.password",
            Self::RefreshToken | Self::BroughtToken => "email.refresh_token",
            Self::PageAccessToken => "facebook.page_access_token",
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
    pub imap_password: Option<SecretString>,
    pub smtp_password: Option<SecretString>,
    /// What Google or Microsoft gives new access tokens for.
    pub refresh_token: Option<SecretString>,
    /// Meta's token for a page.
    pub page_access_token: Option<SecretString>,
    /// What a program brought as refresh token, by which it is known when it is brought again.
    pub brought_token: Option<SecretString>,
}

/// What to do with a stored secret.
#[derive(Clone, Debug, Default)]
pub enum SecretChange<T = SecretString> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

/// Two changes are the same if they leave the stored secret alone; what a secret is, is not compared.
impl PartialEq for SecretChange {
    fn eq(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Keep, Self::Keep) | (Self::Clear, Self::Clear)
        )
    }
}

impl Eq for SecretChange {}

impl<T> SecretChange<T> {
    /// Secrets are never written out; a field of this type is left out always.
    #[must_use]
    pub const fn is_left_out(&self) -> bool {
        true
    }
}

/// Says nothing of the secret, should a field of this type ever be written.
impl<T> Serialize for SecretChange<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_unit()
    }
}

/// Reads a secret that may be left out (kept), `null` (forgotten) or given.
///
/// # Errors
/// It is neither.
pub fn secret_change<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<SecretChange<T>, D::Error> {
    Ok(Option::<T>::deserialize(from)?.map_or(SecretChange::Clear, SecretChange::Set))
}

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
                    draft.client_id = draft.client_id.take().or_else(|| client_id.clone());
                    draft.channel_id = draft.channel_id.take().or_else(|| channel_id.clone());
                }
            }
            _ => {}
        }
    }
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
    const fn secrets(self) -> &'static [(SecretName, bool)] {
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

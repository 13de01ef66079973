//! Channels as JSON: what is the same for all, and the member named as the kind.

use std::collections::BTreeMap;

use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChannelHealth, ChannelRecord, ChannelSettings, ChannelState, EmailDraft,
    EmailProvider, EmailSettings, FacebookDraft, FacebookSettings, LiveChatDraft, LiveChatSettings,
    MailServer, SecretChange, SecretName, SecretsDraft, Security, SettingsDraft, SmsDraft,
    SmsSettings, WhatsappDraft, WhatsappProvider, WhatsappProviderKind, WhatsappSettings,
    secret_change,
};
use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::ids::{ChatbotId, QueueId};
use ecluse_engine::message::{ChannelKind, Destination};
use ecluse_engine::texts::{Language, Localized};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Services;
use crate::error::ApiError;
use crate::routes::common::{kind_schema, language_schema, rfc3339};

/// What is shown of a channel and says nothing.
pub(super) const READ_ONLY: &[&str] = &[
    "id",
    "address",
    "state",
    "health",
    "pending_deletion_until",
    "created_at",
    "updated_at",
    "live_chat.snippet",
    "email.signed_in",
    "email.imap.has_password",
    "email.smtp.has_password",
    "facebook.page_id",
    "facebook.page_name",
    "facebook.has_page_access_token",
    "whatsapp.client_id",
    "whatsapp.channel_id",
    "whatsapp.webhook_url",
    "whatsapp.has_access_token",
    "whatsapp.has_api_key",
    "whatsapp.has_webhook_secret",
    "whatsapp.has_webhook_headers",
];

/// A channel. Its secrets never come back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
pub struct ChannelView {
    id: Uuid,
    key: String,
    #[schema(schema_with = kind_schema)]
    kind: ChannelKind,
    name: String,
    /// What the channel is bound to: its first domain, its number, its mailbox, its page.
    address: String,
    destination: DestinationBody,
    #[schema(schema_with = language_schema)]
    language: Option<Language>,
    auto_replies: AutoReplies,
    state: ChannelStateView,
    health: HealthView,
    /// When a WhatsApp channel that was deleted is gone; it works until then and can be reactivated.
    #[schema(format = DateTime)]
    pending_deletion_until: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_chat: Option<LiveChatView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<SmsBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<EmailView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facebook: Option<FacebookView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    whatsapp: Option<WhatsappView>,
}

/// Where new conversations go.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Destination)]
#[serde(rename_all = "snake_case")]
enum DestinationBody {
    Queue(Uuid),
    Chatbot(Uuid),
}

/// Whether the channel works.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = ChannelState)]
#[serde(rename_all = "snake_case")]
enum ChannelStateView {
    Active,
    /// It cannot send until a person acts.
    Degraded,
    /// Somebody must sign in at the provider again.
    SignInRequired,
    /// Deleted at the end of the month; it works until then.
    PendingDeletion,
    /// Kept for its history.
    Deleted,
}

/// Whether the channel can send, and why not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChannelHealth)]
struct HealthView {
    state: HealthState,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HealthState {
    Healthy,
    Degraded,
    SignInRequired,
}

/// A chat on web pages.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiveChat)]
struct LiveChatView {
    /// Where the widget may run.
    domains: Vec<String>,
    /// Whether the chat may also be opened as a page of its own.
    standalone: bool,
    theme_color: Option<String>,
    title: Localized,
    greeting: Localized,
    prechat_form: Option<Uuid>,
    leave_message_form: Option<Uuid>,
    /// Paste it before the closing `</body>` of every page that should have the chat.
    snippet: String,
}

/// A mailbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Email)]
struct EmailView {
    provider: EmailProviderBody,
    address: String,
    imap: MailServerView,
    smtp: MailServerView,
    attachment_mb_max: u32,
    check_interval_secs: u32,
    /// Whether Google's or Microsoft's consent is stored.
    signed_in: bool,
}

/// A mail server, without its password.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MailServer)]
struct MailServerView {
    host: String,
    port: u16,
    security: Security,
    username: String,
    has_password: bool,
}

/// A Facebook page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Facebook)]
struct FacebookView {
    page_id: String,
    page_name: String,
    has_page_access_token: bool,
}

/// A WhatsApp number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Whatsapp)]
struct WhatsappView {
    provider: ProviderBody,
    number: String,
    phone_number_id: Option<String>,
    business_account_id: Option<String>,
    /// The client at 360dialog, if the number was connected there.
    client_id: Option<String>,
    /// The channel at 360dialog, if the number was connected there.
    channel_id: Option<String>,
    has_access_token: bool,
    has_api_key: bool,
    has_webhook_secret: bool,
    has_webhook_headers: bool,
    /// Give this address to the provider.
    webhook_url: String,
}

/// Who carries the messages of a WhatsApp number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = WhatsappProvider)]
#[serde(rename_all = "snake_case")]
enum ProviderBody {
    /// Meta's Cloud API.
    Cloud,
    Dialog360,
}

/// Who runs a mailbox.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = EmailProvider)]
#[serde(rename_all = "snake_case")]
enum EmailProviderBody {
    /// Any server, by user name and password.
    Custom,
    /// Microsoft 365, by sign-on.
    Microsoft,
    /// Gmail, by sign-on.
    Gmail,
}

impl From<EmailProvider> for EmailProviderBody {
    fn from(provider: EmailProvider) -> Self {
        match provider {
            EmailProvider::Custom => Self::Custom,
            EmailProvider::Microsoft => Self::Microsoft,
            EmailProvider::Gmail => Self::Gmail,
        }
    }
}

impl From<EmailProviderBody> for EmailProvider {
    fn from(provider: EmailProviderBody) -> Self {
        match provider {
            EmailProviderBody::Custom => Self::Custom,
            EmailProviderBody::Microsoft => Self::Microsoft,
            EmailProviderBody::Gmail => Self::Gmail,
        }
    }
}

impl From<Destination> for DestinationBody {
    fn from(destination: Destination) -> Self {
        match destination {
            Destination::Queue(queue) => Self::Queue(queue.0),
            Destination::Chatbot(chatbot) => Self::Chatbot(chatbot.0),
        }
    }
}

impl From<DestinationBody> for Destination {
    fn from(destination: DestinationBody) -> Self {
        match destination {
            DestinationBody::Queue(queue) => Self::Queue(QueueId(queue)),
            DestinationBody::Chatbot(chatbot) => Self::Chatbot(ChatbotId(chatbot)),
        }
    }
}

pub(super) fn view(channel: &ChannelRecord, services: &Services) -> ChannelView {
    let health = health(channel, services);
    let mut view = ChannelView {
        id: channel.id.0,
        key: channel.key.clone(),
        kind: channel.settings.kind(),
        name: channel.name.clone(),
        address: channel.address.clone(),
        destination: channel.destination.into(),
        language: channel.language,
        auto_replies: channel.auto_replies.clone(),
        state: state(channel, health.state),
        health,
        pending_deletion_until: channel.pending_deletion_until.map(rfc3339),
        created_at: rfc3339(channel.created_at),
        updated_at: rfc3339(channel.updated_at),
        live_chat: None,
        sms: None,
        email: None,
        facebook: None,
        whatsapp: None,
    };
    match &channel.settings {
        ChannelSettings::LiveChat(chat) => {
            view.live_chat = Some(live_chat_view(channel, chat, services));
        }
        ChannelSettings::Sms(sms) => view.sms = Some(sms_view(sms)),
        ChannelSettings::Email(email) => view.email = Some(email_view(channel, email)),
        ChannelSettings::Facebook(page) => view.facebook = Some(facebook_view(channel, page)),
        ChannelSettings::Whatsapp(number) => {
            view.whatsapp = Some(whatsapp_view(channel, number, services));
        }
    }
    view
}

fn health(channel: &ChannelRecord, services: &Services) -> HealthView {
    let directory = services.directory.as_ref();
    let unusable = directory.and_then(|directory| directory.unusable(channel.id));
    let (state, reason) = match (unusable, &channel.health) {
        (_, ChannelHealth::SignInRequired { reason }) => {
            (HealthState::SignInRequired, Some(reason.clone()))
        }
        (Some(reason), _) => (HealthState::Degraded, Some(reason)),
        (None, ChannelHealth::Degraded { reason }) => (HealthState::Degraded, Some(reason.clone())),
        (None, ChannelHealth::Healthy) => (HealthState::Healthy, None),
    };
    HealthView { state, reason }
}

fn state(channel: &ChannelRecord, health: HealthState) -> ChannelStateView {
    match (channel.state, channel.pending_deletion_until, health) {
        (ChannelState::Deleted, _, _) => ChannelStateView::Deleted,
        (ChannelState::Active, Some(_), _) => ChannelStateView::PendingDeletion,
        (ChannelState::Active, None, HealthState::SignInRequired) => {
            ChannelStateView::SignInRequired
        }
        (ChannelState::Active, None, HealthState::Degraded) => ChannelStateView::Degraded,
        (ChannelState::Active, None, HealthState::Healthy) => ChannelStateView::Active,
    }
}

fn live_chat_view(
    channel: &ChannelRecord,
    chat: &LiveChatSettings,
    services: &Services,
) -> LiveChatView {
    LiveChatView {
        domains: chat.domains.iter().map(ToString::to_string).collect(),
        standalone: chat.standalone,
        theme_color: chat.theme_color.clone(),
        title: chat.title.clone(),
        greeting: chat.greeting.clone(),
        prechat_form: chat.prechat_form,
        leave_message_form: chat.leave_message_form,
        snippet: format!(
            "<script async src=\"{}\" data-channel=\"{}\"></script>",
            services.auth.url("/widget.js"),
            channel.id
        ),
    }
}

fn sms_view(sms: &SmsSettings) -> SmsBody {
    SmsBody {
        number: sms.number.clone(),
        trunk: sms.trunk,
    }
}

fn email_view(channel: &ChannelRecord, email: &EmailSettings) -> EmailView {
    let has = |secret| channel.secrets.contains(&secret);
    EmailView {
        provider: email.provider.into(),
        address: email.address.clone(),
        imap: server_view(&email.imap, has(SecretName::ImapPassword)),
        smtp: server_view(&email.smtp, has(SecretName::SmtpPassword)),
        attachment_mb_max: email.attachment_mb_max,
        check_interval_secs: email.check_interval_secs,
        signed_in: has(SecretName::RefreshToken),
    }
}

fn server_view(server: &MailServer, has_password: bool) -> MailServerView {
    MailServerView {
        host: server.host.clone(),
        port: server.port,
        security: server.security,
        username: server.username.clone(),
        has_password,
    }
}

fn facebook_view(channel: &ChannelRecord, page: &FacebookSettings) -> FacebookView {
    FacebookView {
        page_id: page.page_id.clone(),
        page_name: page.page_name.clone(),
        has_page_access_token: channel.secrets.contains(&SecretName::PageAccessToken),
    }
}

fn whatsapp_view(
    channel: &ChannelRecord,
    whatsapp: &WhatsappSettings,
    services: &Services,
) -> WhatsappView {
    let has = |secret| channel.secrets.contains(&secret);
    let (provider, business_account_id, client_id, channel_id, webhook) = match &whatsapp.provider {
        WhatsappProvider::Cloud {
            business_account_id,
            ..
        } => {
            let webhook = "/webhooks/meta".to_owned();
            (
                ProviderBody::Cloud,
                business_account_id,
                None,
                None,
                webhook,
            )
        }
        WhatsappProvider::Dialog360 {
            business_account_id,
            client_id,
            channel_id,
            ..
        } => {
            let webhook = format!("/webhooks/360dialog/{}", channel.id);
            let (client_id, channel_id) = (client_id.clone(), channel_id.clone());
            (
                ProviderBody::Dialog360,
                business_account_id,
                client_id,
                channel_id,
                webhook,
            )
        }
    };
    WhatsappView {
        provider,
        number: whatsapp.number.clone(),
        phone_number_id: whatsapp.provider.phone_number_id().map(str::to_owned),
        business_account_id: business_account_id.clone(),
        client_id,
        channel_id,
        has_access_token: has(SecretName::AccessToken),
        has_api_key: has(SecretName::ApiKey),
        has_webhook_secret: has(SecretName::WebhookSecret),
        has_webhook_headers: has(SecretName::WebhookHeaders),
        webhook_url: services.auth.url(&webhook),
    }
}

/// A channel as it should be. The member named as the kind is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelBody {
    /// Cannot change later.
    #[schema(schema_with = kind_schema)]
    kind: ChannelKind,
    /// Your own name for it, unique among channels; made of the name if it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_.-]{0,63}$")]
    key: Option<String>,
    /// For people; the address if it is left out.
    #[schema(max_length = 100)]
    name: Option<String>,
    /// Only live chat and SMS may lead to a chatbot.
    destination: DestinationBody,
    /// Of automatic texts where the customer's own is not known; the tenant's if it is left out.
    #[serde(default)]
    #[schema(schema_with = language_schema)]
    language: Option<Language>,
    /// What is said without a person. An empty text is silence.
    #[serde(default)]
    auto_replies: AutoReplies,
    live_chat: Option<LiveChatBody>,
    sms: Option<SmsBody>,
    email: Option<EmailBody>,
    facebook: Option<FacebookBody>,
    whatsapp: Option<WhatsappBody>,
}

/// A chat on web pages, as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LiveChatBody {
    /// Bare host names; `*.example.com` stands for all below it; a loopback host may carry a port.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["www.example.com"]))]
    domains: Vec<String>,
    /// Whether the chat may also be opened as a page of its own.
    #[serde(default)]
    standalone: bool,
    #[schema(pattern = "^#[0-9a-fA-F]{6}$", example = "#0a6ebd")]
    theme_color: Option<String>,
    /// Above the chat; the channel's name, if there is none.
    #[serde(default)]
    title: Localized,
    #[serde(default)]
    greeting: Localized,
    /// A form of purpose `prechat`.
    prechat_form: Option<Uuid>,
    /// A form of purpose `leave_message`.
    leave_message_form: Option<Uuid>,
}

/// One number of an SMS trunk.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Sms)]
struct SmsBody {
    /// International; one of the trunk's numbers.
    #[schema(example = "+33123456789")]
    number: String,
    trunk: Uuid,
}

/// A mailbox, as it should be. A secret that is left out is kept; `null` forgets it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailBody {
    provider: EmailProviderBody,
    /// Left out where a sign-on brings it.
    #[serde(default)]
    #[schema(max_length = 254, example = "support@example.com")]
    address: String,
    /// Needed for `custom`; a sign-on brings it.
    imap: Option<MailServerBody>,
    /// Needed for `custom`; a sign-on brings it.
    smtp: Option<MailServerBody>,
    #[serde(default = "attachment_mb_max")]
    #[schema(minimum = 1, maximum = 25, default = 10)]
    attachment_mb_max: u32,
    #[serde(default = "check_interval_secs")]
    #[schema(minimum = 10, maximum = 3600, default = 60)]
    check_interval_secs: u32,
    /// A finished sign-on of `microsoft` or `gmail`: address, servers and consent are its.
    #[schema(write_only)]
    sign_on: Option<Uuid>,
    /// For `microsoft` and `gmail`, where no sign-on window was used.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    refresh_token: SecretChange,
}

const fn attachment_mb_max() -> u32 {
    EmailDraft::ATTACHMENT_MB_MAX
}

const fn check_interval_secs() -> u32 {
    EmailDraft::CHECK_INTERVAL_SECS
}

/// A mail server, as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MailServerBody {
    /// A name or an address.
    #[schema(example = "imap.gmail.com")]
    host: String,
    #[schema(minimum = 1, maximum = 65535, example = 993)]
    port: u16,
    /// What the port is usually spoken with, if it is left out: `tls` on 993 and 465, else `starttls`.
    security: Option<Security>,
    #[serde(default)]
    username: String,
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    password: SecretChange,
}

/// A Facebook page, as it should be. Name and id are read from the page's token.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FacebookBody {
    /// A finished sign-on of `facebook`: the page and its token are its.
    #[schema(write_only)]
    sign_on: Option<Uuid>,
    /// Left out, it is kept.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    page_access_token: SecretChange,
}

/// A WhatsApp number, as it should be. A secret that is left out is kept; `null` forgets it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhatsappBody {
    provider: ProviderBody,
    /// A finished sign-on of `whatsapp`: the number and its key are its.
    #[schema(write_only)]
    sign_on: Option<Uuid>,
    /// International, 7 to 15 digits. Left out, it is read from the provider or kept.
    #[serde(default, deserialize_with = "text_or_null")]
    #[schema(value_type = Option<String>, example = "+33123456789")]
    number: String,
    /// Needed for `cloud`.
    phone_number_id: Option<String>,
    business_account_id: Option<String>,
    /// For `cloud`.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    access_token: SecretChange,
    /// For `dialog360`.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    api_key: SecretChange,
    /// What `dialog360` signs webhooks with.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    webhook_secret: SecretChange,
    /// Headers that `dialog360` was told to send with every webhook.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<BTreeMap<String, String>>, write_only)]
    webhook_headers: SecretChange<BTreeMap<String, SecretString>>,
}

fn text_or_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(from).map(Option::unwrap_or_default)
}

impl ChannelBody {
    fn sign_on(&self) -> Option<Uuid> {
        let of_mail = self.email.as_ref().and_then(|email| email.sign_on);
        let of_page = self.facebook.as_ref().and_then(|page| page.sign_on);
        let of_number = self.whatsapp.as_ref().and_then(|number| number.sign_on);
        of_mail.or(of_page).or(of_number)
    }

    /// The draft that it asks for.
    ///
    /// # Errors
    /// A member is missing, or belongs to another kind of channel.
    pub(crate) fn draft(self) -> Result<ChannelDraft, ApiError> {
        self.refuse_others()?;
        let sign_on = self.sign_on();
        let mut secrets = SecretsDraft::default();
        let settings = match self.kind {
            ChannelKind::LiveChat => {
                SettingsDraft::LiveChat(needed("live_chat", self.live_chat)?.draft())
            }
            ChannelKind::Sms => SettingsDraft::Sms(needed("sms", self.sms)?.draft()),
            ChannelKind::Email => {
                SettingsDraft::Email(needed("email", self.email)?.draft(&mut secrets))
            }
            ChannelKind::Facebook => {
                SettingsDraft::Facebook(self.facebook.unwrap_or_default().draft(&mut secrets))
            }
            ChannelKind::Whatsapp => {
                SettingsDraft::Whatsapp(needed("whatsapp", self.whatsapp)?.draft(&mut secrets))
            }
        };
        Ok(ChannelDraft {
            key: self.key,
            name: self.name,
            destination: self.destination.into(),
            language: self.language,
            auto_replies: self.auto_replies,
            settings,
            secrets,
            sign_on,
        })
    }

    fn refuse_others(&self) -> Result<(), ApiError> {
        let members = [
            (ChannelKind::LiveChat, self.live_chat.is_some()),
            (ChannelKind::Sms, self.sms.is_some()),
            (ChannelKind::Email, self.email.is_some()),
            (ChannelKind::Facebook, self.facebook.is_some()),
            (ChannelKind::Whatsapp, self.whatsapp.is_some()),
        ];
        match members
            .iter()
            .find(|(kind, there)| *there && *kind != self.kind)
        {
            None => Ok(()),
            Some((kind, _)) => Err(ApiError::field(
                kind.as_str(),
                "not_allowed",
                "does not belong to this kind of channel",
            )),
        }
    }
}

fn needed<T>(field: &str, member: Option<T>) -> Result<T, ApiError> {
    member.ok_or_else(|| ApiError::field(field, "required", "is needed for this kind of channel"))
}

impl LiveChatBody {
    fn draft(self) -> LiveChatDraft {
        LiveChatDraft {
            domains: self.domains,
            standalone: self.standalone,
            theme_color: self.theme_color,
            title: self.title,
            greeting: self.greeting,
            prechat_form: self.prechat_form,
            leave_message_form: self.leave_message_form,
        }
    }
}

impl SmsBody {
    fn draft(self) -> SmsDraft {
        SmsDraft {
            number: self.number,
            trunk: self.trunk,
        }
    }
}

impl EmailBody {
    fn draft(self, secrets: &mut SecretsDraft) -> EmailDraft {
        secrets.refresh_token = self.refresh_token;
        let imap = self
            .imap
            .map(|server| server.split(&mut secrets.imap_password));
        let smtp = self
            .smtp
            .map(|server| server.split(&mut secrets.smtp_password));
        EmailDraft {
            provider: self.provider.into(),
            address: self.address,
            imap,
            smtp,
            attachment_mb_max: self.attachment_mb_max,
            check_interval_secs: self.check_interval_secs,
        }
    }
}

impl MailServerBody {
    /// The server, and its password apart.
    fn split(self, password: &mut SecretChange) -> MailServer {
        *password = self.password;
        MailServer {
            host: self.host,
            port: self.port,
            security: self.security.unwrap_or_else(|| Security::usual(self.port)),
            username: self.username,
        }
    }
}

impl FacebookBody {
    fn draft(self, secrets: &mut SecretsDraft) -> FacebookDraft {
        secrets.page_access_token = self.page_access_token;
        FacebookDraft::default()
    }
}

impl WhatsappBody {
    fn draft(self, secrets: &mut SecretsDraft) -> WhatsappDraft {
        secrets.access_token = self.access_token;
        secrets.api_key = self.api_key;
        secrets.webhook_secret = self.webhook_secret;
        secrets.webhook_headers = self.webhook_headers;
        WhatsappDraft {
            provider: match self.provider {
                ProviderBody::Cloud => WhatsappProviderKind::Cloud,
                ProviderBody::Dialog360 => WhatsappProviderKind::Dialog360,
            },
            number: self.number,
            phone_number_id: self.phone_number_id,
            business_account_id: self.business_account_id,
            client_id: None,
            channel_id: None,
        }
    }
}

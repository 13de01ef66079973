//! What is shown of a channel.
//!
//! What must stay true: of a secret it is shown that there is one, and nothing else.

use ecluse_adapters::storage::config_db::{
    ChannelHealth, ChannelRecord, ChannelSettings, ChannelState, EmailSettings, FacebookSettings,
    LiveChatSettings, MailServer, SecretName, Security, SmsSettings, WhatsappProvider,
    WhatsappSettings,
};
use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::message::ChannelKind;
use ecluse_engine::texts::{Language, Localized};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DestinationBody, EmailProviderBody, ProviderBody, SmsBody};
use crate::resources::Services;
use crate::routes::common::{kind_schema, language_schema, rfc3339};

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
    /// The last second in which a WhatsApp channel that was deleted works and can be reactivated: the end of the month in the
    /// tenant's time zone.
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
    /// When it was last seen working with what is saved of its connections now; `null` if it has not been tried with that. A
    /// mailbox has been tried when IMAP and SMTP have, a number of a trunk when the trunk has; a live chat needs no connection.
    #[schema(format = DateTime)]
    last_worked_at: Option<String>,
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

pub(in crate::resources) fn view(channel: &ChannelRecord, services: &Services) -> ChannelView {
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
        pending_deletion_until: channel.last_second().map(rfc3339),
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
    HealthView {
        state,
        reason,
        last_worked_at: channel.last_worked_at().map(rfc3339),
    }
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

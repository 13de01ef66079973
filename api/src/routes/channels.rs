//! Channels: what customers write to.

use std::collections::BTreeMap;

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, delete, get, post, put};
use ecluse_adapters::directory::Directory;
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChannelHealth, ChannelRecord, ChannelSettings, ChannelState, ConfigDb,
    LiveChatDraft, LiveChatSettings, SecretChange, SecretName, SecretsDraft, SettingsDraft,
    WhatsappDraft, WhatsappProvider, WhatsappProviderKind, WhatsappSettings,
};
use ecluse_engine::ids::{ChannelId, ChatbotId, QueueId};
use ecluse_engine::message::{ChannelKind, Destination};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{
    IfMatch, List, PageQuery, ReadOnly, created, kind_schema, rfc3339, secret_change, shown,
    supported_kind_schema,
};
use crate::auth::{AdministratorOnly, Auth, SupervisorUp};
use crate::error::{ApiError, Asked, Problem, Query};

/// Mounts the channels.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(show)
        .service(change)
        .service(remove);
}

/// A channel. Its secrets never come back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Channel)]
struct ChannelView {
    id: Uuid,
    #[schema(schema_with = kind_schema)]
    kind: ChannelKind,
    name: String,
    /// What the channel is bound to: its first domain, its number.
    address: String,
    destination: DestinationBody,
    state: ChannelStateView,
    health: HealthView,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_chat: Option<LiveChatView>,
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

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HealthState {
    Healthy,
    Degraded,
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
    greeting: Option<String>,
}

/// A WhatsApp number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Whatsapp)]
struct WhatsappView {
    provider: ProviderBody,
    number: String,
    phone_number_id: Option<String>,
    business_account_id: Option<String>,
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

fn view(channel: ChannelRecord, auth: &Auth, served: Option<&Data<Directory>>) -> ChannelView {
    let kind = channel.settings.kind();
    let (live_chat, whatsapp) = match &channel.settings {
        ChannelSettings::LiveChat(chat) => (Some(live_chat_view(chat)), None),
        ChannelSettings::Whatsapp(whatsapp) => {
            (None, Some(whatsapp_view(&channel, whatsapp, auth)))
        }
    };
    let unusable = served.and_then(|directory| directory.unusable(channel.id));
    let (health, reason) = match (unusable, channel.health) {
        (Some(reason), _) | (None, ChannelHealth::Degraded { reason }) => {
            (HealthState::Degraded, Some(reason))
        }
        (None, ChannelHealth::Healthy) => (HealthState::Healthy, None),
    };
    let state = match (channel.state, health) {
        (ChannelState::Deleted, _) => ChannelStateView::Deleted,
        (ChannelState::Active, HealthState::Degraded) => ChannelStateView::Degraded,
        (ChannelState::Active, HealthState::Healthy) => ChannelStateView::Active,
    };
    ChannelView {
        id: channel.id.0,
        kind,
        name: channel.name,
        address: channel.address,
        destination: channel.destination.into(),
        state,
        health: HealthView {
            state: health,
            reason,
        },
        created_at: rfc3339(channel.created_at),
        updated_at: rfc3339(channel.updated_at),
        live_chat,
        whatsapp,
    }
}

fn live_chat_view(chat: &LiveChatSettings) -> LiveChatView {
    LiveChatView {
        domains: chat.domains.iter().map(ToString::to_string).collect(),
        standalone: chat.standalone,
        theme_color: chat.theme_color.clone(),
        greeting: chat.greeting.clone(),
    }
}

fn whatsapp_view(
    channel: &ChannelRecord,
    whatsapp: &WhatsappSettings,
    auth: &Auth,
) -> WhatsappView {
    let (provider, business_account_id, webhook) = match &whatsapp.provider {
        WhatsappProvider::Cloud {
            business_account_id,
            ..
        } => (
            ProviderBody::Cloud,
            business_account_id,
            "/webhooks/meta".to_owned(),
        ),
        WhatsappProvider::Dialog360 {
            business_account_id,
            ..
        } => (
            ProviderBody::Dialog360,
            business_account_id,
            format!("/webhooks/360dialog/{}", channel.id),
        ),
    };
    let has = |secret| channel.secrets.contains(&secret);
    WhatsappView {
        provider,
        number: whatsapp.number.clone(),
        phone_number_id: whatsapp.provider.phone_number_id().map(str::to_owned),
        business_account_id: business_account_id.clone(),
        has_access_token: has(SecretName::AccessToken),
        has_api_key: has(SecretName::ApiKey),
        has_webhook_secret: has(SecretName::WebhookSecret),
        has_webhook_headers: has(SecretName::WebhookHeaders),
        webhook_url: auth.url(&webhook),
    }
}

/// A channel as it should be. The member named as the kind is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChannelBody {
    /// Cannot change later.
    #[schema(schema_with = supported_kind_schema)]
    kind: ChannelKind,
    /// For people; the address if it is left out.
    #[schema(max_length = 100)]
    name: Option<String>,
    /// WhatsApp channels lead to queues only.
    destination: DestinationBody,
    live_chat: Option<LiveChatBody>,
    whatsapp: Option<WhatsappBody>,
    #[serde(default, rename = "id")]
    #[schema(ignore)]
    _id: ReadOnly,
    #[serde(default, rename = "address")]
    #[schema(ignore)]
    _address: ReadOnly,
    #[serde(default, rename = "state")]
    #[schema(ignore)]
    _state: ReadOnly,
    #[serde(default, rename = "health")]
    #[schema(ignore)]
    _health: ReadOnly,
    #[serde(default, rename = "created_at")]
    #[schema(ignore)]
    _created_at: ReadOnly,
    #[serde(default, rename = "updated_at")]
    #[schema(ignore)]
    _updated_at: ReadOnly,
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
    #[schema(max_length = 500)]
    greeting: Option<String>,
}

/// A WhatsApp number, as it should be. A secret that is left out is kept; `null` forgets it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhatsappBody {
    provider: ProviderBody,
    /// International, 7 to 15 digits.
    #[schema(example = "+33123456789")]
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
    #[serde(default, rename = "has_access_token")]
    #[schema(ignore)]
    _has_access_token: ReadOnly,
    #[serde(default, rename = "has_api_key")]
    #[schema(ignore)]
    _has_api_key: ReadOnly,
    #[serde(default, rename = "has_webhook_secret")]
    #[schema(ignore)]
    _has_webhook_secret: ReadOnly,
    #[serde(default, rename = "has_webhook_headers")]
    #[schema(ignore)]
    _has_webhook_headers: ReadOnly,
    #[serde(default, rename = "webhook_url")]
    #[schema(ignore)]
    _webhook_url: ReadOnly,
}

impl ChannelBody {
    fn draft(self) -> Result<ChannelDraft, ApiError> {
        let settings = match self.kind {
            ChannelKind::LiveChat => {
                refuse_other("whatsapp", self.whatsapp.is_some())?;
                SettingsDraft::LiveChat(self.live_chat.ok_or_else(|| missing("live_chat"))?.draft())
            }
            ChannelKind::Whatsapp => {
                refuse_other("live_chat", self.live_chat.is_some())?;
                SettingsDraft::Whatsapp(self.whatsapp.ok_or_else(|| missing("whatsapp"))?.draft())
            }
            ChannelKind::Sms | ChannelKind::Email | ChannelKind::Facebook => {
                return Err(ApiError::field(
                    "kind",
                    "unsupported",
                    "this version has no channels of this kind",
                ));
            }
        };
        Ok(ChannelDraft {
            name: self.name,
            destination: self.destination.into(),
            settings,
        })
    }
}

fn missing(field: &str) -> ApiError {
    ApiError::field(field, "required", "is needed for this kind of channel")
}

fn refuse_other(field: &str, is_there: bool) -> Result<(), ApiError> {
    if is_there {
        Err(ApiError::field(
            field,
            "not_allowed",
            "does not belong to this kind of channel",
        ))
    } else {
        Ok(())
    }
}

impl LiveChatBody {
    fn draft(self) -> LiveChatDraft {
        LiveChatDraft {
            domains: self.domains,
            standalone: self.standalone,
            theme_color: self.theme_color,
            greeting: self.greeting,
        }
    }
}

impl WhatsappBody {
    fn draft(self) -> WhatsappDraft {
        WhatsappDraft {
            provider: match self.provider {
                ProviderBody::Cloud => WhatsappProviderKind::Cloud,
                ProviderBody::Dialog360 => WhatsappProviderKind::Dialog360,
            },
            number: self.number,
            phone_number_id: self.phone_number_id,
            business_account_id: self.business_account_id,
            secrets: SecretsDraft {
                access_token: self.access_token,
                api_key: self.api_key,
                webhook_secret: self.webhook_secret,
                webhook_headers: self.webhook_headers,
            },
        }
    }
}

/// List the channels
///
/// Deleted ones are left out.
#[utoipa::path(tag = "channels", params(PageQuery), responses(
    (status = 200, description = "A page of channels, oldest first", body = List<ChannelView>),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/channels")]
async fn list(
    caller: SupervisorUp,
    db: Data<ConfigDb>,
    auth: Data<Auth>,
    served: Option<Data<Directory>>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = query.page()?;
    let channels = db.channels(caller.0.tenant, page).await?;
    let channels = List::of(
        page,
        channels,
        |channel| channel.id.0,
        |channel| view(channel, &auth, served.as_ref()),
    );
    Ok(HttpResponse::Ok().json(channels))
}

/// Add a channel
#[utoipa::path(tag = "channels", request_body = ChannelBody, responses(
    (status = 201, description = "Added", body = ChannelView, headers(("ETag" = String), ("Location" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[post("/channels")]
async fn create(
    db: Data<ConfigDb>,
    auth: Data<Auth>,
    served: Option<Data<Directory>>,
    Asked(caller, body): Asked<AdministratorOnly, ChannelBody>,
) -> Result<HttpResponse, ApiError> {
    let channel = db.create_channel(&caller.0.editor(), body.draft()?).await?;
    let (revision, place) = (channel.revision, format!("/api/v1/channels/{}", channel.id));
    Ok(created(
        &view(channel, &auth, served.as_ref()),
        revision,
        &place,
    ))
}

/// Read a channel
///
/// A deleted channel can still be read.
#[utoipa::path(tag = "channels", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The channel", body = ChannelView, headers(("ETag" = String))),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs a supervisor", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/channels/{id}")]
async fn show(
    caller: SupervisorUp,
    db: Data<ConfigDb>,
    auth: Data<Auth>,
    served: Option<Data<Directory>>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let channel = db
        .channel(caller.0.tenant, ChannelId(*id))
        .await?
        .ok_or(ApiError::NotFound)?;
    let revision = channel.revision;
    Ok(shown(&view(channel, &auth, served.as_ref()), revision))
}

/// Replace a channel's configuration
///
/// Acts at once, for new conversations; open ones keep their queue.
#[utoipa::path(tag = "channels", request_body = ChannelBody,
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses(
        (status = 200, description = "Replaced", body = ChannelView, headers(("ETag" = String))),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 409, description = "`channel_deleted`", body = Problem),
        (status = 412, description = "`precondition_failed`: changed meanwhile", body = Problem),
        (status = 422, description = "`validation`", body = Problem),
        (status = 428, description = "`precondition_required`", body = Problem),
    )
)]
#[put("/channels/{id}")]
async fn change(
    db: Data<ConfigDb>,
    auth: Data<Auth>,
    served: Option<Data<Directory>>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AdministratorOnly, ChannelBody>,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let expected = expected.revision()?;
    let channel = db
        .change_channel(&caller.0.editor(), ChannelId(*id), expected, body.draft()?)
        .await?;
    let revision = channel.revision;
    Ok(shown(&view(channel, &auth, served.as_ref()), revision))
}

/// Delete a channel
///
/// It gives up its address and its secrets; its conversations are closed and its history stays.
#[utoipa::path(tag = "channels",
    params(("id" = Uuid, Path), ("If-Match" = String, Header, description = "The ETag that was read, or `*`")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 409, description = "`channel_deleted`", body = Problem),
        (status = 412, description = "`precondition_failed`: changed meanwhile", body = Problem),
        (status = 428, description = "`precondition_required`", body = Problem),
    )
)]
#[delete("/channels/{id}")]
async fn remove(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    db.delete_channel(&caller.0.editor(), ChannelId(*id), expected.revision()?)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

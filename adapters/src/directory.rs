//! Which adapter serves which channel: built from the configuration, replaced as a whole when it changes.
//!
//! What must stay true: looking something up never waits; a channel whose configuration cannot work is absent as a
//! provider, and the reason is known; it takes no other channel with it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use compact_str::CompactString;
use ecluse_engine::channel::Providers;
use ecluse_engine::ids::{ChannelId, ConversationKey, TenantId};
use ecluse_engine::message::{ChannelKind, Item, ProviderError, RawJson};
use ecluse_engine::provider::Provider;
use secrecy::SecretString;
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

use crate::live_chat::LiveChat;
use crate::oauth::Company;
use crate::oauth::servers::MailServers;
use crate::sms::check::TrunkUrls;
use crate::storage::config_db::{
    ChannelRecord, ChannelSecrets, ChannelSettings, ChannelState, ConfigDb, ConfigError,
    LiveChatSettings, WhatsappProvider,
};
use crate::whatsapp::cloud::{Cloud, CloudConfig};
use crate::whatsapp::dialog360::{Dialog360, Dialog360Config, Dialog360Webhook, SecretHeader};
use crate::whatsapp::errors;
use crate::whatsapp::{Received, ReceivedItem};

/// How long to wait after the configuration could not be read.
const AGAIN: Duration = Duration::from_secs(1);

/// Where the companies' services are, and our own credentials there.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    pub meta_url: String,
    pub meta_dialog_url: String,
    pub dialog360_url: String,
    pub dialog360_hub_url: String,
    pub trunks: TrunkUrls,
    pub google_oauth_url: String,
    pub microsoft_oauth_url: String,
    pub google_mail: MailServers,
    pub microsoft_mail: MailServers,
    pub meta_app_id: Option<String>,
    pub meta_app_secret: Option<SecretString>,
    pub meta_verify_token: Option<SecretString>,
    pub dialog360_partner_id: Option<String>,
    pub dialog360_partner_secret: Option<SecretString>,
    pub dialog360_webhook_secret: Option<SecretString>,
    pub google_client_id: Option<String>,
    pub google_client_secret: Option<SecretString>,
    pub microsoft_client_id: Option<String>,
    pub microsoft_client_secret: Option<SecretString>,
}

/// The companies' own addresses, and no credentials.
impl Default for ProviderSettings {
    fn default() -> Self {
        Self {
            meta_url: crate::whatsapp::cloud::BASE_URL.to_owned(),
            meta_dialog_url: crate::cmp::facebook::DIALOG_URL.to_owned(),
            dialog360_url: crate::whatsapp::dialog360::BASE_URL.to_owned(),
            dialog360_hub_url: crate::cmp::dialog360::HUB_URL.to_owned(),
            trunks: TrunkUrls::default(),
            google_oauth_url: Company::Google.default_url().to_owned(),
            microsoft_oauth_url: Company::Microsoft.default_url().to_owned(),
            google_mail: MailServers::of(Company::Google),
            microsoft_mail: MailServers::of(Company::Microsoft),
            meta_app_id: None,
            meta_app_secret: None,
            meta_verify_token: None,
            dialog360_partner_id: None,
            dialog360_partner_secret: None,
            dialog360_webhook_secret: None,
            google_client_id: None,
            google_client_secret: None,
            microsoft_client_id: None,
            microsoft_client_secret: None,
        }
    }
}

/// One channel, ready to work.
pub struct Served {
    pub id: ChannelId,
    pub tenant: TenantId,
    pub kind: ChannelKind,
    pub provider: Result<Option<Arc<dyn Provider>>, String>,
    pub dialog360: Option<Dialog360Webhook>,
    pub live_chat: Option<LiveChatSettings>,
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Every channel that is served.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The revision of the configuration that it is true to.
    revision: u64,
    by_id: HashMap<ChannelId, Arc<Served>>,
    by_number: HashMap<CompactString, Arc<Served>>,
    by_page: HashMap<CompactString, Arc<Served>>,
}

impl Listing {
    /// What Meta's webhooks call the channel by.
    fn name(&mut self, settings: &ChannelSettings, served: &Arc<Served>) {
        match settings {
            ChannelSettings::Whatsapp(whatsapp) => {
                if let Some(number) = whatsapp.provider.phone_number_id() {
                    self.by_number.insert(number.into(), Arc::clone(served));
                }
            }
            ChannelSettings::Facebook(page) => {
                let id = page.page_id.as_str().into();
                self.by_page.insert(id, Arc::clone(served));
            }
            ChannelSettings::LiveChat(_) | ChannelSettings::Sms(_) | ChannelSettings::Email(_) => {}
        }
    }

    fn remove(&mut self, channel: ChannelId) {
        if let Some(served) = self.by_id.remove(&channel) {
            for named in [&mut self.by_number, &mut self.by_page] {
                named.retain(|_, other| !Arc::ptr_eq(other, &served));
            }
        }
    }

    /// The revision of the configuration that it is true to.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// The channel with this id.
    #[must_use]
    pub fn channel(&self, id: ChannelId) -> Option<&Arc<Served>> {
        self.by_id.get(&id)
    }

    /// Whether a channel has this page of Facebook's.
    #[must_use]
    pub fn has_page(&self, id: &str) -> bool {
        self.by_page.contains_key(id)
    }

    /// Every channel.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Served>> {
        self.by_id.values()
    }

    /// Whom what a Meta webhook reported concerns. Nothing is left out: what belongs to no channel becomes a notice.
    #[must_use]
    pub fn whatsapp_items(&self, received: Vec<Received>) -> Vec<Item> {
        received
            .into_iter()
            .map(|received| {
                item_of(
                    self.by_number.get(&received.number).map(AsRef::as_ref),
                    received,
                )
            })
            .collect()
    }
}

impl Served {
    /// A channel of which nothing is built yet.
    fn of(record: &ChannelRecord) -> Self {
        Self {
            id: record.id,
            tenant: record.tenant,
            kind: record.settings.kind(),
            provider: Ok(None),
            dialog360: None,
            live_chat: None,
        }
    }

    /// What a webhook of this channel alone reported. Its address and its secret say whose it is, whatever number it names.
    #[must_use]
    pub fn whatsapp_items(&self, received: Vec<Received>) -> Vec<Item> {
        received
            .into_iter()
            .map(|received| item_of(Some(self), received))
            .collect()
    }
}

fn item_of(channel: Option<&Served>, received: Received) -> Item {
    let Some(channel) = channel else {
        return unknown_number(received);
    };
    let (tenant, id) = (channel.tenant, channel.id);
    let key = |address| ConversationKey {
        tenant,
        channel: id,
        address,
        thread: None,
    };
    match received.item {
        ReceivedItem::Message { from, message } => Item::Message {
            key: key(from),
            message,
        },
        ReceivedItem::Status { recipient, report } => Item::Status {
            key: key(recipient),
            report,
        },
        ReceivedItem::Account { kind, raw } => Item::Notice {
            tenant,
            channel: id,
            kind,
            raw,
        },
    }
}

fn unknown_number(received: Received) -> Item {
    let (kind, raw) = match received.item {
        ReceivedItem::Account { kind, raw } => (kind, raw),
        ReceivedItem::Message { from, message } => (
            "message_to_unknown_number".into(),
            as_raw(&json!({ "number": received.number, "from": from, "message": message })),
        ),
        ReceivedItem::Status { recipient, report } => (
            "status_of_unknown_number".into(),
            as_raw(&json!({ "number": received.number, "recipient": recipient, "report": report })),
        ),
    };
    Item::Notice {
        tenant: TenantId::DEFAULT,
        channel: ChannelId(Uuid::nil()),
        kind,
        raw,
    }
}

fn as_raw(value: &impl serde::Serialize) -> RawJson {
    RawJson(serde_json::value::to_raw_value(value).unwrap_or_default())
}

/// A channel with its secrets, or why these do not open.
type Changed = (ChannelRecord, Result<ChannelSecrets, ConfigError>);

/// The listing that holds now. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    current: Arc<ArcSwap<Listing>>,
    /// Held while the listing is brought up to date.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Up to which revision of the configuration it is.
    followed: Arc<watch::Sender<u64>>,
    settings: ProviderSettings,
    client: reqwest::Client,
}

impl Directory {
    /// An empty directory.
    #[must_use]
    pub fn new(settings: ProviderSettings, client: reqwest::Client) -> Self {
        Self {
            current: Arc::default(),
            turn: Arc::default(),
            followed: Arc::default(),
            settings,
            client,
        }
    }

    /// The listing that holds now.
    #[must_use]
    pub fn current(&self) -> Arc<Listing> {
        self.current.load_full()
    }

    /// Hears up to which revision of the configuration the listing is.
    #[must_use]
    pub fn followed(&self) -> watch::Receiver<u64> {
        self.followed.subscribe()
    }

    /// The companies' services.
    #[must_use]
    pub fn settings(&self) -> &ProviderSettings {
        &self.settings
    }

    /// Reads what changed in the configuration since the last time, and builds those channels anew: the answer names them.
    /// The others go on as they are.
    ///
    /// # Errors
    /// The configuration cannot be read; the old listing stays.
    pub async fn refresh(
        &self,
        config: &ConfigDb,
    ) -> Result<Vec<(TenantId, ChannelId)>, ConfigError> {
        let _turn = self.turn.lock().await;
        let revision = config.feed().current().revision;
        let changed = config.channels_since(self.current().revision).await?;
        let built = match changed.is_empty() {
            true => Vec::new(),
            false => self.take_over(changed),
        };
        self.followed.send_replace(revision);
        Ok(built)
    }

    fn take_over(&self, changed: Vec<Changed>) -> Vec<(TenantId, ChannelId)> {
        let mut built = Vec::new();
        let mut listing = Listing::clone(&self.current());
        for (record, secrets) in changed {
            listing.revision = listing.revision.max(record.revision);
            listing.remove(record.id);
            if record.state == ChannelState::Deleted {
                continue;
            }
            let served = Arc::new(match &secrets {
                Ok(secrets) => self.build(&record, secrets),
                Err(error) => Served {
                    provider: Err(chain(error)),
                    ..Served::of(&record)
                },
            });
            listing.name(&record.settings, &served);
            listing.by_id.insert(record.id, served);
            built.push((record.tenant, record.id));
        }
        self.current.store(Arc::new(listing));
        built
    }

    /// As [`Directory::refresh`], again and again until the configuration can be read, or is closed.
    pub async fn catch_up(&self, config: &ConfigDb) -> Vec<(TenantId, ChannelId)> {
        loop {
            match self.refresh(config).await {
                Ok(built) => return built,
                Err(_) if config.is_closed() => return Vec::new(),
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the channels could not be read again"
                ),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Why a channel can neither send nor prove what it receives, in words for an administrator; `None` if it can, or is
    /// not served.
    #[must_use]
    pub fn unusable(&self, channel: ChannelId) -> Option<String> {
        let listing = self.current();
        let provider = &listing.channel(channel)?.provider;
        provider.as_ref().err().cloned()
    }

    /// The one match that builds any channel from its configuration.
    fn build(&self, record: &ChannelRecord, secrets: &ChannelSecrets) -> Served {
        let mut served = Served::of(record);
        match &record.settings {
            ChannelSettings::LiveChat(chat) => {
                served.live_chat = Some(chat.clone());
                served.provider = Ok(Some(Arc::new(LiveChat)));
            }
            ChannelSettings::Sms(_) | ChannelSettings::Email(_) | ChannelSettings::Facebook(_) => {}
            ChannelSettings::Whatsapp(whatsapp) => match &whatsapp.provider {
                WhatsappProvider::Cloud {
                    phone_number_id, ..
                } => {
                    served.provider = self.cloud(phone_number_id, secrets).map(Some);
                }
                WhatsappProvider::Dialog360 { .. } => match self.dialog360(secrets) {
                    Ok((provider, webhook)) => {
                        served.provider = Ok(Some(provider));
                        served.dialog360 = Some(webhook);
                    }
                    Err(reason) => served.provider = Err(reason),
                },
            },
        }
        served
    }

    fn cloud(
        &self,
        phone_number_id: &str,
        secrets: &ChannelSecrets,
    ) -> Result<Arc<dyn Provider>, String> {
        let missing = |what: &str| format!("{what} is not set");
        let config = CloudConfig {
            phone_number_id: phone_number_id.to_owned(),
            access_token: secrets
                .access_token
                .clone()
                .ok_or_else(|| missing("the access token"))?,
            app_secret: self
                .settings
                .meta_app_secret
                .clone()
                .ok_or_else(|| missing("providers.meta_app_secret"))?,
            verify_token: self
                .settings
                .meta_verify_token
                .clone()
                .ok_or_else(|| missing("providers.meta_verify_token"))?,
            appsecret_proof: true,
            base_url: self.settings.meta_url.clone(),
            version: crate::whatsapp::cloud::VERSION.to_owned(),
        };
        let cloud = Cloud::new(&config, self.client.clone()).map_err(|error| chain(&error))?;
        Ok(Arc::new(cloud))
    }

    fn dialog360(
        &self,
        secrets: &ChannelSecrets,
    ) -> Result<(Arc<dyn Provider>, Dialog360Webhook), String> {
        let headers = secrets.webhook_headers.iter();
        let config = Dialog360Config {
            api_key: secrets.api_key.clone().ok_or("the API key is not set")?,
            webhook_secret: secrets.webhook_secret.clone(),
            webhook_headers: headers
                .map(|(name, value)| SecretHeader {
                    name: name.clone(),
                    value: value.clone(),
                })
                .collect(),
            base_url: self.settings.dialog360_url.clone(),
        };
        let webhook = Dialog360Webhook::new(&config).map_err(|error| chain(&error))?;
        let provider =
            Dialog360::new(&config, self.client.clone()).map_err(|error| chain(&error))?;
        Ok((Arc::new(provider), webhook))
    }
}

impl Providers for Directory {
    fn is_channels_fault(&self, channel: ChannelId, error: &ProviderError) -> bool {
        let listing = self.current();
        listing
            .channel(channel)
            .is_some_and(|served| served.kind == ChannelKind::Whatsapp)
            && errors::is_channels_fault(error)
    }

    fn provider(&self, channel: ChannelId) -> Result<Arc<dyn Provider>, String> {
        let listing = self.current();
        let served = listing
            .channel(channel)
            .ok_or("the channel does not exist any more")?;
        let provider = served.provider.as_ref().map_err(Clone::clone)?;
        provider
            .clone()
            .ok_or_else(|| "the channel cannot send".to_owned())
    }
}

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

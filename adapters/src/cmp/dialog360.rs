//! Connecting a WhatsApp number by way of 360dialog: the client signs up or in at the hub and authorises numbers, and the
//! Partner API gives us a key for each.
//!
//! What must stay true: a channel is used only after the Partner API has said that it belongs to the client who came back;
//! a key that was made revokes the one before it, so it is made once, when the connection is accepted; the webhook is
//! set, and then read back.
//!
//! Sources, all below docs.360dialog.com/partner: integrated onboarding (the `/permissions` page and the way back), Partner
//! API introduction and reference (base address `https://hub.360dialog.io/api/v2`; `X-API-Key`, or a bearer token of
//! `POST /token` with `username` and `password`, which they keep for a transition), channel management (`GET
//! /partners/{id}/channels` with `filters`, `limit`, `offset`), generate API key; docs.360dialog.com/docs, webhook
//! configuration (`/v1/configs/webhook`). The hub's pages and the Partner API have different hosts.

mod callback;
mod errors;
pub mod events;
mod number;
mod partner;

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{DIALOG360_HUB_URL, DIALOG360_PARTNER_ID, DIALOG360_PARTNER_SECRET, NotAvailable};
use crate::http::exchange::Answer;
use crate::http::{self, below};
use crate::sms::number::PhoneNumber;
use crate::whatsapp::dialog360::BASE_URL;

use errors::Refusal;
use partner::Partner;

pub use callback::{Granted, Return};
pub use errors::Dialog360Error;
pub use number::{Dialog360Numbers, NumberIds};

/// Where clients sign up and in, unless configured otherwise.
pub const HUB_URL: &str = "https://hub.360dialog.com";

/// Where the Partner API is, as long as the hub is where it usually is.
pub const PARTNER_URL: &str = "https://hub.360dialog.io";

/// What the deployment brings: its partnership, and where 360dialog is.
#[derive(Clone, Debug)]
pub struct Dialog360HubConfig {
    pub partner_id: Option<String>,
    /// A key of the Partner API, or `user@host:password` of a partner user, which 360dialog still takes.
    pub partner_secret: Option<SecretString>,
    /// The messaging API.
    pub api_url: String,
    /// The pages, and the Partner API unless that has its own address.
    pub hub_url: String,
    /// The Partner API; `None` is [`PARTNER_URL`] for the usual hub, and the hub's own address for any other.
    pub partner_url: Option<String>,
}

impl Default for Dialog360HubConfig {
    fn default() -> Self {
        Self {
            partner_id: None,
            partner_secret: None,
            api_url: BASE_URL.to_owned(),
            hub_url: HUB_URL.to_owned(),
            partner_url: None,
        }
    }
}

impl Dialog360HubConfig {
    fn partner_url(&self) -> &str {
        match &self.partner_url {
            Some(url) => url,
            None if self.hub_url.trim_end_matches('/') == HUB_URL => PARTNER_URL,
            None => &self.hub_url,
        }
    }
}

/// Our partnership with 360dialog.
#[derive(Clone, Debug)]
pub struct Dialog360Hub {
    permissions: Url,
    numbers: Dialog360Numbers,
    partner: Partner,
}

/// A number at 360dialog, as the Partner API has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubChannel {
    pub id: String,
    pub client_id: String,
    pub number: Option<PhoneNumber>,
    /// The display name.
    pub name: Option<String>,
    /// 360dialog's word, such as `running`.
    pub status: String,
    pub state: HubChannelState,
    /// The WhatsApp business account at Meta, if 360dialog says which.
    pub business_account_id: Option<String>,
}

impl HubChannel {
    /// 360dialog makes a key only for a number that runs (custom integrated onboarding, last note).
    fn check_running(self) -> Result<(), Dialog360Error> {
        match self.state {
            HubChannelState::Running | HubChannelState::Cancelled => Ok(()),
            HubChannelState::Preparing | HubChannelState::Terminated | HubChannelState::Deleted => {
                Err(Dialog360Error::NotRunning {
                    channel_id: self.id,
                    status: self.status,
                })
            }
        }
    }
}

/// What a channel's status means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HubChannelState {
    /// Still being set up; no key can be made.
    Preparing,
    /// Sends and receives.
    Running,
    /// The client has cancelled it; it runs until its date.
    Cancelled,
    /// Neither sends nor receives; 360dialog can bring it back.
    Terminated,
    Deleted,
}

/// A key of one number. 360dialog shows it once.
#[derive(Clone, Debug)]
pub struct ChannelKey {
    pub api_key: SecretString,
    /// The id of the key itself.
    pub id: Option<String>,
}

/// What the number's webhook is at 360dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubWebhook {
    /// `None` if there is none.
    pub url: Option<String>,
}

/// Who can cancel a number.
///
/// Source: docs.360dialog.com/docs, client hub, cancellation: only the client may, in the hub, at once or at the end of the
/// month; a partner cannot. The reference of the Partner API has no call for it that we could find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// The client signs in here and cancels it.
    OnlyByClient { hub_url: String },
}

impl Dialog360Hub {
    /// Checks the configuration; calls nobody.
    ///
    /// # Errors
    /// The setting that is missing or cannot work.
    pub fn new(config: &Dialog360HubConfig, client: reqwest::Client) -> Result<Self, NotAvailable> {
        let partner_id = partner_id(config.partner_id.as_deref())?;
        let secret = config.partner_secret.as_ref();
        let secret = secret.filter(|secret| !secret.expose_secret().is_empty());
        let secret = secret.ok_or(NotAvailable::Missing {
            setting: DIALOG360_PARTNER_SECRET,
        })?;
        let hub = base(&config.hub_url, DIALOG360_HUB_URL)?;
        let partner_base = base(config.partner_url(), DIALOG360_HUB_URL)?;
        let partner = Partner::new(&partner_base, &partner_id, secret, client.clone())?;
        Ok(Self {
            permissions: below(hub, &["dashboard", "app", &partner_id, "permissions"]),
            numbers: Dialog360Numbers::new(&config.api_url, client)?,
            partner,
        })
    }

    /// Where to send the client. The hub comes back to `redirect_url` with what [`Return::read`] reads.
    #[must_use]
    pub fn permissions_url(&self, redirect_url: &str, state: &str) -> Url {
        let mut url = self.permissions.clone();
        url.query_pairs_mut()
            .append_pair("redirect_url", redirect_url)
            .append_pair("state", state);
        url
    }

    /// Signs in to the Partner API and changes nothing there.
    ///
    /// # Errors
    /// Our credentials are refused, or 360dialog cannot be asked.
    pub async fn check(&self) -> Result<(), Dialog360Error> {
        self.partner.list("{}", 1).await.map(drop)
    }

    /// The client's numbers.
    ///
    /// # Errors
    /// Our credentials are refused, or 360dialog cannot be asked.
    pub async fn channels(&self, client_id: &str) -> Result<Vec<HubChannel>, Dialog360Error> {
        let filters = json!({ "client_id": client_id }).to_string();
        let mut channels = self.partner.list_all(&filters).await?;
        // A filter that the service does not know would give us everybody's.
        channels.retain(|channel| channel.client_id == client_id);
        Ok(channels)
    }

    /// One number.
    ///
    /// # Errors
    /// It is not among ours, our credentials are refused, or 360dialog cannot be asked.
    pub async fn channel(&self, channel_id: &str) -> Result<HubChannel, Dialog360Error> {
        let filters = json!({ "id": channel_id }).to_string();
        let channels = self.partner.list_all(&filters).await?;
        let found = channels
            .into_iter()
            .find(|channel| channel.id == channel_id);
        found.ok_or_else(|| Dialog360Error::UnknownChannel {
            channel_id: channel_id.to_owned(),
        })
    }

    /// Which of our partnership's channels a number is, if it is one.
    ///
    /// # Errors
    /// Our credentials are refused, or 360dialog cannot be asked.
    pub async fn channel_of(
        &self,
        number: &PhoneNumber,
    ) -> Result<Option<HubChannel>, Dialog360Error> {
        let channels = self.partner.list_all("{}").await?;
        let mut channels = channels.into_iter();
        Ok(channels.find(|channel| channel.number.as_ref() == Some(number)))
    }

    /// The numbers that a client came back with, after checking that they are that client's.
    ///
    /// # Errors
    /// One of them is another client's or nobody's, our credentials are refused, or 360dialog cannot be asked.
    pub async fn granted(&self, granted: &Granted) -> Result<Vec<HubChannel>, Dialog360Error> {
        let own = self.channels(&granted.client_id).await?;
        let find = |id: &String| {
            let found = own.iter().find(|channel| channel.id == *id);
            found
                .cloned()
                .ok_or_else(|| Dialog360Error::UnknownChannel {
                    channel_id: id.clone(),
                })
        };
        granted.channels.iter().map(find).collect()
    }

    /// Makes a key for a number, and so revokes the one before it.
    ///
    /// # Errors
    /// The client gave no permission, the number is not running, or 360dialog cannot be asked.
    pub async fn create_api_key(&self, channel_id: &str) -> Result<ChannelKey, Dialog360Error> {
        self.channel(channel_id).await?.check_running()?;
        let answer = self
            .partner
            .call(Method::POST, &["channels", channel_id, "api_keys"], &[])
            .await?;
        if !answer.is_success() {
            return Err(Refusal::read(&answer).of_partner(Some(channel_id)));
        }
        read_key(&answer)
    }

    /// What is done with a number's own key.
    #[must_use]
    pub const fn numbers(&self) -> &Dialog360Numbers {
        &self.numbers
    }

    /// How a number is cancelled. Calls nobody.
    #[must_use]
    pub fn cancellation(&self) -> Cancellation {
        let mut hub = self.permissions.clone();
        hub.set_path("/");
        Cancellation::OnlyByClient {
            hub_url: hub.to_string(),
        }
    }
}

fn base(text: &str, setting: &'static str) -> Result<Url, NotAvailable> {
    http::base_url(text).map_err(|source| NotAvailable::BadAddress { setting, source })
}

fn partner_id(given: Option<&str>) -> Result<String, NotAvailable> {
    let setting = DIALOG360_PARTNER_ID;
    let id = given.filter(|id| !id.is_empty());
    let id = id.ok_or(NotAvailable::Missing { setting })?;
    if !callback::is_id(id) {
        let why = "a partner's id has letters and digits only".to_owned();
        return Err(NotAvailable::Unusable { setting, why });
    }
    Ok(id.to_owned())
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Dialog360Error> {
    serde_json::from_slice(&answer.body).map_err(|error| Dialog360Error::Unreadable {
        detail: error.to_string(),
    })
}

/// One key alone, or a list of one: the reference shows the list, and public code reads the key alone.
fn read_key(answer: &Answer) -> Result<ChannelKey, Dialog360Error> {
    let made: Made = read(answer)?;
    let mut keys = made.api_keys.into_iter();
    let (api_key, id) = match (made.api_key, keys.next()) {
        (Some(key), _) => (key, made.id),
        (None, Some(key)) => (key.api_key, key.id),
        (None, None) => {
            let detail = "there is no key in it".to_owned();
            return Err(Dialog360Error::Unreadable { detail });
        }
    };
    Ok(ChannelKey { api_key, id })
}

#[derive(Deserialize)]
struct Made {
    api_key: Option<SecretString>,
    id: Option<String>,
    #[serde(default)]
    api_keys: Vec<MadeKey>,
}

#[derive(Deserialize)]
struct MadeKey {
    api_key: SecretString,
    id: Option<String>,
}

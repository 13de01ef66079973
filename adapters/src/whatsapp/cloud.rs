//! WhatsApp directly from Meta: the Cloud API.
//!
//! Source: developers.facebook.com/documentation/business-messaging/whatsapp.

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use ecluse_engine::ids::Address;
use ecluse_engine::message::Outbound;
use ecluse_engine::provider::{Pace, Provider, Sending, VerifyError, VerifyStep};

use super::{PACE, transport};
use crate::http::{self, BaseUrlError};
use crate::meta::{AppSecret, EmptySecret, Handshake, HandshakeError, SignatureError, same_secret};

/// Where Meta answers, unless configured otherwise.
pub const BASE_URL: &str = "https://graph.facebook.com";

/// The version of the Graph API that this module was written against.
pub const VERSION: &str = "v23.0";

/// What an administrator gives for one number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudConfig {
    /// The id of the number, which is not the number.
    pub phone_number_id: String,
    /// A system user's token with `whatsapp_business_messaging`.
    pub access_token: SecretString,
    /// Signs the webhooks.
    pub app_secret: SecretString,
    /// Our own word, which Meta repeats when the webhook is configured.
    pub verify_token: SecretString,
    /// Adds `appsecret_proof` to every call; needed when the app is set to require it.
    #[serde(default)]
    pub appsecret_proof: bool,
    #[serde(default = "default_base_url")]
    pub base_url: String,
    #[serde(default = "default_version")]
    pub version: String,
}

fn default_base_url() -> String {
    BASE_URL.to_owned()
}

fn default_version() -> String {
    VERSION.to_owned()
}

/// Why a configuration cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudConfigError {
    #[error("the phone number id is not a number")]
    PhoneNumberId,
    #[error("the version is not like {VERSION}")]
    Version,
    #[error("the access token is empty or has characters that no token has")]
    AccessToken,
    #[error("the verify token is empty")]
    VerifyToken,
    #[error("the app secret cannot be used")]
    AppSecret(#[source] EmptySecret),
    #[error("the base URL cannot be used")]
    BaseUrl(#[source] BaseUrlError),
}

/// A number of the Cloud API.
#[derive(Clone, Debug)]
pub struct Cloud {
    client: reqwest::Client,
    number: Url,
    messages: Url,
    access_token: SecretString,
    /// The proof is as good as the token for whoever has the app, so it is kept like one.
    proof: Option<SecretString>,
}

impl Cloud {
    /// Checks the configuration; calls nobody.
    ///
    /// # Errors
    /// The part of the configuration that cannot work.
    pub fn new(config: &CloudConfig, client: reqwest::Client) -> Result<Self, CloudConfigError> {
        let secret = AppSecret::new(&config.app_secret).map_err(CloudConfigError::AppSecret)?;
        if !is_token(&config.access_token) {
            return Err(CloudConfigError::AccessToken);
        }
        let under = |path: &str| number_url(config, path);
        let proof = config
            .appsecret_proof
            .then(|| secret.proof(&config.access_token).into());
        Ok(Self {
            client,
            number: under("?fields=display_phone_number,verified_name")?,
            messages: under("/messages")?,
            access_token: config.access_token.clone(),
            proof,
        })
    }

    fn call(&self, method: Method, mut url: Url) -> RequestBuilder {
        if let Some(proof) = &self.proof {
            url.query_pairs_mut()
                .append_pair("appsecret_proof", proof.expose_secret());
        }
        self.client
            .request(method, url)
            .bearer_auth(self.access_token.expose_secret())
    }
}

/// `{base}/{version}/{phone number id}` and `rest`; nothing in the configuration can make it point elsewhere.
fn number_url(config: &CloudConfig, rest: &str) -> Result<Url, CloudConfigError> {
    let base = http::base_url(&config.base_url).map_err(CloudConfigError::BaseUrl)?;
    let id = &config.phone_number_id;
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CloudConfigError::PhoneNumberId);
    }
    let version = &config.version;
    let digits = version.strip_prefix('v').unwrap_or("").replacen('.', "", 1);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CloudConfigError::Version);
    }
    base.join(&format!("{version}/{id}{rest}"))
        .map_err(|_| CloudConfigError::PhoneNumberId)
}

/// Whether a header can carry the secret.
pub(super) fn is_token(secret: &SecretString) -> bool {
    let bytes = secret.expose_secret().as_bytes();
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_graphic)
}

#[async_trait]
impl Provider for Cloud {
    async fn send(&self, to: &Address, message: &Outbound) -> Sending {
        transport::send(self.call(Method::POST, self.messages.clone()), to, message).await
    }

    async fn verify(&self) -> Result<(), VerifyError> {
        let body = transport::verify(self.call(Method::GET, self.number.clone())).await?;
        match serde_json::from_slice::<PhoneNumber>(&body) {
            Ok(number) if !number.display_phone_number.is_empty() => Ok(()),
            Ok(_) | Err(_) => Err(VerifyError {
                step: VerifyStep::Account,
                detail: "the answer describes no phone number".to_owned(),
            }),
        }
    }

    fn pace(&self) -> Pace {
        PACE
    }
}

#[derive(Deserialize)]
struct PhoneNumber {
    display_phone_number: String,
}

/// The receiving end: whose bodies are taken for Meta's.
#[derive(Clone, Debug)]
pub struct CloudWebhook {
    secret: AppSecret,
    verify_token: SecretString,
}

impl CloudWebhook {
    /// Prepares the secrets.
    ///
    /// # Errors
    /// A secret is empty, and would let anybody in.
    pub fn new(config: &CloudConfig) -> Result<Self, CloudConfigError> {
        if same_secret("", &config.verify_token) {
            return Err(CloudConfigError::VerifyToken);
        }
        let secret = AppSecret::new(&config.app_secret).map_err(CloudConfigError::AppSecret)?;
        Ok(Self {
            secret,
            verify_token: config.verify_token.clone(),
        })
    }

    /// Checks a body against its `X-Hub-Signature-256`.
    ///
    /// # Errors
    /// The signature is missing, malformed or wrong.
    pub fn verify(&self, signature: Option<&str>, body: &[u8]) -> Result<(), SignatureError> {
        self.secret.verify(signature, body)
    }

    /// The body of the 200 for Meta's question whether the webhook is ours.
    ///
    /// # Errors
    /// It was not Meta who asked.
    pub fn answer<'q>(&self, handshake: &'q Handshake) -> Result<&'q str, HandshakeError> {
        handshake.answer(&self.verify_token)
    }
}

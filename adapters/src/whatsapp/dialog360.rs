//! WhatsApp by way of 360dialog, which hosts the Cloud API behind its own host, key and webhook signature.
//!
//! Source: docs.360dialog.com, messaging API and signature validation.

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use ecluse_engine::ids::Address;
use ecluse_engine::message::Outbound;
use ecluse_engine::provider::{Pace, Provider, Sending, VerifyError};

use super::cloud::is_token;
use super::{PACE, transport};
use crate::http::{self, BaseUrlError};
use crate::meta::{AppSecret, SignatureError, same_secret};

/// Where 360dialog answers, unless configured otherwise.
pub const BASE_URL: &str = "https://waba-v2.360dialog.io";

/// The header that carries the key of a number.
pub const KEY_HEADER: &str = "D360-API-KEY";

/// The header that carries the signature of a webhook's body.
pub const SIGNATURE_HEADER: &str = "x-360dialog-signature";

/// What an administrator gives for one number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialog360Config {
    /// The key of the number; 360dialog has one for each.
    pub api_key: SecretString,
    /// Signs the webhooks, if the partner has set it.
    #[serde(default)]
    pub webhook_secret: Option<SecretString>,
    /// Headers that 360dialog was told to send with every webhook of this number.
    #[serde(default)]
    pub webhook_headers: Vec<SecretHeader>,
    #[serde(default = "default_base_url")]
    pub base_url: String,
}

/// A header that only the right sender knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretHeader {
    pub name: String,
    pub value: SecretString,
}

fn default_base_url() -> String {
    BASE_URL.to_owned()
}

/// Why a configuration cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dialog360ConfigError {
    #[error("the API key is empty or has characters that no key has")]
    ApiKey,
    #[error("the base URL cannot be used")]
    BaseUrl(#[source] BaseUrlError),
    #[error("neither a webhook secret nor a secret header is set, so anybody could write")]
    OpenWebhook,
    #[error("the webhook secret or a secret header is empty")]
    EmptySecret,
}

/// A number at 360dialog.
#[derive(Clone, Debug)]
pub struct Dialog360 {
    client: reqwest::Client,
    messages: Url,
    webhook: Url,
    api_key: SecretString,
}

impl Dialog360 {
    /// Checks the configuration; calls nobody.
    ///
    /// # Errors
    /// The part of the configuration that cannot work.
    pub fn new(
        config: &Dialog360Config,
        client: reqwest::Client,
    ) -> Result<Self, Dialog360ConfigError> {
        if !is_token(&config.api_key) {
            return Err(Dialog360ConfigError::ApiKey);
        }
        let base = http::base_url(&config.base_url).map_err(Dialog360ConfigError::BaseUrl)?;
        let under = |path: &str| {
            base.join(path)
                .map_err(|_| BaseUrlError::NotAUrl(config.base_url.clone()))
        };
        Ok(Self {
            client,
            messages: under("messages").map_err(Dialog360ConfigError::BaseUrl)?,
            webhook: under("v1/configs/webhook").map_err(Dialog360ConfigError::BaseUrl)?,
            api_key: config.api_key.clone(),
        })
    }
}

#[async_trait]
impl Provider for Dialog360 {
    async fn send(&self, to: &Address, message: &Outbound) -> Sending {
        let request = self.client.post(self.messages.clone());
        let request = request.header(KEY_HEADER, self.api_key.expose_secret());
        transport::send(request, to, message).await
    }

    async fn verify(&self) -> Result<(), VerifyError> {
        let request = self.client.get(self.webhook.clone());
        transport::verify(request.header(KEY_HEADER, self.api_key.expose_secret()))
            .await
            .map(drop)
    }

    fn pace(&self) -> Pace {
        PACE
    }
}

/// The receiving end: whose bodies are taken for 360dialog's. Everything that is configured must be right.
#[derive(Clone, Debug)]
pub struct Dialog360Webhook {
    secret: Option<AppSecret>,
    headers: Vec<SecretHeader>,
}

/// Why a body was not accepted as 360dialog's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Dialog360WebhookError {
    #[error("the signature is not 360dialog's")]
    Signature(#[source] SignatureError),
    #[error("the header {name} is missing or wrong")]
    Header { name: String },
}

impl Dialog360Webhook {
    /// Prepares the secrets.
    ///
    /// # Errors
    /// Nothing, or something empty, would have to be proven.
    pub fn new(config: &Dialog360Config) -> Result<Self, Dialog360ConfigError> {
        let secret = config
            .webhook_secret
            .as_ref()
            .map(AppSecret::new)
            .transpose();
        let secret = secret.map_err(|_| Dialog360ConfigError::EmptySecret)?;
        let headers = config.webhook_headers.clone();
        if secret.is_none() && headers.is_empty() {
            return Err(Dialog360ConfigError::OpenWebhook);
        }
        if headers
            .iter()
            .any(|header| header.name.is_empty() || same_secret("", &header.value))
        {
            return Err(Dialog360ConfigError::EmptySecret);
        }
        Ok(Self { secret, headers })
    }

    /// Checks a body with a way to look its headers up, whatever the case of their names.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn verify<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
    ) -> Result<(), Dialog360WebhookError> {
        for expected in &self.headers {
            if !header(&expected.name).is_some_and(|given| same_secret(given, &expected.value)) {
                return Err(Dialog360WebhookError::Header {
                    name: expected.name.clone(),
                });
            }
        }
        if let Some(secret) = &self.secret {
            verify_signature(secret, header(SIGNATURE_HEADER), body)
                .map_err(Dialog360WebhookError::Signature)?;
        }
        Ok(())
    }
}

/// 360dialog writes bare digits; some of its examples put `sha256=` before them.
fn verify_signature(
    secret: &AppSecret,
    given: Option<&str>,
    body: &[u8],
) -> Result<(), SignatureError> {
    let given = given.ok_or(SignatureError::Missing)?;
    secret.verify_digits(given.strip_prefix("sha256=").unwrap_or(given), body)
}

//! What a number's own key can do at 360dialog, whoever brought it: no partnership is needed.
//!
//! What must stay true: a webhook is set, and then read back; what cannot be read of a number is left out and refuses
//! nothing.
//!
//! Sources: docs.360dialog.com/docs, webhook configuration (`/v1/configs/webhook`), and messaging health status
//! (`/health_status`, whose entities carry Meta's ids of the number and of its business account).

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::errors::{Dialog360Error, Refusal};
use super::{HubWebhook, base, read};
use crate::cmp::{DIALOG360_URL, NotAvailable};
use crate::http::below;
use crate::http::exchange::{Answer, exchange};
use crate::whatsapp::dialog360::{KEY_HEADER, SecretHeader};

/// The messaging API, for calls about a number itself.
#[derive(Clone, Debug)]
pub struct Dialog360Numbers {
    client: reqwest::Client,
    webhook: Url,
    health: Url,
}

/// Meta's ids of a number, as far as 360dialog tells them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberIds {
    pub phone_number_id: Option<String>,
    pub business_account_id: Option<String>,
}

impl Dialog360Numbers {
    /// Checks the address; calls nobody.
    ///
    /// # Errors
    /// The address cannot be used.
    pub fn new(api_url: &str, client: reqwest::Client) -> Result<Self, NotAvailable> {
        let api = base(api_url, DIALOG360_URL)?;
        Ok(Self {
            client,
            webhook: below(api.clone(), &["v1", "configs", "webhook"]),
            health: below(api, &["health_status"]),
        })
    }

    /// Has the number's webhooks sent to `url` with `headers`, and reads back that it is so.
    ///
    /// # Errors
    /// The key or the address is refused, or 360dialog cannot be asked.
    pub async fn register_webhook(
        &self,
        api_key: &SecretString,
        url: &str,
        headers: &[SecretHeader],
    ) -> Result<(), Dialog360Error> {
        let secret = |header: &SecretHeader| {
            let value = header.value.expose_secret().to_owned();
            (header.name.clone(), json!(value))
        };
        let headers: serde_json::Map<_, _> = headers.iter().map(secret).collect();
        let body = json!({ "url": url, "headers": headers });
        let request = self.client.post(self.webhook.clone()).json(&body);
        with_key(request, api_key).await?;
        let found = self.webhook(api_key).await?.url.unwrap_or_default();
        match found == url {
            true => Ok(()),
            false => Err(Dialog360Error::WebhookDiffers { found }),
        }
    }

    /// What the number's webhook is; it proves the key.
    ///
    /// # Errors
    /// The key is refused, or 360dialog cannot be asked.
    pub async fn webhook(&self, api_key: &SecretString) -> Result<HubWebhook, Dialog360Error> {
        let request = self.client.get(self.webhook.clone());
        let found: Configured = read(&with_key(request, api_key).await?)?;
        Ok(HubWebhook {
            url: found.url.filter(|url| !url.is_empty()),
        })
    }

    /// Meta's ids of the key's number.
    ///
    /// # Errors
    /// The key is refused, or 360dialog cannot be asked.
    pub async fn ids(&self, api_key: &SecretString) -> Result<NumberIds, Dialog360Error> {
        let request = self.client.get(self.health.clone());
        let found: Health = read(&with_key(request, api_key).await?)?;
        Ok(found.health_status.ids())
    }
}

async fn with_key(
    request: reqwest::RequestBuilder,
    api_key: &SecretString,
) -> Result<Answer, Dialog360Error> {
    let request = request.header(KEY_HEADER, api_key.expose_secret());
    let answer = exchange(request)
        .await
        .map_err(Dialog360Error::Unreachable)?;
    match answer.is_success() {
        true => Ok(answer),
        false => Err(Refusal::read(&answer).of_key()),
    }
}

#[derive(Deserialize)]
struct Configured {
    url: Option<String>,
}

#[derive(Deserialize)]
struct Health {
    health_status: Status,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    #[serde(default)]
    entity_type: String,
    id: Option<String>,
}

impl Status {
    fn ids(self) -> NumberIds {
        let mut ids = NumberIds::default();
        for entity in self.entities {
            match entity.entity_type.as_str() {
                "PHONE_NUMBER" => ids.phone_number_id = entity.id,
                "WABA" => ids.business_account_id = entity.id,
                _ => {}
            }
        }
        ids
    }
}

//! Channels as JSON: what is the same for all, and the member named as the kind.

mod body;
mod view;

use ecluse_adapters::storage::config_db::EmailProvider;
use ecluse_engine::ids::{ChatbotId, QueueId};
use ecluse_engine::message::Destination;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::body::ChannelBody;
pub use self::view::ChannelView;
pub(super) use self::view::view;

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

/// What of a channel is never shown.
pub(super) const SECRETS: &[&str] = &[
    "email.imap.password",
    "email.smtp.password",
    "email.refresh_token",
    "facebook.page_access_token",
    "whatsapp.access_token",
    "whatsapp.api_key",
    "whatsapp.webhook_secret",
    "whatsapp.webhook_headers",
];

/// Where new conversations go.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Destination)]
#[serde(rename_all = "snake_case", try_from = "DestinationFields")]
enum DestinationBody {
    Queue(Uuid),
    Chatbot(Uuid),
}

/// A destination as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DestinationFields {
    queue: Option<Uuid>,
    chatbot: Option<Uuid>,
}

impl TryFrom<DestinationFields> for DestinationBody {
    type Error = &'static str;

    fn try_from(fields: DestinationFields) -> Result<Self, Self::Error> {
        match (fields.queue, fields.chatbot) {
            (Some(queue), None) => Ok(Self::Queue(queue)),
            (None, Some(chatbot)) => Ok(Self::Chatbot(chatbot)),
            _ => Err("must have exactly one of `queue` and `chatbot`"),
        }
    }
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

#[cfg(test)]
mod tests {
    use ecluse_adapters::storage::config_db::SecretName;

    #[test]
    fn every_secret_of_the_store_is_one_of_the_api() {
        let mut stored: Vec<&str> = SecretName::ALL.map(SecretName::field).to_vec();
        let mut told = super::SECRETS.to_vec();
        stored.sort_unstable();
        // A token that was brought stands beside the one that the company gave for it.
        stored.dedup();
        told.sort_unstable();
        assert_eq!(told, stored);
    }
}

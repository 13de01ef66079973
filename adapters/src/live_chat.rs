//! Live chat as a provider: the visitor's page is ours, so "sent" means that the message is committed. The page hears of it
//! from the journal, and says itself what was delivered and read.

use std::time::Duration;

use async_trait::async_trait;
use compact_str::format_compact;
use ecluse_engine::ids::{Address, ProviderMessageId};
use ecluse_engine::message::Outbound;
use ecluse_engine::provider::{Pace, Provider, Sending, VerifyError};
use uuid::Uuid;

/// The provider of every live chat.
#[derive(Clone, Copy, Debug, Default)]
pub struct LiveChat;

#[async_trait]
impl Provider for LiveChat {
    async fn send(&self, _to: &Address, _message: &Outbound) -> Sending {
        Sending::Sent(ProviderMessageId(format_compact!(
            "chat.{}",
            Uuid::from_bytes(rand::random()).simple()
        )))
    }

    async fn verify(&self) -> Result<(), VerifyError> {
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace {
            per_second: 10_000,
            pair_interval: Duration::from_millis(1),
            pair_burst: 1_000,
        }
    }
}

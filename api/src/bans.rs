//! What becomes of the bans that the engine decides upon by itself: they are stored with those of people, and told.

use async_trait::async_trait;
use ecluse_adapters::storage::config_db::{BanDraft, ConfigDb, ConfigError};
use ecluse_engine::abuse::{Ban, BanError, BanSink, Excess};

/// Stores bans in the configuration, where administrators see and lift them.
#[derive(Clone, Debug)]
pub struct StoredBans {
    config: ConfigDb,
}

impl StoredBans {
    /// Bans stored in `config`.
    #[must_use]
    pub fn new(config: ConfigDb) -> Self {
        Self { config }
    }
}

/// What is stored as the reason; pages have a text for each.
pub(crate) const fn reason(excess: Excess) -> &'static str {
    match excess {
        Excess::Messages => "too_many_messages",
        Excess::Conversations => "too_many_conversations",
    }
}

#[async_trait]
impl BanSink for StoredBans {
    async fn banned(&self, ban: &Ban) -> Result<(), BanError> {
        let draft = BanDraft {
            kind: ban.sender.kind,
            address: ban.sender.address.0.to_string(),
            reason: reason(ban.reason).to_owned(),
            until: Some(ban.until),
        };
        let tenant = ban.sender.tenant;
        match self.config.ban_and_alert(tenant, draft).await {
            Ok(_) => Ok(()),
            // Somebody was quicker, or it is over already: there is nothing left to store.
            Err(ConfigError::Invalid(_)) => Ok(()),
            Err(error) => Err(BanError(Box::new(error))),
        }
    }
}

//! Remembers which channels cannot send, and why, so that the channels' page can say so.

use ecluse_adapters::storage::config_db::{ChannelHealth, ConfigDb};
use ecluse_engine::channel::HealthSink;
use ecluse_engine::ids::ChannelId;

/// Writes channels' health to the configuration.
#[derive(Clone, Debug)]
pub struct ChannelHealthRecord {
    config: ConfigDb,
}

impl ChannelHealthRecord {
    /// A record in `config`.
    #[must_use]
    pub fn new(config: ConfigDb) -> Self {
        Self { config }
    }

    fn record(&self, channel: ChannelId, health: ChannelHealth) {
        let config = self.config.clone();
        let Some(tenant) = config
            .feed()
            .current()
            .channels
            .get(&channel)
            .map(|known| known.tenant)
        else {
            return;
        };
        tokio::spawn(async move {
            if let Err(error) = config.set_channel_health(tenant, channel, health).await {
                tracing::error!(%channel, error = &error as &dyn std::error::Error, "a channel's health was not recorded");
            }
        });
    }
}

impl HealthSink for ChannelHealthRecord {
    fn degraded(&self, channel: ChannelId, reason: &str) {
        tracing::error!(%channel, reason, "the channel cannot send until somebody acts");
        self.record(
            channel,
            ChannelHealth::Degraded {
                reason: reason.to_owned(),
            },
        );
    }

    fn healthy(&self, channel: ChannelId) {
        tracing::info!(%channel, "the channel sends again");
        self.record(channel, ChannelHealth::Healthy);
    }
}

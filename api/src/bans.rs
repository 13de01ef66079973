//! What becomes of the bans that the engine decides upon by itself.

use async_trait::async_trait;
use ecluse_engine::abuse::{Ban, BanError, BanSink};

/// Leaves bans to the engine, which remembers each for as long as it lasts and this process runs; the log says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct RememberedBans;

#[async_trait]
impl BanSink for RememberedBans {
    async fn banned(&self, ban: &Ban) -> Result<(), BanError> {
        tracing::warn!(
            tenant = ban.sender.tenant.0,
            kind = ban.sender.kind.as_str(),
            reason = ?ban.reason,
            until = ban.until.0,
            "a ban ends with this process, or in its time"
        );
        // No configuration will ever carry it.
        std::future::pending().await
    }
}

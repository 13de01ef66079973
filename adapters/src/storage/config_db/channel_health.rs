//! Whether a channel can send: news of its provider, and the alert that an illness raises.
//!
//! What must stay true: health is no configuration, so it raises no revision; an illness is told once, in the transaction
//! that records it.

use ecluse_engine::ids::{ChannelId, TenantId};
use futures_util::FutureExt as _;

use super::alert::AlertFacts;
use super::channel::{ChannelHealth, ChannelRecord};
use super::{Change, ConfigDb, ConfigError, channels, sql};

impl ConfigDb {
    /// Records whether a channel can send. It is news of the provider and no change of the configuration: it
    /// raises no revision. Says whether anything changed.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn set_channel_health(
        &self,
        tenant: TenantId,
        id: ChannelId,
        health: ChannelHealth,
    ) -> Result<bool, ConfigError> {
        self.note(move |change| change.set_health(tenant, id, health).boxed())
            .await
    }
}

impl Change {
    /// A channel that was well and is not any more raises an alert, once.
    pub(super) async fn set_health(
        &mut self,
        tenant: TenantId,
        id: ChannelId,
        health: ChannelHealth,
    ) -> Result<bool, ConfigError> {
        let Some(before) = channels::read(self.conn(), tenant, id).await? else {
            return Ok(false);
        };
        let (reason, sign_in) = match &health {
            ChannelHealth::Healthy => (None, false),
            ChannelHealth::Degraded { reason } => (Some(reason.clone()), false),
            ChannelHealth::SignInRequired { reason } => (Some(reason.clone()), true),
        };
        let update = sqlx::query(sql::CHANNEL_HEALTH)
            .bind(tenant.0)
            .bind(id.0)
            .bind(reason)
            .bind(sign_in);
        let is_changed = update.execute(self.conn()).await?.rows_affected() > 0;
        if let (true, Some(facts)) = (is_changed, alert(&before, health)) {
            self.raise_alert(tenant, &facts).await?;
        }
        Ok(is_changed)
    }
}

/// What to tell of a channel that is worse off than before.
fn alert(before: &ChannelRecord, health: ChannelHealth) -> Option<AlertFacts> {
    let (channel, name) = (before.id, before.name.clone());
    match (&before.health, health) {
        (ChannelHealth::Healthy, ChannelHealth::Degraded { reason }) => {
            Some(AlertFacts::ChannelDegraded {
                channel,
                name,
                reason,
            })
        }
        (
            ChannelHealth::Healthy | ChannelHealth::Degraded { .. },
            ChannelHealth::SignInRequired { reason },
        ) => Some(AlertFacts::SignInRequired {
            channel,
            name,
            reason,
        }),
        (_, ChannelHealth::Healthy | ChannelHealth::Degraded { .. })
        | (ChannelHealth::SignInRequired { .. }, ChannelHealth::SignInRequired { .. }) => None,
    }
}

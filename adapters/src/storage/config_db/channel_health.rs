//! Whether a channel can send: news of its provider, the alert that an illness raises, and when it was seen working.
//!
//! What must stay true: health is no configuration, so it raises no revision; an illness is told once, in the transaction
//! that records it.

use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::ChannelKind;
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::alert::AlertFacts;
use super::channel::{ChannelHealth, ChannelRecord, PROVIDER};
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

    /// Remembers that a connection of a channel works with what is saved of it.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn note_worked(
        &self,
        tenant: TenantId,
        id: ChannelId,
        connection: &'static str,
    ) -> Result<(), ConfigError> {
        self.note(move |change| change.note_worked(tenant, id, connection).boxed())
            .await
    }

    /// Remembers that a trunk works with what is saved of it, and so its channels do.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn note_trunk_worked(
        &self,
        tenant: TenantId,
        trunk: Uuid,
    ) -> Result<(), ConfigError> {
        self.note(move |change| change.note_trunk_worked(tenant, trunk).boxed())
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
        let is_well = health == ChannelHealth::Healthy;
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
        // Of a mailbox one connection may have healed, and the other never have been tried.
        if is_changed && is_well && before.settings.kind() != ChannelKind::Email {
            self.note_worked(tenant, id, PROVIDER).await?;
        }
        Ok(is_changed)
    }

    pub(super) async fn note_worked(
        &mut self,
        tenant: TenantId,
        id: ChannelId,
        connection: &str,
    ) -> Result<(), ConfigError> {
        let at = self.at.0;
        sqlx::query(sql::CHANNEL_WORKED)
            .bind(tenant.0)
            .bind(id.0)
            .bind(connection.to_owned())
            .bind(at)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn note_trunk_worked(
        &mut self,
        tenant: TenantId,
        trunk: Uuid,
    ) -> Result<(), ConfigError> {
        let at = self.at.0;
        sqlx::query(sql::TRUNK_WORKED)
            .bind(tenant.0)
            .bind(trunk)
            .bind(at)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// What was told and seen of these connections says nothing of what they have now; of the others it still does. What a
    /// company answered for works.
    pub(super) async fn reach_anew(
        &mut self,
        before: &ChannelRecord,
        connections: &[&str],
        answered_for: bool,
    ) -> Result<(), ConfigError> {
        let mut worked = before.worked.clone();
        worked.retain(|connection, _| !connections.contains(&connection.as_str()));
        if answered_for && is_carried(before.settings.kind()) {
            worked.insert(PROVIDER.to_owned(), self.at);
        }
        if before.health == ChannelHealth::Healthy && before.worked == worked {
            return Ok(());
        }
        let (reason, needs_person) = match &before.health {
            ChannelHealth::Healthy => (None, false),
            ChannelHealth::Degraded { reason } => (still_told(reason, connections), false),
            ChannelHealth::SignInRequired { reason } => (still_told(reason, connections), true),
        };
        let needs_person = needs_person && reason.is_some();
        sqlx::query(sql::CHANNEL_REACHED_ANEW)
            .bind(before.id.0)
            .bind(reason)
            .bind(needs_person)
            .bind(channels::json(&worked)?)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// What was seen of the channels of a trunk says nothing of what the trunk has now.
    pub(super) async fn reach_trunk_anew(&mut self, trunk: Uuid) -> Result<(), ConfigError> {
        let tenant = self.tenant();
        sqlx::query(sql::TRUNK_REACHED_ANEW)
            .bind(tenant.0)
            .bind(trunk)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

/// Whether a company carries the channels of a kind and is asked before one is saved.
pub(super) const fn is_carried(kind: ChannelKind) -> bool {
    matches!(kind, ChannelKind::Facebook | ChannelKind::Whatsapp)
}

/// What a reason still tells of a mailbox when some of its connections are others; `None` if nothing.
fn still_told(reason: &str, anew: &[&str]) -> Option<String> {
    let is_of_another = |line: &&str| {
        let named = line.split_once(": ").map(|(connection, _)| connection);
        named.is_some_and(|named| matches!(named, "imap" | "smtp") && !anew.contains(&named))
    };
    let lines: Vec<&str> = reason.split("; ").filter(is_of_another).collect();
    (!lines.is_empty()).then(|| lines.join("; "))
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

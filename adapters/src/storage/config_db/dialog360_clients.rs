//! Whose each client of 360dialog is: the tenant's who brought it first, by a sign-on or with a number's key.
//!
//! What must stay true: a client never becomes another tenant's, not even after its last channel is deleted. Our partnership
//! sees every client's numbers, and nothing that comes back from the hub says which tenant's person was there.

use ecluse_engine::ids::TenantId;
use futures_util::FutureExt as _;

use super::channel::{ChannelRecord, ChannelSettings};
use super::{Change, ConfigDb, ConfigError, sql};

impl ConfigDb {
    /// Whose a client of 360dialog is; `None` if nobody brought it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn tenant_of_dialog360_client(
        &self,
        client_id: &str,
    ) -> Result<Option<TenantId>, ConfigError> {
        let tenant: Option<u32> = sqlx::query_scalar(sql::DIALOG360_CLIENT_READ)
            .bind(client_id.to_owned())
            .fetch_optional(&mut *self.read().await?)
            .await?;
        Ok(tenant.map(TenantId))
    }

    /// Brings a client of 360dialog, which must have been confirmed there. Says whose it is: the first tenant's who did.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn bring_dialog360_client(
        &self,
        tenant: TenantId,
        client_id: &str,
    ) -> Result<TenantId, ConfigError> {
        if let Some(known) = self.tenant_of_dialog360_client(client_id).await? {
            return Ok(known);
        }
        let client_id = client_id.to_owned();
        self.note(move |change| {
            async move {
                let change = change.in_tenant(tenant);
                change.bring_dialog360_client(&client_id).await
            }
            .boxed()
        })
        .await
    }
}

impl Change {
    async fn bring_dialog360_client(&mut self, client_id: &str) -> Result<TenantId, ConfigError> {
        let tenant = self.tenant();
        sqlx::query(sql::DIALOG360_CLIENT_BRING)
            .bind(client_id.to_owned())
            .bind(tenant.0)
            .execute(self.conn())
            .await?;
        let holder: u32 = sqlx::query_scalar(sql::DIALOG360_CLIENT_READ)
            .bind(client_id.to_owned())
            .fetch_one(self.conn())
            .await?;
        Ok(TenantId(holder))
    }

    /// Brings the client of a channel that did not have it before.
    pub(super) async fn bring_client_of(
        &mut self,
        settings: &ChannelSettings,
        before: Option<&ChannelRecord>,
    ) -> Result<(), ConfigError> {
        let known = before.and_then(|before| before.settings.dialog360_client());
        match settings.dialog360_client() {
            Some(client_id) if known != Some(client_id) => {
                self.bring_dialog360_client(client_id).await?;
                Ok(())
            }
            Some(_) | None => Ok(()),
        }
    }
}

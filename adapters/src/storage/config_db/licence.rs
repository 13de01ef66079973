//! What a deployment lets a tenant use, and where the configuration refuses more.

use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::ChannelKind;
use ecluse_engine::tenant::{Licence, Module};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::audit::Resource;
use super::bounds;
use super::document::{self, Document, DocumentRecord};
use super::text_check::out_of_range;
use super::violation::{LicenceGate, Violation};
use super::{Change, ConfigDb, ConfigError, small, sql};

/// A tenant's licence as it is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LicenceBody(pub Licence);

/// How much of a licence is in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LicenceUse {
    /// People who may work as agents: everybody.
    pub agents: u32,
    /// Supervisors and administrators.
    pub supervisors: u32,
    pub channels: u32,
}

impl Document for LicenceBody {
    const KIND: Resource = Resource::Licence;

    fn name(&self) -> &str {
        "licence"
    }

    fn check(&mut self) -> Vec<Violation> {
        let limits = [
            ("agent_seats", self.0.agent_seats),
            ("supervisor_seats", self.0.supervisor_seats),
            ("channels_max", self.0.channels_max),
        ];
        let is_too_much =
            |limit: Option<u32>| limit.is_some_and(|limit| !bounds::LICENCE_LIMIT.contains(&limit));
        limits
            .into_iter()
            .filter(|(_, limit)| is_too_much(*limit))
            .map(|(field, _)| out_of_range(field, &bounds::LICENCE_LIMIT))
            .collect()
    }
}

impl ConfigDb {
    /// The licence of a tenant.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn licence(&self, tenant: TenantId) -> Result<Licence, ConfigError> {
        let record = self.only_document::<LicenceBody>(tenant).await?;
        Ok(record.map(|record| record.body.0).unwrap_or_default())
    }

    /// How much of it is in use.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn licence_use(&self, tenant: TenantId) -> Result<LicenceUse, ConfigError> {
        let mut conn = self.read().await?;
        Ok(LicenceUse {
            agents: count(&mut conn, sql::PEOPLE_COUNT, tenant).await?,
            supervisors: count(&mut conn, sql::SUPERVISOR_COUNT, tenant).await?,
            channels: count(&mut conn, sql::CHANNEL_COUNT, tenant).await?,
        })
    }
}

async fn count(
    conn: &mut SqliteConnection,
    statement: &'static str,
    tenant: TenantId,
) -> Result<u32, ConfigError> {
    let count: i64 = sqlx::query_scalar(statement)
        .bind(tenant.0)
        .fetch_one(conn)
        .await?;
    Ok(small(count))
}

impl Change {
    async fn licence(&mut self) -> Result<Licence, ConfigError> {
        if let Some(known) = self.known_licence() {
            return Ok(known.clone());
        }
        let tenant = self.tenant();
        let record: Option<DocumentRecord<LicenceBody>> =
            document::read_only(self.conn(), tenant).await?;
        let licence = record.map(|record| record.body.0).unwrap_or_default();
        self.know_licence(licence.clone());
        Ok(licence)
    }

    /// Refuses what belongs to a module that the licence lacks. What is there already goes on.
    pub(super) async fn refuse_without(&mut self, module: Module) -> Result<(), ConfigError> {
        match self.licence().await?.has(module) {
            true => Ok(()),
            false => Err(ConfigError::Licence(LicenceGate::Module(module))),
        }
    }

    /// Refuses one channel more than the licence has, and Facebook and WhatsApp without their module or anybody to work there
    /// (R76 to R79).
    pub(super) async fn refuse_beyond_licence(
        &mut self,
        kind: ChannelKind,
    ) -> Result<(), ConfigError> {
        if matches!(kind, ChannelKind::Facebook | ChannelKind::Whatsapp) {
            self.refuse_without(Module::Omnichannel).await?;
            self.refuse_without_seats().await?;
        }
        let Some(limit) = self.licence().await?.channels_max else {
            return Ok(());
        };
        let tenant = self.tenant();
        let used = count(self.conn(), sql::CHANNEL_COUNT, tenant).await?;
        refuse_if(used >= limit, LicenceGate::Channels { limit, used })
    }

    /// A licence of no agents, or of no supervisors, is of another edition than these channels need.
    async fn refuse_without_seats(&mut self) -> Result<(), ConfigError> {
        let (licence, tenant) = (self.licence().await?, self.tenant());
        if let Some(limit @ 0) = licence.agent_seats {
            let used = count(self.conn(), sql::PEOPLE_COUNT, tenant).await?;
            refuse_if(true, LicenceGate::AgentSeats { limit, used })?;
        }
        if let Some(limit @ 0) = licence.supervisor_seats {
            let used = count(self.conn(), sql::SUPERVISOR_COUNT, tenant).await?;
            refuse_if(true, LicenceGate::SupervisorSeats { limit, used })?;
        }
        Ok(())
    }

    /// Refuses one supervisor more than the licence has.
    pub(super) async fn refuse_beyond_seats(
        &mut self,
        role: Role,
        before: Role,
    ) -> Result<(), ConfigError> {
        if role == Role::Agent || before != Role::Agent {
            return Ok(());
        }
        let Some(limit) = self.licence().await?.supervisor_seats else {
            return Ok(());
        };
        let tenant = self.tenant();
        let used = count(self.conn(), sql::SUPERVISOR_COUNT, tenant).await?;
        refuse_if(used >= limit, LicenceGate::SupervisorSeats { limit, used })
    }
}

fn refuse_if(is_beyond: bool, gate: LicenceGate) -> Result<(), ConfigError> {
    match is_beyond {
        true => Err(ConfigError::Licence(gate)),
        false => Ok(()),
    }
}

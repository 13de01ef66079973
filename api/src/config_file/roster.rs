//! Who is there now: the resources of all kinds, by the names that files use.

use std::collections::BTreeMap;

use ecluse_adapters::storage::config_db::{Change as Transaction, RosterRow};
use ecluse_engine::ids::TenantId;

use crate::error::ApiError;
use crate::resources::{Kind, Services};

/// The resources of a tenant.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster(BTreeMap<Kind, BTreeMap<String, RosterRow>>);

impl Roster {
    /// As it is committed.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub(super) async fn read(services: &Services, tenant: TenantId) -> Result<Self, ApiError> {
        let mut roster = Self::default();
        for kind in Kind::ALL {
            let rows = services.db.roster(tenant, kind.resource()).await?;
            roster.add(kind, rows);
        }
        Ok(roster)
    }

    /// As a transaction sees it.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub(super) async fn within(transaction: &mut Transaction) -> Result<Self, ApiError> {
        let mut roster = Self::default();
        for kind in Kind::ALL {
            let rows = transaction.roster(kind.resource()).await?;
            roster.add(kind, rows);
        }
        Ok(roster)
    }

    fn add(&mut self, kind: Kind, rows: Vec<RosterRow>) {
        let by_key = rows.into_iter().map(|row| (row.key.clone(), row));
        self.0.insert(kind, by_key.collect());
    }

    pub(super) fn get(&self, kind: Kind, key: &str) -> Option<&RosterRow> {
        self.0.get(&kind)?.get(key)
    }

    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = &RosterRow> {
        self.0.get(&kind).into_iter().flat_map(BTreeMap::values)
    }
}

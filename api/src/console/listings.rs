//! What is configured, as it was listed last: most pages show names of things that nobody has changed for days.
//!
//! What must stay true: a list is given out only for as long as nothing was written since it was begun, so that whoever saved
//! something finds it in the next page.

use std::collections::HashMap;
use std::sync::Arc;

use ecluse_engine::ids::TenantId;
use parking_lot::Mutex;

use super::backend::Shown;
use crate::config_file::all;
use crate::error::ApiError;
use crate::resources::{Kind, Services};

/// Lists that are kept. Beyond it all are forgotten, which costs each of them one reading.
const KEPT_MAX: usize = 96;

/// The lists of all tenants.
#[derive(Debug, Default)]
pub struct Listings {
    kept: Mutex<HashMap<(TenantId, Kind), Kept>>,
}

#[derive(Debug)]
struct Kept {
    at: At,
    items: Items,
}

/// Things by name.
type Items = Arc<[Arc<Shown>]>;

/// What a list is true to: what is written, and what is served of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    generation: u64,
    served: u64,
}

impl At {
    fn now(services: &Services) -> Self {
        let directory = services.directory.as_ref();
        Self {
            generation: services.db.list_generation(),
            served: directory.map_or(0, |directory| directory.current().revision()),
        }
    }
}

impl Listings {
    /// Everything of a kind, ordered by name.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub async fn of(
        &self,
        services: &Services,
        tenant: TenantId,
        kind: Kind,
    ) -> Result<Items, ApiError> {
        let at = At::now(services);
        if let Some(items) = self.current(at, tenant, kind) {
            return Ok(items);
        }
        let items = read(services, tenant, kind).await?;
        self.keep(at, tenant, kind, &items);
        Ok(items)
    }

    fn current(&self, at: At, tenant: TenantId, kind: Kind) -> Option<Items> {
        let kept = self.kept.lock();
        let kept = kept.get(&(tenant, kind)).filter(|kept| kept.at == at)?;
        Some(Arc::clone(&kept.items))
    }

    fn keep(&self, at: At, tenant: TenantId, kind: Kind, items: &Items) {
        let mut kept = self.kept.lock();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        let items = Arc::clone(items);
        kept.insert((tenant, kind), Kept { at, items });
    }
}

async fn read(services: &Services, tenant: TenantId, kind: Kind) -> Result<Items, ApiError> {
    let records = all(services, kind, tenant).await?.into_iter();
    let mut items: Vec<Arc<Shown>> = records
        .map(|record| Arc::new(record.shown(services).into()))
        .collect();
    items.sort_by_cached_key(|item| item.name().to_lowercase());
    Ok(items.into())
}

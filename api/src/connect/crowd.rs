//! How many connections of one tenant are tried at once: a few, because each may wait for a server that is not there.

use std::collections::HashMap;
use std::sync::Arc;

use ecluse_engine::ids::TenantId;
use parking_lot::Mutex;

use crate::error::ApiError;

const AT_ONCE: usize = 4;
const RETRY_SECS: u64 = 5;

/// Who is trying something now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crowd(Arc<Mutex<HashMap<TenantId, usize>>>);

/// A place in it, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Crowd,
    tenant: TenantId,
}

impl Crowd {
    /// # Errors
    /// [`ApiError::TooManyRequests`] if the tenant has no place left.
    pub(crate) fn enter(&self, tenant: TenantId) -> Result<Place, ApiError> {
        let mut inside = self.0.lock();
        let count = inside.entry(tenant).or_default();
        if *count >= AT_ONCE {
            return Err(ApiError::TooManyRequests {
                retry_after_secs: RETRY_SECS,
            });
        }
        *count += 1;
        Ok(Place {
            crowd: self.clone(),
            tenant,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.crowd.0.lock();
        if let Some(count) = inside.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_tries_a_few_connections_at_once_and_no_other_waits_for_it() {
        let crowd = Crowd::default();
        let first: Vec<Place> = (0..AT_ONCE)
            .map(|_| crowd.enter(TenantId(1)).unwrap())
            .collect();
        assert!(crowd.enter(TenantId(1)).is_err());
        assert!(crowd.enter(TenantId(2)).is_ok());
        drop(first);
        assert!(crowd.enter(TenantId(1)).is_ok());
        assert!(crowd.0.lock().is_empty());
    }
}

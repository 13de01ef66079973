//! Makes a tenant's configuration match a list of documents.
//!
//! What must stay true: one file of a tenant is applied at a time, because it is compared with everything; those of several
//! tenants share a room, because a file may be large; and an application that began ends, whoever asked for it.

use std::collections::HashSet;
use std::sync::Arc;

use ecluse_engine::ids::TenantId;
use futures_util::FutureExt as _;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use utoipa::ToSchema;

use super::diff::Change;
use super::document::read;
use super::plan::Plan;
use super::progress::Progress;
use super::transaction::Run;
use crate::auth::Principal;
use crate::error::{ApiError, WHOLE_BYTES_MAX};
use crate::resources::Services;

/// How often a plan is made anew because somebody else was quicker.
const TRIES: usize = 3;
/// When whoever finds another file being applied may ask again.
const RETRY_SECS: u64 = 5;
const MEBIBYTE: usize = 1 << 20;
/// Room for the files of all tenants: two of the longest, and many of the usual ones beside them.
const ROOM_MEBIBYTES: usize = 2 * WHOLE_BYTES_MAX / MEBIBYTE + 32;

/// What is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyBody {
    /// Each has `resource` (`channel`, `queue`, `chatbot`, `form`, `sms_trunk`, `agent` or `settings`), but for settings a
    /// `key`, and the members of that resource; where the API has an id, a document has the key.
    #[schema(value_type = Vec<Object>)]
    pub documents: Vec<Value>,
    /// Delete what no document names. Administrators are left alone. A document with a new key that has the address, the
    /// e-mail or the name of what no document names is that resource under another key.
    #[serde(default)]
    pub prune: bool,
    /// Only tell what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// What applying changed, or would change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Applied {
    pub dry_run: bool,
    /// In the order of the documents, deletions last.
    pub changes: Vec<Change>,
}

/// Whose files are being applied, and the room that is left for others. Clones share it.
#[derive(Clone, Debug)]
pub struct Applying {
    tenants: Arc<Mutex<HashSet<TenantId>>>,
    /// In mebibytes.
    room: Arc<Semaphore>,
}

/// A tenant's turn to apply a file, for as long as it lives.
#[derive(Debug)]
pub struct Turn {
    tenant: TenantId,
    tenants: Arc<Mutex<HashSet<TenantId>>>,
    #[expect(dead_code, reason = "it is held")]
    room: OwnedSemaphorePermit,
}

impl Default for Applying {
    fn default() -> Self {
        Self {
            tenants: Arc::default(),
            room: Arc::new(Semaphore::new(ROOM_MEBIBYTES)),
        }
    }
}

impl Applying {
    /// Takes the tenant's turn, and room for a file of so many bytes.
    ///
    /// # Errors
    /// Another file of the tenant is being applied, or those of others leave too little room.
    pub fn begin(&self, tenant: TenantId, bytes: usize) -> Result<Turn, ApiError> {
        let mebibytes = bytes.div_ceil(MEBIBYTE).clamp(1, ROOM_MEBIBYTES);
        let room = Arc::clone(&self.room).try_acquire_many_owned(mebibytes as u32);
        let room = room.map_err(|_| busy())?;
        match self.tenants.lock().insert(tenant) {
            true => Ok(Turn {
                tenant,
                tenants: Arc::clone(&self.tenants),
                room,
            }),
            false => Err(busy()),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.tenants.lock().remove(&self.tenant);
    }
}

const fn busy() -> ApiError {
    ApiError::Busy {
        retry_after_secs: RETRY_SECS,
    }
}

/// Applies documents in one transaction. `progress` hears how many are done.
///
/// # Errors
/// Everything that cannot be accepted, by `documents[N].field`; nothing is changed then.
pub async fn apply(
    services: &Services,
    caller: &Principal,
    body: ApplyBody,
    (_turn, progress): (Turn, Option<mpsc::Sender<usize>>),
) -> Result<Applied, ApiError> {
    let dry_run = body.dry_run;
    let documents = read(body.documents)?;
    let progress = Progress::to(progress);
    for _ in 0..TRIES {
        progress.begin();
        let documents = documents.clone();
        let plan = Plan::make(services, caller.tenant, documents, body.prune, &progress).await?;
        match carry_out(services, caller, plan, dry_run, &progress).await {
            Err(ApiError::PreconditionFailed) => {}
            done => return done.map(|changes| Applied { dry_run, changes }),
        }
    }
    Err(busy())
}

/// Nothing is done at a company before all of the plan was rehearsed.
async fn carry_out(
    services: &Services,
    caller: &Principal,
    mut plan: Plan,
    dry_run: bool,
    progress: &Progress,
) -> Result<Vec<Change>, ApiError> {
    if dry_run {
        return rehearse(services, caller, plan, progress.clone()).await;
    }
    if plan.has_errands() {
        let rehearsal = plan.rehearsal();
        rehearse(services, caller, rehearsal, Progress::default()).await?;
        plan.run_errands(services, caller.tenant).await?;
    }
    let run = Run {
        services: services.clone(),
        progress: progress.clone(),
    };
    let editor = caller.editor();
    let written = services.db.change(&editor, move |transaction| {
        run.all(transaction, plan).boxed()
    });
    written.await
}

async fn rehearse(
    services: &Services,
    caller: &Principal,
    plan: Plan,
    progress: Progress,
) -> Result<Vec<Change>, ApiError> {
    let services = services.clone();
    let db = services.db.clone();
    let run = Run { services, progress };
    let editor = caller.editor();
    let rehearsed = db.rehearse(&editor, move |transaction| {
        run.all(transaction, plan).boxed()
    });
    rehearsed.await
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: TenantId = TenantId::DEFAULT;
    const THEIRS: TenantId = TenantId(2);

    #[test]
    fn a_tenant_applies_one_file_at_a_time_and_waits_for_no_other() {
        let applying = Applying::default();
        let turn = applying.begin(OURS, 1).unwrap();
        let refused = applying.begin(OURS, 1).unwrap_err();
        assert!(matches!(refused, ApiError::Busy { .. }), "{refused}");
        assert!(applying.begin(THEIRS, 1).is_ok());
        drop(turn);
        assert!(applying.begin(OURS, 1).is_ok());
    }

    #[test]
    fn the_files_of_all_tenants_have_so_much_room_and_who_is_refused_takes_none() {
        let applying = Applying::default();
        let longest = [TenantId(3), TenantId(4)];
        let longest = longest.map(|tenant| applying.begin(tenant, WHOLE_BYTES_MAX).unwrap());
        assert!(applying.begin(THEIRS, WHOLE_BYTES_MAX).is_err());
        for _ in 0..ROOM_MEBIBYTES {
            let usual = applying.begin(THEIRS, 0).unwrap();
            assert!(applying.begin(THEIRS, 0).is_err());
            drop(usual);
        }
        drop(longest);
        assert!(applying.begin(THEIRS, WHOLE_BYTES_MAX).is_ok());
    }
}

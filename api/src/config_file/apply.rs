//! Makes a tenant's configuration match a list of documents.
//!
//! What must stay true: one file is applied at a time, because it may be large and is compared with everything; and an
//! application that began ends, whoever asked for it.

use std::sync::Arc;

use futures_util::FutureExt as _;
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
use crate::error::ApiError;
use crate::resources::Services;

/// How often a plan is made anew because somebody else was quicker.
const TRIES: usize = 3;
/// When whoever finds another file being applied may ask again.
const RETRY_SECS: u64 = 5;

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

/// Whether a file is being applied. Clones share it.
#[derive(Clone, Debug)]
pub struct Applying(Arc<Semaphore>);

/// The turn to apply a file, for as long as it lives.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Default for Applying {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Applying {
    /// Takes the turn.
    ///
    /// # Errors
    /// Another file is being applied.
    pub fn begin(&self) -> Result<Turn, ApiError> {
        let turn = Arc::clone(&self.0).try_acquire_owned();
        turn.map(Turn).map_err(|_| ApiError::Busy {
            retry_after_secs: RETRY_SECS,
        })
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
    Err(ApiError::Busy {
        retry_after_secs: RETRY_SECS,
    })
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

    #[test]
    fn one_file_is_applied_at_a_time() {
        let applying = Applying::default();
        let turn = applying.begin().unwrap();
        let refused = applying.begin().unwrap_err();
        assert!(matches!(refused, ApiError::Busy { .. }), "{refused}");
        drop(turn);
        assert!(applying.begin().is_ok());
    }
}

//! The removal of a resource: refused while somebody works with it, whichever door the wish comes through.
//!
//! What must stay true: REST, the console and files of configuration ask the same [`Guard`].

use std::sync::Arc;

use ecluse_adapters::storage::config_db::Editor;
use ecluse_adapters::storage::read_model::conversations::{ConversationFilter, StateFilter};
use ecluse_engine::ids::{AgentId, QueueId, TenantId};
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::{Kind, Place, Record, Services, remove};
use crate::app::App;
use crate::auth::PresenceCheck;
use crate::error::{ApiError, Conflict};

/// What a running node knows of who works with what.
#[derive(Clone)]
pub struct Guard {
    presence: Arc<dyn PresenceCheck>,
    app: Option<Arc<App>>,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}

impl Guard {
    /// Without a running node, no conversation is open.
    pub fn new(presence: Arc<dyn PresenceCheck>, app: Option<Arc<App>>) -> Self {
        Self { presence, app }
    }

    /// Refuses what must not be deleted now: an agent who is logged in, a queue in which conversations are open. The caller
    /// has seen that it is the tenant's.
    ///
    /// # Errors
    /// Why it must not.
    pub async fn refuse_busy(
        &self,
        tenant: TenantId,
        kind: Kind,
        id: Uuid,
    ) -> Result<(), ApiError> {
        match kind {
            Kind::Agent if self.presence.is_logged_in(AgentId(id)) => {
                Err(ApiError::Conflict(Conflict::AgentLoggedIn))
            }
            Kind::Queue if self.has_open(tenant, QueueId(id)).await? => {
                Err(ApiError::Conflict(Conflict::QueueNotEmpty))
            }
            _ => Ok(()),
        }
    }

    /// Whether a conversation that is not closed waits or is worked on in the queue.
    async fn has_open(&self, tenant: TenantId, queue: QueueId) -> Result<bool, ApiError> {
        let Some(app) = &self.app else {
            return Ok(false);
        };
        let filter = ConversationFilter {
            state: Some(StateFilter::Open),
            queue: Some(queue),
            limit: 1,
            ..ConversationFilter::default()
        };
        app.engine.read_your_writes().await;
        let open = app
            .reads
            .conversations(tenant, filter)
            .await
            .map_err(ApiError::internal)?;
        Ok(!open.is_empty())
    }
}

/// Deletes a resource as [`remove`] does, unless somebody works with it.
///
/// # Errors
/// Somebody does, something points to it, a newer revision, or there is none.
pub async fn remove_unless_busy(
    services: &Services,
    editor: &Editor,
    kind: Kind,
    at: Place,
) -> Result<Option<Record>, ApiError> {
    services.record(kind, editor.tenant, at.id).await?;
    services
        .guard
        .refuse_busy(editor.tenant, kind, at.id)
        .await?;
    let removal = services
        .db
        .change(editor, move |change| remove(change, kind, at).boxed());
    Ok(removal.await?)
}

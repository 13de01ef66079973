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

/// How many of an agent's conversations are told with a refusal.
const HELD_TOLD_MAX: u32 = 100;

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

    /// How many people have a seat of the licence now. Without a running node, nobody works.
    ///
    /// # Errors
    /// The node has no room for the question.
    pub async fn seats_taken(&self, tenant: TenantId) -> Result<u32, ApiError> {
        match &self.app {
            Some(app) => app.seats_taken(tenant).await,
            None => Ok(0),
        }
    }

    /// Refuses what must not be deleted now: an agent who is at work or has conversations, a queue in which some are open. The caller
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
            Kind::Agent => self.refuse_at_work(tenant, AgentId(id)).await,
            Kind::Queue => self.refuse_open(tenant, QueueId(id)).await,
            _ => Ok(()),
        }
    }

    /// Nobody would see the conversations of a queue that is gone.
    async fn refuse_open(&self, tenant: TenantId, queue: QueueId) -> Result<(), ApiError> {
        let Some(app) = &self.app else {
            return Ok(());
        };
        app.engine.read_your_writes().await;
        let open = app.reads.open_in(tenant, queue).await;
        match open.map_err(ApiError::internal)? {
            0 => Ok(()),
            open => Err(ApiError::Conflict(Conflict::QueueNotEmpty { open })),
        }
    }

    /// Nobody would have the conversations of an agent who is gone.
    async fn refuse_at_work(&self, tenant: TenantId, agent: AgentId) -> Result<(), ApiError> {
        if self.presence.is_logged_in(tenant, agent).await? {
            return Err(ApiError::Conflict(Conflict::AgentLoggedIn));
        }
        let filter = ConversationFilter {
            agent: Some(agent),
            limit: HELD_TOLD_MAX,
            ..ConversationFilter::default()
        };
        let held = self.open(tenant, filter).await?;
        match held.is_empty() {
            true => Ok(()),
            false => Err(ApiError::Conflict(Conflict::AgentHasConversations(held))),
        }
    }

    /// The conversations that are not closed.
    async fn open(
        &self,
        tenant: TenantId,
        filter: ConversationFilter,
    ) -> Result<Vec<Uuid>, ApiError> {
        let Some(app) = &self.app else {
            return Ok(Vec::new());
        };
        let filter = ConversationFilter {
            state: Some(StateFilter::Open),
            ..filter
        };
        app.engine.read_your_writes().await;
        let open = app.reads.conversations(tenant, filter).await;
        let open = open.map_err(ApiError::internal)?.into_iter();
        Ok(open.map(|row| row.id.0).collect())
    }
}

/// Deletes a resource as [`remove`] does, unless somebody works with it. What lasts is told before what ends by itself:
/// conversations are closed some day, and what points to it stays.
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
    let busy = services.guard.refuse_busy(editor.tenant, kind, at.id);
    if let Err(busy) = busy.await {
        let rehearsal = services
            .db
            .rehearse(editor, move |change| remove(change, kind, at).boxed());
        rehearsal.await?;
        return Err(busy);
    }
    let removal = services
        .db
        .change(editor, move |change| remove(change, kind, at).boxed());
    Ok(removal.await?)
}

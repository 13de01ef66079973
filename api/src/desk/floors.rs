//! The floor of each tenant, asked of its router once for every desk that wants to know it at about the same time.
//!
//! What must stay true: what is answered was true at most [`FRESH`] ago, and the router is asked at most once in that time
//! and tenant, however many desks are open.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::ids::TenantId;
use ecluse_engine::router::{Floor, RouterMessage, RouterReply};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::access::no_room;
use crate::app::App;
use crate::error::ApiError;

/// How old an answer may be.
const FRESH: Duration = Duration::from_millis(250);

type Seen = Arc<tokio::sync::Mutex<Option<(Instant, Arc<Floor>)>>>;

/// What was seen last of every floor.
#[derive(Debug, Default)]
pub struct Floors(Mutex<HashMap<TenantId, Seen>>);

impl Floors {
    /// The floor of a tenant, as it was at most a quarter of a second ago.
    ///
    /// # Errors
    /// The router has no room for the question.
    pub async fn of(&self, app: &App, tenant: TenantId) -> Result<Arc<Floor>, ApiError> {
        let seen = Arc::clone(self.0.lock().entry(tenant).or_default());
        // Whoever comes while the router is asked waits here, and takes the same answer.
        let mut seen = seen.lock().await;
        if let Some((at, floor)) = &*seen
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(floor));
        }
        let floor = Arc::new(ask(app, tenant).await?);
        *seen = Some((Instant::now(), Arc::clone(&floor)));
        Ok(floor)
    }
}

/// The floor of a tenant, as it is now.
///
/// # Errors
/// The router has no room for the question.
pub(super) async fn ask(app: &App, tenant: TenantId) -> Result<Floor, ApiError> {
    let asked = app
        .engine
        .ask_router(tenant, RouterMessage::ViewFloor)
        .await;
    match asked {
        Ok(RouterReply::Floor(floor)) => Ok(floor),
        Ok(
            RouterReply::Done
            | RouterReply::Refused(_)
            | RouterReply::Desk(..)
            | RouterReply::Seats(_)
            | RouterReply::Attended(_),
        ) => Ok(Floor::default()),
        Err(refused) => Err(no_room(refused)),
    }
}

//! Operation times as they are configured. What was typed stays while they are switched off.

use ecluse_engine::hours::{ClosedDate, Hours, OpenDay, QueueHours};
use serde::{Deserialize, Serialize};

use super::text_check::check_hours;
use super::violation::Violation;

/// Whether they hold, the open days and the closed dates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OperationTimes<S> {
    pub status: S,
    #[serde(default)]
    pub open_days: Vec<OpenDay>,
    #[serde(default)]
    pub closed_dates: Vec<ClosedDate>,
}

/// Of the whole tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum TenantStatus {
    On,
    /// Always open.
    #[default]
    Off,
}

/// Of one queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum QueueStatus {
    /// Its own times.
    On,
    /// Always open.
    Off,
    /// The tenant's times.
    #[default]
    Inherit,
}

impl<S> OperationTimes<S> {
    /// The days and dates.
    #[must_use]
    pub fn hours(&self) -> Hours {
        Hours {
            open_days: self.open_days.clone(),
            closed_dates: self.closed_dates.clone(),
        }
    }

    pub(super) fn check(&mut self, violations: &mut Vec<Violation>) {
        let mut hours = self.hours();
        check_hours("operation_times", &mut hours, violations);
        self.closed_dates = hours.closed_dates;
    }
}

impl OperationTimes<QueueStatus> {
    pub(super) fn for_engine(&self) -> QueueHours {
        match self.status {
            QueueStatus::On => QueueHours::On(self.hours()),
            QueueStatus::Off => QueueHours::Off,
            QueueStatus::Inherit => QueueHours::Inherit,
        }
    }
}

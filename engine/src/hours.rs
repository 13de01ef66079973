//! Operation times: when new conversations are taken. An open conversation goes on.

use jiff::civil;
use serde::{Deserialize, Serialize};

/// Days that are open, and ranges that are closed whatever the day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    #[serde(default)]
    pub open_days: Vec<OpenDay>,
    #[serde(default)]
    pub closed_dates: Vec<ClosedDate>,
}

/// One window of a weekday, `from` included, `to` excluded. `from` after `to` ends the next day; both the same is the
/// whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct OpenDay {
    pub day: Weekday,
    #[serde(with = "minute_of_day")]
    #[cfg_attr(feature = "schema", schema(value_type = String, pattern = "^[0-2][0-9]:[0-5][0-9]$", example = "08:30"))]
    pub from: civil::Time,
    #[serde(with = "minute_of_day")]
    #[cfg_attr(feature = "schema", schema(value_type = String, pattern = "^[0-2][0-9]:[0-5][0-9]$", example = "08:30"))]
    pub to: civil::Time,
}

/// A range in which nobody answers, `from` included, `to` excluded, in the tenant's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ClosedDate {
    pub description: String,
    #[serde(with = "minute_of_date")]
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "2026-12-24T18:00"))]
    pub from: civil::DateTime,
    #[serde(with = "minute_of_date")]
    #[cfg_attr(feature = "schema", schema(value_type = String, example = "2026-12-24T18:00"))]
    pub to: civil::DateTime,
}

/// The days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Which operation times hold for a queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum QueueHours {
    /// Its own.
    On(Hours),
    /// It is always open.
    Off,
    /// The tenant's.
    #[default]
    Inherit,
}

/// `08:30`.
mod minute_of_day {
    use jiff::civil::Time;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.strftime("%H:%M"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        let text = String::deserialize(from)?;
        Time::strptime("%H:%M", &text)
            .map_err(|_| D::Error::custom("must be a time of day such as 08:30"))
    }
}

/// `2026-12-24T18:00`.
mod minute_of_date {
    use jiff::civil::DateTime;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        at: &DateTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&at.strftime("%Y-%m-%dT%H:%M"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime, D::Error> {
        let text = String::deserialize(from)?;
        DateTime::strptime("%Y-%m-%dT%H:%M", &text)
            .map_err(|_| D::Error::custom("must be a date and time such as 2026-12-24T18:00"))
    }
}

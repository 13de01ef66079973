//! Operation times: when new conversations are taken. An open conversation goes on.
//!
//! What must stay true: one function decides ([`openness`]), and it is pure. A time of day means the first moment at which a
//! clock on the wall shows it or a later one. So every window begins and ends once, whatever the clocks do: one that ends
//! at 02:30 does not begin again when the hour is repeated, and one that begins at 02:30 begins at 03:00 where the clock
//! jumps there. Windows that follow each other leave nothing out.

mod typed;

use jiff::civil::{self, Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp as Moment, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::message::Timestamp;

/// How far ahead the next opening is looked for, in days: past a closed year.
const LOOK_AHEAD_DAYS: i32 = 400;

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
    /// Why nobody answers: the automatic reply outside of operation times says it to the customer, where its text has
    /// `{reason}`, else below. It may be empty.
    #[serde(default)]
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

/// Whether new conversations are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Openness<'h> {
    Open,
    Closed {
        /// The closed date, if it is one.
        because: Option<&'h ClosedDate>,
    },
}

impl Openness<'_> {
    /// Whether it is open.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }
}

/// What was true of a queue when somebody wrote outside of its hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideHours {
    /// The description of the closed date, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_date: Option<String>,
    /// When it opens again; `None` if that is more than a year ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
}

/// Whether a queue is open at `now`: a queue's own hours go before the tenant's, closed dates before open days.
/// Without hours it is always open.
#[must_use]
pub fn openness<'h>(
    queue: &'h QueueHours,
    tenant: Option<&'h Hours>,
    zone: &TimeZone,
    now: Timestamp,
) -> Openness<'h> {
    match in_force(queue, tenant) {
        Some(hours) => hours.openness(zone, moment(now)),
        None => Openness::Open,
    }
}

/// The first time from `now` on at which the queue is open, no more than [`LOOK_AHEAD_DAYS`] days ahead.
#[must_use]
pub fn opens_next(
    queue: &QueueHours,
    tenant: Option<&Hours>,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<Timestamp> {
    match in_force(queue, tenant) {
        Some(hours) if !hours.openness(zone, moment(now)).is_open() => {
            let opens = hours.opens_after(zone, moment(now))?;
            Some(Timestamp(opens.as_microsecond()))
        }
        Some(_) | None => Some(now),
    }
}

/// What to record of a queue that is closed at `now`; `None` if it is open.
#[must_use]
pub fn outside_hours(
    queue: &QueueHours,
    tenant: Option<&Hours>,
    zone: &TimeZone,
    now: Timestamp,
) -> Option<OutsideHours> {
    match openness(queue, tenant, zone, now) {
        Openness::Open => None,
        Openness::Closed { because } => Some(OutsideHours {
            closed_date: because
                .map(|date| date.description.clone())
                .filter(|description| !description.is_empty()),
            opens_at: opens_next(queue, tenant, zone, now),
        }),
    }
}

fn in_force<'h>(queue: &'h QueueHours, tenant: Option<&'h Hours>) -> Option<&'h Hours> {
    match queue {
        QueueHours::On(own) => Some(own),
        QueueHours::Off => None,
        QueueHours::Inherit => tenant,
    }
}

impl Hours {
    fn openness(&self, zone: &TimeZone, now: Moment) -> Openness<'_> {
        let because = self.closed_dates.iter().find(|date| date.holds(zone, now));
        if because.is_none() && self.is_in_a_window(zone, now) {
            Openness::Open
        } else {
            Openness::Closed { because }
        }
    }

    /// Windows of yesterday may cross midnight; where the clock goes back over midnight, one of tomorrow has begun.
    fn is_in_a_window(&self, zone: &TimeZone, now: Moment) -> bool {
        let today = zone.to_datetime(now).date();
        let days = [today.yesterday().ok(), Some(today), today.tomorrow().ok()];
        days.into_iter().flatten().any(|date| {
            self.windows_of(date)
                .any(|window| window.holds(zone, date, now))
        })
    }

    fn windows_of(&self, date: Date) -> impl Iterator<Item = &OpenDay> {
        let day = Weekday::of(date);
        self.open_days
            .iter()
            .filter(move |window| window.day == day)
    }

    /// It can only open where a window begins or a closed date ends.
    fn opens_after(&self, zone: &TimeZone, now: Moment) -> Option<Moment> {
        let today = zone.to_datetime(now).date();
        (0..=LOOK_AHEAD_DAYS).find_map(|days| {
            let date = today.checked_add(days.days()).ok()?;
            let mut changes = self.changes_of(date, zone);
            changes.sort_unstable();
            changes
                .into_iter()
                .find(|change| *change > now && self.openness(zone, *change).is_open())
        })
    }

    fn changes_of(&self, date: Date, zone: &TimeZone) -> Vec<Moment> {
        let begin = self
            .windows_of(date)
            .map(|window| date.to_datetime(window.from));
        let ends = self.closed_dates.iter().map(|closed| closed.to);
        let ends = ends.filter(|end| end.date() == date);
        begin.chain(ends).map(|at| first_shown(zone, at)).collect()
    }
}

impl OpenDay {
    fn holds(&self, zone: &TimeZone, date: Date, now: Moment) -> bool {
        let last = if self.from < self.to {
            Some(date)
        } else {
            date.tomorrow().ok()
        };
        let begun = first_shown(zone, date.to_datetime(self.from)) <= now;
        begun && last.is_none_or(|last| now < first_shown(zone, last.to_datetime(self.to)))
    }
}

impl ClosedDate {
    fn holds(&self, zone: &TimeZone, now: Moment) -> bool {
        first_shown(zone, self.from) <= now && now < first_shown(zone, self.to)
    }
}

impl Weekday {
    fn of(date: Date) -> Self {
        match date.weekday() {
            civil::Weekday::Monday => Self::Monday,
            civil::Weekday::Tuesday => Self::Tuesday,
            civil::Weekday::Wednesday => Self::Wednesday,
            civil::Weekday::Thursday => Self::Thursday,
            civil::Weekday::Friday => Self::Friday,
            civil::Weekday::Saturday => Self::Saturday,
            civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// The first moment at which a clock on the wall shows `time` or a later one.
fn first_shown(zone: &TimeZone, time: DateTime) -> Moment {
    let with = |offset: jiff::tz::Offset| offset.to_timestamp(time).unwrap_or(Moment::MAX);
    match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => with(offset),
        AmbiguousOffset::Fold { before, .. } => with(before),
        // The later offset names a moment before the jump; the jump comes next.
        AmbiguousOffset::Gap { before, after } => zone
            .following(with(after))
            .next()
            .map_or_else(|| with(before), |jump| jump.timestamp()),
    }
}

fn moment(at: Timestamp) -> Moment {
    Moment::from_microsecond(at.0).unwrap_or(Moment::MAX)
}

/// `08:30`.
mod minute_of_day {
    use jiff::civil::Time;
    use serde::{Deserializer, Serializer};

    use super::typed::Typed;

    pub(super) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.strftime("%H:%M"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        from.deserialize_str(Typed {
            read: |text| Time::strptime("%H:%M", text).ok(),
            expected: "a time of day such as 08:30",
        })
    }
}

/// `2026-12-24T18:00`.
mod minute_of_date {
    use jiff::civil::DateTime;
    use serde::{Deserializer, Serializer};

    use super::typed::Typed;

    pub(super) fn serialize<S: Serializer>(
        at: &DateTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&at.strftime("%Y-%m-%dT%H:%M"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime, D::Error> {
        from.deserialize_str(Typed {
            read: |text| DateTime::strptime("%Y-%m-%dT%H:%M", text).ok(),
            expected: "a date and time such as 2026-12-24T18:00",
        })
    }
}

#[cfg(test)]
mod tests;

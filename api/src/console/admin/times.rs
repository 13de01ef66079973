//! Times of records, as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::cell::{Cell, Content};
use crate::console::language::Lang;

/// The day and minute of an RFC 3339 time, in a time zone of the IANA database; what is no time stays as it is.
#[must_use]
pub fn minute(at: &str, time_zone: &str, lang: Lang) -> String {
    let pattern = match lang {
        Lang::Fr => "%d/%m/%Y %H:%M",
        Lang::En => "%d %b %Y, %H:%M",
    };
    shown(at, time_zone, pattern)
}

/// The day of an RFC 3339 time, likewise.
#[must_use]
pub fn day(at: &str, time_zone: &str, lang: Lang) -> String {
    let pattern = match lang {
        Lang::Fr => "%d/%m/%Y",
        Lang::En => "%d %b %Y",
    };
    shown(at, time_zone, pattern)
}

fn shown(at: &str, time_zone: &str, pattern: &str) -> String {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    match at.parse::<Timestamp>() {
        Ok(time) => time.to_zoned(zone).strftime(pattern).to_string(),
        Err(_) => at.to_owned(),
    }
}

/// A civil time of a form (`2026-12-24T18:00`) in a time zone, as RFC 3339; `None` when it is none.
#[must_use]
pub fn instant(typed: &str, time_zone: &str) -> Option<String> {
    let civil: jiff::civil::DateTime = typed.parse().ok()?;
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let at = civil.to_zoned(zone).ok()?.timestamp();
    Some(at.to_string())
}

/// A cell that holds a time; empty for none.
#[must_use]
pub fn cell(at: &str, time_zone: &str, lang: Lang) -> Cell {
    if at.is_empty() {
        return Content::Nothing.into();
    }
    let text = minute(at, time_zone, lang);
    Content::Time {
        at: at.to_owned(),
        text,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_of_a_month_is_the_tenants_own() {
        let deadline = "2026-12-01T04:59:59.000000Z";
        assert_eq!(day(deadline, "America/New_York", Lang::Fr), "30/11/2026");
        assert_eq!(day(deadline, "Europe/Paris", Lang::En), "01 Dec 2026");
        assert_eq!(
            instant("2026-12-24T18:00", "Europe/Paris").as_deref(),
            Some("2026-12-24T17:00:00Z")
        );
        assert_eq!(instant("", "Europe/Paris"), None);
        assert_eq!(minute("soon", "Europe/Paris", Lang::En), "soon");
    }
}

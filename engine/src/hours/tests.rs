//! One table: who is open when, in zones whose clocks jump, repeat an hour, skip a day or change at midnight.

use super::*;

/// `mon 08:00-18:00, closed 2026-12-24T18:00..2026-12-27T00:00 Noël`
fn hours(text: &str) -> Hours {
    let mut hours = Hours::default();
    for part in text.split(", ").filter(|part| !part.is_empty()) {
        match part.strip_prefix("closed ") {
            Some(range) => hours.closed_dates.push(closed(range)),
            None => hours.open_days.extend(windows(part)),
        }
    }
    hours
}

fn windows(text: &str) -> Vec<OpenDay> {
    let (days, times) = text.split_once(' ').unwrap();
    let (from, to) = times.split_once('-').unwrap();
    let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let of = |name: &str| names.iter().position(|day| *day == name).unwrap();
    let (first, last) = days.split_once("..").unwrap_or((days, days));
    (of(first)..=of(last))
        .map(|day| OpenDay {
            day: ALL[day],
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        })
        .collect()
}

const ALL: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn closed(text: &str) -> ClosedDate {
    let (range, description) = text.split_once(' ').unwrap();
    let (from, to) = range.split_once("..").unwrap();
    ClosedDate {
        description: description.to_owned(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    }
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<Moment>().unwrap().as_microsecond())
}

fn said(openness: Openness<'_>) -> &str {
    match openness {
        Openness::Open => "open",
        Openness::Closed { because: None } => "closed",
        Openness::Closed {
            because: Some(date),
        } => &date.description,
    }
}

/// Zone, hours, then moments (in UTC or with their offset) with what holds at them.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const TABLE: &[Row] = &[
    (
        "Europe/Paris",
        "mon..fri 08:00-18:00",
        &[
            ("2026-01-05T06:59:59Z", "closed"),
            ("2026-01-05T07:00:00Z", "open"),
            ("2026-01-05T16:59:59Z", "open"),
            ("2026-01-05T17:00:00Z", "closed"),
            // In summer the same times of day are an hour earlier.
            ("2026-07-06T06:00:00Z", "open"),
            ("2026-07-06T16:00:00Z", "closed"),
            ("2026-01-10T11:00:00Z", "closed"),
        ],
    ),
    (
        "UTC",
        "mon 08:00-12:00, mon 14:00-18:00",
        &[
            ("2026-01-05T11:59:00Z", "open"),
            ("2026-01-05T12:00:00Z", "closed"),
            ("2026-01-05T14:00:00Z", "open"),
        ],
    ),
    // A window that crosses midnight belongs to the day on which it starts.
    (
        "Europe/Paris",
        "fri 22:00-06:00",
        &[
            ("2026-01-09T21:00:00Z", "open"),
            ("2026-01-10T04:59:00Z", "open"),
            ("2026-01-10T05:00:00Z", "closed"),
            ("2026-01-09T04:00:00Z", "closed"),
        ],
    ),
    // The same time twice is the whole day, from that time on.
    (
        "UTC",
        "sun 00:00-00:00, tue 09:00-09:00",
        &[
            ("2026-01-03T23:59:59Z", "closed"),
            ("2026-01-04T00:00:00Z", "open"),
            ("2026-01-04T23:59:59Z", "open"),
            ("2026-01-05T00:00:00Z", "closed"),
            ("2026-01-06T08:59:00Z", "closed"),
            ("2026-01-07T08:59:00Z", "open"),
            ("2026-01-07T09:00:00Z", "closed"),
        ],
    ),
    // Closed dates win over open days, with what they are called.
    (
        "Europe/Paris",
        "mon..sun 00:00-00:00, closed 2026-12-24T18:00..2026-12-27T00:00 Noël",
        &[
            ("2026-12-24T16:59:59Z", "open"),
            ("2026-12-24T17:00:00Z", "Noël"),
            ("2026-12-26T22:59:59Z", "Noël"),
            ("2026-12-26T23:00:00Z", "open"),
        ],
    ),
    // A closed date closes the second half of a night that began before it.
    (
        "Europe/Paris",
        "wed 22:00-06:00, closed 2026-01-01T00:00..2026-01-02T00:00 Nouvel an",
        &[
            ("2025-12-31T22:30:00Z", "open"),
            ("2025-12-31T23:00:00Z", "Nouvel an"),
        ],
    ),
    ("UTC", "", &[("2026-01-05T12:00:00Z", "closed")]),
    // 29 March 2026, 02:00 becomes 03:00 in Paris.
    (
        "Europe/Paris",
        "sun 02:30-10:00, sat 22:00-02:30",
        &[
            ("2026-03-29T00:59:59Z", "open"),
            // Neither a hole nor an overlap: one ends and the other begins with the jump.
            ("2026-03-29T01:00:00Z", "open"),
            ("2026-03-29T07:59:59Z", "open"),
            ("2026-03-29T08:00:00Z", "closed"),
        ],
    ),
    (
        "Europe/Paris",
        "sun 02:15-02:45",
        &[
            ("2026-03-29T00:59:59Z", "closed"),
            ("2026-03-29T01:00:00Z", "closed"),
            ("2026-03-29T01:30:00Z", "closed"),
        ],
    ),
    (
        "Europe/Paris",
        "sun 02:30-03:15",
        &[
            ("2026-03-29T01:00:00Z", "open"),
            ("2026-03-29T01:15:00Z", "closed"),
        ],
    ),
    // 25 October 2026, 03:00 becomes 02:00 in Paris: the hour is shown twice.
    (
        "Europe/Paris",
        "sun 02:15-02:45",
        &[
            ("2026-10-25T00:14:59Z", "closed"),
            ("2026-10-25T00:15:00Z", "open"),
            ("2026-10-25T00:45:00Z", "closed"),
            ("2026-10-25T01:30:00Z", "closed"),
        ],
    ),
    (
        "Europe/Paris",
        "sun 02:30-08:00",
        &[
            ("2026-10-25T00:29:59Z", "closed"),
            ("2026-10-25T00:30:00Z", "open"),
            // 02:10 for the second time: nobody goes home again.
            ("2026-10-25T01:10:00Z", "open"),
            ("2026-10-25T06:59:59Z", "open"),
            ("2026-10-25T07:00:00Z", "closed"),
        ],
    ),
    (
        "Europe/Paris",
        "sat 22:00-06:00",
        &[
            ("2026-10-24T20:00:00Z", "open"),
            ("2026-10-25T04:59:59Z", "open"),
            ("2026-10-25T05:00:00Z", "closed"),
        ],
    ),
    // New York, on the other side of the year's dates: 8 March and 1 November 2026.
    (
        "America/New_York",
        "mon..sun 09:00-17:00",
        &[
            ("2026-03-07T14:00:00Z", "open"),
            ("2026-03-08T13:00:00Z", "open"),
            ("2026-03-08T12:59:59Z", "closed"),
            ("2026-11-01T13:59:59Z", "closed"),
            ("2026-11-01T14:00:00Z", "open"),
        ],
    ),
    // Half an hour of summer time: 5 April 2026, 02:00 becomes 01:30 on Lord Howe Island.
    (
        "Australia/Lord_Howe",
        "sun 01:45-09:00",
        &[
            ("2026-04-04T14:45:00Z", "open"),
            ("2026-04-04T15:05:00Z", "open"),
            ("2026-04-04T22:29:59Z", "open"),
            ("2026-04-04T22:30:00Z", "closed"),
        ],
    ),
    // The clock jumps over midnight: in Beirut, 29 March 2026 begins at 01:00.
    (
        "Asia/Beirut",
        "sun 00:00-08:00",
        &[
            ("2026-03-28T21:59:59Z", "closed"),
            ("2026-03-28T22:00:00Z", "open"),
            ("2026-03-29T05:00:00Z", "closed"),
        ],
    ),
    // The clock goes back over midnight: in São Paulo, the last hour of 17 February 2018 came twice.
    (
        "America/Sao_Paulo",
        "sat 20:00-00:00, sun 00:00-01:00",
        &[
            ("2018-02-18T01:30:00Z", "open"),
            ("2018-02-18T02:30:00Z", "open"),
            ("2018-02-18T03:00:00Z", "open"),
            ("2018-02-18T04:00:00Z", "closed"),
        ],
    ),
    // A minute past midnight it went back to 23:01: Sunday's window had begun, and does not begin again.
    (
        "America/St_Johns",
        "sun 00:00-08:00",
        &[
            ("2010-11-07T02:29:59Z", "closed"),
            ("2010-11-07T02:30:00Z", "open"),
            ("2010-11-07T02:45:00Z", "open"),
            ("2010-11-07T11:29:59Z", "open"),
            ("2010-11-07T11:30:00Z", "closed"),
        ],
    ),
    // Samoa had no 30 December 2011.
    (
        "Pacific/Apia",
        "thu 20:00-04:00, fri 08:00-18:00, sat 08:00-18:00",
        &[
            ("2011-12-30T09:59:59Z", "open"),
            ("2011-12-30T10:00:00Z", "closed"),
            ("2011-12-30T17:59:59Z", "closed"),
            ("2011-12-30T18:00:00Z", "open"),
        ],
    ),
    // A fixed quarter of an hour off.
    (
        "Asia/Kathmandu",
        "mon..fri 10:00-17:00",
        &[
            ("2026-01-05T04:14:59Z", "closed"),
            ("2026-01-05T04:15:00Z", "open"),
        ],
    ),
];

#[test]
fn a_queue_is_open_when_a_clock_on_its_wall_says_so() {
    for (name, text, moments) in TABLE {
        let (zone, queue) = (zone(name), QueueHours::On(hours(text)));
        for (moment, expected) in *moments {
            let found = openness(&queue, None, &zone, at(moment));
            assert_eq!(said(found), *expected, "{name}, {text}, {moment}");
        }
    }
}

#[test]
fn a_queues_own_hours_go_before_the_tenants() {
    let (own, tenant) = (hours("mon 08:00-12:00"), hours("mon 14:00-18:00"));
    let (morning, afternoon) = (at("2026-01-05T09:00:00Z"), at("2026-01-05T15:00:00Z"));
    let is_open = |queue: &QueueHours, tenant: Option<&Hours>, now| {
        openness(queue, tenant, &TimeZone::UTC, now).is_open()
    };
    let table = [
        (QueueHours::On(own), Some(&tenant), true, false),
        (QueueHours::Off, Some(&tenant), true, true),
        (QueueHours::Inherit, Some(&tenant), false, true),
        (QueueHours::Inherit, None, true, true),
    ];
    for (queue, tenant, in_the_morning, in_the_afternoon) in table {
        assert_eq!(
            is_open(&queue, tenant, morning),
            in_the_morning,
            "{queue:?}"
        );
        assert_eq!(
            is_open(&queue, tenant, afternoon),
            in_the_afternoon,
            "{queue:?}"
        );
    }
}

#[test]
fn the_next_opening_is_the_first_moment_that_is_open() {
    let table = [
        (
            "UTC",
            "mon..fri 08:00-18:00",
            "2026-01-05T09:00:00Z",
            "2026-01-05T09:00:00Z",
        ),
        (
            "UTC",
            "mon..fri 08:00-18:00",
            "2026-01-05T07:00:00Z",
            "2026-01-05T08:00:00Z",
        ),
        (
            "UTC",
            "mon..fri 08:00-18:00",
            "2026-01-09T18:00:00Z",
            "2026-01-12T08:00:00Z",
        ),
        (
            "UTC",
            "mon 14:00-18:00, mon 08:00-12:00",
            "2026-01-05T12:30:00Z",
            "2026-01-05T14:00:00Z",
        ),
        // Open again in the middle of a window, where the closed date ends.
        (
            "UTC",
            "mon..sun 08:00-18:00, closed 2026-01-05T00:00..2026-01-06T13:00 x",
            "2026-01-05T09:00:00Z",
            "2026-01-06T13:00:00Z",
        ),
        // Two closed dates on end.
        (
            "UTC",
            "mon..sun 00:00-00:00, closed 2026-01-05T00:00..2026-01-06T00:00 x, closed 2026-01-06T00:00..2026-01-08T00:00 y",
            "2026-01-05T09:00:00Z",
            "2026-01-08T00:00:00Z",
        ),
        // A night that began before it was closed.
        (
            "Europe/Paris",
            "sat 22:00-06:00, closed 2026-01-10T00:00..2026-01-11T02:00 x",
            "2026-01-10T22:00:00Z",
            "2026-01-11T01:00:00Z",
        ),
        // It opens with the jump of the clock.
        (
            "Europe/Paris",
            "sun 02:30-10:00",
            "2026-03-28T12:00:00Z",
            "2026-03-29T01:00:00Z",
        ),
        (
            "Europe/Paris",
            "sun 02:15-02:45",
            "2026-03-28T12:00:00Z",
            "2026-04-05T00:15:00Z",
        ),
        (
            "America/New_York",
            "mon 09:00-17:00",
            "2026-10-27T12:00:00Z",
            "2026-11-02T14:00:00Z",
        ),
    ];
    for (name, text, now, expected) in table {
        let (zone, queue) = (zone(name), QueueHours::On(hours(text)));
        let found = opens_next(&queue, None, &zone, at(now));
        assert_eq!(found, Some(at(expected)), "{name}, {text}, {now}");
    }
}

#[test]
fn a_queue_that_never_opens_is_looked_at_for_a_bounded_time() {
    let now = at("2026-01-05T09:00:00Z");
    for text in [
        "",
        "mon..sun 00:00-00:00, closed 2026-01-01T00:00..2029-01-01T00:00 x",
    ] {
        let queue = QueueHours::On(hours(text));
        assert_eq!(
            opens_next(&queue, None, &TimeZone::UTC, now),
            None,
            "{text}"
        );
    }
}

#[test]
fn whoever_writes_outside_of_hours_can_be_told_why_and_until_when() {
    let queue = QueueHours::On(hours(
        "mon..fri 08:00-18:00, closed 2026-01-05T00:00..2026-01-06T00:00 Inventaire",
    ));
    let told = |now| outside_hours(&queue, None, &TimeZone::UTC, at(now));
    assert_eq!(told("2026-01-06T08:00:00Z"), None);
    assert_eq!(
        told("2026-01-05T09:00:00Z"),
        Some(OutsideHours {
            closed_date: Some("Inventaire".to_owned()),
            opens_at: Some(at("2026-01-06T08:00:00Z")),
        })
    );
    let weekend = told("2026-01-10T09:00:00Z").unwrap();
    assert_eq!(weekend.closed_date, None);
}

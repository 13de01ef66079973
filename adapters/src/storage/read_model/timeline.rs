//! The rows of one key in the timeline, found by their links.
//!
//! The timeline has no index by key: each row names the one before it, the table of keys names the newest, and every
//! [`MARK_EVERY`]th is marked. So the newest rows cost one look-up each, and any other place in a history costs at most
//! [`MARK_EVERY`] more.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use ecluse_engine::ids::KeyDigest;
use ecluse_engine::message::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::storage::projector::rows::MARK_EVERY;

/// A row of the timeline while it is read.
pub(super) struct Line<'r>(&'r Row<'r>);

impl Line<'_> {
    pub(super) fn seq(&self) -> rusqlite::Result<u64> {
        self.0.get(1)
    }

    pub(super) fn at(&self) -> rusqlite::Result<Timestamp> {
        self.0.get(2).map(Timestamp)
    }

    pub(super) fn kind(&self) -> rusqlite::Result<i64> {
        self.0.get(3)
    }

    pub(super) fn fingerprint(&self) -> rusqlite::Result<Option<[u8; 16]>> {
        self.0.get(4)
    }

    pub(super) fn body(&self) -> rusqlite::Result<&str> {
        Ok(self.0.get_ref(5)?.as_str()?)
    }
}

/// Which rows of a key: those with `from <= seq < below`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: u64,
    pub(super) below: u64,
}

impl Span {
    /// Numbers are stored as 63 bits.
    pub(super) const END: u64 = i64::MAX as u64;

    pub(super) const ALL: Self = Self {
        from: 0,
        below: Self::END,
    };

    pub(super) fn from(from: u64) -> Self {
        Self { from, ..Self::ALL }
    }
}

/// Shows `visit` the rows of a span, newest first, until it breaks off.
pub(super) fn newest_first(
    connection: &Connection,
    key: KeyDigest,
    span: Span,
    visit: impl FnMut(&Line<'_>) -> rusqlite::Result<ControlFlow<()>>,
) -> rusqlite::Result<()> {
    let start = if span.below >= Span::END {
        None
    } else {
        mark_at(connection, key, span.below.saturating_sub(1), 0)?
    };
    walk(connection, key, start, span, visit)
}

/// The newest `limit` of the rows that `pick` gives something for, oldest first.
pub(super) fn newest<T>(
    connection: &Connection,
    key: KeyDigest,
    span: Span,
    limit: usize,
    mut pick: impl FnMut(&Line<'_>) -> rusqlite::Result<Option<T>>,
) -> rusqlite::Result<Vec<T>> {
    let mut picked = Vec::new();
    if limit > 0 {
        newest_first(connection, key, span, |line| {
            picked.extend(pick(line)?);
            Ok(enough(picked.len() >= limit))
        })?;
    }
    picked.reverse();
    Ok(picked)
}

/// The oldest `limit` rows of a span, oldest first.
pub(super) fn oldest<T>(
    connection: &Connection,
    key: KeyDigest,
    span: Span,
    limit: usize,
    mut read: impl FnMut(&Line<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    // Between two marks are as many rows as their distance says, so that this mark has enough rows below it.
    let marks = (limit as u64).div_ceil(MARK_EVERY);
    let start = mark_at(connection, key, span.from, marks)?;
    let mut lowest = VecDeque::with_capacity(limit + 1);
    walk(connection, key, start, span, |line| {
        lowest.push_back(read(line)?);
        if lowest.len() > limit {
            lowest.pop_front();
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(lowest.into_iter().rev().collect())
}

fn enough(enough: bool) -> ControlFlow<()> {
    if enough {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

/// The row of the `skip`th mark at or above a number, if there are so many.
fn mark_at(
    connection: &Connection,
    key: KeyDigest,
    seq: u64,
    skip: u64,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT row FROM timeline_marks WHERE key = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1 OFFSET ?3")?
        .query_row(params![key.0, seq, skip], |row| row.get(0))
        .optional()
}

fn walk(
    connection: &Connection,
    key: KeyDigest,
    start: Option<i64>,
    span: Span,
    mut visit: impl FnMut(&Line<'_>) -> rusqlite::Result<ControlFlow<()>>,
) -> rusqlite::Result<()> {
    let mut next = match start {
        Some(row) => row,
        None => newest_row(connection, key)?,
    };
    let mut select = connection.prepare_cached(
        "SELECT previous, seq, at, kind, fingerprint, body FROM timeline WHERE id = ?1",
    )?;
    while next != 0 {
        let visited = select.query_row([next], |row| {
            next = row.get(0)?;
            let line = Line(row);
            let seq = line.seq()?;
            if seq < span.from {
                return Ok(ControlFlow::Break(()));
            }
            if seq >= span.below {
                return Ok(ControlFlow::Continue(()));
            }
            visit(&line)
        })?;
        if visited.is_break() {
            break;
        }
    }
    Ok(())
}

fn newest_row(connection: &Connection, key: KeyDigest) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT newest_row FROM keys WHERE key = ?1")?
        .query_row([key.0], |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: KeyDigest = KeyDigest([7; 16]);

    /// A store with two keys whose rows alternate; every third number of the key has no row.
    fn store(rows: u64) -> (Connection, Vec<u64>) {
        let store = Connection::open_in_memory().unwrap();
        store
            .execute_batch(include_str!("../migrations/store/0001_read_model.sql"))
            .unwrap();
        let mut seqs = Vec::new();
        for (key, shift) in [([7u8; 16], 0), ([8u8; 16], 1)] {
            let mut previous = 0;
            for count in 1..=rows {
                let (id, seq) = ((count * 2 + shift) as i64, count + count / 3);
                store
                    .execute(
                        "INSERT INTO timeline (id, previous, key, seq, at, kind, body) VALUES (?1, ?2, ?3, ?4, 0, 1, '')",
                        params![id, previous, key, seq],
                    )
                    .unwrap();
                if count.is_multiple_of(MARK_EVERY) {
                    store
                        .execute(
                            "INSERT INTO timeline_marks VALUES (?1, ?2, ?3)",
                            params![key, seq, id],
                        )
                        .unwrap();
                }
                if shift == 0 {
                    seqs.push(seq);
                }
                previous = id;
            }
            store
                .execute(
                    "INSERT INTO keys (key, next_seq, newest_row, row_count) VALUES (?1, ?2, ?3, ?4)",
                    params![key, rows * 2, previous, rows],
                )
                .unwrap();
        }
        (store, seqs)
    }

    #[test]
    fn every_part_of_a_history_is_what_sorting_it_says() {
        for rows in [0, 1, 63, 64, 65, 300] {
            let (store, all) = store(rows);
            for from in [0, 1, 2, 60, 64, 86, 120, 390, 500] {
                for below in [1, 2, 65, 100, 200, 401, Span::END] {
                    for limit in [0, 1, 5, 64, 130, 1_000] {
                        let span = Span { from, below };
                        let within: Vec<u64> = all
                            .iter()
                            .copied()
                            .filter(|seq| (from..below).contains(seq))
                            .collect();
                        let lowest = oldest(&store, KEY, span, limit, |line| line.seq()).unwrap();
                        assert_eq!(
                            lowest,
                            within[..limit.min(within.len())],
                            "{span:?} {limit}"
                        );
                        let highest =
                            newest(&store, KEY, span, limit, |line| line.seq().map(Some)).unwrap();
                        assert_eq!(
                            highest,
                            within[within.len().saturating_sub(limit)..],
                            "{span:?} {limit}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn an_old_page_of_a_long_history_costs_no_walk_through_all_of_it() {
        let (store, all) = store(2_000);
        let mut seen = 0;
        let below = all[500];
        newest_first(&store, KEY, Span { from: 0, below }, |_| {
            seen += 1;
            Ok(enough(seen == 10))
        })
        .unwrap();
        let mut steps = 0;
        let start = mark_at(&store, KEY, below - 1, 0).unwrap();
        walk(&store, KEY, start, Span::ALL, |line| {
            steps += 1;
            Ok(enough(line.seq()? < below))
        })
        .unwrap();
        assert_eq!(seen, 10);
        assert!(steps <= MARK_EVERY + 1, "{steps}");
    }
}

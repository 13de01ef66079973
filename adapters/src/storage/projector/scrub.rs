//! Takes what was erased out of the other files: a row that is gone from the store's pages is still in its WAL, and the
//! entry that said it is still in the journal.
//!
//! What must stay true: what is to be scrubbed is written in the transaction that erased it, so that a restart goes on with
//! it; nobody who reads or writes is waited for; and one scrub takes along what was erased up to then, because each empties
//! files that are good for speed.

use std::time::Duration;

use ecluse_engine::journal::Position;
use rusqlite::{Connection, params};
use tokio::time::Instant;

use super::super::journal::SegmentJournal;
use super::super::sqlite::BUSY_TIMEOUT;

/// Between a scrub and the next.
const PACE: Duration = Duration::from_secs(5);

/// Until the WAL is tried again that a reader holds.
const AGAIN: Duration = Duration::from_millis(100);

/// How long readers have to let go of the WAL. They may read on; the projector stands still meanwhile.
const PATIENCE: Duration = Duration::from_millis(10);

/// How far the files are scrubbed.
#[derive(Debug)]
pub(super) struct Scrub {
    /// Something was erased up to here.
    wanted: Position,
    /// The WAL holds nothing up to here, and the journal is asked to do the same.
    asked: Position,
    done: Position,
    not_before: Instant,
}

impl Scrub {
    /// As the process before left it.
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row("SELECT erased, scrubbed FROM checkpoint", [], |row| {
            let done = Position(row.get(1)?);
            Ok(Self {
                wanted: Position(row.get(0)?),
                asked: done,
                done,
                not_before: Instant::now(),
            })
        })
    }

    /// Something was erased by a transaction that ends here.
    pub(super) fn want(&mut self, position: Position) {
        self.wanted = position;
    }

    /// Does what can be done now. What is committed is up to `checkpoint`; true if all of that is in the store's own file
    /// since now.
    pub(super) fn step(
        &mut self,
        connection: &Connection,
        checkpoint: Position,
        journal: &SegmentJournal,
    ) -> rusqlite::Result<bool> {
        if self.asked > self.done {
            self.finish(connection, journal)?;
        } else if self.wanted > self.done && Instant::now() >= self.not_before {
            return self.begin(connection, checkpoint, journal);
        }
        Ok(false)
    }

    fn begin(
        &mut self,
        connection: &Connection,
        checkpoint: Position,
        journal: &SegmentJournal,
    ) -> rusqlite::Result<bool> {
        if !empty_wal(connection)? {
            self.not_before = Instant::now() + AGAIN;
            return Ok(false);
        }
        self.asked = self.wanted;
        journal.allow_trim(checkpoint);
        journal.forget(self.asked);
        Ok(true)
    }

    fn finish(
        &mut self,
        connection: &Connection,
        journal: &SegmentJournal,
    ) -> rusqlite::Result<()> {
        if journal.forgotten() < self.asked {
            return Ok(());
        }
        self.done = self.asked;
        self.not_before = Instant::now() + PACE;
        connection
            .execute("UPDATE checkpoint SET scrubbed = ?1", params![self.done.0])
            .map(|_| ())
    }
}

/// Copies the WAL into the store's file and cuts it to nothing, unless a reader holds it.
fn empty_wal(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(PATIENCE)?;
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        row.get(0).map(|busy: i64| busy == 0)
    });
    connection.busy_timeout(BUSY_TIMEOUT)?;
    emptied
}

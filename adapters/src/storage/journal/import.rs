//! The journal as it once was: a table in one SQLite file. It is read once, and written as segments.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ecluse_engine::journal::Position;
use rusqlite::Connection;

use super::appender::Appender;
use super::format::Record;
use super::{GROUP_BYTES_MAX, GROUP_MAX, JournalError};

/// Where an older version kept the journal that is now in `directory`.
pub(in crate::storage) fn older(directory: &Path) -> PathBuf {
    directory.with_extension("db")
}

/// Removes what an older version left, after it was imported.
pub(super) fn remove_older(directory: &Path) -> io::Result<()> {
    for extension in ["db", "db-wal", "db-shm"] {
        match fs::remove_file(directory.with_extension(extension)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Entries on their way from the table into a frame.
struct Group {
    first: Position,
    records: Vec<(u8, Vec<u8>)>,
    bytes: usize,
}

/// Writes the entries of an older version's table into a new `directory`.
///
/// # Errors
/// The table cannot be read or misses a position, or the directory cannot be written.
pub(in crate::storage) fn import(
    table: &Connection,
    directory: &Path,
    segment_bytes: u64,
) -> Result<(), JournalError> {
    let oldest: Option<u64> =
        table.query_row("SELECT min(position) FROM entries", [], |row| row.get(0))?;
    let first = Position(oldest.unwrap_or(1));
    let failed = JournalError::io(directory);
    let mut appender = Appender::create(directory, first, segment_bytes).map_err(&failed)?;
    let mut group = Group::after(first);
    let mut select =
        table.prepare("SELECT position, partition, body FROM entries ORDER BY position")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let next = group.first.0 + group.records.len() as u64;
        if row.get::<_, u64>(0)? != next {
            let what = format!("entry {next}");
            return Err(JournalError::damaged(&older(directory), &what));
        }
        group.add(row.get(1)?, row.get(2)?);
        if group.records.len() == GROUP_MAX || group.bytes >= GROUP_BYTES_MAX {
            group = group.write(&mut appender).map_err(&failed)?;
        }
    }
    group.write(&mut appender).map_err(failed)?;
    Ok(())
}

impl Group {
    fn after(first: Position) -> Self {
        Self {
            first,
            records: Vec::new(),
            bytes: 0,
        }
    }

    fn add(&mut self, partition: u8, body: Vec<u8>) {
        self.bytes += body.len();
        self.records.push((partition, body));
    }

    /// Writes it; the next one begins after it.
    fn write(self, appender: &mut Appender) -> io::Result<Self> {
        let records = self.records.iter().map(|(partition, body)| Record {
            partition: *partition,
            body,
        });
        if !self.records.is_empty() {
            appender.append(self.first, records, 0)?;
        }
        Ok(Self::after(Position(
            self.first.0 + self.records.len() as u64,
        )))
    }
}

//! Opening SQLite files the same way everywhere, and their migrations.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// A step from one version of a file to the next.
pub(super) type Migration = &'static str;

/// A file could not be opened or brought to this version.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot open {path}")]
    Open {
        path: String,
        #[source]
        source: rusqlite::Error,
    },
    #[error(
        "{path} was written by a newer version of Écluse (format {found}, this one knows {known}); use that version"
    )]
    Newer {
        path: String,
        found: usize,
        known: usize,
    },
    #[error("cannot bring {path} to format {to}")]
    Migrate {
        path: String,
        to: usize,
        #[source]
        source: rusqlite::Error,
    },
}

/// Opens a file for its one writer, creating or migrating it. A commit is on the disk after the next checkpoint, which the
/// writer asks for itself.
pub(super) fn open_writer(path: &Path, migrations: &[Migration]) -> Result<Connection, OpenError> {
    let opened = Connection::open(path).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    });
    let mut connection = opened.map_err(|source| OpenError::Open {
        path: path.display().to_string(),
        source,
    })?;
    migrate(&mut connection, path, migrations)?;
    Ok(connection)
}

/// Opens a file for reading.
pub(super) fn open_reader(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    });
    opened.map_err(|source| OpenError::Open {
        path: path.display().to_string(),
        source,
    })
}

/// How long whoever holds a file is waited for.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What is changed here and there costs fewer bytes in small pages.
const PAGE_BYTES: u32 = 4_096;

/// What the writer keeps of its file; what it reads again beyond that comes from the system's own cache.
const WRITER_CACHE_KIB: i64 = 24_576;

/// What each reader keeps.
const READER_CACHE_KIB: i64 = 2_048;

/// Whether there is no room on the disk.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[Migration],
) -> Result<(), OpenError> {
    let name = || path.display().to_string();
    let found: usize = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(|source| OpenError::Open {
            path: name(),
            source,
        })?;
    if found > migrations.len() {
        return Err(OpenError::Newer {
            path: name(),
            found,
            known: migrations.len(),
        });
    }
    for (to, migration) in (1..).zip(migrations).skip(found) {
        apply(connection, migration, to).map_err(|source| OpenError::Migrate {
            path: name(),
            to,
            source,
        })?;
    }
    Ok(())
}

fn apply(connection: &mut Connection, migration: Migration, to: usize) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(migration)?;
    transaction.pragma_update(None, "user_version", to)?;
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_file_is_migrated_and_a_newer_one_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file.db");
        let first: &[Migration] = &["CREATE TABLE a (x)"];
        let second: &[Migration] = &["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y DEFAULT 7"];
        open_writer(&path, first)
            .unwrap()
            .execute("INSERT INTO a (x) VALUES (1)", [])
            .unwrap();
        let migrated = open_writer(&path, second).unwrap();
        let y: i64 = migrated
            .query_row("SELECT y FROM a", [], |row| row.get(0))
            .unwrap();
        assert_eq!(y, 7);
        let refused = open_writer(&path, first).unwrap_err();
        assert!(
            matches!(
                refused,
                OpenError::Newer {
                    found: 2,
                    known: 1,
                    ..
                }
            ),
            "{refused}"
        );
    }
}

//! A copy of a data directory that is consistent over all its files, taken while everything runs; and the way back.
//!
//! What must stay true:
//! - the journal's copy reaches from below the store's checkpoint to above it. The store is read in one transaction that
//!   stays open until the journal is copied; while it is open no `wal_checkpoint` of the store can reach beyond what it
//!   sees, and only what a complete one has reached is trimmed. So nothing that the copied store still needs can go, however
//!   long it takes;
//! - the configuration is copied last, so that it knows every channel that the journal speaks of;
//! - a copy bears its files' names only after it was checked page by page and row by row;
//! - nothing is written over: the target is new or empty.

mod inspection;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecluse_engine::journal::Position;
use ecluse_engine::limits::Limits;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

pub use self::inspection::{Finding, Inspection, Scope, inspect};
use super::config_db::CONFIG_DB_FILE;
use super::data_dir::{DataDir, DataDirError, JOURNAL_DIR};
use super::journal::{self, JournalError};
use crate::secrets::MASTER_KEY_FILE;

const STORE: &str = "store.db";

/// Where the copy grows until it is known to be sound.
const STAGING: &str = ".incomplete";

/// What an empty data directory or a new disk may hold.
const NOTHING: [&str; 2] = ["lock", "lost+found"];

/// A backup could not be made, or not be brought back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no data in {}: {file} is missing", path.display())]
    Missing { path: PathBuf, file: &'static str },
    #[error("{} is not empty: name a directory that is new or empty", path.display())]
    NotEmpty { path: PathBuf },
    #[error(transparent)]
    InUse(#[from] DataDirError),
    #[error("{} cannot be used", path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{file} cannot be copied")]
    Copy {
        file: &'static str,
        #[source]
        source: rusqlite::Error,
    },
    #[error("the journal cannot be copied")]
    Journal(#[from] JournalError),
    #[error("what is in {} is not sound: {}", path.display(), listed(findings))]
    Unsound {
        path: PathBuf,
        findings: Vec<Finding>,
    },
}

fn listed(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(Finding::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// What was copied, and checked.
#[derive(Debug)]
pub struct Copied {
    pub inspection: Inspection,
    /// The size of the copy.
    pub bytes: u64,
    /// Whether the master key was in the directory and is in the copy.
    pub master_key: bool,
}

/// Copies the data directory `from`, which a node may be using, to the directory `to`, which is new or empty.
///
/// # Errors
/// Why there is no copy; nothing but an empty directory is left of the attempt.
pub fn back_up(from: &Path, to: &Path) -> Result<Copied, BackupError> {
    copy(from, to, Access::Shared, |_| Ok(()))
}

/// Brings the backup `from` back as the data directory `to`, which is new or empty and used by nobody.
///
/// # Errors
/// Why there is no data directory; nothing but an empty directory is left of the attempt.
pub fn restore(from: &Path, to: &Path) -> Result<Copied, BackupError> {
    refuse_incomplete(from)?;
    refuse_not_empty(to)?;
    let held = DataDir::take(to)?;
    copy(from, held.path(), Access::AtRest, renew_epoch)
}

fn copy(
    from: &Path,
    to: &Path,
    access: Access,
    finish: impl FnOnce(&Path) -> Result<(), BackupError>,
) -> Result<Copied, BackupError> {
    refuse_incomplete(from)?;
    refuse_not_empty(to)?;
    let staging = to.join(STAGING);
    create_private_dir(&staging)?;
    let copied = fill(from, &staging, access).and_then(|copied| {
        finish(&staging)?;
        move_out(&staging, to)?;
        Ok(copied)
    });
    let removed = fs::remove_dir_all(&staging);
    if copied.is_ok() {
        removed.map_err(failed(&staging))?;
        sync_dir(to)?;
    }
    copied
}

fn fill(from: &Path, staging: &Path, access: Access) -> Result<Copied, BackupError> {
    copy_databases(from, staging, access)?;
    let master_key = copy_master_key(from, staging)?;
    let inspection = inspect(staging, Scope::Pages);
    if !inspection.findings.is_empty() {
        let path = from.to_owned();
        return Err(BackupError::Unsound {
            path,
            findings: inspection.findings,
        });
    }
    sync_dir(staging)?;
    Ok(Copied {
        inspection,
        bytes: size(staging)?,
        master_key,
    })
}

fn copy_databases(from: &Path, staging: &Path, access: Access) -> Result<(), BackupError> {
    let of = |file| move |source| BackupError::Copy { file, source };
    let open = |file| access.open(&from.join(file)).map_err(of(file));
    let store = open(STORE)?;
    let pinned = store.unchecked_transaction().map_err(of(STORE))?;
    // A transaction begins with its first read; the copy is then of the same state.
    let read = pinned.query_row("SELECT position FROM checkpoint", [], |row| row.get(0));
    let checkpoint = Position(read.map_err(of(STORE))?);
    copy_database(&pinned, &staging.join(STORE)).map_err(of(STORE))?;
    copy_journal(from, staging, checkpoint, access)?;
    pinned.finish().map_err(of(STORE))?;
    copy_database(&open(CONFIG_DB_FILE)?, &staging.join(CONFIG_DB_FILE)).map_err(of(CONFIG_DB_FILE))
}

/// Copies what the store's copy still needs of the journal, and the newest entry.
fn copy_journal(
    from: &Path,
    staging: &Path,
    checkpoint: Position,
    access: Access,
) -> Result<(), BackupError> {
    let (journal, copy) = (from.join(JOURNAL_DIR), staging.join(JOURNAL_DIR));
    if journal.is_dir() {
        return Ok(journal::copy(&journal, &copy, checkpoint)?);
    }
    let older = access
        .open(&journal::older(&journal))
        .map_err(JournalError::from)?;
    let segment_bytes = Limits::default().journal_segment_bytes;
    Ok(journal::import(&older, &copy, segment_bytes)?)
}

/// Gives the data another identity. What was committed after the backup is gone and its positions are given anew, so a desk or
/// a widget that has seen them must load everything again rather than go on from its offset.
fn renew_epoch(staging: &Path) -> Result<(), BackupError> {
    let renewed = || {
        let config = Connection::open(staging.join(CONFIG_DB_FILE))?;
        config.execute("UPDATE meta SET epoch = randomblob(16)", ())?;
        config.close().map_err(|(_, error)| error)
    };
    renewed().map_err(|source| BackupError::Copy {
        file: CONFIG_DB_FILE,
        source,
    })
}

/// Copies in one step, because a copy in several begins anew whenever the node writes between two of them.
fn copy_database(from: &Connection, to: &Path) -> rusqlite::Result<()> {
    let mut target = Connection::open(to)?;
    let copy = Backup::new(from, &mut target)?;
    for _ in 0..BUSY_TRIES {
        match copy.step(-1)? {
            StepResult::Done => return Ok(()),
            // Somebody recovers the file after a crash, which takes a moment.
            _ => super::faults::pause(Duration::from_millis(100)),
        }
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    Err(rusqlite::Error::SqliteFailure(busy, None))
}

const BUSY_TRIES: u32 = 100;

/// Copies the key with the mode that it must have; it opens every secret of the configuration.
fn copy_master_key(from: &Path, staging: &Path) -> Result<bool, BackupError> {
    let (key, copy) = (from.join(MASTER_KEY_FILE), staging.join(MASTER_KEY_FILE));
    let text = match fs::read(&key) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(BackupError::Io { path: key, source }),
    };
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&copy)
        .map_err(failed(&copy))?;
    io::Write::write_all(&mut file, &text)
        .and_then(|()| file.sync_all())
        .map_err(failed(&copy))?;
    Ok(true)
}

/// The journal first: a store without its journal would look complete.
fn move_out(staging: &Path, to: &Path) -> Result<(), BackupError> {
    for name in [MASTER_KEY_FILE, JOURNAL_DIR, STORE, CONFIG_DB_FILE] {
        let path = staging.join(name);
        if path.exists() {
            let mode = if path.is_dir() { 0o700 } else { 0o600 };
            fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(failed(&path))?;
            fs::rename(&path, to.join(name)).map_err(failed(&path))?;
        }
    }
    Ok(())
}

fn refuse_incomplete(dir: &Path) -> Result<(), BackupError> {
    let journal = dir.join(JOURNAL_DIR);
    let there = [
        (STORE, dir.join(STORE).is_file()),
        (
            JOURNAL_DIR,
            journal.is_dir() || journal::older(&journal).is_file(),
        ),
        (CONFIG_DB_FILE, dir.join(CONFIG_DB_FILE).is_file()),
    ];
    match there.into_iter().find(|(_, is_there)| !is_there) {
        Some((file, _)) => Err(BackupError::Missing {
            path: dir.to_owned(),
            file,
        }),
        None => Ok(()),
    }
}

fn refuse_not_empty(dir: &Path) -> Result<(), BackupError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(BackupError::Io {
                path: dir.to_owned(),
                source,
            });
        }
    };
    for entry in entries {
        let name = entry.map_err(failed(dir))?.file_name();
        if !NOTHING.iter().any(|nothing| name == *nothing) {
            return Err(BackupError::NotEmpty {
                path: dir.to_owned(),
            });
        }
    }
    Ok(())
}

fn create_private_dir(path: &Path) -> Result<(), BackupError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed(path))
}

fn sync_dir(path: &Path) -> Result<(), BackupError> {
    File::open(path)
        .and_then(|dir| dir.sync_all())
        .map_err(failed(path))
}

fn size(dir: &Path) -> Result<u64, BackupError> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir).map_err(failed(dir))? {
        let path = entry.map_err(failed(dir))?.path();
        bytes += match fs::metadata(&path).map_err(failed(&path))? {
            found if found.is_dir() => size(&path)?,
            found => found.len(),
        };
    }
    Ok(bytes)
}

fn failed(path: &Path) -> impl Fn(io::Error) -> BackupError + '_ {
    |source| BackupError::Io {
        path: path.to_owned(),
        source,
    }
}

/// Who else may have the files open.
#[derive(Clone, Copy, Debug)]
enum Access {
    /// A node, perhaps.
    Shared,
    /// Nobody. The files may be on a disk that cannot be written.
    AtRest,
}

impl Access {
    fn open(self, path: &Path) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let connection = match self {
            Self::AtRest if !has_wal(path) => Connection::open_with_flags(at_rest(path), flags)?,
            Self::AtRest | Self::Shared => Connection::open_with_flags(path, flags)?,
        };
        connection.busy_timeout(Duration::from_secs(10))?;
        Ok(connection)
    }
}

/// SQLite removes the side file when its last user closes the database properly.
fn has_wal(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    Path::new(&wal).exists()
}

/// A URI that lets SQLite read the file without locks or side files (sqlite.org/uri.html, `immutable`).
fn at_rest(path: &Path) -> String {
    let path = path.to_string_lossy();
    let escaped = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{escaped}?immutable=1")
}

//! The data directory: what is in it, and that only one process has it.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// The journal's directory in the data directory.
pub const JOURNAL_DIR: &str = "journal";
/// The store's file in the data directory.
pub const STORE_FILE: &str = "store.db";

/// The directory could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error("cannot create or open {path}")]
    Io {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "{path} is in use by another Écluse process ({holder}); stop it first, or give this one its own --data-dir"
    )]
    InUse { path: String, holder: String },
}

/// A data directory that this process holds until it ends.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the directory if need be, and locks it for this process.
    ///
    /// # Errors
    /// It cannot be created, or another process holds it.
    pub fn take(path: &Path) -> Result<Self, DataDirError> {
        let lock_path = path.join("lock");
        let io = |source| DataDirError::Io {
            path: path.display().to_string(),
            source,
        };
        fs::create_dir_all(path).map_err(io)?;
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(io)?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            let mut holder = String::new();
            let _ = lock.read_to_string(&mut holder);
            return Err(DataDirError::InUse {
                path: path.display().to_string(),
                holder: holder.trim().to_owned(),
            });
        }
        lock.set_len(0).and_then(|()| lock.rewind()).map_err(io)?;
        writeln!(lock, "process {}", std::process::id()).map_err(io)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal's directory.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.path.join(JOURNAL_DIR)
    }

    /// The store's file.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.path.join(STORE_FILE)
    }

    /// The configuration's file.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path.join("config.db")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_refused_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let held = DataDir::take(directory.path()).unwrap();
        let refused = DataDir::take(directory.path()).unwrap_err().to_string();
        assert!(
            refused.contains(&format!("process {}", std::process::id())),
            "{refused}"
        );
        drop(held);
        DataDir::take(directory.path()).unwrap();
    }
}

//! The demonstration's directory: a data directory with a marker, beside which the stand-in keeps its ledger.
//!
//! What must stay true: a directory without the marker is somebody else's. Nothing is written into it and nothing in it is
//! deleted, because a demonstration signs people in with a password that everybody knows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ecluse_adapters::storage::data_dir::DataDir;
use ecluse_engine::ids::ChannelId;
use serde::{Deserialize, Serialize};

const MARKER: &str = "ecluse-demo.json";
const LOCK: &str = "lock";
const ABOUT: &str = "A demonstration of Écluse. `ecluse demo --fresh` empties this directory.";

/// The channels that the first start created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Channels {
    pub(super) whatsapp: ChannelId,
    pub(super) live_chat: ChannelId,
}

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    about: String,
    /// `None` until the first start has created everything.
    channels: Option<Channels>,
}

/// A directory that belongs to a demonstration, and that no other process is using.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
}

impl Place {
    /// Creates the directory, or finds an earlier demonstration in it.
    ///
    /// # Errors
    /// The directory holds something else, is in use, or cannot be written.
    pub(super) fn claim(path: &Path) -> anyhow::Result<Self> {
        let place = Self {
            path: path.to_owned(),
        };
        if is_empty(path)? {
            fs::create_dir_all(path)
                .with_context(|| format!("{} cannot be created", path.display()))?;
            place.mark(None)?;
        }
        anyhow::ensure!(
            path.join(MARKER).is_file(),
            "{0} n’est pas le dossier d’une démonstration ; rien n’y a été touché. Choisissez-en un autre avec --data-dir.\n\
             {0} is not a demonstration's directory; nothing in it was touched. Choose another one with --data-dir.",
            path.display()
        );
        DataDir::take(path)?;
        Ok(place)
    }

    /// Empties the directory. What is cut short here can be repeated: the marker stays.
    ///
    /// # Errors
    /// Something cannot be deleted.
    pub(super) fn empty(&self) -> anyhow::Result<()> {
        let held = DataDir::take(&self.path)?;
        self.mark(None)?;
        for entry in fs::read_dir(held.path())? {
            let entry = entry?;
            if entry.file_name() == MARKER || entry.file_name() == LOCK {
                continue;
            }
            let deleted = match entry.file_type()?.is_dir() {
                true => fs::remove_dir_all(entry.path()),
                false => fs::remove_file(entry.path()),
            };
            deleted.with_context(|| format!("{} cannot be deleted", entry.path().display()))?;
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the stand-in keeps what it knows.
    pub(super) fn stand_in(&self) -> PathBuf {
        self.path.join("stand-in")
    }

    /// The channels, if an earlier start has created them.
    ///
    /// # Errors
    /// The marker cannot be read.
    pub(super) fn channels(&self) -> anyhow::Result<Option<Channels>> {
        let path = self.path.join(MARKER);
        let unreadable = || format!("{} cannot be read", path.display());
        let text = fs::read_to_string(&path).with_context(unreadable)?;
        let marker: Marker = serde_json::from_str(&text).with_context(unreadable)?;
        Ok(marker.channels)
    }

    /// Remembers that everything has been created.
    ///
    /// # Errors
    /// The marker cannot be written.
    pub(super) fn remember(&self, channels: Channels) -> anyhow::Result<()> {
        self.mark(Some(channels))
    }

    fn mark(&self, channels: Option<Channels>) -> anyhow::Result<()> {
        let about = ABOUT.to_owned();
        let text = serde_json::to_vec_pretty(&Marker { about, channels })?;
        replace(&self.path.join(MARKER), &text)
            .with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

/// Writes a file as a whole: a process that is killed meanwhile leaves the old one.
///
/// # Errors
/// It cannot be written.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, bytes)?;
    fs::rename(new, path)
}

/// Whether there is nothing in the directory, or no directory.
fn is_empty(path: &Path) -> anyhow::Result<bool> {
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channels() -> Channels {
        Channels {
            whatsapp: ChannelId(uuid::Uuid::from_u128(1)),
            live_chat: ChannelId(uuid::Uuid::from_u128(2)),
        }
    }

    #[test]
    fn a_directory_of_somebody_else_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("journal.db");
        fs::write(&file, "precious").unwrap();
        let refused = Place::claim(directory.path()).unwrap_err().to_string();
        assert!(refused.contains("nothing in it was touched"), "{refused}");
        assert_eq!(fs::read_to_string(file).unwrap(), "precious");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_demonstration_in_use_is_not_emptied() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("demo");
        let place = Place::claim(&path).unwrap();
        fs::write(path.join("store.db"), "in use").unwrap();
        let held = DataDir::take(&path).unwrap();
        assert!(Place::claim(&path).is_err());
        assert!(place.empty().is_err());
        assert!(path.join("store.db").exists());
        drop(held);
        assert!(Place::claim(&path).is_ok());
    }

    #[test]
    fn an_emptied_demonstration_begins_anew_and_is_still_one() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::claim(&directory.path().join("demo")).unwrap();
        assert_eq!(place.channels().unwrap(), None);
        place.remember(channels()).unwrap();
        fs::create_dir(place.stand_in()).unwrap();
        fs::write(place.stand_in().join("x"), "x").unwrap();
        fs::write(place.path().join("store.db"), "x").unwrap();

        let place = Place::claim(place.path()).unwrap();
        assert_eq!(place.channels().unwrap(), Some(channels()));
        place.empty().unwrap();
        assert_eq!(place.channels().unwrap(), None);
        let mut left: Vec<_> = fs::read_dir(place.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, [MARKER, LOCK]);
        Place::claim(place.path()).unwrap();
    }
}

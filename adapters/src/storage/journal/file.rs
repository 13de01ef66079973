//! A file of the journal, whether a segment or one to come.
//!
//! What must stay true: whoever writes holds open all that a change of segments needs, because a node that has run out of
//! descriptors must go on committing.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Once;

use rustix::fs::{FallocateFlags, OFlags, fallocate, fcntl_getfl, fcntl_setfl};
use rustix::io::{Errno, retry_on_intr};

/// An open file.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    /// Reads through the system's cache.
    reader: File,
    /// Writes around it where that can be. `None` where this process has not written.
    writer: Option<File>,
}

impl JournalFile {
    /// # Errors
    /// It is not there, or cannot be opened.
    pub(super) fn to_read(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            reader: File::open(path)?,
            writer: None,
        })
    }

    /// Makes a file with room for `bytes` on the disk.
    ///
    /// # Errors
    /// There is no room, or it cannot be made; nothing is left of it.
    pub(super) fn create(path: &Path, bytes: u64) -> io::Result<Self> {
        let created = open(path, true).and_then(|writer| {
            reserve(&writer, bytes)?;
            let file = Self::to_read(path)?;
            Ok(Self {
                writer: Some(writer),
                ..file
            })
        });
        if created.is_err() {
            let _ = fs::remove_file(path);
        }
        created
    }

    /// Opens it for writing, if it is not.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn make_writable(&mut self) -> io::Result<()> {
        if self.writer.is_none() {
            self.writer = Some(open(&self.path, false)?);
        }
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.reader.metadata()?.len())
    }

    /// Takes what lies beyond `bytes` away.
    ///
    /// # Errors
    /// It cannot be changed, or is not open for writing.
    pub(super) fn cut(&self, bytes: u64) -> io::Result<()> {
        self.writer()?.set_len(bytes)
    }

    /// Takes all that is in it away, durably, and gives it room for `bytes` again.
    ///
    /// # Errors
    /// There is no room, or it cannot be changed or is not open for writing.
    pub(super) fn empty(&self, bytes: u64) -> io::Result<()> {
        let writer = self.writer()?;
        writer.set_len(0)?;
        reserve(writer, bytes)?;
        writer.sync_all()
    }

    /// # Errors
    /// The directory cannot be changed; the file has its old name.
    pub(super) fn rename(&mut self, path: PathBuf) -> io::Result<()> {
        fs::rename(&self.path, &path)?;
        self.path = path;
        Ok(())
    }

    /// Writes whole blocks from memory that begins on a block's boundary.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn write(&self, blocks: &[u8], at: u64) -> io::Result<()> {
        write(self.writer()?, blocks, at)
    }

    pub(super) fn sync_data(&self) -> io::Result<()> {
        self.writer()?.sync_data()
    }

    pub(super) fn sync_all(&self) -> io::Result<()> {
        self.writer()?.sync_all()
    }

    fn writer(&self) -> io::Result<&File> {
        let writer = self.writer.as_ref();
        writer.ok_or_else(|| io::Error::other("the file is not open for writing"))
    }

    /// Up to `length` bytes; fewer only at the end of the file.
    pub(super) fn read_up_to(&self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        let there = self.length()?.saturating_sub(at).min(length);
        let mut bytes = vec![0; usize::try_from(there).map_err(io::Error::other)?];
        let mut filled = 0;
        while filled < bytes.len() {
            match self
                .reader
                .read_at(&mut bytes[filled..], at + filled as u64)
            {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }
}

/// Opens a file for writing, around the cache if its file system can do that.
fn open(path: &Path, create: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let options = options.write(true).create(create).truncate(false);
    let file = options.mode(0o600).open(path)?;
    match set_direct(&file, true) {
        Ok(()) | Err(Errno::INVAL) => Ok(file),
        Err(error) => Err(error.into()),
    }
}

fn set_direct(file: &File, is_direct: bool) -> Result<(), Errno> {
    let mut flags = fcntl_getfl(file)?;
    flags.set(OFlags::DIRECT, is_direct);
    fcntl_setfl(file, flags)
}

static WITHOUT_DIRECT: Once = Once::new();

/// Some file systems take the flag and then refuse the write (open(2), `O_DIRECT`): there it goes through the cache.
fn write(file: &File, blocks: &[u8], at: u64) -> io::Result<()> {
    let written = file.write_all_at(blocks, at);
    match &written {
        Err(error) if Errno::from_io_error(error) == Some(Errno::INVAL) => {
            WITHOUT_DIRECT.call_once(|| {
                tracing::warn!("this file system takes no direct writes: the journal is written through the cache");
            });
            set_direct(file, false)?;
            file.write_all_at(blocks, at)
        }
        _ => written,
    }
}

/// Gives a file its room on the disk. Not every file system can reserve it; there a full disk is met by a write instead.
fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    match retry_on_intr(|| fallocate(file, FallocateFlags::empty(), 0, bytes)) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => file.set_len(bytes),
        reserved => reserved.map_err(io::Error::from),
    }
}

pub(super) fn sync_dir(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::journal::format::BLOCK;

    #[test]
    fn what_cannot_be_written_around_the_cache_goes_through_it() {
        let place = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let file = open(&place.path().join("segment"), true).unwrap();
        let is_direct = || fcntl_getfl(&file).unwrap().contains(OFlags::DIRECT);
        if !is_direct() {
            eprintln!("this file system has no O_DIRECT; its refusal cannot be seen here");
            return;
        }
        let memory = vec![7; 2 * BLOCK];
        let odd = memory.as_ptr().align_offset(BLOCK) + 1;
        // The kernel refuses memory that begins nowhere near a block with the error of a file system without it.
        write(&file, &memory[odd..odd + 100], 0).unwrap();
        assert!(!is_direct());
        assert_eq!(fs::read(place.path().join("segment")).unwrap(), [7; 100]);
    }
}

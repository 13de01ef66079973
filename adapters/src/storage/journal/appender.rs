//! Writing the journal's files: frames at the end of the newest segment, trimmed segments used again.
//!
//! What must stay true:
//! - a frame is durable before it is shown to a reader, and before the next one is written;
//! - writes go around the system's cache where the file system allows it (`O_DIRECT`, open(2)): the cache would write them
//!   together with the store's pages, and an fsync would wait for those;
//! - a segment that is used again keeps its blocks, so that a sync has no change of the file's shape to wait for;
//! - a file bears a segment's name only when its header is durable, and a frame is written into it only when its name is;
//! - there are two files at least, so that a full disk cannot stop the journal for good: one is trimmed while the other
//!   is written.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecluse_engine::journal::Position;
use rustix::fs::{FallocateFlags, OFlags, fallocate};
use rustix::io::{Errno, retry_on_intr};

use super::format::{BLOCK, Record, frame_bytes, put_frame, put_header};
use super::is_full;
use super::segment::{Segment, name};
use super::segments::Segments;

/// Trimmed segments that are kept for use again; more are removed.
const SPARES_MAX: usize = 4;

/// Writes frames and begins segments.
#[derive(Debug)]
pub(super) struct Appender {
    directory: PathBuf,
    segments: Arc<Segments>,
    file: File,
    spares: Vec<PathBuf>,
    spares_named: u64,
    buffer: Buffer,
    segment_bytes: u64,
}

impl Appender {
    /// A new journal in a directory that is made for it, beginning with `first`.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn create(
        directory: &Path,
        first: Position,
        segment_bytes: u64,
    ) -> io::Result<Self> {
        DirBuilder::new().mode(0o700).create(directory)?;
        let mut buffer = Buffer::default();
        let path = directory.join(name(first));
        reserve(&open(&path, true)?, segment_bytes)?;
        let file = begin(&path, first, &mut buffer)?;
        let segment = Segment::begun(path.clone(), File::open(&path)?, first);
        let list = VecDeque::from([Arc::new(segment)]);
        let mut appender = Self {
            directory: directory.to_owned(),
            segments: Arc::new(Segments { list: list.into() }),
            file,
            spares: Vec::new(),
            spares_named: 0,
            buffer,
            segment_bytes,
        };
        appender.add_spare()?;
        Ok(appender)
    }

    /// Goes on with the newest segment of a directory that was gone through. Files that are not among its segments are
    /// kept for use again.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub(super) fn resume(
        directory: &Path,
        segments: Segments,
        leftover: Vec<PathBuf>,
        segment_bytes: u64,
    ) -> io::Result<Self> {
        let newest = segments.list.read().back().map(Arc::clone);
        let newest = newest.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let file = open(&newest.path, false)?;
        // The process before may have ended between a write or a name and its sync; what is built on them must not.
        file.sync_all()?;
        sync_dir(directory)?;
        let mut appender = Self {
            directory: directory.to_owned(),
            segments: Arc::new(segments),
            file,
            spares: Vec::new(),
            spares_named: 0,
            buffer: Buffer::default(),
            segment_bytes,
        };
        for path in spares_in(directory)?.into_iter().chain(leftover) {
            appender.keep_or_remove(&path)?;
        }
        if appender.spares.is_empty() {
            match appender.add_spare() {
                // What is trimmed makes room.
                Err(error) if is_full(&error) => tracing::warn!("the disk is full"),
                added => added?,
            }
        }
        Ok(appender)
    }

    pub(super) fn segments(&self) -> &Arc<Segments> {
        &self.segments
    }

    /// Makes the records durable, beginning at `first`. After an error nothing of them is in the journal, and they can be
    /// handed in again. `bytes_max` is what the journal may take; 0 is no limit.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn append<'a>(
        &mut self,
        first: Position,
        records: impl Iterator<Item = Record<'a>> + Clone,
        bytes_max: u64,
    ) -> io::Result<()> {
        let length = frame_bytes(records.clone());
        let count = u32::try_from(records.clone().count()).map_err(io::Error::other)?;
        let mut segment = self.newest();
        let is_begun = segment.end() > BLOCK as u64;
        if is_begun && segment.end() + length as u64 > self.segment_bytes {
            self.begin_segment(first, bytes_max)?;
            segment = self.newest();
        }
        let frame = self.buffer.of(length);
        put_frame(frame, first, records);
        self.file.write_all_at(frame, segment.end())?;
        self.file.sync_data()?;
        segment.show(count, length as u64);
        Ok(())
    }

    fn newest(&self) -> Arc<Segment> {
        let list = self.segments.list.read();
        Arc::clone(list.back().expect("a journal has a segment"))
    }

    fn begin_segment(&mut self, first: Position, bytes_max: u64) -> io::Result<()> {
        let taken = self.segments.list.read().len() as u64 * self.segment_bytes;
        if bytes_max > 0 && taken + self.segment_bytes > bytes_max {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if self.spares.is_empty() {
            self.add_spare()?;
        }
        let spare = self.spares.last().expect("there is one now").clone();
        let file = begin(&spare, first, &mut self.buffer)?;
        let path = self.directory.join(name(first));
        fs::rename(&spare, &path)?;
        self.spares.pop();
        sync_dir(&self.directory)?;
        let segment = Segment::begun(path.clone(), File::open(&path)?, first);
        self.file = file;
        self.segments.list.write().push_back(Arc::new(segment));
        Ok(())
    }

    fn add_spare(&mut self) -> io::Result<()> {
        let path = self.spare_path();
        if let Err(error) = open(&path, true).and_then(|file| reserve(&file, self.segment_bytes)) {
            let _ = fs::remove_file(&path);
            return Err(error);
        }
        self.spares.push(path);
        Ok(())
    }

    fn spare_path(&mut self) -> PathBuf {
        loop {
            let path = self.directory.join(format!("{SPARE}{}", self.spares_named));
            self.spares_named += 1;
            if !path.exists() {
                return path;
            }
        }
    }

    /// Lets go of the segments whose entries are all at or below `to`. The newest segment stays, and so does the newest
    /// entry, wherever it is.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub(super) fn trim(&mut self, to: Position) -> io::Result<()> {
        while let Some(segment) = self.take_trimmed(to) {
            let is_read = Arc::strong_count(&segment) > 1;
            if is_read {
                fs::remove_file(&segment.path)?;
            } else {
                self.keep_or_remove(&segment.path)?;
            }
        }
        Ok(())
    }

    fn take_trimmed(&self, to: Position) -> Option<Arc<Segment>> {
        let mut list = self.segments.list.write();
        let after = list.get(1)?;
        let is_trimmed = after.first.0 <= to.0 + 1 && after.next() > after.first;
        is_trimmed.then(|| list.pop_front()).flatten()
    }

    /// A file of the right size is kept for use again if there is not enough of them.
    fn keep_or_remove(&mut self, path: &Path) -> io::Result<()> {
        let is_right = fs::metadata(path)?.len() == self.segment_bytes;
        if !is_right || self.spares.len() == SPARES_MAX {
            return fs::remove_file(path);
        }
        let spare = self.spare_path();
        match fs::rename(path, &spare) {
            Ok(()) => self.spares.push(spare),
            // A directory may need room for a name; removing gives some.
            Err(error) if is_full(&error) => fs::remove_file(path)?,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

const SPARE: &str = "spare-";

fn spares_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        if name.to_string_lossy().starts_with(SPARE) {
            found.push(directory.join(name));
        }
    }
    Ok(found)
}

/// Writes the header of a segment that begins with `first` into a file that is not yet one, and makes it durable.
fn begin(path: &Path, first: Position, buffer: &mut Buffer) -> io::Result<File> {
    let file = open(path, false)?;
    let block = buffer.of(BLOCK);
    block.fill(0);
    put_header(block, first);
    file.write_all_at(block, 0)?;
    file.sync_all()?;
    Ok(file)
}

/// Gives a file its room on the disk. Not every file system can reserve it; there a full disk is met by a write instead.
fn reserve(file: &File, bytes: u64) -> io::Result<()> {
    match retry_on_intr(|| fallocate(file, FallocateFlags::empty(), 0, bytes)) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS) => file.set_len(bytes),
        reserved => reserved.map_err(io::Error::from),
    }
}

/// Opens a file for writing, around the cache if its file system can do that.
fn open(path: &Path, create: bool) -> io::Result<File> {
    let with = |flags: OFlags| {
        let mut options = OpenOptions::new();
        options
            .write(true)
            .create(create)
            .truncate(false)
            .mode(0o600);
        options.custom_flags(flags.bits().cast_signed()).open(path)
    };
    match with(OFlags::DIRECT) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::INVAL) => with(OFlags::empty()),
        opened => opened,
    }
}

pub(super) fn sync_dir(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Memory that begins on a block's boundary, as writing around the cache needs it.
#[derive(Debug, Default)]
struct Buffer(Vec<u8>);

impl Buffer {
    fn of(&mut self, length: usize) -> &mut [u8] {
        if self.0.len() < length + BLOCK {
            self.0.resize(length + BLOCK, 0);
        }
        let shift = self.0.as_ptr().align_offset(BLOCK);
        &mut self.0[shift..shift + length]
    }
}

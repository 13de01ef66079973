//! Writing the journal's files: frames at the end of the newest segment, trimmed segments used again.
//!
//! What must stay true:
//! - a frame is durable before it is shown to a reader, and before the next one is written;
//! - writes go around the system's cache where the file system allows it (`O_DIRECT`, open(2)): the cache would write them
//!   together with the store's pages, and an fsync would wait for those;
//! - a segment that is used again keeps its blocks, so that a sync has no change of the file's shape to wait for;
//! - a file bears a segment's name only when its header is durable, and a frame is written into it only when its name is;
//! - a shortage is waited for only where nothing has changed names yet: whoever tries again may take another spare;
//! - what is read is trimmed later, and what has grown is cut to size: where there were two files there are two, and a full
//!   disk cannot stop the journal for good, because one is trimmed while the other is written.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::mem;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecluse_engine::journal::Position;

use super::file::JournalFile;
use super::format::{BLOCK, Record, frame_bytes, put_frame, put_header};
use super::segment::{Segment, name};
use super::segments::Segments;
use super::{shortage, tolerate_shortage};

/// Trimmed segments that are kept for use again; more are removed.
const SPARES_MAX: usize = 4;

/// Writes frames and begins segments.
#[derive(Debug)]
pub(super) struct Appender {
    directory: Directory,
    segments: Arc<Segments>,
    spares: Vec<JournalFile>,
    buffer: Buffer,
    segment_bytes: u64,
    /// What is trimmed must not stay in the files.
    forgetting: bool,
}

/// The journal's directory, held open.
#[derive(Debug)]
struct Directory {
    path: PathBuf,
    file: File,
}

impl Directory {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            file: File::open(path)?,
        })
    }

    /// Makes its names durable.
    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// A name for a spare that no file has.
    fn spare_path(&self) -> PathBuf {
        let paths = (0..).map(|number: u64| self.path.join(format!("{SPARE}{number}")));
        let mut free = paths.skip_while(|path| path.exists());
        free.next().expect("there are more names than files")
    }
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
        let file = JournalFile::create(&directory.join(name(first)), segment_bytes)?;
        write_header(&file, first, &mut buffer)?;
        let list = VecDeque::from([Arc::new(Segment::begun(file, first))]);
        let mut appender = Self {
            directory: Directory::open(directory)?,
            segments: Arc::new(Segments { list: list.into() }),
            spares: Vec::new(),
            buffer,
            segment_bytes,
            forgetting: false,
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
        mut segments: Segments,
        leftover: Vec<PathBuf>,
        segment_bytes: u64,
    ) -> io::Result<Self> {
        let newest = segments.list.get_mut().back_mut().and_then(Arc::get_mut);
        let newest = newest.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        newest.file.make_writable()?;
        let mut buffer = Buffer::default();
        settle(newest, &mut buffer)?;
        let mut appender = Self {
            directory: Directory::open(directory)?,
            segments: Arc::new(segments),
            spares: Vec::new(),
            buffer,
            segment_bytes,
            forgetting: false,
        };
        appender.directory.sync()?;
        for path in spares_in(directory)?.into_iter().chain(leftover) {
            let opened = JournalFile::to_read(&path);
            tolerate_shortage(opened.and_then(|file| appender.keep_or_remove(file)))?;
        }
        if appender.spares.is_empty() {
            // What is trimmed makes room.
            tolerate_shortage(appender.add_spare())?;
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
        segment.append(frame, count)
    }

    fn newest(&self) -> Arc<Segment> {
        let list = self.segments.list.read();
        Arc::clone(list.back().expect("a journal has a segment"))
    }

    /// Begins the segment of the entry at `first`. After a shortage things are as they were.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn begin_segment(&mut self, first: Position, bytes_max: u64) -> io::Result<()> {
        let taken = self.segments.list.read().len() as u64 * self.segment_bytes;
        if bytes_max > 0 && taken + self.segment_bytes > bytes_max {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if self.spares.is_empty() {
            self.add_spare()?;
        }
        let spare = self.spares.last_mut().expect("there is one now");
        write_header(spare, first, &mut self.buffer)?;
        spare.rename(self.directory.path.join(name(first)))?;
        let file = self.spares.pop().expect("it was there a moment ago");
        // Whatever the cause, only a start can say now which names there are.
        self.directory.sync().map_err(io::Error::other)?;
        let segment = Segment::begun(file, first);
        self.segments.list.write().push_back(Arc::new(segment));
        Ok(())
    }

    /// From now on what is trimmed is emptied, and what was trimmed before is emptied at once: a file that is used again
    /// holds its earlier life behind what is written into it. One that cannot be emptied for a shortage is removed.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub(super) fn begin_forgetting(&mut self) -> io::Result<()> {
        if mem::replace(&mut self.forgetting, true) {
            return Ok(());
        }
        for spare in mem::take(&mut self.spares) {
            match spare.empty(self.segment_bytes) {
                Ok(()) => self.spares.push(spare),
                Err(error) if shortage(&error).is_some() => fs::remove_file(spare.path())?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    pub(super) fn end_forgetting(&mut self) {
        self.forgetting = false;
    }

    /// Where the oldest segment begins.
    pub(super) fn oldest(&self) -> Position {
        let list = self.segments.list.read();
        list.front().expect("a journal has a segment").first
    }

    /// Whether the newest segment has no entry yet.
    pub(super) fn newest_is_empty(&self) -> bool {
        let newest = self.newest();
        newest.next() == newest.first
    }

    fn add_spare(&mut self) -> io::Result<()> {
        let path = self.directory.spare_path();
        let spare = JournalFile::create(&path, self.segment_bytes)?;
        self.spares.push(spare);
        Ok(())
    }

    /// Lets go of the segments whose entries are all at or below `to`, as far as nobody is reading them. The newest segment
    /// stays, and so does the newest entry, wherever it is. Whether all was let go.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub(super) fn trim(&mut self, to: Position) -> io::Result<bool> {
        loop {
            match self.take_trimmed(to) {
                Trimmed::Nothing => return Ok(true),
                Trimmed::Read => return Ok(false),
                // A file that can be neither kept nor removed is found again by the next start.
                Trimmed::Segment(segment) => tolerate_shortage(self.keep_or_remove(segment.file))?,
            }
        }
    }

    fn take_trimmed(&self, to: Position) -> Trimmed {
        let mut list = self.segments.list.write();
        let is_trimmed =
            |after: &Arc<Segment>| after.first.0 <= to.0 + 1 && after.next() > after.first;
        if !list.get(1).is_some_and(is_trimmed) {
            return Trimmed::Nothing;
        }
        // Whoever begins to read takes it from the list, which is locked here.
        let oldest = list.pop_front().map(Arc::try_unwrap);
        match oldest.expect("there are two at least") {
            Ok(segment) => Trimmed::Segment(segment),
            Err(read) => {
                list.push_front(read);
                Trimmed::Read
            }
        }
    }

    /// A file that is large enough is kept for use again if there is not enough of them.
    fn keep_or_remove(&mut self, mut file: JournalFile) -> io::Result<()> {
        let length = file.length()?;
        if length < self.segment_bytes || self.spares.len() >= SPARES_MAX {
            return fs::remove_file(file.path());
        }
        let kept = file.make_writable().and_then(|()| {
            if !is_spare(file.path()) {
                file.rename(self.directory.spare_path())?;
            }
            // Only when it is no segment by name, or a start would find half a frame in one.
            if self.forgetting {
                file.empty(self.segment_bytes)?;
            } else if length > self.segment_bytes {
                file.cut(self.segment_bytes)?;
            }
            Ok(())
        });
        match kept {
            Ok(()) => self.spares.push(file),
            // A directory may need room for a name; removing gives some.
            Err(error) if shortage(&error).is_some() => fs::remove_file(file.path())?,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// What there is to let go of.
enum Trimmed {
    Nothing,
    /// Somebody is reading it.
    Read,
    Segment(Segment),
}

const SPARE: &str = "spare-";

fn is_spare(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(SPARE)
}

fn spares_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path()));
    let spares = paths.filter(|path| path.as_ref().map_or(true, |path| is_spare(path)));
    spares.collect()
}

/// Makes certain what the process before left, which may have ended between a write and its sync, or with a sync that
/// failed: after that a system may hold pages for clean that are not on the disk, so they are written again. What a power
/// failure left of a frame is wiped, because nobody could tell it from damage once another segment has begun.
fn settle(newest: &Segment, buffer: &mut Buffer) -> io::Result<()> {
    for (at, length) in newest.unsettled() {
        let bytes = newest.file.read_up_to(at, length)?;
        let blocks = buffer.of(bytes.len());
        blocks.copy_from_slice(&bytes);
        newest.file.write(blocks, at)?;
    }
    if newest.ends_in_frame()? {
        let block = buffer.of(BLOCK);
        block.fill(0);
        newest.file.write(block, newest.end())?;
    }
    newest.file.sync_all()
}

/// Writes the header of a segment that begins with `first` into a file that is not yet one, and makes it durable.
fn write_header(file: &JournalFile, first: Position, buffer: &mut Buffer) -> io::Result<()> {
    let block = buffer.of(BLOCK);
    block.fill(0);
    put_header(block, first);
    file.write(block, 0)?;
    file.sync_all()
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

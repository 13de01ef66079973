//! One file of the journal: what is in it, and reading from it.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use ecluse_engine::journal::Position;
use parking_lot::RwLock;

use super::JournalError;
use super::file::JournalFile;
use super::format::{BLOCK, Frame, FrameHead, Header, frame_head, header};

/// What is read at once while a segment is gone through, in bytes.
const CHUNK: u64 = 1 << 20;

/// Where a frame lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    first: Position,
    at: u64,
}

/// The frames of a segment, in their order.
#[derive(Debug)]
struct Frames {
    marks: Vec<Mark>,
    /// The position after the last entry.
    next: Position,
    /// The byte after the last frame.
    end: u64,
}

/// A segment whose frames are known.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) file: JournalFile,
    pub(super) first: Position,
    frames: RwLock<Frames>,
}

impl Segment {
    /// A segment that has its header and nothing else.
    pub(super) fn begun(file: JournalFile, first: Position) -> Self {
        let frames = Frames {
            marks: Vec::new(),
            next: first,
            end: BLOCK as u64,
        };
        Self {
            file,
            first,
            frames: RwLock::new(frames),
        }
    }

    /// Goes through a segment's file and checks every frame. `None` if the file now belongs to another place in the
    /// journal: it was trimmed, and is being used again.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or was written by a newer version.
    pub(super) fn scan(path: &Path, first: Position) -> Result<Option<Self>, JournalError> {
        let file = JournalFile::to_read(path).map_err(JournalError::io(path))?;
        let segment = Self::begun(file, first);
        Ok((segment.is_still_itself()? && segment.go_through()?).then_some(segment))
    }

    /// Whether its header says that it begins where it did.
    fn is_still_itself(&self) -> Result<bool, JournalError> {
        let path = self.file.path();
        let block = self.read_up_to(0, BLOCK as u64);
        match header(&block.map_err(JournalError::io(path))?) {
            Header::First(begins) => Ok(begins == self.first),
            Header::Newer(found) => Err(JournalError::Newer {
                path: path.to_owned(),
                found,
            }),
            Header::Damaged => Err(JournalError::damaged(path, "its header")),
        }
    }

    /// False if it was used again meanwhile.
    fn go_through(&self) -> Result<bool, JournalError> {
        let failed = JournalError::io(self.file.path());
        loop {
            self.take_frames().map_err(&failed)?;
            let Some(later) = self.frame_beyond().map_err(&failed)? else {
                return Ok(true);
            };
            // Whoever reads beside the writer may see a frame whose predecessor was not whole a moment ago.
            if self.take_frames().map_err(&failed)? > 0 {
                continue;
            }
            if !self.is_still_itself()? {
                return Ok(false);
            }
            let next = self.next().0;
            let what = format!(
                "entry {next}, although entry {} after it is whole,",
                later.0
            );
            return Err(JournalError::damaged(self.file.path(), &what));
        }
    }

    /// Whether a frame that is not whole begins where the last whole one ends, in a file that was not used again meanwhile.
    /// A power failure leaves that in the newest segment alone: whoever goes on with it wipes it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn ends_in_damage(&self) -> Result<bool, JournalError> {
        let ends = self.ends_in_frame();
        Ok(ends.map_err(JournalError::io(self.file.path()))? && self.is_still_itself()?)
    }

    /// Whether the frame that would be next seems to begin where the last whole one ends.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn ends_in_frame(&self) -> io::Result<bool> {
        let head = frame_head(&self.read_up_to(self.end(), BLOCK as u64)?);
        Ok(head.is_some_and(|head| head.first == self.next()))
    }

    /// Where bytes lie that need not be durable although they are read: the header and the last frame. All before was
    /// synced before that was written.
    pub(super) fn unsettled(&self) -> Vec<(u64, u64)> {
        let frames = self.frames.read();
        let last = frames.marks.last();
        let last = last.map(|mark| (mark.at, frames.end - mark.at));
        [(0, BLOCK as u64)].into_iter().chain(last).collect()
    }

    /// Takes the whole frames that go on where the last one ended; how many.
    fn take_frames(&self) -> io::Result<usize> {
        let mut frames = self.frames.write();
        let before = frames.marks.len();
        let (mut bytes, mut begins) = (Vec::new(), frames.end);
        loop {
            let from = usize::try_from(frames.end - begins).unwrap_or(usize::MAX);
            let left = bytes.get(from..).unwrap_or_default();
            let head = frame_head(left).filter(|head| head.first == frames.next);
            let room = head.map_or(BLOCK as u64, |head| head.length);
            if (left.len() as u64) < room {
                begins = frames.end;
                bytes = self.read_up_to(begins, room.max(CHUNK))?;
                if (bytes.len() as u64) < room {
                    break;
                }
                continue;
            }
            let Some(frame) = head.and_then(|_| Frame::read(left)) else {
                break;
            };
            let (count, at) = (frame.count, frames.end);
            frames.push(count, at, room);
        }
        Ok(frames.marks.len() - before)
    }

    /// The first entry of a whole frame that lies beyond the last one's end: since a frame is only written when the one
    /// before it is durable, there is none unless the one before it was damaged later.
    fn frame_beyond(&self) -> io::Result<Option<Position>> {
        let (mut at, next) = {
            let frames = self.frames.read();
            (frames.end, frames.next)
        };
        loop {
            let bytes = self.read_up_to(at, CHUNK)?;
            for block in 0..bytes.len() / BLOCK {
                let here = at + (block * BLOCK) as u64;
                let head = frame_head(&bytes[block * BLOCK..]).filter(|head| head.first > next);
                if let Some(FrameHead { first, length }) = head {
                    let whole = self.read_up_to(here, length)?;
                    if Frame::read(&whole).is_some() {
                        return Ok(Some(first));
                    }
                }
            }
            if (bytes.len() as u64) < CHUNK {
                return Ok(None);
            }
            at += CHUNK;
        }
    }

    /// Writes a frame of `count` entries at the end, and shows it once it is durable. After an error it is not there.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn append(&self, frame: &[u8], count: u32) -> io::Result<()> {
        let at = self.end();
        self.file.write(frame, at)?;
        self.file.sync_data()?;
        self.frames.write().push(count, at, frame.len() as u64);
        Ok(())
    }

    /// The position after the newest entry.
    pub(super) fn next(&self) -> Position {
        self.frames.read().next
    }

    /// The byte after the last frame.
    pub(super) fn end(&self) -> u64 {
        self.frames.read().end
    }

    /// Shows up to `limit` entries from `from` on; how many there were.
    pub(super) fn read(
        &self,
        from: Position,
        limit: usize,
        show: &mut impl FnMut(Position, &[u8]) -> Result<(), JournalError>,
    ) -> Result<usize, JournalError> {
        let Some(Range { first, at, length }) = self.range(from, limit) else {
            return Ok(0);
        };
        let bytes = self
            .read_up_to(at, length)
            .map_err(JournalError::io(self.file.path()))?;
        let (mut left, mut expected, mut shown) = (bytes.as_slice(), first, 0);
        while !left.is_empty() {
            let frame = Frame::read(left).filter(|frame| frame.first == expected);
            let frame = frame.ok_or_else(|| {
                JournalError::damaged(self.file.path(), &format!("entry {}", expected.0))
            })?;
            let wanted = frame.records().skip_while(|(position, _)| *position < from);
            for (position, record) in wanted.take(limit - shown) {
                show(position, record.body)?;
                shown += 1;
            }
            expected = Position(expected.0 + u64::from(frame.count));
            left = left.get(frame.length..).unwrap_or_default();
        }
        Ok(shown)
    }

    /// Writes all that is in it now into a file that is as long as that.
    ///
    /// # Errors
    /// It cannot be read, or the other cannot be written.
    pub(super) fn copy_to(&self, path: &Path) -> Result<(), JournalError> {
        let (failed_here, failed_there) =
            (JournalError::io(self.file.path()), JournalError::io(path));
        let mut options = OpenOptions::new();
        let created = options.write(true).create_new(true).mode(0o600).open(path);
        let copy = created.map_err(&failed_there)?;
        let (mut at, end) = (0, self.end());
        while at < end {
            let bytes = self.read_up_to(at, CHUNK.min(end - at));
            let bytes = bytes.map_err(&failed_here)?;
            if bytes.is_empty() {
                return Err(failed_here(io::ErrorKind::UnexpectedEof.into()));
            }
            copy.write_all_at(&bytes, at).map_err(&failed_there)?;
            at += bytes.len() as u64;
        }
        copy.sync_all().map_err(failed_there)
    }

    fn read_up_to(&self, at: u64, length: u64) -> io::Result<Vec<u8>> {
        self.file.read_up_to(at, length)
    }

    /// The frames that hold `limit` entries from `from` on, or as many as there are.
    fn range(&self, from: Position, limit: usize) -> Option<Range> {
        let frames = self.frames.read();
        let until = Position(from.0.saturating_add(limit as u64));
        if limit == 0 || from >= frames.next {
            return None;
        }
        let begins = frames.marks.partition_point(|mark| mark.first <= from);
        let ends = frames.marks.partition_point(|mark| mark.first < until);
        let Mark { first, at } = *frames.marks.get(begins.saturating_sub(1))?;
        let end = frames.marks.get(ends).map_or(frames.end, |mark| mark.at);
        let length = end - at;
        Some(Range { first, at, length })
    }
}

/// Frames that lie one after the other: the first position, and the bytes.
struct Range {
    first: Position,
    at: u64,
    length: u64,
}

impl Frames {
    fn push(&mut self, count: u32, at: u64, length: u64) {
        self.marks.push(Mark {
            first: self.next,
            at,
        });
        self.next = Position(self.next.0 + u64::from(count));
        self.end = at + length;
    }
}

/// The name of the segment that begins with `first`.
pub(super) fn name(first: Position) -> String {
    format!("{:020}.log", first.0)
}

/// Where a segment of this name begins.
pub(super) fn begins(name: &Path) -> Option<Position> {
    let digits = name.to_str()?.strip_suffix(".log")?;
    let is_name = digits.len() == 20 && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_name.then(|| digits.parse().ok().map(Position)).flatten()
}

//! One file of the journal: what is in it, and reading from it.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use ecluse_engine::journal::Position;
use parking_lot::RwLock;

use super::JournalError;
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
    pub(super) path: PathBuf,
    pub(super) first: Position,
    file: File,
    frames: RwLock<Frames>,
}

impl Segment {
    /// A segment that has its header and nothing else.
    pub(super) fn begun(path: PathBuf, file: File, first: Position) -> Self {
        let frames = Frames {
            marks: Vec::new(),
            next: first,
            end: BLOCK as u64,
        };
        Self {
            path,
            first,
            file,
            frames: RwLock::new(frames),
        }
    }

    /// Goes through a segment's file and checks every frame. `None` if the file now belongs to another place in the
    /// journal: it was trimmed, and is being used again.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or was written by a newer version.
    pub(super) fn scan(path: PathBuf, first: Position) -> Result<Option<Self>, JournalError> {
        let file = File::open(&path).map_err(JournalError::io(&path))?;
        let segment = Self::begun(path, file, first);
        Ok((segment.is_still_itself()? && segment.go_through()?).then_some(segment))
    }

    /// Whether its header says that it begins where it did.
    fn is_still_itself(&self) -> Result<bool, JournalError> {
        let block = read_up_to(&self.file, 0, BLOCK as u64);
        match header(&block.map_err(JournalError::io(&self.path))?) {
            Header::First(begins) => Ok(begins == self.first),
            Header::Newer(found) => Err(JournalError::Newer {
                path: self.path.clone(),
                found,
            }),
            Header::Damaged => Err(JournalError::damaged(&self.path, "its header")),
        }
    }

    /// False if it was used again meanwhile.
    fn go_through(&self) -> Result<bool, JournalError> {
        let failed = JournalError::io(&self.path);
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
            return Err(JournalError::damaged(&self.path, &what));
        }
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
                bytes = read_up_to(&self.file, begins, room.max(CHUNK))?;
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
            let bytes = read_up_to(&self.file, at, CHUNK)?;
            for block in 0..bytes.len() / BLOCK {
                let here = at + (block * BLOCK) as u64;
                let head = frame_head(&bytes[block * BLOCK..]).filter(|head| head.first > next);
                if let Some(FrameHead { first, length }) = head {
                    let whole = read_up_to(&self.file, here, length)?;
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

    /// Shows a frame of `count` entries that was written at the end and is durable.
    pub(super) fn show(&self, count: u32, length: u64) {
        let mut frames = self.frames.write();
        let at = frames.end;
        frames.push(count, at, length);
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
        let bytes = read_up_to(&self.file, at, length).map_err(JournalError::io(&self.path))?;
        let (mut left, mut expected, mut shown) = (bytes.as_slice(), first, 0);
        while !left.is_empty() {
            let frame = Frame::read(left).filter(|frame| frame.first == expected);
            let frame = frame.ok_or_else(|| {
                JournalError::damaged(&self.path, &format!("entry {}", expected.0))
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
    pub(super) fn copy_to(&self, path: &Path) -> io::Result<()> {
        let mut copy = File::create_new(path)?;
        let mut whole = File::open(&self.path)?.take(self.end());
        io::copy(&mut whole, &mut copy)?;
        copy.sync_all()
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

/// Up to `length` bytes; fewer only at the end of the file.
fn read_up_to(file: &File, at: u64, length: u64) -> io::Result<Vec<u8>> {
    let there = file.metadata()?.len().saturating_sub(at).min(length);
    let mut bytes = vec![0; usize::try_from(there).map_err(io::Error::other)?];
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
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

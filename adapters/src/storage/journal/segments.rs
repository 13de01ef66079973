//! The journal's files in their order, and reading entries from them.
//!
//! What must stay true: the journal is the longest run of segments that ends with the newest one and misses no position. A
//! file before a hole is what a power failure brought back of the trimmed; whether entries are missing that the store still
//! needs is for the opener to say, who knows how far the store is.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use ecluse_engine::follow::{JournalReader, ReadError};
use ecluse_engine::journal::{Committed, Position};
use ecluse_engine::message::Entry;
use parking_lot::RwLock;

use super::JournalError;
use super::file::sync_dir;
use super::segment::{Segment, begins, name};
use crate::storage::entry_codec::{DecodeError, decode};

/// A directory that is being written can change between its listing and the opening of a file.
const SCANS_MAX: usize = 100;

/// The segments of a directory.
#[derive(Debug)]
pub(super) struct Segments {
    pub(super) list: RwLock<VecDeque<Arc<Segment>>>,
}

impl Segments {
    /// Goes through all that is in `directory`, and changes nothing. The second of the pair are files that no longer belong
    /// to the journal.
    ///
    /// # Errors
    /// A file cannot be read, is damaged, or was written by a newer version.
    pub(super) fn scan(directory: &Path) -> Result<(Self, Vec<PathBuf>), JournalError> {
        for _ in 1..SCANS_MAX {
            match Self::scan_once(directory) {
                Err(JournalError::Io { path, source })
                    if source.kind() == io::ErrorKind::NotFound && path != directory => {}
                scanned => return scanned,
            }
        }
        Self::scan_once(directory)
    }

    fn scan_once(directory: &Path) -> Result<(Self, Vec<PathBuf>), JournalError> {
        let (mut list, mut leftover) = (VecDeque::new(), Vec::new());
        for (first, path) in listed(directory)? {
            match Segment::scan(&path, first)? {
                Some(segment) => list.push_back(Arc::new(segment)),
                None => leftover.push(path),
            }
        }
        refuse_damaged_ends(&list)?;
        leftover.extend(cut_before_hole(&mut list));
        let list = RwLock::new(list);
        Ok((Self { list }, leftover))
    }

    /// The oldest and the newest position; `None` if nothing was ever committed.
    pub(super) fn ends(&self) -> Option<(Position, Position)> {
        let list = self.list.read();
        let (oldest, newest) = (list.front()?.first, list.back()?.next());
        (oldest < newest).then(|| (oldest, Position(newest.0 - 1)))
    }

    /// Shows up to `limit` entries above `after`.
    pub(super) fn show(
        &self,
        after: Position,
        limit: usize,
        mut show: impl FnMut(Position, &[u8]) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let from = Position(after.0 + 1);
        let mut left = limit;
        for segment in self.with(from) {
            if left == 0 {
                break;
            }
            left -= segment.read(from.max(segment.first), left, &mut show)?;
        }
        Ok(())
    }

    /// The segments with the entries from `from` on. They stay readable for whoever has them.
    fn with(&self, from: Position) -> Vec<Arc<Segment>> {
        let list = self.list.read();
        let after = list.partition_point(|segment| segment.first <= from);
        list.range(after.saturating_sub(1)..)
            .map(Arc::clone)
            .collect()
    }

    fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<Committed>>, JournalError> {
        let mut entries = Vec::new();
        self.show(after, limit, |position, body| {
            let entry = decode(body).map_err(|source| JournalError::Decode { position, source })?;
            entries.push(Arc::new(Committed { position, entry }));
            Ok(())
        })?;
        Ok(entries)
    }
}

/// Copies what the journal in `from` holds above `above`, and the newest entry, into a new directory `to`. Another process
/// may be writing the journal, but trims nothing above `above` meanwhile. If the newest entry is not above it, its segment
/// may be used again while it is copied; then the copy is damaged, as whoever inspects it is told.
///
/// # Errors
/// It cannot be read, or not be written.
pub(in crate::storage) fn copy(
    from: &Path,
    to: &Path,
    above: Position,
) -> Result<(), JournalError> {
    let (segments, _) = Segments::scan(from)?;
    let mut wanted = segments.with(Position(above.0 + 1));
    if wanted.iter().all(|segment| segment.next() == segment.first) {
        // A segment that has just begun; the newest entry is in the one before it.
        wanted = segments.with(above);
    }
    let failed = JournalError::io(to);
    let created = DirBuilder::new().mode(0o700).create(to);
    created.map_err(&failed)?;
    for segment in wanted {
        segment.copy_to(&to.join(name(segment.first)))?;
    }
    sync_dir(to).map_err(failed)
}

/// The files whose names are those of segments, in the order of their positions.
fn listed(directory: &Path) -> Result<Vec<(Position, PathBuf)>, JournalError> {
    let failed = JournalError::io(directory);
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(&failed)? {
        let name = entry.map_err(&failed)?.file_name();
        if let Some(first) = begins(Path::new(&name)) {
            found.push((first, directory.join(name)));
        }
    }
    found.sort();
    Ok(found)
}

/// Without this, a damaged end would look like the hole that a power failure leaves among what was trimmed.
fn refuse_damaged_ends(list: &VecDeque<Arc<Segment>>) -> Result<(), JournalError> {
    for (segment, after) in list.iter().zip(list.range(1.min(list.len())..)) {
        if segment.next() < after.first && segment.ends_in_damage()? {
            let what = format!("entry {}", segment.next().0);
            return Err(JournalError::damaged(segment.file.path(), &what));
        }
    }
    Ok(())
}

/// Takes away what lies before the newest run without a hole.
fn cut_before_hole(list: &mut VecDeque<Arc<Segment>>) -> Vec<PathBuf> {
    let follows = |at: &usize| list[*at - 1].next() == list[*at].first;
    let begins = (1..list.len()).rev().find(|at| !follows(at)).unwrap_or(0);
    list.drain(..begins)
        .map(|segment| segment.file.path().to_owned())
        .collect()
}

/// Reads committed entries from the files.
#[derive(Clone, Debug)]
pub struct SegmentReader(pub(super) Arc<Segments>);

impl SegmentReader {
    /// Opens a journal's directory for reading, as it is now: what is committed later is not seen.
    ///
    /// # Errors
    /// A file cannot be read, is damaged, or was written by a newer version.
    pub fn open(directory: &Path) -> Result<Self, JournalError> {
        let (segments, _) = Segments::scan(directory)?;
        Ok(Self(Arc::new(segments)))
    }

    /// The oldest and the newest position; `None` if nothing was ever committed.
    #[must_use]
    pub fn ends(&self) -> Option<(Position, Position)> {
        self.0.ends()
    }

    /// Up to `limit` entries above `after`.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn read_blocking(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<Committed>>, JournalError> {
        self.0.read(after, limit)
    }

    /// Shows every entry, or why its bytes are none.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn for_each(
        &self,
        mut show: impl FnMut(Position, Result<Entry, DecodeError>),
    ) -> Result<(), JournalError> {
        self.0.show(Position(0), usize::MAX, |position, body| {
            show(position, decode(body));
            Ok(())
        })
    }
}

#[async_trait]
impl JournalReader for SegmentReader {
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<Committed>>, ReadError> {
        let segments = Arc::clone(&self.0);
        match tokio::task::spawn_blocking(move || segments.read(after, limit)).await {
            Ok(entries) => entries.map_err(|error| ReadError(Box::new(error))),
            Err(panicked) => Err(ReadError(Box::new(panicked))),
        }
    }
}

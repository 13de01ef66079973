//! Where the projector's entries come from: memory as a rule, the journal's files after a start.

use std::sync::Arc;
use std::thread::JoinHandle;

use ecluse_engine::journal::{Committed, Position};

use super::BATCH_MAX;
use crate::storage::backlog::Backlog;
use crate::storage::journal::{JournalError, SegmentReader};

type Read = Result<Vec<Arc<Committed>>, JournalError>;

/// Entries that are read from the journal's files while those before them are applied: after a start there are many.
struct Ahead {
    after: Position,
    thread: JoinHandle<Read>,
}

/// The committed entries in their order.
pub(super) struct Source {
    backlog: Arc<Backlog>,
    reader: SegmentReader,
    ahead: Option<Ahead>,
}

impl Source {
    pub(super) fn new(backlog: Arc<Backlog>, reader: SegmentReader) -> Self {
        Self {
            backlog,
            reader,
            ahead: None,
        }
    }

    /// Up to `limit` entries above `position`; empty if none is committed.
    pub(super) fn after(&mut self, position: Position, limit: usize) -> Read {
        match self.backlog.log.recent(position, limit) {
            Some(entries) => Ok(entries),
            None => self.read_on(position, limit),
        }
    }

    /// The next entries of the files; a whole batch of them has the one after it read meanwhile.
    fn read_on(&mut self, position: Position, limit: usize) -> Read {
        let entries = match self.ahead.take() {
            Some(ahead) if ahead.after == position && limit == BATCH_MAX => {
                match ahead.thread.join() {
                    Ok(read) => read?,
                    Err(panicked) => std::panic::resume_unwind(panicked),
                }
            }
            _ => self.reader.read_blocking(position, limit)?,
        };
        if let Some(last) = entries.last().filter(|_| entries.len() == BATCH_MAX) {
            let (reader, after) = (self.reader.clone(), last.position);
            let read = move || reader.read_blocking(after, BATCH_MAX);
            let thread = std::thread::Builder::new()
                .name("read-ahead".to_owned())
                .spawn(read);
            self.ahead = thread.ok().map(|thread| Ahead { after, thread });
        }
        Ok(entries)
    }
}

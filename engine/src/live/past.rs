//! Between which places the newest entries moved their conversations, so that a replay is decided as it was then.

use std::collections::VecDeque;

use super::concern::Passage;
use crate::journal::Position;

/// Entries that a replay may go back. Beyond it loading anew is cheaper.
pub const REPLAYED_MAX: usize = 5_000;

/// The passages of the newest entries, one for each position.
#[derive(Default)]
pub(super) struct Past {
    reached: Option<Position>,
    passages: VecDeque<Passage>,
}

impl Past {
    /// Begins after a position, remembering nothing.
    pub(super) fn begin(&mut self, reached: Position) {
        self.reached = Some(reached);
        self.passages.clear();
    }

    pub(super) fn reached(&self) -> Option<Position> {
        self.reached
    }

    pub(super) fn remember(&mut self, position: Position, passage: Passage) {
        debug_assert!(
            self.reached
                .is_some_and(|reached| position.0 == reached.0 + 1),
            "entries come in order"
        );
        self.reached = Some(position);
        if self.passages.len() == REPLAYED_MAX {
            self.passages.pop_front();
        }
        self.passages.push_back(passage);
    }

    pub(super) fn passage(&self, position: Position) -> Option<Passage> {
        let back = usize::try_from(self.reached?.0.checked_sub(position.0)?).ok()?;
        let place = self.passages.len().checked_sub(back + 1)?;
        self.passages.get(place).copied()
    }
}

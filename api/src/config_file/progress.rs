//! How far an application is: each document counts twice, when it is prepared and when it is written.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

/// Progress is told once in so many documents.
const STEP: usize = 25;

/// Counts, and tells whoever listens.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    to: Option<mpsc::Sender<usize>>,
    steps: Arc<AtomicUsize>,
}

impl Progress {
    /// Tells `to` the documents that are done.
    pub(super) fn to(to: Option<mpsc::Sender<usize>>) -> Self {
        Self {
            to,
            steps: Arc::default(),
        }
    }

    /// Begins anew.
    pub(super) fn begin(&self) {
        self.steps.store(0, Ordering::Relaxed);
        self.tell(0);
    }

    /// One document is prepared, or written.
    pub(super) fn step(&self) {
        let steps = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        if steps.is_multiple_of(2 * STEP) {
            self.tell(steps / 2);
        }
    }

    /// Whoever does not read in time misses a step.
    fn tell(&self, done: usize) {
        if let Some(to) = &self.to {
            let _missed = to.try_send(done);
        }
    }
}

//! One save at a time of one number: a key that is made revokes the one before it, and a webhook that is moved leaves the
//! channel that had it.
//!
//! What must stay true: a turn lasts until what it was taken for stands in the transaction or is given up, so that whoever
//! comes next is refused before anything is moved at a company.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

/// The turns of this node, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<Mutex<HashMap<String, Arc<Queue<()>>>>>);

/// A turn, for as long as a clone of it lives.
#[derive(Clone, Debug)]
pub struct Turn(#[expect(dead_code, reason = "it is held")] Arc<OwnedMutexGuard<()>>);

impl Turns {
    /// Waits for the turn of a number.
    pub(super) async fn take(&self, number: &str) -> Turn {
        let queue = {
            let mut queues = self.0.lock();
            // Who waits or has a turn holds the queue, too.
            queues.retain(|_, queue| Arc::strong_count(queue) > 1);
            Arc::clone(queues.entry(number.to_owned()).or_default())
        };
        Turn(Arc::new(queue.lock_owned().await))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_number_is_saved_by_one_at_a_time_and_no_other_number_waits() {
        let turns = Turns::default();
        let first = turns.take("33612345678").await;
        let mut second = Box::pin(turns.take("33612345678"));
        assert!(second.as_mut().now_or_never().is_none());
        let other = turns.take("33612345679").now_or_never().unwrap();
        drop(first);
        drop(second.await);
        drop(other);
        drop(turns.take("33612345670").await);
        assert_eq!(turns.0.lock().len(), 1, "who has gone is forgotten");
    }
}

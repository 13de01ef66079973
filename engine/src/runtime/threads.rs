//! The threads that actors live on.
//!
//! Channels and the router live on the engine's own threads. Conversations live on threads that the HTTP server lends, once
//! it serves: what a thread reads from its sockets and posts to a conversation of its own is decided there, before it goes
//! back to wait for more, so that many messages share one wake-up. (On two cores, with a thread for each of the two, a
//! message cost two switches of thread more.) What was started before anything was lent stays where it is.

use std::sync::Arc;

use actix_rt::{Arbiter, ArbiterHandle};
use arc_swap::ArcSwap;

use crate::ids::KeyDigest;

/// Arbiters to start actors on. Clones are the same set.
#[derive(Clone, Debug)]
pub struct Threads {
    own: Arc<[ArbiterHandle]>,
    lent: Arc<ArcSwap<Vec<ArbiterHandle>>>,
}

impl Threads {
    /// Starts `own` threads; with 0 the calling thread is the only one, as a simulation needs it. Must be called where an
    /// actix system runs.
    #[must_use]
    pub fn start(own: usize) -> Self {
        let own = match own {
            0 => Arc::new([Arbiter::current()]) as Arc<[_]>,
            threads => (0..threads).map(|_| Arbiter::new().handle()).collect(),
        };
        Self {
            own,
            lent: Arc::default(),
        }
    }

    /// Conversations are started on this one too, until it ends.
    pub fn lend(&self, arbiter: &ArbiterHandle) {
        self.lent.rcu(|lent| {
            let mut lent = lent.as_ref().clone();
            lent.push(arbiter.clone());
            lent
        });
    }

    /// The engine's own thread for a channel or a router.
    pub(crate) fn own(&self, digest: KeyDigest) -> ArbiterHandle {
        self.own[digest.spread(self.own.len())].clone()
    }

    /// The thread for a conversation: a lent one, if there is one that has not ended.
    pub(crate) fn of_conversation(&self, digest: KeyDigest) -> ArbiterHandle {
        let lent = self.lent.load();
        match lent.get(digest.spread(lent.len().max(1))) {
            Some(arbiter) if arbiter.spawn_fn(|| {}) => arbiter.clone(),
            _ => self.own(digest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_move_to_what_is_lent_and_leave_what_has_ended() {
        actix_rt::System::new().block_on(moves());
    }

    async fn moves() {
        let threads = Threads::start(1);
        let digest = KeyDigest([3; 16]);
        let ran_on = |arbiter: ArbiterHandle| async move {
            let (tell, told) = tokio::sync::oneshot::channel();
            assert!(arbiter.spawn_fn(move || tell.send(std::thread::current().id()).unwrap()));
            told.await.unwrap()
        };
        let own = ran_on(threads.own(digest)).await;
        assert_eq!(ran_on(threads.of_conversation(digest)).await, own);
        let lender = Arbiter::new();
        threads.lend(&lender.handle());
        let lent = ran_on(lender.handle()).await;
        assert_eq!(ran_on(threads.of_conversation(digest)).await, lent);
        assert_eq!(ran_on(threads.own(digest)).await, own);
        lender.stop();
        lender.join().unwrap();
        assert_eq!(ran_on(threads.of_conversation(digest)).await, own);
    }
}

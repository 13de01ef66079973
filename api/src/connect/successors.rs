//! Consents that a company gave in place of one that a program brought: the company may take the brought one no more, while
//! the program knows no other.
//!
//! What must stay true: what is kept here is in memory only and for a quarter of an hour, as long as a sign-on; a channel
//! that is saved keeps its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

const KEPT_FOR: Duration = Duration::from_secs(15 * 60);
/// More than programs connect in a quarter of an hour.
const KEPT_MAX: usize = 10_000;

/// The consents that follow, by a digest of the one that was brought.
#[derive(Clone, Debug, Default)]
pub(super) struct Successors(Arc<Mutex<HashMap<Vec<u8>, Successor>>>);

#[derive(Debug)]
struct Successor {
    consent: SecretString,
    since: Instant,
}

impl Successors {
    /// The consent that holds now in place of one that was brought.
    pub(super) fn of(&self, brought: &SecretString) -> SecretString {
        let known = self.0.lock();
        let found = known.get(&name(brought)).filter(|one| one.is_kept());
        found.map_or_else(|| brought.clone(), |one| one.consent.clone())
    }

    /// Keeps the consent that a company gave in place of one that was brought, or of what followed that.
    pub(super) fn keep(&self, brought: &SecretString, fresh: &SecretString) {
        let mut known = self.0.lock();
        known.retain(|_, one| one.is_kept());
        if known.len() < KEPT_MAX {
            let successor = Successor {
                consent: fresh.clone(),
                since: Instant::now(),
            };
            known.insert(name(brought), successor);
        }
    }
}

impl Successor {
    fn is_kept(&self) -> bool {
        self.since.elapsed() < KEPT_FOR
    }
}

fn name(consent: &SecretString) -> Vec<u8> {
    let consent = consent.expose_secret().trim().as_bytes();
    digest(&SHA256, consent).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_last_consent_holds_in_place_of_the_one_that_was_brought() {
        let successors = Successors::default();
        let brought = SecretString::from("brought");
        assert_eq!(successors.of(&brought).expose_secret(), "brought");
        successors.keep(&brought, &"second".into());
        successors.keep(&brought, &"third".into());
        assert_eq!(successors.of(&brought).expose_secret(), "third");
        assert_eq!(successors.of(&"other".into()).expose_secret(), "other");
        tokio::time::advance(KEPT_FOR).await;
        assert_eq!(successors.of(&brought).expose_secret(), "brought");
    }
}

//! How often somebody may fail: by the e-mail tried and by the address it comes from.
//!
//! An attempt counts as failed from its beginning, so that a burst of parallel guesses is no way around the limit.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use ecluse_adapters::storage::config_db::email_key;
use ecluse_engine::message::Timestamp;
use parking_lot::Mutex;

use crate::error::ApiError;

/// The most e-mails and addresses remembered: 20,000 of them at about 200 bytes are 4 MB.
const REMEMBERED_MAX: usize = 20_000;
/// A network of IPv6 customers: whoever has one address has all of its /64.
const IPV6_NETWORK_BITS: u32 = 64;

/// How many failures within which time are allowed.
#[derive(Clone, Copy, Debug)]
pub struct AttemptLimits {
    pub per_email: usize,
    /// A whole centre may stand behind one address, so it may fail more often than one person.
    pub per_peer: usize,
    pub within: Duration,
}

impl Default for AttemptLimits {
    fn default() -> Self {
        Self {
            per_email: 5,
            per_peer: 20,
            within: Duration::from_secs(15 * 60),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Source {
    Email(String),
    Peer(IpAddr),
    /// The address is not known, as in tests without a socket.
    NoPeer,
}

/// An attempt that has begun.
#[derive(Debug)]
pub(super) struct Attempt {
    email: Source,
    peer: Source,
    at: Timestamp,
}

pub(super) struct Attempts {
    limits: AttemptLimits,
    failures: Mutex<HashMap<Source, VecDeque<Timestamp>>>,
}

impl Attempts {
    pub(super) fn new(limits: AttemptLimits) -> Self {
        Self {
            limits,
            failures: Mutex::default(),
        }
    }

    /// Counts an attempt as failed until it is known better.
    pub(super) fn begin(
        &self,
        email: &str,
        peer: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Attempt, ApiError> {
        let email = Source::Email(email_key(email));
        let peer = peer.map_or(Source::NoPeer, |peer| Source::Peer(network(peer)));
        let mut failures = self.failures.lock();
        let waits = [
            (&email, self.limits.per_email),
            (&peer, self.limits.per_peer),
        ]
        .map(|(source, limit)| self.wait(&mut failures, source, limit, now));
        if let Some(wait) = waits.into_iter().flatten().max() {
            return Err(ApiError::TooManyAttempts {
                retry_after_secs: wait.as_secs().max(1),
            });
        }
        if failures.len() >= REMEMBERED_MAX {
            self.make_room(&mut failures, now);
        }
        for source in [&email, &peer] {
            failures.entry(source.clone()).or_default().push_back(now);
        }
        Ok(Attempt {
            email,
            peer,
            at: now,
        })
    }

    /// The attempt was good: its e-mail starts anew, and its address is charged with the other failures only.
    pub(super) fn succeeded(&self, attempt: Attempt) {
        let Attempt { email, peer, at } = attempt;
        let mut failures = self.failures.lock();
        failures.remove(&email);
        take_back(&mut failures, &peer, at);
    }

    /// Nobody could tell whether the attempt was good.
    pub(super) fn undecided(&self, attempt: Attempt) {
        let Attempt { email, peer, at } = attempt;
        let mut failures = self.failures.lock();
        take_back(&mut failures, &email, at);
        take_back(&mut failures, &peer, at);
    }

    /// How long the source must wait, rounded up to seconds; `None` if it need not.
    fn wait(
        &self,
        failures: &mut HashMap<Source, VecDeque<Timestamp>>,
        source: &Source,
        limit: usize,
        now: Timestamp,
    ) -> Option<Duration> {
        let times = failures.get_mut(source)?;
        while times
            .front()
            .is_some_and(|first| first.plus(self.limits.within) <= now)
        {
            times.pop_front();
        }
        let blocking = *times.get(times.len().checked_sub(limit)?)?;
        let left = blocking.plus(self.limits.within).since(now);
        Some(Duration::from_secs(
            left.as_secs() + u64::from(left.subsec_nanos() > 0),
        ))
    }

    /// Forgets what is too old, and all of it if that is not enough: an attacker with that many addresses is not
    /// stopped by a table.
    fn make_room(&self, failures: &mut HashMap<Source, VecDeque<Timestamp>>, now: Timestamp) {
        failures.retain(|_, times| {
            times
                .back()
                .is_some_and(|last| last.plus(self.limits.within) > now)
        });
        if failures.len() >= REMEMBERED_MAX {
            tracing::warn!("too many failed sign-ins to remember; counting starts anew");
            failures.clear();
        }
    }
}

fn take_back(failures: &mut HashMap<Source, VecDeque<Timestamp>>, source: &Source, at: Timestamp) {
    let Some(times) = failures.get_mut(source) else {
        return;
    };
    if let Some(index) = times.iter().rposition(|time| *time == at) {
        times.remove(index);
    }
    if times.is_empty() {
        failures.remove(source);
    }
}

fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let mask = u128::MAX << (128 - IPV6_NETWORK_BITS);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60;

    struct World {
        attempts: Attempts,
    }

    impl World {
        fn new() -> Self {
            Self {
                attempts: Attempts::new(AttemptLimits::default()),
            }
        }

        fn fail(&self, email: &str, peer: &str, secs: i64) -> Option<u64> {
            match self.attempts.begin(
                email,
                Some(peer.parse().unwrap()),
                Timestamp::from_secs(secs),
            ) {
                Ok(_) => None,
                Err(ApiError::TooManyAttempts { retry_after_secs }) => Some(retry_after_secs),
                Err(other) => panic!("{other}"),
            }
        }
    }

    #[test]
    fn the_sixth_attempt_on_an_e_mail_waits_for_the_first_to_be_forgotten() {
        let world = World::new();
        for n in 0..5 {
            assert_eq!(
                world.fail("a@x.test", &format!("10.0.0.{n}"), n * MINUTE),
                None
            );
        }
        assert_eq!(world.fail(" A@X.test", "10.0.0.9", 5 * MINUTE), Some(600));
        assert_eq!(world.fail("a@x.test", "10.0.0.9", 15 * MINUTE - 1), Some(1));
        assert_eq!(world.fail("a@x.test", "10.0.0.9", 15 * MINUTE), None);
        assert_eq!(world.fail("a@x.test", "10.0.0.9", 15 * MINUTE), Some(60));
    }

    #[test]
    fn the_twenty_first_attempt_from_an_address_waits_whatever_the_e_mail() {
        let world = World::new();
        for n in 0..20 {
            assert_eq!(
                world.fail(&format!("{n}@x.test"), &format!("2001:db8::{n}"), 0),
                None
            );
        }
        assert_eq!(
            world.fail("9@x.test", "2001:db8::9", 0),
            Some(900),
            "the same /64"
        );
        assert_eq!(world.fail("9@x.test", "2001:db8:0:1::9", 0), None);
    }

    #[test]
    fn a_success_clears_its_e_mail_and_not_the_failures_of_its_address() {
        let world = World::new();
        let peer: Option<IpAddr> = Some("10.0.0.1".parse().unwrap());
        for n in 0..15 {
            assert_eq!(world.fail(&format!("{n}@x.test"), "10.0.0.1", 0), None);
        }
        for _ in 0..4 {
            assert_eq!(world.fail("a@x.test", "10.0.0.1", 0), None);
        }
        for _ in 0..3 {
            let attempt = world
                .attempts
                .begin("a@x.test", peer, Timestamp(0))
                .unwrap();
            world.attempts.succeeded(attempt);
        }
        assert_eq!(world.fail("a@x.test", "10.0.0.1", 0), None);
        assert_eq!(world.fail("a@x.test", "10.0.0.1", 0), Some(900));
        assert_eq!(world.fail("a@x.test", "10.0.0.2", 0), None);
    }

    #[test]
    fn an_attempt_that_was_not_decided_does_not_count() {
        let world = World::new();
        for _ in 0..20 {
            let attempt = world
                .attempts
                .begin("a@x.test", None, Timestamp(0))
                .unwrap();
            world.attempts.undecided(attempt);
        }
        assert!(world.attempts.failures.lock().is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let world = World::new();
        for n in 0..REMEMBERED_MAX as u32 {
            let peer = std::net::Ipv4Addr::from_bits(n).to_string();
            assert_eq!(world.fail(&format!("{n}@x.test"), &peer, 0), None);
        }
        assert!(world.attempts.failures.lock().len() <= REMEMBERED_MAX);
    }
}

//! The load of one life of the node: connections in a closed loop, until the node is gone or nothing is left to do.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use super::ledger::{Body, Ledger};
use crate::client::Connection;

/// How long a connection waits after a 503. The node asks for longer; Meta's first repetition is immediate.
const AFTER_REFUSAL: Duration = Duration::from_millis(20);

/// Of the contacts, one in this many is written to by every connection; the others have one connection each.
const SHARED_EVERY: u32 = 10;

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub struct Mix {
    pub connections: usize,
    /// Whether there are new bodies, or only those that wait for a yes.
    pub new_bodies: bool,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub redelivered: u64,
    pub refused: u64,
    pub failed: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.redelivered += other.redelivered;
        self.refused += other.refused;
        self.failed += other.failed;
    }
}

/// Running load.
#[derive(Debug)]
pub struct Life {
    connections: JoinSet<Tally>,
}

impl Life {
    /// Starts the load. Whatever waits for a yes is delivered again, in a new order, in up to three copies.
    #[must_use]
    pub fn start(address: SocketAddr, ledger: &Arc<Ledger>, mix: Mix, seed: u64) -> Self {
        let again = Arc::new(Mutex::new(copies(ledger, seed)));
        let mut connections = JoinSet::new();
        for number in 0..mix.connections {
            let random = StdRng::seed_from_u64(seed.wrapping_add(number as u64 + 1));
            let sender = Sender {
                number,
                mix,
                ledger: Arc::clone(ledger),
                again: Arc::clone(&again),
                random,
            };
            connections.spawn(sender.run(address));
        }
        Self { connections }
    }

    /// Waits until every connection is done: broken by the kill, or without work.
    ///
    /// # Errors
    /// The generator itself failed.
    pub async fn end(mut self) -> anyhow::Result<Tally> {
        let mut total = Tally::default();
        while let Some(tally) = self.connections.join_next().await {
            total.add(tally?);
        }
        Ok(total)
    }
}

type Again = Arc<Mutex<VecDeque<Arc<Body>>>>;

fn copies(ledger: &Ledger, seed: u64) -> VecDeque<Arc<Body>> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut copies = Vec::new();
    for body in ledger.unacknowledged() {
        let count = random.random_range(1..=3);
        copies.extend(std::iter::repeat_n(body, count));
    }
    copies.shuffle(&mut random);
    copies.into()
}

/// What a connection does next.
enum Next {
    New(Vec<u32>),
    Again(Arc<Body>),
    Nothing,
}

struct Sender {
    number: usize,
    mix: Mix,
    ledger: Arc<Ledger>,
    again: Again,
    random: StdRng,
}

impl Sender {
    async fn run(mut self, address: SocketAddr) -> Tally {
        let mut tally = Tally::default();
        let Ok(mut connection) = Connection::open(address).await else {
            return tally;
        };
        loop {
            let body = match self.next() {
                Next::New(contacts) => self.ledger.write(contacts),
                Next::Again(body) => {
                    tally.redelivered += 1;
                    body
                }
                Next::Nothing => return tally,
            };
            match connection.call(&self.ledger.request(&body)).await {
                Ok(200) => self.ledger.acknowledge(&body),
                Ok(503) => {
                    tally.refused += 1;
                    self.again().push_back(body);
                    tokio::time::sleep(AFTER_REFUSAL).await;
                }
                Ok(_) => tally.failed += 1,
                Err(_killed) => return tally,
            }
        }
    }

    fn again(&self) -> std::sync::MutexGuard<'_, VecDeque<Arc<Body>>> {
        self.again.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&mut self) -> Next {
        if !self.mix.new_bodies || self.random.random_ratio(1, 2) {
            let waiting = self.again().pop_front();
            match waiting {
                Some(body) => return Next::Again(body),
                None if !self.mix.new_bodies => return Next::Nothing,
                None => {}
            }
        }
        if self.random.random_ratio(1, 50)
            && let Some(body) = self.any_known()
        {
            return Next::Again(body);
        }
        Next::New(self.contacts())
    }

    /// Any body that was ever sent, acknowledged or not, and perhaps on its way at this moment.
    fn any_known(&mut self) -> Option<Arc<Body>> {
        let count = usize::try_from(self.ledger.bodies())
            .ok()
            .filter(|count| *count > 0)?;
        self.ledger.body(self.random.random_range(0..count))
    }

    /// Mostly one message, sometimes a few, rarely many.
    fn contacts(&mut self) -> Vec<u32> {
        let count = match self.random.random_range(0..100) {
            0..90 => 1,
            90..98 => self.random.random_range(2..=10),
            _ => self.random.random_range(11..=100),
        };
        (0..count).map(|_| self.contact()).collect()
    }

    fn contact(&mut self) -> u32 {
        let any = self.random.random_range(0..self.ledger.contacts());
        if any.is_multiple_of(SHARED_EVERY) {
            return any;
        }
        let (own, connections) = (self.number as u32, self.mix.connections as u32);
        let first = any - any % connections + own;
        first % self.ledger.contacts()
    }
}

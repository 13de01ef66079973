//! Delivers webhooks as Meta does: signed, sometimes several in one body, again and again until the answer is 200.
//!
//! What must stay true: a customer's messages are delivered in the order of writing, one body at a time; nothing else
//! has an order. A parcel leaves the queue when it was acknowledged, and only then.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::time::Instant;

use ecluse_engine::ids::{Address, ProviderMessageId};

use super::wire::Piece;

/// Bodies that are on their way at the same time.
const BODIES_AT_ONCE: usize = 16;

/// The most pieces in one body of the stand-in; Meta's most is 1,000.
const PIECES_MAX: usize = 10;

/// When a refused body comes again: at once, then after `first`, twice that, and so on up to `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redelivery {
    pub first: Duration,
    pub max: Duration,
}

impl Default for Redelivery {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            max: Duration::from_secs(30),
        }
    }
}

impl Redelivery {
    fn after(&self, tries: u32) -> Duration {
        match tries {
            0 | 1 => Duration::ZERO,
            more => (self.first * 2_u32.saturating_pow((more - 2).min(16))).min(self.max),
        }
    }
}

/// What an acknowledged piece means to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Receipt {
    Message(ProviderMessageId),
    Status(ProviderMessageId, &'static str),
}

/// Something to deliver.
#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) piece: Piece,
    /// Whose messages stay in order.
    pub(super) lane: Option<Address>,
    pub(super) due: Instant,
    pub(super) receipt: Receipt,
    /// Hears of the acknowledgement.
    pub(super) done: Option<oneshot::Sender<()>>,
}

#[derive(Debug)]
struct Queued {
    parcel: Parcel,
    tries: u32,
    in_flight: bool,
}

/// What left in one body.
#[derive(Debug)]
pub(super) struct Batch {
    orders: Vec<u64>,
    pub(super) pieces: Vec<Piece>,
}

/// What the tests set.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Switches {
    pub(super) hold_statuses: bool,
    pub(super) shuffle: bool,
    /// One piece a body, or now and then several.
    pub(super) single: bool,
}

#[derive(Debug)]
struct State {
    queue: BTreeMap<u64, Queued>,
    next_order: u64,
    switches: Switches,
    rng: StdRng,
}

/// The queue of what is to be delivered.
#[derive(Debug)]
pub(super) struct Courier {
    state: Mutex<State>,
    wake: Notify,
    redelivery: Redelivery,
}

/// Where bodies go.
pub(super) trait Recipient {
    /// Delivers one body; whether it was acknowledged.
    fn deliver(&self, pieces: Vec<Piece>) -> impl Future<Output = bool>;

    /// Records that a piece was acknowledged.
    fn acknowledged(&self, receipt: &Receipt);

    /// Hears that a body has been dealt with, either way.
    fn settled(&self, acknowledged: bool);
}

impl Courier {
    pub(super) fn new(redelivery: Redelivery, seed: u64) -> Self {
        let rng = StdRng::seed_from_u64(seed);
        let state = State {
            queue: BTreeMap::new(),
            next_order: 0,
            switches: Switches::default(),
            rng,
        };
        Self {
            state: Mutex::new(state),
            wake: Notify::new(),
            redelivery,
        }
    }

    pub(super) fn post(&self, parcel: Parcel) {
        let mut state = self.state.lock();
        let order = state.next_order;
        state.next_order += 1;
        state.queue.insert(
            order,
            Queued {
                parcel,
                tries: 0,
                in_flight: false,
            },
        );
        drop(state);
        self.wake.notify_one();
    }

    pub(super) fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.state.lock().switches);
        self.wake.notify_one();
    }

    /// How many pieces have not been acknowledged.
    pub(super) fn pending(&self) -> usize {
        self.state.lock().queue.len()
    }

    /// Delivers for ever.
    pub(super) async fn run<R: Recipient + 'static>(self: Arc<Self>, recipient: Arc<R>) {
        let permits = Arc::new(Semaphore::new(BODIES_AT_ONCE));
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            let batch = self.next_batch().await;
            let courier = Arc::clone(&self);
            let recipient = Arc::clone(&recipient);
            rt::spawn(async move {
                let acknowledged = recipient.deliver(batch.pieces).await;
                courier.settle(&batch.orders, acknowledged, &*recipient);
                drop(permit);
            });
        }
    }

    async fn next_batch(&self) -> Batch {
        loop {
            let woken = self.wake.notified();
            let (batch, due) = self.state.lock().pick(Instant::now());
            match (batch, due) {
                (Some(batch), _) => return batch,
                (None, Some(due)) => {
                    tokio::select! {
                        () = woken => {}
                        () = tokio::time::sleep_until(due) => {}
                    }
                }
                (None, None) => woken.await,
            }
        }
    }

    fn settle(&self, orders: &[u64], acknowledged: bool, recipient: &impl Recipient) {
        if acknowledged {
            // First the record, then the queue: an empty queue means that everything is recorded.
            self.receipts(orders)
                .iter()
                .for_each(|receipt| recipient.acknowledged(receipt));
            for done in self.remove(orders) {
                // Whoever asked may have gone.
                let _ = done.send(());
            }
        } else {
            self.put_back(orders);
        }
        recipient.settled(acknowledged);
        self.wake.notify_one();
    }

    fn receipts(&self, orders: &[u64]) -> Vec<Receipt> {
        let state = self.state.lock();
        let queued = orders.iter().filter_map(|order| state.queue.get(order));
        queued.map(|queued| queued.parcel.receipt.clone()).collect()
    }

    fn remove(&self, orders: &[u64]) -> Vec<oneshot::Sender<()>> {
        let mut state = self.state.lock();
        let removed = orders.iter().filter_map(|order| state.queue.remove(order));
        removed.filter_map(|queued| queued.parcel.done).collect()
    }

    fn put_back(&self, orders: &[u64]) {
        let mut state = self.state.lock();
        for order in orders {
            if let Some(queued) = state.queue.get_mut(order) {
                queued.tries += 1;
                queued.in_flight = false;
                queued.parcel.due = Instant::now() + self.redelivery.after(queued.tries);
            }
        }
    }
}

impl State {
    /// What may leave now, or when to look again.
    fn pick(&mut self, now: Instant) -> (Option<Batch>, Option<Instant>) {
        let (mut ready, due) = self.ready(now);
        if ready.is_empty() {
            return (None, due);
        }
        if self.switches.shuffle {
            ready.shuffle(&mut self.rng);
        }
        let several = !self.switches.single && self.rng.random_ratio(1, 4);
        let count = if several {
            self.rng.random_range(2..=PIECES_MAX)
        } else {
            1
        };
        ready.truncate(count);
        let mut pieces = Vec::with_capacity(ready.len());
        for order in &ready {
            if let Some(queued) = self.queue.get_mut(order) {
                queued.in_flight = true;
                pieces.push(queued.parcel.piece.clone());
            }
        }
        (
            Some(Batch {
                orders: ready,
                pieces,
            }),
            None,
        )
    }

    fn ready(&self, now: Instant) -> (Vec<u64>, Option<Instant>) {
        let mut lanes = HashSet::new();
        let mut ready = Vec::new();
        let mut due = BTreeSet::new();
        for (order, queued) in &self.queue {
            let is_first = queued
                .parcel
                .lane
                .as_ref()
                .is_none_or(|lane| lanes.insert(lane));
            let is_held =
                self.switches.hold_statuses && matches!(queued.parcel.receipt, Receipt::Status(..));
            if !is_first || is_held || queued.in_flight {
                continue;
            }
            if queued.parcel.due <= now {
                ready.push(*order);
            } else {
                due.insert(queued.parcel.due);
            }
        }
        (ready, due.first().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn courier() -> Courier {
        let courier = Courier::new(Redelivery::default(), 1);
        courier.switch(|switches| switches.single = true);
        courier
    }

    fn message(courier: &Courier, id: &str, lane: &str) {
        let message = serde_json::json!(id);
        courier.post(Parcel {
            piece: Piece::Message {
                wa_id: lane.to_owned(),
                name: String::new(),
                message,
            },
            lane: Some(lane.into()),
            due: Instant::now(),
            receipt: Receipt::Message(id.into()),
            done: None,
        });
    }

    #[derive(Default)]
    struct Log(Mutex<Vec<Receipt>>);

    impl Recipient for Log {
        async fn deliver(&self, _: Vec<Piece>) -> bool {
            true
        }
        fn acknowledged(&self, receipt: &Receipt) {
            self.0.lock().push(receipt.clone());
        }
        fn settled(&self, _: bool) {}
    }

    #[tokio::test(start_paused = true)]
    async fn a_customers_messages_stay_in_order_however_often_one_is_refused() {
        let courier = courier();
        for id in ["1", "2", "3"] {
            message(&courier, id, "33");
        }
        let log = Log::default();
        for refusals in 0..3 {
            for _ in 0..refusals {
                let batch = courier.next_batch().await;
                courier.settle(&batch.orders, false, &log);
            }
            let batch = courier.next_batch().await;
            assert!(
                courier.state.lock().pick(Instant::now()).0.is_none(),
                "one at a time"
            );
            courier.settle(&batch.orders, true, &log);
        }
        let expected = ["1", "2", "3"].map(|id| Receipt::Message(id.into()));
        assert_eq!(*log.0.lock(), expected);
        assert_eq!(courier.pending(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_body_comes_again_less_and_less_often() {
        let courier = courier();
        message(&courier, "1", "33");
        let start = Instant::now();
        let mut seen = Vec::new();
        for _ in 0..9 {
            let batch = courier.next_batch().await;
            seen.push((Instant::now() - start).as_millis());
            courier.settle(&batch.orders, false, &Log::default());
        }
        let waits: Vec<u128> = seen.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let rounded: Vec<u128> = waits.iter().map(|wait| (wait + 5) / 10 * 10).collect();
        assert_eq!(
            rounded,
            [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]
        );
    }
}

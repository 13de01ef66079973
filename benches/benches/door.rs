//! What a bound costs: the door, against an actix actor that has none, and against a channel that is nothing but one.
//!
//! One task on one thread posts; the receiver counts on another. A turn ends when the last message is answered.

use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler};
use actix_rt::{Arbiter, System, SystemRunner};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use ecluse_benches::counter::Counter;
use ecluse_benches::size;
use ecluse_engine::runtime::guard::{self, RestartBudget, Surroundings, Ways};
use ecluse_engine::runtime::{Clock, Envelope};
use ecluse_engine::sim::{Commits, SimJournal};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Runs turns, and checks after each that the receiver counted all of it.
fn measure(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    system: &SystemRunner,
    turn: impl AsyncFn(usize) -> u64,
) {
    let messages = size(10_000, 100);
    let mut expected = 0;
    group.throughput(Throughput::Elements(messages as u64));
    group.bench_function(name, |bencher| {
        bencher.iter_custom(|turns| {
            let mut took = Duration::ZERO;
            for _ in 0..turns {
                let (counted, elapsed) = system.block_on(async {
                    let started = Instant::now();
                    (turn(messages).await, started.elapsed())
                });
                expected += messages as u64;
                assert_eq!(counted, expected, "{name} counts every message");
                took += elapsed;
            }
            took
        });
    });
}

fn start<const ROOM: u32>(arbiter: &Arbiter) -> Ways<Counter<ROOM>> {
    let journal = SimJournal::new(Commits::AtOnce);
    let around = Arc::new(Surroundings {
        log: journal.log.clone(),
        journal,
        clock: Clock::system(),
        budget: RestartBudget::default(),
    });
    guard::start(
        Counter,
        around,
        &arbiter.handle(),
        std::sync::Arc::default(),
    )
}

async fn through_the_door<const ROOM: u32>(ways: &Ways<Counter<ROOM>>, messages: usize) -> u64 {
    for number in 1..messages {
        ways.door
            .post(Envelope::new(number as u64))
            .await
            .expect("the actor lives");
    }
    let (tell, told) = oneshot::channel();
    let reply = Box::new(move |count| {
        let _ = tell.send(count);
    });
    let last = Envelope {
        reply: Some(reply),
        ..Envelope::new(0)
    };
    ways.door.post(last).await.expect("the actor lives");
    told.await.expect("it answers")
}

/// An actor as actix has it.
struct Bare(u64);

struct Message(#[expect(dead_code, reason = "it weighs what the door's message weighs")] u64);

impl actix::Message for Message {
    type Result = u64;
}

impl Actor for Bare {
    type Context = Context<Self>;
}

impl Handler<Message> for Bare {
    type Result = u64;

    fn handle(&mut self, _: Message, _: &mut Context<Self>) -> u64 {
        self.0 += 1;
        self.0
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the bare way is what the door is compared with"
)]
async fn without_a_door(address: &Addr<Bare>, messages: usize) -> u64 {
    for number in 1..messages {
        address.do_send(Message(number as u64));
    }
    address.send(Message(0)).await.expect("the actor lives")
}

type Counted = (u64, Option<oneshot::Sender<u64>>);

async fn count(mut messages: mpsc::Receiver<Counted>) {
    let mut count = 0;
    while let Some((_, ask)) = messages.recv().await {
        count += 1;
        if let Some(tell) = ask {
            let _ = tell.send(count);
        }
    }
}

async fn through_a_channel(sender: &mpsc::Sender<Counted>, messages: usize) -> u64 {
    for number in 1..messages {
        sender
            .send((number as u64, None))
            .await
            .expect("the task lives");
    }
    let (tell, told) = oneshot::channel();
    sender.send((0, Some(tell))).await.expect("the task lives");
    told.await.expect("it answers")
}

fn door(criterion: &mut Criterion) {
    let system = System::new();
    let arbiter = Arbiter::new();
    let mut group = criterion.benchmark_group("door");

    let ways = start::<32>(&arbiter);
    measure(&mut group, "door of 32", &system, async |messages| {
        through_the_door(&ways, messages).await
    });
    let ways = start::<1_024>(&arbiter);
    measure(&mut group, "door of 1024", &system, async |messages| {
        through_the_door(&ways, messages).await
    });

    let address = Bare::start_in_arbiter(&arbiter.handle(), |_| Bare(0));
    measure(
        &mut group,
        "bare actix, no bound",
        &system,
        async |messages| without_a_door(&address, messages).await,
    );

    for room in [32, 1_024] {
        let (sender, receiver) = mpsc::channel(room);
        arbiter.spawn(count(receiver));
        let name = format!("tokio channel of {room}");
        measure(&mut group, &name, &system, async |messages| {
            through_a_channel(&sender, messages).await
        });
    }
    group.finish();
}

criterion_group!(benches, door);
criterion_main!(benches);

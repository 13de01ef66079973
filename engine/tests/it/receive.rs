//! The engine's front door: whole bodies, of any size, and every item once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::System;
use ecluse_engine::conversation::{Command, Reply};
use ecluse_engine::ids::ConversationKey;
use ecluse_engine::limits::Limits;
use ecluse_engine::message::{Author, Fact, Item};
use ecluse_engine::runtime::gate::Shut;
use ecluse_engine::runtime::{Clock, GateCapacity, Settled, Threads};
use ecluse_engine::sim::{Commits, SimJournal, sample, world};
use ecluse_engine::system::{Engine, Foundation, Patience};

/// An engine on two threads of its own.
fn engine(messages: usize) -> (Arc<Engine>, Arc<SimJournal>) {
    let journal = SimJournal::new(Commits::OnDemand);
    let limits = Limits {
        gate: GateCapacity {
            messages,
            bytes: 1 << 20,
            reserve: 8,
        },
        ..Limits::default()
    };
    let config = sample::config((1..=4).map(|number| sample::channel(number, sample::rules())));
    let foundation = world::foundation(&journal, &config, limits, Clock::manual(sample::START).0);
    (
        Engine::start(Foundation {
            threads: Threads::start(2),
            ..foundation
        }),
        journal,
    )
}

/// From now on the journal commits by itself, in groups of whatever has arrived.
fn keep_up(journal: &Arc<SimJournal>) {
    actix_rt::spawn(Arc::clone(journal).keep_up());
}

fn body(items: usize, contacts: usize) -> Vec<Item> {
    (0..items)
        .map(|n| {
            sample::item(
                1,
                &format!("contact {}", n % contacts),
                &format!("wamid.{n:04}"),
            )
        })
        .collect()
}

/// The provider ids that were received, by conversation, in the order of their sequence numbers.
fn received(journal: &SimJournal) -> BTreeMap<ConversationKey, Vec<String>> {
    let mut received = BTreeMap::<_, Vec<String>>::new();
    let mut next_seq = BTreeMap::<_, u64>::new();
    for committed in journal.entries() {
        let entry = &committed.entry;
        let key = entry.conversation_key().expect("only conversations wrote");
        let next = next_seq.entry(key.clone()).or_insert(1);
        assert_eq!(entry.first_seq, *next, "one_order of {key:?}");
        *next += entry.facts.len() as u64;
        for fact in &entry.facts {
            if let Fact::Received(message) = fact {
                received
                    .entry(key.clone())
                    .or_default()
                    .push(message.message.provider_id.0.to_string());
            }
        }
    }
    received
}

fn expected(items: usize, contacts: usize) -> BTreeMap<ConversationKey, Vec<String>> {
    let mut expected = BTreeMap::<_, Vec<String>>::new();
    for n in 0..items {
        let key = sample::key(1, &format!("contact {}", n % contacts));
        expected
            .entry(key)
            .or_default()
            .push(format!("wamid.{n:04}"));
    }
    expected
}

#[test]
fn a_body_larger_than_every_door_and_than_the_gate_goes_through_once_and_in_order() {
    System::new().block_on(async {
        for (gate, contacts) in [(16_384, 1), (16_384, 3), (8, 1), (8, 3), (8, 1_000)] {
            let (engine, journal) = engine(gate);
            keep_up(&journal);
            for delivery in ["the first time", "a second time"] {
                let settled = engine
                    .receive(body(1_000, contacts), 300_000, Patience::None)
                    .await;
                assert_eq!(
                    settled,
                    Ok(Settled::All),
                    "gate {gate}, {contacts} contacts, {delivery}"
                );
                assert_eq!(
                    received(&journal),
                    expected(1_000, contacts),
                    "gate {gate}, {contacts} contacts, {delivery}"
                );
            }
            engine.gate.emptied().await;
        }
    });
}

#[test]
fn an_album_that_arrives_at_once_is_one_conversation() {
    System::new().block_on(async {
        let (engine, journal) = engine(16_384);
        keep_up(&journal);
        let images = (0..30).map(|n| sample::item(1, "contact", &format!("image {n}")));
        let bodies = images.map(|image| engine.receive(vec![image], 300, Patience::None));
        for settled in futures_util::future::join_all(bodies).await {
            assert_eq!(settled, Ok(Settled::All));
        }
        let facts: Vec<Fact> = journal
            .entries()
            .iter()
            .flat_map(|committed| committed.entry.facts.clone())
            .collect();
        let opened = facts
            .iter()
            .filter(|fact| matches!(fact, Fact::Opened(_)))
            .count();
        let received = facts
            .iter()
            .filter(|fact| matches!(fact, Fact::Received(_)))
            .count();
        assert_eq!((opened, received), (1, 30));
    });
}

#[test]
fn bodies_of_several_channels_share_the_gate_and_all_go_through() {
    System::new().block_on(async {
        let (engine, journal) = engine(16);
        keep_up(&journal);
        let bodies = (0..40).map(|n| {
            let channel = 1 + n % 4;
            let items: Vec<Item> = (0..5)
                .map(|i| sample::item(channel, &format!("contact {}", n % 7), &format!("{n}.{i}")))
                .collect();
            engine.receive(items, 100, Patience::Wait(Duration::from_secs(60)))
        });
        for settled in futures_util::future::join_all(bodies).await {
            assert_eq!(settled, Ok(Settled::All));
        }
        assert_eq!(
            received(&journal).values().map(Vec::len).sum::<usize>(),
            200
        );
        engine.gate.emptied().await;
    });
}

#[test]
fn a_drain_refuses_what_comes_and_finishes_what_is_inside() {
    System::new().block_on(async {
        let (engine, journal) = engine(16_384);
        let inside = actix_rt::spawn({
            let engine = Arc::clone(&engine);
            async move { engine.receive(body(200, 3), 60_000, Patience::None).await }
        });
        while engine.gate.inside() == 0 {
            tokio::task::yield_now().await;
        }
        keep_up(&journal);
        assert!(
            engine.drain(Duration::from_secs(60)).await,
            "everything inside was committed"
        );
        assert_eq!(inside.await.unwrap(), Ok(Settled::All));
        assert!(engine.gate.is_shut(Shut::Draining));
        let refused = engine
            .receive(body(1, 1), 300, Patience::Wait(Duration::from_secs(60)))
            .await
            .unwrap_err();
        assert!(refused.draining);
        assert_eq!(
            received(&journal).values().map(Vec::len).sum::<usize>(),
            200
        );
    });
}

/// What customers, agents and providers do at once to one conversation has one order: every fact its number, none twice,
/// none left out, whoever asks.
#[test]
fn one_order() {
    System::new().block_on(async {
        let (engine, journal) = engine(16_384);
        keep_up(&journal);
        let key = sample::key(1, "contact");
        let first = sample::item(1, "contact", "first");
        let opened = engine.receive(vec![first], 300, Patience::None).await;
        assert_eq!(opened, Ok(Settled::All));
        let conversation = journal.entries()[0]
            .entry
            .facts
            .iter()
            .find_map(|fact| match fact {
                Fact::Opened(opened) => Some(opened.conversation),
                _ => None,
            })
            .expect("the first message opens it");
        let written = (0..100).map(|n| {
            let item = sample::item(1, "contact", &format!("in {n}"));
            engine.receive(vec![item], 300, Patience::None)
        });
        let answered = (0..100).map(|n| {
            let command = Command::Send {
                conversation,
                message: Arc::new(sample::answer(Author::Program, &format!("out {n}"))),
                fingerprint: None,
                based_on: None,
            };
            engine.ask(&key, command)
        });
        let (written, answered) = futures_util::future::join(
            futures_util::future::join_all(written),
            futures_util::future::join_all(answered),
        )
        .await;
        assert!(written.iter().all(|settled| *settled == Ok(Settled::All)));
        let mut told: Vec<u64> = answered
            .into_iter()
            .map(|reply| match reply {
                Ok(Some(Reply::Done { seq, .. })) => seq,
                other => panic!("{other:?}"),
            })
            .collect();
        received(&journal);
        told.sort_unstable();
        let mut recorded = Vec::new();
        for committed in journal.entries() {
            let numbered = committed.entry.numbered();
            let queued = numbered.filter(|(_, fact)| matches!(fact, Fact::Queued(_)));
            recorded.extend(queued.map(|(seq, _)| seq));
        }
        assert_eq!(told, recorded, "each was told the number that it has");
    });
}

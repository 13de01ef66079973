//! A channel's patience and its health, as those who depend on them see it.

use actix_rt::System;
use async_trait::async_trait;
use tokio::sync::watch;

use super::*;
use crate::ids::Address;
use crate::message::{Author, Content, Item, Outbound, StatusReport};
use crate::provider::VerifyError;
use crate::runtime::{Clock, Settled};
use crate::sim::{Commits, SimJournal, sample, world};
use crate::system::{Foundation, Patience};

#[test]
fn waiting_grows_with_every_attempt_and_ends_somewhere() {
    use RetryScope::{Channel, Message, Recipient};
    let table = [
        (Recipient, 1, [1, 4, 16, 64, 256, 1_024, 1_024, 1_024]),
        (Message, 1, [1, 2, 4, 8, 16, 32, 64, 64]),
        (Channel, 30, [30, 60, 120, 240, 480, 960, 1_920, 1_920]),
    ];
    for (scope, first, expected) in table {
        let waits = (1..=ATTEMPTS_MAX)
            .map(|attempt| patience(Duration::from_secs(first), scope, attempt).as_secs());
        assert_eq!(waits.collect::<Vec<_>>(), expected, "{scope:?}");
        let longest = patience(Duration::from_secs(first), scope, u32::MAX).as_secs();
        assert_eq!(Some(&longest), expected.last(), "{scope:?}");
    }
}

/// A provider that takes everything under its own text as id, and finds the channel at fault for one code.
#[derive(Clone, Copy)]
struct Company;

const AT_FAULT: i64 = 131_042;

#[async_trait]
impl Provider for Company {
    async fn send(&self, _: &Address, message: &Outbound) -> Sending {
        match &message.content {
            Content::Text(text) => Sending::Sent(text.body.as_str().into()),
            other => panic!("nobody sends {other:?}"),
        }
    }

    async fn verify(&self) -> Result<(), VerifyError> {
        Ok(())
    }

    fn pace(&self) -> Pace {
        Pace {
            per_second: 1_000,
            pair_interval: Duration::ZERO,
            pair_burst: 1_000,
        }
    }
}

impl Providers for Company {
    fn provider(&self, _: ChannelId) -> Result<Arc<dyn Provider>, String> {
        Ok(Arc::new(Self))
    }

    fn is_channels_fault(&self, _: ChannelId, error: &ProviderError) -> bool {
        error.code == AT_FAULT
    }
}

/// What was said of the channel's health, in order.
struct Health(watch::Sender<Vec<String>>);

impl Health {
    async fn after(&self, count: usize) -> Vec<String> {
        let mut said = self.0.subscribe();
        let enough = said.wait_for(|said| said.len() >= count).await;
        enough.expect("the sender lives").clone()
    }
}

impl HealthSink for Health {
    fn degraded(&self, _: ChannelId, reason: &str) {
        self.0.send_modify(|said| said.push(reason.to_owned()));
    }

    fn healthy(&self, _: ChannelId) {
        self.0.send_modify(|said| said.push("healthy".to_owned()));
    }
}

async fn start(health: &Arc<Health>) -> Arc<Engine> {
    let journal = SimJournal::new(Commits::AtOnce);
    let (clock, _hand) = Clock::manual(sample::START);
    start_on(&journal, clock, Arc::new(Company), health).await
}

async fn start_on(
    journal: &Arc<SimJournal>,
    clock: Clock,
    providers: Arc<dyn Providers>,
    health: &Arc<Health>,
) -> Arc<Engine> {
    let config = sample::config([sample::channel(1, sample::rules())]);
    let foundation = world::foundation(journal, &config, limits::Limits::default(), clock);
    let engine = Engine::start(Foundation {
        providers,
        health: Arc::clone(health) as Arc<_>,
        ..foundation
    });
    engine.follow().await.expect("the store is in memory");
    engine
}

async fn receive(engine: &Engine, item: Item) {
    let settled = engine.receive(vec![item], 100, Patience::None).await;
    assert_eq!(settled, Ok(Settled::All));
}

/// Waits for a fact above a cursor.
async fn heard(cursor: &mut Cursor, is_wanted: impl Fn(&Fact) -> bool) {
    loop {
        let entries = cursor.next(100).await.expect("it is in memory");
        let mut facts = entries.iter().flat_map(|committed| &committed.entry.facts);
        if facts.any(&is_wanted) {
            return;
        }
    }
}

/// Sends a text; what comes of it is above the cursor.
async fn send(engine: &Arc<Engine>, key: &ConversationKey, text: &str) -> Cursor {
    let state = engine.store.conversation(key).await.expect("in memory");
    let episode = state.and_then(|state| state.episode).expect("it opened");
    let command = Command::Send {
        conversation: episode.id,
        message: Arc::new(sample::answer(Author::System, text)),
        fingerprint: None,
        based_on: None,
    };
    let cursor = Cursor::new(Arc::clone(&engine.log), engine.log.head());
    engine.ask(key, command).await.expect("there is room");
    cursor
}

/// Sends a text, and waits until the provider has taken it.
async fn sent(engine: &Arc<Engine>, key: &ConversationKey, text: &str) {
    let mut cursor = send(engine, key, text).await;
    heard(&mut cursor, |fact| matches!(fact, Fact::SendEnded { .. })).await;
}

fn failed(key: &ConversationKey, text: &str, code: i64, title: &str) -> Item {
    Item::Status {
        key: key.clone(),
        report: StatusReport {
            provider_id: text.into(),
            status: Status::Failed,
            at: sample::START,
            error: Some(ProviderError {
                code,
                title: title.to_owned(),
                detail: None,
            }),
        },
    }
}

#[test]
fn a_failed_status_that_is_the_channels_fault_degrades_it_until_something_changes() {
    System::new().block_on(async {
        let health = Arc::new(Health(watch::Sender::default()));
        let engine = start(&health).await;
        let key = sample::key(1, "33612345678");
        receive(&engine, sample::item(1, "33612345678", "a")).await;
        for (text, code, title) in [
            ("one", 131_026, "Message undeliverable"),
            ("two", AT_FAULT, "Business eligibility payment issue"),
        ] {
            sent(&engine, &key, text).await;
            receive(&engine, failed(&key, text, code, title)).await;
        }
        assert_eq!(
            health.after(1).await,
            ["Business eligibility payment issue"]
        );
        let again = ChannelEvent::Halted {
            reason: "still".to_owned(),
            until: sample::START.plus(HALT),
        };
        for event in [
            ChannelEvent::Succeeded,
            again,
            ChannelEvent::Reconfigured,
            ChannelEvent::Succeeded,
        ] {
            engine.tell_channel(key.tenant, key.channel, event);
        }
        assert_eq!(
            health.after(3).await[1..],
            ["still", "healthy"],
            "a call that was out when it was halted says nothing"
        );
    });
}

#[test]
fn a_channel_in_quarantine_is_degraded_until_a_call_after_it_succeeds() {
    System::new().block_on(async {
        let health = Arc::new(Health(watch::Sender::new(Vec::new())));
        let engine = start(&health).await;
        let parts = Parts {
            store: Arc::clone(&engine.store),
            log: Arc::clone(&engine.log),
            providers: Arc::new(Company),
            health: Arc::clone(&health) as Arc<_>,
            clock: engine.clock.clone(),
        };
        let id = sample::channel_id(1);
        let mut channel = Channel::new(TenantId::DEFAULT, id, &Weak::new(), &parts, Position(0));
        channel.quarantined(sample::START);
        channel.succeeded(sample::START);
        let said = health.after(1).await;
        assert!(
            said.len() == 1 && said[0].contains("dead letters"),
            "{said:?}"
        );
        channel.succeeded(sample::START.plus(HALT));
        assert_eq!(health.after(2).await[1..], ["healthy"]);
    });
}

/// A provider that never answers.
#[derive(Clone, Copy)]
struct Silent;

#[async_trait]
impl Provider for Silent {
    async fn send(&self, _: &Address, _: &Outbound) -> Sending {
        std::future::pending().await
    }

    async fn verify(&self) -> Result<(), VerifyError> {
        Ok(())
    }

    fn pace(&self) -> Pace {
        Company.pace()
    }
}

impl Providers for Silent {
    fn provider(&self, _: ChannelId) -> Result<Arc<dyn Provider>, String> {
        Ok(Arc::new(Self))
    }

    fn is_channels_fault(&self, _: ChannelId, _: &ProviderError) -> bool {
        false
    }
}

fn attempts(journal: &SimJournal) -> Vec<u32> {
    let entries = journal.entries();
    let facts = entries.iter().flat_map(|committed| &committed.entry.facts);
    facts
        .filter_map(|fact| match fact {
            Fact::Attempted { attempt, .. } => Some(*attempt),
            _ => None,
        })
        .collect()
}

/// A status may tell how a call ended whose answer is lost, so a process that begins waits for it before it calls again.
#[test]
fn a_lost_answer_waits_for_its_status_after_every_restart() {
    System::new().block_on(async {
        let health = Arc::new(Health(watch::Sender::default()));
        let (clock, hand) = Clock::manual(sample::START);
        let mut journal = SimJournal::new(Commits::AtOnce);
        let on = |journal: &Arc<SimJournal>| {
            let (clock, health) = (clock.clone(), Arc::clone(&health));
            let journal = Arc::clone(journal);
            async move { start_on(&journal, clock, Arc::new(Silent), &health).await }
        };
        let key = sample::key(1, "33612345678");
        let engine = on(&journal).await;
        receive(&engine, sample::item(1, "33612345678", "a")).await;
        let mut cursor = send(&engine, &key, "one").await;
        heard(&mut cursor, |fact| matches!(fact, Fact::Attempted { .. })).await;

        // The first restart finds a call that was out, the second one that its answer is lost.
        for expected in [1, 2] {
            hand.advance(outbox::RECONCILE * 10);
            journal = journal.after_a_crash(journal.log.projected());
            journal.project(usize::MAX);
            let engine = on(&journal).await;
            let is_lost = |fact: &Fact| matches!(fact, Fact::AttemptAmbiguous { .. });
            let mut cursor = Cursor::new(Arc::clone(&engine.log), Position(0));
            heard(&mut cursor, is_lost).await;
            if expected == 1 {
                continue;
            }
            // An answer of the channel's says that it has read its outbox.
            let reason = "over".to_owned();
            let until = sample::START;
            engine.tell_channel(
                key.tenant,
                key.channel,
                ChannelEvent::Halted { reason, until },
            );
            health.after(1).await;
            let mut cursor = Cursor::new(Arc::clone(&engine.log), engine.log.head());
            hand.advance(outbox::RECONCILE - Duration::from_secs(1));
            engine.tell_channel(key.tenant, key.channel, ChannelEvent::Woken);
            receive(&engine, sample::item(1, "33612345678", "b")).await;
            assert_eq!(attempts(&journal), [1]);
            hand.advance(Duration::from_secs(2));
            engine.tell_channel(key.tenant, key.channel, ChannelEvent::Woken);
            heard(&mut cursor, |fact| matches!(fact, Fact::Attempted { .. })).await;
            assert_eq!(attempts(&journal), [1, 2]);
        }
    });
}

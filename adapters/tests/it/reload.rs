//! A conversation that slept and woke is the one that stayed awake.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::storage::backup::{Finding, Scope, inspect};
use ecluse_engine::configuration::{Channel, Snapshot};
use ecluse_engine::conversation::{Command, Configured, State};
use ecluse_engine::ids::ConversationKey;
use ecluse_engine::message::{
    Author, Destination, Entry, Fact, Fingerprint, SendOutcome, Timestamp,
};
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::{Dice, Script, sample};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any};
use proptest::test_runner::TestRunner;

use crate::node::Node;

/// After so many commands the conversation is also read from the store.
const LOOK_EVERY: usize = 48;

/// One conversation, awake all the time, and as it woke the last time that it was read.
struct Twins {
    key: ConversationKey,
    channel: Channel,
    config: Snapshot,
    awake: State,
    woken: State,
    known: Vec<Fingerprint>,
    now: Timestamp,
}

impl Twins {
    fn new(address: &str, destination: Destination) -> Self {
        let channel = Channel {
            destination,
            auto_replies: sample::auto_replies(),
            ..sample::channel(1, sample::rules())
        };
        Self {
            key: sample::key(1, address),
            config: sample::centre([channel.clone()]),
            channel,
            awake: State::default(),
            woken: State::default(),
            known: Vec::new(),
            now: sample::START,
        }
    }

    /// Both decide, and must decide the same.
    fn step(&mut self, command: &Command) -> Option<Entry> {
        let configured = Configured {
            channel: &self.channel,
            snapshot: Some(&self.config),
            is_banned: false,
        };
        let decided = self.awake.step(&self.key, configured, command, self.now);
        let woken = self.woken.step(&self.key, configured, command, self.now);
        assert_eq!(
            woken, decided,
            "who woke decides otherwise about {command:?}"
        );
        match decided {
            Decision::Record(entry, _) => Some(entry),
            Decision::Repeat(_) | Decision::Answer(_) => None,
        }
    }

    fn bury(&mut self, command: &Command) -> Option<Entry> {
        self.woken
            .bury(&self.key, command, "as if it had crashed", self.now);
        Some(
            self.awake
                .bury(&self.key, command, "as if it had crashed", self.now)
                .0,
        )
    }

    fn remember(&mut self, entry: &Entry) {
        for fact in &entry.facts {
            if let Fact::Received(received) = fact {
                self.known.push(received.fingerprint);
            } else if let Fact::Queued(queued) = fact {
                self.known.extend(queued.fingerprint);
            } else if let Fact::FormFilled(form) = fact {
                self.known.extend(form.fingerprint);
            }
        }
    }

    async fn wake(&mut self, node: &Node) {
        node.projected().await;
        self.woken = node.state(&self.key).await;
        for id in &self.known {
            assert_eq!(
                self.woken.recent.get(*id, self.now),
                self.awake.recent.get(*id, self.now),
                "the recent id {id:?}"
            );
        }
        // Beside the ids, of which one may still hold some that are too old to count.
        let (mut awake, mut woken) = (self.awake.clone(), self.woken.clone());
        awake.recent = Default::default();
        woken.recent = Default::default();
        assert_eq!(woken, awake);
    }
}

fn destination(number: u64) -> Destination {
    match number % 3 {
        0 => Destination::Queue(sample::queue_id(1)),
        number => Destination::Chatbot(sample::chatbot_id(number)),
    }
}

async fn live(node: &Node, address: &str, destination: Destination, choices: &[u64]) {
    let mut twins = Twins::new(address, destination);
    let mut script = Script::new(twins.channel.id);
    for (number, choice) in choices.iter().enumerate() {
        let (pause, command) = script.next(*choice, &twins.awake);
        twins.now = twins.now.plus(pause);
        let entry = if choice % 97 == 96 {
            twins.bury(&command)
        } else {
            twins.step(&command)
        };
        if let Some(entry) = entry {
            twins.remember(&entry);
            node.append(entry);
        }
        if number % LOOK_EVERY == LOOK_EVERY - 1 {
            twins.wake(node).await;
        }
    }
    twins.wake(node).await;
}

fn on_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap()
}

#[test]
fn waking_never_differs_from_having_stayed_awake() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    let lives = Cell::new(0);
    let config = ProptestConfig {
        cases: 96,
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&vec(any::<u64>(), 1..220), |choices| {
        lives.set(lives.get() + 1);
        let destination = destination(lives.get());
        on_runtime(live(
            &node,
            &format!("life {}", lives.get()),
            destination,
            &choices,
        ));
        Ok(())
    });
    node.stop();
    if let Err(failed) = outcome {
        panic!("{failed}");
    }
    let inspected = inspect(directory.path(), Scope::Rows).findings;
    let broken = |finding: &Finding| {
        !matches!(
            finding,
            Finding::Damaged {
                file: "config.db",
                ..
            }
        )
    };
    assert!(!inspected.iter().any(broken), "{inspected:?}");
}

/// Restarts between the commands, too: what was read from files that were closed and opened again is the same.
#[test]
fn a_restart_never_differs_from_having_gone_on() {
    let directory = directory();
    let mut dice = Dice::new(20_260_101);
    let mut twins = Twins::new("restarted", destination(1));
    let mut script = Script::new(twins.channel.id);
    for _ in 0..8 {
        let node = Node::open(directory.path()).unwrap();
        on_runtime(async {
            twins.wake(&node).await;
            for _ in 0..60 {
                let (pause, command) = script.next(dice.roll(), &twins.awake);
                twins.now = twins.now.plus(pause);
                if let Some(entry) = twins.step(&command) {
                    twins.remember(&entry);
                    node.append(entry);
                }
            }
        });
        node.stop();
    }
    let node = Node::open(directory.path()).unwrap();
    on_runtime(twins.wake(&node));
    node.stop();
}

#[test]
fn every_send_that_waits_is_known_again_however_many_there_are() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    on_runtime(async {
        let mut twins = Twins::new("busy", destination(0));
        let received = receive(&twins, "a");
        let entry = twins.step(&received).expect("it is new");
        node.append(entry);
        let conversation = twins.awake.episode.as_ref().expect("it opened").id;
        for _ in 0..400 {
            twins.now = twins.now.plus(Duration::from_millis(1));
            let message = Arc::new(sample::answer(Author::System, "x"));
            let command = Command::Send {
                conversation,
                message,
                fingerprint: None,
                based_on: None,
            };
            let entry = twins
                .awake
                .step(&twins.key, &twins.channel, &command, twins.now);
            let Decision::Record(entry, _) = entry else {
                panic!("it is queued")
            };
            node.append(entry);
        }
        for message in 4..404_u64 {
            // The conversation sleeps now and then while its provider takes one message after the other.
            if message % 100 == 5 {
                node.projected().await;
                twins.awake = node.state(&twins.key).await;
            }
            let fingerprint = Some(Fingerprint(u128::from(message)));
            let outcome = SendOutcome::Sent(format!("w{message}").into());
            let begin = Command::StartAttempt {
                message,
                attempt: 1,
            };
            let end = Command::EndAttempt {
                message,
                attempt: 1,
                outcome,
                fingerprint,
            };
            for command in [begin, end] {
                match twins
                    .awake
                    .step(&twins.key, &twins.channel, &command, twins.now)
                {
                    Decision::Record(entry, _) => node.append(entry),
                    other => panic!("message {message} is forgotten: {other:?}"),
                }
            }
        }
        node.projected().await;
    });
    node.stop();
}

fn receive(twins: &Twins, id: &str) -> Command {
    let fingerprint = sample::FINGERPRINTER.of(twins.channel.id, id);
    Command::Receive {
        message: Arc::new(sample::text(id, "Bonjour")),
        fingerprint,
    }
}

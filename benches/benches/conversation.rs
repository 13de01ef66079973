//! What one decision of a conversation costs, without its actor and without its entry's way to the disk.

use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ecluse_benches::size;
use ecluse_engine::configuration::Channel;
use ecluse_engine::conversation::{Command, State};
use ecluse_engine::ids::ConversationKey;
use ecluse_engine::message::{Author, Timestamp};
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::sample::{self, FINGERPRINTER};

struct Talk {
    key: ConversationKey,
    channel: Channel,
    now: Timestamp,
    state: State,
}

impl Talk {
    /// A conversation that has heard 200 messages this week.
    fn busy() -> Self {
        let (key, channel) = (
            sample::key(1, "33612345678"),
            sample::channel(1, sample::rules()),
        );
        let mut talk = Self {
            key,
            channel,
            now: sample::START,
            state: State::default(),
        };
        let earlier = talk.messages("earlier", 200);
        assert_eq!(talk.clone_state_and_decide(&earlier), 200);
        for command in &earlier {
            talk.state.step(&talk.key, &talk.channel, command, talk.now);
        }
        talk.now = talk.now.plus(Duration::from_secs(60));
        talk
    }

    fn messages(&self, prefix: &str, count: usize) -> Vec<Command> {
        (0..count)
            .map(|number| {
                let id = format!("wamid.{prefix}.{number:020}");
                let message = Arc::new(sample::text(&id, "Bonjour, où en est ma commande ?"));
                Command::Receive {
                    message,
                    fingerprint: FINGERPRINTER.of(self.key.channel, &id),
                }
            })
            .collect()
    }

    fn answers(&self, count: usize) -> Vec<Command> {
        let conversation = self.state.episode.as_ref().expect("somebody wrote").id;
        let message = Arc::new(sample::answer(Author::Program, "Elle arrive demain."));
        let answer = Command::Send {
            conversation,
            message,
            fingerprint: None,
            based_on: None,
        };
        vec![answer; count]
    }

    fn clone_state_and_decide(&self, commands: &[Command]) -> usize {
        self.decide(self.state.clone(), commands)
    }

    /// How many of the commands became entries.
    fn decide(&self, mut state: State, commands: &[Command]) -> usize {
        let mut recorded = 0;
        for command in commands {
            let decision = state.step(&self.key, &self.channel, command, self.now);
            recorded += usize::from(matches!(decision, Decision::Record(..)));
        }
        recorded
    }
}

fn repeated(commands: &[Command], times: usize) -> Vec<Command> {
    (0..times).flat_map(|_| commands.iter().cloned()).collect()
}

fn conversation(criterion: &mut Criterion) {
    let talk = Talk::busy();
    let count = size(1_000, 10);
    let cases = [
        ("receive", talk.messages("new", count), count),
        (
            "receive again",
            repeated(
                &talk.messages("earlier", count.min(200)),
                count.div_ceil(200),
            ),
            0,
        ),
        ("send", talk.answers(count), count),
    ];
    let mut group = criterion.benchmark_group("conversation");
    for (name, commands, recorded) in cases {
        group.throughput(Throughput::Elements(commands.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || talk.state.clone(),
                |state| assert_eq!(talk.decide(state, &commands), recorded),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, conversation);
criterion_main!(benches);

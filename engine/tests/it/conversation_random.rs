//! A conversation under commands in any order: whatever is thrown at it, what must hold holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecluse_engine::configuration::{Channel, Snapshot};
use ecluse_engine::conversation::{Command, Configured, Reply, State};
use ecluse_engine::journal::{Append, Journal as _};
use ecluse_engine::message::{Destination, Fact, Inbound, Timestamp};
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::{Commits, Script, SimJournal, sample};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};

use crate::audit::Audit;

/// A command that is already known or refused for a reason other than its age has no effect at all.
fn has_no_effect(before: &State, after: &State, decision: &Decision<Reply>, command: &Command) {
    match decision {
        Decision::Record(..) => {}
        Decision::Repeat(_) | Decision::Answer(_) => assert_eq!(before, after, "{command:?}"),
    }
}

/// A new message, written now, a while ago or by a clock that is ahead. One that comes again is what it was.
fn at_its_time(command: Command, now: Timestamp, choice: u64) -> Command {
    match command {
        Command::Receive {
            message,
            fingerprint,
        } => {
            let hours = [0, 0, 0, 0, -1, -20, -40, 5][(choice >> 40) as usize % 8];
            let sent_at = Timestamp(now.0 + hours * 3_600_000_000);
            let message = Arc::new(Inbound {
                sent_at,
                ..Inbound::clone(&message)
            });
            Command::Receive {
                message,
                fingerprint,
            }
        }
        other => other,
    }
}

/// Nothing configured but the channel; everything configured, with a queue as the destination; and with a chatbot.
fn worlds() -> [(Channel, Option<Snapshot>); 4] {
    let bare = sample::channel(1, sample::rules());
    let to = |destination| {
        let channel = Channel {
            destination,
            auto_replies: sample::auto_replies(),
            ..bare.clone()
        };
        (channel.clone(), Some(sample::centre([channel])))
    };
    [
        (bare.clone(), None),
        to(Destination::Queue(sample::queue_id(1))),
        to(Destination::Chatbot(sample::chatbot_id(1))),
        to(Destination::Chatbot(sample::chatbot_id(2))),
    ]
}

fn run((channel, snapshot): &(Channel, Option<Snapshot>), choices: &[u64]) {
    let key = sample::key(1, "33612345678");
    let configured = Configured {
        channel,
        snapshot: snapshot.as_ref(),
        is_banned: false,
    };
    let journal = SimJournal::new(Commits::AtOnce);
    let mut script = Script::new(channel.id);
    let (mut state, mut audit, mut now) = (State::default(), Audit::default(), sample::START);
    for choice in choices {
        let (pause, command) = script.next(*choice, &state);
        now = now.plus(pause);
        let command = at_its_time(command, now, *choice);
        let before = state.clone();
        let decision = if choice % 97 == 96 {
            let (letter, reply) = state.bury(&key, &command, "as if it had crashed", now);
            Decision::Record(letter, reply)
        } else {
            state.step(&key, configured, &command, now)
        };
        has_no_effect(&before, &state, &decision, &command);
        if let Decision::Record(entry, _) = decision {
            audit.hear(&entry);
            journal.append(Append::entry(entry));
        }
        audit.agrees_with(&state);
        assert_eq!(
            journal.store.state(&key).unwrap_or_default(),
            state,
            "the fold of the entries is the state"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn whatever_happens_to_a_conversation_what_must_hold_holds(
        world in 0..4_usize,
        choices in vec(any::<u64>(), 1..250)
    ) {
        run(&worlds()[world], &choices);
    }
}

/// A test that can only pass is none: the script must reach what the audit looks at.
#[test]
fn the_script_reaches_everything() {
    let mut dice = ecluse_engine::sim::Dice::new(7);
    let key = sample::key(1, "33612345678");
    let mut reached = BTreeMap::<String, u32>::new();
    for world in [0, 1, 2, 3, 2, 3].into_iter().cycle().take(720) {
        let (channel, snapshot) = &worlds()[world];
        let configured = Configured {
            channel,
            snapshot: snapshot.as_ref(),
            is_banned: false,
        };
        let (mut script, mut state, mut now) =
            (Script::new(channel.id), State::default(), sample::START);
        for _ in 0..250 {
            let choice = dice.roll();
            let (pause, command) = script.next(choice, &state);
            now = now.plus(pause);
            let command = at_its_time(command, now, choice);
            match state.step(&key, configured, &command, now) {
                Decision::Record(entry, _) => {
                    for fact in &entry.facts {
                        let name = serde_json::to_value(fact).unwrap()["fact"]
                            .as_str()
                            .unwrap()
                            .to_owned();
                        if let Fact::Queued(queued) = fact
                            && let Some(reply) = queued.auto_reply
                        {
                            *reached.entry(format!("auto {reply:?}")).or_default() += 1;
                        } else if let Fact::BotEnded { end, .. } = fact {
                            *reached.entry(format!("bot {end:?}")).or_default() += 1;
                        }
                        *reached.entry(name).or_default() += 1;
                    }
                }
                Decision::Repeat(_) => *reached.entry("repetition".to_owned()).or_default() += 1,
                Decision::Answer(
                    Reply::Done { .. } | Reply::Known { .. } | Reply::Buried { .. },
                ) => *reached.entry("nothing new".to_owned()).or_default() += 1,
                Decision::Answer(Reply::Refused(refusal)) => {
                    let name = format!("{refusal:?}")
                        .split([' ', '('])
                        .next()
                        .unwrap()
                        .to_owned();
                    *reached.entry(name).or_default() += 1;
                }
            }
        }
    }
    for name in [
        "opened",
        "reopened",
        "received",
        "queued",
        "attempted",
        "attempt_ambiguous",
        "send_ended",
        "status_rose",
        "status_kept",
        "assigned",
        "requeued",
        "first_answered",
        "closed",
        "erased",
        "stale",
        "profile_named",
        "email_typed",
        "timer_set",
        "timer_cleared",
        "language_chosen",
        "form_filled",
        "bot_started",
        "menu_moved",
        "bot_ended",
        "bot Chosen",
        "bot GaveUp",
        "bot TimedOut",
        "bot Taken",
        "bot Unable",
        "auto Welcome",
        "auto OutsideHours",
        "auto NoAgent",
        "auto Closed",
        "repetition",
        "nothing new",
        "Closed",
        "Open",
        "OtherEpisode",
        "Stale",
        "NotAllowed",
        "NotDue",
    ] {
        let times = reached.get(name).copied().unwrap_or(0);
        assert!(
            times >= 5,
            "{name} was reached {times} times only; all: {reached:?}"
        );
    }
}

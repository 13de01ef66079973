//! A conversation under commands in any order: whatever is thrown at it, what must hold holds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ecluse_engine::conversation::sends::rises;
use ecluse_engine::conversation::{Command, Reply, State, recent};
use ecluse_engine::ids::ConversationId;
use ecluse_engine::journal::{Append, Journal as _};
use ecluse_engine::message::{Entry, Fact, Fingerprint, Inbound, SendOutcome, Status, Timestamp};
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::{Commits, Script, SimJournal, sample};
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, proptest};

/// What the facts so far say, kept in the dumbest way.
#[derive(Debug, Default)]
struct Audit {
    next_seq: u64,
    /// The episode, and whether it is open.
    episode: Option<(ConversationId, bool)>,
    seen: HashMap<Fingerprint, Timestamp>,
    last_inbound: Option<Timestamp>,
    statuses: BTreeMap<u64, Status>,
    in_flight: BTreeMap<u64, u32>,
    timer: Option<u64>,
    read: Option<u64>,
    /// What is said now goes with an erasure.
    erasing: bool,
}

impl Audit {
    fn hear(&mut self, entry: &Entry) {
        assert_eq!(entry.first_seq, self.next_seq.max(1), "one_order");
        assert!(!entry.facts.is_empty(), "an entry says something");
        let erases = |fact: &Fact| matches!(fact, Fact::Erased(_));
        self.erasing = entry.facts.iter().any(erases);
        for (seq, fact) in entry.numbered() {
            self.fact(seq, fact, entry.at);
        }
        self.next_seq = entry.first_seq + entry.facts.len() as u64;
    }

    fn fact(&mut self, seq: u64, fact: &Fact, at: Timestamp) {
        match fact {
            Fact::Opened(opened) => {
                assert!(!self.is_open(), "one_open_conversation");
                assert_eq!(
                    opened.previous,
                    self.episode.map(|(id, _)| id),
                    "episodes are linked"
                );
                self.episode = Some((opened.conversation, true));
            }
            Fact::Reopened { conversation, .. } => {
                assert_eq!(
                    self.episode,
                    Some((*conversation, false)),
                    "only the last episode is reopened"
                );
                self.episode = Some((*conversation, true));
            }
            Fact::Received(received) => {
                assert_eq!(Some(received.conversation), self.episode.map(|(id, _)| id));
                self.shown_once(received.fingerprint, at);
                let opens = received.message.sent_at.min(at);
                self.last_inbound = self.last_inbound.max(Some(opens));
            }
            Fact::Queued(queued) => {
                self.is_current(queued.conversation);
                let window = self.last_inbound.map(|last| at.since(last) < sample::DAY);
                assert_eq!(window, Some(true), "window_enforced");
                if let Some(fingerprint) = queued.fingerprint {
                    self.shown_once(fingerprint, at);
                }
                self.statuses.insert(seq, Status::Queued);
            }
            Fact::Attempted {
                message, attempt, ..
            } => {
                assert_eq!(
                    self.statuses.get(message),
                    Some(&Status::Queued),
                    "only what waits is sent"
                );
                self.in_flight.insert(*message, *attempt);
            }
            Fact::AttemptAmbiguous {
                message, attempt, ..
            } => {
                assert_eq!(
                    self.in_flight.get(message),
                    Some(attempt),
                    "only what is out can be lost"
                );
            }
            Fact::SendEnded {
                message,
                attempt,
                outcome,
                ..
            } => self.send_ended(*message, *attempt, outcome),
            Fact::StatusRose {
                message, status, ..
            } => {
                let before = self
                    .statuses
                    .insert(*message, *status)
                    .expect("a message of ours");
                assert!(
                    rises(before, *status),
                    "status_only_rises: {message} from {before:?} to {status:?}"
                );
            }
            Fact::StatusKept { .. } => assert!(
                !self.in_flight.is_empty(),
                "a status is kept for a call that is out"
            ),
            Fact::Assigned { conversation, .. }
            | Fact::Requeued { conversation, .. }
            | Fact::FirstAnswered { conversation, .. } => self.is_current(*conversation),
            Fact::ReadByAgent {
                conversation,
                up_to,
                ..
            } => {
                self.is_current(*conversation);
                assert!(
                    self.read.is_none_or(|read| read < *up_to) && *up_to < seq,
                    "reading only goes on, and not beyond what was said"
                );
                self.read = Some(*up_to);
            }
            Fact::Closed { conversation, .. } => {
                self.is_current(*conversation);
                self.episode = Some((*conversation, false));
            }
            Fact::Erased(erased) => {
                assert!(erased.up_to < seq, "only what was said is erased");
                let is_current = self.episode.map(|(id, _)| id) == erased.conversation;
                assert!(
                    !(is_current && self.is_open()),
                    "what is open keeps what was said"
                );
                self.statuses.retain(|message, _| *message > erased.up_to);
                self.read = self.read.filter(|read| *read > erased.up_to);
                if is_current {
                    self.episode = None;
                    self.last_inbound = None;
                    self.timer = None;
                }
            }
            Fact::Stale { conversation, .. } => {
                assert_ne!(
                    Some(*conversation),
                    self.episode.map(|(id, _)| id),
                    "only another episode's is stale"
                );
            }
            Fact::TimerSet {
                conversation,
                generation,
                ..
            } => {
                self.is_current(*conversation);
                assert_eq!(*generation, seq, "a generation is used once");
                self.timer = Some(*generation);
            }
            Fact::TimerCleared { .. } => self.timer = None,
            Fact::ProfileNamed { .. } | Fact::EmailTyped { .. } => {
                assert!(
                    self.episode.is_some(),
                    "nobody is introduced before they wrote"
                );
            }
            Fact::DeadLettered(_) => {}
            Fact::ContactRenamed { .. }
            | Fact::LetterSettled { .. }
            | Fact::Noticed(_)
            | Fact::SessionChosen { .. }
            | Fact::OfferMade { .. }
            | Fact::OfferEnded { .. } => panic!("no conversation decides {fact:?}"),
        }
    }

    fn send_ended(&mut self, message: u64, attempt: u32, outcome: &SendOutcome) {
        let ended = self.in_flight.remove(&message);
        assert!(
            ended == Some(attempt) || (self.erasing && ended.is_none()),
            "an attempt ends once, and what waits has its end with an erasure: {ended:?}"
        );
        let status = match outcome {
            SendOutcome::Sent(_) => Status::Sent,
            SendOutcome::Retry { .. } => return,
            SendOutcome::Rejected(_) => Status::Failed,
        };
        let before = self
            .statuses
            .insert(message, status)
            .expect("a message of ours");
        assert!(
            rises(before, status),
            "status_only_rises: {message} from {before:?} to {status:?}"
        );
    }

    fn shown_once(&mut self, fingerprint: Fingerprint, at: Timestamp) {
        if let Some(before) = self.seen.insert(fingerprint, at) {
            assert!(
                at.since(before) > recent::REMEMBERED,
                "exactly_once_visible: {fingerprint:?}"
            );
        }
    }

    fn is_open(&self) -> bool {
        self.episode.is_some_and(|(_, open)| open)
    }

    fn is_current(&self, conversation: ConversationId) {
        assert_eq!(
            self.episode,
            Some((conversation, true)),
            "stale episodes never change ownership"
        );
    }

    /// The state says what the facts say.
    fn agrees_with(&self, state: &State) {
        assert_eq!(state.next_seq, self.next_seq.max(1));
        assert_eq!(
            state
                .episode
                .as_ref()
                .map(|episode| (episode.id, episode.is_open())),
            self.episode
        );
        assert_eq!(state.idle_generation, self.timer.unwrap_or(0));
        assert_eq!(
            self.timer.is_some(),
            self.is_open(),
            "an open conversation has a timer"
        );
        let text = format!("{state:?}");
        assert!(
            self.episode.is_some() || !text.contains("Zoé"),
            "who was erased has no name: {text}"
        );
        for (seq, send) in state.sends.iter() {
            assert_eq!(
                Some(&send.status),
                self.statuses.get(&seq),
                "the status of {seq}"
            );
            assert_eq!(
                send.attempting.then_some(&send.attempt),
                self.in_flight.get(&seq),
                "whether {seq} is out"
            );
        }
    }
}

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

fn run(choices: &[u64]) {
    let key = sample::key(1, "33612345678");
    let channel = sample::channel(1, sample::rules());
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
            state.step(&key, &channel, &command, now)
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
    fn whatever_happens_to_a_conversation_what_must_hold_holds(choices in vec(any::<u64>(), 1..250)) {
        run(&choices);
    }
}

/// A test that can only pass is none: the script must reach what the audit looks at.
#[test]
fn the_script_reaches_everything() {
    let mut dice = ecluse_engine::sim::Dice::new(7);
    let key = sample::key(1, "33612345678");
    let channel = sample::channel(1, sample::rules());
    let mut reached = BTreeMap::<String, u32>::new();
    for _ in 0..60 {
        let (mut script, mut state, mut now) =
            (Script::new(channel.id), State::default(), sample::START);
        for _ in 0..250 {
            let choice = dice.roll();
            let (pause, command) = script.next(choice, &state);
            now = now.plus(pause);
            let command = at_its_time(command, now, choice);
            match state.step(&key, &channel, &command, now) {
                Decision::Record(entry, _) => {
                    for fact in &entry.facts {
                        let name = serde_json::to_value(fact).unwrap()["fact"]
                            .as_str()
                            .unwrap()
                            .to_owned();
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

//! A conversation to talk with: the words of its commands, and what it says in short.

use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::configuration::{Channel, Snapshot};
use ecluse_engine::conversation::{Command, Configured, Episode, Refusal, Reply, State};
use ecluse_engine::ids::{AgentId, ConversationId, ConversationKey};
use ecluse_engine::message::{
    Actor, Author, CloseReason, Content, Destination, Entry, Fact, Fingerprint, Inbound,
    ProviderError, Reaction, SendOutcome, Status, StatusReport, TimerKind, Timestamp,
};
use ecluse_engine::provider::ChannelRules;
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::sample::{self, FINGERPRINTER, agent_id, answer, channel_id, queue_id};

pub(crate) const HOUR: Duration = Duration::from_secs(3_600);
pub(crate) const ALICE: Author = Author::Agent(agent(1));
pub(crate) const BOB: Author = Author::Agent(agent(2));

pub(crate) const fn agent(number: u128) -> ecluse_engine::ids::AgentId {
    ecluse_engine::ids::AgentId(uuid::Uuid::from_u128(0xA000 + number))
}

/// A conversation and the clock on the wall.
pub(crate) struct Talk {
    pub(crate) key: ConversationKey,
    pub(crate) channel: Channel,
    /// What else is configured.
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) is_banned: bool,
    pub(crate) state: State,
    pub(crate) now: Timestamp,
    pub(crate) entries: Vec<Entry>,
}

impl Talk {
    pub(crate) fn new() -> Self {
        Self::with(sample::rules())
    }

    pub(crate) fn with(rules: ChannelRules) -> Self {
        Self {
            key: sample::key(1, "33612345678"),
            channel: sample::channel(1, rules),
            snapshot: None,
            is_banned: false,
            state: State::default(),
            now: sample::START,
            entries: Vec::new(),
        }
    }

    /// A conversation in a centre where everything is configured, at noon, on a channel without a window.
    pub(crate) fn in_a_centre(destination: Destination) -> Self {
        let rules = ChannelRules {
            window: None,
            ..sample::rules()
        };
        let channel = Channel {
            destination,
            auto_replies: sample::auto_replies(),
            ..sample::channel(1, rules)
        };
        let snapshot = sample::centre([channel.clone()]);
        Self {
            channel,
            snapshot: Some(snapshot),
            now: sample::START.plus(HOUR * 12),
            ..Self::new()
        }
    }

    pub(crate) fn config(&mut self) -> &mut Snapshot {
        self.snapshot.as_mut().expect("everything is configured")
    }

    pub(crate) fn step(&mut self, command: &Command) -> Decision<Reply> {
        let configured = Configured {
            channel: &self.channel,
            snapshot: self.snapshot.as_ref(),
            is_banned: self.is_banned,
        };
        self.state.step(&self.key, configured, command, self.now)
    }

    /// A conversation that the customer has begun.
    pub(crate) fn begun() -> Self {
        let mut talk = Self::new();
        assert_eq!(
            talk.does(&says("a")),
            "1 opened, 2 timer at 24:00, 3 received a"
        );
        talk
    }

    pub(crate) fn later(&mut self, by: Duration) -> &mut Self {
        self.now = self.now.plus(by);
        self
    }

    pub(crate) fn id(&self) -> ConversationId {
        self.episode().id
    }

    pub(crate) fn episode(&self) -> &Episode {
        self.state.episode.as_ref().expect("somebody wrote")
    }

    /// Handles a command and tells what became of it.
    pub(crate) fn does(&mut self, command: &Command) -> String {
        match self.step(command) {
            Decision::Record(entry, reply) => {
                let facts: Vec<String> = entry
                    .numbered()
                    .map(|(seq, fact)| format!("{seq} {}", told(fact)))
                    .collect();
                self.entries.push(entry);
                match reply {
                    Reply::Done { .. } => facts.join(", "),
                    Reply::Known { seq, .. } => panic!("{seq} stood already, and {facts:?} is new"),
                    Reply::Buried { .. } => panic!("a command is buried by its guard only"),
                    Reply::Refused(refusal) => format!("{}; refused: {refusal}", facts.join(", ")),
                }
            }
            Decision::Repeat(Reply::Known { seq, .. }) => format!("known as {seq}"),
            Decision::Answer(Reply::Known { seq, .. }) => format!("nothing new since {seq}"),
            Decision::Answer(Reply::Refused(refusal)) => format!("refused: {refusal}"),
            Decision::Repeat(reply) | Decision::Answer(reply) => {
                panic!("nothing is recorded, and the reply is {reply:?}")
            }
        }
    }

    /// Handles commands one after the other at the same time.
    pub(crate) fn check(&mut self, table: &[(Command, &str)]) {
        for (row, (command, expected)) in table.iter().enumerate() {
            assert_eq!(self.does(command), *expected, "row {row}: {command:?}");
        }
    }

    pub(crate) fn refusal(&mut self, command: &Command) -> Refusal {
        match self.step(command) {
            Decision::Answer(Reply::Refused(refusal)) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub(crate) fn answers(&self, author: Author, body: &str, based_on: Option<u64>) -> Command {
        Command::Send {
            conversation: self.id(),
            message: Arc::new(answer(author, body)),
            fingerprint: None,
            based_on,
        }
    }

    pub(crate) fn close(&self) -> Command {
        Command::Close {
            conversation: self.id(),
            reason: CloseReason::Resolved,
            by: Actor::Program,
        }
    }
}

pub(crate) fn told(fact: &Fact) -> String {
    match fact {
        Fact::Opened(opened) => {
            let after = if opened.previous.is_some() {
                " after another"
            } else {
                ""
            };
            let offline = if opened.offline { " offline" } else { "" };
            let circumstances = circumstances(opened.outside_hours.is_some(), opened.preferred);
            format!("opened{after}{offline}{circumstances}")
        }
        Fact::Reopened {
            outside_hours,
            preferred,
            chatbot,
            ..
        } => {
            let with_bot = if chatbot.is_some() { " with a bot" } else { "" };
            let circumstances = circumstances(outside_hours.is_some(), *preferred);
            format!("reopened{with_bot}{circumstances}")
        }
        Fact::Received(received) => format!("received {}", received.message.provider_id.0),
        Fact::Queued(queued) => match &queued.message.content {
            Content::Text(text) => {
                let body = text.body.replace('\n', " / ");
                match (queued.auto_reply, queued.message.author) {
                    (Some(_), Author::System) => format!("auto {body}"),
                    (None, Author::Chatbot(_)) => format!("bot {body}"),
                    (None, _) => format!("queued {body}"),
                    (Some(_), author) => panic!("{author:?} says nothing automatic"),
                }
            }
            other => panic!("nobody may send {other:?}"),
        },
        Fact::Attempted {
            message, attempt, ..
        } => format!("attempt {attempt} of {message}"),
        Fact::AttemptAmbiguous {
            message, attempt, ..
        } => format!("attempt {attempt} of {message} ambiguous"),
        Fact::SendEnded {
            message,
            outcome: SendOutcome::Sent(id),
            ..
        } => format!("{message} sent as {}", id.0),
        Fact::SendEnded {
            message,
            outcome: SendOutcome::Retry { .. },
            ..
        } => format!("{message} postponed"),
        Fact::SendEnded {
            message,
            outcome: SendOutcome::Rejected(_),
            ..
        } => format!("{message} rejected"),
        Fact::StatusRose {
            message, status, ..
        } => format!("{message} {status:?}").to_lowercase(),
        Fact::StatusKept { report, .. } => {
            format!("kept {:?} of {}", report.status, report.provider_id.0).to_lowercase()
        }
        Fact::Assigned { .. } => "assigned".to_owned(),
        Fact::Requeued { from: Some(_), .. } => "requeued from its agent".to_owned(),
        Fact::Requeued {
            outside_hours,
            preferred,
            ..
        } => format!(
            "requeued{}",
            circumstances(outside_hours.is_some(), *preferred)
        ),
        Fact::LanguageChosen { language, .. } => format!("speaks {}", language.as_str()),
        Fact::FormFilled(form) => format!("filled {}", form.form),
        Fact::BotStarted(_) => "bot started".to_owned(),
        Fact::MenuMoved { progress, .. } => {
            format!("menu {:?} {}", &progress.path.0[..], progress.wrong)
        }
        Fact::BotEnded { end, chosen, .. } => {
            format!("bot {end:?} [{}]", chosen.join(" > ")).to_lowercase()
        }
        Fact::FirstAnswered { after_us, .. } => {
            format!("first answer after {} s", after_us / 1_000_000)
        }
        Fact::ReadByAgent { up_to, .. } => format!("read to {up_to}"),
        Fact::Closed { reason, .. } => format!("closed {reason:?}").to_lowercase(),
        Fact::Erased(erased) => format!("erased up to {}", erased.up_to),
        Fact::Stale { command, .. } => format!("stale {command}"),
        Fact::ProfileNamed { name, .. } => format!("named {name}"),
        Fact::DeadLettered(letter) => format!("dead letter: {}", letter.cause),
        Fact::TimerSet { due, kind, .. } => {
            let minutes = due.since(sample::START).as_secs() / 60;
            let timer = timer(*kind);
            format!("{timer} at {:02}:{:02}", minutes / 60, minutes % 60)
        }
        Fact::TimerCleared { kind, .. } => format!("{} cleared", timer(*kind)),
        Fact::EmailTyped { email, .. } => format!("typed {email}"),
        Fact::ContactRenamed { .. }
        | Fact::KnownAgentsForgotten { .. }
        | Fact::LetterSettled { .. }
        | Fact::Noticed(_)
        | Fact::SessionChosen { .. }
        | Fact::OfferMade { .. }
        | Fact::OfferEnded { .. } => panic!("no conversation decides {fact:?}"),
    }
}

fn circumstances(outside_hours: bool, preferred: Option<AgentId>) -> String {
    let outside_hours = if outside_hours { " outside hours" } else { "" };
    let preferred = preferred.map_or(0, |agent| agent.0.as_u128() - 0xA000);
    match preferred {
        0 => outside_hours.to_owned(),
        agent => format!("{outside_hours} for a{agent}"),
    }
}

fn timer(kind: TimerKind) -> &'static str {
    match kind {
        TimerKind::IdleClose => "timer",
        TimerKind::BotTimeout => "menu timer",
    }
}

pub(crate) fn fingerprint(id: &str) -> Fingerprint {
    FINGERPRINTER.of(channel_id(1), id)
}

pub(crate) fn receive(message: Inbound) -> Command {
    let fingerprint = fingerprint(&message.provider_id.0);
    Command::Receive {
        message: Arc::new(message),
        fingerprint,
    }
}

pub(crate) fn says(id: &str) -> Command {
    receive(sample::text(id, "Bonjour"))
}

pub(crate) fn sent_at(id: &str, sent_at: Timestamp) -> Command {
    receive(Inbound {
        sent_at,
        ..sample::text(id, "Bonjour")
    })
}

pub(crate) fn reacts(id: &str) -> Command {
    let reaction = Reaction {
        target: "out-4".into(),
        emoji: Some("👍".into()),
    };
    receive(Inbound {
        content: Content::Reaction(reaction),
        ..sample::text(id, "")
    })
}

pub(crate) fn reports(id: &str, status: Status) -> Command {
    reports_at(id, status, 0)
}

/// A report of so many seconds after the start.
pub(crate) fn reports_at(id: &str, status: Status, secs: i64) -> Command {
    let report = StatusReport {
        provider_id: id.into(),
        status,
        at: Timestamp(sample::START.0 + secs * 1_000_000),
        error: None,
    };
    Command::Report {
        report,
        fingerprint: fingerprint(id),
    }
}

pub(crate) fn start(message: u64, attempt: u32) -> Command {
    Command::StartAttempt { message, attempt }
}

pub(crate) fn sent(message: u64, attempt: u32, id: &str) -> Command {
    let (outcome, fingerprint) = (SendOutcome::Sent(id.into()), Some(fingerprint(id)));
    Command::EndAttempt {
        message,
        attempt,
        outcome,
        fingerprint,
    }
}

pub(crate) fn postponed(message: u64, attempt: u32) -> Command {
    let outcome = SendOutcome::Retry {
        at: sample::START,
        error: error(),
    };
    Command::EndAttempt {
        message,
        attempt,
        outcome,
        fingerprint: None,
    }
}

pub(crate) fn rejected(message: u64, attempt: u32) -> Command {
    Command::EndAttempt {
        message,
        attempt,
        outcome: SendOutcome::Rejected(error()),
        fingerprint: None,
    }
}

pub(crate) fn error() -> ProviderError {
    ProviderError {
        code: 1,
        title: "no".to_owned(),
        detail: None,
    }
}

pub(crate) fn give_up(message: u64, attempt: u32) -> Command {
    Command::GiveUpAttempt { message, attempt }
}

pub(crate) fn due(generation: u64) -> Command {
    Command::TimerDue {
        kind: TimerKind::IdleClose,
        generation,
    }
}

pub(crate) fn assign(conversation: ConversationId, number: u64) -> Command {
    let (queue, agent) = (Some(queue_id(2)), agent_id(number));
    Command::Assign {
        conversation,
        queue,
        agent,
        by: Actor::System,
        offer: None,
        over_capacity: false,
    }
}

pub(crate) fn requeue(conversation: ConversationId, queue: u64, from: Option<u64>) -> Command {
    let (queue, from) = (queue_id(queue), from.map(agent_id));
    Command::Requeue {
        conversation,
        queue,
        by: Actor::System,
        from,
    }
}

/// A conversation with one message to send, number 4.
pub(crate) fn answered() -> Talk {
    let mut talk = Talk::begun();
    let command = talk.answers(Author::System, "x", None);
    assert_eq!(talk.does(&command), "4 queued x");
    talk
}

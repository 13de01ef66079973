//! What a conversation decides, command by command: tables of what happens and what is then true.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::configuration::{AgentOrder, Channel, OnAgentLost, Queue, Strategy};
use ecluse_engine::conversation::letter::Letter;
use ecluse_engine::conversation::{Command, Configured, Episode, Phase, Refusal, Reply, State};
use ecluse_engine::ids::{ConversationId, ConversationKey, TenantId};
use ecluse_engine::message::{
    Actor, Author, CloseReason, Content, Entry, Fact, Fingerprint, Inbound, Media, MediaKind,
    ProviderError, Reaction, SendOutcome, Status, StatusReport, TimerKind, Timestamp,
};
use ecluse_engine::provider::{ChannelRules, NotAllowed};
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::sample::{
    self, DAY, FINGERPRINTER, agent_id, answer, channel_id, queue_id,
};

const HOUR: Duration = Duration::from_secs(3_600);
const ALICE: Author = Author::Agent(agent(1));
const BOB: Author = Author::Agent(agent(2));

const fn agent(number: u128) -> ecluse_engine::ids::AgentId {
    ecluse_engine::ids::AgentId(uuid::Uuid::from_u128(0xA000 + number))
}

/// A conversation and the clock on the wall.
struct Talk {
    key: ConversationKey,
    channel: Channel,
    state: State,
    now: Timestamp,
    entries: Vec<Entry>,
}

impl Talk {
    fn new() -> Self {
        Self::with(sample::rules())
    }

    fn with(rules: ChannelRules) -> Self {
        Self {
            key: sample::key(1, "33612345678"),
            channel: sample::channel(1, rules),
            state: State::default(),
            now: sample::START,
            entries: Vec::new(),
        }
    }

    /// A conversation that the customer has begun.
    fn begun() -> Self {
        let mut talk = Self::new();
        assert_eq!(
            talk.does(&says("a")),
            "1 opened, 2 timer at 24:00, 3 received a"
        );
        talk
    }

    fn later(&mut self, by: Duration) -> &mut Self {
        self.now = self.now.plus(by);
        self
    }

    fn id(&self) -> ConversationId {
        self.episode().id
    }

    fn episode(&self) -> &Episode {
        self.state.episode.as_ref().expect("somebody wrote")
    }

    /// Handles a command and tells what became of it.
    fn does(&mut self, command: &Command) -> String {
        match self.state.step(&self.key, &self.channel, command, self.now) {
            Decision::Record(entry, reply) => {
                let facts: Vec<String> = entry
                    .numbered()
                    .map(|(seq, fact)| format!("{seq} {}", told(fact)))
                    .collect();
                self.entries.push(entry);
                match reply {
                    Reply::Done { .. } => facts.join(", "),
                    Reply::Refused(refusal) => format!("{}; refused: {refusal}", facts.join(", ")),
                }
            }
            Decision::Repeat(Reply::Done { seq, .. }) => format!("known as {seq}"),
            Decision::Answer(Reply::Done { seq, .. }) => format!("nothing new since {seq}"),
            Decision::Answer(Reply::Refused(refusal)) => format!("refused: {refusal}"),
            Decision::Repeat(Reply::Refused(refusal)) => {
                panic!("a refusal repeats nothing: {refusal}")
            }
        }
    }

    /// Handles commands one after the other at the same time.
    fn check(&mut self, table: &[(Command, &str)]) {
        for (row, (command, expected)) in table.iter().enumerate() {
            assert_eq!(self.does(command), *expected, "row {row}: {command:?}");
        }
    }

    fn refusal(&mut self, command: &Command) -> Refusal {
        match self.state.step(&self.key, &self.channel, command, self.now) {
            Decision::Answer(Reply::Refused(refusal)) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    fn answers(&self, author: Author, body: &str, based_on: Option<u64>) -> Command {
        Command::Send {
            conversation: self.id(),
            message: Arc::new(answer(author, body)),
            fingerprint: None,
            based_on,
        }
    }

    fn close(&self) -> Command {
        Command::Close {
            conversation: self.id(),
            reason: CloseReason::Resolved,
            by: Actor::Program,
        }
    }
}

fn told(fact: &Fact) -> String {
    match fact {
        Fact::Opened(opened) if opened.previous.is_some() => "opened after another".to_owned(),
        Fact::Opened(_) => "opened".to_owned(),
        Fact::Reopened { .. } => "reopened".to_owned(),
        Fact::Received(received) => format!("received {}", received.message.provider_id.0),
        Fact::Queued(queued) => match &queued.message.content {
            Content::Text(text) => format!("queued {}", text.body),
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
        Fact::Requeued { from: None, .. } => "requeued".to_owned(),
        Fact::FirstAnswered { after_us, .. } => {
            format!("first answer after {} s", after_us / 1_000_000)
        }
        Fact::ReadByAgent { up_to, .. } => format!("read to {up_to}"),
        Fact::Closed { reason, .. } => format!("closed {reason:?}").to_lowercase(),
        Fact::Stale { command, .. } => format!("stale {command}"),
        Fact::ProfileNamed { name, .. } => format!("named {name}"),
        Fact::DeadLettered(letter) => format!("dead letter: {}", letter.cause),
        Fact::TimerSet { due, .. } => {
            let minutes = due.since(sample::START).as_secs() / 60;
            format!("timer at {:02}:{:02}", minutes / 60, minutes % 60)
        }
        Fact::TimerCleared { .. } => "timer cleared".to_owned(),
        Fact::EmailTyped { email, .. } => format!("typed {email}"),
        Fact::ContactRenamed { .. }
        | Fact::LetterSettled { .. }
        | Fact::Noticed(_)
        | Fact::SessionChosen { .. }
        | Fact::OfferMade { .. }
        | Fact::OfferEnded { .. } => panic!("no conversation decides {fact:?}"),
    }
}

fn fingerprint(id: &str) -> Fingerprint {
    FINGERPRINTER.of(channel_id(1), id)
}

fn receive(message: Inbound) -> Command {
    let fingerprint = fingerprint(&message.provider_id.0);
    Command::Receive {
        message: Arc::new(message),
        fingerprint,
    }
}

fn says(id: &str) -> Command {
    receive(sample::text(id, "Bonjour"))
}

fn sent_at(id: &str, sent_at: Timestamp) -> Command {
    receive(Inbound {
        sent_at,
        ..sample::text(id, "Bonjour")
    })
}

fn reacts(id: &str) -> Command {
    let reaction = Reaction {
        target: "out-4".into(),
        emoji: Some("👍".into()),
    };
    receive(Inbound {
        content: Content::Reaction(reaction),
        ..sample::text(id, "")
    })
}

fn reports(id: &str, status: Status) -> Command {
    reports_at(id, status, 0)
}

/// A report of so many seconds after the start.
fn reports_at(id: &str, status: Status, secs: i64) -> Command {
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

fn start(message: u64, attempt: u32) -> Command {
    Command::StartAttempt { message, attempt }
}

fn sent(message: u64, attempt: u32, id: &str) -> Command {
    let (outcome, fingerprint) = (SendOutcome::Sent(id.into()), Some(fingerprint(id)));
    Command::EndAttempt {
        message,
        attempt,
        outcome,
        fingerprint,
    }
}

fn postponed(message: u64, attempt: u32) -> Command {
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

fn rejected(message: u64, attempt: u32) -> Command {
    Command::EndAttempt {
        message,
        attempt,
        outcome: SendOutcome::Rejected(error()),
        fingerprint: None,
    }
}

fn error() -> ProviderError {
    ProviderError {
        code: 1,
        title: "no".to_owned(),
        detail: None,
    }
}

fn give_up(message: u64, attempt: u32) -> Command {
    Command::GiveUpAttempt { message, attempt }
}

fn due(generation: u64) -> Command {
    Command::TimerDue {
        kind: TimerKind::IdleClose,
        generation,
    }
}

fn assign(conversation: ConversationId, number: u64) -> Command {
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

fn requeue(conversation: ConversationId, queue: u64, from: Option<u64>) -> Command {
    let (queue, from) = (queue_id(queue), from.map(agent_id));
    Command::Requeue {
        conversation,
        queue,
        by: Actor::System,
        from,
    }
}

#[test]
fn exactly_once_visible() {
    let mut talk = Talk::begun();
    talk.check(&[
        (says("a"), "known as 3"),
        (says("b"), "4 received b"),
        (says("a"), "known as 3"),
    ]);
    talk.later(DAY * 7);
    assert_eq!(
        talk.does(&says("a")),
        "known as 3",
        "providers redeliver for seven days"
    );
    talk.later(HOUR);
    assert_eq!(talk.does(&says("a")), "5 received a", "and no longer");
}

#[test]
fn a_name_is_noted_when_it_changes() {
    let named = |id: &str, name: &str| {
        receive(Inbound {
            profile_name: Some(name.to_owned()),
            ..sample::text(id, "")
        })
    };
    Talk::new().check(&[
        (
            named("a", "Zoé"),
            "1 opened, 2 timer at 24:00, 3 named Zoé, 4 received a",
        ),
        (named("b", "Zoé"), "5 received b"),
        (says("c"), "6 received c"),
        (named("d", "Zoë"), "7 named Zoë, 8 received d"),
    ]);
}

#[test]
fn a_visitor_who_says_who_they_are_is_believed_to_have_typed_it() {
    let introduce = |name: Option<&str>, email: Option<&str>| Command::Introduce {
        name: name.map(str::to_owned),
        email: email.map(str::to_owned),
    };
    Talk::new().check(&[
        (
            introduce(Some("Zoé"), None),
            "refused: the conversation is another one by now",
        ),
        (says("a"), "1 opened, 2 timer at 24:00, 3 received a"),
        (
            introduce(Some("Zoé"), Some("zoe@example.org")),
            "4 named Zoé, 5 typed zoe@example.org",
        ),
        (introduce(Some("Zoé"), None), "nothing new since 5"),
    ]);
}

#[test]
fn window_enforced() {
    let mut talk = Talk::begun();
    let write = talk.answers(ALICE, "x", None);
    talk.later(DAY - Duration::from_secs(1));
    assert_eq!(
        talk.does(&write),
        "4 queued x, 5 first answer after 86399 s"
    );
    talk.later(Duration::from_secs(1));
    let closed_at = Some(sample::START.plus(DAY));
    let expected = NotAllowed::WindowClosed {
        closed_at,
        allowed: vec!["template"],
    };
    assert_eq!(
        talk.refusal(&write),
        Refusal::NotAllowed(expected),
        "and it says what is still allowed"
    );
    let now = talk.now;
    assert_eq!(talk.does(&sent_at("b", now)), "6 received b");
    assert_eq!(
        talk.does(&write),
        "7 queued x",
        "the customer opens the window again"
    );
}

#[test]
fn the_window_counts_from_when_the_customer_wrote() {
    let (written, hours) = (sample::START, |hours: u32| HOUR * hours);
    let at = |by: u32| written.plus(hours(by));
    let table = [
        ("in time", at(0), 0, at(0)),
        ("redelivered after hours", at(0), 20, at(0)),
        ("by a clock that is ahead", at(30), 1, at(1)),
        ("without a time", Timestamp(0), 2, at(2)),
        ("with an impossible time", Timestamp(-5), 3, at(3)),
    ];
    for (what, sent, came, opens) in table {
        let mut talk = Talk::new();
        talk.later(hours(came));
        talk.does(&sent_at("a", sent));
        assert_eq!(talk.state.last_inbound_at, Some(opens), "{what}");
    }
    let mut talk = Talk::begun();
    talk.later(hours(10));
    talk.does(&sent_at("b", at(10)));
    talk.later(hours(1));
    talk.does(&sent_at("c", at(2)));
    assert_eq!(
        talk.state.last_inbound_at,
        Some(at(10)),
        "an older message closes nothing"
    );
    let write = talk.answers(ALICE, "x", None);
    talk.now = at(34).plus(Duration::from_secs(1));
    assert!(matches!(talk.refusal(&write), Refusal::NotAllowed(_)));
}

#[test]
fn what_a_channel_cannot_send_is_refused() {
    let mut talk = Talk::with(ChannelRules {
        text_limit: 5,
        ..sample::rules()
    });
    talk.does(&says("a"));
    let image = Content::Media(Media {
        kind: MediaKind::Image,
        id: None,
        url: None,
        mime_type: None,
        sha256: None,
        filename: None,
        caption: None,
    });
    let table = [
        (Content::text("ééééé"), None),
        (
            Content::text("123456"),
            Some(NotAllowed::TooLong {
                length: 6,
                limit: 5,
            }),
        ),
        (image, Some(NotAllowed::Unsupported { kind: "media" })),
    ];
    for (content, expected) in table {
        let mut message = answer(Author::Program, "");
        message.content = content;
        let command = Command::Send {
            conversation: talk.id(),
            message: Arc::new(message),
            fingerprint: None,
            based_on: None,
        };
        match expected {
            None => assert!(talk.does(&command).contains("queued"), "{command:?}"),
            Some(rule) => assert_eq!(talk.refusal(&command), Refusal::NotAllowed(rule)),
        }
    }
}

#[test]
fn within_a_day_a_closed_conversation_is_reopened_and_later_another_one_follows_it() {
    let mut talk = Talk::begun();
    let first = talk.id();
    let close = talk.close();
    talk.check(&[(close, "4 closed resolved, 5 timer cleared")]);
    talk.later(DAY);
    assert_eq!(
        talk.does(&says("b")),
        "6 reopened, 7 timer at 48:00, 8 received b"
    );
    assert_eq!((talk.id(), talk.episode().phase), (first, Phase::Waiting));
    assert_eq!(
        talk.episode().waiting_since,
        talk.now,
        "the wait begins anew"
    );
    let close = talk.close();
    talk.check(&[(close, "9 closed resolved, 10 timer cleared")]);
    talk.later(DAY + Duration::from_secs(1));
    assert_eq!(
        talk.does(&says("c")),
        "11 opened after another, 12 timer at 72:00, 13 received c"
    );
    assert_ne!(talk.id(), first);
    let Some(Fact::Opened(opened)) = talk.entries.last().and_then(|entry| entry.facts.first())
    else {
        panic!("it opened");
    };
    assert_eq!(opened.previous, Some(first));
}

#[test]
fn who_comes_back_waits_in_a_queue_that_there_is() {
    let queues_of = |numbers: &[u64]| {
        let queue = |number: &u64| (queue_id(*number), Arc::new(queue(*number)));
        numbers.iter().map(queue).collect::<BTreeMap<_, _>>()
    };
    for (there_are, expected) in [(&[1, 2][..], 2), (&[1], 1)] {
        let mut talk = Talk::begun();
        let (id, close) = (talk.id(), talk.close());
        talk.check(&[
            (requeue(id, 2, None), "4 requeued"),
            (close, "5 closed resolved, 6 timer cleared"),
        ]);
        let queues = queues_of(there_are);
        let configured = Configured {
            channel: &talk.channel,
            queues: Some(&queues),
        };
        talk.state.step(&talk.key, configured, &says("b"), talk.now);
        assert_eq!(
            (talk.id(), talk.episode().queue),
            (id, Some(queue_id(expected))),
            "queues {there_are:?}"
        );
    }
}

fn queue(number: u64) -> Queue {
    Queue {
        id: queue_id(number),
        tenant: TenantId::DEFAULT,
        name: format!("queue {number}"),
        strategy: Strategy::Manual,
        order: AgentOrder::default(),
        offer_timeout_secs: 30,
        max_per_agent: 0,
        members: Vec::new(),
        on_agent_lost: OnAgentLost::default(),
    }
}

#[test]
fn a_reaction_opens_nothing_that_is_closed() {
    let mut talk = Talk::begun();
    let close = talk.close();
    talk.check(&[
        (reacts("r"), "4 received r"),
        (close, "5 closed resolved, 6 timer cleared"),
        (reacts("s"), "7 received s"),
        (reacts("s"), "known as 7"),
    ]);
    assert!(!talk.episode().is_open());
    talk.later(DAY * 3);
    assert_eq!(
        talk.does(&reacts("t")),
        "8 received t",
        "nor does it begin another one"
    );
}

#[test]
fn an_idle_conversation_is_closed_and_a_busy_one_has_its_timer_renewed() {
    let mut talk = Talk::begun();
    talk.later(HOUR * 10);
    assert_eq!(talk.does(&says("b")), "4 received b");
    talk.later(HOUR * 14);
    talk.check(&[
        (due(3), "known as 0"),
        (due(2), "5 timer at 34:00"),
        (due(2), "known as 0"),
    ]);
    talk.later(HOUR * 10);
    talk.check(&[
        (due(5), "6 closed idle, 7 timer cleared"),
        (due(5), "known as 0"),
        (due(0), "known as 0"),
    ]);
}

#[test]
fn a_timer_ends_with_the_rule_that_set_it() {
    let mut talk = Talk::begun();
    talk.channel.rules.idle_close = None;
    talk.later(DAY);
    talk.check(&[
        (due(2), "4 timer cleared"),
        (due(2), "known as 0"),
        (says("b"), "5 received b"),
    ]);
    assert!(talk.episode().is_open());
}

#[test]
fn who_has_not_seen_the_newest_message_is_told_so() {
    let mut talk = Talk::begun();
    let by = |talk: &Talk, author, based_on| talk.answers(author, "x", Some(based_on));
    assert_eq!(
        talk.refusal(&by(&talk, ALICE, 2)),
        Refusal::Stale { newest: 3 },
        "the customer's"
    );
    let command = by(&talk, ALICE, 3);
    assert_eq!(talk.does(&command), "4 queued x, 5 first answer after 0 s");
    let table = [
        (ALICE, 3, None, "her own message does not surprise her"),
        (BOB, 4, Some(6), "it surprises him"),
        (BOB, 6, None, "he has seen it"),
        (BOB, 6, None, "his own does not surprise him either"),
        (ALICE, 7, Some(8), "his newest surprises her"),
        (ALICE, 8, None, "she has seen them"),
        (BOB, 8, Some(9), "hers again"),
    ];
    for (author, based_on, newest, why) in table {
        let command = by(&talk, author, based_on);
        match newest {
            None => assert!(talk.does(&command).contains("queued"), "{why}"),
            Some(newest) => assert_eq!(talk.refusal(&command), Refusal::Stale { newest }, "{why}"),
        }
    }
    let blind = talk.answers(BOB, "x", None);
    assert_eq!(
        talk.does(&blind),
        "10 queued x",
        "who says nothing about it is not asked"
    );
}

#[test]
fn the_first_answer_is_a_persons_or_a_programs_and_is_noted_once() {
    let mut talk = Talk::begun();
    talk.later(Duration::from_secs(90));
    let by = |talk: &Talk, author| talk.answers(author, "x", None);
    let table = [
        (Author::System, "4 queued x"),
        (Author::Program, "5 queued x, 6 first answer after 90 s"),
        (ALICE, "7 queued x"),
    ];
    for (author, expected) in table {
        let command = by(&talk, author);
        assert_eq!(talk.does(&command), expected, "{author:?}");
    }
}

#[test]
fn a_callers_own_id_is_sent_once() {
    let mut talk = Talk::begun();
    let command = |talk: &Talk, id: &str| Command::Send {
        conversation: talk.id(),
        message: Arc::new(answer(Author::System, id)),
        fingerprint: Some(fingerprint(id)),
        based_on: None,
    };
    let (one, two, close) = (command(&talk, "1"), command(&talk, "2"), talk.close());
    talk.check(&[
        (one.clone(), "4 queued 1"),
        (one.clone(), "known as 4"),
        (two, "5 queued 2"),
        (close, "6 closed resolved, 7 timer cleared"),
        (one, "known as 4"),
    ]);
}

#[test]
fn an_answer_to_a_closed_or_another_conversation_is_refused() {
    let mut talk = Talk::begun();
    let (old, answer_old, close) = (talk.id(), talk.answers(ALICE, "x", None), talk.close());
    talk.does(&close);
    assert_eq!(talk.refusal(&answer_old), Refusal::Closed);
    talk.later(DAY * 2);
    talk.does(&says("b"));
    let current = Some(talk.id());
    assert_ne!(current, Some(old));
    assert_eq!(talk.refusal(&answer_old), Refusal::OtherEpisode { current });
}

#[test]
fn stale_episodes_never_change_ownership() {
    let mut talk = Talk::begun();
    let (old, close_old) = (talk.id(), talk.close());
    talk.does(&close_old);
    talk.check(&[
        (close_old.clone(), "known as 5"),
        (assign(old, 1), "refused: the conversation is closed"),
        (requeue(old, 2, None), "refused: the conversation is closed"),
    ]);
    talk.later(DAY * 2);
    assert_eq!(
        talk.does(&says("b")),
        "6 opened after another, 7 timer at 72:00, 8 received b"
    );
    let before = talk.episode().clone();
    talk.check(&[
        (
            assign(old, 1),
            "9 stale assign; refused: the conversation is another one by now",
        ),
        (
            requeue(old, 2, None),
            "10 stale requeue; refused: the conversation is another one by now",
        ),
        (
            close_old,
            "11 stale close; refused: the conversation is another one by now",
        ),
    ]);
    assert_eq!(talk.episode(), &before);
}

#[test]
fn ownership_goes_from_queue_to_agent_to_queue_with_its_age() {
    let mut talk = Talk::begun();
    let (id, waiting_since) = (talk.id(), talk.episode().waiting_since);
    talk.later(HOUR);
    talk.check(&[
        (requeue(id, 1, None), "known as 3"),
        (requeue(id, 2, Some(1)), "known as 3"),
        (requeue(id, 2, None), "4 requeued"),
        (assign(id, 1), "5 assigned"),
        (assign(id, 1), "known as 5"),
        (requeue(id, 2, Some(2)), "known as 5"),
        (assign(id, 2), "6 assigned"),
        (requeue(id, 1, Some(1)), "known as 6"),
        (requeue(id, 1, Some(2)), "7 requeued from its agent"),
    ]);
    let episode = talk.episode();
    assert_eq!(
        (episode.phase, episode.queue),
        (Phase::Waiting, Some(queue_id(1)))
    );
    assert_eq!(
        episode.waiting_since, waiting_since,
        "the customer has waited since then"
    );
}

/// A conversation with one message to send, number 4.
fn answered() -> Talk {
    let mut talk = Talk::begun();
    let command = talk.answers(Author::System, "x", None);
    assert_eq!(talk.does(&command), "4 queued x");
    talk
}

#[test]
fn status_only_rises() {
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (sent(4, 1, "w"), "6 4 sent as w"),
        (reports("w", Status::Sent), "known as 4"),
        (reports("w", Status::Delivered), "7 4 delivered"),
        (reports("w", Status::Failed), "known as 4"),
        (reports("w", Status::Read), "8 4 read"),
        (reports("w", Status::Delivered), "known as 4"),
        (reports("nobody's", Status::Read), "known as 8"),
    ]);
}

#[test]
fn an_attempt_is_made_once_and_ends_once() {
    answered().check(&[
        (
            start(3, 1),
            "refused: the attempt is not the one that is due",
        ),
        (
            sent(4, 1, "w"),
            "refused: the attempt is not the one that is due",
        ),
        (start(4, 1), "5 attempt 1 of 4"),
        (
            start(4, 1),
            "refused: the attempt is not the one that is due",
        ),
        (
            start(4, 2),
            "refused: the attempt is not the one that is due",
        ),
        (postponed(4, 1), "6 4 postponed"),
        (
            postponed(4, 1),
            "refused: the attempt is not the one that is due",
        ),
        (
            start(4, 1),
            "refused: the attempt is not the one that is due",
        ),
        (start(4, 2), "7 attempt 2 of 4"),
        (
            sent(4, 1, "w"),
            "refused: the attempt is not the one that is due",
        ),
        (rejected(4, 2), "8 4 rejected"),
        (
            start(4, 3),
            "refused: the attempt is not the one that is due",
        ),
    ]);
}

#[test]
fn an_early_status_is_kept_and_applied() {
    answered().check(&[
        (reports("w", Status::Delivered), "known as 4"),
        (start(4, 1), "5 attempt 1 of 4"),
        (reports("w", Status::Sent), "6 kept sent of w"),
        (reports("w", Status::Sent), "known as 6"),
        (reports("w", Status::Delivered), "7 kept delivered of w"),
        (reports("w", Status::Sent), "known as 7"),
        (reports("v", Status::Read), "8 kept read of v"),
        (sent(4, 1, "w"), "9 4 sent as w, 10 4 delivered"),
        (reports("w", Status::Read), "11 4 read"),
        (reports("v", Status::Read), "known as 11"),
    ]);
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (reports("w", Status::Failed), "6 kept failed of w"),
        (sent(4, 1, "w"), "7 4 sent as w, 8 4 failed"),
    ]);
}

#[test]
fn a_lost_answer_is_resolved_by_a_status() {
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (
            give_up(4, 2),
            "refused: the attempt is not the one that is due",
        ),
        (give_up(4, 1), "6 attempt 1 of 4 ambiguous"),
        (give_up(4, 1), "known as 4"),
        (
            reports("w", Status::Delivered),
            "7 4 sent as w, 8 4 delivered",
        ),
        (
            give_up(4, 1),
            "refused: the attempt is not the one that is due",
        ),
        (
            start(4, 2),
            "refused: the attempt is not the one that is due",
        ),
        (reports("w", Status::Read), "9 4 read"),
    ]);
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (reports("w", Status::Sent), "6 kept sent of w"),
        (give_up(4, 1), "7 4 sent as w"),
    ]);
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (give_up(4, 1), "6 attempt 1 of 4 ambiguous"),
        (start(4, 2), "7 attempt 2 of 4"),
        (sent(4, 2, "v"), "8 4 sent as v"),
    ]);
}

#[test]
fn a_lost_answer_is_not_resolved_by_what_was_sent_before() {
    let minute = Duration::from_secs(60);
    let mut talk = answered();
    talk.later(minute);
    talk.check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (give_up(4, 1), "6 attempt 1 of 4 ambiguous"),
        (
            reports_at("old", Status::Delivered, 57),
            "7 kept delivered of old",
        ),
        (give_up(4, 1), "known as 4"),
        (reports_at("w", Status::Sent, 58), "8 4 sent as w"),
    ]);
    let mut talk = answered();
    talk.later(minute);
    talk.check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (reports_at("old", Status::Read, 30), "6 kept read of old"),
        (give_up(4, 1), "7 attempt 1 of 4 ambiguous"),
    ]);
    talk.later(minute);
    talk.check(&[
        (start(4, 2), "8 attempt 2 of 4"),
        (
            reports_at("w", Status::Delivered, 65),
            "9 kept delivered of w",
        ),
        (give_up(4, 2), "10 4 sent as w, 11 4 delivered"),
    ]);
}

#[test]
fn of_several_early_statuses_the_newest_names_a_lost_message() {
    for ids in [["w", "v", "u"], ["u", "v", "w"], ["v", "w", "u"]] {
        let mut talk = answered();
        talk.does(&start(4, 1));
        for (id, secs) in ids.into_iter().zip([7, 9, 8]) {
            talk.does(&reports_at(id, Status::Sent, secs));
        }
        assert_eq!(
            talk.does(&give_up(4, 1)),
            format!("9 4 sent as {}", ids[1]),
            "{ids:?}"
        );
    }
}

#[test]
fn the_customers_page_marks_what_was_sent_and_nothing_else() {
    let mut talk = answered();
    let mark = |message, status| Command::Mark { message, status };
    let second = talk.answers(Author::System, "y", None);
    talk.check(&[
        (second, "5 queued y"),
        (mark(5, Status::Read), "nothing new since 5"),
        (start(4, 1), "6 attempt 1 of 4"),
        (sent(4, 1, "w"), "7 4 sent as w"),
        (mark(3, Status::Read), "nothing new since 7"),
        (mark(5, Status::Delivered), "8 4 delivered"),
        (mark(5, Status::Read), "9 4 read"),
        (mark(5, Status::Delivered), "nothing new since 9"),
    ]);
}

#[test]
fn only_the_agent_who_holds_a_conversation_reads_it_and_only_forwards() {
    let mut talk = Talk::begun();
    let conversation = talk.id();
    let reads = |agent, up_to| Command::ReadByAgent {
        conversation,
        agent: agent_id(agent),
        up_to,
    };
    talk.check(&[
        (reads(1, 3), "nothing new since 3"),
        (assign(conversation, 1), "4 assigned"),
        (reads(2, 3), "nothing new since 4"),
        (reads(1, 90), "5 read to 3"),
        (reads(1, 3), "nothing new since 5"),
        (says("b"), "6 received b"),
        (reads(1, 6), "7 read to 6"),
        (reads(1, 3), "nothing new since 7"),
    ]);
}

#[test]
fn every_send_that_waits_can_still_be_begun_however_many_there_are() {
    let mut talk = Talk::begun();
    for _ in 0..300 {
        let command = talk.answers(Author::System, "x", None);
        talk.does(&command);
    }
    for message in 4..304 {
        assert!(
            talk.does(&start(message, 1)).contains("attempt"),
            "message {message}"
        );
        assert!(
            talk.does(&sent(message, 1, &format!("w{message}")))
                .contains("sent"),
            "message {message}"
        );
    }
}

#[test]
fn what_cannot_be_handled_is_kept_with_its_cause_and_takes_a_number() {
    let mut talk = Talk::begun();
    let (entry, reply) = talk
        .state
        .bury(&talk.key, &says("b"), "it crashed", talk.now);
    assert_eq!(
        reply,
        Reply::Done {
            conversation: Some(talk.id()),
            seq: 4
        }
    );
    let Some(Fact::DeadLettered(letter)) = entry.facts.first() else {
        panic!("a letter, not {entry:?}")
    };
    assert_eq!(letter.cause, "it crashed");
    let kept: Letter = serde_json::from_str(letter.letter.0.get()).expect("the message, as it was");
    let again = kept
        .into_command(1, &talk.key, &FINGERPRINTER)
        .expect("a message can be tried again");
    assert_eq!(again, says("b"));
    assert_eq!(talk.does(&again), "5 received b", "it was never shown");
    assert_eq!(talk.does(&says("b")), "known as 5");
}

#[test]
fn an_answer_from_a_dead_letter_is_sent_once_however_often_it_is_tried() {
    let mut talk = Talk::begun();
    let keyed = |fingerprint| Command::Send {
        conversation: talk.id(),
        message: Arc::new(answer(ALICE, "x")),
        fingerprint,
        based_on: None,
    };
    let callers = fingerprint("order-1");
    let again = |command: &Command, id| {
        Letter::of(command)
            .into_command(id, &talk.key, &FINGERPRINTER)
            .expect("an answer can be tried again")
    };
    let (plain, with_key) = (keyed(None), keyed(Some(callers)));
    let (first, second) = (again(&plain, 1), again(&plain, 2));
    let (third, original) = (again(&with_key, 3), with_key);
    talk.check(&[
        (first.clone(), "4 queued x, 5 first answer after 0 s"),
        (first, "known as 4"),
        (second, "6 queued x"),
        (third, "7 queued x"),
        (original, "known as 7"),
    ]);
}

#[test]
fn a_letter_from_before_it_kept_the_callers_id_is_read() {
    let talk = Talk::begun();
    let mut letter = serde_json::to_value(Letter::of(&talk.answers(ALICE, "x", None)))
        .expect("a letter is JSON");
    assert_eq!(letter["sent"].get("fingerprint"), None);
    letter["sent"]["fingerprint"] = serde_json::to_value(fingerprint("k")).expect("it is a string");
    let kept: Letter = serde_json::from_value(letter).expect("with it as well");
    let command = kept.into_command(1, &talk.key, &FINGERPRINTER);
    assert!(
        matches!(command, Some(Command::Send { fingerprint: Some(id), .. }) if id == fingerprint("k"))
    );
}

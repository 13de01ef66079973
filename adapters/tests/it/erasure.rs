//! What was erased is nowhere any more, and nothing else is gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::storage::backup::{Finding, Scope, inspect};
use ecluse_adapters::storage::read_model::conversations::{
    ConversationFilter, TimelineEntry, TimelineRange,
};
use ecluse_engine::configuration::Channel;
use ecluse_engine::conversation::{Command, FilledForm, Introduction, Past, Reply, State};
use ecluse_engine::ids::{ConversationId, ConversationKey, Key, OfferId, TenantId};
use ecluse_engine::message::{
    Actor, Author, CloseReason, Content, DeadLetter, Entry, ErasureReason, Fact, Inbound, Notice,
    Outbound, ProviderError, RawJson, SendOutcome, Status, StatusReport, Timestamp,
};
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::sample;
use ecluse_engine::store::{Outlived, Store as _};
use rusqlite::Connection;
use serde_json::value::to_raw_value;
use smallvec::smallvec;
use uuid::Uuid;

use crate::node::{Customers, Node, hold_store};

/// In every text that must be found nowhere.
const MARKER: &str = "Zaubernuss";

const CUSTOMER: &str = "33612345678";

fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap()
}

/// Every file below a directory that holds these bytes.
fn holding(directory: &Path, bytes: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, bytes));
        } else if let Ok(content) = fs::read(&path)
            && content
                .windows(bytes.len())
                .any(|window| window == bytes.as_bytes())
        {
            found.push(path);
        }
    }
    found
}

/// Waits until no file holds what was said, nor the address, which the entry of the erasure itself has.
async fn until_gone(directory: &Path) {
    let left = || [MARKER, CUSTOMER].map(|text| holding(directory, text));
    let gone = async {
        while left() != [[], []] as [[PathBuf; 0]; 2] {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), gone).await;
    assert!(waited.is_ok(), "{:?}", left());
}

/// What an inspection finds, but that there is no configuration here.
fn findings(directory: &Path) -> Vec<Finding> {
    let found = inspect(directory, Scope::Rows).findings.into_iter();
    found
        .filter(|finding| !matches!(finding, Finding::Damaged { file, .. } if *file == "config.db"))
        .collect()
}

/// A conversation whose decisions are written to a node.
struct Talk<'n> {
    node: &'n Node,
    key: ConversationKey,
    channel: Channel,
    state: State,
    now: Timestamp,
    said: u64,
}

impl<'n> Talk<'n> {
    fn new(node: &'n Node, address: &str) -> Self {
        Self {
            node,
            key: sample::key(1, address),
            channel: sample::channel(1, sample::rules()),
            state: State::default(),
            now: sample::START,
            said: 0,
        }
    }

    fn does(&mut self, command: &Command) -> Option<Entry> {
        self.now = self.now.plus(Duration::from_millis(5));
        match self.state.step(&self.key, &self.channel, command, self.now) {
            Decision::Record(entry, _) => {
                self.node.append(entry.clone());
                Some(entry)
            }
            Decision::Repeat(_) | Decision::Answer(_) => None,
        }
    }

    fn message(&mut self, text: &str) -> Command {
        self.said += 1;
        let id = format!("{}/{}", self.key.address, self.said);
        let message = Inbound {
            profile_name: Some(format!("{text} the customer")),
            content: Content::text(text),
            ..sample::text(&id, "")
        };
        let fingerprint = sample::FINGERPRINTER.of(self.key.channel, &id);
        Command::Receive {
            message: Arc::new(message),
            fingerprint,
        }
    }

    fn writes(&mut self, text: &str) -> Command {
        let message = self.message(text);
        self.does(&message).expect("it is new");
        message
    }

    fn id(&self) -> ConversationId {
        self.state.episode.as_ref().expect("there is one").id
    }

    /// Answers, and the provider says something of it.
    fn is_answered(&mut self, text: &str) {
        let message = Arc::new(Outbound {
            client_id: Some(text.into()),
            ..sample::answer(Author::Program, text)
        });
        let queued = self
            .does(&Command::Send {
                conversation: self.id(),
                message,
                fingerprint: None,
                based_on: None,
            })
            .expect("it is allowed");
        let (message, attempt) = (queued.first_seq, 1);
        let provider_id = format!("wamid.{text}");
        let fingerprint = sample::FINGERPRINTER.of(self.key.channel, &provider_id);
        self.does(&Command::StartAttempt { message, attempt });
        let error = ProviderError {
            code: 7,
            title: text.to_owned(),
            detail: Some(text.to_owned()),
        };
        let early = StatusReport {
            provider_id: format!("other.{text}").as_str().into(),
            status: Status::Delivered,
            at: self.now,
            error: Some(error.clone()),
        };
        self.does(&Command::Report {
            report: early,
            fingerprint,
        });
        self.does(&Command::EndAttempt {
            message,
            attempt,
            outcome: SendOutcome::Sent(provider_id.as_str().into()),
            fingerprint: Some(fingerprint),
        });
        let report = StatusReport {
            provider_id: provider_id.as_str().into(),
            status: Status::Failed,
            at: self.now,
            error: Some(error),
        };
        self.does(&Command::Report {
            report,
            fingerprint,
        });
    }

    fn closes(&mut self) {
        let command = Command::Close {
            conversation: self.id(),
            reason: CloseReason::Resolved,
            by: Actor::Program,
        };
        self.does(&command).expect("it was open");
    }

    /// Closes, and lets so much time pass that the next message begins another conversation.
    fn ends(&mut self) {
        self.closes();
        self.now = self.now.plus(sample::DAY * 2);
    }

    fn is_erased(&mut self, past: Past) {
        let (by, why) = (Actor::Program, ErasureReason::Requested);
        self.does(&Command::Erase { past, by, why })
            .expect("it is closed");
    }

    async fn woken(&self) -> State {
        self.node.projected().await;
        self.node.state(&self.key).await
    }

    /// The texts that the newest conversation and all before it show, and how many erasures.
    async fn shown(&self, conversation: ConversationId) -> (Vec<String>, usize) {
        self.node.projected().await;
        let (mut texts, mut erasures, mut after) = (Vec::new(), 0, Some(0));
        while let Some(above) = after.take() {
            let range = TimelineRange {
                after: Some(above),
                before: None,
                limit: 50,
                whole_history: true,
            };
            for row in self.node.reads.timeline(conversation, range).await.unwrap() {
                after = Some(row.seq);
                match row.entry {
                    TimelineEntry::Received(message) => match message.content {
                        Content::Text(text) => texts.push(text.body),
                        other => panic!("{other:?}"),
                    },
                    TimelineEntry::Event(fact) => {
                        erasures += usize::from(matches!(*fact, Fact::Erased(_)));
                    }
                    TimelineEntry::Sent { .. } => {}
                }
            }
        }
        (texts, erasures)
    }
}

fn letter(text: &str) -> Fact {
    Fact::DeadLettered(DeadLetter {
        cause: "it crashed".to_owned(),
        letter: Box::new(RawJson(to_raw_value(text).unwrap())),
    })
}

fn entry(key: Key, fact: Fact) -> Entry {
    Entry {
        key,
        at: sample::START,
        first_seq: 0,
        facts: smallvec![fact],
    }
}

/// Says everything that a conversation can leave behind, with the marker in all of it.
fn say_everything(talk: &mut Talk<'_>) {
    let tenant = TenantId::DEFAULT;
    talk.writes(MARKER);
    talk.does(&Command::Introduce(Introduction {
        name: Some(format!("{MARKER} by name")),
        email: Some(format!("{MARKER}@example.org")),
        form: Some(FilledForm {
            form: format!("{MARKER} form"),
            answers: vec![(format!("{MARKER} asked"), format!("{MARKER} answered"))],
            fingerprint: None,
        }),
    }));
    talk.is_answered(MARKER);
    let crashes = talk.message(MARKER);
    let (buried, _) = talk.state.bury(&talk.key, &crashes, "it crashed", talk.now);
    talk.node.append(buried);
    // A channel and the router describe what they crashed over.
    let channel = talk.key.channel;
    let said = format!("Address(\"{CUSTOMER}\") said {MARKER}");
    talk.node
        .append(entry(Key::Channel { tenant, channel }, letter(&said)));
    let said = format!("{} said {MARKER}", talk.id());
    talk.node
        .append(entry(Key::Router { tenant }, letter(&said)));
    let raw = serde_json::json!({ "from": CUSTOMER, "text": MARKER });
    let notice = Notice {
        kind: "message_to_unknown_number".into(),
        fingerprint: sample::FINGERPRINTER.of(channel, "notice"),
        raw: Box::new(RawJson(to_raw_value(&raw).unwrap())),
    };
    talk.node
        .append(entry(Key::Router { tenant }, Fact::Noticed(notice)));
    let offer = Fact::OfferMade {
        offer: OfferId(Uuid::from_u128(1)),
        conversation: talk.id(),
        queue: sample::queue_id(1),
        agent: sample::agent_id(1),
        expires: talk.now,
    };
    talk.node.append(entry(Key::Router { tenant }, offer));
}

fn count(directory: &Path, sql: &str) -> u64 {
    let store = Connection::open(directory.join("store.db")).unwrap();
    store.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn no_byte_of_what_was_erased_is_left_in_any_file() {
    let place = directory();
    let node = Node::open(place.path()).unwrap();
    let mut others = Customers::new(40);
    for _ in 0..400 {
        node.append(others.write());
    }
    let mut talk = Talk::new(&node, CUSTOMER);
    say_everything(&mut talk);
    for _ in 0..400 {
        node.append(others.write());
        talk.writes(&format!("{MARKER} again"));
    }
    talk.closes();
    node.projected().await;
    assert_ne!(holding(place.path(), MARKER), [] as [PathBuf; 0]);

    talk.is_erased(Past::Whole);
    node.projected().await;
    until_gone(place.path()).await;
    for table in [
        "offers",
        "dead_letters",
        "notices",
        "kept_statuses",
        "deliveries",
        "bot_turns",
        "known_agents",
    ] {
        let left = count(place.path(), &format!("SELECT count(*) FROM {table}"));
        assert_eq!(left, 0, "{table}");
    }
    let written = count(place.path(), "SELECT count(*) FROM timeline WHERE kind = 1");
    assert_eq!(written, 800, "what others wrote stays");
    assert_eq!(talk.woken().await.next_seq, talk.state.next_seq);
    node.stop();
    assert_eq!(findings(place.path()), []);
    assert_eq!(holding(place.path(), MARKER), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn an_erasure_goes_on_after_a_stop() {
    let place = directory();
    let node = Node::open(place.path()).unwrap();
    let reader = hold_store(place.path());
    let mut talk = Talk::new(&node, CUSTOMER);
    say_everything(&mut talk);
    talk.closes();
    talk.is_erased(Past::Whole);
    node.projected().await;
    node.stop();
    assert_ne!(
        holding(place.path(), MARKER),
        [] as [PathBuf; 0],
        "a reader kept it from being taken out"
    );
    drop(reader);

    let node = Node::open(place.path()).unwrap();
    until_gone(place.path()).await;
    node.stop();
    assert_eq!(findings(place.path()), []);
}

#[tokio::test]
async fn what_comes_again_is_known_although_it_was_erased() {
    let place = directory();
    let node = Node::open(place.path()).unwrap();
    let mut talk = Talk::new(&node, CUSTOMER);
    let first = talk.writes("Bonjour");
    talk.closes();
    talk.is_erased(Past::Whole);
    let mut woken = talk.woken().await;
    assert_eq!(woken.episode, None);
    let later = talk.now.plus(Duration::from_secs(6 * 86_400));
    let again = woken.step(&talk.key, &talk.channel, &first, later);
    assert!(
        matches!(again, Decision::Repeat(Reply::Known { .. })),
        "{again:?}"
    );
    talk.state = woken;
    talk.writes("Me revoilà");
    let (texts, erasures) = talk.shown(talk.id()).await;
    assert_eq!((texts, erasures), (vec!["Me revoilà".to_owned()], 1));
    node.stop();
    assert_eq!(findings(place.path()), []);
}

#[tokio::test]
async fn what_is_left_of_a_long_history_is_read_whole_and_in_order() {
    let place = directory();
    let node = Node::open(place.path()).unwrap();
    let mut others = Customers::new(3);
    let mut talk = Talk::new(&node, CUSTOMER);
    let mut episodes = Vec::new();
    // Ends before, on and after the marks.
    for length in [1_u64, 62, 1, 63, 64, 130, 5, 300] {
        let texts: Vec<String> = (0..length)
            .map(|number| format!("{} {number}", episodes.len()))
            .collect();
        for text in &texts {
            talk.writes(text);
            node.append(others.write());
        }
        episodes.push((talk.id(), talk.state.next_seq - 1, texts));
        talk.ends();
        let (_, last, _) = episodes.last_mut().unwrap();
        *last = talk.state.next_seq - 1;
    }
    let newest = episodes.last().unwrap().0;
    for erased in 0..episodes.len() - 1 {
        let (conversation, seq, _) = episodes[erased].clone();
        talk.is_erased(Past::UpTo { conversation, seq });
        let (texts, erasures) = talk.shown(newest).await;
        let left = episodes[erased + 1..].iter();
        let expected: Vec<String> = left.flat_map(|(_, _, texts)| texts.clone()).collect();
        assert_eq!((texts, erasures), (expected, 1), "{erased}");
        let filter = ConversationFilter {
            limit: 100,
            ..ConversationFilter::default()
        };
        let listed = node
            .reads
            .conversations(TenantId::DEFAULT, filter)
            .await
            .unwrap();
        let own = listed.iter().filter(|row| row.key == talk.key);
        assert_eq!(own.count(), episodes.len() - 1 - erased);
    }
    assert_eq!(talk.woken().await.episode, talk.state.episode);
    node.stop();
    assert_eq!(findings(place.path()), []);
}

#[tokio::test]
async fn a_contact_stays_as_long_as_they_write_elsewhere() {
    let place = directory();
    let node = Node::open(place.path()).unwrap();
    let mut one = Talk::new(&node, CUSTOMER);
    let mut other = Talk::new(&node, CUSTOMER);
    other.key = sample::key(2, CUSTOMER);
    for talk in [&mut one, &mut other] {
        talk.writes("Bonjour");
        talk.closes();
    }
    let contact = one.key.contact_id(one.channel.kind);
    let known = async || {
        node.projected().await;
        let found = node.reads.contact(TenantId::DEFAULT, contact);
        found.await.unwrap().map(|contact| contact.name)
    };
    let named = Some(Some("Bonjour the customer".to_owned()));
    assert_eq!(known().await, named);
    one.is_erased(Past::Whole);
    assert_eq!(known().await, named);
    other.is_erased(Past::Whole);
    assert_eq!(known().await, None);
    node.stop();
    assert_eq!(findings(place.path()), []);
}

#[tokio::test]
async fn what_was_closed_before_a_time_is_found_and_nothing_else() {
    let place = directory();
    let node = Node::open(place.path()).unwrap();
    let mut talk = Talk::new(&node, CUSTOMER);
    let mut expected = Vec::new();
    for number in 0..3 {
        talk.writes(&format!("{number}"));
        let conversation = talk.id();
        talk.ends();
        expected.push(Outlived {
            key: talk.key.clone(),
            conversation,
            last_seq: talk.state.next_seq - 1,
        });
    }
    let mut open = Talk::new(&node, "33600000000");
    open.writes("Bonjour");
    let mut foreign = Talk::new(&node, CUSTOMER);
    foreign.key.tenant = TenantId(2);
    foreign.writes("Hello");
    foreign.closes();
    node.projected().await;
    let closed = |before, limit| node.reads.closed_before(TenantId::DEFAULT, before, limit);
    let after = |days| sample::START.plus(sample::DAY * days);
    let rows = [
        (sample::START, 10, 0),
        (after(1), 10, 1),
        (after(3), 10, 2),
        (after(9), 10, 3),
        (after(9), 2, 2),
    ];
    for (before, limit, count) in rows {
        let found = closed(before, limit).await.unwrap();
        assert_eq!(found, expected[..count], "{before:?} {limit}");
    }
    node.stop();
}

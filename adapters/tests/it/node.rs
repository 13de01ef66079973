//! The storage of a node without its engine: journal, projector and read model over one directory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::storage::data_dir::JOURNAL_DIR;
use ecluse_adapters::storage::fail_stop::FailStop;
use ecluse_adapters::storage::faults::Faults;
use ecluse_adapters::storage::journal::{JournalError, SegmentJournal, SegmentReader};
use ecluse_adapters::storage::projector::{Projector, StoreFile};
use ecluse_adapters::storage::read_model::ReadModel;
use ecluse_adapters::storage::{Storage, StorageError, StorageOptions};
use ecluse_engine::configuration::Channel;
use ecluse_engine::conversation::{Command, State};
use ecluse_engine::follow::CommittedLog;
use ecluse_engine::ids::ConversationKey;
use ecluse_engine::journal::{Append, Committed, Journal as _, OwnerEpoch, Position};
use ecluse_engine::message::{Content, Entry, Timestamp};
use ecluse_engine::runtime::door::Permit;
use ecluse_engine::runtime::{Answer, Decision, Gate, GateCapacity, Receipt};
use ecluse_engine::sim::sample;
use ecluse_engine::store::Store as _;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::oneshot;

/// Waits for a state that must come, while other threads work towards it.
pub(crate) async fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let waited = async {
        while !reached() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited)
        .await
        .unwrap_or_else(|_| panic!("never came to be: {what}"));
}

/// What was said when the process should have ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stops(Arc<Mutex<Vec<String>>>);

impl Stops {
    pub(crate) fn reasons(&self) -> Vec<String> {
        self.0.lock().clone()
    }

    fn hook(&self) -> FailStop {
        let reasons = Arc::clone(&self.0);
        Arc::new(move |reason| reasons.lock().push(reason.to_owned()))
    }
}

pub(crate) const SEGMENT_BYTES: u64 = 64 << 10;

/// A running node's storage.
pub(crate) struct Node {
    pub(crate) directory: PathBuf,
    pub(crate) journal: Arc<SegmentJournal>,
    pub(crate) log: Arc<CommittedLog>,
    pub(crate) gate: Gate,
    pub(crate) faults: Faults,
    pub(crate) stops: Stops,
    pub(crate) reads: ReadModel,
    projector: Projector,
}

impl Node {
    pub(crate) fn open(directory: &Path) -> Result<Self, JournalError> {
        let gate = Gate::new(GateCapacity {
            messages: 40_000,
            bytes: 1 << 30,
            reserve: 8,
        });
        let (faults, stops) = (Faults::default(), Stops::default());
        let options = StorageOptions {
            gate: gate.clone(),
            faults: faults.clone(),
            fail_stop: stops.hook(),
            journal_queue: 50_000,
            // Small files, so that the journal has several.
            journal_segment_bytes: SEGMENT_BYTES,
            // A small tail, so that followers also read from the file.
            tail_bytes: 64 << 10,
            lag_max: u64::MAX,
        };
        let Storage {
            journal,
            log,
            projector,
            reads,
        } = match Storage::open(directory, options) {
            Ok(storage) => storage,
            Err(StorageError::Journal(error)) => return Err(error),
            Err(error @ (StorageError::Store(_) | StorageError::Readers(_))) => panic!("{error:?}"),
        };
        Ok(Self {
            directory: directory.to_owned(),
            journal,
            log,
            gate,
            faults,
            stops,
            reads,
            projector,
        })
    }

    pub(crate) fn append(&self, entry: Entry) {
        self.journal.append(Append::entry(entry));
    }

    /// Appends an entry for a source that waits for its yes.
    pub(crate) fn append_for(&self, entry: Entry) -> Answer {
        let (receipt, answer) = self
            .gate
            .try_admit(&Arc::default(), 1, 1)
            .unwrap()
            .into_receipt();
        self.journal.append(Append {
            receipt,
            ..Append::entry(entry)
        });
        answer
    }

    /// Waits until everything handed in so far is committed.
    pub(crate) async fn committed(&self) -> Position {
        let (tell, told) = oneshot::channel();
        let on_commit = Box::new(move |position| {
            let _ = tell.send(position);
        });
        let barrier = Append {
            epoch: OwnerEpoch::SINGLE_NODE,
            entry: None,
            receipt: Receipt::none(),
            permit: Permit::default(),
            progress: None,
            on_commit: Some(on_commit),
        };
        self.journal.append(barrier);
        told.await.unwrap()
    }

    /// Waits until everything handed in so far is in the read model.
    pub(crate) async fn projected(&self) -> Position {
        let head = self.committed().await;
        self.log.projected_to(head).await;
        head
    }

    pub(crate) async fn state(&self, key: &ConversationKey) -> State {
        self.reads
            .conversation(key)
            .await
            .unwrap()
            .unwrap_or_default()
    }

    /// Everything that is in the journal's files above `after`.
    pub(crate) fn in_files(&self, after: Position) -> Vec<Arc<Committed>> {
        let reader = SegmentReader::open(&self.directory.join(JOURNAL_DIR)).unwrap();
        reader.read_blocking(after, usize::MAX >> 1).unwrap()
    }

    /// The oldest position in the journal's files.
    pub(crate) fn oldest(&self) -> Option<u64> {
        let reader = SegmentReader::open(&self.directory.join(JOURNAL_DIR)).unwrap();
        reader.ends().map(|(oldest, _)| oldest.0)
    }

    /// Stops as a node does: the journal first, then what follows it.
    pub(crate) fn stop(self) {
        self.journal.stop();
        self.projector.stop();
    }
}

/// A read transaction that keeps the store from being made durable.
pub(crate) fn hold_store(directory: &Path) -> Connection {
    let connection = Connection::open(directory.join("store.db")).unwrap();
    connection.execute_batch("BEGIN").unwrap();
    let _: i64 = connection
        .query_row("SELECT position FROM checkpoint", [], |row| row.get(0))
        .unwrap();
    connection
}

/// How far a store's file is without its write-ahead log: what a power cut leaves of it.
pub(crate) fn durable(directory: &Path) -> Position {
    let copy = tempfile::tempdir().unwrap();
    fs::copy(directory.join("store.db"), copy.path().join("store.db")).unwrap();
    StoreFile::open(&copy.path().join("store.db"))
        .unwrap()
        .checkpoint()
}

/// Customers who write, and what their conversations must be by then.
pub(crate) struct Customers {
    channel: Channel,
    pub(crate) states: BTreeMap<ConversationKey, State>,
    now: Timestamp,
    written: u64,
    body: String,
}

impl Customers {
    pub(crate) fn new(count: u64) -> Self {
        Self::with_texts_of(count, 40)
    }

    pub(crate) fn with_texts_of(count: u64, bytes: usize) -> Self {
        let states = (0..count)
            .map(|n| (sample::key(1, &format!("contact {n}")), State::default()))
            .collect();
        let channel = sample::channel(1, sample::rules());
        Self {
            channel,
            states,
            now: sample::START,
            written: 0,
            body: "x".repeat(bytes),
        }
    }

    /// The entry of the next message.
    pub(crate) fn write(&mut self) -> Entry {
        let turn = usize::try_from(self.written).unwrap() % self.states.len();
        let (key, state) = self.states.iter_mut().nth(turn).unwrap();
        let id = format!("id {}", self.written);
        self.written += 1;
        self.now = self.now.plus(Duration::from_millis(7));
        let mut message = sample::text(&id, "");
        message.content = Content::text(self.body.as_str());
        let command = Command::Receive {
            fingerprint: sample::FINGERPRINTER.of(key.channel, &id),
            message: Arc::new(message),
        };
        match state.step(key, &self.channel, &command, self.now) {
            Decision::Record(entry, _) => entry,
            other => panic!("a new message is recorded, not {other:?}"),
        }
    }
}

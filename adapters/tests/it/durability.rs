//! What is committed stays, whatever happens to the machine; and nobody is told more than that.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::storage::data_dir::JOURNAL_DIR;
use ecluse_adapters::storage::journal::JournalError;
use ecluse_engine::journal::{Append, Journal as _, Position};
use ecluse_engine::message::{Content, Entry, Fact};
use ecluse_engine::runtime::gate::Shut;
use ecluse_engine::runtime::{Answer, Settled};
use futures_util::FutureExt as _;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::node::{Customers, Node, SEGMENT_BYTES, durable, hold_store, until};

fn directory() -> TempDir {
    tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap()
}

/// A copy of some of the files and directories, as they are now.
fn copy(from: &Path, names: &[&str]) -> TempDir {
    let to = directory();
    for name in names {
        copy_whole(&from.join(name), &to.path().join(name));
    }
    to
}

fn copy_whole(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy_whole(&entry.path(), &to.join(entry.file_name()));
        }
    } else if from.exists() {
        fs::copy(from, to).unwrap();
    }
}

const STORE: [&str; 2] = ["store.db", "store.db-wal"];

/// What a power cut leaves: the journal as it was synced, and of the store only what was put into its own file.
async fn cut_power(node: &Node) -> TempDir {
    node.faults.keep_entries(true);
    node.committed().await;
    let cut = copy(&node.directory, &[JOURNAL_DIR, STORE[0]]);
    node.faults.keep_entries(false);
    cut
}

/// Puts all that is committed into the store's own file.
fn put_into_file(directory: &Path) {
    let store = Connection::open(directory.join("store.db")).unwrap();
    store.busy_timeout(Duration::from_secs(10)).unwrap();
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    let is_busy = || {
        store
            .query_row(checkpoint, [], |row| row.get::<_, bool>(0))
            .unwrap()
    };
    while is_busy() {}
}

/// Every message of the customers is in the store once, and their conversations are what they must be.
async fn has_everything(node: &Node, customers: &Customers) {
    node.projected().await;
    for (key, state) in &customers.states {
        let mut found = node.state(key).await;
        assert_eq!(found.recent.len(), state.recent.len(), "{key:?}");
        found.recent = state.recent.clone();
        assert_eq!(found, *state, "{key:?}");
    }
    let store = Connection::open(node.directory.join("store.db")).unwrap();
    let counted = "SELECT count(*), count(DISTINCT hex(key) || '/' || seq) FROM timeline";
    let (rows, distinct): (u64, u64) = store
        .query_row(counted, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(rows, distinct, "nothing is shown twice");
}

#[tokio::test]
async fn rolled_back_store_loses_nothing() {
    let original = directory();
    let node = Node::open(original.path()).unwrap();
    let mut customers = Customers::new(30);
    for round in 1..=3 {
        // The copy leaves the store's WAL out, so nothing may be on its way from there into the file.
        node.projected().await;
        put_into_file(original.path());
        // A reader that does not end keeps everything that follows out of the store's own file.
        let reader = hold_store(original.path());
        for _ in 0..2_500 {
            node.append(customers.write());
        }
        let head = node.projected().await;
        let cut = cut_power(&node).await;
        let behind = head.0 - durable(cut.path()).0;
        assert!(
            behind >= 2_500,
            "round {round}: the cut took only {behind} entries from the store"
        );

        let recovered = Node::open(cut.path()).unwrap();
        assert_eq!(recovered.log.head(), head);
        has_everything(&recovered, &customers).await;
        let next = customers.write();
        recovered.append(next.clone());
        assert_eq!(
            recovered.projected().await,
            Position(head.0 + 1),
            "positions go on where they were"
        );
        has_everything(&recovered, &customers).await;
        recovered.stop();
        node.append(next);
        drop(reader);
    }
    has_everything(&node, &customers).await;
    node.stop();
}

/// The journal's segments, oldest first.
fn segments(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory.join(JOURNAL_DIR)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    found.sort();
    found
}

fn remove(paths: &[PathBuf]) {
    paths.iter().for_each(|path| fs::remove_file(path).unwrap());
}

/// Changes one byte of a segment's second block, the first that holds entries.
fn damage(path: &Path) {
    let file = fs::File::options()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, 4_096 + 100).unwrap();
    file.write_all_at(&[!byte[0]], 4_096 + 100).unwrap();
}

#[tokio::test]
async fn a_gap_is_refused() {
    let base = directory();
    let node = Node::open(base.path()).unwrap();
    node.faults.keep_entries(true);
    let mut customers = Customers::new(3);
    for _ in 0..50 {
        // One after the other, so that there are several segments.
        assert_eq!(node.append_for(customers.write()).await, Settled::All);
    }
    assert_eq!(node.projected().await, Position(50));
    node.stop();
    let whole: &[&str] = &[JOURNAL_DIR, STORE[0], STORE[1]];
    let journal: &[&str] = &[JOURNAL_DIR];
    type Row<'a> = (
        &'static str,
        &'a [&'static str],
        fn(&[PathBuf]),
        Result<u64, &'static str>,
    );
    let table: [Row<'_>; 10] = [
        ("as it was", whole, |_| {}, Ok(50)),
        (
            "trimmed up to the newest segment",
            whole,
            |all| remove(&all[..all.len() - 1]),
            Ok(50),
        ),
        (
            "a hole below what the store has",
            whole,
            |all| remove(&all[1..2]),
            Ok(50),
        ),
        ("a new store replays everything", journal, |_| {}, Ok(50)),
        (
            "a new store over a trimmed journal",
            journal,
            |all| remove(&all[..1]),
            Err("begins at"),
        ),
        (
            "a new store over a hole",
            journal,
            |all| remove(&all[1..2]),
            Err("begins at"),
        ),
        (
            "an older journal",
            whole,
            |all| remove(&all[all.len() - 1..]),
            Err("ends at 4"),
        ),
        (
            "a damaged entry",
            whole,
            |all| damage(&all[1]),
            Err("is damaged"),
        ),
        ("an emptied journal", whole, remove, Err("is empty")),
        ("no journal", &STORE, |_| {}, Err("is empty")),
    ];
    assert!(segments(base.path()).len() > 3);
    for (case, files, tamper, expected) in table {
        let tampered = copy(base.path(), files);
        if files.contains(&JOURNAL_DIR) {
            tamper(&segments(tampered.path()));
        }
        match (Node::open(tampered.path()), expected) {
            (Ok(node), Ok(head)) => {
                assert_eq!(node.log.head(), Position(head), "{case}");
                has_everything(&node, &customers).await;
                node.stop();
            }
            (
                Err(
                    error @ (JournalError::Gap { .. }
                    | JournalError::Behind { .. }
                    | JournalError::Lost { .. }
                    | JournalError::Damaged { .. }),
                ),
                Err(words),
            ) => {
                assert!(error.to_string().contains(words), "{case}: {error}");
            }
            (Ok(_), Err(_)) => panic!("{case}: it started over a gap"),
            (Err(error), _) => panic!("{case}: {error}"),
        }
    }
}

#[tokio::test]
async fn ack_implies_durable() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    node.faults.keep_entries(true);
    let mut customers = Customers::new(5);
    node.faults.slow_commits(Duration::from_millis(2));
    for round in 1..=20_u64 {
        let entries: Vec<Entry> = (0..round).map(|_| customers.write()).collect();
        let answers: Vec<Answer> = entries
            .iter()
            .map(|entry| node.append_for(entry.clone()))
            .collect();
        for answer in answers {
            assert_eq!(answer.await, Settled::All);
        }
        // Read through the file, as another process would.
        let before = round * (round - 1) / 2;
        let found: Vec<Entry> = node
            .in_files(Position(before))
            .iter()
            .map(|found| found.entry.clone())
            .collect();
        assert_eq!(found, entries, "round {round}");
    }
    node.stop();
}

/// Hands in messages until the disk is full. Their sources wait.
async fn fill(node: &Node, customers: &mut Customers) -> Vec<(Entry, Answer)> {
    let taken = segments(&node.directory).len() as u64 * SEGMENT_BYTES;
    node.faults.limit_journal(taken + (3 << 20));
    let mut waiting = Vec::new();
    while !node.gate.is_shut(Shut::JournalStalled) {
        if let Ok(admission) = node.gate.try_admit(&Arc::default(), 1, 1) {
            let (receipt, answer) = admission.into_receipt();
            let entry = customers.write();
            node.journal.append(Append {
                receipt,
                ..Append::entry(entry.clone())
            });
            waiting.push((entry, answer));
        }
        assert!(waiting.len() < 10_000, "the disk has room for everything");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    waiting
}

#[tokio::test]
async fn full_disk_shuts_the_gate_and_recovers() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    let mut customers = Customers::with_texts_of(5, 2_000);
    let _reader = hold_store(directory.path());
    node.append(customers.write());
    node.projected().await;
    let mut waiting = fill(&node, &mut customers).await;
    let refused = node.gate.try_admit(&Arc::default(), 1, 1).unwrap_err();
    assert!(!refused.draining && refused.retry_after > Duration::ZERO);

    let committed = node.log.head();
    let unanswered: Vec<bool> = waiting
        .iter_mut()
        .map(|(_, answer)| answer.now_or_never().is_none())
        .collect();
    let answered = unanswered.iter().filter(|waits| !**waits).count();
    assert_eq!(
        answered as u64,
        committed.0 - 1,
        "whose entry is committed is answered, and nobody else"
    );
    assert!(answered < waiting.len(), "somebody waits for room");
    let key = customers.states.keys().next().unwrap();
    assert_ne!(node.state(key).await.next_seq, 1, "reads go on");

    node.faults.limit_journal(0);
    for (_, answer) in waiting.iter_mut().skip(answered) {
        assert_eq!(answer.await, Settled::All);
    }
    until("the gate is open again", || node.gate.is_open()).await;
    let found: Vec<Entry> = node
        .in_files(Position(1))
        .iter()
        .map(|found| found.entry.clone())
        .collect();
    let expected: Vec<Entry> = waiting.into_iter().map(|(entry, _)| entry).collect();
    assert_eq!(found, expected, "everything once and in order");
    has_everything(&node, &customers).await;
    assert_eq!(node.stops.reasons(), [""; 0]);
    node.stop();
}

#[tokio::test]
async fn a_full_journal_makes_room_by_forgetting_what_the_store_keeps() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    let mut customers = Customers::with_texts_of(5, 2_000);
    let reader = hold_store(directory.path());
    let waiting = fill(&node, &mut customers).await;
    // The limit stays; only now the store can be made durable, and the journal trimmed.
    drop(reader);
    for (_, answer) in waiting {
        assert_eq!(answer.await, Settled::All);
    }
    has_everything(&node, &customers).await;
    node.stop();
}

#[tokio::test]
async fn a_stop_with_a_full_disk_ends_and_says_no_yes() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    let mut customers = Customers::with_texts_of(5, 2_000);
    let _reader = hold_store(directory.path());
    let waiting = fill(&node, &mut customers).await;
    let (log, stops) = (Arc::clone(&node.log), node.stops.clone());
    let stopped = tokio::task::spawn_blocking(move || node.stop());
    tokio::time::timeout(Duration::from_secs(60), stopped)
        .await
        .expect("it ends")
        .unwrap();
    let committed = usize::try_from(log.head().0).unwrap();
    for (number, (_, answer)) in waiting.into_iter().enumerate() {
        let expected = if number < committed {
            Settled::All
        } else {
            Settled::Lost
        };
        assert_eq!(
            answer.await,
            expected,
            "message {number} of {committed} committed ones"
        );
    }
    assert_eq!(stops.reasons(), [""; 0], "that is no failure");
}

#[tokio::test]
async fn trim_never_removes_what_the_store_has_not_made_durable() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    let mut customers = Customers::new(20);
    let mut left = Vec::new();
    for round in 0..4 {
        let reader = (round % 2 == 1).then(|| hold_store(directory.path()));
        for _ in 0..4_500 {
            node.append(customers.write());
        }
        let head = node.projected().await;
        if reader.is_none() {
            // Everything is durable in the end, and then only the segment with the newest entry stays.
            until("everything is trimmed", || {
                segments(&node.directory).len() == 1
            })
            .await;
        }
        let oldest = node.oldest().expect("the newest entry always stays");
        let durable = durable(directory.path());
        assert!(
            oldest <= durable.0 + 1,
            "round {round}: {oldest} is the oldest, but {durable:?} is durable"
        );
        left.push(head.0 + 1 - oldest);
    }
    assert!(
        left[1] >= 4_500 && left[3] >= 4_500,
        "while a reader holds the store nothing goes: {left:?}"
    );
    assert!(
        left[0] <= 4_096 && left[2] <= 4_096,
        "a segment holds one group at most, or less: {left:?}"
    );
    node.stop();
}

fn enlarge(fact: &mut Fact) {
    if let Fact::Received(received) = fact {
        let message = Arc::make_mut(&mut received.message);
        message.content = Content::text("x".repeat(2 * SEGMENT_BYTES as usize).as_str());
    }
}

#[tokio::test]
async fn a_failed_write_ends_the_process_and_releases_nothing() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    let mut customers = Customers::new(3);
    assert_eq!(node.append_for(customers.write()).await, Settled::All);
    let head = node.log.head();
    // The next entry needs a segment of its own, and there is no place for one.
    fs::remove_dir_all(directory.path().join(JOURNAL_DIR)).unwrap();
    let mut large = customers.write();
    large.facts.iter_mut().for_each(enlarge);
    let lost = node.append_for(large);
    assert_eq!(lost.await, Settled::Lost, "it is not acknowledged");
    until("the process is ended", || !node.stops.reasons().is_empty()).await;
    assert!(
        node.stops.reasons()[0].contains("could not be written"),
        "{:?}",
        node.stops.reasons()
    );
    assert_eq!(node.log.head(), head, "followers see nothing of it");
    let mut refused = None;
    until("what comes after is refused", || {
        refused = Some(node.append_for(customers.write()));
        let reasons = node.stops.reasons();
        reasons
            .last()
            .is_some_and(|reason| reason.ends_with("thread has ended"))
    })
    .await;
    assert_eq!(
        refused.unwrap().await,
        Settled::Lost,
        "nor is what comes after acknowledged"
    );
    node.stop();
}

#[tokio::test]
async fn a_read_model_that_cannot_be_written_ends_the_process() {
    let directory = directory();
    let node = Node::open(directory.path()).unwrap();
    let mut customers = Customers::new(3);
    node.append(customers.write());
    let projected = node.projected().await;
    Connection::open(directory.path().join("store.db"))
        .unwrap()
        .execute_batch("DROP TABLE timeline")
        .unwrap();
    assert_eq!(
        node.append_for(customers.write()).await,
        Settled::All,
        "it is in the journal"
    );
    until("the process is ended", || !node.stops.reasons().is_empty()).await;
    assert!(
        node.stops.reasons()[0].contains("read model"),
        "{:?}",
        node.stops.reasons()
    );
    assert_eq!(
        node.log.projected(),
        projected,
        "its half of a batch is not shown"
    );
    node.stop();
}

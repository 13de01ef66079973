//! What the system sees of a node: which answers leave when, and what is left if the power fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecluse_engine::journal::Position;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::node::{Node, Place, SMALL_SEGMENTS, Shown, body, check, journal, said, text};
use crate::strace::{self, Call, ID, follow, in_turn, power_cut, segments_named};

/// One message of one of a few customers.
fn message(number: u32) -> serde_json::Value {
    text(
        &format!("336{:08}", number % 7),
        &format!("{ID}{number:06}"),
    )
}

async fn start_traced(place: &Place, log: &Path, injected: &str) -> Node {
    start_traced_with(&SMALL_SEGMENTS, place, log, injected).await
}

async fn start_traced_with(
    options: &[(&str, &str)],
    place: &Place,
    log: &Path,
    injected: &str,
) -> Node {
    let command = strace::command(log, injected);
    let command: Vec<_> = command.iter().map(String::as_str).collect();
    Node::start(&place.data(), options, &command).await
}

/// What strace sees of a node that takes bodies one after the other and many at once, with pauses in which it tidies up.
async fn traced(place: &Place) -> Vec<Call> {
    let log = place.beside("trace");
    let node = start_traced(place, &log, "").await;
    for number in 0..40 {
        assert_eq!(node.deliver(&body(&[message(number)])).await, 200);
        if number % 10 == 0 {
            node.projected().await;
        }
    }
    let bodies: Vec<String> = (0..60)
        .map(|body_number| {
            let messages = if body_number % 3 == 0 { 5 } else { 1 };
            let first = 1_000 + body_number * 10;
            body(&(first..first + messages).map(message).collect::<Vec<_>>())
        })
        .collect();
    for some in bodies.chunks(20) {
        let answers =
            futures_util::future::join_all(some.iter().map(|body| node.deliver(body))).await;
        assert!(answers.iter().all(|status| *status == 200));
        node.projected().await;
    }
    node.stop().await;
    in_turn(&[log])
}

/// Every 200 that leaves the process, seen from the system's side.
#[tokio::test]
async fn no_yes_before_the_fsync() {
    let place = Place::new().await;
    let seen = follow(&traced(&place).await);
    assert_eq!(
        seen.answered.len(),
        40 + 20 * 5 + 40,
        "every body was followed"
    );
    assert!(seen.syncs >= 43, "{} fsyncs of the journal", seen.syncs);
    assert!(
        seen.too_early.is_empty(),
        "answered before they were durable: {:?}",
        seen.too_early
    );
}

/// What is in a data directory that nobody uses: the files of the journal and the others, by their names.
fn at_rest(data: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = |directory: PathBuf| std::fs::read_dir(directory).into_iter().flatten();
    let all = files(data.to_owned()).chain(files(data.join("journal")));
    let paths = all.map(|entry| entry.unwrap().path());
    let named = paths.filter(|path| path.is_file()).map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(&path).unwrap())
    });
    named.collect()
}

/// Starts a node on what a power cut left at `line`, and finds all that was acknowledged until then.
async fn assert_nothing_lost(
    data: &Path,
    left: &BTreeMap<String, Vec<u8>>,
    calls: &[Call],
    line: usize,
) {
    std::fs::create_dir_all(data.join("journal")).unwrap();
    for (name, bytes) in left {
        std::fs::write(data.join(name), bytes).unwrap();
    }
    let answered = follow(calls).answered;
    let acknowledged = answered.iter().filter(|(_, at)| **at < line);
    let node = Node::start(data, &SMALL_SEGMENTS, &[]).await;
    Shown::read(data).assert_once(acknowledged.map(|(id, _)| format!("{ID}{id}")));
    node.stop().await;
    let output = check(data).await;
    let (name, said) = (data.display(), said(&output));
    assert!(output.status.success(), "{name}, line {line}: {said}");
}

/// The disk as it would be if the power had failed at some moment: what was synced, and a part of the rest.
#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let place = Place::new().await;
    let before = at_rest(&place.data());
    let calls = traced(&place).await;
    let answered = follow(&calls).answered;
    let (first, last) = (
        answered.values().min().unwrap(),
        answered.values().max().unwrap(),
    );
    let named = segments_named(&calls);
    assert!(named.len() > 3, "{named:?}");
    let mut trimmed = 0;
    for seed in 0..16 + named.len() as u64 {
        let mut random = StdRng::seed_from_u64(seed);
        let (line, share) = match named.get((seed as usize).wrapping_sub(16)) {
            Some(line) => (*line, 0),
            None => (
                random.random_range(*first..last + 50),
                [0, 50, 100][seed as usize % 3],
            ),
        };
        let left = power_cut(&before, &calls, line, || {
            random.random_range(0..100) < share
        });
        let data = place.beside(&format!("cut{seed}"));
        assert_nothing_lost(&data, &left, &calls, line).await;
        let oldest = journal(&data).ends().map(|(oldest, _)| oldest);
        trimmed += u32::from(oldest > Some(Position(1)));
    }
    assert!(trimmed > 0, "no cut came after the journal was trimmed");
}

/// A node that is killed where it asks for a sync, and another that goes on with what it left.
async fn killed_and_gone_on(place: &Place, killed_at: &str, more: u32) -> Vec<Call> {
    let logs = ["killed", "gone-on"].map(|name| place.beside(name));
    let killer = format!("inject={killed_at}");
    let node = start_traced(place, &logs[0], &killer).await;
    let mut number = 0;
    while node.try_deliver(&body(&[message(number)])).await.is_ok() {
        number += 1;
        assert!(number < 1_000, "{killed_at} never came");
    }
    node.ended().await;
    let node = start_traced(place, &logs[1], "").await;
    for number in 2_000..2_000 + more {
        assert_eq!(node.deliver(&body(&[message(number)])).await, 200);
    }
    node.projected().await;
    node.stop().await;
    in_turn(&logs)
}

/// What a process has read but not synced must not be built upon: the next power cut takes it away.
#[tokio::test]
async fn a_power_cut_after_a_kill_loses_nothing_that_was_acknowledged() {
    // The journal's thread syncs each group's data, and for each new segment its header and its name. Numbers are those of
    // a thread's calls; a start needs fewer.
    let kills = [
        "fdatasync:signal=KILL:when=23",
        "fdatasync:signal=KILL:when=30",
        "fdatasync:signal=KILL:when=41",
        "fsync:signal=KILL:when=4",
        "fsync:signal=KILL:when=5",
        "fsync:signal=KILL:when=6",
    ];
    for kill in kills {
        for more in [0, 1, 30] {
            let place = Place::new().await;
            place.start().await.stop().await;
            let before = at_rest(&place.data());
            let calls = killed_and_gone_on(&place, kill, more).await;
            let end = calls.iter().map(|call| call.began + 1).max().unwrap();
            let answers = follow(&calls).answered.into_values();
            let lines = answers.max().map(|last| last + 1).into_iter().chain([end]);
            for (number, line) in lines.enumerate() {
                let left = power_cut(&before, &calls, line, || false);
                let data = place.beside(&format!("{kill}, then {more}, cut {number}"));
                assert_nothing_lost(&data, &left, &calls, line).await;
            }
        }
    }
}

/// Wherever a call finds no room, or fails for good: it is tried again, or the process ends, and nothing is lost or doubled.
#[tokio::test]
async fn a_call_that_fails_loses_nothing_that_was_acknowledged() {
    // Of the journal's thread, fsync 4 and 6 are of the directory, 5 and 7 of a segment's header; the store's have numbers
    // of their own.
    let failures = [
        "fdatasync:error=ENOSPC:when=23",
        "fdatasync:error=EIO:when=23",
        "pwrite64:error=ENOSPC:when=23..24",
        "pwrite64:error=EIO:when=30",
        "fsync:error=ENOSPC:when=4..8+2",
        "fsync:error=EDQUOT:when=5..6",
        "fsync:error=EIO:when=7",
        "rename:error=ENOSPC:when=3..5",
        "unlink:error=ENOSPC:when=1+",
        "rename,unlink:error=ENOSPC:when=4+2",
    ];
    for failure in failures {
        let place = Place::new().await;
        place.start_with(&SMALL_SEGMENTS).await.stop().await;
        let injected = format!("inject={failure}");
        // What may be trimmed comes late, in the middle of a try.
        let slow = [SMALL_SEGMENTS[0], ("FAULTS_PROJECTION_DELAY_MS", "300")];
        let log = place.beside("trace");
        let mut node = start_traced_with(&slow, &place, &log, &injected).await;
        for number in 0..100 {
            let one = body(&[message(number)]);
            loop {
                match node.try_deliver(&one).await {
                    Ok(answer) if answer.status() == 200 => break,
                    Ok(refused) => assert_eq!(refused.status(), 503, "{failure}"),
                    Err(_) => {
                        node.ended().await;
                        node = place.start_with(&SMALL_SEGMENTS).await;
                    }
                }
            }
        }
        node.kill().await;
        let node = place.start().await;
        node.projected().await;
        node.stop().await;
        let ids = (0..100).map(|number| format!("{ID}{number:06}"));
        place.shown().assert_once(ids);
        let output = check(&place.data()).await;
        assert!(output.status.success(), "{failure}: {}", said(&output));
        let trace = std::fs::read_to_string(log).unwrap();
        assert!(trace.contains("(INJECTED)"), "{failure} never came");
    }
}

//! What was acknowledged is there: behind a yes, in a backup, and after a restore. And damage is found.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::node::{Place, Shown, ecluse, open, said};
use crate::writers::Writers;

async fn backup(place: &Place, to: &Path) -> std::process::Output {
    ecluse(&[
        "backup",
        "--data-dir",
        &place.data_text(),
        "--to",
        to.to_str().unwrap(),
    ])
    .await
}

async fn restore(from: &Path, to: &Path) -> std::process::Output {
    ecluse(&[
        "restore",
        "--from",
        from.to_str().unwrap(),
        "--data-dir",
        to.to_str().unwrap(),
    ])
    .await
}

async fn check(data: &Path) -> std::process::Output {
    ecluse(&["check", "--data-dir", data.to_str().unwrap()]).await
}

#[tokio::test]
async fn a_backup_under_load_has_everything_acknowledged_before_it() {
    let place = Place::new().await;
    let node = place.start_with(&SMALL_SEGMENTS).await;
    let writers = Writers::start(&node, "b", 8);
    let mut copies = Vec::new();
    for round in 1..=3 {
        let before = writers.acknowledged(round * 150).await;
        let to = place.beside(&format!("backup{round}"));
        let output = backup(&place, &to).await;
        assert!(output.status.success(), "{}", said(&output));
        assert!(said(&output).contains("mode 0600"), "{}", said(&output));
        copies.push((before, to));
    }
    writers.end().await;
    node.stop().await;
    for (number, (before, copy)) in copies.into_iter().enumerate() {
        let mode = std::fs::metadata(copy.join("master.key"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let restored = place.beside(&format!("restored{number}"));
        let output = restore(&copy, &restored).await;
        assert!(output.status.success(), "{}", said(&output));
        let node = crate::node::Node::start(&restored, &[], &[]).await;
        node.projected().await;
        let shown = Shown::read(&restored);
        shown.assert_once(before);
        let again = crate::node::body(&[crate::node::text("33600000001", "wamid.after")]);
        assert_eq!(
            node.deliver(&again).await,
            200,
            "a restored node takes new messages"
        );
        node.stop().await;
        let output = check(&restored).await;
        assert!(output.status.success(), "{}", said(&output));
    }
}

/// `resume_or_reload`: an offset of before the restore means another message afterwards.
#[tokio::test]
async fn whoever_saw_the_data_before_a_restore_loads_it_anew() {
    let place = Place::new().await;
    place.start().await.stop().await;
    let copy = place.beside("copy");
    assert!(backup(&place, &copy).await.status.success());
    let mut epochs = vec![epoch(&place.data())];
    assert_eq!(epoch(&copy), epochs[0], "a backup is the same data");
    for name in ["once", "twice"] {
        let restored = place.beside(name);
        assert!(restore(&copy, &restored).await.status.success());
        epochs.push(epoch(&restored));
    }
    epochs.sort();
    epochs.dedup();
    assert_eq!(epochs.len(), 3, "{epochs:?}");
}

fn epoch(data: &Path) -> uuid::Uuid {
    let read = open(data, "config.db").query_row("SELECT epoch FROM meta", [], |row| row.get(0));
    uuid::Uuid::from_bytes(read.unwrap())
}

#[tokio::test]
async fn a_backup_or_a_restore_writes_over_nothing() {
    let place = Place::new().await;
    place.start().await.stop().await;
    let copy = place.beside("copy");
    assert!(backup(&place, &copy).await.status.success());
    let refused = backup(&place, &copy).await;
    assert!(
        !refused.status.success() && said(&refused).contains("not empty"),
        "{}",
        said(&refused)
    );
    let refused = restore(&copy, &place.data()).await;
    assert!(
        !refused.status.success() && said(&refused).contains("not empty"),
        "{}",
        said(&refused)
    );
    let nowhere = place.beside("nowhere");
    let refused = restore(&nowhere, &place.beside("new")).await;
    assert!(
        !refused.status.success() && said(&refused).contains("store.db is missing"),
        "{}",
        said(&refused)
    );
    assert!(!nowhere.exists());
    let refused = check(&nowhere).await;
    assert!(
        !refused.status.success() && !nowhere.exists(),
        "{}",
        said(&refused)
    );
}

/// So that a few messages fill several.
const SMALL_SEGMENTS: [(&str, &str); 1] = [("LIMITS_JOURNAL_SEGMENT_BYTES", "65536")];

/// Fills a directory with a few messages and leaves it at rest.
async fn filled() -> Place {
    let place = Place::new().await;
    let node = place.start_with(&SMALL_SEGMENTS).await;
    let writers = Writers::start(&node, "f", 4);
    writers.acknowledged(200).await;
    writers.end().await;
    node.stop().await;
    place
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

fn change(data: &Path, file: &str, sql: &str) {
    let changed = rusqlite::Connection::open(data.join(file))
        .unwrap()
        .execute(sql, [])
        .unwrap();
    assert!(changed > 0, "{sql}");
}

/// The journal's segments, oldest first.
fn segments(data: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(data.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "log"))
        .collect();
    found.sort();
    found
}

fn remove(paths: &[PathBuf]) {
    paths
        .iter()
        .for_each(|path| std::fs::remove_file(path).unwrap());
}

/// Gives the first entry of a segment bytes that are no entry, and its frame the CRC that fits them.
fn scramble(segment: &Path) {
    let mut bytes = std::fs::read(segment).unwrap();
    let frame = &mut bytes[4_096..];
    let length = u32::from_le_bytes(frame[20..24].try_into().unwrap()) as usize;
    frame[37..39].copy_from_slice(&[1, 0xFF]);
    let sum = crc32fast::hash(&[&frame[..28], &frame[32..32 + length]].concat());
    frame[28..32].copy_from_slice(&sum.to_le_bytes());
    std::fs::write(segment, bytes).unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_a_data_directory_is_found() {
    type Damage = (&'static str, fn(&Path), &'static str);
    let damages: [Damage; 10] = [
        (
            "a page of the store",
            |data| overwrite(&data.join("store.db"), 3 * 4_096, &[0xAB; 4_096]),
            "store.db is damaged",
        ),
        (
            "the head of the journal",
            |data| overwrite(&segments(data)[0], 8, &[0xAB; 8]),
            "journal is damaged",
        ),
        (
            "the head of the configuration",
            |data| overwrite(&data.join("config.db"), 0, &[0; 100]),
            "config.db is damaged",
        ),
        (
            "a lost directory",
            |data| std::fs::remove_dir_all(data.join("journal")).unwrap(),
            "journal is damaged",
        ),
        (
            "a lost message",
            |data| {
                change(
                    data,
                    "store.db",
                    "DELETE FROM timeline WHERE id = (SELECT max(id) FROM timeline)",
                )
            },
            "newest message is missing",
        ),
        (
            "a double",
            |data| {
                change(
                    data,
                    "store.db",
                    "INSERT INTO timeline (previous, key, seq, at, episode, kind, fingerprint, body) \
            SELECT previous, key, seq, at, episode, kind, fingerprint, body FROM timeline ORDER BY id DESC LIMIT 1",
                )
            },
            "a number given twice",
        ),
        (
            "a gap",
            |data| change(data, "store.db", "UPDATE checkpoint SET position = 1"),
            "entries between them are missing",
        ),
        (
            "an old journal",
            |data| change(data, "store.db", "UPDATE checkpoint SET position = 999999"),
            "before the store",
        ),
        (
            "an empty journal",
            |data| remove(&segments(data)),
            "before the store",
        ),
        (
            "an unreadable entry",
            |data| scramble(&segments(data)[0]),
            "cannot be read",
        ),
    ];
    let place = filled().await;
    let sound = check(&place.data()).await;
    assert!(
        sound.status.success() && said(&sound).contains("sound"),
        "{}",
        said(&sound)
    );
    let whole = place.beside("whole");
    assert!(backup(&place, &whole).await.status.success());
    let (oldest, _) = crate::node::journal(&whole).ends().unwrap();
    assert!(oldest.0 > 2, "a copy has what its store still needs");
    for (number, (what, damage, words)) in damages.into_iter().enumerate() {
        let copy = place.beside(&format!("copy{number}"));
        std::fs::create_dir_all(copy.join("journal")).unwrap();
        for file in ["store.db", "config.db", "master.key"] {
            std::fs::copy(whole.join(file), copy.join(file)).unwrap();
        }
        for segment in segments(&whole) {
            let name = segment.file_name().unwrap();
            std::fs::copy(&segment, copy.join("journal").join(name)).unwrap();
        }
        damage(&copy);
        let output = check(&copy).await;
        assert_eq!(output.status.code(), Some(1), "{what}: {}", said(&output));
        assert!(said(&output).contains(words), "{what}: {}", said(&output));
        let refused = restore(&copy, &place.beside(&format!("new{number}"))).await;
        assert!(
            !refused.status.success(),
            "{what} is restored: {}",
            said(&refused)
        );
    }
}

#[tokio::test]
async fn a_directory_in_use_is_not_checked() {
    let place = Place::new().await;
    let node = place.start().await;
    let refused = check(&place.data()).await;
    assert!(
        !refused.status.success() && said(&refused).contains("in use"),
        "{}",
        said(&refused)
    );
    node.stop().await;
}

/// What strace sees of a node that takes bodies one after the other and many at once, with pauses in which it tidies up.
#[cfg(feature = "peers")]
async fn traced(place: &Place) -> Vec<crate::strace::Call> {
    use crate::node::{Node, body, text};
    use crate::strace::{self, ID};

    let log = place.beside("trace");
    let node = Node::start(&place.data(), &SMALL_SEGMENTS, &strace::command(&log)).await;
    let message = |number: u32| {
        text(
            &format!("336{:08}", number % 7),
            &format!("{ID}{number:06}"),
        )
    };
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
    strace::calls(&std::fs::read_to_string(&log).unwrap())
}

/// Every 200 that leaves the process, seen from the system's side.
#[cfg(feature = "peers")]
#[tokio::test]
async fn no_yes_before_the_fsync() {
    let place = Place::new().await;
    let seen = crate::strace::follow(&traced(&place).await);
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

/// The disk as it would be if the power had failed at some moment: what was synced, and a part of the rest.
#[cfg(feature = "peers")]
#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use ecluse_engine::journal::Position;

    use crate::node::Node;
    use crate::strace::{ID, follow, power_cut, segments_named};

    let place = Place::new().await;
    let files = ["config.db", "config.db-wal", "master.key"];
    let read = |name: &str| {
        std::fs::read(place.data().join(name))
            .ok()
            .map(|bytes| (name.to_owned(), bytes))
    };
    let before = files.iter().filter_map(|name| read(name)).collect();
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
        std::fs::create_dir(&data).unwrap();
        std::fs::create_dir(data.join("journal")).unwrap();
        for (name, bytes) in &left {
            std::fs::write(data.join(name), bytes).unwrap();
        }
        let acknowledged: Vec<_> = answered
            .iter()
            .filter(|(_, at)| **at < line)
            .map(|(id, _)| format!("{ID}{id}"))
            .collect();
        assert!(
            !acknowledged.is_empty() || line <= *first,
            "seed {seed}, line {line}"
        );
        let node = Node::start(&data, &SMALL_SEGMENTS, &[]).await;
        Shown::read(&data).assert_once(acknowledged);
        node.stop().await;
        let output = check(&data).await;
        assert!(
            output.status.success(),
            "seed {seed}, line {line}: {}",
            said(&output)
        );
        let oldest = crate::node::journal(&data).ends().map(|(oldest, _)| oldest);
        trimmed += u32::from(oldest > Some(Position(1)));
    }
    assert!(trimmed > 0, "no cut came after the journal was trimmed");
}

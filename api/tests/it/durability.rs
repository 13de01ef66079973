//! What was acknowledged is there: behind a yes, in a backup, and after a restore. And damage is found.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::node::{Node, Place, SMALL_SEGMENTS, Shown, check, ecluse, open, said};
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
        let node = Node::start(&restored, &[], &[]).await;
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

/// What the copied store still needs of the journal stays until it is copied, however long that takes.
#[cfg(feature = "peers")]
#[tokio::test]
async fn a_slow_backup_has_everything_too() {
    let place = Place::new().await;
    let node = place.start_with(&SMALL_SEGMENTS).await;
    let writers = Writers::start(&node, "b", 8);
    let before = writers.acknowledged(150).await;
    let (to, journal) = (place.beside("backup"), place.data().join("journal"));
    let log = place.beside("trace");
    // The journal is first looked at two seconds after the store was copied.
    let words = [
        "-f",
        "-P",
        journal.to_str().unwrap(),
        "-e",
        "trace=openat",
        "-e",
        "inject=openat:delay_enter=2000000:when=1",
        "-o",
        log.to_str().unwrap(),
        crate::node::PROGRAM,
        "backup",
        "--data-dir",
        &place.data_text(),
        "--to",
        to.to_str().unwrap(),
    ];
    let oldest = || crate::node::journal(&place.data()).ends().unwrap().0;
    let oldest_before = oldest();
    let output = crate::node::run("strace", &words).await;
    assert!(output.status.success(), "{}", said(&output));
    let delayed = std::fs::read_to_string(&log).unwrap();
    assert!(delayed.contains("DELAYED"), "{delayed}");
    let meanwhile = writers.end().await.len() - before.len();
    assert!(meanwhile > 200, "{meanwhile} messages came meanwhile");
    crate::node::wait_for("the journal to be trimmed", || oldest() > oldest_before).await;
    node.stop().await;
    let restored = place.beside("restored");
    let output = restore(&to, &restored).await;
    assert!(output.status.success(), "{}", said(&output));
    let node = Node::start(&restored, &[], &[]).await;
    node.projected().await;
    Shown::read(&restored).assert_once(before);
    node.stop().await;
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

/// Gives a segment the header of a format to come.
fn promise(segment: &Path) {
    let mut bytes = std::fs::read(segment).unwrap();
    bytes[8..12].copy_from_slice(&2_u32.to_le_bytes());
    let sum = crc32fast::hash(&bytes[..24]);
    bytes[24..28].copy_from_slice(&sum.to_le_bytes());
    std::fs::write(segment, bytes).unwrap();
}

#[tokio::test]
async fn what_is_wrong_with_a_data_directory_is_found() {
    type Damage = (&'static str, fn(&Path), &'static str);
    let damages: [Damage; 11] = [
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
            "a journal of another version",
            |data| promise(&segments(data)[0]),
            "was written by a newer version",
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

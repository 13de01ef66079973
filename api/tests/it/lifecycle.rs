//! How a node begins and ends: alone on its directory, from an older one, and never with a loss.

use std::path::Path;
use std::time::Duration;

use ring::digest::{SHA384, digest};
use rusqlite::Connection;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::node::{Node, Place, SMALL_SEGMENTS, Shown, body, ecluse, said, text};
use crate::writers::Writers;

#[tokio::test]
async fn a_second_process_on_the_same_directory_is_refused() {
    let place = Place::new().await;
    let node = place.start().await;
    let arguments = [
        "serve",
        "--data-dir",
        &place.data_text(),
        "--listen",
        "127.0.0.1:0",
    ];
    let refused = ecluse(&arguments).await;
    let said = said(&refused);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains("in use by another") && said.contains("process "),
        "{said}"
    );
    assert_eq!(
        node.deliver(&body(&[text("33600000001", "wamid.1")])).await,
        200,
        "the first goes on"
    );
    node.stop().await;
}

/// Every connection takes a descriptor, and each new segment of the journal needs two.
#[tokio::test]
async fn a_node_without_descriptors_goes_on_committing() {
    let place = Place::new().await;
    let few = [
        "sh",
        "-c",
        "ulimit -S -n 64; ulimit -H -n 128; exec \"$@\"",
        "sh",
    ];
    let node = Node::start(&place.data(), &SMALL_SEGMENTS, &few).await;
    let limits = node.limits();
    let open_files: Vec<_> = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(open_files[..2], ["128", "128"], "it takes what is allowed");
    let message = |number| body(&[text("33600000001", &format!("wamid.{number}"))]);
    assert_eq!(node.deliver(&message(0)).await, 200);
    let mut connections = Vec::new();
    while node.open_files() < 128 {
        connections.push(TcpStream::connect(node.address).await.unwrap());
    }
    for number in 1..200 {
        node.deliver_until_taken(&message(number)).await;
    }
    assert!(node.open_files() > 120, "the connections are still there");
    drop(connections);
    node.stop().await;
    place
        .shown()
        .assert_once((0..200).map(|number| format!("wamid.{number}")));
}

#[tokio::test]
async fn a_stop_under_load_loses_nothing_and_ends_in_time() {
    let place = Place::new().await;
    let node = place.start().await;
    let writers = Writers::start(&node, "s", 16);
    writers.acknowledged(400).await;
    let asked = Instant::now();
    node.ask_to_stop();
    let status = node.ended().await;
    assert_eq!(status.code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(20),
        "it took {:?}",
        asked.elapsed()
    );
    let acknowledged = writers.end().await;
    place.start().await.stop().await;
    place.shown().assert_once(acknowledged);
}

#[tokio::test]
async fn a_stop_waits_for_what_was_accepted() {
    let place = Place::new().await;
    let node = place.start_with(&[("FAULTS_COMMIT_DELAY_MS", "500")]).await;
    let body = body(&[text("33600000001", "wamid.slow")]);
    let (status, ()) = tokio::join!(node.deliver(&body), async {
        while node.metric("ecluse_gate_messages").await == 0 {
            tokio::task::yield_now().await;
        }
        node.ask_to_stop();
    });
    assert_eq!(status, 200);
    assert_eq!(node.ended().await.code(), Some(0));
}

/// The commit that the message waits for takes longer than all of the stop may.
#[tokio::test]
async fn a_stop_ends_in_time_however_slow_the_disk_is() {
    let place = Place::new().await;
    let slow = [
        ("FAULTS_COMMIT_DELAY_MS", "20000"),
        ("LIMITS_DRAIN_SECS", "1"),
    ];
    let node = place.start_with(&slow).await;
    let body = body(&[text("33600000001", "wamid.stuck")]);
    let (answer, asked) = tokio::join!(node.try_deliver(&body), async {
        while node.metric("ecluse_gate_messages").await == 0 {
            tokio::task::yield_now().await;
        }
        node.ask_to_stop();
        Instant::now()
    });
    assert!(
        answer.is_err(),
        "nothing was committed, and it said {answer:?}"
    );
    assert_eq!(node.ended().await.code(), Some(0));
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(6), "it took {took:?}");
    let node = place.start().await;
    assert_eq!(node.deliver(&body).await, 200, "it is sent again");
    node.projected().await;
    node.stop().await;
    place.shown().assert_once(["wamid.stuck".to_owned()]);
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_in_a_sentence() {
    let place = Place::new().await;
    let data = place.data_text();
    let serve = ["serve", "--data-dir", &data, "--listen"];
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (more, words) in [
        (
            ["127.0.0.1:0", "--database-url", "postgresql://db/ecluse"].as_slice(),
            ["postgresql://", "leave --database-url out"],
        ),
        (
            &["127.0.0.1:0", "--database-url", "sqlite:other.db"],
            ["data directory", "--data-dir"],
        ),
        (&[&address], ["cannot listen on", "another process"]),
        (
            &["127.0.0.1:0", "--config", "/nowhere/ecluse.toml"],
            ["configuration", "/nowhere/ecluse.toml"],
        ),
    ] {
        let refused = ecluse(&[serve.as_slice(), more].concat()).await;
        let said = said(&refused);
        assert!(!refused.status.success(), "{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }
}

/// A directory as the first version of every file leaves it, with one entry that was never applied.
#[tokio::test]
async fn an_older_data_directory_opens() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let file = |name: &str, first: &str| {
        let file = Connection::open(data.join(name)).unwrap();
        file.pragma_update(None, "journal_mode", "WAL").unwrap();
        file.execute_batch(first).unwrap();
        file
    };
    let store = file(
        "store.db",
        include_str!("../../../adapters/src/storage/migrations/store/0001_read_model.sql"),
    );
    store.pragma_update(None, "user_version", 1).unwrap();
    let journal = file("journal.db", OLD_JOURNAL);
    journal.pragma_update(None, "user_version", 1).unwrap();
    let entry = [&[1], OLD_ENTRY.as_bytes()].concat();
    journal
        .execute(
            "INSERT INTO entries (position, partition, body) VALUES (1, 0, ?1)",
            [entry],
        )
        .unwrap();
    let first = include_str!("../../../adapters/src/storage/migrations/config/0001_first.sql");
    let config = file("config.db", first);
    config.execute_batch(SQLX_MIGRATIONS).unwrap();
    let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        VALUES (1, 'first', 1, ?1, 0)";
    config
        .execute(insert, [digest(&SHA384, first.as_bytes()).as_ref()])
        .unwrap();
    drop((store, journal, config));
    std::fs::write(
        data.join("master.key"),
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
    )
    .unwrap();

    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let unstarted = ecluse(&["check", "--data-dir", &text(&data)]).await;
    let said_first = said(&unstarted);
    assert!(said_first.contains("older version"), "{said_first}");
    let copy = directory.path().join("copy");
    let copied = ecluse(&["backup", "--data-dir", &text(&data), "--to", &text(&copy)]).await;
    assert!(copied.status.success(), "{}", said(&copied));
    for data in [data, copy] {
        let node = Node::start(&data, &[], &[]).await;
        let shown = Shown::read(&data);
        assert_eq!(shown.ids(), ["wamid.old"]);
        assert_eq!(shown.conversations, ["33600000001"]);
        node.stop().await;
        let checked = ecluse(&["check", "--data-dir", &text(&data)]).await;
        assert!(checked.status.success(), "{}", said(&checked));
    }
}

/// The first version kept the journal in a table.
const OLD_JOURNAL: &str = "CREATE TABLE entries (
    position INTEGER PRIMARY KEY, partition INTEGER NOT NULL, body BLOB NOT NULL)";

/// As the first version wrote it. It must be readable for ever.
const OLD_ENTRY: &str = r#"{
    "key": {"conversation": {"tenant": 1, "channel": "01975b7e-0000-7000-8000-000000000001", "address": "33600000001"}},
    "at": 1749416383000000, "first_seq": 1, "facts": [
        {"fact": "opened", "conversation": "01975b7e-0000-8000-8000-000000000002", "kind": "whatsapp",
         "contact": "00000000-0000-8000-8000-000000000003",
         "destination": {"queue": "01975b7e-0000-7000-8000-000000000004"}},
        {"fact": "timer_set", "conversation": "01975b7e-0000-8000-8000-000000000002", "kind": "idle_close",
         "due": 4102444800000000, "generation": 2},
        {"fact": "profile_named", "contact": "00000000-0000-8000-8000-000000000003", "name": "Camille"},
        {"fact": "received", "conversation": "01975b7e-0000-8000-8000-000000000002",
         "fingerprint": "000102030405060708090a0b0c0d0e0f",
         "message": {"provider_id": "wamid.old", "sent_at": 1749416383000000,
                     "content": {"type": "text", "body": "Bonjour"}}}
    ]}"#;

/// What sqlx keeps about migrations.
const SQLX_MIGRATIONS: &str = "CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)";

#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let place = Place::new().await;
    let mut acknowledged = Vec::new();
    for life in 0..2 {
        let node = place.start().await;
        place.shown().assert_once(acknowledged.clone());
        let writers = Writers::start(&node, &format!("k{life}"), 8);
        writers.acknowledged(200).await;
        node.kill().await;
        acknowledged.extend(writers.end().await);
    }
    place.start().await.stop().await;
    place.shown().assert_once(acknowledged);
}

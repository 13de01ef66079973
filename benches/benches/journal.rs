//! How many entries a second become durable, by how many are committed together: the journal against a bare table
//! of the same entries, written by a loop.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ecluse_adapters::storage::entry_codec::encode;
use ecluse_benches::storage::JournalAlone;
use ecluse_engine::conversation::{Command, State};
use ecluse_engine::journal::{Append, Journal as _};
use ecluse_engine::limits::Limits;
use ecluse_engine::message::Entry;
use ecluse_engine::runtime::{Decision, Gate};
use ecluse_engine::sim::sample::{self, FINGERPRINTER};
use rusqlite::Connection;
use tempfile::TempDir;

/// On the disk that the project is built on, not in memory.
fn directory() -> TempDir {
    tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("a directory can be made")
}

/// Entries of as many conversations, each with its first message.
fn entries(count: usize) -> Vec<Entry> {
    let channel = sample::channel(1, sample::rules());
    (0..count)
        .map(|number| {
            let key = sample::key(1, &format!("3360{number:08}"));
            let id = format!("wamid.{number:020}");
            let message = Arc::new(sample::text(&id, "Bonjour, où en est ma commande ?"));
            let command = Command::Receive {
                message,
                fingerprint: FINGERPRINTER.of(key.channel, &id),
            };
            match State::default().step(&key, &channel, &command, sample::START) {
                Decision::Record(entry, _) => entry,
                Decision::Repeat(_) | Decision::Answer(_) => panic!("a first message is recorded"),
            }
        })
        .collect()
}

/// Hands in the entries and waits until the last is durable.
fn append(storage: &JournalAlone, batch: &[Entry]) {
    let (tell, told) = mpsc::channel();
    let mut tell = Some(tell);
    for (number, entry) in (1..).zip(batch) {
        let mut work = Append::entry(entry.clone());
        if number == batch.len() {
            let tell = tell.take();
            work.on_commit = Some(Box::new(move |position| {
                if let Some(tell) = tell {
                    tell.send(position).expect("somebody waits");
                }
            }));
        }
        storage.journal.append(work);
    }
    told.recv_timeout(Duration::from_secs(60))
        .expect("the batch is committed");
}

fn bare_table(directory: &Path) -> Connection {
    let table = Connection::open(directory.join("bare.db")).expect("a database can be made");
    table
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             CREATE TABLE entries (position INTEGER PRIMARY KEY, partition INTEGER NOT NULL, body BLOB NOT NULL)",
        )
        .expect("a table can be made");
    table
}

fn write(table: &mut Connection, batch: &[(u8, Vec<u8>)]) -> rusqlite::Result<()> {
    let transaction = table.transaction()?;
    {
        let mut insert =
            transaction.prepare_cached("INSERT INTO entries (partition, body) VALUES (?1, ?2)")?;
        for (partition, body) in batch {
            insert.execute((partition, body))?;
        }
    }
    transaction.commit()
}

fn journal(criterion: &mut Criterion) {
    let limits = Limits::default();
    let mut group = criterion.benchmark_group("journal");
    for batch in [1, 16, 64, 256, 1_024] {
        let entries = entries(batch);
        group.throughput(Throughput::Elements(batch as u64));

        let directory = directory();
        // The same conversations open again and again here, which no read model would take.
        let storage = JournalAlone::open(directory.path(), &limits, &Gate::new(limits.gate));
        let mut appended = 0;
        group.bench_function(BenchmarkId::new("append", batch), |bencher| {
            bencher.iter(|| {
                append(&storage, &entries);
                appended += batch as u64;
                assert_eq!(storage.log.head().0, appended, "every entry is committed");
            });
        });

        let mut table = bare_table(directory.path());
        let bodies: Vec<_> = entries
            .iter()
            .map(|entry| (entry.key.partition().0, encode(entry)))
            .collect();
        let mut written = 0;
        group.bench_function(BenchmarkId::new("bare table", batch), |bencher| {
            bencher.iter(|| {
                write(&mut table, &bodies).expect("the table can be written");
                written += batch;
                assert_eq!(
                    table.last_insert_rowid(),
                    written as i64,
                    "every entry is committed"
                );
            });
        });
    }
    group.finish();
}

criterion_group!(benches, journal);
criterion_main!(benches);

//! Reads of `store.db`: what the engine needs to wake, and what people and programs ask for.
//!
//! Reads run on a few threads of their own, each with its own connection, so that no executor waits for a disk and no
//! runtime grows threads. What must stay true:
//! - people's reads hold up none of the engine's: each have their threads;
//! - a read that people asked for is broken off after [`READ_MAX`]: a read transaction that stays open would stop the WAL
//!   from being copied, and so the journal from being trimmed. The engine's own reads are short look-ups.

pub mod contacts;
pub mod conversations;
mod engine;
pub mod ledger;
mod timeline;
pub mod visitor;

use std::path::Path;
use std::time::Duration;

use crossbeam::channel::{Receiver, Sender, bounded};
use ecluse_engine::store::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::sqlite::{OpenError, open_reader};

/// Threads that read for the engine, and as many for people and programs.
const READERS: usize = 2;

/// Reads that may wait for a thread; beyond it callers are refused rather than queued without end.
const WAITING_MAX: usize = 16_384;

/// The longest that a read for people may take.
pub const READ_MAX: Duration = Duration::from_secs(5);

/// Steps of SQLite's machine between two looks at the clock: well under a millisecond.
const STEPS_PER_LOOK: i32 = 10_000;

type Query = Box<dyn FnOnce(&Connection) + Send>;

/// The read side of the store. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct ReadModel {
    for_people: Sender<Query>,
    for_engine: Sender<Query>,
}

impl std::fmt::Debug for ReadModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let waiting = self.for_people.len() + self.for_engine.len();
        write!(f, "ReadModel({waiting} waiting)")
    }
}

/// A read could not be run.
#[derive(Debug, thiserror::Error)]
enum NotRun {
    #[error("too many reads are waiting")]
    Busy,
    #[error("the read ended without an answer")]
    Abandoned,
}

impl ReadModel {
    /// Opens the read side of an existing store.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Ok(Self {
            for_people: start(path, "reader", Some(READ_MAX))?,
            for_engine: start(path, "waker", None)?,
        })
    }

    /// Runs one read that people or programs asked for, as one transaction.
    ///
    /// # Errors
    /// The read failed or took longer than [`READ_MAX`], or too many are waiting.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let query = |connection: &Connection| in_one_transaction(connection, query);
        run(&self.for_people, query).await
    }

    /// Runs one read of the engine's, as one transaction.
    async fn look_up<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.look(|connection| in_one_transaction(connection, query))
            .await
    }

    /// As [`look_up`](Self::look_up), of a query that says itself what is one transaction.
    async fn look<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        run(&self.for_engine, query).await
    }
}

async fn run<T: Send + 'static>(
    queries: &Sender<Query>,
    query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let (tell, told) = oneshot::channel();
    let query: Query = Box::new(move |connection| drop(tell.send(query(connection))));
    queries
        .try_send(query)
        .map_err(|_full| StoreError(Box::new(NotRun::Busy)))?;
    match told.await {
        Ok(result) => result.map_err(|error| StoreError(Box::new(error))),
        Err(_gone) => Err(StoreError(Box::new(NotRun::Abandoned))),
    }
}

/// Starts threads that end with the last sender.
fn start(path: &Path, name: &str, limit: Option<Duration>) -> Result<Sender<Query>, OpenError> {
    let (queries, waiting) = bounded::<Query>(WAITING_MAX);
    for number in 0..READERS {
        let connection = open_reader(path)?;
        let waiting = waiting.clone();
        std::thread::Builder::new()
            .name(format!("{name}-{number}"))
            .spawn(move || serve(&connection, &waiting, limit))
            .expect("the system has room for a few more threads");
    }
    Ok(queries)
}

fn serve(connection: &Connection, waiting: &Receiver<Query>, limit: Option<Duration>) {
    for query in waiting {
        if let Some(limit) = limit {
            let until = Instant::now() + limit;
            let is_late = move || Instant::now() > until;
            // Refused only for a closed connection; the read itself then says so.
            let _ = connection.progress_handler(STEPS_PER_LOOK, Some(is_late));
        }
        query(connection);
    }
}

fn in_one_transaction<T>(
    connection: &Connection,
    query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.unchecked_transaction()?;
    let result = query(&transaction);
    transaction.finish()?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_for_people_ends_in_time_and_the_thread_reads_on() {
        let connection = Connection::open_in_memory().unwrap();
        let (queries, waiting) = bounded::<Query>(2);
        let (tell, told) = std::sync::mpsc::channel();
        let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
        for sql in [endless, "SELECT 7"] {
            let tell = tell.clone();
            let query = move |connection: &Connection| {
                let read = connection.query_row(sql, [], |row| row.get::<_, i64>(0));
                tell.send(read.ok()).unwrap();
            };
            queries.try_send(Box::new(query)).unwrap();
        }
        drop(queries);
        serve(&connection, &waiting, Some(Duration::from_millis(20)));
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [None, Some(7)]);
    }
}

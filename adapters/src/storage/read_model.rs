//! Reads of `store.db`: what the engine needs to wake, and what people and programs ask for.
//!
//! Reads run on a few threads of their own, each with its own connection, so that no executor waits for a disk and no
//! runtime grows threads. A read takes at most a few milliseconds: a read transaction that stays open would stop the WAL
//! from being copied, and so the journal from being trimmed.

pub mod contacts;
pub mod conversations;
mod engine;
pub mod ledger;
mod timeline;
pub mod visitor;

use std::path::Path;

use crossbeam::channel::{Receiver, Sender, bounded};
use ecluse_engine::store::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::sqlite::{OpenError, open_reader};

/// Threads that read.
const READERS: usize = 4;

/// Reads that may wait for a thread; beyond it callers are refused rather than queued without end.
const WAITING_MAX: usize = 16_384;

type Query = Box<dyn FnOnce(&Connection) + Send>;

/// The read side of the store. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct ReadModel {
    queries: Sender<Query>,
}

impl std::fmt::Debug for ReadModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadModel({} waiting)", self.queries.len())
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
        let (queries, waiting) = bounded::<Query>(WAITING_MAX);
        for number in 0..READERS {
            let connection = open_reader(path)?;
            let waiting = waiting.clone();
            std::thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || serve(&connection, &waiting))
                .expect("the system has room for a few more threads");
        }
        Ok(Self { queries })
    }

    /// Runs one read as one transaction.
    ///
    /// # Errors
    /// The read failed, or too many are waiting.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (tell, told) = oneshot::channel();
        let query: Query =
            Box::new(move |connection| drop(tell.send(in_one_transaction(connection, query))));
        self.queries
            .try_send(query)
            .map_err(|_full| StoreError(Box::new(NotRun::Busy)))?;
        match told.await {
            Ok(result) => result.map_err(|error| StoreError(Box::new(error))),
            Err(_gone) => Err(StoreError(Box::new(NotRun::Abandoned))),
        }
    }
}

fn serve(connection: &Connection, waiting: &Receiver<Query>) {
    for query in waiting {
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

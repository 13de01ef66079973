//! Reads of `store.db`: what the engine needs to wake, and what people and programs ask for.
//!
//! Reads run on a few threads of their own, each with its own connection, and take at most a few milliseconds: a read
//! transaction that stays open would stop the WAL from being copied, and so the journal from being trimmed.

mod engine;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecluse_engine::store::StoreError;
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::sqlite::{OpenError, open_reader};

/// Reads at once.
const READERS: usize = 4;

/// The read side of the store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ReadModel(Arc<Readers>);

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    room: Semaphore,
}

impl ReadModel {
    /// Opens the read side of an existing store.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let first = open_reader(path)?;
        Ok(Self(Arc::new(Readers {
            path: path.to_owned(),
            idle: Mutex::new(vec![first]),
            room: Semaphore::new(READERS),
        })))
    }

    /// Runs one read on a thread that may block.
    ///
    /// # Errors
    /// The read failed.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let _room = self.0.room.acquire().await.map_err(|closed| StoreError(Box::new(closed)))?;
        let readers = Arc::clone(&self.0);
        let read = tokio::task::spawn_blocking(move || readers.run(query));
        match read.await {
            Ok(result) => result,
            Err(panicked) => Err(StoreError(Box::new(panicked))),
        }
    }
}

impl Readers {
    fn run<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path).map_err(|error| StoreError(Box::new(error)))?,
        };
        let result = in_one_transaction(&connection, query);
        self.idle.lock().push(connection);
        result.map_err(|error| StoreError(Box::new(error)))
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

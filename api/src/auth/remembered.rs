//! Sessions and keys seen a moment ago, so that a program's thousand messages are not a thousand look-ups.
//!
//! What must stay true: nothing is remembered past the database's next sign-in generation.

use std::collections::HashMap;
use std::time::Duration;

use ecluse_adapters::storage::config_db::{
    ApiKeyRecord, ConfigDb, ConfigError, SessionRecord, TokenDigest,
};
use parking_lot::Mutex;

use crate::error::ApiError;

/// 10,000 sessions and keys at about 300 bytes are 3 MB.
const REMEMBERED_MAX: usize = 10_000;
/// How exact `last_seen_at` and `last_used_at` are: a write for each use would cost an fsync.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

#[derive(Clone)]
enum Known {
    Session(SessionRecord),
    Key(ApiKeyRecord),
}

#[derive(Default)]
struct Table {
    generation: u64,
    known: HashMap<TokenDigest, Known>,
}

#[derive(Default)]
pub(super) struct Remembered(Mutex<Table>);

impl Remembered {
    /// The session of a token, if it is good.
    pub(super) async fn session(
        &self,
        db: &ConfigDb,
        digest: TokenDigest,
    ) -> Result<Option<SessionRecord>, ApiError> {
        let generation = db.sign_in_generation();
        let (session, mut is_news) = match self.get(generation, digest) {
            Some(Known::Session(session)) => (Some(session), false),
            Some(Known::Key(_)) => (None, false),
            None => (db.session(digest).await?, true),
        };
        let now = db.now();
        let Some(mut session) = session.filter(|session| session.is_current(now)) else {
            return Ok(None);
        };
        if now.since(session.last_seen_at) >= TOUCH_INTERVAL {
            (session.last_seen_at, is_news) = (now, true);
            let db = db.clone();
            touch(async move { db.touch_session(digest, now).await });
        }
        if is_news {
            self.put(generation, digest, Known::Session(session.clone()));
        }
        Ok(Some(session))
    }

    /// The key that was presented, if it is good.
    pub(super) async fn key(
        &self,
        db: &ConfigDb,
        digest: TokenDigest,
    ) -> Result<Option<ApiKeyRecord>, ApiError> {
        let generation = db.sign_in_generation();
        let (key, mut is_news) = match self.get(generation, digest) {
            Some(Known::Key(key)) => (Some(key), false),
            Some(Known::Session(_)) => (None, false),
            None => (db.api_key(digest).await?, true),
        };
        let Some(mut key) = key else { return Ok(None) };
        let now = db.now();
        if key
            .last_used_at
            .is_none_or(|last| now.since(last) >= TOUCH_INTERVAL)
        {
            (key.last_used_at, is_news) = (Some(now), true);
            let (db, id) = (db.clone(), key.id);
            touch(async move { db.touch_api_key(id, now).await });
        }
        if is_news {
            self.put(generation, digest, Known::Key(key.clone()));
        }
        Ok(Some(key))
    }

    fn get(&self, generation: u64, digest: TokenDigest) -> Option<Known> {
        let table = self.0.lock();
        if table.generation == generation {
            table.known.get(&digest).cloned()
        } else {
            None
        }
    }

    /// Remembers what was read while `generation` held.
    fn put(&self, generation: u64, digest: TokenDigest, known: Known) {
        let mut table = self.0.lock();
        if table.generation > generation {
            return;
        }
        if table.generation < generation || table.known.len() >= REMEMBERED_MAX {
            table.known.clear();
            table.generation = generation;
        }
        table.known.insert(digest, known);
    }
}

/// Writes in the background: nobody waits to be noted.
fn touch(work: impl Future<Output = Result<(), ConfigError>> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(error) = work.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the last use could not be noted"
            );
        }
    });
}

//! The demonstration's ledger: what customers know beside what is stored, now and at each start.
//!
//! What must stay true: what the customers were told is read first, and the store only when it has caught up with that;
//! so nothing counts as lost because the comparison was too early.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use ecluse_adapters::sim::ledger::Summary;
use ecluse_adapters::sim::meta::MetaSim;
use ecluse_engine::ids::ChannelId;
use ecluse_engine::store::StoreError;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::{error::Elapsed, timeout};

use super::figures::{Figures, Stored};
use crate::app::App;
use crate::routes::common::rfc3339;

const RESTARTS_FILE: &str = "restarts.jsonl";

/// Rows read at once, so that no read takes long.
const ROWS_AT_ONCE: u32 = 2_000;

/// How long the store may need to catch up.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a start found, before anything was delivered again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restart {
    /// RFC 3339, UTC.
    pub(crate) at: String,
    pub(crate) sent: u64,
    pub(crate) acknowledged: u64,
    pub(crate) stored: u64,
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
}

/// Everything that the ledger's page shows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Account {
    #[serde(flatten)]
    pub(crate) figures: Figures,
    /// Messages acknowledged since this process started.
    pub(crate) since_restart: u64,
    /// This process: a page that was open before a restart shows whom to kill now.
    pub(crate) pid: u32,
    /// Oldest first.
    pub(crate) restarts: Vec<Restart>,
}

/// The two sides cannot be compared now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotCompared {
    #[error("the store has not caught up yet")]
    Behind(#[source] Elapsed),
    #[error("the store cannot be read")]
    Store(#[source] StoreError),
}

/// The comparison, which goes on where the last one ended.
#[derive(Debug)]
pub(crate) struct Ledger {
    app: Arc<App>,
    meta: Arc<MetaSim>,
    channel: ChannelId,
    stored: Mutex<Stored>,
    acknowledged_at_start: u64,
    restarts: Vec<Restart>,
}

impl Ledger {
    /// Compares before anything new arrives, and records it in `directory` if there was an earlier start.
    ///
    /// # Errors
    /// The store or the record cannot be read or written.
    pub(super) async fn open(
        app: Arc<App>,
        meta: Arc<MetaSim>,
        channel: ChannelId,
        directory: &Path,
    ) -> anyhow::Result<Self> {
        let told = meta.summary();
        let mut ledger = Self {
            app,
            meta,
            channel,
            stored: Mutex::default(),
            acknowledged_at_start: told.acknowledged,
            restarts: read_restarts(directory)?,
        };
        let figures = ledger.compare(&told).await?;
        if told.sent > 0 {
            let at = rfc3339(ledger.app.engine.clock.now());
            let restart = Restart::new(at, figures);
            append(directory, &restart)?;
            ledger.restarts.push(restart);
        }
        Ok(ledger)
    }

    /// How things stand.
    ///
    /// # Errors
    /// The store is behind or cannot be read; ask again.
    pub(crate) async fn account(&self) -> Result<Account, NotCompared> {
        let told = self.meta.summary();
        let figures = self.compare(&told).await?;
        Ok(Account {
            figures,
            since_restart: told.acknowledged - self.acknowledged_at_start,
            pid: std::process::id(),
            restarts: self.restarts.clone(),
        })
    }

    async fn compare(&self, told: &Summary) -> Result<Figures, NotCompared> {
        let log = &self.app.engine.log;
        timeout(PATIENCE, log.projected_to(log.head()))
            .await
            .map_err(NotCompared::Behind)?;
        let mut stored = self.stored.lock().await;
        loop {
            let rows = self
                .app
                .reads
                .received_after(self.channel, stored.newest(), ROWS_AT_ONCE)
                .await
                .map_err(NotCompared::Store)?;
            if rows.is_empty() {
                return Ok(stored.compare(told));
            }
            rows.into_iter().for_each(|row| stored.add(row));
        }
    }
}

impl Restart {
    fn new(at: String, figures: Figures) -> Self {
        let Figures {
            sent,
            acknowledged,
            stored,
            lost,
            doubled,
            ..
        } = figures;
        Self {
            at,
            sent,
            acknowledged,
            stored,
            lost,
            doubled,
        }
    }
}

/// Every start so far. A line that was cut off is left out.
fn read_restarts(directory: &Path) -> anyhow::Result<Vec<Restart>> {
    let path = directory.join(RESTARTS_FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text =
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}

/// Adds a line. It begins with a line break, which ends a line that was cut off.
fn append(directory: &Path, restart: &Restart) -> anyhow::Result<()> {
    let path = directory.join(RESTARTS_FILE);
    let line = format!("\n{}\n", serde_json::to_string(restart)?);
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_was_cut_off_spoils_no_other() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read_restarts(directory.path()).unwrap(), []);
        let figures = Figures {
            sent: 9,
            acknowledged: 8,
            stored: 8,
            ..Figures::default()
        };
        let first = Restart::new("2026-01-01T00:00:00.000000Z".to_owned(), figures);
        append(directory.path(), &first).unwrap();
        let path = directory.path().join(RESTARTS_FILE);
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"{\"at\":\"20").unwrap();
        let second = Restart::new("2026-01-02T00:00:00.000000Z".to_owned(), figures);
        append(directory.path(), &second).unwrap();
        assert_eq!(read_restarts(directory.path()).unwrap(), [first, second]);
    }
}

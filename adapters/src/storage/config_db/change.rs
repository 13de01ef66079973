//! The only way to write `config.db`: one unit of work at a time, and one commit for those that arrived together.
//!
//! What must stay true: a unit that fails takes nothing of another one with it (each has its own savepoint); nobody hears
//! that a change is made before the commit that holds it; and snapshots are published in the order of their revisions. A
//! commit costs an fsync, so whoever finds another unit waiting leaves the transaction open for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::Timestamp;
use ecluse_engine::tenant::Licence;
use futures_util::future::BoxFuture;
use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use uuid::Uuid;

use super::audit::Resource;
use super::{ConfigDb, ConfigError, Editor, detached, snapshot, sql};

/// Units that one transaction holds at most, those that were taken back too, so that the first of them does not wait for ever.
const UNITS_MAX: usize = 64;

/// The turn to write, and what the last one who had it left open.
#[derive(Clone, Default)]
pub(super) struct Turns {
    turn: Arc<Mutex<Option<Open>>>,
    /// Units that wait for their turn.
    queued: Arc<AtomicUsize>,
}

/// A transaction that holds finished units. Dropped, it is rolled back, and they hear that they are lost.
struct Open {
    tx: Transaction<'static, Sqlite>,
    finished: Vec<oneshot::Sender<Result<(), Arc<sqlx::Error>>>>,
    /// How many units ended in it, kept or taken back.
    units: usize,
    /// Whether a snapshot must be published after the commit.
    changes: bool,
    /// Whether who may sign in may have changed.
    sign_ins: bool,
    /// Whether an alert was raised.
    alerts: bool,
    /// Whether anything that is listed may have changed.
    listed: bool,
    /// The licence that was looked up last.
    licence: Option<(TenantId, Licence)>,
    /// A tenant, and a number of its people below which none is free.
    free_from: Option<(TenantId, u32)>,
}

/// What a change of the configuration does its work with.
pub struct Change {
    open: Open,
    pub(super) db: ConfigDb,
    pub(super) editor: Editor,
    pub(super) at: Timestamp,
    pub(super) revision: u64,
    /// Whether all of it is taken back in the end.
    pub(super) rehearses: bool,
    /// The id of what is added next.
    next_id: Option<Uuid>,
    /// Whether it touches nothing but sessions.
    of_sessions: bool,
    /// Channels that something of this kind serves no more, unless what follows gives them another one.
    pub(super) unserved: Vec<(Resource, ChannelId)>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change")
            .field("editor", &self.editor)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// Whether what was done stays.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Keep,
    Undo,
}

impl Change {
    pub(super) fn conn(&mut self) -> &mut SqliteConnection {
        &mut self.open.tx
    }

    /// Whose configuration it changes.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.editor.tenant
    }

    /// What follows is done in another tenant: one that this change just added, or that the platform's administrator changes.
    pub fn in_tenant(&mut self, tenant: TenantId) -> &mut Self {
        self.editor.tenant = tenant;
        self
    }

    /// What is added next gets this id: others of the same change may be written that point to it.
    pub fn add_as(&mut self, id: Uuid) {
        self.next_id = Some(id);
    }

    pub(super) fn new_id(&mut self) -> Uuid {
        let next = self.next_id.take();
        next.unwrap_or_else(|| self.db.new_id())
    }

    /// The revision as SQLite's integers have it.
    pub(super) fn revision(&self) -> i64 {
        i64::try_from(self.revision).unwrap_or(i64::MAX)
    }

    /// The licence of the tenant, if it was looked up since it last changed.
    pub(super) fn known_licence(&self) -> Option<&Licence> {
        let known = self.open.licence.as_ref();
        let known = known.filter(|(tenant, _)| *tenant == self.tenant());
        known.map(|(_, licence)| licence)
    }

    pub(super) fn know_licence(&mut self, licence: Licence) {
        self.open.licence = Some((self.tenant(), licence));
    }

    pub(super) fn forget_licence(&mut self) {
        self.open.licence = None;
    }

    /// A number of the tenant's people below which none is free.
    pub(super) fn free_from(&self) -> u32 {
        let known = self.open.free_from;
        let known = known.filter(|(tenant, _)| *tenant == self.tenant());
        known.map_or(1, |(_, number)| number)
    }

    pub(super) fn know_free_from(&mut self, number: u32) {
        self.open.free_from = Some((self.tenant(), number));
    }

    /// Somebody may have given a number up.
    pub(super) fn forget_free_from(&mut self) {
        self.open.free_from = None;
    }

    /// Who may sign in may be another after this.
    pub(super) fn forgets_sign_ins(&mut self) {
        self.open.sign_ins = true;
    }

    /// Nothing that is listed is another after this: it came and went with a person.
    pub(super) fn is_of_sessions(&mut self) {
        self.of_sessions = true;
    }

    /// Whoever mails alerts is woken after the commit.
    pub(super) fn wakes_the_postman(&mut self) {
        self.open.alerts = true;
    }
}

impl ConfigDb {
    /// Runs `work` as one change, to its end whatever happens to the caller. If it fails, nothing is changed.
    ///
    /// # Errors
    /// What `work` failed with, or the database cannot be written.
    pub async fn change<T, E>(
        &self,
        editor: &Editor,
        work: impl for<'c> FnOnce(&'c mut Change) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<ConfigError> + Send + 'static,
    {
        self.run(editor, End::Keep, true, work).await
    }

    /// Runs `work` as [`ConfigDb::change`] does and takes it back: what it would have led to.
    ///
    /// # Errors
    /// What `work` failed with, or the database cannot be written.
    pub async fn rehearse<T, E>(
        &self,
        editor: &Editor,
        work: impl for<'c> FnOnce(&'c mut Change) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<ConfigError> + Send + 'static,
    {
        self.run(editor, End::Undo, true, work).await
    }

    /// Runs `work` on what is no configuration: sessions, health. It raises no revision and leaves no audit record.
    pub(super) async fn note<T: Send + 'static>(
        &self,
        work: impl for<'c> FnOnce(&'c mut Change) -> BoxFuture<'c, Result<T, ConfigError>>
        + Send
        + 'static,
    ) -> Result<T, ConfigError> {
        let nobody = Editor::system(TenantId::DEFAULT);
        self.run(&nobody, End::Keep, false, work).await
    }

    /// Waits until what was written before can be read: whoever read something older than what waits for its commit would
    /// read it again.
    ///
    /// # Errors
    /// The process is being stopped.
    pub async fn settle(&self) -> Result<(), ConfigError> {
        let db = self.clone();
        detached(async move {
            let mut turn = Arc::clone(&db.0.turns.turn).lock_owned().await;
            if let Some(open) = turn.take() {
                open.commit(&db).await;
            }
            Ok(())
        })
        .await
    }

    async fn run<T, E>(
        &self,
        editor: &Editor,
        end: End,
        raises: bool,
        work: impl for<'c> FnOnce(&'c mut Change) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<ConfigError> + Send + 'static,
    {
        let (db, editor) = (self.clone(), editor.clone());
        detached(async move {
            let (mut change, turn) = db.begin(editor, raises).await?;
            change.rehearses = end == End::Undo;
            let done = match work(&mut change).await {
                Ok(done) => change
                    .refuse_if_unserved()
                    .await
                    .map(|()| done)
                    .map_err(E::from),
                Err(error) => Err(error),
            };
            let end = if done.is_ok() { end } else { End::Undo };
            let revision = change.revision;
            change.finish(turn, end).await?;
            if end == End::Keep {
                db.until_followed(revision).await;
            }
            done
        })
        .await
    }

    async fn begin(
        &self,
        editor: Editor,
        raises: bool,
    ) -> Result<(Change, OwnedMutexGuard<Option<Open>>), ConfigError> {
        let turns = &self.0.turns;
        turns.queued.fetch_add(1, Ordering::AcqRel);
        let mut turn = Arc::clone(&turns.turn).lock_owned().await;
        turns.queued.fetch_sub(1, Ordering::AcqRel);
        let open = match turn.take() {
            Some(open) => open,
            None => {
                self.0.pace.turn().await;
                Open::new(self.0.writer.begin_with("BEGIN IMMEDIATE").await?)
            }
        };
        let mut change = Change {
            open,
            db: self.clone(),
            editor,
            at: self.now(),
            revision: 0,
            rehearses: false,
            next_id: None,
            of_sessions: false,
            unserved: Vec::new(),
        };
        if raises {
            change.revision = sqlx::query_scalar::<_, i64>(sql::UNIT_BEGIN_RAISING)
                .fetch_one(change.conn())
                .await
                .map(super::unsigned)?;
        } else {
            change.run_statement(sql::UNIT_BEGIN).await?;
        }
        Ok((change, turn))
    }
}

impl Change {
    /// Ends the unit, and the transaction unless somebody waits to join it.
    async fn finish(
        mut self,
        mut turn: OwnedMutexGuard<Option<Open>>,
        end: End,
    ) -> Result<(), ConfigError> {
        match end {
            End::Keep => self.run_statement(sql::UNIT_END).await?,
            End::Undo => self.undo(sql::UNIT_UNDO).await?,
        }
        let Self {
            mut open,
            db,
            revision,
            of_sessions,
            ..
        } = self;
        open.units += 1;
        let committed = (end == End::Keep).then(|| {
            open.changes |= revision > 0;
            open.listed |= !of_sessions;
            let (tell, told) = oneshot::channel();
            open.finished.push(tell);
            told
        });
        let is_awaited = db.0.turns.queued.load(Ordering::Acquire) > 0;
        if is_awaited && open.units < UNITS_MAX {
            *turn = Some(open);
        } else if open.finished.is_empty() {
            open.tx.rollback().await?;
        } else {
            open.commit(&db).await;
        }
        drop(turn);
        match committed {
            None => Ok(()),
            Some(told) => match told.await {
                Ok(committed) => committed.map_err(ConfigError::Commit),
                Err(_) => Err(ConfigError::RolledBack),
            },
        }
    }
}

impl Change {
    /// Runs `work` as a part of this change that can be taken back by itself: it stays if `work` says so.
    ///
    /// # Errors
    /// What `work` failed with (it is taken back then), or the database cannot be written.
    pub async fn part<T, E: From<ConfigError>>(
        &mut self,
        work: impl for<'c> FnOnce(&'c mut Change) -> BoxFuture<'c, Result<(T, bool), E>> + Send,
    ) -> Result<T, E> {
        let free_from = self.open.free_from;
        self.run_statement(sql::PART_BEGIN).await?;
        let done = work(self).await;
        match done {
            Ok((_, true)) => self.run_statement(sql::PART_END).await?,
            Ok((_, false)) | Err(_) => {
                self.undo(sql::PART_UNDO).await?;
                // Every number is as it was.
                self.open.free_from = free_from;
            }
        }
        done.map(|(value, _)| value)
    }

    /// Takes back what was done, and what was learnt of it.
    async fn undo(&mut self, statement: &'static str) -> Result<(), ConfigError> {
        self.forget_licence();
        self.forget_free_from();
        self.run_statement(statement).await
    }

    async fn run_statement(&mut self, statement: &'static str) -> Result<(), ConfigError> {
        sqlx::query(statement).execute(self.conn()).await?;
        Ok(())
    }
}

impl Open {
    fn new(tx: Transaction<'static, Sqlite>) -> Self {
        Self {
            tx,
            finished: Vec::new(),
            units: 0,
            changes: false,
            sign_ins: false,
            alerts: false,
            listed: false,
            licence: None,
            free_from: None,
        }
    }

    /// Makes the finished units durable, then known, then tells them.
    async fn commit(self, db: &ConfigDb) {
        let Self {
            mut tx,
            finished,
            units: _,
            changes,
            sign_ins,
            alerts,
            listed,
            licence: _,
            free_from: _,
        } = self;
        let committed = async {
            let snapshot = match changes {
                true => Some(snapshot::since(&mut tx, &db.0.feed.current()).await?),
                false => None,
            };
            tx.commit().await?;
            Ok::<_, ConfigError>(snapshot)
        };
        let told = match committed.await {
            Ok(snapshot) => {
                if let Some(snapshot) = snapshot {
                    db.0.feed.publish(snapshot);
                }
                if sign_ins {
                    db.forget_sign_ins();
                }
                if listed {
                    db.forget_lists();
                }
                if alerts {
                    db.0.alerts.notify_waiters();
                }
                Ok(())
            }
            Err(ConfigError::Storage(error)) => Err(Arc::new(error)),
            Err(other) => Err(Arc::new(sqlx::Error::Decode(Box::new(other)))),
        };
        for tell in finished {
            // Whoever does not listen any more was stopped with the process.
            let _stopped = tell.send(told.clone());
        }
    }
}

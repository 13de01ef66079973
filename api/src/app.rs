//! The composition root: configuration → storage → adapters → engine. The server and the command line stand on it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use ecluse_adapters::directory::Directory;
use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::storage::config_db::ConfigDb;
use ecluse_adapters::storage::data_dir::DataDir;
use ecluse_adapters::storage::fail_stop::{FailStop, end_process};
use ecluse_adapters::storage::faults::Faults;
use ecluse_adapters::storage::read_model::ReadModel;
use ecluse_adapters::storage::{Storage, StorageOptions};
use ecluse_engine::conversation::crashes::Crashes;
use ecluse_engine::ids::{AgentId, Fingerprinter, TenantId};
use ecluse_engine::router::{RouterMessage, RouterReply};
use ecluse_engine::runtime::gate::Shut;
use ecluse_engine::runtime::guard::RestartBudget;
use ecluse_engine::runtime::{Clock, Gate, Threads};
use ecluse_engine::system::{Engine, Foundation};

use crate::access::no_room;
use crate::auth::PresenceCheck;
use crate::bans::StoredBans;
use crate::config::{FaultSettings, Settings};
use crate::desk::floors::Floors;
use crate::desk::socket::Connected;
use crate::error::ApiError;
use crate::health::ChannelHealthRecord;
use crate::names::NameBook;

/// A running node, without its server.
pub struct App {
    pub engine: Arc<Engine>,
    pub config: ConfigDb,
    pub reads: ReadModel,
    pub directory: Directory,
    pub names: NameBook,
    pub faults: Faults,
    pub crashes: Crashes,
    pub floors: Floors,
    storage: Storage,
    deadlines: tokio::task::AbortHandle,
    /// How long a stop waits for what was accepted.
    pub(crate) drain: Duration,
    _data_dir: DataDir,
}

#[async_trait]
impl PresenceCheck for App {
    async fn is_logged_in(&self, tenant: TenantId, agent: AgentId) -> Result<bool, ApiError> {
        let view = RouterMessage::ViewDesk { agent };
        match self.engine.ask_router(tenant, view).await {
            Ok(RouterReply::Desk(desk, _)) => Ok(desk.is_some_and(|desk| desk.expected)),
            Ok(
                RouterReply::Done
                | RouterReply::Refused(_)
                | RouterReply::Floor(_)
                | RouterReply::Seats(_)
                | RouterReply::Attended(_),
            ) => Ok(false),
            Err(refused) => Err(no_room(refused)),
        }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

impl App {
    /// How many people of a tenant have a seat of its licence now.
    ///
    /// # Errors
    /// The router has no room for the question.
    pub async fn seats_taken(&self, tenant: TenantId) -> Result<u32, ApiError> {
        match self
            .engine
            .ask_router(tenant, RouterMessage::ViewSeats)
            .await
        {
            Ok(RouterReply::Seats(taken)) => Ok(taken),
            Ok(
                RouterReply::Done
                | RouterReply::Refused(_)
                | RouterReply::Desk(..)
                | RouterReply::Floor(_)
                | RouterReply::Attended(_),
            ) => Ok(0),
            Err(refused) => Err(no_room(refused)),
        }
    }

    /// Opens the data directory, recovers, and starts the engine. Returns when the gate is open.
    ///
    /// # Errors
    /// What could not be opened, and why.
    pub async fn start(settings: &Settings) -> anyhow::Result<Arc<Self>> {
        Self::start_with(settings, end_process()).await
    }

    /// As [`App::start`], with another end for failed writes than the end of the process.
    ///
    /// # Errors
    /// What could not be opened, and why.
    pub async fn start_with(settings: &Settings, fail_stop: FailStop) -> anyhow::Result<Arc<Self>> {
        let data_dir = DataDir::take(&settings.data_dir)?;
        let clock = Clock::system();
        let config = open_config(settings, data_dir.path(), &clock).await?;
        let gate = Gate::new(settings.limits.gate);
        gate.shut(Shut::Starting);
        let crashes = Crashes::default();
        let faults = faults(&settings.faults, &crashes);
        let storage = open_storage(&data_dir, settings, &gate, &faults, fail_stop).await?;
        let log = Arc::clone(&storage.log);
        config.give_way(move || log.head().0);
        let directory = directory(settings, &config).await?;
        let engine = Engine::start(Foundation {
            journal: Arc::clone(&storage.journal) as Arc<_>,
            log: Arc::clone(&storage.log),
            store: Arc::new(storage.reads.clone()),
            config: config.feed(),
            providers: Arc::new(directory.clone()),
            health: Arc::new(ChannelHealthRecord::new(config.clone())),
            bans: Arc::new(StoredBans::new(config.clone())),
            gate: gate.clone(),
            clock,
            limits: settings.limits,
            fingerprinter: Fingerprinter::new(config.fingerprint_key()),
            restart_budget: RestartBudget::default(),
            threads: Threads::start(settings.arbiters),
            crashes: crashes.clone(),
        });
        engine.follow().await?;
        tokio::spawn(follow_configuration(
            directory.clone(),
            config.clone(),
            Arc::clone(&engine),
        ));
        config.answer_when_followed(directory.followed());
        gate.reopen(Shut::Starting);
        let names = NameBook::new(config.clone());
        let due = delete_when_due(config.clone());
        let over = forget_when_over(config.clone());
        let deadlines = tokio::spawn(async move { tokio::join!(due, over) }).abort_handle();
        Ok(Arc::new(Self {
            engine,
            config,
            reads: storage.reads.clone(),
            directory,
            names,
            faults,
            crashes,
            floors: Floors::default(),
            storage,
            deadlines,
            drain: settings.drain,
            _data_dir: data_dir,
        }))
    }

    /// A desk of the agent is open for as long as the answer lives.
    pub(crate) fn connected(self: &Arc<Self>, tenant: TenantId, agent: AgentId) -> Connected {
        Connected::new(self, tenant, agent)
    }

    /// Lets nothing more in, waits for what was accepted, and closes the files. A disk that hangs makes it wait as long,
    /// but holds up no executor.
    pub async fn stop(self: &Arc<Self>) {
        if !self.engine.drain(self.drain).await {
            tracing::warn!(
                inside = self.engine.gate.inside(),
                "the drain took too long; what is left will be sent again"
            );
        }
        self.deadlines.abort();
        let app = Arc::clone(self);
        let closed = tokio::task::spawn_blocking(move || app.storage.stop());
        if let Err(error) = closed.await {
            tracing::error!(%error, "the files could not be closed");
        }
        self.config.close().await;
    }
}

async fn open_storage(
    data_dir: &DataDir,
    settings: &Settings,
    gate: &Gate,
    faults: &Faults,
    fail_stop: FailStop,
) -> anyhow::Result<Storage> {
    let options = StorageOptions {
        faults: faults.clone(),
        fail_stop,
        ..StorageOptions::new(&settings.limits, gate)
    };
    let storage = Storage::open(data_dir.path(), options)?;
    storage.caught_up().await;
    Ok(storage)
}

async fn open_config(settings: &Settings, path: &Path, clock: &Clock) -> anyhow::Result<ConfigDb> {
    let clock = clock.clone();
    ConfigDb::open(
        path,
        settings.master_key.as_ref(),
        Arc::new(move || clock.now()),
    )
    .await
    .context("the configuration")
}

async fn directory(settings: &Settings, config: &ConfigDb) -> anyhow::Result<Directory> {
    let client = client(&ClientOptions {
        ca_file: settings.ca_file.clone(),
        ..ClientOptions::default()
    })?;
    let directory = Directory::new(settings.providers.clone(), client);
    directory.refresh(config).await?;
    Ok(directory)
}

/// Keeps the directory true to the configuration, and has the channels that it builds anew try again.
async fn follow_configuration(directory: Directory, config: ConfigDb, engine: Arc<Engine>) {
    let mut revision = config.feed().subscribe();
    // What changed between the directory's first reading and here.
    revision.mark_changed();
    while revision.changed().await.is_ok() {
        for (tenant, channel) in directory.catch_up(&config).await {
            engine.reconfigured(tenant, channel);
        }
    }
}

/// How long to wait after a failure, and at the longest, because clocks are set.
const DEADLINES_AGAIN: Duration = Duration::from_secs(60);
const DEADLINES_WAIT_MAX: Duration = Duration::from_secs(3_600);

/// Deletes channels at the end of their month (R128): at once what fell due while nothing ran, then at each deadline. Whoever
/// changes the configuration may have made a nearer one.
async fn delete_when_due(config: ConfigDb) {
    let mut revision = config.feed().subscribe();
    loop {
        revision.mark_unchanged();
        let wait = match config.delete_due_channels().await {
            Ok(Some(next)) => next.since(config.now()).min(DEADLINES_WAIT_MAX),
            Ok(None) => DEADLINES_WAIT_MAX,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "channels that are due could not be deleted"
                );
                DEADLINES_AGAIN
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = revision.changed() => if changed.is_err() { return },
        }
    }
}

/// How often what is kept for a while only is looked at.
const OVER_LOOK: Duration = Duration::from_secs(60);

/// Forgets sign-ons and remembered answers when they are over.
async fn forget_when_over(config: ConfigDb) {
    while !config.is_closed() {
        if let Err(error) = config.forget_what_is_over().await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "what is over could not be forgotten"
            );
        }
        tokio::time::sleep(OVER_LOOK).await;
    }
}

/// A message that crashes its actor this often is put away as a dead letter.
const CRASHES_TO_BURY: u32 = 2;

fn faults(settings: &FaultSettings, crashes: &Crashes) -> Faults {
    let faults = Faults::default();
    faults.slow_commits(Duration::from_millis(settings.commit_delay_ms));
    faults.slow_projection(Duration::from_millis(settings.projection_delay_ms));
    faults.limit_journal(settings.journal_bytes_max);
    if let Some(word) = &settings.crash_on {
        crashes.on(word, settings.crash_times.unwrap_or(CRASHES_TO_BURY));
    }
    if settings.for_secs > 0 {
        tokio::spawn(end_faults(
            faults.clone(),
            crashes.clone(),
            Duration::from_secs(settings.for_secs),
        ));
    }
    faults
}

async fn end_faults(faults: Faults, crashes: Crashes, after: Duration) {
    tokio::time::sleep(after).await;
    faults.slow_commits(Duration::ZERO);
    faults.slow_projection(Duration::ZERO);
    faults.limit_journal(0);
    crashes.on("", 0);
    tracing::info!("the faults are over");
}

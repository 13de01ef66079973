//! `config.db`: what administrators decided and who may sign in, durable before anybody acts on it.
//!
//! What must stay true: a change is one transaction with its audit record and a raised revision; its snapshot is
//! published after the commit, in the order of the revisions; and a change that began is finished even if its caller
//! goes away. Secrets are sealed before they reach SQLite.

mod alert;
mod api_keys;
mod audit;
mod ban;
pub mod bounds;
mod change;
mod channel;
mod channel_check;
mod channel_draft;
mod channel_email;
mod channel_facebook;
mod channel_health;
mod channel_look_up;
mod channel_secrets;
mod channel_sms;
mod channels;
mod chatbot;
mod claim;
mod dialog360_clients;
mod document;
mod domain;
mod expiry;
mod form;
mod idempotency;
mod key;
mod licence;
mod link;
mod mail_server;
mod operation_times;
mod pace;
mod pending_deletion;
mod people;
mod person;
mod person_numbers;
mod queues;
mod roster;
mod secret;
mod settings;
mod sign_in;
mod sign_on_attach;
mod sign_ons;
mod sms_trunk;
mod snapshot;
mod sql;
mod tenants;
mod text_check;
mod token;
mod violation;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ecluse_engine::configuration::{ConfigFeed, Snapshot};
use ecluse_engine::message::Timestamp;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as WordError, StrDeserializer};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr as _, Sqlite, SqlitePool};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

pub use self::alert::{AlertFacts, AlertMail, AlertRecord, MailState};
pub use self::api_keys::{ApiKeyRecord, NewApiKey};
pub use self::audit::{AuditFilter, AuditRecord, ContactDeed, Editor, EditorKind, Resource};
pub use self::ban::{BanDraft, BanRecord};
pub use self::change::Change;
use self::change::Turns;
pub use self::channel::{
    ChannelHealth, ChannelRecord, ChannelSettings, ChannelState, LiveChatSettings,
    WhatsappProvider, WhatsappSettings,
};
pub use self::channel_draft::{
    ChannelDraft, LiveChatDraft, SecretsDraft, SettingsDraft, WhatsappDraft, WhatsappProviderKind,
};
pub use self::channel_email::{EmailDraft, EmailProvider, EmailSettings};
pub use self::channel_facebook::{FacebookDraft, FacebookSettings};
pub use self::channel_sms::{SmsDraft, SmsSettings};
pub use self::chatbot::ChatbotBody;
pub use self::document::{Document, DocumentDraft, DocumentRecord};
pub use self::domain::{Domain, NotADomain};
pub use self::form::{FieldType, FormBody, FormField, FormPurpose};
pub use self::idempotency::{IdempotencyKey, RememberedAnswer};
pub use self::licence::{LicenceBody, LicenceUse};
pub use self::mail_server::{MailServer, Security};
pub use self::operation_times::{OperationTimes, QueueStatus, TenantStatus};
use self::pace::Pace;
pub use self::pending_deletion::DeletionNews;
pub use self::person::{NewPerson, PersonDraft, PersonRecord, PinChange, check_pin};
pub use self::queues::{QueueDraft, QueueRecord, QueueRules};
pub use self::roster::RosterRow;
pub use self::secret::{ChannelSecrets, SecretChange, SecretName, password_as_kept, secret_change};
pub use self::settings::{
    Attachments, MAIL_PASSWORD, Retention, ReturningCustomers, SettingsBody, SystemMail,
};
pub use self::sign_in::{
    Credentials, LinkPurpose, LinkRecord, SESSION_AGE_MAX, SESSION_IDLE_MAX, SessionRecord,
};
pub use self::sign_ons::{
    NewSignOn, SignOnFault, SignOnFound, SignOnGrant, SignOnKind, SignOnMailbox, SignOnNumber,
    SignOnPage, SignOnProgress, SignOnRecord, SignOnState,
};
pub use self::sms_trunk::{
    Bandwidth, BindKind, HttpMethod, HttpProvider, Ozsms, Smpp, SmsProvider, SmsTrunkBody, Telnyx,
    Twilio, Vi,
};
pub use self::snapshot::Names;
pub use self::tenants::{TenantDraft, TenantRecord};
pub use self::text_check::email_key;
pub use self::token::{Token, TokenDigest};
pub use self::violation::{ConfigError, InTheWay, LicenceGate, Violation};
use crate::secrets::{Cell, MasterKey, Vault};

/// The file in the data directory.
pub const CONFIG_DB_FILE: &str = "config.db";

/// What time it is. Tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Enough for the pages of a few administrators; signing in is cached above.
const READERS: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const CANARY: &[u8] = b"ecluse";
const CANARY_CELL: Cell<'static> = Cell {
    table: "meta",
    column: "canary",
    row: &[1],
};

const FINGERPRINT_CELL: Cell<'static> = Cell {
    table: "meta",
    column: "fingerprint_sealed",
    row: &[1],
};

/// The configuration's database. Clones share it.
#[derive(Clone)]
pub struct ConfigDb(Arc<Inner>);

struct Inner {
    writer: SqlitePool,
    turns: Turns,
    pace: Pace,
    readers: SqlitePool,
    vault: Vault,
    clock: Clock,
    feed: Arc<ConfigFeed>,
    meta: Meta,
    sign_in_generation: AtomicU64,
    list_generation: AtomicU64,
    followed: OnceLock<watch::Receiver<u64>>,
    alerts: Notify,
}

#[derive(Clone, Copy)]
struct Meta {
    epoch: Uuid,
    fingerprint_key: [u8; 16],
}

#[derive(sqlx::FromRow)]
struct MetaRow {
    epoch: Uuid,
    /// Zeroes, once it is sealed.
    fingerprint_key: Vec<u8>,
    fingerprint_sealed: Option<Vec<u8>>,
    canary: Vec<u8>,
}

impl std::fmt::Debug for ConfigDb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfigDb")
            .field("epoch", &self.0.meta.epoch)
            .finish_non_exhaustive()
    }
}

/// Up to `limit` rows whose id is above `after`.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    pub after: Option<Uuid>,
    pub limit: u32,
}

impl ConfigDb {
    /// Opens `config.db` in `data_dir`, and creates it with its master key on the first start.
    ///
    /// # Errors
    /// The key is missing, malformed or another one's; or the file cannot be used.
    pub async fn open(
        data_dir: &Path,
        master_key: Option<&SecretString>,
        clock: Clock,
    ) -> Result<Self, ConfigError> {
        let path = data_dir.join(CONFIG_DB_FILE);
        let vault = Vault::new(&find_key(data_dir, &path, master_key)?);
        create_private(&path)?;
        // What a secret was replaced by must not leave it in the free space of a page.
        let writer = pool(1, options(&path).pragma("secure_delete", "ON")).await?;
        migrator()
            .run(&writer)
            .await
            .map_err(ConfigError::Migration)?;
        let meta = read_or_create_meta(&writer, &vault).await?;
        let readers = pool(READERS, options(&path).pragma("query_only", "ON")).await?;
        let snapshot = snapshot::read(&mut *readers.acquire().await?).await?;
        Ok(Self(Arc::new(Inner {
            writer,
            turns: Turns::default(),
            pace: Pace::default(),
            readers,
            vault,
            clock,
            feed: Arc::new(ConfigFeed::new(snapshot)),
            meta,
            sign_in_generation: AtomicU64::new(0),
            list_generation: AtomicU64::new(0),
            followed: OnceLock::new(),
            alerts: Notify::new(),
        })))
    }

    /// Where the engine hears of changes.
    #[must_use]
    pub fn feed(&self) -> Arc<ConfigFeed> {
        Arc::clone(&self.0.feed)
    }

    /// Everything configured, read anew.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, ConfigError> {
        snapshot::read(&mut *self.0.readers.acquire().await?).await
    }

    /// A name of this database, drawn when it was created.
    #[must_use]
    pub fn epoch(&self) -> Uuid {
        self.0.meta.epoch
    }

    /// The key of the fingerprints of provider message ids; it never changes.
    #[must_use]
    pub fn fingerprint_key(&self) -> [u8; 16] {
        self.0.meta.fingerprint_key
    }

    /// Rises whenever a session, a key or a person that was valid may not be valid any more.
    #[must_use]
    pub fn sign_in_generation(&self) -> u64 {
        self.0.sign_in_generation.load(Ordering::Acquire)
    }

    /// Rises with every commit after which a list of what is configured may be another, health included, before whoever asked
    /// for the change hears of it. A list that was begun at one generation is true for as long as that lasts.
    #[must_use]
    pub fn list_generation(&self) -> u64 {
        self.0.list_generation.load(Ordering::Acquire)
    }

    /// Changes come apart from now on while many messages flow: `entries` is how many the journal ever held.
    pub fn give_way(&self, entries: impl Fn() -> u64 + Send + Sync + 'static) {
        self.0.pace.give_way(Box::new(entries));
    }

    /// Whoever changes something hears of it from now on when this has reached the change's revision, so that what is saved
    /// already acts. Once.
    pub fn answer_when_followed(&self, followed: watch::Receiver<u64>) {
        let _followed_already = self.0.followed.set(followed);
    }

    /// Waits until what is served follows a revision. Whoever cannot be waited for is not: the change is made.
    async fn until_followed(&self, revision: u64) {
        let Some(mut followed) = self.0.followed.get().cloned() else {
            return;
        };
        let reached = followed.wait_for(|reached| *reached >= revision);
        let _late = tokio::time::timeout(FOLLOWED_WITHIN, reached).await;
    }

    /// Closes the connections; later calls fail.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writer.close().await;
    }

    /// Whether they are.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.writer.is_closed()
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// An id for something new.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        let millis = self.now().as_millis();
        let nanos = u32::try_from(millis % 1_000).unwrap_or_default() * 1_000_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            millis / 1_000,
            nanos,
        ))
    }

    async fn read(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, ConfigError> {
        Ok(self.0.readers.acquire().await?)
    }

    fn forget_sign_ins(&self) {
        self.0.sign_in_generation.fetch_add(1, Ordering::AcqRel);
    }

    fn forget_lists(&self) {
        self.0.list_generation.fetch_add(1, Ordering::AcqRel);
    }
}

/// Runs `work` to its end, whatever happens to the caller.
async fn detached<T, E>(work: impl Future<Output = Result<T, E>> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<ConfigError> + Send + 'static,
{
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(ConfigError::Interrupted(error).into()),
        },
    }
}

fn find_key(dir: &Path, db: &Path, given: Option<&SecretString>) -> Result<MasterKey, ConfigError> {
    if let Some(text) = given {
        return Ok(MasterKey::from_base64(text)?);
    }
    match MasterKey::load(dir)? {
        Some(key) => Ok(key),
        None if db.exists() => Err(ConfigError::MissingMasterKey),
        None => Ok(MasterKey::create(dir)?),
    }
}

/// SQLite gives its side files the mode of the database.
fn create_private(path: &Path) -> Result<(), ConfigError> {
    let opened = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path);
    opened.map(drop).map_err(|source| ConfigError::File {
        path: PathBuf::from(path),
        source,
    })
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROWS_AHEAD)
}

/// How long the answer to a change waits for those who serve it.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(1);

/// Rows that are read before somebody takes them: a page of a list, so that its reader is woken once.
const ROWS_AHEAD: usize = 256;

async fn pool(size: u32, options: SqliteConnectOptions) -> Result<SqlitePool, ConfigError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(size)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options);
    Ok(pool.await?)
}

fn migrator() -> Migrator {
    let step = |version, name: &'static str, sql: &'static str| {
        let sql = sql.into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(vec![
        step(1, "first", include_str!("migrations/config/0001_first.sql")),
        step(
            2,
            "sealed fingerprint key",
            include_str!("migrations/config/0002_sealed_fingerprint_key.sql"),
        ),
        step(
            3,
            "documents",
            include_str!("migrations/config/0003_documents.sql"),
        ),
        step(
            4,
            "alerts",
            include_str!("migrations/config/0004_alerts.sql"),
        ),
        step(
            5,
            "channels that fall due",
            include_str!("migrations/config/0005_channels_due.sql"),
        ),
        step(
            6,
            "revisions of tenants",
            include_str!("migrations/config/0006_tenants_revision.sql"),
        ),
        step(
            7,
            "keys of numbers",
            include_str!("migrations/config/0007_number_keys.sql"),
        ),
        step(
            8,
            "audit of deletions",
            include_str!("migrations/config/0008_audit_of_deletions.sql"),
        ),
        step(
            9,
            "clients of 360dialog",
            include_str!("migrations/config/0009_dialog360_clients.sql"),
        ),
        step(
            10,
            "when channels worked",
            include_str!("migrations/config/0010_channels_worked.sql"),
        ),
        step(
            11,
            "people of every tenant",
            include_str!("migrations/config/0011_people_of_every_tenant.sql"),
        ),
    ])
}

async fn read_or_create_meta(writer: &SqlitePool, vault: &Vault) -> Result<Meta, ConfigError> {
    let row: Option<MetaRow> = sqlx::query_as(sql::META_READ)
        .fetch_optional(writer)
        .await?;
    match row {
        Some(row) => read_meta(row, writer, vault).await,
        None => create_meta(writer, vault).await,
    }
}

async fn create_meta(writer: &SqlitePool, vault: &Vault) -> Result<Meta, ConfigError> {
    let meta = Meta {
        epoch: Uuid::from_bytes(rand::random()),
        fingerprint_key: rand::random(),
    };
    sqlx::query(sql::META_CREATE)
        .bind(meta.epoch)
        .bind(vault.seal(FINGERPRINT_CELL, &meta.fingerprint_key)?)
        .bind(vault.seal(CANARY_CELL, CANARY)?)
        .execute(writer)
        .await?;
    Ok(meta)
}

async fn read_meta(row: MetaRow, writer: &SqlitePool, vault: &Vault) -> Result<Meta, ConfigError> {
    let canary = vault
        .open(CANARY_CELL, &row.canary)
        .map_err(|_| ConfigError::WrongMasterKey)?;
    debug_assert_eq!(
        canary.expose_secret(),
        CANARY,
        "the cell authenticates its value"
    );
    let key = match row.fingerprint_sealed {
        Some(sealed) => vault.open(FINGERPRINT_CELL, &sealed)?,
        None => seal_fingerprint_key(row.fingerprint_key, writer, vault).await?,
    };
    let key = key.expose_secret().as_slice().try_into();
    Ok(Meta {
        epoch: row.epoch,
        fingerprint_key: key.unwrap_or_default(),
    })
}

/// Seals the key that a directory of the first version holds in clear; the WAL would keep a copy of it.
async fn seal_fingerprint_key(
    key: Vec<u8>,
    writer: &SqlitePool,
    vault: &Vault,
) -> Result<SecretBox<Vec<u8>>, ConfigError> {
    sqlx::query(sql::META_SEAL)
        .bind(vault.seal(FINGERPRINT_CELL, &key)?)
        .execute(writer)
        .await?;
    sqlx::query(sql::WAL_EMPTY).execute(writer).await?;
    Ok(SecretBox::new(Box::new(key)))
}

/// Refuses a change that is based on an older revision than the stored one.
fn refuse_stale(revision: u64, expected: Option<u64>) -> Result<(), ConfigError> {
    match expected {
        Some(expected) if expected != revision => Err(ConfigError::Stale { revision }),
        Some(_) | None => Ok(()),
    }
}

/// The stored word of one of our unit-variant enums.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        Ok(_) | Err(_) => unreachable!("unit variants serialize to words"),
    }
}

fn from_word<T: DeserializeOwned>(what: &'static str, word: &str) -> Result<T, ConfigError> {
    T::deserialize(StrDeserializer::<WordError>::new(word)).map_err(|error| {
        ConfigError::Unreadable {
            what,
            source: serde::de::Error::custom(error),
        }
    })
}

/// Revisions and counts are never negative; SQLite has no other integers.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

//! Why a change of the configuration was refused, or could not be made.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use ecluse_engine::tenant::Module;
use uuid::Uuid;

use super::audit::Resource;
use super::channel_secrets::SIGN_ON_NEEDED;

use crate::secrets::SecretsError;

/// One field that cannot be accepted as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field's path in the request, as in `live_chat.domains[2]`.
    pub field: String,
    /// A stable word, for programs and translations.
    pub code: &'static str,
    /// A sentence for people who read English.
    pub message: String,
    /// The least that is accepted, where that is what was missed.
    pub minimum: Option<u32>,
    /// The most that is accepted, where that is what was passed: of a number, of characters, of items.
    pub maximum: Option<u32>,
    /// What would be accepted instead.
    pub suggestion: Option<Box<str>>,
    /// The name of what has it, where the same tenant has.
    pub holder: Option<Box<str>>,
}

impl Violation {
    /// One violation.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code,
            message: message.into(),
            minimum: None,
            maximum: None,
            suggestion: None,
            holder: None,
        }
    }

    /// It must lie within a range.
    #[must_use]
    pub fn within(self, range: &RangeInclusive<u32>) -> Self {
        Self {
            minimum: Some(*range.start()),
            maximum: Some(*range.end()),
            ..self
        }
    }

    /// There may be so much, or so many, and no more.
    #[must_use]
    pub fn at_most(self, most: usize) -> Self {
        Self {
            maximum: u32::try_from(most).ok(),
            ..self
        }
    }

    /// What would be accepted instead.
    #[must_use]
    pub fn instead(self, suggestion: impl Into<Box<str>>) -> Self {
        Self {
            suggestion: Some(suggestion.into()),
            ..self
        }
    }

    /// What has it.
    #[must_use]
    pub fn held_by(self, holder: impl Into<Box<str>>) -> Self {
        Self {
            holder: Some(holder.into()),
            ..self
        }
    }

    /// A saved secret stays with the server that it was saved for.
    pub(super) fn secret_needed_again(field: impl Into<String>) -> Self {
        let message = "the saved one is for another server, user or security; give it again";
        Self::new(field, "password_needed", message)
    }
}

/// What stands in the way of a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InTheWay {
    pub kind: Resource,
    pub id: Uuid,
    pub name: String,
}

/// Why the configuration did not change, or could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{} fields cannot be accepted", .0.len())]
    Invalid(Vec<Violation>),
    #[error("there is no such resource")]
    NotFound,
    /// Somebody else changed the row since the caller read it.
    #[error("the resource changed meanwhile; it is at revision {revision}")]
    Stale { revision: u64 },
    #[error("the channel is deleted")]
    ChannelDeleted,
    #[error("{} others point to it", .by.len())]
    InUse { what: Resource, by: Vec<InTheWay> },
    /// The licence ends here: a limit, or a module that it lacks.
    #[error("the licence does not allow it: {0}")]
    Licence(LicenceGate),
    #[error("the channel is not waiting for its deletion")]
    NotPending,
    /// The Idempotency-Key came with another request before.
    #[error("the Idempotency-Key was used for another request")]
    IdempotencyKeyUsed,
    /// What a sign-on window found out is gone: it was used, or a quarter of an hour is over.
    #[error("the sign-on has expired")]
    SignOnGone,
    /// Nothing was found out yet: its window is still open, or it failed.
    #[error("the sign-on is not finished")]
    SignOnUnfinished,
    #[error("nobody else could administer the deployment")]
    LastAdministrator,
    /// The token is unknown, used or too old.
    #[error("the link is not valid any more")]
    LinkGone,
    #[error(
        "config.db exists, but its master key is missing: set ECLUSE_MASTER_KEY or put master.key back into the data directory"
    )]
    MissingMasterKey,
    #[error(
        "this master key does not open config.db: set ECLUSE_MASTER_KEY to the key it was created with, or put its master.key back"
    )]
    WrongMasterKey,
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    #[error("could not create {path}")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("could not bring config.db to this version's tables")]
    Migration(#[source] sqlx::migrate::MigrateError),
    #[error("config.db could not be read or written")]
    Storage(#[from] sqlx::Error),
    #[error("the change could not be committed")]
    Commit(#[source] Arc<sqlx::Error>),
    /// Another change of the same commit failed badly; this one was taken back with it.
    #[error("the change was taken back")]
    RolledBack,
    #[error("config.db holds a {what} that this version cannot read")]
    Unreadable {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    /// The task that wrote was stopped; whether the change was committed is unknown.
    #[error("the change was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

/// Where a licence ends: a limit that is reached, or a module that it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LicenceGate {
    #[error("{limit} channels, and there are {used}")]
    Channels { limit: u32, used: u32 },
    /// Facebook and WhatsApp need somebody who may answer there.
    #[error("{limit} agents to be logged in at once, and there are {used}")]
    AgentSeats { limit: u32, used: u32 },
    #[error("{limit} supervisors and administrators, and there are {used}")]
    SupervisorSeats { limit: u32, used: u32 },
    #[error("no module {}", .0.as_str())]
    Module(Module),
}

impl LicenceGate {
    /// The member of the licence that says so.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::Channels { .. } => "channels_max",
            Self::AgentSeats { .. } => "agent_seats",
            Self::SupervisorSeats { .. } => "supervisor_seats",
            Self::Module(_) => "modules",
        }
    }

    /// Of a limit: how many are allowed, and how many there are.
    #[must_use]
    pub const fn limit_and_use(self) -> Option<(u32, u32)> {
        match self {
            Self::Channels { limit, used }
            | Self::AgentSeats { limit, used }
            | Self::SupervisorSeats { limit, used } => Some((limit, used)),
            Self::Module(_) => None,
        }
    }
}

impl ConfigError {
    /// A refusal of one field.
    pub fn field(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation::new(field, code, message)])
    }

    /// The same, where the fields stand below another one.
    #[must_use]
    pub fn below(self, parent: &str) -> Self {
        match self {
            Self::Invalid(violations) => Self::Invalid(
                violations
                    .into_iter()
                    .map(|violation| Violation {
                        field: format!("{parent}.{}", violation.field),
                        ..violation
                    })
                    .collect(),
            ),
            other => other,
        }
    }

    /// Nothing if there are no violations.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with all of them.
    pub fn refuse(violations: Vec<Violation>) -> Result<(), Self> {
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Self::Invalid(violations))
        }
    }
}

/// What of a look-up is told beside other violations: a field is refused for one reason.
pub(super) fn tell_besides(violations: &mut Vec<Violation>, found: Vec<Violation>) {
    for one in found {
        let is_told = |told: &Violation| told.field == one.field || told.makes_needless(&one);
        if !violations.iter().any(is_told) {
            violations.push(one);
        }
    }
}

impl Violation {
    /// Whoever must sign on with a company is told so once.
    fn makes_needless(&self, other: &Self) -> bool {
        self.code == SIGN_ON_NEEDED && other.code == SIGN_ON_NEEDED
    }
}

//! The people who sign in, as JSON.

use ecluse_adapters::storage::config_db::{
    PersonDraft, PersonRecord, PinChange, SecretChange, Violation, check_pin, secret_change,
};
use ecluse_engine::configuration::Role;
use ecluse_engine::texts::Language;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Services, strip};
use crate::auth::Auth;
use crate::connect::Asking;
use crate::error::{ApiError, FieldError};
use crate::routes::common::{language_schema, rfc3339, role_schema};

/// A person who signs in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agent)]
pub struct AgentView {
    id: Uuid,
    key: String,
    name: String,
    email: String,
    #[schema(example = "0001")]
    number: String,
    has_pin: bool,
    /// Whether the invitation was accepted.
    has_password: bool,
    #[schema(schema_with = role_schema)]
    role: Role,
    wrap_up_secs: u32,
    capacity: u32,
    #[schema(schema_with = language_schema)]
    language: Option<Language>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<PersonRecord> for AgentView {
    fn from(person: PersonRecord) -> Self {
        Self {
            id: person.id.0,
            key: person.key,
            name: person.name,
            email: person.email,
            number: person.number,
            has_pin: person.has_pin,
            has_password: person.has_password,
            role: person.role,
            wrap_up_secs: person.wrap_up_secs,
            capacity: person.capacity,
            language: person.language,
            created_at: rfc3339(person.created_at),
            updated_at: rfc3339(person.updated_at),
        }
    }
}

/// A person as they should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentBody {
    /// Your own name for them, unique among people; made of the name if it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_.-]{0,63}$")]
    key: Option<String>,
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Unique without regard to case.
    #[schema(max_length = 254, example = "agent@example.com")]
    email: String,
    /// Four digits, unique. Left out, it is the first free one, or the same as before.
    #[schema(pattern = "^[0-9]{4}$", example = "0001")]
    number: Option<String>,
    /// 4 to 10 digits that are asked at sign-in. Left out, it is kept; `null` takes it away.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    pin: SecretChange,
    #[schema(schema_with = role_schema)]
    role: Role,
    /// The time after a conversation before the next one is offered; 0 is none.
    #[serde(default = "wrap_up_secs")]
    #[schema(maximum = 3600, default = 20)]
    wrap_up_secs: u32,
    /// Units of work at once; the settings' `weights` say what a conversation takes.
    #[serde(default = "capacity")]
    #[schema(minimum = 1, maximum = 1000, default = 100)]
    capacity: u32,
    #[serde(default)]
    #[schema(schema_with = language_schema)]
    language: Option<Language>,
}

const fn wrap_up_secs() -> u32 {
    PersonDraft::WRAP_UP_SECS
}

const fn capacity() -> u32 {
    PersonDraft::CAPACITY
}

/// A person whose members cannot be as they are.
pub(crate) struct RefusedAgent {
    /// Without the PIN, which was not hashed.
    pub(super) draft: PersonDraft,
    pub(super) errors: Vec<FieldError>,
}

/// A person whose members were checked, and what becomes of the PIN.
pub(crate) struct CheckedAgent {
    draft: PersonDraft,
    pin: SecretChange,
}

impl AgentBody {
    /// Checks everything before the PIN is hashed: hashing is dear.
    pub(crate) fn checked(self) -> Result<CheckedAgent, Box<RefusedAgent>> {
        let mut draft = PersonDraft {
            key: self.key,
            name: self.name,
            email: self.email,
            number: self.number,
            pin: PinChange::Keep,
            role: self.role,
            wrap_up_secs: self.wrap_up_secs,
            capacity: self.capacity,
            language: self.language,
        };
        let mut violations = draft.check();
        violations.extend(pin_violation(&self.pin));
        if !violations.is_empty() {
            let errors = violations.into_iter().map(FieldError::from).collect();
            return Err(Box::new(RefusedAgent { draft, errors }));
        }
        Ok(CheckedAgent {
            draft,
            pin: self.pin,
        })
    }
}

impl RefusedAgent {
    pub(crate) fn error(&self) -> ApiError {
        ApiError::Validation(self.errors.clone())
    }
}

impl CheckedAgent {
    pub(crate) async fn draft(self, auth: &Auth) -> Result<PersonDraft, ApiError> {
        let pin = self.pin_change(auth).await?;
        Ok(self.with(pin))
    }

    /// The change of the PIN, which is hashed.
    pub(super) async fn pin_change(&self, auth: &Auth) -> Result<PinChange, ApiError> {
        Ok(match &self.pin {
            SecretChange::Keep => PinChange::Keep,
            SecretChange::Clear => PinChange::Clear,
            SecretChange::Set(pin) => PinChange::Set {
                hash: auth.hash(pin.clone()).await?,
            },
        })
    }

    /// The draft with a PIN that was hashed already.
    pub(super) fn with(self, pin: PinChange) -> PersonDraft {
        PersonDraft { pin, ..self.draft }
    }
}

/// A PIN that is the one already is no change; its hash would be another each time.
pub(crate) async fn keep_same_pin(
    services: &Services,
    asking: Asking,
    body: &mut Value,
) -> Result<(), ApiError> {
    let (Some(id), Some(pin)) = (asking.id, body.get("pin").and_then(Value::as_str)) else {
        return Ok(());
    };
    if services.auth.is_pin_of(asking.tenant, id, pin).await? {
        strip(body, &["pin"]);
    }
    Ok(())
}

fn pin_violation(pin: &SecretChange) -> Option<Violation> {
    match pin {
        SecretChange::Set(pin) => check_pin(pin.expose_secret()),
        SecretChange::Keep | SecretChange::Clear => None,
    }
}

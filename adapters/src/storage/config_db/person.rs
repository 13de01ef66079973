//! What a person who signs in is: an agent, a supervisor or an administrator.
//!
//! What must stay true: no record holds a hash.

use ecluse_engine::configuration::{Agent, Role};
use ecluse_engine::ids::{AgentId, TenantId};
use ecluse_engine::message::Timestamp;
use ecluse_engine::texts::Language;
use serde::Serialize;

use super::text_check::{check_visible, out_of_range, too_long};
use super::token::Token;
use super::{Violation, bounds, text_check};

const NAME_LENGTH_MAX: usize = 100;
const PIN_LENGTH: std::ops::RangeInclusive<usize> = 4..=10;
/// The first administrator's name in place of an e-mail.
pub(super) const FIRST_ADMINISTRATOR: &str = "admin";

/// A person, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRecord {
    pub id: AgentId,
    pub tenant: TenantId,
    pub key: String,
    pub name: String,
    /// An e-mail, or the word `admin`.
    pub email: String,
    /// Four digits.
    pub number: String,
    pub has_pin: bool,
    /// Whether the person has accepted the invitation.
    pub has_password: bool,
    pub role: Role,
    pub wrap_up_secs: u32,
    pub capacity: u32,
    pub language: Option<Language>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The configuration's revision at the last change of this person.
    pub revision: u64,
}

impl PersonRecord {
    /// Whether the person is as they were before a change that may have changed nothing.
    #[must_use]
    pub fn is_same(&self, after: &Self) -> bool {
        let after = Self {
            updated_at: self.updated_at,
            revision: self.revision,
            ..after.clone()
        };
        *self == after
    }
}

/// A person as an administrator asks for them, not yet checked.
#[derive(Clone, Debug)]
pub struct PersonDraft {
    /// `None` keeps the key, or makes one of the name.
    pub key: Option<String>,
    pub name: String,
    pub email: String,
    /// `None` is the first free number for a new person, and the same number for another.
    pub number: Option<String>,
    pub pin: PinChange,
    pub role: Role,
    pub wrap_up_secs: u32,
    pub capacity: u32,
    pub language: Option<Language>,
}

/// What to do with a PIN. It arrives hashed.
#[derive(Clone, Debug, Default)]
pub enum PinChange {
    #[default]
    Keep,
    Clear,
    Set {
        hash: String,
    },
}

/// A person just added, with the token of the invitation.
#[derive(Debug)]
pub struct NewPerson {
    pub person: PersonRecord,
    pub invitation: Token,
}

/// What is wrong with a PIN before it is hashed.
#[must_use]
pub fn check_pin(pin: &str) -> Option<Violation> {
    let good = PIN_LENGTH.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    let message = format!("{} to {} digits", PIN_LENGTH.start(), PIN_LENGTH.end());
    (!good).then(|| Violation::new("pin", "invalid_pin", message))
}

impl PersonDraft {
    /// A person with the usual settings.
    pub fn new(name: impl Into<String>, email: impl Into<String>, role: Role) -> Self {
        Self {
            key: None,
            name: name.into(),
            email: email.into(),
            number: None,
            pin: PinChange::Keep,
            role,
            wrap_up_secs: Self::WRAP_UP_SECS,
            capacity: Self::CAPACITY,
            language: None,
        }
    }

    /// Whether a PIN is given.
    #[must_use]
    pub const fn sets_pin(&self) -> bool {
        matches!(self.pin, PinChange::Set { .. })
    }

    /// The time after a conversation, unless somebody decides otherwise.
    pub const WRAP_UP_SECS: u32 = 20;
    /// The units of work at once, unless somebody decides otherwise.
    pub const CAPACITY: u32 = 100;

    /// All that is wrong with the draft by itself. Space around texts is taken away.
    pub fn check(&mut self) -> Vec<Violation> {
        self.name = self.name.trim().to_owned();
        self.email = self.email.trim().to_owned();
        let mut violations = Vec::new();
        if self.name.is_empty() {
            violations.push(Violation::new("name", "required", "must not be empty"));
        }
        if self.name.chars().count() > NAME_LENGTH_MAX {
            violations.push(too_long("name", NAME_LENGTH_MAX));
        }
        violations.extend(check_visible("name", &self.name));
        violations.extend(check_email(&self.email));
        if self
            .number
            .as_deref()
            .is_some_and(|number| !is_number(number))
        {
            violations.push(Violation::new(
                "number",
                "invalid_number",
                "must have four digits",
            ));
        }
        if !bounds::WRAP_UP_SECS.contains(&self.wrap_up_secs) {
            violations.push(out_of_range("wrap_up_secs", &bounds::WRAP_UP_SECS));
        }
        if !bounds::CAPACITY.contains(&self.capacity) {
            violations.push(out_of_range("capacity", &bounds::CAPACITY));
        }
        violations
    }
}

fn is_number(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_email(email: &str) -> Option<Violation> {
    if email == FIRST_ADMINISTRATOR {
        return None;
    }
    text_check::check_email("email", email)
}

impl PersonRecord {
    pub(super) fn for_engine(self) -> Agent {
        Agent {
            id: self.id,
            tenant: self.tenant,
            name: self.name,
            role: self.role,
            capacity: self.capacity,
            wrap_up_secs: self.wrap_up_secs,
        }
    }
}

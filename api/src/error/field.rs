//! One field of a request that cannot be accepted.

use ecluse_adapters::storage::config_db::Violation;
use serde::Serialize;
use utoipa::ToSchema;

/// One field that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's path in the request.
    #[schema(example = "live_chat.domains[0]")]
    pub field: String,
    /// The same as a JSON pointer (RFC 6901).
    #[schema(example = "/live_chat/domains/0")]
    pub pointer: String,
    /// A stable word for what is wrong with it; translate this.
    #[schema(example = "taken")]
    pub code: String,
    /// The same in English.
    pub message: String,
    /// The least that is accepted, of what is out of range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<i64>,
    /// The most that is accepted: of a number, of characters, of items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<i64>,
    /// What would be accepted instead, such as a number that nobody has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// The name of what has it already, such as the channel of a domain; of another tenant's nothing is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
}

impl FieldError {
    /// One refused field.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let field = field.into();
        Self {
            pointer: pointer(&field),
            field,
            code: code.into(),
            message: message.into(),
            minimum: None,
            maximum: None,
            suggestion: None,
            holder: None,
        }
    }

    /// Whether it is about the field at a path, or about a part of it.
    #[must_use]
    pub fn is_within(&self, path: &str) -> bool {
        let rest = self.field.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// The same of another field, as when what was refused stands in something larger.
    #[must_use]
    pub fn at(self, field: impl Into<String>) -> Self {
        let field = field.into();
        Self {
            pointer: pointer(&field),
            field,
            ..self
        }
    }

    /// All of them, one after the other.
    pub(super) fn sentence(errors: &[Self]) -> String {
        let one = |error: &Self| format!("{}: {}", error.field, error.message);
        errors.iter().map(one).collect::<Vec<_>>().join("; ")
    }
}

/// `/live_chat/domains/0` for `live_chat.domains[0]`.
fn pointer(field: &str) -> String {
    let mut pointer = String::with_capacity(field.len() + 1);
    for part in field.split(['.', '[']) {
        pointer.push('/');
        pointer.push_str(
            &part
                .trim_end_matches(']')
                .replace('~', "~0")
                .replace('/', "~1"),
        );
    }
    pointer
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> Self {
        Self {
            minimum: violation.minimum.map(i64::from),
            maximum: violation.maximum.map(i64::from),
            suggestion: violation.suggestion.map(String::from),
            holder: violation.holder.map(String::from),
            ..Self::new(violation.field, violation.code, violation.message)
        }
    }
}

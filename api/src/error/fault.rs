//! What serde could not read of a body, in words of JSON: which field, and what it would take.

use std::ops::RangeInclusive;

use super::path::{Path, Step, offset};
use super::{FieldError, ranges};

/// A field that serde could not read.
pub(super) struct Fault {
    pub(super) path: Path,
    pub(super) code: &'static str,
    message: String,
    /// What a number may be that is none of that.
    range: Option<&'static RangeInclusive<u32>>,
}

impl From<Fault> for FieldError {
    fn from(fault: Fault) -> Self {
        Self {
            minimum: fault.range.map(|range| i64::from(*range.start())),
            maximum: fault.range.map(|range| i64::from(*range.end())),
            ..Self::new(fault.path.to_string(), fault.code, fault.message)
        }
    }
}

impl Fault {
    pub(super) fn of(bytes: &[u8], error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let message = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(message, _)| message);
        let mut path = Path::to(bytes, offset(bytes, error.line(), error.column()));
        let named = |prefix: &str| {
            message
                .strip_prefix(prefix)
                .and_then(|rest| rest.split('`').next())
        };
        let code = if let Some(field) = named("missing field `") {
            path.push(Step::Key(field.to_owned()));
            "required"
        } else if let Some(field) = named("unknown field `") {
            path.replace_key(field);
            "unknown_field"
        } else if named("unknown variant `").is_some() {
            "unknown_value"
        } else {
            "invalid"
        };
        let path = path.without_blanks();
        let range = match code {
            "invalid" if is_of_a_number(message) => ranges::of(&path.to_string()),
            _ => None,
        };
        let outside = range.filter(|range| is_outside(message, range));
        let (code, message) = match (code, outside) {
            (_, Some(range)) => ("out_of_range", from_to(range)),
            ("invalid", None) => ("invalid", in_words_of_json(message, range)),
            (code, None) => (code, message.to_owned()),
        };
        Self {
            path,
            code,
            message,
            range,
        }
    }

    /// A word that would be known there, if this one is not.
    pub(super) fn variant(&self) -> Option<&str> {
        let (_, expected) = self.message.split_once("expected ")?;
        (self.code == "unknown_value").then(|| expected.split('`').nth(1))?
    }

    /// A text that would do there, where the refusal has one.
    pub(super) fn example(&self) -> Option<&str> {
        let (_, example) = self.message.rsplit_once(" such as ")?;
        Some(example).filter(|_| self.code == "invalid")
    }

    /// Whether it is at the place of another fault, or below that.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.path.is_within(&other.path)
    }

    /// Whether it is about one field's own shape; what is said of several together may come of how another one was mended.
    pub(super) fn is_of_the_sender(&self) -> bool {
        self.code != "invalid"
            || [
                "invalid type",
                "invalid value",
                "invalid length",
                "UUID parsing failed",
            ]
            .iter()
            .any(|of_one| self.message.starts_with(of_one))
    }
}

/// What serde says of a value, without the types, which nobody outside knows.
fn in_words_of_json(message: &str, range: Option<&RangeInclusive<u32>>) -> String {
    if message.starts_with("data did not match any variant") {
        return "has none of the shapes that it may have".to_owned();
    }
    if let Some(bounds) = bounds(message) {
        return bounds.to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((found, expected)) => {
            let told = format!("{}, expected {}", found_value(found), wanted(expected));
            match range {
                Some(range) => format!("{told} {}", from_to(range)),
                None => told,
            }
        }
        None => message.to_owned(),
    }
}

/// What was found instead of what is wanted.
fn found_value(found: &str) -> String {
    match found.strip_prefix("invalid type: ") {
        Some("map") => "invalid type: object".to_owned(),
        Some("sequence") => "invalid type: list".to_owned(),
        Some(found) if found.starts_with("floating point") => {
            format!(
                "invalid type: {}",
                found.replacen("floating point", "number", 1)
            )
        }
        Some(_) | None => found.to_owned(),
    }
}

/// What serde's name of a type is called in JSON.
fn wanted(expected: &str) -> &str {
    let is_of = |kinds: &[&str]| kinds.iter().any(|kind| expected.starts_with(kind));
    match expected {
        "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => "a whole number",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a map" => "an object",
        "a sequence" => "a list",
        "string or map" => "a string or an object",
        "a borrowed string" | "variant identifier" | "field identifier" => "a string",
        _ if is_of(&["a nonzero "]) => "a whole number that is not 0",
        _ if is_of(&["struct ", "internally tagged ", "adjacently tagged "]) => "an object",
        _ if is_of(&["tuple ", "a tuple ", "an array "]) => "a list",
        _ if is_of(&["enum "]) => "one of the words that are known",
        _ => expected,
    }
}

/// Whether a number was sent where another one is wanted.
fn is_of_a_number(message: &str) -> bool {
    let is_a_number = ["invalid value: integer ", "invalid type: floating point "]
        .iter()
        .any(|number| message.starts_with(number));
    let kinds = ["u8", "u16", "u32"];
    is_a_number && kinds.iter().any(|kind| message.ends_with(kind))
}

/// Whether the number that was sent is a whole one which the field does not take, however many digits it has.
fn is_outside(message: &str, range: &RangeInclusive<u32>) -> bool {
    let sent = message.split('`').nth(1);
    let sent = sent.and_then(|number| number.parse::<f64>().ok());
    let (from, to) = (f64::from(*range.start()), f64::from(*range.end()));
    sent.is_some_and(|number| number.fract() == 0.0 && !(from..=to).contains(&number))
}

/// As a save says it.
fn from_to(range: &RangeInclusive<u32>) -> String {
    format!("from {} to {}", range.start(), range.end())
}

/// What a number may be that its type cannot hold, where no more is known of its field.
fn bounds(message: &str) -> Option<&'static str> {
    let found = message.strip_prefix("invalid value: integer `")?;
    Some(match found.rsplit_once("expected ")?.1 {
        "u8" => "invalid value: must be from 0 to 255",
        "u16" => "invalid value: must be from 0 to 65535",
        "u32" if !found.starts_with('-') => "invalid value: is too large",
        "u32" | "u64" => "invalid value: must be a whole number, 0 or more",
        _ => return None,
    })
}

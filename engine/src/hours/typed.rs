//! A text that stands for something else.
//!
//! What must stay true: it is refused while it is read, so that the fault is known by the text's own place.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};

/// How such a text is read, and what is expected of it.
pub(super) struct Typed<T> {
    pub(super) read: fn(&str) -> Option<T>,
    pub(super) expected: &'static str,
}

impl<T> Visitor<'_> for Typed<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let read = (self.read)(text);
        read.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self.expected))
    }
}

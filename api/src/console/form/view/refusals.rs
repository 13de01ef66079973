//! Where a refusal is said: at the field that it is about, and in the summary above the form.

use super::super::{Control, Field, problems};
use super::build::Place;
use super::{ErrorView, FieldView};
use crate::error::FieldError;

/// An input that has been built.
pub(super) struct Placed {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) label: String,
    pub(super) section: String,
    pub(super) hidden: bool,
}

impl Place<'_> {
    /// What is refused about a field. Where the parts of a value have no fields of their own, their refusals are its.
    pub(super) fn error(&self, field: &Field, name: &str) -> Option<String> {
        if matches!(field.control, Control::OneOf { .. }) {
            return None;
        }
        let whole = matches!(
            field.control,
            Control::Localized { .. }
                | Control::Tagged { .. }
                | Control::MultiSelect { .. }
                | Control::Pairs { .. }
        );
        let errors = self.sight.errors.iter();
        let mut mine =
            errors.filter(|error| error.field == name || whole && is_below(&error.field, name));
        mine.next()
            .map(|error| problems::sentence(error, self.sight.catalogue))
    }

    /// Refused as a whole, unless the row is one input that says so itself.
    pub(super) fn row_error(&self, name: &str, fields: &[FieldView]) -> Option<String> {
        if fields
            .iter()
            .any(|field| field.error.is_some() && field.name == name)
        {
            return None;
        }
        let error = self.sight.errors.iter().find(|error| error.field == name)?;
        Some(problems::sentence(error, self.sight.catalogue))
    }

    /// The last and so the innermost input that can be seen.
    fn holder(&self, is: impl Fn(&Placed) -> bool) -> Option<&Placed> {
        self.placed
            .iter()
            .rev()
            .find(|placed| !placed.hidden && is(placed))
    }

    /// An input's label, with its section where another section has one of the same label.
    fn called(&self, placed: &Placed) -> String {
        let mut others = self.placed.iter().filter(|other| !other.hidden);
        if others.any(|other| other.label == placed.label && other.section != placed.section) {
            format!("{}, {}", placed.section, placed.label)
        } else {
            placed.label.clone()
        }
    }

    /// Each refusal once, as a link to its field where it has one.
    pub(super) fn summary(&self) -> Vec<ErrorView> {
        let line = |error: &FieldError| {
            let exact = self.holder(|placed| placed.name == error.field);
            let found =
                exact.or_else(|| self.holder(|placed| is_below(&error.field, &placed.name)));
            let unseen = self.carried.contains(&error.field.as_str());
            let path = || {
                if unseen {
                    String::new()
                } else {
                    error.field.clone()
                }
            };
            ErrorView {
                id: found.map(|placed| placed.id.clone()),
                label: found.map_or_else(path, |placed| self.called(placed)),
                text: problems::sentence(error, self.sight.catalogue),
            }
        };
        let mut lines: Vec<ErrorView> = Vec::new();
        for line in self.sight.errors.iter().map(line) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }
}

/// Whether a path leads into the value at another one.
pub(super) fn is_below(field: &str, name: &str) -> bool {
    field
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

//! Where a refusal is said: at the field that it is about, and in the summary above the form.

use super::super::{Action, Control, Field, problems};
use super::build::Place;
use super::{ErrorView, FieldView, Outcome, id_of};
use crate::error::FieldError;

/// An input that has been built.
pub(super) struct Placed {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) label: String,
    pub(super) section: String,
    /// The rows that it stands in, the outermost first.
    pub(super) rows: Vec<String>,
    pub(super) hidden: bool,
    /// Nobody can type into it.
    pub(super) fixed: bool,
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
        let mut mine = errors.filter(|error| {
            (error.field == name || whole && is_below(&error.field, name))
                && self.button(error).is_none()
        });
        let fixed = matches!(field.control, Control::ReadOnly);
        mine.next().map(|error| self.said(error, fixed))
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

    /// An input's label with the rows that it stands in, or with its section where another section has one of the same label.
    fn called(&self, placed: &Placed) -> String {
        if !placed.rows.is_empty() {
            // A row that is one input has its name.
            let label = (!placed.name.ends_with(']')).then_some(placed.label.as_str());
            let rows = placed.rows.iter().map(String::as_str);
            return rows.chain(label).collect::<Vec<_>>().join(", ");
        }
        let mut others = self.placed.iter().filter(|other| !other.hidden);
        if others.any(|other| other.label == placed.label && other.section != placed.section) {
            format!("{}, {}", placed.section, placed.label)
        } else {
            placed.label.clone()
        }
    }

    /// The button at which a refusal is told: that of what it fills in, unless a field shows what is wrong with it.
    fn button(&self, error: &FieldError) -> Option<&Action> {
        let field = error.field.as_str();
        let fills = |path: &&str| *path == field || is_below(field, path);
        let action = self
            .filling
            .filter(|action| action.fills.iter().any(fills))?;
        (is_absent(error) || !self.seen.contains(&field)).then_some(action)
    }

    fn at_button(&self, error: &FieldError) -> String {
        match is_absent(error) {
            true => self.say("error-field-sign-on-needed"),
            false => problems::sentence(error, self.sight.catalogue),
        }
    }

    /// What stands beside a button: what came of pressing it, else what is amiss, else what is refused of what it
    /// fills in.
    pub(super) fn beside(&self, action: &Action) -> Option<Outcome> {
        if let Some(outcome) = self.sight.outcomes.get(&action.command) {
            return Some(outcome.clone());
        }
        let is_mine = |error: &&FieldError| {
            let button = self.button(error);
            button.is_some_and(|button| button.command == action.command)
        };
        let trouble = action.trouble.map(|key| self.say(key));
        let refused = self.sight.errors.iter().find(is_mine);
        let text = trouble.or_else(|| refused.map(|error| self.at_button(error)))?;
        Some(Outcome { good: false, text })
    }

    /// A refusal at a field. What nobody can type is not asked for.
    fn said(&self, error: &FieldError, fixed: bool) -> String {
        match fixed && is_absent(error) {
            true => self.say("error-field-fills-itself"),
            false => problems::sentence(error, self.sight.catalogue),
        }
    }

    /// The input that a refusal is about, else what it is a part of, else a part of it.
    fn input(&self, field: &str) -> Option<&Placed> {
        let exact = self.holder(|placed| placed.name == field);
        let whole = || self.holder(|placed| is_below(field, &placed.name));
        let mut seen = self.placed.iter().filter(|placed| !placed.hidden);
        exact
            .or_else(whole)
            .or_else(|| seen.find(|placed| is_below(&placed.name, field)))
    }

    /// What is refused and has no place to be seen, in words.
    fn unplaced(&self, field: &str) -> String {
        if self.carried.contains(&field) {
            return String::new();
        }
        let known = self.placed.iter().find(|placed| placed.name == field);
        known.map_or_else(
            || self.say("console-refused-elsewhere"),
            |placed| self.called(placed),
        )
    }

    fn line(&self, error: &FieldError) -> ErrorView {
        if let Some(action) = self.button(error) {
            return ErrorView {
                id: Some(id_of(&action.command)),
                label: self.say(action.label),
                text: self.at_button(error),
            };
        }
        match self.input(&error.field) {
            Some(placed) => ErrorView {
                id: Some(placed.id.clone()),
                label: self.called(placed),
                text: self.said(error, placed.fixed),
            },
            None => ErrorView {
                id: None,
                label: self.unplaced(&error.field),
                text: self.said(error, false),
            },
        }
    }

    /// Each refusal once, as a link to its field where it has one.
    pub(super) fn summary(&self) -> Vec<ErrorView> {
        let mut lines: Vec<ErrorView> = Vec::new();
        for line in self.sight.errors.iter().map(|error| self.line(error)) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }
}

/// What is refused because it is not there. A number that is filled in is no number before that.
fn is_absent(error: &FieldError) -> bool {
    matches!(
        error.code.as_str(),
        "required" | "blank" | "sign_on_needed" | "invalid_number"
    )
}

/// Whether a path leads into the value at another one.
pub(super) fn is_below(field: &str, name: &str) -> bool {
    field
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

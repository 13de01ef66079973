//! What two people wanted of the same thing: field by field, in the words of the page.

use serde_json::Value;

use super::read::is_of_use;
use super::value::{at, items, scalar};
use super::{Choice, Control, Field, Form, Group, WEEKDAYS, Words};
use crate::console::address::readable;
use crate::console::catalogue::Catalogue;

/// A field that has two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub label: String,
    /// Its value before somebody else saved, where that is known.
    pub before: Option<String>,
    /// Its value as somebody else saved it.
    pub theirs: String,
    /// As it was typed here.
    pub ours: String,
}

/// A thing as a form was opened with it, and as it was recorded last.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub opened: Value,
    pub latest: Value,
}

/// A thing as it is stored now and as it was typed.
#[derive(Clone, Copy, Debug)]
pub struct Versions<'a> {
    pub theirs: &'a Value,
    pub ours: &'a Value,
    pub recorded: Option<&'a Recorded>,
}

/// The fields that somebody else changed; those in which `ours` is not `theirs` where nobody knows what was there before.
/// Secrets are never compared.
#[must_use]
pub fn differences(
    form: &Form,
    versions: Versions<'_>,
    catalogue: &'static Catalogue,
) -> Vec<Difference> {
    let Versions { theirs, ours, .. } = versions;
    let one = |field: &Field| {
        let difference = Difference {
            label: catalogue.text(field.label).into_owned(),
            before: before(field, versions, catalogue),
            theirs: words(field, theirs, catalogue),
            ours: words(field, ours, catalogue),
        };
        let known = difference.before.as_ref().unwrap_or(&difference.ours);
        (*known != difference.theirs).then_some(difference)
    };
    form.fields()
        .filter(|field| is_of_use(field.when, theirs) || is_of_use(field.when, ours))
        .filter_map(one)
        .collect()
}

/// What a form was opened with. A record may hold a field in another shape than the form does: then it does not say of the
/// latest version what the form says of it.
fn before(field: &Field, versions: Versions<'_>, catalogue: &'static Catalogue) -> Option<String> {
    let recorded = versions.recorded?;
    let latest = words(field, &recorded.latest, catalogue);
    let is_told = latest == words(field, versions.theirs, catalogue);
    is_told.then(|| words(field, &recorded.opened, catalogue))
}

/// A field's value as a person would say it.
fn words(field: &Field, scope: &Value, catalogue: &'static Catalogue) -> String {
    let value = at(scope, field.path);
    match field.control {
        Control::Select {
            none: Some(none), ..
        } if !field.required && chosen(value).is_empty() => catalogue.text(none).into_owned(),
        _ => said(&field.control, value, catalogue),
    }
}

/// What a control holds, as a person would say it.
#[must_use]
pub fn said(control: &Control, value: Option<&Value>, catalogue: &'static Catalogue) -> String {
    match control {
        Control::Secret { .. } | Control::Hidden | Control::OneOf { .. } => String::new(),
        Control::Checkbox => yes_or_no(value == Some(&Value::Bool(true)), catalogue),
        Control::Switch => yes_or_no(value != Some(&Value::Bool(false)), catalogue),
        Control::Localized { .. } => texts(value),
        Control::Select { groups, .. } | Control::Tagged { groups, .. } => {
            named(all(groups), &chosen(value), catalogue)
        }
        Control::Radio { choices } => named(choices.iter(), &chosen(value), catalogue),
        Control::MultiSelect { choices, .. } => {
            let name = |item: &Value| named(choices.iter(), &chosen(Some(item)), catalogue);
            let names: Vec<String> = items(value).iter().map(name).collect();
            names.join(", ")
        }
        Control::Week => week(value, catalogue),
        Control::Repeated { fields, .. } if is_flat(fields) => rows(fields, value, catalogue),
        Control::Name | Control::Email | Control::Host | Control::Tel => {
            readable(&scalar(value)).into_owned()
        }
        _ => plain(value),
    }
}

fn yes_or_no(yes: bool, catalogue: &'static Catalogue) -> String {
    let key = if yes { "console-yes" } else { "console-no" };
    catalogue.text(key).into_owned()
}

/// The texts alone: their switch is a field of its own.
fn texts(value: Option<&Value>) -> String {
    let text = |lang: &str| scalar(value.and_then(|value| value.get(lang)));
    let texts = ["fr", "en"].map(text).into_iter();
    let filled: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    filled.join(", ")
}

/// Whether rows say all that they are in their fields.
#[must_use]
pub fn is_flat(fields: &[Field]) -> bool {
    let mut controls = fields.iter().map(|field| &field.control);
    controls.all(|control| !matches!(control, Control::OneOf { .. }))
}

fn rows(fields: &[Field], value: Option<&Value>, catalogue: &'static Catalogue) -> String {
    let row = |row: &Value| {
        let parts = fields.iter().map(|field| words(field, row, catalogue));
        let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
        parts.join(", ")
    };
    let rows: Vec<String> = items(value).iter().map(row).collect();
    rows.join(", ")
}

fn all(groups: &[Group]) -> impl Iterator<Item = &Choice> {
    groups.iter().flat_map(|group| &group.choices)
}

fn chosen(value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(members)) => {
            members.iter().next().map_or_else(String::new, |(tag, id)| {
                format!("{tag}:{}", scalar(Some(id)))
            })
        }
        other => scalar(other),
    }
}

fn named<'a>(
    mut choices: impl Iterator<Item = &'a Choice>,
    value: &str,
    catalogue: &'static Catalogue,
) -> String {
    match choices
        .find(|choice| choice.value == value)
        .map(|choice| &choice.label)
    {
        Some(Words::Ours(key)) => catalogue.text(key).into_owned(),
        Some(Words::Theirs(name)) => name.clone(),
        None => value.to_owned(),
    }
}

fn week(value: Option<&Value>, catalogue: &'static Catalogue) -> String {
    let window = |window: &Value| {
        let day = scalar(window.get("day"));
        let (_, label) = WEEKDAYS.into_iter().find(|(name, _)| *name == day)?;
        let (from, to) = (scalar(window.get("from")), scalar(window.get("to")));
        (!from.is_empty()).then(|| format!("{} {from}–{to}", catalogue.text(label)))
    };
    let windows: Vec<String> = items(value).iter().filter_map(window).collect();
    windows.join(", ")
}

/// Any value as one line: members by their values, lists by their items.
#[must_use]
pub fn plain(value: Option<&Value>) -> String {
    let join = |values: &mut dyn Iterator<Item = &Value>| {
        let texts = values.map(|value| plain(Some(value)));
        let filled: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
        filled.join(", ")
    };
    match value {
        Some(Value::Array(items)) => join(&mut items.iter()),
        Some(Value::Object(members)) => join(&mut members.values()),
        other => scalar(other),
    }
}

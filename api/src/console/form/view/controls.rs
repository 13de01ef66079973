//! What each sort of control shows of a value.

use serde_json::Value;

use super::super::value::{at, items, scalar};
use super::super::{Choice, Control, Field, Group};
use super::build::Place;
use super::{ChoiceView, ControlView, GroupView};
use crate::console::address::readable;

impl Place<'_> {
    pub(super) fn control(
        &mut self,
        field: &Field,
        name: &str,
        prefix: &str,
        scope: &Value,
    ) -> ControlView {
        let value = at(scope, field.path);
        let decides = self.decisive.contains(&field.path);
        match &field.control {
            Control::Select { groups, none } => self.select(groups, *none, &scalar(value), decides),
            Control::Tagged { groups, none } => {
                self.select(groups, Some(none), &tagged(value), decides)
            }
            Control::Radio { choices } => {
                ControlView::Radio(self.choices_and_others(choices, &[scalar(value)]))
            }
            Control::MultiSelect { choices, filter } => self.checks(choices, filter, value),
            Control::Checkbox => ControlView::Checkbox {
                checked: value == Some(&Value::Bool(true)),
                decides,
            },
            Control::Switch => ControlView::Checkbox {
                checked: value != Some(&Value::Bool(false)),
                decides,
            },
            Control::Repeated { .. } => ControlView::Rows(self.rows(&field.control, name, value)),
            Control::OneOf { variants } => self.one_of(variants, name, prefix, scope),
            Control::Week => ControlView::Week(self.week(name, value)),
            control => self.single(control, value),
        }
    }

    /// A control of one input, or of one in each language.
    fn single(&self, control: &Control, value: Option<&Value>) -> ControlView {
        match control {
            Control::Number { unit, .. } => ControlView::Number {
                value: scalar(value),
                unit: unit.map(|key| self.say(key)),
            },
            Control::Secret { has } => ControlView::Secret {
                has: at(self.sight.value, has) == Some(&Value::Bool(true)),
                forget: value.is_some_and(Value::is_null),
            },
            Control::Color { usual, own } => ControlView::Color {
                own: value.is_some_and(Value::is_string),
                value: value.and_then(Value::as_str).unwrap_or(usual).to_owned(),
                own_label: self.say(own),
            },
            Control::Textarea { rows } => textarea(scalar(value), *rows),
            Control::Pairs { rows } => textarea(pairs(value), *rows),
            Control::Localized { rows } => localized(value, *rows),
            Control::ReadOnly => ControlView::ReadOnly {
                value: readable(&scalar(value)).into_owned(),
            },
            Control::Hidden => ControlView::Hidden {
                value: scalar(value),
            },
            line => input(line, value),
        }
    }

    fn select(
        &self,
        groups: &[Group],
        none: Option<&'static str>,
        value: &str,
        decides: bool,
    ) -> ControlView {
        let chosen = [value.to_owned()];
        let group = |group: &Group| GroupView {
            label: group.label.map(|key| self.say(key)),
            choices: self.choices(&group.choices, &chosen),
        };
        let mut groups: Vec<GroupView> = groups.iter().map(group).collect();
        let mut choices = groups.iter().flat_map(|group| &group.choices);
        // Without it a browser sends the first choice, whatever the edit was about.
        if !value.is_empty() && !choices.any(|choice| choice.chosen) {
            let apart = GroupView {
                label: None,
                choices: vec![other(value)],
            };
            groups.insert(0, apart);
        }
        ControlView::Select {
            groups,
            none: none.map(|key| self.say(key)),
            decides,
        }
    }

    fn choices(&self, choices: &[Choice], chosen: &[String]) -> Vec<ChoiceView> {
        let one = |choice: &Choice| ChoiceView {
            label: self.words(&choice.label),
            detail: choice.detail.as_ref().map(|detail| self.words(detail)),
            chosen: chosen.contains(&choice.value),
            value: choice.value.clone(),
        };
        choices.iter().map(one).collect()
    }

    /// The choices, and what is chosen and none of them.
    fn choices_and_others(&self, choices: &[Choice], chosen: &[String]) -> Vec<ChoiceView> {
        let is_other = |value: &&String| {
            !value.is_empty() && choices.iter().all(|choice| choice.value != **value)
        };
        let others = chosen.iter().filter(is_other).map(|value| other(value));
        let mut views = self.choices(choices, chosen);
        views.extend(others);
        views
    }

    fn checks(
        &self,
        choices: &[Choice],
        filter: &'static str,
        value: Option<&Value>,
    ) -> ControlView {
        let chosen: Vec<String> = items(value).iter().map(|item| scalar(Some(item))).collect();
        let choices = self.choices_and_others(choices, &chosen);
        ControlView::Checks {
            filter: self.say(filter),
            count: choices.iter().filter(|choice| choice.chosen).count(),
            choices,
        }
    }
}

/// What is chosen and not offered, so that an edit of something else leaves it as it is.
fn other(value: &str) -> ChoiceView {
    ChoiceView {
        value: value.to_owned(),
        label: value.to_owned(),
        detail: None,
        chosen: true,
    }
}

fn textarea(value: String, rows: u8) -> ControlView {
    ControlView::Textarea { value, rows }
}

fn localized(value: Option<&Value>, rows: u8) -> ControlView {
    let text = |lang: &str| scalar(value.and_then(|value| value.get(lang)));
    ControlView::Localized {
        fr: text("fr"),
        en: text("en"),
        rows,
    }
}

/// A single line, with the type and the keyboard that fit what is asked for.
fn input(control: &Control, value: Option<&Value>) -> ControlView {
    let (kind, mode) = match control {
        // Browsers turn a domain of another script into ASCII where the type is that of e-mail addresses.
        Control::Email => ("text", "email"),
        Control::Url => ("url", "url"),
        Control::Tel => ("tel", "tel"),
        Control::DateTime => ("datetime-local", ""),
        _ => ("text", ""),
    };
    let text = scalar(value);
    let value = match control {
        Control::Name | Control::Email | Control::Host | Control::Tel => {
            readable(&text).into_owned()
        }
        _ => text,
    };
    ControlView::Input { kind, value, mode }
}

/// `{"queue": "x"}` as `queue:x`.
fn tagged(value: Option<&Value>) -> String {
    let member = value
        .and_then(Value::as_object)
        .and_then(|members| members.iter().next());
    member.map_or_else(String::new, |(tag, id)| {
        format!("{tag}:{}", scalar(Some(id)))
    })
}

fn pairs(value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(members)) => members
            .iter()
            .map(|(name, value)| format!("{name}: {}", scalar(Some(value))))
            .collect::<Vec<_>>()
            .join("\n"),
        other => scalar(other),
    }
}

//! Forms that visitors fill in: before a chat, or to leave a message.

use std::collections::BTreeSet;

use ecluse_engine::texts::{Language, Localized};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audit::Resource;
use super::bounds::{FORM_CHOICES_MAX, FORM_FIELDS_MAX};
use super::channel::ChannelSettings;
use super::document::Document;
use super::text_check::{check_name, check_needed_text, check_text, too_many};
use super::violation::Violation;

const TEXT_LENGTH_MAX: usize = 500;
const LABEL_LENGTH_MAX: usize = 100;
const FIELD_NAME_LENGTH_MAX: usize = 40;

/// A form as it is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FormBody {
    pub name: String,
    pub purpose: FormPurpose,
    #[serde(default)]
    pub title: Localized,
    /// Above the fields.
    #[serde(default)]
    pub intro: Localized,
    /// In the order in which they are asked.
    pub fields: Vec<FormField>,
}

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum FormPurpose {
    Prechat,
    LeaveMessage,
}

impl FormPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Prechat => "prechat",
            Self::LeaveMessage => "leave_message",
        }
    }

    /// The violation of a field that needs a form of this purpose and names one of another.
    pub(super) fn is_not_the_forms(self, field: &str) -> Violation {
        let message = format!("must be a form of purpose {}", self.as_str());
        Violation::new(field, "wrong_purpose", message)
    }
}

/// One thing that is asked. `name`, `email`, `phone` and `message` name the visitor's own; others are shown to the agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct FormField {
    /// Unique within the form.
    pub name: String,
    #[serde(rename = "type")]
    pub kind: FieldType,
    pub label: Localized,
    #[serde(default)]
    pub required: bool,
    /// Of `choice` fields.
    #[serde(default)]
    pub choices: Vec<Localized>,
}

/// What sort of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum FieldType {
    Text,
    Email,
    Phone,
    Multiline,
    Choice,
}

impl Document for FormBody {
    const KIND: Resource = Resource::Form;

    fn serves(&self, id: Uuid, channel: &ChannelSettings) -> bool {
        match channel {
            ChannelSettings::LiveChat(chat) => chat
                .forms()
                .all(|(_, form, purpose)| form != id || purpose == self.purpose),
            _ => true,
        }
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn check(&mut self) -> Vec<Violation> {
        let mut violations: Vec<Violation> = check_name(&mut self.name).into_iter().collect();
        check_text("title", &mut self.title, LABEL_LENGTH_MAX, &mut violations);
        check_text("intro", &mut self.intro, TEXT_LENGTH_MAX, &mut violations);
        if self.fields.is_empty() {
            violations.push(Violation::new(
                "fields",
                "required",
                "at least one field is needed",
            ));
        }
        if self.fields.len() > FORM_FIELDS_MAX {
            violations.push(too_many("fields", FORM_FIELDS_MAX, "fields"));
        }
        let mut names = BTreeSet::new();
        for (index, field) in self.fields.iter_mut().enumerate() {
            check_field(&format!("fields[{index}]"), field, &mut violations);
            if !names.insert(field.name.clone()) {
                let message = "another field has this name";
                violations.push(Violation::new(
                    format!("fields[{index}].name"),
                    "taken",
                    message,
                ));
            }
        }
        if self.purpose == FormPurpose::LeaveMessage && !names.contains("message") {
            let message = "a form that leaves a message needs a field named `message`";
            violations.push(Violation::new("fields", "message_missing", message));
        }
        violations
    }
}

fn check_field(path: &str, field: &mut FormField, violations: &mut Vec<Violation>) {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let name = field.name.trim().to_owned();
    let good = (1..=FIELD_NAME_LENGTH_MAX).contains(&name.len()) && name.bytes().all(is_inner);
    field.name = name;
    if !good {
        let message = format!("up to {FIELD_NAME_LENGTH_MAX} of a to z, 0 to 9 and `_`");
        violations.push(Violation::new(
            format!("{path}.name"),
            "invalid_name",
            message,
        ));
    }
    check_needed_text(
        &format!("{path}.label"),
        &mut field.label,
        LABEL_LENGTH_MAX,
        violations,
    );
    violations.extend(check_type(path, field));
    let choices = format!("{path}.choices");
    match (field.kind, field.choices.len()) {
        (FieldType::Choice, 0 | 1) => {
            violations.push(Violation::new(
                choices,
                "required",
                "at least two choices are needed",
            ));
        }
        (FieldType::Choice, 2..=FORM_CHOICES_MAX) => {
            check_choices(&choices, &mut field.choices, violations);
        }
        (FieldType::Choice, _) => {
            violations.push(too_many(choices, FORM_CHOICES_MAX, "choices"));
        }
        (_, 0) => {}
        (_, _) => {
            let message = "only a choice has choices";
            violations.push(Violation::new(choices, "not_allowed", message));
        }
    }
}

/// What is taken for the visitor's address, or for what they leave, is asked for as that.
fn check_type(path: &str, field: &FormField) -> Option<Violation> {
    let (needed, message) = match field.name.as_str() {
        "email" => (FieldType::Email, "a field named `email` is of type `email`"),
        "message" => (
            FieldType::Multiline,
            "a field named `message` is of type `multiline`",
        ),
        _ => return None,
    };
    (field.kind != needed).then(|| Violation::new(format!("{path}.type"), "type_of_name", message))
}

/// Each choice has a text, and whoever reads either language can tell it from the others.
fn check_choices(field: &str, choices: &mut [Localized], violations: &mut Vec<Violation>) {
    for (index, choice) in choices.iter_mut().enumerate() {
        let field = format!("{field}[{index}]");
        check_needed_text(&field, choice, LABEL_LENGTH_MAX, violations);
    }
    for (index, choice) in choices.iter().enumerate() {
        if choices
            .iter()
            .take(index)
            .any(|other| reads_as(choice, other))
        {
            let message = "another choice has this text";
            violations.push(Violation::new(
                format!("{field}[{index}]"),
                "duplicate",
                message,
            ));
        }
    }
}

fn reads_as(choice: &Localized, other: &Localized) -> bool {
    Language::ALL.into_iter().any(|language| {
        let text = choice.text(language);
        text.is_some() && text == other.text(language)
    })
}

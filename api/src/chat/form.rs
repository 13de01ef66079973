//! The form before a chat: what is asked of a visitor whom nobody knows, and what they answered.
//!
//! What must stay true: what was asked is kept with the answer, because the form may be another by the time an agent reads
//! it; and an answer is as short as a form of ours can make it, whatever a page sends.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecluse_adapters::storage::config_db::{FieldType, FormBody};
use ecluse_engine::texts::Language;
use serde::Serialize;

use super::frames::RefusalCode;
use super::introduction::{EMAIL_MAX, NAME_MAX, looks_like_an_address, plain};

/// The longest answer, in characters; and all answers together.
const ANSWER_MAX: usize = 1_000;
const ANSWERS_MAX: usize = 4_096;

const NAME: &str = "name";
const EMAIL: &str = "email";

/// A form in a visitor's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its name, for the agents. The usual form has none.
    pub name: Option<String>,
    /// What stands above its fields.
    pub intro: Option<String>,
    pub fields: Arc<[Field]>,
}

/// A field of the form. The page knows how the usual names are called in its language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub required: bool,
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Of a `choice`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// What a visitor filled in beside their name and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    pub form: String,
    /// What was asked, as it was shown, and the answer.
    pub answers: Vec<(String, String)>,
}

/// What was read of what a page sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub name: Option<String>,
    pub email: Option<String>,
    pub answers: Option<Answers>,
}

impl Form {
    /// What is asked where the channel names no form (R25).
    #[must_use]
    pub fn usual() -> Self {
        let field = |name: &str, kind| Field {
            name: name.to_owned(),
            label: String::new(),
            required: true,
            kind,
            choices: Vec::new(),
        };
        Self {
            name: None,
            intro: None,
            fields: [field(NAME, "text"), field(EMAIL, "email")].into(),
        }
    }

    /// A configured form.
    #[must_use]
    pub fn of(body: &FormBody, language: Language) -> Self {
        let fields = body.fields.iter().map(|field| Field {
            name: field.name.clone(),
            label: field.label.text(language).unwrap_or_default().to_owned(),
            required: field.required,
            kind: word(field.kind),
            choices: field
                .choices
                .iter()
                .filter_map(|choice| choice.text(language))
                .map(str::to_owned)
                .collect(),
        });
        Self {
            name: Some(body.name.clone()),
            intro: body.intro.text(language).map(str::to_owned),
            fields: fields.collect(),
        }
    }

    /// Reads what a page sends for this form: the name, the address, and the other answers. With `required` every field that
    /// has to be filled must be.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(
        &self,
        given: &BTreeMap<String, String>,
        required: bool,
    ) -> Result<Given, RefusalCode> {
        let (mut name, mut email, mut answers) = (None, None, Vec::new());
        for field in self.fields.iter() {
            let given = given.get(&field.name).map_or("", String::as_str);
            let Some(answer) = field.answer(given, required)? else {
                continue;
            };
            match field.name.as_str() {
                NAME => name = Some(answer),
                EMAIL => email = Some(answer),
                _ => answers.push((field.asked(), answer)),
            }
        }
        let all = answers.iter().map(|(_, answer)| answer.chars().count());
        if all.sum::<usize>() > ANSWERS_MAX {
            return Err(RefusalCode::TooLong);
        }
        let form = self.name.clone().filter(|_| !answers.is_empty());
        Ok(Given {
            name,
            email,
            answers: form.map(|form| Answers { form, answers }),
        })
    }
}

impl Field {
    /// How the agents are told what was asked.
    fn asked(&self) -> String {
        match self.label.is_empty() {
            true => self.name.clone(),
            false => self.label.clone(),
        }
    }

    fn answer(&self, given: &str, required: bool) -> Result<Option<String>, RefusalCode> {
        let answer = match self.kind {
            "multiline" => given.trim().to_owned(),
            "email" => plain(given).to_lowercase(),
            _ => plain(given),
        };
        if answer.is_empty() {
            return match self.required && required {
                true => Err(RefusalCode::Empty),
                false => Ok(None),
            };
        }
        let most = match self.name.as_str() {
            NAME => NAME_MAX,
            EMAIL => EMAIL_MAX,
            _ => ANSWER_MAX,
        };
        if answer.chars().count() > most {
            return Err(RefusalCode::TooLong);
        }
        match self.kind {
            "email" if !looks_like_an_address(&answer) => Err(RefusalCode::InvalidEmail),
            "choice" if !self.choices.contains(&answer) => Err(RefusalCode::Empty),
            _ => Ok(Some(answer)),
        }
    }
}

const fn word(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "text",
        FieldType::Email => "email",
        FieldType::Phone => "phone",
        FieldType::Multiline => "multiline",
        FieldType::Choice => "choice",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Form {
        let body = serde_json::json!({
            "name": "Before", "purpose": "prechat",
            "fields": [
                { "name": "name", "type": "text", "label": { "fr": "Votre nom" }, "required": true },
                { "name": "order", "type": "text", "label": { "fr": "Commande", "en": "Order" }, "required": true },
                { "name": "about", "type": "choice", "label": { "fr": "Sujet" }, "choices": [{ "fr": "Lampe" }, { "fr": "Autre" }] },
                { "name": "more", "type": "multiline", "label": { "fr": "Précisions" } },
            ],
        });
        Form::of(&serde_json::from_value(body).unwrap(), Language::Fr)
    }

    fn read(given: &[(&str, &str)], required: bool) -> Result<Vec<(String, String)>, RefusalCode> {
        let given = given
            .iter()
            .map(|(name, answer)| ((*name).to_owned(), (*answer).to_owned()));
        let Given { name, answers, .. } = form().read(&given.collect(), required)?;
        let name = name.map(|name| ("name".to_owned(), name));
        Ok(name
            .into_iter()
            .chain(answers.into_iter().flat_map(|given| given.answers))
            .collect())
    }

    #[test]
    fn answers_are_kept_with_what_was_asked() {
        let given = [
            ("name", " Ada "),
            ("order", "42\n"),
            ("about", "Lampe"),
            ("more", "une\ndeux"),
            ("unasked", "x"),
        ];
        let pairs = [
            ("name", "Ada"),
            ("Commande", "42"),
            ("Sujet", "Lampe"),
            ("Précisions", "une\ndeux"),
        ];
        let pairs = pairs.map(|(asked, answer)| (asked.to_owned(), answer.to_owned()));
        assert_eq!(read(&given, true).unwrap(), pairs);
    }

    #[test]
    fn what_must_be_answered_is_and_what_is_too_long_or_no_choice_is_refused() {
        assert_eq!(read(&[("name", "Ada")], true), Err(RefusalCode::Empty));
        assert!(read(&[("name", "Ada")], false).is_ok());
        let long = "x".repeat(1_001);
        for (given, refusal) in [
            (("more", long.as_str()), RefusalCode::TooLong),
            (("about", "Chaise"), RefusalCode::Empty),
        ] {
            let given = [("name", "Ada"), ("order", "1"), given];
            assert_eq!(read(&given, true), Err(refusal), "{given:?}");
        }
    }
}

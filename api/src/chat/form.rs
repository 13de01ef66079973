//! The forms of a chat: what is asked of a visitor whom nobody knows before it, or of anybody instead of it while nobody can
//! answer; and what they answered.
//!
//! What must stay true: what was asked is kept with the answer, because the form may be another by the time an agent reads
//! it; and an answer is as short as a form of ours can make it, whatever a page sends.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecluse_adapters::storage::config_db::{FieldType, FormBody, FormPurpose};
use ecluse_engine::texts::Language;
use serde::Serialize;

use super::frames::RefusalCode;
use super::introduction::{EMAIL_MAX, NAME_MAX, looks_like_an_address, plain};
use super::session::BODY_CHARS_MAX;

/// The longest answer, in characters; and all answers together, with the message that is left.
const ANSWER_MAX: usize = 1_000;
const ANSWERS_MAX: usize = BODY_CHARS_MAX;

/// Fewer digits are no telephone number, however short the numbers of a country may be.
const PHONE_DIGITS_MIN: usize = 3;

const NAME: &str = "name";
const EMAIL: &str = "email";
const MESSAGE: &str = "message";

/// A form in a visitor's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    pub purpose: FormPurpose,
    /// Its name, for the agents. The usual form has none.
    pub name: Option<String>,
    pub title: Option<String>,
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
    /// What is left with a form for that.
    pub message: Option<String>,
    pub answers: Option<Answers>,
}

impl Form {
    /// What is asked where the channel names no form.
    #[must_use]
    pub fn usual(purpose: FormPurpose) -> Self {
        let field = |name: &str, kind| Field {
            name: name.to_owned(),
            label: String::new(),
            required: true,
            kind,
            choices: Vec::new(),
        };
        let mut fields = vec![field(NAME, "text"), field(EMAIL, "email")];
        match purpose {
            FormPurpose::Prechat => {}
            FormPurpose::LeaveMessage => fields.push(field(MESSAGE, "multiline")),
        }
        Self {
            purpose,
            name: None,
            title: None,
            intro: None,
            fields: fields.into(),
        }
    }

    /// A configured form.
    #[must_use]
    pub fn of(body: &FormBody, language: Language) -> Self {
        let fields = body.fields.iter().map(|field| Field {
            name: field.name.clone(),
            label: field.label.text(language).unwrap_or_default().to_owned(),
            required: field.required || is_message(body.purpose, &field.name),
            kind: word(field.kind),
            choices: field
                .choices
                .iter()
                .filter_map(|choice| choice.text(language))
                .map(str::to_owned)
                .collect(),
        });
        Self {
            purpose: body.purpose,
            name: Some(body.name.clone()),
            title: body.title.text(language).map(str::to_owned),
            intro: body.intro.text(language).map(str::to_owned),
            fields: fields.collect(),
        }
    }

    /// Reads what a page sends for this form: the name, the address, the message, and the other answers. With `required` every
    /// field that has to be filled must be.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(
        &self,
        given: &BTreeMap<String, String>,
        required: bool,
    ) -> Result<Given, RefusalCode> {
        let (mut read, mut answers) = (Given::default(), Vec::new());
        for field in self.fields.iter() {
            let given = given.get(&field.name).map_or("", String::as_str);
            let Some(answer) = field.answer(given, required, self.most(field))? else {
                continue;
            };
            match field.name.as_str() {
                NAME => read.name = Some(answer),
                EMAIL => read.email = Some(answer),
                name if is_message(self.purpose, name) => read.message = Some(answer),
                _ => answers.push((field.asked(), answer)),
            }
        }
        let all = answers.iter().map(|(_, answer)| answer);
        let lengths = all.chain(&read.message).map(|text| text.chars().count());
        if lengths.sum::<usize>() > ANSWERS_MAX {
            return Err(RefusalCode::TooLong);
        }
        let form = self.name.clone().filter(|_| !answers.is_empty());
        read.answers = form.map(|form| Answers { form, answers });
        Ok(read)
    }

    /// The longest answer to a field.
    fn most(&self, field: &Field) -> usize {
        match field.name.as_str() {
            NAME => NAME_MAX,
            EMAIL => EMAIL_MAX,
            name if is_message(self.purpose, name) => BODY_CHARS_MAX,
            _ => ANSWER_MAX,
        }
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

    fn answer(
        &self,
        given: &str,
        required: bool,
        most: usize,
    ) -> Result<Option<String>, RefusalCode> {
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
        if answer.chars().count() > most {
            return Err(RefusalCode::TooLong);
        }
        match self.kind {
            "email" if !looks_like_an_address(&answer) => Err(RefusalCode::InvalidEmail),
            "phone" if !looks_like_a_number(&answer) => Err(RefusalCode::InvalidPhone),
            "choice" if !self.choices.contains(&answer) => Err(RefusalCode::Empty),
            _ => Ok(Some(answer)),
        }
    }
}

/// The same rule as the page's: whether somebody answers there, only a call can tell.
fn looks_like_a_number(phone: &str) -> bool {
    let is_usual = |character: char| {
        character.is_ascii_digit() || character.is_whitespace() || "+().-/".contains(character)
    };
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    digits >= PHONE_DIGITS_MIN && phone.chars().all(is_usual)
}

/// Whether a field asks for what is left.
fn is_message(purpose: FormPurpose, field: &str) -> bool {
    match purpose {
        FormPurpose::Prechat => false,
        FormPurpose::LeaveMessage => field == MESSAGE,
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

    #[test]
    fn a_telephone_number_looks_like_one() {
        for (typed, good) in [
            ("+33 (0)6 12.34-56/78", true),
            ("112", true),
            ("06\u{a0}12\u{a0}34\u{a0}56\u{a0}78", true),
            ("12", false),
            ("+()", false),
            ("call me", false),
            ("0612345678 ext 3", false),
        ] {
            assert_eq!(looks_like_a_number(typed), good, "{typed}");
        }
        let field = |required| Field {
            name: "phone".to_owned(),
            label: String::new(),
            required,
            kind: "phone",
            choices: Vec::new(),
        };
        let answer = |typed: &str| field(false).answer(typed, true, ANSWER_MAX);
        assert_eq!(answer("call me"), Err(RefusalCode::InvalidPhone));
        assert_eq!(answer(" "), Ok(None));
        assert_eq!(answer(" 112 "), Ok(Some("112".to_owned())));
        assert_eq!(
            field(true).answer("", true, ANSWER_MAX),
            Err(RefusalCode::Empty)
        );
    }

    #[test]
    fn what_is_left_is_the_message_and_no_answer() {
        let body = serde_json::json!({
            "name": "After hours", "purpose": "leave_message", "title": { "en": "Write to us" },
            "fields": [
                { "name": "message", "type": "multiline", "label": { "en": "What is it about?" } },
                { "name": "order", "type": "text", "label": { "en": "Order" } },
            ],
        });
        let form = Form::of(&serde_json::from_value(body).unwrap(), Language::Fr);
        assert_eq!(form.title.as_deref(), Some("Write to us"));
        let read = |message: &str| {
            let given = [("message", message), ("order", "42")];
            let given = given.map(|(name, answer)| (name.to_owned(), answer.to_owned()));
            form.read(&given.into(), true)
        };
        let left = read(" Call me\nplease ").unwrap();
        assert_eq!(left.message.as_deref(), Some("Call me\nplease"));
        let answers = left.answers.unwrap().answers;
        assert_eq!(answers, [("Order".to_owned(), "42".to_owned())]);
        assert_eq!(read(" "), Err(RefusalCode::Empty), "it is always needed");
        let (fits, too_long) = ("é".repeat(4_094), "é".repeat(4_095));
        assert!(read(&fits).is_ok(), "a message may be as long as any other");
        assert_eq!(read(&too_long), Err(RefusalCode::TooLong), "with the rest");
    }

    #[test]
    fn a_message_is_left_with_a_name_and_an_address_where_no_form_is_chosen() {
        let form = Form::usual(FormPurpose::LeaveMessage);
        let fields = form.fields.iter();
        let fields: Vec<_> = fields
            .map(|field| (field.name.as_str(), field.kind, field.required))
            .collect();
        let expected = [
            ("name", "text", true),
            ("email", "email", true),
            ("message", "multiline", true),
        ];
        assert_eq!(fields, expected);
    }
}

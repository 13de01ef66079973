//! Who a visitor says to be. It proves nothing: it names the contact for the agents, and shows the visitor nothing.
//!
//! A visitor says it before the first message, when there is no contact to name yet, so it is kept until a message takes it
//! along. What must stay true: nothing that was acknowledged lacks it, and what is not recorded is either kept or refused.

use std::collections::BTreeMap;
use std::time::Duration;

use dashmap::DashMap;
use ecluse_engine::ids::KeyDigest;
use ecluse_engine::message::Timestamp;
use uuid::Uuid;

use super::form::{Answers, Form, Given};
use super::frames::RefusalCode;

/// Longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Longest e-mail address, in bytes (RFC 5321, 4.5.3.1.3, without its brackets).
pub const EMAIL_MAX: usize = 254;

/// How long a form without a message is kept after its page has gone.
const KEPT: Duration = Duration::from_secs(3_600);
/// Where there is no room, those stay whose pages were heard of within this: several of their pings.
const GONE: Duration = Duration::from_secs(180);
/// More forms than this are not taken; each takes sixteen kilobytes at the most.
const KEPT_MAX: usize = 4_000;

/// What a visitor typed in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introduction {
    pub name: Option<String>,
    /// Lower case, so that agents find the same address again.
    pub email: Option<String>,
    /// What else the form asked for.
    pub answers: Option<Filled>,
}

/// Answers, with an id by which giving them twice is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    pub id: Uuid,
    pub answers: Answers,
}

impl Introduction {
    /// Reads what was given for a form. With `required` every field that has to be filled must be.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(
        form: &Form,
        given: &BTreeMap<String, String>,
        required: bool,
    ) -> Result<Self, RefusalCode> {
        form.read(given, required).map(Self::of)
    }

    /// Who the visitor is, of what was given for a form.
    #[must_use]
    pub fn of(given: Given) -> Self {
        Self {
            name: given.name,
            email: given.email,
            answers: given.answers.map(|answers| Filled {
                id: Uuid::now_v7(),
                answers,
            }),
        }
    }

    /// How much there is of it, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let answers = self
            .answers
            .iter()
            .flat_map(|filled| &filled.answers.answers);
        let answers = answers.map(|(asked, answer)| asked.len() + answer.len());
        let known = [&self.name, &self.email].into_iter().flatten();
        known.map(String::len).chain(answers).sum()
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.email.is_none() && self.answers.is_none()
    }
}

/// One line without what no screen shows.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The same rule as the page's: whether mail arrives there, only mail can tell.
pub(super) fn looks_like_an_address(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else {
        return false;
    };
    let dotted = domain
        .split_once('.')
        .is_some_and(|(host, rest)| !host.is_empty() && !rest.is_empty());
    !local.is_empty() && dotted && !domain.contains('@') && !email.contains(char::is_whitespace)
}

/// Forms of visitors who have not written yet.
#[derive(Debug, Default)]
pub struct Introductions(DashMap<KeyDigest, (Introduction, Timestamp)>);

impl Introductions {
    /// Keeps a form until it is recorded, or its visitor is away for an hour. False if there are too many: it is not kept.
    #[must_use]
    pub fn keep(&self, visitor: KeyDigest, introduction: Introduction, now: Timestamp) -> bool {
        for age in [KEPT, GONE] {
            if self.0.len() >= KEPT_MAX {
                self.0.retain(|_, (_, at)| now.since(*at) < age);
            }
        }
        let has_room = self.0.len() < KEPT_MAX || self.has(visitor);
        if has_room {
            self.0.insert(visitor, (introduction, now));
        }
        has_room
    }

    /// The visitor is still there.
    pub fn renew(&self, visitor: KeyDigest, now: Timestamp) {
        if let Some(mut kept) = self.0.get_mut(&visitor) {
            kept.1 = now;
        }
    }

    /// The form that is kept.
    #[must_use]
    pub fn get(&self, visitor: KeyDigest) -> Option<Introduction> {
        self.0.get(&visitor).map(|kept| kept.0.clone())
    }

    /// Whether a form is kept.
    #[must_use]
    pub fn has(&self, visitor: KeyDigest) -> bool {
        self.0.contains_key(&visitor)
    }

    /// The form is recorded; one that was given after it stays.
    pub fn forget(&self, visitor: KeyDigest, recorded: &Introduction) {
        self.0.remove_if(&visitor, |_, (kept, _)| kept == recorded);
    }
}

#[cfg(test)]
mod tests {
    use ecluse_adapters::storage::config_db::FormPurpose;

    use super::*;

    #[test]
    fn a_form_is_read_as_people_fill_it() {
        use RefusalCode::{Empty, InvalidEmail, TooLong};
        let long = "é".repeat(101);
        let long_email = format!("{}@b.fr", "a".repeat(250));
        let both = |name: &str, email: &str| Ok((Some(name.to_owned()), Some(email.to_owned())));
        let rows = [
            (
                Some(" Ada\n"),
                Some("Ada@Example.FR "),
                true,
                both("Ada", "ada@example.fr"),
            ),
            (Some("Ada"), None, true, Err(Empty)),
            (Some("  "), Some("a@b.fr"), true, Err(Empty)),
            (None, None, true, Err(Empty)),
            (None, None, false, Ok((None, None))),
            (Some("Ada"), None, false, Ok((Some("Ada".to_owned()), None))),
            (Some(long.as_str()), Some("a@b.fr"), true, Err(TooLong)),
            (Some("Ada"), Some(long_email.as_str()), true, Err(TooLong)),
            (Some("Ada"), Some("ada"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("ada@localhost"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("@b.fr"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("a@b@c.fr"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("a b@c.fr"), true, Err(InvalidEmail)),
            (Some("Ada"), Some("a@.fr"), true, Err(InvalidEmail)),
        ];
        for (name, email, required, expected) in rows {
            let given = [("name", name), ("email", email)]
                .into_iter()
                .filter_map(|(field, answer)| Some((field.to_owned(), answer?.to_owned())))
                .collect();
            let read = Introduction::read(&Form::usual(FormPurpose::Prechat), &given, required);
            assert_eq!(
                read.map(|read| (read.name, read.email)),
                expected,
                "{name:?} {email:?}"
            );
        }
    }

    #[test]
    fn forms_are_kept_for_an_hour_and_never_without_end() {
        let kept = Introductions::default();
        let form = Introduction {
            name: Some("Ada".to_owned()),
            email: None,
            answers: None,
        };
        let digest = |number: usize| KeyDigest((number as u128).to_be_bytes());
        for number in 0..KEPT_MAX + 5 {
            let is_kept = kept.keep(digest(number), form.clone(), Timestamp(0));
            assert_eq!(is_kept, number < KEPT_MAX, "{number}: the first ones stay");
        }
        assert!(!kept.has(digest(KEPT_MAX)));
        let corrected = Introduction {
            email: Some("ada@b.fr".to_owned()),
            ..form.clone()
        };
        assert!(kept.keep(digest(1), corrected.clone(), Timestamp(0)));
        let later = Timestamp(0).plus(KEPT);
        kept.renew(digest(0), later);
        assert!(kept.keep(digest(KEPT_MAX), form.clone(), later));
        assert!(
            kept.has(digest(0)) && !kept.has(digest(1)),
            "those make room whose visitors are gone"
        );
        kept.forget(digest(KEPT_MAX), &corrected);
        assert_eq!(
            kept.get(digest(KEPT_MAX)),
            Some(form.clone()),
            "it is another"
        );
        kept.forget(digest(KEPT_MAX), &form);
        assert_eq!(kept.get(digest(KEPT_MAX)), None);
    }
}

//! Checks that several resources share: names, texts in two languages, operation times, addresses of mail.

use ecluse_engine::hours::Hours;
use ecluse_engine::texts::Localized;

use super::bounds;
use super::violation::Violation;
use crate::email::MailAddress;

/// The longest name of anything.
pub(super) const NAME_LENGTH_MAX: usize = 100;
/// The longest path of an e-mail (RFC 5321, 4.5.3.1.3, without the brackets).
const EMAIL_LENGTH_MAX: usize = 254;
/// Windows of all weekdays together.
const OPEN_DAYS_MAX: usize = 70;
const DESCRIPTION_LENGTH_MAX: usize = 200;

pub(super) fn too_long(field: impl Into<String>, limit: usize) -> Violation {
    Violation::new(field, "too_long", format!("at most {limit} characters")).at_most(limit)
}

pub(super) fn required(field: impl Into<String>) -> Violation {
    Violation::new(field, "required", "must not be empty")
}

pub(super) fn out_of_range(
    field: impl Into<String>,
    range: &std::ops::RangeInclusive<u32>,
) -> Violation {
    let message = format!("from {} to {}", range.start(), range.end());
    Violation::new(field, "out_of_range", message).within(range)
}

/// More items than there may be; `what` is what they are called.
pub(super) fn too_many(field: impl Into<String>, limit: usize, what: &str) -> Violation {
    Violation::new(field, "too_many", format!("at most {limit} {what}")).at_most(limit)
}

/// Trims a name, which must be there.
pub(super) fn check_name(name: &mut String) -> Option<Violation> {
    *name = name.trim().to_owned();
    if name.is_empty() {
        return Some(required("name"));
    }
    if name.chars().count() > NAME_LENGTH_MAX {
        return Some(too_long("name", NAME_LENGTH_MAX));
    }
    check_visible("name", name)
}

/// Refuses what nobody sees in a text of one line, and what lets it pass for another one.
pub(super) fn check_visible(field: &str, text: &str) -> Option<Violation> {
    let message = "no line breaks, control characters or changes of the writing's direction";
    let is_hidden = text.chars().any(|c| c.is_control() || breaks_or_turns(c));
    is_hidden.then(|| Violation::new(field, "invalid_characters", message))
}

/// Separators of lines and paragraphs; embeddings, overrides and isolates of UAX #9.
const fn breaks_or_turns(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Trims a text in both languages; an empty one is none.
pub(super) fn check_text(
    field: &str,
    text: &mut Localized,
    limit: usize,
    violations: &mut Vec<Violation>,
) {
    for (language, text) in text.texts_mut() {
        *text = text
            .take()
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty());
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > limit)
        {
            violations.push(too_long(format!("{field}.{}", language.as_str()), limit));
        }
    }
}

/// A text that must be there in one language at least.
pub(super) fn check_needed_text(
    field: &str,
    text: &mut Localized,
    limit: usize,
    violations: &mut Vec<Violation>,
) {
    check_text(field, text, limit, violations);
    if text.is_empty() {
        let message = "must have a text in one language at least";
        violations.push(Violation::new(field, "required", message));
    }
}

pub(super) fn check_hours(field: &str, hours: &mut Hours, violations: &mut Vec<Violation>) {
    if hours.open_days.len() > OPEN_DAYS_MAX {
        let field = format!("{field}.open_days");
        violations.push(too_many(field, OPEN_DAYS_MAX, "windows"));
    }
    if hours.closed_dates.len() > bounds::CLOSED_DATES_MAX {
        let field = format!("{field}.closed_dates");
        violations.push(too_many(field, bounds::CLOSED_DATES_MAX, "ranges"));
    }
    for (index, date) in hours.closed_dates.iter_mut().enumerate() {
        let field = format!("{field}.closed_dates[{index}]");
        date.description = date.description.trim().to_owned();
        if date.description.chars().count() > DESCRIPTION_LENGTH_MAX {
            violations.push(too_long(
                format!("{field}.description"),
                DESCRIPTION_LENGTH_MAX,
            ));
        }
        if date.from >= date.to {
            let message = "must be after the beginning";
            violations.push(Violation::new(format!("{field}.to"), "not_after", message));
        }
    }
}

/// What all spellings of one e-mail address have in common. What is none stays as it is, in lower case.
#[must_use]
pub fn email_key(email: &str) -> String {
    let address = MailAddress::parse(email);
    address.map_or_else(|| email.trim().to_lowercase(), |address| address.key())
}

/// Whether mail arrives there is for the mail to tell; this keeps out what the mailer takes for no address.
fn is_email(email: &str) -> bool {
    MailAddress::parse(email).is_some_and(|address| {
        email.len() <= EMAIL_LENGTH_MAX && address.to_string().len() <= EMAIL_LENGTH_MAX
    })
}

pub(super) fn check_email(field: &str, email: &str) -> Option<Violation> {
    if email.is_empty() {
        return Some(required(field));
    }
    (!is_email(email)).then(|| Violation::new(field, "invalid_email", "is not an e-mail address"))
}

#[cfg(test)]
mod tests {
    use super::super::person::PersonDraft;
    use super::*;
    use ecluse_engine::configuration::Role;

    #[test]
    fn a_name_has_nothing_in_it_that_nobody_sees() {
        for (name, is_good) in [
            ("Zoé «O’Neil» 👩\u{200d}💻 (2)", true),
            ("שלום", true),
            ("a\u{0}b", false),
            ("a\nb", false),
            ("a\u{85}b", false),
            ("a\u{2028}b", false),
            ("a\u{202e}b", false),
            ("a\u{2066}b", false),
        ] {
            let refused = check_name(&mut name.to_owned());
            let code = refused.map(|refused| refused.code);
            let expected = (!is_good).then_some("invalid_characters");
            assert_eq!(code, expected, "{name:?}");
            let mut person = PersonDraft::new(name, "ada@example.com", Role::Agent);
            let found = person.check();
            let codes: Vec<_> = found.iter().map(|found| found.code).collect();
            assert_eq!(codes, Vec::from_iter(expected), "{name:?}");
        }
    }
}

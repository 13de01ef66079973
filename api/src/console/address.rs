//! Addresses as people read them: phone numbers in groups, domains in the script of their people.
//!
//! What must stay true: what is shown leads back to what is stored, and to nothing else.

use std::borrow::Cow;

use ecluse_adapters::sms::number::PhoneNumber;

/// How a label begins that stands for one of another script (RFC 5890, 2.3.1).
const ENCODED: &str = "xn--";

/// An E.164 number in its country's groups, as `+33 6 39 98 00 01`; else as [`domains`] shows it.
#[must_use]
pub fn readable(text: &str) -> Cow<'_, str> {
    match text
        .starts_with('+')
        .then(|| PhoneNumber::parse(text, None))
    {
        Some(Ok(number)) => Cow::Owned(number.international()),
        Some(Err(_)) | None => domains(text),
    }
}

/// Hosts in the script of their people, wherever they stand in the text; anything else as it is. URLs are there to be copied,
/// and stay whole.
#[must_use]
pub fn domains(text: &str) -> Cow<'_, str> {
    if !text.contains(ENCODED) || text.contains("://") {
        return Cow::Borrowed(text);
    }
    let part = |part: &str| {
        let label = part.trim_end_matches(ends_label);
        let end = &part[label.len()..];
        match decoded(label).filter(|_| end != "@") {
            Some(shown) => shown + end,
            None => part.to_owned(),
        }
    };
    Cow::Owned(text.split_inclusive(ends_label).map(part).collect())
}

fn ends_label(c: char) -> bool {
    !(c.is_alphanumeric() || c == '-')
}

/// The label in its script, unless it would be taken for another one.
fn decoded(label: &str) -> Option<String> {
    if !label.starts_with(ENCODED) {
        return None;
    }
    let (shown, found) = idna::domain_to_unicode(label);
    found.ok()?;
    let leads_back = idna::domain_to_ascii(&shown).is_ok_and(|back| back == label);
    (leads_back && !is_mixed(&shown)).then_some(shown)
}

/// Whether Greek or Cyrillic letters stand among Latin ones, for which they are easily taken.
fn is_mixed(label: &str) -> bool {
    let is_lookalike = |c: char| matches!(c, '\u{370}'..='\u{52f}' | '\u{1f00}'..='\u{1fff}');
    label.chars().any(|c| c.is_ascii_alphabetic()) && label.chars().any(is_lookalike)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_grouped_and_nothing_else_is_touched() {
        assert_eq!(readable("+33639980001"), "+33 6 39 98 00 01");
        assert_eq!(readable("+15550783881"), "+1 555-078-3881");
        for text in ["www.example.fr", "33639980001", "+33 6", ""] {
            assert_eq!(readable(text), text);
        }
    }

    #[test]
    fn a_domain_reads_in_its_script_wherever_it_stands() {
        for (stored, shown) in [
            ("xn--mnchen-3ya.example", "münchen.example"),
            ("*.xn--bcher-kva.example", "*.bücher.example"),
            ("mail.xn--80a1acny.xn--p1ai:993", "mail.почта.рф:993"),
            ("contact@xn--mnchen-3ya.example", "contact@münchen.example"),
            (
                "(xn--mnchen-3ya.example: timed out)",
                "(münchen.example: timed out)",
            ),
        ] {
            assert_eq!(readable(stored), shown);
            assert_eq!(readable(shown), shown, "it is shown once");
        }
    }

    #[test]
    fn what_would_be_taken_for_another_name_stays_as_it_is_stored() {
        let mixed = idna::domain_to_ascii("\u{430}pple.example").unwrap();
        assert!(mixed.starts_with(ENCODED));
        for text in [
            mixed.as_str(),
            "xn--a",
            "xn--mnchen-3ya-.example",
            "XN--mnchen-3ya.example",
            "xn--mnchen-3ya@example.org",
            "https://xn--mnchen-3ya.example/xn--mnchen-3ya",
        ] {
            assert_eq!(readable(text), text);
        }
    }
}

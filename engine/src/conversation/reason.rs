//! Why nobody answers at this time, in the text that says so.
//!
//! What must stay true: the reason that is told is the one that the same entry records.

use crate::message::{Fact, Opened};

/// Where the reason stands in the text.
const PLACEHOLDER: &str = "{reason}";

/// The reason that the facts so far record, if there is one.
pub(super) fn recorded(facts: &[Fact]) -> Option<&str> {
    let outside_hours = facts.iter().rev().find_map(|fact| match fact {
        Fact::Opened(Opened { outside_hours, .. })
        | Fact::Reopened { outside_hours, .. }
        | Fact::Requeued { outside_hours, .. } => outside_hours.as_deref(),
        _ => None,
    });
    outside_hours?.closed_date.as_deref()
}

/// The text with the reason, then without it for a channel that cannot carry as much. A text that has no place for the
/// reason has it below.
pub(super) fn told(text: &str, reason: Option<&str>) -> Vec<String> {
    let with = reason.map(|reason| match text.contains(PLACEHOLDER) {
        true => text.replace(PLACEHOLDER, reason),
        false => format!("{text}\n{reason}"),
    });
    let told = with.into_iter().chain([without(text)]);
    told.filter(|body| !body.is_empty()).collect()
}

/// The text without the places for a reason, and without what leads to one.
fn without(text: &str) -> String {
    let mut parts = text.split(PLACEHOLDER);
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told.truncate(told.trim_end_matches(leads_to_it).len());
        let is_first = told.is_empty();
        told.push_str(match is_first {
            true => part.trim_start_matches(leads_to_it),
            false => part,
        });
    }
    told
}

fn leads_to_it(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, ':' | ',' | '-' | '–' | '—')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_stands_where_the_text_has_its_place_else_below() {
        let table = [
            ("Closed: {reason}.", "Closed: Noël."),
            ("{reason} ({reason})", "Noël (Noël)"),
            ("Closed", "Closed\nNoël"),
            ("{reason}", "Noël"),
        ];
        for (text, expected) in table {
            assert_eq!(told(text, Some("Noël"))[0], expected, "{text}");
        }
    }

    #[test]
    fn without_a_reason_what_leads_to_it_is_not_said() {
        let table = [
            ("Closed", "Closed"),
            ("Closed: {reason}.", "Closed."),
            ("Fermé\u{a0}: {reason}", "Fermé"),
            (
                "Closed.\n\n{reason}\n\nUntil Monday",
                "Closed.\n\nUntil Monday",
            ),
            ("{reason}: closed", "closed"),
            ("- closed", "- closed"),
        ];
        for (text, expected) in table {
            assert_eq!(told(text, None), [expected], "{text}");
        }
        assert!(told("{reason}", None).is_empty());
    }
}

//! What a server said of an application, for a person at a terminal.

use serde_json::Value;

use super::documents::Source;
use crate::config_file::{Applied, ChangedField, Outcome};

/// What changed, or would.
pub(super) type Told = Applied;

impl Applied {
    /// How many resources go.
    pub(super) fn deletions(&self) -> usize {
        self.count(Outcome::Deleted) + self.count(Outcome::PendingDeletion)
    }

    fn count(&self, outcome: Outcome) -> usize {
        let same = self
            .changes
            .iter()
            .filter(|change| change.outcome == outcome);
        same.count()
    }
}

/// A line for each change, one for each field below it, and a sum. What is new is told in full before it is there.
pub(super) fn lines(told: &Told) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &told.changes {
        let sign = match change.outcome {
            Outcome::Created => '+',
            Outcome::Changed => '~',
            Outcome::Deleted | Outcome::PendingDeletion => '-',
            Outcome::StillNeeded => '=',
            Outcome::Unchanged => continue,
        };
        let end = match change.outcome {
            Outcome::PendingDeletion => " (works until the end of the month)",
            Outcome::StillNeeded => {
                " (a channel that works until the end of the month needs it; prune again then)"
            }
            _ => "",
        };
        let name = format!("{} {}", change.resource, change.key);
        lines.push(format!("{sign} {}{end}", name.trim()));
        let is_new = change.outcome == Outcome::Created;
        let fields = change.fields.iter().filter(|_| told.dry_run || !is_new);
        lines.extend(fields.map(|field| match is_new {
            true => new_line(field),
            false => field_line(field),
        }));
    }
    let would = if told.dry_run { "would be " } else { "" };
    lines.push(format!(
        "{} {would}added, {} changed, {} deleted, {} as they were",
        told.count(Outcome::Created),
        told.count(Outcome::Changed),
        told.deletions(),
        told.count(Outcome::Unchanged)
    ));
    lines
}

fn new_line(field: &ChangedField) -> String {
    match &field.after {
        None => format!("    {}: a secret", field.field),
        Some(value) => format!("    {}: {value}", field.field),
    }
}

fn field_line(field: &ChangedField) -> String {
    let shown = |value: &Option<Value>| match value {
        None => "nothing".to_owned(),
        Some(value) => value.to_string(),
    };
    match (&field.before, &field.after) {
        (None, None) => format!("    {}: another secret", field.field),
        (before, after) => format!("    {}: {} → {}", field.field, shown(before), shown(after)),
    }
}

/// A problem document, with the files and documents that its fields stand in.
pub(super) fn refusal(problem: &Value, sources: &[Source]) -> String {
    let text = |member: &str| problem[member].as_str().unwrap_or_default();
    let mut lines = vec![match text("title") {
        "" => "the server's answer cannot be understood".to_owned(),
        title => format!("nothing was changed: {title}"),
    }];
    let errors = problem["errors"].as_array();
    for error in errors.into_iter().flatten() {
        let field = error["field"].as_str().unwrap_or_default();
        let message = error["message"].as_str().unwrap_or_default();
        let hint = hint(field, message, sources);
        let message = named(message, sources);
        lines.push(format!("  {}: {message}{hint}", place(field, sources)));
    }
    if errors.is_none_or(Vec::is_empty) {
        lines.extend(text("detail").split("; ").map(|line| detail(line, sources)));
    }
    lines.push(text("remedy").to_owned());
    lines.join("\n")
}

/// A message, with the file's place where it begins with `documents[1] `.
fn named(message: &str, sources: &[Source]) -> String {
    match message.split_once(' ') {
        Some((field, rest)) if field.starts_with("documents[") => {
            format!("{} {rest}", place(field, sources))
        }
        _ => message.to_owned(),
    }
}

/// What helps where YAML took for a number what is meant as a text.
fn hint(field: &str, message: &str, sources: &[Source]) -> &'static str {
    let is_json = source(field, sources).is_some_and(|(source, _)| {
        let extension = source.file.extension();
        extension.is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
    });
    let is_of_a_scalar = ["integer", "number", "boolean"]
        .iter()
        .any(|kind| message.starts_with(&format!("invalid type: {kind}")));
    let wants_a_text =
        message == "must be a text" || (is_of_a_scalar && message.ends_with(", expected a string"));
    if wants_a_text && !is_json {
        "; put it in quotes"
    } else {
        ""
    }
}

/// A sentence, with the file's place where it begins with `documents[1] (channel shop): `.
fn detail(sentence: &str, sources: &[Source]) -> String {
    let located = sentence.split_once(" (").and_then(|(field, rest)| {
        let (_, rest) = rest.split_once("): ")?;
        field.starts_with("documents[").then_some((field, rest))
    });
    match located {
        Some((field, rest)) => format!("  {}: {rest}", place(field, sources)),
        None => format!("  {sentence}"),
    }
}

/// `shop.yaml, document 2 (channel shop), destination.queue` for `documents[1].destination.queue`.
fn place(field: &str, sources: &[Source]) -> String {
    let Some((source, below)) = source(field, sources) else {
        return field.to_owned();
    };
    let comma = if below.is_empty() { "" } else { ", " };
    format!(
        "{}, document {} ({}){comma}{below}",
        source.file.display(),
        source.number,
        source.name
    )
}

/// The document that a field is in, and the field's path there.
fn source<'s, 'f>(field: &'f str, sources: &'s [Source]) -> Option<(&'s Source, &'f str)> {
    let (index, below) = field.strip_prefix("documents[")?.split_once(']')?;
    let source = sources.get(index.parse::<usize>().ok()?)?;
    Some((source, below.trim_start_matches('.')))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config_file::Change;

    #[test]
    fn a_difference_reads_like_one() {
        let change = |key: &str, outcome, fields| Change {
            resource: "queue".to_owned(),
            key: key.to_owned(),
            outcome,
            fields,
        };
        let name = ChangedField {
            field: "name".to_owned(),
            before: Some(json!("Shop")),
            after: Some(json!("Boutique")),
        };
        let secret = ChangedField {
            field: "twilio.auth_token".to_owned(),
            before: None,
            after: None,
        };
        let new = ChangedField {
            field: "members".to_owned(),
            before: None,
            after: Some(json!(["ada"])),
        };
        let told = Applied {
            dry_run: true,
            changes: vec![
                change("new", Outcome::Created, vec![new, secret.clone()]),
                change("same", Outcome::Unchanged, vec![]),
                change("shop", Outcome::Changed, vec![name, secret]),
                change("old", Outcome::Deleted, vec![]),
                change("kept", Outcome::StillNeeded, vec![]),
            ],
        };
        assert_eq!(
            lines(&told),
            [
                "+ queue new",
                "    members: [\"ada\"]",
                "    twilio.auth_token: a secret",
                "~ queue shop",
                "    name: \"Shop\" → \"Boutique\"",
                "    twilio.auth_token: another secret",
                "- queue old",
                "= queue kept (a channel that works until the end of the month needs it; prune again then)",
                "1 would be added, 1 changed, 1 deleted, 1 as they were",
            ]
        );
    }

    #[test]
    fn a_number_in_place_of_a_text_is_to_be_quoted_in_yaml() {
        let source = |file: &str| Source {
            file: file.into(),
            number: 1,
            name: "agent ada".to_owned(),
        };
        let sources = [source("ada.yaml"), source("ada.json")];
        let problem = json!({"title": "Some fields cannot be accepted", "errors": [
            {"field": "documents[0].number", "message": "invalid type: integer `44`, expected a string"},
            {"field": "documents[1].number", "message": "invalid type: integer `44`, expected a string"},
            {"field": "documents[0].capacity", "message": "invalid type: string \"x\", expected a whole number"},
        ]});
        let text = refusal(&problem, &sources);
        assert_eq!(text.matches("put it in quotes").count(), 1, "{text}");
        assert!(
            text.contains(
                "number: invalid type: integer `44`, expected a string; put it in quotes"
            ),
            "{text}"
        );
    }

    #[test]
    fn a_refusal_names_the_file_and_the_document() {
        let sources = [Source {
            file: "shop.yaml".into(),
            number: 2,
            name: "channel shop".to_owned(),
        }];
        let problem = json!({"title": "Some fields cannot be accepted", "remedy": "Correct them.", "errors": [
            {"field": "documents[0].destination.queue", "message": "there is no queue with the key x"},
            {"field": "documents[9].key", "message": "documents[0] has this key already"},
        ]});
        let text = refusal(&problem, &sources);
        assert!(
            text.contains(
                "shop.yaml, document 2 (channel shop), destination.queue: there is no queue"
            ),
            "{text}"
        );
        assert!(
            text.contains(": shop.yaml, document 2 (channel shop) has this key already"),
            "{text}"
        );
        let problem = json!({"title": "The provider does not answer", "errors": [],
            "detail": "documents[0] (channel shop): Meta cannot be reached"});
        let text = refusal(&problem, &sources);
        assert!(
            text.contains("shop.yaml, document 2 (channel shop): Meta cannot be reached"),
            "{text}"
        );
    }
}

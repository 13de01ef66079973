//! What applying a file changes, in words that people and programs read.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What becomes of one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigChange)]
pub struct Change {
    /// `channel`, `queue`, `chatbot`, `form`, `sms_trunk`, `agent` or `settings`.
    pub resource: String,
    pub key: String,
    pub outcome: Outcome,
    /// Of a change: what is different. Of what is new: what it has, but for what is empty.
    pub fields: Vec<ChangedField>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConfigOutcome)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Created,
    Changed,
    Unchanged,
    Deleted,
    /// A WhatsApp channel, at the end of the month.
    PendingDeletion,
    /// It would be deleted, but a channel that goes at the end of the month needs it until then.
    StillNeeded,
}

/// One field that is different.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChangedField {
    pub field: String,
    /// `null` where there was nothing, and for secrets.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
}

impl ChangedField {
    /// A secret that is another.
    pub(super) const fn secret(field: String) -> Self {
        Self {
            field,
            before: None,
            after: None,
        }
    }
}

/// The leaves in which two views differ.
pub(super) fn fields(before: &Value, after: &Value) -> Vec<ChangedField> {
    let mut fields = Vec::new();
    compare("", Some(before), Some(after), &mut fields);
    fields
}

fn compare(
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    fields: &mut Vec<ChangedField>,
) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(before)), Some(Value::Object(after))) = (before, after) {
        let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (before, after) = (before.get(name), after.get(name));
            compare(&below(path, name), before, after, fields);
        }
        return;
    }
    fields.push(ChangedField {
        field: path.to_owned(),
        before: before.cloned(),
        after: after.cloned(),
    });
}

/// The leaves of what is new, but for its key, what is empty, and whether it has secrets.
pub(super) fn added(view: &Value) -> Vec<ChangedField> {
    let mut fields = Vec::new();
    gather("", view, &mut fields);
    fields.retain(|field| field.field != "key");
    fields
}

fn gather(path: &str, value: &Value, fields: &mut Vec<ChangedField>) {
    match value {
        Value::Null => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Object(members) => {
            for (name, member) in members {
                if !name.starts_with("has_") {
                    gather(&below(path, name), member, fields);
                }
            }
        }
        leaf => fields.push(ChangedField {
            field: path.to_owned(),
            before: None,
            after: Some(leaf.clone()),
        }),
    }
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_different_is_told() {
        let before = json!({"name": "a", "email": {"port": 1, "host": "h"}, "list": [1]});
        let after =
            json!({"name": "a", "email": {"port": 2, "host": "h"}, "list": [1, 2], "new": true});
        let told: Vec<_> = fields(&before, &after)
            .into_iter()
            .map(|one| (one.field, one.before, one.after))
            .collect();
        assert_eq!(
            told,
            [
                ("email.port".to_owned(), Some(json!(1)), Some(json!(2))),
                ("list".to_owned(), Some(json!([1])), Some(json!([1, 2]))),
                ("new".to_owned(), None, Some(json!(true))),
            ]
        );
    }
}

//! Reads a list of documents: what each is about, and that none is there twice; pure.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::{ApiError, FieldError};
use crate::resources::Kind;

/// Documents that one request may carry.
const DOCUMENTS_MAX: usize = 20_000;

/// Where a document's resource comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Settings,
    One(Kind),
}

/// A document that was read.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) index: usize,
    pub(super) target: Target,
    pub(super) key: String,
    pub(super) body: Value,
}

/// Reads what every document has, and puts what is pointed to before what points.
///
/// # Errors
/// Every document that has no resource, no key or another one's.
pub(super) fn read(documents: Vec<Value>) -> Result<Vec<Document>, ApiError> {
    if documents.len() > DOCUMENTS_MAX {
        let message = "at most 20000 documents";
        return Err(ApiError::field("documents", "too_many", message));
    }
    let (mut found, mut errors, mut seen) = (Vec::new(), Vec::new(), HashMap::new());
    for (index, body) in documents.into_iter().enumerate() {
        match Document::read(index, body) {
            Err(refused) => errors.extend(refused),
            Ok(document) => {
                let name = (document.place(), document.key.clone());
                match seen.insert(name, index) {
                    Some(first) => errors.push(FieldError::new(
                        format!("documents[{index}].key"),
                        "taken",
                        format!("documents[{first}] has this key already"),
                    )),
                    None => found.push(document),
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::Validation(errors));
    }
    found.sort_by_key(Document::place);
    Ok(found)
}

fn refused(field: String, code: &str, message: &str) -> Vec<FieldError> {
    vec![FieldError::new(field, code, message)]
}

impl Document {
    fn read(index: usize, mut body: Value) -> Result<Self, Vec<FieldError>> {
        let field = |name: &str| match name {
            "" => format!("documents[{index}]"),
            name => format!("documents[{index}].{name}"),
        };
        let Value::Object(members) = &mut body else {
            let message = "must be an object";
            return Err(refused(field(""), "not_an_object", message));
        };
        let resource = members.remove("resource");
        let resource = resource
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default();
        let target = match resource {
            "settings" => Target::Settings,
            word => match Kind::ALL.iter().find(|kind| kind.as_str() == word) {
                Some(kind) => Target::One(*kind),
                None => {
                    let message =
                        "must be channel, queue, chatbot, form, sms_trunk, agent or settings";
                    return Err(refused(field("resource"), "unknown_value", message));
                }
            },
        };
        let key = match (target, members.get("key")) {
            (Target::Settings, _) => String::new(),
            (Target::One(_), Some(Value::String(key))) if !key.is_empty() => key.clone(),
            (Target::One(_), Some(Value::Number(_) | Value::Bool(_))) => {
                return Err(refused(field("key"), "invalid", "must be a text"));
            }
            (Target::One(_), _) => {
                let message = "is the author's own name for it, by which others point to it";
                return Err(refused(field("key"), "required", message));
            }
        };
        Ok(Self {
            index,
            target,
            key,
            body,
        })
    }

    /// Settings first, then the kinds in their order.
    fn place(&self) -> usize {
        match self.target {
            Target::Settings => 0,
            Target::One(kind) => 1 + Kind::ALL.iter().take_while(|other| **other != kind).count(),
        }
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        match self.target {
            Target::Settings => "settings".to_owned(),
            Target::One(kind) => format!("{} {}", kind.as_str(), self.key),
        }
    }
}

//! What files call what the API has ids for.

use std::collections::HashMap;

use serde_json::Value;

use super::plan::Item;
use super::references::visit;
use super::roster::Roster;
use crate::resources::Kind;

/// The keys of all that is there or will be, by ids.
pub(super) struct Keys(HashMap<String, String>);

impl Keys {
    /// Of what has another key by the file, the new one: it is the same before and after, and no difference of what points to it.
    pub(super) fn of(roster: &Roster, items: &[Item]) -> Self {
        let rows = Kind::ALL.into_iter().flat_map(|kind| roster.of(kind));
        let mut keys: HashMap<String, String> = rows
            .map(|row| (row.id.to_string(), row.key.clone()))
            .collect();
        keys.extend(
            items
                .iter()
                .map(|item| (item.id.to_string(), item.key.clone())),
        );
        Self(keys)
    }

    /// Puts keys where a view has ids.
    pub(super) fn put_in(&self, kind: Kind, view: &mut Value) {
        visit(kind, view, &mut |_, _, pointer| {
            if let Some(key) = pointer.as_str().and_then(|id| self.0.get(id)) {
                *pointer = Value::String(key.clone());
            }
        });
    }
}

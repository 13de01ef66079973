//! Which resource each document is about: the one with its key, else one under another key, else a new one.
//!
//! What must stay true: every key that was looked up is watched, because the plan stands on it.

use std::collections::{BTreeMap, HashMap, HashSet};

use ecluse_adapters::storage::config_db::RosterRow;
use ecluse_engine::ids::TenantId;
use serde_json::Value;
use uuid::Uuid;

use super::document::{Document, Target};
use super::holds;
use super::plan::Superfluous;
use super::references::visit;
use super::refusals::Named;
use super::roster::Roster;
use crate::error::{ApiError, FieldError};
use crate::resources::{Kind, Services};

/// A document whose resource was found.
pub(super) struct Found {
    pub(super) named: Named,
    pub(super) kind: Kind,
    pub(super) key: String,
    pub(super) body: Value,
    pub(super) id: Uuid,
    pub(super) before: Option<RosterRow>,
}

/// Which resource each document is about.
pub(super) struct Places {
    tenant: TenantId,
    roster: Roster,
    found: HashMap<(Kind, String), (Uuid, Option<RosterRow>)>,
    /// What no document names; nothing where nothing is deleted.
    unnamed: BTreeMap<Kind, Vec<RosterRow>>,
    /// What documents name by another key than it has.
    renamed: HashSet<Uuid>,
    pub(super) watched: BTreeMap<(Kind, String), Option<RosterRow>>,
    /// In their order, so that what is new keeps the order of the documents.
    new_ids: std::vec::IntoIter<Uuid>,
}

impl Places {
    /// Finds all resources but channels, which point to them and to which nothing points.
    pub(super) fn new(
        services: &Services,
        tenant: TenantId,
        roster: Roster,
        documents: &[Document],
        prunes: bool,
    ) -> Self {
        let named: HashSet<(Kind, &str)> = documents
            .iter()
            .filter_map(|document| match document.target {
                Target::One(kind) => Some((kind, document.key.as_str())),
                Target::Settings => None,
            })
            .collect();
        let unnamed = Kind::ALL.into_iter().filter(|_| prunes).map(|kind| {
            let rows = roster.of(kind);
            let rows = rows.filter(|row| !row.stays && !named.contains(&(kind, &row.key)));
            (kind, rows.cloned().collect())
        });
        let unnamed = unnamed.collect();
        let mut new_ids: Vec<Uuid> = documents.iter().map(|_| services.db.new_id()).collect();
        new_ids.sort_unstable();
        let mut places = Self {
            tenant,
            roster,
            found: HashMap::new(),
            unnamed,
            renamed: HashSet::new(),
            watched: BTreeMap::new(),
            new_ids: new_ids.into_iter(),
        };
        for document in documents {
            if let Target::One(kind) = document.target
                && kind != Kind::Channel
            {
                places.place(kind, &document.key, &document.body);
            }
        }
        places
    }

    /// The resource with the key, else one that no document names and that has what this one asks for, else a new one.
    fn place(&mut self, kind: Kind, key: &str, body: &Value) -> (Uuid, Option<RosterRow>) {
        let known = self.roster.get(kind, key).cloned();
        self.watched.insert((kind, key.to_owned()), known.clone());
        let row = known.or_else(|| self.take_renamed(kind, body));
        let id = row.as_ref().map(|row| row.id);
        let id = id.or_else(|| self.new_ids.next()).unwrap_or_default();
        self.found.insert((kind, key.to_owned()), (id, row.clone()));
        (id, row)
    }

    fn take_renamed(&mut self, kind: Kind, body: &Value) -> Option<RosterRow> {
        let rows = self
            .unnamed
            .get_mut(&kind)
            .filter(|rows| !rows.is_empty())?;
        let holds = holds::of_body(kind, body, self.tenant);
        let has = |row: &RosterRow| row.holds.iter().any(|held| holds.contains(held));
        let row = rows.remove(rows.iter().position(has)?);
        self.watched
            .insert((kind, row.key.clone()), Some(row.clone()));
        self.renamed.insert(row.id);
        Some(row)
    }

    pub(super) fn find(
        &mut self,
        named: Named,
        kind: Kind,
        key: String,
        mut body: Value,
    ) -> Result<Found, ApiError> {
        self.resolve(kind, &mut body)?;
        let placed = self.found.get(&(kind, key.clone())).cloned();
        let (id, before) = match placed {
            Some(placed) => placed,
            None => self.place(kind, &key, &body),
        };
        Ok(Found {
            named,
            kind,
            key,
            body,
            id,
            before,
        })
    }

    /// Puts ids where a document has keys.
    fn resolve(&mut self, kind: Kind, body: &mut Value) -> Result<(), ApiError> {
        let mut errors = Vec::new();
        visit(kind, body, &mut |target, path, pointer| {
            let key = pointer.as_str().unwrap_or_default().to_owned();
            match self.target(target, key) {
                Ok(id) => *pointer = Value::String(id.to_string()),
                Err(message) => errors.push(FieldError::new(path, "unknown_key", message)),
            }
        });
        match errors.is_empty() {
            true => Ok(()),
            false => Err(ApiError::Validation(errors)),
        }
    }

    fn target(&mut self, kind: Kind, key: String) -> Result<Uuid, String> {
        if let Some((id, _)) = self.found.get(&(kind, key.clone())) {
            return Ok(*id);
        }
        let word = kind.as_str();
        let row = self.roster.get(kind, &key).cloned();
        // Who was found under another key is no more to be had under this one.
        let Some(row) = row.filter(|row| !self.renamed.contains(&row.id)) else {
            return Err(format!("there is no {word} with the key {key}"));
        };
        let unnamed = self.unnamed.get(&kind);
        if unnamed.is_some_and(|rows| rows.iter().any(|one| one.id == row.id)) {
            return Err(format!(
                "the {word} {key} is in no document and would be deleted"
            ));
        }
        let id = row.id;
        self.watched.insert((kind, key), Some(row));
        Ok(id)
    }

    /// What is left without a document; what points comes first.
    pub(super) fn superfluous(&self) -> Vec<Superfluous> {
        let kinds = Kind::ALL.into_iter().rev();
        let rows = kinds.flat_map(|kind| {
            let rows = self.unnamed.get(&kind).into_iter().flatten();
            rows.map(move |row| (kind, row.clone()))
        });
        rows.map(|(kind, row)| Superfluous {
            kind,
            row,
            lets_go: false,
        })
        .collect()
    }
}

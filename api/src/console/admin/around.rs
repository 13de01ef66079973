//! The things around one: what it can point to, by id and name.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::console::admin::administrator::Administrator;
use crate::console::admin::installation::Installation;
use crate::console::backend::{Filter, Kind, Shown};
use crate::console::catalogue::Catalogue;
use crate::console::form::{Choice, Words};
use crate::error::ApiError;

/// What a page needs to know beside the thing that it is about.
#[derive(Debug)]
pub struct Around {
    lists: BTreeMap<Kind, BTreeMap<String, Arc<Shown>>>,
    /// The tenant's settings, as REST shows them; `null` where they are not needed.
    pub settings: Value,
    /// What this installation has of what the thing needs; `None` where that is not asked.
    pub installation: Option<Installation>,
    pub public_url: String,
    pub catalogue: &'static Catalogue,
}

impl Around {
    /// Reads the lists of `kinds`, and the settings.
    ///
    /// # Errors
    /// A list cannot be read.
    pub async fn load(admin: &Administrator, kinds: &[Kind]) -> Result<Self, ApiError> {
        let mut lists = BTreeMap::new();
        for kind in kinds {
            let listed = admin.backend.list(*kind, &Filter::default()).await?;
            let items = listed.items.into_iter();
            lists.insert(*kind, items.map(|item| (item.id.clone(), item)).collect());
        }
        Ok(Self {
            lists,
            settings: admin.backend.settings().await?.body,
            installation: None,
            public_url: admin.public_url.clone(),
            catalogue: admin.catalogue,
        })
    }

    /// Asks what this installation has for the channels of a company.
    ///
    /// # Errors
    /// The licence cannot be read.
    pub async fn ask_for(&mut self, admin: &Administrator, company: &str) -> Result<(), ApiError> {
        let licence = admin.backend.licence().await?;
        let unavailable = admin.backend.unavailable(company);
        self.installation = Some(Installation::new(licence, unavailable));
        Ok(())
    }

    /// A thing of a list.
    #[must_use]
    pub fn get(&self, kind: Kind, id: &str) -> Option<&Shown> {
        self.lists.get(&kind)?.get(id).map(AsRef::as_ref)
    }

    /// The name of a thing; `None` when there is none of that id.
    #[must_use]
    pub fn name(&self, kind: Kind, id: &str) -> Option<&str> {
        self.get(kind, id)?.body.get("name")?.as_str()
    }

    /// Every thing of a kind, by name.
    #[must_use]
    pub fn all(&self, kind: Kind) -> Vec<&Shown> {
        let mut all: Vec<&Shown> = self
            .lists
            .get(&kind)
            .into_iter()
            .flat_map(BTreeMap::values)
            .map(AsRef::as_ref)
            .collect();
        all.sort_by_cached_key(|shown| shown.name().to_lowercase());
        all
    }

    /// The things of a kind as choices; the values are their ids behind `tag`.
    #[must_use]
    pub fn choices(&self, kind: Kind, tag: &str) -> Vec<Choice> {
        let choice = |shown: &Shown| Choice::theirs(format!("{tag}{}", shown.id), shown.name());
        self.all(kind).into_iter().map(choice).collect()
    }

    /// People with their numbers.
    #[must_use]
    pub fn people(&self) -> Vec<Choice> {
        let choice = |shown: &Shown| {
            let choice = Choice::theirs(shown.id.clone(), shown.name());
            let number = shown.text("number");
            choice.detail(Words::Theirs(number.to_owned()))
        };
        self.all(Kind::Agent).into_iter().map(choice).collect()
    }

    #[must_use]
    pub fn text(&self, key: &'static str) -> String {
        self.catalogue.text(key).into_owned()
    }
}

impl Shown {
    /// A member that is a string; empty when it is not there.
    #[must_use]
    pub fn text(&self, member: &str) -> &str {
        self.body
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.text("name")
    }
}

//! What the console must know of one kind of thing to list it, to show its settings and to delete it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use super::administrator::Administrator;
use super::around::Around;
use super::cell::{Badge, Cell, Content};
use super::head::ActionView;
use super::list::{Asked, Column, FilterView};
use crate::console::backend::{Kind, Shown};
use crate::console::form::{Form, Key, Outcome};
use crate::error::ApiError;

/// The texts of a kind of thing, as keys of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Texts {
    pub title: Key,
    pub lead: Key,
    pub icon: &'static str,
    /// The button that adds one; `None` where none can be added.
    pub add: Option<Key>,
    pub empty: Key,
    pub empty_help: Key,
    /// `None` where none can be deleted.
    pub deletion: Option<Deletion>,
}

/// What is said before one is deleted.
#[derive(Clone, Copy, Debug)]
pub struct Deletion {
    /// With `$name`.
    pub question: Key,
    pub warning: Key,
    pub button: Key,
}

/// One thing, or one to be.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// `None` while it has not been saved.
    pub id: Option<&'a str>,
    pub value: &'a Value,
}

/// What a kind's own button did.
#[derive(Debug)]
pub enum Acted {
    /// It is shown beside the button.
    Outcome(Outcome),
    /// The value of the form changed.
    Value(Value),
    /// The thing itself changed; the word is what [`super::shell::Shell`] says of it.
    Done(&'static str),
    /// There is no such button.
    Unknown,
}

/// A deletion that is scheduled already, and the button that takes it back.
#[derive(Clone, Debug)]
pub struct Scheduled {
    pub said: String,
    pub lines: Vec<String>,
    /// A button of the thing's own page.
    pub command: &'static str,
    pub take_back: Key,
}

/// One kind of thing.
#[async_trait(?Send)]
pub trait Resource: Sync {
    fn kind(&self) -> Kind;
    /// Its part of the address: `/console/{slug}`.
    fn slug(&self) -> &'static str;
    fn texts(&self) -> Texts;

    /// What its pages need to know of other things.
    fn needs(&self) -> &'static [Kind] {
        &[]
    }

    /// The columns with words, as keys; behind them stand those of the buttons.
    fn columns(&self) -> &'static [Key];
    /// The columns of the buttons, as keys.
    fn buttons(&self) -> &'static [Key] {
        &["console-column-edit", "console-column-delete"]
    }
    /// A cell for each column.
    fn row(&self, item: &Shown, list: &Asked<'_>) -> Vec<Cell>;

    /// All columns, named.
    fn columns_of(&self, asked: &Asked<'_>) -> Vec<Column> {
        let named = |narrow: bool| {
            move |key: &Key| Column {
                label: asked.admin.text(key),
                narrow,
            }
        };
        let words = self.columns().iter().map(named(false));
        words
            .chain(self.buttons().iter().map(named(true)))
            .collect()
    }

    /// What else can be done at the head of the list.
    fn actions(&self, _admin: &Administrator) -> Vec<ActionView> {
        Vec::new()
    }

    fn filters(&self, _asked: &Asked<'_>) -> Vec<FilterView> {
        Vec::new()
    }

    /// Whether an item fits what the filters ask for.
    fn keeps(&self, _item: &Shown, _asked: &Asked<'_>) -> bool {
        true
    }

    /// The terms of a record's list, which the backend looks up.
    fn terms(&self, _query: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// One to be added; `None` when there is no such variant.
    fn blank(&self, _variant: Option<&str>) -> Option<Value> {
        None
    }

    /// What is taken of the numbers that are left empty: those of one to be added.
    fn usual(&self, value: &Value) -> Value {
        let variant = value.get("kind").and_then(Value::as_str);
        let blank = self.blank(None).or_else(|| self.blank(variant));
        blank.unwrap_or_default()
    }

    /// Its settings; `None` where it has none to change.
    fn form(&self, _around: &Around, _subject: Subject<'_>) -> Option<Form> {
        None
    }

    /// What the page of one that is to be added is called.
    fn new_title(&self, around: &Around, _value: &Value) -> String {
        self.texts()
            .add
            .map_or_else(String::new, |key| around.text(key))
    }

    /// Its name in titles.
    fn name(&self, _around: &Around, item: &Shown) -> String {
        item.name().to_owned()
    }

    /// Its name on the page that asks about its deletion.
    fn asked_about(&self, around: &Around, item: &Shown) -> String {
        self.name(around, item)
    }

    /// The company at which it is connected, where its page tells what that needs.
    fn company(&self, _value: &Value) -> Option<&'static str> {
        None
    }

    /// The icon of its channel, if it is one.
    fn channel(&self, _value: &Value) -> Option<&'static str> {
        None
    }

    /// How it does, beside its name.
    fn badges(&self, _around: &Around, _value: &Value) -> Vec<Badge> {
        Vec::new()
    }

    /// What its page says above the form.
    fn notices(&self, _around: &Around, _value: &Value) -> Vec<Badge> {
        Vec::new()
    }

    /// Whether saving a new one leads to its own page, and not back to the list.
    fn stays(&self) -> bool {
        false
    }

    /// What is shown this once after one was added: the member of the answer, and the texts around it.
    fn once(&self) -> Option<(&'static str, Key, Key)> {
        None
    }

    /// What is said instead of asking where its deletion is scheduled already.
    fn scheduled(&self, _around: &Around, _item: &Shown) -> Option<Scheduled> {
        None
    }

    /// What is said of one that was deleted and is kept for its history, with `$name`, and where it is known when, with `$at`.
    fn gone(&self, _item: &Shown) -> Option<[Key; 2]> {
        None
    }

    /// What is asked before it is deleted.
    async fn question(
        &self,
        admin: &Administrator,
        around: &Around,
        item: &Shown,
    ) -> Result<(String, Vec<String>), ApiError> {
        let texts = self.texts().deletion.ok_or(ApiError::NotFound)?;
        let name = self.name(around, item);
        let question = admin
            .catalogue
            .fill(texts.question, &[("name", name.into())]);
        Ok((question, vec![admin.text(texts.warning)]))
    }

    /// Completes what was typed with what is known elsewhere, such as the result of a sign-on.
    async fn complete(&self, _admin: &Administrator, _value: &mut Value) -> Result<(), ApiError> {
        Ok(())
    }

    /// The last change to a body that was made of `value`, before it is sent.
    fn finish(&self, _around: &Around, _value: &Value, _body: &mut Value) {}

    /// What a button of its own does; `body` is what would be saved.
    async fn act(
        &self,
        _admin: &Administrator,
        _subject: Subject<'_>,
        _command: (&str, &str),
        _body: Value,
    ) -> Result<Acted, ApiError> {
        Ok(Acted::Unknown)
    }
}

impl std::fmt::Debug for dyn Resource + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Resource({})", self.slug())
    }
}

/// The links to a thing's settings and to its deletion.
#[must_use]
pub fn edit_and_delete(asked: &Asked<'_>, slug: &str, id: &str, about: &str) -> [Cell; 2] {
    let link = |key: Key, href: String, icon: &'static str, danger: bool| {
        Content::Link {
            label: asked.admin.text(key),
            about: about.to_owned(),
            href,
            icon,
            danger,
        }
        .into()
    };
    let href = format!("/console/{slug}/{id}");
    [
        link("console-column-edit", href.clone(), "edit", false),
        link(
            "console-column-delete",
            format!("{href}/delete"),
            "trash",
            true,
        ),
    ]
}

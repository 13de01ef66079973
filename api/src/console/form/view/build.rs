//! How the sections and fields of a form become what is written as HTML.

use std::borrow::Cow;

use serde_json::Value;

use super::super::read::{is_of_use, name};
use super::super::value::{at, scalar};
use super::super::{Action, Block, Control, Field, Form, Line, Section, When, Words};
use super::refusals::Placed;
use super::{
    BlockKind, BlockView, ErrorView, FieldView, LineView, SectionView, Sight, WhenView, id_of,
};
use crate::console::assets;

/// Every section with its values, and every refusal with its field.
pub(super) fn build(form: &Form, sight: Sight<'_>) -> (Vec<SectionView>, Vec<ErrorView>) {
    let mut place = Place {
        sight,
        decisive: decisive(form),
        carried: carried(form),
        seen: seen(form, sight.value),
        filling: filling(form, sight.value),
        placed: Vec::new(),
        unseen: false,
        section: String::new(),
        rows: Vec::new(),
    };
    let sections = form.sections.iter().map(|section| place.section(section));
    let sections = sections.collect();
    (sections, place.summary())
}

/// The paths of what the page carries and does not show.
fn carried(form: &Form) -> Vec<&'static str> {
    let hidden = form
        .fields()
        .filter(|field| matches!(field.control, Control::Hidden));
    hidden.map(|field| field.path).collect()
}

/// The sections that are of use now.
fn in_use<'a>(form: &'a Form, value: &Value) -> impl Iterator<Item = &'a Section> {
    let sections = form.sections.iter();
    sections.filter(move |section| is_of_use(section.when, value))
}

/// The paths of what the page shows.
fn seen(form: &Form, value: &Value) -> Vec<&'static str> {
    let fields = in_use(form, value).flat_map(|section| &section.fields);
    let shown = fields.filter(|field| !matches!(field.control, Control::Hidden));
    shown.map(|field| field.path).collect()
}

/// The button that fills in what nobody can type.
fn filling<'a>(form: &'a Form, value: &Value) -> Option<&'a Action> {
    let mut blocks =
        in_use(form, value).flat_map(|section| section.lead.iter().chain(&section.tail));
    blocks.find_map(|block| match block {
        Block::Action(action) if !action.fills.is_empty() => Some(action),
        _ => None,
    })
}

/// The paths on which the sight of other fields depends.
fn decisive(form: &Form) -> Vec<&'static str> {
    let sections = form.sections.iter().filter_map(|section| section.when);
    let fields = form.fields().filter_map(|field| field.when);
    let lines = lines(form).filter_map(|line| line.when);
    let all = sections.chain(fields).chain(lines);
    all.map(|when| when.path).collect()
}

/// The lines of every note.
fn lines(form: &Form) -> impl Iterator<Item = &Line> {
    let sections = form.sections.iter();
    let blocks = sections.flat_map(|section| section.lead.iter().chain(&section.tail));
    let notes = blocks.filter_map(|block| match block {
        Block::Note { lines, .. } => Some(lines),
        _ => None,
    });
    notes.flatten()
}

/// Where the building of a form stands.
pub(super) struct Place<'a> {
    pub(super) sight: Sight<'a>,
    pub(super) decisive: Vec<&'static str>,
    pub(super) carried: Vec<&'static str>,
    pub(super) seen: Vec<&'static str>,
    pub(super) filling: Option<&'a Action>,
    /// The inputs that have been built: refusals are matched to them.
    pub(super) placed: Vec<Placed>,
    /// Whether the section that is being built is of no use now.
    unseen: bool,
    /// What the section that is being built is called.
    section: String,
    /// What the rows that are being built are called, the outermost first.
    pub(super) rows: Vec<String>,
}

impl Place<'_> {
    pub(super) fn say(&self, key: &'static str) -> String {
        self.sight.catalogue.text(key).into_owned()
    }

    pub(super) fn words(&self, words: &Words) -> String {
        match words {
            Words::Ours(key) => self.say(key),
            Words::Theirs(text) => text.clone(),
        }
    }

    fn section(&mut self, section: &Section) -> SectionView {
        let root = self.sight.value;
        self.unseen = !is_of_use(section.when, root);
        self.section = self.say(section.title);
        SectionView {
            id: section.id,
            title: self.say(section.title),
            help: section.help.map(|key| self.say(key)),
            lead: section.lead.iter().map(|block| self.block(block)).collect(),
            fields: self.fields(&section.fields, "", root),
            tail: section.tail.iter().map(|block| self.block(block)).collect(),
            hidden: !is_of_use(section.when, root),
            when: section.when.map(|when| when_view("", when)),
        }
    }

    fn block(&self, block: &Block) -> BlockView {
        BlockView {
            kind: self.block_kind(block),
            assets: assets::base(),
            catalogue: self.sight.catalogue,
        }
    }

    fn block_kind(&self, block: &Block) -> BlockKind {
        match block {
            Block::Note { title, lines } => BlockKind::Note {
                title: self.say(title),
                lines: lines.iter().map(|line| self.note_line(line)).collect(),
            },
            Block::Action(action) => BlockKind::Action {
                id: (!action.fills.is_empty()).then(|| id_of(&action.command)),
                outcome: self.beside(action),
                command: action.command.clone(),
                label: self.say(action.label),
                icon: action.icon,
                opens: action.opens,
            },
            Block::Window { label, href } => BlockKind::Window {
                label: self.say(label),
                href: href.clone(),
            },
            Block::Snippet { id, label, code } => BlockKind::Snippet {
                id,
                label: self.say(label),
                code: code.clone(),
            },
            Block::Preview { label, href } => BlockKind::Preview {
                label: self.say(label),
                href: href.clone(),
            },
            Block::TryOut => BlockKind::TryOut,
        }
    }

    fn note_line(&self, line: &Line) -> LineView {
        LineView {
            text: self.words(&line.words),
            met: line.met,
            hidden: !is_of_use(line.when, self.sight.value),
            when: line.when.map(|when| when_view("", when)),
        }
    }

    pub(super) fn fields(
        &mut self,
        fields: &[Field],
        prefix: &str,
        scope: &Value,
    ) -> Vec<FieldView> {
        fields
            .iter()
            .map(|field| self.field(field, prefix, scope))
            .collect()
    }

    fn field(&mut self, field: &Field, prefix: &str, scope: &Value) -> FieldView {
        let name = name(prefix, field.path);
        let label = self.say(field.label);
        let hidden = !is_of_use(field.when, scope);
        // A hidden input has nothing to show, and what a row leads to is refused at its parts.
        let id = match field.control {
            Control::OneOf { .. } | Control::Hidden => id_of(&name),
            Control::ReadOnly => self.place(&name, &label, (hidden, true)),
            _ => self.place(&name, &label, (hidden, false)),
        };
        FieldView {
            id,
            control: self.control(field, &name, prefix, scope),
            error: self.error(field, &name),
            label,
            help: field.help.map(|key| self.say(key)),
            required: field.required && !self.is_stored(field),
            hidden,
            when: field.when.map(|when| when_view(prefix, when)),
            size: field.size.class(),
            example: self.example(field),
            focus: false,
            again: self.again(field, &name),
            name,
            assets: assets::base(),
            catalogue: self.sight.catalogue,
        }
    }

    /// What an empty input shows: of a number, what is taken where none is given.
    fn example(&self, field: &Field) -> Cow<'static, str> {
        match field.control {
            Control::Number { .. } => scalar(at(self.sight.usual, field.path)).into(),
            _ => field.example.unwrap_or_default().into(),
        }
    }

    /// What is said of a secret that was typed, and is neither kept nor shown.
    fn again(&self, field: &Field, name: &str) -> Option<String> {
        let is_lost =
            matches!(field.control, Control::Secret { .. }) && self.sight.retype.contains(&name);
        is_lost.then(|| self.say("console-secret-again"))
    }

    /// Whether a secret is there already, so that nothing need be typed.
    fn is_stored(&self, field: &Field) -> bool {
        match field.control {
            Control::Secret { has } => at(self.sight.value, has) == Some(&Value::Bool(true)),
            _ => false,
        }
    }

    /// An id for an input; one value may be shown in two places.
    fn place(&mut self, name: &str, label: &str, (hidden, fixed): (bool, bool)) -> String {
        let again = self
            .placed
            .iter()
            .filter(|placed| placed.name == name)
            .count();
        let id = match again {
            0 => id_of(name),
            again => format!("{}-{}", id_of(name), again + 1),
        };
        self.placed.push(Placed {
            name: name.to_owned(),
            id: id.clone(),
            label: label.to_owned(),
            section: self.section.clone(),
            rows: self.rows.clone(),
            hidden: hidden || self.unseen,
            fixed,
        });
        id
    }
}

fn when_view(prefix: &str, when: When) -> WhenView {
    WhenView {
        name: name(prefix, when.path),
        any: when.any.join(" "),
    }
}

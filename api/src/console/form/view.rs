//! What a form looks like with its values: every text chosen, every input named, every refusal at its field.
//!
//! What must stay true: no value of a [`Control::Secret`] is ever read here.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::Value;

use super::read::{CHOSEN, chosen, is_of_use, name};
use super::value::{at, items, scalar};
use super::{Block, Choice, Control, Field, Form, Group, Section, Variant, WEEKDAYS, When, Words};
use crate::console::assets;
use crate::console::catalogue::Catalogue;
use crate::console::form::problems;
use crate::error::FieldError;

/// What a pressed button of the form came to, beside the button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub good: bool,
    pub text: String,
}

/// Outcomes by the command of their button.
pub type Outcomes = BTreeMap<String, Outcome>;

/// Everything that decides how a form looks.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    pub value: &'a Value,
    pub errors: &'a [FieldError],
    pub outcomes: &'a Outcomes,
    /// The row that has just been added; its first input gets the focus.
    pub fresh: Option<&'a str>,
    pub catalogue: &'static Catalogue,
}

/// A form, ready to be written as HTML.
#[derive(Debug)]
pub struct FormView {
    pub sections: Vec<SectionView>,
    pub errors: Vec<ErrorView>,
}

/// One line of the summary of what was refused.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorView {
    /// The input's id; without one the line is no link.
    pub id: Option<String>,
    pub label: String,
    pub text: String,
}

#[derive(Debug)]
pub struct SectionView {
    pub id: &'static str,
    pub title: String,
    pub help: Option<String>,
    pub lead: Vec<BlockView>,
    pub fields: Vec<FieldView>,
    pub tail: Vec<BlockView>,
    pub hidden: bool,
    pub when: Option<WhenView>,
}

/// Which input decides whether something is shown, and by which values.
#[derive(Debug)]
pub struct WhenView {
    pub name: String,
    pub any: String,
}

#[derive(Debug, Template)]
#[template(path = "console/block.html")]
pub struct BlockView {
    pub kind: BlockKind,
    assets: &'static str,
    catalogue: &'static Catalogue,
}

#[derive(Debug)]
pub enum BlockKind {
    Note {
        title: String,
        lines: Vec<String>,
    },
    Action {
        command: String,
        label: String,
        icon: &'static str,
        opens: bool,
        outcome: Option<Outcome>,
    },
    Window {
        label: String,
        href: String,
    },
    Snippet {
        label: String,
        code: String,
    },
    Preview {
        label: String,
        href: String,
    },
    TryOut,
}

#[derive(Debug, Template)]
#[template(path = "console/field.html")]
pub struct FieldView {
    pub id: String,
    pub name: String,
    pub label: String,
    pub help: Option<String>,
    pub error: Option<String>,
    pub required: bool,
    pub hidden: bool,
    pub when: Option<WhenView>,
    pub size: &'static str,
    pub example: &'static str,
    /// It gets the focus when the page opens.
    pub focus: bool,
    pub control: ControlView,
    assets: &'static str,
    catalogue: &'static Catalogue,
}

#[derive(Debug)]
pub enum ControlView {
    /// A single line; `kind` is the input's type.
    Input {
        kind: &'static str,
        value: String,
        mode: &'static str,
    },
    Number {
        value: String,
        min: i64,
        max: i64,
        unit: Option<String>,
    },
    Secret {
        has: bool,
        forget: bool,
    },
    Select {
        groups: Vec<GroupView>,
        none: Option<String>,
        /// Other fields depend on it, so that without scripts a button shows them.
        decides: bool,
    },
    Radio(Vec<ChoiceView>),
    Checks {
        choices: Vec<ChoiceView>,
        filter: String,
        count: usize,
    },
    Checkbox {
        checked: bool,
        decides: bool,
    },
    Color {
        value: String,
        own: bool,
        own_label: String,
    },
    Textarea {
        value: String,
        rows: u8,
    },
    Localized {
        fr: String,
        en: String,
        rows: u8,
    },
    Rows(RowsView),
    OneOf {
        id: String,
        name: String,
        variants: Vec<VariantView>,
    },
    Week(Vec<DayView>),
    ReadOnly {
        value: String,
    },
    Hidden {
        value: String,
    },
}

#[derive(Debug)]
pub struct GroupView {
    pub label: Option<String>,
    pub choices: Vec<ChoiceView>,
}

#[derive(Debug)]
pub struct ChoiceView {
    pub value: String,
    pub label: String,
    pub detail: Option<String>,
    pub chosen: bool,
}

#[derive(Debug)]
pub struct RowsView {
    pub rows: Vec<RowView>,
    pub add: String,
    pub none: String,
    pub ordered: bool,
    /// Rows of one input stand in one line.
    pub plain: bool,
    pub full: bool,
}

#[derive(Debug)]
pub struct RowView {
    pub id: String,
    pub name: String,
    pub key: usize,
    pub title: String,
    /// What is refused about the row as a whole.
    pub error: Option<String>,
    pub fields: Vec<FieldView>,
    pub first: bool,
    pub last: bool,
}

#[derive(Debug)]
pub struct VariantView {
    pub key: &'static str,
    pub label: String,
    pub chosen: bool,
    pub fields: Vec<FieldView>,
}

#[derive(Debug)]
pub struct DayView {
    pub name: String,
    pub id: String,
    pub label: String,
    pub windows: Vec<WindowView>,
}

#[derive(Debug)]
pub struct WindowView {
    pub key: usize,
    pub name: String,
    pub id: String,
    pub from: String,
    pub to: String,
    pub error: Option<String>,
    pub focus: bool,
}

/// The id of an input.
#[must_use]
pub fn id_of(name: &str) -> String {
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '-'
        }
    };
    format!("f-{}", name.chars().map(letter).collect::<String>())
}

impl FormView {
    /// The form with its values.
    #[must_use]
    pub fn new(form: &Form, sight: Sight<'_>) -> Self {
        let mut place = Place {
            sight,
            decisive: decisive(form),
            placed: Vec::new(),
            unseen: false,
            section: String::new(),
        };
        let sections: Vec<SectionView> = form
            .sections
            .iter()
            .map(|section| place.section(section))
            .collect();
        let mut view = Self {
            errors: place.summary(),
            sections,
        };
        if sight.fresh.is_none() {
            view.focus_first_error();
        }
        view
    }

    fn focus_first_error(&mut self) {
        let fields = self
            .sections
            .iter_mut()
            .flat_map(|section| &mut section.fields);
        for field in fields {
            if field.focus_if_refused() {
                return;
            }
        }
    }
}

impl FieldView {
    fn focus_if_refused(&mut self) -> bool {
        if self.hidden {
            return false;
        }
        if self.error.is_some() && !matches!(self.control, ControlView::Rows(_)) {
            self.focus = true;
            return true;
        }
        match &mut self.control {
            ControlView::Rows(rows) => rows
                .rows
                .iter_mut()
                .flat_map(|row| &mut row.fields)
                .any(Self::focus_if_refused),
            ControlView::OneOf { variants, .. } => variants
                .iter_mut()
                .filter(|variant| variant.chosen)
                .flat_map(|variant| &mut variant.fields)
                .any(Self::focus_if_refused),
            _ => false,
        }
    }

    fn is_group(&self) -> bool {
        matches!(
            self.control,
            ControlView::Radio(_)
                | ControlView::Checks { .. }
                | ControlView::Localized { .. }
                | ControlView::Rows(_)
                | ControlView::Week(_)
                | ControlView::Color { .. }
        )
    }

    /// The ids of what describes the input, for `aria-describedby`.
    fn described(&self) -> String {
        let help = self.help.as_ref().map(|_| format!("{}-help", self.id));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id));
        [error, help]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn text(&self, key: &'static str) -> std::borrow::Cow<'static, str> {
        self.catalogue.text(key)
    }
}

impl BlockView {
    fn text(&self, key: &'static str) -> std::borrow::Cow<'static, str> {
        self.catalogue.text(key)
    }
}

/// The paths on which the sight of other fields depends.
fn decisive(form: &Form) -> Vec<&'static str> {
    let sections = form.sections.iter().filter_map(|section| section.when);
    let fields = form.fields().filter_map(|field| field.when);
    sections.chain(fields).map(|when| when.path).collect()
}

/// Where the building of a form stands.
struct Place<'a> {
    sight: Sight<'a>,
    decisive: Vec<&'static str>,
    /// The inputs that have been built: refusals are matched to them.
    placed: Vec<Placed>,
    /// Whether the section that is being built is of no use now.
    unseen: bool,
    /// What the section that is being built is called.
    section: String,
}

struct Placed {
    name: String,
    id: String,
    label: String,
    section: String,
    hidden: bool,
}

impl Place<'_> {
    fn say(&self, key: &'static str) -> String {
        self.sight.catalogue.text(key).into_owned()
    }

    fn words(&self, words: &Words) -> String {
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
                lines: lines.iter().map(|line| self.say(line)).collect(),
            },
            Block::Action {
                command,
                label,
                icon,
                opens,
            } => BlockKind::Action {
                outcome: self.sight.outcomes.get(command).cloned(),
                command: command.clone(),
                label: self.say(label),
                icon,
                opens: *opens,
            },
            Block::Window { label, href } => BlockKind::Window {
                label: self.say(label),
                href: href.clone(),
            },
            Block::Snippet { label, code } => BlockKind::Snippet {
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

    fn fields(&mut self, fields: &[Field], prefix: &str, scope: &Value) -> Vec<FieldView> {
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
            _ => self.place(&name, &label, hidden),
        };
        FieldView {
            id,
            control: self.control(field, &name, prefix, scope),
            error: self.error(field, &name),
            label,
            help: field.help.map(|key| self.say(key)),
            required: field.required,
            hidden,
            when: field.when.map(|when| when_view(prefix, when)),
            size: field.size.class(),
            example: field.example.unwrap_or_default(),
            focus: false,
            name,
            assets: assets::base(),
            catalogue: self.sight.catalogue,
        }
    }

    /// An id for an input; one value may be shown in two places.
    fn place(&mut self, name: &str, label: &str, hidden: bool) -> String {
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
            hidden: hidden || self.unseen,
        });
        id
    }

    /// What is refused about a field. Where the parts of a value have no fields of their own, their refusals are its.
    fn error(&self, field: &Field, name: &str) -> Option<String> {
        if matches!(field.control, Control::OneOf { .. }) {
            return None;
        }
        let whole = matches!(
            field.control,
            Control::Localized { .. }
                | Control::Tagged { .. }
                | Control::MultiSelect { .. }
                | Control::Pairs { .. }
        );
        let errors = self.sight.errors.iter();
        let mut mine =
            errors.filter(|error| error.field == name || whole && is_below(&error.field, name));
        mine.next()
            .map(|error| problems::sentence(error, self.sight.catalogue))
    }

    fn control(&mut self, field: &Field, name: &str, prefix: &str, scope: &Value) -> ControlView {
        let value = at(scope, field.path);
        let decides = self.decisive.contains(&field.path);
        match &field.control {
            Control::Text => input("text", value, ""),
            Control::Email => input("email", value, "email"),
            Control::Url => input("url", value, "url"),
            Control::Tel => input("tel", value, "tel"),
            Control::DateTime => input("datetime-local", value, ""),
            Control::Number { min, max, unit } => ControlView::Number {
                value: scalar(value),
                min: *min,
                max: *max,
                unit: unit.map(|key| self.say(key)),
            },
            Control::Secret { has } => ControlView::Secret {
                has: at(self.sight.value, has) == Some(&Value::Bool(true)),
                forget: value.is_some_and(Value::is_null),
            },
            Control::Select { groups, none } => self.select(groups, *none, &scalar(value), decides),
            Control::Tagged { groups, none } => {
                self.select(groups, Some(none), &tagged(value), decides)
            }
            Control::Radio { choices } => {
                ControlView::Radio(self.choices(choices, &[scalar(value)]))
            }
            Control::MultiSelect { choices, filter } => self.checks(choices, filter, value),
            Control::Checkbox => ControlView::Checkbox {
                checked: value == Some(&Value::Bool(true)),
                decides,
            },
            Control::Color { usual, own } => ControlView::Color {
                own: value.is_some_and(Value::is_string),
                value: value.and_then(Value::as_str).unwrap_or(usual).to_owned(),
                own_label: self.say(own),
            },
            Control::Textarea { rows } => ControlView::Textarea {
                value: scalar(value),
                rows: *rows,
            },
            Control::Localized { rows } => ControlView::Localized {
                fr: scalar(value.and_then(|value| value.get("fr"))),
                en: scalar(value.and_then(|value| value.get("en"))),
                rows: *rows,
            },
            Control::Repeated { .. } => ControlView::Rows(self.rows(&field.control, name, value)),
            Control::OneOf { variants } => self.one_of(variants, name, prefix, scope),
            Control::Week => ControlView::Week(self.week(name, value)),
            Control::Pairs { rows } => ControlView::Textarea {
                value: pairs(value),
                rows: *rows,
            },
            Control::ReadOnly => ControlView::ReadOnly {
                value: scalar(value),
            },
            Control::Hidden => ControlView::Hidden {
                value: scalar(value),
            },
        }
    }

    fn select(
        &self,
        groups: &[Group],
        none: Option<&'static str>,
        value: &str,
        decides: bool,
    ) -> ControlView {
        let value = [value.to_owned()];
        let group = |group: &Group| GroupView {
            label: group.label.map(|key| self.say(key)),
            choices: self.choices(&group.choices, &value),
        };
        ControlView::Select {
            groups: groups.iter().map(group).collect(),
            none: none.map(|key| self.say(key)),
            decides,
        }
    }

    fn choices(&self, choices: &[Choice], chosen: &[String]) -> Vec<ChoiceView> {
        let one = |choice: &Choice| ChoiceView {
            label: self.words(&choice.label),
            detail: choice.detail.as_ref().map(|detail| self.words(detail)),
            chosen: chosen.contains(&choice.value),
            value: choice.value.clone(),
        };
        choices.iter().map(one).collect()
    }

    fn checks(
        &self,
        choices: &[Choice],
        filter: &'static str,
        value: Option<&Value>,
    ) -> ControlView {
        let chosen: Vec<String> = items(value).iter().map(|item| scalar(Some(item))).collect();
        let choices = self.choices(choices, &chosen);
        ControlView::Checks {
            filter: self.say(filter),
            count: choices.iter().filter(|choice| choice.chosen).count(),
            choices,
        }
    }

    fn rows(&mut self, control: &Control, name: &str, value: Option<&Value>) -> RowsView {
        let Control::Repeated {
            fields,
            add,
            row,
            none,
            rows_max,
            ordered,
        } = control
        else {
            return RowsView::none();
        };
        let items = items(value);
        let views = items
            .iter()
            .enumerate()
            .map(|(key, item)| self.row(fields, (name, row), (key, items.len()), item))
            .collect();
        RowsView {
            rows: views,
            add: self.say(add),
            none: self.say(none),
            ordered: *ordered,
            plain: fields.iter().all(|field| field.path.is_empty()),
            full: items.len() >= *rows_max,
        }
    }

    fn row(
        &mut self,
        fields: &[Field],
        (list, title): (&str, &'static str),
        (key, count): (usize, usize),
        item: &Value,
    ) -> RowView {
        let name = format!("{list}[{key}]");
        let mut fields = self.fields(fields, &name, item);
        if self.sight.fresh == Some(name.as_str())
            && let Some(first) = fields.iter_mut().find(|field| !field.hidden)
        {
            first.focus = true;
        }
        RowView {
            id: id_of(&name),
            title: format!("{} {}", self.say(title), key + 1),
            error: self.row_error(&name, &fields),
            first: key == 0,
            last: key + 1 == count,
            key,
            fields,
            name,
        }
    }

    /// Refused as a whole, unless the row is one input that says so itself.
    fn row_error(&self, name: &str, fields: &[FieldView]) -> Option<String> {
        if fields
            .iter()
            .any(|field| field.error.is_some() && field.name == name)
        {
            return None;
        }
        let error = self.sight.errors.iter().find(|error| error.field == name)?;
        Some(problems::sentence(error, self.sight.catalogue))
    }

    fn one_of(
        &mut self,
        variants: &[Variant],
        name: &str,
        prefix: &str,
        scope: &Value,
    ) -> ControlView {
        let kept = chosen(variants, scope).map(|variant| variant.key);
        let name = super::read::name(name, CHOSEN);
        let mut views = Vec::new();
        for variant in variants {
            views.push(VariantView {
                key: variant.key,
                label: self.say(variant.label),
                chosen: kept == Some(variant.key),
                fields: self.fields(&variant.fields, prefix, scope),
            });
        }
        ControlView::OneOf {
            id: id_of(&name),
            name,
            variants: views,
        }
    }

    fn week(&self, name: &str, value: Option<&Value>) -> Vec<DayView> {
        let windows: Vec<(usize, &Value)> = items(value).iter().enumerate().collect();
        let day = |(day, label): (&'static str, &'static str)| {
            let list = format!("{name}.{day}");
            let mut mine: Vec<WindowView> = windows
                .iter()
                .filter(|(_, window)| window.get("day").and_then(Value::as_str) == Some(day))
                .enumerate()
                .map(|(key, (place, window))| self.window(&list, key, (name, *place), window))
                .collect();
            if mine.is_empty() {
                mine.push(self.window(&list, 0, (name, usize::MAX), &Value::Null));
            }
            DayView {
                id: id_of(&list),
                name: list,
                label: self.say(label),
                windows: mine,
            }
        };
        WEEKDAYS.into_iter().map(day).collect()
    }

    fn window(
        &self,
        list: &str,
        key: usize,
        (whole, place): (&str, usize),
        window: &Value,
    ) -> WindowView {
        let name = format!("{list}[{key}]");
        let refused = format!("{whole}[{place}]");
        let mut errors = self.sight.errors.iter();
        let error = errors.find(|error| error.field == refused || is_below(&error.field, &refused));
        WindowView {
            id: id_of(&name),
            key,
            from: scalar(window.get("from")),
            to: scalar(window.get("to")),
            error: error.map(|error| problems::sentence(error, self.sight.catalogue)),
            focus: self.sight.fresh == Some(name.as_str()),
            name,
        }
    }

    /// The last and so the innermost input that can be seen.
    fn holder(&self, is: impl Fn(&Placed) -> bool) -> Option<&Placed> {
        self.placed
            .iter()
            .rev()
            .find(|placed| !placed.hidden && is(placed))
    }

    /// An input's label, with its section where another section has one of the same label.
    fn called(&self, placed: &Placed) -> String {
        let mut others = self.placed.iter().filter(|other| !other.hidden);
        if others.any(|other| other.label == placed.label && other.section != placed.section) {
            format!("{}, {}", placed.section, placed.label)
        } else {
            placed.label.clone()
        }
    }

    /// Each refusal once, as a link to its field where it has one.
    fn summary(&self) -> Vec<ErrorView> {
        let line = |error: &FieldError| {
            let exact = self.holder(|placed| placed.name == error.field);
            let found =
                exact.or_else(|| self.holder(|placed| is_below(&error.field, &placed.name)));
            ErrorView {
                id: found.map(|placed| placed.id.clone()),
                label: found.map_or_else(|| error.field.clone(), |placed| self.called(placed)),
                text: problems::sentence(error, self.sight.catalogue),
            }
        };
        let mut lines: Vec<ErrorView> = Vec::new();
        for line in self.sight.errors.iter().map(line) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines
    }
}

impl RowsView {
    fn none() -> Self {
        Self {
            rows: Vec::new(),
            add: String::new(),
            none: String::new(),
            ordered: false,
            plain: true,
            full: true,
        }
    }
}

fn when_view(prefix: &str, when: When) -> WhenView {
    WhenView {
        name: name(prefix, when.path),
        any: when.any.join(" "),
    }
}

fn input(kind: &'static str, value: Option<&Value>, mode: &'static str) -> ControlView {
    ControlView::Input {
        kind,
        value: scalar(value),
        mode,
    }
}

fn is_below(field: &str, name: &str) -> bool {
    field
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(['.', '[']))
}

/// `{"queue": "x"}` as `queue:x`.
fn tagged(value: Option<&Value>) -> String {
    let member = value
        .and_then(Value::as_object)
        .and_then(|members| members.iter().next());
    member.map_or_else(String::new, |(tag, id)| {
        format!("{tag}:{}", scalar(Some(id)))
    })
}

fn pairs(value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(members)) => members
            .iter()
            .map(|(name, value)| format!("{name}: {}", scalar(Some(value))))
            .collect::<Vec<_>>()
            .join("\n"),
        other => scalar(other),
    }
}

//! What a form looks like with its values: every text chosen, every input named, every refusal at its field.
//!
//! What must stay true: no value of a [`Control::Secret`](super::Control::Secret) is ever read here.

mod build;
mod controls;
mod lists;
mod refusals;

use std::borrow::Cow;
use std::collections::BTreeMap;

use askama::Template;
use serde_json::Value;

use super::Form;
use super::read::is_waiting;
use crate::console::catalogue::Catalogue;
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
    /// What is taken of the numbers that are left empty, as far as that is known.
    pub usual: &'a Value,
    pub errors: &'a [FieldError],
    pub outcomes: &'a Outcomes,
    /// The row that has just been added; its first input gets the focus.
    pub fresh: Option<&'a str>,
    /// The secrets that were typed and are neither saved nor shown again, by their names.
    pub retype: &'a [&'static str],
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
        lines: Vec<LineView>,
    },
    Action {
        /// Of a button to which refusals lead.
        id: Option<String>,
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
        id: &'static str,
        label: String,
        code: String,
    },
    Preview {
        label: String,
        href: String,
    },
    TryOut,
}

/// One line of a note, and whether what it asks for is there.
#[derive(Debug)]
pub struct LineView {
    pub text: String,
    pub met: Option<bool>,
    pub hidden: bool,
    pub when: Option<WhenView>,
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
    /// Shown while it is empty.
    pub example: Cow<'static, str>,
    /// It gets the focus when the page opens.
    pub focus: bool,
    /// What is said of a secret that was typed and has to be typed again.
    pub again: Option<String>,
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
        let errors = at_rows(form, sight);
        let sight = Sight {
            errors: &errors,
            ..sight
        };
        let (sections, errors) = build::build(form, sight);
        let mut view = Self { sections, errors };
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

/// The refusals, where that of a list that needs something is the one of the row that waits there to be filled in.
fn at_rows(form: &Form, sight: Sight<'_>) -> Vec<FieldError> {
    let waits = |name: &str| {
        let mut fields = form.fields();
        fields.any(|field| field.path == name && is_waiting(field, sight.value))
    };
    let placed = |error: &FieldError| match waits(&error.field) {
        true => error.clone().at(format!("{}[0]", error.field)),
        false => error.clone(),
    };
    sight.errors.iter().map(placed).collect()
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
        let again = self.again.as_ref().map(|_| format!("{}-again", self.id));
        [error, again, help]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn text(&self, key: &'static str) -> Cow<'static, str> {
        self.catalogue.text(key)
    }
}

impl BlockView {
    fn text(&self, key: &'static str) -> Cow<'static, str> {
        self.catalogue.text(key)
    }
}

//! Option menus: what a chatbot says and where each answer leads. Pure.
//!
//! What must stay true: an answer leads where the script says that it started with; and two machines that answer each other
//! come to an end, because the menu falls silent after [`Script::ROUNDS_MAX`] rounds of wrong answers.

mod reading;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::answer::{Answer, is_label, numbers, reads_alike};
use crate::ids::QueueId;
use crate::message::{Choice, Content, Text};
use crate::texts::{Language, Localized};

/// Everything that a chatbot says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Said first, above the options.
    #[serde(default)]
    pub greeting: Localized,
    /// Said when an answer is none of the options.
    #[serde(default)]
    pub invalid_reply: Localized,
    /// Said when a queue was chosen.
    #[serde(default)]
    pub handover: Localized,
    /// Wrong answers in a row before the fallback.
    pub invalid_max: u32,
    /// Seconds without an answer before the fallback.
    pub timeout_secs: u32,
    pub options: Vec<MenuOption>,
}

/// One choice. `{"label": {…}, "queue": ID}`, `{"label": {…}, "menu": {…}}` or `{"label": {…}, "text": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "OptionFields")]
pub struct MenuOption {
    pub label: Localized,
    pub leads_to: LeadsTo,
}

impl MenuOption {
    /// Whether an answer could mean this one as well as the other.
    #[must_use]
    pub fn reads_as(&self, other: &Self) -> bool {
        reads_alike(&self.label, &other.label)
    }

    /// Whether its label is the number of another among so many options of its menu, where it is at `place`: whoever
    /// answered with the label would be led to that one.
    #[must_use]
    pub fn reads_as_another(&self, place: usize, options: usize) -> bool {
        numbers(&self.label).any(|number| number != place && number < options)
    }
}

/// A choice as it is written: exactly one of `queue`, `menu` and `text` says where it leads.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = MenuOption))]
pub struct OptionFields {
    label: Localized,
    /// To people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<uuid::Uuid>))]
    queue: Option<QueueId>,
    /// To more options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    menu: Option<Submenu>,
    /// To an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Localized>,
}

impl TryFrom<OptionFields> for MenuOption {
    type Error = &'static str;
    fn try_from(fields: OptionFields) -> Result<Self, Self::Error> {
        let leads_to = match (fields.queue, fields.menu, fields.text) {
            (Some(queue), None, None) => LeadsTo::Queue(queue),
            (None, Some(menu), None) => LeadsTo::Menu(menu),
            (None, None, Some(text)) => LeadsTo::Text(text),
            _ => return Err("must have exactly one of `queue`, `menu` and `text`"),
        };
        Ok(Self {
            label: fields.label,
            leads_to,
        })
    }
}

impl From<MenuOption> for OptionFields {
    fn from(option: MenuOption) -> Self {
        let mut fields = Self {
            label: option.label,
            queue: None,
            menu: None,
            text: None,
        };
        match option.leads_to {
            LeadsTo::Queue(queue) => fields.queue = Some(queue),
            LeadsTo::Menu(menu) => fields.menu = Some(menu),
            LeadsTo::Text(text) => fields.text = Some(text),
        }
        fields
    }
}

/// Where a choice leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeadsTo {
    /// To people.
    Queue(QueueId),
    /// To more options.
    Menu(Submenu),
    /// To an answer; the options are shown again.
    Text(Localized),
}

/// Options below an option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Submenu {
    /// Said above the options.
    #[serde(default)]
    pub text: Localized,
    #[cfg_attr(feature = "schema", schema(value_type = Vec<OptionFields>, no_recursion))]
    pub options: Vec<MenuOption>,
}

impl Script {
    /// Wrong answers in a row, unless somebody decides otherwise.
    pub const INVALID_MAX: u32 = 3;
    /// Seconds without an answer, unless somebody decides otherwise.
    pub const TIMEOUT_SECS: u32 = 300;
    /// Levels of options at most, the first included.
    pub const DEPTH_MAX: usize = 5;
    /// Options of one level at most.
    pub const OPTIONS_MAX: usize = 10;
    /// How often the menu is repeated from the start of its patience, where there is no queue to fall back to.
    pub const ROUNDS_MAX: u32 = 3;
}

/// The option that was chosen on each level, counted from 0; empty is the first menu.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MenuPath(pub SmallVec<[u8; 8]>);

/// How far a customer got in a menu.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The menu that is shown.
    pub path: MenuPath,
    /// Wrong answers in a row.
    #[serde(default)]
    pub wrong: u32,
}

/// What a customer's answer comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<'s> {
    /// The text is said, then the options where the customer is now.
    Show {
        text: &'s Localized,
        progress: Progress,
    },
    /// A queue was chosen, by the option at the path.
    Choose { queue: QueueId, path: MenuPath },
    /// Wrong too often: the queue to fall back to takes over.
    GiveUp,
    /// It was no answer, or nothing is said to it any more.
    Ignore,
}

impl MenuPath {
    fn with(&self, option: usize) -> Self {
        let mut path = self.0.clone();
        path.push(u8::try_from(option).unwrap_or(u8::MAX));
        Self(path)
    }

    fn parent(&self) -> Self {
        let above = self.0.len().saturating_sub(1);
        Self(self.0.iter().take(above).copied().collect())
    }

    /// As it stands in the id of a choice: `2.1` is the first option below the second.
    fn to_id(&self) -> String {
        let numbers = self
            .0
            .iter()
            .map(|option| (u32::from(*option) + 1).to_string());
        numbers.collect::<Vec<_>>().join(".")
    }

    fn from_id(id: &str) -> Option<Self> {
        let numbers = id
            .split('.')
            .map(|number| number.parse::<u8>().ok()?.checked_sub(1));
        numbers.collect::<Option<_>>().map(Self)
    }
}

impl Script {
    /// The queues to which its options lead, on all levels.
    pub(super) fn queues(&self) -> Vec<QueueId> {
        let (mut queues, mut levels) = (Vec::new(), vec![self.options.as_slice()]);
        while let Some(options) = levels.pop() {
            for option in options {
                match &option.leads_to {
                    LeadsTo::Queue(queue) => queues.push(*queue),
                    LeadsTo::Menu(menu) => levels.push(menu.options.as_slice()),
                    LeadsTo::Text(_) => {}
                }
            }
        }
        queues
    }

    /// What an answer comes to for a customer who is at `progress`. `may_give_up` says whether there is a queue to fall back
    /// to.
    #[must_use]
    pub fn hear(&self, progress: &Progress, content: &Content, may_give_up: bool) -> Step<'_> {
        let Some(answer) = Answer::of(content) else {
            return Step::Ignore;
        };
        match self.chosen(&progress.path, &answer) {
            Some((path, option)) => Self::follow(path, option),
            None => self.wrong(progress, may_give_up),
        }
    }

    fn follow(path: MenuPath, option: &MenuOption) -> Step<'_> {
        let at = |path| Progress { path, wrong: 0 };
        match &option.leads_to {
            LeadsTo::Queue(queue) => Step::Choose {
                queue: *queue,
                path,
            },
            LeadsTo::Menu(menu) => Step::Show {
                text: &menu.text,
                progress: at(path),
            },
            LeadsTo::Text(text) => Step::Show {
                text,
                progress: at(path.parent()),
            },
        }
    }

    fn wrong(&self, progress: &Progress, may_give_up: bool) -> Step<'_> {
        let (wrong, most) = (progress.wrong.saturating_add(1), self.invalid_max.max(1));
        if may_give_up && wrong >= most {
            return Step::GiveUp;
        }
        if wrong > most.saturating_mul(Self::ROUNDS_MAX) {
            return Step::Ignore;
        }
        Step::Show {
            text: &self.invalid_reply,
            progress: Progress {
                path: progress.path.clone(),
                wrong,
            },
        }
    }

    /// A number counts among the options that are shown, then a label does; the id of a choice counts wherever it was shown.
    fn chosen(&self, shown: &MenuPath, answer: &Answer<'_>) -> Option<(MenuPath, &MenuOption)> {
        if let Some(path) = answer.id.and_then(MenuPath::from_id)
            && let Some(option) = self.option(&path)
        {
            return Some((path, option));
        }
        let options = self.options(shown);
        let numbered = answer.number().filter(|number| *number < options.len());
        let labelled = || {
            options
                .iter()
                .position(|option| is_label(&option.label, answer.text))
        };
        let place = numbered.or_else(labelled)?;
        Some((shown.with(place), options.get(place)?))
    }

    /// The options of the menu at a path; none if there is no menu.
    fn options(&self, path: &MenuPath) -> &[MenuOption] {
        path.0.iter().fold(self.options.as_slice(), below)
    }

    fn option(&self, path: &MenuPath) -> Option<&MenuOption> {
        let place = path.0.last()?;
        self.options(&path.parent()).get(usize::from(*place))
    }

    /// The labels of what was chosen on the way, in the customer's language.
    #[must_use]
    pub fn labels(&self, path: &MenuPath, language: Language) -> Vec<String> {
        let ways = (1..=path.0.len())
            .map(|length| MenuPath(path.0.iter().take(length).copied().collect()));
        ways.filter_map(|way| Some(label(self.option(&way)?, language)))
            .collect()
    }

    /// A text with the options of the menu at a path, as it is sent: with `buttons` they are the channel's to show, else they
    /// are numbered lines. `None` if there is nothing to say.
    #[must_use]
    pub fn words(
        &self,
        text: &Localized,
        path: &MenuPath,
        language: Language,
        buttons: bool,
    ) -> Option<Text> {
        let choices: Vec<Choice> = (0..)
            .zip(self.options(path))
            .map(|(place, option)| Choice {
                id: path.with(place).to_id().into(),
                label: label(option, language),
            })
            .collect();
        let text = Text {
            body: text.text(language).unwrap_or_default().to_owned(),
            choices,
        };
        let body = match buttons && !text.body.is_empty() {
            true => text.body,
            false => text.numbered(),
        };
        (!body.is_empty()).then_some(Text { body, ..text })
    }
}

fn below<'s>(options: &'s [MenuOption], place: &u8) -> &'s [MenuOption] {
    match options.get(usize::from(*place)) {
        Some(MenuOption {
            leads_to: LeadsTo::Menu(menu),
            ..
        }) => &menu.options,
        Some(_) | None => &[],
    }
}

fn label(option: &MenuOption, language: Language) -> String {
    option.label.text(language).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;

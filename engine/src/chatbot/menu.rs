//! Option menus: what a chatbot says and where each answer leads. Pure.

use serde::{Deserialize, Serialize};

use crate::ids::QueueId;
use crate::texts::Localized;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "OptionFields", into = "OptionFields")]
pub struct MenuOption {
    pub label: Localized,
    pub leads_to: LeadsTo,
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
}

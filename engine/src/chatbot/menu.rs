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
pub struct MenuOption {
    pub label: Localized,
    #[serde(flatten)]
    pub leads_to: LeadsTo,
}

/// Where a choice leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
pub struct Submenu {
    /// Said above the options.
    #[serde(default)]
    pub text: Localized,
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

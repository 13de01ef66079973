//! The head of a page: what it is about, the way back, and what can be done here.

use super::cell::Badge;

/// A link with words.
#[derive(Clone, Debug)]
pub struct LinkView {
    pub href: String,
    pub label: String,
}

/// Something to do, at the head of a page.
#[derive(Clone, Debug)]
pub struct ActionView {
    pub href: String,
    pub label: String,
    pub icon: &'static str,
    pub primary: bool,
    pub danger: bool,
    /// The dialog that opens instead, where scripts run.
    pub dialog: Option<&'static str>,
}

/// The head of a page.
#[derive(Clone, Debug, Default)]
pub struct Head {
    pub title: String,
    pub lead: Option<String>,
    pub back: Option<LinkView>,
    pub channel: Option<&'static str>,
    pub badges: Vec<Badge>,
    pub actions: Vec<ActionView>,
}

//! What stands in one cell of a table.

use askama::Template;

use crate::console::assets;

/// How good or bad a thing is, as the page's style names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Warn,
    Bad,
}

impl std::fmt::Display for Tone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        })
    }
}

impl Tone {
    /// The icon beside a sentence of this tone.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Good => "check",
            Self::Plain | Self::Warn | Self::Bad => "alert",
        }
    }
}

/// A word about a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    pub tone: Tone,
    pub label: String,
}

impl Badge {
    pub fn new(tone: Tone, label: impl Into<String>) -> Self {
        Self {
            tone,
            label: label.into(),
        }
    }
}

/// A value before and after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeView {
    pub label: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

/// What a cell holds.
#[derive(Clone, Debug)]
pub enum Content {
    Nothing,
    Text(String),
    Strong {
        text: String,
        href: String,
        detail: Option<String>,
    },
    Channel {
        icon: &'static str,
        label: String,
        name: String,
    },
    Lines {
        text: String,
        detail: Option<String>,
        /// Behind an icon that explains itself.
        warning: Option<String>,
    },
    Badged {
        text: String,
        badges: Vec<Badge>,
    },
    Time {
        /// RFC 3339.
        at: String,
        text: String,
    },
    Changes(Vec<ChangeView>),
    Link {
        label: String,
        /// Which one of the rows.
        about: String,
        href: String,
        icon: &'static str,
        danger: bool,
    },
    Post {
        label: String,
        about: String,
        action: String,
        command: &'static str,
        icon: &'static str,
        csrf: String,
    },
}

/// A cell, ready to be written.
#[derive(Debug, Template)]
#[template(path = "console/cell.html")]
pub struct Cell {
    content: Content,
    assets: &'static str,
}

impl From<Content> for Cell {
    fn from(content: Content) -> Self {
        Self {
            content,
            assets: assets::base(),
        }
    }
}

impl Cell {
    /// What a folded list of changes is about.
    fn summary(&self, changes: &[ChangeView]) -> String {
        let labels: Vec<&str> = changes
            .iter()
            .take(2)
            .map(|change| change.label.as_str())
            .collect();
        format!("{}… ({})", labels.join(", "), changes.len())
    }

    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Content::Text(text.into()).into()
    }
}

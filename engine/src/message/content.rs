//! What a message holds, whichever channel carries it.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::raw_text;
use crate::ids::ProviderMessageId;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    Text(Text),
    Media(Media),
    Location(Location),
    Contacts(ContactCards),
    Interactive(InteractiveReply),
    Reaction(Reaction),
    /// A kind that this version does not know, with the provider's own JSON so that nothing is lost.
    Unknown(Unknown),
}

/// Plain text, as the customer or the agent typed it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub body: String,
    /// What the customer may choose from, where the channel can show it. Where it cannot, the body has it as numbered lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// One of the answers that a customer is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What comes back in an [`InteractiveReply`] when it is chosen.
    pub id: CompactString,
    pub label: String,
}

/// What kind of file a media reference points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    Image,
    Audio,
    Voice,
    Video,
    Document,
    Sticker,
}

/// A file that the provider holds, by reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    pub kind: MediaKind,
    /// The provider's id of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<CompactString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

/// A place, in degrees (WGS 84).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Address cards that the customer shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactCards {
    pub cards: Vec<ContactCard>,
}

/// One address card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactCard {
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<CompactString>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<CompactString>,
}

/// How the customer answered something that we offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InteractiveKind {
    Button,
    List,
    QuickReply,
    Flow,
}

/// The choice that the customer made among buttons, list rows or a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteractiveReply {
    pub kind: InteractiveKind,
    /// The id or payload that we gave the option; for a flow, its answer as JSON text.
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// An emoji put on, or taken from, an earlier message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub target: ProviderMessageId,
    /// `None` takes the reaction back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<CompactString>,
}

/// A message that this version cannot read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unknown {
    /// The provider's word for it.
    pub kind: CompactString,
    /// The provider's JSON, byte for byte.
    #[serde(with = "raw_text")]
    pub raw: Box<RawValue>,
}

impl PartialEq for Unknown {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.raw.get() == other.raw.get()
    }
}

impl Text {
    /// The body, and below it each choice as a line with its number.
    #[must_use]
    pub fn numbered(&self) -> String {
        let choices = (1..).zip(&self.choices);
        let lines = choices.map(|(number, choice)| format!("{number}. {}", choice.label));
        let body = Some(self.body.clone()).filter(|body| !body.is_empty());
        body.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
    }
}

impl Content {
    /// Plain text.
    pub fn text(body: impl Into<String>) -> Self {
        Self::Text(Text {
            body: body.into(),
            choices: Vec::new(),
        })
    }
}

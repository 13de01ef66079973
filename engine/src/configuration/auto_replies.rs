//! Automatic replies: what a channel says without a person.
//!
//! What must stay true: a reply that is switched off keeps its text, and one of which nobody said so is on.

use serde::{Deserialize, Serialize};

use crate::message::AutoReply;
use crate::texts::Localized;

/// What is said without a person, each once in a conversation. An empty text is silence, and so is a reply that is off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AutoReplies {
    /// On the customer's first message.
    #[serde(default, skip_serializing_if = "ReplyText::is_unset")]
    #[cfg_attr(feature = "schema", schema(value_type = ReplyFields))]
    pub welcome: ReplyText,
    /// Instead of the welcome, outside of operation times. `{reason}` stands for the description of the closed date; a text
    /// without it has the description below, and without a description `{reason}` goes with the colon or dash before it.
    #[serde(default, skip_serializing_if = "ReplyText::is_unset")]
    #[cfg_attr(feature = "schema", schema(value_type = ReplyFields))]
    pub outside_hours: ReplyText,
    /// When nobody is logged in to the queue.
    #[serde(default, skip_serializing_if = "ReplyText::is_unset")]
    #[cfg_attr(feature = "schema", schema(value_type = ReplyFields))]
    pub no_agent: ReplyText,
    /// When the conversation was closed by us.
    #[serde(default, skip_serializing_if = "ReplyText::is_unset")]
    #[cfg_attr(feature = "schema", schema(value_type = ReplyFields))]
    pub closed: ReplyText,
}

impl AutoReplies {
    /// One of them.
    #[must_use]
    pub const fn reply(&self, reply: AutoReply) -> &ReplyText {
        match reply {
            AutoReply::Welcome => &self.welcome,
            AutoReply::OutsideHours => &self.outside_hours,
            AutoReply::NoAgent => &self.no_agent,
            AutoReply::Closed => &self.closed,
        }
    }
}

/// The words of one automatic reply, and whether it is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ReplyFields", into = "ReplyFields")]
pub struct ReplyText {
    pub text: Localized,
    pub enabled: bool,
}

impl ReplyText {
    /// Whether there is anything to say.
    #[must_use]
    pub fn is_said(&self) -> bool {
        self.enabled && !self.text.is_empty()
    }

    /// Whether nobody decided anything about it.
    fn is_unset(&self) -> bool {
        self.enabled && self.text.is_empty()
    }
}

impl Default for ReplyText {
    fn default() -> Self {
        Self::from(Localized::default())
    }
}

impl From<Localized> for ReplyText {
    /// A reply that is on.
    fn from(text: Localized) -> Self {
        Self {
            text,
            enabled: true,
        }
    }
}

/// A reply as it is written: a text in each language that somebody wrote it in, and beside them whether it is on.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = ReplyText))]
struct ReplyFields {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    en: Option<String>,
    /// Switched off, it is not said and keeps its text. Left out where it is on.
    #[serde(default = "on", skip_serializing_if = "is_on")]
    #[cfg_attr(feature = "schema", schema(default = true))]
    enabled: bool,
}

const fn on() -> bool {
    true
}

const fn is_on(enabled: &bool) -> bool {
    *enabled
}

impl From<ReplyFields> for ReplyText {
    fn from(ReplyFields { fr, en, enabled }: ReplyFields) -> Self {
        let text = Localized { fr, en };
        Self { text, enabled }
    }
}

impl From<ReplyText> for ReplyFields {
    fn from(ReplyText { text, enabled }: ReplyText) -> Self {
        let Localized { fr, en } = text;
        Self { fr, en, enabled }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reply_that_is_off_keeps_its_text_and_one_of_before_is_on() {
        let written = json!({
            "welcome": {"fr": "Bonjour"}, "no_agent": {"en": "Nobody is here", "enabled": false},
            "closed": {"enabled": false},
        });
        let replies: AutoReplies = serde_json::from_value(written.clone()).unwrap();
        assert!(replies.welcome.is_said() && !replies.no_agent.is_said());
        assert_eq!(replies.no_agent.text.en.as_deref(), Some("Nobody is here"));
        assert!(replies.outside_hours.enabled && !replies.outside_hours.is_said());
        assert_eq!(serde_json::to_value(&replies).unwrap(), written);
    }

    #[test]
    fn what_is_on_says_so_by_nothing_and_what_is_unknown_is_refused() {
        let on: AutoReplies =
            serde_json::from_value(json!({"closed": {"fr": "Fin", "enabled": true}})).unwrap();
        assert_eq!(
            serde_json::to_value(&on).unwrap(),
            json!({"closed": {"fr": "Fin"}})
        );
        for unknown in [json!({"welcome": {"de": "Hallo"}}), json!({"hello": {}})] {
            assert!(serde_json::from_value::<AutoReplies>(unknown).is_err());
        }
        let none = serde_json::to_value(AutoReplies::default()).unwrap();
        assert_eq!(none, json!({}));
    }
}

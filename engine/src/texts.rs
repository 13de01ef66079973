//! Texts that customers read, in the languages that there are.

use serde::{Deserialize, Serialize};

/// The languages of the pages and of automatic texts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Language {
    Fr,
    #[default]
    En,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Fr, Self::En];

    /// Its tag (RFC 5646).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }
}

/// One text in each language that somebody wrote it in. Empty in both, nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Localized {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

impl Localized {
    /// The same words for everybody.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            fr: Some(text.clone()),
            en: Some(text),
        }
    }

    /// The text for a reader of `language`, else the other one.
    #[must_use]
    pub fn text(&self, language: Language) -> Option<&str> {
        let (first, second) = match language {
            Language::Fr => (&self.fr, &self.en),
            Language::En => (&self.en, &self.fr),
        };
        let filled =
            |text: &'_ Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        [first, second]
            .into_iter()
            .find(|text| filled(text))
            .and_then(|text| text.as_deref())
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text(Language::En).is_none()
    }

    /// Every text, in both languages.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = (Language, &mut Option<String>)> {
        [(Language::Fr, &mut self.fr), (Language::En, &mut self.en)].into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_text_is_said_in_the_other_language() {
        let french = Localized {
            fr: Some("Bonjour".to_owned()),
            en: Some(String::new()),
        };
        assert_eq!(french.text(Language::En), Some("Bonjour"));
        assert_eq!(Localized::default().text(Language::Fr), None);
        assert!(Localized::default().is_empty() && !french.is_empty());
    }
}

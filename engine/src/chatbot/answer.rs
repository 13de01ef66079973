//! What of a customer's message counts as an answer to a menu. Case, accents and spaces do not.

use crate::message::Content;
use crate::texts::Localized;

/// An answer: what was typed, or chosen among what was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer<'c> {
    /// Of the choice, if it was one.
    pub(super) id: Option<&'c str>,
    pub(super) text: &'c str,
}

impl<'c> Answer<'c> {
    /// What a message answers. A picture or a place is an answer that fits nothing; a reaction, or what this version does not
    /// know, is none.
    pub(super) fn of(content: &'c Content) -> Option<Self> {
        match content {
            Content::Text(text) => Some(Self {
                id: None,
                text: &text.body,
            }),
            Content::Interactive(reply) => Some(Self {
                id: Some(&reply.id),
                text: &reply.title,
            }),
            Content::Media(_) | Content::Location(_) | Content::Contacts(_) => {
                Some(Self { id: None, text: "" })
            }
            Content::Reaction(_) | Content::Unknown(_) => None,
        }
    }

    /// The option that it names by number, counted from 0: `2`, `2.` and `2)` are the second.
    pub(super) fn number(&self) -> Option<usize> {
        number(self.text)
    }
}

fn number(text: &str) -> Option<usize> {
    let digits = text.trim().trim_end_matches(['.', ')', ' ']);
    digits.parse::<usize>().ok()?.checked_sub(1)
}

/// The options that the label names by number to those who read it, counted from 0.
pub(super) fn numbers(label: &Localized) -> impl Iterator<Item = usize> {
    let labels = [&label.fr, &label.en].into_iter().flatten();
    labels.filter_map(|label| number(&label.chars().map(half_width).collect::<String>()))
}

/// A sign of the Fullwidth Forms (Unicode, U+FF01 to U+FF5E) as the one of ASCII that it looks like.
fn half_width(letter: char) -> char {
    let is_full_width = ('\u{ff01}'..='\u{ff5e}').contains(&letter);
    let ascii = u32::from(letter).checked_sub(0xfee0);
    let ascii = ascii.filter(|_| is_full_width);
    ascii.and_then(char::from_u32).unwrap_or(letter)
}

/// Whether a text is the label, in either language.
pub(super) fn is_label(label: &Localized, text: &str) -> bool {
    let text = folded(text);
    let mut labels = [&label.fr, &label.en].into_iter().flatten();
    !text.is_empty() && labels.any(|label| folded(label) == text)
}

/// Whether some text is both labels.
pub(super) fn reads_alike(label: &Localized, other: &Localized) -> bool {
    let mut others = [&other.fr, &other.en].into_iter().flatten();
    others.any(|text| is_label(label, text))
}

/// A text without what does not count.
#[must_use]
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None if letter.is_whitespace() || is_combining(letter) => {}
            None => folded.push(letter),
        }
    }
    folded
}

/// Combining Diacritical Marks (Unicode, U+0300 to U+036F): what is left of an accent that was typed by itself.
const fn is_combining(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}

/// A small Latin letter without its accents; `None` for one that has none.
const fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ő' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' | 'ů' | 'ű' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'œ' => "oe",
        'æ' => "ae",
        'ß' => "ss",
        '’' => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_spaces_do_not_count_in_a_label() {
        let label = Localized {
            fr: Some("Réclamation, où en est l’œuvre ?".to_owned()),
            en: Some("A complaint".to_owned()),
        };
        let table = [
            ("Réclamation, où en est l’œuvre ?", true),
            ("RECLAMATION,OU EN EST L'OEUVRE?", true),
            ("re\u{301}clamation, ou\u{300} en est l'œuvre\u{a0}?", true),
            ("  a  Complaint ", true),
            ("complaint", false),
            ("", false),
            (" ", false),
        ];
        for (text, expected) in table {
            assert_eq!(is_label(&label, text), expected, "{text}");
        }
        assert!(!is_label(&Localized::default(), ""));
    }

    #[test]
    fn a_number_counts_with_the_signs_that_people_put_behind_it() {
        let number = |text| Answer { id: None, text }.number();
        let table = [
            ("1", Some(0)),
            (" 2. ", Some(1)),
            ("10)", Some(9)),
            ("0", None),
            ("-1", None),
            ("1 2", None),
            ("un", None),
            ("99999999999999999999999", None),
        ];
        for (text, expected) in table {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn a_label_names_the_number_that_it_looks_like() {
        let named = |fr: &str, en: &str| {
            let label = Localized {
                fr: Some(fr.to_owned()),
                en: Some(en.to_owned()),
            };
            numbers(&label).collect::<Vec<_>>()
        };
        assert_eq!(named("Ventes", "1"), [0]);
        assert_eq!(named("\u{ff12}\u{ff0e}", "3."), [1, 2]);
        assert!(named("2 ans", "Sales").is_empty());
    }
}

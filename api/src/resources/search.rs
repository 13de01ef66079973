//! What a search finds, over REST and in the console alike.

use ecluse_engine::chatbot::folded;
use serde_json::Value;

use crate::console::address::{domains, readable};

/// Whether a search finds a channel as it is shown: by its name, its key, its address as it is stored or as people read it, or
/// the name of where it leads.
#[must_use]
pub fn finds_channel(search: &str, channel: &Value, leads_to: Option<&str>) -> bool {
    let text = |member: &str| {
        let text = channel.get(member).and_then(Value::as_str);
        text.unwrap_or_default()
    };
    let (name, address) = (text("name"), text("address"));
    let texts = [
        name,
        &domains(name),
        text("key"),
        address,
        &readable(address),
        leads_to.unwrap_or_default(),
    ];
    matches(search, &texts)
}

/// Fewer digits are a part of many numbers.
const NATIONAL_DIGITS_MIN: usize = 8;

/// Whether a text has every word of a search, in any order and without regard to case, accents and spaces. A telephone number
/// may be asked for as it is dialled at home.
#[must_use]
pub fn matches(search: &str, texts: &[&str]) -> bool {
    let folds = texts.iter().map(|text| folded(text));
    let all = folds.collect::<Vec<_>>().join("\n");
    let mut words = search.split_whitespace();
    let is_national = || national(&folded(search)).is_some_and(|digits| all.contains(digits));
    words.all(|word| all.contains(&folded(word))) || is_national()
}

/// A number without the zero that stands for its country.
fn national(search: &str) -> Option<&str> {
    let digits = search.strip_prefix('0')?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && digits.len() >= NATIONAL_DIGITS_MIN).then_some(digits)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{finds_channel, matches};

    #[test]
    fn a_search_finds_all_of_its_words_anywhere() {
        let texts = ["Support Écluse", "+33 1 23"];
        assert!(matches("écluse +33", &texts));
        assert!(matches("  ", &texts));
        assert!(!matches("écluse +44", &texts));
        assert!(matches("ECLUSE.fr", &["www.écluse.fr"]));
    }

    #[test]
    fn a_number_is_found_as_it_is_dialled() {
        let texts = ["+33 6 39 98 00 01", "+33639980001"];
        for search in ["0639980001", "06 39 98 00 01", "+33639980001", "998000"] {
            assert!(matches(search, &texts), "{search}");
        }
        assert!(!matches("0739980001", &texts));
        assert!(!matches("06", &texts));
    }

    #[test]
    fn a_channel_is_found_by_all_that_it_is_known_by() {
        let channel = json!({ "name": "Shop", "key": "web", "address": "xn--mnchen-3ya.example" });
        for search in [
            "SHOP",
            "web",
            "xn--mnchen",
            "MÜNCHEN",
            "ventes",
            "shop ventes",
        ] {
            assert!(finds_channel(search, &channel, Some("Ventes")), "{search}");
        }
        assert!(!finds_channel("ventes", &channel, None));
    }
}

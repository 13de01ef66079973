//! What a search finds, over REST and in the console alike.

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

/// Whether a text has every word of a search, in any order and without regard to case.
#[must_use]
pub fn matches(search: &str, texts: &[&str]) -> bool {
    let all = texts.join("\n").to_lowercase();
    search
        .to_lowercase()
        .split_whitespace()
        .all(|word| all.contains(word))
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

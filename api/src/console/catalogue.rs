//! Every text of the pages and of their scripts, in each of our languages, out of one catalogue a language.
//!
//! What must stay true: both catalogues have the same keys, every key that a page or a script names exists, and none is there
//! for nothing. Scripts get the patterns as they are written and resolve `{ $name }` and one plural choice themselves.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::language::Lang;

const FR_SOURCE: &str = include_str!("../../locales/fr.ftl");
const EN_SOURCE: &str = include_str!("../../locales/en.ftl");

static FR: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Lang::Fr, FR_SOURCE));
static EN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Lang::En, EN_SOURCE));

/// The texts of one language.
pub struct Catalogue {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
    patterns: BTreeMap<&'static str, String>,
}

impl Catalogue {
    /// The catalogue of a language; it is read once.
    pub fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::Fr => &FR,
            Lang::En => &EN,
        }
    }

    fn read(lang: Lang, source: &'static str) -> Self {
        let tag: LanguageIdentifier = lang.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // The marks that isolate a value's direction would show in titles and be copied with addresses.
        bundle.set_use_isolating(false);
        let resource =
            FluentResource::try_new(source.to_owned()).unwrap_or_else(|(partial, errors)| {
                tracing::error!(%lang, ?errors, "the catalogue has entries that cannot be read");
                partial
            });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(%lang, ?errors, "the catalogue has a key twice");
        }
        Self {
            lang,
            bundle,
            patterns: patterns(source),
        }
    }

    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The text of a key that takes no values. A key that is missing shows itself.
    pub fn text<'a>(&'a self, key: &'a str) -> Cow<'a, str> {
        self.format(key, None)
    }

    /// The text of a key with its values, as the scripts make it in the browser.
    #[cfg(test)]
    pub fn text_with<'a>(&'a self, key: &'a str, args: &'a FluentArgs<'a>) -> Cow<'a, str> {
        self.format(key, Some(args))
    }

    /// The text of a key with its values.
    pub fn fill(&self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, value.clone());
        }
        self.format(key, Some(&args)).into_owned()
    }

    fn format<'a>(&'a self, key: &'a str, args: Option<&'a FluentArgs<'a>>) -> Cow<'a, str> {
        let Some(pattern) = self
            .bundle
            .get_message(key)
            .and_then(|message| message.value())
        else {
            return Cow::Borrowed(key);
        };
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, args, &mut errors);
        if !errors.is_empty() {
            tracing::warn!(key, ?errors, "a text lacks a value");
        }
        text
    }

    /// The patterns whose keys begin with one of `pages`, as a JSON object. Safe inside a `<script>` element.
    pub fn strings_json(&self, pages: &[&str]) -> String {
        let wanted = |key: &str| {
            pages
                .iter()
                .any(|page| key.split('-').next() == Some(*page))
        };
        let chosen: BTreeMap<_, _> = self
            .patterns
            .iter()
            .filter(|(key, _)| wanted(key))
            .collect();
        super::pages::script_json(&chosen)
    }

    /// Every pattern, as a JSON object.
    pub fn all_json(&self) -> String {
        super::pages::script_json(&self.patterns)
    }

    #[cfg(test)]
    pub(crate) fn keys(&self) -> std::collections::BTreeSet<&'static str> {
        self.patterns.keys().copied().collect()
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Catalogue")
            .field("lang", &self.lang)
            .field("keys", &self.patterns.len())
            .finish()
    }
}

/// Splits a catalogue into its patterns: a key begins a line, and everything up to the next key or comment is its pattern.
fn patterns(source: &'static str) -> BTreeMap<&'static str, String> {
    let mut found: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut current: Option<&'static str> = None;
    for line in source.lines() {
        if let Some((key, first)) = entry(line) {
            found.insert(key, first.to_owned());
            current = Some(key);
        } else if line.starts_with('#') {
            current = None;
        } else if let Some(pattern) = current.and_then(|key| found.get_mut(key)) {
            pattern.push('\n');
            pattern.push_str(line);
        }
    }
    for pattern in found.values_mut() {
        pattern.truncate(pattern.trim_end().len());
    }
    found
}

fn entry(line: &'static str) -> Option<(&'static str, &'static str)> {
    let (key, rest) = line.split_once('=')?;
    let key = key.strip_suffix(' ')?;
    let named = key.starts_with(|letter: char| letter.is_ascii_lowercase())
        && key
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
    named.then(|| (key, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    use fluent_bundle::FluentArgs;

    use super::{Catalogue, FR_SOURCE, patterns};
    use crate::console::language::Lang;

    /// The first words of all keys; a literal in a source that begins with one of them is a key.
    const PAGES: [&str; 10] = [
        "common",
        "cmp",
        "console",
        "error",
        "login",
        "invitation",
        "desk",
        "chat",
        "widget",
        "demo",
    ];

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for item in fs::read_dir(folder)
            .unwrap()
            .map(|item| item.unwrap().path())
        {
            if item.is_dir() && !item.ends_with("tests") {
                files(&item, found);
            } else if item
                .extension()
                .is_some_and(|kind| kind == "html" || kind == "js" || kind == "rs")
            {
                found.push(item);
            }
        }
    }

    /// Every quoted literal of the templates, scripts and handlers that has the shape of a key.
    fn used() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sources = Vec::new();
        files(&root.join("templates"), &mut sources);
        files(&root.join("src/console"), &mut sources);
        files(&root.join("src/connect"), &mut sources);
        sources.push(root.join("src/alerts.rs"));
        sources.retain(|path| !path.ends_with("catalogue.rs"));
        let mut keys = BTreeSet::new();
        for source in sources {
            let text = fs::read_to_string(source).unwrap();
            keys.extend(
                text.split(['"', '\'', '`'])
                    .filter(|word| is_key(word))
                    .map(str::to_owned),
            );
        }
        keys
    }

    fn is_key(word: &str) -> bool {
        word.split_once('-')
            .is_some_and(|(page, rest)| PAGES.contains(&page) && !rest.is_empty())
            && word.chars().all(|letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
            })
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        assert_eq!(
            Catalogue::of(Lang::Fr).keys(),
            Catalogue::of(Lang::En).keys()
        );
    }

    #[test]
    fn every_key_in_use_exists_and_none_is_there_for_nothing() {
        let known: BTreeSet<String> = Catalogue::of(Lang::En)
            .keys()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let used = used();
        assert!(
            used.len() > 300,
            "only {} keys were found in the sources",
            used.len()
        );
        assert_eq!(
            used.difference(&known).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "used, but not in the catalogue"
        );
        assert_eq!(
            known.difference(&used).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "in the catalogue, but not used"
        );
    }

    #[test]
    fn what_scripts_get_is_what_the_bundle_holds() {
        for lang in Lang::ALL {
            let catalogue = Catalogue::of(lang);
            for (key, pattern) in &catalogue.patterns {
                let message = catalogue.bundle.get_message(key);
                assert!(
                    message.is_some_and(|message| message.value().is_some()),
                    "{lang} {key} cannot be read"
                );
                if !pattern.contains('{') {
                    assert_eq!(catalogue.text(key), pattern.as_str(), "{lang} {key}");
                }
            }
        }
    }

    #[test]
    fn values_and_plurals_take_their_place() {
        let mut args = FluentArgs::new();
        args.set("count", 1);
        assert_eq!(
            Catalogue::of(Lang::Fr).text_with("desk-unread", &args),
            "1 message non lu"
        );
        args.set("count", 3);
        assert_eq!(
            Catalogue::of(Lang::En).text_with("desk-unread", &args),
            "3 unread messages"
        );
        assert_eq!(Catalogue::of(Lang::En).text("no-such-key"), "no-such-key");
    }

    #[test]
    fn a_page_gets_its_own_texts_and_cannot_be_ended_by_one() {
        let json = Catalogue::of(Lang::Fr).strings_json(&["login"]);
        assert!(json.contains("\"login-title\":\"Connexion\"") && !json.contains("\"desk-"));
        assert!(!Catalogue::of(Lang::Fr).all_json().contains('<'));
    }

    #[test]
    fn a_pattern_of_several_lines_stays_whole() {
        let found = patterns(
            "# note\none = a\ntwo = { $n ->\n    [one] b\n   *[other] c\n} d\n\n## part\n\nthree = e = f\n",
        );
        let expected = [
            ("one", "a"),
            ("two", "{ $n ->\n    [one] b\n   *[other] c\n} d"),
            ("three", "e = f"),
        ];
        assert_eq!(
            found,
            expected
                .into_iter()
                .map(|(key, text)| (key, text.to_owned()))
                .collect()
        );
        assert!(patterns(FR_SOURCE).len() > 300);
    }
}

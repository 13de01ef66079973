//! What a browser posted: names and values, and which button was pressed.
//!
//! Rows of a list carry keys. `domains[]=0&domains[]=n1` lists them in their order, and `domains[n1]` is the input of one, so
//! that rows are added, removed and moved by changing that list and nothing else.

use std::collections::BTreeMap;

/// Carries the session's token.
pub const CSRF_FIELD: &str = "_csrf";
/// Carries the revision that the form was made of.
pub const REVISION_FIELD: &str = "_revision";
/// The name of every button of a form.
pub const COMMAND_FIELD: &str = "_do";

/// The fields of a form as they came.
#[derive(Clone, Default)]
pub struct Posted {
    values: BTreeMap<String, Vec<String>>,
}

impl std::fmt::Debug for Posted {
    /// Names only: among the values may be passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// What the pressed button asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Save,
    /// Show the form again, as what was chosen makes it.
    Refresh,
    /// One more row of the list.
    Add(String),
    Remove {
        list: String,
        key: String,
    },
    /// One place up or down.
    Move {
        list: String,
        key: String,
        up: bool,
    },
    /// Something that belongs to the page: a word, and what it is about.
    Other {
        word: String,
        subject: String,
    },
}

impl Posted {
    /// Reads `application/x-www-form-urlencoded` (WHATWG URL, 5.1).
    #[must_use]
    pub fn parse(body: &[u8]) -> Self {
        Self::of(url::form_urlencoded::parse(body))
    }

    /// Of names and values in their order.
    pub fn of<K: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in pairs {
            values.entry(name.into()).or_default().push(value.into());
        }
        Self { values }
    }

    /// The first value of a name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// Every value of a name, in the order of the page.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The keys of a list's rows, in their order.
    #[must_use]
    pub fn rows(&self, list: &str) -> &[String] {
        self.all(&format!("{list}[]"))
    }

    /// The revision that the form was made of; `None` when it does not say, or not so that it can be read.
    #[must_use]
    pub fn revision(&self) -> Option<u64> {
        self.first(REVISION_FIELD)?.parse().ok()
    }

    /// The button that was pressed. Enter in a field is the first one: save.
    #[must_use]
    pub fn command(&self) -> Command {
        let text = self.first(COMMAND_FIELD).unwrap_or_default();
        let (word, subject) = text.split_once(' ').unwrap_or((text, ""));
        let row = || {
            let (list, rest) = subject.rsplit_once('[')?;
            let key = rest.strip_suffix(']')?;
            Some((list.to_owned(), key.to_owned()))
        };
        match (word, row()) {
            ("" | "save", _) => Command::Save,
            ("refresh", _) => Command::Refresh,
            ("add", _) => Command::Add(subject.to_owned()),
            ("remove", Some((list, key))) => Command::Remove { list, key },
            ("up" | "down", Some((list, key))) => Command::Move {
                list,
                key,
                up: word == "up",
            },
            _ => Command::Other {
                word: word.to_owned(),
                subject: subject.to_owned(),
            },
        }
    }

    /// Does to the rows what the command asks for. Answers the name of the row that is new, if one is.
    pub fn apply(&mut self, command: &Command) -> Option<String> {
        match command {
            Command::Add(list) => return Some(self.add(list)),
            Command::Remove { list, key } => self.keys(list).retain(|known| known != key),
            Command::Move { list, key, up } => shift(self.keys(list), key, *up),
            Command::Save | Command::Refresh | Command::Other { .. } => {}
        }
        None
    }

    fn keys(&mut self, list: &str) -> &mut Vec<String> {
        self.values.entry(format!("{list}[]")).or_default()
    }

    fn add(&mut self, list: &str) -> String {
        let keys = self.keys(list);
        let fresh = (0..=keys.len())
            .map(|number| format!("n{number}"))
            .find(|key| !keys.contains(key))
            .unwrap_or_default();
        keys.push(fresh);
        // Rows are numbered anew when they are shown.
        format!("{list}[{}]", keys.len() - 1)
    }
}

fn shift(keys: &mut [String], key: &str, up: bool) {
    let Some(place) = keys.iter().position(|known| known == key) else {
        return;
    };
    let other = if up {
        place.checked_sub(1)
    } else {
        Some(place + 1).filter(|next| *next < keys.len())
    };
    if let Some(other) = other {
        keys.swap(place, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posted(body: &str) -> Posted {
        Posted::parse(body.as_bytes())
    }

    #[test]
    fn enter_in_a_field_saves_and_every_button_says_what_it_is() {
        let command = |text: &str| Posted::of([(COMMAND_FIELD, text)]).command();
        assert_eq!(posted("name=a").command(), Command::Save);
        assert_eq!(command("add a.b"), Command::Add("a.b".to_owned()));
        assert_eq!(
            command("remove options[0].menu.options[n1]"),
            Command::Remove {
                list: "options[0].menu.options".to_owned(),
                key: "n1".to_owned()
            }
        );
        assert_eq!(
            command("verify imap"),
            Command::Other {
                word: "verify".to_owned(),
                subject: "imap".to_owned()
            }
        );
        assert!(matches!(command("up nonsense"), Command::Other { .. }));
    }

    #[test]
    fn rows_are_added_removed_and_moved_by_their_keys() {
        let mut form = posted("a[]=0&a[]=n0&a[]=2");
        let moved = Posted::of([(COMMAND_FIELD, "up a[2]")]).command();
        form.apply(&moved);
        assert_eq!(form.rows("a"), ["0", "2", "n0"]);
        form.apply(&moved);
        form.apply(&moved);
        assert_eq!(form.rows("a"), ["2", "0", "n0"]);
        let added = form.apply(&Command::Add("a".to_owned()));
        assert_eq!(form.rows("a"), ["2", "0", "n0", "n1"]);
        assert_eq!(added.as_deref(), Some("a[3]"));
        form.apply(&Command::Remove {
            list: "a".to_owned(),
            key: "0".to_owned(),
        });
        assert_eq!(form.rows("a"), ["2", "n0", "n1"]);
    }

    #[test]
    fn what_was_typed_is_not_in_a_log() {
        assert_eq!(
            format!("{:?}", posted("password=hunter2")),
            "{\"password\"}"
        );
    }
}

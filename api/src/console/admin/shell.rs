//! The frame of every page of the console: the navigation, grouped as the product is, and the reader's own menu.

use super::administrator::Administrator;
use crate::console::form::Key;

/// What the frame of a page shows.
#[derive(Debug)]
pub struct Shell {
    pub title: String,
    pub groups: Vec<NavGroup>,
    pub user: String,
    pub initials: String,
    /// The colour of the reader's initials, 0 to 7.
    pub tint: u32,
    /// The path of this page.
    pub here: String,
    /// What has just been done.
    pub flash: Option<String>,
}

#[derive(Debug)]
pub struct NavGroup {
    pub title: String,
    pub links: Vec<NavLink>,
}

#[derive(Debug)]
pub struct NavLink {
    pub label: String,
    pub href: String,
    pub icon: &'static str,
    pub current: bool,
}

type Entry = (&'static str, Key, &'static str);

const MESSAGING: [Entry; 6] = [
    ("channels", "console-channels", "ch-livechat"),
    ("queues", "console-queues", "queue"),
    ("chatbots", "console-chatbots", "bot"),
    ("forms", "console-forms", "form"),
    ("sms-trunks", "console-sms-trunks", "tower"),
    ("settings", "console-settings", "gear"),
];
const TEAM: [Entry; 2] = [
    ("agents", "console-agents", "users"),
    ("api-keys", "console-api-keys", "key"),
];
const WATCH: [Entry; 5] = [
    ("alerts", "console-alerts", "alert"),
    ("bans", "console-bans", "ban"),
    ("dead-letters", "console-dead-letters", "letter"),
    ("audit", "console-audit", "history"),
    ("licence", "console-licence", "licence"),
];
const PLATFORM: [Entry; 1] = [("tenants", "console-tenants", "building")];

/// What has just been done, by the word in the address that the reader was sent to.
const FLASHES: [(&str, Key); 9] = [
    ("created", "console-done-created"),
    ("saved", "console-done-saved"),
    ("deleted", "console-done-deleted"),
    ("lifted", "console-done-lifted"),
    ("reactivated", "console-done-reactivated"),
    ("revoked", "console-done-revoked"),
    ("sent", "console-done-sent"),
    ("put-away", "console-done-put-away"),
    ("pending", "console-done-pending"),
];

impl Shell {
    /// The frame around a page called `title`.
    #[must_use]
    pub fn new(admin: &Administrator, title: &str) -> Self {
        let slug = admin.here.split('/').nth(2).unwrap_or_default();
        let group = |title: Key, entries: &[Entry]| NavGroup {
            title: admin.text(title),
            links: entries
                .iter()
                .map(|entry| link(admin, *entry, slug))
                .collect(),
        };
        let mut groups = vec![
            group("console-messaging", &MESSAGING),
            group("console-team", &TEAM),
            group("console-watch", &WATCH),
        ];
        if admin.platform {
            groups.push(group("console-platform", &PLATFORM));
        }
        let done = FLASHES
            .iter()
            .find(|(word, _)| *word == admin.asked("done"))
            .filter(|(word, _)| *word != "created" || names_a_thing(admin));
        Self {
            title: title.to_owned(),
            groups,
            user: admin.user.name.clone(),
            initials: initials(&admin.user.name),
            tint: tint(&admin.user.person.to_string()),
            here: admin.here.clone(),
            flash: done.map(|(_, key)| admin.text(key)),
        }
    }
}

/// Whether the address says which thing it is about, in its path or behind it.
fn names_a_thing(admin: &Administrator) -> bool {
    !admin.asked("id").is_empty() || admin.here.split('/').nth(3).is_some()
}

fn link(admin: &Administrator, (path, label, icon): Entry, slug: &str) -> NavLink {
    NavLink {
        label: admin.text(label),
        href: format!("/console/{path}"),
        icon,
        current: path == slug,
    }
}

fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let ends = match words.as_slice() {
        [] => Vec::new(),
        [one] => vec![*one],
        [first, .., last] => vec![*first, *last],
    };
    let letter = |word: &str| word.chars().next();
    ends.into_iter()
        .filter_map(letter)
        .flat_map(char::to_uppercase)
        .collect()
}

/// The same colour as the desk gives the person (`format.js`).
fn tint(id: &str) -> u32 {
    let sum = id.encode_utf16().fold(0_u32, |sum, unit| {
        sum.wrapping_mul(31).wrapping_add(u32::from(unit))
    });
    sum % 8
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn people_are_shown_by_their_first_and_last_name() {
        assert_eq!(initials("Amélie de la Tour"), "AT");
        assert_eq!(initials("élodie"), "É");
        assert_eq!(initials("  "), "");
    }
}

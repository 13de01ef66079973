//! The author's own name for a resource, by which files of configuration and people who automate speak of it.
//!
//! What must stay true: among the resources of one kind of one tenant that are not deleted, a key names one.

use uuid::Uuid;

use super::audit::Resource;
use super::{Change, ConfigError, Violation, sql};

/// The longest key.
const LENGTH_MAX: usize = 64;
/// What is left of a name, so that a suffix fits behind it.
const STEM_LENGTH_MAX: usize = 52;

/// What is wrong with a key that somebody chose.
pub(super) fn check_key(key: &str) -> Option<Violation> {
    let is_inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte);
    let good = (1..=LENGTH_MAX).contains(&key.len())
        && key.bytes().all(is_inner)
        && !key.starts_with(['_', '.', '-']);
    let message = format!(
        "up to {LENGTH_MAX} of a to z, 0 to 9, `_`, `.` and `-`, beginning with a letter or a digit"
    );
    (!good).then(|| Violation::new("key", "invalid_key", message))
}

/// A key made of a name: its letters and digits of ASCII, the rest as single hyphens.
pub(super) fn stem(name: &str, kind: Resource) -> String {
    let mut stem = String::new();
    for c in name.chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => stem.push(c),
            _ if stem.ends_with('-') || stem.is_empty() => {}
            _ => stem.push('-'),
        }
        if stem.len() >= STEM_LENGTH_MAX {
            break;
        }
    }
    let trimmed = stem.trim_end_matches('-');
    match trimmed {
        "" => super::word(&kind),
        some => some.to_owned(),
    }
}

const fn holder_statement(kind: Resource) -> &'static str {
    match kind {
        Resource::Channel => sql::CHANNEL_WITH_KEY,
        Resource::Queue => sql::QUEUE_WITH_KEY,
        Resource::Agent => sql::PERSON_WITH_KEY,
        Resource::Chatbot
        | Resource::Form
        | Resource::SmsTrunk
        | Resource::Settings
        | Resource::Licence
        | Resource::ApiKey
        | Resource::Ban
        | Resource::Tenant
        | Resource::Contact => sql::DOCUMENT_WITH_KEY,
    }
}

impl Change {
    /// Who holds a key.
    pub async fn holder_of_key(
        &mut self,
        kind: Resource,
        key: &str,
    ) -> Result<Option<Uuid>, ConfigError> {
        let query = sqlx::query_scalar(holder_statement(kind))
            .bind(self.tenant().0)
            .bind(key.to_owned())
            .bind(super::word(&kind));
        Ok(query.fetch_optional(self.conn()).await?)
    }

    /// What is wrong with a key that was asked for.
    pub(super) async fn key_violation(
        &mut self,
        (kind, id): (Resource, Uuid),
        asked: Option<&str>,
    ) -> Result<Option<Violation>, ConfigError> {
        let Some(asked) = asked else {
            return Ok(None);
        };
        if let Some(violation) = check_key(asked) {
            return Ok(Some(violation));
        }
        let holder = self.holder_of_key(kind, asked).await?;
        let is_anothers = holder.is_some_and(|holder| holder != id);
        let message = "another one of this kind has this key";
        Ok(is_anothers.then(|| Violation::new("key", "taken", message)))
    }

    /// The key of a resource: the one that was asked for, if [`Change::key_violation`] has nothing against it, else the one
    /// that it has, else one made of its name.
    pub(super) async fn accepted_key(
        &mut self,
        (kind, id): (Resource, Uuid),
        asked: Option<&str>,
        stored: Option<String>,
        name: &str,
    ) -> Result<String, ConfigError> {
        if let Some(key) = asked.map(str::to_owned).or(stored) {
            return Ok(key);
        }
        let stem = stem(name, kind);
        Ok(match self.holder_of_key(kind, &stem).await? {
            None => stem,
            Some(_) => {
                let random = id.as_u128() as u32;
                format!("{stem}-{random:08x}")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_a_key_that_is_good() {
        let rows = [
            ("Customer_Support", "customer-support"),
            ("  Ventes à Paris!  ", "ventes-paris"),
            ("+33 1 23", "33-1-23"),
            ("客服", "queue"),
        ];
        for (name, key) in rows {
            assert_eq!(stem(name, Resource::Queue), key, "{name}");
            assert!(check_key(key).is_none());
        }
        let long = stem(&"long name ".repeat(20), Resource::Queue);
        assert!(long.len() <= STEM_LENGTH_MAX && check_key(&long).is_none());
    }

    #[test]
    fn a_key_has_no_capitals_spaces_or_leading_signs() {
        for bad in ["", "A", "a b", "-a", "é", &"a".repeat(65)] {
            assert!(check_key(bad).is_some(), "{bad:?}");
        }
        for good in ["a", "0", "a.b_c-d", &"a".repeat(64)] {
            assert!(check_key(good).is_none(), "{good:?}");
        }
    }
}

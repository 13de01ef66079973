//! What somebody else saved between the opening of a form and its save.

use std::sync::Arc;

use serde_json::Value;

use crate::console::backend::Shown;
use crate::console::form::value::{at, put, scalar};
use crate::console::form::{Difference, Recorded};

/// Somebody else saved meanwhile.
#[derive(Debug, Default)]
pub struct Conflict {
    pub who: String,
    pub differences: Vec<Difference>,
    /// Said where no field differs.
    pub none: String,
}

/// What the trail, newest first, tells of a thing at a revision and now.
#[must_use]
pub fn recorded(records: &[Arc<Shown>], revision: u64) -> Option<Recorded> {
    let versions = records
        .iter()
        .flat_map(|record| [record.body.get("after"), record.body.get("before")]);
    let is_opened =
        |version: &&Value| at(version, "revision").and_then(Value::as_u64) == Some(revision);
    let opened = versions.flatten().find(is_opened)?;
    let latest = records.first()?.body.get("after")?;
    Some(Recorded {
        opened: as_shown(opened),
        latest: as_shown(latest),
    })
}

/// A recorded version as REST shows it, as far as forms read it: the settings of a channel stand below its kind.
fn as_shown(recorded: &Value) -> Value {
    let mut shown = recorded.clone();
    let Some(settings) = recorded.get("settings").filter(|found| found.is_object()) else {
        return shown;
    };
    let mut settings = settings.clone();
    if let Some(Value::Object(provider)) =
        recorded.get("settings").and_then(|of| of.get("provider"))
    {
        for (member, value) in provider {
            let member = match member.as_str() {
                "name" => "provider",
                member => member,
            };
            put(&mut settings, member, value.clone());
        }
    }
    put(&mut shown, &scalar(settings.get("kind")), settings);
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(before: &Value, after: &Value) -> Arc<Shown> {
        Arc::new(Shown {
            id: "1".to_owned(),
            revision: 0,
            body: json!({"before": before, "after": after}),
        })
    }

    #[test]
    fn the_trail_tells_with_what_a_form_was_opened() {
        let version = |revision: u64, name: &str| json!({"revision": revision, "name": name});
        let trail = [
            record(&version(4, "b"), &version(7, "c")),
            record(&Value::Null, &version(2, "a")),
        ];
        for (revision, name) in [(4, "b"), (2, "a"), (7, "c")] {
            let found = recorded(&trail, revision).unwrap();
            assert_eq!(found.opened["name"], name);
            assert_eq!(found.latest["name"], "c");
        }
        assert_eq!(recorded(&trail, 3), None);
    }

    #[test]
    fn a_channel_is_read_as_its_form_has_it() {
        let settings = json!({"kind": "whatsapp", "number": "+33", "provider": {"name": "cloud", "phone_number_id": "1"}});
        let shown = as_shown(&json!({"name": "a", "settings": settings}));
        let whatsapp = &shown["whatsapp"];
        assert_eq!(whatsapp["provider"], "cloud");
        assert_eq!(whatsapp["phone_number_id"], "1");
        assert_eq!(whatsapp["number"], "+33");
    }
}

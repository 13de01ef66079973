//! Merge patches (RFC 7396), also of what has secrets.
//!
//! What must stay true: what is shown lacks its secrets, and a secret that a body leaves out is kept; so a `null` that a patch
//! has for a secret reaches the body.

use serde_json::Value;

/// Applies a merge patch to what is shown of something whose secrets have these paths. A `null` for one of them stays.
pub fn merge_shown(target: &mut Value, patch: Value, secrets: &[&'static str]) {
    let asked = |path: &&str| {
        let mut members = path.split('.');
        members.try_fold(&patch, |value, member| value.get(member)) == Some(&Value::Null)
    };
    let forgotten: Vec<&str> = secrets.iter().copied().filter(asked).collect();
    merge_patch(target, patch);
    for path in forgotten {
        let (parent, member) = match path.rsplit_once('.') {
            Some((parent, member)) => (super::at_mut(target, parent), member),
            None => (Some(&mut *target), path),
        };
        if let Some(Value::Object(members)) = parent {
            members.insert(member.to_owned(), Value::Null);
        }
    }
}

/// Applies a merge patch: members that are `null` go, objects are merged, everything else is replaced.
fn merge_patch(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(members) = target else {
        return;
    };
    for (name, change) in patch {
        match change {
            Value::Null => drop(members.remove(&name)),
            change => merge_patch(members.entry(name).or_insert(Value::Null), change),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_null_for_a_secret_is_carried_on_and_any_other_takes_its_member_away() {
        let shown = || json!({"name": "a", "mail": {"host": "h", "from": "f"}, "key": "k"});
        let secrets = &["pin", "mail.password"];
        let rows = [
            (
                json!({"pin": null}),
                json!({"name": "a", "mail": {"host": "h", "from": "f"}, "key": "k", "pin": null}),
            ),
            (
                json!({"key": null, "mail": {"password": null, "from": null}}),
                json!({"name": "a", "mail": {"host": "h", "password": null}}),
            ),
            (
                json!({"mail": {"password": "new"}}),
                json!({"name": "a", "mail": {"host": "h", "from": "f", "password": "new"}, "key": "k"}),
            ),
            (json!({"mail": null}), json!({"name": "a", "key": "k"})),
            (json!({}), shown()),
        ];
        for (patch, expected) in rows {
            let mut target = shown();
            merge_shown(&mut target, patch.clone(), secrets);
            assert_eq!(target, expected, "{patch}");
        }
    }

    /// The examples of RFC 7396, appendix A.
    #[test]
    fn the_examples_of_the_rfc() {
        let rows = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (
                json!({"a":"b","b":"c"}),
                json!({"a":null}),
                json!({"b":"c"}),
            ),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (
                json!({}),
                json!({"a":{"bb":{"ccc":null}}}),
                json!({"a":{"bb":{}}}),
            ),
        ];
        for (mut target, patch, expected) in rows {
            merge_patch(&mut target, patch.clone());
            assert_eq!(target, expected, "{patch}");
        }
    }
}

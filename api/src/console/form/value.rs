//! Reading and changing a JSON value by a path such as `email.imap.host`.

use serde_json::{Map, Value};

/// Members that begin so are the page's own: they are kept while a form is shown again, and never sent.
pub const OWN: char = '~';

/// The value at a path; the empty path is the value itself.
#[must_use]
pub fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// Sets the value at a path. What stands in its way gives way to an object.
pub fn put(value: &mut Value, path: &str, new: Value) {
    if path.is_empty() {
        *value = new;
        return;
    }
    let (key, rest) = path.split_once('.').unwrap_or((path, ""));
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Some(members) = value.as_object_mut() {
        put(members.entry(key).or_insert(Value::Null), rest, new);
    }
}

/// Takes the value at a path away, and every object that has become empty by it.
pub fn take(value: &mut Value, path: &str) {
    let Some(members) = value.as_object_mut() else {
        return;
    };
    match path.split_once('.') {
        None => {
            members.remove(path);
        }
        Some((key, rest)) => {
            if let Some(member) = members.get_mut(key) {
                take(member, rest);
                if member.as_object().is_some_and(Map::is_empty) {
                    members.remove(key);
                }
            }
        }
    }
}

/// A scalar as a form's input holds it; `null`, lists and objects are empty.
#[must_use]
pub fn scalar(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        _ => String::new(),
    }
}

/// The items of a list; none where there is no list.
#[must_use]
pub fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Takes away what only the server sets (`has_…`) and what is the page's own, at every depth.
pub fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|key, _| !key.starts_with("has_") && !key.starts_with(OWN));
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_put_is_found_and_what_is_taken_leaves_nothing_behind() {
        let mut value = json!({"email": null, "name": "a"});
        put(&mut value, "email.imap.port", json!(993));
        assert_eq!(at(&value, "email.imap.port"), Some(&json!(993)));
        take(&mut value, "email.imap.port");
        assert_eq!(value, json!({"name": "a"}));
        take(&mut value, "not.there");
        put(&mut value, "", json!("whole"));
        assert_eq!(at(&value, ""), Some(&json!("whole")));
    }

    #[test]
    fn what_is_not_ours_to_send_is_taken_away_at_every_depth() {
        let mut value =
            json!({"has_pin": true, "rows": [{"~kind": "menu", "a": {"has_key": false, "b": 1}}]});
        strip(&mut value);
        assert_eq!(value, json!({"rows": [{"a": {"b": 1}}]}));
    }
}

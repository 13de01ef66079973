//! Where a resource points to others: by id in the API, by key in a file.

use serde_json::Value;
use uuid::Uuid;

use crate::resources::Kind;

/// Calls `visit` for every pointer of a body, with the kind that it points to and its path.
pub(super) fn visit(
    kind: Kind,
    body: &mut Value,
    visit: &mut impl FnMut(Kind, String, &mut Value),
) {
    let mut at = |body: &mut Value, path: &str, kind| {
        let mut parts = path.split('.');
        let found = parts.try_fold(body, |value, member| value.get_mut(member));
        if let Some(found) = found.filter(|found| found.is_string()) {
            visit(kind, path.to_owned(), found);
        }
    };
    match kind {
        Kind::Agent | Kind::Form | Kind::SmsTrunk => {}
        Kind::Channel => {
            at(body, "destination.queue", Kind::Queue);
            at(body, "destination.chatbot", Kind::Chatbot);
            at(body, "live_chat.prechat_form", Kind::Form);
            at(body, "live_chat.leave_message_form", Kind::Form);
            at(body, "sms.trunk", Kind::SmsTrunk);
        }
        Kind::Queue => {
            let members = body.get_mut("members").and_then(Value::as_array_mut);
            for (index, member) in members.into_iter().flatten().enumerate() {
                visit(Kind::Agent, format!("members[{index}]"), member);
            }
        }
        Kind::Chatbot => {
            at(body, "fallback_queue", Kind::Queue);
            options("options", body.get_mut("options"), visit);
        }
    }
}

/// What a body whose pointers are ids points to, by the paths of its fields.
pub(super) fn pointers(kind: Kind, body: &mut Value) -> Vec<(String, Uuid)> {
    let mut found: Vec<(String, Uuid)> = Vec::new();
    visit(kind, body, &mut |_, path, pointer| {
        let id: Option<Uuid> = pointer.as_str().and_then(|id| id.parse().ok());
        found.extend(id.map(|id| (path, id)));
    });
    found
}

fn options(path: &str, list: Option<&mut Value>, visit: &mut impl FnMut(Kind, String, &mut Value)) {
    let list = list.and_then(Value::as_array_mut);
    for (index, option) in list.into_iter().flatten().enumerate() {
        let path = format!("{path}[{index}]");
        if let Some(queue) = option.get_mut("queue").filter(|queue| queue.is_string()) {
            visit(Kind::Queue, format!("{path}.queue"), queue);
        }
        let below = option
            .get_mut("menu")
            .and_then(|menu| menu.get_mut("options"));
        options(&format!("{path}.menu.options"), below, visit);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(kind: Kind, mut body: Value) -> Vec<String> {
        let mut found = Vec::new();
        visit(kind, &mut body, &mut |kind, path, value| {
            found.push(format!(
                "{path} → {} {}",
                kind.as_str(),
                value.as_str().unwrap()
            ));
        });
        found
    }

    #[test]
    fn every_pointer_is_found_however_deep() {
        let bot = json!({"fallback_queue": null, "options": [
            {"label": {}, "queue": "a"},
            {"label": {}, "menu": {"options": [{"label": {}, "queue": "b"}, {"label": {}, "text": {}}]}},
        ]});
        assert_eq!(
            seen(Kind::Chatbot, bot),
            [
                "options[0].queue → queue a",
                "options[1].menu.options[0].queue → queue b"
            ]
        );
        let channel = json!({"destination": {"queue": "support"}, "sms": {"trunk": "twilio"}});
        assert_eq!(
            seen(Kind::Channel, channel),
            [
                "destination.queue → queue support",
                "sms.trunk → sms_trunk twilio"
            ]
        );
        assert_eq!(
            seen(Kind::Queue, json!({"members": ["ada"]})),
            ["members[0] → agent ada"]
        );
    }
}

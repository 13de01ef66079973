//! What still points to a thing, with the way to it.

use serde_json::Value;

use super::head::LinkView;
use crate::console::form::value::{items, scalar};
use crate::error::ApiError;

/// What points to it, as the problem lists it.
#[must_use]
pub fn references(error: &ApiError) -> Vec<LinkView> {
    let more = error.problem().more;
    let one = |thing: &Value| {
        let member = |name: &str| scalar(thing.get(name));
        let slug = slug(&member("kind"))?;
        Some(LinkView {
            href: format!("/console/{slug}/{}", member("id")),
            label: member("name"),
        })
    };
    items(more.get("references"))
        .iter()
        .filter_map(one)
        .collect()
}

/// The part of the address for a resource of the audit trail.
fn slug(resource: &str) -> Option<&'static str> {
    let slugs = [
        ("channel", "channels"),
        ("queue", "queues"),
        ("chatbot", "chatbots"),
        ("form", "forms"),
        ("sms_trunk", "sms-trunks"),
        ("agent", "agents"),
    ];
    let found = slugs.into_iter().find(|(word, _)| *word == resource);
    found.map(|(_, slug)| slug)
}

//! What no other resource of its kind may have, as a body or a draft asks for it: a channel's addresses, a person's e-mail,
//! the name of anything else. A document whose key is new and that has what a resource without a document had is that
//! resource under another key; pure.

use ecluse_adapters::storage::config_db::Document as _;
use ecluse_engine::ids::TenantId;
use serde_json::Value;

use crate::error::parse_value;
use crate::resources::{ChannelBody, Draft, Kind, strip};

/// Of a body that names what it points to by id; nothing of one that cannot be read.
pub(super) fn of_body(kind: Kind, body: &Value, tenant: TenantId) -> Vec<String> {
    let text = |member: &str| body[member].as_str().map(folded).into_iter().collect();
    match kind {
        Kind::Channel => of_channel(body, tenant).unwrap_or_default(),
        Kind::Agent => text("email"),
        Kind::Queue | Kind::Chatbot | Kind::Form | Kind::SmsTrunk => text("name"),
    }
}

fn of_channel(body: &Value, tenant: TenantId) -> Option<Vec<String>> {
    let mut body = body.clone();
    strip(&mut body, Kind::Channel.read_only());
    let body: ChannelBody = parse_value(&body).ok()?;
    body.draft().ok()?.holds(tenant)
}

/// Of a draft; `None` of one that leaves what it has as it is.
pub(super) fn of_draft(draft: &Draft, tenant: TenantId) -> Option<Vec<String>> {
    match draft {
        Draft::Channel(channel, _) => channel.holds(tenant),
        Draft::Queue(queue) => Some(vec![folded(&queue.name)]),
        Draft::Chatbot(chatbot) => Some(vec![folded(chatbot.body.name())]),
        Draft::Form(form) => Some(vec![folded(form.body.name())]),
        Draft::SmsTrunk(trunk) => Some(vec![folded(trunk.body.name())]),
        Draft::Agent(person) => Some(vec![folded(&person.email)]),
    }
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

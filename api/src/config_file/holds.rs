//! What no other resource of its kind may have, as a body or a draft asks for it: a channel's addresses, a person's e-mail
//! and number, the name of anything else. A document whose key is new and that has what a resource without a document had is
//! that resource under another key, but for a number: it is handed on, and tells nobody who somebody is; pure.

use ecluse_adapters::storage::config_db::{Document as _, PersonDraft, RosterRow, email_key};
use ecluse_engine::ids::TenantId;
use serde_json::Value;

use crate::error::parse_value;
use crate::resources::{ChannelBody, Draft, Kind, strip};

/// Of a body that names what it points to by id; nothing of one that cannot be read.
pub(super) fn of_body(kind: Kind, body: &Value, tenant: TenantId) -> Vec<String> {
    match kind {
        Kind::Channel => of_channel(body, tenant).unwrap_or_default(),
        Kind::Agent => body["email"].as_str().map(email_key).into_iter().collect(),
        Kind::Queue | Kind::Chatbot | Kind::Form | Kind::SmsTrunk => {
            body["name"].as_str().map(folded).into_iter().collect()
        }
    }
}

fn of_channel(body: &Value, tenant: TenantId) -> Option<Vec<String>> {
    let mut body = body.clone();
    strip(&mut body, Kind::Channel.read_only());
    let body: ChannelBody = parse_value(&body).ok()?;
    body.draft().ok()?.holds(tenant)
}

/// Of a draft that is put over `before`; nothing of one that cannot be read.
pub(super) fn of_draft(draft: &Draft, before: Option<&RosterRow>, tenant: TenantId) -> Vec<String> {
    match draft {
        Draft::Channel(channel, _) => channel.holds(tenant).unwrap_or_default(),
        Draft::Queue(queue) => vec![folded(&queue.name)],
        Draft::Chatbot(chatbot) => vec![folded(chatbot.body.name())],
        Draft::Form(form) => vec![folded(form.body.name())],
        Draft::SmsTrunk(trunk) => vec![folded(trunk.body.name())],
        Draft::Agent(person) => of_person(person, before),
    }
}

/// Who is known keeps the number that no document gives them.
fn of_person(person: &PersonDraft, before: Option<&RosterRow>) -> Vec<String> {
    let number = match &person.number {
        Some(number) => Some(RosterRow::held_number(number)),
        None => before.and_then(RosterRow::number).map(str::to_owned),
    };
    let email = std::iter::once(email_key(&person.email));
    email.chain(number).collect()
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

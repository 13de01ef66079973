//! One record of the audit trail in the reader's words; pure.
//!
//! What must stay true: every member that a record can have is called as the form that changes it calls it, or has a name
//! below; and whatever may be a secret is masked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::connect::trouble;
use crate::console::address::domains;
use crate::console::admin::cell::ChangeView;
use crate::console::admin::{Around, Subject, times};
use crate::console::backend::Kind;
use crate::console::form::differences::{is_flat, plain, said};
use crate::console::form::value::scalar;
use crate::console::form::{Control, Field, Form, Key};
use crate::console::kinds::channels::KINDS;

/// What an id may be of, so that it can be shown by name.
pub(super) const NAMED: [Kind; 6] = [
    Kind::Channel,
    Kind::Queue,
    Kind::Chatbot,
    Kind::Form,
    Kind::SmsTrunk,
    Kind::Agent,
];

/// What says nothing of a change.
const UNSAID: [&str; 5] = ["id", "created_at", "updated_at", "revision", "tenant"];
/// Shown in the place of whatever may be a secret.
const MASK: &str = "••••••";
/// The members that name secrets, and hold none.
const OF_SECRETS: [&str; 2] = ["secrets", "secrets_changed"];
/// A longer value is cut, in characters.
const VALUE_MAX: usize = 200;

/// What no form asks for.
const OTHERS: [(&str, Key); 27] = [
    ("key", "console-key"),
    ("kind", "console-channel-kind"),
    ("address", "console-audit-address"),
    ("destination.queue", "console-destination-queue"),
    ("destination.chatbot", "console-audit-destination-chatbot"),
    ("state", "console-audit-state"),
    ("health.state", "console-audit-health"),
    ("health.reason", "console-dead-letter-cause"),
    ("pending_deletion_until", "console-audit-works-until"),
    ("secrets", "console-audit-secrets-kept"),
    ("secrets_changed", "console-audit-secrets"),
    ("live_chat.standalone", "console-standalone"),
    (
        "whatsapp.phone_number_id",
        "console-whatsapp-phone-number-id",
    ),
    (
        "whatsapp.business_account_id",
        "console-whatsapp-account-id",
    ),
    ("whatsapp.client_id", "console-whatsapp-client"),
    ("whatsapp.channel_id", "console-whatsapp-channel"),
    ("has_pin", "console-pin"),
    ("has_password", "console-password"),
    ("last_used_at", "console-last-used"),
    ("banned_by", "console-audit-banned-by"),
    ("since", "console-ban-since"),
    ("until", "console-ban-until"),
    ("lifted_at", "console-audit-lifted-at"),
    ("agent_seats", "console-licence-agents"),
    ("supervisor_seats", "console-licence-supervisors"),
    ("channels_max", "console-licence-channels"),
    ("modules", "console-licence-modules"),
];

/// The secrets of a channel, as records name them.
const SECRETS: [(&str, Key); 8] = [
    ("access_token", "console-whatsapp-token"),
    ("api_key", "console-api-key"),
    ("webhook_secret", "console-audit-webhook-secret"),
    ("webhook_headers", "console-audit-webhook-headers"),
    ("imap_password", "console-audit-imap-password"),
    ("smtp_password", "console-audit-smtp-password"),
    ("refresh_token", "console-audit-consent"),
    ("page_access_token", "cmp-page-token"),
];

/// The code words that no form offers, by the members that hold them.
const WORDS: [(&str, &str, Key); 10] = [
    ("state", "active", "console-audit-active"),
    ("state", "deleted", "console-audit-deleted"),
    ("health.state", "healthy", "console-audit-healthy"),
    ("health.state", "degraded", "console-state-degraded"),
    ("health.state", "sign_in_required", "console-state-sign-in"),
    ("banned_by", "system", "console-ban-automatic"),
    ("reason", "too_many_messages", "console-ban-messages"),
    (
        "reason",
        "too_many_conversations",
        "console-ban-conversations",
    ),
    ("modules", "omnichannel", "console-licence-omnichannel"),
    ("modules", "customer_survey", "console-licence-survey"),
];

/// The parts of a text in several languages.
const LANGUAGES: [(&str, Key); 2] = [("fr", "console-french"), ("en", "console-english")];

/// The members that are times, in microseconds.
const TIMES: [&str; 5] = [
    "pending_deletion_until",
    "last_used_at",
    "since",
    "until",
    "lifted_at",
];

/// A record's body with the members of the form that changes it: what is particular to a channel stands below its kind there.
pub(super) fn as_shown(resource: &str, body: &Value) -> Value {
    let mut shown = body.clone();
    if resource == "channel" {
        unfold(&mut shown);
    }
    shown
}

fn unfold(channel: &mut Value) -> Option<()> {
    let members = channel.as_object_mut()?;
    let mut settings = members.remove("settings")?;
    let particular = settings.as_object_mut()?;
    let kind = scalar(particular.remove("kind").as_ref());
    if let Some(Value::Object(mut provider)) = particular.get("provider").cloned() {
        let name = provider.remove("name").unwrap_or_default();
        particular.extend(provider);
        particular.insert("provider".to_owned(), name);
    }
    // The last second is what people were told.
    if let Some(ends) = members
        .get("pending_deletion_until")
        .and_then(Value::as_i64)
    {
        let last_second = Value::from(ends - 1_000_000);
        members.insert("pending_deletion_until".to_owned(), last_second);
    }
    members.insert("kind".to_owned(), Value::from(kind.clone()));
    members.insert(kind, settings);
    Some(())
}

/// How the members of one record are said: by the labels of the form that changes them, and by the names of what they
/// point to.
#[derive(Debug, Default)]
pub(super) struct Reader<'a> {
    labels: BTreeMap<&'static str, String>,
    form: Option<Form>,
    around: Option<&'a Around>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(resource: &str, value: &Value, around: &'a Around) -> Self {
        let form = form(resource, around, value);
        let others = OTHERS.map(|(path, key)| (path, around.text(key)));
        let fields = form.iter().flat_map(Form::fields);
        let label = |field: &Field| (field.path, around.text(field.label));
        Self {
            labels: others.into_iter().chain(fields.map(label)).collect(),
            form,
            around: Some(around),
        }
    }

    /// The label of a member: its own, else that of the member that it is a part of.
    fn label(&self, path: &str) -> String {
        let mut known = path;
        loop {
            if let Some(label) = self.labels.get(known) {
                let rest = path.get(known.len()..).unwrap_or_default();
                return match rest.trim_start_matches('.') {
                    "" => label.clone(),
                    part => format!("{label} ({})", self.word(&LANGUAGES, part)),
                };
            }
            match known.rsplit_once('.') {
                Some((above, _)) => known = above,
                None => return path.to_owned(),
            }
        }
    }

    fn word(&self, table: &[(&str, Key)], word: &str) -> String {
        let found = table.iter().find(|(known, _)| *known == word);
        match (found, self.around) {
            (Some((_, key)), Some(around)) => around.text(key),
            _ => word.to_owned(),
        }
    }

    /// A word that was chosen, as the form that offers it calls it.
    fn chosen(&self, path: &str, value: &Value) -> Option<String> {
        let around = self.around?;
        let word = scalar(Some(value));
        let mut ours = WORDS.iter();
        if let Some((.., key)) = ours.find(|(at, known, _)| *at == path && *known == word) {
            return Some(around.text(key));
        }
        let mut fields = self.form.iter().flat_map(Form::fields);
        let field = fields.find(|field| field.path == path && offers(&field.control))?;
        let said = said(&field.control, Some(value), around.catalogue);
        (said != word).then_some(said)
    }

    fn words(&self, path: &str, value: &Value) -> String {
        if let Some(chosen) = self.chosen(path, value) {
            return chosen;
        }
        match value {
            Value::Array(items) => self.joined(path, items.iter()),
            Value::Object(members) => self.joined(path, members.values()),
            Value::String(text) if OF_SECRETS.contains(&path) => self.secret(text),
            Value::String(text) if path == "kind" => {
                let kinds = KINDS.map(|(word, _, label, _)| (word, label));
                self.word(&kinds, text)
            }
            Value::String(text) if path == "health.reason" => match self.around {
                Some(around) => trouble::told(around.catalogue, text),
                None => text.clone(),
            },
            Value::String(text) => {
                let name = self.name(text);
                name.unwrap_or_else(|| domains(text).into_owned())
            }
            Value::Bool(yes) => {
                let words = [("true", "console-yes"), ("false", "console-no")];
                self.word(&words, &yes.to_string())
            }
            Value::Number(number) if TIMES.contains(&path) => self.time(number.as_i64()),
            other => plain(Some(other)),
        }
    }

    fn joined<'v>(&self, path: &str, values: impl Iterator<Item = &'v Value>) -> String {
        let texts = values.map(|value| self.words(path, value));
        let filled: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
        filled.join(", ")
    }

    /// What a secret is called: as its field, or by its name in a channel.
    fn secret(&self, name: &str) -> String {
        match self.labels.get(name) {
            Some(label) => label.clone(),
            None => self.word(&SECRETS, name),
        }
    }

    fn time(&self, micros: Option<i64>) -> String {
        let at = micros.and_then(|micros| Timestamp::from_microsecond(micros).ok());
        let (Some(at), Some(around)) = (at, self.around) else {
            return String::new();
        };
        let zone = around.settings.get("time_zone").and_then(Value::as_str);
        times::minute(
            &at.to_string(),
            zone.unwrap_or("UTC"),
            around.catalogue.lang(),
        )
    }

    fn name(&self, id: &str) -> Option<String> {
        let around = self.around?;
        let mut names = NAMED.into_iter().filter_map(|kind| around.name(kind, id));
        names.next().map(str::to_owned)
    }
}

/// Whether a control offers words, or holds rows that may.
fn offers(control: &Control) -> bool {
    match control {
        Control::Select { .. }
        | Control::Radio { .. }
        | Control::MultiSelect { .. }
        | Control::Week => true,
        Control::Repeated { fields, .. } => is_flat(fields),
        _ => false,
    }
}

/// The form that changes a resource.
fn form(resource: &str, around: &Around, value: &Value) -> Option<Form> {
    let subject = Subject { id: None, value };
    let slug = match resource {
        "settings" => {
            use crate::console::admin::Resource as _;
            return crate::console::kinds::settings::Settings.form(around, subject);
        }
        "channel" => "channels",
        "queue" => "queues",
        "chatbot" => "chatbots",
        "form" => "forms",
        "sms_trunk" => "sms-trunks",
        "agent" => "agents",
        "ban" => "bans",
        "api_key" => "api-keys",
        "tenant" => "tenants",
        _ => return None,
    };
    crate::console::kinds::find(slug)?.form(around, subject)
}

/// The members that differ. What looks like a secret is masked, whatever the backend gave.
pub(super) fn changes(before: &Value, after: &Value, reader: &Reader<'_>) -> Vec<ChangeView> {
    let (before, after) = (leaves(before, reader), leaves(after, reader));
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |path: &String| {
        let (from, to) = (before.get(path), after.get(path));
        (from != to).then(|| ChangeView {
            label: reader.label(path),
            from: from.map(|value| shown(path, value)),
            to: to.map(|value| shown(path, value)),
        })
    };
    paths.into_iter().filter_map(change).collect()
}

fn shown(path: &str, value: &str) -> String {
    const SECRETS: [&str; 6] = ["password", "token", "secret", "pin", "api_key", "hash"];
    let last = path.rsplit('.').next().unwrap_or(path);
    if !last.starts_with("has_")
        && !OF_SECRETS.contains(&last)
        && SECRETS.iter().any(|word| last.contains(word))
    {
        return MASK.to_owned();
    }
    match value.char_indices().nth(VALUE_MAX) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}

/// Every value that is no object, by its path. Empty ones are as if they were not there.
fn leaves(value: &Value, reader: &Reader<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(value, "", reader, &mut found);
    found
}

fn collect(value: &Value, path: &str, reader: &Reader<'_>, found: &mut BTreeMap<String, String>) {
    if let Value::Object(members) = value {
        for (name, member) in members {
            if path.is_empty() && UNSAID.contains(&name.as_str()) {
                continue;
            }
            let below = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            collect(member, &below, reader, found);
        }
        return;
    }
    let text = reader.words(path, value);
    if !text.is_empty() {
        found.insert(path.to_owned(), text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_changed_is_told_and_never_a_secret() {
        let before = json!({"name": "a", "email": {"imap": {"password": "x", "port": 993}}, "updated_at": "1"});
        let after = json!({"name": "a", "email": {"imap": {"password": "y", "port": 143}}, "updated_at": "2"});
        let found = changes(&before, &after, &Reader::default());
        let told: Vec<_> = found
            .iter()
            .map(|change| {
                (
                    change.label.as_str(),
                    change.from.as_deref(),
                    change.to.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("email.imap.password", Some(MASK), Some(MASK)),
                ("email.imap.port", Some("993"), Some("143"))
            ]
        );
    }
}

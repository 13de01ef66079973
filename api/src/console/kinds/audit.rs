//! The audit trail: who changed what, when, from which value to which.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::console::admin::cell::{Cell, ChangeView, Content};
use crate::console::admin::edit::editor;
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::{Around, Resource, Subject, Texts, times};
use crate::console::backend::{Kind, Shown};
use crate::console::form::differences::plain;
use crate::console::form::value::scalar;
use crate::console::form::{Field, Form, Key};

const RESOURCES: [(&str, Key); 11] = [
    ("channel", "console-audit-channel"),
    ("queue", "console-audit-queue"),
    ("chatbot", "console-audit-chatbot"),
    ("form", "console-audit-form"),
    ("sms_trunk", "console-audit-sms-trunk"),
    ("agent", "console-audit-agent"),
    ("settings", "console-audit-settings"),
    ("ban", "console-audit-ban"),
    ("api_key", "console-audit-api-key"),
    ("licence", "console-audit-licence"),
    ("tenant", "console-audit-tenant"),
];

const ACTIONS: [(&str, Key); 8] = [
    ("deletion_scheduled", "console-audit-scheduled"),
    ("lifted", "console-audit-lifted"),
    ("created", "console-audit-created"),
    ("changed", "console-audit-changed"),
    ("deleted", "console-audit-deleted"),
    ("password_set", "console-audit-password"),
    ("link_issued", "console-audit-link"),
    ("reactivated", "console-audit-reactivated"),
];

/// What says nothing of a change.
const UNSAID: [&str; 5] = ["id", "created_at", "updated_at", "revision", "tenant"];
/// Shown in the place of whatever may be a secret.
const MASK: &str = "••••••";
/// The member that names the secrets which were written, and holds none.
const SECRETS_CHANGED: &str = "secrets_changed";
/// A longer value is cut, in characters.
const VALUE_MAX: usize = 200;

/// The audit trail of a tenant.
#[derive(Debug)]
pub struct Audit;

impl Resource for Audit {
    fn kind(&self) -> Kind {
        Kind::Audit
    }

    fn slug(&self) -> &'static str {
        "audit"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-audit",
            lead: "console-audit-lead",
            icon: "history",
            add: None,
            empty: "console-audit-empty",
            empty_help: "console-audit-empty-help",
            question: "console-audit",
            warning: "console-audit-lead",
            delete: "console-audit",
        }
    }

    fn needs(&self) -> &'static [Kind] {
        &NAMED
    }

    fn columns(&self) -> &'static [Key] {
        &[
            "console-when",
            "console-who",
            "console-what",
            "console-changes",
        ]
    }

    fn buttons(&self) -> &'static [Key] {
        &[]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let empty = Value::Null;
        let member = |name: &str| item.body.get(name).unwrap_or(&empty);
        let (before, after) = (member("before"), member("after"));
        let what = Content::Lines {
            text: named(asked, after, before),
            detail: Some(action(asked, item)),
            warning: None,
        };
        vec![
            times::cell(item.text("at"), asked.time_zone(), asked.admin.lang),
            Cell::text(editor(item)),
            what.into(),
            Content::Changes(changes(before, after, &Reader::new(item, asked.around))).into(),
        ]
    }

    fn filters(&self, asked: &Asked<'_>) -> Vec<FilterView> {
        let admin = asked.admin;
        let view = |name, label: Key, choices: Vec<(String, String)>| FilterView {
            name,
            label: admin.text(label),
            value: admin.asked(name).to_owned(),
            choices: Some(choices),
        };
        let words = |table: &[(&str, Key)]| {
            table
                .iter()
                .map(|(word, label)| ((*word).to_owned(), admin.text(label)))
                .collect()
        };
        let people = asked.around.all(Kind::Agent);
        let people = people
            .into_iter()
            .map(|one| (one.id.clone(), one.name().to_owned()));
        vec![
            view("resource", "console-audit-all-resources", words(&RESOURCES)),
            view("editor", "console-audit-all-editors", people.collect()),
        ]
    }

    fn terms(&self, query: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
        let term = |name: &'static str| {
            let value = query.get(name).filter(|value| !value.is_empty())?;
            Some((name, value.clone()))
        };
        ["resource", "editor", "resource_id"]
            .into_iter()
            .filter_map(term)
            .collect()
    }
}

fn named(asked: &Asked<'_>, after: &Value, before: &Value) -> String {
    let name = |value: &Value| {
        let found = ["name", "address"]
            .into_iter()
            .map(|member| scalar(value.get(member)));
        found.into_iter().find(|name| !name.is_empty())
    };
    name(after)
        .or_else(|| name(before))
        .unwrap_or_else(|| asked.admin.text("console-settings"))
}

fn action(asked: &Asked<'_>, item: &Shown) -> String {
    let said = |table: &[(&str, Key)], word: &str| {
        let found = table.iter().find(|(known, _)| *known == word);
        found.map_or_else(|| word.to_owned(), |(_, key)| asked.admin.text(key))
    };
    let resource = said(&RESOURCES, item.text("resource"));
    format!("{resource} · {}", said(&ACTIONS, item.text("action")))
}

/// What an id may be of, so that it can be shown by name.
const NAMED: [Kind; 6] = [
    Kind::Channel,
    Kind::Queue,
    Kind::Chatbot,
    Kind::Form,
    Kind::SmsTrunk,
    Kind::Agent,
];

/// How the members of one record are said: by the labels of the form that changes them, and by the names of what they
/// point to.
#[derive(Debug, Default)]
struct Reader<'a> {
    labels: BTreeMap<&'static str, String>,
    around: Option<&'a Around>,
}

impl<'a> Reader<'a> {
    fn new(item: &Shown, around: &'a Around) -> Self {
        let body = |name: &str| item.body.get(name).filter(|body| body.is_object());
        let value = body("after").or_else(|| body("before"));
        let form = value.and_then(|value| form(item.text("resource"), around, value));
        let fields = form.iter().flat_map(Form::fields);
        let label = |field: &Field| (field.path, around.text(field.label));
        let others = [
            (SECRETS_CHANGED, "console-audit-secrets"),
            ("kind", "console-channel-kind"),
            ("key", "console-key"),
        ];
        let others = others.map(|(path, key)| (path, around.text(key)));
        Self {
            labels: fields.map(label).chain(others).collect(),
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
                    part => format!("{label} ({part})"),
                };
            }
            match known.rsplit_once('.') {
                Some((above, _)) => known = above,
                None => return path.to_owned(),
            }
        }
    }

    fn words(&self, value: &Value) -> String {
        match value {
            Value::Array(items) => {
                let texts: Vec<String> = items.iter().map(|item| self.words(item)).collect();
                texts.join(", ")
            }
            Value::String(text) => self.name(text).unwrap_or_else(|| text.clone()),
            other => plain(Some(other)),
        }
    }

    fn name(&self, id: &str) -> Option<String> {
        let around = self.around?;
        let mut names = NAMED.into_iter().filter_map(|kind| around.name(kind, id));
        names.next().map(str::to_owned)
    }
}

/// The form that changes a resource.
fn form(resource: &str, around: &Around, value: &Value) -> Option<Form> {
    let subject = Subject { id: None, value };
    let slug = match resource {
        "settings" => return super::settings::Settings.form(around, subject),
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
    super::find(slug)?.form(around, subject)
}

/// The members that differ. What looks like a secret is masked, whatever the backend gave.
fn changes(before: &Value, after: &Value, reader: &Reader<'_>) -> Vec<ChangeView> {
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
        && last != SECRETS_CHANGED
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
    let text = reader.words(value);
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

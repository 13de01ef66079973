//! The audit trail: who changed what, when, from which value to which.

mod record;

use std::collections::BTreeMap;

use serde_json::Value;

use self::record::{NAMED, Reader, changes};
use crate::console::address::readable;
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::edit::editor;
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::{Resource, Texts, times};
use crate::console::backend::{Kind, Shown};
use crate::console::form::Key;
use crate::console::form::value::scalar;

const RESOURCES: [(&str, Key); 12] = [
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
    ("contact", "console-audit-contact"),
];

const ACTIONS: [(&str, Key); 10] = [
    ("deletion_scheduled", "console-audit-scheduled"),
    ("lifted", "console-audit-lifted"),
    ("created", "console-audit-created"),
    ("changed", "console-audit-changed"),
    ("deleted", "console-audit-deleted"),
    ("password_set", "console-audit-password"),
    ("link_issued", "console-audit-link"),
    ("reactivated", "console-audit-reactivated"),
    ("erased", "console-audit-erased"),
    ("exported", "console-audit-exported"),
];

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
            deletion: None,
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
        let shown = |name: &str| record::as_shown(item.text("resource"), member(name));
        let (before, after) = (shown("before"), shown("after"));
        let what = Content::Lines {
            text: named(&after, &before)
                .or_else(|| contact(item))
                .unwrap_or_else(|| resource(asked, item)),
            detail: Some(action(asked, item)),
            warning: None,
        };
        let value = if after.is_object() { &after } else { &before };
        let reader = Reader::new(item.text("resource"), value, asked.around);
        vec![
            times::cell(item.text("at"), asked.time_zone(), asked.admin.lang),
            Cell::text(editor(item, asked.admin.catalogue)),
            what.into(),
            Content::Changes(changes(&before, &after, &reader)).into(),
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
            FilterView {
                name: "by",
                label: admin.text("console-audit-by"),
                value: admin.asked("by").to_owned(),
                choices: None,
            },
            view("resource", "console-audit-all-resources", words(&RESOURCES)),
            view("action", "console-audit-all-actions", words(&ACTIONS)),
            view("editor", "console-audit-all-editors", people.collect()),
        ]
    }

    fn terms(&self, query: &BTreeMap<String, String>) -> Vec<(&'static str, String)> {
        let term = |name: &'static str| {
            let value = query.get(name).filter(|value| !value.is_empty())?;
            Some((name, value.clone()))
        };
        ["resource", "action", "by", "editor", "resource_id"]
            .into_iter()
            .filter_map(term)
            .collect()
    }
}

fn named(after: &Value, before: &Value) -> Option<String> {
    let name = |value: &Value| {
        let found = ["name", "address"]
            .into_iter()
            .map(|member| scalar(value.get(member)));
        found.into_iter().find(|name| !name.is_empty())
    };
    let name = name(after).or_else(|| name(before));
    name.map(|name| readable(&name).into_owned())
}

/// A contact's name is not kept here, because it may be what was erased.
fn contact(item: &Shown) -> Option<String> {
    (item.text("resource") == "contact").then(|| item.text("resource_id").to_owned())
}

fn said(asked: &Asked<'_>, table: &[(&str, Key)], word: &str) -> String {
    let found = table.iter().find(|(known, _)| *known == word);
    found.map_or_else(|| word.to_owned(), |(_, key)| asked.admin.text(key))
}

fn resource(asked: &Asked<'_>, item: &Shown) -> String {
    said(asked, &RESOURCES, item.text("resource"))
}

fn action(asked: &Asked<'_>, item: &Shown) -> String {
    let action = said(asked, &ACTIONS, item.text("action"));
    format!("{} · {action}", resource(asked, item))
}

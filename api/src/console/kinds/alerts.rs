//! What needs a person: what happened, what to do, and whether the alert address was told.

use ecluse_adapters::storage::config_db::AlertFacts;
use serde_json::Value;

use super::bans::called;
use crate::alerts;
use crate::console::admin::cell::{Cell, Content};
use crate::console::admin::list::Asked;
use crate::console::admin::{Resource, Texts, times};
use crate::console::backend::{Kind, Shown};
use crate::console::form::Key;
use crate::console::form::value::{at, scalar};

/// The alerts of a tenant.
#[derive(Debug)]
pub struct Alerts;

impl Resource for Alerts {
    fn kind(&self) -> Kind {
        Kind::Alert
    }

    fn slug(&self) -> &'static str {
        "alerts"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-alerts",
            lead: "console-alerts-lead",
            icon: "alert",
            add: None,
            empty: "console-alerts-empty",
            empty_help: "console-alerts-empty-help",
            deletion: None,
        }
    }

    fn columns(&self) -> &'static [Key] {
        &["console-when", "console-alert", "console-alert-mail"]
    }

    fn buttons(&self) -> &'static [Key] {
        &["console-alert-act"]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        let when = times::cell(item.text("at"), asked.time_zone(), asked.admin.lang);
        let told = mail(&item.body, asked);
        let Some(facts) = facts(&item.body) else {
            return vec![when, Cell::text("–"), told, Content::Nothing.into()];
        };
        let catalogue = asked.admin.catalogue;
        let what = alerts::what(catalogue, &facts);
        let act = Content::Link {
            label: asked.admin.text("console-alert-act"),
            about: what.clone(),
            href: alerts::place(&facts),
            icon: "external",
            danger: false,
        };
        let alert = Content::Lines {
            text: what,
            detail: Some(alerts::remedy(catalogue, &facts)),
            warning: None,
        };
        vec![when, alert.into(), told, act.into()]
    }
}

/// What is told, with the name of the contact who was banned.
fn facts(alert: &Value) -> Option<AlertFacts> {
    let mut facts: AlertFacts = serde_json::from_value(alert.get("facts")?.clone()).ok()?;
    if let AlertFacts::SenderBanned { address, .. } = &mut facts {
        *address = called(&scalar(alert.get("contact")), address);
    }
    Some(facts)
}

/// Whether the mail went out, and else why not.
fn mail(alert: &Value, asked: &Asked<'_>) -> Cell {
    let key = match scalar(at(alert, "mail.state")).as_str() {
        "sent" => "console-alert-mail-sent",
        "no_address" => "console-alert-mail-no-address",
        "no_account" => "console-alert-mail-no-account",
        "refused" => "console-alert-mail-refused",
        "given_up" => "console-alert-mail-given-up",
        _ => "console-alert-mail-waiting",
    };
    let words = scalar(at(alert, "mail.words"));
    Content::Lines {
        text: asked.admin.text(key),
        detail: Some(words).filter(|words| !words.is_empty()),
        warning: None,
    }
    .into()
}

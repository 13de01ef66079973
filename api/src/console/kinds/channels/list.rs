//! A channel in the list: what it is bound to, where its messages go, how they are handed out, and how it does.

use serde_json::Value;

use super::{KINDS, kind_of};
use crate::connect::trouble;
use crate::console::address::readable;
use crate::console::admin::Around;
use crate::console::admin::cell::{Badge, Cell, Content, Tone};
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::resource::edit_and_delete;
use crate::console::admin::times;
use crate::console::backend::{Kind, Shown};
use crate::console::form::Key;
use crate::console::form::value::{at, items, scalar};
use crate::resources::finds_channel;

/// Nothing is known against the channel, and nothing for it.
const UNTRIED: &str = "untried";

const STATES: [(&str, Key); 5] = [
    ("active", "console-state-active"),
    (UNTRIED, "console-health-untried"),
    ("degraded", "console-state-degraded"),
    ("sign_in_required", "console-state-sign-in"),
    ("pending_deletion", "console-state-pending"),
];

/// Where a channel's new conversations go.
struct Destination<'a> {
    kind: Kind,
    found: Option<&'a Shown>,
    id: String,
}

fn destination<'a>(around: &'a Around, channel: &Value) -> Option<Destination<'a>> {
    let members = channel.get("destination")?.as_object()?;
    let (tag, id) = members.iter().next()?;
    let kind = if tag == "chatbot" {
        Kind::Chatbot
    } else {
        Kind::Queue
    };
    let id = scalar(Some(id));
    Some(Destination {
        kind,
        found: around.get(kind, &id),
        id,
    })
}

/// The six cells of a channel.
pub(super) fn row(item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
    let (icon, label) = kind_of(&item.body).unwrap_or(("livechat", "common-channel-live-chat"));
    let channel = Content::Channel {
        icon,
        label: asked.admin.text(label),
        name: readable(item.name()).into_owned(),
    };
    let address = Content::Strong {
        text: address(item, asked),
        href: format!("/console/channels/{}", item.id),
        detail: further_domains(item, asked),
    };
    let [edit, delete] = edit_and_delete(asked, "channels", &item.id, &name(item));
    vec![
        channel.into(),
        address.into(),
        destination_cell(item, asked),
        routing(item, asked),
        edit,
        delete,
    ]
}

fn address(item: &Shown, asked: &Asked<'_>) -> String {
    match (item.text("address"), item.text("kind")) {
        ("", "live_chat") => asked.admin.text("console-own-page-only"),
        ("", _) => asked.admin.text("console-not-connected"),
        (address, _) => readable(address).into_owned(),
    }
}

fn further_domains(item: &Shown, asked: &Asked<'_>) -> Option<String> {
    let count = items(at(&item.body, "live_chat.domains")).len();
    let more = u64::try_from(count.checked_sub(1)?)
        .ok()
        .filter(|more| *more > 0)?;
    Some(
        asked
            .admin
            .catalogue
            .fill("console-more-domains", &[("count", more.into())]),
    )
}

fn destination_cell(item: &Shown, asked: &Asked<'_>) -> Cell {
    let Some(destination) = destination(asked.around, &item.body) else {
        return Content::Nothing.into();
    };
    let key = match destination.kind {
        Kind::Chatbot => "console-chatbot",
        _ => "console-queue",
    };
    Content::Lines {
        text: destination
            .found
            .map_or_else(|| destination.id.clone(), |found| found.name().to_owned()),
        detail: Some(asked.admin.text(key)),
        warning: empty_queue(asked.around, &item.body),
    }
    .into()
}

/// Why messages would wait for nobody.
pub(super) fn empty_queue(around: &Around, channel: &Value) -> Option<String> {
    let destination = destination(around, channel)?;
    let queue = destination
        .found
        .filter(|_| destination.kind == Kind::Queue)?;
    items(queue.body.get("members"))
        .is_empty()
        .then(|| around.text("console-queue-nobody"))
}

fn routing(item: &Shown, asked: &Asked<'_>) -> Cell {
    let key = match destination(asked.around, &item.body) {
        Some(Destination {
            kind: Kind::Chatbot,
            ..
        }) => "console-routing-chatbot",
        Some(found)
            if found
                .found
                .is_some_and(|queue| queue.text("strategy") == "auto") =>
        {
            "console-routing-auto"
        }
        _ => "console-routing-manual",
    };
    Content::Badged {
        text: asked.admin.text(key),
        badges: health(asked.around, &item.body),
    }
    .into()
}

/// How a channel is. A deletion that is pending hides nothing of what is the matter until then.
fn states(channel: &Value) -> Vec<String> {
    let state = scalar(channel.get("state"));
    let health = scalar(at(channel, "health.state"));
    match (state.as_str(), health.as_str()) {
        ("", _) => vec![health],
        ("active", _) if is_untried(channel) => vec![UNTRIED.to_owned()],
        ("pending_deletion", "degraded" | "sign_in_required") => vec![state, health],
        _ => vec![state],
    }
}

/// Whether its connection has never been seen working with what is saved now. A live chat needs none.
fn is_untried(channel: &Value) -> bool {
    scalar(channel.get("kind")) != "live_chat"
        && scalar(at(channel, "health.last_worked_at")).is_empty()
}

/// How a channel does.
pub(super) fn health(around: &Around, channel: &Value) -> Vec<Badge> {
    let states = states(channel);
    let badge = |state: &String| badge(around, channel, state);
    states.iter().map(badge).collect()
}

fn badge(around: &Around, channel: &Value, state: &str) -> Badge {
    match state {
        "degraded" => {
            let why = scalar(at(channel, "health.reason"));
            let reason = match why.as_str() {
                "" => around.text("console-health-unknown"),
                why => trouble::told(around.catalogue, why),
            };
            let label = around
                .catalogue
                .fill("console-health-degraded", &[("why", reason.into())]);
            Badge::new(Tone::Bad, label)
        }
        "sign_in_required" => Badge::new(Tone::Warn, around.text("console-health-sign-in")),
        "pending_deletion" => {
            let date = last_day(around, channel);
            let label = around
                .catalogue
                .fill("console-health-pending", &[("date", date.into())]);
            Badge::new(Tone::Warn, label)
        }
        "deleted" => Badge::new(Tone::Plain, around.text("console-state-deleted")),
        UNTRIED => Badge::new(Tone::Plain, around.text("console-health-untried")),
        _ => Badge::new(Tone::Good, around.text("console-health-connected")),
    }
}

/// The day on which a channel that was deleted still works.
pub(super) fn last_day(around: &Around, channel: &Value) -> String {
    let zone = around.settings.get("time_zone").and_then(Value::as_str);
    let until = scalar(channel.get("pending_deletion_until"));
    times::day(&until, zone.unwrap_or("UTC"), around.catalogue.lang())
}

/// What the settings page says of a channel that does not do well.
pub(super) fn trouble(around: &Around, channel: &Value) -> Vec<Badge> {
    let notice = |state: &String| {
        let key = match state.as_str() {
            "sign_in_required" => "console-trouble-sign-in",
            "pending_deletion" => "console-trouble-pending",
            "degraded" => trouble::hindered(&scalar(at(channel, "health.reason"))),
            _ => return None,
        };
        Some(Badge::new(Tone::Warn, around.text(key)))
    };
    states(channel).iter().filter_map(notice).collect()
}

/// What a channel is called in titles and questions.
pub(super) fn name(item: &Shown) -> String {
    match (item.name(), item.text("address")) {
        ("", address) => readable(address).into_owned(),
        // A channel that nobody named is called by its address.
        (name, _) => readable(name).into_owned(),
    }
}

/// A search, the kind and the state.
pub(super) fn filters(asked: &Asked<'_>) -> Vec<FilterView> {
    let admin = asked.admin;
    let view = |name, label: Key, choices| FilterView {
        name,
        label: admin.text(label),
        value: admin.asked(name).to_owned(),
        choices,
    };
    let kinds = KINDS.map(|(word, _, label, _)| (word.to_owned(), admin.text(label)));
    let states = STATES.map(|(word, label)| (word.to_owned(), admin.text(label)));
    vec![
        view("q", "console-channels-search", None),
        view("kind", "console-all-kinds", Some(kinds.to_vec())),
        view("state", "console-all-states", Some(states.to_vec())),
    ]
}

/// Whether a channel fits what is asked for.
pub(super) fn keeps(item: &Shown, asked: &Asked<'_>) -> bool {
    let admin = asked.admin;
    let states = states(&item.body);
    let is = |asked: &str, found: &str| asked.is_empty() || asked == found;
    let fits = |state: &String| match admin.asked("state") {
        "active" => state == "active" || state == "healthy",
        asked => is(asked, state),
    };
    let found = destination(asked.around, &item.body).and_then(|found| found.found);
    states.iter().all(|state| state != "deleted")
        && states.iter().any(fits)
        && is(admin.asked("kind"), item.text("kind"))
        && finds_channel(admin.asked("q"), &item.body, found.map(Shown::name))
}

//! Channels on which a customer who writes outside of operation times hears nothing. A live chat says by itself that nobody can
//! chat, and a reply that is switched off was meant to be silent.

use serde_json::Value;

use super::list::name;
use crate::console::admin::Around;
use crate::console::admin::cell::{Badge, Tone};
use crate::console::backend::{Kind, Shown};
use crate::console::form::value::{at, items, scalar};

/// What a channel's page says of it.
pub(super) fn channel_notice(around: &Around, channel: &Value) -> Option<Badge> {
    let closes = |id: &String| {
        let queue = around.get(Kind::Queue, id);
        queue.is_some_and(|queue| has_hours(around, &queue.body))
    };
    let is_told = is_silent(channel) && queues(around, channel).iter().any(closes);
    is_told.then(|| Badge::new(Tone::Warn, around.text("console-hours-silent")))
}

/// What a queue's page says of the channels that lead to it.
pub(in crate::console::kinds) fn queue_notice(around: &Around, queue: &Value) -> Option<Badge> {
    let own = scalar(queue.get("id"));
    let leads_here = |channel: &Shown| queues(around, &channel.body).contains(&own);
    notice(around, |channel| {
        has_hours(around, queue) && leads_here(channel)
    })
}

/// What the settings say of the channels whose queues inherit the tenant's times.
pub(in crate::console::kinds) fn tenant_notice(around: &Around, settings: &Value) -> Option<Badge> {
    let inherits = |id: &String| {
        let queue = around.get(Kind::Queue, id);
        queue.is_some_and(|queue| status(&queue.body) == "inherit")
    };
    notice(around, |channel| {
        status(settings) == "on" && queues(around, &channel.body).iter().any(inherits)
    })
}

fn notice(around: &Around, concerns: impl Fn(&Shown) -> bool) -> Option<Badge> {
    let channels = around.all(Kind::Channel).into_iter();
    let silent = channels.filter(|channel| is_silent(&channel.body) && concerns(channel));
    let names: Vec<String> = silent.map(name).collect();
    let text = || {
        let names = names.join(", ");
        let values = [("channels", names.into())];
        around
            .catalogue
            .fill("console-hours-silent-channels", &values)
    };
    (!names.is_empty()).then(|| Badge::new(Tone::Warn, text()))
}

fn is_silent(channel: &Value) -> bool {
    let reply = |member: &str| scalar(at(channel, &format!("auto_replies.outside_hours.{member}")));
    let says_nothing = reply("fr").is_empty() && reply("en").is_empty();
    let is = |member: &str, word: &str| scalar(channel.get(member)) == word;
    says_nothing
        && reply("enabled") != "false"
        && !is("kind", "live_chat")
        && !is("state", "deleted")
}

fn has_hours(around: &Around, queue: &Value) -> bool {
    match status(queue).as_str() {
        "on" => true,
        "inherit" => status(&around.settings) == "on",
        _ => false,
    }
}

fn status(of: &Value) -> String {
    scalar(at(of, "operation_times.status"))
}

/// The ids of the queues to which a channel leads, by itself or through a chatbot's menus.
fn queues(around: &Around, channel: &Value) -> Vec<String> {
    let mut queues = vec![scalar(at(channel, "destination.queue"))];
    let chatbot = scalar(at(channel, "destination.chatbot"));
    if let Some(chatbot) = around.get(Kind::Chatbot, &chatbot) {
        queues.push(scalar(chatbot.body.get("fallback_queue")));
        let mut levels = vec![items(chatbot.body.get("options"))];
        while let Some(options) = levels.pop() {
            for option in options {
                queues.push(scalar(option.get("queue")));
                levels.push(items(at(option, "menu.options")));
            }
        }
    }
    queues
}

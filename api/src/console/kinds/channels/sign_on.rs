//! Signing on at a company's own page: begun here, finished in a window, and taken up by the form.
//!
//! The form carries only the number of the sign-on; what came of it stays with the backend until the channel is saved.

use serde_json::Value;

use super::outcome;
use crate::connect::faults::words;
use crate::console::admin::Subject;
use crate::console::admin::administrator::Administrator;
use crate::console::admin::resource::Acted;
use crate::console::form::value::{at, put, scalar, take};
use crate::console::form::{Action, Block, Control, Field, Key, Outcome};
use crate::error::ApiError;

/// The address of the window, while it is of use.
const WINDOW: &str = "~sign_on_window";
/// How far the form's sign-on is, while it is of use.
const STATE: &str = "~sign_on_state";
const READY: &str = "ready";
/// It is over, or never was.
const GONE: &str = "gone";
/// Where a form keeps the number of its sign-on.
const PATHS: [&str; 3] = ["email.sign_on", "facebook.sign_on", "whatsapp.sign_on"];

/// What a sign-on fills in, by the path of its number.
fn fills(path: &str) -> &'static [&'static str] {
    match path {
        "facebook.sign_on" => &[
            "facebook.sign_on",
            "facebook.page_access_token",
            "facebook.page_id",
            "facebook.page_name",
        ],
        "whatsapp.sign_on" => &[
            "whatsapp.sign_on",
            "whatsapp.api_key",
            "whatsapp.number",
            "whatsapp.client_id",
            "whatsapp.channel_id",
        ],
        _ => &[
            "email.sign_on",
            "email.refresh_token",
            "email.imap",
            "email.smtp",
        ],
    }
}

/// The number of the sign-on, carried by the page.
pub(super) fn hidden(path: &'static str) -> Field {
    Field::new(path, "console-sign-on", Control::Hidden)
}

/// The button that begins; once begun, the link to the window and the button that looks what came of it.
pub(super) fn blocks(kind: &str, label: Key, path: &str, value: &Value) -> Vec<Block> {
    let begin = Action::new(format!("sign-on {kind}"), label, "external").opens();
    let begin = begin.fills(fills(path));
    if scalar(value.get(STATE)) == GONE {
        return vec![Block::Action(begin.trouble("console-sign-on-gone"))];
    }
    let begin = Block::Action(begin);
    if scalar(at(value, path)).is_empty() {
        return vec![begin];
    }
    let window = scalar(value.get(WINDOW));
    let open = (!window.is_empty()).then_some(Block::Window {
        label: "console-sign-on-open",
        href: window,
    });
    let check = format!("check {kind}");
    let check = Block::Action(Action::new(check, "console-sign-on-check", "refresh"));
    open.into_iter().chain([check, begin]).collect()
}

/// Begins a sign-on; the form then holds its number.
pub(super) async fn begin(
    admin: &Administrator,
    subject: Subject<'_>,
    kind: &str,
) -> Result<Acted, ApiError> {
    let begun = admin.backend.begin_sign_on(kind, subject.id).await?;
    let mut value = subject.value.clone();
    let path = match kind {
        "facebook" => "facebook.sign_on",
        "whatsapp" => "whatsapp.sign_on",
        _ => "email.sign_on",
    };
    put(&mut value, path, Value::from(scalar(begun.get("id"))));
    put(&mut value, WINDOW, Value::from(scalar(begun.get("url"))));
    Ok(Acted::Value(value))
}

fn number(value: &Value) -> Option<(String, &'static str)> {
    let found = PATHS
        .into_iter()
        .map(|path| (scalar(at(value, path)), path));
    found.into_iter().find(|(number, _)| !number.is_empty())
}

/// Shows in the form what a finished sign-on gave. One that is gone is forgotten, which its button tells; so is one for
/// another company than the one that is chosen now.
pub(super) async fn complete(admin: &Administrator, value: &mut Value) -> Result<(), ApiError> {
    for path in PATHS {
        let number = scalar(at(value, path));
        if number.is_empty() {
            continue;
        }
        match admin.backend.sign_on(&number).await {
            Err(ApiError::NotFound) => {
                take(value, path);
                put(value, STATE, Value::from(GONE));
            }
            Ok(found) if !is_for(&scalar(found.get("kind")), path, value) => take(value, path),
            found => fill_in(value, path, &found?),
        }
    }
    offer_name(value);
    Ok(())
}

/// Whether a sign-on of this kind is what the form asks for, as it is filled in now.
fn is_for(kind: &str, path: &str, value: &Value) -> bool {
    let chosen = |path| scalar(at(value, path));
    match path {
        "email.sign_on" => chosen("email.provider") == kind,
        "whatsapp.sign_on" => chosen("whatsapp.provider") == "dialog360",
        _ => true,
    }
}

fn fill_in(value: &mut Value, path: &str, found: &Value) {
    let state = scalar(found.get("state"));
    if matches!(state.as_str(), "started" | "choosing") {
        put(value, WINDOW, Value::from(scalar(found.get("url"))));
    }
    let part = path.split('.').next().unwrap_or_default();
    if let (READY, Some(result)) = (
        state.as_str(),
        found.get("result").and_then(Value::as_object),
    ) {
        for (member, known) in result {
            put(value, &format!("{part}.{member}"), known.clone());
        }
    }
    put(value, STATE, Value::from(state));
}

/// Whether the form's sign-on can be taken up by a channel.
pub(super) fn is_ready(value: &Value) -> bool {
    scalar(value.get(STATE)) == READY
}

/// A sign-on that somebody began and did not finish is no part of what is saved.
pub(super) fn leave_out_unfinished(value: &Value, body: &mut Value) {
    if !is_ready(value) {
        for path in PATHS {
            take(body, path);
        }
    }
}

/// A channel that nobody named is called what the company calls it.
fn offer_name(value: &mut Value) {
    if !scalar(value.get("name")).is_empty() {
        return;
    }
    let names = ["facebook.page_name", "whatsapp.number"];
    let offered = names.into_iter().map(|path| scalar(at(value, path)));
    if let Some(name) = offered.into_iter().find(|name| !name.is_empty()) {
        put(value, "name", Value::from(name));
    }
}

/// How the sign-on of a form stands, in words.
pub(super) async fn state(admin: &Administrator, value: &Value) -> Result<Outcome, ApiError> {
    let Some((number, _)) = number(value) else {
        return Ok(outcome(false, admin.text("console-sign-on-gone")));
    };
    let found = admin.backend.sign_on(&number).await?;
    Ok(match scalar(found.get("state")).as_str() {
        READY => outcome(true, admin.text("console-sign-on-ready")),
        "failed" => {
            let why = admin.text(words(&scalar(at(&found, "error.code"))));
            let failed = admin
                .catalogue
                .fill("console-sign-on-failed", &[("why", why.into())]);
            outcome(false, failed)
        }
        _ => outcome(false, admin.text("console-sign-on-waiting")),
    })
}

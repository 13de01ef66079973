//! Signing on at a company's own page: begun here, finished in a window, and taken up by the form.
//!
//! The form carries only the number of the sign-on; what came of it stays with the backend until the channel is saved.

use serde_json::Value;

use super::outcome;
use crate::connect::faults::words;
use crate::console::admin::Subject;
use crate::console::admin::administrator::Administrator;
use crate::console::admin::resource::Acted;
use crate::console::form::value::{at, put, scalar};
use crate::console::form::{Block, Control, Field, Key, Outcome};
use crate::error::ApiError;

/// The address of the window, while it is of use.
const WINDOW: &str = "~sign_on_window";
/// Where a form keeps the number of its sign-on.
const PATHS: [&str; 3] = ["email.sign_on", "facebook.sign_on", "whatsapp.sign_on"];

/// The number of the sign-on, carried by the page.
pub(super) fn hidden(path: &'static str) -> Field {
    Field::new(path, "console-sign-on", Control::Hidden)
}

/// The button that begins; once begun, the link to the window and the button that looks what came of it.
pub(super) fn blocks(kind: &str, label: Key, path: &str, value: &Value) -> Vec<Block> {
    let begin = Block::Action {
        command: format!("sign-on {kind}"),
        label,
        icon: "external",
        opens: true,
    };
    if scalar(at(value, path)).is_empty() {
        return vec![begin];
    }
    let window = scalar(value.get(WINDOW));
    let open = (!window.is_empty()).then_some(Block::Window {
        label: "console-sign-on-open",
        href: window,
    });
    let check = Block::Action {
        command: format!("check {kind}"),
        label: "console-sign-on-check",
        icon: "refresh",
        opens: false,
    };
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

/// Shows in the form what a finished sign-on gave. One that is gone is forgotten.
pub(super) async fn complete(admin: &Administrator, value: &mut Value) -> Result<(), ApiError> {
    let Some((number, path)) = number(value) else {
        return Ok(());
    };
    let found = match admin.backend.sign_on(&number).await {
        Err(ApiError::NotFound) => {
            crate::console::form::value::take(value, path);
            return Ok(());
        }
        found => found?,
    };
    if matches!(scalar(found.get("state")).as_str(), "started" | "choosing") {
        put(value, WINDOW, Value::from(scalar(found.get("url"))));
    }
    let part = path.split('.').next().unwrap_or_default();
    if let Some(result) = found.get("result").and_then(Value::as_object) {
        for (member, known) in result {
            put(value, &format!("{part}.{member}"), known.clone());
        }
    }
    offer_name(value);
    Ok(())
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
        "ready" => outcome(true, admin.text("console-sign-on-ready")),
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

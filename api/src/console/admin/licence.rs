//! What the licence allows, how much of it is used, and what happens at its end.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::Value;

use super::administrator::Administrator;
use super::cell::Tone;
use super::head::Head;
use super::installation::has_module;
use super::shell::Shell;
use crate::console::form::Key;
use crate::console::headers::Frames;
use crate::console::pages::{Page, answer};
use crate::error::ApiError;

#[derive(Debug, Template)]
#[template(path = "console/licence.html")]
struct LicencePage {
    page: Page,
    shell: Shell,
    head: Head,
    gauges: Vec<Gauge>,
    modules: Vec<Module>,
}

#[derive(Debug)]
struct Gauge {
    label: String,
    words: String,
    used: u64,
    max: Option<u64>,
    /// From here on it is nearly used up.
    high: u64,
    help: String,
}

#[derive(Debug)]
struct Module {
    label: String,
    help: String,
    tone: Tone,
    state: String,
}

/// The member with the limit, the one with what counts against it, and the texts.
const GAUGES: [(Option<&str>, &str, Key, Key); 4] = [
    (
        Some("agent_seats"),
        "agents_at_work",
        "console-licence-agents",
        "console-licence-agents-help",
    ),
    (
        None,
        "agents",
        "console-licence-people",
        "console-licence-people-help",
    ),
    (
        Some("supervisor_seats"),
        "supervisors",
        "console-licence-supervisors",
        "console-licence-supervisors-help",
    ),
    (
        Some("channels_max"),
        "channels",
        "console-licence-channels",
        "console-licence-channels-help",
    ),
];

const MODULES: [(&str, Key, Key); 2] = [
    (
        "omnichannel",
        "console-licence-omnichannel",
        "console-licence-omnichannel-help",
    ),
    (
        "customer_survey",
        "console-licence-survey",
        "console-licence-survey-help",
    ),
];

/// `GET /console/licence`.
///
/// # Errors
/// It cannot be read.
pub async fn page(admin: &Administrator) -> Result<HttpResponse, ApiError> {
    let licence = admin.backend.licence().await?;
    let title = admin.text("console-licence");
    let page = LicencePage {
        page: Page::bare(admin.lang, &admin.user.csrf_token),
        shell: Shell::new(admin, &title),
        head: Head {
            title,
            lead: Some(admin.text("console-licence-lead")),
            ..Head::default()
        },
        gauges: GAUGES
            .into_iter()
            .map(|gauge| read_gauge(admin, &licence, gauge))
            .collect(),
        modules: MODULES
            .into_iter()
            .map(|module| read_module(admin, &licence, module))
            .collect(),
    };
    Ok(answer(StatusCode::OK, Frames::Nobody, &page))
}

fn read_gauge(
    admin: &Administrator,
    licence: &Value,
    (limit, used, label, help): (Option<&str>, &str, Key, Key),
) -> Gauge {
    let max = limit.and_then(|limit| licence.get(limit)?.as_u64());
    let used = licence
        .get("used")
        .and_then(|all| all.get(used))
        .and_then(Value::as_u64);
    let used = used.unwrap_or(0);
    let words = match max {
        Some(max) => [("used", used.into()), ("max", max.into())].to_vec(),
        None => vec![("used", used.into())],
    };
    let key = if max.is_some() {
        "console-licence-of"
    } else {
        "console-licence-unlimited"
    };
    Gauge {
        label: admin.text(label),
        words: admin.catalogue.fill(key, &words),
        used,
        high: max.map_or(0, |max| max * 9 / 10),
        max,
        help: admin.text(help),
    }
}

fn read_module(
    admin: &Administrator,
    licence: &Value,
    (name, label, help): (&str, Key, Key),
) -> Module {
    let (tone, state) = if has_module(licence, name) {
        (Tone::Good, "console-licence-on")
    } else {
        (Tone::Plain, "console-licence-off")
    };
    Module {
        label: admin.text(label),
        help: admin.text(help),
        tone,
        state: admin.text(state),
    }
}

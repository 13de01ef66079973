//! Many agents at once: CSV in, with what became of each line, and CSV out.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::Value;

use super::administrator::{Administrator, Submission};
use super::cell::Tone;
use super::head::{Head, LinkView};
use super::shell::Shell;
use super::told::told;
use crate::console::form::value::{items, scalar};
use crate::console::form::{Key, problems};
use crate::console::headers::Frames;
use crate::console::pages::{Page, answer};
use crate::error::{ApiError, FieldError};

/// The columns that are read; only the first two are needed.
const SAMPLE: &str = "name,email,number,pin,role,wrap_up_secs\nAmélie Roche,amelie@example.org,0012,4821,agent,20\nJames Hill,james@example.org,,,supervisor,0";

#[derive(Debug, Template)]
#[template(path = "console/import.html")]
struct ImportPage {
    page: Page,
    shell: Shell,
    head: Head,
    alert: Option<String>,
    report: Option<Report>,
    sample: &'static str,
    csv: String,
}

#[derive(Debug)]
struct Report {
    summary: String,
    rows: Vec<ReportRow>,
}

#[derive(Debug)]
struct ReportRow {
    line: String,
    name: String,
    tone: Tone,
    outcome: String,
    errors: Vec<String>,
}

/// `GET /console/agents/import`.
pub fn page(admin: &Administrator) -> HttpResponse {
    render(admin, StatusCode::OK, None, None, String::new())
}

/// `POST /console/agents/import`.
///
/// # Errors
/// Our own failure.
pub async fn submitted(Submission { by, posted }: Submission) -> Result<HttpResponse, ApiError> {
    let csv = posted.first("csv").unwrap_or_default().to_owned();
    if csv.trim().is_empty() {
        let alert = Some(by.text("console-import-empty"));
        return Ok(render(
            &by,
            StatusCode::UNPROCESSABLE_ENTITY,
            alert,
            None,
            csv,
        ));
    }
    match by.backend.import_agents(csv.clone()).await {
        Ok(found) => {
            let report = report(&by, &found);
            Ok(render(
                &by,
                StatusCode::OK,
                None,
                Some(report),
                String::new(),
            ))
        }
        Err(error @ ApiError::Internal(_)) => Err(error),
        Err(error) => {
            let alert = match &error {
                ApiError::Validation(errors) => errors
                    .first()
                    .map(|error| problems::sentence(error, by.catalogue)),
                _ => Some(told(&by, &error)),
            };
            Ok(render(
                &by,
                StatusCode::UNPROCESSABLE_ENTITY,
                alert,
                None,
                csv,
            ))
        }
    }
}

/// `GET /console/agents/export`.
///
/// # Errors
/// The list cannot be read.
pub async fn export(admin: &Administrator) -> Result<HttpResponse, ApiError> {
    let csv = admin.backend.export_agents().await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("Content-Disposition", "attachment; filename=\"agents.csv\""))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .body(csv))
}

fn render(
    admin: &Administrator,
    status: StatusCode,
    alert: Option<String>,
    report: Option<Report>,
    csv: String,
) -> HttpResponse {
    let title = admin.text("console-import");
    let page = ImportPage {
        page: Page::bare(admin.lang, &admin.user.csrf_token),
        shell: Shell::new(admin, &title),
        head: Head {
            title,
            lead: Some(admin.text("console-import-lead")),
            back: Some(LinkView {
                href: "/console/agents".to_owned(),
                label: admin.text("console-agents"),
            }),
            ..Head::default()
        },
        alert,
        report,
        sample: SAMPLE,
        csv,
    };
    answer(status, Frames::Nobody, &page)
}

fn report(admin: &Administrator, found: &Value) -> Report {
    let count = |member: &str| {
        found
            .get(member)
            .and_then(Value::as_u64)
            .unwrap_or(0)
            .into()
    };
    let words = [
        ("added", count("added")),
        ("changed", count("changed")),
        ("unchanged", count("unchanged")),
        ("skipped", count("skipped")),
    ];
    Report {
        summary: admin.catalogue.fill("console-import-summary", &words),
        rows: items(found.get("rows"))
            .iter()
            .map(|row| report_row(admin, row))
            .collect(),
    }
}

fn report_row(admin: &Administrator, row: &Value) -> ReportRow {
    let (tone, key): (Tone, Key) = match scalar(row.get("outcome")).as_str() {
        "added" => (Tone::Good, "console-import-added"),
        "changed" => (Tone::Plain, "console-import-changed"),
        "unchanged" => (Tone::Plain, "console-import-unchanged"),
        _ => (Tone::Bad, "console-import-skipped"),
    };
    ReportRow {
        line: scalar(row.get("line")),
        name: scalar(row.get("name")),
        tone,
        outcome: admin.text(key),
        errors: items(row.get("errors"))
            .iter()
            .map(|error| refused(admin, error))
            .collect(),
    }
}

fn refused(admin: &Administrator, error: &Value) -> String {
    let member = |name: &str| scalar(error.get(name));
    let told = FieldError::new(member("field"), member("code"), member("message"));
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let error = FieldError {
        minimum: error.get("minimum").and_then(Value::as_i64),
        maximum: error.get("maximum").and_then(Value::as_i64),
        suggestion: text("suggestion"),
        holder: text("holder"),
        ..told
    };
    format!(
        "{} – {}",
        error.field,
        problems::sentence(&error, admin.catalogue)
    )
}

//! The page of what was deleted and is kept for its history alone.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::Value;

use super::administrator::Administrator;
use super::around::Around;
use super::head::{Head, LinkView};
use super::resource::Resource;
use super::shell::Shell;
use super::times;
use crate::console::backend::{Filter, Kind, Shown};
use crate::console::form::Key;
use crate::console::headers::Frames;
use crate::console::pages::{Page, answer};
use crate::error::ApiError;

#[derive(Debug, Template)]
#[template(path = "console/gone.html")]
struct GonePage {
    page: Page,
    shell: Shell,
    head: Head,
    said: String,
    list: String,
}

/// What stands in the place of its settings, and of the question before its deletion; `None` of what is not deleted.
///
/// # Errors
/// The audit trail cannot be read.
pub async fn page(
    admin: &Administrator,
    resource: &dyn Resource,
    around: &Around,
    item: &Shown,
) -> Result<Option<HttpResponse>, ApiError> {
    let Some(texts) = resource.gone(item) else {
        return Ok(None);
    };
    let name = resource.name(around, item);
    let said = said(admin, around, (item, &name), texts).await?;
    let list = format!("/console/{}", resource.slug());
    let page = GonePage {
        page: Page::bare(admin.lang, &admin.user.csrf_token),
        shell: Shell::new(admin, &name),
        head: Head {
            title: name,
            back: Some(LinkView {
                href: list.clone(),
                label: admin.text(resource.texts().title),
            }),
            channel: resource.channel(&item.body),
            badges: resource.badges(around, &item.body),
            ..Head::default()
        },
        said,
        list,
    };
    Ok(Some(answer(StatusCode::GONE, Frames::Nobody, &page)))
}

/// That it is deleted, and when, as far as the audit trail tells.
async fn said(
    admin: &Administrator,
    around: &Around,
    (item, name): (&Shown, &str),
    [plain, dated]: [Key; 2],
) -> Result<String, ApiError> {
    let filter = Filter {
        limit: Some(1),
        terms: vec![
            ("resource_id", item.id.clone()),
            ("action", "deleted".to_owned()),
        ],
        ..Filter::default()
    };
    let records = admin.backend.list(Kind::Audit, &filter).await?;
    let Some(record) = records.items.first() else {
        let words = [("name", name.into())];
        return Ok(admin.catalogue.fill(plain, &words));
    };
    let zone = around.settings.get("time_zone").and_then(Value::as_str);
    let at = times::minute(record.text("at"), zone.unwrap_or("UTC"), admin.lang);
    let words = [("name", name.into()), ("at", at.into())];
    Ok(admin.catalogue.fill(dated, &words))
}

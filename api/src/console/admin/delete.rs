//! The question before something is deleted, and what still points to it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::administrator::{Administrator, Submission};
use super::around::Around;
use super::gone;
use super::head::{Head, LinkView};
use super::references::references;
use super::refusal::see;
use super::resource::Resource;
use super::shell::Shell;
use super::told::told;
use crate::console::backend::{Kind, Shown};
use crate::console::headers::Frames;
use crate::console::pages::{Page, answer};
use crate::error::ApiError;

#[derive(Debug, Template)]
#[template(path = "console/delete.html")]
struct DeletePage {
    page: Page,
    shell: Shell,
    head: Head,
    offer: Offer,
    alert: Option<String>,
    references: Vec<LinkView>,
    revision: u64,
    cancel: String,
}

/// What is asked or said, and the button below it.
#[derive(Debug)]
struct Offer {
    question: String,
    lines: Vec<String>,
    /// Where the button sends, and what.
    action: String,
    command: &'static str,
    confirm: String,
    danger: bool,
}

impl Offer {
    async fn of(
        admin: &Administrator,
        resource: &dyn Resource,
        around: &Around,
        item: &Shown,
    ) -> Result<Self, ApiError> {
        let deletion = resource.texts().deletion.ok_or(ApiError::NotFound)?;
        let place = format!("/console/{}/{}", resource.slug(), item.id);
        if let Some(scheduled) = resource.scheduled(around, item) {
            return Ok(Self {
                question: scheduled.said,
                lines: scheduled.lines,
                action: place,
                command: scheduled.command,
                confirm: admin.text(scheduled.take_back),
                danger: false,
            });
        }
        let (question, lines) = resource.question(admin, around, item).await?;
        Ok(Self {
            question,
            lines,
            action: format!("{place}/delete"),
            command: "delete",
            confirm: admin.text(deletion.button),
            danger: true,
        })
    }
}

/// `GET /console/{slug}/{id}/delete`.
///
/// # Errors
/// There is no such thing, or none of its kind can be deleted.
pub async fn page(
    admin: &Administrator,
    resource: &dyn Resource,
    id: &str,
) -> Result<HttpResponse, ApiError> {
    let item = admin.backend.show(resource.kind(), id).await?;
    ask(admin, resource, &item, None).await
}

/// `POST /console/{slug}/{id}/delete`.
///
/// # Errors
/// There is no such thing, or none of its kind can be deleted.
pub async fn confirmed(
    Submission { by, posted }: Submission,
    resource: &dyn Resource,
    id: &str,
) -> Result<HttpResponse, ApiError> {
    let kind = resource.kind();
    if resource.texts().deletion.is_none() {
        return Err(ApiError::NotFound);
    }
    let item = by.backend.show(kind, id).await?;
    if resource.gone(&item).is_some() {
        return ask(&by, resource, &item, None).await;
    }
    let removed = match posted.revision() {
        // Who does not say what was seen has not been asked.
        None => Err(ApiError::PreconditionFailed),
        seen => by.backend.remove(kind, id, seen).await,
    };
    match removed {
        Ok(()) => {
            let done = done(kind, &item);
            Ok(see(&format!(
                "/console/{}?done={done}&id={id}",
                resource.slug()
            )))
        }
        Err(error @ (ApiError::NotFound | ApiError::Internal(_))) => Err(error),
        Err(error) => {
            // Somebody else may have saved after it was read.
            let item = by.backend.show(kind, id).await?;
            ask(&by, resource, &item, Some(&error)).await
        }
    }
}

/// What has been done, as [`Shell`] says it.
fn done(kind: Kind, item: &Shown) -> &'static str {
    match kind {
        Kind::Ban => "lifted",
        Kind::ApiKey => "revoked",
        Kind::DeadLetter => "put-away",
        Kind::Channel if item.text("kind") == "whatsapp" => "pending",
        _ => "deleted",
    }
}

async fn ask(
    admin: &Administrator,
    resource: &dyn Resource,
    item: &Shown,
    refused: Option<&ApiError>,
) -> Result<HttpResponse, ApiError> {
    let around = Around::load(admin, resource.needs()).await?;
    if let Some(gone) = gone::page(admin, resource, &around, item).await? {
        return Ok(gone);
    }
    let texts = resource.texts();
    let deletion = texts.deletion.ok_or(ApiError::NotFound)?;
    let offer = Offer::of(admin, resource, &around, item).await?;
    let list = format!("/console/{}", resource.slug());
    let title = admin.text(deletion.button);
    let page = DeletePage {
        page: Page::bare(admin.lang, &admin.user.csrf_token),
        shell: Shell::new(admin, &title),
        head: Head {
            title: resource.asked_about(&around, item),
            back: Some(LinkView {
                href: list.clone(),
                label: admin.text(texts.title),
            }),
            channel: resource.channel(&item.body),
            ..Head::default()
        },
        offer,
        alert: refused.map(|error| sentence(admin, error)),
        references: refused.map(references).unwrap_or_default(),
        revision: item.revision,
        cancel: list,
    };
    let status = if refused.is_some() {
        StatusCode::CONFLICT
    } else {
        StatusCode::OK
    };
    Ok(answer(status, Frames::Nobody, &page))
}

fn sentence(admin: &Administrator, error: &ApiError) -> String {
    match error {
        ApiError::PreconditionFailed => admin.text("console-changed-meanwhile"),
        error => told(admin, error),
    }
}

//! The addresses of the console, below `/console`. A handler finds the kind of thing that an address names, and nothing more.
//!
//! It needs as application data [`SharedBackends`](super::backend::SharedBackends) (as `Data<dyn Backends>`), `Auth` and
//! `ConfigDb`.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Path};
use ecluse_adapters::storage::config_db::ConfigDb;

use super::admin::edit::Which;
use super::admin::refusal::{Refusal, see};
use super::admin::{
    Administrator, Resource, Submission, delete, edit, import, licence, list, once, preview,
    session,
};
use super::kinds::settings::Settings;
use super::kinds::{channels, find};
use crate::auth::Auth;
use crate::error::{ApiError, BODY_BYTES_MAX, BodyLimit};

type Page = Result<HttpResponse, Refusal>;

/// Mounts the console.
pub fn configure(services: &mut web::ServiceConfig) {
    let scope = web::scope("/console")
        .app_data(BodyLimit(BODY_BYTES_MAX))
        .route("", web::get().to(home))
        .route("/", web::get().to(home))
        .route("/language", web::post().to(language))
        .route("/sign-out", web::post().to(sign_out))
        .route("/preview", web::get().to(show_preview))
        .route("/licence", web::get().to(show_licence))
        .route("/settings", web::get().to(show_settings))
        .route("/settings", web::post().to(change_settings))
        .route("/sign-ons/{id}", web::get().to(sign_on))
        .route("/agents/import", web::get().to(show_import))
        .route("/agents/import", web::post().to(import_agents))
        .route("/agents/export", web::get().to(export_agents))
        .route("/dead-letters/{id}/retry", web::post().to(retry))
        .route("/channels/new", web::get().to(choose_kind))
        .route("/channels/new/{kind}", web::get().to(new_channel))
        .route("/channels/new/{kind}", web::post().to(create_channel))
        .route("/{slug}", web::get().to(show_list))
        .route("/{slug}/new", web::get().to(new))
        .route("/{slug}/new", web::post().to(create))
        .route("/{slug}/{id}", web::get().to(show))
        .route("/{slug}/{id}", web::post().to(change))
        .route("/{slug}/{id}/delete", web::get().to(ask_delete))
        .route("/{slug}/{id}/delete", web::post().to(confirm_delete))
        .default_service(web::to(missing));
    services.service(scope);
}

/// The kind of thing at an address. Tenants are the platform's own.
fn known(admin: &Administrator, slug: &str) -> Result<&'static dyn Resource, ApiError> {
    let found = find(slug).ok_or(ApiError::NotFound)?;
    if slug == "tenants" && !admin.platform {
        return Err(ApiError::Forbidden);
    }
    Ok(found)
}

async fn home(_admin: Administrator) -> HttpResponse {
    see("/console/channels")
}

async fn missing(admin: Administrator) -> Page {
    admin.answer(Err(ApiError::NotFound))
}

async fn language(submission: Submission, db: Data<ConfigDb>) -> Page {
    answered(submission, async |sent| session::language(sent, &db).await).await
}

async fn sign_out(submission: Submission, db: Data<ConfigDb>, auth: Data<Auth>) -> Page {
    answered(submission, async |sent| {
        session::sign_out(sent, &db, &auth).await
    })
    .await
}

async fn show_preview(admin: Administrator) -> HttpResponse {
    preview::page(&admin)
}

async fn show_licence(admin: Administrator) -> Page {
    admin.answer(licence::page(&admin).await)
}

async fn show_settings(admin: Administrator) -> Page {
    admin.answer(edit::page(&admin, &Settings, Which::Only).await)
}

async fn change_settings(submission: Submission) -> Page {
    answered(submission, async |sent| {
        edit::submitted(sent, &Settings, Which::Only).await
    })
    .await
}

/// Runs what a form asks for; a failure is shown in the language of whoever sent it.
async fn answered(
    submission: Submission,
    run: impl AsyncFnOnce(Submission) -> Result<HttpResponse, ApiError>,
) -> Page {
    let (lang, here) = (submission.by.lang, submission.by.here.clone());
    run(submission)
        .await
        .map_err(|error| Refusal::new(error, lang, &here))
}

/// `{"state": …}`, for the script that waits for a sign-on's window.
async fn sign_on(admin: Administrator, id: Path<String>) -> Page {
    let found = admin.backend.sign_on(&id).await.map(|found| {
        let state = found.get("state").cloned().unwrap_or_default();
        HttpResponse::Ok()
            .insert_header(("Cache-Control", "no-store"))
            .json(serde_json::json!({"state": state}))
    });
    admin.answer(found)
}

async fn show_import(admin: Administrator) -> HttpResponse {
    import::page(&admin)
}

async fn import_agents(submission: Submission) -> Page {
    answered(submission, import::submitted).await
}

async fn export_agents(admin: Administrator) -> Page {
    admin.answer(import::export(&admin).await)
}

async fn retry(submission: Submission, id: Path<String>) -> Page {
    answered(submission, async |sent| {
        sent.by.backend.retry(&id).await?;
        Ok(see("/console/dead-letters?done=sent"))
    })
    .await
}

/// Leads to the page of the kind that was chosen, or asks for one.
async fn choose_kind(admin: Administrator) -> HttpResponse {
    let kind = admin.asked("kind");
    if channels::KINDS.iter().any(|(word, ..)| *word == kind) {
        return see(&format!("/console/channels/new/{kind}"));
    }
    channels::choose::page(&admin)
}

async fn new_channel(admin: Administrator, kind: Path<String>) -> Page {
    let which = Which::New(Some(&kind));
    admin.answer(edit::page(&admin, &channels::Channels, which).await)
}

async fn create_channel(submission: Submission, kind: Path<String>) -> Page {
    answered(submission, async |sent| {
        edit::submitted(sent, &channels::Channels, Which::New(Some(&kind))).await
    })
    .await
}

async fn show_list(admin: Administrator, slug: Path<String>) -> Page {
    let page = async { list::page(&admin, known(&admin, &slug)?).await };
    admin.answer(page.await)
}

async fn new(admin: Administrator, slug: Path<String>) -> Page {
    let page = async { edit::page(&admin, known(&admin, &slug)?, Which::New(None)).await };
    admin.answer(page.await)
}

async fn create(submission: Submission, slug: Path<String>) -> Page {
    answered(submission, async |sent| {
        let resource = known(&sent.by, &slug)?;
        edit::submitted(sent, resource, Which::New(None)).await
    })
    .await
}

async fn show(admin: Administrator, path: Path<(String, String)>) -> Page {
    let (slug, id) = path.into_inner();
    let page = async { edit::page(&admin, known(&admin, &slug)?, Which::One(&id)).await };
    admin.answer(page.await)
}

async fn change(submission: Submission, path: Path<(String, String)>) -> Page {
    let (slug, id) = path.into_inner();
    answered(submission, async |sent| {
        if let Some(link) = invitation(&sent, &slug, &id).await? {
            return Ok(link);
        }
        let resource = known(&sent.by, &slug)?;
        edit::submitted(sent, resource, Which::One(&id)).await
    })
    .await
}

/// A new link for a person, which is shown once, on a page of its own.
async fn invitation(
    sent: &Submission,
    slug: &str,
    id: &str,
) -> Result<Option<HttpResponse>, ApiError> {
    let asked = sent.posted.first(super::form::posted::COMMAND_FIELD) == Some("invite");
    if slug != "agents" || !asked {
        return Ok(None);
    }
    let link = sent.by.backend.invite(id).await?;
    let texts = ("console-invitation", "console-invitation-help");
    Ok(Some(once::page(&sent.by, texts, &link, "/console/agents")))
}

async fn ask_delete(admin: Administrator, path: Path<(String, String)>) -> Page {
    let (slug, id) = path.into_inner();
    let page = async { delete::page(&admin, known(&admin, &slug)?, &id).await };
    admin.answer(page.await)
}

async fn confirm_delete(submission: Submission, path: Path<(String, String)>) -> Page {
    let (slug, id) = path.into_inner();
    answered(submission, async |sent| {
        let resource = known(&sent.by, &slug)?;
        delete::confirmed(sent, resource, &id).await
    })
    .await
}

//! Facebook's part of the stand-in over HTTP: the dialog's pages, tokens and pages' webhooks.

use actix_web::http::header::{HeaderMap, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use secrecy::SecretString;
use serde_json::Value;

use super::server::{header, refuse};
use super::{MetaSim, Shared};
use crate::cmp::facebook::SCOPES;
use crate::sim::facebook::{Call, GONE, Login};
use crate::sim::graph::GraphError;
use crate::sim::pages::{Filled, SIGN_IN_FIELDS, checkbox, escaped, form, page};

const SERVICE: &str = "Facebook";

/// The routes; those with an id stand after those with a word.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/v23.0/dialog/oauth", web::get().to(open))
        .route("/v23.0/dialog/oauth/{dialog}/{step}", web::post().to(step))
        .route("/v23.0/oauth/access_token", web::get().to(token))
        .route("/v23.0/debug_token", web::get().to(inspect))
        .route("/v23.0/me", web::get().to(me))
        .route("/v23.0/me/permissions", web::get().to(permissions))
        .route("/v23.0/me/accounts", web::get().to(accounts));
}

impl MetaSim {
    /// Adds an address to those that Facebook and the hub send people back to.
    pub fn allow_redirect(&self, url: &str) {
        if let Some(login) = &self.shared.login {
            login.lock().options.redirect_uris.push(url.to_owned());
        }
        if let Some(hub) = &self.shared.hub {
            hub.lock().options.redirect_urls.push(url.to_owned());
        }
    }

    /// Ends every token that a person gave, with the sub-code of the reason: 458 for an app that was removed, 460 for a
    /// changed password.
    pub fn kill_tokens(&self, email: &str, subcode: i64) {
        if let Some(login) = &self.shared.login {
            login.lock().kill(email, subcode);
        }
    }

    /// Which fields the app is subscribed to for a page; `None` if it is not.
    #[must_use]
    pub fn subscribed_fields(&self, page: &str) -> Option<Vec<String>> {
        let login = self.shared.login.as_ref()?;
        login.lock().subscribed(page)
    }

    /// A token of our app for a page, as a program brings one; `None` without Facebook.
    #[must_use]
    pub fn programs_token(&self, page: &str) -> Option<SecretString> {
        let login = self.shared.login.as_ref()?;
        Some(login.lock().programs_token(page).into())
    }

    /// A token of another app for a page; `None` without Facebook.
    #[must_use]
    pub fn strangers_token(&self, page: &str) -> Option<SecretString> {
        let login = self.shared.login.as_ref()?;
        Some(login.lock().strangers_token(page).into())
    }
}

impl Shared {
    /// Does something with what Facebook remembers, if the stand-in plays Facebook at all.
    pub(super) fn with_login<T>(
        &self,
        what: impl FnOnce(&mut Login) -> Result<T, GraphError>,
    ) -> Result<T, GraphError> {
        match &self.login {
            Some(login) => what(&mut login.lock()),
            None => Err(GraphError::unknown_path()),
        }
    }

    pub(super) fn call(&self, request: &HttpRequest) -> Call {
        let query = Filled::read(request.query_string().as_bytes());
        let bearer = bearer(request.headers()).map(str::to_owned);
        let proof = query.value("appsecret_proof");
        Call {
            token: bearer.unwrap_or_else(|| query.value("access_token").to_owned()),
            proof: (!proof.is_empty()).then(|| proof.to_owned()),
            now: self.options.clock.now(),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    header(headers, "Authorization")?.strip_prefix("Bearer ")
}

pub(super) fn answer(result: Result<Value, GraphError>) -> HttpResponse {
    match result {
        Ok(value) => HttpResponse::Ok().json(value),
        Err(error) => refuse(&error),
    }
}

async fn open(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query = Filled::read(request.query_string().as_bytes());
    let Some(login) = &shared.login else {
        return refuse(&GraphError::unknown_path());
    };
    let opened = login.lock().open(|name| query.value(name).to_owned());
    match opened {
        Ok(id) => html(sign_in_page(&id, "")),
        Err(why) => HttpResponse::BadRequest()
            .content_type("text/html; charset=utf-8")
            .body(page(SERVICE, "Sorry, something went wrong", &escaped(why))),
    }
}

async fn step(
    shared: web::Data<Shared>,
    path: web::Path<(String, String)>,
    body: web::Bytes,
) -> HttpResponse {
    let (id, step) = path.into_inner();
    let filled = Filled::read(&body);
    let Some(login) = &shared.login else {
        return refuse(&GraphError::unknown_path());
    };
    let login = &mut login.lock();
    if filled.value("do") == "cancel" {
        return redirect(login.cancel(&id));
    }
    match step.as_str() {
        "sign-in" => sign_in(login, &id, &filled),
        "project" => pages_page(login, &id),
        "pages" => {
            let chosen = login.choose(&id, &filled.values("page"), &filled.values("scope"));
            chosen.map_or_else(gone, |()| review_page(login, &id))
        }
        "save" => redirect(login.confirm(&id, shared.options.clock.now())),
        _ => gone(),
    }
}

fn sign_in(login: &mut Login, id: &str, filled: &Filled) -> HttpResponse {
    match login.sign_in(id, filled.value("email"), filled.value("password")) {
        Ok(None) => project_page(login, id),
        Ok(back @ Some(_)) => redirect(back),
        Err(why) => html(sign_in_page(id, why)),
    }
}

fn sign_in_page(id: &str, note: &str) -> String {
    let form = form(
        &action(id, "sign-in"),
        SIGN_IN_FIELDS,
        &[("continue", "Log in"), ("cancel", "Cancel")],
    );
    let note = escaped(note);
    page(
        SERVICE,
        "Log in to Facebook",
        &format!("<p role=\"alert\">{note}</p>{form}"),
    )
}

fn project_page(login: &Login, id: &str) -> HttpResponse {
    let Some((_, Some(person))) = login.dialog(id) else {
        return gone();
    };
    let app = escaped(&login.options.app_name);
    let name = escaped(&person.name);
    let text = format!("<p>{app} asks to be linked to your account, {name}.</p>");
    let buttons = [("continue", "Continue"), ("cancel", "Cancel")];
    let form = form(&action(id, "project"), &text, &buttons);
    html(page(SERVICE, "Link your account to the project", &form))
}

fn pages_page(login: &Login, id: &str) -> HttpResponse {
    let Some((dialog, Some(person))) = login.dialog(id) else {
        return gone();
    };
    let pages = person.pages.iter();
    let pages: String = pages
        .map(|one| checkbox("page", &one.id, &one.name, true))
        .collect();
    let scopes = SCOPES
        .iter()
        .filter(|scope| dialog.scopes.iter().any(|own| own == *scope));
    let scopes: String = scopes
        .map(|scope| checkbox("scope", scope, scope, true))
        .collect();
    let fields = format!("<h2>Pages</h2>{pages}<h2>What is allowed</h2>{scopes}");
    let buttons = [("continue", "Continue"), ("cancel", "Cancel")];
    let form = form(&action(id, "pages"), &fields, &buttons);
    html(page(SERVICE, "Choose the pages", &form))
}

fn review_page(login: &Login, id: &str) -> HttpResponse {
    let Some((dialog, Some(person))) = login.dialog(id) else {
        return gone();
    };
    let chosen = person
        .pages
        .iter()
        .filter(|page| dialog.pages.contains(&page.id));
    let pages: String = chosen
        .map(|page| format!("<li>{}</li>", escaped(&page.name)))
        .collect();
    let scopes = dialog.scopes.iter();
    let scopes: String = scopes
        .map(|scope| format!("<li>{}</li>", escaped(scope)))
        .collect();
    let fields = format!("<ul>{pages}</ul><ul>{scopes}</ul>");
    let buttons = [("save", "Save"), ("cancel", "Cancel")];
    let form = form(&action(id, "save"), &fields, &buttons);
    html(page(SERVICE, "Review what you allow", &form))
}

fn action(id: &str, step: &str) -> String {
    format!("/v23.0/dialog/oauth/{id}/{step}")
}

pub(super) fn html(page: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(page)
}

pub(super) fn redirect(to: Option<String>) -> HttpResponse {
    match to {
        Some(to) => HttpResponse::Found().insert_header((LOCATION, to)).finish(),
        None => gone(),
    }
}

pub(super) fn gone() -> HttpResponse {
    HttpResponse::Gone()
        .content_type("text/html; charset=utf-8")
        .body(page(SERVICE, "Sorry", GONE))
}

async fn token(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query = Filled::read(request.query_string().as_bytes());
    let now = shared.options.clock.now();
    answer(shared.with_login(|login| login.token(|name| query.value(name).to_owned(), now)))
}

async fn inspect(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query = Filled::read(request.query_string().as_bytes());
    let call = shared.call(&request);
    answer(shared.with_login(|login| login.inspect(&call, query.value("input_token"))))
}

async fn me(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let call = shared.call(&request);
    answer(shared.with_login(|login| login.me(&call)))
}

async fn permissions(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let call = shared.call(&request);
    answer(shared.with_login(|login| login.permissions(&call)))
}

async fn accounts(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query = Filled::read(request.query_string().as_bytes());
    let limit = query.value("limit").parse().unwrap_or(25);
    let call = shared.call(&request);
    answer(shared.with_login(|login| login.accounts(&call, limit, query.value("after"))))
}

/// `POST /{page}/subscribed_apps`.
pub(super) fn subscribe(shared: &Shared, request: &HttpRequest, id: &str) -> HttpResponse {
    let query = Filled::read(request.query_string().as_bytes());
    let call = shared.call(request);
    let fields = query.value("subscribed_fields");
    answer(shared.with_login(|login| login.subscribe(&call, id, fields)))
}

/// `DELETE /{page}/subscribed_apps`.
pub(super) fn unsubscribe(shared: &Shared, request: &HttpRequest, id: &str) -> HttpResponse {
    let call = shared.call(request);
    answer(shared.with_login(|login| login.unsubscribe(&call, id)))
}

//! The pages of people: signing in, an invitation, the desk. Whoever is not signed in is taken to the sign-in.

use actix_web::http::header::LOCATION;
use actix_web::web::{self, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use ecluse_adapters::storage::config_db::ConfigDb;
use ecluse_engine::configuration::Role;

use super::session;
use crate::auth::{Auth, SessionUser};
use crate::console::assets;
use crate::console::form::Posted;
use crate::console::language::Lang;
use crate::console::pages::{self, DeskUser};
use crate::console::sign_in::{PasswordForm, SignInForm, destination};
use crate::error::{ApiError, BodyLimit, WholeBody};

/// The longest form that somebody without a session may send.
const FORM_BYTES_MAX: usize = 16 << 10;

/// Mounts the pages and what they load.
pub fn configure(services: &mut web::ServiceConfig) {
    services
        .route("/", web::get().to(home))
        .service(
            web::resource("/login")
                .app_data(BodyLimit(FORM_BYTES_MAX))
                .route(web::get().to(login))
                .route(web::post().to(sign_in)),
        )
        .service(
            web::resource("/invitation/{token}")
                .app_data(BodyLimit(FORM_BYTES_MAX))
                .route(web::get().to(invitation))
                .route(web::post().to(choose_password)),
        )
        .route("/desk", web::get().to(desk))
        .route("/assets/{path:.*}", web::get().to(assets::asset));
}

async fn home() -> HttpResponse {
    to("/desk")
}

async fn login(request: HttpRequest) -> HttpResponse {
    let lang = Lang::of_request(&request, None);
    SignInForm::default().page(lang, request.query_string())
}

/// A form that was posted by one of our pages, if it could be read.
fn posted(
    request: &HttpRequest,
    auth: &Auth,
    body: Result<WholeBody, ApiError>,
) -> Result<Posted, ApiError> {
    if auth.is_foreign(request) {
        return Err(ApiError::Csrf);
    }
    Ok(Posted::parse(&body?.0))
}

async fn sign_in(
    request: HttpRequest,
    auth: Data<Auth>,
    body: Result<WholeBody, ApiError>,
) -> HttpResponse {
    let lang = Lang::of_request(&request, None);
    let query = request.query_string();
    let posted = match posted(&request, &auth, body) {
        Ok(posted) => posted,
        Err(error) => return SignInForm::default().refused(&error, lang, query),
    };
    let (form, asked) = match SignInForm::read(&posted, lang) {
        Ok(read) => read,
        Err(form) => return form.page(lang, query),
    };
    match auth.sign_in(asked, auth.peer(&request)).await {
        Ok(token) => HttpResponse::SeeOther()
            .insert_header((LOCATION, destination(query)))
            .cookie(auth.session_cookie(&token))
            .finish(),
        Err(error) => form.refused(&error, lang, query),
    }
}

async fn invitation(request: HttpRequest) -> HttpResponse {
    PasswordForm::default().page(Lang::of_request(&request, None))
}

async fn choose_password(
    request: HttpRequest,
    auth: Data<Auth>,
    db: Data<ConfigDb>,
    token: Path<String>,
    body: Result<WholeBody, ApiError>,
) -> HttpResponse {
    let lang = Lang::of_request(&request, None);
    let posted = match posted(&request, &auth, body) {
        Ok(posted) => posted,
        Err(error) => return PasswordForm::refused(&error, lang),
    };
    let password = match PasswordForm::read(&posted, lang) {
        Ok(password) => password,
        Err(form) => return form.page(lang),
    };
    match session::use_link(&auth, &db, &token, password).await {
        Ok(()) => PasswordForm::done().page(lang),
        Err(error) => PasswordForm::refused(&error, lang),
    }
}

async fn desk(request: HttpRequest, user: Result<SessionUser, ApiError>) -> HttpResponse {
    let Ok(user) = user else { return to("/login") };
    let setting = user.language.map(Lang::from);
    let id = user.person.to_string();
    let shown = DeskUser {
        id: &id,
        name: &user.name,
        email: &user.email,
        role: match user.role {
            Role::Agent => "agent",
            Role::Supervisor => "supervisor",
            Role::Administrator => "administrator",
        },
        number: Some(user.number.as_str()).filter(|number| !number.is_empty()),
        language: setting.map(Lang::code),
    };
    pages::desk(
        Lang::of_request(&request, setting),
        &shown,
        &user.csrf_token,
    )
}

fn to(place: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header(("Location", place))
        .finish()
}

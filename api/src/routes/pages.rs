//! The pages of people: signing in, an invitation, the desk. Whoever is not signed in is taken to the sign-in.

use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use ecluse_engine::configuration::Role;

use crate::auth::{PASSWORD_LENGTH_MIN, SessionUser};
use crate::console::assets;
use crate::console::language::Lang;
use crate::console::pages::{self, DeskUser};
use crate::error::ApiError;

/// Mounts the pages and what they load.
pub fn configure(services: &mut web::ServiceConfig) {
    services
        .route("/", web::get().to(home))
        .route("/login", web::get().to(login))
        .route("/invitation/{token}", web::get().to(invitation))
        .route("/desk", web::get().to(desk))
        .route("/assets/{path:.*}", web::get().to(assets::asset));
}

async fn home() -> HttpResponse {
    to("/desk")
}

async fn login(request: HttpRequest) -> HttpResponse {
    pages::login(Lang::of_request(&request, None))
}

async fn invitation(request: HttpRequest, token: Path<String>) -> HttpResponse {
    pages::invitation(
        Lang::of_request(&request, None),
        &token,
        PASSWORD_LENGTH_MIN,
    )
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

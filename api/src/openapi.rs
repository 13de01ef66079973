//! The API's own document, and the page that shows it. Everything is in the program: no network is needed to read it.

pub mod examples;
mod kinds;
mod refusals;
pub mod views;

use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::web::ServiceConfig as Services;
use actix_web::{App, HttpResponse, web};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt as _, scope};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::auth::SESSION_COOKIE;
use crate::error::{FieldError, Problem};

/// Where the document is.
pub const DOCUMENT_PATH: &str = "/api/v1/openapi.json";
/// What all routes of the document begin with.
pub const API_PREFIX: &str = "/api/v1";

const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";

#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Écluse",
        description = "Configuration, conversations and messages of the omnichannel engine. Every refusal is an \
            `application/problem+json` whose `code` is stable. Lists are paged with `limit` and `cursor`. What is \
            configured has an `ETag`, and is changed with `If-Match`. Programs send an API key as bearer; pages send \
            the session's cookie, and with everything but GET also `X-CSRF-Token`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "The node that serves this document")),
    components(schemas(Problem, FieldError)),
    modifiers(&Security),
    security(("api_key" = []), ("session" = [])),
    tags(
        (name = "session", description = "Signing in and out, passwords"),
        (name = "channels", description = "What customers write to"),
        (name = "sign-ons", description = "Windows in which a person connects a channel at its company"),
        (name = "chatbots", description = "Option menus that lead to a queue"),
        (name = "forms", description = "What visitors fill in"),
        (name = "sms-trunks", description = "The accounts of SMS providers"),
        (name = "queues", description = "Where conversations wait for agents"),
        (name = "agents", description = "The people who sign in"),
        (name = "settings", description = "What holds for everything of the tenant"),
        (name = "licence", description = "What the tenant may use, and how much of it is in use"),
        (name = "bans", description = "Who may not write"),
        (name = "config", description = "The whole configuration at once, as documents"),
        (name = "alerts", description = "What needs a person"),
        (name = "audit", description = "Who changed what"),
        (name = "tenants", description = "The companies that share a deployment, for the platform's administrators"),
        (name = "contacts", description = "The customers, under all their addresses"),
        (name = "conversations", description = "What customers and agents say to each other, and who has it"),
        (name = "desk", description = "What an agent sees, and how they work at the moment"),
        (name = "api-keys", description = "The keys of programs"),
        (name = "dead-letters", description = "What could not be handled: seen, sent again or put away"),
    ),
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("ecluse_…")
            .build();
        components.add_security_scheme("api_key", SecurityScheme::Http(bearer));
        let cookie = ApiKeyValue::with_description(
            SESSION_COOKIE,
            "Set by POST /api/v1/session; needs X-CSRF-Token with everything but GET",
        );
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    }
}

/// The document of everything that `configure` mounts below `/api/v1`.
pub fn document(configure: impl FnOnce(&mut ServiceConfig<'_>)) -> utoipa::openapi::OpenApi {
    let app = App::new().into_utoipa_app().openapi(Document::openapi());
    let app = app.service(scope(API_PREFIX).configure(configure));
    let mut document = app.split_for_parts().1;
    for item in document.paths.paths.values_mut() {
        changes(item).for_each(may_be_forbidden);
        operations(item).for_each(complete);
    }
    if let Some(components) = &mut document.components {
        kinds::tell_apart(&mut components.schemas);
        refusals::describe(components);
    }
    document
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        post,
        put,
        patch,
        delete,
        ..
    } = item;
    [get, post, put, patch, delete].into_iter().flatten()
}

/// The operations that change something.
fn changes(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        post,
        put,
        patch,
        delete,
        ..
    } = item;
    [post, put, patch, delete].into_iter().flatten()
}

/// Whoever comes with the cookie alone may change nothing, whatever their role.
fn may_be_forbidden(operation: &mut Operation) {
    if operation.security.is_some() {
        return;
    }
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    let forbidden = ResponseBuilder::new()
        .description("`csrf`")
        .content(PROBLEM_JSON, problem);
    let told = operation.responses.responses.entry("403".to_owned());
    told.or_insert_with(|| forbidden.build().into());
}

/// What holds for every operation, so that no route has to say it: its name is unique, and its refusals are problems.
fn complete(operation: &mut Operation) {
    let tag = operation.tags.iter().flatten().next();
    if let (Some(tag), Some(id)) = (tag, &mut operation.operation_id) {
        *id = format!("{}_{id}", tag.replace('-', "_"));
    }
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with(['4', '5']), response)
            && let Some(content) = response.content.shift_remove(JSON)
        {
            response.content.insert(PROBLEM_JSON.to_owned(), content);
        }
    }
    refusals::add(operation);
}

/// The methods of every path of the document, to tell a wrong method from a wrong path.
#[derive(Debug)]
pub struct Routes(Vec<(Vec<String>, String)>);

impl Routes {
    /// The routes of a document.
    #[must_use]
    pub fn of(document: &utoipa::openapi::OpenApi) -> Self {
        let routes = document.paths.paths.iter();
        Self(
            routes
                .map(|(path, item)| (segments(path), methods(item)))
                .collect(),
        )
    }

    /// What the header `Allow` says of a path; `None` if there is no such path.
    #[must_use]
    pub fn allow(&self, path: &str) -> Option<&str> {
        let asked = segments(path);
        let fits = |template: &[String]| {
            template.len() == asked.len()
                && template
                    .iter()
                    .zip(&asked)
                    .all(|(part, asked)| part.starts_with('{') || part == asked)
        };
        self.0
            .iter()
            .find(|(template, _)| fits(template))
            .map(|(_, methods)| methods.as_str())
    }
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

fn methods(item: &PathItem) -> String {
    let methods = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    let present = methods.into_iter().filter(|(_, is_there)| *is_there);
    present
        .map(|(method, _)| method)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Mounts the document and Swagger UI at `/docs`. Mount them before the scope of the API: it takes every path below
/// itself.
pub fn mount(services: &mut Services, document: &utoipa::openapi::OpenApi) {
    let text = web::Bytes::from(document.to_json().unwrap_or_default());
    let page = web::scope("/docs")
        .wrap(
            DefaultHeaders::new()
                .add((header::CONTENT_SECURITY_POLICY, DOCS_POLICY))
                .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .add((header::X_FRAME_OPTIONS, "DENY")),
        )
        .route("", web::get().to(to_docs))
        .service(SwaggerUi::new("/{_:.*}").config(Config::from(DOCUMENT_PATH)));
    services
        .app_data(web::Data::new(Routes::of(document)))
        .route(
            DOCUMENT_PATH,
            web::get().to(move || {
                let text = text.clone();
                async move {
                    HttpResponse::Ok()
                        .content_type("application/json")
                        .body(text)
                }
            }),
        )
        .service(page);
}

/// Swagger UI sets styles on its elements and draws its icons from data; its scripts are files.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The page's own links are relative, so it needs the slash.
async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header(("Location", "/docs/"))
        .finish()
}

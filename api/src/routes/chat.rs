//! The visitor's side of a live chat over HTTP: the launcher, the proof that a site asks for, the page and its socket.
//!
//! What must stay true: only the channel's sites are given a proof, may read it, and may hold the page in a frame.

use std::sync::Arc;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, HeaderValue,
    ORIGIN, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use ecluse_engine::ids::ChannelId;
use ecluse_engine::texts::Language;
use serde::{Deserialize, Serialize};

use crate::chat::entry::{frame_ancestors, is_site_token, page_of, sites_of};
use crate::chat::frames::FRAME_BYTES_MAX;
use crate::chat::socket::{Asked, serve};
use crate::chat::token::SITE_TOKEN_AGE;
use crate::chat::{Chat, ChatChannel};
use crate::console::language::Lang;
use crate::console::{assets, pages};
use crate::error::{ApiError, Problem};

/// Mounts everything that a visitor's browser asks for. It is outside of the API document: its shape is the page's.
pub fn configure(config: &mut web::ServiceConfig) {
    config.route("/widget.js", web::get().to(widget)).service(
        web::scope("/chat/{channel}")
            .route("", web::get().to(page))
            .route("/token", web::post().to(token))
            .route(
                "/token",
                web::method(actix_web::http::Method::OPTIONS).to(preflight),
            )
            .route("/token.js", web::get().to(token_module))
            .route("/socket", web::get().to(socket)),
    );
}

/// The launcher stands on other people's sites, whatever they ask of scripts.
async fn widget(request: HttpRequest) -> HttpResponse {
    let mut answer = assets::widget(request).await;
    set(&mut answer, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    answer
}

/// The proof that the chat runs on one of the channel's sites.
#[derive(Debug, Serialize)]
struct Granted {
    token: String,
    /// Seconds.
    expires_in: u64,
    theme_color: Option<String>,
    /// `fr` or `en`, for visitors whose own is neither.
    language: Language,
}

async fn token(
    chat: Data<Chat>,
    channel: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asking = Asking::read(&chat, &channel, &request)?;
    Ok(match asking.grant(&chat) {
        Some(granted) => asking.allowed(HttpResponse::Ok().json(granted)),
        None => foreign(),
    })
}

/// The same for sites whose policy allows our scripts and no requests to us.
async fn token_module(
    chat: Data<Chat>,
    channel: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asking = Asking::read(&chat, &channel, &request)?;
    Ok(match asking.grant(&chat) {
        Some(granted) => {
            let json = serde_json::to_string(&granted).map_err(ApiError::internal)?;
            let module = format!("export default {json};");
            asking.allowed(
                HttpResponse::Ok()
                    .content_type("text/javascript; charset=utf-8")
                    .body(module),
            )
        }
        None => foreign(),
    })
}

async fn preflight(
    chat: Data<Chat>,
    channel: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let asking = Asking::read(&chat, &channel, &request)?;
    if asking.site().is_none() {
        return Ok(foreign());
    }
    let mut answer = asking.allowed(HttpResponse::NoContent().finish());
    set(&mut answer, ACCESS_CONTROL_ALLOW_METHODS, "POST");
    set(&mut answer, ACCESS_CONTROL_ALLOW_HEADERS, "content-type");
    set(&mut answer, ACCESS_CONTROL_MAX_AGE, "600");
    Ok(answer)
}

/// A site that asks for a proof.
struct Asking<'r> {
    channel: ChatChannel,
    id: ChannelId,
    origin: Option<&'r str>,
}

impl<'r> Asking<'r> {
    fn read(chat: &Chat, channel: &str, request: &'r HttpRequest) -> Result<Self, ApiError> {
        let (id, channel) = find(chat, channel)?;
        Ok(Self {
            channel,
            id,
            origin: header(request, ORIGIN),
        })
    }

    /// The asking site, if it is the channel's.
    fn site(&self) -> Option<&'r str> {
        self.origin
            .filter(|origin| self.channel.settings.allows_origin(origin))
    }

    fn grant(&self, chat: &Chat) -> Option<Granted> {
        let site = self.site()?;
        Some(Granted {
            token: chat.signer().site(self.id, site, chat.now()),
            expires_in: SITE_TOKEN_AGE.as_secs(),
            theme_color: self.channel.settings.theme_color.clone(),
            language: self.channel.language,
        })
    }

    /// Lets the site, and no other, read the answer.
    fn allowed(&self, mut answer: HttpResponse) -> HttpResponse {
        set(
            &mut answer,
            ACCESS_CONTROL_ALLOW_ORIGIN,
            self.site().unwrap_or("null"),
        );
        set(&mut answer, VARY, "Origin");
        set(&mut answer, CACHE_CONTROL, "no-store");
        set(&mut answer, X_CONTENT_TYPE_OPTIONS, "nosniff");
        answer
    }
}

/// The same for everybody: who is not the channel's learns nothing else.
fn foreign() -> HttpResponse {
    let problem = Problem {
        kind: "urn:ecluse:problem:origin_refused".to_owned(),
        title: "The chat does not run on this site".to_owned(),
        status: 403,
        detail: "the request's Origin is not one of the channel's domains".to_owned(),
        code: "origin_refused".to_owned(),
        errors: Vec::new(),
        remedy: "Add the site to the channel's domains.".to_owned(),
        more: serde_json::Map::new(),
    };
    let mut answer = HttpResponse::Forbidden().json(problem);
    set(
        &mut answer,
        actix_web::http::header::CONTENT_TYPE,
        "application/problem+json",
    );
    set(&mut answer, VARY, "Origin");
    set(&mut answer, CACHE_CONTROL, "no-store");
    answer
}

#[derive(Debug, Deserialize)]
struct PageQuery {
    token: Option<String>,
}

/// The page that holds the chat. Without a proof, only where the chat may stand alone.
async fn page(
    chat: Data<Chat>,
    channel: Path<String>,
    query: Query<PageQuery>,
    request: HttpRequest,
) -> HttpResponse {
    let Ok((id, channel)) = find(&chat, &channel) else {
        let lang = Lang::of_request(&request, None);
        return framed(pages::chat_refused(lang, &[]), None);
    };
    let lang = lang_of(&request, &channel);
    let settings = &channel.settings;
    let is_proven = is_site_token(
        chat.signer(),
        id,
        settings,
        query.token.as_deref(),
        chat.now(),
    );
    let sites = sites_of(settings);
    let answer = if is_proven || settings.standalone {
        pages::chat(lang, &id.to_string(), &channel.title(lang), &sites)
    } else {
        pages::chat_refused(lang, &sites)
    };
    framed(answer, Some(&channel))
}

/// Our own pages may hold the chat only where it may stand alone.
fn framed(mut answer: HttpResponse, channel: Option<&ChatChannel>) -> HttpResponse {
    let ancestors = frame_ancestors(channel.map(|channel| &channel.settings));
    let policy = answer
        .headers()
        .get(CONTENT_SECURITY_POLICY)
        .and_then(|policy| policy.to_str().ok());
    let others = policy.unwrap_or_default().split(';').map(str::trim);
    let others: Vec<&str> = others
        .filter(|part| !part.is_empty() && !part.starts_with("frame-ancestors"))
        .collect();
    let policy = format!("{}; frame-ancestors {ancestors}", others.join("; "));
    set(&mut answer, CONTENT_SECURITY_POLICY, &policy);
    answer
}

/// The socket of the page, or of a site's own page.
async fn socket(
    chat: Data<Chat>,
    channel: Path<String>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let (_, channel) = find(&chat, &channel)?;
    let (origin, host) = (header(&request, ORIGIN), header(&request, HOST));
    let Some(page) = page_of(origin, host, &chat.own_origins(), &channel.settings) else {
        return Ok(foreign());
    };
    let (response, session, frames) = actix_ws::handle(&request, body)?;
    let frames = frames
        .max_frame_size(FRAME_BYTES_MAX)
        .aggregate_continuations();
    let frames = frames.max_continuation_size(FRAME_BYTES_MAX);
    let lang = lang_of(&request, &channel);
    let asked = Box::new(Asked {
        channel,
        page,
        lang,
    });
    actix_web::rt::spawn(serve(Arc::clone(&chat), asked, session, frames));
    Ok(response)
}

/// A visitor's language: what they or their browser ask for, else the channel's.
fn lang_of(request: &HttpRequest, channel: &ChatChannel) -> Lang {
    Lang::known(request, None).unwrap_or_else(|| channel.language.into())
}

fn find(chat: &Chat, channel: &str) -> Result<(ChannelId, ChatChannel), ApiError> {
    let id: ChannelId = channel.parse().map_err(|_| ApiError::NotFound)?;
    let found = chat.channel(id).ok_or(ApiError::NotFound)?;
    Ok((id, found))
}

fn header(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
}

fn set(answer: &mut HttpResponse, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

//! Who reads a page of the console, and who sends one of its forms.

use std::collections::BTreeMap;
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use ecluse_engine::configuration::Role;
use futures_util::future::LocalBoxFuture;
use url::form_urlencoded;

use super::refusal::Refusal;
use crate::auth::{Auth, SessionUser};
use crate::console::backend::{Backend, Backends};
use crate::console::catalogue::Catalogue;
use crate::console::form::Posted;
use crate::console::form::posted::CSRF_FIELD;
use crate::console::language::Lang;
use crate::error::{ApiError, WholeBody};

/// A signed-in administrator who asks for a page.
pub struct Administrator {
    pub user: SessionUser,
    pub lang: Lang,
    pub catalogue: &'static Catalogue,
    pub backend: Rc<dyn Backend>,
    /// Whether they administer the platform, and so its tenants.
    pub platform: bool,
    /// Of the deployment, without a slash at its end.
    pub public_url: String,
    /// The path of the page, without its query.
    pub here: String,
    /// What the address asks for.
    pub query: BTreeMap<String, String>,
}

impl std::fmt::Debug for Administrator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Administrator")
            .field("user", &self.user)
            .field("here", &self.here)
            .finish_non_exhaustive()
    }
}

/// A form that an administrator sent from one of our pages.
#[derive(Debug)]
pub struct Submission {
    pub by: Administrator,
    pub posted: Posted,
}

impl Administrator {
    fn new(
        request: &HttpRequest,
        user: SessionUser,
        backends: &dyn Backends,
    ) -> Result<Self, ApiError> {
        if user.role < Role::Administrator {
            return Err(ApiError::Forbidden);
        }
        let lang = Lang::of_request(request, setting(&user));
        Ok(Self {
            lang,
            catalogue: Catalogue::of(lang),
            backend: backends.of(&user),
            platform: backends.is_platform(&user),
            public_url: backends.public_url(),
            here: request.path().to_owned(),
            query: form_urlencoded::parse(request.query_string().as_bytes())
                .into_owned()
                .collect(),
            user,
        })
    }

    /// A parameter of the address; empty when it is not there.
    #[must_use]
    pub fn asked(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    #[must_use]
    pub fn text(&self, key: &'static str) -> String {
        self.catalogue.text(key).into_owned()
    }

    /// The page, or what is shown in its place.
    ///
    /// # Errors
    /// The page was refused.
    pub fn answer(&self, page: Result<HttpResponse, ApiError>) -> Result<HttpResponse, Refusal> {
        page.map_err(|error| Refusal::new(error, self.lang, &self.here))
    }
}

/// The language that a person set.
#[must_use]
pub fn setting(user: &SessionUser) -> Option<Lang> {
    user.language.map(Lang::from)
}

fn backends(request: &HttpRequest) -> Result<&Data<dyn Backends>, ApiError> {
    request
        .app_data::<Data<dyn Backends>>()
        .ok_or_else(|| ApiError::internal("the console has no configuration"))
}

/// What the reader of a refused page sees, with where they wanted to go.
fn refusal(request: &HttpRequest, error: ApiError) -> Refusal {
    let next = request.path_and_query();
    Refusal::new(error, Lang::of_request(request, None), &next)
}

/// As [`refusal`], of a form. Buttons without a page of their own lead back to the page that has them.
fn refusal_of_form(request: &HttpRequest, error: ApiError) -> Refusal {
    let new = |next: &str| Refusal::new(error, Lang::of_request(request, None), next);
    match request.path() {
        "/console/language" | "/console/sign-out" => new("/console"),
        path if path.ends_with("/retry") => new("/console/dead-letters").of_form(),
        path => new(path).of_form(),
    }
}

trait PathAndQuery {
    fn path_and_query(&self) -> String;
}

impl PathAndQuery for HttpRequest {
    fn path_and_query(&self) -> String {
        let uri = self.uri().path_and_query();
        uri.map_or_else(|| "/console".to_owned(), ToString::to_string)
    }
}

impl FromRequest for Administrator {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let user = SessionUser::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let found = user
                .await
                .and_then(|user| Self::new(&request, user, backends(&request)?.as_ref()));
            found.map_err(|error| refusal(&request, error))
        })
    }
}

impl FromRequest for Submission {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = WholeBody::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let read = submission(&request, body).await;
            read.map_err(|error| refusal_of_form(&request, error))
        })
    }
}

async fn submission(
    request: &HttpRequest,
    body: <WholeBody as FromRequest>::Future,
) -> Result<Submission, ApiError> {
    let posted = Posted::parse(&body.await?.0);
    let auth = request
        .app_data::<Data<Auth>>()
        .ok_or_else(|| ApiError::internal("sign-in is not mounted"))?;
    let token = posted.first(CSRF_FIELD).unwrap_or_default();
    let user = auth.user_of_form(request, token).await?;
    let by = Administrator::new(request, user, backends(request)?.as_ref())?;
    Ok(Submission { by, posted })
}

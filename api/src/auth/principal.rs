//! The caller of a request, as an extractor, and the guards on it.
//!
//! A program shows an API key. A person's browser sends a cookie by itself, also when another site makes it; so a
//! request that may change something must prove that it comes from our own pages.

use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, ORIGIN};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ecluse_adapters::storage::config_db::{Editor, EditorKind, SessionRecord, Token, TokenDigest};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{AgentId, TenantId};
use ecluse_engine::texts::Language;
use futures_util::future::LocalBoxFuture;
use ring::hmac;
use uuid::Uuid;

use super::{Auth, CSRF_HEADER, SESSION_COOKIE};
use crate::error::ApiError;

const SEC_FETCH_SITE: &str = "Sec-Fetch-Site";

/// Who calls, and what they may do.
#[derive(Clone, Debug)]
pub struct Principal {
    pub tenant: TenantId,
    pub kind: PrincipalKind,
    pub role: Role,
    pub name: String,
    session: Option<Arc<SessionUser>>,
}

/// A person or a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalKind {
    Person(AgentId),
    Key(Uuid),
}

/// A person who is signed in, with what their pages need.
#[derive(Clone)]
pub struct SessionUser {
    pub tenant: TenantId,
    pub person: AgentId,
    pub name: String,
    pub email: String,
    pub number: String,
    pub role: Role,
    pub language: Option<Language>,
    /// What our pages send as `X-CSRF-Token`.
    pub csrf_token: String,
    /// Names the session in the database.
    pub session: TokenDigest,
}

impl std::fmt::Debug for SessionUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionUser")
            .field("person", &self.person)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Principal {
    /// The person of a session.
    #[must_use]
    pub fn of_session(user: &SessionUser) -> Self {
        Self {
            tenant: user.tenant,
            kind: PrincipalKind::Person(user.person),
            role: user.role,
            name: user.name.clone(),
            session: Some(Arc::new(user.clone())),
        }
    }

    /// The person who calls.
    ///
    /// # Errors
    /// [`ApiError::PeopleOnly`] for a program.
    pub fn person(&self) -> Result<AgentId, ApiError> {
        match self.kind {
            PrincipalKind::Person(person) => Ok(person),
            PrincipalKind::Key(_) => Err(ApiError::PeopleOnly),
        }
    }

    /// The caller's session.
    ///
    /// # Errors
    /// [`ApiError::PeopleOnly`] for a program.
    pub fn session(&self) -> Result<&SessionUser, ApiError> {
        self.session.as_deref().ok_or(ApiError::PeopleOnly)
    }

    /// The caller as the audit trail names them.
    #[must_use]
    pub fn editor(&self) -> Editor {
        match self.kind {
            PrincipalKind::Person(person) => editor_of(self.tenant, person, &self.name),
            PrincipalKind::Key(key) => Editor {
                tenant: self.tenant,
                kind: EditorKind::Key(key),
                name: self.name.clone(),
            },
        }
    }

    /// Whether the caller administers the whole deployment: an administrator of its first tenant.
    #[must_use]
    pub fn is_of_the_platform(&self) -> bool {
        self.tenant == TenantId::DEFAULT && self.role == Role::Administrator
    }

    fn with_role(self, least: Role) -> Result<Self, ApiError> {
        if self.role >= least {
            Ok(self)
        } else {
            Err(ApiError::Forbidden)
        }
    }
}

pub(super) fn editor_of(tenant: TenantId, person: AgentId, name: &str) -> Editor {
    Editor {
        tenant,
        kind: EditorKind::Person(person),
        name: name.to_owned(),
    }
}

impl FromRequest for Principal {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            if let Some(known) = request.extensions().get::<Self>() {
                return Ok(known.clone());
            }
            let principal = identify(&request).await?;
            request.extensions_mut().insert(principal.clone());
            Ok(principal)
        })
    }
}

/// An API key wins over a cookie: whoever sends one means it.
async fn identify(request: &HttpRequest) -> Result<Principal, ApiError> {
    let auth = request
        .app_data::<Data<Auth>>()
        .ok_or_else(|| ApiError::internal("sign-in is not mounted"))?;
    if let Some(authorization) = request.headers().get(AUTHORIZATION) {
        let key = authorization
            .to_str()
            .ok()
            .and_then(bearer)
            .ok_or(ApiError::Unauthenticated)?;
        return by_key(auth, key).await;
    }
    let cookie = request
        .cookie(SESSION_COOKIE)
        .ok_or(ApiError::Unauthenticated)?;
    by_cookie(auth, request, &cookie).await
}

fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, key) = authorization.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| key.trim())
        .filter(|key| !key.is_empty())
}

async fn by_key(auth: &Auth, key: &str) -> Result<Principal, ApiError> {
    let key = auth
        .0
        .remembered
        .key(&auth.0.db, Token::presented(key).digest())
        .await?;
    let key = key.ok_or(ApiError::Unauthenticated)?;
    Ok(Principal {
        tenant: key.tenant,
        kind: PrincipalKind::Key(key.id),
        role: key.role,
        name: key.name,
        session: None,
    })
}

async fn by_cookie(
    auth: &Auth,
    request: &HttpRequest,
    cookie: &Cookie<'_>,
) -> Result<Principal, ApiError> {
    let token = Token::presented(cookie.value());
    let session = auth
        .0
        .remembered
        .session(&auth.0.db, token.digest())
        .await?;
    let session = session.ok_or(ApiError::Unauthenticated)?;
    if may_change_something(request.method()) {
        check_csrf(request.headers(), &token, &auth.origins())?;
    }
    Ok(principal(session, &token))
}

fn principal(session: SessionRecord, token: &Token) -> Principal {
    let user = SessionUser::new(session, token);
    Principal {
        tenant: user.tenant,
        kind: PrincipalKind::Person(user.person),
        role: user.role,
        name: user.name.clone(),
        session: Some(Arc::new(user)),
    }
}

impl SessionUser {
    /// The person of a session whose token was presented.
    #[must_use]
    pub fn new(session: SessionRecord, token: &Token) -> Self {
        Self {
            tenant: session.tenant,
            person: session.person,
            name: session.name,
            email: session.email,
            number: session.number,
            role: session.role,
            language: session.language,
            csrf_token: csrf_token(token),
            session: token.digest(),
        }
    }

    /// The person as the audit trail names them.
    #[must_use]
    pub fn editor(&self) -> Editor {
        editor_of(self.tenant, self.person, &self.name)
    }
}

fn may_change_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The token is made of the session's, so that nothing more is stored and a new session has a new one.
fn csrf_token(session: &Token) -> String {
    URL_SAFE_NO_PAD.encode(hmac::sign(&csrf_key(session), CSRF_LABEL))
}

const CSRF_LABEL: &[u8] = b"ecluse/csrf/v1";

fn csrf_key(session: &Token) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, session.expose().as_bytes())
}

/// The person whose browser sent one of our forms, which carries the token as a field. A cookie alone is not enough.
pub(super) async fn of_form(
    auth: &Auth,
    request: &HttpRequest,
    token: &str,
) -> Result<SessionUser, ApiError> {
    let cookie = request
        .cookie(SESSION_COOKIE)
        .ok_or(ApiError::Unauthenticated)?;
    let session = Token::presented(cookie.value());
    let known = auth
        .0
        .remembered
        .session(&auth.0.db, session.digest())
        .await?;
    let known = known.ok_or(ApiError::Unauthenticated)?;
    if is_ours(token.as_bytes(), &session) && is_same_site(request.headers(), &auth.origins()) {
        Ok(SessionUser::new(known, &session))
    } else {
        Err(ApiError::Csrf)
    }
}

fn is_ours(token: &[u8], session: &Token) -> bool {
    URL_SAFE_NO_PAD
        .decode(token)
        .is_ok_and(|sent| hmac::verify(&csrf_key(session), CSRF_LABEL, &sent).is_ok())
}

fn check_csrf(headers: &HeaderMap, session: &Token, origins: &[String]) -> Result<(), ApiError> {
    let sent = headers.get(CSRF_HEADER);
    let fits = sent.is_some_and(|sent| is_ours(sent.as_bytes(), session));
    if fits && is_same_site(headers, origins) {
        Ok(())
    } else {
        Err(ApiError::Csrf)
    }
}

/// What the browser says of the page that made the request (Fetch Metadata); older ones say the origin only.
fn is_same_site(headers: &HeaderMap, origins: &[String]) -> bool {
    match headers.get(SEC_FETCH_SITE) {
        Some(site) => matches!(site.as_bytes(), b"same-origin" | b"none"),
        None => has_origin(headers, origins),
    }
}

pub(super) fn has_origin(headers: &HeaderMap, origins: &[String]) -> bool {
    let is_sent = |origin: &String, sent: &[u8]| sent == origin.as_bytes();
    headers
        .get(ORIGIN)
        .is_some_and(|sent| origins.iter().any(|one| is_sent(one, sent.as_bytes())))
}

/// Whether a request without a session may be one that another site made a browser send.
pub(super) fn is_foreign(headers: &HeaderMap, origins: &[String]) -> bool {
    match (headers.get(SEC_FETCH_SITE), headers.get(ORIGIN)) {
        (Some(_), _) => !is_same_site(headers, origins),
        (None, Some(_)) => !has_origin(headers, origins),
        (None, None) => false,
    }
}

impl FromRequest for SessionUser {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let principal = Principal::from_request(request, payload);
        Box::pin(async move { principal.await?.session().cloned() })
    }
}

/// A guard on the caller's role.
macro_rules! guards {
    ($($(#[$doc:meta])* $name:ident = $least:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Principal);

        impl FromRequest for $name {
            type Error = ApiError;
            type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let principal = Principal::from_request(request, payload);
                Box::pin(async move { principal.await?.with_role($least).map(Self) })
            }
        }
    )+};
}

guards! {
    /// Anybody who is known.
    AgentUp = Role::Agent;
    /// Supervisors and administrators.
    SupervisorUp = Role::Supervisor;
    /// Administrators.
    AdministratorOnly = Role::Administrator;
}

/// The platform's administrators.
#[derive(Clone, Debug)]
pub struct PlatformOnly(pub Principal);

impl FromRequest for PlatformOnly {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let principal = Principal::from_request(request, payload);
        Box::pin(async move {
            let principal = principal.await?;
            match principal.is_of_the_platform() {
                true => Ok(Self(principal)),
                false => Err(ApiError::Forbidden),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const OURS: &str = "https://desk.example.com";

    #[test]
    fn only_requests_of_our_own_pages_pass() {
        let session = Token::presented("session");
        let good = csrf_token(&session);
        let other = csrf_token(&Token::presented("another session"));
        let rows = [
            (Some(&good), Some("same-origin"), None, true),
            (Some(&good), Some("none"), None, true),
            (Some(&good), None, Some(OURS), true),
            (
                Some(&good),
                Some("same-origin"),
                Some("https://evil.test"),
                true,
            ),
            (Some(&good), Some("cross-site"), Some(OURS), false),
            (Some(&good), Some("same-site"), None, false),
            (Some(&good), None, Some("https://evil.test"), false),
            (Some(&good), None, Some("null"), false),
            (Some(&good), None, None, false),
            (Some(&other), Some("same-origin"), None, false),
            (None, Some("same-origin"), Some(OURS), false),
        ];
        for (token, site, origin, passes) in rows {
            let mut request = TestRequest::post();
            for (name, value) in [
                (CSRF_HEADER, token.map(String::as_str)),
                (SEC_FETCH_SITE, site),
                ("Origin", origin),
            ] {
                if let Some(value) = value {
                    request = request.insert_header((name, value));
                }
            }
            let request = request.to_http_request();
            let passed = check_csrf(request.headers(), &session, &[OURS.to_owned()]).is_ok();
            assert_eq!(passed, passes, "{token:?} {site:?} {origin:?}");
        }
    }

    #[test]
    fn only_a_bearer_is_a_key() {
        let rows = [
            ("Bearer ecluse_x", Some("ecluse_x")),
            ("bearer  ecluse_x ", Some("ecluse_x")),
            ("Bearer ", None),
            ("Bearer", None),
            ("Basic ecluse_x", None),
        ];
        for (header, key) in rows {
            assert_eq!(bearer(header), key, "{header:?}");
        }
    }
}

//! Who is calling: sign-in, sessions, API keys, and the guards that handlers ask.
//!
//! What must stay true: a password is checked on the blocking pool and never faster for a stranger; a session acts only
//! for requests of our own pages; and whoever lost a right loses it with the next request.

mod attempts;
mod first_start;
mod password;
mod peer;
mod principal;
mod remembered;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};
use async_trait::async_trait;
use ecluse_adapters::storage::config_db::{
    ConfigDb, Credentials, SESSION_AGE_MAX, SettingsBody, Token,
};
use ecluse_engine::ids::{AgentId, TenantId};
use parking_lot::RwLock;
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};
use uuid::Uuid;

pub use self::attempts::AttemptLimits;
use self::attempts::Attempts;
pub use self::first_start::{FirstStart, first_start};
use self::password::Hasher;
pub use self::password::{PASSWORD_LENGTH_MIN, check_password, hash_secret};
pub use self::peer::{Network, NotANetwork};
pub use self::principal::{
    AdministratorOnly, AgentUp, PlatformOnly, Principal, PrincipalKind, SessionUser, SupervisorUp,
};
use self::remembered::Remembered;
use crate::error::ApiError;

/// The cookie that holds a session's token.
pub const SESSION_COOKIE: &str = "ecluse_session";
/// The header that carries the session's CSRF token.
pub const CSRF_HEADER: &str = "X-CSRF-Token";

/// Whether an agent is at work.
#[async_trait]
pub trait PresenceCheck: Send + Sync {
    /// Whether the agent works, or is expected back. Whoever only has a desk open is not waited for: it ends with the session.
    ///
    /// # Errors
    /// There is no room to ask.
    async fn is_logged_in(&self, tenant: TenantId, agent: AgentId) -> Result<bool, ApiError>;
}

/// What sign-in needs to know of the deployment.
#[derive(Clone)]
pub struct AuthOptions {
    /// The address that people use.
    pub public_url: Url,
    /// Whether the deployment says so; else the settings may.
    pub public_url_is_fixed: bool,
    /// Whose `X-Forwarded-For` counts.
    pub trusted_proxies: Vec<Network>,
    pub limits: AttemptLimits,
}

impl std::fmt::Debug for AuthOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthOptions")
            .field("public_url", &self.public_url.as_str())
            .finish_non_exhaustive()
    }
}

impl AuthOptions {
    /// The usual options for a deployment at `public_url`.
    #[must_use]
    pub fn new(public_url: Url) -> Self {
        Self {
            public_url,
            public_url_is_fixed: true,
            trusted_proxies: Vec::new(),
            limits: AttemptLimits::default(),
        }
    }
}

/// Sign-in and everything that follows from it. Clones share it.
#[derive(Clone)]
pub struct Auth(Arc<Inner>);

struct Inner {
    db: ConfigDb,
    options: AuthOptions,
    /// What the settings say, where the deployment says nothing.
    settings_url: RwLock<Option<Url>>,
    hasher: Hasher,
    sign_ins: Attempts,
    remembered: Remembered,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

/// What somebody typed to sign in.
#[derive(Debug)]
pub struct SignIn {
    pub email: String,
    pub password: SecretString,
    /// The agent's four digits.
    pub number: Option<String>,
    pub pin: Option<SecretString>,
}

impl Auth {
    /// Sign-in over `db`.
    #[must_use]
    pub fn new(db: ConfigDb, options: AuthOptions) -> Self {
        Self(Arc::new(Inner {
            db,
            hasher: Hasher::default(),
            sign_ins: Attempts::new(options.limits),
            remembered: Remembered::default(),
            settings_url: RwLock::default(),
            options,
        }))
    }

    /// Opens a session for whoever proves to be somebody.
    ///
    /// # Errors
    /// Refused, too many attempts, or too busy to check.
    pub async fn sign_in(&self, asked: SignIn, peer: Option<IpAddr>) -> Result<Token, ApiError> {
        let inner = &self.0;
        let attempt = inner.sign_ins.begin(&asked.email, peer, inner.db.now())?;
        match self.prove(&asked).await {
            Ok(Some(person)) => {
                inner.sign_ins.succeeded(attempt);
                tracing::info!(person = %person.person, "signed in");
                Ok(inner
                    .db
                    .create_session(person.tenant, person.person)
                    .await?)
            }
            Ok(None) => {
                tracing::info!(peer = ?peer, "sign-in refused");
                Err(ApiError::SignInRefused)
            }
            Err(error) => {
                inner.sign_ins.undecided(attempt);
                Err(error)
            }
        }
    }

    /// The person, if everything fits. What is computed depends on what was asked, never on who exists.
    async fn prove(&self, asked: &SignIn) -> Result<Option<Credentials>, ApiError> {
        let found = self.0.db.credentials_by_email(&asked.email).await?;
        let known = found.as_ref();
        let password_hash = known.and_then(|known| known.password_hash.as_deref());
        let mut proven = self.0.hasher.verify(password_hash, &asked.password).await?;
        let pin_hash = known.and_then(|known| known.pin_hash.as_deref());
        match &asked.pin {
            Some(pin) => proven &= self.0.hasher.verify(pin_hash, pin).await?,
            None => proven &= pin_hash.is_none(),
        }
        if let (Some(number), Some(known)) = (&asked.number, known) {
            proven &= *number == known.number;
        }
        if pin_hash.is_some() {
            proven &= asked.number.is_some();
        }
        Ok(found.filter(|_| proven))
    }

    /// Checks the current password of somebody who is signed in, within the same limits.
    ///
    /// # Errors
    /// Refused, too many attempts, or too busy to check.
    pub async fn confirm_password(
        &self,
        user: &SessionUser,
        password: &SecretString,
        peer: Option<IpAddr>,
    ) -> Result<(), ApiError> {
        let inner = &self.0;
        let attempt = inner.sign_ins.begin(&user.email, peer, inner.db.now())?;
        let credentials = inner.db.credentials(user.tenant, user.person).await?;
        let hash = credentials
            .as_ref()
            .and_then(|known| known.password_hash.as_deref());
        if !inner.hasher.verify(hash, password).await? {
            return Err(ApiError::field(
                "current",
                "wrong_password",
                "is not the current password",
            ));
        }
        inner.sign_ins.succeeded(attempt);
        Ok(())
    }

    /// Hashes a password or PIN.
    ///
    /// # Errors
    /// Too busy.
    pub async fn hash(&self, secret: SecretString) -> Result<String, ApiError> {
        self.0.hasher.hash(secret).await
    }

    /// Whether this is the PIN that a person has.
    ///
    /// # Errors
    /// Too busy to check.
    pub async fn is_pin_of(
        &self,
        tenant: TenantId,
        person: Uuid,
        pin: &str,
    ) -> Result<bool, ApiError> {
        let credentials = self.0.db.credentials(tenant, AgentId(person)).await?;
        match credentials.and_then(|known| known.pin_hash) {
            Some(hash) => self.0.hasher.verify(Some(&hash), &pin.into()).await,
            None => Ok(false),
        }
    }

    /// Whether the deployment fixed the public address.
    #[must_use]
    pub fn has_fixed_url(&self) -> bool {
        self.0.options.public_url_is_fixed
    }

    /// Takes the address that the settings say from now on; the one of the start stays good for whoever is there.
    pub fn set_url(&self, url: Option<Url>) {
        let url = url.filter(|_| !self.has_fixed_url());
        *self.0.settings_url.write() = url;
    }

    /// Keeps the address true to the settings of the default tenant, for as long as the configuration changes.
    pub async fn follow_settings(self) {
        let feed = self.0.db.feed();
        let mut revision = feed.subscribe();
        let mut known = None;
        loop {
            let tenant = feed.current().tenants.get(&TenantId::DEFAULT).cloned();
            // A snapshot shares what did not change with the one before.
            let both = known.as_ref().zip(tenant.as_ref());
            let is_known = both.is_some_and(|(known, tenant)| Arc::ptr_eq(known, tenant));
            if !is_known && self.read_url().await {
                known = tenant;
            }
            if revision.changed().await.is_err() {
                return;
            }
        }
    }

    /// Reads the public address from the settings; says whether it could.
    async fn read_url(&self) -> bool {
        let settings = self.0.db.only_document::<SettingsBody>(TenantId::DEFAULT);
        match settings.await {
            Ok(stored) => {
                let url = stored.and_then(|stored| stored.body.public_url);
                self.set_url(url.and_then(|url| url.parse().ok()));
                true
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the public address cannot be read"
                );
                false
            }
        }
    }

    fn public_url(&self) -> Url {
        let said = self.0.settings_url.read().clone();
        said.unwrap_or_else(|| self.0.options.public_url.clone())
    }

    /// An address of ours.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url().as_str().trim_end_matches('/'))
    }

    /// Where the holder of a link chooses a password.
    #[must_use]
    pub fn link_url(&self, token: &Token) -> String {
        self.url(&format!("/invitation/{}", token.expose()))
    }

    /// The cookie of a new session.
    #[must_use]
    pub fn session_cookie(&self, token: &Token) -> Cookie<'static> {
        self.cookie(token.expose().to_owned(), SESSION_AGE_MAX)
    }

    /// The cookie that takes a session's cookie away.
    #[must_use]
    pub fn no_cookie(&self) -> Cookie<'static> {
        self.cookie(String::new(), Duration::ZERO)
    }

    fn cookie(&self, value: String, age_max: Duration) -> Cookie<'static> {
        let secs = i64::try_from(age_max.as_secs()).unwrap_or(i64::MAX);
        Cookie::build(SESSION_COOKIE, value)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(!is_plain_loopback(&self.public_url()))
            .max_age(actix_web::cookie::time::Duration::seconds(secs))
            .finish()
    }

    /// Who is at the other end, seen through our proxies.
    #[must_use]
    pub fn peer(&self, request: &HttpRequest) -> Option<IpAddr> {
        peer::of(request, &self.0.options.trusted_proxies)
    }

    /// The person whose browser sent one of our forms; `token` is the one in the form.
    ///
    /// # Errors
    /// Nobody is signed in, or the form is not of our own pages.
    pub async fn user_of_form(
        &self,
        request: &HttpRequest,
        token: &str,
    ) -> Result<SessionUser, ApiError> {
        principal::of_form(self, request, token).await
    }

    /// Whether the request's `Origin` is ours. A WebSocket's handshake must have one.
    #[must_use]
    pub fn is_own_origin(&self, request: &HttpRequest) -> bool {
        principal::has_origin(request.headers(), &self.origins())
    }

    /// Whether a request that needs no session was made by another site's page.
    #[must_use]
    pub fn is_foreign(&self, request: &HttpRequest) -> bool {
        principal::is_foreign(request.headers(), &self.origins())
    }

    /// The origins of our own pages: a wrong address in the settings must not lock out whoever mends it.
    #[must_use]
    pub fn origins(&self) -> [String; 2] {
        [self.public_url(), self.0.options.public_url.clone()]
            .map(|url| url.origin().ascii_serialization())
    }
}

/// Browsers keep `Secure` cookies off plain http; on a loopback host plain http is how one tries things out.
fn is_plain_loopback(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "http" && loopback
}

/// A password or PIN that was typed, trimmed of nothing.
fn bytes(secret: &SecretString) -> &[u8] {
    secret.expose_secret().as_bytes()
}

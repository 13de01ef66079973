//! The sign-on pages and token endpoints of Google and Microsoft, in this process and over real HTTP.
//!
//! Anybody may sign in with any e-mail address; what is strict is everything that an application does ([`Refusal`] lists
//! what is refused). Access tokens are JWTs signed with a key of this run, which a real Dovecot checks when it is given
//! [`SignOnSim::public_key_pem`]. [`SignOnSim`] is the handle: it stops the stand-in when it is dropped.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::LOCATION;
use secrecy::SecretString;
use tokio::sync::watch;
use url::form_urlencoded::Serializer;

use ecluse_engine::runtime::Clock;

use super::running::{Port, Running};
use crate::http::{self, ClientOptions};

mod dialect;
mod grants;
mod pages;
mod refusal;
mod request;
mod server;
mod signing;

use grants::Grants;
use signing::SigningKey;

pub use refusal::Refusal;

pub(super) use dialect::{Dialect, Shown};
pub(super) use request::SignInRequest;

/// What the stand-in plays.
#[derive(Clone, Debug)]
pub struct SignOnOptions {
    /// On 127.0.0.1; 0 for any that is free.
    pub port: u16,
    pub client_id: String,
    pub client_secret: SecretString,
    /// Where sign-ons may come back to, each exactly as it is registered.
    pub redirect_uris: Vec<String>,
    pub code_lifetime: Duration,
    pub token_lifetime: Duration,
    pub clock: Clock,
}

impl Default for SignOnOptions {
    fn default() -> Self {
        Self {
            port: 0,
            client_id: "simulated-client-id".to_owned(),
            client_secret: "simulated-client-secret".into(),
            redirect_uris: Vec::new(),
            code_lifetime: Duration::from_secs(10 * 60),
            token_lifetime: Duration::from_secs(3_599),
            clock: Clock::system(),
        }
    }
}

/// Why the stand-in did not start.
#[derive(Debug, thiserror::Error)]
pub enum SignOnSimError {
    #[error("the port cannot be opened")]
    Port(#[source] io::Error),
    #[error("the thread cannot be started")]
    Thread(#[source] io::Error),
    #[error("no key can be made")]
    Key,
}

/// What a person does on the page that asks for permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Accept,
    /// Agrees, but unticks one of the permissions; only Google's page lets one do that.
    AcceptWithout(String),
    Refuse,
}

/// How often the token endpoint was asked for what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenRequests {
    pub exchanges: u64,
    pub refreshes: u64,
}

/// A running stand-in.
#[derive(Debug)]
pub struct SignOnSim {
    running: Running,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    dialect: &'static dyn Dialect,
    options: SignOnOptions,
    key: SigningKey,
    /// What tokens name as their issuer.
    issuer: String,
    grants: Mutex<Grants>,
    switches: watch::Sender<Switches>,
    counts: watch::Sender<TokenRequests>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Switches {
    admin_consent: bool,
    unavailable: bool,
    holds_tokens: bool,
}

impl SignOnSim {
    /// Google's pages.
    ///
    /// # Errors
    /// The port cannot be opened.
    pub fn google(options: SignOnOptions) -> Result<Self, SignOnSimError> {
        Self::start(&super::google::Google, options)
    }

    /// Microsoft's pages.
    ///
    /// # Errors
    /// The port cannot be opened.
    pub fn microsoft(options: SignOnOptions) -> Result<Self, SignOnSimError> {
        Self::start(&super::microsoft::Microsoft, options)
    }

    fn start(
        dialect: &'static dyn Dialect,
        options: SignOnOptions,
    ) -> Result<Self, SignOnSimError> {
        let port = Port::open(options.port).map_err(SignOnSimError::Port)?;
        let shared = Arc::new(Shared {
            dialect,
            options,
            key: SigningKey::new().ok_or(SignOnSimError::Key)?,
            issuer: port.url(),
            grants: Mutex::default(),
            switches: watch::Sender::default(),
            counts: watch::Sender::default(),
        });
        let running = port
            .serve("sim-sign-on", server::routes(Arc::clone(&shared)), Vec::new)
            .map_err(SignOnSimError::Thread)?;
        Ok(Self { running, shared })
    }

    /// What to configure as the company's base address.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.running.url()
    }

    /// What the stand-in plays.
    #[must_use]
    pub fn options(&self) -> &SignOnOptions {
        &self.shared.options
    }

    /// Does what a person does in the browser: gives an address, reads what is asked for, decides. The address that the
    /// browser is sent back to, or the page that says why it is not.
    ///
    /// # Errors
    /// The page with the refusal, or what went wrong on the way.
    pub async fn sign_in(
        &self,
        url: &str,
        email: &str,
        decision: &Decision,
    ) -> Result<String, String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        let client = http::client(&ClientOptions::default()).map_err(|error| told(&error))?;
        let (page, query) = url.split_once('?').ok_or("an address without a query")?;
        let answer = client
            .post(page)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(self.form(query, email, decision))
            .send()
            .await
            .map_err(|error| told(&error))?;
        let location = answer
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok());
        match location.map(str::to_owned) {
            Some(location) => Ok(location),
            None => Err(answer.text().await.map_err(|error| told(&error))?),
        }
    }

    fn form(&self, query: &str, email: &str, decision: &Decision) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("request", query)
            .append_pair("email", email);
        let word = match decision {
            Decision::Refuse => "refuse",
            Decision::Accept | Decision::AcceptWithout(_) => "accept",
        };
        form.append_pair("decision", word);
        for scope in request::scopes_of(query) {
            if *decision != Decision::AcceptWithout(scope.clone()) {
                form.append_pair("granted", &scope);
            }
        }
        form.finish()
    }

    /// The key that access tokens are signed with, as ES256 (RFC 7518, section 3.4).
    #[must_use]
    pub fn public_key_pem(&self) -> String {
        self.shared.key.public_pem()
    }

    /// An access token without a sign-on.
    #[must_use]
    pub fn access_token(&self, email: &str) -> SecretString {
        self.shared.access_token(email, "").into()
    }

    /// Takes back what `email` granted: in the account's settings, or by a new password.
    pub fn revoke(&self, email: &str) {
        self.shared.grants.lock().revoke(email);
    }

    /// An administrator has to agree to applications from now on, or no longer.
    pub fn require_admin_consent(&self, required: bool) {
        self.shared
            .switches
            .send_modify(|switches| switches.admin_consent = required);
    }

    /// The token endpoint answers with 503, or works again.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.shared
            .switches
            .send_modify(|switches| switches.unavailable = unavailable);
    }

    /// The token endpoint does what it is asked for, and keeps the answers back until it is let go.
    pub fn hold_tokens(&self, hold: bool) {
        self.shared
            .switches
            .send_modify(|switches| switches.holds_tokens = hold);
    }

    /// How often tokens were asked for.
    #[must_use]
    pub fn requests(&self) -> TokenRequests {
        *self.shared.counts.borrow()
    }

    /// Waits until tokens were asked for so often; give it a time limit.
    pub async fn until(&self, wanted: impl FnMut(&TokenRequests) -> bool) {
        let mut counts = self.shared.counts.subscribe();
        // The sender lives as long as `self`.
        drop(counts.wait_for(wanted).await);
    }
}

impl Drop for SignOnSim {
    fn drop(&mut self) {
        self.hold_tokens(false);
    }
}

impl Shared {
    fn access_token(&self, email: &str, scope: &str) -> String {
        let now = self.options.clock.now();
        let claims = serde_json::json!({
            "iss": self.issuer, "sub": email, "scope": scope,
            "iat": signing::seconds(now), "nbf": signing::seconds(now),
            "exp": signing::seconds(now.plus(self.options.token_lifetime)),
        });
        self.key.sign(&claims)
    }
}

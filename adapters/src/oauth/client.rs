//! The calls to a company's token endpoint.

use ecluse_engine::message::Timestamp;
use ecluse_engine::runtime::Clock;
use reqwest::Response;
use secrecy::{ExposeSecret as _, SecretString};
use url::form_urlencoded::Serializer;

use super::answer::Answer;
use super::application::Application;
use super::error::{OAuthError, Purpose};
use super::sign_on::Pending;

/// Answers are a few kilobytes; more is not read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What a refresh gives.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access_token: SecretString,
    pub expires_at: Timestamp,
    /// A new one, in place of that which was used: it is to be stored before anything else is done.
    pub refresh_token: Option<SecretString>,
}

/// What a sign-on gives.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The address that was signed on with: the user name for IMAP and SMTP.
    pub mailbox: String,
    pub refresh_token: SecretString,
    pub access_token: SecretString,
    pub expires_at: Timestamp,
}

/// Calls token endpoints. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    http: reqwest::Client,
    clock: Clock,
}

impl OAuthClient {
    /// With a client of [`crate::http::client`].
    #[must_use]
    pub const fn new(http: reqwest::Client, clock: Clock) -> Self {
        Self { http, clock }
    }

    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Exchanges the code that a browser brought back.
    ///
    /// # Errors
    /// The company refuses, not everything that is needed was granted, or it is not known whose mailbox it is.
    pub async fn exchange(
        &self,
        application: &Application,
        code: &SecretString,
        pending: &Pending,
    ) -> Result<Grant, OAuthError> {
        let asked_at = self.clock.now();
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", code.expose_secret()),
            ("redirect_uri", pending.redirect_uri.as_str()),
            ("code_verifier", pending.verifier.expose_secret()),
        ];
        let answer = self.ask(application, &parameters, Purpose::SignOn).await?;
        answer.check_scopes(application.company)?;
        Ok(Grant {
            mailbox: answer.mailbox(application)?,
            expires_at: asked_at.plus(answer.lifetime()),
            refresh_token: answer.refresh_token.ok_or(OAuthError::NoRefreshToken)?,
            access_token: answer.access_token,
        })
    }

    /// Asks for a new access token.
    ///
    /// # Errors
    /// [`OAuthError::needs_sign_in`] tells a grant that is over from what may work later.
    pub async fn refresh(
        &self,
        application: &Application,
        refresh_token: &SecretString,
    ) -> Result<Tokens, OAuthError> {
        let asked_at = self.clock.now();
        let parameters = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose_secret()),
        ];
        let answer = self.ask(application, &parameters, Purpose::Refresh).await?;
        let is_new = |token: &SecretString| token.expose_secret() != refresh_token.expose_secret();
        Ok(Tokens {
            expires_at: asked_at.plus(answer.lifetime()),
            refresh_token: answer.refresh_token.filter(is_new),
            access_token: answer.access_token,
        })
    }

    async fn ask(
        &self,
        application: &Application,
        parameters: &[(&str, &str)],
        purpose: Purpose,
    ) -> Result<Answer, OAuthError> {
        let body = Serializer::new(String::new())
            .extend_pairs(parameters)
            .append_pair("client_id", &application.client_id)
            .append_pair("client_secret", application.client_secret.expose_secret())
            .finish();
        let request = self
            .http
            .post(application.token_url.clone())
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .body(body);
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let body = read_body(&mut response).await?;
        Answer::parse(status, &body, application.company, purpose)
    }
}

async fn read_body(response: &mut Response) -> Result<Vec<u8>, OAuthError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            let what = "an answer that does not end";
            return Err(OAuthError::NotUnderstood { what });
        }
    }
    Ok(body)
}

fn unreachable(error: reqwest::Error) -> OAuthError {
    OAuthError::Unreachable(error.without_url())
}

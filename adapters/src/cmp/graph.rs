//! One call to the Graph API with a token: the address, the proof of our secret, and Meta's refusals as data.
//!
//! What must stay true: an id that somebody else gave becomes one segment of a path and never more; a call that carries a
//! person's or a page's token carries `appsecret_proof` as well, so that a stolen token is of no use from elsewhere.
//!
//! Source: developers.facebook.com/docs/graph-api/guides/error-handling and /docs/graph-api/guides/secure-requests.

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use ecluse_engine::provider::VerifyError;

use crate::http::exchange::{Answer, exchange};
use crate::http::{self, BaseUrlError, below};
use crate::meta::AppSecret;

/// The Graph API under one version.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    client: reqwest::Client,
    base: Url,
    secret: Option<AppSecret>,
}

/// Whose token a call carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Credential<'s> {
    /// A person's, a page's or a system user's; goes with the proof.
    Token(&'s SecretString),
    /// The app's own, which has the secret in it.
    App(&'s SecretString),
    /// None: the call has its secrets among its parameters.
    Parameters,
}

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GraphFailure {
    Unreached(VerifyError),
    Refused(GraphRefusal),
    /// A success that is not what was asked for.
    Unreadable(String),
}

/// Meta's error object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GraphRefusal {
    pub(super) status: u16,
    pub(super) code: i64,
    pub(super) subcode: i64,
    pub(super) message: String,
}

impl Graph {
    pub(super) fn new(
        base_url: &str,
        version: &str,
        secret: Option<AppSecret>,
        client: reqwest::Client,
    ) -> Result<Self, BaseUrlError> {
        let base = http::base_url(base_url)?;
        let base = below(base, &[version]);
        Ok(Self {
            client,
            base,
            secret,
        })
    }

    /// Calls `path` with `query` and reads the answer as `T`.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        credential: Credential<'_>,
    ) -> Result<T, GraphFailure> {
        let mut url = below(self.base.clone(), path);
        url.query_pairs_mut().extend_pairs(query);
        self.prove(&mut url, credential);
        if url.query() == Some("") {
            url.set_query(None);
        }
        let mut request = self.client.request(method, url);
        if let Credential::Token(token) | Credential::App(token) = credential {
            request = request.bearer_auth(token.expose_secret());
        }
        let answer = exchange(request).await.map_err(GraphFailure::Unreached)?;
        read(&answer)
    }

    fn prove(&self, url: &mut Url, credential: Credential<'_>) {
        if let (Credential::Token(token), Some(secret)) = (credential, &self.secret) {
            url.query_pairs_mut()
                .append_pair("appsecret_proof", &secret.proof(token));
        }
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, GraphFailure> {
    if answer.is_success() {
        return serde_json::from_slice(&answer.body)
            .map_err(|error| GraphFailure::Unreadable(error.to_string()));
    }
    let body: ErrorBody = serde_json::from_slice(&answer.body).unwrap_or_default();
    Err(GraphFailure::Refused(body.error.refusal(answer.status)))
}

#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    error: ErrorObject,
}

#[derive(Default, Deserialize)]
struct ErrorObject {
    code: Option<i64>,
    error_subcode: Option<i64>,
    message: Option<String>,
    error_user_msg: Option<String>,
}

impl ErrorObject {
    /// A body that is none of Meta's has the status as its code.
    fn refusal(self, status: u16) -> GraphRefusal {
        let message = self.message.or(self.error_user_msg);
        GraphRefusal {
            status,
            code: self.code.unwrap_or_else(|| i64::from(status)),
            subcode: self.error_subcode.unwrap_or_default(),
            message: message.unwrap_or_else(|| format!("HTTP status {status}")),
        }
    }
}

/// The answer to a change.
#[derive(Debug, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    pub(super) success: bool,
}

impl Done {
    /// # Errors
    /// Meta answered, and did nothing.
    pub(super) fn check(self) -> Result<(), GraphFailure> {
        match self.success {
            true => Ok(()),
            false => Err(GraphFailure::Unreadable(
                "Meta says that it did not succeed".to_owned(),
            )),
        }
    }
}

/// A part of a longer list.
#[derive(Debug, Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    paging: Option<Paging>,
}

/// Source: developers.facebook.com/docs/graph-api/results, cursor-based pagination: the last part has no `next`.
#[derive(Debug, Deserialize)]
struct Paging {
    next: Option<serde::de::IgnoredAny>,
    cursors: Option<Cursors>,
}

#[derive(Debug, Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl<T> List<T> {
    /// What `after` must be for the next part, which is asked for by its cursor and never by the address in the answer.
    pub(super) fn next_cursor(&mut self) -> Option<String> {
        let paging = self.paging.take()?;
        paging.next?;
        paging.cursors?.after.filter(|cursor| !cursor.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateways_page_is_a_refusal_too() {
        let answer = Answer {
            status: 502,
            body: b"<html>".to_vec(),
        };
        let Err(GraphFailure::Refused(refusal)) = read::<serde_json::Value>(&answer) else {
            panic!("no refusal");
        };
        assert_eq!((refusal.status, refusal.code), (502, 502));
        assert_eq!(refusal.message, "HTTP status 502");
    }
}

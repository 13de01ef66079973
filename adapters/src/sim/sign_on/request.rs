//! What an application asks the sign-in page for, and its strict reading.

use std::collections::BTreeMap;

use url::form_urlencoded;

use super::dialect::Dialect;
use super::refusal::Refusal;
use super::{Shared, SignOnOptions};

/// The parameters of a request, none of them twice (RFC 6749, section 3.1).
#[derive(Clone, Debug)]
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    pub(super) fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let mut parameters = BTreeMap::new();
        for (key, value) in form_urlencoded::parse(text) {
            if parameters
                .insert(key.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(Refusal::Malformed);
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(super) fn need(&self, name: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or(Refusal::MissingParameter(name))
    }
}

/// A request that the page takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) struct SignInRequest {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(in crate::sim) scopes: Vec<String>,
    pub(super) state: Option<String>,
    pub(super) challenge: Option<String>,
    pub(super) login_hint: Option<String>,
    pub(in crate::sim) is_access_offline: bool,
}

impl SignInRequest {
    pub(super) fn parse(query: &str, shared: &Shared) -> Result<Self, Refusal> {
        let parameters = Parameters::parse(query.as_bytes())?;
        let client_id = known_client(&parameters, &shared.options)?;
        let redirect_uri = registered(&parameters, &shared.options)?;
        match parameters.need("response_type")? {
            "code" => {}
            other => return Err(Refusal::UnknownResponseType(other.to_owned())),
        }
        let owned = |name: &str| parameters.get(name).map(str::to_owned);
        check_prompt(&parameters, shared.dialect)?;
        Ok(Self {
            client_id,
            redirect_uri,
            scopes: known_scopes(&parameters, shared.dialect)?,
            state: owned("state"),
            challenge: challenge(&parameters)?,
            login_hint: owned("login_hint"),
            is_access_offline: parameters.get("access_type") == Some("offline"),
        })
    }
}

fn known_client(parameters: &Parameters, options: &SignOnOptions) -> Result<String, Refusal> {
    let client_id = parameters.need("client_id")?;
    if client_id != options.client_id {
        return Err(Refusal::UnknownClient(client_id.to_owned()));
    }
    Ok(client_id.to_owned())
}

fn registered(parameters: &Parameters, options: &SignOnOptions) -> Result<String, Refusal> {
    let redirect_uri = parameters.need("redirect_uri")?;
    if !options.redirect_uris.iter().any(|uri| uri == redirect_uri) {
        return Err(Refusal::WrongRedirect(redirect_uri.to_owned()));
    }
    Ok(redirect_uri.to_owned())
}

fn known_scopes(parameters: &Parameters, dialect: &dyn Dialect) -> Result<Vec<String>, Refusal> {
    let scopes = parameters.need("scope")?.split_whitespace();
    let known = |scope: &str| match dialect.permission(scope) {
        Some(_) => Ok(scope.to_owned()),
        None => Err(Refusal::UnknownScope(scope.to_owned())),
    };
    scopes.map(known).collect()
}

fn challenge(parameters: &Parameters) -> Result<Option<String>, Refusal> {
    let Some(challenge) = parameters.get("code_challenge") else {
        return Ok(None);
    };
    match parameters.get("code_challenge_method") {
        Some("S256") => Ok(Some(challenge.to_owned())),
        other => Err(Refusal::UnknownChallengeMethod(
            other.unwrap_or("plain").to_owned(),
        )),
    }
}

fn check_prompt(parameters: &Parameters, dialect: &dyn Dialect) -> Result<(), Refusal> {
    let mut prompts = parameters
        .get("prompt")
        .unwrap_or_default()
        .split_whitespace();
    match prompts.find(|prompt| !dialect.prompts().contains(prompt)) {
        None => Ok(()),
        Some(prompt) => Err(Refusal::UnknownPrompt(prompt.to_owned())),
    }
}

/// The scopes in a query, known or not.
pub(super) fn scopes_of(query: &str) -> Vec<String> {
    let scope = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "scope");
    let scope = scope
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default();
    scope.split_whitespace().map(str::to_owned).collect()
}

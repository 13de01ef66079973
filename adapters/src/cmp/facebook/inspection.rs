//! What Meta says of a token, and whether that will do for a page; pure.
//!
//! Source: developers.facebook.com/docs/graph-api/reference/debug_token.

use serde::Deserialize;

use super::PAGE_SCOPES;
use super::errors::{FacebookError, TokenDeath, TokenFault};

#[derive(Deserialize)]
pub(super) struct Inspection {
    pub(super) data: Inspected,
}

#[derive(Deserialize)]
pub(super) struct Inspected {
    app_id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    is_valid: bool,
    #[serde(default)]
    scopes: Vec<String>,
    error: Option<InspectedError>,
}

#[derive(Deserialize)]
struct InspectedError {
    message: Option<String>,
    #[serde(default)]
    subcode: i64,
}

impl Inspected {
    /// # Errors
    /// The token is not a living one of a page for our app, or is too weak.
    pub(super) fn check(&self, own_app: &str) -> Result<(), FacebookError> {
        let wrong = |fault| Err(FacebookError::WrongToken { fault });
        if self.app_id.as_deref().is_some_and(|app| app != own_app) {
            return wrong(TokenFault::OfAnotherApp);
        }
        if !self.is_valid {
            return Err(self.death());
        }
        match self.kind.as_deref() {
            Some("PAGE") => {}
            kind => {
                let kind = kind.unwrap_or("unknown").to_owned();
                return wrong(TokenFault::NotAPages(kind));
            }
        }
        let granted: Vec<&str> = self.scopes.iter().map(String::as_str).collect();
        missing(&PAGE_SCOPES, &granted)
    }

    fn death(&self) -> FacebookError {
        let error = self.error.as_ref();
        let detail = error.and_then(|error| error.message.clone());
        FacebookError::TokenDead {
            death: TokenDeath::of_subcode(error.map_or(0, |error| error.subcode)),
            detail: detail.unwrap_or_else(|| "Meta says that it is not valid".to_owned()),
        }
    }
}

/// # Errors
/// What is needed and was not granted.
pub(super) fn missing(needed: &[&str], granted: &[&str]) -> Result<(), FacebookError> {
    let scopes: Vec<String> = needed
        .iter()
        .filter(|scope| !granted.contains(scope))
        .map(|scope| (*scope).to_owned())
        .collect();
    if scopes.is_empty() {
        Ok(())
    } else {
        Err(FacebookError::MissingScope { scopes })
    }
}

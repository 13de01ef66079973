//! Google's sign-on: developers.google.com/identity/protocols/oauth2/web-server, and what its endpoints answer.

use std::time::Duration;

use ecluse_engine::message::Timestamp;
use serde_json::{Map, Value, json};

use super::sign_on::{Dialect, Refusal, Shown, SignInRequest};

/// Google.
#[derive(Debug)]
pub(super) struct Google;

impl Dialect for Google {
    fn sign_in_path(&self) -> &'static str {
        "/o/oauth2/v2/auth"
    }

    fn token_path(&self) -> &'static str {
        "/token"
    }

    fn shown(&self) -> Shown {
        Shown {
            company: "Google",
            accept: "Allow",
            refuse: "Cancel",
            has_boxes: true,
        }
    }

    fn permission(&self, scope: &str) -> Option<&'static str> {
        match scope {
            "openid" => Some("Associate you with your personal info on Google"),
            "email" => Some("See your primary Google Account email address"),
            "profile" => Some("See your personal info"),
            "https://mail.google.com/" => {
                Some("Read, compose, send, and permanently delete all your email from Gmail")
            }
            _ => None,
        }
    }

    fn is_optional(&self, scope: &str) -> bool {
        scope.starts_with("https://")
    }

    fn prompts(&self) -> &'static [&'static str] {
        &["none", "consent", "select_account"]
    }

    fn is_offline(&self, request: &SignInRequest) -> bool {
        request.is_access_offline
    }

    fn rotates(&self) -> bool {
        false
    }

    /// Six months.
    fn inactive_after(&self) -> Duration {
        Duration::from_secs(183 * 24 * 3_600)
    }

    fn code_prefix(&self) -> &'static str {
        "4/0A"
    }

    fn granted(&self, scopes: &[String]) -> String {
        let written = scopes.iter().map(|scope| match scope.as_str() {
            "email" => "https://www.googleapis.com/auth/userinfo.email",
            "profile" => "https://www.googleapis.com/auth/userinfo.profile",
            scope => scope,
        });
        written.collect::<Vec<_>>().join(" ")
    }

    fn accepted_parameters(&self, scopes: &[String]) -> Vec<(&'static str, String)> {
        vec![
            ("scope", self.granted(scopes)),
            ("authuser", "0".to_owned()),
            ("prompt", "consent".to_owned()),
        ]
    }

    fn declined(&self) -> Vec<(&'static str, String)> {
        vec![("error", "access_denied".to_owned())]
    }

    fn admin_consent_needed(&self) -> Vec<(&'static str, String)> {
        vec![("error", "admin_policy_enforced".to_owned())]
    }

    fn identity(&self, email: &str) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), json!("10769150350006150715113082367"));
        claims.insert("email".to_owned(), json!(email));
        claims.insert("email_verified".to_owned(), json!(true));
        claims
    }

    fn refusal(&self, refusal: &Refusal, _: Timestamp) -> (u16, Value) {
        let (status, error, description) = words(refusal);
        (
            status,
            json!({ "error": error, "error_description": description }),
        )
    }
}

fn words(refusal: &Refusal) -> (u16, &'static str, String) {
    let (status, error, description) = match refusal {
        Refusal::MissingParameter(name) => (
            400,
            "invalid_request",
            format!("Missing required parameter: {name}"),
        ),
        Refusal::UnknownScope(scope) => {
            let text = format!("Some requested scopes were invalid. {{invalid=[{scope}]}}");
            (400, "invalid_scope", text)
        }
        Refusal::UnknownResponseType(kind) => (
            400,
            "unsupported_response_type",
            format!("Invalid response_type: {kind}"),
        ),
        Refusal::UnknownChallengeMethod(method) => (
            400,
            "invalid_request",
            format!("Invalid code_challenge_method: {method}"),
        ),
        Refusal::UnknownPrompt(prompt) => (
            400,
            "invalid_request",
            format!("Invalid parameter value for prompt: {prompt}"),
        ),
        Refusal::UnknownGrantType(kind) => (
            400,
            "unsupported_grant_type",
            format!("Invalid grant_type: {kind}"),
        ),
        other => {
            let (status, error, description) = fixed_words(other);
            (status, error, description.to_owned())
        }
    };
    (status, error, description)
}

fn fixed_words(refusal: &Refusal) -> (u16, &'static str, &'static str) {
    match refusal {
        Refusal::UnknownClient(_) => (401, "invalid_client", "The OAuth client was not found."),
        Refusal::WrongSecret => (401, "invalid_client", "Unauthorized"),
        Refusal::WrongRedirect(_) | Refusal::WrongTokenRedirect => {
            (400, "redirect_uri_mismatch", "Bad Request")
        }
        Refusal::UnknownCode => (400, "invalid_grant", "Malformed auth code."),
        Refusal::WrongVerifier => (400, "invalid_grant", "Invalid code verifier."),
        Refusal::MissingVerifier => (400, "invalid_grant", "Missing code verifier."),
        Refusal::NeedlessVerifier => (
            400,
            "invalid_grant",
            "code_verifier or verifier is not needed.",
        ),
        Refusal::Revoked | Refusal::Inactive => {
            (400, "invalid_grant", "Token has been expired or revoked.")
        }
        Refusal::ReusedCode
        | Refusal::ExpiredCode
        | Refusal::CodeOfAnother
        | Refusal::UnknownRefreshToken => (400, "invalid_grant", "Bad Request"),
        _ => (400, "invalid_request", "Bad Request"),
    }
}

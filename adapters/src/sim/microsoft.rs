//! Microsoft's sign-on: learn.microsoft.com, "Microsoft identity platform and OAuth 2.0 authorization code flow" and
//! "Microsoft Entra authentication and authorization error codes".

use std::time::Duration;

use ecluse_engine::message::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::sign_on::{Dialect, Refusal, Shown, SignInRequest};

/// Microsoft, for any tenant.
#[derive(Debug)]
pub(super) struct Microsoft;

const MAIL_SCOPE_PREFIX: &str = "https://outlook.office.com/";

impl Dialect for Microsoft {
    fn sign_in_path(&self) -> &'static str {
        "/common/oauth2/v2.0/authorize"
    }

    fn token_path(&self) -> &'static str {
        "/common/oauth2/v2.0/token"
    }

    fn shown(&self) -> Shown {
        Shown {
            company: "Microsoft",
            accept: "Accept",
            refuse: "Cancel",
            has_boxes: false,
        }
    }

    fn permission(&self, scope: &str) -> Option<&'static str> {
        match scope {
            "openid" => Some("Sign you in"),
            "email" => Some("View your email address"),
            "profile" => Some("View your basic profile"),
            "offline_access" => Some("Maintain access to data you have given it access to"),
            "https://outlook.office.com/IMAP.AccessAsUser.All" => {
                Some("Read and write access to mailboxes via IMAP")
            }
            "https://outlook.office.com/SMTP.Send" => {
                Some("Send emails from mailboxes using SMTP AUTH")
            }
            _ => None,
        }
    }

    fn is_optional(&self, _: &str) -> bool {
        false
    }

    fn prompts(&self) -> &'static [&'static str] {
        &["login", "none", "consent", "select_account"]
    }

    fn is_offline(&self, request: &SignInRequest) -> bool {
        request.scopes.iter().any(|scope| scope == "offline_access")
    }

    /// The real one lets old refresh tokens live on; whoever relies on that is caught here.
    fn rotates(&self) -> bool {
        true
    }

    /// 90 days.
    fn inactive_after(&self) -> Duration {
        Duration::from_secs(90 * 24 * 3_600)
    }

    fn code_prefix(&self) -> &'static str {
        "M.C5_BAY.2."
    }

    /// Those of the resource; what tells who signed in is not listed.
    fn granted(&self, scopes: &[String]) -> String {
        let of_the_resource = scopes
            .iter()
            .filter(|scope| scope.starts_with(MAIL_SCOPE_PREFIX));
        of_the_resource.cloned().collect::<Vec<_>>().join(" ")
    }

    fn accepted_parameters(&self, _: &[String]) -> Vec<(&'static str, String)> {
        vec![("session_state", Uuid::now_v7().to_string())]
    }

    fn declined(&self) -> Vec<(&'static str, String)> {
        let text = "AADSTS65004: User declined to consent to access the app.";
        vec![
            ("error", "access_denied".to_owned()),
            ("error_subcode", "cancel".to_owned()),
            ("error_description", text.to_owned()),
        ]
    }

    fn admin_consent_needed(&self) -> Vec<(&'static str, String)> {
        let text = "AADSTS90094: Admin consent is required for the permissions requested by this application.";
        vec![
            ("error", "access_denied".to_owned()),
            ("error_description", text.to_owned()),
        ]
    }

    fn identity(&self, email: &str) -> Map<String, Value> {
        let mut claims = Map::new();
        claims.insert(
            "sub".to_owned(),
            json!("AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ"),
        );
        claims.insert("preferred_username".to_owned(), json!(email));
        claims.insert(
            "tid".to_owned(),
            json!("9122040d-6c67-4c5b-b112-36a304b66dad"),
        );
        claims.insert("ver".to_owned(), json!("2.0"));
        claims
    }

    fn refusal(&self, refusal: &Refusal, at: Timestamp) -> (u16, Value) {
        let (status, error, number, text) = words(refusal);
        let [trace_id, correlation_id] = [(); 2].map(|()| Uuid::now_v7());
        let timestamp = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
        let timestamp = timestamp.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{number}: {text} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        );
        let body = json!({
            "error": error, "error_description": description, "error_codes": [number],
            "timestamp": timestamp, "trace_id": trace_id, "correlation_id": correlation_id,
            "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
        });
        (status, body)
    }
}

fn words(refusal: &Refusal) -> (u16, &'static str, u32, String) {
    match refusal {
        Refusal::MissingParameter(name) => {
            let text = format!("The request body must contain the following parameter: '{name}'.");
            (400, "invalid_request", 900_144, text)
        }
        Refusal::UnknownClient(id) => {
            let text =
                format!("Application with identifier '{id}' was not found in the directory.");
            (400, "unauthorized_client", 700_016, text)
        }
        Refusal::WrongRedirect(uri) => {
            let text = format!(
                "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for the application."
            );
            (400, "invalid_request", 50011, text)
        }
        Refusal::UnknownScope(scope) => {
            let text = format!(
                "The provided value for the input parameter 'scope' is not valid. The scope '{scope}' does not exist."
            );
            (400, "invalid_scope", 70011, text)
        }
        Refusal::UnknownGrantType(kind) => {
            let text = format!("The app requested an unsupported grant type '{kind}'.");
            (400, "unsupported_grant_type", 70003, text)
        }
        other => {
            let (status, error, number, text) = fixed_words(other);
            (status, error, number, text.to_owned())
        }
    }
}

fn fixed_words(refusal: &Refusal) -> (u16, &'static str, u32, &'static str) {
    match refusal {
        Refusal::WrongSecret => (
            401,
            "invalid_client",
            7_000_215,
            "Invalid client secret provided.",
        ),
        Refusal::WrongTokenRedirect => (
            400,
            "invalid_client",
            500_112,
            "The reply address does not match the reply address provided when requesting Authorization code.",
        ),
        Refusal::ReusedCode => (
            400,
            "invalid_grant",
            54005,
            "OAuth2 Authorization code was already redeemed.",
        ),
        Refusal::ExpiredCode => (
            400,
            "invalid_grant",
            70008,
            "The provided authorization code or refresh token has expired due to inactivity.",
        ),
        Refusal::WrongVerifier | Refusal::MissingVerifier => (
            400,
            "invalid_grant",
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        ),
        Refusal::Revoked => (
            400,
            "invalid_grant",
            50173,
            "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        ),
        Refusal::Inactive => (
            400,
            "invalid_grant",
            700_082,
            "The refresh token has expired due to inactivity.",
        ),
        Refusal::UnknownCode | Refusal::CodeOfAnother | Refusal::UnknownRefreshToken => (
            400,
            "invalid_grant",
            70000,
            "Provided grant is invalid or malformed.",
        ),
        _ => (
            400,
            "invalid_request",
            9_002_313,
            "Invalid request. Request is malformed or invalid.",
        ),
    }
}

//! What a token endpoint answers (RFC 6749, section 5; OpenID Connect Core, section 3.1.3.3), read, pure.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::application::{Application, Company};
use super::error::{OAuthError, Purpose, Reported};
use crate::email::quoted;

/// RFC 6749 leaves the lifetime out if it is known otherwise; both companies give an hour.
const LIFETIME_SECS: u64 = 3_600;

/// What came with a yes.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) access_token: SecretString,
    expires_in: Option<u64>,
    pub(super) refresh_token: Option<SecretString>,
    scope: Option<String>,
    id_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
    #[serde(default)]
    error_description: String,
    #[serde(default)]
    error_codes: Vec<u32>,
}

impl Answer {
    pub(super) fn parse(
        status: u16,
        body: &[u8],
        company: Company,
        purpose: Purpose,
    ) -> Result<Self, OAuthError> {
        if (200..300).contains(&status) {
            return serde_json::from_slice(body).map_err(|_| OAuthError::NotUnderstood {
                what: "a token endpoint that gives no token",
            });
        }
        if status == 429 || status >= 500 {
            let words = quoted(&String::from_utf8_lossy(body));
            return Err(OAuthError::Unavailable { status, words });
        }
        match serde_json::from_slice::<ErrorAnswer>(body) {
            Ok(answer) => {
                let description = &answer.error_description;
                let reported = Reported::new(answer.error, description, &answer.error_codes);
                Err(reported.explained(company, purpose))
            }
            Err(_) => Err(OAuthError::Refused {
                words: quoted(&format!("{status} {}", String::from_utf8_lossy(body))),
            }),
        }
    }

    pub(super) fn lifetime(&self) -> Duration {
        Duration::from_secs(self.expires_in.unwrap_or(LIFETIME_SECS))
    }

    /// Checks that everything that mail needs was granted. Without a list all of it was (RFC 6749, section 5.1).
    pub(super) fn check_scopes(&self, company: Company) -> Result<(), OAuthError> {
        let Some(granted) = &self.scope else {
            return Ok(());
        };
        let has = |scope: &str| {
            granted
                .split_whitespace()
                .any(|one| one.eq_ignore_ascii_case(scope))
        };
        let needed = company.mail_scopes().iter();
        let missing: Vec<String> = needed
            .filter(|s| !has(s))
            .map(|s| (*s).to_owned())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(OAuthError::MissingScopes { missing })
    }

    /// Whose mailbox it is, from the claims of the id token. It comes over TLS from the company itself, which stands for
    /// its signature (OpenID Connect Core, section 3.1.3.7, point 6).
    pub(super) fn mailbox(&self, application: &Application) -> Result<String, OAuthError> {
        let claims = self
            .id_token
            .as_ref()
            .and_then(|token| Claims::read(token.expose_secret()));
        let claims = claims.ok_or(OAuthError::NoMailbox)?;
        if claims.aud != application.client_id {
            return Err(OAuthError::NotUnderstood {
                what: "an id token that is another application's",
            });
        }
        let candidates = match application.company {
            Company::Google => [claims.email, None],
            // Their e-mail is what the person once gave, not always the name to sign in with.
            Company::Microsoft => [claims.preferred_username, claims.email],
        };
        let mailbox = candidates
            .into_iter()
            .flatten()
            .find(|name| name.contains('@'));
        mailbox.ok_or(OAuthError::NoMailbox)
    }
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    email: Option<String>,
    preferred_username: Option<String>,
}

impl Claims {
    fn read(token: &str) -> Option<Self> {
        let payload = token.split('.').nth(1)?;
        let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer(company: Company, body: &Value) -> Answer {
        Answer::parse(200, body.to_string().as_bytes(), company, Purpose::SignOn).unwrap()
    }

    fn with_claims(company: Company, claims: &Value) -> Result<String, OAuthError> {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        let body = json!({ "access_token": "a", "id_token": format!("e30.{payload}.s") });
        let application = Application::new(company, company.default_url(), "us", "s".into());
        answer(company, &body).mailbox(&application.unwrap())
    }

    #[test]
    fn a_permission_that_was_unticked_is_missed() {
        let google = |scope: &str| {
            answer(
                Company::Google,
                &json!({ "access_token": "a", "scope": scope }),
            )
            .check_scopes(Company::Google)
        };
        assert!(google("openid https://mail.google.com/").is_ok());
        let Err(OAuthError::MissingScopes { missing }) = google("openid email") else {
            panic!("taken");
        };
        assert_eq!(missing, ["https://mail.google.com/"]);
        let body = json!({ "access_token": "a", "scope": "https://outlook.office.com/imap.accessasuser.all" });
        let microsoft = answer(Company::Microsoft, &body).check_scopes(Company::Microsoft);
        assert!(
            matches!(microsoft, Err(OAuthError::MissingScopes { missing }) if missing.len() == 1)
        );
        assert!(
            answer(Company::Google, &json!({ "access_token": "a" }))
                .check_scopes(Company::Google)
                .is_ok()
        );
    }

    #[test]
    fn the_mailbox_is_the_name_to_sign_in_with() {
        let both = json!({ "aud": "us", "email": "alias@example.com", "preferred_username": "main@example.com" });
        assert_eq!(
            with_claims(Company::Google, &both).unwrap(),
            "alias@example.com"
        );
        assert_eq!(
            with_claims(Company::Microsoft, &both).unwrap(),
            "main@example.com"
        );
        let phone =
            json!({ "aud": "us", "email": "a@example.com", "preferred_username": "+33600000000" });
        assert_eq!(
            with_claims(Company::Microsoft, &phone).unwrap(),
            "a@example.com"
        );
        let other = with_claims(
            Company::Google,
            &json!({ "aud": "them", "email": "a@b.example" }),
        );
        assert!(matches!(other, Err(OAuthError::NotUnderstood { .. })));
        let nobody = with_claims(Company::Google, &json!({ "aud": "us" }));
        assert!(matches!(nobody, Err(OAuthError::NoMailbox)));
    }

    #[test]
    fn an_answer_that_is_not_the_companys_is_told_as_such() {
        let parse = |status, body: &str| {
            Answer::parse(status, body.as_bytes(), Company::Google, Purpose::Refresh).unwrap_err()
        };
        assert!(matches!(
            parse(502, "<html>"),
            OAuthError::Unavailable { status: 502, .. }
        ));
        assert!(matches!(parse(429, ""), OAuthError::Unavailable { .. }));
        assert!(matches!(parse(404, "<html>"), OAuthError::Refused { .. }));
        assert!(matches!(
            parse(200, "<html>"),
            OAuthError::NotUnderstood { .. }
        ));
    }
}

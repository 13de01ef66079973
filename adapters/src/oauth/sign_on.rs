//! One sign-on, from the address that the browser is sent to until it comes back with a code.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::RngExt as _;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Url, form_urlencoded};

use super::application::{Application, Company};
use super::error::{OAuthError, Purpose, Reported};
use crate::meta::same_secret;

/// What has to be remembered until the browser comes back, under `state`; of use once.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Unguessable; comes back with the browser.
    pub state: String,
    /// RFC 7636: shown at the exchange only.
    pub verifier: SecretString,
    pub redirect_uri: String,
}

impl Pending {
    /// A new sign-on that comes back to `redirect_uri`.
    #[must_use]
    pub fn new(redirect_uri: &str) -> Self {
        Self {
            state: random_token(),
            verifier: random_token().into(),
            redirect_uri: redirect_uri.to_owned(),
        }
    }

    /// Where to send the browser. `mailbox`, if it is known already, is proposed there.
    #[must_use]
    pub fn url(&self, application: &Application, mailbox: Option<&str>) -> Url {
        let company = application.company;
        let mut url = application.sign_in_url.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &application.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("response_type", "code")
            .append_pair("scope", &company.scopes())
            .append_pair("state", &self.state)
            .append_pair("code_challenge", &challenge(self.verifier.expose_secret()))
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(company.page_parameters())
            .extend_pairs(mailbox.map(|mailbox| ("login_hint", mailbox)));
        url
    }
}

/// 256 bits in 43 characters, which both a state and a verifier may have.
fn random_token() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// RFC 7636, section 4.2: S256.
pub(crate) fn challenge(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// What the browser brought back.
#[derive(Clone, Debug, Default)]
pub struct Callback {
    /// Tells which [`Pending`] this is of.
    pub state: Option<String>,
    code: Option<SecretString>,
    error: Option<String>,
    description: String,
}

impl Callback {
    /// Reads the query of the redirect.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let mut callback = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.into_owned();
            match key.as_ref() {
                "state" => callback.state = Some(value),
                "code" => callback.code = Some(value.into()),
                "error" => callback.error = Some(value),
                "error_description" => callback.description = value,
                _ => {}
            }
        }
        callback
    }

    /// The code, if this is the answer to `pending`.
    ///
    /// # Errors
    /// [`OAuthError::WrongState`], or why the company gave no code.
    pub fn code(self, company: Company, pending: &Pending) -> Result<SecretString, OAuthError> {
        let expected = SecretString::from(pending.state.as_str());
        if !self
            .state
            .is_some_and(|state| same_secret(&state, &expected))
        {
            return Err(OAuthError::WrongState);
        }
        if let Some(error) = self.error {
            let reported = Reported::new(error, &self.description, &[]);
            return Err(reported.explained(company, Purpose::SignOn));
        }
        self.code.ok_or(OAuthError::NotUnderstood {
            what: "neither a code nor an error came back",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn application(company: Company) -> Application {
        Application::new(company, company.default_url(), "our-id", "secret".into()).unwrap()
    }

    #[test]
    fn the_challenge_is_that_of_the_standards_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(
            challenge(verifier),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn the_sign_in_page_is_asked_for_what_the_mailbox_needs() {
        let pending = Pending::new("https://chat.example.com/oauth/mail");
        let query = |company, mailbox| -> HashMap<String, String> {
            let url = pending.url(&application(company), mailbox);
            url.query_pairs().into_owned().collect()
        };
        let google = query(Company::Google, None);
        assert_eq!(google["scope"], "https://mail.google.com/ openid email");
        assert_eq!(google["access_type"], "offline");
        assert_eq!(google["prompt"], "consent");
        assert_eq!(
            google["redirect_uri"],
            "https://chat.example.com/oauth/mail"
        );
        assert_eq!(google["response_type"], "code");
        assert_eq!(
            google["code_challenge"],
            challenge(pending.verifier.expose_secret())
        );
        assert_eq!(google["code_challenge_method"], "S256");
        assert_eq!(google["state"], pending.state);
        assert_eq!(google.get("login_hint"), None);
        let microsoft = query(Company::Microsoft, Some("help@example.com"));
        assert_eq!(
            microsoft["scope"],
            "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send \
             offline_access openid email profile"
        );
        assert_eq!(microsoft["prompt"], "select_account");
        assert_eq!(microsoft["login_hint"], "help@example.com");
    }

    #[test]
    fn no_two_sign_ons_share_a_secret_and_none_shows_it() {
        let [one, other] = [(); 2].map(|()| Pending::new("https://a.example"));
        assert_ne!(one.state, other.state);
        assert_ne!(one.verifier.expose_secret(), other.verifier.expose_secret());
        assert_eq!(one.verifier.expose_secret().len(), 43);
        assert!(!format!("{one:?}").contains(one.verifier.expose_secret()));
    }

    #[test]
    fn a_code_counts_only_with_the_state_that_was_sent() {
        let pending = Pending::new("https://a.example");
        let code = |query: String| {
            let code = Callback::parse(&query).code(Company::Google, &pending);
            code.map(|code| code.expose_secret().to_owned())
        };
        assert_eq!(
            code(format!("code=4%2F0A&state={}", pending.state)).unwrap(),
            "4/0A"
        );
        assert!(matches!(
            code("code=c&state=other".to_owned()),
            Err(OAuthError::WrongState)
        ));
        assert!(matches!(
            code("code=c".to_owned()),
            Err(OAuthError::WrongState)
        ));
        let denied = format!("error=access_denied&state={}", pending.state);
        assert!(matches!(code(denied), Err(OAuthError::Denied { .. })));
        let empty = format!("state={}", pending.state);
        assert!(matches!(code(empty), Err(OAuthError::NotUnderstood { .. })));
    }
}

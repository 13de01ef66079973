//! Why a sign-on or a refresh did not work: one variant for each thing that a person can do something about.

use super::application::Company;
use crate::email::quoted;

/// Why there is no token. `words` are the company's own.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    #[error("whoever signed on did not agree: {words}")]
    Denied { words: String },
    #[error("an administrator of the organisation has to agree first: {words}")]
    AdminConsentNeeded { words: String },
    #[error("the company wants to see the person again: {words}")]
    InteractionRequired { words: String },
    #[error("the code has expired or was used before: {words}")]
    CodeUnusable { words: String },
    /// The grant is over: taken back, not used for too long, or the password was changed.
    #[error("the grant is over: {words}")]
    SignInRequired { words: String },
    #[error("the redirect address is not the registered one: {words}")]
    WrongRedirect { words: String },
    #[error("the client id or secret is not the registered one: {words}")]
    WrongClient { words: String },
    /// The browser came back from a sign-on that is not ours, or not this one.
    #[error("the answer is not that of this sign-on")]
    WrongState,
    /// Google lets people untick what an application asks for.
    #[error("not all permissions were given: {} is missing", missing.join(", "))]
    MissingScopes { missing: Vec<String> },
    #[error("the company gave no refresh token")]
    NoRefreshToken,
    #[error("the company did not say whose mailbox it is")]
    NoMailbox,
    #[error("the company cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the company cannot answer now ({status}): {words}")]
    Unavailable { status: u16, words: String },
    #[error("the company refuses: {words}")]
    Refused { words: String },
    #[error("the company's answer is not understood: {what}")]
    NotUnderstood { what: &'static str },
}

impl OAuthError {
    /// The stable name, part of the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied { .. } => "sign_on.denied",
            Self::AdminConsentNeeded { .. } => "sign_on.admin_consent_needed",
            Self::InteractionRequired { .. } => "sign_on.interaction_required",
            Self::CodeUnusable { .. } => "sign_on.code_unusable",
            Self::SignInRequired { .. } => "sign_on.sign_in_required",
            Self::WrongRedirect { .. } => "sign_on.wrong_redirect",
            Self::WrongClient { .. } => "sign_on.wrong_client",
            Self::WrongState => "sign_on.wrong_state",
            Self::MissingScopes { .. } => "sign_on.missing_permissions",
            Self::NoRefreshToken => "sign_on.no_refresh_token",
            Self::NoMailbox => "sign_on.no_mailbox",
            Self::Unreachable(_) => "sign_on.unreachable",
            Self::Unavailable { .. } => "sign_on.unavailable",
            Self::Refused { .. } => "sign_on.refused",
            Self::NotUnderstood { .. } => "sign_on.not_understood",
        }
    }

    /// Whether only a person who signs on again can help; what else fails may work later.
    #[must_use]
    pub const fn needs_sign_in(&self) -> bool {
        matches!(
            self,
            Self::SignInRequired { .. } | Self::InteractionRequired { .. }
        )
    }
}

/// What the company was asked for; the same words mean another thing for a code than for a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    SignOn,
    Refresh,
}

/// An error as companies report it (RFC 6749, sections 4.1.2.1 and 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reported {
    error: String,
    /// Microsoft's numbers; they tell apart what the standard's words do not.
    numbers: Vec<u32>,
    words: String,
}

impl Reported {
    pub(super) fn new(error: String, description: &str, numbers: &[u32]) -> Self {
        // Trace ids and the time follow on lines of their own.
        let first_line = description.lines().next().unwrap_or_default();
        let words = match first_line.split(" Trace ID:").next() {
            None | Some("") => quoted(&error),
            Some(sentence) => quoted(&format!("{error}: {sentence}")),
        };
        let mut numbers = numbers.to_vec();
        numbers.extend(number(description));
        Self {
            error,
            numbers,
            words,
        }
    }

    /// What it means, by the number if there is one that is known, else by the standard's word.
    pub(super) fn explained(self, company: Company, purpose: Purpose) -> OAuthError {
        let by_number = match company {
            Company::Google => None,
            Company::Microsoft => self.numbers.iter().find_map(|n| microsoft(*n, purpose)),
        };
        let meaning = by_number.unwrap_or_else(|| standard(&self.error, purpose));
        meaning.with(self.words)
    }
}

/// `AADSTS65001: …`
fn number(description: &str) -> Option<u32> {
    let rest = description.split_once("AADSTS")?.1;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Denied,
    AdminConsentNeeded,
    InteractionRequired,
    CodeUnusable,
    SignInRequired,
    WrongRedirect,
    WrongClient,
    Unavailable,
    Refused,
}

impl Meaning {
    fn with(self, words: String) -> OAuthError {
        match self {
            Self::Denied => OAuthError::Denied { words },
            Self::AdminConsentNeeded => OAuthError::AdminConsentNeeded { words },
            Self::InteractionRequired => OAuthError::InteractionRequired { words },
            Self::CodeUnusable => OAuthError::CodeUnusable { words },
            Self::SignInRequired => OAuthError::SignInRequired { words },
            Self::WrongRedirect => OAuthError::WrongRedirect { words },
            Self::WrongClient => OAuthError::WrongClient { words },
            Self::Unavailable => OAuthError::Unavailable { status: 503, words },
            Self::Refused => OAuthError::Refused { words },
        }
    }
}

/// learn.microsoft.com, "Microsoft Entra authentication and authorization error codes".
fn microsoft(number: u32, purpose: Purpose) -> Option<Meaning> {
    let meaning = match (number, purpose) {
        (65001, Purpose::Refresh) => Meaning::SignInRequired,
        (65001 | 90093 | 90094 | 90095 | 900_941, _) => Meaning::AdminConsentNeeded,
        (65004, _) => Meaning::Denied,
        (50011 | 500_112 | 500_113, _) => Meaning::WrongRedirect,
        (700_016 | 7_000_215 | 7_000_216 | 7_000_218 | 7_000_222, _) => Meaning::WrongClient,
        (50076 | 50079 | 50158 | 53000 | 53001 | 53003, _) => Meaning::InteractionRequired,
        _ => return None,
    };
    Some(meaning)
}

/// The standard's words, OpenID Connect's, and those that Google adds.
fn standard(error: &str, purpose: Purpose) -> Meaning {
    match (error, purpose) {
        ("access_denied", _) => Meaning::Denied,
        ("admin_policy_enforced", _) => Meaning::AdminConsentNeeded,
        ("interaction_required" | "login_required" | "consent_required", _) => {
            Meaning::InteractionRequired
        }
        ("invalid_grant", Purpose::SignOn) => Meaning::CodeUnusable,
        ("invalid_grant", Purpose::Refresh) => Meaning::SignInRequired,
        ("redirect_uri_mismatch", _) => Meaning::WrongRedirect,
        (
            "invalid_client"
            | "unauthorized_client"
            | "deleted_client"
            | "disabled_client"
            | "org_internal",
            _,
        ) => Meaning::WrongClient,
        ("temporarily_unavailable" | "server_error", _) => Meaning::Unavailable,
        _ => Meaning::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(company: Company, purpose: Purpose, cases: &[(&str, &str, &str)]) {
        for (error, description, code) in cases {
            let reported = Reported::new((*error).to_owned(), description, &[]);
            let found = reported.explained(company, purpose);
            assert_eq!(found.code(), *code, "{purpose:?} {error} {description}");
        }
    }

    #[test]
    fn what_google_reports_is_understood() {
        let sign_on = [
            ("access_denied", "", "sign_on.denied"),
            ("admin_policy_enforced", "", "sign_on.admin_consent_needed"),
            ("invalid_grant", "Bad Request", "sign_on.code_unusable"),
            (
                "redirect_uri_mismatch",
                "Bad Request",
                "sign_on.wrong_redirect",
            ),
            ("invalid_scope", "", "sign_on.refused"),
        ];
        check(Company::Google, Purpose::SignOn, &sign_on);
        let revoked = "Token has been expired or revoked.";
        let refresh = [
            ("invalid_grant", revoked, "sign_on.sign_in_required"),
            ("invalid_client", "Unauthorized", "sign_on.wrong_client"),
            ("server_error", "", "sign_on.unavailable"),
        ];
        check(Company::Google, Purpose::Refresh, &refresh);
    }

    #[test]
    fn what_microsoft_reports_is_understood() {
        let sign_on = [
            ("access_denied", "AADSTS65004: No.", "sign_on.denied"),
            (
                "access_denied",
                "AADSTS90094: No.",
                "sign_on.admin_consent_needed",
            ),
            (
                "invalid_grant",
                "AADSTS65001: No.",
                "sign_on.admin_consent_needed",
            ),
            ("invalid_grant", "AADSTS54005: No.", "sign_on.code_unusable"),
            (
                "invalid_client",
                "AADSTS500112: No.",
                "sign_on.wrong_redirect",
            ),
            (
                "invalid_client",
                "AADSTS7000215: No.",
                "sign_on.wrong_client",
            ),
        ];
        check(Company::Microsoft, Purpose::SignOn, &sign_on);
        let refresh = [
            (
                "invalid_grant",
                "AADSTS65001: No.",
                "sign_on.sign_in_required",
            ),
            (
                "invalid_grant",
                "AADSTS50076: No.",
                "sign_on.interaction_required",
            ),
            (
                "invalid_grant",
                "AADSTS700082: No.",
                "sign_on.sign_in_required",
            ),
            (
                "invalid_grant",
                "AADSTS50173: No.",
                "sign_on.sign_in_required",
            ),
        ];
        check(Company::Microsoft, Purpose::Refresh, &refresh);
    }

    #[test]
    fn only_the_sentence_of_a_description_is_shown() {
        let description = "AADSTS70008: The code has expired.\r\nTrace ID: 1\r\nTimestamp: 2026";
        let reported = Reported::new("invalid_grant".to_owned(), description, &[70008]);
        assert_eq!(
            reported.words,
            "invalid_grant: AADSTS70008: The code has expired."
        );
        let description = "AADSTS70008: Over. Trace ID: 1 Correlation ID: 2";
        let reported = Reported::new("invalid_grant".to_owned(), description, &[]);
        assert_eq!(reported.words, "invalid_grant: AADSTS70008: Over.");
        assert_eq!(Reported::new("x".to_owned(), "", &[]).words, "x");
    }
}

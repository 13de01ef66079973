//! What Meta's refusals mean for somebody who connects a page; pure.
//!
//! Sources: developers.facebook.com/docs/graph-api/guides/error-handling (codes 1, 2, 4, 10, 17, 190, 200 to 299, 341, 368
//! and the sub-codes 458 to 467, 492), and for the exchange of a code what Meta answers, as several public reports have it
//! (codes 1 and 101 for the app's credentials, 100 with the sub-codes 36007 expired, 36008 another address, 36009 used);
//! these three sub-codes are in no page of Meta's that we could find.

use ecluse_engine::provider::VerifyError;

use crate::cmp::graph::{GraphFailure, GraphRefusal};
use crate::cmp::{META_APP_ID, META_APP_SECRET, NotAvailable, Remedy};

/// Why a page could not be connected, or its connection not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FacebookError {
    #[error("Facebook is not available here")]
    NotAvailable(#[source] NotAvailable),
    #[error("the person did not allow the connection: {detail}")]
    RefusedByPerson { detail: String },
    /// The person is neither a member nor a tester of an app that is in development, or the app is not active.
    #[error("the person has no role in the app at Meta: {detail}")]
    NoAppRole { detail: String },
    #[error("Facebook came back with neither a code nor an error it explains: {detail}")]
    Callback { detail: String },
    #[error("the code was used before")]
    CodeUsed,
    #[error("the code has expired")]
    CodeExpired,
    #[error("this is no code of Facebook's: {detail}")]
    CodeInvalid { detail: String },
    #[error("the address to come back to is not the one that the person was sent with")]
    RedirectMismatch,
    #[error("the person did not allow {}", scopes.join(", "))]
    MissingScope { scopes: Vec<String> },
    #[error("the person allowed no page, or has none")]
    NoPageGranted,
    #[error("the token is not one of a page for our app: {}", fault.as_str())]
    WrongToken { fault: TokenFault },
    #[error("the token is dead ({}): {detail}", death.as_str())]
    TokenDead { death: TokenDeath, detail: String },
    #[error("a permission is missing at Meta: {detail}")]
    NoPermission { detail: String },
    #[error("Meta takes no more calls for now: {detail}")]
    TooManyCalls { detail: String },
    #[error("Meta cannot be reached")]
    Unreachable(#[source] VerifyError),
    /// Anything else, in Meta's words.
    #[error("Meta refused ({code}): {detail}")]
    Provider { code: i64, detail: String },
    #[error("Meta's answer is not what was asked for: {detail}")]
    Unreadable { detail: String },
}

/// What is wrong with a token that somebody brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// Meta calls it this instead, such as `USER`.
    NotAPages(String),
    OfAnotherApp,
}

impl TokenFault {
    fn as_str(&self) -> &str {
        match self {
            Self::NotAPages(kind) => kind,
            Self::OfAnotherApp => "another app's",
        }
    }
}

/// Why a token works no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenDeath {
    AppRemoved,
    /// The person has something to do on facebook.com first.
    Checkpoint,
    PasswordChanged,
    Expired,
    /// Whoever gave the token has no role on the page any more.
    RoleLost,
    Invalid,
}

impl TokenDeath {
    /// Its name in the API; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppRemoved => "app_removed",
            Self::Checkpoint => "checkpoint",
            Self::PasswordChanged => "password_changed",
            Self::Expired => "expired",
            Self::RoleLost => "role_lost",
            Self::Invalid => "invalid",
        }
    }

    pub(super) const fn of_subcode(subcode: i64) -> Self {
        match subcode {
            458 => Self::AppRemoved,
            459 | 464 => Self::Checkpoint,
            460 => Self::PasswordChanged,
            463 => Self::Expired,
            492 => Self::RoleLost,
            _ => Self::Invalid,
        }
    }
}

impl FacebookError {
    /// The error's name in the API; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAvailable(_) => "not_available",
            Self::RefusedByPerson { .. } => "refused_by_person",
            Self::NoAppRole { .. } => "no_app_role",
            Self::Callback { .. } => "bad_callback",
            Self::CodeUsed => "code_used",
            Self::CodeExpired => "code_expired",
            Self::CodeInvalid { .. } => "code_invalid",
            Self::RedirectMismatch => "redirect_mismatch",
            Self::MissingScope { .. } => "missing_scope",
            Self::NoPageGranted => "no_page_granted",
            Self::WrongToken { .. } => "wrong_token",
            Self::TokenDead { .. } => "token_dead",
            Self::NoPermission { .. } => "no_permission",
            Self::TooManyCalls { .. } => "too_many_calls",
            Self::Unreachable(_) => "unreachable",
            Self::Provider { .. } => "provider_error",
            Self::Unreadable { .. } => "provider_unreadable",
        }
    }

    /// What mends it.
    #[must_use]
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::NotAvailable(_) | Self::RedirectMismatch => Remedy::TellOperator,
            Self::RefusedByPerson { .. } | Self::MissingScope { .. } | Self::NoPageGranted => {
                Remedy::AllowAll
            }
            Self::NoAppRole { .. } | Self::NoPermission { .. } => Remedy::ChangeAtProvider,
            Self::Callback { .. }
            | Self::CodeUsed
            | Self::CodeExpired
            | Self::CodeInvalid { .. }
            | Self::WrongToken { .. }
            | Self::TokenDead { .. } => Remedy::ConnectAgain,
            Self::TooManyCalls { .. }
            | Self::Unreachable(_)
            | Self::Provider { .. }
            | Self::Unreadable { .. } => Remedy::TryLater,
        }
    }
}

impl From<GraphFailure> for FacebookError {
    fn from(failure: GraphFailure) -> Self {
        match failure {
            GraphFailure::Unreached(error) => Self::Unreachable(error),
            GraphFailure::Unreadable(detail) => Self::Unreadable { detail },
            GraphFailure::Refused(refusal) => classify(refusal),
        }
    }
}

fn classify(refusal: GraphRefusal) -> FacebookError {
    let GraphRefusal {
        code,
        subcode,
        message: detail,
        ..
    } = refusal;
    match (code, subcode) {
        (100, 36007) => FacebookError::CodeExpired,
        (100, 36008) => FacebookError::RedirectMismatch,
        (100, 36009) => FacebookError::CodeUsed,
        (102 | 190, subcode) => FacebookError::TokenDead {
            death: TokenDeath::of_subcode(subcode),
            detail,
        },
        (101, _) => refused(META_APP_ID, detail),
        (1, _) if detail.contains("client secret") => refused(META_APP_SECRET, detail),
        (100, _) if detail.contains("appsecret_proof") => refused(META_APP_SECRET, detail),
        (100, _) if detail.contains("App_id in the input_token did not match") => {
            let fault = TokenFault::OfAnotherApp;
            FacebookError::WrongToken { fault }
        }
        (100, _) if detail.contains("authorization code has been used") => FacebookError::CodeUsed,
        (100, _) if detail.contains("authorization code has expired") => FacebookError::CodeExpired,
        (100, _) if detail.contains("redirect_uri") => FacebookError::RedirectMismatch,
        (100, _) if detail.contains("verification code") => FacebookError::CodeInvalid { detail },
        (3 | 10 | 200..=299, _) => FacebookError::NoPermission { detail },
        (4 | 17 | 32 | 341 | 613, _) => FacebookError::TooManyCalls { detail },
        _ => FacebookError::Provider { code, detail },
    }
}

const fn refused(setting: &'static str, detail: String) -> FacebookError {
    FacebookError::NotAvailable(NotAvailable::Refused { setting, detail })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: i64, subcode: i64, message: &str) -> &'static str {
        let refusal = GraphRefusal {
            status: 400,
            code,
            subcode,
            message: message.to_owned(),
        };
        FacebookError::from(GraphFailure::Refused(refusal)).code()
    }

    #[test]
    fn every_refusal_of_metas_has_one_meaning() {
        for (code, subcode, message, expected) in [
            (
                100,
                36009,
                "This authorization code has been used.",
                "code_used",
            ),
            (
                100,
                0,
                "This authorization code has been used.",
                "code_used",
            ),
            (
                100,
                36007,
                "This authorization code has expired.",
                "code_expired",
            ),
            (
                100,
                36008,
                "Error validating verification code. Please make sure your redirect_uri is identical to the one \
                          you used in the OAuth dialog request",
                "redirect_mismatch",
            ),
            (100, 0, "Invalid verification code format.", "code_invalid"),
            (1, 0, "Error validating client secret.", "not_available"),
            (
                101,
                0,
                "Error validating application. Invalid application ID.",
                "not_available",
            ),
            (
                100,
                0,
                "Invalid appsecret_proof provided in the API argument",
                "not_available",
            ),
            (190, 460, "Error validating access token", "token_dead"),
            (
                10,
                0,
                "(#10) Application does not have permission for this action",
                "no_permission",
            ),
            (
                200,
                0,
                "(#200) Requires pages_manage_metadata permission",
                "no_permission",
            ),
            (
                4,
                0,
                "(#4) Application request limit reached",
                "too_many_calls",
            ),
            (2, 0, "An unexpected error has occurred.", "provider_error"),
            (1, 0, "An unknown error occurred", "provider_error"),
        ] {
            assert_eq!(
                of(code, subcode, message),
                expected,
                "{code}/{subcode} {message}"
            );
        }
    }
}

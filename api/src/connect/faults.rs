//! What went wrong at a company, as a sign-on keeps it and as a saved channel is refused with; pure.
//!
//! What must stay true: the company's words may be shown, because the libraries keep secrets out of them.

use ecluse_adapters::cmp::Remedy;
use ecluse_adapters::cmp::cloud::CloudError;
use ecluse_adapters::cmp::dialog360::Dialog360Error;
use ecluse_adapters::cmp::facebook::FacebookError;
use ecluse_adapters::oauth::OAuthError;
use ecluse_adapters::storage::config_db::SignOnFault;

use crate::error::{ApiError, FieldError};

fn fault(code: &str, error: &dyn std::error::Error, remedy: Remedy) -> SignOnFault {
    SignOnFault {
        code: code.to_owned(),
        detail: chain(error),
        remedy: remedy.code().to_owned(),
    }
}

pub(super) fn of_facebook(error: &FacebookError) -> SignOnFault {
    fault(error.code(), error, error.remedy())
}

pub(super) fn of_dialog360(error: &Dialog360Error) -> SignOnFault {
    fault(error.code(), error, error.remedy())
}

pub(super) fn of_oauth(error: &OAuthError) -> SignOnFault {
    let remedy = match error {
        OAuthError::Denied { .. } | OAuthError::MissingScopes { .. } => Remedy::AllowAll,
        OAuthError::AdminConsentNeeded { .. } => Remedy::ChangeAtProvider,
        OAuthError::WrongRedirect { .. } | OAuthError::WrongClient { .. } => Remedy::TellOperator,
        OAuthError::Unreachable(_) | OAuthError::Unavailable { .. } => Remedy::TryLater,
        _ => Remedy::ConnectAgain,
    };
    let code = error.code().trim_start_matches("sign_on.");
    fault(code, error, remedy)
}

/// What to tell a person of a fault's code: the key of a text.
pub(crate) fn words(code: &str) -> &'static str {
    match code {
        "refused_by_person" | "denied" => "cmp-fault-refused",
        "no_app_role" => "cmp-fault-role",
        "bad_callback"
        | "code_used"
        | "code_expired"
        | "code_invalid"
        | "code_unusable"
        | "wrong_state"
        | "interaction_required"
        | "sign_in_required" => "cmp-fault-code",
        "not_available" | "redirect_mismatch" | "wrong_redirect" | "wrong_client" => {
            "cmp-fault-settings"
        }
        "missing_scope" | "missing_permissions" => "cmp-fault-scope",
        "no_page_granted" | "nothing_granted" => "cmp-fault-nothing",
        "no_permission" | "unknown_channel" => "cmp-fault-permission",
        "admin_consent_needed" => "cmp-fault-admin",
        "not_running" => "cmp-fault-preparing",
        "no_mailbox" | "no_refresh_token" => "cmp-fault-mailbox",
        _ => "cmp-fault-later",
    }
}

/// The refusal of a save.
pub(super) fn refuse_page(field: &str, error: FacebookError) -> ApiError {
    match error {
        FacebookError::NotAvailable(why) => why.into(),
        FacebookError::Unreachable(_)
        | FacebookError::TooManyCalls { .. }
        | FacebookError::Unreadable { .. } => unreachable(&error),
        FacebookError::Provider { code, .. } if is_temporary(code) => unreachable(&error),
        error => refused(field, error.code(), &error),
    }
}

/// Whether 360dialog told nothing of what was asked for.
pub(super) const fn is_no_answer(error: &Dialog360Error) -> bool {
    match error {
        Dialog360Error::Unreachable(_)
        | Dialog360Error::TooManyCalls { .. }
        | Dialog360Error::Unreadable { .. } => true,
        Dialog360Error::Provider { status, .. } => *status >= 500,
        _ => false,
    }
}

/// Graph's codes for a failure that passes, and for its limits
/// (<https://developers.facebook.com/docs/graph-api/guides/error-handling>).
const fn is_temporary(code: i64) -> bool {
    matches!(code, 1 | 2 | 4 | 17 | 32 | 341 | 613)
}

pub(super) fn refuse_hub(field: &str, error: Dialog360Error) -> ApiError {
    match error {
        Dialog360Error::NotAvailable(why) => why.into(),
        error if is_no_answer(&error) => unreachable(&error),
        error => refused(field, error.code(), &error),
    }
}

pub(super) fn refuse_number(field: &str, error: CloudError) -> ApiError {
    match error {
        CloudError::NotAvailable(why) => why.into(),
        CloudError::Unreachable(_) | CloudError::Unreadable { .. } => unreachable(&error),
        CloudError::Provider { code, .. } if is_temporary(code) => unreachable(&error),
        error => refused(field, error.code(), &error),
    }
}

pub(super) fn refuse_mail(field: &str, error: &OAuthError) -> ApiError {
    match error {
        OAuthError::Unreachable(_)
        | OAuthError::Unavailable { .. }
        | OAuthError::NotUnderstood { .. } => unreachable(error),
        error => refused(field, error.code().trim_start_matches("sign_on."), error),
    }
}

fn refused(field: &str, code: &str, error: &dyn std::error::Error) -> ApiError {
    ApiError::Validation(vec![FieldError::new(field, code, chain(error))])
}

fn unreachable(error: &dyn std::error::Error) -> ApiError {
    ApiError::ProviderUnreachable {
        detail: chain(error),
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<String> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

//! What came of trying a connection, in the reader's words: which step failed, and what to do.

use super::outcome;
use crate::console::admin::administrator::Administrator;
use crate::console::backend::Verified;
use crate::console::form::{Key, Outcome};

/// The words for an answer of the API's `verify`; the other side's own follow them.
pub(in crate::console::kinds) fn verified(admin: &Administrator, verified: &Verified) -> Outcome {
    let words = match verified.works {
        true => admin.text("console-verified"),
        false => admin.text(words(&verified.step, &verified.code)),
    };
    let said = match verified.detail.is_empty() {
        true => words,
        false => format!("{words} ({})", verified.detail),
    };
    outcome(verified.works, said)
}

/// The exact failure if there are words for it, else the step.
fn words(step: &str, code: &str) -> Key {
    of_code(code).unwrap_or(match step {
        "name" => "console-verify-name",
        "connection" => "console-verify-connection",
        "tls" => "console-verify-tls",
        "greeting" => "console-verify-greeting",
        "sign_in" => "console-verify-sign-in",
        "folder" => "console-verify-folder",
        "sender" => "console-verify-sender",
        "number" => "console-verify-number",
        "account" => "console-verify-account",
        _ => "console-verify-other",
    })
}

fn of_code(code: &str) -> Option<Key> {
    Some(match code {
        "name.timed_out"
        | "connection.timed_out"
        | "tls.timed_out"
        | "greeting.timed_out"
        | "sign_in.timed_out" => "console-verify-timeout",
        "tls.untrusted" => "console-verify-untrusted",
        "tls.wrong_name" => "console-verify-wrong-name",
        "tls.expired" | "tls.not_yet_valid" => "console-verify-expired",
        "tls.not_offered" | "tls.plain_server" => "console-verify-no-tls",
        "tls.needs_implicit" => "console-verify-implicit",
        "tls.required" => "console-verify-tls-required",
        "protocol.not_imap" => "console-verify-not-imap",
        "protocol.not_smtp" => "console-verify-not-smtp",
        "sign_in.app_password_needed" => "console-verify-app-password",
        "sign_in.oauth_needed" => "console-verify-oauth",
        "sign_in.protocol_disabled" => "console-verify-disabled",
        "sign_in.not_offered" => "console-verify-not-offered",
        "sign_in.try_later" | "too_many_calls" => "console-verify-later",
        "sign_in.token_expired"
        | "sign_in_required"
        | "token_dead"
        | "wrong_token"
        | "missing_scope" => "console-verify-connect-again",
        "not_available" => "console-verify-not-available",
        "not_set" => "console-verify-not-set",
        "number_not_assigned" | "not_of_this_account" => "console-verify-not-assigned",
        "number_cannot_text" => "console-verify-cannot-text",
        "not_found" => "console-verify-not-found",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_failure_is_told_and_else_the_step() {
        assert_eq!(words("tls", "tls.wrong_name"), "console-verify-wrong-name");
        assert_eq!(words("tls", "tls.failed"), "console-verify-tls");
        assert_eq!(words("else", "else"), "console-verify-other");
    }
}

//! What came of trying a connection, in the reader's words: which step failed, and what to do.

use super::outcome;
use crate::connect::trouble::words;
use crate::console::address::domains;
use crate::console::admin::administrator::Administrator;
use crate::console::backend::Verified;
use crate::console::form::Outcome;

/// What is found here, before anybody is asked: its words say it all.
const OF_OURS: [&str; 2] = ["password_needed", "not_set"];

/// The words for an answer of the API's `verify`; the other side's own follow them.
pub(in crate::console::kinds) fn verified(admin: &Administrator, verified: &Verified) -> Outcome {
    let words = match verified.works {
        true => admin.text(found(&verified.code)),
        false => admin.text(words(&verified.step, &verified.code)),
    };
    let is_ours = !verified.works && OF_OURS.contains(&verified.code.as_str());
    let said = match is_ours || verified.detail.is_empty() {
        true => words,
        false => format!("{words} ({})", domains(&verified.detail)),
    };
    outcome(verified.works, said)
}

/// How much is known of a connection that works: some providers tell nothing without a message.
fn found(checked: &str) -> &'static str {
    match checked {
        "verified" => "console-verified-numbers",
        "signed_in" => "console-verified-signed-in",
        "reached" => "console-verified-reached",
        "not_without_sending" => "console-verified-nothing",
        _ => "console-verified",
    }
}

//! What a channel's health says of its connections: one line for each that failed when it was last tried; pure.
//!
//! What must stay true: connections fail and heal apart; a consent that the company takes no more is told as such, because
//! only a person can give another.

use ecluse_adapters::storage::config_db::ChannelHealth;

use super::verify::{Connection, Outcome};
use crate::console::catalogue::Catalogue;

const CONNECTIONS: [Connection; 3] = [Connection::Imap, Connection::Smtp, Connection::Provider];

/// Between the failures of two connections.
const BETWEEN: &str = "; ";

/// The health of a channel after one of its connections was tried; `None` if it is as it was.
pub(super) fn after(
    before: &ChannelHealth,
    connection: Connection,
    outcome: &Outcome,
) -> Option<ChannelHealth> {
    let reason = match before {
        ChannelHealth::Healthy => "",
        ChannelHealth::Degraded { reason } | ChannelHealth::SignInRequired { reason } => reason,
    };
    let known = parts(reason);
    // What sending met is not known by a connection, unless that is the one that sends.
    let is_of_another = !reason.is_empty() && known.is_empty();
    if outcome.works && (reason.is_empty() || is_of_another && connection != Connection::Provider) {
        return None;
    }
    let mut failures: Vec<(Connection, &str)> = known
        .into_iter()
        .filter(|(of, code)| *of != connection && !(outcome.works && needs_sign_in(code)))
        .collect();
    if !outcome.works {
        failures.push((connection, &outcome.code));
    }
    let after = health(&failures);
    (after != *before).then_some(after)
}

fn health(failures: &[(Connection, &str)]) -> ChannelHealth {
    let of = |connection: Connection| {
        let found = failures.iter().find(|(of, _)| *of == connection);
        found.map(|(_, code)| format!("{}: {code}", connection.word()))
    };
    let lines: Vec<String> = CONNECTIONS.into_iter().filter_map(of).collect();
    let reason = lines.join(BETWEEN);
    if lines.is_empty() {
        ChannelHealth::Healthy
    } else if failures.iter().any(|(_, code)| needs_sign_in(code)) {
        ChannelHealth::SignInRequired { reason }
    } else {
        ChannelHealth::Degraded { reason }
    }
}

/// The connections that a reason names, each with the stable word of its failure; none if it is of another origin.
fn parts(reason: &str) -> Vec<(Connection, &str)> {
    let part = |part| {
        let (word, code): (&str, &str) = str::split_once(part, ": ")?;
        let known = CONNECTIONS.into_iter().find(|known| known.word() == word)?;
        let is_code = code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b"._0123456789".contains(&byte));
        is_code.then_some((known, code))
    };
    let parts: Option<Vec<_>> = reason.split(BETWEEN).map(part).collect();
    parts.unwrap_or_default()
}

/// The reason of a channel of which its company told by itself what is wrong.
pub(super) fn of_provider(code: &str) -> String {
    format!("{}: {code}", Connection::Provider.word())
}

fn needs_sign_in(code: &str) -> bool {
    matches!(
        code,
        "sign_in_required"
            | "interaction_required"
            | "sign_in.token_expired"
            | "token_dead"
            | "hub.permission_revoked"
    )
}

/// What WhatsApp reports, with its own word for it where it gave one.
fn reported(catalogue: &Catalogue, code: &str) -> Option<String> {
    let rows = [
        ("hub.violation", "console-verify-hub-violation"),
        ("hub.restriction", "console-verify-hub-restriction"),
    ];
    let (rest, key) = rows
        .into_iter()
        .find_map(|(start, key)| Some((code.strip_prefix(start)?, key)))?;
    let words = catalogue.text(key).into_owned();
    Some(match rest.strip_prefix('.') {
        Some(word) => format!("{words} ({})", word.to_ascii_uppercase()),
        None => words,
    })
}

/// A reason in the reader's language; one of another origin in the words of whoever gave it.
pub(crate) fn told(catalogue: &Catalogue, reason: &str) -> String {
    let line = |(connection, code): (Connection, &str)| {
        let step = code.split('.').next().unwrap_or_default();
        let words = reported(catalogue, code)
            .unwrap_or_else(|| catalogue.text(words(step, code)).into_owned());
        match connection {
            Connection::Imap => format!("IMAP – {words}"),
            Connection::Smtp => format!("SMTP – {words}"),
            Connection::Provider => words,
        }
    };
    match parts(reason) {
        parts if parts.is_empty() => {
            of_the_node(catalogue, reason).unwrap_or_else(|| reason.to_owned())
        }
        parts => parts.into_iter().map(line).collect::<Vec<_>>().join(" "),
    }
}

/// What a channel with this reason cannot do, as far as the reason names the connection: the key of the text.
pub(crate) fn hindered(reason: &str) -> &'static str {
    let known = parts(reason);
    let fails = |connection: Connection| known.iter().any(|(of, _)| *of == connection);
    match (fails(Connection::Imap), fails(Connection::Smtp)) {
        (true, true) => "console-trouble-both",
        (true, false) => "console-trouble-receiving",
        (false, true) => "console-trouble-sending",
        (false, false) => "console-trouble-degraded",
    }
}

/// A reason that this node gave by itself: a setting that is missing, a channel that rests.
fn of_the_node(catalogue: &Catalogue, reason: &str) -> Option<String> {
    if reason.starts_with("the channel failed too often") {
        return Some(catalogue.text("console-health-rests").into_owned());
    }
    let what = reason.strip_suffix(" is not set")?;
    Some(match what.strip_prefix("providers.") {
        Some(_) => catalogue.fill("console-health-setting", &[("setting", what.into())]),
        None => catalogue.text("console-verify-not-set").into_owned(),
    })
}

/// The key of the text for a failure: of the exact one if there is one, else of the step.
pub(crate) fn words(step: &str, code: &str) -> &'static str {
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

fn of_code(code: &str) -> Option<&'static str> {
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
        "host_unknown" => "console-verify-name",
        "tls_failed" => "console-verify-tls",
        "credentials_refused" | "password_wrong" => "console-verify-sign-in",
        "system_id_unknown" => "console-verify-system-id",
        "system_type_wrong" => "console-verify-system-type",
        "bind_refused" => "console-verify-bind",
        "account_unknown" => "console-verify-not-found",
        "account_inactive" => "console-verify-inactive",
        "bad_address" => "console-verify-bad-address",
        "provider_fault" | "unreadable" => "console-verify-fault",
        "invalid_number" => "error-field-invalid-number",
        "not_usable" => "console-verify-not-usable",
        "sign_in.not_offered" => "console-verify-not-offered",
        "sign_in.try_later" | "too_many_calls" => "console-verify-later",
        "sign_in.token_expired"
        | "sign_in_required"
        | "token_dead"
        | "wrong_token"
        | "missing_scope" => "console-verify-connect-again",
        "not_available" => "console-verify-not-available",
        "not_set" => "console-verify-not-set",
        "password_needed" => "console-verify-password-needed",
        "number_not_assigned" | "not_of_this_account" => "console-verify-not-assigned",
        "number_cannot_text" => "console-verify-cannot-text",
        "not_found" => "console-verify-not-found",
        "hub.permission_revoked" => "console-verify-hub-permission",
        "hub.terminated" => "console-verify-hub-terminated",
        "hub.deleted" => "console-verify-hub-deleted",
        "hub.templates_disabled" => "console-verify-hub-templates",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::language::Lang;

    fn degraded(reason: &str) -> ChannelHealth {
        let reason = reason.to_owned();
        ChannelHealth::Degraded { reason }
    }

    fn step(before: &ChannelHealth, connection: Connection, code: &str) -> Option<ChannelHealth> {
        let outcome = match code {
            "" => Outcome::good(serde_json::json!({})),
            code => Outcome::bad("step", code, "words"),
        };
        after(before, connection, &outcome)
    }

    #[test]
    fn connections_fail_and_heal_apart() {
        let well = ChannelHealth::Healthy;
        let imap = step(&well, Connection::Imap, "tls.wrong_name").unwrap();
        assert_eq!(imap, degraded("imap: tls.wrong_name"));
        let both = step(&imap, Connection::Smtp, "connection.refused").unwrap();
        assert_eq!(
            both,
            degraded("imap: tls.wrong_name; smtp: connection.refused")
        );
        let other = step(&both, Connection::Imap, "name.not_found").unwrap();
        assert_eq!(
            other,
            degraded("imap: name.not_found; smtp: connection.refused")
        );
        assert_eq!(step(&both, Connection::Imap, "tls.wrong_name"), None);
        assert_eq!(step(&both, Connection::Smtp, ""), Some(imap.clone()));
        assert_eq!(step(&imap, Connection::Smtp, ""), None);
        assert_eq!(step(&imap, Connection::Imap, ""), Some(well.clone()));
        assert_eq!(step(&well, Connection::Imap, ""), None);
    }

    #[test]
    fn a_consent_that_ended_is_asked_for_and_one_that_works_ends_the_asking() {
        let ended = step(
            &ChannelHealth::Healthy,
            Connection::Imap,
            "sign_in_required",
        )
        .unwrap();
        let reason = "imap: sign_in_required".to_owned();
        assert_eq!(ended, ChannelHealth::SignInRequired { reason });
        let both = step(&ended, Connection::Smtp, "connection.refused").unwrap();
        let reason = "imap: sign_in_required; smtp: connection.refused".to_owned();
        assert_eq!(both, ChannelHealth::SignInRequired { reason });
        assert_eq!(
            step(&ended, Connection::Smtp, ""),
            Some(ChannelHealth::Healthy),
            "it is the same consent"
        );
    }

    #[test]
    fn what_sending_met_is_healed_by_the_provider_alone() {
        let met = degraded("Business eligibility payment issue; see #131042");
        assert_eq!(step(&met, Connection::Imap, ""), None);
        assert_eq!(
            step(&met, Connection::Provider, ""),
            Some(ChannelHealth::Healthy)
        );
        assert_eq!(
            step(&met, Connection::Provider, "token_dead").unwrap(),
            ChannelHealth::SignInRequired {
                reason: "provider: token_dead".to_owned()
            }
        );
    }

    #[test]
    fn what_a_channel_cannot_do_is_told_by_the_connection_that_fails() {
        let rows = [
            ("imap: tls.wrong_name", "console-trouble-receiving"),
            ("smtp: connection.refused", "console-trouble-sending"),
            (
                "imap: name.not_found; smtp: tls.failed",
                "console-trouble-both",
            ),
            ("provider: token_dead", "console-trouble-degraded"),
            ("imap: is down; call us", "console-trouble-degraded"),
            ("", "console-trouble-degraded"),
        ];
        for (reason, key) in rows {
            assert_eq!(hindered(reason), key, "{reason}");
        }
    }

    #[test]
    fn the_exact_failure_is_told_and_else_the_step() {
        assert_eq!(words("tls", "tls.wrong_name"), "console-verify-wrong-name");
        assert_eq!(words("tls", "tls.failed"), "console-verify-tls");
        assert_eq!(words("else", "else"), "console-verify-other");
    }

    #[test]
    fn a_reason_is_told_in_words_and_never_in_codes() {
        let french = Catalogue::of(Lang::Fr);
        let told = |reason| told(french, reason);
        let both = told("imap: tls.wrong_name; smtp: connection.refused");
        assert!(
            both.starts_with("IMAP – ") && both.contains(" SMTP – "),
            "{both}"
        );
        assert!(
            !both.contains("tls.") && !both.contains("connection."),
            "{both}"
        );
        assert_eq!(told("imap: is down; call us"), "imap: is down; call us");
        let missing = told("providers.meta_app_secret is not set");
        assert!(missing.contains("providers.meta_app_secret"), "{missing}");
        assert!(!missing.contains("is not set"), "{missing}");
        let reported = told("provider: hub.violation.scam");
        assert!(reported.ends_with("(SCAM)"), "{reported}");
        assert!(!reported.contains("hub."), "{reported}");
    }
}

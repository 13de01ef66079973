//! What a refused sign-in means, read from the server's words, pure.
//!
//! Standards give codes for few of these cases (RFC 5530, RFC 4954, RFC 3463), so the words of the two large providers
//! are looked for: Google's "Sign in with app passwords" and Microsoft's "Authenticated client SMTP submission" pages.

use serde::Deserialize;

use super::fault::Fault;
use super::settings::MailSignIn;

/// What the server answered to a sign-in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    pub(super) words: &'a str,
    /// The decoded challenge that came instead of a yes to an access token.
    pub(super) challenge: Option<&'a [u8]>,
}

/// Words that mean the same over IMAP and SMTP.
const KNOWN: [(&str, Fault); 8] = [
    (
        "application-specific password",
        Fault::SignInAppPasswordNeeded,
    ),
    ("not enabled for imap", Fault::SignInProtocolDisabled),
    ("imap access is disabled", Fault::SignInProtocolDisabled),
    (
        "smtpclientauthentication is disabled",
        Fault::SignInProtocolDisabled,
    ),
    ("basic authentication is disabled", Fault::SignInOauthNeeded),
    ("basicauthblocked", Fault::SignInOauthNeeded),
    ("privacyrequired", Fault::TlsRequired),
    ("must issue a starttls", Fault::TlsRequired),
];

/// RFC 5530's codes and the words of servers for "not now".
const LATER: [&str; 5] = ["unavailable", "inuse", "[limit]", "too many", "temporar"];

/// What a tagged NO or BAD means.
pub(super) fn imap(refusal: Refusal<'_>, sign_in: &MailSignIn) -> Fault {
    let words = refusal.words.to_lowercase();
    if let Some(fault) = known(&words) {
        return fault;
    }
    if LATER.iter().any(|later| words.contains(later)) {
        return Fault::SignInTryLater;
    }
    refused(refusal, sign_in)
}

/// What a reply other than 235 means (RFC 4954, section 6).
pub(super) fn smtp(code: u16, refusal: Refusal<'_>, sign_in: &MailSignIn) -> Fault {
    if let Some(fault) = known(&refusal.words.to_lowercase()) {
        return fault;
    }
    match code {
        530 | 538 => Fault::TlsRequired,
        502..=504 => Fault::SignInNotOffered,
        400..=499 => Fault::SignInTryLater,
        _ => refused(refusal, sign_in),
    }
}

fn known(words: &str) -> Option<Fault> {
    let found = KNOWN.iter().find(|(part, _)| words.contains(part));
    found.map(|(_, fault)| *fault)
}

fn refused(refusal: Refusal<'_>, sign_in: &MailSignIn) -> Fault {
    let is_token = matches!(sign_in, MailSignIn::AccessToken(_));
    if is_token && refusal.challenge.is_some_and(is_about_the_token) {
        Fault::SignInTokenExpired
    } else {
        Fault::SignInRefused
    }
}

/// Google's and Dovecot's challenge: `{"status":"401","schemes":"bearer","scope":"…"}`; status 400 or 401 is a token
/// that is not good, or no longer.
fn is_about_the_token(challenge: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Challenge {
        status: String,
    }
    serde_json::from_slice::<Challenge>(challenge)
        .is_ok_and(|challenge| matches!(challenge.status.as_str(), "400" | "401" | "invalid_token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> MailSignIn {
        MailSignIn::AccessToken("t".into())
    }

    fn password() -> MailSignIn {
        MailSignIn::Password("p".into())
    }

    fn refusal(words: &str) -> Refusal<'_> {
        Refusal {
            words,
            challenge: None,
        }
    }

    #[test]
    fn what_imap_servers_say_is_understood() {
        for (words, expected) in [
            (
                "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
                Fault::SignInRefused,
            ),
            (
                "[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
                Fault::SignInAppPasswordNeeded,
            ),
            (
                "[ALERT] Your account is not enabled for IMAP use. (Failure)",
                Fault::SignInProtocolDisabled,
            ),
            (
                "[UNAVAILABLE] Temporary authentication failure.",
                Fault::SignInTryLater,
            ),
            (
                "[ALERT] Too many simultaneous connections. (Failure)",
                Fault::SignInTryLater,
            ),
            (
                "[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure connections.",
                Fault::TlsRequired,
            ),
            ("LOGIN failed.", Fault::SignInRefused),
        ] {
            assert_eq!(imap(refusal(words), &password()), expected, "{words}");
        }
    }

    #[test]
    fn what_smtp_servers_say_is_understood() {
        for (code, words, expected) in [
            (
                535,
                "5.7.8 Username and Password not accepted.",
                Fault::SignInRefused,
            ),
            (
                534,
                "5.7.9 Application-specific password required.",
                Fault::SignInAppPasswordNeeded,
            ),
            (
                535,
                "5.7.139 Authentication unsuccessful, basic authentication is disabled.",
                Fault::SignInOauthNeeded,
            ),
            (
                535,
                "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
                Fault::SignInProtocolDisabled,
            ),
            (
                530,
                "5.7.0 Must issue a STARTTLS command first",
                Fault::TlsRequired,
            ),
            (538, "5.7.11 Encryption required", Fault::TlsRequired),
            (
                454,
                "4.7.0 Temporary authentication failure",
                Fault::SignInTryLater,
            ),
            (
                504,
                "5.5.4 Unrecognized authentication type",
                Fault::SignInNotOffered,
            ),
        ] {
            assert_eq!(smtp(code, refusal(words), &password()), expected, "{words}");
        }
    }

    #[test]
    fn a_challenge_to_a_token_says_that_it_has_expired() {
        let challenged = |challenge: &'static [u8]| Refusal {
            words: "no",
            challenge: Some(challenge),
        };
        let dovecots = challenged(br#"{"status":"401","schemes":"bearer","scope":"mail"}"#);
        assert_eq!(imap(dovecots, &token()), Fault::SignInTokenExpired);
        assert_eq!(smtp(535, dovecots, &token()), Fault::SignInTokenExpired);
        assert_eq!(imap(dovecots, &password()), Fault::SignInRefused);
        assert_eq!(imap(challenged(b"?"), &token()), Fault::SignInRefused);
        let microsofts = refusal("AUTHENTICATE failed.");
        assert_eq!(imap(microsofts, &token()), Fault::SignInRefused);
    }
}

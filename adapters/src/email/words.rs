//! What a server said, fit to be shown: short, on one line, without secrets.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// The longest quotation, in characters.
const QUOTED_MAX: usize = 240;

/// The text on one line, shortened.
pub(crate) fn quoted(text: &str) -> String {
    let printable: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = printable.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTED_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// The text as [`quoted`], without the secret, should the server have echoed it, plain or in base64.
pub(super) fn without_secret(text: &str, secret: Option<&SecretString>) -> String {
    let Some(secret) = secret
        .map(SecretString::expose_secret)
        .filter(|s| !s.is_empty())
    else {
        return quoted(text);
    };
    let hidden = text
        .replace(secret, "…")
        .replace(&BASE64_STANDARD.encode(secret), "…");
    quoted(&hidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_words_are_one_short_line() {
        assert_eq!(quoted("5.7.8 no\r\n\tand  no\u{7}"), "5.7.8 no and no");
        let long = quoted(&"é".repeat(300));
        assert_eq!(long.chars().count(), 241);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn a_secret_that_is_echoed_is_not_shown() {
        let secret = SecretString::from("hunter2");
        let said = "bad password hunter2 (aHVudGVyMg==)";
        assert_eq!(without_secret(said, Some(&secret)), "bad password … (…)");
        assert_eq!(without_secret("no", Some(&"".into())), "no");
    }
}

//! What Meta's webhooks have in common, WhatsApp's and Messenger's: the signature, the handshake and the envelope.
//!
//! What must stay true: a signature is checked over the bytes as they came, before anything reads them, and every
//! comparison of a secret takes the same time whatever it is given. Meta escapes what is not ASCII in its own way, so a
//! body that was read and written again never has the same signature.
//!
//! Source: developers.facebook.com/docs/graph-api/webhooks/getting-started, read with `appsecret_proof` in
//! developers.facebook.com/docs/graph-api/securing-requests.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;
use ring::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use subtle::ConstantTimeEq as _;

/// The header that carries the signature of a webhook's body.
pub const SIGNATURE_HEADER: &str = "X-Hub-Signature-256";

/// An app's secret, ready to verify with.
#[derive(Clone)]
pub struct AppSecret {
    key: hmac::Key,
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret")
    }
}

/// Anybody can sign with an empty secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret is empty")]
pub struct EmptySecret;

/// Why a body was not accepted as the provider's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the request has no signature")]
    Missing,
    #[error("the signature is not sha256= and 64 hexadecimal digits")]
    Malformed,
    #[error("the signature is of another body or another secret")]
    Mismatch,
}

impl AppSecret {
    /// Prepares the secret once, so that a verification hashes nothing but the body.
    ///
    /// # Errors
    /// The secret is empty.
    pub fn new(secret: &SecretString) -> Result<Self, EmptySecret> {
        let bytes = secret.expose_secret().as_bytes();
        if bytes.is_empty() {
            return Err(EmptySecret);
        }
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, bytes),
        })
    }

    /// Checks the value of `X-Hub-Signature-256` (`sha256=` and hexadecimal digits) against the raw body.
    ///
    /// # Errors
    /// The header is missing, is no signature, or is that of something else.
    pub fn verify(&self, header: Option<&str>, body: &[u8]) -> Result<(), SignatureError> {
        let digits = header
            .ok_or(SignatureError::Missing)?
            .strip_prefix("sha256=")
            .ok_or(SignatureError::Malformed)?;
        self.verify_digits(digits, body)
    }

    /// Checks bare hexadecimal digits against the raw body.
    ///
    /// # Errors
    /// The digits are no signature, or that of something else.
    pub fn verify_digits(&self, digits: &str, body: &[u8]) -> Result<(), SignatureError> {
        let mut signature = [0; 32];
        hex::decode_to_slice(digits, &mut signature).map_err(|_| SignatureError::Malformed)?;
        hmac::verify(&self.key, body, &signature).map_err(|_| SignatureError::Mismatch)
    }

    /// The header's value for a body, as Meta computes it.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> String {
        format!("sha256={}", hex::encode(hmac::sign(&self.key, body)))
    }

    /// `appsecret_proof`: shows that a call with `access_token` comes from the app itself.
    #[must_use]
    pub fn proof(&self, access_token: &SecretString) -> String {
        hex::encode(hmac::sign(
            &self.key,
            access_token.expose_secret().as_bytes(),
        ))
    }
}

/// Whether two secrets are the same, in a time that depends on their lengths only.
#[must_use]
pub fn same_secret(given: &str, expected: &SecretString) -> bool {
    given
        .as_bytes()
        .ct_eq(expected.expose_secret().as_bytes())
        .into()
}

/// The query of the request with which Meta asks whether a webhook is really ours.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Handshake {
    #[serde(rename = "hub.mode")]
    pub mode: Option<String>,
    #[serde(rename = "hub.verify_token")]
    pub verify_token: Option<SecretString>,
    #[serde(rename = "hub.challenge")]
    pub challenge: Option<String>,
}

/// Why a handshake is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    #[error("hub.mode is not subscribe")]
    Mode,
    #[error("hub.verify_token is not ours")]
    Token,
    #[error("hub.challenge is missing")]
    Challenge,
}

impl Handshake {
    /// The body of the 200 that accepts the handshake: the challenge and nothing else.
    ///
    /// # Errors
    /// What is missing or wrong; an empty `expected` accepts nobody.
    pub fn answer(&self, expected: &SecretString) -> Result<&str, HandshakeError> {
        if self.mode.as_deref() != Some("subscribe") {
            return Err(HandshakeError::Mode);
        }
        let token = self
            .verify_token
            .as_ref()
            .map_or("", |token| token.expose_secret());
        if token.is_empty() || !same_secret(token, expected) {
            return Err(HandshakeError::Token);
        }
        self.challenge.as_deref().ok_or(HandshakeError::Challenge)
    }
}

/// The outermost object of every webhook body. What an entry holds depends on `object`.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, E: Deserialize<'de>"))]
pub(crate) struct Envelope<'a, E> {
    pub(crate) object: Str<'a>,
    pub(crate) entry: Vec<E>,
}

/// One account's part of a body, for the objects that report changes.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "C: Deserialize<'de>"))]
pub(crate) struct Entry<C> {
    pub(crate) changes: Vec<C>,
}

/// The pages that a body is about, if it is of Messenger's object; none of any other body.
#[must_use]
pub fn pages(body: &[u8]) -> Vec<CompactString> {
    let envelope: serde_json::Result<Envelope<'_, &RawValue>> = serde_json::from_slice(body);
    let Ok(envelope) = envelope else {
        return Vec::new();
    };
    if &*envelope.object != PAGE_OBJECT {
        return Vec::new();
    }
    let entries = envelope.entry.into_iter();
    // One that cannot be read does not hide the others.
    let page = |raw: &RawValue| serde_json::from_str::<PageEntry>(raw.get()).ok();
    entries.filter_map(page).map(|entry| entry.id).collect()
}

/// The object whose webhooks are about pages.
const PAGE_OBJECT: &str = "page";

/// One page's part of a body.
#[derive(Debug, Deserialize)]
struct PageEntry {
    id: CompactString,
}

/// Text that stays in the body it came in, unless it has escapes.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Str<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl std::ops::Deref for Str<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> AppSecret {
        AppSecret::new(&text.into()).unwrap()
    }

    #[test]
    fn a_body_that_nobody_signed_is_refused() {
        let app = secret("It's a Secret to Everybody");
        let good = app.sign(b"Hello, World!");
        let check = |header: Option<&str>, body: &str| app.verify(header, body.as_bytes());
        assert_eq!(check(Some(&good), "Hello, World!"), Ok(()));
        assert_eq!(
            check(
                Some(&good.to_uppercase().replace("SHA256", "sha256")),
                "Hello, World!"
            ),
            Ok(())
        );
        for (header, body, error) in [
            (None, "Hello, World!", SignatureError::Missing),
            (Some(""), "Hello, World!", SignatureError::Malformed),
            (Some("sha1=00"), "Hello, World!", SignatureError::Malformed),
            (Some("sha256="), "Hello, World!", SignatureError::Malformed),
            (Some("sha256=é"), "Hello, World!", SignatureError::Malformed),
            (
                Some(&good[..good.len() - 1]),
                "Hello, World!",
                SignatureError::Malformed,
            ),
            (Some(&good[7..]), "Hello, World!", SignatureError::Malformed),
            (Some(&good), "Hello, World", SignatureError::Mismatch),
            (Some(&good), "", SignatureError::Mismatch),
        ] {
            assert_eq!(check(header, body), Err(error), "{header:?} over {body:?}");
        }
        assert_eq!(
            secret("another").verify(Some(&good), b"Hello, World!"),
            Err(SignatureError::Mismatch)
        );
        assert_eq!(AppSecret::new(&"".into()).err(), Some(EmptySecret));
    }

    #[test]
    fn only_the_configured_token_gets_the_challenge() {
        let check = |mode: &str, token: &str, challenge: Option<&str>, expected: &str| {
            let handshake = Handshake {
                mode: Some(mode.to_owned()),
                verify_token: Some(token.into()),
                challenge: challenge.map(str::to_owned),
            };
            handshake.answer(&expected.into()).map(str::to_owned)
        };
        assert_eq!(
            check("subscribe", "t0ken", Some("42"), "t0ken"),
            Ok("42".to_owned())
        );
        assert_eq!(
            check("unsubscribe", "t0ken", Some("42"), "t0ken"),
            Err(HandshakeError::Mode)
        );
        assert_eq!(
            check("subscribe", "t0keN", Some("42"), "t0ken"),
            Err(HandshakeError::Token)
        );
        assert_eq!(
            check("subscribe", "t0ken2", Some("42"), "t0ken"),
            Err(HandshakeError::Token)
        );
        assert_eq!(
            check("subscribe", "", Some("42"), ""),
            Err(HandshakeError::Token)
        );
        assert_eq!(
            check("subscribe", "t0ken", None, "t0ken"),
            Err(HandshakeError::Challenge)
        );
        assert_eq!(
            Handshake::default().answer(&"t0ken".into()),
            Err(HandshakeError::Mode)
        );
    }

    #[test]
    fn secrets_never_reach_a_log() {
        let handshake = Handshake {
            verify_token: Some("t0ken".into()),
            ..Handshake::default()
        };
        assert!(!format!("{handshake:?} {:?}", secret("s3cret")).contains("t0ken"));
        assert_eq!(format!("{:?}", secret("s3cret")), "AppSecret");
    }

    #[test]
    fn a_proof_is_the_hmac_of_the_token() {
        // The same computation as a signature's, over the token: openssl dgst -sha256 -hmac.
        let app = secret("s3cret");
        assert_eq!(
            format!("sha256={}", app.proof(&"token".into())),
            app.sign(b"token")
        );
    }
}

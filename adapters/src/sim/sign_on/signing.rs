//! Tokens as JWTs (RFC 7519), signed with a key of this run.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use ecluse_engine::message::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::Value;

/// What stands before the point in the public key of a P-256 curve (RFC 5480): two object identifiers and lengths.
const PUBLIC_KEY_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// An ES256 key.
#[derive(Debug)]
pub(super) struct SigningKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl SigningKey {
    /// A new one; `None` if the system has no randomness.
    pub(super) fn new() -> Option<Self> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).ok()?;
        Some(Self { pair, random })
    }

    /// A token with these claims.
    pub(super) fn sign(&self, claims: &Value) -> String {
        let head = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","typ":"JWT"}"#);
        let claims = BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
        let signed = format!("{head}.{claims}");
        let signature = self.pair.sign(&self.random, signed.as_bytes());
        let signature = signature.map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes));
        format!("{signed}.{}", signature.unwrap_or_default())
    }

    pub(super) fn public_pem(&self) -> String {
        let mut key = PUBLIC_KEY_HEAD.to_vec();
        key.extend_from_slice(self.pair.public_key().as_ref());
        let text = BASE64_STANDARD.encode(key);
        let (first, second) = text.split_at_checked(64).unwrap_or((&text, ""));
        format!("-----BEGIN PUBLIC KEY-----\n{first}\n{second}\n-----END PUBLIC KEY-----\n")
    }
}

/// A time as claims have it.
pub(super) fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000_000)
}

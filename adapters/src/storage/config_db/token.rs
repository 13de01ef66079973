//! Random tokens: sessions, invitations and API keys. Only their digests are stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

/// What an API key begins with, so that people and secret scanners know one.
const API_KEY_PREFIX: &str = "ecluse_";

/// 256 random bits as 43 characters, in an API key after `ecluse_`.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

/// The SHA-256 of a token. It finds the row; it cannot sign in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl std::fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenDigest")
    }
}

impl Token {
    /// A new token.
    #[must_use]
    pub fn draw() -> Self {
        let bits = SecretBox::init_with(rand::random::<[u8; 32]>);
        Self(URL_SAFE_NO_PAD.encode(bits.expose_secret()).into())
    }

    /// A new API key.
    #[must_use]
    pub fn draw_api_key() -> Self {
        Self(format!("{API_KEY_PREFIX}{}", Self::draw().expose()).into())
    }

    /// What somebody presented, or chose.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        Self(text.into())
    }

    /// The token's text, to hand out once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored of it.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.expose().as_bytes());
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        TokenDigest(bytes)
    }
}

impl TokenDigest {
    pub(super) const fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_long_distinct_and_not_shown() {
        let (one, other) = (Token::draw(), Token::draw());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one.expose(), other.expose());
        assert_ne!(one.digest(), other.digest());
        assert_eq!(Token::presented(one.expose()).digest(), one.digest());
        assert!(!format!("{one:?}").contains(one.expose()));
        assert_eq!(Token::draw_api_key().expose().len(), "ecluse_".len() + 43);
    }
}

//! The secrets of a channel: their names, what is stored of them, and what becomes of one when the channel is saved.
//!
//! What must stay true: no secret is ever written out by serde, shown or compared.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A password without the line break that pasting leaves behind it; spaces may be part of it.
#[must_use]
pub fn password_as_kept(password: &SecretString) -> SecretString {
    let line_breaks: &[char] = &['\r', '\n'];
    SecretString::from(password.expose_secret().trim_end_matches(line_breaks))
}

/// What a channel can keep secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretName {
    AccessToken,
    ApiKey,
    WebhookSecret,
    WebhookHeaders,
    ImapPassword,
    SmtpPassword,
    RefreshToken,
    PageAccessToken,
    /// The refresh token as a program brought it: the company may have given another one in its place.
    BroughtToken,
}

impl SecretName {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::AccessToken,
        Self::ApiKey,
        Self::WebhookSecret,
        Self::WebhookHeaders,
        Self::ImapPassword,
        Self::SmtpPassword,
        Self::RefreshToken,
        Self::PageAccessToken,
        Self::BroughtToken,
    ];

    /// Its name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::ApiKey => "api_key",
            Self::WebhookSecret => "webhook_secret",
            Self::WebhookHeaders => "webhook_headers",
            Self::ImapPassword => "imap_password",
            Self::SmtpPassword => "smtp_password",
            Self::RefreshToken => "refresh_token",
            Self::PageAccessToken => "page_access_token",
            Self::BroughtToken => "brought_token",
        }
    }

    /// Where a request gives it.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::AccessToken => "whatsapp.access_token",
            Self::ApiKey => "whatsapp.api_key",
            Self::WebhookSecret => "whatsapp.webhook_secret",
            Self::WebhookHeaders => "whatsapp.webhook_headers",
            Self::ImapPassword => "email.imap.password",
            Self::SmtpPassword => "email.smtp.password",
            Self::RefreshToken | Self::BroughtToken => "email.refresh_token",
            Self::PageAccessToken => "facebook.page_access_token",
        }
    }
}

/// A channel's secrets, decrypted.
#[derive(Clone, Debug, Default)]
pub struct ChannelSecrets {
    /// Meta's token for the Cloud API.
    pub access_token: Option<SecretString>,
    /// 360dialog's key of the number.
    pub api_key: Option<SecretString>,
    /// What 360dialog signs webhooks with.
    pub webhook_secret: Option<SecretString>,
    /// Headers that the provider was told to send with each webhook.
    pub webhook_headers: BTreeMap<String, SecretString>,
    pub imap_password: Option<SecretString>,
    pub smtp_password: Option<SecretString>,
    /// What Google or Microsoft gives new access tokens for.
    pub refresh_token: Option<SecretString>,
    /// Meta's token for a page.
    pub page_access_token: Option<SecretString>,
    /// What a program brought as refresh token, by which it is known when it is brought again.
    pub brought_token: Option<SecretString>,
}

/// What to do with a stored secret.
#[derive(Clone, Debug, Default)]
pub enum SecretChange<T = SecretString> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

/// Two changes are the same if they leave the stored secret alone; what a secret is, is not compared.
impl PartialEq for SecretChange {
    fn eq(&self, other: &Self) -> bool {
        matches!(
            (self, other),
            (Self::Keep, Self::Keep) | (Self::Clear, Self::Clear)
        )
    }
}

impl Eq for SecretChange {}

impl<T> SecretChange<T> {
    /// Secrets are never written out; a field of this type is left out always.
    #[must_use]
    pub const fn is_left_out(&self) -> bool {
        true
    }
}

/// Says nothing of the secret, should a field of this type ever be written.
impl<T> Serialize for SecretChange<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_unit()
    }
}

/// Reads a secret that may be left out (kept), `null` (forgotten) or given.
///
/// # Errors
/// It is neither.
pub fn secret_change<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<SecretChange<T>, D::Error> {
    Ok(Option::<T>::deserialize(from)?.map_or(SecretChange::Clear, SecretChange::Set))
}

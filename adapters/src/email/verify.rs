//! Verifying a connection: everything that reading or sending needs, done once, changing and sending nothing.

use std::net::SocketAddr;

use super::fault::MailError;
use super::network::Network;
use super::settings::{ImapSettings, MailSignIn, SmtpSettings};
use super::{imap, smtp};

/// What a connection that works told of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    pub address: SocketAddr,
    /// The version, such as `TLS 1.3`; `None` for a connection in the clear.
    pub tls: Option<&'static str>,
    /// The server's first words, shortened.
    pub greeting: String,
    /// In capitals: IMAP's capabilities after the sign-in, or SMTP's extensions with their parameters.
    pub capabilities: Vec<String>,
    /// IMAP: new mail is announced (RFC 2177) and need not be looked for.
    pub has_idle: bool,
    /// IMAP: messages in the INBOX.
    pub messages: Option<u32>,
    /// SMTP: the largest mail that is taken, in bytes (RFC 1870); `None` if the server names no limit.
    pub message_bytes_max: Option<u64>,
}

/// Connects, signs in, and opens the INBOX for reading only.
///
/// # Errors
/// The step that failed.
pub async fn verify_imap(
    settings: &ImapSettings,
    sign_in: &MailSignIn,
    network: &Network,
) -> Result<Verified, MailError> {
    let mut opened = imap::open(settings, sign_in, network).await?;
    opened.leave(network).await;
    Ok(Verified {
        address: opened.address,
        tls: opened.tls,
        greeting: opened.greeting,
        has_idle: opened.capabilities.iter().any(|one| one == "IDLE"),
        capabilities: opened.capabilities,
        messages: Some(opened.inbox.exists),
        message_bytes_max: None,
    })
}

/// Connects, signs in, and asks whether the server sends in the name of the sender.
///
/// # Errors
/// The step that failed.
pub async fn verify_smtp(
    settings: &SmtpSettings,
    sign_in: &MailSignIn,
    network: &Network,
) -> Result<Verified, MailError> {
    let ready = smtp::Ready::new(settings, sign_in, network).await?;
    let size = smtp::parameters(&ready.extensions, "SIZE");
    let verified = Verified {
        address: ready.address(),
        tls: ready.tls(),
        greeting: ready.greeting.clone(),
        // RFC 1870: 0 is no fixed limit.
        message_bytes_max: size
            .and_then(|size| size.parse().ok())
            .filter(|size| *size > 0),
        capabilities: ready.extensions.clone(),
        has_idle: false,
        messages: None,
    };
    ready.leave().await;
    Ok(verified)
}

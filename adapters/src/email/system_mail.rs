//! The system's own mail: alerts to an administrator, in plain text, which no machine may answer.

use std::time::{Duration, SystemTime};

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use uuid::Uuid;

use ecluse_engine::message::Timestamp;

use super::fault::MailError;
use super::network::Network;
use super::settings::{MailSignIn, SmtpSettings};
use super::smtp::{Handed, Ready};
use super::words::quoted;

/// One alert. The sender is that of the [`SmtpSettings`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemMail {
    /// Shown as the sender's name.
    pub from_name: String,
    pub to: String,
    pub subject: String,
    pub text: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The server took it under this Message-ID, without the brackets.
    Sent { message_id: String },
    /// The server can be used, and does not take this mail: its words, or the address that is none.
    Refused { words: String },
    /// The server cannot be used: the step that failed, as [`super::verify::verify_smtp`] tells it.
    Unusable(MailError),
}

/// Sends it.
pub async fn send(
    mail: &SystemMail,
    settings: &SmtpSettings,
    sign_in: &MailSignIn,
    network: &Network,
    now: Timestamp,
) -> Delivery {
    let (message_id, text) = match build(mail, &settings.sender, now) {
        Ok(built) => built,
        Err(words) => return Delivery::Refused { words },
    };
    match hand_over(mail, &text, settings, sign_in, network).await {
        Ok(Handed::Taken) => Delivery::Sent { message_id },
        Ok(Handed::Refused(words)) => Delivery::Refused { words },
        Err(error) => Delivery::Unusable(error),
    }
}

async fn hand_over(
    mail: &SystemMail,
    text: &[u8],
    settings: &SmtpSettings,
    sign_in: &MailSignIn,
    network: &Network,
) -> Result<Handed, MailError> {
    let mut ready = Ready::new(settings, sign_in, network).await?;
    let handed = ready.hand(&mail.to, text).await?;
    ready.leave().await;
    Ok(handed)
}

/// The Message-ID and the mail, or why it is none.
fn build(mail: &SystemMail, sender: &str, now: Timestamp) -> Result<(String, Vec<u8>), String> {
    let from = mailbox(Some(mail.from_name.clone()), sender)?;
    let message_id = format!("{}@{}", Uuid::now_v7(), from.email.domain());
    let message = Message::builder()
        .date(SystemTime::UNIX_EPOCH + since_epoch(now))
        .from(from)
        .to(mailbox(None, &mail.to)?)
        .subject(quoted(&mail.subject))
        .message_id(Some(format!("<{message_id}>")))
        // RFC 3834, section 5, and what Exchange looks at.
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .header(ContentType::TEXT_PLAIN)
        .body(mail.text.clone())
        .map_err(|error| quoted(&error.to_string()))?;
    Ok((message_id, message.formatted()))
}

fn mailbox(name: Option<String>, address: &str) -> Result<Mailbox, String> {
    let parsed = address.trim().parse().map_err(|_| quoted(address))?;
    Ok(Mailbox::new(name.map(|name| quoted(&name)), parsed))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn since_epoch(now: Timestamp) -> Duration {
    Duration::from_millis(now.as_millis())
}

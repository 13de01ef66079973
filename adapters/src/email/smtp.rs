//! Signing in to a server that sends, by SMTP (RFC 5321, RFC 4954), and handing mail to it.

use std::net::SocketAddr;

use super::fault::{Fault, MailError};
use super::network::{Network, Route};
use super::settings::{MailSignIn, Security, SmtpSettings};
use super::words::quoted;

mod dialogue;
mod reply;

use dialogue::{Dialogue, path};
use reply::Reply;

pub(super) use dialogue::parameters;

/// A server that takes mail from us: signed in to, and the sender named and taken.
pub(super) struct Ready<'a> {
    route: Route<'a>,
    dialogue: Dialogue,
    pub(super) greeting: String,
    /// The keywords of EHLO with their parameters, in capitals, such as `SIZE 26214400`.
    pub(super) extensions: Vec<String>,
}

/// How a mail was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Handed {
    Taken,
    /// The server does not take this recipient or this text; its words.
    Refused(String),
}

impl<'a> Ready<'a> {
    /// Connects, signs in and names the sender.
    ///
    /// # Errors
    /// The step that failed.
    pub(super) async fn new(
        settings: &SmtpSettings,
        sign_in: &MailSignIn,
        network: &'a Network,
    ) -> Result<Self, MailError> {
        let route = Route::new(network, &settings.host, settings.port)?;
        let link = route.link(settings.security, sign_in).await?;
        let (mut dialogue, greeting) = Dialogue::greeted(&route, link).await?;
        let mut extensions = dialogue.hello(&route).await?;
        if settings.security == Security::StartTls {
            dialogue = dialogue.start_tls(&route, &extensions).await?;
            extensions = dialogue.hello(&route).await?;
        }
        dialogue
            .sign_in(&route, &extensions, &settings.username, sign_in)
            .await?;
        dialogue
            .name_sender(&route, &extensions, &settings.sender)
            .await?;
        Ok(Self {
            route,
            dialogue,
            greeting,
            extensions,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.dialogue.address
    }

    pub(super) const fn tls(&self) -> Option<&'static str> {
        self.dialogue.tls
    }

    /// Hands over one mail with lines that end in CRLF.
    ///
    /// # Errors
    /// The connection broke off. If that was after the text, the server may have taken the mail.
    pub(super) async fn hand(&mut self, to: &str, mail: &[u8]) -> Result<Handed, MailError> {
        let has_utf8 = parameters(&self.extensions, "SMTPUTF8").is_some();
        let Some((path, _)) = path(to, has_utf8) else {
            return Ok(Handed::Refused(quoted(to)));
        };
        for (line, expected) in [(format!("RCPT TO:{path}"), 250), ("DATA".to_owned(), 354)] {
            let reply = self.dialogue.command(&self.route, &line).await?;
            // RFC 5321 also has 251, 252 for recipients that are passed on.
            if reply.code / 10 != expected / 10 {
                return Ok(Handed::Refused(reply.words()));
            }
        }
        let reply = self.text(&stuffed(mail)).await?;
        match reply.is_positive() {
            true => Ok(Handed::Taken),
            false => Ok(Handed::Refused(reply.words())),
        }
    }

    /// The text takes a server longer than a command: it may look for viruses before it answers.
    async fn text(&mut self, text: &[u8]) -> Result<Reply, MailError> {
        let limit = self.route.limits().sign_in;
        let step = self.dialogue.ask_bytes(text);
        self.route.within(limit, Fault::ConnectionLost, step).await
    }

    /// Takes back what is not sent and leaves. Everything is known by now, so how that goes does not matter.
    pub(super) async fn leave(mut self) {
        for line in ["RSET", "QUIT"] {
            if let Err(error) = self.dialogue.command(&self.route, line).await {
                tracing::debug!(%error, "the mail server did not take leave");
                return;
            }
        }
    }
}

/// RFC 5321, section 4.5.2: a line that begins with a dot gets another; a dot alone ends the text.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(mail.len() + 16);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            text.push(b'.');
        }
        text.extend_from_slice(line);
    }
    if !text.ends_with(b"\r\n") {
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b".\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_in_the_text_does_not_end_the_mail() {
        assert_eq!(stuffed(b"a\r\n.\r\n.b"), b"a\r\n..\r\n..b\r\n.\r\n");
        assert_eq!(stuffed(b".\r\n"), b"..\r\n.\r\n");
    }
}

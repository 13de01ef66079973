//! Opening a mailbox by IMAP: greeting, STARTTLS, capabilities, sign-in and the INBOX.

use std::net::{IpAddr, SocketAddr};

use async_imap::imap_proto::{Outcome, Response, Status};
use async_imap::types::{Capability, Mailbox};
use async_imap::{Authenticator, Client, Session, error};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::AsyncWriteExt as _;

use super::fault::{Fault, MailError};
use super::network::{Link, MailStream, Network, Route};
use super::refusal::{self, Refusal};
use super::sasl;
use super::settings::{ImapSettings, MailSignIn, Security};
use super::words::{quoted, without_secret};

/// The tag of the commands before the sign-in; there is never more than one on its way.
const TAG: &str = "e";

/// A mailbox that is signed in to, and what its server told of itself.
#[derive(Debug)]
pub struct Opened {
    pub session: Session<MailStream>,
    /// Of the INBOX, opened for reading only.
    pub inbox: Mailbox,
    pub address: SocketAddr,
    /// The version, such as `TLS 1.3`; `None` for a connection in the clear.
    pub tls: Option<&'static str>,
    pub greeting: String,
    /// In capitals, as after the sign-in.
    pub capabilities: Vec<String>,
}

/// Connects, signs in and opens the INBOX without changing anything in it.
///
/// # Errors
/// The step that failed.
pub async fn open(
    settings: &ImapSettings,
    sign_in: &MailSignIn,
    network: &Network,
) -> Result<Opened, MailError> {
    let route = Route::new(network, &settings.host, settings.port)?;
    let link = route.link(settings.security, sign_in).await?;
    let mut greeted = Greeted::new(&route, link).await?;
    if settings.security == Security::StartTls {
        greeted = greeted.start_tls(&route).await?;
    }
    greeted.open(&route, &settings.username, sign_in).await
}

impl Opened {
    /// Says goodbye. Everything is known by now, so how that goes does not matter.
    pub(super) async fn leave(&mut self, network: &Network) {
        let goodbye = tokio::time::timeout(network.limits().command, self.session.logout());
        if let Ok(Err(error)) = goodbye.await {
            tracing::debug!(%error, "the mailbox's server did not take leave");
        }
    }
}

/// A connection whose server has said that it speaks IMAP.
struct Greeted {
    client: Client<MailStream>,
    address: SocketAddr,
    local: IpAddr,
    tls: Option<&'static str>,
    greeting: String,
}

impl Greeted {
    async fn new(route: &Route<'_>, link: Link) -> Result<Self, MailError> {
        let mut client = Client::new(link.stream);
        let step = greeting(&mut client);
        let limit = route.limits().greeting;
        let greeting = match route.within(limit, Fault::GreetingTimedOut, step).await {
            Err(error) if error.fault == Fault::GreetingTimedOut && link.tls.is_none() => {
                return Err(route.silence(client.into_inner()).await);
            }
            other => other?,
        };
        Ok(Self {
            client,
            address: link.address,
            local: link.local,
            tls: link.tls,
            greeting,
        })
    }

    /// RFC 3501, section 6.2.1. What was read before the handshake is forgotten.
    async fn start_tls(mut self, route: &Route<'_>) -> Result<Self, MailError> {
        let limit = route.limits().command;
        let step = async {
            let offered = capabilities(&mut self.client).await?;
            if !offered.iter().any(|capability| capability == "STARTTLS") {
                return Err(MailError::new(Fault::TlsNotOffered, route.target()));
            }
            exchange(&mut self.client, "STARTTLS", Fault::TlsNotOffered).await
        };
        route.within(limit, Fault::ConnectionLost, step).await?;
        let link = Link {
            stream: self.client.into_inner(),
            address: self.address,
            local: self.local,
            tls: None,
        };
        let link = route.encrypt(link).await?;
        Ok(Self {
            client: Client::new(link.stream),
            tls: link.tls,
            ..self
        })
    }

    async fn open(
        mut self,
        route: &Route<'_>,
        user: &str,
        sign_in: &MailSignIn,
    ) -> Result<Opened, MailError> {
        let limits = route.limits();
        let step = capabilities(&mut self.client);
        let offered = route
            .within(limits.command, Fault::ConnectionLost, step)
            .await?;
        let step = signed_in(self.client, &offered, user, sign_in, self.tls.is_some());
        let mut session = route
            .within(limits.sign_in, Fault::SignInTimedOut, step)
            .await?;
        let step = inbox(&mut session);
        let (inbox, capabilities) = route
            .within(limits.command, Fault::ConnectionLost, step)
            .await?;
        Ok(Opened {
            session,
            inbox,
            address: self.address,
            tls: self.tls,
            greeting: self.greeting,
            capabilities,
        })
    }
}

async fn greeting(client: &mut Client<MailStream>) -> Result<String, MailError> {
    let response = match client.read_response().await {
        Ok(Some(response)) => response,
        Ok(None) => {
            return Err(MailError::new(
                Fault::ConnectionLost,
                "closed before a word",
            ));
        }
        Err(error) => return Err(not_imap(&error)),
    };
    let Response::Data { status, outcome } = response.parsed() else {
        return Err(MailError::new(Fault::NotImap, ""));
    };
    let words = words(outcome);
    match status {
        Status::Ok => Ok(words),
        Status::PreAuth => Err(MailError::new(Fault::SignInNotOffered, words)),
        _ => Err(MailError::new(Fault::GreetingRefused, words)),
    }
}

/// A greeting that cannot be parsed comes as an error that lists its bytes, which says nothing to people; one that broke off,
/// as one of the network.
fn not_imap(error: &std::io::Error) -> MailError {
    let is_network = error.get_ref().is_none() || error.kind() == std::io::ErrorKind::UnexpectedEof;
    match is_network {
        true => MailError::new(Fault::ConnectionLost, quoted(&error.to_string())),
        false => MailError::new(Fault::NotImap, ""),
    }
}

fn words(outcome: &Outcome<'_>) -> String {
    quoted(outcome.information.as_deref().unwrap_or_default())
}

/// Sends a command that carries no secret and waits for its OK; the capabilities that were told before it.
async fn exchange(
    client: &mut Client<MailStream>,
    command: &str,
    refused: Fault,
) -> Result<Vec<String>, MailError> {
    send(client, command).await.map_err(|error| lost(&error))?;
    let mut told = Vec::new();
    while let Some(response) = client.read_response().await.map_err(|error| lost(&error))? {
        match response.parsed() {
            Response::Capabilities(list) => {
                told.extend(list.iter().map(|one| name(&Capability::from(one))));
            }
            Response::Done {
                tag,
                status,
                outcome,
            } if tag.0 == TAG => {
                let is_done = matches!(status, Status::Ok);
                let error = MailError::new(refused, words(outcome));
                return is_done.then_some(told).ok_or(error);
            }
            _ => {}
        }
    }
    let detail = format!("closed after {command}");
    Err(MailError::new(Fault::ConnectionLost, detail))
}

async fn send(client: &mut Client<MailStream>, command: &str) -> std::io::Result<()> {
    let stream = client.get_mut();
    stream
        .write_all(format!("{TAG} {command}\r\n").as_bytes())
        .await?;
    stream.flush().await
}

async fn capabilities(client: &mut Client<MailStream>) -> Result<Vec<String>, MailError> {
    exchange(client, "CAPABILITY", Fault::NotImap).await
}

fn name(capability: &Capability) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_uppercase()),
        Capability::Atom(atom) => atom.to_uppercase(),
    }
}

fn lost(error: &std::io::Error) -> MailError {
    MailError::new(Fault::ConnectionLost, quoted(&error.to_string()))
}

/// How to sign in at this server, of the ways that it offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Plain,
    Login,
    Xoauth2,
}

fn way(offered: &[String], sign_in: &MailSignIn, is_encrypted: bool) -> Result<Way, Fault> {
    let has = |capability: &str| offered.iter().any(|one| one == capability);
    match sign_in {
        MailSignIn::Nothing => Err(Fault::SignInNotOffered),
        MailSignIn::AccessToken(_) if has("AUTH=XOAUTH2") => Ok(Way::Xoauth2),
        MailSignIn::Password(_) if has("AUTH=PLAIN") => Ok(Way::Plain),
        MailSignIn::Password(_) if !has("LOGINDISABLED") => Ok(Way::Login),
        MailSignIn::AccessToken(_) | MailSignIn::Password(_) if !is_encrypted => {
            Err(Fault::TlsRequired)
        }
        MailSignIn::Password(_) if has("AUTH=XOAUTH2") => Err(Fault::SignInOauthNeeded),
        MailSignIn::AccessToken(_) | MailSignIn::Password(_) => Err(Fault::SignInNotOffered),
    }
}

/// Answers challenges with what was prepared, once, and then with an empty line, which gets the server's refusal.
struct Answer {
    prepared: Option<SecretString>,
    challenge: Option<Vec<u8>>,
}

impl Authenticator for &mut Answer {
    type Response = String;

    fn process(&mut self, challenge: &[u8]) -> String {
        match self.prepared.take() {
            Some(prepared) => prepared.expose_secret().to_owned(),
            None => {
                self.challenge = Some(challenge.to_owned());
                String::new()
            }
        }
    }
}

async fn signed_in(
    client: Client<MailStream>,
    offered: &[String],
    user: &str,
    sign_in: &MailSignIn,
    is_encrypted: bool,
) -> Result<Session<MailStream>, MailError> {
    let way = way(offered, sign_in, is_encrypted)
        .map_err(|fault| MailError::new(fault, quoted(&offered.join(" "))))?;
    let Some(secret) = sign_in.secret() else {
        return Err(MailError::new(Fault::SignInNotOffered, ""));
    };
    let mut answer = Answer {
        prepared: None,
        challenge: None,
    };
    let result = match way {
        Way::Login => client.login(user, secret.expose_secret()).await,
        Way::Plain => {
            answer.prepared = Some(sasl::plain(user, secret)?);
            client.authenticate("PLAIN", &mut answer).await
        }
        Way::Xoauth2 => {
            answer.prepared = Some(sasl::xoauth2(user, secret)?);
            client.authenticate("XOAUTH2", &mut answer).await
        }
    };
    result.map_err(|(error, _)| refused(&error, answer.challenge.as_deref(), sign_in))
}

fn refused(error: &error::Error, challenge: Option<&[u8]>, sign_in: &MailSignIn) -> MailError {
    let text = match error {
        error::Error::No(text) | error::Error::Bad(text) => information(text),
        error::Error::Validate(_) => {
            return MailError::new(
                Fault::SignInNotOffered,
                "a line break in the name or password",
            );
        }
        other => return MailError::new(Fault::ConnectionLost, quoted(&other.to_string())),
    };
    let refusal = Refusal {
        words: &text,
        challenge,
    };
    let fault = refusal::imap(refusal, sign_in);
    MailError::new(fault, without_secret(&text, sign_in.secret()))
}

/// The server's words in async-imap's text for them, `code: …, info: Some("…")`; the whole, should that change.
fn information(text: &str) -> String {
    let quoted = text
        .split_once("info: Some(\"")
        .and_then(|(_, rest)| rest.strip_suffix("\")"));
    quoted
        .unwrap_or(text)
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

async fn inbox(session: &mut Session<MailStream>) -> Result<(Mailbox, Vec<String>), MailError> {
    let inbox = session
        .examine("INBOX")
        .await
        .map_err(|error| match error {
            error::Error::No(text) | error::Error::Bad(text) => {
                MailError::new(Fault::FolderMissing, quoted(&information(&text)))
            }
            other => MailError::new(Fault::ConnectionLost, quoted(&other.to_string())),
        })?;
    let capabilities = session.capabilities().await;
    let capabilities = capabilities
        .map_err(|error| MailError::new(Fault::ConnectionLost, quoted(&error.to_string())))?;
    let mut names: Vec<String> = capabilities.iter().map(name).collect();
    names.sort_unstable();
    Ok((inbox, names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_way_that_the_server_offers_is_taken() {
        let password = MailSignIn::Password("p".into());
        let token = MailSignIn::AccessToken("t".into());
        for (offered, sign_in, is_encrypted, expected) in [
            ("AUTH=PLAIN AUTH=LOGIN", &password, true, Ok(Way::Plain)),
            ("IMAP4REV1", &password, true, Ok(Way::Login)),
            (
                "LOGINDISABLED STARTTLS",
                &password,
                false,
                Err(Fault::TlsRequired),
            ),
            (
                "LOGINDISABLED AUTH=XOAUTH2",
                &password,
                true,
                Err(Fault::SignInOauthNeeded),
            ),
            (
                "LOGINDISABLED",
                &password,
                true,
                Err(Fault::SignInNotOffered),
            ),
            ("AUTH=PLAIN AUTH=XOAUTH2", &token, true, Ok(Way::Xoauth2)),
            ("AUTH=PLAIN", &token, true, Err(Fault::SignInNotOffered)),
            (
                "AUTH=PLAIN",
                &MailSignIn::Nothing,
                true,
                Err(Fault::SignInNotOffered),
            ),
        ] {
            let offered: Vec<String> = offered.split(' ').map(str::to_owned).collect();
            assert_eq!(
                way(&offered, sign_in, is_encrypted),
                expected,
                "{offered:?}"
            );
        }
    }

    #[test]
    fn a_servers_words_are_found_in_the_librarys() {
        let text = r#"code: None, info: Some("[AUTHENTICATIONFAILED] It's \"no\".")"#;
        assert_eq!(information(text), "[AUTHENTICATIONFAILED] It's \"no\".");
        assert_eq!(
            information("code: None, info: None"),
            "code: None, info: None"
        );
    }
}

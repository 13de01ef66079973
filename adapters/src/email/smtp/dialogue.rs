//! The commands of an SMTP session, one at a time.

use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncWriteExt as _, BufReader};

use super::reply::Reply;
use crate::email::MailAddress;
use crate::email::fault::{Fault, MailError};
use crate::email::network::{Link, MailStream, Route};
use crate::email::refusal::{self, Refusal};
use crate::email::sasl;
use crate::email::settings::MailSignIn;
use crate::email::words::{quoted, without_secret};

/// A connection on which one command at a time is answered.
pub(super) struct Dialogue {
    stream: BufReader<MailStream>,
    pub(super) address: SocketAddr,
    local: IpAddr,
    pub(super) tls: Option<&'static str>,
}

impl Dialogue {
    fn new(link: Link) -> Self {
        Self {
            stream: BufReader::new(link.stream),
            address: link.address,
            local: link.local,
            tls: link.tls,
        }
    }

    pub(super) async fn greeted(
        route: &Route<'_>,
        link: Link,
    ) -> Result<(Self, String), MailError> {
        let mut dialogue = Self::new(link);
        let step = Reply::read(&mut dialogue.stream);
        let limit = route.limits().greeting;
        let reply = match route.within(limit, Fault::GreetingTimedOut, step).await {
            Err(error) if error.fault == Fault::GreetingTimedOut && dialogue.tls.is_none() => {
                return Err(route.silence(dialogue.stream.into_inner()).await);
            }
            other => other?,
        };
        if reply.code != 220 {
            return Err(MailError::new(Fault::GreetingRefused, reply.words()));
        }
        Ok((dialogue, reply.words()))
    }

    /// Sends one line and reads its reply. The line may hold a secret, so no error quotes it.
    async fn ask(&mut self, line: &str) -> Result<Reply, MailError> {
        self.ask_bytes(format!("{line}\r\n").as_bytes()).await
    }

    pub(super) async fn ask_bytes(&mut self, bytes: &[u8]) -> Result<Reply, MailError> {
        let lost = |error: std::io::Error| {
            MailError::new(Fault::ConnectionLost, quoted(&error.to_string()))
        };
        let stream = self.stream.get_mut();
        stream.write_all(bytes).await.map_err(lost)?;
        stream.flush().await.map_err(lost)?;
        Reply::read(&mut self.stream).await
    }

    pub(super) async fn command(
        &mut self,
        route: &Route<'_>,
        line: &str,
    ) -> Result<Reply, MailError> {
        let limit = route.limits().command;
        route
            .within(limit, Fault::ConnectionLost, self.ask(line))
            .await
    }

    /// EHLO; the server's extensions.
    pub(super) async fn hello(&mut self, route: &Route<'_>) -> Result<Vec<String>, MailError> {
        let reply = self
            .command(route, &format!("EHLO {}", literal(self.local)))
            .await?;
        if !reply.is_positive() {
            return Err(MailError::new(Fault::GreetingRefused, reply.words()));
        }
        Ok(reply
            .lines
            .iter()
            .skip(1)
            .map(|line| line.to_uppercase())
            .collect())
    }

    /// RFC 3207. Whatever came after the reply and before the handshake was put there by somebody else.
    pub(super) async fn start_tls(
        mut self,
        route: &Route<'_>,
        offered: &[String],
    ) -> Result<Self, MailError> {
        if parameters(offered, "STARTTLS").is_none() {
            return Err(MailError::new(Fault::TlsNotOffered, route.target()));
        }
        let reply = self.command(route, "STARTTLS").await?;
        if reply.code != 220 {
            return Err(MailError::new(Fault::TlsNotOffered, reply.words()));
        }
        if !self.stream.buffer().is_empty() {
            return Err(MailError::new(
                Fault::TlsFailed,
                "words between STARTTLS and TLS",
            ));
        }
        let link = Link {
            stream: self.stream.into_inner(),
            address: self.address,
            local: self.local,
            tls: None,
        };
        Ok(Self::new(route.encrypt(link).await?))
    }

    pub(super) async fn sign_in(
        &mut self,
        route: &Route<'_>,
        offered: &[String],
        user: &str,
        sign_in: &MailSignIn,
    ) -> Result<(), MailError> {
        let way = way(offered, sign_in, self.tls.is_some())
            .map_err(|fault| MailError::new(fault, quoted(&offered.join(", "))))?;
        let step = async {
            match (way, sign_in.secret()) {
                (Way::Plain, Some(secret)) => {
                    self.start("PLAIN", &sasl::plain(user, secret)?).await
                }
                (Way::Xoauth2, Some(token)) => {
                    self.start("XOAUTH2", &sasl::xoauth2(user, token)?).await
                }
                (Way::Login, Some(secret)) => self.login(user, secret).await,
                (Way::Nothing, _) | (_, None) => Ok(None),
            }
        };
        let limit = route.limits().sign_in;
        let answer = route.within(limit, Fault::SignInTimedOut, step).await?;
        answer.map_or(Ok(()), |(reply, challenge)| {
            signed_in(&reply, challenge.as_deref(), sign_in)
        })
    }

    /// AUTH with an initial response; a challenge to it is an explanation of the refusal that an empty line brings.
    async fn start(
        &mut self,
        mechanism: &str,
        response: &SecretString,
    ) -> Result<Option<(Reply, Option<Vec<u8>>)>, MailError> {
        let response = BASE64_STANDARD.encode(response.expose_secret());
        let reply = self.ask(&format!("AUTH {mechanism} {response}")).await?;
        if reply.code != 334 {
            return Ok(Some((reply, None)));
        }
        let challenge = BASE64_STANDARD.decode(reply.lines.concat().trim()).ok();
        Ok(Some((self.ask("").await?, challenge)))
    }

    /// AUTH LOGIN (draft-murchison-sasl-login): two questions, whatever they say.
    async fn login(
        &mut self,
        user: &str,
        password: &SecretString,
    ) -> Result<Option<(Reply, Option<Vec<u8>>)>, MailError> {
        let mut reply = self.ask("AUTH LOGIN").await?;
        for answer in [user, password.expose_secret()] {
            if reply.code != 334 {
                break;
            }
            reply = self.ask(&BASE64_STANDARD.encode(answer)).await?;
        }
        Ok(Some((reply, None)))
    }

    pub(super) async fn name_sender(
        &mut self,
        route: &Route<'_>,
        offered: &[String],
        sender: &str,
    ) -> Result<(), MailError> {
        let has_utf8 = parameters(offered, "SMTPUTF8").is_some();
        let Some((path, needs_utf8)) = path(sender, has_utf8) else {
            return Err(MailError::new(Fault::SenderRefused, quoted(sender)));
        };
        let extension = if needs_utf8 { " SMTPUTF8" } else { "" };
        let reply = self
            .command(route, &format!("MAIL FROM:{path}{extension}"))
            .await?;
        if !reply.is_positive() {
            return Err(MailError::new(Fault::SenderRefused, reply.words()));
        }
        Ok(())
    }
}

/// RFC 5321, section 4.1.3: who we are, without a name that the other side could look up.
fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("[{address}]"),
        IpAddr::V6(address) => format!("[IPv6:{address}]"),
    }
}

fn signed_in(
    reply: &Reply,
    challenge: Option<&[u8]>,
    sign_in: &MailSignIn,
) -> Result<(), MailError> {
    if reply.is_positive() {
        return Ok(());
    }
    let words = reply.lines.join(" ");
    let refusal = Refusal {
        words: &words,
        challenge,
    };
    let fault = refusal::smtp(reply.code, refusal, sign_in);
    Err(MailError::new(
        fault,
        without_secret(&reply.words(), sign_in.secret()),
    ))
}

/// What follows the keyword of an extension; `None` if it is not offered.
pub(in crate::email) fn parameters<'e>(extensions: &'e [String], keyword: &str) -> Option<&'e str> {
    extensions.iter().find_map(|line| {
        let rest = line.strip_prefix(keyword)?;
        (rest.is_empty() || rest.starts_with([' ', '='])).then(|| rest.get(1..).unwrap_or(""))
    })
}

/// How to sign in at this server, of the ways that it offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Plain,
    Login,
    Xoauth2,
    Nothing,
}

fn way(offered: &[String], sign_in: &MailSignIn, is_encrypted: bool) -> Result<Way, Fault> {
    let mechanisms = parameters(offered, "AUTH").unwrap_or_default();
    let has = |mechanism: &str| mechanisms.split_whitespace().any(|one| one == mechanism);
    match sign_in {
        MailSignIn::Nothing => Ok(Way::Nothing),
        MailSignIn::AccessToken(_) if has("XOAUTH2") => Ok(Way::Xoauth2),
        MailSignIn::Password(_) if has("PLAIN") => Ok(Way::Plain),
        MailSignIn::Password(_) if has("LOGIN") => Ok(Way::Login),
        MailSignIn::AccessToken(_) | MailSignIn::Password(_)
            if !is_encrypted && parameters(offered, "STARTTLS").is_some() =>
        {
            Err(Fault::TlsRequired)
        }
        MailSignIn::Password(_) if has("XOAUTH2") => Err(Fault::SignInOauthNeeded),
        MailSignIn::AccessToken(_) | MailSignIn::Password(_) => Err(Fault::SignInNotOffered),
    }
}

/// The address as a path of SMTP, and whether it needs SMTPUTF8 (RFC 6531): the domain in ASCII, and the name before the
/// @ in another script only if the server knows it. `None` for what is no address, or cannot be told to this server.
pub(super) fn path(address: &str, has_utf8: bool) -> Option<(String, bool)> {
    let address = MailAddress::parse(address)?;
    let needs_utf8 = address.needs_utf8();
    let path = format!("<{address}>");
    (has_utf8 || !needs_utf8).then_some((path, needs_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.split(", ").map(str::to_owned).collect()
    }

    #[test]
    fn an_extension_is_its_whole_keyword() {
        let extensions = lines("SIZE 100, AUTHX A, AUTH=LOGIN PLAIN, PIPELINING");
        assert_eq!(parameters(&extensions, "SIZE"), Some("100"));
        assert_eq!(parameters(&extensions, "AUTH"), Some("LOGIN PLAIN"));
        assert_eq!(parameters(&extensions, "PIPELINING"), Some(""));
        assert_eq!(parameters(&extensions, "PIPE"), None);
    }

    #[test]
    fn the_best_way_that_the_server_offers_is_taken() {
        let password = MailSignIn::Password("p".into());
        let token = MailSignIn::AccessToken("t".into());
        for (offered, sign_in, is_encrypted, expected) in [
            ("AUTH LOGIN PLAIN XOAUTH2", &password, true, Ok(Way::Plain)),
            ("AUTH LOGIN XOAUTH2", &password, true, Ok(Way::Login)),
            ("AUTH LOGIN XOAUTH2", &token, true, Ok(Way::Xoauth2)),
            (
                "AUTH XOAUTH2",
                &password,
                true,
                Err(Fault::SignInOauthNeeded),
            ),
            ("STARTTLS", &password, false, Err(Fault::TlsRequired)),
            ("SIZE 1", &password, false, Err(Fault::SignInNotOffered)),
            ("SIZE 1", &token, true, Err(Fault::SignInNotOffered)),
            ("SIZE 1", &MailSignIn::Nothing, false, Ok(Way::Nothing)),
        ] {
            assert_eq!(
                way(&lines(offered), sign_in, is_encrypted),
                expected,
                "{offered}"
            );
        }
    }

    #[test]
    fn a_path_is_one_address_and_nothing_else() {
        let path = |address: &str, has_utf8| path(address, has_utf8).map(|(path, _)| path);
        assert_eq!(path(" a@example.com", false).unwrap(), "<a@example.com>");
        let domain = path("a@müller.example", false).unwrap();
        assert_eq!(domain, "<a@xn--mller-kva.example>");
        assert_eq!(path("zoé@example.com", false), None);
        assert_eq!(path("zoé@example.com", true).unwrap(), "<zoé@example.com>");
        for address in [
            "",
            "a",
            "<a@b.example>",
            "a@b.example>\r\nRCPT TO:<x@y.example",
            "a b@c.example",
        ] {
            assert_eq!(path(address, true), None, "{address}");
        }
    }
}

//! Mail servers that say what a script has: for what the real ones cannot be made to say here.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use ecluse_adapters::email::fault::{Fault, MailError};
use ecluse_adapters::email::network::{Limits, Network};
use ecluse_adapters::email::settings::{ImapSettings, MailSignIn, Security, SmtpSettings};
use ecluse_adapters::email::verify::{Verified, verify_imap, verify_smtp};

/// What is answered to lines with which words; `{tag}` is the line's first word. Without an answer the server hangs up, and
/// with an empty one it keeps silent.
pub(crate) type Script = &'static [Answer];

/// The words of a line, and the answer to it.
type Answer = (&'static str, &'static str);

/// Long enough for a busy machine, short enough to wait for.
pub(crate) fn hasty() -> Limits {
    let moment = Duration::from_millis(400);
    Limits {
        name: moment,
        connection: moment,
        tls: moment,
        greeting: moment,
        sign_in: moment,
        command: moment,
        overall: Duration::from_secs(15),
    }
}

/// Serves the script to every connection. Without a greeting it hangs up at once.
pub(crate) async fn serve(greeting: &'static str, script: Script) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(speak(stream, greeting, script));
        }
    });
    address
}

async fn speak(stream: TcpStream, greeting: &str, script: Script) {
    if greeting.is_empty() {
        return;
    }
    let (read, mut write) = stream.into_split();
    if write.write_all(greeting.as_bytes()).await.is_err() {
        return;
    }
    let mut lines = BufReader::new(read).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Some((_, answer)) = script.iter().find(|(words, _)| line.contains(words)) else {
            return;
        };
        let tag = line.split(' ').next().unwrap_or_default();
        let answer = answer.replace("{tag}", tag);
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

pub(crate) fn imap_at(address: SocketAddr, security: Security) -> ImapSettings {
    ImapSettings {
        host: address.ip().to_string(),
        port: address.port(),
        security,
        username: "support@example.test".to_owned(),
    }
}

pub(crate) fn smtp_at(address: SocketAddr, security: Security) -> SmtpSettings {
    SmtpSettings {
        host: address.ip().to_string(),
        port: address.port(),
        security,
        username: "support@example.test".to_owned(),
        sender: "support@example.test".to_owned(),
    }
}

const SECRET: &str = "correct horse";

pub(crate) fn password() -> MailSignIn {
    MailSignIn::Password(SECRET.into())
}

async fn imap(
    greeting: &'static str,
    script: Script,
    security: Security,
) -> Result<Verified, MailError> {
    let network = Network::new(None).unwrap().with_limits(hasty());
    let address = serve(greeting, script).await;
    verify_imap(&imap_at(address, security), &password(), &network).await
}

async fn smtp(
    greeting: &'static str,
    script: Script,
    security: Security,
) -> Result<Verified, MailError> {
    let network = Network::new(None).unwrap().with_limits(hasty());
    let address = serve(greeting, script).await;
    verify_smtp(&smtp_at(address, security), &password(), &network).await
}

const fn login(answer: &'static str) -> Answer {
    ("LOGIN", answer)
}

const READY: &str = "* OK ready\r\n";
const LOGIN_ONLY: Answer = ("CAPABILITY", "* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n");
const NO_LOGIN: Answer = (
    "CAPABILITY",
    "* CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS\r\n{tag} OK done\r\n",
);
const APP_PASSWORD: Answer = login(
    "{tag} NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)\r\n",
);
const NOT_NOW: Answer = login("{tag} NO [UNAVAILABLE] Temporary authentication failure.\r\n");
const ECHO: Answer = login("{tag} NO wrong password: correct horse, really\r\n");

#[tokio::test]
async fn what_imap_servers_say_becomes_what_to_do() {
    let cases: [(&str, Script, Fault); 11] = [
        ("", &[], Fault::ConnectionLost),
        ("SSH-2.0-OpenSSH_9.2p1\r\n", &[], Fault::NotImap),
        ("HTTP/1.1 400 Bad Request\r\n\r\n", &[], Fault::NotImap),
        ("220 mail.test ESMTP\r\n", &[], Fault::NotImap),
        (
            "* BYE Too many connections\r\n",
            &[],
            Fault::GreetingRefused,
        ),
        (
            READY,
            &[("CAPABILITY", "{tag} BAD what?\r\n")],
            Fault::NotImap,
        ),
        (READY, &[NO_LOGIN], Fault::TlsRequired),
        (
            READY,
            &[LOGIN_ONLY, APP_PASSWORD],
            Fault::SignInAppPasswordNeeded,
        ),
        (READY, &[LOGIN_ONLY, NOT_NOW], Fault::SignInTryLater),
        (READY, &[LOGIN_ONLY, ("LOGIN", "")], Fault::SignInTimedOut),
        (READY, &[LOGIN_ONLY], Fault::ConnectionLost),
    ];
    for (greeting, script, expected) in cases {
        let error = imap(greeting, script, Security::None).await.unwrap_err();
        assert_eq!(error.fault, expected, "{greeting} {script:?}: {error}");
        assert!(!error.detail.contains("Error"), "{error}");
    }
    let error = imap(READY, &[LOGIN_ONLY], Security::StartTls)
        .await
        .unwrap_err();
    assert_eq!(error.fault, Fault::TlsNotOffered);
    let error = imap(READY, &[LOGIN_ONLY, ECHO], Security::None)
        .await
        .unwrap_err();
    assert_eq!(error.fault, Fault::SignInRefused);
    assert_eq!(error.detail, "wrong password: …, really");
}

const fn sign_in(answer: &'static str) -> Answer {
    ("AUTH PLAIN", answer)
}

const HELLO: &str = "220 mail.test ESMTP\r\n";
const EHLO: Answer = ("EHLO", "250-mail.test\r\n250 AUTH PLAIN LOGIN\r\n");
const EHLO_TLS: Answer = ("EHLO", "250-mail.test\r\n250 STARTTLS\r\n");
const EHLO_TOKENS: Answer = ("EHLO", "250-mail.test\r\n250 AUTH XOAUTH2\r\n");
const SIGNED_IN: Answer = sign_in("235 2.7.0 Welcome\r\n");
const NO_PASSWORDS: Answer =
    sign_in("535 5.7.139 Authentication unsuccessful, basic authentication is disabled.\r\n");
const SMTP_APP_PASSWORD: Answer = sign_in(
    "534-5.7.9 Application-specific password required. For more information, go to\r\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor\r\n",
);
const SWITCHED_OFF: Answer = sign_in(
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.\r\n",
);
const INJECTED: Answer = ("STARTTLS", "220 go\r\n250 evil\r\n");

#[tokio::test]
async fn what_smtp_servers_say_becomes_what_to_do() {
    use Security::{None, StartTls};
    let cases: [(&str, Script, Security, Fault); 14] = [
        ("", &[], None, Fault::ConnectionLost),
        ("* OK ready\r\n", &[], None, Fault::NotSmtp),
        ("554 5.7.1 No\r\n", &[], None, Fault::GreetingRefused),
        (
            HELLO,
            &[("EHLO", "502 What?\r\n")],
            None,
            Fault::GreetingRefused,
        ),
        (HELLO, &[EHLO], StartTls, Fault::TlsNotOffered),
        (HELLO, &[EHLO_TLS], None, Fault::TlsRequired),
        (HELLO, &[EHLO_TLS, INJECTED], StartTls, Fault::TlsFailed),
        (HELLO, &[EHLO_TOKENS], None, Fault::SignInOauthNeeded),
        (HELLO, &[EHLO, NO_PASSWORDS], None, Fault::SignInOauthNeeded),
        (
            HELLO,
            &[EHLO, SMTP_APP_PASSWORD],
            None,
            Fault::SignInAppPasswordNeeded,
        ),
        (
            HELLO,
            &[EHLO, SWITCHED_OFF],
            None,
            Fault::SignInProtocolDisabled,
        ),
        (
            HELLO,
            &[EHLO, ("AUTH PLAIN", "")],
            None,
            Fault::SignInTimedOut,
        ),
        (HELLO, &[EHLO, SIGNED_IN], None, Fault::ConnectionLost),
        (
            HELLO,
            &[
                EHLO,
                SIGNED_IN,
                ("MAIL FROM", "550 5.7.60 No permission\r\n"),
            ],
            None,
            Fault::SenderRefused,
        ),
    ];
    for (greeting, script, security, expected) in cases {
        let error = smtp(greeting, script, security).await.unwrap_err();
        assert_eq!(error.fault, expected, "{greeting} {script:?}: {error}");
    }
}

#[tokio::test]
async fn a_server_with_login_only_and_no_manners_at_the_end_is_good_enough() {
    let login: Script = &[
        ("EHLO", "250-mail.test\r\n250-SIZE 0\r\n250 AUTH LOGIN\r\n"),
        ("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"),
        ("c3VwcG9ydEBleGFtcGxlLnRlc3Q=", "334 UGFzc3dvcmQ6\r\n"),
        ("Y29ycmVjdCBob3JzZQ==", "235 2.7.0 Welcome\r\n"),
        ("MAIL FROM:<support@example.test>", "250 OK\r\n"),
    ];
    let verified = smtp(HELLO, login, Security::None).await.unwrap();
    assert_eq!(verified.message_bytes_max, None);
}

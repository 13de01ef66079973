//! Verifying against a real Dovecot and a real Postfix.

use std::time::Duration;

use ecluse_adapters::email::fault::{Fault, MailError};
use ecluse_adapters::email::settings::{ImapSettings, MailSignIn, Security, SmtpSettings};
use ecluse_adapters::email::verify::{Verified, verify_imap, verify_smtp};
use ecluse_adapters::sim::sign_on::{SignOnOptions, SignOnSim};
use ecluse_engine::message::Timestamp;
use ecluse_engine::runtime::Clock;

use crate::mail_peers::{MAILBOX, MailPeers, PASSWORD};

fn password(text: &str) -> MailSignIn {
    MailSignIn::Password(text.into())
}

fn fault(result: Result<Verified, MailError>) -> Fault {
    match result {
        Err(error) => {
            println!("{error}");
            error.fault
        }
        Ok(verified) => panic!("verified: {verified:?}"),
    }
}

#[tokio::test]
async fn a_mailbox_that_works_tells_what_it_can_do() {
    let peers = MailPeers::imap(None).await;
    let network = peers.network();
    let verified = verify_imap(&peers.imaps(), &password(PASSWORD), &network)
        .await
        .unwrap();
    assert_eq!(verified.tls, Some("TLS 1.3"));
    assert_eq!(verified.messages, Some(0));
    assert!(verified.has_idle, "{verified:?}");
    assert!(verified.greeting.contains("ready"), "{verified:?}");
    let start_tls = ImapSettings {
        port: peers.ports().imap,
        security: Security::StartTls,
        host: "127.0.0.1".to_owned(),
        ..peers.imaps()
    };
    let verified = verify_imap(&start_tls, &password(PASSWORD), &network)
        .await
        .unwrap();
    assert_eq!(verified.tls, Some("TLS 1.3"));
    let plain = ImapSettings {
        security: Security::None,
        ..start_tls
    };
    let verified = verify_imap(&plain, &password(PASSWORD), &network)
        .await
        .unwrap();
    assert_eq!(verified.tls, None);
}

#[tokio::test]
async fn what_is_wrong_with_a_mailbox_is_told() {
    let peers = MailPeers::imap(None).await;
    let network = peers.network();
    let imap = |port: u16, security: Security| ImapSettings {
        port,
        security,
        ..peers.imaps()
    };
    let good = password(PASSWORD);
    let ports = peers.ports();
    let refused = verify_imap(&peers.imaps(), &password("wrong"), &network).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.fault, Fault::SignInRefused);
    assert_eq!(
        refused.detail,
        "[AUTHENTICATIONFAILED] Authentication failed."
    );
    let plain_server = verify_imap(&imap(ports.imap, Security::Tls), &good, &network).await;
    assert_eq!(fault(plain_server), Fault::TlsPlainServer);
    for security in [Security::StartTls, Security::None] {
        let silent = verify_imap(&imap(ports.imaps, security), &good, &network).await;
        assert_eq!(fault(silent), Fault::TlsNeedsImplicit);
    }
    let locked = ImapSettings {
        username: "locked@example.test".to_owned(),
        ..peers.imaps()
    };
    let locked = verify_imap(&locked, &password("secret3"), &network).await;
    assert_eq!(fault(locked), Fault::FolderMissing);
    let smtp = SmtpSettings {
        port: ports.imaps,
        security: Security::Tls,
        ..peers.submission()
    };
    assert_eq!(
        fault(verify_smtp(&smtp, &good, &network).await),
        Fault::NotSmtp
    );
    let stranger = ecluse_adapters::email::network::Network::new(None).unwrap();
    let untrusted = verify_imap(&peers.imaps(), &good, &stranger).await;
    assert_eq!(fault(untrusted), Fault::TlsUntrusted);
}

#[tokio::test]
async fn a_server_that_sends_tells_what_it_takes_and_sends_nothing() {
    let peers = MailPeers::imap_and_smtp(None).await;
    let network = peers.network();
    let verified = verify_smtp(&peers.submission(), &password(PASSWORD), &network)
        .await
        .unwrap();
    assert_eq!(verified.tls, Some("TLS 1.3"));
    assert_eq!(verified.message_bytes_max, Some(26_214_400));
    assert_eq!(verified.greeting, "220 mail.test ESMTP");
    let tls = SmtpSettings {
        port: peers.ports().smtps,
        security: Security::Tls,
        ..peers.submission()
    };
    let verified = verify_smtp(&tls, &password(PASSWORD), &network)
        .await
        .unwrap();
    assert_eq!(verified.tls, Some("TLS 1.3"));
    let relay = SmtpSettings {
        port: peers.ports().smtp,
        security: Security::None,
        ..peers.submission()
    };
    let verified = verify_smtp(&relay, &MailSignIn::Nothing, &network)
        .await
        .unwrap();
    assert_eq!(verified.tls, None);
    assert!(peers.new_mails(MAILBOX).is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_a_server_that_sends_is_told() {
    let peers = MailPeers::imap_and_smtp(None).await;
    let network = peers.network();
    let ports = peers.ports();
    let smtp = |port: u16, security: Security| SmtpSettings {
        port,
        security,
        ..peers.submission()
    };
    let good = password(PASSWORD);
    let refused = verify_smtp(&peers.submission(), &password("wrong"), &network).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.fault, Fault::SignInRefused);
    assert!(refused.detail.starts_with("535 5.7.8"), "{refused}");
    let plain_server = verify_smtp(&smtp(ports.smtp, Security::Tls), &good, &network).await;
    assert_eq!(fault(plain_server), Fault::TlsPlainServer);
    for security in [Security::StartTls, Security::None] {
        let silent = verify_smtp(&smtp(ports.smtps, security), &good, &network).await;
        assert_eq!(fault(silent), Fault::TlsNeedsImplicit);
    }
    // Postfix offers no AUTH before TLS.
    let clear = verify_smtp(&smtp(ports.submission, Security::None), &good, &network).await;
    assert_eq!(fault(clear), Fault::TlsRequired);
    let stranger = SmtpSettings {
        sender: "stranger@example.test".to_owned(),
        ..peers.submission()
    };
    let stranger = verify_smtp(&stranger, &good, &network).await.unwrap_err();
    assert_eq!(stranger.fault, Fault::SenderRefused);
    assert!(stranger.detail.contains("Not your address"), "{stranger}");
    let imap = ImapSettings {
        port: ports.smtps,
        ..peers.imaps()
    };
    assert_eq!(
        fault(verify_imap(&imap, &good, &network).await),
        Fault::NotImap
    );
}

#[tokio::test]
async fn an_access_token_opens_its_mailbox_while_it_is_good() {
    let two_hours = Duration::from_secs(7_200);
    let now = Clock::system().now();
    let (clock, hand) = Clock::manual(Timestamp(now.0 - two_hours.as_micros() as i64));
    let options = SignOnOptions {
        clock,
        ..SignOnOptions::default()
    };
    let google = SignOnSim::google(options).unwrap();
    let expired = google.access_token(MAILBOX);
    hand.advance(two_hours);
    let peers = MailPeers::imap_and_smtp(Some(&google.public_key_pem())).await;
    let network = peers.network();
    let good = MailSignIn::AccessToken(google.access_token(MAILBOX));
    verify_imap(&peers.imaps(), &good, &network).await.unwrap();
    verify_smtp(&peers.submission(), &good, &network)
        .await
        .unwrap();
    for bad in [
        expired,
        "garbage".into(),
        google.access_token("agent@example.test"),
    ] {
        let bad = MailSignIn::AccessToken(bad);
        let imap = verify_imap(&peers.imaps(), &bad, &network).await;
        assert_eq!(fault(imap), Fault::SignInTokenExpired);
        let smtp = verify_smtp(&peers.submission(), &bad, &network).await;
        assert_eq!(fault(smtp), Fault::SignInTokenExpired);
    }
}

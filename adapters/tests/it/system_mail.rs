//! Alerts by mail, through a real Postfix into a real mailbox.

use ecluse_adapters::email::fault::Fault;
use ecluse_adapters::email::settings::{MailSignIn, SmtpSettings};
use ecluse_adapters::email::system_mail::{Delivery, SystemMail, send};
use ecluse_engine::message::Timestamp;

use crate::mail_peers::{MAILBOX, MailPeers, PASSWORD};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn alert(to: &str) -> SystemMail {
    SystemMail {
        from_name: "Écluse".to_owned(),
        to: to.to_owned(),
        subject: "Canal « Boutique » dégradé\r\nBcc: everybody@example.test".to_owned(),
        text: "Le canal est dégradé.\n.\nQUIT\n".to_owned(),
    }
}

async fn sent(peers: &MailPeers, mail: &SystemMail, password: &str) -> Delivery {
    let sign_in = MailSignIn::Password(password.into());
    send(mail, &peers.submission(), &sign_in, &peers.network(), NOW).await
}

#[tokio::test]
async fn an_alert_arrives_as_it_was_written_and_asks_for_no_answer() {
    let peers = MailPeers::imap_and_smtp(None).await;
    let Delivery::Sent { message_id } = sent(&peers, &alert("agent@example.test"), PASSWORD).await
    else {
        panic!("not sent")
    };
    let mail = peers.until_mail("agent@example.test").await;
    println!("{mail}");
    assert!(message_id.ends_with("@example.test"));
    for line in [
        format!("Message-ID: <{message_id}>"),
        "Date: Fri, 15 Jan 2027 08:00:00 +0000".to_owned(),
        "To: agent@example.test".to_owned(),
        "Auto-Submitted: auto-generated".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Return-Path: <support@example.test>".to_owned(),
    ] {
        assert!(mail.lines().any(|found| found == line), "{line}");
    }
    assert!(mail.contains("\nFrom: =?utf-8?"), "{mail}");
    assert!(mail.contains("\nSubject: "), "{mail}");
    assert!(mail.is_ascii(), "{mail}");
    assert!(!mail.contains("\nBcc:"), "{mail}");
    let body = mail.split_once("\n\n").unwrap().1;
    assert_eq!(body, "Le canal est d=C3=A9grad=C3=A9.\n.\nQUIT\n");
}

#[tokio::test]
async fn a_recipient_that_is_refused_is_told_from_a_server_that_cannot_be_used() {
    let peers = MailPeers::imap_and_smtp(None).await;
    for (to, words) in [
        ("nobody@example.test", "550 5.1.1"),
        ("full@example.test", "452 4.2.2"),
        ("no address", "no address"),
    ] {
        let Delivery::Refused { words: found } = sent(&peers, &alert(to), PASSWORD).await else {
            panic!("{to}");
        };
        assert!(found.starts_with(words), "{found}");
    }
    let Delivery::Unusable(error) = sent(&peers, &alert(MAILBOX), "wrong").await else {
        panic!("sent with a wrong password");
    };
    assert_eq!(error.fault, Fault::SignInRefused);
    let sign_in = MailSignIn::Password(PASSWORD.into());
    let stranger = SmtpSettings {
        sender: "stranger@example.test".to_owned(),
        ..peers.submission()
    };
    let refused = send(&alert(MAILBOX), &stranger, &sign_in, &peers.network(), NOW).await;
    let Delivery::Unusable(error) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(error.fault, Fault::SenderRefused);
    assert!(peers.new_mails(MAILBOX).is_empty());
}

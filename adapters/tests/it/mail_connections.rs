//! Names, connections and time: what fails before a mail server has said a word.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use ecluse_adapters::email::fault::Fault;
use ecluse_adapters::email::network::{Limits, Network, Resolve};
use ecluse_adapters::email::settings::{ImapSettings, MailSignIn, Security};
use ecluse_adapters::email::verify::{verify_imap, verify_smtp};

use crate::mail_scripts::{hasty, imap_at, password, smtp_at};

fn network() -> Network {
    Network::new(None).unwrap().with_limits(hasty())
}

fn named(host: &str, security: Security) -> ImapSettings {
    ImapSettings {
        host: host.to_owned(),
        port: 993,
        security,
        username: "support@example.test".to_owned(),
    }
}

async fn fault_with(resolve: Resolve, settings: &ImapSettings) -> Fault {
    let network = network().with_resolve(resolve);
    let result = verify_imap(settings, &password(), &network).await;
    result.unwrap_err().fault
}

#[tokio::test]
async fn a_name_that_is_not_found_is_told() {
    let settings = named("nowhere.example", Security::Tls);
    let unknown: Resolve = Arc::new(|_, _| async { Err(io::Error::other("unknown")) }.boxed());
    assert_eq!(fault_with(unknown, &settings).await, Fault::NameNotFound);
    let empty: Resolve = Arc::new(|_, _| async { Ok(Vec::new()) }.boxed());
    assert_eq!(fault_with(empty, &settings).await, Fault::NameNotFound);
    let silent: Resolve = Arc::new(|_, _| std::future::pending().boxed());
    assert_eq!(
        fault_with(Arc::clone(&silent), &settings).await,
        Fault::NameTimedOut
    );
    let nonsense = named("imap example", Security::Tls);
    assert_eq!(fault_with(silent, &nonsense).await, Fault::NameInvalid);
}

#[tokio::test]
async fn a_name_in_another_script_is_looked_up_in_ascii() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let resolve: Resolve = Arc::new(move |name, port| {
        log.lock().push((name, port));
        async { Ok(Vec::new()) }.boxed()
    });
    fault_with(resolve, &named("почта.рф", Security::Tls)).await;
    assert_eq!(*asked.lock(), [("xn--80a1acny.xn--p1ai".to_owned(), 993)]);
}

fn closed() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

#[tokio::test]
async fn a_closed_port_is_told_with_its_address() {
    let address = closed();
    let imap = imap_at(address, Security::Tls);
    let error = verify_imap(&imap, &password(), &network())
        .await
        .unwrap_err();
    assert_eq!(error.fault, Fault::ConnectionRefused);
    assert!(error.detail.starts_with(&address.to_string()), "{error}");
    let smtp = smtp_at(address, Security::StartTls);
    let error = verify_smtp(&smtp, &password(), &network())
        .await
        .unwrap_err();
    assert_eq!(error.fault, Fault::ConnectionRefused);
}

#[tokio::test]
async fn every_address_of_a_name_is_tried() {
    let [one, other] = [closed(), closed()];
    let resolve: Resolve = Arc::new(move |_, _| async move { Ok(vec![one, other]) }.boxed());
    let network = network().with_resolve(resolve);
    let settings = named("imap.example", Security::Tls);
    let error = verify_imap(&settings, &password(), &network)
        .await
        .unwrap_err();
    assert_eq!(error.fault, Fault::ConnectionRefused);
    assert!(error.detail.contains(&one.to_string()), "{error}");
    assert!(error.detail.contains(&other.to_string()), "{error}");
}

#[tokio::test]
async fn an_address_that_nothing_leads_to_is_told() {
    let broadcast = SocketAddr::from((Ipv4Addr::BROADCAST, 993));
    let imap = imap_at(broadcast, Security::Tls);
    let error = verify_imap(&imap, &password(), &network())
        .await
        .unwrap_err();
    assert_eq!(error.fault, Fault::ConnectionUnreachable);
}

/// A socket whose queue is full: the system answers nobody who knocks.
async fn crowded() -> (SocketAddr, Vec<TcpStream>, tokio::net::TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
    }
    (address, waiting, listener)
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_given_up() {
    let (address, _waiting, _listener) = crowded().await;
    let imap = imap_at(address, Security::Tls);
    let error = verify_imap(&imap, &password(), &network())
        .await
        .unwrap_err();
    assert_eq!(error.fault, Fault::ConnectionTimedOut);
    assert_eq!(error.detail, address.to_string());
}

#[tokio::test]
async fn a_server_that_takes_the_call_and_keeps_silent_is_given_up() {
    // The system takes the connection; nobody reads from it.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    for (security, expected) in [
        (Security::Tls, Fault::TlsTimedOut),
        (Security::StartTls, Fault::GreetingTimedOut),
        (Security::None, Fault::GreetingTimedOut),
    ] {
        let imap = verify_imap(&imap_at(address, security), &password(), &network()).await;
        assert_eq!(imap.unwrap_err().fault, expected, "{security:?}");
        let smtp = verify_smtp(&smtp_at(address, security), &password(), &network()).await;
        assert_eq!(smtp.unwrap_err().fault, expected, "{security:?}");
    }
}

#[tokio::test]
async fn the_whole_has_an_end_whatever_the_steps_may_take() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let hour = Duration::from_secs(3_600);
    let limits = Limits {
        name: hour,
        connection: hour,
        tls: hour,
        greeting: hour,
        sign_in: hour,
        command: hour,
        overall: Duration::from_millis(200),
    };
    let network = network().with_limits(limits);
    let imap = imap_at(address, Security::Tls);
    let error = verify_imap(&imap, &password(), &network).await.unwrap_err();
    assert_eq!(error.fault, Fault::TlsTimedOut);
}

#[tokio::test]
async fn a_secret_leaves_this_machine_only_encrypted() {
    // Nobody is called: the address is one of those for examples.
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 143));
    for sign_in in [password(), MailSignIn::AccessToken("token".into())] {
        let imap = imap_at(elsewhere, Security::None);
        let error = verify_imap(&imap, &sign_in, &network()).await.unwrap_err();
        assert_eq!(error.fault, Fault::TlsRequired);
        let smtp = smtp_at(elsewhere, Security::None);
        let error = verify_smtp(&smtp, &sign_in, &network()).await.unwrap_err();
        assert_eq!(error.fault, Fault::TlsRequired);
    }
}

//! Certificates and handshakes that are not as they should be, against a real TLS stack.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use ecluse_adapters::email::fault::{Fault, MailError};
use ecluse_adapters::email::network::Network;
use ecluse_adapters::email::settings::Security;
use ecluse_adapters::email::verify::{Verified, verify_imap, verify_smtp};

use crate::certificates::Authority;
use crate::mail_scripts::{hasty, imap_at, password, smtp_at};

/// A server behind a certificate, which says one line and hangs up.
async fn serve((certificate, key): (String, String), said: &'static str) -> SocketAddr {
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                drop(stream.write_all(said.as_bytes()).await);
                drop(stream.shutdown().await);
            }
        }
    });
    address
}

/// A server that answers the first bytes with these and hangs up.
async fn answering(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 4_096];
            drop(stream.read(&mut hello).await);
            drop(stream.write_all(bytes).await);
        }
    });
    address
}

fn trusting(authority: &Authority) -> (Network, NamedTempFile) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(authority.pem().as_bytes()).unwrap();
    let network = Network::new(Some(file.path())).unwrap();
    (network.with_limits(hasty()), file)
}

async fn verify(network: &Network, address: SocketAddr) -> Result<Verified, MailError> {
    verify_imap(&imap_at(address, Security::Tls), &password(), network).await
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_told() {
    let authority = Authority::new();
    let (network, _file) = trusting(&authority);
    let good = authority.issue(&["127.0.0.1"], |_| {});
    let stranger = Authority::new().issue(&["127.0.0.1"], |_| {});
    let other_name = authority.issue(&["imap.example.com"], |_| {});
    let expired = authority.issue(&["127.0.0.1"], |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    let future = authority.issue(&["127.0.0.1"], |params| {
        params.not_before = date_time_ymd(3020, 1, 1);
        params.not_after = date_time_ymd(3021, 1, 1);
    });
    for (certificate, expected) in [
        (good, Fault::ConnectionLost),
        (stranger, Fault::TlsUntrusted),
        (self_signed(), Fault::TlsUntrusted),
        (other_name, Fault::TlsWrongName),
        (expired, Fault::TlsExpired),
        (future, Fault::TlsNotYetValid),
    ] {
        let address = serve(certificate, "").await;
        let error = verify(&network, address).await.unwrap_err();
        assert_eq!(error.fault, expected, "{error}");
    }
}

fn self_signed() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[tokio::test]
async fn a_server_that_waits_for_tls_is_recognised_even_if_it_is_not_trusted() {
    let address = serve(self_signed(), "").await;
    let network = Network::new(None).unwrap().with_limits(hasty());
    let imap = imap_at(address, Security::StartTls);
    let error = verify_imap(&imap, &password(), &network).await.unwrap_err();
    assert_eq!(error.fault, Fault::TlsNeedsImplicit);
    let smtp = smtp_at(address, Security::None);
    let error = verify_smtp(&smtp, &password(), &network).await.unwrap_err();
    assert_eq!(error.fault, Fault::TlsNeedsImplicit);
}

#[tokio::test]
async fn a_handshake_that_fails_is_told_apart_from_a_server_without_tls() {
    let network = Network::new(None).unwrap().with_limits(hasty());
    let cases: [(&[u8], Fault); 5] = [
        (b"* OK ready\r\n", Fault::TlsPlainServer),
        (b"220 ready\r\n", Fault::TlsPlainServer),
        (b"HTTP/1.1 400 Bad Request\r\n", Fault::TlsPlainServer),
        // A fatal alert: handshake failure (RFC 8446, section 6).
        (&[0x15, 3, 3, 0, 2, 2, 40], Fault::TlsFailed),
        (b"", Fault::TlsFailed),
    ];
    for (bytes, expected) in cases {
        let error = verify(&network, answering(bytes).await).await.unwrap_err();
        assert_eq!(error.fault, expected, "{bytes:?}: {error}");
    }
}

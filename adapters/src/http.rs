//! The one place that makes clients for calls to providers.
//!
//! What must stay true: a call trusts the public certificate authorities and what the administrator added, nothing else;
//! it goes where its URL says, through no proxy that an environment variable names and along no redirect, because
//! redirects carry credentials to strangers; it ends within its time. Nothing is sent twice behind our back.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

pub(crate) mod exchange;

/// How a client behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// The longest that a call may take, from its start to the end of its answer.
    pub total: Duration,
    /// The longest that finding the host, connecting and agreeing on keys may take. Shorter than `total`, so that a
    /// call that runs out of `total` is known to have been connected.
    pub connect: Duration,
    /// Certificate authorities to trust besides the public ones, in PEM.
    pub ca_file: Option<PathBuf>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(10),
            connect: Duration::from_secs(4),
            ca_file: None,
        }
    }
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the certificate authorities in {} cannot be read", path.display())]
    CaFile {
        path: PathBuf,
        #[source]
        source: pem::Error,
    },
    #[error("{} holds no certificate", path.display())]
    NoCertificate { path: PathBuf },
    #[error("a certificate in {} is of no use", path.display())]
    BadCertificate {
        path: PathBuf,
        #[source]
        source: rustls::Error,
    },
    #[error("the cryptography does not offer a version of TLS")]
    Tls(#[source] rustls::Error),
    #[error("the client cannot be made")]
    Client(#[source] reqwest::Error),
}

/// Makes a client. One serves any number of channels: its connections are kept apart by host.
///
/// # Errors
/// The certificate authorities cannot be read.
pub fn client(options: &ClientOptions) -> Result<reqwest::Client, ClientError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls(options.ca_file.as_deref())?)
        .user_agent(concat!("Ecluse/", env!("CARGO_PKG_VERSION")))
        .timeout(options.total)
        .connect_timeout(options.connect.min(options.total))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(32)
        .build()
        .map_err(ClientError::Client)
}

/// What a TLS connection outside of HTTP trusts: the same as a client's.
///
/// # Errors
/// The certificate authorities cannot be read.
pub fn tls(ca_file: Option<&Path>) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = ca_file {
        trust(&mut roots, path)?;
    }
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn trust(roots: &mut RootCertStore, path: &Path) -> Result<(), ClientError> {
    let unreadable = |source| ClientError::CaFile {
        path: path.to_owned(),
        source,
    };
    let before = roots.len();
    for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
        let certificate = certificate.map_err(unreadable)?;
        roots
            .add(certificate)
            .map_err(|source| ClientError::BadCertificate {
                path: path.to_owned(),
                source,
            })?;
    }
    if roots.len() == before {
        return Err(ClientError::NoCertificate {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// Why an address is not one to send credentials to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    #[error("{0} is no URL")]
    NotAUrl(String),
    #[error("{0} is neither https nor on this machine")]
    NotSecure(String),
    #[error("{0} must be a scheme, a host and a path, without user, query or fragment")]
    NotABase(String),
}

/// The address under which a provider's calls are; it ends in a slash.
///
/// # Errors
/// Credentials would travel in the clear, or the text is no plain address.
pub fn base_url(text: &str) -> Result<Url, BaseUrlError> {
    let mut url = Url::parse(text).map_err(|_| BaseUrlError::NotAUrl(text.to_owned()))?;
    let secure = match url.scheme() {
        "https" => true,
        "http" => is_this_machine(&url),
        _ => false,
    };
    if !secure {
        return Err(BaseUrlError::NotSecure(text.to_owned()));
    }
    let extra = !url.username().is_empty() || url.password().is_some();
    if extra || url.query().is_some() || url.fragment().is_some() {
        return Err(BaseUrlError::NotABase(text.to_owned()));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

/// `base` with further segments, each escaped. A base that [`base_url`] made can have them.
pub(crate) fn below(mut base: Url, segments: &[&str]) -> Url {
    if let Ok(mut path) = base.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    base
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_travel_in_the_clear() {
        for (text, expected) in [
            (
                "https://graph.facebook.com",
                Ok("https://graph.facebook.com/"),
            ),
            (
                "https://proxy.example/meta",
                Ok("https://proxy.example/meta/"),
            ),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080/")),
            ("http://[::1]:8080/", Ok("http://[::1]:8080/")),
            ("http://localhost:1", Ok("http://localhost:1/")),
            ("http://graph.facebook.com", Err("neither https")),
            ("http://localhost.example", Err("neither https")),
            ("file:///etc/passwd", Err("neither https")),
            ("graph.facebook.com", Err("no URL")),
            ("https://user@graph.facebook.com", Err("without user")),
            (
                "https://graph.facebook.com?access_token=x",
                Err("without user"),
            ),
        ] {
            match (base_url(text), expected) {
                (Ok(url), Ok(expected)) => assert_eq!(url.as_str(), expected),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn an_id_cannot_lead_elsewhere() {
        let base = base_url("https://graph.facebook.com").unwrap();
        let url = below(base, &["v23.0", "../../me?x=1#", "subscribed_apps"]);
        assert_eq!(url.host_str(), Some("graph.facebook.com"));
        assert_eq!(url.path(), "/v23.0/..%2F..%2Fme%3Fx=1%23/subscribed_apps");
        assert_eq!(url.query(), None);
    }

    #[test]
    fn a_file_without_certificates_is_an_error_and_not_an_open_door() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ca.pem");
        let make = || {
            client(&ClientOptions {
                ca_file: Some(path.clone()),
                ..ClientOptions::default()
            })
        };
        assert!(matches!(make(), Err(ClientError::CaFile { .. })));
        std::fs::write(&path, "nothing here").unwrap();
        assert!(matches!(make(), Err(ClientError::NoCertificate { .. })));
        std::fs::write(
            &path,
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        )
        .unwrap();
        assert!(matches!(make(), Err(ClientError::BadCertificate { .. })));
        assert!(client(&ClientOptions::default()).is_ok());
    }
}

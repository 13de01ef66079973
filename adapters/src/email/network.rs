//! The way to a mail server: its addresses, a connection, TLS; each step within its own time and all within one.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use rustls::{ClientConfig, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::fault::{Fault, MailError};
use super::settings::{MailHost, MailSignIn, Security};
use crate::http::{self, ClientError};

mod tls;

/// More addresses of one name than this are not tried.
const ADDRESSES_MAX: usize = 6;

/// The longest that each step may take; none goes beyond `overall`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub name: Duration,
    /// For each address of the host.
    pub connection: Duration,
    pub tls: Duration,
    pub greeting: Duration,
    /// Servers let a wrong password wait, and each further one for longer, up to 15 s.
    pub sign_in: Duration,
    /// Any other command.
    pub command: Duration,
    pub overall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            name: Duration::from_secs(5),
            connection: Duration::from_secs(5),
            tls: Duration::from_secs(5),
            greeting: Duration::from_secs(5),
            sign_in: Duration::from_secs(15),
            command: Duration::from_secs(5),
            overall: Duration::from_secs(15),
        }
    }
}

/// Finds the addresses of a name in ASCII with a port.
pub type Resolve =
    Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// How mail servers are reached: whom to trust, and for how long to wait. Cheap to clone.
#[derive(Clone)]
pub struct Network {
    tls: Arc<ClientConfig>,
    ca_file: Option<PathBuf>,
    limits: Limits,
    resolve: Resolve,
}

impl Network {
    /// Trusts the public certificate authorities, and those in `ca_file`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, ClientError> {
        Ok(Self {
            tls: Arc::new(http::tls(ca_file)?),
            ca_file: ca_file.map(Path::to_owned),
            limits: Limits::default(),
            resolve: Arc::new(|name, port| Box::pin(look_up(name, port))),
        })
    }

    /// With other times.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With another way to find addresses than the system's.
    #[must_use]
    pub fn with_resolve(mut self, resolve: Resolve) -> Self {
        self.resolve = resolve;
        self
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("ca_file", &self.ca_file)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

async fn look_up(name: String, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((name, port)).await?.collect())
}

/// Bytes both ways, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Stream for T {}

/// A connection to a mail server, whatever protects it.
pub type MailStream = Box<dyn Stream>;

/// A server to be reached, and the time that is left for it.
pub(super) struct Route<'a> {
    network: &'a Network,
    host: MailHost,
    port: u16,
    ends_at: Instant,
}

/// What a connection is.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) stream: MailStream,
    pub(super) address: SocketAddr,
    /// Our own end of it.
    pub(super) local: IpAddr,
    /// The version, such as `TLS 1.3`; `None` while nothing is encrypted.
    pub(super) tls: Option<&'static str>,
}

impl<'a> Route<'a> {
    pub(super) fn new(network: &'a Network, host: &str, port: u16) -> Result<Self, MailError> {
        Ok(Self {
            network,
            host: MailHost::parse(host)?,
            port,
            ends_at: Instant::now() + network.limits.overall,
        })
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.network.limits
    }

    /// Runs one step within its time and what is left of the whole.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        timed_out: Fault,
        step: impl Future<Output = Result<T, MailError>>,
    ) -> Result<T, MailError> {
        let limited = timeout(limit, step);
        match timeout_at(self.ends_at, limited).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(MailError::new(timed_out, self.target())),
        }
    }

    /// The host and port, as one writes them.
    pub(super) fn target(&self) -> String {
        match &self.host {
            MailHost::Name(name) => format!("{name}:{}", self.port),
            MailHost::Address(address) => SocketAddr::new(*address, self.port).to_string(),
        }
    }

    /// Connects, and agrees on TLS if that comes first.
    ///
    /// # Errors
    /// A step that failed; [`Fault::TlsRequired`] if a secret would leave this machine in the clear.
    pub(super) async fn link(
        &self,
        security: Security,
        sign_in: &MailSignIn,
    ) -> Result<Link, MailError> {
        let addresses = self.addresses().await?;
        let is_secret = sign_in.secret().is_some();
        if security == Security::None && is_secret {
            is_this_machine(&addresses)?;
        }
        let link = self.connect(&addresses).await?;
        match security {
            Security::Tls => self.encrypt(link).await,
            Security::StartTls | Security::None => Ok(link),
        }
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, MailError> {
        let name = match &self.host {
            MailHost::Address(address) => return Ok(vec![SocketAddr::new(*address, self.port)]),
            MailHost::Name(name) => name,
        };
        let found = (self.network.resolve)(name.clone(), self.port);
        let not_found = |detail: String| MailError::new(Fault::NameNotFound, detail);
        let step = async {
            let found = found.await.map_err(|e| not_found(format!("{name}: {e}")))?;
            let found: Vec<_> = found.into_iter().take(ADDRESSES_MAX).collect();
            if found.is_empty() {
                return Err(not_found(name.clone()));
            }
            Ok(found)
        };
        let limit = self.network.limits.name;
        self.within(limit, Fault::NameTimedOut, step).await
    }

    /// Connects to the first address that answers.
    async fn connect(&self, addresses: &[SocketAddr]) -> Result<Link, MailError> {
        let mut failures = Vec::new();
        for address in addresses {
            match self.connect_to(*address).await {
                Ok(link) => return Ok(link),
                Err(error) => failures.push(error),
            }
        }
        Err(clearest(&failures))
    }

    async fn connect_to(&self, address: SocketAddr) -> Result<Link, MailError> {
        let limit = self.network.limits.connection;
        let step = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok::<_, io::Error>(Link {
                local: stream.local_addr()?.ip(),
                stream: Box::new(stream),
                address,
                tls: None,
            })
        };
        match timeout_at(self.ends_at, timeout(limit, step)).await {
            Ok(Ok(Ok(link))) => Ok(link),
            Ok(Ok(Err(error))) => Err(unconnected(address, &error)),
            Ok(Err(_)) | Err(_) => Err(MailError::new(
                Fault::ConnectionTimedOut,
                address.to_string(),
            )),
        }
    }

    /// Agrees on TLS over a connection that has none.
    pub(super) async fn encrypt(&self, link: Link) -> Result<Link, MailError> {
        let connector = TlsConnector::from(Arc::clone(&self.network.tls));
        let handshake = connector.connect(self.host.server_name()?, link.stream);
        let step = async { handshake.await.map_err(|error| tls::failed(&error)) };
        let limit = self.network.limits.tls;
        let stream = self.within(limit, Fault::TlsTimedOut, step).await?;
        let tls = stream.get_ref().1.protocol_version().map(version);
        Ok(Link {
            stream: Box::new(stream),
            tls,
            ..link
        })
    }

    /// Why a server in the clear keeps silent: it may be waiting for TLS.
    pub(super) async fn silence(&self, stream: MailStream) -> MailError {
        let fault = match self.speaks_tls(stream).await {
            true => Fault::TlsNeedsImplicit,
            false => Fault::GreetingTimedOut,
        };
        MailError::new(fault, self.target())
    }

    /// Whether the server answers the first words of a handshake with TLS.
    async fn speaks_tls(&self, stream: MailStream) -> bool {
        let Ok(name) = self.host.server_name() else {
            return false;
        };
        let connector = TlsConnector::from(Arc::clone(&self.network.tls));
        let handshake = connector.connect(name, stream);
        let limited = timeout(self.network.limits.tls, handshake);
        match timeout_at(self.ends_at, limited).await {
            Ok(Ok(Ok(_))) => true,
            Ok(Ok(Err(error))) => tls::is_of_a_tls_server(&error),
            Ok(Err(_)) | Err(_) => false,
        }
    }
}

fn is_this_machine(addresses: &[SocketAddr]) -> Result<(), MailError> {
    match addresses
        .iter()
        .find(|address| !address.ip().to_canonical().is_loopback())
    {
        None => Ok(()),
        Some(address) => Err(MailError::new(Fault::TlsRequired, address.to_string())),
    }
}

fn unconnected(address: SocketAddr, error: &io::Error) -> MailError {
    let fault = match error.kind() {
        io::ErrorKind::ConnectionRefused => Fault::ConnectionRefused,
        io::ErrorKind::TimedOut => Fault::ConnectionTimedOut,
        _ => Fault::ConnectionUnreachable,
    };
    MailError::new(fault, format!("{address}: {error}"))
}

/// Of several failures the one that says most: somebody answered, rather than nobody; with what became of all.
fn clearest(failures: &[MailError]) -> MailError {
    let order = [Fault::ConnectionRefused, Fault::ConnectionTimedOut];
    let details: Vec<&str> = failures.iter().map(|error| error.detail.as_str()).collect();
    let detail = details.join("; ");
    let fault = order
        .into_iter()
        .find(|fault| failures.iter().any(|error| error.fault == *fault));
    MailError::new(fault.unwrap_or(Fault::ConnectionUnreachable), detail)
}

fn version(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLSv1_2 => "TLS 1.2",
        ProtocolVersion::TLSv1_3 => "TLS 1.3",
        _ => "TLS",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_addresses_the_one_that_answered_explains_the_failure() {
        let failure = |fault, detail: &str| MailError::new(fault, detail);
        let error = clearest(&[
            failure(Fault::ConnectionUnreachable, "a"),
            failure(Fault::ConnectionTimedOut, "b"),
            failure(Fault::ConnectionRefused, "c"),
        ]);
        assert_eq!(error.fault, Fault::ConnectionRefused);
        assert_eq!(error.detail, "a; b; c");
        let error = clearest(&[failure(Fault::ConnectionUnreachable, "a")]);
        assert_eq!(error.fault, Fault::ConnectionUnreachable);
    }

    #[test]
    fn only_loopback_is_this_machine() {
        let check = |text: &[&str]| {
            let addresses: Vec<SocketAddr> = text.iter().map(|t| t.parse().unwrap()).collect();
            is_this_machine(&addresses).is_ok()
        };
        assert!(check(&["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"]));
        assert!(!check(&["127.0.0.1:1", "192.0.2.1:1"]));
        assert!(!check(&["10.0.0.1:1"]));
    }
}

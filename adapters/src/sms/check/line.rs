//! A bare connection, step by step: the name, the connection, TLS.
//!
//! What must stay true: each step ends within its time, and its failure is told apart from that of the others.

use std::io;
use std::net::SocketAddr;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use ecluse_engine::provider::VerifyStep;

use super::{CheckError, CheckProblem, TrunkChecker};

/// Either kind of connection.
pub(super) trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// Connects, with TLS if it is asked for.
///
/// # Errors
/// The step that failed.
pub(super) async fn connect(
    checker: &TrunkChecker,
    host: &str,
    port: u16,
    with_tls: bool,
) -> Result<Box<dyn Line>, CheckError> {
    let addresses = resolve(checker, host, port).await?;
    let stream = dial(checker, &addresses).await?;
    match with_tls {
        true => secure(checker, host, stream).await,
        false => Ok(Box::new(stream)),
    }
}

async fn resolve(
    checker: &TrunkChecker,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, CheckError> {
    let unknown =
        |detail: String| CheckError::new(VerifyStep::Name, CheckProblem::HostUnknown, detail);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found = timeout(checker.step_timeout, lookup_host((bare, port))).await;
    let found = found.map_err(|_| unknown("the name servers did not answer".to_owned()))?;
    let addresses: Vec<SocketAddr> = found.map_err(|error| unknown(error.to_string()))?.collect();
    match addresses.is_empty() {
        true => Err(unknown("the host has no address".to_owned())),
        false => Ok(addresses),
    }
}

async fn dial(checker: &TrunkChecker, addresses: &[SocketAddr]) -> Result<TcpStream, CheckError> {
    let failed =
        |detail: String| CheckError::new(VerifyStep::Connection, CheckProblem::Unreachable, detail);
    let stream = timeout(checker.step_timeout, TcpStream::connect(addresses)).await;
    let stream = stream.map_err(|_| failed("nobody answered in time".to_owned()))?;
    let stream = stream.map_err(|error| failed(error.to_string()))?;
    stream
        .set_nodelay(true)
        .map_err(|error| failed(error.to_string()))?;
    Ok(stream)
}

async fn secure(
    checker: &TrunkChecker,
    host: &str,
    stream: TcpStream,
) -> Result<Box<dyn Line>, CheckError> {
    let failed = |detail: String| CheckError::new(VerifyStep::Tls, CheckProblem::TlsFailed, detail);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(bare.to_owned()).map_err(|error| failed(error.to_string()))?;
    let connector = TlsConnector::from(checker.tls.clone());
    let secured = timeout(checker.step_timeout, connector.connect(name, stream)).await;
    let secured = secured.map_err(|_| failed("the handshake did not end in time".to_owned()))?;
    let secured = secured.map_err(|error: io::Error| failed(error.to_string()))?;
    Ok(Box::new(secured))
}

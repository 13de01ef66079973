//! A message centre that speaks SMPP 3.4, for sessions only: it binds, answers enquire_link and unbinds.
//!
//! What must stay true: credentials are compared and refused with the status that SMPP 3.4 has for it; a request before
//! the bind is refused with 0x04; a message is refused with 0x03, because nothing here delivers one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use parking_lot::Mutex;
use rusmpp::pdus::{BindTransceiverResp, BindTransmitterResp};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::COctetString;
use rusmpp::{Command, CommandStatus, Pdu};
use rustls::ServerConfig;
use secrecy::SecretString;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::codec::Framed;

use crate::meta::same_secret;

/// What the centre plays.
#[derive(Clone, Debug)]
pub struct SmscOptions {
    pub system_id: String,
    pub password: SecretString,
    /// Any is taken if it is empty.
    pub system_type: String,
    /// Refuses every bind with this status.
    pub refuses_with: Option<u32>,
    /// Takes connections and says nothing.
    pub is_silent: bool,
    /// Speaks TLS, with this certificate and key.
    pub tls: Option<Arc<ServerConfig>>,
}

impl Default for SmscOptions {
    fn default() -> Self {
        Self {
            system_id: "ecluse".to_owned(),
            password: "s3cret".into(),
            system_type: String::new(),
            refuses_with: None,
            is_silent: false,
            tls: None,
        }
    }
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SmscSeen {
    pub binds: u32,
    pub enquiries: u32,
    pub unbinds: u32,
    /// Requests that were no part of a session, messages among them.
    pub others: u32,
}

/// A running centre; it ends when it is dropped.
#[derive(Debug)]
pub struct SmscSim {
    address: SocketAddr,
    seen: watch::Receiver<SmscSeen>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Centre {
    options: Mutex<SmscOptions>,
    seen: watch::Sender<SmscSeen>,
}

impl SmscSim {
    /// Starts the centre on a port of its own on 127.0.0.1, in the runtime that this is called from.
    ///
    /// # Errors
    /// No port is to be had.
    pub async fn start(options: SmscOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (sender, seen) = watch::channel(SmscSeen::default());
        let centre = Arc::new(Centre {
            options: Mutex::new(options),
            seen: sender,
        });
        let task = tokio::spawn(accept(centre, listener));
        Ok(Self {
            address,
            seen,
            task,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What happened so far.
    #[must_use]
    pub fn seen(&self) -> SmscSeen {
        *self.seen.borrow()
    }

    /// Waits until what happened is as `wanted`; give it a time limit.
    pub async fn until(&self, wanted: impl Fn(&SmscSeen) -> bool) -> SmscSeen {
        let mut seen = self.seen.clone();
        match seen.wait_for(wanted).await {
            Ok(found) => *found,
            Err(_) => self.seen(),
        }
    }
}

impl Drop for SmscSim {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(centre: Arc<Centre>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(take(Arc::clone(&centre), stream));
    }
}

async fn take(centre: Arc<Centre>, stream: TcpStream) {
    let tls = centre.options.lock().tls.clone();
    match tls {
        None => session(centre, stream).await,
        Some(tls) => {
            if let Ok(secured) = TlsAcceptor::from(tls).accept(stream).await {
                session(centre, secured).await;
            }
        }
    }
}

async fn session(centre: Arc<Centre>, stream: impl AsyncRead + AsyncWrite + Unpin) {
    let is_silent = centre.options.lock().is_silent;
    let mut session = Framed::new(stream, CommandCodec::new());
    let mut is_bound = false;
    while let Some(Ok(command)) = session.next().await {
        if is_silent {
            continue;
        }
        let is_unbind = matches!(command.pdu(), Some(Pdu::Unbind));
        let answer = centre.answer(&command, &mut is_bound);
        if session.send(answer).await.is_err() || is_unbind {
            return;
        }
    }
}

impl Centre {
    fn answer(&self, command: &Command, is_bound: &mut bool) -> Command {
        let (status, pdu) = match command.pdu() {
            Some(Pdu::BindTransceiver(bind)) => {
                let status = self.bind(&bind.system_id, &bind.password, &bind.system_type);
                let response = BindTransceiverResp::new(centre_name(), None);
                *is_bound |= status == CommandStatus::EsmeRok;
                (status, response.into())
            }
            Some(Pdu::BindTransmitter(bind)) => {
                let status = self.bind(&bind.system_id, &bind.password, &bind.system_type);
                let response = BindTransmitterResp::new(centre_name(), None);
                *is_bound |= status == CommandStatus::EsmeRok;
                (status, response.into())
            }
            request => self.answer_in_session(request, *is_bound),
        };
        Command::new(status, command.sequence_number(), pdu)
    }

    fn answer_in_session(&self, request: Option<&Pdu>, is_bound: bool) -> (CommandStatus, Pdu) {
        match request {
            Some(Pdu::EnquireLink | Pdu::Unbind) if !is_bound => {
                (CommandStatus::EsmeRinvbndsts, Pdu::GenericNack)
            }
            Some(Pdu::EnquireLink) => {
                self.count(|seen| seen.enquiries += 1);
                (CommandStatus::EsmeRok, Pdu::EnquireLinkResp)
            }
            Some(Pdu::Unbind) => {
                self.count(|seen| seen.unbinds += 1);
                (CommandStatus::EsmeRok, Pdu::UnbindResp)
            }
            _ => {
                self.count(|seen| seen.others += 1);
                (CommandStatus::EsmeRinvcmdid, Pdu::GenericNack)
            }
        }
    }

    fn bind(
        &self,
        system_id: &COctetString<1, 16>,
        password: &COctetString<1, 9>,
        system_type: &COctetString<1, 13>,
    ) -> CommandStatus {
        let options = self.options.lock();
        self.count(|seen| seen.binds += 1);
        if let Some(status) = options.refuses_with {
            return CommandStatus::from(status);
        }
        if system_id.as_str() != options.system_id {
            return CommandStatus::EsmeRinvsysid;
        }
        if !same_secret(password.as_str(), &options.password) {
            return CommandStatus::EsmeRinvpaswd;
        }
        if !options.system_type.is_empty() && system_type.as_str() != options.system_type {
            return CommandStatus::EsmeRinvsystyp;
        }
        CommandStatus::EsmeRok
    }

    fn count(&self, count: impl FnOnce(&mut SmscSeen)) {
        self.seen.send_modify(count);
    }
}

fn centre_name() -> COctetString<1, 16> {
    COctetString::from_static_slice(b"SMSC\0").unwrap_or_default()
}

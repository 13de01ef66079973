//! Why TLS could not be agreed on, read from the library's errors.

use std::io;

use rustls::{CertificateError, Error, InvalidMessage};

use crate::email::fault::{Fault, MailError};
use crate::email::words::quoted;

/// The fault behind a handshake's error.
pub(super) fn failed(error: &io::Error) -> MailError {
    let fault = rustls_error(error).map_or(Fault::TlsFailed, fault_of);
    MailError::new(fault, quoted(&error.to_string()))
}

/// Whether the other side of a failed handshake speaks TLS, and merely refuses us or is not trusted.
pub(super) fn is_of_a_tls_server(error: &io::Error) -> bool {
    matches!(
        rustls_error(error),
        Some(Error::InvalidCertificate(_) | Error::AlertReceived(_) | Error::PeerIncompatible(_))
    )
}

fn rustls_error(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref::<Error>()
}

fn fault_of(error: &Error) -> Fault {
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => Fault::TlsPlainServer,
        Error::InvalidCertificate(certificate) => certificate_fault(certificate),
        _ => Fault::TlsFailed,
    }
}

fn certificate_fault(error: &CertificateError) -> Fault {
    match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Fault::TlsWrongName
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Fault::TlsExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Fault::TlsNotYetValid
        }
        _ => Fault::TlsUntrusted,
    }
}

//! Why a mail server cannot be used: one fault for each thing that a person can do something about.

use ecluse_engine::provider::{VerifyError, VerifyStep};

/// A fault and what is known of this case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", fault.code())]
pub struct MailError {
    pub fault: Fault,
    /// The address that was tried, the server's own words, or what the system said; in no language of ours, and without
    /// secrets.
    pub detail: String,
}

impl MailError {
    pub(crate) fn new(fault: Fault, detail: impl Into<String>) -> Self {
        Self {
            fault,
            detail: detail.into(),
        }
    }
}

impl From<MailError> for VerifyError {
    fn from(error: MailError) -> Self {
        Self {
            step: error.fault.step(),
            detail: error.to_string(),
        }
    }
}

/// What went wrong, and so what to do. [`Fault::code`] is part of the API and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The host is neither a name nor an address.
    NameInvalid,
    NameNotFound,
    NameTimedOut,
    /// Nothing listens on the port.
    ConnectionRefused,
    ConnectionTimedOut,
    /// There is no way to the address.
    ConnectionUnreachable,
    /// The server closed the connection, or stopped answering, in the middle.
    ConnectionLost,
    /// The certificate is of no authority that is trusted.
    TlsUntrusted,
    /// The certificate is another host's.
    TlsWrongName,
    TlsExpired,
    /// The certificate is of the future: one of the two clocks is wrong.
    TlsNotYetValid,
    /// STARTTLS was asked for, and the server has none.
    TlsNotOffered,
    /// TLS was asked for, and the server speaks without.
    TlsPlainServer,
    /// No TLS or STARTTLS was asked for, and the server speaks TLS from the first byte.
    TlsNeedsImplicit,
    /// The secret would travel in the clear, or the server wants TLS first.
    TlsRequired,
    /// No version or cipher in common, or the handshake broke off.
    TlsFailed,
    TlsTimedOut,
    GreetingTimedOut,
    /// The server spoke, and sent us away.
    GreetingRefused,
    NotImap,
    NotSmtp,
    SignInRefused,
    /// The account has two-step verification: the provider wants a password made for this program.
    SignInAppPasswordNeeded,
    /// The provider takes passwords no longer.
    SignInOauthNeeded,
    /// The access token has expired, was revoked, or is another mailbox's.
    SignInTokenExpired,
    /// IMAP, or sending by SMTP, is switched off for the account.
    SignInProtocolDisabled,
    /// The server has no way to sign in that we have, or does not take such a name or password.
    SignInNotOffered,
    /// The server cannot check sign-ins now.
    SignInTryLater,
    SignInTimedOut,
    /// There is no INBOX, or it cannot be opened.
    FolderMissing,
    /// The account may not send in the name of the address.
    SenderRefused,
}

impl Fault {
    /// Every fault, in the order of the steps.
    pub const ALL: [Self; 31] = [
        Self::NameInvalid,
        Self::NameNotFound,
        Self::NameTimedOut,
        Self::ConnectionRefused,
        Self::ConnectionTimedOut,
        Self::ConnectionUnreachable,
        Self::ConnectionLost,
        Self::TlsUntrusted,
        Self::TlsWrongName,
        Self::TlsExpired,
        Self::TlsNotYetValid,
        Self::TlsNotOffered,
        Self::TlsPlainServer,
        Self::TlsNeedsImplicit,
        Self::TlsRequired,
        Self::TlsFailed,
        Self::TlsTimedOut,
        Self::GreetingTimedOut,
        Self::GreetingRefused,
        Self::NotImap,
        Self::NotSmtp,
        Self::SignInRefused,
        Self::SignInAppPasswordNeeded,
        Self::SignInOauthNeeded,
        Self::SignInTokenExpired,
        Self::SignInProtocolDisabled,
        Self::SignInNotOffered,
        Self::SignInTryLater,
        Self::SignInTimedOut,
        Self::FolderMissing,
        Self::SenderRefused,
    ];

    /// The stable name: the step, a dot and what happened.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NameInvalid => "name.invalid",
            Self::NameNotFound => "name.not_found",
            Self::NameTimedOut => "name.timed_out",
            Self::ConnectionRefused => "connection.refused",
            Self::ConnectionTimedOut => "connection.timed_out",
            Self::ConnectionUnreachable => "connection.unreachable",
            Self::ConnectionLost => "connection.lost",
            Self::TlsUntrusted => "tls.untrusted",
            Self::TlsWrongName => "tls.wrong_name",
            Self::TlsExpired => "tls.expired",
            Self::TlsNotYetValid => "tls.not_yet_valid",
            Self::TlsNotOffered => "tls.not_offered",
            Self::TlsPlainServer => "tls.plain_server",
            Self::TlsNeedsImplicit => "tls.needs_implicit",
            Self::TlsRequired => "tls.required",
            Self::TlsFailed => "tls.failed",
            Self::TlsTimedOut => "tls.timed_out",
            Self::GreetingTimedOut => "greeting.timed_out",
            Self::GreetingRefused => "greeting.refused",
            Self::NotImap => "protocol.not_imap",
            Self::NotSmtp => "protocol.not_smtp",
            Self::SignInRefused => "sign_in.refused",
            Self::SignInAppPasswordNeeded => "sign_in.app_password_needed",
            Self::SignInOauthNeeded => "sign_in.oauth_needed",
            Self::SignInTokenExpired => "sign_in.token_expired",
            Self::SignInProtocolDisabled => "sign_in.protocol_disabled",
            Self::SignInNotOffered => "sign_in.not_offered",
            Self::SignInTryLater => "sign_in.try_later",
            Self::SignInTimedOut => "sign_in.timed_out",
            Self::FolderMissing => "folder.missing",
            Self::SenderRefused => "sender.refused",
        }
    }

    /// The step that failed.
    #[must_use]
    pub const fn step(self) -> VerifyStep {
        match self {
            Self::NameInvalid | Self::NameNotFound | Self::NameTimedOut => VerifyStep::Name,
            Self::ConnectionRefused
            | Self::ConnectionTimedOut
            | Self::ConnectionUnreachable
            | Self::ConnectionLost => VerifyStep::Connection,
            Self::TlsUntrusted
            | Self::TlsWrongName
            | Self::TlsExpired
            | Self::TlsNotYetValid
            | Self::TlsNotOffered
            | Self::TlsPlainServer
            | Self::TlsNeedsImplicit
            | Self::TlsRequired
            | Self::TlsFailed
            | Self::TlsTimedOut => VerifyStep::Tls,
            Self::GreetingTimedOut | Self::GreetingRefused | Self::NotImap | Self::NotSmtp => {
                VerifyStep::Greeting
            }
            Self::SignInRefused
            | Self::SignInAppPasswordNeeded
            | Self::SignInOauthNeeded
            | Self::SignInTokenExpired
            | Self::SignInProtocolDisabled
            | Self::SignInNotOffered
            | Self::SignInTryLater
            | Self::SignInTimedOut => VerifyStep::SignIn,
            Self::FolderMissing => VerifyStep::Folder,
            Self::SenderRefused => VerifyStep::Sender,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_fault_has_a_code_of_its_own() {
        let codes: HashSet<&str> = Fault::ALL.iter().map(|fault| fault.code()).collect();
        assert_eq!(codes.len(), Fault::ALL.len());
    }

    #[test]
    fn the_code_stays_when_the_error_becomes_the_engines() {
        let error = MailError::new(Fault::TlsExpired, "192.0.2.1:993");
        let error = VerifyError::from(error);
        assert_eq!(error.step, VerifyStep::Tls);
        assert_eq!(error.detail, "tls.expired: 192.0.2.1:993");
    }
}

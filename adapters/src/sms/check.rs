//! Whether a trunk works, found out without sending anything to anybody.
//!
//! What must stay true: a check changes nothing at the provider and costs nothing. What can only be known by sending is
//! said to be so, and never taken for good.

mod bandwidth;
mod http_trunk;
mod line;
mod smpp;
mod telnyx;
mod twilio;
mod vi;

#[cfg(feature = "sim")]
pub(crate) use vi::element;

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use rustls::ClientConfig;
use url::Url;

use ecluse_engine::provider::{VerifyError, VerifyStep};

use super::number::PhoneNumber;
use super::trunk::TrunkProvider;
use crate::http;
use crate::http::exchange::{Answer, exchange};

/// How long each step of a connection that is not HTTP may take.
const STEP_TIMEOUT: Duration = Duration::from_secs(5);

/// Where the companies answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkUrls {
    pub twilio: String,
    pub telnyx: String,
    pub bandwidth: String,
    pub vi: String,
    pub ozsms: Option<String>,
}

impl Default for TrunkUrls {
    fn default() -> Self {
        Self {
            twilio: "https://api.twilio.com".to_owned(),
            telnyx: "https://api.telnyx.com".to_owned(),
            bandwidth: "https://api.bandwidth.com".to_owned(),
            vi: "https://backoffice.voipinnovations.com".to_owned(),
            ozsms: None,
        }
    }
}

/// Checks trunks.
#[derive(Clone)]
pub struct TrunkChecker {
    client: reqwest::Client,
    tls: Arc<ClientConfig>,
    urls: TrunkUrls,
    step_timeout: Duration,
}

impl std::fmt::Debug for TrunkChecker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("TrunkChecker");
        shown.field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// What a check that found nothing wrong can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// The provider took our credentials, and has every number that was asked about.
    Verified,
    /// It took our credentials; whether the numbers are ours is not to be had from it.
    SignedIn,
    /// Somebody answers there. Whether they take our credentials would only be known by sending.
    Reached,
    /// Nothing can be found out without sending.
    NotWithoutSending,
}

impl Checked {
    /// Its name in the API; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::SignedIn => "signed_in",
            Self::Reached => "reached",
            Self::NotWithoutSending => "not_without_sending",
        }
    }
}

/// What a check found wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{step:?}, {problem:?}: {detail}")]
pub struct CheckError {
    pub step: VerifyStep,
    pub problem: CheckProblem,
    /// The provider's words, or the system's.
    pub detail: String,
}

/// What is wrong, and so what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckProblem {
    /// A setting or a field is no address. Correct it.
    BadAddress,
    /// Correct the host, or ask whoever runs the name servers.
    HostUnknown,
    /// Check the host, the port and the firewall, and try again later.
    Unreachable,
    /// Switch TLS on or off to match the provider, or trust its authority.
    TlsFailed,
    /// Correct the user's name or the secret.
    CredentialsRefused,
    /// SMPP told that it is the password.
    PasswordWrong,
    /// SMPP told that it is the system id.
    SystemIdUnknown,
    /// The system type is not the provider's.
    SystemTypeWrong,
    /// The provider refused to open a session, or another one too many; ask it about its limits and our address.
    BindRefused,
    /// Correct the account, the profile or the application.
    AccountUnknown,
    /// The account is suspended or closed; settle it with the provider.
    AccountInactive,
    /// Have the provider assign the number, or take it out of the trunk.
    NumberNotAssigned { number: PhoneNumber },
    /// The number is there but cannot carry SMS.
    NumberCannotText { number: PhoneNumber },
    /// Too many calls; wait.
    TooManyCalls,
    /// A fault of the provider's; try again later.
    ProviderFault,
    /// The answer is not the provider's; check the address.
    Unreadable,
}

impl CheckProblem {
    /// Its name in the API; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadAddress => "bad_address",
            Self::HostUnknown => "host_unknown",
            Self::Unreachable => "unreachable",
            Self::TlsFailed => "tls_failed",
            Self::CredentialsRefused => "credentials_refused",
            Self::PasswordWrong => "password_wrong",
            Self::SystemIdUnknown => "system_id_unknown",
            Self::SystemTypeWrong => "system_type_wrong",
            Self::BindRefused => "bind_refused",
            Self::AccountUnknown => "account_unknown",
            Self::AccountInactive => "account_inactive",
            Self::NumberNotAssigned { .. } => "number_not_assigned",
            Self::NumberCannotText { .. } => "number_cannot_text",
            Self::TooManyCalls => "too_many_calls",
            Self::ProviderFault => "provider_fault",
            Self::Unreadable => "unreadable",
        }
    }
}

impl From<CheckError> for VerifyError {
    fn from(error: CheckError) -> Self {
        Self {
            step: error.step,
            detail: error.detail,
        }
    }
}

impl CheckError {
    fn new(step: VerifyStep, problem: CheckProblem, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            step,
            problem,
            detail,
        }
    }

    fn unreadable(detail: impl Into<String>) -> Self {
        Self::new(VerifyStep::Account, CheckProblem::Unreadable, detail)
    }

    fn not_assigned(number: &PhoneNumber, detail: impl Into<String>) -> Self {
        let number = number.clone();
        let problem = CheckProblem::NumberNotAssigned { number };
        Self::new(VerifyStep::Number, problem, detail)
    }

    fn cannot_text(number: &PhoneNumber, detail: impl Into<String>) -> Self {
        let number = number.clone();
        let problem = CheckProblem::NumberCannotText { number };
        Self::new(VerifyStep::Number, problem, detail)
    }

    /// What an answer other than success says about the account, when the provider's words are `detail`.
    fn of_status(status: u16, detail: String) -> Self {
        let (step, problem) = match status {
            401 | 403 => (VerifyStep::SignIn, CheckProblem::CredentialsRefused),
            404 => (VerifyStep::Account, CheckProblem::AccountUnknown),
            429 => (VerifyStep::Account, CheckProblem::TooManyCalls),
            500..=599 => (VerifyStep::Connection, CheckProblem::ProviderFault),
            _ => (VerifyStep::Account, CheckProblem::Unreadable),
        };
        Self::new(step, problem, detail)
    }
}

impl From<VerifyError> for CheckError {
    /// An error of reaching somebody.
    fn from(error: VerifyError) -> Self {
        let problem = match error.step {
            VerifyStep::Name => CheckProblem::HostUnknown,
            VerifyStep::Tls => CheckProblem::TlsFailed,
            VerifyStep::Connection
            | VerifyStep::Greeting
            | VerifyStep::Folder
            | VerifyStep::Sender
            | VerifyStep::SignIn
            | VerifyStep::Account
            | VerifyStep::Number => CheckProblem::Unreachable,
        };
        Self::new(error.step, problem, error.detail)
    }
}

impl TrunkChecker {
    /// `tls` is what connections outside of HTTP trust: [`http::tls`].
    #[must_use]
    pub fn new(client: reqwest::Client, tls: ClientConfig, urls: TrunkUrls) -> Self {
        Self {
            client,
            tls: Arc::new(tls),
            urls,
            step_timeout: STEP_TIMEOUT,
        }
    }

    /// How long each step of SMPP and of a bare connection may take.
    #[must_use]
    pub const fn with_step_timeout(mut self, limit: Duration) -> Self {
        self.step_timeout = limit;
        self
    }

    /// Checks a trunk, and that it has the numbers.
    ///
    /// # Errors
    /// The step that failed, and why.
    pub async fn check(
        &self,
        trunk: &TrunkProvider,
        numbers: &[PhoneNumber],
    ) -> Result<Checked, CheckError> {
        match trunk {
            TrunkProvider::Twilio(twilio) => twilio::check(self, twilio, numbers).await,
            TrunkProvider::Telnyx(telnyx) => telnyx::check(self, telnyx, numbers).await,
            TrunkProvider::Bandwidth(bandwidth) => bandwidth::check(self, bandwidth, numbers).await,
            TrunkProvider::Vi(vi) => vi::check(self, vi, numbers).await,
            // No public document describes this provider's interface.
            TrunkProvider::OzSms(_) => self.check_ozsms().await,
            TrunkProvider::Smpp(smpp) => smpp::check(self, smpp).await,
            TrunkProvider::Http(http) => http_trunk::check(self, &http.url).await,
        }
    }

    async fn check_ozsms(&self) -> Result<Checked, CheckError> {
        match &self.urls.ozsms {
            Some(url) => http_trunk::check(self, url).await,
            None => Ok(Checked::NotWithoutSending),
        }
    }

    /// One call to a company; an answer of whatever status.
    async fn ask(&self, request: RequestBuilder) -> Result<Answer, CheckError> {
        Ok(exchange(request).await?)
    }
}

/// The configured address of a company.
fn base(text: &str) -> Result<Url, CheckError> {
    http::base_url(text).map_err(|error| {
        CheckError::new(
            VerifyStep::Name,
            CheckProblem::BadAddress,
            error.to_string(),
        )
    })
}

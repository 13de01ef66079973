//! What a refusal means: the provider's answer in, what the outbox does about it out; pure.
//!
//! What must stay true: an answer that names an error was not accepted, so it is never ambiguous. An answer that names
//! none, from a server that broke on the way, may have been accepted.
//!
//! Sources: developers.facebook.com, WhatsApp error codes; docs.360dialog.com, error messages.

use std::time::Duration;

use serde::Deserialize;

use ecluse_engine::message::ProviderError;
use ecluse_engine::provider::{RetryScope, Sending};

/// An HTTP answer other than success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// The HTTP status, 300 to 599.
    pub status: u16,
    /// The header `Retry-After`, when it gave seconds.
    pub retry_after: Option<Duration>,
    pub body: &'a [u8],
}

/// What to do about a refusal. A retry names the first wait.
#[must_use]
pub fn classify(refusal: Refusal<'_>) -> Sending {
    let body: Body = serde_json::from_slice(refusal.body).unwrap_or_default();
    let (verdict, error) = match (&body.error, &body.meta) {
        (Some(graph), _) => (
            graph_verdict(graph, refusal.status),
            graph.to_error(refusal.status),
        ),
        (None, Some(proxy)) => (
            proxy.verdict(refusal.status),
            proxy.to_error(refusal.status),
        ),
        (None, None) => (bare_verdict(refusal.status), bare_error(refusal.status)),
    };
    let wait = |after: Duration| refusal.retry_after.map_or(after, |asked| asked.max(after));
    match verdict {
        Verdict::Halt => Sending::Halted(error),
        Verdict::Reject => Sending::Rejected(error),
        Verdict::Doubt => Sending::Ambiguous(error),
        Verdict::Retry(scope, first) => Sending::Retry {
            after: wait(first),
            error,
            scope,
        },
    }
}

/// Whether what a status said of one message says that the channel cannot send until a person acts. An error without a
/// code has 0 here, and says nothing.
#[must_use]
pub fn is_channels_fault(error: &ProviderError) -> bool {
    let reported = GraphError {
        code: Some(error.code),
        message: Some(error.title.clone()),
        ..GraphError::default()
    };
    error.code != 0 && graph_verdict(&reported, 400) == Verdict::Halt
}

/// Whether an error says that nobody can be reached at the number: it is not on WhatsApp, its app is too old, or its owner
/// has not accepted the terms (developers.facebook.com, error 131026).
#[must_use]
pub fn is_unreachable(error: &ProviderError) -> bool {
    error.code == 131_026
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// With the first wait; the outbox waits longer each time.
    Retry(RetryScope, Duration),
    Reject,
    Halt,
    Doubt,
}

/// One message met a fault of the provider's.
const FAULT: Duration = Duration::from_secs(1);
/// The number sends too fast.
const THROUGHPUT: Duration = Duration::from_secs(1);
/// The app or the account calls too often, counted by the hour.
const CALL_RATE: Duration = Duration::from_secs(30);
/// One recipient got too much.
const PAIR: Duration = Duration::from_secs(1);
/// A number that changes its throughput is back within a minute.
const MAINTENANCE: Duration = Duration::from_secs(60);

/// Meta's codes. Which of them a channel that only answers customers can meet is not ours to assume.
fn graph_verdict(error: &GraphError, status: u16) -> Verdict {
    use RetryScope::{Channel, Message, Recipient};
    match error.code {
        // Signing in, permissions, and a number or an account that Meta closed, locked or did not register.
        Some(0 | 3 | 10 | 33 | 190 | 200..=299 | 368) => Verdict::Halt,
        Some(130497 | 131005 | 131031 | 131042 | 131045 | 133000..=133016) => Verdict::Halt,
        // Too many earlier messages were reported as spam: sending on makes it worse.
        Some(131048) => Verdict::Halt,
        Some(100) if error.concerns_the_connection() => Verdict::Halt,
        Some(4 | 80007) => Verdict::Retry(Channel, CALL_RATE),
        Some(130429) => Verdict::Retry(Channel, THROUGHPUT),
        Some(131056) => Verdict::Retry(Recipient, PAIR),
        Some(131057) => Verdict::Retry(Channel, MAINTENANCE),
        Some(1 | 2 | 131000 | 131016 | 135000) => Verdict::Retry(Message, FAULT),
        Some(100 | 130472 | 131008 | 131009 | 131021 | 131026 | 131047 | 131049..=131053) => {
            Verdict::Reject
        }
        Some(132000..=132069) => Verdict::Reject,
        Some(_) | None => unlisted_verdict(error.is_transient, status),
    }
}

fn unlisted_verdict(is_transient: bool, status: u16) -> Verdict {
    match status {
        401 | 403 => Verdict::Halt,
        429 => Verdict::Retry(RetryScope::Channel, THROUGHPUT),
        500..=599 => Verdict::Retry(RetryScope::Message, FAULT),
        _ if is_transient => Verdict::Retry(RetryScope::Message, FAULT),
        _ => Verdict::Reject,
    }
}

/// An answer without any error object: from something between us and the provider, or a server that broke.
fn bare_verdict(status: u16) -> Verdict {
    match status {
        // Redirects are not followed: the configured address is wrong.
        300..=399 | 401 | 403 | 404 | 405 => Verdict::Halt,
        408 => Verdict::Doubt,
        429 => Verdict::Retry(RetryScope::Channel, THROUGHPUT),
        503 => Verdict::Retry(RetryScope::Channel, FAULT),
        500..=599 => Verdict::Doubt,
        _ => Verdict::Reject,
    }
}

fn bare_error(status: u16) -> ProviderError {
    ProviderError {
        code: i64::from(status),
        title: format!("HTTP status {status}"),
        detail: None,
    }
}

#[derive(Default, Deserialize)]
struct Body {
    error: Option<GraphError>,
    meta: Option<ProxyError>,
}

/// Meta's error object, which 360dialog passes on.
#[derive(Default, Deserialize)]
struct GraphError {
    code: Option<i64>,
    error_subcode: Option<i64>,
    #[serde(default)]
    is_transient: bool,
    message: Option<String>,
    error_user_msg: Option<String>,
    error_data: Option<ErrorData>,
}

#[derive(Deserialize)]
struct ErrorData {
    details: Option<String>,
}

impl GraphError {
    /// Whether code 100, usually a bad parameter, is about the number or the app rather than the message: the number
    /// does not exist for this token (subcode 33), or the proof of the app's secret is wrong.
    fn concerns_the_connection(&self) -> bool {
        self.error_subcode == Some(33)
            || self
                .message
                .as_ref()
                .is_some_and(|text| text.contains("appsecret_proof"))
    }

    fn to_error(&self, status: u16) -> ProviderError {
        let details = self
            .error_data
            .as_ref()
            .and_then(|data| data.details.as_ref());
        let title = self.message.clone();
        ProviderError {
            code: self.code.unwrap_or_else(|| i64::from(status)),
            title: title.unwrap_or_else(|| bare_error(status).title),
            detail: details.or(self.error_user_msg.as_ref()).cloned(),
        }
    }
}

/// 360dialog's own error object, for what its proxy refuses; it is written in two ways.
#[derive(Deserialize)]
struct ProxyError {
    #[serde(alias = "developerMessage")]
    developer_message: Option<String>,
}

impl ProxyError {
    fn verdict(&self, status: u16) -> Verdict {
        let message = self
            .developer_message
            .as_deref()
            .unwrap_or("")
            .to_ascii_lowercase();
        match status {
            400 if message.contains("exceeded") => Verdict::Retry(RetryScope::Channel, CALL_RATE),
            400 if message.contains("disabled") || message.contains("payment") => Verdict::Halt,
            401..=403 => Verdict::Halt,
            429 => Verdict::Retry(RetryScope::Channel, CALL_RATE),
            // The number's own stack is not running, so nothing was handed on.
            502 | 503 => Verdict::Retry(RetryScope::Channel, FAULT),
            // Among them 555, a restart in the middle of a call.
            500..=599 => Verdict::Doubt,
            _ => Verdict::Reject,
        }
    }

    fn to_error(&self, status: u16) -> ProviderError {
        ProviderError {
            detail: self.developer_message.clone(),
            ..bare_error(status)
        }
    }
}

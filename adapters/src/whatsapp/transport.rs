//! One call to the provider, whichever of the two it is, and what is known after it.
//!
//! What must stay true: only an answer, or the certainty that nothing left, is reported as more than doubt. Neither the
//! credentials nor the customer's words reach a log from here.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response};
use serde::Deserialize;

use ecluse_engine::ids::Address;
use ecluse_engine::message::{Outbound, ProviderError};
use ecluse_engine::provider::{NotAllowed, RetryScope, Sending, VerifyError, VerifyStep};

use super::errors::{self, Refusal};
use super::render::render;
use crate::http::exchange::{causes, read_body, unreached};

/// How much of an answer is read: many times what an error or an id takes.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long the channel rests when nobody could be reached.
const UNREACHED_RETRY: Duration = Duration::from_secs(5);

/// Sends one message with a request that has its address and credentials.
pub(super) async fn send(request: RequestBuilder, to: &Address, message: &Outbound) -> Sending {
    let body = match render(to, message) {
        Ok(body) => body,
        Err(why) => return Sending::Rejected(not_allowed(&why)),
    };
    match request
        .header(CONTENT_TYPE, "application/json")
        .body(body)
        .send()
        .await
    {
        Ok(response) => read_sending(response).await,
        Err(error) if error.is_connect() || error.is_builder() => not_sent(&error),
        Err(error) => Sending::Ambiguous(local_error("no answer came", &error)),
    }
}

fn not_sent(error: &reqwest::Error) -> Sending {
    Sending::Retry {
        after: UNREACHED_RETRY,
        error: local_error("the provider cannot be reached", error),
        scope: RetryScope::Channel,
    }
}

async fn read_sending(mut response: Response) -> Sending {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let body = read_body(&mut response, ANSWER_BYTES_MAX).await;
    if !status.is_success() {
        // A refusal is one even when its body is lost.
        let body = body.unwrap_or_default();
        let refusal = Refusal {
            status: status.as_u16(),
            retry_after,
            body: &body,
        };
        return errors::classify(refusal);
    }
    match body {
        Ok(body) => accepted(&body),
        Err(error) => Sending::Ambiguous(local_error("the answer broke off", &error)),
    }
}

fn accepted(body: &[u8]) -> Sending {
    let id = serde_json::from_slice::<Accepted>(body)
        .ok()
        .and_then(|answer| answer.messages.into_iter().next());
    match id {
        Some(message) if !message.id.is_empty() => Sending::Sent(message.id.into()),
        Some(_) | None => Sending::Ambiguous(ProviderError {
            code: 0,
            title: "the answer names no message".to_owned(),
            detail: None,
        }),
    }
}

#[derive(Deserialize)]
struct Accepted {
    messages: Vec<AcceptedMessage>,
}

#[derive(Deserialize)]
struct AcceptedMessage {
    id: String,
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let secs = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(secs))
}

fn not_allowed(why: &NotAllowed) -> ProviderError {
    ProviderError {
        code: 0,
        title: why.to_string(),
        detail: None,
    }
}

/// An error that no provider reported: code 0 and our words. The URL is left out, because it may hold a proof.
fn local_error(title: &str, error: &reqwest::Error) -> ProviderError {
    let detail = causes(error).last().map(ToString::to_string);
    ProviderError {
        code: 0,
        title: title.to_owned(),
        detail,
    }
}

/// Makes a call that changes nothing, and returns the answer's body.
pub(super) async fn verify(request: RequestBuilder) -> Result<Vec<u8>, VerifyError> {
    let mut response = request.send().await.map_err(|error| unreached(&error))?;
    let status = response.status();
    let body = read_body(&mut response, ANSWER_BYTES_MAX)
        .await
        .map_err(|error| unreached(&error))?;
    if status.is_success() {
        return Ok(body);
    }
    let refusal = Refusal {
        status: status.as_u16(),
        retry_after: None,
        body: &body,
    };
    Err(refused(status.as_u16(), errors::classify(refusal)))
}

fn refused(status: u16, outcome: Sending) -> VerifyError {
    let (step, error) = match outcome {
        Sending::Halted(error) if is_sign_in(status, error.code) => (VerifyStep::SignIn, error),
        Sending::Halted(error) | Sending::Rejected(error) => (VerifyStep::Account, error),
        Sending::Retry { error, .. } | Sending::Ambiguous(error) => (VerifyStep::Connection, error),
        Sending::Sent(_) => unreachable!("a refusal is never classified as sent"),
    };
    let detail = error
        .detail
        .map_or(String::new(), |detail| format!(": {detail}"));
    VerifyError {
        step,
        detail: format!("{} ({}){detail}", error.title, error.code),
    }
}

/// Tokens that are missing, wrong or too weak, in Meta's numbers or in HTTP's.
fn is_sign_in(status: u16, code: i64) -> bool {
    status == 401 || matches!(code, 0 | 3 | 10 | 190 | 200..=299)
}

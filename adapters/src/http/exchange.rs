//! One call that asks and does not send anything to a customer: the request out, the whole answer in.
//!
//! What must stay true: an error names the step that failed and never the URL, which may hold a secret. An answer that is
//! longer than anything we ask for is cut, and then cannot be read as JSON.

use std::error::Error as StdError;

use reqwest::{RequestBuilder, Response};

use ecluse_engine::provider::{VerifyError, VerifyStep};

/// How much of an answer is read: a page of a long list takes less than half of it.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// An answer of whatever status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
}

/// Makes the call and reads the answer.
///
/// # Errors
/// No answer came; the step is `Name`, `Connection` or `Tls`.
pub(crate) async fn exchange(request: RequestBuilder) -> Result<Answer, VerifyError> {
    let mut response = request.send().await.map_err(|error| unreached(&error))?;
    let status = response.status().as_u16();
    let body = read_body(&mut response, ANSWER_BYTES_MAX)
        .await
        .map_err(|error| unreached(&error))?;
    Ok(Answer { status, body })
}

/// Reads at most `bytes_max` of the body.
pub(crate) async fn read_body(
    response: &mut Response,
    bytes_max: usize,
) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = bytes_max - body.len();
        body.extend(chunk.iter().take(room));
        if body.len() == bytes_max {
            break;
        }
    }
    Ok(body)
}

/// Which step of reaching the provider failed.
pub(crate) fn unreached(error: &reqwest::Error) -> VerifyError {
    let step = if error.is_dns() {
        VerifyStep::Name
    } else if causes(error).any(|cause| cause.is::<rustls::Error>()) {
        VerifyStep::Tls
    } else {
        VerifyStep::Connection
    };
    let detail = causes(error).last().map_or_else(
        || "the provider cannot be reached".to_owned(),
        ToString::to_string,
    );
    VerifyError { step, detail }
}

/// What caused an error, down to the first cause. An `io::Error` hides the error within it from `source`.
pub(crate) fn causes<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| next_cause(*cause))
}

fn next_cause<'e>(cause: &'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
    match cause
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
    {
        Some(inner) => Some(inner),
        None => cause.source(),
    }
}

//! A request's whole body: of a bounded size, and within a time, or a few slow senders hold connections and memory for as
//! long as they like.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use futures_util::{Stream, StreamExt as _};

use super::ApiError;

/// How long a body may take from its first byte to its last.
pub const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// The longest body that a scope takes, in bytes. Part of its application data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit(pub usize);

/// The raw bytes of a request, within the [`BodyLimit`] of its scope.
#[derive(Debug)]
pub struct WholeBody(pub Bytes);

impl FromRequest for WholeBody {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = request.app_data::<BodyLimit>().copied();
        let payload = payload.take();
        Box::pin(async move {
            whole(payload, limit.unwrap_or(BodyLimit(0)).0)
                .await
                .map(Self)
        })
    }
}

/// The raw bytes of a caller who passed the guard `G`, at most as many as a file that somebody imports has.
#[derive(Debug)]
pub struct AskedFile<G>(pub G, pub Bytes);

/// The longest file, in bytes: ten thousand people with room to spare.
const FILE_BYTES_MAX: usize = 8 << 20;

impl<G: FromRequest<Error = ApiError> + 'static> FromRequest for AskedFile<G> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let guard = G::from_request(&request, &mut Payload::None).await?;
            let file = whole(payload, FILE_BYTES_MAX).await?;
            Ok(Self(guard, file))
        })
    }
}

/// Reads a body to its end. What has arrived with its head costs no timer and no copy.
///
/// # Errors
/// It is longer than `bytes_max`, broke off, or took too long.
pub(super) async fn whole(
    payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    bytes_max: usize,
) -> Result<Bytes, ApiError> {
    let mut reading = pin!(collect(payload, bytes_max));
    match futures_util::poll!(reading.as_mut()) {
        Poll::Ready(read) => read,
        Poll::Pending => tokio::time::timeout(BODY_PATIENCE, reading)
            .await
            .map_err(|_elapsed| ApiError::BodyTimeout)?,
    }
}

async fn collect(
    mut payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    bytes_max: usize,
) -> Result<Bytes, ApiError> {
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| ApiError::Malformed {
            detail: format!("the body broke off: {error}"),
        })?;
        if first.len() + joined.len() + chunk.len() > bytes_max {
            return Err(ApiError::PayloadTooLarge { limit: bytes_max });
        }
        if first.is_empty() && joined.is_empty() {
            first = chunk;
            continue;
        }
        joined.extend_from_slice(&std::mem::take(&mut first));
        joined.extend_from_slice(&chunk);
    }
    Ok(if joined.is_empty() {
        first
    } else {
        joined.freeze()
    })
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;
    use futures_util::stream;

    use super::*;

    async fn read(chunks: &[&'static str], bytes_max: usize) -> Result<Bytes, u16> {
        let chunks = chunks
            .iter()
            .map(|chunk| Ok(Bytes::from_static(chunk.as_bytes())));
        let read = whole(stream::iter(chunks), bytes_max).await;
        read.map_err(|error| error.status_code().as_u16())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_whole_or_refused() {
        for chunks in [&[][..], &["one"], &["one", "two"], &["", "one", "", "two"]] {
            let expected = chunks.concat();
            let length = expected.len();
            assert_eq!(read(chunks, length).await, Ok(Bytes::from(expected)));
            if length > 0 {
                assert_eq!(read(chunks, length - 1).await, Err(413));
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_half_way_is_not_waited_for() {
        let half = stream::iter([Ok::<_, PayloadError>(Bytes::from_static(b"{"))]);
        let refused = whole(half.chain(stream::pending()), 9).await.unwrap_err();
        assert_eq!(refused.status_code(), 408);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_breaks_off_is_malformed() {
        let broken = stream::iter([
            Ok(Bytes::from_static(b"{")),
            Err(PayloadError::Incomplete(None)),
        ]);
        assert_eq!(whole(broken, 9).await.unwrap_err().status_code(), 400);
    }
}

//! A request's body must arrive within a time, or a few slow senders hold connections and memory for as long as they like.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

use super::ApiError;

/// How long a body may take from its first byte to its last.
pub const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// Something read from a body that arrived in time.
#[derive(Debug)]
pub struct InTime<T>(pub T);

impl<T: FromRequest + 'static> FromRequest for InTime<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let reading = T::from_request(request, payload);
        Box::pin(async move {
            match tokio::time::timeout(BODY_PATIENCE, reading).await {
                Ok(read) => read.map(Self).map_err(Into::into),
                Err(_elapsed) => Err(ApiError::BodyTimeout.into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use actix_web::ResponseError as _;
    use actix_web::error::PayloadError;
    use actix_web::test::TestRequest;
    use actix_web::web::Bytes;
    use futures_util::{Stream, StreamExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_half_way_is_not_waited_for() {
        let request = TestRequest::default().to_http_request();
        let half = futures_util::stream::iter([Ok::<_, PayloadError>(Bytes::from_static(b"{"))]);
        let stream: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
            Box::pin(half.chain(futures_util::stream::pending()));
        let mut payload = Payload::Stream { payload: stream };
        let refused = InTime::<Bytes>::from_request(&request, &mut payload)
            .await
            .unwrap_err();
        assert_eq!(refused.as_response_error().status_code(), 408);
        assert_eq!(ApiError::BodyTimeout.status_code(), 408);
    }
}

//! The way to a page and from it, frame by frame, and how it ends.
//!
//! What must stay true: a page that takes nothing for too long is let go, and comes back.

use std::time::Duration;

use actix_ws::{AggregatedMessage, CloseCode, CloseReason, ProtocolError};
use tokio::time::timeout;

use crate::chat::frames::{FromVisitor, RefusalCode, ToVisitor};
use crate::chat::session::{RECONNECT, REFUSED};

/// How long a closing socket waits for its page to take the reason.
const GOODBYE: Duration = Duration::from_secs(10);

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The page is gone.
    Gone,
    /// We hang up.
    Close(CloseCode),
}

pub(super) const COME_BACK: End = End::Close(CloseCode::Other(RECONNECT));
pub(super) const GO_AWAY: End = End::Close(CloseCode::Other(REFUSED));

/// The way to the page.
pub(super) struct Line {
    pub(super) socket: actix_ws::Session,
    pub(super) slow_after: Duration,
}

impl Line {
    pub(super) async fn tell(&mut self, frame: &ToVisitor) -> Result<(), End> {
        let text = serde_json::to_string(frame).expect("frames hold only maps with string keys");
        match timeout(self.slow_after, self.socket.text(text)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(actix_ws::Closed)) => Err(End::Gone),
            Err(_elapsed) => Err(COME_BACK),
        }
    }

    /// Tells the page that its visitor may not write: how it ends.
    pub(super) async fn banish(&mut self) -> End {
        let refused = ToVisitor::Refused {
            client_id: None,
            code: RefusalCode::Banned,
        };
        self.tell(&refused).await.err().unwrap_or(GO_AWAY)
    }

    pub(super) async fn close(self, end: End) {
        if let End::Close(code) = end {
            let reason = CloseReason {
                code,
                description: None,
            };
            let _ = timeout(GOODBYE, self.socket.close(Some(reason))).await;
        }
    }
}

/// What came in.
pub(super) enum Read {
    Frame(FromVisitor),
    Ping(actix_web::web::Bytes),
    Pong,
}

pub(super) fn read(message: Option<Result<AggregatedMessage, ProtocolError>>) -> Result<Read, End> {
    match message {
        Some(Ok(AggregatedMessage::Text(text))) => serde_json::from_str(&text)
            .map(Read::Frame)
            .map_err(|_| GO_AWAY),
        Some(Ok(AggregatedMessage::Ping(bytes))) => Ok(Read::Ping(bytes)),
        Some(Ok(AggregatedMessage::Pong(_))) => Ok(Read::Pong),
        Some(Ok(AggregatedMessage::Binary(_))) => Err(GO_AWAY),
        Some(Err(ProtocolError::Overflow)) => Err(End::Close(CloseCode::Size)),
        Some(Ok(AggregatedMessage::Close(_))) => Err(End::Close(CloseCode::Normal)),
        Some(Err(_)) | None => Err(End::Gone),
    }
}

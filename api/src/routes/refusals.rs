//! A conversation's refusals, as problems that the caller can act on.

use ecluse_adapters::storage::read_model::conversations::{ConversationRow, TimelineRange};
use ecluse_engine::conversation::Refusal;
use ecluse_engine::provider::NotAllowed;
use serde_json::Value;

use crate::access::lens;
use crate::app::App;
use crate::auth::Principal;
use crate::error::{ApiError, Conflict};

/// How many of the missed messages are told with a refusal.
const MISSED_MAX: u32 = 100;

/// The problem of a refusal.
pub(crate) fn problem(refusal: Refusal) -> ApiError {
    match refusal {
        Refusal::Closed | Refusal::OtherEpisode { .. } => ApiError::Closed,
        Refusal::ChannelDeleted => ApiError::Conflict(Conflict::ChannelDeleted),
        Refusal::Banned => ApiError::Conflict(Conflict::Banned),
        Refusal::Open { conversation } => {
            ApiError::Conflict(Conflict::ConversationsOpen(vec![conversation.0]))
        }
        Refusal::NotDue => ApiError::NotFound,
        Refusal::NotAllowed(NotAllowed::WindowClosed { allowed, .. }) => {
            ApiError::WindowClosed { allowed }
        }
        Refusal::NotAllowed(rule @ NotAllowed::TooLong { .. }) => {
            ApiError::field("content.body", "too_long", &rule.to_string())
        }
        Refusal::NotAllowed(rule @ NotAllowed::Unsupported { .. }) => {
            ApiError::field("content.type", "unsupported", &rule.to_string())
        }
        Refusal::Stale { newest } => ApiError::Stale {
            last_seq: newest,
            missed: Vec::new(),
        },
    }
}

/// The problem of a refusal, with what the caller had not seen.
pub(crate) async fn refused(
    app: &App,
    caller: &Principal,
    row: &ConversationRow,
    refusal: Refusal,
    based_on: Option<u64>,
) -> ApiError {
    match problem(refusal) {
        ApiError::Stale { last_seq, .. } => ApiError::Stale {
            last_seq,
            missed: missed(app, caller, row, based_on).await,
        },
        other => other,
    }
}

async fn missed(
    app: &App,
    caller: &Principal,
    row: &ConversationRow,
    based_on: Option<u64>,
) -> Vec<Value> {
    app.engine.read_your_writes().await;
    let range = TimelineRange {
        after: based_on,
        limit: MISSED_MAX,
        ..TimelineRange::default()
    };
    let read = (
        app.reads.timeline(row.id, range).await,
        lens(app, caller).await,
    );
    let (Ok(rows), Ok(lens)) = read else {
        return Vec::new();
    };
    rows.iter()
        .filter_map(|message| serde_json::to_value(lens.message(row, message)).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use ecluse_engine::ids::ConversationId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_refusal_is_a_problem_of_its_own() {
        let window = NotAllowed::WindowClosed {
            closed_at: None,
            allowed: vec!["template"],
        };
        let long = NotAllowed::TooLong {
            length: 2,
            limit: 1,
        };
        let kind = NotAllowed::Unsupported { kind: "media" };
        let table = [
            (Refusal::Closed, (409, "closed")),
            (Refusal::OtherEpisode { current: None }, (409, "closed")),
            (Refusal::ChannelDeleted, (409, "channel_deleted")),
            (Refusal::Banned, (409, "banned")),
            (
                Refusal::Open {
                    conversation: ConversationId(Uuid::nil()),
                },
                (409, "conversation_open"),
            ),
            (Refusal::Stale { newest: 3 }, (409, "stale")),
            (Refusal::NotDue, (404, "not_found")),
            (Refusal::NotAllowed(window), (422, "window_closed")),
            (Refusal::NotAllowed(long), (422, "validation")),
            (Refusal::NotAllowed(kind), (422, "validation")),
        ];
        for (refusal, expected) in table {
            let told = problem(refusal.clone()).problem();
            assert_eq!((told.status, told.code.as_str()), expected, "{refusal:?}");
            assert!(!told.remedy.is_empty(), "{refusal:?}");
        }
    }
}

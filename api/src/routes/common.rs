//! What every resource of the API shares: pages, entity tags, times, and the words of the engine in the API document.

use std::borrow::Cow;

use actix_web::http::header::{ETAG, IF_MATCH};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ecluse_adapters::storage::config_db::Page;
use ecluse_engine::message::Timestamp;
use futures_util::future::{Ready, ready};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::{ApiError, FieldError};

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;
/// How often a patch without a revision is begun anew when somebody else is quicker.
pub const PATCH_TRIES: u32 = 5;

/// What a cursor looks like: sixteen bytes in the alphabet of RFC 4648, section 5, without padding.
pub const CURSOR_PATTERN: &str = "^([A-Za-z0-9_-]{21}[AQgw])?$";

/// Which part of a list is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before; empty is the first page.
    #[param(pattern = "^([A-Za-z0-9_-]{21}[AQgw])?$")]
    cursor: Option<String>,
}

impl PageQuery {
    /// The page that other parameters were read beside.
    #[must_use]
    pub const fn new(limit: Option<u32>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// The rows to read: one more than asked for, which tells whether there is a next page.
    ///
    /// # Errors
    /// A limit out of range, or a cursor that is not ours.
    pub fn page(&self) -> Result<Page, ApiError> {
        let limit = limit(self.limit)?;
        let cursor = self.cursor.as_deref().filter(|cursor| !cursor.is_empty());
        let after = cursor.map(parse_cursor).transpose()?;
        Ok(Page {
            after,
            limit: limit + 1,
        })
    }
}

/// How many items of a list are asked for.
///
/// # Errors
/// The limit is out of range.
pub fn limit(asked: Option<u32>) -> Result<u32, ApiError> {
    let limit = asked.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        Ok(limit)
    } else {
        Err(ApiError::field("limit", "out_of_range", "from 1 to 200"))
    }
}

/// The cursor of a list of records: the number of the last one of the page before.
///
/// # Errors
/// No number that a record can have.
pub fn position(cursor: Option<u64>) -> Result<Option<u64>, ApiError> {
    match cursor {
        Some(number) if i64::try_from(number).is_err() => Err(not_a_cursor()),
        cursor => Ok(cursor),
    }
}

fn not_a_cursor() -> ApiError {
    ApiError::field("cursor", "invalid", "is not a cursor of ours")
}

fn parse_cursor(text: &str) -> Result<Uuid, ApiError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    Uuid::from_slice(&bytes).map_err(|_| not_a_cursor())
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    pub items: Vec<T>,
    /// Send it as `cursor` for the next page; `null` at the end.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// The list of what [`PageQuery::page`] read.
    pub fn of<R>(
        page: Page,
        mut rows: Vec<R>,
        id: impl Fn(&R) -> Uuid,
        view: impl FnMut(R) -> T,
    ) -> Self {
        let asked = page.limit.saturating_sub(1) as usize;
        let has_more = rows.len() > asked;
        rows.truncate(asked);
        let last = rows.last().filter(|_| has_more);
        let next_cursor = last.map(|row| URL_SAFE_NO_PAD.encode(id(row).as_bytes()));
        Self {
            items: rows.into_iter().map(view).collect(),
            next_cursor,
        }
    }
}

/// The header `If-Match`. It is judged by the handler, after the guards.
#[derive(Clone, Debug)]
pub struct IfMatch(Option<String>);

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        let value = request.headers().get(IF_MATCH);
        ready(Ok(Self(value.map(|value| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        }))))
    }
}

impl IfMatch {
    /// The revision that the caller saw; `None` is whatever there is. A weak or foreign tag can match nothing of ours
    /// (RFC 9110, 13.1.1).
    ///
    /// # Errors
    /// The header is missing, or no tag of ours.
    pub fn revision(&self) -> Result<Option<u64>, ApiError> {
        let value = self
            .0
            .as_deref()
            .ok_or(ApiError::PreconditionRequired)?
            .trim();
        if value == "*" {
            return Ok(None);
        }
        let tag = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        tag.and_then(|tag| tag.parse().ok())
            .map(Some)
            .ok_or(ApiError::PreconditionFailed)
    }
}

/// 200 with the resource and its tag.
pub fn shown(body: &impl Serialize, revision: u64) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, etag(revision)))
        .json(body)
}

/// The tag of a revision.
pub fn etag(revision: u64) -> String {
    format!("\"{revision}\"")
}

/// RFC 3339 in UTC with microseconds.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// A problem with one field of several.
pub fn refused(
    field: &'static str,
    code: &'static str,
    message: impl Into<Cow<'static, str>>,
) -> FieldError {
    FieldError::new(field, code, message.into())
}

fn words(words: &[&str]) -> Schema {
    let string = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    string
        .enum_values(Some(words.iter().copied()))
        .build()
        .into()
}

/// The words of [`ecluse_engine::configuration::Role`].
pub fn role_schema() -> Schema {
    words(&["agent", "supervisor", "administrator"])
}

/// The words of [`ecluse_engine::configuration::Strategy`].
pub fn strategy_schema() -> Schema {
    words(&["manual", "auto"])
}

/// The words of [`ecluse_engine::configuration::AgentOrder`].
pub fn order_schema() -> Schema {
    words(&["longest_idle", "round_robin", "fewest_open", "most_spare"])
}

/// The words of [`ecluse_engine::configuration::OnAgentLost`].
pub fn on_agent_lost_schema() -> Schema {
    words(&["keep", "requeue"])
}

/// The languages of the pages, or none.
pub fn language_schema() -> Schema {
    let string_or_null = SchemaType::from_iter([Type::String, Type::Null]);
    let values = [Value::from("fr"), Value::from("en"), Value::Null];
    ObjectBuilder::new()
        .schema_type(string_or_null)
        .enum_values(Some(values))
        .build()
        .into()
}

/// The words of [`ecluse_engine::message::ChannelKind`].
pub fn kind_schema() -> Schema {
    words(&["live_chat", "sms", "email", "facebook", "whatsapp"])
}

#[cfg(test)]
mod tests {
    use ecluse_engine::configuration::{AgentOrder, OnAgentLost, Role, Strategy};
    use ecluse_engine::message::ChannelKind;
    use serde::de::DeserializeOwned;

    use super::*;

    #[test]
    fn times_have_microseconds_and_are_utc() {
        assert_eq!(
            rfc3339(Timestamp(1_700_000_000_000_001)),
            "2023-11-14T22:13:20.000001Z"
        );
        assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T00:00:00.000000Z");
    }

    #[test]
    fn if_match_is_needed_and_exact() {
        let rows = [
            (None, "precondition_required"),
            (Some("\"7\""), "7"),
            (Some("*"), "any"),
            (Some("7"), "precondition_failed"),
            (Some("W/\"7\""), "precondition_failed"),
            (Some("\"x\""), "precondition_failed"),
        ];
        for (header, expected) in rows {
            let found = match IfMatch(header.map(str::to_owned)).revision() {
                Ok(Some(revision)) => revision.to_string(),
                Ok(None) => "any".to_owned(),
                Err(error) => error.code().to_owned(),
            };
            assert_eq!(found, expected, "{header:?}");
        }
    }

    /// Every word of the document is one of the type's, and there are as many.
    fn check_words<T: DeserializeOwned>(schema: &Schema, count: usize) {
        let json = serde_json::to_value(schema).unwrap();
        let words = json["enum"].as_array().unwrap();
        assert_eq!(words.len(), count);
        for word in words {
            serde_json::from_value::<T>(word.clone()).unwrap();
        }
    }

    #[test]
    fn the_document_has_the_words_of_the_engine() {
        check_words::<Role>(&role_schema(), 3);
        check_words::<Strategy>(&strategy_schema(), 2);
        check_words::<AgentOrder>(&order_schema(), 4);
        check_words::<OnAgentLost>(&on_agent_lost_schema(), 2);
        check_words::<ChannelKind>(&kind_schema(), 5);
    }
}

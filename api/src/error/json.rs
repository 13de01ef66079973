//! JSON bodies: read after the caller is known, and refused with the field's path.

use actix_web::dev::Payload;
use actix_web::error::JsonPayloadError;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::fault::Fault;
use super::whole_body::whole;
use super::{ApiError, faults, objects};

/// The longest JSON body, and the longest form. A queue with ten thousand members fits, and a chatbot of as many options.
pub const BODY_BYTES_MAX: usize = 4 << 20;

/// A JSON body of a request that anybody may make.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A JSON body of a caller who passed the guard `G`: the guard is asked first, so that a stranger learns nothing
/// about what a good body is.
#[derive(Debug)]
pub struct Asked<G, T>(pub G, pub T);

/// As [`Asked`], for a body that holds a whole configuration.
#[derive(Debug)]
pub struct AskedWhole<G, T>(pub G, pub T);

/// The longest body that holds a whole configuration.
pub const WHOLE_BYTES_MAX: usize = 64 << 20;

impl<G, T> FromRequest for AskedWhole<G, T>
where
    G: FromRequest<Error = ApiError> + 'static,
    T: DeserializeOwned + Send + 'static,
{
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let guard = G::from_request(&request, &mut Payload::None).await?;
            let bytes = text(&request, payload, WHOLE_BYTES_MAX).await?;
            // What is large is read beside the workers, who serve everybody else meanwhile.
            let parsed = actix_web::web::block(move || parse(&bytes)).await;
            Ok(Self(guard, parsed.map_err(ApiError::internal)??))
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move { read(&request, payload, BODY_BYTES_MAX).await.map(Self) })
    }
}

impl<G, T> FromRequest for Asked<G, T>
where
    G: FromRequest<Error = ApiError> + 'static,
    T: DeserializeOwned + 'static,
{
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let guard = G::from_request(&request, &mut Payload::None).await?;
            read(&request, payload, BODY_BYTES_MAX)
                .await
                .map(|body| Self(guard, body))
        })
    }
}

async fn read<T: DeserializeOwned>(
    request: &HttpRequest,
    payload: Payload,
    bytes_max: usize,
) -> Result<T, ApiError> {
    parse(&text(request, payload, bytes_max).await?)
}

/// The bytes of a body that says that it is JSON.
async fn text(
    request: &HttpRequest,
    payload: Payload,
    bytes_max: usize,
) -> Result<Bytes, ApiError> {
    if !is_json(request) {
        return Err(ApiError::UnsupportedMediaType);
    }
    whole(payload, bytes_max).await
}

fn is_json(request: &HttpRequest) -> bool {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim();
    essence.eq_ignore_ascii_case("application/json")
        || essence.eq_ignore_ascii_case("application/merge-patch+json")
}

/// Reads a body, or says which field is wrong.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // serde would take the members of a list for the fields in their order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::field(
            "body",
            "not_an_object",
            "must be a JSON object",
        ));
    }
    objects::read(bytes).map_err(|error| refusal::<T>(bytes, &error))
}

/// Why a body could not be read.
fn refusal<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> ApiError {
    let malformed = |error: &serde_json::Error| ApiError::Malformed {
        detail: error.to_string(),
    };
    if !error.is_data() {
        return malformed(error);
    }
    // A field may seem to be wrong only because the text is no JSON there.
    match serde_json::from_slice::<IgnoredAny>(bytes) {
        Ok(_) => ApiError::Validation(faults::all::<T>(bytes, Fault::of(bytes, error))),
        Err(error) => malformed(&error),
    }
}

/// As [`parse`], from a value that was read already.
///
/// # Errors
/// [`ApiError::Validation`] with the field that is wrong.
pub fn parse_value<T: DeserializeOwned>(value: &serde_json::Value) -> Result<T, ApiError> {
    let bytes = serde_json::to_vec(value).map_err(ApiError::internal)?;
    parse(&bytes)
}

/// What actix's own JSON extractor refused. It keeps no body, so a nested field is known by its line only.
pub(super) fn refused(error: &JsonPayloadError) -> ApiError {
    match error {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => {
            ApiError::PayloadTooLarge {
                limit: BODY_BYTES_MAX,
            }
        }
        JsonPayloadError::ContentType => ApiError::UnsupportedMediaType,
        JsonPayloadError::Deserialize(error) if error.is_data() => {
            ApiError::Validation(vec![Fault::of(&[], error).into()])
        }
        other => ApiError::Malformed {
            detail: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use ecluse_adapters::storage::config_db::ChatbotBody;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its presence counts")]
        name: String,
        #[serde(default)]
        #[expect(dead_code, reason = "only its shape counts")]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Inner {
        list: Vec<u32>,
        word: Option<Word>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        Yes,
    }

    #[test]
    fn a_wrong_field_is_named_by_its_path() {
        let rows = [
            (r#"{}"#, "name", "required"),
            (r#"{"name": 3}"#, "name", "invalid"),
            (r#"{"name": "a", "nom": 1}"#, "nom", "unknown_field"),
            (r#"{"name": "a", "inner": {}}"#, "inner.list", "required"),
            (
                r#"{"name": "a", "inner": {"lits": [], "list": []}}"#,
                "inner.lits",
                "unknown_field",
            ),
            (
                "{\"name\": \"a\",\n \"inner\": {\"list\": [1, 2, \"x\"]}}",
                "inner.list[2]",
                "invalid",
            ),
            (
                r#"{"inner": {"list": [], "wort": 1}, "name": "a"}"#,
                "inner.wort",
                "unknown_field",
            ),
            (
                r#"{"name": "a\"{[,", "inner": {"list": [-1]}}"#,
                "inner.list[0]",
                "invalid",
            ),
            (
                r#"{"inner": {"word": "no", "list": []}, "name": "a"}"#,
                "inner.word",
                "unknown_value",
            ),
            (
                r#"{"inner": {"list": [], "word": true}, "name": "a"}"#,
                "inner.word",
                "invalid",
            ),
            (
                r#"{"inner": {"list": [], "word": ["yes"]}, "name": "a"}"#,
                "inner.word",
                "invalid",
            ),
            (r#"[]"#, "body", "not_an_object"),
            (r#" ["a name", null]"#, "body", "not_an_object"),
        ];
        for (text, field, code) in rows {
            match parse::<Outer>(text.as_bytes()) {
                Err(ApiError::Validation(errors)) => {
                    let [error] = errors.as_slice() else {
                        panic!("{errors:?}")
                    };
                    assert_eq!(
                        (error.field.as_str(), error.code.as_str()),
                        (field, code),
                        "{text}"
                    );
                    assert!(!error.message.contains("line"), "{}", error.message);
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn every_wrong_field_is_named_and_nothing_that_was_not_sent() {
        let rows: [(&str, &[(&str, &str)]); 7] = [
            (
                r#"{"nom": 1, "inner": {"list": ["x", 2, -1], "word": "no"}}"#,
                &[
                    ("inner.list[0]", "invalid"),
                    ("inner.list[2]", "invalid"),
                    ("inner.word", "unknown_value"),
                    ("name", "required"),
                    ("nom", "unknown_field"),
                ],
            ),
            (
                r#"{"inner": {}, "a": 1, "b": 2}"#,
                &[
                    ("a", "unknown_field"),
                    ("b", "unknown_field"),
                    ("inner.list", "required"),
                    ("name", "required"),
                ],
            ),
            (
                r#"{"name": {}, "inner": 3}"#,
                &[("inner", "invalid"), ("name", "invalid")],
            ),
            (
                r#"{"name": 1, "inner": {"list": ["x"], "word": null, "b": 1}, "a": 1}"#,
                &[
                    ("a", "unknown_field"),
                    ("inner.b", "unknown_field"),
                    ("inner.list[0]", "invalid"),
                    ("name", "invalid"),
                ],
            ),
            (
                r#"{"name": 1, "inner": {"list": ["x"], "word": false}}"#,
                &[
                    ("inner.list[0]", "invalid"),
                    ("inner.word", "invalid"),
                    ("name", "invalid"),
                ],
            ),
            (r#"{"name": 3}"#, &[("name", "invalid")]),
            (
                r#"{"name": "a", "inner": {"list": [{"b": 1}]}}"#,
                &[("inner.list[0]", "invalid")],
            ),
        ];
        for (text, expected) in rows {
            let refused = parse::<Outer>(text.as_bytes());
            let Err(ApiError::Validation(errors)) = refused else {
                panic!("{text}: {refused:?}")
            };
            let mut told: Vec<_> = errors
                .iter()
                .map(|error| (error.field.as_str(), error.code.as_str()))
                .collect();
            told.sort_unstable();
            assert_eq!(told, expected, "{text}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Server {
        port: u16,
        #[serde(default)]
        count: u16,
        #[serde(default)]
        names: Vec<String>,
        #[serde(default)]
        inner: Option<Inner>,
    }

    #[test]
    fn what_is_wrong_is_said_without_the_names_of_types() {
        let rows = [
            (r#"{"port": 70000}"#, "from 1 to 65535"),
            (r#"{"port": -1}"#, "from 1 to 65535"),
            (
                r#"{"port": 1, "count": 70000}"#,
                "invalid value: must be from 0 to 65535",
            ),
            (
                r#"{"port": "x"}"#,
                r#"invalid type: string "x", expected a whole number"#,
            ),
            (
                r#"{"port": 1.5}"#,
                "invalid type: number `1.5`, expected a whole number from 1 to 65535",
            ),
            (
                r#"{"port": 1, "count": 1.5}"#,
                "invalid type: number `1.5`, expected a whole number",
            ),
            (
                r#"{"port": 1, "inner": {"list": [-1]}}"#,
                "invalid value: must be a whole number, 0 or more",
            ),
            (
                r#"{"port": 1, "inner": {"list": [5000000000]}}"#,
                "invalid value: is too large",
            ),
            (
                r#"{"port": 1, "names": {}}"#,
                "invalid type: object, expected a list",
            ),
            (
                r#"{"port": 1, "names": [[]]}"#,
                "invalid type: list, expected a string",
            ),
            (
                r#"{"port": 1, "inner": 3}"#,
                "invalid type: integer `3`, expected an object",
            ),
            (
                r#"{"port": 1, "inner": {"list": [], "word": 3}}"#,
                "invalid type, expected `yes`",
            ),
        ];
        for (text, message) in rows {
            let refused = parse::<Server>(text.as_bytes());
            let Err(ApiError::Validation(errors)) = refused else {
                panic!("{text}: {refused:?}")
            };
            let told: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
            assert_eq!(told, [message], "{text}");
        }
    }

    #[test]
    fn a_number_that_no_field_can_hold_is_told_the_bounds_of_its_own() {
        let whole = "invalid type: number `1.5`, expected a whole number from 1 to 10";
        let outside = ("out_of_range", "from 1 to 10");
        let rows = [
            (json!(-1), outside),
            (json!(5_000_000_000_u64), outside),
            (json!(1e30), outside),
            (json!(1.5), ("invalid", whole)),
        ];
        for (sent, (code, message)) in rows {
            let bot = json!({ "name": "Bot", "options": [], "invalid_max": sent });
            let refused = parse_value::<ChatbotBody>(&bot);
            let Err(ApiError::Validation(errors)) = refused else {
                panic!("{sent}: {refused:?}")
            };
            let [error] = errors.as_slice() else {
                panic!("{errors:?}")
            };
            assert_eq!(error.field, "invalid_max");
            assert_eq!(
                (error.code.as_str(), error.message.as_str()),
                (code, message)
            );
            assert_eq!((error.minimum, error.maximum), (Some(1), Some(10)));
        }
    }

    #[test]
    fn an_option_that_leads_nowhere_is_named_by_its_own_place() {
        let queue = "00000000-0000-4000-8000-000000000001";
        let good = json!({ "label": {}, "queue": queue });
        let nowhere = json!({ "label": {} });
        let both = json!({ "label": {}, "queue": queue, "text": {} });
        let below = json!({ "label": {}, "menu": { "options": [good, both] } });
        let rows = [
            (json!([good, nowhere, good]), "options[1]"),
            (json!([good, both]), "options[1]"),
            (json!([below, good]), "options[0].menu.options[1]"),
        ];
        for (options, field) in rows {
            let refused = parse_value::<ChatbotBody>(&json!({ "options": options }));
            let Err(ApiError::Validation(errors)) = refused else {
                panic!("{options}: {refused:?}")
            };
            let told: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(told, [field, "name"], "{options}");
        }
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for text in [
            "",
            "{",
            "nope",
            r#"{"name": "a",}"#,
            r#"{"name": 3, "inner": {"word": nope}}"#,
        ] {
            let refused = parse::<Outer>(text.as_bytes()).map(drop);
            assert!(matches!(refused, Err(ApiError::Malformed { .. })), "{text}");
        }
    }
}

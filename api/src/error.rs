//! The one place that knows status codes: every refusal of the HTTP API, as `application/problem+json` (RFC 9457).
//!
//! What must stay true: a problem's `code` never changes its meaning, because programs and translations rely on it, and
//! nothing that only we should know is in a body. A new refusal is a new variant here.

mod in_time;
mod json;
mod query;

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, ContentType, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{Data, JsonConfig, PathConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use ecluse_adapters::storage::config_db::{ConfigError, Violation};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

pub use self::in_time::{BODY_PATIENCE, InTime};
pub use self::json::{Asked, BODY_BYTES_MAX, Body};
pub use self::query::Query;
use crate::openapi::Routes;

/// What every refusal looks like.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI that names the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:ecluse:problem:validation")]
    pub kind: String,
    /// A short sentence for the kind of problem.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time, in English.
    pub detail: String,
    /// A stable word for the kind of problem; translate this.
    #[schema(example = "validation")]
    pub code: String,
    /// The fields that cannot be accepted.
    pub errors: Vec<FieldError>,
    /// What the caller can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Further members that belong to the code.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: Map<String, Value>,
}

/// One field that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field's path in the request.
    #[schema(example = "live_chat.domains[0]")]
    pub field: String,
    /// A stable word for what is wrong with it; translate this.
    #[schema(example = "taken")]
    pub code: String,
    /// The same in English.
    pub message: String,
}

impl FieldError {
    /// One refused field.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

impl From<Violation> for FieldError {
    fn from(violation: Violation) -> Self {
        Self::new(violation.field, violation.code, violation.message)
    }
}

/// Every refusal. A handler returns one; the rest happens here.
#[derive(Debug)]
pub enum ApiError {
    /// The body or the query cannot be read at all.
    Malformed {
        detail: String,
    },
    /// Fields that can be read and not accepted.
    Validation(Vec<FieldError>),
    Unauthenticated,
    /// E-mail, password, number or PIN do not fit together.
    SignInRefused,
    Forbidden,
    /// The caller is a program, and only people have what was asked for.
    PeopleOnly,
    Csrf,
    NotFound,
    /// The path exists for other methods, which are listed.
    MethodNotAllowed {
        allow: String,
    },
    /// An invitation or reset that was used, is too old or never existed.
    LinkGone,
    /// The state of things forbids it.
    Conflict(Conflict),
    PreconditionRequired,
    PreconditionFailed,
    /// Too many failed attempts to sign in.
    TooManyAttempts {
        retry_after_secs: u64,
    },
    /// The caller asks too often.
    TooManyRequests {
        retry_after_secs: u64,
    },
    /// The customer's last message is too old for this answer.
    WindowClosed {
        allowed: Vec<&'static str>,
    },
    /// Somebody else wrote since the caller looked.
    Stale {
        last_seq: u64,
        missed: Vec<Value>,
    },
    /// The conversation is closed.
    Closed,
    /// The router will not do it.
    Routing(ecluse_engine::router::Refusal),
    /// The offer was accepted, refused, withdrawn or timed out before.
    OfferEnded,
    PayloadTooLarge {
        limit: usize,
    },
    UnsupportedMediaType,
    /// The body began and did not end.
    BodyTimeout,
    /// We are full; nothing was done.
    Busy {
        retry_after_secs: u64,
    },
    /// Our own failure. The caller learns nothing about it.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// Why the state of things forbids a change.
#[derive(Debug)]
pub enum Conflict {
    /// Channels still point to the queue: their ids and names.
    QueueInUse(Vec<(uuid::Uuid, String)>),
    LastAdministrator,
    AgentLoggedIn,
    ChannelDeleted,
}

/// The parts of a problem that depend on the refusal.
struct Parts {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    remedy: Option<&'static str>,
}

fn parts(
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: impl Into<String>,
) -> Parts {
    Parts {
        status,
        code,
        title,
        detail: detail.into(),
        remedy: None,
    }
}

impl Parts {
    fn remedy(self, remedy: &'static str) -> Self {
        Self {
            remedy: Some(remedy),
            ..self
        }
    }
}

/// Every refusal of the router is a conflict with how things stand, but for what does not exist.
fn routing_parts(refusal: ecluse_engine::router::Refusal) -> Parts {
    use ecluse_engine::router::Refusal;
    let code = match refusal {
        Refusal::UnknownConversation => "conversation_not_open",
        Refusal::UnknownAgent => "unknown_agent",
        Refusal::UnknownQueue => "unknown_queue",
        Refusal::NotSignedIn => "not_signed_in",
        Refusal::NotAMember => "not_a_member",
        Refusal::NotLoggedIn => "not_logged_in",
        Refusal::OutboundOnly => "outbound_only",
        Refusal::NoCapacity { .. } => "no_capacity",
        Refusal::QueueLimit { .. } => "queue_limit",
        Refusal::OfferEnded => "offer_ended",
        Refusal::NotYourOffer => "not_your_offer",
        Refusal::AlreadyAssigned { .. } => "already_assigned",
        Refusal::BeingAssigned { .. } => "being_assigned",
        Refusal::NotAllowed => "not_allowed",
    };
    parts(
        StatusCode::CONFLICT,
        code,
        "Not possible now",
        refusal.to_string(),
    )
}

impl ApiError {
    /// A refusal of one field.
    pub fn field(field: &str, code: &str, message: &str) -> Self {
        Self::Validation(vec![FieldError::new(field, code, message)])
    }

    /// Our own failure.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// The stable word.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.parts().code
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one table of all refusals is easier to check than many"
    )]
    fn parts(&self) -> Parts {
        match self {
            Self::Malformed { detail } => parts(
                StatusCode::BAD_REQUEST,
                "malformed",
                "The request cannot be read",
                detail.clone(),
            )
            .remedy("Compare the request with its route in the document at /api/v1/openapi.json."),
            Self::Validation(errors) => parts(
                StatusCode::UNPROCESSABLE_ENTITY,
                "validation",
                "Some fields cannot be accepted",
                errors
                    .iter()
                    .map(|error| format!("{}: {}", error.field, error.message))
                    .collect::<Vec<_>>()
                    .join("; "),
            )
            .remedy("Correct the fields that are named and send the request again."),
            Self::Unauthenticated => parts(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Sign in first",
                "the request carries no valid session or API key",
            )
            .remedy("Sign in, or send `Authorization: Bearer` with an API key."),
            Self::SignInRefused => parts(
                StatusCode::UNAUTHORIZED,
                "sign_in_refused",
                "Sign-in refused",
                "e-mail, password, number or PIN do not match",
            ),
            Self::Forbidden => parts(
                StatusCode::FORBIDDEN,
                "forbidden",
                "Not allowed",
                "this needs a higher role",
            ),
            Self::PeopleOnly => parts(
                StatusCode::FORBIDDEN,
                "people_only",
                "Only for people",
                "an API key has no session, desk or password",
            ),
            Self::Csrf => parts(
                StatusCode::FORBIDDEN,
                "csrf",
                "The request may not come from our pages",
                "X-CSRF-Token is missing or wrong, or the request comes from another site",
            )
            .remedy(
                "Send the csrf_token of GET /api/v1/session as X-CSRF-Token, from our own origin.",
            ),
            Self::NotFound => parts(
                StatusCode::NOT_FOUND,
                "not_found",
                "Not found",
                "there is nothing here",
            ),
            Self::MethodNotAllowed { .. } => parts(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Method not allowed",
                "the resource does not have this method",
            ),
            Self::LinkGone => parts(
                StatusCode::GONE,
                "link_gone",
                "The link is not valid any more",
                "the link was used, is too old or never existed",
            )
            .remedy("Ask an administrator for a new link."),
            Self::Conflict(conflict) => conflict.parts(),
            Self::PreconditionRequired => parts(
                StatusCode::PRECONDITION_REQUIRED,
                "precondition_required",
                "If-Match is missing",
                "changing this resource needs If-Match",
            )
            .remedy("Read the resource and send its ETag as If-Match."),
            Self::PreconditionFailed => parts(
                StatusCode::PRECONDITION_FAILED,
                "precondition_failed",
                "Changed meanwhile",
                "somebody else changed the resource since it was read",
            )
            .remedy("Read the resource again and repeat the change."),
            Self::TooManyAttempts { retry_after_secs } => parts(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_attempts",
                "Too many attempts",
                format!("too many failed attempts; try again in {retry_after_secs} s"),
            ),
            Self::TooManyRequests { retry_after_secs } => parts(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many requests",
                format!("try again in {retry_after_secs} s"),
            ),
            Self::WindowClosed { .. } => parts(
                StatusCode::UNPROCESSABLE_ENTITY,
                "window_closed",
                "The service window is closed",
                "the customer's last message is too old for a free-form answer",
            )
            .remedy(
                "Send one of the kinds that `allowed` lists, or wait for the customer to write.",
            ),
            Self::Stale { .. } => parts(
                StatusCode::CONFLICT,
                "stale",
                "Somebody else wrote meanwhile",
                "the conversation has messages that the caller had not seen",
            )
            .remedy("Read the missed messages and send again with the new based_on_seq."),
            Self::Closed => parts(
                StatusCode::CONFLICT,
                "closed",
                "The conversation is closed",
                "the conversation is closed",
            )
            .remedy("Write to the contact's open conversation, if there is one."),
            Self::Routing(refusal) => routing_parts(*refusal),
            Self::OfferEnded => parts(
                StatusCode::CONFLICT,
                "offer_ended",
                "The offer has ended",
                "the offer has ended",
            ),
            Self::PayloadTooLarge { limit } => parts(
                StatusCode::PAYLOAD_TOO_LARGE,
                "payload_too_large",
                "The body is too large",
                format!("at most {limit} bytes"),
            )
            .remedy("Send less at once."),
            Self::UnsupportedMediaType => parts(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body is not JSON",
                "the Content-Type is not application/json",
            )
            .remedy("Send JSON, with Content-Type: application/json."),
            Self::BodyTimeout => parts(
                StatusCode::REQUEST_TIMEOUT,
                "body_timeout",
                "The body did not arrive in time",
                format!("it was not complete after {} s", BODY_PATIENCE.as_secs()),
            )
            .remedy("Send the request again, over a better connection or in smaller parts."),
            Self::Busy { retry_after_secs } => parts(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "Busy",
                format!("nothing was done; try again in {retry_after_secs} s"),
            ),
            Self::Internal(_) => parts(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something failed here",
                "the failure is in our log",
            ),
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        if let Self::Validation(errors) = self {
            errors.clone()
        } else {
            Vec::new()
        }
    }

    /// The members that belong to one code only.
    fn more(&self) -> Map<String, Value> {
        let mut more = Map::new();
        if let Self::WindowClosed { allowed } = self {
            more.insert("allowed".to_owned(), json!(allowed));
        }
        if let Self::Stale { last_seq, missed } = self {
            more.insert("last_seq".to_owned(), json!(last_seq));
            more.insert("missed".to_owned(), json!(missed));
        }
        if let Self::Conflict(Conflict::QueueInUse(channels)) = self {
            let channel = |(id, name): &(uuid::Uuid, String)| json!({ "id": id, "name": name });
            more.insert(
                "channels".to_owned(),
                channels.iter().map(channel).collect(),
            );
        }
        more
    }

    fn retry_after_secs(&self) -> Option<u64> {
        if let Self::TooManyAttempts { retry_after_secs }
        | Self::TooManyRequests { retry_after_secs }
        | Self::Busy { retry_after_secs } = self
        {
            return Some(*retry_after_secs);
        }
        None
    }

    /// What the caller sees.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let Parts {
            status,
            code,
            title,
            detail,
            remedy,
        } = self.parts();
        Problem {
            kind: format!("urn:ecluse:problem:{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail,
            code: code.to_owned(),
            errors: self.errors(),
            remedy: remedy.map(str::to_owned),
            more: self.more(),
        }
    }
}

impl Conflict {
    fn parts(&self) -> Parts {
        let conflict =
            |code, title, detail: String| parts(StatusCode::CONFLICT, code, title, detail);
        match self {
            Self::QueueInUse(channels) => conflict(
                "queue_in_use",
                "The queue is in use",
                format!(
                    "these channels point to it: {}",
                    channels
                        .iter()
                        .map(|(_, name)| name.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            )
            .remedy("Give these channels another destination first."),
            Self::LastAdministrator => conflict(
                "last_administrator",
                "The last administrator stays",
                "nobody else could administer the deployment".to_owned(),
            )
            .remedy("Let another administrator accept an invitation first."),
            Self::AgentLoggedIn => conflict(
                "agent_logged_in",
                "The agent is logged in",
                "an agent who is logged in cannot be deleted".to_owned(),
            )
            .remedy("Ask the agent to log out first."),
            Self::ChannelDeleted => conflict(
                "channel_deleted",
                "The channel is deleted",
                "a deleted channel keeps its history and cannot be changed".to_owned(),
            ),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { code, detail, .. } = self.parts();
        write!(f, "{code}: {detail}")
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.parts().status
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Internal(error) = self {
            tracing::error!(error = %chain(error.as_ref()), "a request failed");
        }
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header(ContentType(
            "application/problem+json".parse().expect("is a media type"),
        ));
        if let Some(secs) = self.retry_after_secs() {
            response.insert_header((RETRY_AFTER, secs));
        }
        if let Self::MethodNotAllowed { allow } = self {
            response.insert_header((ALLOW, allow.as_str()));
        }
        if matches!(self, Self::Unauthenticated) {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        response.json(self.problem())
    }
}

/// An error and its causes, outermost first.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

impl From<ConfigError> for ApiError {
    fn from(error: ConfigError) -> Self {
        match error {
            ConfigError::Invalid(violations) => {
                Self::Validation(violations.into_iter().map(FieldError::from).collect())
            }
            ConfigError::NotFound => Self::NotFound,
            ConfigError::Stale { .. } => Self::PreconditionFailed,
            ConfigError::ChannelDeleted => Self::Conflict(Conflict::ChannelDeleted),
            ConfigError::QueueInUse { channels } => Self::Conflict(Conflict::QueueInUse(
                channels
                    .into_iter()
                    .map(|channel| (channel.id.0, channel.name))
                    .collect(),
            )),
            ConfigError::LastAdministrator => Self::Conflict(Conflict::LastAdministrator),
            ConfigError::LinkGone => Self::LinkGone,
            ConfigError::MissingMasterKey
            | ConfigError::WrongMasterKey
            | ConfigError::Secrets(_)
            | ConfigError::File { .. }
            | ConfigError::Migration(_)
            | ConfigError::Storage(_)
            | ConfigError::Unreadable { .. }
            | ConfigError::Interrupted(_) => Self::internal(error),
        }
    }
}

/// Makes actix's own refusals of bodies and paths look like ours.
pub fn configure(services: &mut ServiceConfig) {
    let json = JsonConfig::default()
        .limit(BODY_BYTES_MAX)
        .error_handler(|error, _| json::refused(&error).into());
    let path = PathConfig::default().error_handler(|_, _| ApiError::NotFound.into());
    services.app_data(json).app_data(path);
}

/// What answers when no route does.
///
/// # Errors
/// Always: the path is unknown, or has other methods.
pub async fn no_route(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let allow = request
        .app_data::<Data<Routes>>()
        .and_then(|routes| routes.allow(request.path()));
    Err(
        allow.map_or(ApiError::NotFound, |allow| ApiError::MethodNotAllowed {
            allow: allow.to_owned(),
        }),
    )
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[actix_web::test]
    async fn an_internal_failure_tells_the_caller_nothing() {
        let error = ApiError::internal(std::io::Error::other("the secret path /var/lib"));
        let response = error.error_response();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body()).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("secret"));
    }

    #[actix_web::test]
    async fn a_problem_has_its_media_type_and_its_own_members() {
        let error = ApiError::Stale {
            last_seq: 7,
            missed: vec![json!({"seq": 7})],
        };
        let response = error.error_response();
        assert_eq!(
            response.headers().get("content-type").unwrap(),
            "application/problem+json"
        );
        let body: Value =
            serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap();
        assert_eq!(body["code"], "stale");
        assert_eq!(body["status"], 409);
        assert_eq!(body["last_seq"], 7);
        assert_eq!(body["missed"][0]["seq"], 7);
        assert_eq!(body["errors"], json!([]));
    }

    #[test]
    fn whoever_must_wait_is_told_how_long() {
        for error in [
            ApiError::TooManyAttempts {
                retry_after_secs: 9,
            },
            ApiError::TooManyRequests {
                retry_after_secs: 9,
            },
            ApiError::Busy {
                retry_after_secs: 9,
            },
        ] {
            assert_eq!(
                error.error_response().headers().get("retry-after").unwrap(),
                "9",
                "{error}"
            );
        }
    }
}

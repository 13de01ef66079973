//! The one place that knows status codes: every refusal of the HTTP API, as `application/problem+json` (RFC 9457).
//!
//! What must stay true: a problem's `code` never changes its meaning, because programs and translations rely on it, and
//! nothing that only we should know is in a body. A new refusal is a new variant here and a row of the table in `kinds.rs`.

mod conflict;
mod fault;
mod faults;
mod field;
mod json;
mod kinds;
mod objects;
mod path;
mod query;
mod ranges;
mod whole_body;

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, ContentType, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{Data, JsonConfig, PathConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use ecluse_adapters::cmp::NotAvailable;
use ecluse_adapters::storage::config_db::{ConfigError, InTheWay, LicenceGate};
use ecluse_engine::router;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

pub use self::conflict::Conflict;
pub use self::faults::{Mended, mended};
pub use self::field::FieldError;
pub use self::json::{Asked, AskedWhole, BODY_BYTES_MAX, Body, WHOLE_BYTES_MAX, parse_value};
use self::kinds::Kind;
pub use self::query::Query;
pub use self::whole_body::{AskedFile, BODY_PATIENCE, BodyLimit, WholeBody};
use crate::openapi::Routes;

/// When a company that did not answer may be asked again.
const PROVIDER_RETRY_SECS: u64 = 10;

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
    pub remedy: String,
    /// Further members that belong to the code.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: Map<String, Value>,
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
    Routing(router::Refusal),
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
    /// The company whose word is needed does not answer; nothing was done.
    ProviderUnreachable {
        detail: String,
    },
    /// Our own failure. The caller learns nothing about it.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// Every refusal of the router is a conflict with how things stand.
fn routing_kind(refusal: router::Refusal) -> &'static Kind {
    use router::Refusal;
    match refusal {
        Refusal::UnknownConversation => &kinds::CONVERSATION_NOT_OPEN,
        Refusal::UnknownAgent => &kinds::UNKNOWN_AGENT,
        Refusal::UnknownQueue => &kinds::UNKNOWN_QUEUE,
        Refusal::NotSignedIn => &kinds::NOT_SIGNED_IN,
        Refusal::NotAMember => &kinds::NOT_A_MEMBER,
        Refusal::NotLoggedIn => &kinds::NOT_LOGGED_IN,
        Refusal::OutboundOnly => &kinds::OUTBOUND_ONLY,
        Refusal::NoCapacity { .. } => &kinds::NO_CAPACITY,
        Refusal::QueueLimit { .. } => &kinds::QUEUE_LIMIT,
        Refusal::OfferEnded => &kinds::OFFER_ENDED,
        Refusal::NotYourOffer => &kinds::NOT_YOUR_OFFER,
        Refusal::AlreadyAssigned { .. } => &kinds::ALREADY_ASSIGNED,
        Refusal::BeingAssigned { .. } => &kinds::BEING_ASSIGNED,
        Refusal::NotAllowed => &kinds::NOT_ALLOWED,
        Refusal::NoSeat { .. } => &kinds::NO_SEAT,
    }
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
        self.kind().code
    }

    fn kind(&self) -> &'static Kind {
        match self {
            Self::Malformed { .. } => &kinds::MALFORMED,
            Self::Validation(_) => &kinds::VALIDATION,
            Self::Unauthenticated => &kinds::UNAUTHENTICATED,
            Self::SignInRefused => &kinds::SIGN_IN_REFUSED,
            Self::Forbidden => &kinds::FORBIDDEN,
            Self::PeopleOnly => &kinds::PEOPLE_ONLY,
            Self::Csrf => &kinds::CSRF,
            Self::NotFound => &kinds::NOT_FOUND,
            Self::MethodNotAllowed { .. } => &kinds::METHOD_NOT_ALLOWED,
            Self::LinkGone => &kinds::LINK_GONE,
            Self::Conflict(conflict) => conflict.kind(),
            Self::PreconditionRequired => &kinds::PRECONDITION_REQUIRED,
            Self::PreconditionFailed => &kinds::PRECONDITION_FAILED,
            Self::TooManyAttempts { .. } => &kinds::TOO_MANY_ATTEMPTS,
            Self::TooManyRequests { .. } => &kinds::TOO_MANY_REQUESTS,
            Self::WindowClosed { .. } => &kinds::WINDOW_CLOSED,
            Self::Stale { .. } => &kinds::STALE,
            Self::Closed => &kinds::CLOSED,
            Self::Routing(refusal) => routing_kind(*refusal),
            Self::PayloadTooLarge { .. } => &kinds::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => &kinds::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTimeout => &kinds::BODY_TIMEOUT,
            Self::Busy { .. } => &kinds::BUSY,
            Self::ProviderUnreachable { .. } => &kinds::PROVIDER_UNREACHABLE,
            Self::Internal(_) => &kinds::INTERNAL,
        }
    }

    /// What went wrong this time.
    fn detail(&self) -> String {
        let always = match self {
            Self::Malformed { detail } | Self::ProviderUnreachable { detail } => {
                return detail.clone();
            }
            Self::Validation(errors) => return FieldError::sentence(errors),
            Self::Conflict(conflict) => return conflict.detail(),
            Self::Routing(refusal) => return refusal.to_string(),
            Self::TooManyAttempts { retry_after_secs } => {
                return format!("too many failed attempts; try again in {retry_after_secs} s");
            }
            Self::TooManyRequests { retry_after_secs } => {
                return format!("try again in {retry_after_secs} s");
            }
            Self::PayloadTooLarge { limit } => return format!("at most {limit} bytes"),
            Self::BodyTimeout => {
                return format!("it was not complete after {} s", BODY_PATIENCE.as_secs());
            }
            Self::Busy { retry_after_secs } => {
                return format!("nothing was done; try again in {retry_after_secs} s");
            }
            Self::Unauthenticated => "the request carries no valid session or API key",
            Self::SignInRefused => "e-mail, password, number or PIN do not match",
            Self::Forbidden => "this needs a higher role",
            Self::PeopleOnly => "an API key has no session, desk or password",
            Self::Csrf => {
                "X-CSRF-Token is missing or wrong, or the request comes from another site"
            }
            Self::NotFound => "there is nothing here",
            Self::MethodNotAllowed { .. } => "the resource does not have this method",
            Self::LinkGone => "the link was used, is too old or never existed",
            Self::PreconditionRequired => "changing this resource needs If-Match",
            Self::PreconditionFailed => "somebody else changed the resource since it was read",
            Self::WindowClosed { .. } => {
                "the customer's last message is too old for a free-form answer"
            }
            Self::Stale { .. } => "the conversation has messages that the caller had not seen",
            Self::Closed => "the conversation is closed",
            Self::UnsupportedMediaType => "the Content-Type is not application/json",
            Self::Internal(_) => "the failure is in our log",
        };
        always.to_owned()
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
        if let Self::Conflict(
            Conflict::ConversationsOpen(conversations)
            | Conflict::AgentHasConversations(conversations),
        ) = self
        {
            more.insert("conversations".to_owned(), json!(conversations));
        }
        if let Self::Conflict(Conflict::QueueNotEmpty { open }) = self {
            more.insert("open_conversations".to_owned(), json!(open));
        }
        if let Self::Conflict(Conflict::InUse(by)) = self {
            let reference =
                |one: &InTheWay| json!({ "kind": one.kind, "id": one.id, "name": one.name });
            let references = by.iter().map(reference).collect();
            more.insert("references".to_owned(), references);
        }
        if let Self::Conflict(Conflict::Licence(gate)) = self {
            more.insert("gate".to_owned(), gate_told(*gate));
        }
        if let Self::Conflict(Conflict::NotAvailable(why)) = self {
            more.insert("setting".to_owned(), json!(why.setting()));
        }
        more
    }

    /// After how many seconds to ask again.
    pub(crate) fn retry_after_secs(&self) -> Option<u64> {
        if let Self::TooManyAttempts { retry_after_secs }
        | Self::TooManyRequests { retry_after_secs }
        | Self::Busy { retry_after_secs } = self
        {
            return Some(*retry_after_secs);
        }
        if let Self::ProviderUnreachable { .. } = self {
            return Some(PROVIDER_RETRY_SECS);
        }
        None
    }

    /// What the caller sees.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let Kind {
            status,
            code,
            title,
            remedy,
        } = *self.kind();
        Problem {
            kind: format!("urn:ecluse:problem:{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail(),
            code: code.to_owned(),
            errors: self.errors(),
            remedy: remedy.to_owned(),
            more: self.more(),
        }
    }
}

/// Which member of the licence ends it: a limit with its use, or the module that it lacks.
fn gate_told(gate: LicenceGate) -> Value {
    let mut told = json!({ "member": gate.member() });
    if let Some((limit, used)) = gate.limit_and_use() {
        told["limit"] = json!(limit);
        told["used"] = json!(used);
    }
    if let LicenceGate::Module(module) = gate {
        told["module"] = json!(module.as_str());
    }
    told
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.detail())
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.kind().status
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

impl From<NotAvailable> for ApiError {
    fn from(why: NotAvailable) -> Self {
        Self::Conflict(Conflict::NotAvailable(why))
    }
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
            ConfigError::InUse { by, .. } => Self::Conflict(Conflict::InUse(by)),
            ConfigError::Licence(gate) => Self::Conflict(Conflict::Licence(gate)),
            ConfigError::NotPending => Self::Conflict(Conflict::NotPending),
            ConfigError::IdempotencyKeyUsed => Self::Conflict(Conflict::IdempotencyKeyUsed),
            ConfigError::SignOnGone => Self::Conflict(Conflict::SignOnGone),
            ConfigError::SignOnUnfinished => Self::Conflict(Conflict::SignOnUnfinished),
            ConfigError::LastAdministrator => Self::Conflict(Conflict::LastAdministrator),
            ConfigError::LinkGone => Self::LinkGone,
            ConfigError::MissingMasterKey
            | ConfigError::WrongMasterKey
            | ConfigError::Secrets(_)
            | ConfigError::File { .. }
            | ConfigError::Migration(_)
            | ConfigError::Storage(_)
            | ConfigError::Commit(_)
            | ConfigError::RolledBack
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
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use actix_web::body::to_bytes;
    use ecluse_adapters::storage::config_db::Resource;
    use ecluse_engine::ids::AgentId;

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

    /// One of each.
    pub(crate) fn every_refusal() -> Vec<ApiError> {
        let (agent, retry_after_secs) = (AgentId(uuid::Uuid::nil()), 9);
        let conflicts = [
            Conflict::InUse(vec![InTheWay {
                kind: Resource::Channel,
                id: uuid::Uuid::nil(),
                name: "Chat".to_owned(),
            }]),
            Conflict::NotPending,
            Conflict::Licence(LicenceGate::Channels { limit: 3, used: 3 }),
            Conflict::SignOnGone,
            Conflict::SignOnUnfinished,
            Conflict::IdempotencyKeyUsed,
            Conflict::NotAvailable(NotAvailable::Missing {
                setting: "providers.meta_app_id",
            }),
            Conflict::QueueNotEmpty { open: 3 },
            Conflict::LastAdministrator,
            Conflict::AgentLoggedIn,
            Conflict::AgentHasConversations(vec![uuid::Uuid::nil()]),
            Conflict::ChannelDeleted,
            Conflict::Banned,
            Conflict::ConversationsOpen(vec![uuid::Uuid::nil()]),
        ];
        let of_the_router = [
            router::Refusal::UnknownConversation,
            router::Refusal::UnknownAgent,
            router::Refusal::UnknownQueue,
            router::Refusal::NotSignedIn,
            router::Refusal::NotAMember,
            router::Refusal::NotLoggedIn,
            router::Refusal::OutboundOnly,
            router::Refusal::NoCapacity {
                used: 2,
                capacity: 2,
                weight: 1,
            },
            router::Refusal::QueueLimit { limit: 5 },
            router::Refusal::OfferEnded,
            router::Refusal::NotYourOffer,
            router::Refusal::AlreadyAssigned { agent },
            router::Refusal::BeingAssigned { agent },
            router::Refusal::NotAllowed,
            router::Refusal::NoSeat { seats: 2 },
        ];
        let others = [
            ApiError::Malformed {
                detail: "it broke off".to_owned(),
            },
            ApiError::field("name", "taken", "is taken"),
            ApiError::Unauthenticated,
            ApiError::SignInRefused,
            ApiError::Forbidden,
            ApiError::PeopleOnly,
            ApiError::Csrf,
            ApiError::NotFound,
            ApiError::MethodNotAllowed {
                allow: "GET".to_owned(),
            },
            ApiError::LinkGone,
            ApiError::PreconditionRequired,
            ApiError::PreconditionFailed,
            ApiError::TooManyAttempts { retry_after_secs },
            ApiError::TooManyRequests { retry_after_secs },
            ApiError::WindowClosed {
                allowed: vec!["template"],
            },
            ApiError::Stale {
                last_seq: 7,
                missed: Vec::new(),
            },
            ApiError::Closed,
            ApiError::PayloadTooLarge { limit: 1 },
            ApiError::UnsupportedMediaType,
            ApiError::BodyTimeout,
            ApiError::Busy { retry_after_secs },
            ApiError::ProviderUnreachable {
                detail: "Meta cannot be reached".to_owned(),
            },
            ApiError::internal("a cause"),
        ];
        let conflicts = conflicts.into_iter().map(ApiError::Conflict);
        let of_the_router = of_the_router.into_iter().map(ApiError::Routing);
        others
            .into_iter()
            .chain(conflicts)
            .chain(of_the_router)
            .collect()
    }

    #[test]
    fn every_refusal_says_what_to_do_about_it() {
        let mut codes = BTreeMap::new();
        for error in every_refusal() {
            let Problem {
                code,
                detail,
                remedy,
                status,
                ..
            } = error.problem();
            assert!(!detail.is_empty() && status >= 400, "{code}: {detail}");
            let is_sentence = remedy.starts_with(char::is_uppercase) && remedy.ends_with('.');
            assert!(is_sentence, "{code}: {remedy}");
            assert!(
                !remedy.trim_end_matches('.').contains(". "),
                "{code} has more than one sentence: {remedy}"
            );
            if let Some(other) = codes.insert(code.clone(), remedy) {
                panic!("{code} means two things, the other: {other}");
            }
        }
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

//! The whole configuration of a tenant at once.

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, CONTENT_LENGTH};
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse, get, post};
use ecluse_engine::ids::TenantId;
use futures_util::future::LocalBoxFuture;
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::auth::{AdministratorOnly, Principal};
use crate::config_file::{Applied, ApplyBody, Exported, Turn, apply, export};
use crate::error::{ApiError, AskedWhole, Problem, WHOLE_BYTES_MAX};
use crate::resources::Services;

/// What a stream of progress is.
const NDJSON: &str = "application/x-ndjson";

/// Mounts both ways.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(apply_file).service(export_file);
}

/// An administrator whose turn it is to apply a file: it is taken before the file is read.
struct Applier {
    caller: Principal,
    turn: Turn,
}

impl FromRequest for Applier {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = AdministratorOnly::from_request(&request, &mut Payload::None);
            let caller = caller.await?.0;
            let services = request
                .app_data::<Data<Services>>()
                .ok_or_else(|| ApiError::internal("the configuration is not mounted"))?;
            let turn = services.applying.begin(caller.tenant, length(&request))?;
            Ok(Self { caller, turn })
        })
    }
}

/// The bytes of a request's body, which may be as long as any if it does not say.
fn length(request: &HttpRequest) -> usize {
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    length.unwrap_or(WHOLE_BYTES_MAX).min(WHOLE_BYTES_MAX)
}

/// Apply documents
///
/// Makes the tenant's configuration match them, in one transaction: an error anywhere changes nothing. Applied twice, nothing
/// changes the second time. With `Accept: application/x-ndjson` the answer is 200 and a line for each step, `{"done": 25,
/// "of": 1000}`, and at last the result or the problem. What it began it ends, whether or not anybody listens. Companies are
/// asked only about secrets that are not the stored ones, and before anything is written; in a dry run they are only read.
/// A WhatsApp channel whose deletion is pending, and which a document names, is reactivated.
#[utoipa::path(tag = "config", request_body = ApplyBody, responses(
    (status = 200, description = "What changed", body = Applied),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 413, description = "`payload_too_large`", body = Problem),
    (status = 422, description = "`validation`: each error below its document; of what is to be deleted, and cannot be, \
        below `prune`", body = Problem),
    (status = 503, description = "`busy`: another file of the tenant is being applied, or those of others leave too little \
        room; `provider_unreachable`, with the documents that needed it", body = Problem, headers(("Retry-After" = u64))),
))]
#[post("/config/apply")]
async fn apply_file(
    request: HttpRequest,
    services: Data<Services>,
    AskedWhole(applier, body): AskedWhole<Applier, ApplyBody>,
) -> Result<HttpResponse, ApiError> {
    let Applier { caller, turn } = applier;
    let services = services.get_ref().clone();
    let accepts = request.headers().get(ACCEPT);
    if accepts.is_some_and(|accepts| accepts.as_bytes() == NDJSON.as_bytes()) {
        return Ok(streamed(services, caller, body, turn));
    }
    let work = begin(services, caller, body, (turn, None));
    let applied = work.await.map_err(ApiError::internal)??;
    Ok(HttpResponse::Ok().json(applied))
}

/// Applies in a task of its own, so that it ends whether or not anybody reads on.
fn begin(
    services: Services,
    caller: Principal,
    body: ApplyBody,
    how: (Turn, Option<mpsc::Sender<usize>>),
) -> JoinHandle<Result<Applied, ApiError>> {
    actix_web::rt::spawn(async move { apply(&services, &caller, body, how).await })
}

fn streamed(services: Services, caller: Principal, body: ApplyBody, turn: Turn) -> HttpResponse {
    let of = body.documents.len();
    let (tell, mut steps) = mpsc::channel(8);
    let (write, read) = mpsc::channel::<Bytes>(8);
    let work = begin(services, caller, body, (turn, Some(tell)));
    actix_web::rt::spawn(async move {
        while let Some(done) = steps.recv().await {
            let _gone = write.send(line(&json!({ "done": done, "of": of }))).await;
        }
        let end = match work.await {
            Ok(Ok(applied)) => line(&applied),
            Ok(Err(error)) => line(&error.problem()),
            Err(_) => line(&ApiError::internal("the application was stopped").problem()),
        };
        let _gone = write.send(end).await;
    });
    let lines = stream::unfold(read, async |mut read| {
        let line = read.recv().await?;
        Some((Ok::<_, actix_web::Error>(line), read))
    });
    HttpResponse::Ok().content_type(NDJSON).streaming(lines)
}

fn line(value: &impl Serialize) -> Bytes {
    let mut text = serde_json::to_vec(value).unwrap_or_default();
    text.push(b'\n');
    Bytes::from(text)
}

/// Export documents
///
/// What `apply` takes. Secrets are not in it; which there are is told beside.
#[utoipa::path(tag = "config", responses(
    (status = 200, description = "Every document", body = Exported),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
))]
#[get("/config/export")]
async fn export_file(
    caller: AdministratorOnly,
    services: Data<Services>,
) -> Result<HttpResponse, ApiError> {
    let tenant: TenantId = caller.0.tenant;
    let exported: Exported = export(&services, tenant).await?;
    Ok(HttpResponse::Ok().json(exported))
}

//! The addresses of the connect service, below `/connect`: the window, its steps, and where the companies send people back.
//!
//! What must stay true: only an administrator of the sign-on's tenant sees or moves it; a page that came from a company holds
//! neither code nor state in its address, because it is left at once for the window.

use actix_web::web::{self, Data, Path};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, dev};
use ecluse_adapters::storage::config_db::{SignOnKind, SignOnRecord, SignOnState};
use ecluse_engine::configuration::Role;
use url::form_urlencoded;
use uuid::Uuid;

use super::flow::Flow;
use super::pages::{self, Reason};
use crate::auth::{Auth, SessionUser};
use crate::console::language::Lang;
use crate::error::{ApiError, BodyLimit, Conflict, WholeBody};
use crate::resources::Services;

/// The longest form of the window.
const FORM_BYTES_MAX: usize = 16 << 10;

/// Mounts the window and the callbacks.
pub fn configure(services: &mut web::ServiceConfig) {
    let scope = web::scope("/connect")
        .app_data(BodyLimit(FORM_BYTES_MAX))
        .route("/facebook/callback", web::get().to(from_facebook))
        .route("/360dialog/callback", web::get().to(from_dialog360))
        .route("/google/callback", web::get().to(from_google))
        .route("/microsoft/callback", web::get().to(from_microsoft))
        .route("/{id}", web::get().to(window))
        .route("/{id}/go", web::get().to(go))
        .route("/{id}/choice", web::post().to(choose))
        .route("/{id}/submit", web::post().to(submit))
        .route("/{id}/done", web::get().to(done));
    services.service(scope);
}

type Step = Result<HttpResponse, ApiError>;

/// A page, or the page that says why there is none.
fn shown(request: &HttpRequest, step: Step) -> HttpResponse {
    step.unwrap_or_else(|error| {
        let reason = match error {
            ApiError::Unauthenticated => Reason::SignedOut,
            ApiError::Forbidden | ApiError::PeopleOnly => Reason::Forbidden,
            ApiError::Csrf => Reason::Stale,
            ApiError::NotFound | ApiError::Conflict(Conflict::SignOnGone) => Reason::Gone,
            ApiError::Conflict(Conflict::NotAvailable(why)) => Reason::Unavailable(why.setting()),
            error => {
                tracing::error!(%error, "a step of a sign-on failed");
                Reason::Trouble
            }
        };
        pages::refused(Lang::of_request(request, None), reason)
    })
}

async fn person(request: &HttpRequest) -> Result<SessionUser, ApiError> {
    let user = SessionUser::from_request(request, &mut dev::Payload::None);
    administrator(user.await?)
}

fn administrator(user: SessionUser) -> Result<SessionUser, ApiError> {
    match user.role {
        Role::Administrator => Ok(user),
        Role::Agent | Role::Supervisor => Err(ApiError::Forbidden),
    }
}

fn language(request: &HttpRequest, user: &SessionUser) -> Lang {
    Lang::of_request(request, user.language.map(Lang::from))
}

async fn window(request: HttpRequest, services: Data<Services>, id: Path<Uuid>) -> HttpResponse {
    let step = async {
        let user = person(&request).await?;
        let flow = Flow::of(&services, user.tenant)?;
        let record = looked_at_again(&flow, flow.record(*id).await?).await?;
        let lang = language(&request, &user);
        Ok(match (record.kind, record.state) {
            (SignOnKind::Microsoft | SignOnKind::Gmail, SignOnState::Ready) => {
                pages::done(lang, &record)
            }
            _ => pages::window(lang, &user.csrf_token, &record),
        })
    };
    shown(&request, step.await)
}

/// A number that was not running may run now: whoever looks again wants 360dialog asked again. That it cannot be asked now
/// changes nothing of what is shown.
async fn looked_at_again(flow: &Flow<'_>, record: SignOnRecord) -> Result<SignOnRecord, ApiError> {
    let fault = record.progress.fault.as_ref();
    if fault.is_none_or(|fault| fault.code != "not_running") {
        return Ok(record);
    }
    let id = record.id;
    match flow.look_again(record).await {
        Ok(()) | Err(ApiError::ProviderUnreachable { .. }) => flow.record(id).await,
        Err(error) => Err(error),
    }
}

async fn go(request: HttpRequest, services: Data<Services>, id: Path<Uuid>) -> HttpResponse {
    let step = async {
        let user = person(&request).await?;
        let flow = Flow::of(&services, user.tenant)?;
        let mut record = flow.record(*id).await?;
        Ok(to(flow.depart(&mut record).await?.as_str()))
    };
    shown(&request, step.await)
}

async fn choose(
    request: HttpRequest,
    (auth, services): (Data<Auth>, Data<Services>),
    id: Path<Uuid>,
    body: WholeBody,
) -> HttpResponse {
    let step = async {
        let user = of_form(&request, &auth, &body).await?;
        let choice = value(&body, "choice");
        let flow = Flow::of(&services, user.tenant)?;
        match flow.choose(*id, &choice).await {
            // Whoever presses on without choosing sees the choice again.
            Ok(_) | Err(ApiError::Validation(_)) => Ok(to(&format!("/connect/{id}"))),
            Err(error) => Err(error),
        }
    };
    shown(&request, step.await)
}

async fn submit(
    request: HttpRequest,
    (auth, services): (Data<Auth>, Data<Services>),
    id: Path<Uuid>,
    body: WholeBody,
) -> HttpResponse {
    let step = async {
        let user = of_form(&request, &auth, &body).await?;
        match Flow::of(&services, user.tenant)?.submit(*id).await {
            Ok(_) => Ok(to(&format!("/connect/{id}/done"))),
            Err(ApiError::Validation(_)) => Ok(to(&format!("/connect/{id}"))),
            Err(error) => Err(error),
        }
    };
    shown(&request, step.await)
}

async fn done(request: HttpRequest, services: Data<Services>, id: Path<Uuid>) -> HttpResponse {
    let step = async {
        let user = person(&request).await?;
        let record = Flow::of(&services, user.tenant)?.record(*id).await?;
        Ok(match record.state {
            SignOnState::Ready => pages::done(language(&request, &user), &record),
            _ => to(&format!("/connect/{id}")),
        })
    };
    shown(&request, step.await)
}

async fn of_form(
    request: &HttpRequest,
    auth: &Auth,
    body: &WholeBody,
) -> Result<SessionUser, ApiError> {
    let token = value(body, "_csrf");
    administrator(auth.user_of_form(request, &token).await?)
}

fn value(body: &WholeBody, name: &str) -> String {
    form_urlencoded::parse(&body.0)
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

async fn from_facebook(request: HttpRequest, services: Data<Services>) -> HttpResponse {
    come_back(&request, &services, SignOnKind::Facebook).await
}

async fn from_dialog360(request: HttpRequest, services: Data<Services>) -> HttpResponse {
    come_back(&request, &services, SignOnKind::Whatsapp).await
}

async fn from_google(request: HttpRequest, services: Data<Services>) -> HttpResponse {
    come_back(&request, &services, SignOnKind::Gmail).await
}

async fn from_microsoft(request: HttpRequest, services: Data<Services>) -> HttpResponse {
    come_back(&request, &services, SignOnKind::Microsoft).await
}

async fn come_back(request: &HttpRequest, services: &Services, kind: SignOnKind) -> HttpResponse {
    let step = async {
        let user = person(request).await?;
        let flow = Flow::of(services, user.tenant)?;
        let record = flow.arrive(kind, request.query_string()).await?;
        let record = record.ok_or_else(super::flow::gone)?;
        Ok(to(&format!("/connect/{}", record.id)))
    };
    shown(request, step.await)
}

fn to(place: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header(("Location", place))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .finish()
}

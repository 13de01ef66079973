//! Signing in and out, and choosing passwords.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post};
use ecluse_adapters::storage::config_db::{ConfigDb, Token};
use ecluse_engine::configuration::Role;
use ecluse_engine::texts::Language;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{language_schema, role_schema};
use crate::auth::{Auth, SessionUser, SignIn, check_password};
use crate::error::{ApiError, Asked, Body, Problem};

/// Mounts sign-in.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(sign_in)
        .service(show)
        .service(change)
        .service(sign_out)
        .service(change_password)
        .service(choose_password);
}

/// What a person types to sign in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInBody {
    /// An e-mail, or `admin`.
    #[schema(example = "admin")]
    email: String,
    #[schema(value_type = String, format = Password, write_only)]
    password: SecretString,
    /// The agent's number; needed with a PIN.
    #[schema(example = "0001")]
    number: Option<String>,
    /// Needed when the person has one.
    #[schema(value_type = Option<String>, format = Password, write_only)]
    pin: Option<SecretString>,
}

/// The session of a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    user: UserView,
    /// Send it as `X-CSRF-Token` with everything but GET.
    csrf_token: String,
}

/// A person who is signed in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
struct UserView {
    id: Uuid,
    name: String,
    email: String,
    #[schema(schema_with = role_schema)]
    role: Role,
    #[schema(example = "0001")]
    number: String,
    #[schema(schema_with = language_schema)]
    language: Option<Language>,
}

impl From<&SessionUser> for SessionView {
    fn from(user: &SessionUser) -> Self {
        Self {
            user: UserView {
                id: user.person.0,
                name: user.name.clone(),
                email: user.email.clone(),
                role: user.role,
                number: user.number.clone(),
                language: user.language,
            },
            csrf_token: user.csrf_token.clone(),
        }
    }
}

/// Sign in
///
/// Opens a session and sets its cookie. After five failures for an e-mail or from an address within 15 minutes the
/// answer is 429.
#[utoipa::path(tag = "session", security(()), request_body = SignInBody, responses(
    (status = 200, description = "Signed in", body = SessionView),
    (status = 401, description = "`sign_in_refused`", body = Problem),
    (status = 403, description = "`csrf`: another site's page asked", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
#[post("/session")]
async fn sign_in(
    request: HttpRequest,
    auth: Data<Auth>,
    db: Data<ConfigDb>,
    Body(body): Body<SignInBody>,
) -> Result<HttpResponse, ApiError> {
    if auth.is_foreign(&request) {
        return Err(ApiError::Csrf);
    }
    let SignInBody {
        email,
        password,
        number,
        pin,
    } = body;
    let asked = SignIn {
        email,
        password,
        number,
        pin,
    };
    let token = auth.sign_in(asked, auth.peer(&request)).await?;
    let session = db
        .session(token.digest())
        .await?
        .ok_or(ApiError::SignInRefused)?;
    let user = SessionUser::new(session, &token);
    Ok(HttpResponse::Ok()
        .cookie(auth.session_cookie(&token))
        .json(SessionView::from(&user)))
}

/// Who is signed in
#[utoipa::path(tag = "session", responses(
    (status = 200, description = "The session", body = SessionView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`people_only`: an API key has no session", body = Problem),
))]
#[get("/session")]
async fn show(user: SessionUser) -> HttpResponse {
    HttpResponse::Ok().json(SessionView::from(&user))
}

/// A person's own choices.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SessionChange {
    /// The language of the pages; `null` follows the browser.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required, schema_with = language_schema)]
    language: Option<Language>,
}

/// Choose a language
#[utoipa::path(tag = "session", request_body = SessionChange, responses(
    (status = 200, description = "The session", body = SessionView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`csrf`, `people_only`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[patch("/session")]
async fn change(
    db: Data<ConfigDb>,
    Asked(user, body): Asked<SessionUser, SessionChange>,
) -> Result<HttpResponse, ApiError> {
    db.set_language(user.tenant, user.person, body.language)
        .await?;
    let user = SessionUser {
        language: body.language,
        ..user
    };
    Ok(HttpResponse::Ok().json(SessionView::from(&user)))
}

/// Sign out
#[utoipa::path(tag = "session", responses(
    (status = 204, description = "Signed out"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`csrf`, `people_only`", body = Problem),
))]
#[delete("/session")]
async fn sign_out(
    auth: Data<Auth>,
    db: Data<ConfigDb>,
    user: SessionUser,
) -> Result<HttpResponse, ApiError> {
    db.end_session(user.session).await?;
    Ok(HttpResponse::NoContent().cookie(auth.no_cookie()).finish())
}

/// A change of one's own password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordChange {
    #[schema(value_type = String, format = Password, write_only)]
    current: SecretString,
    /// At least 12 characters.
    #[schema(value_type = String, format = Password, write_only, min_length = 12, max_length = 256)]
    new: SecretString,
}

/// Change one's own password
///
/// Every other session of the person ends.
#[utoipa::path(tag = "session", request_body = PasswordChange, responses(
    (status = 204, description = "Changed"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`csrf`, `people_only`", body = Problem),
    (status = 422, description = "`validation`: `current` `wrong_password`, `new` `too_short`, `too_long`, `too_easy`",
        body = Problem),
    (status = 429, description = "`too_many_attempts`", body = Problem),
))]
#[post("/password")]
async fn change_password(
    request: HttpRequest,
    auth: Data<Auth>,
    db: Data<ConfigDb>,
    Asked(user, body): Asked<SessionUser, PasswordChange>,
) -> Result<HttpResponse, ApiError> {
    auth.confirm_password(&user, &body.current, auth.peer(&request))
        .await?;
    refuse_weak("new", &body.new, &user.email, &user.name)?;
    let hash = auth.hash(body.new).await?;
    db.set_password(&user.editor(), user.person, hash, Some(user.session))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The first or the new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChosenPassword {
    /// At least 12 characters.
    #[schema(value_type = String, format = Password, write_only, min_length = 12, max_length = 256)]
    password: SecretString,
}

/// Choose a password with a link
///
/// For invitations and resets alike. The link is used up, and every session of the person ends.
#[utoipa::path(tag = "session", security(()), operation_id = "use_link", request_body = ChosenPassword,
    params(("token" = String, Path, description = "The last part of the link")),
    responses(
        (status = 204, description = "Chosen; sign in now"),
        (status = 410, description = "`link_gone`", body = Problem),
        (status = 422, description = "`validation`: `password` `too_short`, `too_long`, `too_easy`", body = Problem),
    )
)]
#[post("/invitations/{token}")]
async fn choose_password(
    auth: Data<Auth>,
    db: Data<ConfigDb>,
    token: Path<String>,
    Body(body): Body<ChosenPassword>,
) -> Result<HttpResponse, ApiError> {
    use_link(&auth, &db, &token, body.password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sets the password of whoever has the link, which is used up.
///
/// # Errors
/// The link is gone, or the password is weak.
pub(super) async fn use_link(
    auth: &Auth,
    db: &ConfigDb,
    token: &str,
    password: SecretString,
) -> Result<(), ApiError> {
    let digest = Token::presented(token).digest();
    let link = db.link(digest).await?.ok_or(ApiError::LinkGone)?;
    refuse_weak("password", &password, &link.email, &link.name)?;
    let hash = auth.hash(password).await?;
    db.use_link(digest, hash).await?;
    Ok(())
}

fn refuse_weak(
    field: &str,
    password: &SecretString,
    email: &str,
    name: &str,
) -> Result<(), ApiError> {
    match check_password(field, password, &[email, name]) {
        Some(error) => Err(ApiError::Validation(vec![error])),
        None => Ok(()),
    }
}

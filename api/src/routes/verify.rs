//! Whether connections work, and taking a deletion back.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use ecluse_adapters::storage::config_db::{
    ChannelSecrets, ChannelSettings, MAIL_PASSWORD, SecretChange, SettingsBody, SystemMail,
};
use ecluse_engine::ids::{ChannelId, TenantId};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{IfMatch, shown};
use crate::auth::AdministratorOnly;
use crate::connect::verify::{
    Connection, Outcome, SavedChannel, SavedMail, Trial, verify, verify_system_mail, verify_trunk,
};
use crate::error::{ApiError, Asked, Problem, parse_value};
use crate::resources::{ChannelBody, Kind, Record, Services, Shown, merge_shown, strip};

/// Mounts the checks. `/channels/verify` is no channel's id, so they come before the channels.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(verify_typed)
        .service(verify_saved)
        .service(reactivate)
        .service(verify_saved_trunk)
        .service(verify_mail);
}

/// What is tried: a connection, and with it the members of a channel that are not saved yet.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = VerifyBody)]
struct VerifyBody {
    connection: Connection,
    /// Members of a channel, which win over what is saved.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    channel: Map<String, Value>,
}

/// Try a connection before saving
///
/// The body is a channel's, with `connection` beside it. A connection that fails is an answer, not an error.
#[utoipa::path(tag = "channels", request_body = VerifyBody, responses(
    (status = 200, description = "What came of it", body = Outcome),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 409, description = "`not_available`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
    (status = 429, description = "`too_many_requests`: a few are tried at once", body = Problem),
))]
#[post("/channels/verify")]
async fn verify_typed(
    services: Data<Services>,
    Asked(caller, body): Asked<AdministratorOnly, VerifyBody>,
) -> Result<HttpResponse, ApiError> {
    let outcome = of_typed(&services, caller.0.tenant, body.connection, body.channel);
    Ok(HttpResponse::Ok().json(outcome.await?))
}

/// Tries a connection of a channel that is typed and not saved.
///
/// # Errors
/// The channel cannot be read, or has no such connection; or too many are tried.
pub async fn of_typed(
    services: &Services,
    tenant: TenantId,
    connection: Connection,
    typed: Map<String, Value>,
) -> Result<Outcome, ApiError> {
    let trial = Trial {
        tenant,
        connection,
        draft: channel(Value::Object(typed), connection)?.draft()?,
        saved: ChannelSecrets::default(),
        of: None,
        mail: None,
    };
    verify(services, trial).await
}

/// Tries a connection of a saved channel, with what is typed over it.
///
/// # Errors
/// There is no such channel, what is typed cannot be read, the channel has no such connection, or too many are tried.
pub async fn of_saved(
    services: &Services,
    tenant: TenantId,
    id: Uuid,
    connection: Connection,
    typed: Map<String, Value>,
) -> Result<Outcome, ApiError> {
    let stored = services.record(Kind::Channel, tenant, id).await?;
    let mail = mail_of(&stored, connection);
    let revision = stored.revision();
    let mut before = stored.shown(services).body;
    strip(&mut before, Kind::Channel.read_only());
    let mut whole = before.clone();
    let mut typed = Value::Object(typed);
    strip(&mut typed, Kind::Channel.read_only());
    merge_shown(&mut whole, typed, Kind::Channel.secrets());
    let kind = before["kind"].as_str().unwrap_or_default();
    let is_as_saved = whole.get(kind) == before.get(kind);
    let channel_id = ChannelId(id);
    let trial = Trial {
        tenant,
        connection,
        of: Some(SavedChannel {
            id: channel_id,
            revision,
            is_as_saved,
        }),
        draft: channel(whole, connection)?.draft()?,
        saved: services.db.channel_secrets(channel_id).await?,
        mail,
    };
    verify(services, trial).await
}

/// What a saved channel's secrets of a connection are for.
fn mail_of(stored: &Record, connection: Connection) -> Option<SavedMail> {
    let Record::Channel(channel) = stored else {
        return None;
    };
    let ChannelSettings::Email(mail) = &channel.settings else {
        return None;
    };
    let server = match connection {
        Connection::Imap => &mail.imap,
        Connection::Smtp => &mail.smtp,
        Connection::Provider => return None,
    };
    Some(SavedMail {
        provider: mail.provider,
        server: server.clone(),
    })
}

/// Reads a channel that may lack what has nothing to do with the connection.
fn channel(mut body: Value, connection: Connection) -> Result<ChannelBody, ApiError> {
    strip(&mut body, Kind::Channel.read_only());
    if let Value::Object(members) = &mut body {
        members.remove("revision");
        members
            .entry("destination")
            .or_insert_with(|| json!({ "queue": Uuid::nil() }));
    }
    if let Some(Value::Object(mail)) = body.get_mut("email") {
        match connection {
            Connection::Imap => drop(mail.remove("smtp")),
            Connection::Smtp => drop(mail.remove("imap")),
            Connection::Provider => {}
        }
    }
    parse_value(&body)
}

/// Try a connection of a channel
///
/// With what is saved, or with what the body has over it; a secret that is left out is the saved one. A saved password is used
/// with the saved host, port and user only: else the answer is `password_needed`. What is saved and fails makes the channel
/// `degraded`, and what works again heals it.
#[utoipa::path(tag = "channels", request_body = VerifyBody, params(("id" = Uuid, Path, description = "The channel's id")),
    responses(
        (status = 200, description = "What came of it", body = Outcome),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 409, description = "`not_available`", body = Problem),
        (status = 422, description = "`validation`", body = Problem),
        (status = 429, description = "`too_many_requests`: a few are tried at once", body = Problem),
    )
)]
#[post("/channels/{id}/verify")]
async fn verify_saved(
    services: Data<Services>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AdministratorOnly, VerifyBody>,
) -> Result<HttpResponse, ApiError> {
    let (tenant, connection) = (caller.0.tenant, body.connection);
    let outcome = of_saved(&services, tenant, *id, connection, body.channel);
    Ok(HttpResponse::Ok().json(outcome.await?))
}

/// Take a pending deletion back
///
/// A WhatsApp channel that was deleted works until its month ends, and stays with the same destination if it is reactivated.
#[utoipa::path(tag = "channels", params(("id" = Uuid, Path, description = "The channel's id"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read, or `*`")),
    responses(
        (status = 200, description = "As it is now", body = crate::resources::ChannelView, headers(("ETag" = String))),
        (status = 401, description = "`unauthenticated`", body = Problem),
        (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
        (status = 404, description = "`not_found`", body = Problem),
        (status = 409, description = "`not_pending`, `channel_deleted`", body = Problem),
        (status = 412, description = "`precondition_failed`: changed meanwhile", body = Problem),
    )
)]
#[post("/channels/{id}/reactivate")]
async fn reactivate(
    caller: AdministratorOnly,
    services: Data<Services>,
    id: Path<Uuid>,
    expected: IfMatch,
) -> Result<HttpResponse, ApiError> {
    let expected = match expected.revision() {
        Err(ApiError::PreconditionRequired) => None,
        read => read?,
    };
    let editor = caller.0.editor();
    let channel = services
        .db
        .reactivate_channel(&editor, ChannelId(*id), expected);
    let record = Record::Channel(Box::new(channel.await?));
    let Shown { body, revision, .. } = record.shown(&services);
    Ok(shown(&body, revision))
}

/// Try an SMS trunk
///
/// With what is saved: the provider is asked whether it knows us and our numbers. No message is sent.
#[utoipa::path(tag = "sms-trunks", params(("id" = Uuid, Path, description = "The trunk's id")), responses(
    (status = 200, description = "What came of it", body = Outcome),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 429, description = "`too_many_requests`: a few are tried at once", body = Problem),
))]
#[post("/sms-trunks/{id}/verify")]
async fn verify_saved_trunk(
    caller: AdministratorOnly,
    services: Data<Services>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let outcome = verify_trunk(&services, caller.0.tenant, *id).await?;
    Ok(HttpResponse::Ok().json(outcome))
}

/// What is tried; left out, it is what is saved.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = VerifyMailBody)]
#[serde(deny_unknown_fields, default)]
struct MailBody {
    mail: Option<SystemMail>,
}

/// Try the outgoing mail of the settings
///
/// A password that is left out is the saved one, which is used with the saved host, port and user only: else the answer is
/// `password_needed`. No mail is sent.
#[utoipa::path(tag = "settings", request_body = MailBody, responses(
    (status = 200, description = "What came of it", body = Outcome),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator; `csrf`", body = Problem),
    (status = 422, description = "`validation`: no mail is set", body = Problem),
    (status = 429, description = "`too_many_requests`: a few are tried at once", body = Problem),
))]
#[post("/settings/mail/verify")]
async fn verify_mail(
    services: Data<Services>,
    Asked(caller, body): Asked<AdministratorOnly, Value>,
) -> Result<HttpResponse, ApiError> {
    let outcome = of_mail(&services, caller.0.tenant, body).await?;
    Ok(HttpResponse::Ok().json(outcome))
}

/// Tries the account that the system's own mails are sent by: the typed one, else the saved one.
///
/// # Errors
/// There is none, it cannot be read, or too many connections are tried.
pub async fn of_mail(
    services: &Services,
    tenant: TenantId,
    mut body: Value,
) -> Result<Outcome, ApiError> {
    strip(&mut body, &["mail.has_password"]);
    let body: MailBody = parse_value(&body)?;
    let stored = services.db.only_document::<SettingsBody>(tenant).await?;
    let saved = match &stored {
        Some(record) => {
            services
                .db
                .document_secret(record.id, MAIL_PASSWORD)
                .await?
        }
        None => None,
    };
    let known = stored.and_then(|record| record.body.mail);
    let missing = || ApiError::field("mail", "required", "no account is set");
    let mail = body.mail.or_else(|| known.clone()).ok_or_else(missing)?;
    let server = mail.server();
    let is_elsewhere = |known: &SystemMail| !server.may_have_secret_of(&known.server());
    if matches!(mail.password, SecretChange::Keep)
        && saved.is_some()
        && known.as_ref().is_none_or(is_elsewhere)
    {
        return Ok(Outcome::password_needed());
    }
    let password = match mail.password {
        SecretChange::Keep => saved,
        SecretChange::Clear => None,
        SecretChange::Set(password) => Some(password),
    };
    verify_system_mail(services, tenant, (&server, &mail.from), password).await
}

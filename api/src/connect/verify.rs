//! Whether a connection works, with what is saved or with what is typed and not saved yet.
//!
//! What must stay true: a company that fails is an answer and never an error of ours; what is typed wins over what is saved,
//! and secrets that are left out are the saved ones; nothing is sent to any customer. IMAP and SMTP are tried apart.

use ecluse_adapters::cmp::facebook::FacebookError;
use ecluse_adapters::email::fault::MailError;
use ecluse_adapters::email::settings::{
    ImapSettings, MailSignIn, Security as Spoken, SmtpSettings,
};
use ecluse_adapters::email::verify::{Verified as MailVerified, verify_imap, verify_smtp};
use ecluse_adapters::sms::check::CheckError;
use ecluse_adapters::sms::number::PhoneNumber;
use ecluse_adapters::sms::trunk::TrunkProvider;
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChannelSecrets, EmailDraft, EmailProvider, MailServer, SecretChange, Security,
    SettingsDraft, SignOnMailbox, SmsTrunkBody, WhatsappDraft, WhatsappProviderKind,
    password_as_kept,
};
use ecluse_adapters::whatsapp::dialog360::{Dialog360, Dialog360Config, SecretHeader};
use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::provider::{Provider as _, VerifyError};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::companies::{Companies, nothing_set};
use super::consent::{access, mailbox_of, signed_on};
use super::{faults, flow, trouble};
use crate::error::ApiError;
use crate::resources::Services;

/// Which connection of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// Of a mailbox: reading.
    Imap,
    /// Of a mailbox: sending.
    Smtp,
    /// The company that carries the channel.
    Provider,
}

impl Connection {
    /// Its name in the API.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Smtp => "smtp",
            Self::Provider => "provider",
        }
    }
}

/// What came of trying.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Outcome {
    pub works: bool,
    /// The step that failed: `name`, `connection`, `tls`, `greeting`, `sign_in`, `account`, `folder`, `sender` or `number`;
    /// empty when it works.
    pub step: String,
    /// A stable word for what happened; translate this. Empty when it works.
    pub code: String,
    /// The same in English, with the other side's own words.
    pub message: String,
    /// What a connection that works told of itself.
    #[schema(value_type = Object)]
    pub facts: Value,
}

impl Outcome {
    pub(super) fn good(facts: Value) -> Self {
        Self {
            works: true,
            step: String::new(),
            code: String::new(),
            message: String::new(),
            facts,
        }
    }

    pub(super) fn bad(step: &str, code: &str, message: impl Into<String>) -> Self {
        Self {
            works: false,
            step: step.to_owned(),
            code: code.to_owned(),
            message: message.into(),
            facts: json!({}),
        }
    }

    fn of_call(error: &VerifyError) -> Self {
        Self::bad(error.step.code(), "unreachable", error.detail.clone())
    }

    /// A saved secret is not sent to a server that it was not saved for.
    #[must_use]
    pub fn password_needed() -> Self {
        let message = "the host, the port, the user or the security is another than what is saved: give the password again";
        Self::bad("account", "password_needed", message)
    }

    pub(super) fn missing(what: &str) -> Self {
        Self::bad("account", "not_set", format!("{what} is not set"))
    }
}

impl From<MailError> for Outcome {
    fn from(error: MailError) -> Self {
        Self::bad(error.fault.step().code(), error.fault.code(), error.detail)
    }
}

impl From<CheckError> for Outcome {
    fn from(error: CheckError) -> Self {
        Self::bad(error.step.code(), error.problem.code(), error.detail)
    }
}

/// What is tried: the channel as it is or would be, and the secrets that go with it.
#[derive(Debug)]
pub struct Trial {
    pub tenant: TenantId,
    pub connection: Connection,
    pub draft: ChannelDraft,
    pub saved: ChannelSecrets,
    pub of: Option<SavedChannel>,
    /// What the saved secrets of the connection are for.
    pub mail: Option<SavedMail>,
}

/// Who runs a saved mailbox, and the server of the connection that is tried.
#[derive(Clone, Debug)]
pub struct SavedMail {
    pub provider: EmailProvider,
    pub server: MailServer,
}

/// The saved channel whose connection is tried.
#[derive(Clone, Copy, Debug)]
pub struct SavedChannel {
    pub id: ChannelId,
    /// Of what was tried.
    pub revision: u64,
    /// Nothing was typed over what its connections need: its health is told.
    pub is_as_saved: bool,
}

/// Tries it.
///
/// # Errors
/// The tenant tries too many at once, the channel has no such connection, or the configuration cannot be read.
pub async fn verify(services: &Services, trial: Trial) -> Result<Outcome, ApiError> {
    let companies = services.companies.as_ref().ok_or_else(nothing_set)?;
    let _place = companies.crowd().enter(trial.tenant)?;
    let outcome = run(services, companies, &trial).await?;
    if let Some(channel) = trial.of.filter(|channel| channel.is_as_saved) {
        tell(services, &trial, channel, &outcome).await?;
    }
    Ok(outcome)
}

async fn run(
    services: &Services,
    companies: &Companies,
    trial: &Trial,
) -> Result<Outcome, ApiError> {
    match (trial.connection, &trial.draft.settings) {
        (Connection::Imap | Connection::Smtp, SettingsDraft::Email(mail)) => {
            mailbox(services, companies, trial, mail).await
        }
        (Connection::Provider, SettingsDraft::Facebook(_)) => Ok(page(companies, trial).await),
        (Connection::Provider, SettingsDraft::Whatsapp(number)) => Ok(match number.provider {
            WhatsappProviderKind::Cloud => cloud(companies, trial, number).await,
            WhatsappProviderKind::Dialog360 => dialog360(companies, trial).await,
        }),
        (Connection::Provider, SettingsDraft::Sms(sms)) => {
            let numbers = match PhoneNumber::parse(&sms.number, None) {
                Ok(number) => vec![number],
                Err(error) => {
                    let message = error.to_string();
                    return Ok(Outcome::bad("number", "invalid_number", message));
                }
            };
            let found = services
                .db
                .document::<SmsTrunkBody>(trial.tenant, sms.trunk);
            match found.await? {
                Some(trunk) => {
                    check_trunk(services, companies, trunk.id, trunk.body, numbers).await
                }
                None => Ok(Outcome::missing("the trunk")),
            }
        }
        (connection, _) => {
            let message = format!("this channel has no connection {}", connection.word());
            Err(ApiError::field("connection", "not_allowed", &message))
        }
    }
}

/// A failure is the channel's state, with its class (R60); a success ends what the same connection had told.
async fn tell(
    services: &Services,
    trial: &Trial,
    saved: SavedChannel,
    outcome: &Outcome,
) -> Result<(), ApiError> {
    let (db, tenant, channel) = (&services.db, trial.tenant, saved.id);
    let Some(record) = db.channel(tenant, channel).await? else {
        return Ok(());
    };
    if let Some(health) = trouble::after(&record.health, trial.connection, outcome) {
        db.set_channel_health(tenant, channel, health).await?;
    }
    if outcome.works && record.revision == saved.revision {
        let connection = trial.connection.word();
        db.note_worked(tenant, channel, connection).await?;
    }
    Ok(())
}

/// What is typed wins; what is left out is as saved.
fn secret<'s>(
    typed: &'s SecretChange,
    saved: Option<&'s SecretString>,
) -> Option<&'s SecretString> {
    match typed {
        SecretChange::Keep => saved,
        SecretChange::Clear => None,
        SecretChange::Set(secret) => Some(secret),
    }
}

async fn mailbox(
    services: &Services,
    companies: &Companies,
    trial: &Trial,
    mail: &EmailDraft,
) -> Result<Outcome, ApiError> {
    let (typed, saved) = (&trial.draft.secrets, &trial.saved);
    let signed_on = signed_on(services, trial).await?;
    let told = signed_on.as_ref().and_then(mailbox_of);
    let server = server_of(companies, trial, mail, told);
    let server = server.as_ref();
    let address = told.filter(|_| mail.address.trim().is_empty());
    let address = address.map_or(&mail.address, |told| &told.address);
    if told.is_none() && needs_the_secret_again(trial, mail, server) {
        return Ok(Outcome::password_needed());
    }
    let sign_in = match flow::company_of(mail.provider) {
        Some(company) => match access(services, companies, trial, company).await? {
            Ok(token) => MailSignIn::AccessToken(token),
            Err(outcome) => return Ok(outcome),
        },
        None => {
            let password = match trial.connection {
                Connection::Imap => secret(&typed.imap_password, saved.imap_password.as_ref()),
                _ => secret(&typed.smtp_password, saved.smtp_password.as_ref()),
            };
            match password {
                Some(password) => MailSignIn::Password(password_as_kept(password)),
                None => return Ok(Outcome::missing("the password")),
            }
        }
    };
    let Some(server) = server else {
        return Ok(Outcome::missing("the server"));
    };
    let network = companies.network();
    Ok(match trial.connection {
        Connection::Imap => mail_outcome(verify_imap(&imap(server), &sign_in, network).await),
        _ => {
            let smtp = smtp(server, address);
            mail_outcome(verify_smtp(&smtp, &sign_in, network).await)
        }
    })
}

/// The server that is tried, as it would be saved: what a company told of a sign-on wins over what was typed, and the
/// servers of a company are known.
fn server_of(
    companies: &Companies,
    trial: &Trial,
    mail: &EmailDraft,
    told: Option<&SignOnMailbox>,
) -> Option<MailServer> {
    let reads = trial.connection == Connection::Imap;
    if let Some(told) = told {
        let told = if reads { &told.imap } else { &told.smtp };
        return Some(told.clone());
    }
    let typed = if reads { &mail.imap } else { &mail.smtp };
    typed.clone().or_else(|| {
        let known = companies.mail(flow::company_of(mail.provider)?).ok()?;
        let make = if reads {
            flow::imap_server
        } else {
            flow::smtp_server
        };
        Some(make(known, mail.address.trim()))
    })
}

/// The secret is the saved one, and the server is another than the one it was saved for.
fn needs_the_secret_again(trial: &Trial, mail: &EmailDraft, server: Option<&MailServer>) -> bool {
    let typed = &trial.draft.secrets;
    let change = match (flow::company_of(mail.provider), trial.connection) {
        (Some(_), _) => &typed.refresh_token,
        (None, Connection::Imap) => &typed.imap_password,
        (None, _) => &typed.smtp_password,
    };
    match (change, &trial.mail, server) {
        (SecretChange::Keep, Some(saved), Some(typed)) => !typed.may_have_secret_of(&saved.server),
        _ => false,
    }
}

fn mail_outcome(result: Result<MailVerified, MailError>) -> Outcome {
    match result {
        Ok(verified) => Outcome::good(json!({
            "address": verified.address.to_string(),
            "tls": verified.tls,
            "greeting": verified.greeting,
            "capabilities": verified.capabilities,
            "has_idle": verified.has_idle,
            "messages": verified.messages,
            "message_bytes_max": verified.message_bytes_max,
        })),
        Err(error) => error.into(),
    }
}

fn imap(server: &MailServer) -> ImapSettings {
    ImapSettings {
        host: server.host.clone(),
        port: server.port,
        security: spoken(server.security),
        username: server.username.clone(),
    }
}

fn smtp(server: &MailServer, sender: &str) -> SmtpSettings {
    SmtpSettings {
        host: server.host.clone(),
        port: server.port,
        security: spoken(server.security),
        username: server.username.clone(),
        sender: sender.trim().to_owned(),
    }
}

const fn spoken(security: Security) -> Spoken {
    match security {
        Security::Tls => Spoken::Tls,
        Security::Starttls => Spoken::StartTls,
        Security::None => Spoken::None,
    }
}

/// Tries the account that the system's own mails are sent by.
///
/// # Errors
/// The tenant tries too many connections at once.
pub async fn verify_system_mail(
    services: &Services,
    tenant: TenantId,
    (server, from): (&MailServer, &str),
    password: Option<SecretString>,
) -> Result<Outcome, ApiError> {
    let companies = services.companies.as_ref().ok_or_else(nothing_set)?;
    let _place = companies.crowd().enter(tenant)?;
    let sign_in = match password {
        Some(password) if !server.username.is_empty() => MailSignIn::Password(password),
        Some(_) | None => MailSignIn::Nothing,
    };
    let network = companies.network();
    Ok(mail_outcome(
        verify_smtp(&smtp(server, from), &sign_in, network).await,
    ))
}

async fn page(companies: &Companies, trial: &Trial) -> Outcome {
    let typed = &trial.draft.secrets.page_access_token;
    let Some(token) = secret(typed, trial.saved.page_access_token.as_ref()) else {
        return Outcome::missing("the page access token");
    };
    let facebook = match companies.facebook() {
        Ok(facebook) => facebook,
        Err(why) => return Outcome::bad("account", "not_available", why.to_string()),
    };
    match facebook.read_page(token).await {
        Ok(found) => Outcome::good(json!({ "page_id": found.id, "page_name": found.name })),
        Err(FacebookError::Unreachable(error)) => Outcome::of_call(&error),
        Err(error) => Outcome::bad("account", error.code(), faults::chain(&error)),
    }
}

async fn cloud(companies: &Companies, trial: &Trial, number: &WhatsappDraft) -> Outcome {
    use ecluse_adapters::cmp::cloud::CloudError;
    let typed = &trial.draft.secrets.access_token;
    let Some(token) = secret(typed, trial.saved.access_token.as_ref()) else {
        return Outcome::missing("the access token");
    };
    let (Some(id), Some(account)) = (&number.phone_number_id, &number.business_account_id) else {
        return Outcome::missing("the phone number id or the business account id");
    };
    let reader = match companies.cloud() {
        Ok(reader) => reader,
        Err(why) => return Outcome::bad("account", "not_available", why.to_string()),
    };
    match reader.read(id, account, token).await {
        Ok(found) => Outcome::good(json!({
            "number": found.number.as_str(),
            "verified_name": found.verified_name,
            "quality_rating": found.quality_rating,
            "code_verification_status": found.code_verification_status,
            "name_status": found.name_status,
            "platform_type": found.platform_type,
        })),
        Err(CloudError::Unreachable(error)) => Outcome::of_call(&error),
        Err(error) => Outcome::bad("account", error.code(), faults::chain(&error)),
    }
}

async fn dialog360(companies: &Companies, trial: &Trial) -> Outcome {
    let (typed, saved) = (&trial.draft.secrets, &trial.saved);
    let Some(api_key) = secret(&typed.api_key, saved.api_key.as_ref()) else {
        return Outcome::missing("the API key");
    };
    let headers = match &typed.webhook_headers {
        SecretChange::Keep => saved.webhook_headers.clone(),
        SecretChange::Clear => std::collections::BTreeMap::new(),
        SecretChange::Set(headers) => headers.clone(),
    };
    let config = Dialog360Config {
        api_key: api_key.clone(),
        webhook_secret: secret(&typed.webhook_secret, saved.webhook_secret.as_ref()).cloned(),
        webhook_headers: headers
            .into_iter()
            .map(|(name, value)| SecretHeader { name, value })
            .collect(),
        base_url: companies.dialog360_url().to_owned(),
    };
    match Dialog360::new(&config, companies.http()) {
        Err(error) => Outcome::bad("account", "not_usable", faults::chain(&error)),
        Ok(provider) => match provider.verify().await {
            Ok(()) => Outcome::good(json!({})),
            Err(error) => Outcome::bad(error.step.code(), error.step.code(), error.detail),
        },
    }
}

/// Tries a trunk as it is saved.
///
/// # Errors
/// There is none, the tenant tries too many at once, or the configuration cannot be read.
pub async fn verify_trunk(
    services: &Services,
    tenant: TenantId,
    id: Uuid,
) -> Result<Outcome, ApiError> {
    let companies = services.companies.as_ref().ok_or_else(nothing_set)?;
    let trunk = services.db.document::<SmsTrunkBody>(tenant, id).await?;
    let trunk = trunk.ok_or(ApiError::NotFound)?;
    let _place = companies.crowd().enter(tenant)?;
    let numbers = trunk.body.numbers.iter();
    let numbers = numbers.filter_map(|number| PhoneNumber::parse(number, None).ok());
    let numbers = numbers.collect();
    let outcome = check_trunk(services, companies, trunk.id, trunk.body, numbers).await?;
    if outcome.works {
        services.db.note_trunk_worked(tenant, id).await?;
    }
    Ok(outcome)
}

async fn check_trunk(
    services: &Services,
    companies: &Companies,
    id: Uuid,
    body: SmsTrunkBody,
    numbers: Vec<PhoneNumber>,
) -> Result<Outcome, ApiError> {
    let provider = match trunk_provider(services, id, &body).await? {
        Ok(provider) => provider,
        Err(message) => return Ok(Outcome::bad("account", "not_usable", message)),
    };
    if let Some(problem) = provider.validate().first() {
        let message = problem.to_string();
        return Ok(Outcome::bad("account", "not_usable", message));
    }
    Ok(match companies.trunks().check(&provider, &numbers).await {
        Ok(checked) => Outcome::good(json!({ "checked": checked.code() })),
        Err(error) => error.into(),
    })
}

/// The trunk as the checks take it: the member of its provider, with the saved secret in it.
async fn trunk_provider(
    services: &Services,
    id: Uuid,
    body: &SmsTrunkBody,
) -> Result<Result<TrunkProvider, String>, ApiError> {
    use ecluse_adapters::storage::config_db::Document as _;
    let whole = serde_json::to_value(body).map_err(ApiError::internal)?;
    let name = whole["provider"].as_str().unwrap_or_default().to_owned();
    let mut member = whole[&name].clone();
    for (secret, _) in body.usable_secrets() {
        let Some((parent, last)) = secret.rsplit_once('.') else {
            continue;
        };
        let stored = services.db.document_secret(id, secret).await?;
        if let (Some(stored), true, Some(members)) =
            (stored, parent == name, member.as_object_mut())
        {
            members.insert(last.to_owned(), json!(stored.expose_secret()));
        }
    }
    // What does not fit may hold the secret: it is not told.
    let provider = serde_json::from_value(json!({ name: member }));
    Ok(provider.map_err(|_| "the trunk's credentials are not complete".to_owned()))
}

//! What a channel's draft needs of a company before it is stored: the page of a token, the number of an id, a key and a
//! webhook, one proof that a consent holds. Nothing here holds a transaction.
//!
//! What must stay true: what a company refuses is refused as the field that it is about, and a company that does not answer
//! as such; what was made at a company (a key) is kept in the sign-on before anything else is done, so that saving again
//! uses it and makes no second one.

use ecluse_adapters::cmp::cloud::CloudError;
use ecluse_adapters::storage::config_db::{
    ChannelDraft, EmailDraft, FacebookDraft, SecretChange, SecretsDraft, SettingsDraft,
    SignOnFound, SignOnNumber, SignOnRecord, SignOnState, WhatsappDraft, WhatsappProviderKind,
};
use ecluse_adapters::whatsapp::dialog360::SecretHeader;
use ecluse_engine::ids::TenantId;
use secrecy::SecretString;
use uuid::Uuid;

use super::companies::{Companies, nothing_set};
use super::{faults, flow};
use crate::error::ApiError;
use crate::resources::Services;

/// Who asks for a change, and of what.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    pub tenant: TenantId,
    /// The resource that is changed; `None` for a new one.
    pub id: Option<Uuid>,
    /// Whether something may be made or changed at a company. Files of configuration only read there.
    pub acts: bool,
}

/// Fills the draft in.
///
/// # Errors
/// What a company refuses, by its field, or that it cannot be asked.
pub async fn prepare(
    draft: &mut ChannelDraft,
    services: &Services,
    asking: Asking,
) -> Result<(), ApiError> {
    if let Some(id) = draft.sign_on {
        return attach(services, asking, id).await;
    }
    let companies = services.companies.as_ref();
    let secrets = &mut draft.secrets;
    match &mut draft.settings {
        SettingsDraft::Facebook(page) => read_page(page, secrets, companies, asking).await,
        SettingsDraft::Whatsapp(number) => read_number(number, secrets, companies, asking).await,
        SettingsDraft::Email(mail) => prove_consent(mail, secrets, companies, asking).await,
        SettingsDraft::LiveChat(_) | SettingsDraft::Sms(_) => Ok(()),
    }
}

/// Does at the company what the channel of a finished sign-on needs.
async fn attach(services: &Services, asking: Asking, id: Uuid) -> Result<(), ApiError> {
    if !asking.acts {
        let message = "belongs to a person's window and not to a file";
        return Err(ApiError::field("sign_on", "not_allowed", message));
    }
    let record = services.db.sign_on(asking.tenant, id).await?;
    let record = record.filter(|record| record.state == SignOnState::Ready);
    let record = record.ok_or_else(flow::gone)?;
    match &record.progress.found {
        Some(SignOnFound::Pages(_)) => {
            let page = record.page().ok_or_else(flow::gone)?;
            let companies = services.companies.as_ref().ok_or_else(nothing_set)?;
            subscribe(companies, "facebook.sign_on", &page.id, &page.token).await
        }
        Some(SignOnFound::Numbers { .. }) => open_number(services, asking, record).await,
        Some(SignOnFound::Mailbox(_)) => Ok(()),
        None => Err(flow::gone()),
    }
}

async fn subscribe(
    companies: &Companies,
    field: &str,
    page: &str,
    token: &SecretString,
) -> Result<(), ApiError> {
    let subscribed = companies.facebook()?.subscribe(page, token).await;
    subscribed.map_err(|error| faults::refuse_page(field, error))
}

/// The key of the chosen number, made once, and its webhook at the channel's own address.
async fn open_number(
    services: &Services,
    asking: Asking,
    mut record: SignOnRecord,
) -> Result<(), ApiError> {
    const FIELD: &str = "whatsapp.sign_on";
    let companies = services.companies.as_ref().ok_or_else(nothing_set)?;
    let hub = companies.hub()?;
    let number = record.number().ok_or_else(flow::gone)?.clone();
    let reserved = record.progress.reserved.unwrap_or_else(Uuid::now_v7);
    let channel = asking.id.unwrap_or(reserved);
    let (key, word) = match (number.api_key, number.webhook_word) {
        (Some(key), Some(word)) => (key, word),
        _ => {
            let made = hub.create_api_key(&number.channel_id).await;
            let made = made.map_err(|error| faults::refuse_hub(FIELD, error))?;
            (made.api_key, flow::word())
        }
    };
    keep(&mut record, reserved, &key, &word);
    services.db.advance_sign_on(&record).await?;
    let url = services.auth.url(&format!("/webhooks/360dialog/{channel}"));
    let header = SecretHeader {
        name: SignOnNumber::webhook_header().to_owned(),
        value: word,
    };
    let registered = hub.register_webhook(&key, &url, &[header]).await;
    registered.map_err(|error| faults::refuse_hub(FIELD, error))
}

fn keep(record: &mut SignOnRecord, reserved: Uuid, key: &SecretString, word: &SecretString) {
    record.progress.reserved = Some(reserved);
    let chosen = record.progress.chosen.clone();
    let Some(SignOnFound::Numbers { numbers, .. }) = &mut record.progress.found else {
        return;
    };
    for number in numbers {
        if Some(&number.channel_id) == chosen.as_ref() {
            number.api_key = Some(key.clone());
            number.webhook_word = Some(word.clone());
        }
    }
}

async fn read_page(
    page: &mut FacebookDraft,
    secrets: &SecretsDraft,
    companies: Option<&Companies>,
    asking: Asking,
) -> Result<(), ApiError> {
    const FIELD: &str = "facebook.page_access_token";
    let SecretChange::Set(token) = &secrets.page_access_token else {
        return Ok(());
    };
    let companies = companies.ok_or_else(nothing_set)?;
    let found = companies.facebook()?.read_page(token).await;
    let found = found.map_err(|error| faults::refuse_page(FIELD, error))?;
    (page.page_id, page.page_name) = (found.id, found.name);
    match asking.acts {
        true => subscribe(companies, FIELD, &page.page_id, token).await,
        false => Ok(()),
    }
}

/// Reads the number back. One that was typed must agree, and is believed where Meta does not answer: the channel's health
/// tells then.
async fn read_number(
    draft: &mut WhatsappDraft,
    secrets: &SecretsDraft,
    companies: Option<&Companies>,
    asking: Asking,
) -> Result<(), ApiError> {
    let SecretChange::Set(token) = &secrets.access_token else {
        return Ok(());
    };
    let (Some(id), WhatsappProviderKind::Cloud) = (&draft.phone_number_id, draft.provider) else {
        return Ok(());
    };
    let is_given = !draft.number.trim().is_empty();
    let Some(account) = &draft.business_account_id else {
        let message = "is needed to read the number from Meta";
        return match is_given {
            true => Ok(()),
            false => Err(ApiError::field(
                "whatsapp.business_account_id",
                "required",
                message,
            )),
        };
    };
    let Some(companies) = companies else {
        return match is_given {
            true => Ok(()),
            false => Err(nothing_set().into()),
        };
    };
    let reader = companies.cloud()?;
    match reader.read(id, account, token).await {
        Ok(found) => {
            let read = found.number.as_str();
            let typed = draft.number.trim();
            if is_given && digits(typed) != digits(read) {
                let message = format!("Meta says that this id is of {read}");
                return Err(ApiError::field("whatsapp.number", "differs", &message));
            }
            read.clone_into(&mut draft.number);
        }
        Err(CloudError::Unreachable(_)) if is_given => return Ok(()),
        Err(error) => return Err(refuse_number(error)),
    }
    match asking.acts {
        true => reader.subscribe(account, token).await.or_else(|error| {
            // The account may be subscribed already, by somebody with more rights; the number itself is proven.
            tracing::warn!(code = error.code(), "a business account was not subscribed");
            Ok(())
        }),
        false => Ok(()),
    }
}

fn refuse_number(error: CloudError) -> ApiError {
    use ecluse_adapters::cmp::cloud::What;
    let field = match &error {
        CloudError::NotFound {
            what: What::PhoneNumber,
            ..
        } => "whatsapp.phone_number_id",
        CloudError::NotFound { .. } | CloudError::NotOfThisAccount { .. } => {
            "whatsapp.business_account_id"
        }
        CloudError::BadNumber { .. } => "whatsapp.number",
        _ => "whatsapp.access_token",
    };
    faults::refuse_number(field, error)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// One refresh proves a consent that a program brings. A company that gives a new token with it wants that one kept.
async fn prove_consent(
    mail: &mut EmailDraft,
    secrets: &mut SecretsDraft,
    companies: Option<&Companies>,
    asking: Asking,
) -> Result<(), ApiError> {
    const FIELD: &str = "email.refresh_token";
    let (SecretChange::Set(token), Some(company)) =
        (&secrets.refresh_token, flow::company_of(mail.provider))
    else {
        return Ok(());
    };
    let known = companies.ok_or_else(nothing_set)?.mail(company)?;
    let mailbox = mail.address.trim();
    mail.imap
        .get_or_insert_with(|| flow::imap_server(known, mailbox));
    mail.smtp
        .get_or_insert_with(|| flow::smtp_server(known, mailbox));
    let (Some(companies), true) = (companies, asking.acts) else {
        return Ok(());
    };
    let refreshed = companies.oauth().refresh(&known.application, token).await;
    let refreshed = refreshed.map_err(|error| faults::refuse_mail(FIELD, &error))?;
    if let Some(fresh) = refreshed.refresh_token {
        secrets.refresh_token = SecretChange::Set(fresh);
    }
    Ok(())
}

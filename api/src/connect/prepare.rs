//! What a channel's draft needs of a company before it is stored: the page of a token, the number of an id, a key and a
//! webhook, one proof that a consent holds. Nothing here holds a transaction but a rehearsal, which asks nobody.
//!
//! What must stay true: reading ([`fill`]) changes nothing anywhere, and only an [`Errand`] makes or moves something, after
//! all else was found good; what a company refuses is refused as the field that it is about, and a company that does not
//! answer as such; a number that another channel has keeps its key and its webhook; what was made at a company (a key) is
//! kept in the sign-on before anything else is done, so that saving again uses it and makes no second one.

use ecluse_adapters::cmp::cloud::CloudError;
use ecluse_adapters::sms::number::PhoneNumber;
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChannelSecrets, ChannelSettings, Editor, EmailDraft, FacebookDraft, SecretChange,
    SecretsDraft, SettingsDraft, SignOnFound, SignOnNumber, SignOnRecord, WhatsappDraft,
    WhatsappProvider, WhatsappProviderKind, WhatsappSettings,
};
use ecluse_adapters::whatsapp::dialog360::SecretHeader;
use ecluse_engine::ids::{ChannelId, TenantId};
use futures_util::FutureExt as _;
use secrecy::SecretString;
use uuid::Uuid;

use super::companies::{Companies, nothing_set};
use super::turns::Turn;
use super::{brought_key, faults, flow};
use crate::error::ApiError;
use crate::resources::Services;

const PAGE_FIELD: &str = "facebook.page_access_token";
const CONSENT_FIELD: &str = "email.refresh_token";

/// Who asks for a change, and of what.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    pub tenant: TenantId,
    /// The resource that is changed; `None` for a new one.
    pub id: Option<Uuid>,
    /// The revision that the editor saw.
    pub expected: Option<u64>,
}

/// What is left to be done at a company before a draft is stored. Done again, it changes nothing more.
#[derive(Debug)]
pub enum Errand {
    /// What the channel of a finished sign-on needs.
    SignOn(Uuid),
    /// A page's messages are sent to us.
    Page { id: String, token: SecretString },
    /// A business account's messages are sent to us.
    Account { id: String, token: SecretString },
    /// A consent that a program brings is tried.
    Consent,
    /// The webhooks of a number at 360dialog are sent to this channel, and no more to whoever had them.
    Webhook { channel: Uuid, key: SecretString },
}

/// Fills the draft in, and does at the company what it needs; the turn of its number lasts until it is stored.
///
/// # Errors
/// What a company refuses, by its field, or that it cannot be asked.
pub async fn prepare(
    draft: &mut ChannelDraft,
    services: &Services,
    asking: Asking,
) -> Result<Option<Turn>, ApiError> {
    let Some(errand) = fill(draft, services, asking).await? else {
        return Ok(None);
    };
    let turn = errand.turn(draft, services, asking).await?;
    rehearse(draft, services, asking).await?;
    errand.run(draft, services, asking).await?;
    Ok(turn)
}

/// Fills in what the companies tell, and says what is left to be done there.
///
/// # Errors
/// What a company refuses, by its field, or that it cannot be asked.
pub async fn fill(
    draft: &mut ChannelDraft,
    services: &Services,
    asking: Asking,
) -> Result<Option<Errand>, ApiError> {
    if let Some(id) = draft.sign_on {
        return Ok(Some(Errand::SignOn(id)));
    }
    let companies = services.companies.as_ref();
    let ChannelDraft {
        settings,
        secrets,
        reserved,
        ..
    } = draft;
    match settings {
        SettingsDraft::Facebook(page) => read_page(page, secrets, companies).await,
        SettingsDraft::Whatsapp(number) => match number.provider {
            WhatsappProviderKind::Cloud => read_number(number, secrets, services, asking).await,
            WhatsappProviderKind::Dialog360 => {
                let errand = brought_key::read(number, secrets, services, asking).await?;
                if let (Some(Errand::Webhook { channel, .. }), None) = (&errand, asking.id) {
                    *reserved = Some(*channel);
                }
                Ok(errand)
            }
        },
        SettingsDraft::Email(mail) => fill_servers(mail, secrets, companies),
        SettingsDraft::LiveChat(_) | SettingsDraft::Sms(_) => Ok(None),
    }
}

/// What we refuse is refused before anything is moved at a company.
async fn rehearse(
    draft: &ChannelDraft,
    services: &Services,
    asking: Asking,
) -> Result<(), ApiError> {
    let (draft, id) = (draft.clone(), asking.id.map(ChannelId));
    let expected = asking.expected;
    let editor = Editor::system(asking.tenant);
    let rehearsed = services.db.rehearse(&editor, move |change| {
        async move {
            let saved = match id {
                Some(id) => change.change_channel(id, expected, draft).await,
                None => change.create_channel(draft).await,
            };
            saved.map(drop).map_err(ApiError::from)
        }
        .boxed()
    });
    rehearsed.await
}

impl Errand {
    /// The turn of the number whose key is made or whose webhook is moved; `None` where nothing of the kind happens.
    ///
    /// # Errors
    /// The sign-on cannot be read.
    pub async fn turn(
        &self,
        draft: &ChannelDraft,
        services: &Services,
        asking: Asking,
    ) -> Result<Option<Turn>, ApiError> {
        let number = match (self, &draft.settings) {
            (Self::SignOn(id), _) => {
                let record = services.db.sign_on(asking.tenant, *id).await?;
                record.and_then(|record| Some(record.number()?.number.clone()))
            }
            (Self::Webhook { .. }, SettingsDraft::Whatsapp(draft)) => {
                number_of(draft, services, asking).await?
            }
            _ => None,
        };
        let (Some(number), Some(companies)) = (number, &services.companies) else {
            return Ok(None);
        };
        Ok(Some(companies.turns().take(&number).await))
    }

    /// Does it: the company has then answered for the draft.
    ///
    /// # Errors
    /// What the company refuses, by its field, or that it cannot be asked.
    pub async fn run(
        self,
        draft: &mut ChannelDraft,
        services: &Services,
        asking: Asking,
    ) -> Result<(), ApiError> {
        self.done(draft, services, asking).await?;
        draft.answered_for = true;
        Ok(())
    }

    async fn done(
        self,
        draft: &mut ChannelDraft,
        services: &Services,
        asking: Asking,
    ) -> Result<(), ApiError> {
        if let Self::SignOn(id) = self {
            return attach(services, asking, id).await;
        }
        let companies = services.companies.as_ref().ok_or_else(nothing_set)?;
        match self {
            Self::SignOn(_) => Ok(()),
            Self::Page { id, token } => subscribe(companies, PAGE_FIELD, &id, &token).await,
            Self::Account { id, token } => {
                let subscribed = companies.cloud()?.subscribe(&id, &token).await;
                subscribed.map_err(refuse_number)
            }
            Self::Consent => prove_consent(draft, companies).await,
            Self::Webhook { channel, key } => {
                let headers = brought_key::headers(&draft.secrets, services, asking).await?;
                let url = webhook_url(services, channel);
                let registered = companies.numbers()?.register_webhook(&key, &url, &headers);
                let registered = registered.await;
                registered.map_err(|error| faults::refuse_hub(brought_key::FIELD, error))
            }
        }
    }
}

/// The number that a draft says, or that its channel has where it is left out. It is the same text for whoever names it,
/// because turns go by it.
async fn number_of(
    draft: &WhatsappDraft,
    services: &Services,
    asking: Asking,
) -> Result<Option<String>, ApiError> {
    if let Ok(number) = PhoneNumber::parse(&draft.number, None) {
        return Ok(Some(number.as_str().to_owned()));
    }
    let Some(id) = asking.id.map(ChannelId) else {
        return Ok(None);
    };
    let stored = services.db.channel(asking.tenant, id).await?;
    Ok(stored.and_then(|stored| match stored.settings {
        ChannelSettings::Whatsapp(whatsapp) => Some(whatsapp.number),
        _ => None,
    }))
}

/// Does at the company what the channel of a finished sign-on needs.
async fn attach(services: &Services, asking: Asking, id: Uuid) -> Result<(), ApiError> {
    let record = flow::ready(services.db.sign_on(asking.tenant, id).await?)?;
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
    let url = webhook_url(services, channel);
    let header = SecretHeader {
        name: SignOnNumber::webhook_header().to_owned(),
        value: word,
    };
    let registered = hub.numbers().register_webhook(&key, &url, &[header]).await;
    registered.map_err(|error| faults::refuse_hub(FIELD, error))
}

fn webhook_url(services: &Services, channel: Uuid) -> String {
    services.auth.url(&format!("/webhooks/360dialog/{channel}"))
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
) -> Result<Option<Errand>, ApiError> {
    let SecretChange::Set(token) = &secrets.page_access_token else {
        return Ok(None);
    };
    let companies = companies.ok_or_else(nothing_set)?;
    let found = companies.facebook()?.read_page(token).await;
    let found = found.map_err(|error| faults::refuse_page(PAGE_FIELD, error))?;
    (page.page_id, page.page_name) = (found.id, found.name);
    Ok(Some(Errand::Page {
        id: page.page_id.clone(),
        token: token.clone(),
    }))
}

/// Reads the number back. One that was typed must agree, and is believed where Meta does not answer: the channel's health
/// tells then.
async fn read_number(
    draft: &mut WhatsappDraft,
    secrets: &SecretsDraft,
    services: &Services,
    asking: Asking,
) -> Result<Option<Errand>, ApiError> {
    let Some(id) = draft.phone_number_id.clone() else {
        return Ok(None);
    };
    let Some(token) = token_to_read_with(draft, secrets, services, asking).await? else {
        return Ok(None);
    };
    let is_given = !draft.number.trim().is_empty();
    let Some(account) = draft.business_account_id.clone() else {
        let message = "is needed to read the number from Meta";
        return match is_given {
            true => Ok(None),
            false => Err(ApiError::field(
                "whatsapp.business_account_id",
                "required",
                message,
            )),
        };
    };
    let Some(companies) = &services.companies else {
        return match is_given {
            true => Ok(None),
            false => Err(nothing_set().into()),
        };
    };
    match companies.cloud()?.read(&id, &account, &token).await {
        Ok(found) => {
            let read = found.number.as_str();
            if is_given && digits(&draft.number) != digits(read) {
                let message = format!("Meta says that this id is of {read}");
                return Err(ApiError::field("whatsapp.number", "differs", &message));
            }
            read.clone_into(&mut draft.number);
            Ok(Some(Errand::Account { id: account, token }))
        }
        Err(CloudError::Unreachable(_)) if is_given => Ok(None),
        Err(error) => Err(refuse_number(error)),
    }
}

/// The token that was given, or the stored one where it is of another number now.
async fn token_to_read_with(
    draft: &WhatsappDraft,
    secrets: &SecretsDraft,
    services: &Services,
    asking: Asking,
) -> Result<Option<SecretString>, ApiError> {
    match (&secrets.access_token, asking.id) {
        (SecretChange::Set(token), _) => Ok(Some(token.clone())),
        (SecretChange::Keep, Some(id)) => {
            let stored = services.db.channel(asking.tenant, ChannelId(id)).await?;
            match stored.map(|stored| stored.settings) {
                Some(ChannelSettings::Whatsapp(stored)) if is_another(draft, &stored) => {
                    Ok(stored_secrets(services, asking).await?.access_token)
                }
                _ => Ok(None),
            }
        }
        (SecretChange::Keep | SecretChange::Clear, _) => Ok(None),
    }
}

/// Whether a draft says another number of the Cloud API, or another account, than is stored.
fn is_another(draft: &WhatsappDraft, stored: &WhatsappSettings) -> bool {
    let WhatsappProvider::Cloud {
        phone_number_id,
        business_account_id,
    } = &stored.provider
    else {
        return false;
    };
    let typed = |id: &Option<String>| id.as_deref().map(str::trim).unwrap_or_default().to_owned();
    typed(&draft.phone_number_id) != *phone_number_id
        || typed(&draft.business_account_id) != typed(business_account_id)
        || !draft.number.trim().is_empty() && digits(&draft.number) != digits(&stored.number)
}

/// The secrets of the channel that is changed; the caller has seen that it is the tenant's.
pub(super) async fn stored_secrets(
    services: &Services,
    asking: Asking,
) -> Result<ChannelSecrets, ApiError> {
    let Some(id) = asking.id.map(ChannelId) else {
        return Ok(ChannelSecrets::default());
    };
    match services.db.channel(asking.tenant, id).await? {
        Some(_) => Ok(services.db.channel_secrets(id).await?),
        None => Ok(ChannelSecrets::default()),
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

fn fill_servers(
    mail: &mut EmailDraft,
    secrets: &SecretsDraft,
    companies: Option<&Companies>,
) -> Result<Option<Errand>, ApiError> {
    let (SecretChange::Set(_), Some(company)) =
        (&secrets.refresh_token, flow::company_of(mail.provider))
    else {
        return Ok(None);
    };
    let known = companies.ok_or_else(nothing_set)?.mail(company)?;
    let mailbox = mail.address.trim();
    mail.imap
        .get_or_insert_with(|| flow::imap_server(known, mailbox));
    mail.smtp
        .get_or_insert_with(|| flow::smtp_server(known, mailbox));
    Ok(Some(Errand::Consent))
}

/// One refresh proves a consent that a program brings. A company that gives a new token with it wants that one kept.
async fn prove_consent(draft: &mut ChannelDraft, companies: &Companies) -> Result<(), ApiError> {
    let SettingsDraft::Email(mail) = &draft.settings else {
        return Ok(());
    };
    let (SecretChange::Set(token), Some(company)) = (
        &draft.secrets.refresh_token,
        flow::company_of(mail.provider),
    ) else {
        return Ok(());
    };
    let known = companies.mail(company)?;
    let mut holds = companies.successors().of(token);
    let refreshed = companies.oauth().refresh(&known.application, &holds).await;
    let refreshed = refreshed.map_err(|error| faults::refuse_mail(CONSENT_FIELD, &error))?;
    if let Some(fresh) = refreshed.refresh_token {
        companies.successors().keep(token, &fresh);
        holds = fresh;
    }
    draft.secrets.brought_token = SecretChange::Set(token.clone());
    draft.secrets.refresh_token = SecretChange::Set(holds);
    Ok(())
}

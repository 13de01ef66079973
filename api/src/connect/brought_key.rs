//! A key of 360dialog that a program brings: what it proves, and what it and our partnership tell of its number.
//!
//! What must stay true: only reading is done here; a number whose webhooks come to another channel of ours is that one's; what
//! 360dialog does not tell is left as it was given, because the key itself is proven. The number is only typed: a client that
//! it leads to is named where the key is of the client's own business account, or the tenant brought the client before.

use std::collections::BTreeMap;

use ecluse_adapters::cmp::dialog360::{Dialog360Numbers, HubChannel, NumberIds};
use ecluse_adapters::sms::number::PhoneNumber;
use ecluse_adapters::storage::config_db::{
    SecretChange, SecretsDraft, SignOnNumber, WhatsappDraft,
};
use ecluse_adapters::whatsapp::dialog360::SecretHeader;
use ecluse_engine::ids::ChannelId;
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::companies::Companies;
use super::prepare::{Asking, Errand, stored_secrets};
use super::{faults, flow};
use crate::error::ApiError;
use crate::resources::Services;

/// Where a request gives it.
pub(super) const FIELD: &str = "whatsapp.api_key";

/// Proves a key of 360dialog that a program brings, and reads what the key and our partnership tell of its number. What its
/// webhooks prove themselves with is known there, too: other headers are told to it with the stored key.
pub(super) async fn read(
    draft: &mut WhatsappDraft,
    secrets: &mut SecretsDraft,
    services: &Services,
    asking: Asking,
) -> Result<Option<Errand>, ApiError> {
    let Some(companies) = &services.companies else {
        return Ok(None);
    };
    let SecretChange::Set(key) = &secrets.api_key else {
        return other_headers(secrets, services, asking).await;
    };
    let key = key.clone();
    let numbers = companies.numbers()?;
    let webhook = numbers.webhook(&key).await;
    let webhook = webhook.map_err(|error| faults::refuse_hub(FIELD, error))?;
    if let Some(url) = webhook.url {
        refuse_other_channels(services, asking, &url).await?;
    }
    let ids = read_ids(numbers, &key).await;
    fill_partners_names(draft, services, asking, &ids).await?;
    fill_ids(draft, ids)?;
    if matches!(secrets.webhook_headers, SecretChange::Keep)
        && stored_secrets(services, asking)
            .await?
            .webhook_headers
            .is_empty()
    {
        let name = SignOnNumber::webhook_header().to_owned();
        secrets.webhook_headers = SecretChange::Set(BTreeMap::from([(name, flow::word())]));
    }
    let channel = asking.id.unwrap_or_else(|| services.db.new_id());
    Ok(Some(Errand::Webhook { channel, key }))
}

/// What is left to be done where the key stays and the headers do not.
async fn other_headers(
    secrets: &SecretsDraft,
    services: &Services,
    asking: Asking,
) -> Result<Option<Errand>, ApiError> {
    let keeps_key = matches!(secrets.api_key, SecretChange::Keep);
    let Some(channel) = asking.id.filter(|_| keeps_key) else {
        return Ok(None);
    };
    let nothing = BTreeMap::new();
    let wanted = match &secrets.webhook_headers {
        SecretChange::Keep => return Ok(None),
        SecretChange::Clear => &nothing,
        SecretChange::Set(headers) => headers,
    };
    let stored = stored_secrets(services, asking).await?;
    if plain(wanted) == plain(&stored.webhook_headers) {
        return Ok(None);
    }
    Ok(stored.api_key.map(|key| Errand::Webhook { channel, key }))
}

/// Headers as they are compared: names have no case.
pub(crate) fn plain(headers: &BTreeMap<String, SecretString>) -> BTreeMap<String, &str> {
    headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.expose_secret().trim()))
        .collect()
}

/// A number whose webhooks come to another channel of ours stays that one's.
async fn refuse_other_channels(
    services: &Services,
    asking: Asking,
    url: &str,
) -> Result<(), ApiError> {
    let ours = services.auth.url("/webhooks/360dialog/");
    let holder: Option<Uuid> = url.strip_prefix(&ours).and_then(|id| id.parse().ok());
    match holder {
        Some(holder) if asking.id != Some(holder) => {
            match services.db.is_active_channel(ChannelId(holder)).await? {
                true => {
                    let message = "is of a number that is already connected to a channel";
                    Err(ApiError::field(FIELD, "taken", message))
                }
                false => Ok(()),
            }
        }
        Some(_) | None => Ok(()),
    }
}

/// What 360dialog does not tell of a number is no reason to refuse it: its key is proven.
async fn read_ids(numbers: &Dialog360Numbers, key: &SecretString) -> NumberIds {
    numbers.ids(key).await.unwrap_or_else(|error| {
        tracing::warn!(code = error.code(), "a number's ids were not read");
        NumberIds::default()
    })
}

fn fill_ids(draft: &mut WhatsappDraft, found: NumberIds) -> Result<(), ApiError> {
    let pairs = [
        (
            "whatsapp.phone_number_id",
            &mut draft.phone_number_id,
            found.phone_number_id,
        ),
        (
            "whatsapp.business_account_id",
            &mut draft.business_account_id,
            found.business_account_id,
        ),
    ];
    for (field, typed, found) in pairs {
        match (typed.as_deref().map(str::trim), found) {
            (Some(typed), Some(found)) if !typed.is_empty() && typed != found => {
                let message = format!("360dialog says that the key is of {found}");
                return Err(ApiError::field(field, "differs", &message));
            }
            (_, Some(found)) => *typed = Some(found),
            (_, None) => {}
        }
    }
    Ok(())
}

/// A number of our partnership has names there, by which its events are known. Whoever brings a client must prove that it is
/// theirs: by a key of the number's business account, or by having brought it before.
async fn fill_partners_names(
    draft: &mut WhatsappDraft,
    services: &Services,
    asking: Asking,
    of_key: &NumberIds,
) -> Result<(), ApiError> {
    let hub = services.companies.as_ref().map(Companies::hub);
    let (Some(Ok(hub)), Ok(number)) = (hub, PhoneNumber::parse(&draft.number, None)) else {
        return Ok(());
    };
    match hub.channel_of(&number).await {
        Ok(Some(channel)) => {
            let client = &channel.client_id;
            let may_name = match services.db.tenant_of_dialog360_client(client).await? {
                Some(holder) => holder == asking.tenant,
                None => is_of_account(&channel, of_key),
            };
            if may_name {
                draft.client_id = Some(channel.client_id);
                draft.channel_id = Some(channel.id);
            }
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(code = error.code(), "the partner's numbers were not read"),
    }
    Ok(())
}

/// Whether both say the same business account.
fn is_of_account(channel: &HubChannel, of_key: &NumberIds) -> bool {
    let account = channel.business_account_id.as_ref();
    !channel.client_id.is_empty()
        && account.is_some()
        && account == of_key.business_account_id.as_ref()
}

/// What 360dialog is told to send with every webhook.
pub(super) async fn headers(
    secrets: &SecretsDraft,
    services: &Services,
    asking: Asking,
) -> Result<Vec<SecretHeader>, ApiError> {
    let headers = match &secrets.webhook_headers {
        SecretChange::Keep => stored_secrets(services, asking).await?.webhook_headers,
        SecretChange::Clear => BTreeMap::new(),
        SecretChange::Set(headers) => headers.clone(),
    };
    let header = |(name, value)| SecretHeader { name, value };
    Ok(headers.into_iter().map(header).collect())
}

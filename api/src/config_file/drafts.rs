//! From a document to a draft: what takes time is done here, before any transaction.
//!
//! What must stay true: a secret that is the stored one already is no change, and no company is asked about it; nothing
//! here changes anything at a company.

use ecluse_adapters::storage::config_db::{ChannelSecrets, SecretChange, SecretsDraft};
use ecluse_engine::ids::ChannelId;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use crate::connect::{Asking, Errand, fill, plain};
use crate::error::{ApiError, parse_value};
use crate::resources::{AgentBody, ChannelBody, Draft, Kind, Services, keep_same_pin, strip};

/// The draft of a body whose pointers are ids, and what is left to be done at a company.
///
/// # Errors
/// Fields that cannot be read, and what a company refuses.
pub(super) async fn draft(
    services: &Services,
    asking: Asking,
    kind: Kind,
    mut body: Value,
) -> Result<(Draft, Option<Errand>), ApiError> {
    match kind {
        Kind::Channel => channel(services, asking, body).await,
        Kind::Agent => {
            keep_same_pin(services, asking, &mut body).await?;
            strip(&mut body, kind.read_only());
            let person: AgentBody = parse_value(&body)?;
            // What others have is looked at later: the same file may take it from them.
            let checked = person.checked().map_err(|refused| refused.error())?;
            Ok((Draft::Agent(checked.draft(&services.auth).await?), None))
        }
        Kind::Queue | Kind::Chatbot | Kind::Form | Kind::SmsTrunk => {
            Ok((Draft::of(kind, services, asking, body).await?, None))
        }
    }
}

async fn channel(
    services: &Services,
    asking: Asking,
    mut body: Value,
) -> Result<(Draft, Option<Errand>), ApiError> {
    strip(&mut body, Kind::Channel.read_only());
    let body: ChannelBody = parse_value(&body)?;
    let mut draft = body.draft()?;
    if draft.sign_on.is_some() {
        let field = format!("{}.sign_on", draft.settings.kind().as_str());
        let message = "belongs to a person's window and not to a file";
        return Err(ApiError::field(&field, "not_allowed", message));
    }
    if let (Some(id), true) = (asking.id, brings_any(&mut draft.secrets)) {
        let stored = services.db.channel_secrets(ChannelId(id)).await?;
        keep_same(&mut draft.secrets, &stored);
    }
    let errand = fill(&mut draft, services, asking).await?;
    Ok((Draft::Channel(Box::new(draft), None), errand))
}

fn brings_any(secrets: &mut SecretsDraft) -> bool {
    let has_headers = matches!(secrets.webhook_headers, SecretChange::Set(_));
    let mut changes = singles(secrets).into_iter();
    has_headers || changes.any(|change| matches!(change, SecretChange::Set(_)))
}

/// The secrets that a company is asked about. A mailbox's password may be the same for another server, so it is written.
fn singles(secrets: &mut SecretsDraft) -> [&mut SecretChange; 5] {
    [
        &mut secrets.access_token,
        &mut secrets.api_key,
        &mut secrets.webhook_secret,
        &mut secrets.refresh_token,
        &mut secrets.page_access_token,
    ]
}

/// Takes out what is stored already.
fn keep_same(secrets: &mut SecretsDraft, stored: &ChannelSecrets) {
    let known = [
        &stored.access_token,
        &stored.api_key,
        &stored.webhook_secret,
        &stored.refresh_token,
        &stored.page_access_token,
    ];
    for (given, known) in singles(secrets).into_iter().zip(known) {
        if is_same(given, known.as_ref()) {
            *given = SecretChange::Keep;
        }
    }
    // The company may have given another one in place of what was brought, which it takes no more.
    if is_same(&secrets.refresh_token, stored.brought_token.as_ref()) {
        secrets.refresh_token = SecretChange::Keep;
    }
    if let SecretChange::Set(headers) = &secrets.webhook_headers
        && plain(headers) == plain(&stored.webhook_headers)
    {
        secrets.webhook_headers = SecretChange::Keep;
    }
}

fn is_same(given: &SecretChange, known: Option<&SecretString>) -> bool {
    match (given, known) {
        (SecretChange::Set(given), Some(known)) => {
            given.expose_secret().trim() == known.expose_secret()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_secret_that_is_stored_already_is_left_out() {
        let headers = |name: &str| BTreeMap::from([(name.to_owned(), "word".into())]);
        let stored = ChannelSecrets {
            access_token: Some("same".into()),
            api_key: Some("old".into()),
            refresh_token: Some("in its place".into()),
            brought_token: Some("brought".into()),
            webhook_headers: headers("x-ours"),
            ..ChannelSecrets::default()
        };
        let mut given = SecretsDraft {
            access_token: SecretChange::Set("same\n".into()),
            api_key: SecretChange::Set("new".into()),
            refresh_token: SecretChange::Set("brought".into()),
            webhook_secret: SecretChange::Clear,
            webhook_headers: SecretChange::Set(headers("X-Ours")),
            ..SecretsDraft::default()
        };
        assert!(brings_any(&mut given));
        keep_same(&mut given, &stored);
        assert!(matches!(given.access_token, SecretChange::Keep));
        assert!(matches!(given.api_key, SecretChange::Set(_)));
        assert!(matches!(given.refresh_token, SecretChange::Keep));
        assert!(matches!(given.webhook_secret, SecretChange::Clear));
        assert!(matches!(given.webhook_headers, SecretChange::Keep));
    }
}

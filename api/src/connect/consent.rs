//! The consent by which a mailbox at Google or Microsoft is tried.
//!
//! What must stay true: a company may end a consent when it gives another one, so the new one is kept where the used one came
//! from before anything else is done.

use ecluse_adapters::oauth::{Company, OAuthError};
use ecluse_adapters::storage::config_db::{
    SecretChange, SettingsDraft, SignOnFound, SignOnMailbox, SignOnRecord,
};
use ecluse_engine::ids::TenantId;
use secrecy::SecretString;

use super::companies::Companies;
use super::verify::{Outcome, SavedChannel, SavedMail, Trial};
use super::{faults, flow};
use crate::error::ApiError;
use crate::resources::Services;

/// Whose consent to read a mailbox is tried.
enum Consent {
    /// The saved channel's.
    Saved(SecretString, SavedChannel),
    /// Of a sign-on that no channel has taken yet.
    SignedOn(Box<SignOnRecord>, SecretString),
    /// Only its owner knows of it: what was brought, and what holds in its place.
    Typed(SecretString, SecretString),
}

impl Consent {
    /// What is typed wins over a sign-on, and that over what is saved.
    async fn of(
        services: &Services,
        companies: &Companies,
        trial: &Trial,
        company: Company,
    ) -> Result<Option<Self>, ApiError> {
        if let SecretChange::Set(token) = &trial.draft.secrets.refresh_token {
            let holds = companies.successors().of(token);
            return Ok(Some(Self::Typed(token.clone(), holds)));
        }
        if let Some(record) = signed_on(services, trial).await? {
            let mailbox = mailbox_of(&record).map(|mailbox| mailbox.refresh_token.clone());
            return Ok(mailbox.map(|token| Self::SignedOn(Box::new(record), token)));
        }
        let saved = trial.saved.refresh_token.clone();
        let keeps = matches!(trial.draft.secrets.refresh_token, SecretChange::Keep);
        let is_of_company = |mail: &SavedMail| flow::company_of(mail.provider) == Some(company);
        let is_of_company = trial.mail.as_ref().is_some_and(is_of_company);
        Ok(saved
            .zip(trial.of)
            .filter(|_| keeps && is_of_company)
            .map(|(token, channel)| Self::Saved(token, channel)))
    }

    const fn token(&self) -> &SecretString {
        match self {
            Self::Saved(token, _) | Self::SignedOn(_, token) | Self::Typed(_, token) => token,
        }
    }

    /// A company may give another consent in place of the one that was used, and take that back at once.
    async fn replace(
        self,
        services: &Services,
        companies: &Companies,
        tenant: TenantId,
        fresh: SecretString,
    ) -> Result<(), ApiError> {
        let db = &services.db;
        match self {
            Self::Saved(used, channel) => {
                db.replace_refresh_token(tenant, channel.id, &used, &fresh)
                    .await?;
            }
            Self::SignedOn(mut record, _) => {
                if let Some(SignOnFound::Mailbox(mailbox)) = &mut record.progress.found {
                    mailbox.refresh_token = fresh;
                }
                db.advance_sign_on(&record).await?;
            }
            Self::Typed(brought, _) => companies.successors().keep(&brought, &fresh),
        }
        Ok(())
    }
}

/// The finished sign-on that a trial names.
///
/// # Errors
/// It is over or not finished, or the configuration cannot be read.
pub(super) async fn signed_on(
    services: &Services,
    trial: &Trial,
) -> Result<Option<SignOnRecord>, ApiError> {
    let Some(id) = trial.draft.sign_on else {
        return Ok(None);
    };
    let record = flow::ready(services.db.sign_on(trial.tenant, id).await?)?;
    let SettingsDraft::Email(mail) = &trial.draft.settings else {
        return Ok(None);
    };
    // A consent of one company is nothing to another's, nor is a password of somebody's own server.
    if flow::company_of(mail.provider) != flow::mail_company(record.kind) {
        let message = "is a sign-on for another kind of channel";
        return Err(ApiError::field("email.sign_on", "wrong_kind", message));
    }
    Ok(Some(record))
}

/// What a sign-on told of a mailbox.
pub(super) const fn mailbox_of(record: &SignOnRecord) -> Option<&SignOnMailbox> {
    match &record.progress.found {
        Some(SignOnFound::Mailbox(mailbox)) => Some(mailbox),
        Some(SignOnFound::Pages(_) | SignOnFound::Numbers { .. }) | None => None,
    }
}

/// An access token for a mailbox at Google or Microsoft, or why there is none.
pub(super) async fn access(
    services: &Services,
    companies: &Companies,
    trial: &Trial,
    company: Company,
) -> Result<Result<SecretString, Outcome>, ApiError> {
    let Some(consent) = Consent::of(services, companies, trial, company).await? else {
        let message = "nobody has signed on yet";
        return Ok(Err(Outcome::bad("sign_in", "sign_in_required", message)));
    };
    let known = match companies.mail(company) {
        Ok(known) => known,
        Err(why) => {
            let message = why.to_string();
            return Ok(Err(Outcome::bad("account", "not_available", message)));
        }
    };
    let refreshed = companies
        .oauth()
        .refresh(&known.application, consent.token());
    match refreshed.await {
        Ok(tokens) => {
            if let Some(fresh) = tokens.refresh_token {
                consent
                    .replace(services, companies, trial.tenant, fresh)
                    .await?;
            }
            Ok(Ok(tokens.access_token))
        }
        Err(error) => Ok(Err(refused(&error))),
    }
}

/// What came of asking a company that gives no token.
pub(super) fn refused(error: &OAuthError) -> Outcome {
    let code = error.code().trim_start_matches("sign_on.");
    Outcome::bad("sign_in", code, faults::chain(error))
}

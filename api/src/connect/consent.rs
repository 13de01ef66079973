//! The consent by which a mailbox at Google or Microsoft is tried.
//!
//! What must stay true: a company may end a consent when it gives another one, so the new one is kept where the used one came
//! from before anything else is done.

use ecluse_adapters::oauth::Company;
use ecluse_adapters::storage::config_db::{SecretChange, SignOnFound, SignOnRecord, SignOnState};
use ecluse_engine::ids::TenantId;
use secrecy::SecretString;

use super::companies::Companies;
use super::verify::{Outcome, SavedChannel, Trial};
use super::{faults, flow};
use crate::error::ApiError;
use crate::resources::Services;

/// Whose consent to read a mailbox is tried.
enum Consent {
    /// The saved channel's.
    Saved(SecretString, SavedChannel),
    /// Of a sign-on that no channel has taken yet.
    SignedOn(Box<SignOnRecord>, SecretString),
    /// Only its owner knows of it.
    Typed(SecretString),
}

impl Consent {
    /// What is typed wins over a sign-on, and that over what is saved.
    async fn of(services: &Services, trial: &Trial) -> Result<Option<Self>, ApiError> {
        if let SecretChange::Set(token) = &trial.draft.secrets.refresh_token {
            return Ok(Some(Self::Typed(token.clone())));
        }
        if let Some(id) = trial.draft.sign_on {
            let found = services.db.sign_on(trial.tenant, id).await?;
            let ready = found.filter(|record| record.state == SignOnState::Ready);
            let record = ready.ok_or_else(flow::gone)?;
            return Ok(match &record.progress.found {
                Some(SignOnFound::Mailbox(mailbox)) => {
                    let token = mailbox.refresh_token.clone();
                    Some(Self::SignedOn(Box::new(record), token))
                }
                _ => None,
            });
        }
        let saved = trial.saved.refresh_token.clone();
        let keeps = matches!(trial.draft.secrets.refresh_token, SecretChange::Keep);
        Ok(saved
            .zip(trial.of)
            .filter(|_| keeps)
            .map(|(token, channel)| Self::Saved(token, channel)))
    }

    const fn token(&self) -> &SecretString {
        match self {
            Self::Saved(token, _) | Self::SignedOn(_, token) | Self::Typed(token) => token,
        }
    }

    /// A company may give another consent in place of the one that was used, and take that back at once.
    async fn replace(
        self,
        services: &Services,
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
            Self::Typed(_) => {}
        }
        Ok(())
    }
}

/// An access token for a mailbox at Google or Microsoft, or why there is none.
pub(super) async fn access(
    services: &Services,
    companies: &Companies,
    trial: &Trial,
    company: Company,
) -> Result<Result<SecretString, Outcome>, ApiError> {
    let Some(consent) = Consent::of(services, trial).await? else {
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
                consent.replace(services, trial.tenant, fresh).await?;
            }
            Ok(Ok(tokens.access_token))
        }
        Err(error) => {
            let code = error.code().trim_start_matches("sign_on.");
            let message = faults::chain(&error);
            Ok(Err(Outcome::bad("sign_in", code, message)))
        }
    }
}

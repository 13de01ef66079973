//! Codes and refresh tokens: who was given what, and what it is still worth. Pure.

use std::collections::HashMap;
use std::time::Duration;

use ecluse_engine::message::Timestamp;

use super::refusal::Refusal;
use super::request::{Parameters, SignInRequest};
use crate::oauth::sign_on::challenge;

/// What a person agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) email: String,
    pub(super) scopes: Vec<String>,
    pub(super) is_offline: bool,
}

#[derive(Clone, Debug)]
struct Code {
    request: SignInRequest,
    agreed: Agreed,
    expires_at: Timestamp,
    is_used: bool,
}

#[derive(Clone, Debug)]
struct RefreshToken {
    agreed: Agreed,
    used_at: Timestamp,
    is_revoked: bool,
}

/// Everything that was given out.
#[derive(Debug, Default)]
pub(super) struct Grants {
    codes: HashMap<String, Code>,
    refresh_tokens: HashMap<String, RefreshToken>,
}

impl Grants {
    pub(super) fn give_code(
        &mut self,
        code: String,
        request: SignInRequest,
        agreed: Agreed,
        expires_at: Timestamp,
    ) {
        let code_of = Code {
            request,
            agreed,
            expires_at,
            is_used: false,
        };
        self.codes.insert(code, code_of);
    }

    /// Takes a code for what it stands for. A code that is shown a second time stays refused.
    pub(super) fn redeem(
        &mut self,
        parameters: &Parameters,
        client_id: &str,
        now: Timestamp,
    ) -> Result<Agreed, Refusal> {
        let code = self.codes.get_mut(parameters.need("code")?);
        let code = code.ok_or(Refusal::UnknownCode)?;
        if code.request.client_id != client_id {
            return Err(Refusal::CodeOfAnother);
        }
        if code.is_used {
            return Err(Refusal::ReusedCode);
        }
        if now >= code.expires_at {
            return Err(Refusal::ExpiredCode);
        }
        if parameters.need("redirect_uri")? != code.request.redirect_uri {
            return Err(Refusal::WrongTokenRedirect);
        }
        let verifier = parameters.get("code_verifier");
        check_verifier(code.request.challenge.as_deref(), verifier)?;
        code.is_used = true;
        Ok(code.agreed.clone())
    }

    pub(super) fn give_refresh_token(&mut self, token: String, agreed: Agreed, now: Timestamp) {
        let refresh_token = RefreshToken {
            agreed,
            used_at: now,
            is_revoked: false,
        };
        self.refresh_tokens.insert(token, refresh_token);
    }

    /// What a refresh token stands for; it is used by this.
    pub(super) fn refresh(
        &mut self,
        token: &str,
        inactive_after: Duration,
        now: Timestamp,
    ) -> Result<Agreed, Refusal> {
        let token = self.refresh_tokens.get_mut(token);
        let token = token.ok_or(Refusal::UnknownRefreshToken)?;
        if token.is_revoked {
            return Err(Refusal::Revoked);
        }
        if now.since(token.used_at) >= inactive_after {
            return Err(Refusal::Inactive);
        }
        token.used_at = now;
        Ok(token.agreed.clone())
    }

    /// Makes a refresh token worth nothing, because a new one took its place.
    pub(super) fn forget(&mut self, token: &str) {
        self.refresh_tokens.remove(token);
    }

    pub(super) fn revoke(&mut self, email: &str) {
        for token in self.refresh_tokens.values_mut() {
            token.is_revoked |= token.agreed.email == email;
        }
    }
}

fn check_verifier(expected: Option<&str>, verifier: Option<&str>) -> Result<(), Refusal> {
    match (expected, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(Refusal::NeedlessVerifier),
        (Some(_), None) => Err(Refusal::MissingVerifier),
        (Some(expected), Some(verifier)) if challenge(verifier) == expected => Ok(()),
        (Some(_), Some(_)) => Err(Refusal::WrongVerifier),
    }
}

//! Calls to 360dialog's Partner API, signed in.
//!
//! What must stay true: a bearer token is asked for once and used until it has nearly expired; a token that is refused is
//! forgotten, and the call is made once more with a new one. No lock is held while anybody waits.
//!
//! Source: docs.360dialog.com/partner, Partner API, "Authentication": `X-API-Key`, or `Authorization: Bearer` with the
//! `access_token` of `POST /api/v2/token`. How long a token lives is not written there; `expires_in` is used if it comes.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;
use url::Url;

use super::errors::{Dialog360Error, Refusal, refused_partner};
use super::{HubChannel, HubChannelState, read};
use crate::cmp::{DIALOG360_PARTNER_SECRET, NotAvailable};
use crate::http::below;
use crate::http::exchange::{Answer, exchange};
use crate::sms::number::PhoneNumber;

/// How many channels are asked for at once.
const LIST_SIZE: usize = 100;

/// How many lists are read: 10,000 channels.
const LISTS_MAX: usize = 100;

/// How long a token is used if 360dialog does not say.
const TOKEN_LIFE: Duration = Duration::from_secs(30 * 60);

/// How long before its end a token is used no more.
const TOKEN_MARGIN: Duration = Duration::from_secs(60);

/// The Partner API, for one partner.
#[derive(Clone, Debug)]
pub(super) struct Partner {
    client: reqwest::Client,
    /// `…/api/v2/partners/{id}`.
    base: Url,
    token_url: Url,
    sign_in: SignIn,
    token: Arc<Mutex<Option<Token>>>,
}

#[derive(Clone, Debug)]
enum SignIn {
    Key(SecretString),
    Password {
        username: String,
        password: SecretString,
    },
}

#[derive(Clone, Debug)]
struct Token {
    value: SecretString,
    until: Instant,
}

impl SignIn {
    /// A key has no colon; a user's name is an address.
    fn read(secret: &SecretString) -> Result<Self, NotAvailable> {
        let text = secret.expose_secret();
        if let Some((username, password)) = text.split_once(':')
            && username.contains('@')
            && !password.is_empty()
        {
            return Ok(Self::Password {
                username: username.to_owned(),
                password: password.to_owned().into(),
            });
        }
        if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self::Key(secret.clone()));
        }
        Err(NotAvailable::Unusable {
            setting: DIALOG360_PARTNER_SECRET,
            why: "it is neither a key nor user@host:password".to_owned(),
        })
    }
}

impl Partner {
    pub(super) fn new(
        base: &Url,
        partner_id: &str,
        secret: &SecretString,
        client: reqwest::Client,
    ) -> Result<Self, NotAvailable> {
        let api = below(base.clone(), &["api", "v2"]);
        Ok(Self {
            client,
            base: below(api.clone(), &["partners", partner_id]),
            token_url: below(api, &["token"]),
            sign_in: SignIn::read(secret)?,
            token: Arc::default(),
        })
    }

    /// Calls `path` below the partner's own, and returns whatever came but a refused sign-in.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, Dialog360Error> {
        let mut url = below(self.base.clone(), path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = || self.client.request(method.clone(), url.clone());
        let answer = self.signed_in(request()).await?;
        if answer.status != 401 || self.token.lock().take().is_none() {
            return check_sign_in(answer);
        }
        check_sign_in(self.signed_in(request()).await?)
    }

    async fn signed_in(&self, request: RequestBuilder) -> Result<Answer, Dialog360Error> {
        let request = match &self.sign_in {
            SignIn::Key(key) => request.header("X-API-Key", key.expose_secret()),
            SignIn::Password { username, password } => {
                let token = self.bearer(username, password).await?;
                request.bearer_auth(token.expose_secret())
            }
        };
        exchange(request).await.map_err(Dialog360Error::Unreachable)
    }

    async fn bearer(
        &self,
        username: &str,
        password: &SecretString,
    ) -> Result<SecretString, Dialog360Error> {
        let kept = self.token.lock().clone();
        if let Some(token) = kept.filter(|token| Instant::now() < token.until) {
            return Ok(token.value);
        }
        let body = json!({ "username": username, "password": password.expose_secret() });
        let request = self.client.post(self.token_url.clone()).json(&body);
        let answer = exchange(request)
            .await
            .map_err(Dialog360Error::Unreachable)?;
        let made = read_token(&answer)?;
        let life = made.expires_in.map_or(TOKEN_LIFE, Duration::from_secs);
        let token = Token {
            value: made.access_token.clone(),
            until: Instant::now() + life.saturating_sub(TOKEN_MARGIN),
        };
        *self.token.lock() = Some(token);
        Ok(made.access_token)
    }

    pub(super) async fn list(
        &self,
        filters: &str,
        limit: usize,
    ) -> Result<Vec<HubChannel>, Dialog360Error> {
        self.list_from(filters, limit, 0).await.map(|part| part.0)
    }

    /// All channels that fit the filters, part by part.
    pub(super) async fn list_all(&self, filters: &str) -> Result<Vec<HubChannel>, Dialog360Error> {
        let mut channels = Vec::new();
        for _ in 0..LISTS_MAX {
            let (part, total) = self.list_from(filters, LIST_SIZE, channels.len()).await?;
            let is_last = part.is_empty() || channels.len() + part.len() >= total;
            channels.extend(part);
            if is_last {
                break;
            }
        }
        Ok(channels)
    }

    async fn list_from(
        &self,
        filters: &str,
        limit: usize,
        offset: usize,
    ) -> Result<(Vec<HubChannel>, usize), Dialog360Error> {
        let (limit, offset) = (limit.to_string(), offset.to_string());
        let query = [
            ("filters", filters),
            ("limit", &limit),
            ("offset", &offset),
            ("sort", "id"),
        ];
        let answer = self.call(Method::GET, &["channels"], &query).await?;
        if !answer.is_success() {
            return Err(Refusal::read(&answer).of_partner(None));
        }
        let list: List = read(&answer)?;
        let total = list.total.unwrap_or_default();
        let channels = list.partner_channels.into_iter().map(HubChannel::from);
        Ok((channels.collect(), total))
    }
}

fn check_sign_in(answer: Answer) -> Result<Answer, Dialog360Error> {
    match answer.status {
        401 => Err(refused_partner(Refusal::read(&answer).detail)),
        _ => Ok(answer),
    }
}

fn read_token(answer: &Answer) -> Result<Made, Dialog360Error> {
    match answer.status {
        200..=299 => read(answer),
        // A wrong password is told in any of these ways.
        400 | 401 | 403 => Err(refused_partner(Refusal::read(answer).detail)),
        _ => Err(Refusal::read(answer).of_partner(None)),
    }
}

#[derive(Deserialize)]
struct Made {
    access_token: SecretString,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct List {
    partner_channels: Vec<Found>,
    total: Option<usize>,
}

#[derive(Deserialize)]
struct Found {
    id: String,
    client_id: Option<String>,
    status: Option<String>,
    setup_info: Option<SetupInfo>,
    waba_account: Option<Account>,
    cancelled_at: Option<String>,
    terminated_at: Option<String>,
}

#[derive(Deserialize)]
struct SetupInfo {
    phone_number: Option<String>,
    phone_name: Option<String>,
}

#[derive(Deserialize)]
struct Account {
    client_id: Option<String>,
    /// Meta's id of the account; `id` is 360dialog's own.
    external_id: Option<String>,
}

impl From<Found> for HubChannel {
    fn from(found: Found) -> Self {
        let state = found.state();
        let account = found.waba_account.as_ref();
        let of_account = account.and_then(|account| account.client_id.clone());
        let setup = found.setup_info.as_ref();
        let number = setup.and_then(|setup| setup.phone_number.as_deref());
        Self {
            number: number.and_then(|text| PhoneNumber::from_provider(text).ok()),
            name: setup.and_then(|setup| setup.phone_name.clone()),
            business_account_id: account.and_then(|account| account.external_id.clone()),
            client_id: found.client_id.or(of_account).unwrap_or_default(),
            status: found.status.unwrap_or_default(),
            id: found.id,
            state,
        }
    }
}

impl Found {
    /// The words of the status are those of the reference and of the cancellation page; a word that is not among them is
    /// of a number that is still being set up.
    fn state(&self) -> HubChannelState {
        match self.status.as_deref().unwrap_or_default() {
            "deleted" => HubChannelState::Deleted,
            "terminated" => HubChannelState::Terminated,
            _ if self.terminated_at.is_some() => HubChannelState::Cancelled,
            "cancelled" | "canceled" => HubChannelState::Cancelled,
            _ if self.cancelled_at.is_some() => HubChannelState::Cancelled,
            "running" | "ready" | "live" => HubChannelState::Running,
            _ => HubChannelState::Preparing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_a_user_are_told_apart() {
        let read = |text: &str| SignIn::read(&text.into());
        assert!(matches!(read("0b0c:d0e"), Ok(SignIn::Key(_))));
        assert!(matches!(read("0b0cd0e-4f"), Ok(SignIn::Key(_))));
        let Ok(SignIn::Password { username, password }) = read("cmp@ecluse.example:a:b") else {
            panic!("no user");
        };
        assert_eq!(
            (username.as_str(), password.expose_secret()),
            ("cmp@ecluse.example", "a:b")
        );
        assert!(read("a key").is_err());
        assert!(!format!("{:?}", read("cmp@ecluse.example:s3cret")).contains("s3cret"));
    }

    #[test]
    fn a_status_is_one_of_five_states() {
        let of = |status: &str, terminated_at: Option<&str>| {
            let found = serde_json::json!({ "id": "aCH", "status": status, "terminated_at": terminated_at });
            serde_json::from_value::<Found>(found).unwrap().state()
        };
        assert_eq!(of("running", None), HubChannelState::Running);
        assert_eq!(of("submitted", None), HubChannelState::Preparing);
        assert_eq!(of("", None), HubChannelState::Preparing);
        assert_eq!(
            of("running", Some("2026-12-01T00:00:00Z")),
            HubChannelState::Cancelled
        );
        assert_eq!(
            of("terminated", Some("2026-11-01T00:00:00Z")),
            HubChannelState::Terminated
        );
        assert_eq!(of("deleted", None), HubChannelState::Deleted);
    }
}

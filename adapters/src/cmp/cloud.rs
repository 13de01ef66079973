//! Reading a WhatsApp number back from the Cloud API, for whoever brings a token of their own.
//!
//! What must stay true: a number is what Meta says it is, never what somebody typed, and it belongs to the business
//! account that was named; otherwise its webhooks would never come.
//!
//! Sources: developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers (the
//! fields of a number and the account's list of them) and /docs/graph-api/reference/whats-app-business-account/subscribed_apps.

use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use ecluse_engine::provider::VerifyError;

use super::graph::{Credential, Done, Graph, GraphFailure, GraphRefusal, List};
use super::{META_APP_SECRET, META_URL, NotAvailable, Remedy};
use crate::meta::AppSecret;
use crate::sms::number::{NumberError, PhoneNumber};
use crate::whatsapp::cloud::{BASE_URL, VERSION};

/// How many numbers are asked for at once; an account has 25 at most unless Meta allows more.
const LIST_SIZE: &str = "100";

/// How many lists are read.
const LISTS_MAX: usize = 20;

/// What a number is asked for.
const FIELDS: &str = "id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status,platform_type";

/// Where Meta is, and our app's secret if calls are to prove it.
#[derive(Clone, Debug)]
pub struct CloudReaderConfig {
    pub graph_url: String,
    pub version: String,
    /// Adds `appsecret_proof`; the token must be of the same app.
    pub app_secret: Option<SecretString>,
}

impl Default for CloudReaderConfig {
    fn default() -> Self {
        Self {
            graph_url: BASE_URL.to_owned(),
            version: VERSION.to_owned(),
            app_secret: None,
        }
    }
}

/// Asks the Cloud API about numbers.
#[derive(Clone, Debug)]
pub struct CloudReader {
    graph: Graph,
}

/// A number as Meta has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudNumber {
    pub number: PhoneNumber,
    pub phone_number_id: String,
    pub verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// `VERIFIED`, `NOT_VERIFIED` or `EXPIRED`.
    pub code_verification_status: Option<String>,
    /// `APPROVED`, `PENDING_REVIEW`, `DECLINED` and the like.
    pub name_status: Option<String>,
    /// `CLOUD_API` for a number that is registered with the Cloud API.
    pub platform_type: Option<String>,
}

/// Why a number could not be read back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CloudError {
    #[error("WhatsApp is not available here")]
    NotAvailable(#[source] NotAvailable),
    #[error("the token is dead or wrong: {detail}")]
    TokenDead { detail: String },
    #[error(
        "the token lacks a permission, whatsapp_business_messaging or whatsapp_business_management: {detail}"
    )]
    NoPermission { detail: String },
    /// It does not exist, or this token must not see it; Meta does not tell the two apart.
    #[error("{what} {id} does not exist for this token")]
    NotFound { what: What, id: String },
    #[error("the number is not among those of the business account {business_account_id}")]
    NotOfThisAccount { business_account_id: String },
    #[error("Meta's answer has no usable number: {text}")]
    BadNumber {
        text: String,
        #[source]
        source: NumberError,
    },
    #[error("Meta cannot be reached")]
    Unreachable(#[source] VerifyError),
    #[error("Meta refused ({code}): {detail}")]
    Provider { code: i64, detail: String },
    #[error("Meta's answer is not what was asked for: {detail}")]
    Unreadable { detail: String },
}

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    PhoneNumber,
    BusinessAccount,
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PhoneNumber => "the phone number id",
            Self::BusinessAccount => "the business account",
        })
    }
}

impl CloudError {
    /// The error's name in the API; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAvailable(_) => "not_available",
            Self::TokenDead { .. } => "token_dead",
            Self::NoPermission { .. } => "no_permission",
            Self::NotFound { .. } => "not_found",
            Self::NotOfThisAccount { .. } => "not_of_this_account",
            Self::BadNumber { .. } => "bad_number",
            Self::Unreachable(_) => "unreachable",
            Self::Provider { .. } => "provider_error",
            Self::Unreadable { .. } => "provider_unreadable",
        }
    }

    /// What mends it.
    #[must_use]
    pub const fn remedy(&self) -> Remedy {
        match self {
            Self::NotAvailable(_) => Remedy::TellOperator,
            Self::TokenDead { .. } => Remedy::ConnectAgain,
            Self::NoPermission { .. }
            | Self::NotFound { .. }
            | Self::NotOfThisAccount { .. }
            | Self::BadNumber { .. } => Remedy::ChangeAtProvider,
            Self::Unreachable(_) | Self::Provider { .. } | Self::Unreadable { .. } => {
                Remedy::TryLater
            }
        }
    }
}

impl CloudReader {
    /// Checks the configuration; calls nobody.
    ///
    /// # Errors
    /// The setting that cannot work.
    pub fn new(config: &CloudReaderConfig, client: reqwest::Client) -> Result<Self, NotAvailable> {
        let secret = config.app_secret.as_ref().map(AppSecret::new).transpose();
        let secret = secret.map_err(|_| NotAvailable::Missing {
            setting: META_APP_SECRET,
        })?;
        let graph = Graph::new(&config.graph_url, &config.version, secret, client);
        let graph = graph.map_err(|source| NotAvailable::BadAddress {
            setting: META_URL,
            source,
        })?;
        Ok(Self { graph })
    }

    /// Reads the number, and checks that the business account has it.
    ///
    /// # Errors
    /// The token, the number or the account is not what it should be, or Meta cannot be asked.
    pub async fn read(
        &self,
        phone_number_id: &str,
        business_account_id: &str,
        access_token: &SecretString,
    ) -> Result<CloudNumber, CloudError> {
        let query = [("fields", FIELDS)];
        let found: Found = self
            .get(&[phone_number_id], &query, access_token, What::PhoneNumber)
            .await?;
        let number = found.into_number(phone_number_id)?;
        let is_own = self
            .owns(business_account_id, phone_number_id, access_token)
            .await?;
        match is_own {
            true => Ok(number),
            false => Err(CloudError::NotOfThisAccount {
                business_account_id: business_account_id.to_owned(),
            }),
        }
    }

    /// Has the account's messages sent to the app that the token is of.
    ///
    /// # Errors
    /// The token or the account is not what it should be, or Meta cannot be asked.
    pub async fn subscribe(
        &self,
        business_account_id: &str,
        access_token: &SecretString,
    ) -> Result<(), CloudError> {
        let path = [business_account_id, "subscribed_apps"];
        let credential = Credential::Token(access_token);
        self.graph
            .call::<Done>(Method::POST, &path, &[], credential)
            .await
            .and_then(Done::check)
            .map_err(|failure| classify(failure, What::BusinessAccount, business_account_id))
    }

    async fn owns(
        &self,
        business_account_id: &str,
        phone_number_id: &str,
        token: &SecretString,
    ) -> Result<bool, CloudError> {
        let path = [business_account_id, "phone_numbers"];
        let mut after = String::new();
        for _ in 0..LISTS_MAX {
            let query = [("fields", "id"), ("limit", LIST_SIZE), ("after", &after)];
            let query = query.get(..if after.is_empty() { 2 } else { 3 });
            let mut list: List<Own> = self
                .get(
                    &path,
                    query.unwrap_or_default(),
                    token,
                    What::BusinessAccount,
                )
                .await?;
            if list.data.iter().any(|own| own.id == phone_number_id) {
                return Ok(true);
            }
            match list.next_cursor() {
                Some(cursor) if cursor != after => after = cursor,
                Some(_) | None => break,
            }
        }
        Ok(false)
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        token: &SecretString,
        what: What,
    ) -> Result<T, CloudError> {
        let credential = Credential::Token(token);
        let id = path.first().copied().unwrap_or_default();
        self.graph
            .call(Method::GET, path, query, credential)
            .await
            .map_err(|failure| classify(failure, what, id))
    }
}

fn classify(failure: GraphFailure, what: What, id: &str) -> CloudError {
    let refusal = match failure {
        GraphFailure::Unreached(error) => return CloudError::Unreachable(error),
        GraphFailure::Unreadable(detail) => return CloudError::Unreadable { detail },
        GraphFailure::Refused(refusal) => refusal,
    };
    let GraphRefusal {
        code,
        subcode,
        message: detail,
        ..
    } = refusal;
    match (code, subcode) {
        (0 | 102 | 190, _) => CloudError::TokenDead { detail },
        (3 | 10 | 200..=299, _) => CloudError::NoPermission { detail },
        (100, _) if detail.contains("appsecret_proof") => {
            let setting = META_APP_SECRET;
            CloudError::NotAvailable(NotAvailable::Refused { setting, detail })
        }
        (100, 33) => CloudError::NotFound {
            what,
            id: id.to_owned(),
        },
        _ => CloudError::Provider { code, detail },
    }
}

#[derive(Deserialize)]
struct Found {
    id: Option<String>,
    #[serde(default)]
    display_phone_number: String,
    verified_name: Option<String>,
    quality_rating: Option<String>,
    code_verification_status: Option<String>,
    name_status: Option<String>,
    platform_type: Option<String>,
}

impl Found {
    fn into_number(self, phone_number_id: &str) -> Result<CloudNumber, CloudError> {
        let number = PhoneNumber::from_provider(&self.display_phone_number).map_err(|source| {
            CloudError::BadNumber {
                text: self.display_phone_number.clone(),
                source,
            }
        })?;
        Ok(CloudNumber {
            number,
            phone_number_id: self.id.unwrap_or_else(|| phone_number_id.to_owned()),
            verified_name: self.verified_name,
            quality_rating: self.quality_rating,
            code_verification_status: self.code_verification_status,
            name_status: self.name_status,
            platform_type: self.platform_type,
        })
    }
}

#[derive(Deserialize)]
struct Own {
    id: String,
}

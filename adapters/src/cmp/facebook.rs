//! Connecting a Facebook page: the person signs in at Facebook, allows our app what it needs, and picks a page.
//!
//! What must stay true: a page comes out of here only with a token that Meta says is that page's for our app, with
//! everything allowed that Messenger needs; what is missing is named. The code, the person's token and the pages' tokens
//! are secrets and are sent nowhere but to the configured Graph address.
//!
//! The order of the calls, with the pages that describe them (developers.facebook.com):
//! the dialog and the exchange of the code (/documentation/facebook-login/guides/advanced/manual-flow), the long-lived token
//! (/documentation/facebook-login/guides/access-tokens/get-long-lived, `fb_exchange_token`), what was allowed
//! (/docs/graph-api/reference/user/permissions), the pages (/docs/graph-api/reference/user/accounts, paged), and the
//! webhooks of one page (/docs/graph-api/reference/page/subscribed_apps).

mod callback;
mod errors;
mod inspection;

use std::time::Duration;

use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::graph::{Credential, Done, Graph, GraphFailure, List};
use super::{META_APP_ID, META_APP_SECRET, META_DIALOG_URL, META_URL, NotAvailable};
use crate::http::{self, below};
use crate::meta::AppSecret;
use crate::whatsapp::cloud::{BASE_URL, VERSION};

use inspection::{Inspected, Inspection, missing};

pub use callback::Callback;
pub use errors::{FacebookError, TokenDeath, TokenFault};

/// Where people sign in, unless configured otherwise.
pub const DIALOG_URL: &str = "https://www.facebook.com";

/// What the app asks a person for; without any one of them Messenger does not work for every page.
pub const SCOPES: [&str; 5] = [
    "pages_show_list",
    "pages_messaging",
    "pages_manage_metadata",
    "pages_read_engagement",
    "business_management",
];

/// What a page's own token must have, whoever made it.
pub const PAGE_SCOPES: [&str; 2] = ["pages_messaging", "pages_manage_metadata"];

/// What a page's webhooks tell us. The app must have the same fields in its own settings.
pub const FIELDS: [&str; 11] = [
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_reactions",
    "messaging_handovers",
    "messaging_referrals",
    "messaging_optins",
    "messaging_policy_enforcement",
    "standby",
];

/// How many pages are asked for at once.
const PAGE_SIZE: &str = "50";

/// How many such lists are read: 5,000 pages.
const LISTS_MAX: usize = 100;

/// What the deployment brings: its app at Meta, and where Meta is.
#[derive(Clone, Debug)]
pub struct FacebookConfig {
    pub app_id: Option<String>,
    pub app_secret: Option<SecretString>,
    pub graph_url: String,
    pub dialog_url: String,
    /// Of the Graph API and of the dialog, such as `v23.0`.
    pub version: String,
}

impl Default for FacebookConfig {
    fn default() -> Self {
        Self {
            app_id: None,
            app_secret: None,
            graph_url: BASE_URL.to_owned(),
            dialog_url: DIALOG_URL.to_owned(),
            version: VERSION.to_owned(),
        }
    }
}

/// Our app at Meta.
#[derive(Clone, Debug)]
pub struct Facebook {
    graph: Graph,
    dialog: Url,
    app_id: String,
    app_secret: SecretString,
}

/// What a person allowed.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The pages, in Facebook's order; never empty.
    pub pages: Vec<Page>,
    /// The person's long-lived token. The pages' tokens outlive it; keep it only as long as the choice takes.
    pub user_token: SecretString,
    /// How long it lives; `None` if Facebook did not say.
    pub expires_in: Option<Duration>,
}

/// A page that the person lets us use.
#[derive(Clone, Debug, Deserialize)]
pub struct Page {
    pub id: String,
    pub name: String,
    pub access_token: SecretString,
    /// What the person may do on the page.
    #[serde(default)]
    pub tasks: Vec<String>,
}

impl Page {
    /// Whether the person may do both things that a connection needs: write messages, and change the page's webhooks
    /// (`MANAGE`, `CREATE_CONTENT` or `MODERATE`, says the page on `subscribed_apps`).
    #[must_use]
    pub fn can_be_connected(&self) -> bool {
        let has = |task: &str| self.tasks.iter().any(|own| own == task);
        has("MESSAGING") && (has("MANAGE") || has("CREATE_CONTENT") || has("MODERATE"))
    }
}

/// What a page's token says of its page.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PageIdentity {
    pub id: String,
    pub name: String,
}

impl Facebook {
    /// Checks the configuration; calls nobody.
    ///
    /// # Errors
    /// The setting that is missing or cannot work.
    pub fn new(config: &FacebookConfig, client: reqwest::Client) -> Result<Self, NotAvailable> {
        let app_id = app_id(config.app_id.as_deref())?;
        let app_secret = config.app_secret.clone().ok_or(NotAvailable::Missing {
            setting: META_APP_SECRET,
        })?;
        let proof = AppSecret::new(&app_secret).map_err(|_| NotAvailable::Missing {
            setting: META_APP_SECRET,
        })?;
        let bad = |setting| move |source| NotAvailable::BadAddress { setting, source };
        let graph = Graph::new(&config.graph_url, &config.version, Some(proof), client)
            .map_err(bad(META_URL))?;
        let dialog = http::base_url(&config.dialog_url).map_err(bad(META_DIALOG_URL))?;
        Ok(Self {
            graph,
            dialog: below(dialog, &[&config.version, "dialog", "oauth"]),
            app_id,
            app_secret,
        })
    }

    /// Whether Meta knows our app by its id and its secret.
    ///
    /// # Errors
    /// [`FacebookError::NotAvailable`] with the setting that it refuses, or Meta cannot be asked.
    pub async fn check(&self) -> Result<(), FacebookError> {
        // Any token may be asked about; what the answer says of this one does not matter.
        match self.inspect(&SecretString::from("0")).await {
            Err(
                error @ (FacebookError::NotAvailable(_)
                | FacebookError::Unreachable(_)
                | FacebookError::TooManyCalls { .. }
                | FacebookError::Unreadable { .. }),
            ) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Where to send the person. `redirect_uri` is given again, letter by letter, to [`connect`](Self::connect); it must be
    /// among the app's "Valid OAuth Redirect URIs". `state` comes back and must be compared.
    ///
    /// `auth_type=rerequest` makes Facebook ask again for what the person once declined.
    #[must_use]
    pub fn authorise_url(&self, redirect_uri: &str, state: &str) -> Url {
        let mut url = self.dialog.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &self.app_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("state", state)
            .append_pair("response_type", "code")
            .append_pair("scope", &SCOPES.join(","))
            .append_pair("auth_type", "rerequest");
        url
    }

    /// Makes the code that a person came back with into the pages they allow.
    ///
    /// # Errors
    /// The code is spent, something was not allowed, no page was, or Meta cannot be asked.
    pub async fn connect(
        &self,
        code: &SecretString,
        redirect_uri: &str,
    ) -> Result<Connected, FacebookError> {
        let short = self.redeem(code, redirect_uri).await?;
        let long = self.prolong(&short.access_token).await?;
        self.check_scopes(&long.access_token).await?;
        let pages = self.pages(&long.access_token).await?;
        if pages.is_empty() {
            return Err(FacebookError::NoPageGranted);
        }
        Ok(Connected {
            pages,
            user_token: long.access_token,
            expires_in: long.expires_in.map(Duration::from_secs),
        })
    }

    /// Has the page's messages sent to the app's webhook.
    ///
    /// # Errors
    /// The token is dead or too weak, or Meta cannot be asked.
    pub async fn subscribe(
        &self,
        page_id: &str,
        page_token: &SecretString,
    ) -> Result<(), FacebookError> {
        let fields = FIELDS.join(",");
        let query = [("subscribed_fields", fields.as_str())];
        self.change_subscription(Method::POST, page_id, &query, page_token)
            .await
    }

    /// Ends it. A page that is not subscribed is no error.
    ///
    /// # Errors
    /// The token is dead or too weak, or Meta cannot be asked.
    pub async fn unsubscribe(
        &self,
        page_id: &str,
        page_token: &SecretString,
    ) -> Result<(), FacebookError> {
        self.change_subscription(Method::DELETE, page_id, &[], page_token)
            .await
    }

    async fn change_subscription(
        &self,
        method: Method,
        page_id: &str,
        query: &[(&str, &str)],
        page_token: &SecretString,
    ) -> Result<(), FacebookError> {
        let path = [page_id, "subscribed_apps"];
        let done: Done = self
            .graph
            .call(method, &path, query, Credential::Token(page_token))
            .await?;
        Ok(done.check()?)
    }

    /// Which page a token is of, after checking that it is a page's, for our app, alive, and strong enough. For programs
    /// that bring a token of their own.
    ///
    /// # Errors
    /// What is wrong with the token, or Meta cannot be asked.
    pub async fn read_page(
        &self,
        page_token: &SecretString,
    ) -> Result<PageIdentity, FacebookError> {
        let inspected = self.inspect(page_token).await?;
        inspected.check(&self.app_id)?;
        let query = [("fields", "id,name")];
        let page: PageIdentity = self
            .graph
            .call(Method::GET, &["me"], &query, Credential::Token(page_token))
            .await?;
        Ok(page)
    }

    async fn redeem(
        &self,
        code: &SecretString,
        redirect_uri: &str,
    ) -> Result<Token, FacebookError> {
        let query = [
            ("client_id", self.app_id.as_str()),
            ("redirect_uri", redirect_uri),
            ("client_secret", self.app_secret.expose_secret()),
            ("code", code.expose_secret()),
        ];
        self.token(&query).await
    }

    async fn prolong(&self, short: &SecretString) -> Result<Token, FacebookError> {
        let query = [
            ("grant_type", "fb_exchange_token"),
            ("client_id", self.app_id.as_str()),
            ("client_secret", self.app_secret.expose_secret()),
            ("fb_exchange_token", short.expose_secret()),
        ];
        self.token(&query).await
    }

    async fn token(&self, query: &[(&str, &str)]) -> Result<Token, FacebookError> {
        let path = ["oauth", "access_token"];
        let token = self
            .graph
            .call(Method::GET, &path, query, Credential::Parameters)
            .await?;
        Ok(token)
    }

    async fn check_scopes(&self, token: &SecretString) -> Result<(), FacebookError> {
        let path = ["me", "permissions"];
        let allowed: List<Permission> = self
            .graph
            .call(Method::GET, &path, &[], Credential::Token(token))
            .await?;
        let granted = allowed.data.iter().filter(|one| one.status == "granted");
        let granted: Vec<&str> = granted.map(|one| one.permission.as_str()).collect();
        missing(&SCOPES, &granted)
    }

    async fn pages(&self, token: &SecretString) -> Result<Vec<Page>, FacebookError> {
        let mut pages = Vec::new();
        let mut after = String::new();
        for _ in 0..LISTS_MAX {
            let mut list = self.pages_after(token, &after).await?;
            pages.append(&mut list.data);
            match list.next_cursor() {
                Some(cursor) if cursor != after => after = cursor,
                Some(_) | None => break,
            }
        }
        Ok(pages)
    }

    async fn pages_after(
        &self,
        token: &SecretString,
        after: &str,
    ) -> Result<List<Page>, GraphFailure> {
        let fields = ("fields", "id,name,access_token,tasks");
        let query = [fields, ("limit", PAGE_SIZE), ("after", after)];
        let query = if after.is_empty() {
            query.get(..2).unwrap_or_default()
        } else {
            &query
        };
        let path = ["me", "accounts"];
        self.graph
            .call(Method::GET, &path, query, Credential::Token(token))
            .await
    }

    /// Source: developers.facebook.com/docs/graph-api/reference/debug_token. The app's token is its id and its secret with
    /// a bar between them (/documentation/facebook-login/guides/access-tokens, "App Access Tokens").
    async fn inspect(&self, token: &SecretString) -> Result<Inspected, FacebookError> {
        let own = format!("{}|{}", self.app_id, self.app_secret.expose_secret());
        let own = SecretString::from(own);
        let query = [("input_token", token.expose_secret())];
        let answer = self
            .graph
            .call::<Inspection>(Method::GET, &["debug_token"], &query, Credential::App(&own))
            .await;
        match answer.map_err(FacebookError::from) {
            Ok(inspection) => Ok(inspection.data),
            // The only token that this call stands on is ours.
            Err(FacebookError::TokenDead { detail, .. }) => {
                let setting = META_APP_SECRET;
                let refused = NotAvailable::Refused { setting, detail };
                Err(FacebookError::NotAvailable(refused))
            }
            Err(error) => Err(error),
        }
    }
}

fn app_id(given: Option<&str>) -> Result<String, NotAvailable> {
    let setting = META_APP_ID;
    let id = given
        .filter(|id| !id.is_empty())
        .ok_or(NotAvailable::Missing { setting })?;
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        let why = "an app's id at Meta has digits only".to_owned();
        return Err(NotAvailable::Unusable { setting, why });
    }
    Ok(id.to_owned())
}

#[derive(Deserialize)]
struct Token {
    access_token: SecretString,
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct Permission {
    permission: String,
    status: String,
}

//! The companies that this deployment can speak with, each ready or with the setting that is in the way.
//!
//! What must stay true: a company that is not set up takes none of the others with it, and what is missing is known by the
//! name of its setting (R80).

use std::path::Path;
use std::sync::Arc;

use ecluse_adapters::cmp::cloud::{CloudReader, CloudReaderConfig};
use ecluse_adapters::cmp::dialog360::events::PartnerWebhook;
use ecluse_adapters::cmp::dialog360::{Dialog360Hub, Dialog360HubConfig, Dialog360Numbers};
use ecluse_adapters::cmp::facebook::{Facebook, FacebookConfig};
use ecluse_adapters::cmp::{DIALOG360_WEBHOOK_SECRET, META_APP_ID, NotAvailable};
use ecluse_adapters::directory::ProviderSettings;
use ecluse_adapters::email::network::Network;
use ecluse_adapters::http::{ClientError, ClientOptions, client, tls};
use ecluse_adapters::oauth::servers::MailServers;
use ecluse_adapters::oauth::{Application, Company, OAuthClient};
use ecluse_adapters::sms::check::TrunkChecker;
use ecluse_adapters::whatsapp;
use ecluse_engine::runtime::Clock;
use secrecy::SecretString;

use super::crowd::Crowd;
use super::successors::Successors;
use super::turns::Turns;

/// The companies. Clones share them.
#[derive(Clone, Debug)]
pub struct Companies(Arc<Clients>);

#[derive(Debug)]
struct Clients {
    facebook: Result<Facebook, NotAvailable>,
    hub: Result<Dialog360Hub, NotAvailable>,
    partner_webhook: Result<PartnerWebhook, NotAvailable>,
    numbers: Result<Dialog360Numbers, NotAvailable>,
    cloud: Result<CloudReader, NotAvailable>,
    google: Result<MailCompany, NotAvailable>,
    microsoft: Result<MailCompany, NotAvailable>,
    oauth: OAuthClient,
    trunks: TrunkChecker,
    network: Network,
    http: reqwest::Client,
    dialog360_url: String,
    crowd: Crowd,
    turns: Turns,
    successors: Successors,
}

/// A company that keeps mailboxes.
#[derive(Clone, Debug)]
pub struct MailCompany {
    pub application: Application,
    pub servers: MailServers,
}

impl Companies {
    /// Makes the clients; calls nobody.
    ///
    /// # Errors
    /// The certificate authorities cannot be read.
    pub fn new(
        settings: &ProviderSettings,
        ca_file: Option<&Path>,
        clock: Clock,
    ) -> Result<Self, ClientError> {
        let options = ClientOptions {
            ca_file: ca_file.map(Path::to_owned),
            ..ClientOptions::default()
        };
        let http = client(&options)?;
        let trunks = TrunkChecker::new(http.clone(), tls(ca_file)?, settings.trunks.clone());
        Ok(Self(Arc::new(Clients {
            facebook: Facebook::new(&facebook(settings), http.clone()),
            hub: Dialog360Hub::new(&hub(settings), http.clone()),
            partner_webhook: partner_webhook(settings),
            numbers: Dialog360Numbers::new(&settings.dialog360_url, http.clone()),
            cloud: CloudReader::new(&cloud(settings), http.clone()),
            google: google(settings),
            microsoft: microsoft(settings),
            oauth: OAuthClient::new(http.clone(), clock),
            trunks,
            network: Network::new(ca_file)?,
            http,
            dialog360_url: settings.dialog360_url.clone(),
            crowd: Crowd::default(),
            turns: Turns::default(),
            successors: Successors::default(),
        })))
    }

    /// Our app at Meta, for pages.
    ///
    /// # Errors
    /// The setting that is in the way.
    pub fn facebook(&self) -> Result<&Facebook, NotAvailable> {
        self.0.facebook.as_ref().map_err(Clone::clone)
    }

    /// Our partnership with 360dialog.
    ///
    /// # Errors
    /// The setting that is in the way.
    pub fn hub(&self) -> Result<&Dialog360Hub, NotAvailable> {
        self.0.hub.as_ref().map_err(Clone::clone)
    }

    /// What 360dialog's partner events are checked with.
    ///
    /// # Errors
    /// The setting that is in the way.
    pub fn partner_webhook(&self) -> Result<&PartnerWebhook, NotAvailable> {
        self.0.partner_webhook.as_ref().map_err(Clone::clone)
    }

    /// 360dialog, for numbers whose key somebody brings.
    ///
    /// # Errors
    /// The setting that is in the way.
    pub fn numbers(&self) -> Result<&Dialog360Numbers, NotAvailable> {
        self.0.numbers.as_ref().map_err(Clone::clone)
    }

    /// Meta's Cloud API, for numbers whose token somebody brings.
    ///
    /// # Errors
    /// The setting that is in the way.
    pub fn cloud(&self) -> Result<&CloudReader, NotAvailable> {
        self.0.cloud.as_ref().map_err(Clone::clone)
    }

    /// Our application at a company that keeps mailboxes, and its servers.
    ///
    /// # Errors
    /// The setting that is in the way.
    pub fn mail(&self, company: Company) -> Result<&MailCompany, NotAvailable> {
        let found = match company {
            Company::Google => &self.0.google,
            Company::Microsoft => &self.0.microsoft,
        };
        found.as_ref().map_err(Clone::clone)
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    pub(super) fn successors(&self) -> &Successors {
        &self.0.successors
    }

    pub(crate) fn oauth(&self) -> &OAuthClient {
        &self.0.oauth
    }

    pub(crate) fn trunks(&self) -> &TrunkChecker {
        &self.0.trunks
    }

    pub(crate) fn network(&self) -> &Network {
        &self.0.network
    }

    pub(crate) fn http(&self) -> reqwest::Client {
        self.0.http.clone()
    }

    pub(crate) fn dialog360_url(&self) -> &str {
        &self.0.dialog360_url
    }

    pub(crate) fn crowd(&self) -> &Crowd {
        &self.0.crowd
    }
}

fn facebook(settings: &ProviderSettings) -> FacebookConfig {
    FacebookConfig {
        app_id: settings.meta_app_id.clone(),
        app_secret: settings.meta_app_secret.clone(),
        graph_url: settings.meta_url.clone(),
        dialog_url: settings.meta_dialog_url.clone(),
        version: whatsapp::cloud::VERSION.to_owned(),
    }
}

fn hub(settings: &ProviderSettings) -> Dialog360HubConfig {
    Dialog360HubConfig {
        partner_id: settings.dialog360_partner_id.clone(),
        partner_secret: settings.dialog360_partner_secret.clone(),
        api_url: settings.dialog360_url.clone(),
        hub_url: settings.dialog360_hub_url.clone(),
        partner_url: None,
    }
}

fn partner_webhook(settings: &ProviderSettings) -> Result<PartnerWebhook, NotAvailable> {
    let setting = DIALOG360_WEBHOOK_SECRET;
    let secret = settings.dialog360_webhook_secret.as_ref();
    let secret = secret.ok_or(NotAvailable::Missing { setting })?;
    PartnerWebhook::new(secret).map_err(|_empty| NotAvailable::Missing { setting })
}

fn cloud(settings: &ProviderSettings) -> CloudReaderConfig {
    CloudReaderConfig {
        graph_url: settings.meta_url.clone(),
        version: whatsapp::cloud::VERSION.to_owned(),
        app_secret: settings.meta_app_secret.clone(),
    }
}

/// The setting with the secret of our application at a company.
pub(super) const fn client_secret_setting(company: Company) -> &'static str {
    match company {
        Company::Google => "providers.google_client_secret",
        Company::Microsoft => "providers.microsoft_client_secret",
    }
}

fn google(settings: &ProviderSettings) -> Result<MailCompany, NotAvailable> {
    mail_company(
        Company::Google,
        ("providers.google_oauth_url", &settings.google_oauth_url),
        (
            "providers.google_client_id",
            settings.google_client_id.as_ref(),
        ),
        (
            client_secret_setting(Company::Google),
            settings.google_client_secret.as_ref(),
        ),
        &settings.google_mail,
    )
}

fn microsoft(settings: &ProviderSettings) -> Result<MailCompany, NotAvailable> {
    mail_company(
        Company::Microsoft,
        (
            "providers.microsoft_oauth_url",
            &settings.microsoft_oauth_url,
        ),
        (
            "providers.microsoft_client_id",
            settings.microsoft_client_id.as_ref(),
        ),
        (
            client_secret_setting(Company::Microsoft),
            settings.microsoft_client_secret.as_ref(),
        ),
        &settings.microsoft_mail,
    )
}

fn mail_company(
    company: Company,
    (url_setting, url): (&'static str, &str),
    (id_setting, id): (&'static str, Option<&String>),
    (secret_setting, secret): (&'static str, Option<&SecretString>),
    servers: &MailServers,
) -> Result<MailCompany, NotAvailable> {
    let missing = |setting| NotAvailable::Missing { setting };
    let id = id.ok_or_else(|| missing(id_setting))?;
    let secret = secret.ok_or_else(|| missing(secret_setting))?.clone();
    let application = Application::new(company, url, id, secret);
    let application = application.map_err(|source| NotAvailable::BadAddress {
        setting: url_setting,
        source,
    })?;
    Ok(MailCompany {
        application,
        servers: servers.clone(),
    })
}

/// What is said where no company was set up at all.
#[must_use]
pub const fn nothing_set() -> NotAvailable {
    NotAvailable::Missing {
        setting: META_APP_ID,
    }
}

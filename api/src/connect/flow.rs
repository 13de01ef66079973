//! The steps of a sign-on, for REST and for the window alike: begin, leave for the company, come back, choose, finish.
//!
//! What must stay true: nobody acts on another tenant's sign-on; the state that comes back is drawn anew for each departure
//! and counts once; whatever a company refuses is kept as the sign-on's fault and told, and the sign-on can be tried again
//! until it is over.
//!
//! 360dialog's hub sends people back with a client and channels in the address, which whoever sits there can write. That a
//! client has these channels is asked at 360dialog; that it is this tenant's is known here, by who brought it first. Of
//! another tenant's nothing is told: it is answered as one that nobody knows.
//!
//! A number of 360dialog gets its key and its webhook when its channel is saved (`prepare`), not here: a new key revokes the
//! one before it, and a channel that is connected again must go on working if the person never saves.

use ecluse_adapters::cmp::NotAvailable;
use ecluse_adapters::cmp::dialog360::{
    Dialog360Error, Granted, HubChannel, HubChannelState, Return,
};
use ecluse_adapters::cmp::facebook::{Callback, FacebookError};
use ecluse_adapters::oauth::{Callback as MailCallback, Company, Grant, OAuthError, Pending};
use ecluse_adapters::storage::config_db::{
    ChannelSettings, EmailProvider, NewSignOn, SignOnFault, SignOnFound, SignOnGrant, SignOnKind,
    SignOnMailbox, SignOnNumber, SignOnPage, SignOnProgress, SignOnRecord, SignOnState, Token,
};
use ecluse_adapters::storage::config_db::{MailServer, Security};
use ecluse_engine::ids::{ChannelId, TenantId};
use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use super::companies::{Companies, MailCompany, client_secret_setting, nothing_set};
use super::faults;
use crate::error::{ApiError, Conflict};
use crate::resources::Services;

/// The sign-ons of one tenant.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'s> {
    services: &'s Services,
    companies: &'s Companies,
    tenant: TenantId,
}

/// Where a company sends people back to.
#[must_use]
pub const fn callback_path(kind: SignOnKind) -> &'static str {
    match kind {
        SignOnKind::Facebook => "/connect/facebook/callback",
        SignOnKind::Whatsapp => "/connect/360dialog/callback",
        SignOnKind::Gmail => "/connect/google/callback",
        SignOnKind::Microsoft => "/connect/microsoft/callback",
    }
}

/// The company of a mailbox.
pub(super) const fn mail_company(kind: SignOnKind) -> Option<Company> {
    match kind {
        SignOnKind::Gmail => Some(Company::Google),
        SignOnKind::Microsoft => Some(Company::Microsoft),
        SignOnKind::Facebook | SignOnKind::Whatsapp => None,
    }
}

/// A company's answer before it is stored.
type Found = Result<(SignOnFound, Option<String>), SignOnFault>;

/// What 360dialog answered, as far as it is this tenant's.
type Numbers = Result<(SignOnFound, Option<String>), Dialog360Error>;

impl<'s> Flow<'s> {
    /// # Errors
    /// No company is set up.
    pub fn of(services: &'s Services, tenant: TenantId) -> Result<Self, ApiError> {
        let companies = services.companies.as_ref().ok_or_else(nothing_set)?;
        Ok(Self {
            services,
            companies,
            tenant,
        })
    }

    /// Begins, and says where the person goes: to our own window, or for a mailbox to the company.
    ///
    /// # Errors
    /// The company is not available here (R80), or `channel` is none of this kind.
    pub async fn begin(
        &self,
        kind: SignOnKind,
        channel: Option<Uuid>,
    ) -> Result<(SignOnRecord, String), ApiError> {
        self.check_available(kind).await?;
        if let Some(channel) = channel {
            self.check_channel(kind, channel).await?;
        }
        let begun = self.services.db.begin_sign_on(NewSignOn {
            tenant: self.tenant,
            kind,
            state: Token::draw().digest(),
            progress: SignOnProgress {
                channel,
                ..SignOnProgress::default()
            },
        });
        let mut record = begun.await?;
        let url = match mail_company(kind) {
            None => self.window(record.id),
            Some(_) => self.depart(&mut record).await?.to_string(),
        };
        Ok((record, url))
    }

    /// The address of our own window.
    #[must_use]
    pub fn window(&self, id: Uuid) -> String {
        self.services.auth.url(&format!("/connect/{id}"))
    }

    /// # Errors
    /// There is no such sign-on in this tenant, or it is over.
    pub async fn record(&self, id: Uuid) -> Result<SignOnRecord, ApiError> {
        let found = self.services.db.sign_on(self.tenant, id).await?;
        found.ok_or(ApiError::NotFound)
    }

    /// Where to send the person, with a new state.
    ///
    /// # Errors
    /// The company is not available here, or the sign-on is over.
    pub async fn depart(&self, record: &mut SignOnRecord) -> Result<Url, ApiError> {
        let pending = Pending::new(&self.redirect_uri(record.kind));
        let url = self.company_url(record, &pending).await?;
        record.state = SignOnState::Started;
        record.progress = SignOnProgress {
            channel: record.progress.channel,
            verifier: mail_company(record.kind).map(|_| pending.verifier.clone()),
            ..SignOnProgress::default()
        };
        let db = &self.services.db;
        let state = Token::presented(&pending.state).digest();
        db.renew_sign_on_state(self.tenant, record.id, state)
            .await?;
        db.advance_sign_on(record).await?;
        Ok(url)
    }

    async fn company_url(&self, record: &SignOnRecord, pending: &Pending) -> Result<Url, ApiError> {
        let (redirect, state) = (&pending.redirect_uri, &pending.state);
        Ok(match mail_company(record.kind) {
            Some(company) => {
                let mailbox = self.mailbox(record.progress.channel).await?;
                pending.url(
                    &self.companies.mail(company)?.application,
                    mailbox.as_deref(),
                )
            }
            None if record.kind == SignOnKind::Facebook => {
                self.companies.facebook()?.authorise_url(redirect, state)
            }
            None => self.companies.hub()?.permissions_url(redirect, state),
        })
    }

    /// Takes what a person came back with. `None` if the state is unknown, was used, is over or is another tenant's.
    ///
    /// # Errors
    /// The configuration cannot be read or written.
    pub async fn arrive(
        &self,
        kind: SignOnKind,
        query: &str,
    ) -> Result<Option<SignOnRecord>, ApiError> {
        let Some(state) = state_of(query) else {
            return Ok(None);
        };
        let digest = Token::presented(&state).digest();
        let db = &self.services.db;
        let spent = db.spend_sign_on_state(self.tenant, digest).await?;
        let Some(mut record) = spent.filter(|record| record.kind == kind) else {
            return Ok(None);
        };
        record.progress.granted = grant(kind, query);
        let asked = self.ask(&record, &state, query).await?;
        settle(&mut record, asked);
        record.progress.verifier = None;
        db.advance_sign_on(&record).await?;
        Ok(Some(record))
    }

    /// Asks 360dialog again about what its client authorised: a number may be ready by now. What a person has confirmed stays.
    ///
    /// # Errors
    /// 360dialog cannot be asked, or the sign-on is over.
    pub async fn look_again(&self, mut record: SignOnRecord) -> Result<(), ApiError> {
        let Some(grant) = record.progress.granted.clone() else {
            return Ok(());
        };
        if !matches!(record.state, SignOnState::Choosing | SignOnState::Failed) {
            return Ok(());
        }
        let granted = Granted {
            client_id: grant.client_id,
            channels: grant.channels,
            revoked: Vec::new(),
        };
        let asked = match self.granted(granted).await? {
            Err(error) if faults::is_no_answer(&error) => {
                return Err(faults::refuse_hub("whatsapp.sign_on", error));
            }
            asked => asked.map_err(|error| faults::of_dialog360(&error)),
        };
        let before = record.progress.clone();
        settle(&mut record, asked);
        keep_what_was_done(&mut record, before);
        self.services.db.advance_sign_on(&record).await?;
        Ok(())
    }

    async fn ask(
        &self,
        record: &SignOnRecord,
        state: &str,
        query: &str,
    ) -> Result<Found, ApiError> {
        Ok(match (record.kind, mail_company(record.kind)) {
            (SignOnKind::Facebook, _) => {
                let pages = self.pages(Callback::read(query)).await;
                pages.map_err(|error| faults::of_facebook(&error))
            }
            (_, Some(company)) => {
                let pending = Pending {
                    state: state.to_owned(),
                    verifier: record.progress.verifier.clone().unwrap_or_default(),
                    redirect_uri: self.redirect_uri(record.kind),
                };
                let mailbox = self.sign_on(company, query, &pending).await;
                mailbox.map_err(|error| faults::of_oauth(&error))
            }
            (_, None) => {
                let numbers = self.numbers(Return::read(query)).await?;
                numbers.map_err(|error| faults::of_dialog360(&error))
            }
        })
    }

    async fn pages(
        &self,
        callback: Callback,
    ) -> Result<(SignOnFound, Option<String>), FacebookError> {
        let code = callback.outcome?;
        let facebook = self.companies.facebook();
        let facebook = facebook.map_err(FacebookError::NotAvailable)?;
        let redirect = self.redirect_uri(SignOnKind::Facebook);
        let connected = facebook.connect(&code, &redirect).await?;
        let usable = connected
            .pages
            .into_iter()
            .filter(|page| page.can_be_connected());
        let pages: Vec<SignOnPage> = usable
            .map(|page| SignOnPage {
                id: page.id,
                name: page.name,
                token: page.access_token,
            })
            .collect();
        let chosen = match pages.as_slice() {
            [] => {
                let detail = "on none of these pages the person may write messages".to_owned();
                return Err(FacebookError::NoPermission { detail });
            }
            [only] => Some(only.id.clone()),
            _ => None,
        };
        Ok((SignOnFound::Pages(pages), chosen))
    }

    async fn numbers(&self, came_back: Return) -> Result<Numbers, ApiError> {
        match came_back.outcome {
            Ok(granted) => self.granted(granted).await,
            Err(error) => Ok(Err(error)),
        }
    }

    async fn granted(&self, granted: Granted) -> Result<Numbers, ApiError> {
        let confirmed = match self.confirmed(&granted).await {
            Ok(confirmed) => confirmed,
            Err(error) => return Ok(Err(error)),
        };
        let own = self.own(&granted.client_id, confirmed).await?;
        if own.is_empty() {
            return Ok(Err(unknown(&granted)));
        }
        Ok(usable_numbers(own).map(|numbers| chosen_of(granted.client_id, numbers)))
    }

    /// The client's numbers as 360dialog has them. Which one of several it does not know is not told: whoever makes an address
    /// up would learn that it knows the others.
    async fn confirmed(&self, granted: &Granted) -> Result<Vec<HubChannel>, Dialog360Error> {
        let hub = self.companies.hub().map_err(Dialog360Error::NotAvailable)?;
        match hub.granted(granted).await {
            Err(Dialog360Error::UnknownChannel { .. }) => Err(unknown(granted)),
            answered => answered,
        }
    }

    /// Those of a client's numbers that this tenant may have: none of another tenant's client, and none that another tenant's
    /// channel has.
    async fn own(
        &self,
        client_id: &str,
        numbers: Vec<HubChannel>,
    ) -> Result<Vec<HubChannel>, ApiError> {
        let db = &self.services.db;
        let mut own = Vec::new();
        if db.bring_dialog360_client(self.tenant, client_id).await? != self.tenant {
            return Ok(own);
        }
        for number in numbers {
            if !self.is_of_another_tenant(&number).await? {
                own.push(number);
            }
        }
        Ok(own)
    }

    async fn is_of_another_tenant(&self, channel: &HubChannel) -> Result<bool, ApiError> {
        let Some(number) = &channel.number else {
            return Ok(false);
        };
        let holder = self.services.db.whatsapp_channel(number.as_str()).await?;
        Ok(holder.is_some_and(|holder| holder.tenant != self.tenant))
    }

    async fn sign_on(
        &self,
        company: Company,
        query: &str,
        pending: &Pending,
    ) -> Result<(SignOnFound, Option<String>), OAuthError> {
        let code = MailCallback::parse(query).code(company, pending)?;
        let not_set = |_| OAuthError::WrongClient {
            words: "it is not set here any more".to_owned(),
        };
        let known = self.companies.mail(company).map_err(not_set)?;
        let oauth = self.companies.oauth();
        let grant = oauth.exchange(&known.application, &code, pending).await?;
        let mailbox = mailbox_of(known, grant);
        Ok((SignOnFound::Mailbox(mailbox), None))
    }

    /// Says which of what was found is meant.
    ///
    /// # Errors
    /// There is nothing to choose, or not this.
    pub async fn choose(&self, id: Uuid, choice: &str) -> Result<SignOnRecord, ApiError> {
        let mut record = self.record(id).await?;
        if record.state != SignOnState::Choosing && record.state != SignOnState::Ready {
            let message = "there is nothing to choose: nobody came back from the company yet";
            return Err(ApiError::field("choice", "nothing_to_choose", message));
        }
        if record.choices().iter().all(|(id, _)| id != choice) {
            let message = "is none of the choices";
            return Err(ApiError::field("choice", "unknown", message));
        }
        record.progress.chosen = Some(choice.to_owned());
        record.state = SignOnState::Choosing;
        self.services.db.advance_sign_on(&record).await?;
        Ok(record)
    }

    /// Confirms what is shown, so that a channel may take it.
    ///
    /// # Errors
    /// It is not known yet what is meant.
    pub async fn submit(&self, id: Uuid) -> Result<SignOnRecord, ApiError> {
        let mut record = self.record(id).await?;
        if record.state == SignOnState::Ready {
            return Ok(record);
        }
        if record.page().is_none() && record.number().is_none() {
            let message = "choose first what to connect";
            return Err(ApiError::field("choice", "required", message));
        }
        record.state = SignOnState::Ready;
        self.services.db.advance_sign_on(&record).await?;
        Ok(record)
    }

    fn redirect_uri(&self, kind: SignOnKind) -> String {
        self.services.auth.url(callback_path(kind))
    }

    async fn check_available(&self, kind: SignOnKind) -> Result<(), ApiError> {
        match (kind, mail_company(kind)) {
            (SignOnKind::Facebook, _) => {
                let checked = self.companies.facebook()?.check().await;
                checked.map_err(|error| faults::refuse_page("kind", error))?;
            }
            (_, Some(company)) => self.check_application(company).await?,
            (_, None) => {
                let checked = self.companies.hub()?.check().await;
                checked.map_err(|error| faults::refuse_hub("kind", error))?;
            }
        }
        Ok(())
    }

    /// A consent that nobody gave is refused for itself by a company that knows our application, and else for that.
    async fn check_application(&self, company: Company) -> Result<(), ApiError> {
        let known = self.companies.mail(company)?;
        let nobodys = SecretString::from("0");
        let oauth = self.companies.oauth();
        match oauth.refresh(&known.application, &nobodys).await {
            Err(OAuthError::WrongClient { words: detail }) => {
                let setting = client_secret_setting(company);
                Err(NotAvailable::Refused { setting, detail }.into())
            }
            Err(
                error @ (OAuthError::Unreachable(_)
                | OAuthError::Unavailable { .. }
                | OAuthError::NotUnderstood { .. }),
            ) => Err(faults::refuse_mail("kind", &error)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn check_channel(&self, kind: SignOnKind, channel: Uuid) -> Result<(), ApiError> {
        let found = self.services.db.channel(self.tenant, ChannelId(channel));
        let unknown = || ApiError::field("channel", "unknown", "there is no such channel");
        let settings = found.await?.ok_or_else(unknown)?.settings;
        let fits = matches!(
            (kind, &settings),
            (SignOnKind::Facebook, ChannelSettings::Facebook(_))
                | (SignOnKind::Whatsapp, ChannelSettings::Whatsapp(_))
                | (
                    SignOnKind::Microsoft | SignOnKind::Gmail,
                    ChannelSettings::Email(_)
                )
        );
        match fits {
            true => Ok(()),
            false => {
                let message = "is of another kind";
                Err(ApiError::field("channel", "wrong_kind", message))
            }
        }
    }

    /// The mailbox that a channel has already, to be proposed at the company.
    async fn mailbox(&self, channel: Option<Uuid>) -> Result<Option<String>, ApiError> {
        let Some(channel) = channel else {
            return Ok(None);
        };
        let found = self.services.db.channel(self.tenant, ChannelId(channel));
        Ok(match found.await?.map(|channel| channel.settings) {
            Some(ChannelSettings::Email(mail)) if mail.provider != EmailProvider::Custom => {
                Some(mail.address)
            }
            _ => None,
        })
    }
}

/// What 360dialog's client authorised, if that is who came back.
fn grant(kind: SignOnKind, query: &str) -> Option<SignOnGrant> {
    let granted = match kind {
        SignOnKind::Whatsapp => Return::read(query).outcome.ok()?,
        SignOnKind::Facebook | SignOnKind::Microsoft | SignOnKind::Gmail => return None,
    };
    Some(SignOnGrant {
        client_id: granted.client_id,
        channels: granted.channels,
    })
}

/// What is said of a client or a number that nobody here may have.
fn unknown(granted: &Granted) -> Dialog360Error {
    let first = granted.channels.first();
    Dialog360Error::UnknownChannel {
        channel_id: first.cloned().unwrap_or_default(),
    }
}

/// A client's numbers, and which one is meant if there is no other.
fn chosen_of(client_id: String, numbers: Vec<SignOnNumber>) -> (SignOnFound, Option<String>) {
    let chosen = match numbers.as_slice() {
        [only] => Some(only.channel_id.clone()),
        _ => None,
    };
    (SignOnFound::Numbers { client_id, numbers }, chosen)
}

/// Takes up what a company answered.
fn settle(record: &mut SignOnRecord, asked: Found) {
    match asked {
        Ok((found, chosen)) => {
            record.state = match found {
                SignOnFound::Mailbox(_) => SignOnState::Ready,
                SignOnFound::Pages(_) | SignOnFound::Numbers { .. } => SignOnState::Choosing,
            };
            record.progress.found = Some(found);
            record.progress.chosen = chosen;
            record.progress.fault = None;
        }
        Err(fault) => {
            tracing::info!(code = fault.code, "a sign-on failed");
            record.state = SignOnState::Failed;
            record.progress.fault = Some(fault);
        }
    }
}

/// The choice, and keys that were made already: another key would revoke them.
fn keep_what_was_done(record: &mut SignOnRecord, before: SignOnProgress) {
    let (
        Some(SignOnFound::Numbers { numbers, .. }),
        Some(SignOnFound::Numbers { numbers: old, .. }),
    ) = (&mut record.progress.found, before.found)
    else {
        return;
    };
    for number in numbers.iter_mut() {
        if let Some(same) = old.iter().find(|one| one.channel_id == number.channel_id) {
            number.api_key.clone_from(&same.api_key);
            number.webhook_word.clone_from(&same.webhook_word);
        }
    }
    let is_there = |id: &String| numbers.iter().any(|number| number.channel_id == *id);
    if let Some(chosen) = before.chosen.filter(is_there) {
        record.progress.chosen = Some(chosen);
    }
}

/// The state that a browser brought back, whichever company it comes from.
fn state_of(query: &str) -> Option<String> {
    Callback::read(query).state
}

/// Those that can be connected now: a number that is still being set up has no key.
fn usable_numbers(channels: Vec<HubChannel>) -> Result<Vec<SignOnNumber>, Dialog360Error> {
    let mut not_running = Dialog360Error::NothingGranted;
    let mut numbers = Vec::new();
    for channel in channels {
        let runs = matches!(
            channel.state,
            HubChannelState::Running | HubChannelState::Cancelled
        );
        match channel.number {
            Some(number) if runs => numbers.push(SignOnNumber {
                channel_id: channel.id,
                number: number.as_str().to_owned(),
                name: channel.name,
                business_account_id: channel.business_account_id,
                api_key: None,
                webhook_word: None,
            }),
            Some(_) | None => {
                not_running = Dialog360Error::NotRunning {
                    channel_id: channel.id,
                    status: channel.status,
                };
            }
        }
    }
    match numbers.is_empty() {
        true => Err(not_running),
        false => Ok(numbers),
    }
}

fn mailbox_of(company: &MailCompany, grant: Grant) -> SignOnMailbox {
    let Grant {
        mailbox,
        refresh_token,
        ..
    } = grant;
    SignOnMailbox {
        imap: imap_server(company, &mailbox),
        smtp: smtp_server(company, &mailbox),
        address: mailbox,
        refresh_token,
    }
}

pub(super) fn imap_server(company: &MailCompany, mailbox: &str) -> MailServer {
    let imap = company.servers.imap_settings(mailbox);
    MailServer {
        host: imap.host,
        port: imap.port,
        security: stored(imap.security),
        username: imap.username,
    }
}

pub(super) fn smtp_server(company: &MailCompany, mailbox: &str) -> MailServer {
    let smtp = company.servers.smtp_settings(mailbox);
    MailServer {
        host: smtp.host,
        port: smtp.port,
        security: stored(smtp.security),
        username: smtp.username,
    }
}

const fn stored(security: ecluse_adapters::email::settings::Security) -> Security {
    use ecluse_adapters::email::settings::Security as Spoken;
    match security {
        Spoken::Tls => Security::Tls,
        Spoken::StartTls => Security::Starttls,
        Spoken::None => Security::None,
    }
}

/// The company that a mail channel's provider is; `None` for a server of one's own.
#[must_use]
pub(super) const fn company_of(provider: EmailProvider) -> Option<Company> {
    match provider {
        EmailProvider::Custom => None,
        EmailProvider::Microsoft => Some(Company::Microsoft),
        EmailProvider::Gmail => Some(Company::Google),
    }
}

/// What a sign-on that is gone is refused with.
pub(super) const fn gone() -> ApiError {
    ApiError::Conflict(Conflict::SignOnGone)
}

/// The sign-on, once a channel may take it.
///
/// # Errors
/// It is gone, or its window is not finished.
pub(super) fn ready(found: Option<SignOnRecord>) -> Result<SignOnRecord, ApiError> {
    let record = found.ok_or_else(gone)?;
    match record.state {
        SignOnState::Ready => Ok(record),
        SignOnState::Started | SignOnState::Choosing | SignOnState::Failed => {
            Err(ApiError::Conflict(Conflict::SignOnUnfinished))
        }
    }
}

/// A word that only we and whoever we tell it know.
pub(super) fn word() -> SecretString {
    Token::draw().expose().to_owned().into()
}

//! The companies at which channels are connected, played so that every button of the channels' pages can be tried.
//!
//! What must stay true: they stand in for nobody but the companies; the node signs on at them as it does at the real ones.

use ecluse_adapters::directory::ProviderSettings;
use ecluse_adapters::sim::meta::{
    FacebookOptions, HubClient, HubNumber, HubOptions, MetaOptions, MetaSim, Person, PersonsPage,
};
use ecluse_adapters::sim::sign_on::{SignOnOptions, SignOnSim};
use ecluse_adapters::storage::config_db::SignOnKind;

use super::configuration::PASSWORD;
use crate::connect::flow::callback_path;

/// Who signs in at Meta and at 360dialog, with the demonstration's password. At Google and Microsoft anybody may.
pub(super) const CUSTOMER_OF_COMPANIES: &str = "camille@lampyre.example";

/// The companies of mailboxes. Meta and 360dialog are played by the stand-in that also carries messages.
#[derive(Debug)]
pub(super) struct Companies {
    google: SignOnSim,
    microsoft: SignOnSim,
}

/// Facebook's pages and 360dialog's, for a console at `console`.
pub(super) fn at_meta(usual: MetaOptions, console: &str) -> MetaOptions {
    let back = |kind| vec![format!("{console}{}", callback_path(kind))];
    MetaOptions {
        facebook: Some(FacebookOptions {
            redirect_uris: back(SignOnKind::Facebook),
            people: vec![owner()],
            ..FacebookOptions::default()
        }),
        hub: Some(HubOptions {
            redirect_urls: back(SignOnKind::Whatsapp),
            allows_loopback: true,
            clients: vec![client()],
            ..HubOptions::default()
        }),
        ..usual
    }
}

fn owner() -> Person {
    Person {
        email: CUSTOMER_OF_COMPANIES.to_owned(),
        password: PASSWORD.into(),
        name: "Camille".to_owned(),
        has_role: true,
        pages: vec![
            PersonsPage::managed("104996122399160", "Lampyre"),
            PersonsPage::managed("104996122399161", "Lampyre Atelier"),
        ],
    }
}

fn client() -> HubClient {
    HubClient {
        id: "3CpBg3CL".to_owned(),
        name: "Lampyre".to_owned(),
        email: CUSTOMER_OF_COMPANIES.to_owned(),
        password: PASSWORD.into(),
        numbers: vec![
            HubNumber::running("skds23CH", "33639980001", "Lampyre"),
            HubNumber::running("skds24CH", "33639980002", "Lampyre Atelier"),
        ],
    }
}

impl Companies {
    /// Opens Google's and Microsoft's pages for a console at `console`.
    ///
    /// # Errors
    /// No port is free.
    pub(super) fn open(console: &str) -> anyhow::Result<Self> {
        let knows = |kind| SignOnOptions {
            redirect_uris: vec![format!("{console}{}", callback_path(kind))],
            ..SignOnOptions::default()
        };
        Ok(Self {
            google: SignOnSim::google(knows(SignOnKind::Gmail))?,
            microsoft: SignOnSim::microsoft(knows(SignOnKind::Microsoft))?,
        })
    }

    /// Has the node speak with these companies, with the credentials that they know it by.
    pub(super) fn tell(&self, meta: &MetaSim, providers: &mut ProviderSettings) {
        let played = meta.options();
        providers.meta_url = meta.base_url();
        providers.meta_dialog_url = meta.base_url();
        providers.dialog360_url = meta.base_url();
        providers.dialog360_hub_url = meta.base_url();
        providers.meta_app_secret = Some(played.app_secret.clone());
        providers.meta_verify_token = Some(played.verify_token.clone());
        providers.meta_app_id = played.facebook.as_ref().map(|own| own.app_id.clone());
        if let Some(hub) = &played.hub {
            providers.dialog360_partner_id = Some(hub.partner_id.clone());
            providers.dialog360_partner_secret = Some(hub.partner_key.clone());
        }
        if let Some(dialog360) = &played.dialog360 {
            providers.dialog360_webhook_secret = Some(dialog360.webhook_secret.clone());
        }
        let (google, microsoft) = (self.google.options(), self.microsoft.options());
        providers.google_oauth_url = self.google.base_url();
        providers.google_client_id = Some(google.client_id.clone());
        providers.google_client_secret = Some(google.client_secret.clone());
        providers.microsoft_oauth_url = self.microsoft.base_url();
        providers.microsoft_client_id = Some(microsoft.client_id.clone());
        providers.microsoft_client_secret = Some(microsoft.client_secret.clone());
    }
}

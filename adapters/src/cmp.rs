//! Connecting channels at the companies that carry them: whose page, whose number, and the credentials for it.
//!
//! What must stay true: nothing here keeps anything. A connection is a few calls that end in what a channel needs to
//! work, or in an error that says which step failed and what would mend it. Credentials are secrets from the moment they
//! are read, they go only to the addresses that the deployment configured, and no error has one in it.

pub mod cloud;
pub mod dialog360;
pub mod facebook;
mod graph;

use crate::http::BaseUrlError;

/// The setting with the id of our app at Meta.
pub const META_APP_ID: &str = "providers.meta_app_id";
/// The setting with the secret of our app at Meta.
pub const META_APP_SECRET: &str = "providers.meta_app_secret";
/// The setting with the address of the Graph API.
pub const META_URL: &str = "providers.meta_url";
/// The setting with the address of Facebook's pages.
pub const META_DIALOG_URL: &str = "providers.meta_dialog_url";
/// The setting with our id at 360dialog.
pub const DIALOG360_PARTNER_ID: &str = "providers.dialog360_partner_id";
/// The setting with what signs us in at 360dialog's Partner API.
pub const DIALOG360_PARTNER_SECRET: &str = "providers.dialog360_partner_secret";
/// The setting with the secret that 360dialog signs the partner webhook with.
pub const DIALOG360_WEBHOOK_SECRET: &str = "providers.dialog360_webhook_secret";
/// The setting with the address of 360dialog's messaging API.
pub const DIALOG360_URL: &str = "providers.dialog360_url";
/// The setting with the address of 360dialog's hub.
pub const DIALOG360_HUB_URL: &str = "providers.dialog360_hub_url";

/// Why this deployment cannot connect anybody, however willing they are; the operator mends it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAvailable {
    #[error("{setting} is not set")]
    Missing { setting: &'static str },
    #[error("{setting} cannot be used: {why}")]
    Unusable { setting: &'static str, why: String },
    #[error("{setting} is an address that cannot be used")]
    BadAddress {
        setting: &'static str,
        #[source]
        source: BaseUrlError,
    },
    /// The company does not know the credential; `detail` has its words.
    #[error("the provider refused {setting}: {detail}")]
    Refused {
        setting: &'static str,
        detail: String,
    },
}

impl NotAvailable {
    /// The setting to look at.
    #[must_use]
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::Missing { setting }
            | Self::Unusable { setting, .. }
            | Self::BadAddress { setting, .. }
            | Self::Refused { setting, .. } => setting,
        }
    }
}

/// What to do after an error, for the text that a person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Go through the connection once more.
    ConnectAgain,
    /// Go through it once more, and allow everything that is asked for.
    AllowAll,
    /// Have somebody who owns the thing at the provider change it there.
    ChangeAtProvider,
    /// The operator of this deployment checks the settings.
    TellOperator,
    /// Try again in a while.
    TryLater,
}

impl Remedy {
    /// Its name in the API; it never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ConnectAgain => "connect_again",
            Self::AllowAll => "allow_all",
            Self::ChangeAtProvider => "change_at_provider",
            Self::TellOperator => "tell_operator",
            Self::TryLater => "try_later",
        }
    }
}

//! Our application as it is registered with a company, and where that company's pages are.

use secrecy::SecretString;
use url::Url;

use crate::http::{BaseUrlError, base_url};

/// Who keeps the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Company {
    Google,
    Microsoft,
}

/// Google's sign-in page is on another host than its token endpoint.
const GOOGLE_SIGN_IN_HOST: &str = "accounts.google.com";
const GOOGLE_TOKEN_URL: &str = "https://oauth2.googleapis.com/token";

impl Company {
    /// The value of `providers.google_oauth_url` or `providers.microsoft_oauth_url` unless it is set.
    #[must_use]
    pub const fn default_url(self) -> &'static str {
        match self {
            Self::Google => "https://accounts.google.com",
            Self::Microsoft => "https://login.microsoftonline.com",
        }
    }

    /// What reading and sending need; without one of these a sign-on is of no use.
    ///
    /// Sources: developers.google.com/workspace/gmail/imap/xoauth2-protocol; learn.microsoft.com, "Authenticate an
    /// IMAP, POP or SMTP connection using OAuth".
    #[must_use]
    pub const fn mail_scopes(self) -> &'static [&'static str] {
        match self {
            Self::Google => &["https://mail.google.com/"],
            Self::Microsoft => &[
                "https://outlook.office.com/IMAP.AccessAsUser.All",
                "https://outlook.office.com/SMTP.Send",
            ],
        }
    }

    /// What tells the address of the mailbox, and gives a refresh token.
    pub(super) const fn identity_scopes(self) -> &'static [&'static str] {
        match self {
            Self::Google => &["openid", "email"],
            Self::Microsoft => &["offline_access", "openid", "email", "profile"],
        }
    }

    /// What the sign-in page is asked for besides the standard's parameters.
    pub(super) const fn page_parameters(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // Without `consent` Google gives a refresh token with the first sign-on only.
            Self::Google => &[("access_type", "offline"), ("prompt", "consent")],
            Self::Microsoft => &[("prompt", "select_account")],
        }
    }

    pub(super) fn scopes(self) -> String {
        let scopes = self.mail_scopes().iter().chain(self.identity_scopes());
        scopes.copied().collect::<Vec<_>>().join(" ")
    }
}

/// A registered application, with the addresses that it uses.
#[derive(Clone, Debug)]
pub struct Application {
    pub company: Company,
    pub client_id: String,
    pub client_secret: SecretString,
    pub(super) sign_in_url: Url,
    pub(super) token_url: Url,
}

impl Application {
    /// Of one base both addresses are made:
    ///
    /// | company | base | sign-in page | token endpoint |
    /// | --- | --- | --- | --- |
    /// | Google | `https://accounts.google.com` | `{base}/o/oauth2/v2/auth` | `https://oauth2.googleapis.com/token` |
    /// | Google | any other | `{base}/o/oauth2/v2/auth` | `{base}/token` |
    /// | Microsoft | any | `{base}/common/oauth2/v2.0/authorize` | `{base}/common/oauth2/v2.0/token` |
    ///
    /// # Errors
    /// The base is no plain address, or neither https nor on this machine.
    pub fn new(
        company: Company,
        base: &str,
        client_id: &str,
        client_secret: SecretString,
    ) -> Result<Self, BaseUrlError> {
        let base = base_url(base)?;
        let (sign_in, token) = match company {
            Company::Google if base.host_str() == Some(GOOGLE_SIGN_IN_HOST) => {
                ("o/oauth2/v2/auth", GOOGLE_TOKEN_URL)
            }
            Company::Google => ("o/oauth2/v2/auth", "token"),
            Company::Microsoft => ("common/oauth2/v2.0/authorize", "common/oauth2/v2.0/token"),
        };
        let join = |path: &str| {
            base.join(path)
                .map_err(|_| BaseUrlError::NotABase(base.to_string()))
        };
        Ok(Self {
            company,
            client_id: client_id.to_owned(),
            client_secret,
            sign_in_url: join(sign_in)?,
            token_url: join(token)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_base_gives_both_addresses() {
        let urls = |company, base: &str| {
            let application = Application::new(company, base, "id", "secret".into()).unwrap();
            [application.sign_in_url, application.token_url].map(String::from)
        };
        assert_eq!(
            urls(Company::Google, Company::Google.default_url()),
            [
                "https://accounts.google.com/o/oauth2/v2/auth",
                "https://oauth2.googleapis.com/token"
            ]
        );
        assert_eq!(
            urls(Company::Google, "http://127.0.0.1:8081/g"),
            [
                "http://127.0.0.1:8081/g/o/oauth2/v2/auth",
                "http://127.0.0.1:8081/g/token"
            ]
        );
        assert_eq!(
            urls(Company::Microsoft, Company::Microsoft.default_url()),
            [
                "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
                "https://login.microsoftonline.com/common/oauth2/v2.0/token"
            ]
        );
        let plain = Application::new(Company::Google, "http://mail.example", "id", "s".into());
        assert!(matches!(plain, Err(BaseUrlError::NotSecure(_))));
    }
}

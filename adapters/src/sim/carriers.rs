//! The account endpoints of the companies that carry SMS, over real HTTP: what a check of a trunk asks.
//!
//! What must stay true: credentials, accounts and numbers are compared, and refused in each company's own shape. Nothing
//! here takes a message.
//!
//! Source: the same pages as `sms/check/`.

use std::io;
use std::sync::Arc;

use actix_web::web;
use parking_lot::Mutex;
use secrecy::SecretString;

use super::running::{Port, Running};
use crate::sms::check::TrunkUrls;

mod bandwidth;
mod telnyx;
mod twilio;
mod vi;

/// What the stand-in plays; every company has the same numbers.
#[derive(Clone, Debug)]
pub struct CarrierOptions {
    pub twilio: TwilioAccount,
    pub telnyx: TelnyxAccount,
    pub bandwidth: BandwidthAccount,
    /// Login and secret.
    pub vi: (String, SecretString),
    pub numbers: Vec<CarrierNumber>,
}

#[derive(Clone, Debug)]
pub struct TwilioAccount {
    pub sid: String,
    pub auth_token: SecretString,
    /// `active`, `suspended` or `closed`.
    pub status: String,
}

#[derive(Clone, Debug)]
pub struct TelnyxAccount {
    pub api_key: SecretString,
    pub messaging_profile_id: String,
    pub enabled: bool,
}

#[derive(Clone, Debug)]
pub struct BandwidthAccount {
    pub username: String,
    pub password: SecretString,
    pub account_id: String,
    pub application_id: String,
    /// `Messaging-V2` or `Voice-V2`.
    pub service_type: String,
}

/// A number of the account.
#[derive(Clone, Debug)]
pub struct CarrierNumber {
    /// As E.164.
    pub number: String,
    pub can_text: bool,
    /// Of Telnyx.
    pub messaging_profile_id: Option<String>,
}

/// The profile and the application that the stand-in has, unless told otherwise.
pub const PROFILE: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

impl Default for CarrierOptions {
    fn default() -> Self {
        let number = |number: &str, can_text, profile: Option<&str>| CarrierNumber {
            number: number.to_owned(),
            can_text,
            messaging_profile_id: profile.map(str::to_owned),
        };
        Self {
            twilio: TwilioAccount {
                sid: format!("AC{}", "0a".repeat(16)),
                auth_token: "simulated-auth-token".into(),
                status: "active".to_owned(),
            },
            telnyx: TelnyxAccount {
                api_key: "KEYsimulated".into(),
                messaging_profile_id: PROFILE.to_owned(),
                enabled: true,
            },
            bandwidth: BandwidthAccount {
                username: "ecluse".to_owned(),
                password: "simulated-password".into(),
                account_id: "9900000".to_owned(),
                application_id: PROFILE.to_owned(),
                service_type: "Messaging-V2".to_owned(),
            },
            vi: ("ecluse".to_owned(), "simulated-secret".into()),
            numbers: vec![
                number("+12015550123", true, Some(PROFILE)),
                number("+12015550124", false, None),
            ],
        }
    }
}

/// A running stand-in.
#[derive(Debug)]
pub struct CarrierSim {
    running: Running,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: Mutex<CarrierOptions>,
}

impl Shared {
    fn options(&self) -> CarrierOptions {
        self.options.lock().clone()
    }
}

impl CarrierSim {
    /// Starts the stand-in on a port of its own on 127.0.0.1.
    ///
    /// # Errors
    /// No port or no thread is to be had.
    pub fn start(options: CarrierOptions) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            options: Mutex::new(options),
        });
        let data = web::Data::from(Arc::clone(&shared));
        let routes = move |config: &mut web::ServiceConfig| {
            config
                .app_data(data.clone())
                .configure(twilio::routes)
                .configure(telnyx::routes)
                .configure(bandwidth::routes)
                .configure(vi::routes);
        };
        let running = Port::open(0)?.serve("sim-carriers", routes, Vec::new)?;
        Ok(Self { running, shared })
    }

    /// What to configure as the companies' addresses.
    #[must_use]
    pub fn urls(&self) -> TrunkUrls {
        let url = self.running.url();
        TrunkUrls {
            twilio: url.clone(),
            telnyx: url.clone(),
            bandwidth: url.clone(),
            vi: url,
            ozsms: None,
        }
    }

    /// Changes what is played.
    pub fn change(&self, change: impl FnOnce(&mut CarrierOptions)) {
        change(&mut self.shared.options.lock());
    }
}

/// The user and the password of basic authentication (RFC 7617).
fn basic(request: &actix_web::HttpRequest) -> Option<(String, String)> {
    use base64::Engine as _;
    let header = request.headers().get("Authorization")?.to_str().ok()?;
    let encoded = header.strip_prefix("Basic ")?;
    let bytes = base64::prelude::BASE64_STANDARD.decode(encoded).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn is_user(given: Option<(String, String)>, user: &str, password: &SecretString) -> bool {
    given.is_some_and(|(name, secret)| name == user && crate::meta::same_secret(&secret, password))
}

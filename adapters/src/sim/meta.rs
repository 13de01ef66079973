//! Meta's Graph API and its webhooks for one WhatsApp number, in this process and over real HTTP; with it, if they are asked
//! for, Facebook Login with its pages and 360dialog's hub, which hand out what the rest takes.
//!
//! It takes messages as strictly as Meta does ([`GraphError`] lists with what it refuses them), reports how far they
//! got, and lets invented customers write. It runs on a thread of its own, so that it works from tests, from the demo
//! and under load. [`MetaSim`] is the handle: it stops the stand-in when it is dropped.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use ecluse_engine::ids::{Address, ProviderMessageId};
use ecluse_engine::message::RawJson;
use ecluse_engine::runtime::Clock;

use super::courier::{Courier, Parcel, Receipt};
use super::customers::{Crowd, CustomersOptions};
use super::facebook::Login;
use super::hub::Hub;
use super::ledger::{Accepted, Ledger, Summary, Unfinished, Written};
use super::rules::Meter;
use super::running::{Port, Running};
use super::wire::{self, Piece};
use crate::http::{self, ClientError, ClientOptions};
use crate::meta::{AppSecret, EmptySecret};

pub use super::courier::Redelivery;
pub use super::facebook::{FacebookOptions, Person, PersonsPage};
pub use super::graph::GraphError;
pub use super::hub::{HubClient, HubNumber, HubOptions};
pub use super::rules::Limits;
pub use super::wire::{Line, Number};

mod facebook;
mod hub;
mod server;

/// What the stand-in plays.
#[derive(Clone, Debug)]
pub struct MetaOptions {
    /// On 127.0.0.1; 0 for any that is free.
    pub port: u16,
    pub number: Number,
    /// The id of the WhatsApp business account.
    pub account: String,
    pub access_token: SecretString,
    pub app_secret: SecretString,
    pub verify_token: SecretString,
    /// Answers under 360dialog's paths too, and signs its way.
    pub dialog360: Option<Dialog360Options>,
    /// Plays Facebook Login and the pages of its people.
    pub facebook: Option<FacebookOptions>,
    /// Plays 360dialog's hub and its Partner API.
    pub hub: Option<HubOptions>,
    /// Where webhooks go; until it is set they wait.
    pub webhook: Option<String>,
    pub limits: Limits,
    pub delays: StatusDelays,
    pub redelivery: Redelivery,
    /// The directory of the ledger; without one it is kept in memory.
    pub ledger: Option<PathBuf>,
    pub customers: Option<CustomersOptions>,
    pub clock: Clock,
    /// Chooses which webhooks share a body.
    pub seed: u64,
}

/// The secrets of 360dialog's side.
#[derive(Clone, Debug)]
pub struct Dialog360Options {
    pub api_key: SecretString,
    pub webhook_secret: SecretString,
}

/// How long after the acceptance of a message each status comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusDelays {
    pub sent: Duration,
    pub delivered: Duration,
    pub read: Duration,
}

impl Default for StatusDelays {
    fn default() -> Self {
        Self {
            sent: Duration::from_millis(150),
            delivered: Duration::from_millis(600),
            read: Duration::from_millis(2_500),
        }
    }
}

impl StatusDelays {
    /// Every status at once, for tests.
    pub const NONE: Self = Self {
        sent: Duration::ZERO,
        delivered: Duration::ZERO,
        read: Duration::ZERO,
    };
}

impl Default for MetaOptions {
    fn default() -> Self {
        Self {
            port: 0,
            number: Number {
                phone_number_id: "106540352242922".to_owned(),
                display_phone_number: "15550783881".to_owned(),
                verified_name: "Maison Écluse".to_owned(),
            },
            account: "102290129340398".to_owned(),
            access_token: "EAAsimulatedAccessToken".into(),
            app_secret: "simulated-app-secret".into(),
            verify_token: "simulated-verify-token".into(),
            dialog360: None,
            facebook: None,
            hub: None,
            webhook: None,
            limits: Limits::default(),
            delays: StatusDelays::default(),
            redelivery: Redelivery::default(),
            ledger: None,
            customers: None,
            clock: Clock::system(),
            seed: 1,
        }
    }
}

/// Why the stand-in did not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error("the port cannot be opened")]
    Port(#[source] io::Error),
    #[error("the ledger cannot be opened")]
    Ledger(#[source] io::Error),
    #[error("a secret cannot be used")]
    Secret(#[source] EmptySecret),
    #[error("the thread cannot be started")]
    Thread(#[source] io::Error),
    #[error("the client for the webhooks cannot be made")]
    Client(#[source] ClientError),
}

/// How the stand-in spoils one answer to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refuses it, with Meta's words.
    Refuse(GraphError),
    /// Answers something that is not Meta's, such as a gateway's page.
    Answer {
        status: u16,
        body: String,
        retry_after_secs: Option<u64>,
    },
    /// Never answers; `accepted` tells whether the message goes out.
    TimeOut { accepted: bool },
    /// Closes the connection without an answer; `accepted` tells whether the message goes out.
    Drop { accepted: bool },
}

/// A running stand-in.
#[derive(Debug)]
pub struct MetaSim {
    running: Running,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: MetaOptions,
    secret: AppSecret,
    dialog360_secret: Option<AppSecret>,
    ledger: Ledger,
    courier: Arc<Courier>,
    client: reqwest::Client,
    webhook: watch::Sender<Option<String>>,
    /// Headers that 360dialog was told to send with every webhook.
    webhook_headers: Mutex<Vec<(String, String)>>,
    login: Option<Mutex<Login>>,
    hub: Option<Mutex<Hub>>,
    rate: watch::Sender<f64>,
    /// Counts what happened, so that a test can wait for a state.
    changes: watch::Sender<u64>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    meter: Meter,
    faults: VecDeque<Fault>,
    statuses_first: bool,
    crowd: Option<Crowd>,
    refuses_subscriptions: bool,
    last_answers: HashMap<Address, ProviderMessageId>,
    bodies_refused: u64,
}

impl MetaSim {
    /// Starts the stand-in, and delivers what the ledger left open.
    ///
    /// # Errors
    /// The port or the ledger cannot be opened, or a secret is empty.
    pub fn start(options: MetaOptions) -> Result<Self, SimError> {
        let port = Port::open(options.port).map_err(SimError::Port)?;
        let (shared, unfinished) = Shared::new(options)?;
        let shared = Arc::new(shared);
        shared.resume(&unfinished);
        let routes = server::routes(Arc::clone(&shared));
        let tasks = server::tasks(Arc::clone(&shared));
        let running = port
            .serve("sim-meta", routes, tasks)
            .map_err(SimError::Thread)?;
        Ok(Self { running, shared })
    }

    /// What to configure as the provider's base URL.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.running.url()
    }

    /// What the stand-in plays.
    #[must_use]
    pub fn options(&self) -> &MetaOptions {
        &self.shared.options
    }

    /// Sets where webhooks go; `None` makes them wait.
    pub fn set_webhook(&self, url: Option<String>) {
        self.shared.webhook.send_replace(url);
        self.shared.courier.switch(|_| {});
    }

    /// Asks the webhook for the handshake, as Meta does when it is configured.
    ///
    /// # Errors
    /// What is wrong with the answer.
    pub async fn handshake(&self) -> Result<(), String> {
        self.shared.handshake().await
    }

    /// Lets a customer write; the message is recorded before it is sent.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn write(&self, from: &str, name: &str, line: &Line) -> io::Result<ProviderMessageId> {
        self.shared.write(&from.into(), name, line)
    }

    /// What was written, acknowledged and answered.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.shared.ledger.summary()
    }

    /// Waits until the summary is as `wanted`; give it a time limit.
    pub async fn until(&self, wanted: impl Fn(&Summary) -> bool) -> Summary {
        let mut changes = self.shared.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let summary = self.summary();
            if wanted(&summary) {
                return summary;
            }
            // The sender lives as long as `self`.
            drop(changes.changed().await);
        }
    }

    /// Waits until everything that is to be delivered was acknowledged; give it a time limit.
    pub async fn until_delivered(&self) {
        self.until(|_| self.pending() == 0).await;
    }

    /// How many webhook elements, messages and statuses, have not been acknowledged.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.courier.pending()
    }

    /// How many bodies the webhook did not answer with 200.
    #[must_use]
    pub fn bodies_refused(&self) -> u64 {
        self.shared.state.lock().bodies_refused
    }

    /// How many messages a second the customers write; 0 makes them pause.
    pub fn set_rate(&self, per_second: f64) {
        self.shared.rate.send_replace(per_second);
    }

    /// Spoils the next `count` answers to messages, after those that are to be spoilt already.
    pub fn spoil(&self, count: usize, fault: &Fault) {
        self.shared
            .state
            .lock()
            .faults
            .extend(std::iter::repeat_n(fault.clone(), count));
    }

    /// Keeps statuses back until told otherwise.
    pub fn hold_statuses(&self, hold: bool) {
        self.shared
            .courier
            .switch(|switches| switches.hold_statuses = hold);
    }

    /// Delivers the first status of a message, and hears it acknowledged, before answering its sender.
    pub fn statuses_first(&self, first: bool) {
        self.shared.state.lock().statuses_first = first;
    }

    /// Delivers in any order what has none; a customer's own messages keep theirs.
    pub fn shuffle(&self, shuffle: bool) {
        self.shared
            .courier
            .switch(|switches| switches.shuffle = shuffle);
    }
}

impl Drop for MetaSim {
    fn drop(&mut self) {
        // A request on its way may outlive the thread by a moment, and the next process wants the ledger now.
        self.shared.ledger.close();
    }
}

impl Shared {
    fn new(options: MetaOptions) -> Result<(Self, Unfinished), SimError> {
        let (ledger, unfinished) = match &options.ledger {
            Some(directory) => Ledger::open(directory).map_err(SimError::Ledger)?,
            None => (Ledger::in_memory(), Unfinished::default()),
        };
        let secret = AppSecret::new(&options.app_secret).map_err(SimError::Secret)?;
        let dialog360 = options
            .dialog360
            .as_ref()
            .map(|own| AppSecret::new(&own.webhook_secret));
        let crowd = options
            .customers
            .as_ref()
            .map(|customers| Crowd::new(customers, Instant::now()));
        let login = options.facebook.clone().map(|facebook| {
            let app_secret = options.app_secret.clone();
            Mutex::new(Login::new(facebook, secret.clone(), app_secret))
        });
        let shared = Self {
            login,
            hub: options.hub.clone().map(|hub| Mutex::new(Hub::new(hub))),
            webhook_headers: Mutex::default(),
            secret,
            dialog360_secret: dialog360.transpose().map_err(SimError::Secret)?,
            ledger,
            courier: Arc::new(Courier::new(options.redelivery, options.seed)),
            client: http::client(&ClientOptions::default()).map_err(SimError::Client)?,
            webhook: watch::Sender::new(options.webhook.clone()),
            rate: watch::Sender::new(
                options
                    .customers
                    .map_or(0.0, |customers| customers.per_second),
            ),
            changes: watch::Sender::new(0),
            state: Mutex::new(State {
                crowd,
                ..State::default()
            }),
            options,
        };
        Ok((shared, unfinished))
    }

    fn resume(&self, unfinished: &Unfinished) {
        for written in &unfinished.written {
            self.post_message(written);
        }
        for (accepted, known) in &unfinished.accepted {
            for (word, _) in self
                .timetable()
                .iter()
                .filter(|(word, _)| !known.contains(*word))
            {
                self.post_status(accepted, word, Duration::ZERO, None);
            }
        }
    }

    fn timetable(&self) -> [(&'static str, Duration); 3] {
        let delays = self.options.delays;
        [
            ("sent", delays.sent),
            ("delivered", delays.delivered),
            ("read", delays.read),
        ]
    }

    fn write(&self, from: &Address, name: &str, line: &Line) -> io::Result<ProviderMessageId> {
        let at = self.options.clock.now();
        let id = wire::message_id(&from.0, true);
        let answered = self.state.lock().last_answers.get(from).cloned();
        let answered = answered.as_ref().map(|id| id.0.as_str());
        let message = wire::message(&id, &from.0, at, line, answered);
        let written = Written {
            id: id.as_str().into(),
            customer: from.clone(),
            name: name.to_owned(),
            at,
            message: RawJson(serde_json::value::to_raw_value(&message)?),
        };
        self.ledger.sent(&written)?;
        self.post_message(&written);
        self.changed();
        Ok(written.id)
    }

    fn post_message(&self, written: &Written) {
        self.courier.post(Parcel {
            piece: Piece::Message {
                wa_id: written.customer.0.to_string(),
                name: written.name.clone(),
                message: serde_json::from_str(written.message.0.get()).unwrap_or_default(),
            },
            lane: Some(written.customer.clone()),
            due: Instant::now(),
            receipt: Receipt::Message(written.id.clone()),
            done: None,
        });
    }

    fn post_status(
        &self,
        accepted: &Accepted,
        word: &'static str,
        after: Duration,
        error: Option<&GraphError>,
    ) -> oneshot::Receiver<()> {
        let (done, acknowledged) = oneshot::channel();
        let at = self.options.clock.now().plus(after);
        self.courier.post(Parcel {
            piece: Piece::Status(wire::status(
                &accepted.id.0,
                &accepted.customer.0,
                word,
                at,
                error,
            )),
            lane: None,
            due: Instant::now() + after,
            receipt: Receipt::Status(accepted.id.clone(), word),
            done: Some(done),
        });
        acknowledged
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    async fn handshake(&self) -> Result<(), String> {
        let url = self.webhook.borrow().clone().ok_or("no webhook is set")?;
        let mut url = url::Url::parse(&url).map_err(|error| error.to_string())?;
        let challenge = rand::random::<u32>().to_string();
        url.query_pairs_mut()
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.challenge", &challenge)
            .append_pair(
                "hub.verify_token",
                self.options.verify_token.expose_secret(),
            );
        let answer = self
            .client
            .get(url)
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = answer.text().await.map_err(|error| error.to_string())?;
        match (status.as_u16(), body == challenge) {
            (200, true) => Ok(()),
            (200, false) => Err("the answer is not the challenge".to_owned()),
            (status, _) => Err(format!("the answer is {status}")),
        }
    }
}

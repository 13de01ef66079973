//! `ecluse demo`: a shop with customers, a desk to answer them at, and a ledger of what was lost, which is nothing.
//!
//! One process plays everything: the node as `serve` runs it, stand-ins of the companies that it talks to over real HTTP, the
//! customers, and the shop's site. What must stay true: the node is no other than that of `serve`; and `kill -9` at any
//! moment leaves a directory that the next start goes on with.

mod companies;
mod configuration;
mod customers;
mod dialogues;
mod figures;
pub(crate) mod ledger;
mod place;
mod shop;
mod welcome;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Data, ServiceConfig};
use anyhow::Context as _;
use ecluse_adapters::sim::meta::{MetaOptions, MetaSim, Number};
use ecluse_engine::ids::ChannelId;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, sleep};
use url::Url;

use self::companies::Companies;
use self::ledger::Ledger;
use self::place::Place;
use self::welcome::Places;
use super::open_files;
use super::serve::asked_to_stop;
use super::stop::{self, Serving};
use crate::app::App;
use crate::config::{CommandLine, Settings};
use crate::routes::demo::{Tour, configure};
use crate::{server, telemetry};

const DATA_DIR: &str = "./ecluse-demo";
const LISTEN: &str = "127.0.0.1:8080";
const PACE: f64 = 0.5;
const PACE_MAX: f64 = 200.0;

/// How long a predecessor may take to be gone.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// How the demonstration is played.
#[derive(Clone, Debug, clap::Args)]
pub struct Demo {
    /// Where everything is kept; a later start goes on with it.
    #[arg(long, default_value = DATA_DIR)]
    pub data_dir: PathBuf,
    /// Begin anew: empty the directory first, if it is a demonstration's.
    #[arg(long)]
    pub fresh: bool,
    /// The address to listen on. The shop's site takes the next port.
    #[arg(long, default_value = LISTEN)]
    pub listen: String,
    /// How many messages a second the customers write at the most, all together; 0 is none.
    #[arg(long, default_value_t = PACE, value_parser = parse_pace)]
    pub pace: f64,
}

fn parse_pace(text: &str) -> Result<f64, String> {
    let pace = text.parse().ok();
    pace.filter(|pace| (0.0..=PACE_MAX).contains(pace))
        .ok_or_else(|| format!("a number from 0 to {PACE_MAX}"))
}

/// Plays the demonstration until SIGTERM or SIGINT.
///
/// # Errors
/// It cannot start.
pub fn run(asked: &Demo) -> anyhow::Result<()> {
    open_files::take_all_allowed();
    let metrics = telemetry::install_metrics()?;
    stop::run(play(asked, metrics))
}

async fn play(asked: &Demo, metrics: PrometheusHandle) -> anyhow::Result<()> {
    let place = patiently(|| Place::claim(&asked.data_dir)).await?;
    let doors = patiently(|| Doors::open(&asked.listen)).await?;
    if asked.fresh {
        place.empty()?;
    }
    let mut asked_to_stop = std::pin::pin!(asked_to_stop()?);
    tokio::spawn(telemetry::upkeep(metrics.clone()));
    let stage = tokio::select! {
        stage = Stage::set(asked, &place, &doors) => stage?,
        () = &mut asked_to_stop => return Ok(()),
    };
    let Stage { app, meta, .. } = &stage;
    let shop = shop::serve(doors.shop, &doors.console_url, stage.chat)?;
    let tour = stage.tour.clone();
    let more = move |services: &mut ServiceConfig| configure(services, &tour);
    let console = server::bind_on(doors.console, app, &stage.settings, Some(metrics), more)?;
    let serving = [console.server, shop].map(Serving::start);
    connect(meta, &doors.console_url).await?;
    super::say(&stage.welcome);
    let progress = place.stand_in().join("customers.json");
    let customers = tokio::spawn(customers::write(Arc::clone(meta), progress, asked.pace));
    asked_to_stop.await;
    super::say("Arrêt… / Stopping…");
    customers.abort();
    stop::stop(app, serving.into()).await
}

/// Everything behind the two ports, ready and quiet.
struct Stage {
    settings: Settings,
    app: Arc<App>,
    meta: Arc<MetaSim>,
    _companies: Companies,
    chat: ChannelId,
    tour: Data<Tour>,
    welcome: String,
}

impl Stage {
    async fn set(asked: &Demo, place: &Place, doors: &Doors) -> anyhow::Result<Self> {
        let meta = companies::at_meta(stand_in(place), &doors.console_url);
        let meta = Arc::new(MetaSim::start(meta)?);
        let companies = Companies::open(&doors.console_url)?;
        let mut settings = settings(asked, place, doors)?;
        companies.tell(&meta, &mut settings.providers);
        let app = App::start(&settings).await?;
        let sites = doors.sites();
        let prepared = configuration::prepare(&app.config, place, meta.options(), &sites).await?;
        // A message to a number that the directory does not know yet would not become a conversation.
        app.directory.refresh(&app.config).await?;
        let number = prepared.channels.whatsapp;
        let (of_app, of_meta) = (Arc::clone(&app), Arc::clone(&meta));
        let ledger = Ledger::open(of_app, of_meta, number, &place.stand_in()).await?;
        let program = std::env::args()
            .next()
            .unwrap_or_else(|| "ecluse".to_owned());
        let command = welcome::command(&program, &asked.data_dir, &asked.listen, asked.pace);
        let places = Places {
            data_dir: place.path(),
            console: &doors.console_url,
            shop: &doors.shop_url,
            process: std::process::id(),
            command: &command,
            api_key: prepared.api_key.as_ref().map(|key| key.expose_secret()),
        };
        Ok(Self {
            welcome: places.text(),
            chat: prepared.channels.live_chat,
            tour: Data::new(Tour {
                ledger,
                shop: doors.shop_url.clone(),
                process: std::process::id(),
                command,
            }),
            settings,
            app,
            meta,
            _companies: companies,
        })
    }
}

/// Tries again for a moment: a process that was just killed still holds what is its own.
async fn patiently<T>(mut attempt: impl FnMut() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Err(_) if Instant::now() < deadline => sleep(Duration::from_millis(50)).await,
            done => return done,
        }
    }
}

/// The company's side, with a ledger that outlives the process.
fn stand_in(place: &Place) -> MetaOptions {
    let usual = MetaOptions::default();
    MetaOptions {
        number: Number {
            verified_name: "Lampyre".to_owned(),
            ..usual.number
        },
        ledger: Some(place.stand_in()),
        ..usual
    }
}

/// As `serve` would be set; the companies are told to it apart.
fn settings(asked: &Demo, place: &Place, doors: &Doors) -> anyhow::Result<Settings> {
    let mut settings = Settings::read(&CommandLine {
        data_dir: Some(place.path().to_owned()),
        listen: Some(asked.listen.clone()),
        ..CommandLine::default()
    })?;
    settings.public_url = Some(Url::parse(&doors.console_url)?);
    Ok(settings)
}

/// Tells the stand-in where to deliver, as an administrator would tell Meta. It begins with what is left over.
async fn connect(meta: &MetaSim, console: &str) -> anyhow::Result<()> {
    meta.set_webhook(Some(format!("{console}/webhooks/meta")));
    meta.handshake()
        .await
        .map_err(|reason| anyhow::anyhow!("the webhook does not answer Meta's handshake: {reason}"))
}

/// The ports, opened before anything else: a taken one is known before anything is touched.
#[derive(Debug)]
struct Doors {
    console: TcpListener,
    shop: TcpListener,
    console_url: String,
    shop_url: String,
    ports: [u16; 2],
}

impl Doors {
    fn open(listen: &str) -> anyhow::Result<Self> {
        let console = TcpListener::bind(listen).map_err(|error| not_bound(listen, error))?;
        let address = console.local_addr()?;
        let is_chosen = !listen.ends_with(":0");
        let shop = shop::open(address, is_chosen).context("no port is free for the shop")?;
        let shop_port = shop.local_addr()?.port();
        Ok(Self {
            console,
            shop,
            console_url: format!("http://{}", reached(address)),
            shop_url: format!("http://localhost:{shop_port}"),
            ports: [shop_port, address.port()],
        })
    }

    /// Where the chat may be.
    fn sites(&self) -> Vec<String> {
        let names = ["localhost", "127.0.0.1"];
        let sites = self
            .ports
            .iter()
            .flat_map(|port| names.map(|name| format!("{name}:{port}")));
        sites.collect()
    }
}

/// The address at which this machine reaches one that may mean every address.
fn reached(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip @ (IpAddr::V4(_) | IpAddr::V6(_)) => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn not_bound(listen: &str, error: io::Error) -> anyhow::Error {
    if error.kind() != io::ErrorKind::AddrInUse {
        return anyhow::Error::new(error).context(format!("cannot listen on {listen}"));
    }
    let host = listen
        .rsplit_once(':')
        .map_or("127.0.0.1", |(host, _)| host);
    anyhow::anyhow!(
        "{listen} est déjà pris par un autre programme ; essayez : ecluse demo --listen {host}:8090\n\
         {listen} is already taken by another program; try: ecluse demo --listen {host}:8090"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_its_remedy() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = taken.local_addr().unwrap().to_string();
        let refused = Doors::open(&listen).unwrap_err().to_string();
        assert!(
            refused.contains(&listen) && refused.contains("--listen 127.0.0.1:8090"),
            "{refused}"
        );
    }

    #[test]
    fn a_pace_is_a_number_that_can_be_kept() {
        for (text, expected) in [("0.5", Some(0.5)), ("0", Some(0.0)), ("200", Some(200.0))] {
            assert_eq!(parse_pace(text).ok(), expected, "{text}");
        }
        for text in ["-1", "201", "NaN", "inf", "fast", ""] {
            assert!(parse_pace(text).is_err(), "{text}");
        }
    }
}

//! What changing the configuration costs: channels that are added one by one and as a file, the console's pages with a
//! thousand of them, and the throughput of two hundred channels while one is edited in a loop.
//!
//! What must stay true: every request takes the road that people and programs take; nothing is written beside the node.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use ecluse_adapters::meta::AppSecret;
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ConfigDb, Editor, PersonDraft, QueueDraft, SecretChange, SecretsDraft,
    SettingsDraft, WhatsappDraft, WhatsappProviderKind,
};
use ecluse_api::auth::SESSION_COOKIE;
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::ids::{QueueId, TenantId};
use ecluse_engine::message::Destination;
use ecluse_engine::runtime::Clock;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::body::Bodies;
use crate::child::{APP_SECRET, Server};
use crate::client::Connection;
use crate::report::say;

/// Numbers whose throughput is watched while another channel is edited.
const NUMBERS: u64 = 200;
/// How often each page is asked for.
const LOOKS: usize = 40;
/// How long each half of a round lasts.
const HALF: Duration = Duration::from_secs(4);
const ROUNDS: usize = 3;

/// The pages that list or edit.
const PAGES: [&str; 13] = [
    "/console/channels",
    "/console/channels/new/live_chat",
    "/console/channels/new/email",
    "/console/queues",
    "/console/queues/new",
    "/console/chatbots",
    "/console/agents",
    "/console/sms-trunks",
    "/console/settings",
    "/console/alerts",
    "/console/bans",
    "/console/audit",
    "/console/licence",
];

/// What a run does.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub channels: u64,
    pub connections: usize,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConfigurationReport {
    pub channels: u64,
    /// Channels that were added one by one, in a second.
    pub creations_per_second: f64,
    pub creation_p99_ms: f64,
    /// A file with as many further channels; and the same file again, which changes nothing.
    pub apply_secs: f64,
    pub apply_again_secs: f64,
    /// The slowest page by its median, and its median and 99th percentile.
    pub slowest_page: String,
    pub slowest_page_median_ms: f64,
    pub slowest_page_p99_ms: f64,
    /// Messages of two hundred channels in a second, in rounds without and with edits of another channel.
    pub quiet_per_second: Vec<f64>,
    pub edited_per_second: Vec<f64>,
    /// Of the medians: with edits by without.
    pub edited_by_quiet: f64,
    pub edits_per_second: f64,
    /// The same at half of the quiet rate, which leaves a processor's time for the edits.
    pub half_load: HalfLoad,
}

/// Messages that are offered at a steady rate, while nothing is edited and while a channel is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HalfLoad {
    pub offered_per_second: f64,
    pub quiet_per_second: f64,
    pub edited_per_second: f64,
    pub edited_by_quiet: f64,
    pub quiet_p99_ms: f64,
    pub edited_p99_ms: f64,
    pub edits_per_second: f64,
}

/// Whoever asks, and what for.
struct Program {
    address: SocketAddr,
    key: String,
    cookie: String,
    queue: QueueId,
}

/// Runs it.
///
/// # Errors
/// The node does not start, or refuses something.
pub async fn run(options: &Options) -> anyhow::Result<ConfigurationReport> {
    let directory = tempfile::tempdir()?;
    let data_dir = directory.path().join("data");
    std::fs::create_dir_all(&data_dir)?;
    let (key, cookie, queue) = prepare(&data_dir).await?;
    let node = Server::node(&data_dir, &[]).await?;
    let program = Arc::new(Program {
        address: node.address,
        key,
        cookie,
        queue,
    });
    let mut report = ConfigurationReport {
        channels: options.channels,
        ..ConfigurationReport::default()
    };
    create(&program, options, &mut report).await?;
    look(&program, &mut report).await?;
    apply(&program, options, &mut report).await?;
    islands(&program, options, &mut report).await?;
    ensure!(
        node.terminate().await? == Some(0),
        "the node does not stop properly"
    );
    Ok(report)
}

/// A queue, the numbers, a program's key and an administrator's session.
async fn prepare(data_dir: &Path) -> anyhow::Result<(String, String, QueueId)> {
    let clock = Clock::system();
    let config = ConfigDb::open(data_dir, None, Arc::new(move || clock.now())).await?;
    let editor = Editor::system(TenantId::DEFAULT);
    let queue = QueueDraft::new("Support", Strategy::Manual);
    let queue = config.create_queue(&editor, queue).await?.id;
    for number in 0..NUMBERS {
        let whatsapp = WhatsappDraft {
            phone_number_id: Some(phone_number_id(number)),
            ..WhatsappDraft::new(WhatsappProviderKind::Cloud, format!("+3363998{number:04}"))
        };
        let draft = ChannelDraft {
            secrets: SecretsDraft {
                access_token: SecretChange::Set("load-test-token".into()),
                ..SecretsDraft::default()
            },
            ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::Whatsapp(whatsapp))
        };
        config.create_channel(&editor, draft).await?;
    }
    let made = config
        .create_api_key(&editor, "load test", Role::Administrator)
        .await?;
    let person = PersonDraft::new("Ada", "ada@example.org", Role::Administrator);
    let person = config.create_person(&editor, person).await?;
    let session = config
        .create_session(TenantId::DEFAULT, person.person.id)
        .await?;
    config.close().await;
    Ok((
        made.key.expose().to_owned(),
        session.expose().to_owned(),
        queue,
    ))
}

fn phone_number_id(number: u64) -> String {
    format!("1065403522{number:05}")
}

impl Program {
    fn request(&self, method: &str, path: &str, body: &Value, more: &str) -> Vec<u8> {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             {more}Content-Length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        )
        .into_bytes()
    }

    fn channel(&self, site: &str) -> Value {
        json!({
            "kind": "live_chat", "name": site, "destination": { "queue": self.queue.0 },
            "live_chat": { "domains": [format!("{site}.example")] },
        })
    }
}

/// Adds channels in a closed loop.
async fn create(
    program: &Arc<Program>,
    options: &Options,
    report: &mut ConfigurationReport,
) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut loops = JoinSet::new();
    for _ in 0..options.connections {
        let (program, next, channels) = (Arc::clone(program), Arc::clone(&next), options.channels);
        loops.spawn(async move {
            let mut connection = Connection::open(program.address).await?;
            let mut times = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= channels {
                    return Ok::<_, anyhow::Error>(times);
                }
                let body = program.channel(&format!("one{number}"));
                let asked = Instant::now();
                let request = program.request("POST", "/api/v1/channels", &body, "");
                let status = connection.call(&request).await?;
                ensure!(
                    status == 201,
                    "a channel is refused with {status}: {}",
                    String::from_utf8_lossy(connection.last_body())
                );
                times.push(asked.elapsed());
            }
        });
    }
    let mut times = Vec::new();
    while let Some(done) = loops.join_next().await {
        times.extend(done??);
    }
    let took = started.elapsed().as_secs_f64();
    report.creations_per_second = options.channels as f64 / took;
    report.creation_p99_ms = millis(&mut times, 0.99);
    Ok(())
}

/// Asks for each page again and again.
async fn look(program: &Program, report: &mut ConfigurationReport) -> anyhow::Result<()> {
    let mut connection = Connection::open(program.address).await?;
    for page in PAGES {
        let request = format!(
            "GET {page} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {SESSION_COOKIE}={}\r\n\r\n",
            program.cookie
        );
        let mut times = Vec::new();
        for _ in 0..LOOKS {
            let asked = Instant::now();
            let status = connection.call(request.as_bytes()).await?;
            ensure!(status == 200, "{page} is answered with {status}");
            times.push(asked.elapsed());
        }
        let median = millis(&mut times, 0.5);
        if median > report.slowest_page_median_ms {
            page.clone_into(&mut report.slowest_page);
            report.slowest_page_median_ms = median;
            report.slowest_page_p99_ms = millis(&mut times, 0.99);
        }
    }
    Ok(())
}

fn millis(times: &mut [Duration], quantile: f64) -> f64 {
    times.sort_unstable();
    let place = ((times.len() as f64 - 1.0) * quantile).round() as usize;
    times
        .get(place)
        .map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
}

/// Applies a file with as many channels again, twice.
async fn apply(
    program: &Program,
    options: &Options,
    report: &mut ConfigurationReport,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(program.address).await?;
    let documents: Vec<Value> = (0..options.channels)
        .map(|number| {
            let mut channel = program.channel(&format!("file{number}"));
            channel["resource"] = "channel".into();
            channel["key"] = format!("file{number}").into();
            channel["destination"] = json!({ "queue": "support" });
            channel
        })
        .collect();
    let body = json!({ "documents": documents });
    let mut times = [0.0; 2];
    for time in &mut times {
        let request = program.request("POST", "/api/v1/config/apply", &body, "");
        let asked = Instant::now();
        let status = connection.call(&request).await?;
        *time = asked.elapsed().as_secs_f64();
        let text = String::from_utf8_lossy(connection.last_body());
        let head: String = text.chars().take(300).collect();
        ensure!(status == 200, "the file is answered with {status}: {head}");
    }
    [report.apply_secs, report.apply_again_secs] = times;
    Ok(())
}

/// Rounds of messages to all numbers, with and without edits of a chat.
async fn islands(
    program: &Arc<Program>,
    options: &Options,
    report: &mut ConfigurationReport,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(program.address).await?;
    let chat = program.request("POST", "/api/v1/channels", &program.channel("edited"), "");
    ensure!(connection.call(&chat).await? == 201, "the chat is refused");
    let made: Value = serde_json::from_slice(connection.last_body())?;
    let id = made["id"].as_str().context("the chat's id")?.to_owned();
    let mut halves = 0..;
    let mut next = || halves.next().unwrap_or_default();
    let mut edits = 0;
    for _ in 0..ROUNDS {
        let quiet = flood(program, options, next(), None).await?;
        report.quiet_per_second.push(quiet.per_second);
        let (edited, made) =
            while_edited(program, &id, flood(program, options, next(), None)).await?;
        edits += made;
        report.edited_per_second.push(edited.per_second);
    }
    report.edits_per_second = edits as f64 / (HALF.as_secs_f64() * ROUNDS as f64);
    let quiet = median(&report.quiet_per_second).max(1.0);
    report.edited_by_quiet = median(&report.edited_per_second) / quiet;

    let offered = quiet / 2.0;
    let quiet = flood(program, options, next(), Some(offered)).await?;
    let flooding = flood(program, options, next(), Some(offered));
    let (edited, edits) = while_edited(program, &id, flooding).await?;
    report.half_load = HalfLoad {
        offered_per_second: offered,
        quiet_per_second: quiet.per_second,
        edited_per_second: edited.per_second,
        edited_by_quiet: edited.per_second / quiet.per_second.max(1.0),
        quiet_p99_ms: quiet.p99_ms,
        edited_p99_ms: edited.p99_ms,
        edits_per_second: edits as f64 / HALF.as_secs_f64(),
    };
    Ok(())
}

/// Floods while a chat is edited in a loop; and how often it was.
async fn while_edited(
    program: &Arc<Program>,
    id: &str,
    flooding: impl Future<Output = anyhow::Result<Flood>>,
) -> anyhow::Result<(Flood, u64)> {
    let stop = Arc::new(AtomicBool::new(false));
    let editing = tokio::spawn(edit(Arc::clone(program), id.to_owned(), Arc::clone(&stop)));
    let flooded = flooding.await;
    stop.store(true, Ordering::Relaxed);
    Ok((flooded?, editing.await??))
}

fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

/// Changes the chat's color until it is told to stop; how often.
async fn edit(program: Arc<Program>, id: String, stop: Arc<AtomicBool>) -> anyhow::Result<u64> {
    let mut connection = Connection::open(program.address).await?;
    let mut edits = 0;
    while !stop.load(Ordering::Relaxed) {
        let color = format!("#{:06x}", edits % 0x00ff_ffff);
        let body = json!({ "live_chat": { "theme_color": color } });
        let path = format!("/api/v1/channels/{id}");
        let request = program.request("PATCH", &path, &body, "If-Match: *\r\n");
        let status = connection.call(&request).await?;
        ensure!(status == 200, "an edit is refused with {status}");
        edits += 1;
    }
    Ok(edits)
}

/// What came of a flood.
#[derive(Clone, Copy, Debug, Default)]
struct Flood {
    per_second: f64,
    p99_ms: f64,
}

/// Messages to all numbers: in a closed loop, or `offered` in a second, each counted from when it was due.
async fn flood(
    program: &Arc<Program>,
    options: &Options,
    half: usize,
    offered: Option<f64>,
) -> anyhow::Result<Flood> {
    let started = Instant::now();
    let until = started + HALF;
    let between =
        offered.map(|rate| Duration::from_secs_f64(options.connections as f64 / rate.max(1.0)));
    let mut loops = JoinSet::new();
    for place in 0..options.connections {
        let address = program.address;
        let run = format!("{half:02}{place:02}");
        loops.spawn(async move {
            let secret = AppSecret::new(&APP_SECRET.into())?;
            let numbers = (0..NUMBERS).map(phone_number_id).collect();
            let mut bodies = Bodies::new(secret, &run, 20, 0).to_numbers(numbers);
            let mut connection = Connection::open(address).await?;
            let mut times = Vec::new();
            let mut due = started;
            loop {
                let begun = match between {
                    Some(between) => {
                        let this = due;
                        due += between;
                        tokio::time::sleep_until(this).await;
                        this
                    }
                    None => Instant::now(),
                };
                if begun >= until || Instant::now() >= until {
                    return Ok::<_, anyhow::Error>(times);
                }
                let body = bodies.prepare(1);
                if connection.call(&body.request).await? == 200 {
                    times.push(begun.elapsed());
                } else {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        });
    }
    let mut times = Vec::new();
    while let Some(done) = loops.join_next().await {
        times.extend(done??);
    }
    Ok(Flood {
        per_second: times.len() as f64 / HALF.as_secs_f64(),
        p99_ms: millis(&mut times, 0.99),
    })
}

/// Shows the report, and writes it.
///
/// # Errors
/// It cannot be written.
pub fn publish(report: &ConfigurationReport, output: Option<&Path>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    if let Some(output) = output {
        std::fs::write(output, &text)
            .with_context(|| format!("cannot write {}", output.display()))?;
    }
    say(&text);
    Ok(())
}

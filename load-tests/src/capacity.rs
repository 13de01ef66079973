//! What a large installation costs: memory with many conversations stored and live, and the time of a start after a kill.
//!
//! The conversations are written as journal entries and applied by the product's own read model, so that the files are what
//! a node would have made of them. Most are closed; some wait. Then a node whose read model is held back takes bodies until
//! its gate shuts at the lag bound, is killed, and starts again; then many contacts write, and their actors stay awake.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use ecluse_adapters::meta::AppSecret;
use ecluse_adapters::storage::backup::{Scope, inspect};
use ecluse_adapters::storage::config_db::ConfigDb;
use ecluse_adapters::storage::{Storage, StorageOptions};
use ecluse_engine::ids::{Address, ChannelId, ConversationKey, Fingerprinter, Key, TenantId};
use ecluse_engine::journal::{Append, Journal as _};
use ecluse_engine::limits::Limits;
use ecluse_engine::message::{
    Actor, ChannelKind, CloseReason, Content, Destination, Entry, Fact, Inbound, Opened, Received,
    Timestamp,
};
use ecluse_engine::runtime::{Clock, Gate};
use serde::{Deserialize, Serialize};
use smallvec::smallvec;
use tokio::time::Instant;

use crate::body::Bodies;
use crate::child::{APP_SECRET, Server, prepare_data};
use crate::client::{Connection, get};
use crate::report::say;

/// Messages in one body of the load.
const PER_BODY: u64 = 100;

/// What a run does.
#[derive(Clone, Debug)]
pub struct Options {
    pub stored: u64,
    pub waiting: u64,
    pub live: u64,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CapacityReport {
    pub stored: u64,
    pub waiting: u64,
    pub store_mib: f64,
    /// Entries that the read model was behind when the node was killed.
    pub lag_at_kill: f64,
    /// From the start of the process to the first "ready".
    pub start_secs: f64,
    pub caught_up_secs: f64,
    pub resident_mib_after_start: f64,
    /// Actors that were awake at the end.
    pub live: f64,
    pub resident_mib_live: f64,
    pub findings: Vec<String>,
}

/// Runs it.
///
/// # Errors
/// A node does not start, answer or catch up.
pub async fn run(options: &Options) -> anyhow::Result<CapacityReport> {
    let directory = tempfile::tempdir()?;
    let data_dir = prepare_data(directory.path()).await?;
    fill(&data_dir, options).await?;
    let mut report = CapacityReport {
        stored: options.stored,
        waiting: options.waiting,
        store_mib: mib(std::fs::metadata(data_dir.join("store.db"))?.len()),
        ..CapacityReport::default()
    };
    let mut bodies = Bodies::new(AppSecret::new(&APP_SECRET.into())?, "k", options.waiting, 0);
    report.lag_at_kill = kill_at_the_bound(&data_dir, &mut bodies, options).await?;
    let started = Instant::now();
    let node = Server::node(&data_dir, &[]).await?;
    until_ready(&node).await?;
    report.start_secs = started.elapsed().as_secs_f64();
    until_projected(&node).await?;
    report.caught_up_secs = started.elapsed().as_secs_f64();
    report.resident_mib_after_start = mib(node.resident_bytes()?);
    let mut connection = Connection::open(node.address).await?;
    for first in (0..options.live).step_by(PER_BODY as usize) {
        let body = bodies.prepare_from(first..(first + PER_BODY).min(options.live));
        while connection.call(&body.request).await? != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    until_projected(&node).await?;
    // The number of live actors is counted once in a while.
    tokio::time::sleep(Duration::from_secs(11)).await;
    report.live = node.metric("ecluse_conversations_live").await?;
    report.resident_mib_live = mib(node.resident_bytes()?);
    ensure!(
        node.terminate().await? == Some(0),
        "the node does not stop properly"
    );
    let findings = inspect(&data_dir, Scope::Rows).findings;
    report.findings = findings.iter().map(ToString::to_string).collect();
    Ok(report)
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Takes bodies until the gate shuts; the lag at the kill.
async fn kill_at_the_bound(
    data_dir: &Path,
    bodies: &mut Bodies,
    options: &Options,
) -> anyhow::Result<f64> {
    let held_back = [("ECLUSE_FAULTS_PROJECTION_DELAY_MS", "60000".to_owned())];
    let node = Server::node(data_dir, &held_back).await?;
    let mut connection = Connection::open(node.address).await?;
    let bound = Limits::default().lag_max as f64;
    let mut next = 0;
    loop {
        let contacts = (next..next + PER_BODY).map(|number| number % options.waiting);
        match connection
            .call(&bodies.prepare_from(contacts).request)
            .await?
        {
            200 => next += PER_BODY,
            // Both writers look at the bound; what is refused before it is refused for want of room.
            503 if node.metric("ecluse_projector_lag_entries").await? > bound => break,
            503 => tokio::time::sleep(Duration::from_millis(20)).await,
            status => anyhow::bail!("a body is answered with {status}"),
        }
        ensure!(next < 4_000_000, "the gate does not shut");
        if next >= Limits::default().lag_max {
            break;
        }
    }
    let lag = next as f64;
    node.kill().await?;
    Ok(lag)
}

async fn until_ready(node: &Server) -> anyhow::Result<()> {
    let mut connection = Connection::open(node.address).await?;
    while connection.call(&get("/health/ready")).await? != 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

async fn until_projected(node: &Server) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(300);
    while node.metric("ecluse_projector_lag_entries").await? > 0.0 {
        ensure!(
            Instant::now() < deadline,
            "the read model does not catch up"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Writes the conversations: those with the lowest numbers wait, the others are closed.
async fn fill(data_dir: &Path, options: &Options) -> anyhow::Result<()> {
    let writer = Writer::new(data_dir).await?;
    let limits = Limits::default();
    let files = Storage::open(
        data_dir,
        StorageOptions::new(&limits, &Gate::new(limits.gate)),
    )?;
    for number in 0..options.stored {
        files.journal.append(Append::entry(
            writer.conversation(number, number >= options.waiting),
        ));
        if number % 5_000 == 0 {
            files.caught_up().await;
        }
    }
    files.stop();
    Ok(())
}

struct Writer {
    channel: ChannelId,
    destination: Destination,
    fingerprinter: Fingerprinter,
    at: Timestamp,
}

impl Writer {
    async fn new(data_dir: &Path) -> anyhow::Result<Self> {
        let clock = Clock::system();
        let at = clock.now();
        let config = ConfigDb::open(data_dir, None, Arc::new(move || clock.now())).await?;
        let snapshot = config.feed().current();
        let channel = snapshot.channels.values().next().context("the number")?;
        let writer = Self {
            channel: channel.id,
            destination: channel.destination,
            fingerprinter: Fingerprinter::new(config.fingerprint_key()),
            at,
        };
        config.close().await;
        Ok(writer)
    }

    fn conversation(&self, number: u64, is_closed: bool) -> Entry {
        let key = ConversationKey {
            tenant: TenantId::DEFAULT,
            channel: self.channel,
            address: Address::from(Bodies::contact(number)),
            thread: None,
        };
        let provider_id = format!("wamid.stored{number}");
        let content = Content::text("Bonjour, où en est ma commande ?");
        let conversation = key.episode_id(u64::try_from(self.at.0 / 1_000).unwrap_or(0), 1);
        let received = Received {
            conversation,
            fingerprint: self
                .fingerprinter
                .of(self.channel, &format!("wamid.stored{number}")),
            message: Arc::new(Inbound {
                profile_name: Some("Camille Durand".to_owned()),
                ..Inbound::new(provider_id, self.at, content)
            }),
        };
        let opened = Opened::new(
            conversation,
            ChannelKind::Whatsapp,
            key.contact_id(ChannelKind::Whatsapp),
            self.destination,
        );
        let mut facts = smallvec![Fact::Opened(opened), Fact::Received(received)];
        if is_closed {
            facts.push(Fact::Closed {
                conversation,
                reason: CloseReason::Resolved,
                by: Actor::Program,
            });
        }
        Entry {
            key: Key::Conversation(key),
            at: self.at,
            first_seq: 1,
            facts,
        }
    }
}

/// Shows the report, and writes it to a file.
///
/// # Errors
/// The file cannot be written, or something is wrong with the data.
pub fn publish(report: &CapacityReport, output: Option<&Path>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    if let Some(output) = output {
        std::fs::write(output, &text)
            .with_context(|| format!("cannot write {}", output.display()))?;
    }
    say(&text);
    ensure!(report.findings.is_empty(), "the data is not sound");
    Ok(())
}

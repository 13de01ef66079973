//! More than the node can take, for minutes: it must say so upstream, keep its memory, and recover.
//!
//! What must stay true: bodies arrive at times that were fixed beforehand, whatever the node does; its disk is slow by
//! its own fault switches, which end by themselves; and what it acknowledged meanwhile is there once.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use ecluse_adapters::meta::AppSecret;
use ecluse_adapters::storage::backup::{Scope, inspect};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::chaos::ledger::Ledger;
use crate::chaos::verdict::{self, Verdict};
use crate::child::{APP_SECRET, Server, prepare_data};
use crate::client::Connection;
use crate::report::say;

/// Contacts that write.
const CONTACTS: u32 = 5_000;

/// New bodies that must be taken when the fault is over.
const AFTERWARDS: usize = 200;

/// The longest that the node may take to catch up after the fault.
const RECOVERY_MAX: Duration = Duration::from_secs(120);

/// What a run does.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long the fault and the load last.
    pub seconds: u64,
    /// Bodies of one message that arrive in a second.
    pub per_second: u32,
    pub connections: usize,
    pub commit_delay_ms: u64,
    pub projection_delay_ms: u64,
    /// Entries that the read model may be behind.
    pub lag_max: u64,
    /// The most that memory may grow between the middle of the run (at most a minute after its start) and its end.
    pub growth_max: f64,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PressureReport {
    pub seconds: u64,
    pub offered: u64,
    pub acknowledged: u64,
    /// Answers of 503 that say when to come again.
    pub refused: u64,
    /// Answers of 503 that do not.
    pub refused_without_retry_after: u64,
    pub failed: u64,
    /// Bodies that left more than 5 ms after their time, because every connection waited.
    pub late: u64,
    /// Resident memory, each second, in MiB.
    pub resident_mib: Vec<f64>,
    pub resident_mib_early: f64,
    pub resident_mib_end: f64,
    pub growth: f64,
    pub growth_max: f64,
    /// From the end of the load to the first 200.
    pub recovered_after_secs: f64,
    /// Of the bodies sent after that, how many were not taken at once.
    pub refused_afterwards: u64,
    pub verdict: Verdict,
    pub findings: Vec<String>,
}

impl PressureReport {
    /// Whether the pressure was felt, borne and survived.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.refused > 0
            && self.refused_without_retry_after + self.failed + self.refused_afterwards == 0
            && self.growth <= self.growth_max
            && self.verdict.is_clean()
            && self.findings.is_empty()
    }
}

/// Runs it.
///
/// # Errors
/// The node does not start, answer or recover. A broken promise is no error but in the report.
pub async fn run(options: &Options) -> anyhow::Result<PressureReport> {
    let directory = tempfile::tempdir()?;
    let data_dir = prepare_data(directory.path()).await?;
    let environment = [
        (
            "ECLUSE_FAULTS_COMMIT_DELAY_MS",
            options.commit_delay_ms.to_string(),
        ),
        (
            "ECLUSE_FAULTS_PROJECTION_DELAY_MS",
            options.projection_delay_ms.to_string(),
        ),
        ("ECLUSE_FAULTS_FOR_SECS", options.seconds.to_string()),
        ("ECLUSE_LIMITS_LAG_MAX", options.lag_max.to_string()),
    ];
    let node = Server::node(&data_dir, &environment).await?;
    let ledger = Arc::new(Ledger::new(AppSecret::new(&APP_SECRET.into())?, CONTACTS));
    let mut report = press(&node, &ledger, options).await?;
    recover(&node, &ledger, &mut report).await?;
    ensure!(
        node.terminate().await? == Some(0),
        "the node does not stop properly"
    );
    // A start applies whatever is left to apply.
    let node = Server::node(&data_dir, &[]).await?;
    report.verdict = verdict::read(&data_dir, &ledger)?;
    node.terminate().await?;
    let findings = inspect(&data_dir, Scope::Pages).findings;
    report.findings = findings.iter().map(ToString::to_string).collect();
    Ok(report)
}

/// The load, with a look at the memory each second.
async fn press(
    node: &Server,
    ledger: &Arc<Ledger>,
    options: &Options,
) -> anyhow::Result<PressureReport> {
    let arrivals = Arc::new(Arrivals::new(options));
    let mut senders = JoinSet::new();
    for _ in 0..options.connections {
        senders.spawn(send(
            node.address,
            Arc::clone(ledger),
            Arc::clone(&arrivals),
        ));
    }
    let mut report = PressureReport {
        seconds: options.seconds,
        growth_max: options.growth_max,
        ..PressureReport::default()
    };
    for second in 1..=options.seconds {
        tokio::time::sleep_until(arrivals.started + Duration::from_secs(second)).await;
        report
            .resident_mib
            .push(node.resident_bytes()? as f64 / f64::from(1 << 20));
    }
    while let Some(tally) = senders.join_next().await {
        let tally = tally??;
        report.acknowledged += tally.acknowledged;
        report.refused += tally.refused;
        report.refused_without_retry_after += tally.refused_without_retry_after;
        report.failed += tally.failed;
        report.late += tally.late;
    }
    report.offered = arrivals.count;
    let early = usize::try_from((options.seconds / 2).clamp(1, 60))?;
    report.resident_mib_early = report
        .resident_mib
        .get(early - 1)
        .copied()
        .context("no look at the memory")?;
    report.resident_mib_end = report
        .resident_mib
        .last()
        .copied()
        .context("no look at the memory")?;
    report.growth = report.resident_mib_end / report.resident_mib_early;
    Ok(report)
}

/// When bodies arrive.
struct Arrivals {
    started: Instant,
    per_second: f64,
    count: u64,
    next: AtomicU64,
}

impl Arrivals {
    fn new(options: &Options) -> Self {
        Self {
            started: Instant::now(),
            per_second: f64::from(options.per_second),
            count: options.seconds * u64::from(options.per_second),
            next: AtomicU64::new(0),
        }
    }

    /// The next body's number and time.
    fn take(&self) -> Option<(u64, Instant)> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let at = self.started + Duration::from_secs_f64(number as f64 / self.per_second);
        (number < self.count).then_some((number, at))
    }
}

#[derive(Default)]
struct Tally {
    acknowledged: u64,
    refused: u64,
    refused_without_retry_after: u64,
    failed: u64,
    late: u64,
}

async fn send(
    address: SocketAddr,
    ledger: Arc<Ledger>,
    arrivals: Arc<Arrivals>,
) -> anyhow::Result<Tally> {
    let mut connection = Connection::open(address).await?;
    let mut tally = Tally::default();
    while let Some((number, at)) = arrivals.take() {
        let body = ledger.write(vec![contact(number)]);
        let request = ledger.request(&body);
        tally.late += u64::from(Instant::now() > at + Duration::from_millis(5));
        tokio::time::sleep_until(at).await;
        match connection.call(&request).await? {
            200 => {
                ledger.acknowledge(&body);
                tally.acknowledged += 1;
            }
            503 if says_when(&connection) => tally.refused += 1,
            503 => tally.refused_without_retry_after += 1,
            _ => tally.failed += 1,
        }
    }
    Ok(tally)
}

/// Walks the contacts in an order without runs.
fn contact(number: u64) -> u32 {
    (number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u32 % CONTACTS
}

fn says_when(connection: &Connection) -> bool {
    let head = String::from_utf8_lossy(connection.last_head()).to_ascii_lowercase();
    let value = head
        .lines()
        .find_map(|line| line.strip_prefix("retry-after:"));
    value.is_some_and(|value| value.trim().parse::<u64>().is_ok_and(|seconds| seconds > 0))
}

/// The fault is over: new bodies are taken again.
async fn recover(
    node: &Server,
    ledger: &Ledger,
    report: &mut PressureReport,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut connection = Connection::open(node.address).await?;
    while !one_more(&mut connection, ledger).await? {
        ensure!(
            started.elapsed() < RECOVERY_MAX,
            "the node does not recover"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    report.recovered_after_secs = started.elapsed().as_secs_f64();
    for _ in 0..AFTERWARDS {
        report.refused_afterwards += u64::from(!one_more(&mut connection, ledger).await?);
    }
    Ok(())
}

async fn one_more(connection: &mut Connection, ledger: &Ledger) -> anyhow::Result<bool> {
    let body = ledger.write(vec![contact(ledger.bodies())]);
    let taken = connection.call(&ledger.request(&body)).await? == 200;
    if taken {
        ledger.acknowledge(&body);
    }
    Ok(taken)
}

/// Shows the report, and writes it to a file.
///
/// # Errors
/// The file cannot be written, or a promise was broken.
pub fn publish(report: &PressureReport, output: Option<&Path>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    if let Some(output) = output {
        std::fs::write(output, &text)
            .with_context(|| format!("cannot write {}", output.display()))?;
    }
    say(&text);
    ensure!(report.is_clean(), "the pressure was not borne");
    Ok(())
}

//! The ingest scenario: webhooks against a whole node, beside a raw echo of the same bodies by the same generator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use ecluse_adapters::meta::AppSecret;
use hdrhistogram::Histogram;
use tokio::time::Instant;

use crate::body::{Bodies, Prepared};
use crate::child::{APP_SECRET, Server, prepare_data};
use crate::client::Connection;
use crate::report::{Latency, Phase, Report, histogram, median, rate};
use crate::scenario::Scenario;

/// More than any round can use; preparing goes on when they run out.
const PREPARED_PER_SECOND: u64 = 120_000;

/// Runs the scenario.
///
/// # Errors
/// A server does not start or answer.
pub async fn run(scenario: &Scenario) -> anyhow::Result<Report> {
    let directory = tempfile::tempdir()?;
    let data_dir = prepare_data(directory.path()).await?;
    let echo = Server::start(&["echo"], &[]).await?;
    let node = Server::node(&data_dir, &[]).await?;
    let mut bodies = Bodies::new(
        AppSecret::new(&APP_SECRET.into())?,
        "a",
        scenario.contacts,
        scenario.unseen_percent,
    );
    warm_up(&node, scenario).await?;
    let mut report = Report {
        scenario: scenario.name.clone(),
        ..Report::default()
    };
    let (mut echoes, mut rates, mut caught_up) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=scenario.rounds {
        let requests = prepare(&mut bodies, scenario, 1.0);
        let phase = closed_loop(echo.address, &requests, scenario).await?;
        echoes.push(phase.per_second);
        report.phases.push(Phase {
            name: format!("echo {round}"),
            ..phase
        });
        let started = Instant::now();
        let mut phase = closed_loop(node.address, &requests, scenario).await?;
        phase.lag = lag(&node).await?;
        wait_until_projected(&node).await?;
        phase.per_second_caught_up = rate(phase.messages, started.elapsed());
        rates.push(phase.per_second);
        caught_up.push(phase.per_second_caught_up);
        report.phases.push(Phase {
            name: format!("node {round}"),
            ..phase
        });
    }
    let (echo_rate, node_rate, sustained) = (median(echoes), median(rates), median(caught_up));
    if scenario.open_loop_share > 0.0 {
        let offered = node_rate / scenario.messages_per_body as f64 * scenario.open_loop_share;
        let requests = prepare_count(
            &mut bodies,
            scenario,
            (offered * scenario.open_loop_seconds as f64) as usize,
        );
        let mut phase = open_loop(node.address, requests, offered, scenario).await?;
        phase.lag = lag(&node).await?;
        report
            .figures
            .insert("open_loop_offered_per_second".to_owned(), offered);
        report.figures.insert(
            "open_loop_p99_ms".to_owned(),
            phase.latency.p99_us as f64 / 1_000.0,
        );
        report.phases.push(phase);
    }
    let lag_max = report
        .phases
        .iter()
        .map(|phase| phase.lag)
        .fold(0.0, f64::max);
    let figures = [
        ("echo_messages_per_second", echo_rate),
        ("messages_per_second", node_rate),
        ("ratio_to_echo", node_rate / echo_rate),
        ("messages_per_second_caught_up", sustained),
        ("ratio_to_echo_caught_up", sustained / echo_rate),
        ("lag_max", lag_max),
        (
            "resident_mib",
            node.resident_bytes()? as f64 / f64::from(1 << 20),
        ),
    ];
    report
        .figures
        .extend(figures.map(|(name, figure)| (name.to_owned(), figure)));
    node.terminate().await?;
    echo.kill().await?;
    Ok(report)
}

/// Every known contact writes once, so that "unseen" means what it says.
async fn warm_up(node: &Server, scenario: &Scenario) -> anyhow::Result<()> {
    let mut bodies = Bodies::new(
        AppSecret::new(&APP_SECRET.into())?,
        "w",
        scenario.contacts,
        0,
    );
    let count = (scenario.contacts / 50).max(1) * 3;
    let requests: Vec<Prepared> = (0..count).map(|_| bodies.prepare(50)).collect();
    let mut connection = Connection::open(node.address).await?;
    for prepared in &requests {
        while connection.call(&prepared.request).await? != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    wait_until_projected(node).await
}

fn prepare(bodies: &mut Bodies, scenario: &Scenario, share: f64) -> Arc<Vec<Prepared>> {
    let per_second = PREPARED_PER_SECOND.min(300_000 / scenario.messages_per_body) as f64;
    let count = (scenario.seconds as f64 * per_second * share) as usize;
    prepare_count(bodies, scenario, count)
}

fn prepare_count(bodies: &mut Bodies, scenario: &Scenario, count: usize) -> Arc<Vec<Prepared>> {
    Arc::new(
        (0..count)
            .map(|_| bodies.prepare(scenario.messages_per_body))
            .collect(),
    )
}

async fn closed_loop(
    address: SocketAddr,
    requests: &Arc<Vec<Prepared>>,
    scenario: &Scenario,
) -> anyhow::Result<Phase> {
    let next = Arc::new(AtomicUsize::new(0));
    let deadline = Instant::now() + Duration::from_secs(scenario.seconds);
    let started = Instant::now();
    let workers: Vec<_> = (0..scenario.connections)
        .map(|_| {
            tokio::spawn(closed_worker(
                address,
                Arc::clone(requests),
                Arc::clone(&next),
                deadline,
            ))
        })
        .collect();
    let mut total = Tally::default();
    for worker in workers {
        total.add(&worker.await??);
    }
    Ok(total.phase("closed loop", started.elapsed(), scenario.messages_per_body))
}

async fn closed_worker(
    address: SocketAddr,
    requests: Arc<Vec<Prepared>>,
    next: Arc<AtomicUsize>,
    deadline: Instant,
) -> anyhow::Result<Tally> {
    let mut connection = Connection::open(address).await?;
    let mut tally = Tally::default();
    while Instant::now() < deadline {
        let Some(prepared) = requests.get(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        let sent = Instant::now();
        let status = connection.call(&prepared.request).await?;
        tally.count(status, sent.elapsed());
        if status == 503 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(tally)
}

/// A request that leaves later than this after its time says that every connection was taken.
const LATE: Duration = Duration::from_millis(5);

/// Arrivals at fixed times, whatever the server does. Enough connections that one is always free.
async fn open_loop(
    address: SocketAddr,
    requests: Arc<Vec<Prepared>>,
    per_second: f64,
    scenario: &Scenario,
) -> anyhow::Result<Phase> {
    let started = Instant::now() + Duration::from_millis(100);
    let next = Arc::new(AtomicUsize::new(0));
    let late = Arc::new(AtomicU64::new(0));
    let connections = scenario.connections * 4;
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (requests, next, late) =
                (Arc::clone(&requests), Arc::clone(&next), Arc::clone(&late));
            tokio::spawn(async move {
                let mut connection = Connection::open(address).await?;
                let mut tally = Tally::default();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(prepared) = requests.get(number) else {
                        return anyhow::Ok(tally);
                    };
                    let intended = started + Duration::from_secs_f64(number as f64 / per_second);
                    if Instant::now() > intended + LATE {
                        late.fetch_add(1, Ordering::Relaxed);
                    }
                    tokio::time::sleep_until(intended).await;
                    let status = connection.call(&prepared.request).await?;
                    tally.count(status, intended.elapsed());
                }
            })
        })
        .collect();
    let mut total = Tally::default();
    for worker in workers {
        total.add(&worker.await??);
    }
    Ok(Phase {
        late: late.load(Ordering::Relaxed),
        ..total.phase("open loop", started.elapsed(), scenario.messages_per_body)
    })
}

async fn lag(node: &Server) -> anyhow::Result<f64> {
    node.metric("ecluse_projector_lag_entries").await
}

async fn wait_until_projected(node: &Server) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(120);
    while lag(node).await? > 0.0 {
        anyhow::ensure!(
            Instant::now() < deadline,
            "the read model does not catch up"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

struct Tally {
    answered: u64,
    refused: u64,
    failed: u64,
    latency: Histogram<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            answered: 0,
            refused: 0,
            failed: 0,
            latency: histogram(),
        }
    }
}

impl Tally {
    fn count(&mut self, status: u16, elapsed: Duration) {
        match status {
            200 => self.answered += 1,
            503 => self.refused += 1,
            _ => self.failed += 1,
        }
        self.latency
            .saturating_record(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX));
    }

    fn add(&mut self, other: &Self) {
        self.answered += other.answered;
        self.refused += other.refused;
        self.failed += other.failed;
        self.latency
            .add(&other.latency)
            .expect("all histograms have the same bounds");
    }

    fn phase(&self, name: &str, elapsed: Duration, messages_per_body: u64) -> Phase {
        let messages = self.answered * messages_per_body;
        Phase {
            name: name.to_owned(),
            seconds: elapsed.as_secs_f64(),
            requests: self.answered,
            messages,
            per_second: rate(messages, elapsed),
            refused: self.refused,
            failed: self.failed,
            late: 0,
            latency: Latency::from(&self.latency),
            ..Phase::default()
        }
    }
}

/// Writes a report to a file and shows its figures.
///
/// # Errors
/// The file cannot be written.
pub fn publish(report: &Report, output: Option<&std::path::Path>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    if let Some(output) = output {
        std::fs::write(output, &text)
            .with_context(|| format!("cannot write {}", output.display()))?;
    }
    crate::report::say(&text);
    Ok(())
}

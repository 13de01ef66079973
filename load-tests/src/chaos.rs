//! `kill -9` under load, again and again, and a count of what is there afterwards.
//!
//! What must stay true: what was acknowledged is known only from the answers that the generator read, and what is shown
//! only from the files; nothing is asked of the node itself. Bodies without an answer are delivered again as Meta does:
//! in another order, several copies at once, beside new ones. Everything is checked after each start, before anything
//! new is sent, and once more at the end. A run that found fault can be repeated with its seed, as far as a race can.

pub mod generator;
pub mod ledger;
pub mod verdict;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use ecluse_adapters::meta::AppSecret;
use ecluse_adapters::storage::backup::{Scope, inspect};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use self::generator::{Life, Mix};
use self::ledger::Ledger;
use self::verdict::Verdict;
use crate::child::{APP_SECRET, Server, prepare_data};
use crate::report::say;

/// The longest that the last bodies may take to be acknowledged, when nothing is killed any more.
const DRAIN_MAX: Duration = Duration::from_secs(120);

/// Conversations that stay live: few, so that many wake from the read model under load.
const LIVE_MAX: u32 = 300;

/// What a run does.
#[derive(Clone, Debug)]
pub struct Options {
    pub kills: u32,
    pub seed: u64,
    /// The average time between a start and the next kill.
    pub between: Duration,
    pub connections: usize,
    pub contacts: u32,
}

/// What a run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChaosReport {
    pub seed: u64,
    pub kills: u32,
    /// Of these, how many hit a node that was still starting.
    pub kills_while_starting: u32,
    pub seconds: f64,
    /// The longest time from the start of a process to its address.
    pub slowest_start_ms: u64,
    pub bodies_sent: u64,
    pub bodies_acknowledged: u64,
    /// Bodies delivered again, copies included.
    pub redelivered: u64,
    /// Answers of 503.
    pub refused: u64,
    /// Answers that are neither 200 nor 503.
    pub failed: u64,
    pub checks: u32,
    pub verdict: Verdict,
    /// What is wrong between the files, as `ecluse check` would say it.
    pub findings: Vec<String>,
}

impl ChaosReport {
    /// Whether every promise was kept.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.verdict.is_clean() && self.findings.is_empty() && self.failed == 0
    }
}

/// Runs it.
///
/// # Errors
/// A node does not start or answer, or the files cannot be read. A broken promise is no error but in the report.
pub async fn run(options: &Options) -> anyhow::Result<ChaosReport> {
    say(&format!("seed {}", options.seed));
    let directory = tempfile::tempdir()?;
    let data_dir = prepare_data(directory.path()).await?;
    let started = Instant::now();
    let mut run = Run::new(options, &data_dir)?;
    while run.report.kills < options.kills {
        let node = run.start().await?;
        if !run.check(Scope::Rows)? {
            break;
        }
        run.live_and_die(node).await?;
    }
    let node = run.start().await?;
    let is_clean = run.check(Scope::Rows)?;
    if is_clean {
        run.finish(&node).await?;
    }
    ensure!(
        node.terminate().await? == Some(0),
        "the node does not stop properly"
    );
    if is_clean {
        run.check(Scope::Pages)?;
    }
    run.report.seconds = started.elapsed().as_secs_f64();
    Ok(run.report)
}

struct Run<'o> {
    options: &'o Options,
    data_dir: &'o Path,
    random: StdRng,
    ledger: Arc<Ledger>,
    report: ChaosReport,
}

impl<'o> Run<'o> {
    fn new(options: &'o Options, data_dir: &'o Path) -> anyhow::Result<Self> {
        let secret = AppSecret::new(&APP_SECRET.into())?;
        Ok(Self {
            options,
            data_dir,
            random: StdRng::seed_from_u64(options.seed),
            ledger: Arc::new(Ledger::new(secret, options.contacts)),
            report: ChaosReport {
                seed: options.seed,
                ..ChaosReport::default()
            },
        })
    }

    /// Starts the node. Now and then it is killed while it recovers, and started again; the last kill is kept for a
    /// node at work.
    async fn start(&mut self) -> anyhow::Result<Server> {
        while self.report.kills + 1 < self.options.kills && self.random.random_ratio(1, 4) {
            let after = Duration::from_millis(self.random.random_range(0..250));
            self.kill_while_starting(after).await?;
        }
        let started = Instant::now();
        let environment = [("ECLUSE_LIMITS_LIVE_MAX", LIVE_MAX.to_string())];
        let node = Server::node(self.data_dir, &environment).await?;
        let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.report.slowest_start_ms = self.report.slowest_start_ms.max(took);
        Ok(node)
    }

    async fn kill_while_starting(&mut self, after: Duration) -> anyhow::Result<()> {
        let mut child = tokio::process::Command::new(std::env::current_exe()?)
            .args([
                "node",
                "--data-dir",
                self.data_dir.to_str().context("the directory's name")?,
            ])
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        tokio::time::sleep(after).await;
        child.kill().await?;
        self.report.kills += 1;
        self.report.kills_while_starting += 1;
        Ok(())
    }

    /// Load until the kill.
    async fn live_and_die(&mut self, node: Server) -> anyhow::Result<()> {
        let life = self.life(&node, true);
        let between = self
            .options
            .between
            .mul_f64(self.random.random_range(0.2..1.8));
        tokio::time::sleep(between).await;
        node.kill().await?;
        self.report.kills += 1;
        self.count(life).await
    }

    /// Redelivery until everything is acknowledged.
    async fn finish(&mut self, node: &Server) -> anyhow::Result<()> {
        let life = self.life(node, false);
        tokio::time::timeout(DRAIN_MAX, self.count(life))
            .await
            .context("bodies stay without a yes")??;
        ensure!(
            self.ledger.unacknowledged().is_empty(),
            "bodies stay without a yes"
        );
        Ok(())
    }

    fn life(&mut self, node: &Server, mix_new: bool) -> Life {
        let mix = Mix {
            connections: self.options.connections,
            new_bodies: mix_new,
        };
        Life::start(node.address, &self.ledger, mix, self.random.random())
    }

    async fn count(&mut self, life: Life) -> anyhow::Result<()> {
        let tally = life.end().await?;
        self.report.bodies_sent = self.ledger.bodies();
        self.report.bodies_acknowledged =
            self.report.bodies_sent - self.ledger.unacknowledged().len() as u64;
        self.report.redelivered += tally.redelivered;
        self.report.refused += tally.refused;
        self.report.failed += tally.failed;
        Ok(())
    }

    /// Compares the files with what was acknowledged; whether all is well.
    fn check(&mut self, scope: Scope) -> anyhow::Result<bool> {
        self.report.verdict = verdict::read(self.data_dir, &self.ledger)?;
        let findings = inspect(self.data_dir, scope).findings;
        self.report.findings = findings.iter().map(ToString::to_string).collect();
        self.report.checks += 1;
        Ok(self.report.is_clean())
    }
}

/// Shows the report, and writes it to a file.
///
/// # Errors
/// The file cannot be written, or a promise was broken.
pub fn publish(report: &ChaosReport, output: Option<&Path>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    if let Some(output) = output {
        std::fs::write(output, &text)
            .with_context(|| format!("cannot write {}", output.display()))?;
    }
    say(&text);
    ensure!(
        report.is_clean(),
        "a promise was broken; the seed was {}",
        report.seed
    );
    Ok(())
}

//! The command line of the load tests.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use ecluse_api::config::{CommandLine, Settings};
use ecluse_load_tests::{
    capacity, chaos, compare, configuration, echo, ingest, node, pressure, scenario,
};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Load tests of Écluse. Everything runs on 127.0.0.1 and stops by itself.
#[derive(Debug, Parser)]
#[command(name = "ecluse-load", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a scenario and shows its report as JSON.
    Run {
        scenario: PathBuf,
        /// Also writes the report here.
        #[arg(long)]
        output: Option<PathBuf>,
    },
    /// Shows how the figures of two reports differ.
    Compare { before: PathBuf, after: PathBuf },
    /// Kills a node under load, again and again, and counts what is lost, doubled or out of order.
    Chaos(Chaos),
    /// Gives a node with a slow disk more than it can take, and watches its memory and its recovery.
    Pressure(Pressure),
    /// Adds channels one by one and as a file, asks for the console's pages, and edits a channel under load.
    Configuration(Configuration),
    /// Measures memory with many conversations, and a start after a kill at the lag bound.
    Capacity(Capacity),
    /// The raw echo that a run is compared with.
    #[command(hide = true)]
    Echo,
    /// The node that a run is against.
    #[command(hide = true)]
    Node {
        #[arg(long)]
        data_dir: PathBuf,
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
    },
}

#[derive(Debug, Args)]
struct Chaos {
    #[arg(long, default_value_t = 20)]
    kills: u32,
    /// Repeats a run's random decisions; drawn and shown if left out.
    #[arg(long)]
    seed: Option<u64>,
    /// The average time from a start to the next kill.
    #[arg(long, default_value_t = 1.5)]
    seconds_between: f64,
    #[arg(long, default_value_t = 48)]
    connections: usize,
    #[arg(long, default_value_t = 2_000)]
    contacts: u32,
    /// Also writes the report here.
    #[arg(long)]
    output: Option<PathBuf>,
}

impl Chaos {
    fn run(&self) -> anyhow::Result<()> {
        let options = chaos::Options {
            kills: self.kills,
            seed: self.seed.unwrap_or_else(rand::random),
            between: Duration::from_secs_f64(self.seconds_between),
            connections: self.connections,
            contacts: self.contacts,
        };
        let report = runtime()?.block_on(chaos::run(&options))?;
        chaos::publish(&report, self.output.as_deref())
    }
}

#[derive(Debug, Args)]
struct Pressure {
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// Bodies that arrive in a second.
    #[arg(long, default_value_t = 5_000)]
    per_second: u32,
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// How much longer each commit takes while the fault lasts.
    #[arg(long, default_value_t = 20)]
    commit_delay_ms: u64,
    /// How much longer each transaction of the read model takes.
    #[arg(long, default_value_t = 4_000)]
    projection_delay_ms: u64,
    /// Entries that the read model may be behind before the gate shuts.
    #[arg(long, default_value_t = 20_000)]
    lag_max: u64,
    /// The most that memory may grow from the first minute to the end.
    #[arg(long, default_value_t = 1.05)]
    growth_max: f64,
    /// Also writes the report here.
    #[arg(long)]
    output: Option<PathBuf>,
}

impl Pressure {
    fn run(&self) -> anyhow::Result<()> {
        let options = pressure::Options {
            seconds: self.seconds,
            per_second: self.per_second,
            connections: self.connections,
            commit_delay_ms: self.commit_delay_ms,
            projection_delay_ms: self.projection_delay_ms,
            lag_max: self.lag_max,
            growth_max: self.growth_max,
        };
        let report = runtime()?.block_on(pressure::run(&options))?;
        pressure::publish(&report, self.output.as_deref())
    }
}

#[derive(Debug, Args)]
struct Capacity {
    /// Conversations in the store.
    #[arg(long, default_value_t = 1_000_000)]
    stored: u64,
    /// How many of them wait in the queue.
    #[arg(long, default_value_t = 10_000)]
    waiting: u64,
    /// Contacts that write at the end, so that their actors are awake.
    #[arg(long, default_value_t = 100_000)]
    live: u64,
    /// Also writes the report here.
    #[arg(long)]
    output: Option<PathBuf>,
}

impl Capacity {
    fn run(&self) -> anyhow::Result<()> {
        let options = capacity::Options {
            stored: self.stored,
            waiting: self.waiting,
            live: self.live,
        };
        let report = runtime()?.block_on(capacity::run(&options))?;
        capacity::publish(&report, self.output.as_deref())
    }
}

#[derive(Debug, Args)]
struct Configuration {
    #[arg(long, default_value_t = 1_000)]
    channels: u64,
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Also writes the report here.
    #[arg(long)]
    output: Option<PathBuf>,
}

impl Configuration {
    fn run(&self) -> anyhow::Result<()> {
        let options = configuration::Options {
            channels: self.channels,
            connections: self.connections,
        };
        let report = runtime()?.block_on(configuration::run(&options))?;
        configuration::publish(&report, self.output.as_deref())
    }
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Run { scenario, output } => {
            let scenario = scenario::read(&scenario)?;
            let report = runtime()?.block_on(ingest::run(&scenario))?;
            ingest::publish(&report, output.as_deref())
        }
        Command::Compare { before, after } => compare::run(&before, &after),
        Command::Chaos(chaos) => chaos.run(),
        Command::Pressure(pressure) => pressure.run(),
        Command::Configuration(configuration) => configuration.run(),
        Command::Capacity(capacity) => capacity.run(),
        Command::Echo => echo::run(),
        Command::Node { data_dir, listen } => {
            let asked = CommandLine {
                data_dir: Some(data_dir),
                listen: Some(listen),
                ..CommandLine::default()
            };
            node::run(&Settings::read(&asked)?)
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}

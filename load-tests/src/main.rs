//! The command line of the load tests.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use ecluse_api::config::{CommandLine, Settings};
use ecluse_load_tests::{compare, echo, ingest, node, scenario};

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

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Run { scenario, output } => {
            let scenario = scenario::read(&scenario)?;
            let report = runtime()?.block_on(ingest::run(&scenario))?;
            ingest::publish(&report, output.as_deref())
        }
        Command::Compare { before, after } => compare::run(&before, &after),
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

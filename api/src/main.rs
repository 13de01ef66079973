//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use ecluse_api::commands;
use ecluse_api::config::CommandLine;
use ecluse_api::telemetry;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Omnichannel messaging for contact centres.
#[derive(Debug, Parser)]
#[command(name = "ecluse", version)]
struct Cli {
    /// What to log, as a filter: `info`, `ecluse_engine=debug`.
    #[arg(long, env = "ECLUSE_LOG", global = true)]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a node.
    Serve(Place),
    /// Try it out: a shop with customers, a desk to answer them at, and a ledger of what was lost.
    #[cfg(feature = "sim")]
    Demo(commands::demo::Demo),
    /// Make a running server's configuration match files.
    Apply(commands::apply::Apply),
    /// Write a running server's configuration to standard output, as `apply` takes it.
    Export(commands::apply::Export),
    /// Copy a data directory, while a node uses it or not, and check the copy.
    Backup {
        #[command(flatten)]
        data: Data,
        /// The directory that will hold the copy; new or empty.
        #[arg(long)]
        to: PathBuf,
    },
    /// Bring a backup back, as a data directory that is new or empty.
    Restore {
        /// The directory that holds the copy.
        #[arg(long)]
        from: PathBuf,
        #[command(flatten)]
        data: Data,
    },
    /// Read the whole data directory of a node that does not run, and say what is wrong with it.
    Check(Data),
}

#[derive(Debug, Args)]
struct Data {
    /// Where everything is kept.
    #[arg(long, env = "ECLUSE_DATA_DIR", default_value = "./ecluse-data")]
    data_dir: PathBuf,
}

#[derive(Debug, Args)]
struct Place {
    /// Where everything is kept.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// The address to listen on, `127.0.0.1:8080` by default.
    #[arg(long)]
    listen: Option<String>,
    /// A configuration file (TOML).
    #[arg(long, env = "ECLUSE_CONFIG")]
    config: Option<PathBuf>,
    /// Reserved for the cluster; only files in the data directory for now.
    #[arg(long)]
    database_url: Option<String>,
}

impl From<Place> for CommandLine {
    fn from(place: Place) -> Self {
        Self {
            data_dir: place.data_dir,
            listen: place.listen,
            config: place.config,
            database_url: place.database_url,
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::install_logs(cli.log.as_deref());
    let result = match cli.command {
        Command::Serve(place) => commands::serve::run(&place.into()),
        #[cfg(feature = "sim")]
        Command::Demo(demo) => commands::demo::run(&demo),
        Command::Apply(asked) => commands::apply::apply(&asked),
        Command::Export(asked) => commands::apply::export(&asked),
        Command::Backup { data, to } => commands::backup::run(&data.data_dir, &to),
        Command::Restore { from, data } => commands::restore::run(&from, &data.data_dir),
        Command::Check(data) => commands::check::run(&data.data_dir),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

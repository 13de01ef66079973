//! The servers under test, as child processes of this program: it re-executes itself.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ConfigDb, Editor, QueueDraft, SettingsDraft, WhatsappDraft,
};
use ecluse_adapters::storage::config_db::{SecretChange, SecretsDraft, WhatsappProviderKind};
use ecluse_engine::configuration::Strategy;
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Destination;
use ecluse_engine::runtime::Clock;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::body::NUMBER;
use crate::client::{Connection, get};

/// The secret that signs the bodies.
pub const APP_SECRET: &str = "load-test-app-secret";

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Starts this program again with the given arguments; it prints its address in the first line.
    ///
    /// # Errors
    /// It does not start within ten minutes.
    pub async fn start(arguments: &[&str], environment: &[(&str, String)]) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .args(arguments)
            .envs(
                environment
                    .iter()
                    .map(|(name, value)| (*name, value.as_str())),
            )
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().context("the child's output")?);
        let mut line = String::new();
        tokio::time::timeout(Duration::from_secs(600), stdout.read_line(&mut line)).await??;
        let address = line
            .trim()
            .strip_prefix("listening ")
            .context("the child did not start")?
            .parse()?;
        Ok(Self {
            child,
            address,
            _stdout: stdout,
        })
    }

    /// Starts a node on a data directory.
    ///
    /// # Errors
    /// It does not start.
    pub async fn node(data_dir: &Path, environment: &[(&str, String)]) -> anyhow::Result<Self> {
        let data_dir = data_dir.to_str().context("the data directory's name")?;
        let mut environment = environment.to_vec();
        environment.push(("ECLUSE_PROVIDERS_META_APP_SECRET", APP_SECRET.to_owned()));
        environment.push(("ECLUSE_PROVIDERS_META_VERIFY_TOKEN", "load-test".to_owned()));
        Self::start(&["node", "--data-dir", data_dir], &environment).await
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// The process cannot be killed.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }

    /// Asks it to stop; its exit code.
    ///
    /// # Errors
    /// It does not stop within a minute.
    pub async fn terminate(mut self) -> anyhow::Result<Option<i32>> {
        let id = i32::try_from(self.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .context("the child's id")?;
        rustix::process::kill_process(id, rustix::process::Signal::TERM)?;
        let status = tokio::time::timeout(Duration::from_secs(60), self.child.wait()).await??;
        Ok(status.code())
    }

    /// Resident memory in bytes.
    ///
    /// # Errors
    /// The process is gone.
    pub fn resident_bytes(&self) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .context("VmRSS")?;
        let kib: u64 = line.split_whitespace().nth(1).context("VmRSS")?.parse()?;
        Ok(kib * 1_024)
    }

    /// One metric of the node, the first line that starts with its name.
    ///
    /// # Errors
    /// The node does not answer.
    pub async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let mut connection = Connection::open(self.address).await?;
        if connection.call(&get("/metrics")).await? != 200 {
            bail!("the node shows no metrics");
        }
        let text = std::str::from_utf8(connection.last_body())?.to_owned();
        let line = text
            .lines()
            .find(|line| line.split([' ', '{']).next() == Some(name));
        Ok(line
            .and_then(|line| line.rsplit(' ').next()?.parse().ok())
            .unwrap_or(0.0))
    }
}

/// A data directory with one queue and one WhatsApp number.
///
/// # Errors
/// It cannot be written.
pub async fn prepare_data(directory: &Path) -> anyhow::Result<PathBuf> {
    let data_dir = directory.join("data");
    std::fs::create_dir_all(&data_dir)?;
    let clock = Clock::system();
    let config = ConfigDb::open(&data_dir, None, std::sync::Arc::new(move || clock.now())).await?;
    let editor = Editor::system(TenantId::DEFAULT);
    let queue = config
        .create_queue(&editor, QueueDraft::new("Support", Strategy::Manual))
        .await?;
    let whatsapp = WhatsappDraft {
        phone_number_id: Some(NUMBER.to_owned()),
        ..WhatsappDraft::new(WhatsappProviderKind::Cloud, "+15550783881")
    };
    let destination = Destination::Queue(queue.id);
    let draft = ChannelDraft {
        secrets: SecretsDraft {
            access_token: SecretChange::Set("load-test-token".into()),
            ..SecretsDraft::default()
        },
        ..ChannelDraft::new(destination, SettingsDraft::Whatsapp(whatsapp))
    };
    config.create_channel(&editor, draft).await?;
    config.close().await;
    Ok(data_dir)
}

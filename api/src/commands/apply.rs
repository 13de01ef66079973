//! `ecluse apply` and `ecluse export`: a running server's configuration as files under version control.

mod documents;
mod told;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use ecluse_adapters::http::{ClientOptions, client};
use indicatif::{ProgressBar, ProgressStyle};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use url::Url;

use self::documents::{Source, read_files};
use self::told::{Told, lines};
use super::{say, say_beside};
use crate::config_file::KeptSecrets;

/// Long enough for the largest configuration on a slow machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// Which server, and as whom.
#[derive(Debug, Args)]
pub struct Server {
    /// The server's address.
    #[arg(long, env = "ECLUSE_SERVER", default_value = "http://127.0.0.1:8080")]
    server: Url,
    /// An administrator's API key.
    #[arg(long, env = "ECLUSE_API_KEY", hide_env_values = true)]
    api_key: SecretString,
    /// Certificate authorities to trust besides the public ones, in PEM.
    #[arg(long, env = "ECLUSE_TLS_CA_FILE")]
    ca_file: Option<PathBuf>,
}

/// What to apply, and how.
#[derive(Debug, Args)]
pub struct Apply {
    /// Files of YAML or JSON, with one document or more; `-` is standard input.
    #[arg(short, long = "file", required = true, num_args = 1..)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    server: Server,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
    /// Delete what is in no file; asks first.
    #[arg(long)]
    prune: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

/// What an export looks like.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    #[default]
    Yaml,
    Json,
}

/// Where an export comes from, and how it looks.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    server: Server,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Makes the server match the files.
///
/// # Errors
/// A file that cannot be read, or what the server refused and where; nothing is changed then.
pub fn apply(asked: &Apply) -> anyhow::Result<()> {
    let (sources, documents) = read_files(&asked.files)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let connection = Connection::new(&asked.server)?;
        if asked.prune && !asked.dry_run && !asked.yes {
            let body = body(&documents, true, true);
            let rehearsed = connection.apply(&body, &sources).await?;
            if !confirmed(&rehearsed)? {
                bail!("nothing was changed");
            }
        }
        let body = body(&documents, asked.prune, asked.dry_run);
        let told = connection.apply(&body, &sources).await?;
        lines(&told).iter().for_each(|line| say(line));
        Ok(())
    })
}

fn body(documents: &[Value], prune: bool, dry_run: bool) -> Value {
    json!({ "documents": documents, "prune": prune, "dry_run": dry_run })
}

/// Asks before anything is deleted.
fn confirmed(rehearsed: &Told) -> anyhow::Result<bool> {
    if rehearsed.deletions() == 0 {
        return Ok(true);
    }
    lines(rehearsed).iter().for_each(|line| say(line));
    if !std::io::stdin().is_terminal() {
        bail!(
            "{} would be deleted; say --yes to do it without being asked",
            rehearsed.deletions()
        );
    }
    let mut out = std::io::stdout().lock();
    write!(out, "Delete {} of them? [y/N] ", rehearsed.deletions())?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(
        answer.trim(),
        "y" | "Y" | "yes" | "o" | "O" | "oui"
    ))
}

/// Writes what the server has to standard output, and beside it how many secrets that leaves out.
///
/// # Errors
/// The server cannot be reached, or refuses.
pub fn export(asked: &Export) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (documents, kept) = runtime.block_on(async {
        let connection = Connection::new(&asked.server)?;
        connection.export().await
    })?;
    let text = match asked.format {
        Format::Json => serde_json::to_string_pretty(&documents)?,
        Format::Yaml => documents::yaml(&documents, &kept)?,
    };
    say(text.trim_end());
    match kept.iter().map(|one| one.fields.len()).sum::<usize>() {
        0 => {}
        1 => say_beside("1 secret is not in it"),
        secrets => say_beside(&format!("{secrets} secrets are not in it")),
    }
    Ok(())
}

/// A server that can be asked.
struct Connection {
    client: reqwest::Client,
    server: Url,
    api_key: SecretString,
}

impl Connection {
    fn new(server: &Server) -> anyhow::Result<Self> {
        // Whoever installed a provider before has the same one.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let options = ClientOptions {
            total: PATIENCE,
            ca_file: server.ca_file.clone(),
            ..ClientOptions::default()
        };
        Ok(Self {
            client: client(&options)?,
            server: server.server.clone(),
            api_key: server.api_key.clone(),
        })
    }

    fn url(&self, path: &str) -> anyhow::Result<Url> {
        let base = self.server.as_str().trim_end_matches('/');
        Ok(Url::parse(&format!("{base}/api/v1{path}"))?)
    }

    async fn export(&self) -> anyhow::Result<(Vec<Value>, Vec<KeptSecrets>)> {
        let request = self.client.get(self.url("/config/export")?);
        let answer = request
            .bearer_auth(self.api_key.expose_secret())
            .send()
            .await
            .with_context(|| format!("{} does not answer", self.server))?;
        let body: Value = answer.json().await.context("the answer is not ours")?;
        match body.get("documents") {
            Some(Value::Array(documents)) => {
                let kept = serde_json::from_value(body["secrets"].clone());
                Ok((documents.clone(), kept.unwrap_or_default()))
            }
            _ => bail!("{}", told::refusal(&body, &[])),
        }
    }

    /// Applies, and shows how far the server is.
    async fn apply(&self, body: &Value, sources: &[Source]) -> anyhow::Result<Told> {
        let bar = progress_bar(sources.len());
        let request = self.client.post(self.url("/config/apply")?);
        let mut answer = request
            .bearer_auth(self.api_key.expose_secret())
            .header("Accept", "application/x-ndjson")
            .json(body)
            .send()
            .await
            .with_context(|| format!("{} does not answer", self.server))?;
        let (mut unread, mut last) = (Vec::new(), Value::Null);
        while let Some(bytes) = answer
            .chunk()
            .await
            .context("the connection broke; apply again to see where things stand")?
        {
            unread.extend_from_slice(&bytes);
            while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = unread.drain(..=end).collect();
                last = serde_json::from_slice(&line).context("the answer is not ours")?;
                bar.set_position(last["done"].as_u64().unwrap_or_default());
            }
        }
        bar.finish_and_clear();
        if last.is_null() {
            last = serde_json::from_slice(&unread).context("the answer is not ours")?;
        }
        match last.get("changes") {
            Some(_) => Ok(serde_json::from_value(last)?),
            None => bail!("{}", told::refusal(&last, sources)),
        }
    }
}

fn progress_bar(of: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed}");
    let bar = ProgressBar::new(of as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

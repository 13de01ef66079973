//! What a run does, as written in a TOML file.

use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;

/// A scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    /// Kept-alive connections of the closed loop.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Length of one round, in seconds.
    pub seconds: u64,
    /// Rounds of echo and engine, interleaved.
    #[serde(default = "default_rounds")]
    pub rounds: usize,
    #[serde(default = "default_contacts")]
    pub contacts: u64,
    /// Messages in a hundred that come from a contact never seen before.
    #[serde(default)]
    pub unseen_percent: u64,
    #[serde(default = "default_messages")]
    pub messages_per_body: u64,
    /// Also runs an open loop at this share of the closed loop's median rate; 0 is not.
    #[serde(default)]
    pub open_loop_share: f64,
    /// The length of the open loop, in seconds.
    #[serde(default = "default_open_seconds")]
    pub open_loop_seconds: u64,
}

fn default_connections() -> usize {
    64
}
fn default_rounds() -> usize {
    5
}
fn default_contacts() -> u64 {
    20_000
}
fn default_messages() -> u64 {
    1
}
fn default_open_seconds() -> u64 {
    15
}

/// Reads a scenario.
///
/// # Errors
/// The file cannot be read, or has an option that does not exist.
pub fn read(path: &Path) -> anyhow::Result<Scenario> {
    let settings = config::Config::builder()
        .add_source(config::File::from(path))
        .build()?;
    settings
        .try_deserialize()
        .with_context(|| format!("{} is not a scenario", path.display()))
}

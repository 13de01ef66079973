//! `ecluse backup`: a consistent copy of a data directory, beside a running node or without one.

use std::path::Path;

use anyhow::Context as _;
use ecluse_adapters::storage::backup::{Copied, back_up};

use super::check::{KIB, contents};
use super::say;

/// Copies `data_dir` to `to`, and says what is in the copy.
///
/// # Errors
/// Why there is no copy.
pub fn run(data_dir: &Path, to: &Path) -> anyhow::Result<()> {
    let copied = back_up(data_dir, to)
        .with_context(|| format!("there is no backup of {}", data_dir.display()))?;
    say(&format!(
        "backup of {} in {}: {} KiB, checked",
        data_dir.display(),
        to.display(),
        copied.bytes / KIB
    ));
    say(&contents(&copied.inspection));
    say(secret(&copied));
    Ok(())
}

/// Where the key is, without which the channels' secrets in a copy cannot be read.
pub(super) fn secret(copied: &Copied) -> &'static str {
    if copied.master_key {
        "master.key is in the copy (mode 0600): whoever reads the copy can read every stored secret, so keep it like one"
    } else {
        "master.key is not in the copy: it was given as ECLUSE_MASTER_KEY; without that key the copy cannot be used"
    }
}

//! `ecluse restore`: a backup becomes a data directory again.

use std::path::Path;

use anyhow::Context as _;
use ecluse_adapters::storage::backup::restore;

use super::check::contents;
use super::{backup, say};

/// Brings `from` back as `data_dir`, and says what is in it.
///
/// # Errors
/// Why nothing was brought back.
pub fn run(from: &Path, data_dir: &Path) -> anyhow::Result<()> {
    let copied = restore(from, data_dir)
        .with_context(|| format!("{} was not brought back", from.display()))?;
    say(&format!(
        "{} is brought back as {}, checked",
        from.display(),
        data_dir.display()
    ));
    say(&contents(&copied.inspection));
    say(backup::secret(&copied));
    Ok(())
}

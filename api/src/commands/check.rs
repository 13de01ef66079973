//! `ecluse check`: whether a data directory keeps what was promised.

use std::path::Path;

use ecluse_adapters::storage::backup::{Inspection, Scope, inspect};
use ecluse_adapters::storage::data_dir::DataDir;

use super::say;

pub(super) const KIB: u64 = 1_024;

/// Reads all of `data_dir`, which no node may be using, and says what is in it and what is wrong.
///
/// # Errors
/// Something is wrong, or the directory is in use or missing.
pub fn run(data_dir: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        data_dir.is_dir(),
        "there is no directory {}",
        data_dir.display()
    );
    let held = DataDir::take(data_dir)?;
    let inspection = inspect(held.path(), Scope::Pages);
    say(&contents(&inspection));
    for finding in &inspection.findings {
        say(&format!("wrong: {finding}"));
    }
    let wrong = inspection.findings.len();
    anyhow::ensure!(
        wrong == 0,
        "{} is not sound: {wrong} findings",
        data_dir.display()
    );
    say("sound: every page, every number, and the journal beside the store");
    Ok(())
}

/// What a data directory holds, in a few lines.
pub(super) fn contents(found: &Inspection) -> String {
    let Inspection {
        channels,
        queues,
        people,
        contacts,
        ..
    } = found;
    let Inspection {
        conversations,
        open_conversations,
        messages,
        notices,
        dead_letters,
        ..
    } = found;
    format!(
        "{channels} channels, {queues} queues, {people} people, {contacts} contacts\n\
         {conversations} conversations ({open_conversations} open), {messages} messages, {notices} notices\n\
         {dead_letters} dead letters\n\
         journal: {} entries up to {}, applied up to {}",
        found.journal_entries, found.head.0, found.checkpoint.0
    )
}

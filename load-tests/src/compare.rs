//! Two reports side by side.

use std::path::Path;

use anyhow::Context as _;

use crate::report::{Report, say};

/// Shows each figure of two reports and how it changed.
///
/// # Errors
/// A report cannot be read.
pub fn run(before: &Path, after: &Path) -> anyhow::Result<()> {
    let (before, after) = (read(before)?, read(after)?);
    say(&format!(
        "{:<34} {:>14} {:>14} {:>9}",
        "figure", "before", "after", "change"
    ));
    for (name, new) in &after.figures {
        let Some(old) = before.figures.get(name) else {
            continue;
        };
        let change = if *old == 0.0 {
            0.0
        } else {
            (new / old - 1.0) * 100.0
        };
        say(&format!(
            "{name:<34} {old:>14.3} {new:>14.3} {change:>+8.1}%"
        ));
    }
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a report", path.display()))
}

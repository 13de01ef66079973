//! What the `ecluse` program can do, one module for each command.

use std::io::Write as _;

pub mod apply;
pub mod backup;
pub mod check;
#[cfg(feature = "sim")]
pub mod demo;
mod open_files;
pub mod restore;
pub mod serve;
pub mod stop;

/// A line of output, for a person or a script. Nobody may be reading it.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line about what is put out, beside it.
pub(crate) fn say_beside(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

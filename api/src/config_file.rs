//! Configuration as a file: everything of a tenant, under the names that its authors gave.
//!
//! What must stay true: applying is one transaction, so an error anywhere changes nothing, and nobody is asked and nothing
//! hashed inside it ([`plan`]); a rehearsal changes nothing at a company either; what is applied twice changes nothing the
//! second time; and what is exported can be applied as it is.

mod apply;
mod diff;
mod document;
mod drafts;
mod export;
mod holds;
mod keys;
mod places;
mod plan;
mod progress;
mod references;
mod refusals;
mod roster;
mod transaction;

pub use self::apply::{Applied, ApplyBody, Applying, Turn, apply};
pub use self::diff::{Change, ChangedField, Outcome};
pub(crate) use self::export::all;
pub use self::export::{Exported, KeptSecrets, export};

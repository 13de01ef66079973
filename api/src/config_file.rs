//! Configuration as a file: everything of a tenant, under the names that its authors gave.
//!
//! What must stay true: applying is one transaction, so an error anywhere changes nothing; what is applied twice changes
//! nothing the second time; and what is exported can be applied as it is.

mod apply;
mod diff;
mod export;
mod references;

pub use self::apply::{Applied, ApplyBody, apply};
pub use self::diff::{Change, ChangedField, Outcome};
pub(crate) use self::export::all;
pub use self::export::export;

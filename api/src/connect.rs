//! Connecting channels at the companies that carry them: the window of the connect service, the sign-ons that it leaves, and
//! whether a connection works.
//!
//! What must stay true: a company's secrets are seen by nobody; whatever a company refuses is explained, with what to do.

mod brought_key;
pub mod companies;
mod consent;
mod crowd;
pub(crate) mod faults;
pub mod flow;
mod pages;
pub(crate) mod partner_events;
mod prepare;
mod renewal;
mod routes;
mod successors;
pub(crate) mod trouble;
mod turns;
pub mod verify;

pub(crate) use self::brought_key::plain;
pub use self::companies::Companies;
pub use self::prepare::{Asking, Errand, fill, prepare};
pub use self::renewal::Renewals;
pub use self::routes::configure;
pub use self::turns::Turn;

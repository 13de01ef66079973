//! The HTTP routes: thin, no decisions.
pub mod webhooks;

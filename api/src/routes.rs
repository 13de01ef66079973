//! The HTTP routes: thin, no decisions.
pub mod agents;
pub mod api_keys;
pub mod channels;
pub mod common;
pub mod queues;
pub mod session;
pub mod webhooks;

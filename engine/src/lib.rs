//! words first
pub mod ids;
pub mod message;
pub mod provider;
pub mod configuration;

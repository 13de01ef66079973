//! Load tests of Écluse that other people can repeat.
//!
//! What must stay true: arrival times are fixed before a run starts and latency counts from the intended time, so that a slow
//! server cannot slow its own test; everything goes to 127.0.0.1 and stops by itself; what a figure is compared with is
//! measured in the same run, by the same generator.

pub mod body;
pub mod capacity;
pub mod chaos;
pub mod child;
pub mod client;
pub mod compare;
pub mod configuration;
pub mod echo;
pub mod ingest;
pub mod node;
pub mod pressure;
pub mod report;
pub mod scenario;

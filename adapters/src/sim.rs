//! Strict stand-ins for the companies' services, over real HTTP, for the demo, the tests and the load tests.
//!
//! What must stay true: a stand-in refuses what the real service refuses, signs what it signs, and delivers again what
//! was not acknowledged. Nothing outside this module knows that it is talking to one.

pub mod carriers;
pub mod customers;
pub mod ledger;
pub mod meta;
pub mod sign_on;
pub mod smsc;

mod courier;
mod facebook;
mod google;
mod graph;
mod hub;
mod microsoft;
mod pages;
mod rules;
mod running;
mod wire;

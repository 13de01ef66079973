//! SMS: whose trunk carries a number, whether that trunk works, and what a number is.
//!
//! What must stay true: nothing in this module sends a message to anybody. A number is kept as E.164 from the moment it
//! is read.

pub mod check;
pub mod number;
pub mod trunk;

//! The visitor's side of a live chat.

pub mod token;

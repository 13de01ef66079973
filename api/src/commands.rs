//! What the `ecluse` program can do, one module for each command.

pub mod serve;

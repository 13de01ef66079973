//! What the benches share: their sizes, an actor that only counts, and whole engines to post to.
//!
//! What must stay true: a bench counts what it processed, and fails when the count is wrong. Under `cargo test` each of
//! them runs once with few messages; `cargo bench` measures.

pub mod counter;
pub mod pipeline;
pub mod storage;
pub mod webhook;

/// How many messages one turn of a bench has: `measured` of them, or as many as `tested` when it only runs as a test.
#[must_use]
pub fn size(measured: usize, tested: usize) -> usize {
    let given = |flag: &str| std::env::args().any(|argument| argument == flag);
    if given("--bench") && !given("--test") {
        measured
    } else {
        tested
    }
}

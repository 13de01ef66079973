//! Results as JSON, so that two runs can be compared.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Latencies in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    pub p50_us: u64,
    pub p90_us: u64,
    pub p99_us: u64,
    pub p999_us: u64,
    pub max_us: u64,
}

impl From<&Histogram<u64>> for Latency {
    fn from(histogram: &Histogram<u64>) -> Self {
        Self {
            p50_us: histogram.value_at_quantile(0.5),
            p90_us: histogram.value_at_quantile(0.9),
            p99_us: histogram.value_at_quantile(0.99),
            p999_us: histogram.value_at_quantile(0.999),
            max_us: histogram.max(),
        }
    }
}

/// A histogram of latencies from a microsecond to a minute.
#[must_use]
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("the bounds are valid")
}

/// What happened in one phase of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    pub name: String,
    pub seconds: f64,
    pub requests: u64,
    pub messages: u64,
    pub per_second: f64,
    pub refused: u64,
    pub failed: u64,
    /// Open loop: requests that left late, because no connection was free. Their waiting is part of their latency.
    #[serde(default)]
    pub late: u64,
    pub latency: Latency,
    /// Entries that the read model was behind at the end.
    #[serde(default)]
    pub lag: f64,
    /// Messages a second until the read model had caught up.
    #[serde(default)]
    pub per_second_caught_up: f64,
}

/// A whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub scenario: String,
    pub phases: Vec<Phase>,
    /// Named figures: ratios and medians.
    pub figures: std::collections::BTreeMap<String, f64>,
}

/// The middle one.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Per second.
#[must_use]
pub fn rate(count: u64, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64().max(1e-9)
}

/// A line of output for a person or a script.
#[expect(
    clippy::print_stdout,
    reason = "this is a command-line program, and this is its output"
)]
pub fn say(line: &str) {
    println!("{line}");
}

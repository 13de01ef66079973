//! What a node tells about itself at `/metrics`.

use std::time::Duration;

use tokio::time::timeout;

use crate::node::{Node, Place, body, text};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The kinds of actors that have doors.
const ACTORS: [&str; 3] = ["conversation", "channel", "router"];

/// Enough for the wait at the door of conversations, which is measured once in 16.
const MESSAGES: usize = 64;

/// What is told once it says `that`; the last transaction is counted after its answers have left.
async fn told_that(node: &Node, that: impl Fn(&str) -> bool) -> String {
    let told = async {
        loop {
            let (_, metrics) = node.get("/metrics").await;
            if that(&metrics) {
                return metrics;
            }
        }
    };
    timeout(PATIENCE, told).await.expect("it never told that")
}

/// The value of a metric with these labels, which must be there.
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("no {name} in\n{metrics}"));
    value.parse().unwrap()
}

#[tokio::test]
async fn a_node_tells_how_full_its_doors_are_how_fast_its_disk_is_and_how_far_its_readers_are() {
    let place = Place::new().await;
    let node = place.start().await;
    for number in 0..MESSAGES {
        let message = text("33600000001", &format!("wamid.{number}"));
        assert_eq!(node.deliver(&body(&[message])).await, 200);
    }
    node.projected().await;
    let metrics = told_that(&node, |metrics| {
        let entries = value(metrics, "ecluse_journal_batch_entries_sum");
        let lag = value(metrics, "ecluse_projector_lag_entries");
        entries >= MESSAGES as f64 && lag < 0.5
    })
    .await;

    for actor in ACTORS {
        let labels = format!("{{actor=\"{actor}\"}}");
        value(&metrics, &format!("ecluse_door_depth_messages{labels}"));
        value(&metrics, &format!("ecluse_door_wait_seconds_count{labels}"));
        value(&metrics, &format!("ecluse_lane_depth_messages{labels}"));
    }
    let waits = "ecluse_door_wait_seconds_count{actor=\"conversation\"}";
    assert!(value(&metrics, waits) >= 1.0, "{metrics}");
    assert!(value(&metrics, "ecluse_journal_commit_seconds_sum") > 0.0);
    value(&metrics, "ecluse_projector_transaction_seconds_count");
    node.stop().await;
}

#[tokio::test]
async fn what_a_node_tells_about_its_doors_journal_and_projector_is_explained() {
    let place = Place::new().await;
    let node = place.start().await;
    assert_eq!(
        node.deliver(&body(&[text("33600000001", "wamid.1")])).await,
        200
    );
    node.projected().await;
    let (_, metrics) = node.get("/metrics").await;
    for name in [
        "ecluse_door_depth_messages",
        "ecluse_door_wait_seconds",
        "ecluse_door_refused_total",
        "ecluse_lane_depth_messages",
        "ecluse_actor_panics_total",
        "ecluse_actor_quarantined_total",
        "ecluse_journal_batch_entries",
        "ecluse_journal_commit_seconds",
        "ecluse_journal_head_position",
        "ecluse_projector_lag_entries",
        "ecluse_projector_transaction_seconds",
        "ecluse_gate_messages",
    ] {
        let help = format!("# HELP {name} ");
        let explained = metrics.lines().any(|line| line.starts_with(&help));
        assert!(explained, "{name} in\n{metrics}");
    }
    node.stop().await;
}

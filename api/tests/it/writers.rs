//! Customers who write without a pause, each over a connection of their own, and what was acknowledged to them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ecluse_adapters::meta::SIGNATURE_HEADER;
use parking_lot::Mutex;
use reqwest::StatusCode;
use tokio::task::JoinSet;

use crate::node::{APP_SECRET, Node, body, sign, text, wait_for};

/// What the writers share.
#[derive(Default)]
struct Shared {
    acknowledged: Mutex<Vec<String>>,
    ended: AtomicBool,
}

pub(crate) struct Writers {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
}

impl Writers {
    /// Starts `count` writers whose ids begin with `run`.
    pub(crate) fn start(node: &Node, run: &str, count: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let mut tasks = JoinSet::new();
        for writer in 0..count {
            let (client, url) = (node.client().clone(), node.url("/webhooks/meta"));
            tasks.spawn(write(
                Arc::clone(&shared),
                client,
                url,
                format!("{run}W{writer}"),
            ));
        }
        Self { shared, tasks }
    }

    /// Waits until this many messages are acknowledged.
    pub(crate) async fn acknowledged(&self, at_least: usize) -> Vec<String> {
        let shared = &self.shared;
        wait_for("acknowledgements", || {
            shared.acknowledged.lock().len() >= at_least
        })
        .await;
        self.shared.acknowledged.lock().clone()
    }

    /// Lets every writer finish its message. All that was acknowledged.
    pub(crate) async fn end(self) -> Vec<String> {
        self.shared.ended.store(true, Ordering::Release);
        self.tasks.join_all().await;
        self.shared.acknowledged.lock().clone()
    }
}

/// Writes until the writers end, the node refuses or the connection breaks.
async fn write(shared: Arc<Shared>, client: reqwest::Client, url: String, name: String) {
    let contact = format!(
        "33{:09}",
        name.bytes()
            .fold(7_u64, |hash, byte| hash * 31 % 999_999_937
                + u64::from(byte))
    );
    for number in 0.. {
        if shared.ended.load(Ordering::Acquire) {
            return;
        }
        let id = format!("wamid.{name}N{number}");
        let body = body(&[text(&contact, &id)]);
        let request = client
            .post(&url)
            .header(SIGNATURE_HEADER, sign(APP_SECRET, &body))
            .body(body);
        match request.send().await.map(|answer| answer.status()) {
            Ok(StatusCode::OK) => shared.acknowledged.lock().push(id),
            Ok(StatusCode::SERVICE_UNAVAILABLE) | Err(_) => return,
            Ok(other) => panic!("the node answered {other}"),
        }
    }
}

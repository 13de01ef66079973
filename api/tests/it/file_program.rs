//! `ecluse apply` and `ecluse export` against a running node, and applications that are interrupted.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::node::{Node, PROGRAM, Place, body, said, text};

const KEY: &str = "a-key-for-the-tests-of-configuration-files";
/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Documents of a file that takes a while.
const MANY: usize = 400;

async fn start(place: &Place) -> Node {
    let options = [
        ("ADMIN_API_KEY", KEY),
        ("ADMIN_PASSWORD", "correct horse battery"),
    ];
    place.start_with(&options).await
}

/// The program with these arguments at a node.
async fn program(
    node: &Node,
    arguments: &[&str],
    variables: &[(&str, &str)],
    input: &str,
) -> Output {
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .env("ECLUSE_SERVER", node.url(""))
        .env("ECLUSE_API_KEY", KEY)
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let ended = timeout(PATIENCE, child.wait_with_output()).await;
    ended.unwrap().unwrap()
}

async fn call(node: &Node, path: &str) -> Value {
    let request = node.client().get(node.url(&format!("/api/v1{path}")));
    let answer = request.bearer_auth(KEY).send().await.unwrap();
    answer.json().await.unwrap()
}

async fn channels(node: &Node) -> usize {
    let exported = call(node, "/config/export").await;
    let documents = exported["documents"].as_array().unwrap().iter();
    let chats = documents.filter(|document| document["kind"] == "live_chat");
    chats.count()
}

fn write(place: &Place, name: &str, text: &str) -> PathBuf {
    let path = place.beside(name);
    std::fs::write(&path, text).unwrap();
    path
}

const SHOP: &str = "
resource: channel
key: shop
kind: live_chat
destination: {queue: sales}
live_chat: {domains: [shop.example.com]}
---
resource: queue
key: sales
name: Sales
strategy: auto
---
resource: sms_trunk
key: twilio
name: Twilio
provider: twilio
numbers: ['+33639980001']
twilio: {account_sid: AC0123456789abcdef0123456789abcdef, auth_token: {$env: TWILIO_TOKEN}}
";

#[tokio::test]
async fn the_program_applies_a_file_with_a_secret_of_its_environment() {
    let place = Place::new().await;
    let node = start(&place).await;
    let file = write(&place, "shop.yaml", SHOP);
    let apply = ["apply", "-f", file.to_str().unwrap()];
    let refused = program(&node, &apply, &[], "").await;
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("TWILIO_TOKEN is not set"),
        "{}",
        said(&refused)
    );

    let token = [("TWILIO_TOKEN", "0123456789abcdef0123456789abcdef")];
    let rehearsed = program(&node, &[&apply[..], &["--dry-run"]].concat(), &token, "").await;
    let text = said(&rehearsed);
    assert!(rehearsed.status.success(), "{text}");
    assert!(
        text.contains("+ channel shop") && text.contains("3 would be added"),
        "{text}"
    );
    assert_eq!(channels(&node).await, 0);

    for (sum, token) in [
        ("3 added, 0 changed, 0 deleted, 0 as they were", token),
        ("0 added, 0 changed, 0 deleted, 3 as they were", token),
        (
            "0 added, 1 changed, 0 deleted, 2 as they were",
            [("TWILIO_TOKEN", "ffffffffffffffffffffffffffffffff")],
        ),
    ] {
        let applied = program(&node, &apply, &token, "").await;
        let text = said(&applied);
        assert!(
            applied.status.success() && text.contains(sum),
            "{sum}: {text}"
        );
        assert!(!text.contains("0123456789abcdef0123"), "{text}");
    }
    let wrong = SHOP.replace("queue: sales", "queue: nobody");
    let wrong = program(&node, &["apply", "-f", "-"], &token, &wrong).await;
    assert!(!wrong.status.success());
    let place_of_it = "-, document 1 (channel shop), destination.queue: there is no queue";
    assert!(said(&wrong).contains(place_of_it), "{}", said(&wrong));
    node.stop().await;
}

#[tokio::test]
async fn what_the_program_exports_it_can_apply_and_nothing_changes() {
    let place = Place::new().await;
    let node = start(&place).await;
    let settings = json!({ "public_url": "https://chat.example.com", "time_zone": "Europe/Paris" });
    let request = node
        .client()
        .put(node.url("/api/v1/settings"))
        .bearer_auth(KEY);
    let answer = request
        .header("If-Match", "*")
        .json(&settings)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    for format in ["yaml", "json"] {
        let exported = program(&node, &["export", "--format", format], &[], "").await;
        assert!(exported.status.success(), "{}", said(&exported));
        let text = String::from_utf8(exported.stdout).unwrap();
        let arguments = ["apply", "-f", "-", "--prune", "--yes"];
        let applied = program(&node, &arguments, &[], &text).await;
        let told = said(&applied);
        assert!(applied.status.success(), "{told}");
        assert!(told.contains("0 added, 0 changed, 0 deleted"), "{told}");
    }
    let settings = call(&node, "/settings").await;
    assert_eq!(settings["public_url"], "https://chat.example.com");
    node.stop().await;
}

#[tokio::test]
async fn the_program_deletes_only_what_it_was_told_to_delete() {
    let place = Place::new().await;
    let node = start(&place).await;
    let token = [("TWILIO_TOKEN", "0123456789abcdef0123456789abcdef")];
    let first = program(&node, &["apply", "-f", "-"], &token, SHOP).await;
    assert!(first.status.success(), "{}", said(&first));
    let rest = SHOP.split("---").nth(1).unwrap();
    let prune = ["apply", "-f", "-", "--prune"];
    let asked = program(&node, &prune, &[], rest).await;
    assert!(!asked.status.success());
    assert!(said(&asked).contains("say --yes"), "{}", said(&asked));
    assert_eq!(channels(&node).await, 1);
    let pruned = program(&node, &[&prune[..], &["--yes"]].concat(), &[], rest).await;
    let told = said(&pruned);
    assert!(
        pruned.status.success() && told.contains("- channel shop"),
        "{told}"
    );
    assert_eq!(channels(&node).await, 0);
    node.stop().await;
}

#[tokio::test]
async fn a_queue_in_which_conversations_are_open_is_not_pruned() {
    let place = Place::new().await;
    let node = start(&place).await;
    let message = body(&[text("33600000001", "wamid.1")]);
    assert_eq!(node.deliver(&message).await, 200);
    node.projected().await;
    let exported = call(&node, "/config/export").await;
    let documents = exported["documents"].as_array().unwrap().iter().cloned();
    let mut documents: Vec<Value> = documents
        .filter(|document| document["key"] != "support")
        .collect();
    for document in &mut documents {
        if document["resource"] == "channel" {
            document["destination"] = json!({ "queue": "other" });
        }
    }
    documents
        .push(json!({ "resource": "queue", "key": "other", "name": "Other", "strategy": "auto" }));
    let request = node.client().post(node.url("/api/v1/config/apply"));
    let request = request.bearer_auth(KEY);
    let request = request.json(&json!({ "documents": documents, "prune": true }));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 422);
    let problem: Value = answer.json().await.unwrap();
    let error = &problem["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (&json!("prune"), &json!("queue_not_empty"))
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("queue support"), "{message}");
    assert_eq!(call(&node, "/config/export").await, exported);
    node.stop().await;
}

/// A file of so many chats.
fn many() -> Value {
    let mut documents = vec![json!({
        "resource": "queue", "key": "many", "name": "Many", "strategy": "auto",
    })];
    documents.extend((0..MANY).map(|number| {
        json!({
            "resource": "channel", "key": format!("chat{number}"), "kind": "live_chat",
            "destination": { "queue": "many" }, "live_chat": { "domains": [format!("shop{number}.example.com")] },
        })
    }));
    json!({ "documents": documents })
}

async fn begin(node: &Node) -> reqwest::Response {
    let request = node.client().post(node.url("/api/v1/config/apply"));
    let request = request
        .bearer_auth(KEY)
        .header("Accept", "application/x-ndjson");
    request.json(&many()).send().await.unwrap()
}

#[tokio::test]
async fn progress_is_told_and_the_end_is_the_last_line() {
    let place = Place::new().await;
    let node = start(&place).await;
    let text = begin(&node).await.text().await.unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, steps) = lines.split_last().unwrap();
    assert_eq!(last["changes"].as_array().unwrap().len(), MANY + 1);
    assert!(!steps.is_empty());
    let mut before = 0;
    for step in steps {
        let done = step["done"].as_u64().unwrap();
        assert!(done >= before && step["of"] == json!(MANY + 1), "{step}");
        before = done;
    }
    node.stop().await;
}

#[tokio::test]
async fn a_file_is_applied_whole_although_its_sender_is_gone_and_no_other_meanwhile() {
    let place = Place::new().await;
    let node = start(&place).await;
    let mut answer = begin(&node).await;
    answer.chunk().await.unwrap().unwrap();
    let second = begin(&node).await;
    // Who comes too early is told so; on a fast machine the first may be done.
    if second.status() == 503 {
        assert!(second.headers().contains_key("retry-after"));
        let problem: Value = second.json().await.unwrap();
        assert_eq!(problem["code"], "busy");
    }
    drop(answer);
    let applied = async {
        loop {
            match channels(&node).await {
                0 => yield_now().await,
                count => return count,
            }
        }
    };
    assert_eq!(timeout(PATIENCE, applied).await.unwrap(), MANY);
    node.stop().await;
}

#[tokio::test]
async fn a_node_that_is_killed_has_applied_all_or_nothing() {
    let place = Place::new().await;
    for lines in [1, 4, 12] {
        let node = start(&place).await;
        let had = channels(&node).await;
        let mut answer = begin(&node).await;
        let mut read = 0;
        while read < lines {
            match answer.chunk().await.unwrap() {
                Some(bytes) => read += bytes.iter().filter(|byte| **byte == b'\n').count(),
                None => break,
            }
        }
        node.kill().await;
        let node = start(&place).await;
        let has = channels(&node).await;
        assert!(has == MANY || has == had, "{has} after {read} lines");
        node.stop().await;
    }
    let node = start(&place).await;
    let text = begin(&node).await.text().await.unwrap();
    assert!(text.contains("\"changes\""), "{text}");
    assert_eq!(channels(&node).await, MANY);
    node.stop().await;
}

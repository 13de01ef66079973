//! The service window of WhatsApp, as whoever answers over REST meets it.

use ecluse_engine::runtime::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::node::{Node, Place, body, text};

const KEY: &str = "a-key-for-the-tests-of-the-service-window";
const HOUR_SECS: i64 = 3_600;

/// A text message that the customer wrote that long ago.
fn written(contact: &str, secs_ago: i64) -> Value {
    let secs = Clock::system().now().0 / 1_000_000 - secs_ago;
    let mut message = text(contact, &format!("wamid.{contact}"));
    message["timestamp"] = json!(secs.to_string());
    message
}

pub(crate) async fn call(node: &Node, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let request = node
        .client()
        .request(method, node.url(&format!("/api/v1{path}")));
    let answer = request.bearer_auth(KEY).json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// A node whose WhatsApp is at `meta_url`, and whose API takes [`KEY`].
pub(crate) fn options(meta_url: &str) -> [(&str, &str); 3] {
    [
        ("ADMIN_API_KEY", KEY),
        ("ADMIN_PASSWORD", "correct horse battery"),
        ("PROVIDERS_META_URL", meta_url),
    ]
}

/// The conversation of a customer.
async fn conversation(node: &Node, contact: &str) -> Value {
    let (status, list) = call(node, Method::GET, "/conversations", &Value::Null).await;
    assert_eq!(status, 200, "{list}");
    let mut items = list["items"].as_array().unwrap().iter();
    let found = items.find(|item| item["address"] == contact);
    found.unwrap_or_else(|| panic!("{contact}: {list}")).clone()
}

#[tokio::test]
async fn who_answers_too_late_is_told_what_may_still_be_sent() {
    let place = Place::new().await;
    // Nobody listens there: what is recorded here is not sent.
    let node = place.start_with(&options("http://127.0.0.1:9")).await;
    let (late, soon) = ("33600000001", "33600000002");
    let messages = [written(late, 25 * HOUR_SECS), written(soon, 23 * HOUR_SECS)];
    assert_eq!(node.deliver(&body(&messages)).await, 200);
    node.projected().await;

    let answer = json!({ "content": { "type": "text", "body": "Votre commande part demain." } });
    let send = async |contact: &str| {
        let found = conversation(&node, contact).await;
        let path = format!("/conversations/{}/messages", found["id"].as_str().unwrap());
        let (status, told) = call(&node, Method::POST, &path, &answer).await;
        (found["window"]["allowed"].clone(), status, told)
    };
    let (shown, status, refused) = send(late).await;
    assert_eq!(
        (status, &refused["code"]),
        (422, &json!("window_closed")),
        "{refused}"
    );
    assert_eq!(refused["allowed"], json!(["template"]));
    assert_eq!(
        shown, refused["allowed"],
        "the page was told the same before"
    );
    assert!(refused["remedy"].is_string(), "{refused}");
    let (shown, status, sent) = send(soon).await;
    assert_eq!(status, 201, "{sent}");
    assert_eq!(shown, json!(["text", "reply_to"]));
    node.stop().await;
}

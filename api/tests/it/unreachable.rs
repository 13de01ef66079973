//! A number at which WhatsApp reaches nobody is marked, until somebody writes from there.

use actix_web::HttpResponse;
use ecluse_engine::runtime::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::islands::company;
use crate::node::{Node, Place, body, text};
use crate::window::call;

const CUSTOMER: &str = "33600000001";

/// A company that can deliver nothing (developers.facebook.com, WhatsApp error codes).
fn undeliverable() -> String {
    let address = company("/{version}/{number}/messages", || {
        HttpResponse::BadRequest().json(json!({ "error": {
            "message": "(#131026) Message undeliverable", "type": "OAuthException", "code": 131_026,
            "error_data": { "messaging_product": "whatsapp", "details": "Message Undeliverable." },
        } }))
    });
    format!("http://{address}")
}

fn written(id: &str, secs_ago: i64) -> String {
    let mut message = text(CUSTOMER, id);
    let seconds = Clock::system().now().0 / 1_000_000 - secs_ago;
    message["timestamp"] = json!(seconds.to_string());
    body(&[message])
}

async fn contact(node: &Node) -> Value {
    let (status, list) = call(node, Method::GET, "/contacts", &Value::Null).await;
    assert_eq!(status, 200, "{list}");
    let path = format!("/contacts/{}", list["items"][0]["id"].as_str().unwrap());
    call(node, Method::GET, &path, &Value::Null).await.1
}

#[actix_web::test]
async fn a_number_that_reaches_nobody_is_marked_until_somebody_writes_from_there() {
    let place = Place::new().await;
    let company = undeliverable();
    let node = place.start_with(&crate::window::options(&company)).await;
    assert_eq!(node.deliver(&written("wamid.1", 60)).await, 200);
    let identity = contact(&node).await["identities"][0].clone();
    assert_eq!(identity, json!({"kind": "whatsapp", "address": CUSTOMER}));

    let (_, list) = call(&node, Method::GET, "/conversations", &Value::Null).await;
    let path = format!(
        "/conversations/{}/messages",
        list["items"][0]["id"].as_str().unwrap()
    );
    let answer = json!({ "content": { "type": "text", "body": "Bonjour" } });
    let (status, sent) = call(&node, Method::POST, &path, &answer).await;
    assert_eq!(status, 201, "{sent}");
    let mut marked = Value::Null;
    for _ in 0..10_000 {
        marked = contact(&node).await["identities"][0]["unreachable"].clone();
        if !marked.is_null() {
            break;
        }
    }
    assert_eq!(marked["error"]["code"], 131_026, "{marked}");
    assert!(marked["since"].is_string(), "{marked}");
    node.kill().await;

    let node = place.start_with(&crate::window::options(&company)).await;
    let identity = contact(&node).await["identities"][0].clone();
    assert_eq!(identity["unreachable"], marked, "it outlives a restart");
    assert_eq!(node.deliver(&written("wamid.2", 0)).await, 200);
    let identity = contact(&node).await["identities"][0].clone();
    assert!(identity["unreachable"].is_null(), "{identity}");
    node.stop().await;
}

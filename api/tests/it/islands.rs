//! A company that does not answer is felt by nobody but those who write to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use ecluse_adapters::storage::config_db::{ConfigDb, Editor, PersonDraft};
use ecluse_api::auth::SESSION_COOKIE;
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::runtime::Clock;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::node::{Node, Place, body, text, wait_for};

/// Much shorter than the time after which a call to a company is given up, and much longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A company that takes every connection and says nothing; each call that began is told.
async fn silent() -> (SocketAddr, mpsc::Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel(64);
    tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            let mut first = [0];
            if caller.read_exact(&mut first).await.is_ok() {
                tell.send(caller).await.unwrap();
            }
        }
    });
    (address, told)
}

/// A company that takes every message.
fn answering() -> SocketAddr {
    company("/messages", || {
        HttpResponse::Ok().json(json!({
            "messaging_product": "whatsapp",
            "contacts": [{ "input": "33600000002", "wa_id": "33600000002" }],
            "messages": [{ "id": format!("wamid.{}", uuid::Uuid::now_v7()) }],
        }))
    })
}

/// A company that answers whatever is posted to a path.
pub(crate) fn company(
    path: &'static str,
    answer: impl Fn() -> HttpResponse + Clone + Send + 'static,
) -> SocketAddr {
    let app = move || {
        let answer = answer.clone();
        App::new().route(path, web::post().to(move || std::future::ready(answer())))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
    let address = server.addrs()[0];
    actix_rt::spawn(server.run());
    address
}

/// What a customer writes now.
fn written(contact: &str, id: &str) -> String {
    let mut message = text(contact, id);
    let seconds = Clock::system().now().0 / 1_000_000;
    message["timestamp"] = seconds.to_string().into();
    body(&[message])
}

/// A program that uses the API of a node.
struct Program<'n> {
    node: &'n Node,
    key: String,
}

impl Program<'_> {
    async fn key(place: &Place) -> String {
        let clock = Clock::system();
        let config = ConfigDb::open(&place.data(), None, Arc::new(move || clock.now()))
            .await
            .unwrap();
        let editor = Editor::system(TenantId::DEFAULT);
        let made = config
            .create_api_key(&editor, "tests", Role::Administrator)
            .await
            .unwrap();
        config.close().await;
        made.key.expose().to_owned()
    }

    /// The cookie of an administrator's session, made while nothing runs.
    async fn session(place: &Place) -> String {
        let clock = Clock::system();
        let config = ConfigDb::open(&place.data(), None, Arc::new(move || clock.now()))
            .await
            .unwrap();
        let ada = PersonDraft::new("Ada", "ada@example.com", Role::Administrator);
        let editor = Editor::system(TenantId::DEFAULT);
        let ada = config.create_person(&editor, ada).await.unwrap().person.id;
        let session = config.create_session(TenantId::DEFAULT, ada).await.unwrap();
        config.close().await;
        format!("{SESSION_COOKIE}={}", session.expose())
    }

    /// Reads a page of the console.
    async fn looks_at(&self, cookie: &str, path: &str) {
        let asked = self.node.client().get(self.node.url(path));
        let answer = timeout(PATIENCE, asked.header("Cookie", cookie).send()).await;
        let answer = answer.expect("it waits for a company").unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.url().path().starts_with("/console"), "{path}");
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let asked = self.node.client().get(self.node.url(path));
        let answer = timeout(PATIENCE, asked.bearer_auth(&self.key).send()).await;
        let answer = answer.expect("it waits for a company").unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    async fn conversation_of(&self, channel: &str) -> String {
        let (status, list) = self.get("/api/v1/conversations").await;
        assert_eq!(status, 200, "{list}");
        let items = list["items"].as_array().unwrap();
        let of_channel = items
            .iter()
            .find(|item| item["channel"]["id"] == channel)
            .unwrap_or_else(|| panic!("{channel} in {list}"));
        of_channel["id"].as_str().unwrap().to_owned()
    }

    async fn send(&self, conversation: &str, text: &str) {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        let body = json!({ "content": { "type": "text", "body": text } });
        let asked = self.node.client().post(self.node.url(&path)).json(&body);
        let answer = timeout(PATIENCE, asked.bearer_auth(&self.key).send()).await;
        let answer = answer.expect("it waits for a company").unwrap();
        let status = answer.status();
        assert_eq!(status, 201, "{}", answer.text().await.unwrap());
    }

    /// Waits until all that was written there is sent.
    async fn is_sent(&self, conversation: &str) {
        let sent = async {
            while self
                .statuses(conversation)
                .await
                .iter()
                .any(|status| status != "sent")
            {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, sent).await.expect("it is not sent");
    }

    async fn rename(&self, channel: ChannelId, name: &str) {
        let path = format!("/api/v1/channels/{channel}");
        let asked = self.node.client().patch(self.node.url(&path));
        let asked = asked.header("If-Match", "*").json(&json!({ "name": name }));
        let answer = asked.bearer_auth(&self.key).send().await.unwrap();
        let status = answer.status();
        assert_eq!(status, 200, "{}", answer.text().await.unwrap());
    }

    /// The statuses of what was sent, in order.
    async fn statuses(&self, conversation: &str) -> Vec<Value> {
        let path = format!("/api/v1/conversations/{conversation}/messages");
        let (_, page) = self.get(&path).await;
        let items = page["items"].as_array().unwrap().iter();
        items
            .filter(|item| item["direction"] == "out")
            .map(|item| item["status"].clone())
            .collect()
    }
}

#[actix_web::test]
async fn channels_are_islands_and_config_reads_never_block() {
    let (dead, mut calls) = silent().await;
    let alive = answering();
    let place = Place::new().await;
    let key = Program::key(&place).await;
    let cookie = Program::session(&place).await;
    let (meta, dialog360) = (format!("http://{dead}/"), format!("http://{alive}/"));
    let urls = [
        ("PROVIDERS_META_URL", meta.as_str()),
        ("PROVIDERS_DIALOG360_URL", dialog360.as_str()),
        ("PROVIDERS_DIALOG360_HUB_URL", meta.as_str()),
        ("PROVIDERS_GOOGLE_OAUTH_URL", meta.as_str()),
        ("PROVIDERS_MICROSOFT_OAUTH_URL", meta.as_str()),
    ];
    let node = place.start_with(&urls).await;
    let program = Program { node: &node, key };
    for contact in 0..10 {
        let of_dead = written(&format!("3360000010{contact}"), &format!("a{contact}"));
        assert_eq!(node.deliver(&of_dead).await, 200);
    }
    let of_alive = written("33600000002", "b");
    let taken = node.deliver_360dialog(place.dialog360, &of_alive).await;
    assert_eq!(taken, 200);

    let to_dead = program.conversation_of(&place.cloud.to_string()).await;
    for number in 0..20 {
        program
            .send(&to_dead, &format!("sans réponse {number}"))
            .await;
    }
    let _held = timeout(PATIENCE, calls.recv()).await.expect("it is called");

    let to_alive = program.conversation_of(&place.dialog360.to_string()).await;
    program.send(&to_alive, "Bonjour").await;
    program.is_sent(&to_alive).await;
    assert_eq!(program.statuses(&to_dead).await, vec!["queued"; 20]);

    let contact = written("33600000003", "c");
    assert_eq!(node.deliver(&contact).await, 200, "what comes in is taken");
    for path in [
        "/health/live",
        "/health/ready",
        "/metrics",
        "/login",
        "/docs/",
        "/api/v1/openapi.json",
        "/api/v1/channels",
        &format!("/api/v1/channels/{}", place.cloud),
        "/api/v1/queues",
        "/api/v1/agents",
        "/api/v1/contacts",
        "/api/v1/conversations",
        "/api/v1/dead-letters",
        "/api/v1/api-keys",
    ] {
        let (status, answer) = program.get(path).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
    }
    for path in [
        "channels",
        &format!("channels/{}", place.cloud),
        &format!("channels/{}/delete", place.cloud),
        "channels/new/email",
        "channels/new/facebook",
        "channels/new/whatsapp",
        "queues",
        "chatbots",
        "agents",
        "sms-trunks",
        "settings",
        "alerts",
        "audit",
        "dead-letters",
        "licence",
    ] {
        let path = format!("/console/{path}");
        program.looks_at(&cookie, &path).await;
    }
}

/// A company that takes nothing because the channel's token is no good, and counts how often it said so.
fn refusing(calls: &Arc<AtomicU64>) -> SocketAddr {
    let calls = Arc::clone(calls);
    company("/{version}/{number}/messages", move || {
        calls.fetch_add(1, Ordering::SeqCst);
        HttpResponse::Unauthorized().json(json!({ "error": {
            "message": "Error validating access token", "type": "OAuthException", "code": 190,
        } }))
    })
}

#[actix_web::test]
async fn a_refused_channel_tries_again_when_it_is_edited_and_not_when_another_is() {
    let calls = Arc::new(AtomicU64::new(0));
    let called = |times| {
        wait_for("the company is called", {
            let calls = Arc::clone(&calls);
            move || calls.load(Ordering::SeqCst) >= times
        })
    };
    let place = Place::new().await;
    let key = Program::key(&place).await;
    let (meta, dialog360) = (refusing(&calls), answering());
    let (meta, dialog360) = (format!("http://{meta}/"), format!("http://{dialog360}/"));
    let urls = [
        ("PROVIDERS_META_URL", meta.as_str()),
        ("PROVIDERS_DIALOG360_URL", dialog360.as_str()),
    ];
    let node = place.start_with(&urls).await;
    let program = Program { node: &node, key };
    assert_eq!(node.deliver(&written("33600000001", "a")).await, 200);
    let other = written("33600000002", "b");
    let taken = node.deliver_360dialog(place.dialog360, &other).await;
    assert_eq!(taken, 200);
    let refused = program.conversation_of(&place.cloud.to_string()).await;
    let other = program.conversation_of(&place.dialog360.to_string()).await;

    program.send(&refused, "Bonjour").await;
    called(1).await;
    let path = format!("/api/v1/channels/{}", place.cloud);
    while program.get(&path).await.1["health"]["state"] == "healthy" {
        tokio::task::yield_now().await;
    }
    for name in ["Un", "Deux", "Trois"] {
        program.rename(place.dialog360, name).await;
        program.send(&other, name).await;
        program.is_sent(&other).await;
    }
    assert_eq!(calls.load(Ordering::SeqCst), 1, "an edit elsewhere is felt");
    program.rename(place.cloud, "Quatre").await;
    called(2).await;
    node.stop().await;
}

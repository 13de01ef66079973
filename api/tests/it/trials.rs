//! Connections that are tried over REST: what is typed wins over what is saved, and what is saved goes nowhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ecluse_adapters::directory::ProviderSettings;
use ecluse_engine::configuration::Role;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::world::World;

/// A server that greets as neither IMAP nor SMTP does, and counts who comes.
async fn stranger() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let _gone = socket.write_all(b"HELLO THERE\r\n").await;
        }
    });
    (port, visits)
}

/// A port where nobody listens.
async fn closed() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

async fn office() -> (World, String) {
    let mut world = World::new().await;
    world.companies(&ProviderSettings::default());
    let key = world.key(Role::Administrator).await;
    (world, key)
}

fn server(port: u16) -> Value {
    json!({ "host": "127.0.0.1", "port": port, "security": "none", "username": "ada" })
}

fn mailbox(queue: &str, port: u16) -> Value {
    let (mut imap, mut smtp) = (server(port), server(port));
    imap["password"] = json!("saved-secret");
    smtp["password"] = json!("saved-secret");
    let mail =
        json!({ "provider": "custom", "address": "ada@example.com", "imap": imap, "smtp": smtp });
    json!({ "kind": "email", "destination": { "queue": queue }, "email": mail })
}

async fn tried(world: &World, key: &str, path: &str, body: &Value) -> Value {
    let answer = world.post(path, body).key(key).send().await;
    assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text());
    answer.json()
}

#[actix_web::test]
async fn what_is_typed_is_tried_before_anything_is_saved() {
    let (world, key) = office().await;
    let (port, visits) = stranger().await;
    let mut body = mailbox("00000000-0000-0000-0000-000000000001", port);
    for connection in ["imap", "smtp"] {
        body["connection"] = json!(connection);
        let outcome = tried(&world, &key, "/api/v1/channels/verify", &body).await;
        assert_eq!(outcome["works"], false);
        assert_eq!(
            outcome["code"],
            format!("protocol.not_{connection}"),
            "{outcome}"
        );
    }
    assert!(visits.load(Ordering::SeqCst) >= 2);
    body["connection"] = json!("provider");
    let refused = world.post("/api/v1/channels/verify", &body).key(&key);
    assert_eq!(
        refused.send().await.fields(),
        [("connection".to_owned(), "not_allowed".to_owned())]
    );
}

#[actix_web::test]
async fn a_saved_password_is_sent_to_the_saved_server_only_and_a_typed_one_wins() {
    let (world, key) = office().await;
    let queue = world.queue(&key, "Support").await;
    let saved_port = closed().await;
    let saved = world
        .add(&key, "/api/v1/channels", &mailbox(&queue, saved_port))
        .await;
    let path = format!("/api/v1/channels/{}/verify", saved["id"].as_str().unwrap());
    let (port, visits) = stranger().await;
    for connection in ["imap", "smtp"] {
        let as_saved = json!({ "connection": connection });
        let outcome = tried(&world, &key, &path, &as_saved).await;
        assert_eq!(outcome["code"], "connection.refused", "{outcome}");
        for change in [
            json!({ "port": port }),
            json!({ "host": "localhost" }),
            json!({ "username": "bob" }),
        ] {
            let typed = json!({ "connection": connection, "email": { connection: change } });
            let outcome = tried(&world, &key, &path, &typed).await;
            assert_eq!(
                (&outcome["step"], &outcome["code"]),
                (&json!("account"), &json!("password_needed"))
            );
        }
        assert_eq!(visits.load(Ordering::SeqCst), 0, "nobody came");
        let typed = json!({ "port": port, "password": "typed" });
        let typed = json!({ "connection": connection, "email": { connection: typed } });
        let outcome = tried(&world, &key, &path, &typed).await;
        assert_eq!(
            outcome["code"],
            format!("protocol.not_{connection}"),
            "{outcome}"
        );
        visits.store(0, Ordering::SeqCst);
        let forgotten =
            json!({ "connection": connection, "email": { connection: { "password": null } } });
        let outcome = tried(&world, &key, &path, &forgotten).await;
        assert_eq!(outcome["code"], "not_set", "{outcome}");
    }
}

#[actix_web::test]
async fn the_password_of_the_settings_is_sent_to_their_own_server_only() {
    let (world, key) = office().await;
    let mail = |port: u16| {
        let mut mail = server(port);
        mail["from"] = json!("ecluse@example.com");
        mail
    };
    let mut saved = mail(closed().await);
    saved["password"] = json!("saved-secret");
    let settings = json!({ "mail": saved });
    let answer = world
        .put("/api/v1/settings", &settings)
        .key(&key)
        .if_match("*");
    assert_eq!(answer.send().await.status, 200);
    let path = "/api/v1/settings/mail/verify";
    let outcome = tried(&world, &key, path, &json!({})).await;
    assert_eq!(outcome["code"], "connection.refused", "{outcome}");
    let (port, visits) = stranger().await;
    let mut typed = json!({ "mail": mail(port) });
    let outcome = tried(&world, &key, path, &typed).await;
    assert_eq!(outcome["code"], "password_needed", "{outcome}");
    assert_eq!(visits.load(Ordering::SeqCst), 0);
    let save = world
        .put("/api/v1/settings", &typed)
        .key(&key)
        .if_match("*");
    assert_eq!(
        save.send().await.fields(),
        [("mail.password".to_owned(), "password_needed".to_owned())]
    );
    typed["mail"]["password"] = json!("typed");
    let outcome = tried(&world, &key, path, &typed).await;
    assert_eq!(outcome["code"], "protocol.not_smtp", "{outcome}");
}

/// A change of something saved, and the field of its secret where that may not go along.
type Move = (Value, Option<&'static str>);

/// What is saved, where, and changes of it.
fn movable(queue: &str) -> Vec<(&'static str, Value, Vec<Move>)> {
    let mailbox = mailbox(queue, 993);
    let smpp = json!({ "name": "Links", "provider": "smpp", "smpp": {
        "host": "sms.example.com", "port": 2775, "tls": true, "system_id": "us", "password": "saved",
    } });
    let http = json!({ "name": "Gateway", "provider": "http", "http": {
        "url": "https://sms.example.com/send", "token": "saved-secret",
    } });
    let imap = |change: Value| json!({ "email": { "imap": change } });
    let smtp = |change: Value| json!({ "email": { "smtp": change } });
    let links = |change: Value| json!({ "smpp": change });
    let gateway = |url: &str| json!({ "http": { "url": url } });
    let (in_box, out_box) = (Some("email.imap.password"), Some("email.smtp.password"));
    let (in_smpp, in_http) = (Some("smpp.password"), Some("http.token"));
    vec![
        (
            "/api/v1/channels",
            mailbox,
            vec![
                (imap(json!({ "host": "localhost" })), in_box),
                (imap(json!({ "port": 143 })), in_box),
                (smtp(json!({ "username": "bob" })), out_box),
                (json!({ "name": "Renamed" }), None),
                (imap(json!({ "port": 143, "password": "typed" })), None),
            ],
        ),
        (
            "/api/v1/sms-trunks",
            smpp,
            vec![
                (links(json!({ "host": "evil.example.net" })), in_smpp),
                (links(json!({ "tls": false })), in_smpp),
                (links(json!({ "binds": 2 })), None),
                (links(json!({ "tls": false, "password": "typed" })), None),
            ],
        ),
        (
            "/api/v1/sms-trunks",
            http,
            vec![
                (gateway("https://evil.example.net/send"), in_http),
                (gateway("http://127.0.0.1/send"), in_http),
                (gateway("https://sms.example.com/v2"), None),
            ],
        ),
    ]
}

#[actix_web::test]
async fn a_saved_secret_is_not_kept_for_another_server() {
    let (world, key) = office().await;
    let queue = world.queue(&key, "Support").await;
    for (path, body, changes) in movable(&queue) {
        let saved = world.add(&key, path, &body).await;
        let place = format!("{path}/{}", saved["id"].as_str().unwrap());
        for (change, refused) in changes {
            let call = world.patch(&place, &change).key(&key).if_match("*");
            let answer = call.send().await;
            match refused {
                Some(field) => assert_eq!(
                    answer.fields(),
                    [(field.to_owned(), "password_needed".to_owned())],
                    "{change}"
                ),
                None => assert_eq!(answer.status, 200, "{change}: {}", answer.text()),
            }
        }
    }
}

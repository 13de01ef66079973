//! What is saved comes back as it is, however unusual: addresses with a plus sign, hosts of other scripts, long forms.

use ecluse_engine::configuration::Role;
use serde_json::{Value, json};

use crate::world::World;

#[actix_web::test]
async fn unusual_addresses_and_hosts_are_saved_and_read_back() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let person = json!({ "name": "Ada", "email": "ada+chat@example.com", "role": "agent" });
    let person = world.add(&key, "/api/v1/agents", &person).await;
    assert_eq!(person["email"], "ada+chat@example.com");
    let found = world
        .get("/api/v1/agents?q=ada%2Bchat")
        .key(&key)
        .send()
        .await;
    assert_eq!(found.json()["items"][0]["id"], person["id"]);

    for (typed, kept) in [
        ("2001:DB8::25", "2001:db8::25"),
        ("[::1]", "::1"),
        ("mail.bücher.example", "mail.xn--bcher-kva.example"),
    ] {
        let server =
            |port: u16| json!({ "host": typed, "port": port, "username": "u", "password": "p" });
        let address = format!("support+{}@example.com", kept.len());
        let mail = json!({ "provider": "custom", "address": address, "imap": server(993), "smtp": server(465) });
        let body = json!({ "kind": "email", "destination": { "queue": queue }, "email": mail });
        let saved = world.add(&key, "/api/v1/channels", &body).await;
        let place = format!("/api/v1/channels/{}", saved["id"].as_str().unwrap());
        let read = world.get(&place).key(&key).send().await;
        assert_eq!(read.json()["email"]["imap"]["host"], kept, "{typed}");
        assert_eq!(read.json()["email"]["smtp"]["host"], kept, "{typed}");
        assert_eq!(read.json()["address"], json!(address));
        let again = world
            .put(&place, &read.json())
            .key(&key)
            .if_match(&read.etag());
        let again = again.send().await;
        assert_eq!(
            again.json()["email"],
            read.json()["email"],
            "{}",
            again.text()
        );
    }

    let domains = json!(["www.bücher.example", "*.例え.jp"]);
    let chat = json!({ "kind": "live_chat", "destination": { "queue": queue }, "live_chat": { "domains": domains } });
    let chat = world.add(&key, "/api/v1/channels", &chat).await;
    let kept = json!(["www.xn--bcher-kva.example", "*.xn--r8jz45g.jp"]);
    assert_eq!(chat["live_chat"]["domains"], kept);

    // What nobody named is named after its address, and as somebody wants afterwards.
    let place = format!("/api/v1/channels/{}", chat["id"].as_str().unwrap());
    for (patch, name) in [
        (
            json!({ "live_chat": { "domains": ["shop.example"] } }),
            "shop.example",
        ),
        (json!({ "name": "Shop" }), "Shop"),
        (
            json!({ "live_chat": { "domains": ["other.example"] } }),
            "Shop",
        ),
    ] {
        let patched = world.patch(&place, &patch).key(&key).if_match("*");
        assert_eq!(patched.send().await.json()["name"], name, "{patch}");
    }
}

#[actix_web::test]
async fn a_form_of_eighty_kilobytes_is_saved_and_read_back() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let text = |length: usize| json!({ "fr": "é".repeat(length), "en": "e".repeat(length) });
    let field = |number: usize| {
        let choices: Vec<Value> = (20..50).map(text).collect();
        json!({ "name": format!("field_{number}"), "type": "choice", "label": text(100), "required": true,
            "choices": choices })
    };
    let fields: Vec<Value> = (0..25).map(field).collect();
    let form = json!({ "name": "Long", "purpose": "prechat", "title": text(100), "intro": text(500), "fields": fields });
    assert!(
        form.to_string().len() > 80_000,
        "{}",
        form.to_string().len()
    );
    let saved = world.add(&key, "/api/v1/forms", &form).await;
    let place = format!("/api/v1/forms/{}", saved["id"].as_str().unwrap());
    let read = world.get(&place).key(&key).send().await.json();
    for member in ["name", "purpose", "title", "intro", "fields"] {
        assert_eq!(read[member], form[member], "{member}");
    }
}

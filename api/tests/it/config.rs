//! The configuration resources, as a program sees them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const SECRET: &str = "EAAG-very-secret-token";

pub(crate) async fn queue(world: &World, key: &str, name: &str) -> Answer {
    let body = json!({ "name": name, "strategy": "auto" });
    let answer = world.post("/api/v1/queues", &body).key(key).send().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

pub(crate) fn live_chat(queue: &str, domain: &str) -> Value {
    json!({
        "kind": "live_chat",
        "destination": { "queue": queue },
        "live_chat": { "domains": [domain], "theme_color": "#0A6EBD", "greeting": { "fr": "Bonjour !" } },
    })
}

pub(crate) fn cloud(queue: &str) -> Value {
    json!({
        "kind": "whatsapp",
        "name": "Support",
        "destination": { "queue": queue },
        "whatsapp": {
            "provider": "cloud",
            "number": "+1 786 232 0000",
            "phone_number_id": "42",
            "access_token": SECRET,
        },
    })
}

pub(crate) fn agent(email: &str) -> Value {
    json!({ "name": "Ada", "email": email, "role": "agent" })
}

/// Creates, reads, puts back what was read, and deletes, with every precondition on the way.
async fn check_life_of_a_resource(world: &World, key: &str, collection: &str, body: &Value) {
    let created = world.post(collection, body).key(key).send().await;
    assert_eq!(created.status, 201, "{}", created.text());
    let place = created.header("Location").to_owned();
    assert_eq!(place, format!("{collection}/{}", created.id()));

    let read = world.get(&place).key(key).send().await;
    assert_eq!((read.status.as_u16(), read.etag()), (200, created.etag()));
    let listed = world.get(collection).key(key).send().await.json();
    assert!(
        listed["items"].as_array().unwrap().contains(&read.json()),
        "{listed}"
    );

    let unconditional = world.put(&place, &read.json()).key(key).send().await;
    assert_eq!(
        unconditional.refusal(),
        (428, "precondition_required".to_owned())
    );
    let put_back = world
        .put(&place, &read.json())
        .key(key)
        .if_match(&read.etag())
        .send()
        .await;
    assert_eq!(put_back.status, 200, "{}", put_back.text());
    assert_eq!(
        (put_back.etag(), put_back.json()),
        (read.etag(), read.json()),
        "what was read can be put back, and that is no change"
    );
    let patch = json!({ "name": "Another" });
    let changed = world.patch(&place, &patch).key(key).if_match(&read.etag());
    let changed = changed.send().await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let stale = world
        .put(&place, &read.json())
        .key(key)
        .if_match(&read.etag())
        .send()
        .await;
    assert_eq!(stale.refusal(), (412, "precondition_failed".to_owned()));

    let mut misspelt = read.json();
    misspelt["nmae"] = json!("x");
    let misspelt = world
        .put(&place, &misspelt)
        .key(key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(
        misspelt.fields(),
        [("nmae".to_owned(), "unknown_field".to_owned())]
    );

    let unconditional = world.delete(&place).key(key).send().await;
    assert_eq!(
        unconditional.refusal(),
        (428, "precondition_required".to_owned())
    );
    let stale = world
        .delete(&place)
        .key(key)
        .if_match(&read.etag())
        .send()
        .await;
    assert_eq!(stale.refusal(), (412, "precondition_failed".to_owned()));
    let deleted = world
        .delete(&place)
        .key(key)
        .if_match(&changed.etag())
        .send()
        .await;
    if read.json()["kind"] == "whatsapp" {
        assert_eq!(deleted.status, 202, "{}", deleted.text());
        assert_eq!(deleted.json()["state"], "pending_deletion");
        let until = &deleted.json()["pending_deletion_until"];
        assert_eq!(*until, "2023-11-30T23:59:59.000000Z");
        return;
    }
    assert_eq!(deleted.status, 204, "{}", deleted.text());
    let listed = world.get(collection).key(key).send().await.json();
    assert!(
        listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["id"] != read.json()["id"])
    );
}

#[actix_web::test]
async fn what_is_configured_is_created_read_changed_and_deleted() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = queue(&world, &key, "Support").await.id();
    let rows = [
        (
            "/api/v1/queues",
            json!({ "name": "Sales", "strategy": "manual" }),
        ),
        ("/api/v1/agents", agent("ada@example.com")),
        ("/api/v1/channels", live_chat(&queue, "www.example.com")),
        ("/api/v1/channels", cloud(&queue)),
    ];
    for (collection, body) in rows {
        world.pass(Duration::from_secs(1));
        check_life_of_a_resource(&world, &key, collection, &body).await;
    }
}

#[actix_web::test]
async fn resources_look_as_the_contract_says() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = queue(&world, &key, "Support").await;
    let created_at = "2023-11-14T22:13:20.000000Z";
    assert_eq!(
        queue.json(),
        json!({
            "id": queue.id(), "key": "support", "name": "Support", "strategy": "auto", "order": "longest_idle",
            "offer_timeout_secs": 30, "max_per_agent": 5, "members": [], "on_agent_lost": "keep",
            "operation_times": { "status": "inherit", "open_days": [], "closed_dates": [] },
            "returning_customer": true, "survey": false,
            "created_at": created_at, "updated_at": created_at,
        })
    );
    let ada = world
        .post("/api/v1/agents", &agent("ada@example.com"))
        .key(&key)
        .send()
        .await;
    let mut expected = ada.json();
    let url = expected
        .as_object_mut()
        .unwrap()
        .remove("invitation_url")
        .unwrap();
    assert!(
        url.as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:8080/invitation/"),
        "{url}"
    );
    assert_eq!(
        expected,
        json!({
            "id": ada.id(), "key": "ada", "name": "Ada", "email": "ada@example.com", "number": "0001", "has_pin": false,
            "has_password": false, "role": "agent", "wrap_up_secs": 20, "capacity": 100, "language": null,
            "created_at": created_at, "updated_at": created_at,
        })
    );
    let chat = world
        .post(
            "/api/v1/channels",
            &live_chat(&queue.id(), "WWW.Example.com"),
        )
        .key(&key)
        .send()
        .await;
    let snippet = format!(
        "<script async src=\"http://127.0.0.1:8080/widget.js\" data-channel=\"{}\"></script>",
        chat.id()
    );
    assert_eq!(
        chat.json(),
        json!({
            "id": chat.id(), "key": "www-example-com", "kind": "live_chat", "language": null,
            "auto_replies": {}, "pending_deletion_until": null, "name": "www.example.com", "address": "www.example.com",
            "destination": { "queue": queue.id() }, "state": "active",
            "health": { "state": "healthy", "last_worked_at": null },
            "created_at": created_at, "updated_at": created_at,
            "live_chat": {
                "domains": ["www.example.com"], "standalone": false, "theme_color": "#0a6ebd",
                "title": {}, "greeting": { "fr": "Bonjour !" }, "prechat_form": null, "leave_message_form": null,
                "snippet": snippet,
            },
        })
    );
    let number = world
        .post("/api/v1/channels", &cloud(&queue.id()))
        .key(&key)
        .send()
        .await;
    assert_eq!(
        number.json()["whatsapp"],
        json!({
            "provider": "cloud", "number": "+17862320000", "phone_number_id": "42", "business_account_id": null,
            "client_id": null, "channel_id": null,
            "has_access_token": true, "has_api_key": false, "has_webhook_secret": false,
            "has_webhook_headers": false, "webhook_url": "http://127.0.0.1:8080/webhooks/meta",
        })
    );
}

#[actix_web::test]
async fn a_secret_never_comes_back() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = queue(&world, &key, "Support").await.id();
    let created = world
        .post("/api/v1/channels", &cloud(&queue))
        .key(&key)
        .send()
        .await;
    let place = created.header("Location").to_owned();
    let mut dialog = created.json();
    dialog["whatsapp"]["provider"] = json!("dialog360");
    dialog["whatsapp"]["api_key"] = json!("d360-secret");
    dialog["whatsapp"]["webhook_secret"] = json!("hook-secret");
    dialog["whatsapp"]["webhook_headers"] = json!({ "X-Auth": "head-secret" });
    let changed = world
        .put(&place, &dialog)
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let whatsapp = &changed.json()["whatsapp"];
    for has in ["has_api_key", "has_webhook_secret", "has_webhook_headers"] {
        assert_eq!(whatsapp[has], true, "{has}");
    }
    assert_eq!(
        whatsapp["has_access_token"], false,
        "the other provider's token is forgotten"
    );
    assert_eq!(
        whatsapp["webhook_url"],
        format!("http://127.0.0.1:8080/webhooks/360dialog/{}", created.id())
    );
    let mut with_pin = agent("ada@example.com");
    with_pin["pin"] = json!("48151623");
    let ada = world
        .post("/api/v1/agents", &with_pin)
        .key(&key)
        .send()
        .await;
    assert_eq!(ada.json()["has_pin"], true);
    let new_key = world
        .post("/api/v1/api-keys", &json!({"name": "CRM", "role": "agent"}))
        .key(&key)
        .send()
        .await;
    let shown_once = new_key.json()["key"].as_str().unwrap().to_owned();

    let mut shown = format!("{}{}{}", created.text(), changed.text(), ada.text());
    for path in [
        "/api/v1/channels",
        &place,
        "/api/v1/agents",
        "/api/v1/api-keys",
        "/api/v1/queues",
    ] {
        shown.push_str(&world.get(path).key(&key).send().await.text());
    }
    let audit = world.db.audit(TenantId::DEFAULT, None, 100).await.unwrap();
    shown.push_str(&format!("{audit:?}"));
    assert!(
        shown.contains("secrets_changed"),
        "the audit says that secrets changed"
    );
    let invitation = ada.json()["invitation_url"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .to_owned();
    for secret in [
        SECRET,
        "d360-secret",
        "hook-secret",
        "head-secret",
        "48151623",
        &shown_once,
    ] {
        assert!(!shown.contains(secret), "{secret} is shown");
        assert!(!world.files_hold(secret), "{secret} is in a file");
    }
    assert!(
        !world.files_hold(&invitation),
        "the invitation is in a file"
    );
    assert!(
        world.files_hold("17862320000"),
        "the search finds what is not secret"
    );
}

#[actix_web::test]
async fn a_queue_in_use_is_kept_and_the_channels_are_listed() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = queue(&world, &key, "Support").await;
    let channel = world
        .post("/api/v1/channels", &live_chat(&queue.id(), "a.test"))
        .key(&key)
        .send()
        .await;
    let place = queue.header("Location").to_owned();
    let refused = world.delete(&place).key(&key).if_match("*").send().await;
    assert_eq!(refused.refusal(), (409, "in_use".to_owned()));
    assert_eq!(
        refused.json()["references"],
        json!([{ "kind": "channel", "id": channel.id(), "name": "a.test" }])
    );
    let gone = world
        .delete(channel.header("Location"))
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(gone.status, 204);
    assert_eq!(
        world
            .delete(&place)
            .key(&key)
            .if_match("*")
            .send()
            .await
            .status,
        204
    );
}

#[actix_web::test]
async fn a_deleted_channel_can_be_read_and_not_changed() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = queue(&world, &key, "Support").await.id();
    let channel = world
        .post("/api/v1/channels", &live_chat(&queue, "a.test"))
        .key(&key)
        .send()
        .await;
    let place = channel.header("Location").to_owned();
    world.delete(&place).key(&key).if_match("*").send().await;
    assert_eq!(
        world.get(&place).key(&key).send().await.json()["state"],
        "deleted"
    );
    let body = live_chat(&queue, "a.test");
    let changed = world
        .put(&place, &body)
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(changed.refusal(), (409, "channel_deleted".to_owned()));
    assert_eq!(
        world
            .post("/api/v1/channels", &body)
            .key(&key)
            .send()
            .await
            .status,
        201,
        "the domain is free"
    );
}

#[actix_web::test]
async fn who_is_logged_in_and_the_last_administrator_stay() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let admin = world.person("admin@example.com", Role::Administrator).await;
    let place = format!("/api/v1/agents/{admin}");
    let refused = world.delete(&place).key(&key).if_match("*").send().await;
    assert_eq!(refused.refusal(), (409, "last_administrator".to_owned()));
    let demoted = json!({ "name": "A", "email": "admin@example.com", "role": "supervisor" });
    let refused = world
        .put(&place, &demoted)
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(refused.refusal(), (409, "last_administrator".to_owned()));

    let ada = world
        .post("/api/v1/agents", &agent("ada@example.com"))
        .key(&key)
        .send()
        .await;
    let place = ada.header("Location").to_owned();
    world.everybody_is_logged_in.store(true, Ordering::Relaxed);
    let refused = world.delete(&place).key(&key).if_match("*").send().await;
    assert_eq!(refused.refusal(), (409, "agent_logged_in".to_owned()));
    world.everybody_is_logged_in.store(false, Ordering::Relaxed);
    assert_eq!(
        world
            .delete(&place)
            .key(&key)
            .if_match("*")
            .send()
            .await
            .status,
        204
    );
    assert_eq!(world.get(&place).key(&key).send().await.refusal().0, 404);
}

#[actix_web::test]
async fn pages_of_a_list_follow_each_other() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let mut created = Vec::new();
    for n in 0..5 {
        world.pass(Duration::from_millis(1));
        created.push(queue(&world, &key, &format!("Queue {n}")).await.id());
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world
            .get(&format!("/api/v1/queues?limit=2{cursor}"))
            .key(&key)
            .send()
            .await
            .json();
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, created);
}

#[actix_web::test]
async fn a_revoked_key_ends_at_once() {
    let world = World::new().await;
    let admin = world.key(Role::Administrator).await;
    let body = json!({ "name": "CRM", "role": "supervisor" });
    let made = world
        .post("/api/v1/api-keys", &body)
        .key(&admin)
        .send()
        .await;
    assert_eq!(
        (made.status.as_u16(), made.json()["role"].as_str()),
        (201, Some("supervisor"))
    );
    let key = made.json()["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("ecluse_") && key.len() == 50, "{key}");
    assert_eq!(
        world.get("/api/v1/queues").key(&key).send().await.status,
        200
    );
    let place = format!("/api/v1/api-keys/{}", made.id());
    assert_eq!(world.delete(&place).key(&admin).send().await.status, 204);
    assert_eq!(
        world
            .get("/api/v1/queues")
            .key(&key)
            .send()
            .await
            .refusal()
            .0,
        401
    );
    assert_eq!(
        world.delete(&place).key(&admin).send().await.refusal().0,
        404
    );
}

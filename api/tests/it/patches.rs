//! Merge patches: of each kind of resource, what they forget, and two at once.

use std::time::Duration;

use ecluse_engine::configuration::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::World;

async fn place(world: &World, key: &str, path: &str, body: &Value) -> String {
    let added = world.add(key, path, body).await;
    format!("{path}/{}", added["id"].as_str().unwrap())
}

async fn patched(world: &World, key: &str, place: &str, patch: Value) -> Value {
    let answer = world.patch(place, &patch).key(key).if_match("*");
    let answer = answer.send().await;
    assert_eq!(answer.status, 200, "{place} {patch}: {}", answer.text());
    answer.json()
}

#[actix_web::test]
async fn of_each_kind_of_resource_a_patch_changes_what_it_names_and_nothing_else() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let label = json!({ "fr": "a", "en": "a" });
    let twilio = json!({ "account_sid": format!("AC{}", "0".repeat(32)), "auth_token": "s" });
    let rows = [
        (
            "/api/v1/queues",
            json!({ "name": "Sales", "strategy": "auto" }),
            json!({ "offer_timeout_secs": 60 }),
        ),
        (
            "/api/v1/agents",
            json!({ "name": "Ada", "email": "ada@example.com", "role": "agent" }),
            json!({ "capacity": 50 }),
        ),
        (
            "/api/v1/chatbots",
            json!({ "name": "Bot", "fallback_queue": queue, "options": [{ "label": label, "queue": queue }] }),
            json!({ "name": "Robot" }),
        ),
        (
            "/api/v1/forms",
            json!({ "name": "Form", "purpose": "prechat", "fields": [{ "name": "name", "type": "text", "label": label }] }),
            json!({ "intro": { "fr": "b", "en": "b" } }),
        ),
        (
            "/api/v1/sms-trunks",
            json!({ "name": "Trunk", "provider": "twilio", "twilio": twilio }),
            json!({ "description": "ours" }),
        ),
        (
            "/api/v1/channels",
            json!({ "kind": "live_chat", "destination": { "queue": queue }, "live_chat": { "domains": ["a.test"] } }),
            json!({ "live_chat": { "theme_color": "#0a6ebd" } }),
        ),
    ];
    for (path, body, patch) in rows {
        let place = place(&world, &key, path, &body).await;
        let before = world.get(&place).key(&key).send().await.json();
        let after = patched(&world, &key, &place, patch.clone()).await;
        let mut expected = before.clone();
        for (member, value) in patch.as_object().unwrap() {
            match value.as_object() {
                Some(inner) => inner.iter().for_each(|(name, value)| {
                    expected[member][name] = value.clone();
                }),
                None => expected[member] = value.clone(),
            }
        }
        assert_ne!(after, before, "{path}");
        assert_eq!(after, expected, "{path}");
        let stale = world.patch(&place, &patch).key(&key).if_match("\"1\"");
        assert_eq!(
            stale.send().await.refusal(),
            (412, "precondition_failed".to_owned())
        );
        let missing = world.patch(&place, &patch).key(&key).send().await;
        assert_eq!(missing.refusal(), (428, "precondition_required".to_owned()));
    }
}

/// Something of each kind that has secrets, and what has none, each with what is sent again.
fn sent_again(queue: &str) -> [(&'static str, Value, Value); 4] {
    let mailbox = |port: u16| json!({ "host": "mail.example.com", "port": port, "username": "u", "password": "p" });
    let email = json!({
        "provider": "custom", "address": "us@example.com", "imap": mailbox(993), "smtp": mailbox(465),
    });
    let gateway = json!({ "url": "https://sms.example.com", "token": "t" });
    [
        (
            "/api/v1/sms-trunks",
            json!({ "name": "Gateway", "provider": "http", "http": gateway }),
            json!({ "http": { "token": "t" } }),
        ),
        (
            "/api/v1/agents",
            json!({ "name": "Ada", "email": "ada@example.com", "role": "agent", "pin": "4711" }),
            json!({ "pin": "4711" }),
        ),
        (
            "/api/v1/channels",
            json!({ "kind": "email", "destination": { "queue": queue }, "email": email }),
            json!({ "email": { "imap": { "password": "p" } } }),
        ),
        (
            "/api/v1/queues",
            json!({ "name": "Sales", "strategy": "auto" }),
            json!({ "name": "Sales" }),
        ),
    ]
}

#[actix_web::test]
async fn what_changes_nothing_keeps_its_revision_and_leaves_no_trace() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let mut places = vec![
        ("/api/v1/settings".to_owned(), json!({})),
        ("/api/v1/tenants/1/licence".to_owned(), json!({})),
        ("/api/v1/tenants/1".to_owned(), json!({})),
    ];
    for (path, body, same) in sent_again(&queue) {
        places.push((place(&world, &key, path, &body).await, same));
    }
    let trail = async || {
        let page = world.get("/api/v1/audit?limit=200").key(&key).send().await;
        page.json()["items"].as_array().unwrap().len()
    };
    let before = trail().await;
    for (place, same) in places {
        world.pass(Duration::from_secs(1));
        let seen = world.get(&place).key(&key).send().await;
        for patch in [json!({}), same] {
            let call = world.patch(&place, &patch).key(&key);
            let answer = call.if_match(&seen.etag()).send().await;
            assert_eq!(answer.status, 200, "{place} {patch}: {}", answer.text());
            assert_eq!(
                (answer.etag(), answer.json()),
                (seen.etag(), seen.json()),
                "{place} {patch}"
            );
        }
    }
    assert_eq!(trail().await, before);
}

#[actix_web::test]
async fn an_automatic_reply_is_switched_off_without_its_text_and_on_again() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let replies = json!({ "welcome": { "fr": "Bonjour" }, "closed": { "en": "Bye" } });
    let channel = json!({
        "kind": "live_chat", "destination": { "queue": queue }, "auto_replies": replies,
        "live_chat": { "domains": ["a.test"] },
    });
    let place = place(&world, &key, "/api/v1/channels", &channel).await;
    let switch = |enabled: bool| json!({ "auto_replies": { "welcome": { "enabled": enabled } } });
    let off = patched(&world, &key, &place, switch(false)).await;
    let silent = json!({ "fr": "Bonjour", "enabled": false });
    assert_eq!(
        off["auto_replies"],
        json!({ "welcome": silent, "closed": { "en": "Bye" } })
    );
    let on = patched(&world, &key, &place, switch(true)).await;
    assert_eq!(on["auto_replies"], replies);
}

#[actix_web::test]
async fn a_null_for_a_secret_forgets_it_and_a_patch_that_does_not_name_it_keeps_it() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let dialog = json!({
        "kind": "whatsapp", "destination": { "queue": queue },
        "whatsapp": {
            "provider": "dialog360", "number": "+33612345678", "api_key": "k", "webhook_secret": "s",
            "webhook_headers": { "X-Auth": "h" },
        },
    });
    let trunk = json!({
        "name": "Gateway", "provider": "http", "http": { "url": "https://sms.example.com", "token": "t" },
    });
    let agent =
        json!({ "name": "Ada", "email": "ada@example.com", "role": "agent", "pin": "4711" });
    let rows = [
        ("/api/v1/agents", &agent, "/has_pin", json!({ "pin": null })),
        (
            "/api/v1/channels",
            &dialog,
            "/whatsapp/has_webhook_headers",
            json!({ "whatsapp": { "webhook_headers": null } }),
        ),
        (
            "/api/v1/sms-trunks",
            &trunk,
            "/http/has_token",
            json!({ "http": { "token": null } }),
        ),
    ];
    for (path, body, has, patch) in rows {
        let place = place(&world, &key, path, body).await;
        let kept = patched(&world, &key, &place, json!({ "name": "Renamed" })).await;
        assert_eq!(kept.pointer(has), Some(&json!(true)), "{path}: {kept}");
        let forgotten = patched(&world, &key, &place, patch).await;
        assert_eq!(
            forgotten.pointer(has),
            Some(&json!(false)),
            "{path}: {forgotten}"
        );
        if path == "/api/v1/channels" {
            assert_eq!(forgotten["whatsapp"]["has_webhook_secret"], true);
            let patch = json!({ "whatsapp": { "webhook_secret": null } });
            let forgotten = patched(&world, &key, &place, patch).await;
            assert_eq!(forgotten["whatsapp"]["has_webhook_secret"], false);
            let needed = json!({ "whatsapp": { "api_key": null } });
            let refused = world
                .patch(&place, &needed)
                .key(&key)
                .if_match("*")
                .send()
                .await;
            assert_eq!(
                refused.fields(),
                [("whatsapp.api_key".to_owned(), "required".to_owned())]
            );
        }
    }
}

#[actix_web::test]
async fn of_two_who_save_what_they_both_saw_one_wins_and_the_other_is_told() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = json!({ "name": "Support", "strategy": "auto" });
    let place = place(&world, &key, "/api/v1/queues", &queue).await;
    for round in 0..10 {
        let etag = world.get(&place).key(&key).send().await.etag();
        let saves = (0..8).map(|editor| {
            let body = json!({ "name": format!("Support {round} {editor}"), "strategy": "auto" });
            world.put(&place, &body).key(&key).if_match(&etag).send()
        });
        let answers = join_all(saves).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "round {round}");
        for answer in lost {
            assert_eq!(answer.refusal(), (412, "precondition_failed".to_owned()));
        }
        let now = world.get(&place).key(&key).send().await;
        assert_eq!((now.etag(), &now.json()), (won[0].etag(), &won[0].json()));
    }
}

#[actix_web::test]
async fn patches_of_whatever_there_is_all_arrive() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let form = |member: &'static str, value: u32| {
        let patch = json!({ "abuse": { member: value } });
        let call = world.patch("/api/v1/settings", &patch).key(&key);
        call.if_match("*").send()
    };
    let members = ["messages", "messages_secs", "conversations", "ban_hours"];
    let answers = join_all(members.map(|member| form(member, 7))).await;
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let settings = world.get("/api/v1/settings").key(&key).send().await.json();
    for member in members {
        assert_eq!(settings["abuse"][member], 7, "{member}: {settings}");
    }
}

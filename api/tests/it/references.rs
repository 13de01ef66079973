//! What points to what, and fits it: nothing is changed under what needs it as it is, and all that is wrong is told at once.

use ecluse_engine::configuration::Role;
use serde_json::{Value, json};

use crate::world::World;

const CHANNELS: &str = "/api/v1/channels";
const NUMBER: &str = "+33639980001";

async fn id(world: &World, key: &str, path: &str, body: &Value) -> String {
    let added = world.add(key, path, body).await;
    added["id"].as_str().unwrap().to_owned()
}

fn trunk(name: &str, numbers: &[&str]) -> Value {
    let twilio = json!({ "account_sid": format!("AC{}", "0".repeat(32)), "auth_token": "s" });
    json!({ "name": name, "provider": "twilio", "numbers": numbers, "twilio": twilio })
}

fn form(name: &str, purpose: &str) -> Value {
    let label = json!({ "fr": "a", "en": "a" });
    let field = json!({ "name": "message", "type": "multiline", "label": label });
    json!({ "name": name, "purpose": purpose, "fields": [field] })
}

#[actix_web::test]
async fn a_trunk_keeps_what_a_channel_uses_of_it() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let numbers = [NUMBER, "+33639980002"];
    let trunk_id = id(
        &world,
        &key,
        "/api/v1/sms-trunks",
        &trunk("Trunk", &numbers),
    )
    .await;
    let place = format!("/api/v1/sms-trunks/{trunk_id}");
    let sms = json!({ "kind": "sms", "name": "Texts", "destination": { "queue": queue },
        "sms": { "number": NUMBER, "trunk": trunk_id } });
    let channel = id(&world, &key, CHANNELS, &sms).await;
    for patch in [
        json!({ "enabled": false }),
        json!({ "numbers": ["+33639980002"] }),
    ] {
        let refused = world
            .patch(&place, &patch)
            .key(&key)
            .if_match("*")
            .send()
            .await;
        assert_eq!(refused.refusal(), (409, "in_use".to_owned()), "{patch}");
        let reference = json!([{ "kind": "channel", "id": channel, "name": "Texts" }]);
        assert_eq!(refused.json()["references"], reference);
    }
    let free = json!({ "numbers": [NUMBER], "description": "one is given back" });
    let free = world
        .patch(&place, &free)
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(free.status, 200, "{}", free.text());
    let gone = world.delete(&format!("{CHANNELS}/{channel}")).key(&key);
    assert_eq!(gone.if_match("*").send().await.status, 204);
    let off = world.patch(&place, &json!({ "enabled": false })).key(&key);
    assert_eq!(off.if_match("*").send().await.status, 200);
}

#[actix_web::test]
async fn a_form_is_where_its_purpose_is() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let before = id(&world, &key, "/api/v1/forms", &form("Before", "prechat")).await;
    let after = id(
        &world,
        &key,
        "/api/v1/forms",
        &form("After", "leave_message"),
    )
    .await;
    let chat = |prechat: &str, leave: &str| {
        json!({ "kind": "live_chat", "name": "Chat", "destination": { "queue": queue },
            "live_chat": { "domains": ["a.test"], "prechat_form": prechat, "leave_message_form": leave } })
    };
    let refused = world
        .post(CHANNELS, &chat(&after, &before))
        .key(&key)
        .send()
        .await;
    assert_eq!(
        refused.fields(),
        [
            (
                "live_chat.prechat_form".to_owned(),
                "wrong_purpose".to_owned()
            ),
            (
                "live_chat.leave_message_form".to_owned(),
                "wrong_purpose".to_owned()
            ),
        ]
    );
    let channel = id(&world, &key, CHANNELS, &chat(&before, &after)).await;
    let turned = json!({ "purpose": "leave_message" });
    let place = format!("/api/v1/forms/{before}");
    let refused = world
        .patch(&place, &turned)
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(refused.refusal(), (409, "in_use".to_owned()));
    assert_eq!(refused.json()["references"][0]["id"], json!(channel));
    let renamed = world.patch(&place, &json!({ "name": "First" })).key(&key);
    assert_eq!(renamed.if_match("*").send().await.status, 200);
}

#[actix_web::test]
async fn all_that_is_wrong_with_a_channel_is_told_at_once() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let nobody = "00000000-0000-0000-0000-000000000001";
    let taken = json!({ "kind": "live_chat", "key": "mine", "destination": { "queue": queue },
        "live_chat": { "domains": ["taken.test"] } });
    world.add(&key, CHANNELS, &taken).await;
    let number = json!({ "kind": "whatsapp", "destination": { "queue": queue },
        "whatsapp": { "provider": "dialog360", "number": "+33612345678", "api_key": "k" } });
    world.add(&key, CHANNELS, &number).await;
    let rows = [
        (
            json!({ "kind": "live_chat", "key": "mine", "name": "x".repeat(101), "destination": { "queue": nobody },
                "live_chat": { "domains": ["a b", "taken.test"], "theme_color": "red", "prechat_form": nobody } }),
            vec![
                ("live_chat.domains[0]", "invalid_domain"),
                ("live_chat.theme_color", "invalid_color"),
                ("name", "too_long"),
                ("live_chat.prechat_form", "unknown_form"),
                ("destination.queue", "unknown_queue"),
                ("live_chat.domains[1]", "taken"),
                ("key", "taken"),
            ],
        ),
        (
            json!({ "kind": "whatsapp", "destination": { "queue": nobody },
                "whatsapp": { "provider": "cloud", "number": "+33612345678" } }),
            vec![
                ("whatsapp.phone_number_id", "required"),
                ("destination.queue", "unknown_queue"),
                ("whatsapp.number", "taken"),
                ("whatsapp.access_token", "required"),
            ],
        ),
        (
            json!({ "kind": "email", "destination": { "queue": queue },
                "email": { "provider": "custom", "address": "nobody",
                    "imap": { "host": "two words", "port": 993, "username": "u" },
                    "smtp": { "host": "smtp.test", "port": 465, "username": "u", "password": "a\u{7}b" } } }),
            vec![
                ("email.smtp.password", "invalid"),
                ("email.address", "invalid_email"),
                ("email.imap.host", "invalid_host"),
                ("email.imap.password", "required"),
            ],
        ),
        (
            json!({ "kind": "facebook", "destination": { "queue": nobody } }),
            vec![
                ("facebook.page_access_token", "sign_on_needed"),
                ("destination.queue", "unknown_queue"),
            ],
        ),
    ];
    for (body, expected) in rows {
        let refused = world.post(CHANNELS, &body).key(&key).send().await;
        let expected: Vec<(String, String)> = expected
            .into_iter()
            .map(|(field, code)| (field.to_owned(), code.to_owned()))
            .collect();
        assert_eq!(refused.fields(), expected, "{body}");
    }
    let again = json!({ "kind": "live_chat", "destination": { "queue": queue },
        "live_chat": { "domains": ["taken.test"] } });
    let refused = world.post(CHANNELS, &again).key(&key).send().await;
    assert_eq!(refused.json()["errors"][0]["holder"], "taken.test");
}

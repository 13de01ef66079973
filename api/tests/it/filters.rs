//! The filters of lists: each leaves what fits, alone and with the others, and pages of what fits follow each other.

use std::time::Duration;

use ecluse_adapters::storage::config_db::ChannelHealth;
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::ChannelId;
use ecluse_engine::ids::TenantId;
use serde_json::{Value, json};

use crate::world::World;

const CHANNELS: &str = "/api/v1/channels";

async fn names(world: &World, key: &str, path: &str) -> Vec<String> {
    let listed = world.get(path).key(key).send().await;
    assert_eq!(listed.status, 200, "{path}: {}", listed.text());
    let items = listed.json()["items"].as_array().unwrap().clone();
    let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
    items.iter().map(name).collect()
}

async fn channels(world: &World, key: &str) {
    let queue = world.queue(key, "Support").await;
    let chat = |name: &str, domain: &str| {
        json!({ "kind": "live_chat", "name": name, "destination": { "queue": queue },
            "live_chat": { "domains": [domain] } })
    };
    let number = json!({
        "kind": "whatsapp", "name": "Number", "key": "wa", "destination": { "queue": queue },
        "whatsapp": { "provider": "dialog360", "number": "+33612345678", "api_key": "k" },
    });
    let bodies = [
        chat("Shop", "shop.test"),
        chat("Blog", "bücher.test"),
        number,
    ];
    for body in bodies {
        world.pass(Duration::from_millis(1));
        world.add(key, CHANNELS, &body).await;
    }
    let listed = world.get("/api/v1/channels?key=blog").key(key).send().await;
    let id = listed.json()["items"][0]["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let ill = ChannelHealth::Degraded {
        reason: "imap: connection.refused".to_owned(),
    };
    let db = &world.db;
    db.set_channel_health(TenantId::DEFAULT, ChannelId(id), ill)
        .await
        .unwrap();
}

#[actix_web::test]
async fn each_filter_leaves_what_fits_alone_and_with_the_others() {
    let world = World::new().await;
    let key = world.key(Role::Supervisor).await;
    let administrator = world.key(Role::Administrator).await;
    channels(&world, &administrator).await;
    let rows: [(&str, &[&str]); 16] = [
        ("", &["Shop", "Blog", "Number"]),
        ("q=BLOG", &["Blog"]),
        ("q=.test", &["Shop", "Blog"]),
        ("q=3361234", &["Number"]),
        ("q=6%2012%2034", &["Number"]),
        ("q=B%C3%9CCHER", &["Blog"]),
        ("q=xn--bcher", &["Blog"]),
        ("q=support", &["Shop", "Blog", "Number"]),
        ("q=support+blog", &["Blog"]),
        ("key=wa", &["Number"]),
        ("key=w", &[]),
        ("kind=live_chat", &["Shop", "Blog"]),
        ("kind=sms", &[]),
        ("state=degraded", &["Blog"]),
        ("state=active", &["Shop", "Number"]),
        ("kind=live_chat&state=active&q=shop", &["Shop"]),
    ];
    for (query, expected) in rows {
        let path = format!("{CHANNELS}?{query}");
        assert_eq!(names(&world, &key, &path).await, expected, "{query}");
    }
    for (query, field) in [("kind=fax", "kind"), ("state=tired", "state")] {
        let refused = world
            .get(&format!("{CHANNELS}?{query}"))
            .key(&key)
            .send()
            .await;
        assert_eq!(refused.fields(), [(field.to_owned(), "invalid".to_owned())]);
    }
}

#[actix_web::test]
async fn a_number_that_is_to_be_deleted_and_needs_a_person_is_found_by_both() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    channels(&world, &key).await;
    let found = world.get("/api/v1/channels?key=wa").key(&key).send().await;
    let id = found.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let deletion = world.delete(&format!("{CHANNELS}/{id}")).key(&key);
    let deletion = deletion.if_match("*").send().await;
    assert_eq!(deletion.status, 202, "{}", deletion.text());
    let signed_out = ChannelHealth::SignInRequired {
        reason: "the key was revoked".to_owned(),
    };
    world
        .db
        .set_channel_health(
            TenantId::DEFAULT,
            ChannelId(id.parse().unwrap()),
            signed_out,
        )
        .await
        .unwrap();
    for (state, expected) in [
        ("pending_deletion", &["Number"] as &[&str]),
        ("sign_in_required", &["Number"]),
        ("degraded", &["Blog"]),
        ("active", &["Shop"]),
    ] {
        let path = format!("{CHANNELS}?state={state}");
        assert_eq!(names(&world, &key, &path).await, expected, "{state}");
    }
}

#[actix_web::test]
async fn pages_of_what_fits_are_full_however_much_does_not_fit_between() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    for number in 0..12 {
        world.pass(Duration::from_millis(1));
        let name = match number % 4 {
            0 => format!("Wanted {number:02}"),
            _ => format!("Other {number:02}"),
        };
        world.queue(&key, &name).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/queues?q=wanted&limit=2{cursor}");
        let page = world.get(&path).key(&key).send().await.json();
        let items = page["items"].as_array().unwrap();
        seen.push(items.len());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [2, 1]);
    let people =
        json!({ "name": "Ada", "email": "ada@example.com", "role": "agent", "number": "4711" });
    world.add(&key, "/api/v1/agents", &people).await;
    for query in ["q=ada@", "q=4711", "key=ada"] {
        let path = format!("/api/v1/agents?{query}");
        assert_eq!(names(&world, &key, &path).await, ["Ada"], "{query}");
    }
}

//! What is kept of what happened: the audit trail with its filters, and alerts.

use ecluse_adapters::storage::config_db::{BanDraft, ChannelHealth};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::ChannelKind;
use serde_json::{Value, json};

use crate::world::World;

async fn audit(world: &World, key: &str, query: &str) -> Value {
    let answer = world.get(&format!("/api/v1/audit?{query}"));
    let answer = answer.key(key).send().await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

fn told(page: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| (text(&item["resource"]), text(&item["action"])))
        .collect()
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(one, two): &(&str, &str)| ((*one).to_owned(), (*two).to_owned());
    rows.iter().map(owned).collect()
}

#[actix_web::test]
async fn each_filter_of_the_audit_trail_leaves_what_fits() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    world.person("ada@example.com", Role::Administrator).await;
    let session = world.sign_in("ada@example.com").await;
    let queue = world.queue(&key, "Support").await;
    let place = format!("/api/v1/queues/{queue}");
    let renamed = json!({ "name": "Sales", "strategy": "auto" });
    let renamed = world.put(&place, &renamed).session(&session).if_match("*");
    assert_eq!(renamed.send().await.status, 200);
    let ban = json!({ "kind": "live_chat", "address": "visitor-0000000000001A" });
    let ban = world.add(&key, "/api/v1/bans", &ban).await;
    let lifted = world.delete(&format!("/api/v1/bans/{}", ban["id"].as_str().unwrap()));
    assert_eq!(lifted.key(&key).send().await.status, 204);

    let changed = audit(&world, &key, "resource=queue&action=changed").await;
    let record = &changed["items"][0];
    assert_eq!(
        (&record["before"]["name"], &record["after"]["name"]),
        (&json!("Support"), &json!("Sales"))
    );
    assert_eq!(
        (&record["editor"]["kind"], &record["editor"]["name"]),
        (&json!("person"), &json!("Somebody"))
    );
    let editor = record["editor"]["id"].as_str().unwrap();
    let rows: [(String, Vec<(String, String)>); 6] = [
        (
            "resource=queue".to_owned(),
            pairs(&[("queue", "changed"), ("queue", "created")]),
        ),
        (
            format!("resource_id={queue}&action=created"),
            pairs(&[("queue", "created")]),
        ),
        (format!("editor={editor}"), pairs(&[("queue", "changed")])),
        ("by=SOMEB".to_owned(), pairs(&[("queue", "changed")])),
        (
            "resource=ban".to_owned(),
            pairs(&[("ban", "lifted"), ("ban", "created")]),
        ),
        ("resource=form".to_owned(), Vec::new()),
    ];
    for (query, expected) in rows {
        assert_eq!(
            told(&audit(&world, &key, &query).await),
            expected,
            "{query}"
        );
    }

    let first = audit(&world, &key, "resource=queue&limit=1").await;
    let next = first["next_cursor"].as_u64().unwrap();
    let second = audit(
        &world,
        &key,
        &format!("resource=queue&limit=1&cursor={next}"),
    )
    .await;
    assert_eq!(told(&second), pairs(&[("queue", "created")]));
    assert_eq!(second["next_cursor"], Value::Null);

    let stranger = world
        .key_in(world.other_tenant().await, Role::Administrator)
        .await;
    let theirs = audit(&world, &stranger, "").await;
    assert!(
        theirs["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["resource"] == "api_key")
    );
    let supervisor = world.key(Role::Supervisor).await;
    let refused = world.get("/api/v1/audit").key(&supervisor).send().await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
}

#[actix_web::test]
async fn alerts_tell_what_needs_a_person_the_newest_first() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    let chat = json!({ "kind": "live_chat", "name": "Shop", "destination": { "queue": queue },
        "live_chat": { "domains": ["shop.test"] } });
    let channel = world.add(&key, "/api/v1/channels", &chat).await;
    let ban = BanDraft {
        kind: ChannelKind::Sms,
        address: "+33612345678".to_owned(),
        reason: "too_many_messages".to_owned(),
        until: None,
    };
    world
        .db
        .ban_and_alert(TenantId::DEFAULT, ban)
        .await
        .unwrap();
    let ill = ChannelHealth::Degraded {
        reason: "gone".to_owned(),
    };
    let id = ChannelId(channel["id"].as_str().unwrap().parse().unwrap());
    world
        .db
        .set_channel_health(TenantId::DEFAULT, id, ill)
        .await
        .unwrap();

    let path = |query: &str| format!("/api/v1/alerts?{query}");
    let page = world.get(&path("limit=1")).key(&key).send().await.json();
    let newest = &page["items"][0];
    assert_eq!(
        (
            &newest["kind"],
            &newest["channel"],
            &newest["name"],
            &newest["reason"]
        ),
        (
            &json!("channel_degraded"),
            &channel["id"],
            &json!("Shop"),
            &json!("gone")
        )
    );
    assert_eq!(newest["mail"]["state"], "waiting");
    let next = page["next_cursor"].as_u64().unwrap();
    let page = world
        .get(&path(&format!("cursor={next}")))
        .key(&key)
        .send()
        .await
        .json();
    let oldest = &page["items"][0];
    assert_eq!(
        (&oldest["kind"], &oldest["channel_kind"], &oldest["address"]),
        (
            &json!("sender_banned"),
            &json!("sms"),
            &json!("+33612345678")
        )
    );
    assert_eq!(page["next_cursor"], Value::Null);
    let stranger = world
        .key_in(world.other_tenant().await, Role::Administrator)
        .await;
    let theirs = world.get(&path("")).key(&stranger).send().await.json();
    assert_eq!(theirs["items"], json!([]));
}

//! Who may not write, as a program says it.

use std::time::Duration;

use ecluse_engine::configuration::Banned;
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{Address, TenantId};
use ecluse_engine::message::ChannelKind;
use serde_json::json;

use crate::world::World;

const BANS: &str = "/api/v1/bans";

#[actix_web::test]
async fn a_ban_is_added_read_listed_and_lifted() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let body = json!({ "kind": "live_chat", "address": "visitor-0000000000001A", "reason": "insults", "until": "2099-01-01T00:00:00Z" });
    let added = world.post(BANS, &body).key(&key).send().await;
    assert_eq!(added.status, 201, "{}", added.text());
    let ban = added.json();
    assert_eq!(
        (
            &ban["kind"],
            &ban["address"],
            &ban["reason"],
            &ban["banned_by"],
            &ban["until"]
        ),
        (
            &json!("live_chat"),
            &json!("visitor-0000000000001A"),
            &json!("insults"),
            &json!("tests"),
            &json!("2099-01-01T00:00:00.000000Z")
        )
    );
    let place = added.header("Location").to_owned();
    assert_eq!(world.get(&place).key(&key).send().await.json(), ban);
    let listed = world.get(BANS).key(&key).send().await.json();
    assert_eq!(listed, json!({ "items": [ban], "next_cursor": null }));

    let again = world.post(BANS, &body).key(&key).send().await;
    assert_eq!(again.fields(), [("address".to_owned(), "taken".to_owned())]);
    let past = json!({ "kind": "sms", "address": "+33612345678", "until": "2020-01-01T00:00:00Z" });
    let past = world.post(BANS, &past).key(&key).send().await;
    assert_eq!(
        past.fields(),
        [("until".to_owned(), "in_the_past".to_owned())]
    );

    let supervisor = world.key(Role::Supervisor).await;
    let refused = world.delete(&place).key(&supervisor).send().await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    let stranger = world
        .key_in(world.other_tenant().await, Role::Administrator)
        .await;
    for call in [world.get(&place), world.delete(&place)] {
        assert_eq!(call.key(&stranger).send().await.refusal().0, 404);
    }
    assert_eq!(world.delete(&place).key(&key).send().await.status, 204);
    assert_eq!(world.get(&place).key(&key).send().await.refusal().0, 404);
    let listed = world.get(BANS).key(&key).send().await.json();
    assert_eq!(listed["items"], json!([]));
}

#[actix_web::test]
async fn whoever_is_banned_is_named_as_their_conversations_name_them() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let rows = [
        (
            "whatsapp",
            ChannelKind::Whatsapp,
            "+33 6 12 34 56 78",
            "33612345678",
        ),
        ("sms", ChannelKind::Sms, "33 6 12 34 56 78", "+33612345678"),
        (
            "email",
            ChannelKind::Email,
            "Ada@Example.COM",
            "ada@example.com",
        ),
        (
            "live_chat",
            ChannelKind::LiveChat,
            " Visitor-0000000000001A ",
            "Visitor-0000000000001A",
        ),
        (
            "facebook",
            ChannelKind::Facebook,
            "8912345678901234",
            "8912345678901234",
        ),
    ];
    for (word, kind, typed, kept) in rows {
        let ban = world
            .add(&key, BANS, &json!({ "kind": word, "address": typed }))
            .await;
        assert_eq!(ban["address"], kept, "{word}");
        let banned = Banned {
            tenant: TenantId::DEFAULT,
            kind,
            address: Address::from(kept),
        };
        assert!(
            world.db.feed().current().bans.contains_key(&banned),
            "{word}"
        );
        let again = json!({ "kind": word, "address": kept });
        let again = world.post(BANS, &again).key(&key).send().await;
        assert_eq!(again.fields(), [("address".to_owned(), "taken".to_owned())]);
    }
    for (word, typed, code) in [
        ("whatsapp", "0612345678", "invalid_number"),
        ("sms", "0612345678", "invalid_number"),
        ("email", "ada", "invalid_email"),
        ("live_chat", "visitor-1", "invalid_visitor"),
        ("facebook", "ada.lovelace", "invalid_psid"),
    ] {
        let body = json!({ "kind": word, "address": typed });
        let refused = world.post(BANS, &body).key(&key).send().await;
        assert_eq!(refused.fields(), [("address".to_owned(), code.to_owned())]);
    }
}

#[actix_web::test]
async fn pages_of_bans_follow_each_other_and_leave_out_what_is_over() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let mut added = Vec::new();
    for number in 0..5 {
        world.pass(Duration::from_millis(1));
        let body = json!({ "kind": "live_chat", "address": format!("visitor-{number:013}A") });
        added.push(world.add(&key, BANS, &body).await["id"].clone());
    }
    let over = json!({ "kind": "live_chat", "address": "visitor-is-over000000A", "until": "2023-11-14T22:13:30Z" });
    world.add(&key, BANS, &over).await;
    world.pass(Duration::from_secs(60));
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("{BANS}?limit=2{cursor}");
        let page = world.get(&path).key(&key).send().await.json();
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|ban| ban["id"].clone()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, added);
}

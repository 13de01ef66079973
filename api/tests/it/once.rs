//! What is sent again with its `Idempotency-Key` is done once, and answered the same.

use ecluse_engine::configuration::Role;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const AGAIN: &str = "0198f3b2-6b0e-7c31";

async fn send(world: &World, key: &str, path: &str, body: &Value) -> Answer {
    let call = world.post(path, body).key(key);
    call.header("Idempotency-Key", AGAIN).send().await
}

#[actix_web::test]
async fn a_post_that_is_sent_again_adds_nothing_and_is_answered_as_before() {
    let administrator = json!({ "name": "Ada", "email": "ada@example.com" });
    let rows = [
        (
            "/api/v1/api-keys",
            json!({ "name": "CRM", "role": "agent" }),
        ),
        (
            "/api/v1/bans",
            json!({ "kind": "sms", "address": "+33612345678" }),
        ),
        (
            "/api/v1/tenants",
            json!({ "name": "Lampyre", "administrator": administrator }),
        ),
        (
            "/api/v1/queues",
            json!({ "name": "Support", "strategy": "auto" }),
        ),
    ];
    for (path, body) in rows {
        let world = World::new().await;
        let key = world.key(Role::Administrator).await;
        let count = async || {
            let listed = world.get(path).key(&key).send().await.json();
            listed["items"].as_array().unwrap().len()
        };
        let before = count().await;
        let first = send(&world, &key, path, &body).await;
        assert_eq!(first.status, 201, "{path}: {}", first.text());
        for answer in join_all((0..4).map(|_| send(&world, &key, path, &body))).await {
            assert_eq!(answer.status, 201, "{path}: {}", answer.text());
            assert_eq!(answer.text(), first.text(), "{path}");
            assert_eq!(answer.header("Location"), first.header("Location"));
        }
        assert_eq!(count().await, before + 1, "{path}");
        let read = world.get(first.header("Location")).key(&key).send().await;
        assert_eq!(read.status, 200, "{path}: {}", first.header("Location"));

        let mut other = body.clone();
        other["name"] = json!("Another");
        let refused = send(&world, &key, path, &other).await;
        assert_eq!(
            refused.refusal(),
            (409, "idempotency_key_used".to_owned()),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn of_two_at_once_with_the_same_key_one_adds_and_both_are_answered_alike() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let body = json!({ "name": "CRM", "role": "agent" });
    let answers = join_all((0..6).map(|_| send(&world, &key, "/api/v1/api-keys", &body))).await;
    let texts: std::collections::BTreeSet<String> = answers.iter().map(Answer::text).collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

#[actix_web::test]
async fn what_is_shown_once_stands_nowhere_in_clear_though_it_can_be_shown_again() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let body = json!({ "name": "CRM", "role": "agent" });
    let made = send(&world, &key, "/api/v1/api-keys", &body).await.json();
    assert!(!world.files_hold(made["key"].as_str().unwrap()));
    assert!(
        world.files_hold(AGAIN),
        "the search finds what is not secret"
    );
}

//! Messages over REST: what a program may rely on when it sends.

use ecluse_adapters::storage::config_db::Editor;
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{ConversationId, TenantId};
use serde_json::{Value, json};

use crate::chat_world::{Talking, World};

/// A program with a key of its own.
struct Program<'w> {
    world: &'w World,
    key: String,
    conversation: ConversationId,
}

impl<'w> Program<'w> {
    async fn new(world: &'w World, name: &str, conversation: ConversationId) -> Self {
        let editor = Editor::system(TenantId::DEFAULT);
        let made = world
            .app
            .config
            .create_api_key(&editor, name, Role::Administrator)
            .await
            .unwrap();
        Self {
            world,
            key: made.key.expose().to_owned(),
            conversation,
        }
    }

    fn url(&self) -> String {
        format!(
            "{}/api/v1/conversations/{}/messages",
            self.world.origin(),
            self.conversation.0
        )
    }

    async fn send(&self, idempotency_key: &str, text: &str) -> (u16, Value) {
        let request = self
            .world
            .http
            .post(self.url())
            .bearer_auth(&self.key)
            .header("Idempotency-Key", idempotency_key)
            .json(&json!({ "content": { "type": "text", "body": text } }));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn list(&self, query: &str) -> (u16, Value) {
        let request = self
            .world
            .http
            .get(format!("{}?{query}", self.url()))
            .bearer_auth(&self.key);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_idempotency_key_is_its_callers_own_and_one_message() {
    let world = World::new().await;
    let Talking { conversation, .. } = world.talking("Bonjour").await;
    let one = Program::new(&world, "one", conversation).await;
    let other = Program::new(&world, "other", conversation).await;
    let (status, first) = one.send("order-1", "Le premier").await;
    assert_eq!(status, 201, "{first}");
    let (status, again) = one.send("order-1", "Le premier").await;
    assert_eq!((status, &again["seq"]), (201, &first["seq"]), "{again}");
    let (status, reused) = one.send("order-1", "Un autre").await;
    assert_eq!(status, 422, "{reused}");
    assert_eq!(
        (&reused["errors"][0]["field"], &reused["errors"][0]["code"]),
        (&json!("Idempotency-Key"), &json!("reused"))
    );
    let (status, theirs) = other.send("order-1", "Celui d'un autre").await;
    assert_eq!(status, 201, "{theirs}");
    assert_ne!(theirs["seq"], first["seq"]);
    let (_, all) = one.list("").await;
    let sent = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["direction"] == "out");
    assert_eq!(sent.count(), 2, "{all}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn no_place_in_a_conversation_is_too_far() {
    let world = World::new().await;
    let Talking { conversation, .. } = world.talking("Bonjour").await;
    let program = Program::new(&world, "reader", conversation).await;
    for place in [u64::MAX, 1 << 63, (1 << 63) - 1] {
        let (status, page) = program.list(&format!("after={place}")).await;
        assert_eq!((status, &page["items"]), (200, &json!([])), "after {place}");
        let (status, page) = program.list(&format!("before={place}")).await;
        assert_eq!(status, 200, "before {place}");
        assert!(
            !page["items"].as_array().unwrap().is_empty(),
            "before {place}"
        );
    }
    let (status, problem) = program.list("after=-1").await;
    assert_eq!(
        (status, &problem["errors"][0]["field"]),
        (422, &json!("after"))
    );
    assert!(
        problem["remedy"].is_string() && !problem.to_string().contains("deserialize"),
        "{problem}"
    );
}

//! Who is at work cannot be deleted: with a desk or without one, expected back, or with conversations that are open.

use ecluse_adapters::storage::config_db::{Editor, TenantDraft};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{AgentId, TenantId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::chat_world::{Talking, World};
use crate::desk_world::Centre;

async fn program(world: &World, tenant: TenantId) -> String {
    let (config, editor) = (&world.app.config, Editor::system(tenant));
    let made = config.create_api_key(&editor, "program", Role::Administrator);
    made.await.unwrap().key.expose().to_owned()
}

/// Asks for the deletion; the status, the code of a refusal, and the whole answer.
async fn delete(world: &World, key: &str, agent: AgentId) -> (u16, String, Value) {
    let asked = world.request(Method::DELETE, &format!("/api/v1/agents/{agent}"));
    let answer = asked.bearer_auth(key).header("If-Match", "*").send().await;
    let answer = answer.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    (status, code, body)
}

/// What the licence says of those at work.
async fn seats_taken(world: &World, key: &str) -> u64 {
    let asked = world.request(Method::GET, "/api/v1/licence");
    let answer = asked.bearer_auth(key).send().await.unwrap();
    let licence: Value = answer.json().await.unwrap();
    licence["used"]["agents_at_work"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_agent_who_is_signed_in_without_a_desk_or_expected_back_is_logged_in() {
    let centre = Centre::new().await;
    let world = &centre.world;
    let key = program(world, TenantId::DEFAULT).await;
    let marie = centre.sign_in("Marie").await;
    let refused = (409, "agent_logged_in".to_owned());

    assert_eq!(seats_taken(world, &key).await, 0);
    marie.be("available", &[world.queue]).await;
    assert_eq!(seats_taken(world, &key).await, 1);
    let (status, code, _) = delete(world, &key, world.agent).await;
    assert_eq!((status, code), refused, "signed in, with no desk");

    let (desk, _) = marie.open(&marie.snapshot().await).await;
    let (status, code, _) = delete(world, &key, world.agent).await;
    assert_eq!((status, code), refused, "with a desk open");
    desk.close().await;
    let (status, code, _) = delete(world, &key, world.agent).await;
    assert_eq!((status, code), refused, "within the time to come back");

    let other = TenantDraft {
        key: None,
        name: "Other".to_owned(),
    };
    let platform = Editor::system(TenantId::DEFAULT);
    let other = world.app.config.create_tenant(&platform, other).await;
    let stranger = program(world, other.unwrap().id).await;
    let (status, code, _) = delete(world, &stranger, world.agent).await;
    assert_eq!(
        (status, code),
        (404, "not_found".to_owned()),
        "to strangers nobody is there"
    );

    marie.be("offline", &[]).await;
    let (status, _, body) = delete(world, &key, world.agent).await;
    assert_eq!(status, 204, "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_agent_who_has_a_desk_open_and_does_not_work_is_deleted() {
    let centre = Centre::new().await;
    let world = &centre.world;
    let key = program(world, TenantId::DEFAULT).await;
    let marie = centre.sign_in("Marie").await;
    let (_desk, _) = marie.open(&marie.snapshot().await).await;
    let (status, _, body) = delete(world, &key, world.agent).await;
    assert_eq!(status, 204, "{body}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_agent_who_has_conversations_stays_until_they_are_closed() {
    let centre = Centre::new().await;
    let world = &centre.world;
    let admin = program(world, TenantId::DEFAULT).await;
    let paul = centre.person("Paul", Role::Agent).await;
    let Talking {
        conversation, key, ..
    } = world.talking("Bonjour").await;
    centre.give(&key, conversation, paul).await;
    let (status, code, body) = delete(world, &admin, paul).await;
    assert_eq!((status, code), (409, "agent_has_conversations".to_owned()));
    assert_eq!(body["conversations"], json!([conversation.0]));
    world.close(&key, conversation).await;
    let (status, _, body) = delete(world, &admin, paul).await;
    assert_eq!(status, 204, "{body}");
}

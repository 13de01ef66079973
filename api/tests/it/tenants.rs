//! Nothing of one tenant is visible to another, nor can be changed by it: a table over every route.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecluse_adapters::storage::config_db::{
    BanDraft, Editor, NewSignOn, SignOnKind, SignOnProgress, TenantDraft, Token,
};
use ecluse_engine::configuration::Role;
use ecluse_engine::conversation::letter::Letter;
use ecluse_engine::ids::{ConversationKey, Key, TenantId};
use ecluse_engine::message::{ChannelKind, Content, DeadLetter, Fact, Inbound, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::chat_world::{Talking, World};
use crate::contract::whole_document;

/// In the name or the text of everything that the first tenant has.
const MARKER: &str = "Zaubernuss";

/// A program of one tenant.
struct Program<'w> {
    world: &'w World,
    key: String,
}

impl<'w> Program<'w> {
    async fn of(world: &'w World, tenant: TenantId) -> Self {
        let editor = Editor::system(tenant);
        let config = &world.app.config;
        let made = config.create_api_key(&editor, "program", Role::Administrator);
        Self {
            world,
            key: made.await.unwrap().key.expose().to_owned(),
        }
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> (u16, String) {
        let method: Method = method.to_uppercase().parse().unwrap();
        let mut request = self
            .world
            .request(method.clone(), path)
            .bearer_auth(&self.key);
        if method != Method::GET && method != Method::POST {
            request = request.header("If-Match", "*");
        }
        if method != Method::GET && method != Method::DELETE {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn add(&self, path: &str, body: &Value) -> String {
        let (status, text) = self.call("POST", path, body).await;
        assert_eq!(status, 201, "{path}: {text}");
        let made: Value = serde_json::from_str(&text).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }
}

/// One of everything, by the first part of its path.
async fn one_of_everything(world: &World, owner: &Program<'_>) -> BTreeMap<&'static str, String> {
    let queue = owner
        .add(
            "/api/v1/queues",
            &json!({ "name": MARKER, "strategy": "auto" }),
        )
        .await;
    let option = json!({ "label": { "fr": MARKER, "en": MARKER }, "queue": queue });
    let chatbot = json!({ "name": MARKER, "fallback_queue": queue, "options": [option] });
    let field = json!({ "name": "name", "type": "text", "label": { "fr": MARKER, "en": MARKER } });
    let form = json!({ "name": MARKER, "purpose": "prechat", "fields": [field] });
    let twilio = json!({ "account_sid": format!("AC{}", "0".repeat(32)), "auth_token": MARKER });
    let trunk = json!({ "name": MARKER, "provider": "twilio", "twilio": twilio });
    let agent =
        json!({ "name": MARKER, "email": format!("{MARKER}@example.com"), "role": "agent" });
    let chat = json!({ "domains": [format!("{MARKER}.example")] });
    let channel = json!({ "kind": "live_chat", "name": MARKER, "destination": { "queue": queue }, "live_chat": chat });
    let ban = BanDraft {
        kind: ChannelKind::Sms,
        address: MARKER.to_owned(),
        reason: MARKER.to_owned(),
        until: None,
    };
    let ban = world.app.config.ban_and_alert(TenantId::DEFAULT, ban);
    let Talking {
        conversation, key, ..
    } = world.talking(MARKER).await;
    let letter = letter(world, owner, &key).await;
    let contact = world
        .until(async || {
            let path = format!("/api/v1/conversations/{conversation}");
            let (_, text) = owner.call("GET", &path, &Value::Null).await;
            let shown: Value = serde_json::from_str(&text).unwrap();
            shown["contact"]["id"].as_str().map(str::to_owned)
        })
        .await;
    BTreeMap::from([
        ("queues", queue),
        ("chatbots", owner.add("/api/v1/chatbots", &chatbot).await),
        ("forms", owner.add("/api/v1/forms", &form).await),
        ("sms-trunks", owner.add("/api/v1/sms-trunks", &trunk).await),
        ("agents", owner.add("/api/v1/agents", &agent).await),
        ("channels", owner.add("/api/v1/channels", &channel).await),
        (
            "api-keys",
            owner
                .add(
                    "/api/v1/api-keys",
                    &json!({ "name": MARKER, "role": "agent" }),
                )
                .await,
        ),
        ("bans", ban.await.unwrap().id.to_string()),
        ("conversations", conversation.to_string()),
        ("contacts", contact),
        ("tenants", "1".to_owned()),
        ("dead-letters", letter),
        ("sign-ons", sign_on(world).await),
    ])
}

/// A letter of the first tenant that could not be handled: its number.
async fn letter(world: &World, owner: &Program<'_>, key: &ConversationKey) -> String {
    let content = Content::text(MARKER);
    let lost = Letter::Received(Arc::new(Inbound::new("lost", Timestamp(0), content)));
    let fact = Fact::DeadLettered(DeadLetter {
        cause: MARKER.to_owned(),
        letter: Box::new(lost.to_raw()),
    });
    let engine = &world.app.engine;
    let recorded = engine.record_durably(Key::Conversation(key.clone()), fact);
    recorded.await.unwrap();
    world
        .until(async || {
            let (_, text) = owner
                .call("GET", "/api/v1/dead-letters", &Value::Null)
                .await;
            let listed: Value = serde_json::from_str(&text).unwrap();
            listed["items"][0]["id"].as_u64()
        })
        .await
        .to_string()
}

async fn sign_on(world: &World) -> String {
    let new = NewSignOn {
        tenant: TenantId::DEFAULT,
        kind: SignOnKind::Facebook,
        state: Token::draw().digest(),
        progress: SignOnProgress::default(),
    };
    let begun = world.app.config.begin_sign_on(new).await.unwrap();
    begun.id.to_string()
}

/// A body that the route takes, so that nothing but the id can be what is refused.
fn body_of(path: &str) -> Value {
    let last = path.rsplit('/').next().unwrap_or_default();
    match last {
        "verify" => json!({ "connection": "provider" }),
        "messages" => json!({ "content": { "type": "text", "body": "stolen" } }),
        "assign" | "transfer" => json!({ "agent": Uuid::nil() }),
        "typing" => json!({ "typing": true }),
        "read" => json!({ "seq": 1 }),
        "choice" => json!({ "choice": "stolen" }),
        "licence" => json!({ "channels_max": 0 }),
        _ => json!({ "name": "stolen" }),
    }
}

/// The path with the first tenant's own ids in it.
fn filled(path: &str, ids: &BTreeMap<&str, String>) -> String {
    let kind = path.split('/').nth(3).unwrap_or_default();
    let id = ids.get(kind).map_or("1", String::as_str);
    let mut filled = path.replace("{id}", id);
    while let (Some(from), Some(to)) = (filled.find('{'), filled.find('}')) {
        filled.replace_range(from..=to, "1");
    }
    filled
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_of_one_tenant_is_visible_to_another_on_any_route() {
    let world = World::new().await;
    let owner = Program::of(&world, TenantId::DEFAULT).await;
    let ids = one_of_everything(&world, &owner).await;
    let other = TenantDraft {
        key: None,
        name: "other".to_owned(),
    };
    let platform = Editor::system(TenantId::DEFAULT);
    let other = world.app.config.create_tenant(&platform, other).await;
    let stranger = Program::of(&world, other.unwrap().id).await;
    let export = async || {
        owner
            .call("GET", "/api/v1/config/export", &Value::Null)
            .await
    };
    let before = export().await;
    assert!(before.1.contains(MARKER), "{}", before.1);

    let document = whole_document();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if path.starts_with("/api/v1/session") || path.starts_with("/api/v1/invitations") {
                continue;
            }
            let place = filled(path, &ids);
            let is_item = path.contains("{id}");
            if is_item && method == "get" {
                let (status, text) = owner.call(method, &place, &Value::Null).await;
                assert_eq!(status, 200, "{place} is there: {text}");
            }
            let (status, text) = stranger.call(method, &place, &body_of(path)).await;
            assert!(
                !text.to_lowercase().contains(&MARKER.to_lowercase()),
                "{method} {place}: {text}"
            );
            assert!(status < 500, "{method} {place}: {status} {text}");
            if is_item {
                assert!(
                    [403, 404].contains(&status),
                    "{method} {place}: {status} {text}"
                );
            }
            asked += 1;
        }
    }
    assert!(asked > 80, "{asked} operations");
    assert_eq!(export().await, before, "the first tenant is as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nothing_can_be_made_to_point_to_another_tenants() {
    let world = World::new().await;
    let owner = Program::of(&world, TenantId::DEFAULT).await;
    let ids = one_of_everything(&world, &owner).await;
    let platform = Editor::system(TenantId::DEFAULT);
    let other = TenantDraft {
        key: None,
        name: "other".to_owned(),
    };
    let other = world.app.config.create_tenant(&platform, other).await;
    let stranger = Program::of(&world, other.unwrap().id).await;
    let own = stranger
        .add(
            "/api/v1/queues",
            &json!({ "name": "own", "strategy": "auto" }),
        )
        .await;
    let chat = json!({ "domains": ["own.example"] });
    let their = |kind: &str| ids[kind].clone();
    let bodies = [
        (
            "/api/v1/channels",
            json!({ "kind": "live_chat", "name": "x", "destination": { "queue": their("queues") }, "live_chat": chat }),
        ),
        (
            "/api/v1/channels",
            json!({ "kind": "live_chat", "name": "x", "destination": { "chatbot": their("chatbots") }, "live_chat": chat }),
        ),
        (
            "/api/v1/channels",
            json!({ "kind": "live_chat", "name": "x", "destination": { "queue": own },
                "live_chat": { "domains": ["own.example"], "prechat_form": their("forms") } }),
        ),
        (
            "/api/v1/channels",
            json!({ "kind": "sms", "name": "x", "destination": { "queue": own },
                "sms": { "number": "+33639980001", "trunk": their("sms-trunks") } }),
        ),
        (
            "/api/v1/queues",
            json!({ "name": "x", "strategy": "auto", "members": [their("agents")] }),
        ),
        (
            "/api/v1/chatbots",
            json!({ "name": "x", "fallback_queue": their("queues"),
                "options": [{ "label": { "fr": "a", "en": "a" }, "queue": own }] }),
        ),
    ];
    for (path, body) in bodies {
        let (status, text) = stranger.call("POST", path, &body).await;
        assert_eq!(status, 422, "{path} {body}: {text}");
    }
}

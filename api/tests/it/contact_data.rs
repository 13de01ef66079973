//! A copy of all that is kept about a contact, and its end.

use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::storage::config_db::{Editor, TenantDraft};
use ecluse_engine::configuration::{Channel, Role, Snapshot};
use ecluse_engine::conversation::{Command, Reply};
use ecluse_engine::ids::{ConversationId, ConversationKey, TenantId};
use ecluse_engine::message::{Content, Inbound, Timestamp};
use ecluse_engine::tenant::{AbuseLimits, Tenant};
use reqwest::Method;
use serde_json::{Value, json};

use crate::chat_world::{Talking, World};
use crate::desk_world::Centre;
use crate::rest_desk::Caller;

/// Nobody is limited, and no conversation is opened again.
fn without_limits(world: &World) {
    let feed = world.app.config.feed();
    let current = feed.current();
    let abuse = AbuseLimits {
        enabled: false,
        ..AbuseLimits::default()
    };
    let tenant = Tenant {
        abuse,
        ..Tenant::new(TenantId::DEFAULT)
    };
    let ending = |channel: &Arc<Channel>| {
        let mut channel = Channel::clone(channel);
        channel.rules.reopen_within = Duration::ZERO;
        (channel.id, Arc::new(channel))
    };
    feed.publish(Snapshot {
        revision: current.revision + 1,
        channels: current.channels.values().map(ending).collect(),
        tenants: [(tenant.id, Arc::new(tenant))].into(),
        ..Snapshot::clone(&current)
    });
}

async fn write(world: &World, key: &ConversationKey, text: &str) -> ConversationId {
    let message = Inbound::new(text, Timestamp(0), Content::text(text));
    let fingerprint = world
        .app
        .engine
        .fingerprinter
        .of(key.channel, &message.provider_id.0);
    let command = Command::Receive {
        message: Arc::new(message),
        fingerprint,
    };
    match world.app.engine.ask(key, command).await.unwrap() {
        Some(Reply::Done {
            conversation: Some(conversation),
            ..
        }) => conversation,
        other => panic!("{other:?}"),
    }
}

async fn contact_of(admin: &Caller<'_>, conversation: ConversationId) -> String {
    let (status, view) = admin.get(&format!("/conversations/{conversation}")).await;
    assert_eq!(status, 200, "{view}");
    view["contact"]["id"].as_str().unwrap().to_owned()
}

/// The texts of a list of messages.
fn bodies(messages: &Value) -> Vec<&str> {
    let messages = messages.as_array().unwrap().iter();
    messages
        .filter_map(|message| message["content"]["body"].as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_export_is_one_document_of_everything_that_was_said() {
    let world = World::new().await;
    let admin = Caller::program(&world, Role::Administrator).await;
    without_limits(&world);
    let Talking {
        key, conversation, ..
    } = world.talking("Bonjour").await;
    let mut expected = vec![vec!["Bonjour".to_owned()]];
    // More than a page of messages, and then more than a page of conversations.
    for number in 0..450 {
        let text = format!("answer \"{number}\"");
        world.answer(&key, conversation, &text).await;
        expected[0].push(text);
    }
    world.close(&key, conversation).await;
    for number in 0..45 {
        let text = format!("again {number}");
        let conversation = write(&world, &key, &text).await;
        world.close(&key, conversation).await;
        expected.push(vec![text]);
    }
    world.talking("Quelqu'un d'autre").await;
    let contact = contact_of(&admin, conversation).await;
    let (status, document) = admin.get(&format!("/contacts/{contact}/export")).await;
    assert_eq!(status, 200);
    assert_eq!(document["contact"]["name"], "Zoé");
    assert_eq!(document["contact"]["fields"]["email"], "zoe@example.fr");
    let exported = document["conversations"].as_array().unwrap();
    let mut said: Vec<Vec<&str>> = exported
        .iter()
        .map(|one| bodies(&one["messages"]))
        .collect();
    // What began in one millisecond has no order.
    said[1..].sort();
    expected[1..].sort();
    assert!(said == expected, "{} conversations", said.len());
    let opened = exported.iter().map(|one| &one["conversation"]["state"]);
    assert!(opened.into_iter().all(|state| state == "closed"));

    let supervisor = Caller::program(&world, Role::Supervisor).await;
    let (status, problem) = supervisor.get(&format!("/contacts/{contact}/export")).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_erasure_waits_until_nothing_is_open_and_then_leaves_nothing() {
    let world = World::new().await;
    let admin = Caller::program(&world, Role::Administrator).await;
    let Talking {
        key, conversation, ..
    } = world.talking("Bonjour").await;
    let contact = contact_of(&admin, conversation).await;
    let erasure = format!("/contacts/{contact}/erasure");
    let (status, problem) = admin.post(&erasure, Value::Null).await;
    assert_eq!(
        (status, &problem["code"], &problem["conversations"]),
        (409, &json!("conversation_open"), &json!([conversation.0]))
    );
    world.close(&key, conversation).await;
    assert_eq!(admin.post(&erasure, Value::Null).await, (204, Value::Null));

    let gone = [
        format!("/contacts/{contact}"),
        format!("/contacts/{contact}/export"),
        format!("/contacts/{contact}/conversations"),
        format!("/conversations/{conversation}"),
        format!("/conversations/{conversation}/messages"),
    ];
    for path in &gone {
        assert_eq!(admin.get(path).await.0, 404, "{path}");
    }
    assert_eq!(admin.post(&erasure, Value::Null).await.0, 404);
    for list in ["/contacts", "/conversations"] {
        let (_, page) = admin.get(list).await;
        assert_eq!(page["items"], json!([]), "{list}");
    }

    let again = write(&world, &key, "Me revoilà").await;
    assert_ne!(again, conversation);
    let messages = format!("/conversations/{again}/messages?whole_history=true");
    let (_, page) = admin.get(&messages).await;
    assert_eq!(bodies(&page["items"]), ["Me revoilà"]);
    let events = page["items"].as_array().unwrap().iter();
    let events: Vec<_> = events.map(|item| &item["content"]["event"]).collect();
    assert_eq!(events[0], "erased", "{events:?}");
    assert_eq!(page["items"][0]["content"]["reason"], "requested");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_audit_trail_says_who_exported_and_erased_a_contact_and_nothing_of_them() {
    let world = World::new().await;
    let admin = Caller::program(&world, Role::Administrator).await;
    let Talking {
        key, conversation, ..
    } = world.talking("Bonjour").await;
    let contact = contact_of(&admin, conversation).await;
    let (erasure, export) = (
        format!("/contacts/{contact}/erasure"),
        format!("/contacts/{contact}/export"),
    );
    assert_eq!(admin.post(&erasure, Value::Null).await.0, 409);
    let (_, trail) = admin.get("/audit?resource=contact").await;
    assert_eq!(trail["items"], json!([]), "what was refused was not done");
    assert_eq!(admin.get(&export).await.0, 200);
    world.close(&key, conversation).await;
    assert_eq!(admin.post(&erasure, Value::Null).await.0, 204);

    let (_, trail) = admin.get("/audit?resource=contact").await;
    let records = trail["items"].as_array().unwrap();
    let actions: Vec<_> = records.iter().map(|record| &record["action"]).collect();
    assert_eq!(actions, ["erased", "exported"]);
    for record in records {
        assert_eq!(record["resource_id"], json!(contact));
        assert_eq!(record["editor"]["kind"], "api_key");
        assert_eq!(
            (&record["before"], &record["after"]),
            (&Value::Null, &Value::Null)
        );
    }
    let (_, erased) = admin.get("/audit?resource=contact&action=erased").await;
    assert_eq!(erased["items"].as_array().unwrap().len(), 1);
    assert!(!trail.to_string().contains("Zoé"), "{trail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_contact_of_another_tenant_is_nobodys_to_export_or_erase() {
    let world = World::new().await;
    let admin = Caller::program(&world, Role::Administrator).await;
    let Talking {
        key, conversation, ..
    } = world.talking("Bonjour").await;
    world.close(&key, conversation).await;
    let contact = contact_of(&admin, conversation).await;
    let other = TenantDraft {
        name: "other".to_owned(),
        key: None,
    };
    let platform = Editor::system(TenantId::DEFAULT);
    let other = world.app.config.create_tenant(&platform, other);
    let editor = Editor::system(other.await.unwrap().id);
    let made = world
        .app
        .config
        .create_api_key(&editor, "theirs", Role::Administrator)
        .await
        .unwrap();
    for (method, what) in [(Method::GET, "export"), (Method::POST, "erasure")] {
        let path = format!("/api/v1/contacts/{contact}/{what}");
        let asked = world.request(method, &path).bearer_auth(made.key.expose());
        assert_eq!(asked.send().await.unwrap().status(), 404, "{what}");
    }
    let (status, _) = admin.get(&format!("/contacts/{contact}")).await;
    assert_eq!(status, 200, "it is still there");
}

#[actix_web::test]
async fn a_desk_on_which_it_is_open_hears_that_it_is_gone() {
    let centre = Centre::new().await;
    let world = &centre.world;
    let admin = Caller::program(world, Role::Administrator).await;
    let Talking {
        key, conversation, ..
    } = world.talking("Bonjour").await;
    let marie = centre.sign_in("Marie").await;
    let (mut desk, _) = marie.open(&marie.snapshot().await).await;
    desk.watch(conversation).await;
    world.close(&key, conversation).await;
    desk.until("event").await;
    let contact = contact_of(&admin, conversation).await;
    let erasure = format!("/contacts/{contact}/erasure");
    assert_eq!(admin.post(&erasure, Value::Null).await.0, 204);
    let frame = desk.until("erased").await;
    assert_eq!(frame["conversation_id"], json!(conversation.0));
    assert_eq!(marie.reads(conversation).await, 404);
}

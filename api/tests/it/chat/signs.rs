//! What both sides see of each other: other tabs, typing, reading, and who the visitor says to be.

use ecluse_adapters::storage::config_db::Editor;
use ecluse_engine::conversation::Command;
use ecluse_engine::ids::TenantId;
use ecluse_engine::live::{Interest, LiveEvent, Typist};
use ecluse_engine::message::ChannelKind;
use serde_json::{Value, json};

use crate::chat_world::{Talking, World, again, send};

use super::REFUSED;

#[tokio::test]
async fn two_tabs_of_a_visitor_show_the_same() {
    let world = World::new().await;
    let Talking {
        mut page,
        welcome,
        key,
        conversation,
    } = world.talking("Bonjour").await;
    page.frames_until_pong().await;
    let hello = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (mut other, seen) = world.welcome(hello).await;
    assert_eq!(seen["messages"][0]["body"], "Bonjour");
    assert_eq!(seen["conversation_id"], conversation.to_string());
    other.say(send("from-two", "De l’autre onglet")).await;
    world.assign(&key, conversation).await;
    world.answer(&key, conversation, "Oui").await;
    world.close(&key, conversation).await;
    let mut both = Vec::new();
    for tab in [&mut page, &mut other] {
        let mut frames = Vec::new();
        loop {
            let frame = tab.hear().await;
            let kind = frame["type"].as_str().unwrap().to_owned();
            if ["message", "closed"].contains(&kind.as_str()) {
                frames.push(frame);
            }
            if kind == "closed" {
                break;
            }
        }
        both.push(frames);
    }
    assert_eq!(both[0], both[1]);
    let mine = both[0]
        .iter()
        .find(|frame| frame["message"]["client_id"] == "from-two")
        .unwrap();
    assert_eq!(mine["message"]["from"], "me");
    assert_eq!(
        both[0].len(),
        5,
        "a question, a name, an answer, an end and its line: {both:?}"
    );
}

#[tokio::test]
async fn typing_is_seen_on_both_sides() {
    let world = World::new().await;
    let Talking {
        mut page,
        key,
        conversation,
        ..
    } = world.talking("Bonjour").await;
    let interest = Interest {
        watched: Some(key.clone()),
        ..Interest::default()
    };
    let mut desk = world.app.engine.live.subscribe(interest);
    for typing in [true, false] {
        page.say(json!({"type": "typing", "typing": typing})).await;
        let seen = loop {
            if let Some(LiveEvent::Typing { who, typing, .. }) = desk.next().await {
                break (who, typing);
            }
        };
        assert_eq!(seen, (Typist::Customer, typing));
    }
    for typing in [true, false] {
        world
            .app
            .engine
            .live
            .typing(&key, conversation, Typist::Agent(world.agent), typing);
        assert_eq!(
            page.until("typing").await,
            json!({"type": "typing", "typing": typing})
        );
    }
    assert!(
        page.frames_until_pong().await.is_empty(),
        "a page does not hear of its own visitor's typing"
    );
}

#[tokio::test]
async fn what_the_agent_has_read_is_marked_on_every_page_of_the_visitor() {
    let world = World::new().await;
    let Talking {
        mut page,
        welcome,
        key,
        conversation,
    } = world.talking("Bonjour").await;
    world.assign(&key, conversation).await;
    let first = world
        .ask(
            &key,
            Command::ReadByAgent {
                conversation,
                agent: world.agent,
                up_to: 1_000,
            },
        )
        .await;
    let told = page.until("status").await;
    assert_eq!(told["status"], "read");
    assert_eq!(told["offset"], json!(first));
    let back = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (_, anew) = world.welcome(back).await;
    assert_eq!(anew["read"], told["seq"], "{anew}");
    assert_eq!(anew["messages"][0]["seq"], told["seq"]);
}

#[tokio::test]
async fn a_typed_address_is_a_hint_for_agents_and_nothing_for_the_visitor() {
    let world = World::new().await;
    let (tenant, email) = (TenantId::DEFAULT, "ada@example.fr");
    let mut contacts = Vec::new();
    for (number, name) in ["Ada", "Quelqu’un"].into_iter().enumerate() {
        let (mut page, _) = world.visitor().await;
        page.say(json!({"type": "start", "name": name, "email": email}))
            .await;
        page.until("started").await;
        page.say(send("c", &format!("message {number}"))).await;
        let told = page.until("ack").await;
        assert!(!told.to_string().contains("Ada"), "{told}");
        let (key, _) = world.newest_conversation().await;
        let contact = key.contact_id(ChannelKind::LiveChat);
        let typed = async || {
            let found = world.app.reads.contact(tenant, contact).await.unwrap();
            found.filter(|found| found.typed_email.as_deref() == Some(email))
        };
        assert_eq!(world.until(typed).await.name.as_deref(), Some(name));
        contacts.push((contact, page));
    }
    let (second, mut page) = contacts.pop().unwrap();
    let (first, _) = contacts.pop().unwrap();
    let matches = world
        .app
        .reads
        .possible_matches(tenant, second)
        .await
        .unwrap();
    assert_eq!(
        matches.iter().map(|found| found.id).collect::<Vec<_>>(),
        [first]
    );
    let shown = page.frames_until_pong().await;
    assert!(!json!(shown).to_string().contains("Ada"), "{shown:?}");
}

#[tokio::test]
async fn a_form_outlives_its_connection_and_is_not_asked_again() {
    let world = World::new().await;
    let (mut page, welcome) = world.visitor().await;
    page.say(json!({"type": "start", "name": "Ada", "email": "ada@example.fr"}))
        .await;
    page.until("started").await;
    drop(page);
    let (mut page, back) = world.welcome(again(&welcome, &welcome["offset"])).await;
    assert_eq!(
        (&back["form"], &back["resumed"]),
        (&Value::Null, &json!(true))
    );
    page.say(send("c", "Bonjour")).await;
    page.until("ack").await;
    let (key, _) = world.newest_conversation().await;
    let contact = key.contact_id(ChannelKind::LiveChat);
    world
        .until(async || {
            let found = world
                .app
                .reads
                .contact(TenantId::DEFAULT, contact)
                .await
                .unwrap();
            found.filter(|found| found.name.is_some() && found.typed_email.is_some())
        })
        .await;
}

// A connection of the configuration goes back to its pool on this test's own runtime, also while the node is stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_deleted_channel_sends_its_visitors_away() {
    let world = World::new().await;
    let Talking { mut page, .. } = world.talking("Bonjour").await;
    let (mut silent, _) = world.visitor().await;
    let editor = Editor::system(TenantId::DEFAULT);
    world
        .app
        .config
        .delete_channel(&editor, world.channel, None)
        .await
        .unwrap();
    page.until("closed").await;
    for page in [&mut page, &mut silent] {
        assert_eq!(page.closed().await, REFUSED);
    }
}

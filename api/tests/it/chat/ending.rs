//! How a chat ends when it is not the visitor who leaves.

use std::time::Duration;

use ecluse_api::chat::ChatTimes;
use ecluse_engine::conversation::{Command, Past};
use ecluse_engine::message::{Actor, CloseReason, ErasureReason};
use serde_json::{Value, json};

use crate::chat_world::{Setup, Talking, World, send};

use super::RECONNECT;

#[tokio::test]
async fn a_node_that_stops_asks_its_visitors_to_come_back() {
    let mut world = World::new().await;
    let Talking { mut page, .. } = world.talking("Bonjour").await;
    page.frames_until_pong().await;
    world.app.faults.slow_commits(Duration::from_millis(300));
    page.say(send("last", "Encore")).await;
    page.frames_until_pong().await;
    world.begin_stop();
    assert_eq!(
        page.until("ack").await["client_id"],
        "last",
        "what was taken is acknowledged"
    );
    assert_eq!(page.closed().await, RECONNECT);
}

#[tokio::test]
async fn who_was_erased_is_asked_who_they_are_as_a_stranger_is() {
    let world = World::new().await;
    let Talking {
        welcome,
        key,
        conversation,
        ..
    } = world.talking("Bonjour").await;
    let back = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (_, known) = world.welcome(back.clone()).await;
    assert_eq!(known["form"], Value::Null);
    let close = Command::Close {
        conversation,
        reason: CloseReason::Resolved,
        by: Actor::Program,
    };
    world.ask(&key, close).await;
    let erase = Command::Erase {
        past: Past::Whole,
        by: Actor::Program,
        why: ErasureReason::Requested,
    };
    world.ask(&key, erase).await;

    let (mut page, forgotten) = world.welcome(back).await;
    assert_eq!(forgotten["form_purpose"], "prechat");
    assert_eq!(forgotten["messages"], json!([]));
    page.say(send("again", "Bonjour")).await;
    assert_eq!(page.until("refused").await["code"], "form_required");
    page.introduce().await;
    page.say(send("again", "Bonjour")).await;
    page.until("ack").await;
}

#[tokio::test]
async fn who_does_not_answer_a_ping_is_gone() {
    let ms = Duration::from_millis;
    let times = ChatTimes {
        ping_every: ms(50),
        pong_within: ms(400),
        ..ChatTimes::default()
    };
    let world = World::with(Setup {
        times: Some(times),
        ..Setup::default()
    })
    .await;
    let (mut page, _) = world.visitor().await;
    for _ in 0..5 {
        page.until("ping").await;
        page.say(json!({"type": "pong"})).await;
    }
    page.until("ping").await;
    assert_eq!(page.closed().await, RECONNECT);
}

#[tokio::test]
async fn a_page_that_does_not_read_is_told_to_come_back() {
    let times = ChatTimes {
        slow_after: Duration::from_millis(200),
        ..ChatTimes::default()
    };
    let world = World::with(Setup {
        times: Some(times),
        ..Setup::default()
    })
    .await;
    let chat = world.chat.clone().unwrap();
    let mut page = world.connect_narrow(4_096).await;
    page.say(json!({"type": "hello"})).await;
    page.until("welcome").await;
    page.introduce().await;
    page.say(send("c", "Bonjour")).await;
    page.until("ack").await;
    let (key, conversation) = world.newest_conversation().await;
    let text = "🦀".repeat(4_096);
    let mut answers = 0;
    while chat.sockets() > 0 {
        world.answer(&key, conversation, &text).await;
        answers += 1;
        assert!(
            answers < 5_000,
            "80 MB were taken from a page that reads nothing"
        );
    }
    assert_eq!(page.closed().await, RECONNECT);
}

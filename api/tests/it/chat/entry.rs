//! Who may hold a chat, and how it begins.

use std::collections::BTreeMap;
use std::time::Duration;

use ecluse_api::chat::ChatTimes;
use ecluse_engine::conversation::Phase;
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::{ChannelKind, CloseReason, Timestamp};
use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::chat_world::{Heard, SITE, Setup, World, send};

use super::{RECONNECT, REFUSED, history};

#[tokio::test]
async fn a_chat_from_the_bubble_to_the_end() {
    let world = World::new().await;
    let mut page = world.connect(Some(&world.origin())).await.unwrap();
    page.say(json!({"type": "hello", "token": world.site_token().await, "visitor": null}))
        .await;
    let welcome = page.hear().await;
    assert_eq!(welcome["epoch"], world.app.config.epoch().to_string());
    assert_eq!(
        welcome["form"][1],
        json!({"name": "email", "label": "", "required": true, "type": "email"})
    );
    let told = [
        "offset",
        "resumed",
        "conversation_id",
        "greeting",
        "theme_color",
        "messages",
    ]
    .map(|name| &welcome[name]);
    let expected = [
        json!(0),
        json!(false),
        json!(null),
        json!("Bonjour !"),
        json!("#0a6ebd"),
        json!([]),
    ];
    assert_eq!(told, expected.each_ref());

    page.say(json!({"type": "start", "name": "Ada", "email": "Ada@Example.fr"}))
        .await;
    assert_eq!(
        page.hear().await,
        json!({"type": "started", "conversation_id": null})
    );
    page.say(send("c1", " Bonjour\n")).await;
    let mut heard = BTreeMap::new();
    while heard.len() < 4 {
        let frame = page.hear().await;
        heard.insert(frame["type"].as_str().unwrap().to_owned(), frame);
    }
    let (key, conversation) = world.newest_conversation().await;
    assert_eq!(
        heard["started"]["conversation_id"],
        conversation.to_string()
    );
    assert_eq!(heard["waiting"]["waiting"], true, "nobody has it yet");
    let message = &heard["message"]["message"];
    assert_eq!(
        (&message["from"], &message["body"], &message["client_id"]),
        (&json!("me"), &json!("Bonjour"), &json!("c1"))
    );
    assert_eq!(
        (&heard["ack"]["client_id"], &heard["ack"]["seq"]),
        (&json!("c1"), &message["seq"])
    );
    assert_eq!(heard["message"]["offset"], message["seq"]);

    let contact = key.contact_id(ChannelKind::LiveChat);
    let named = async || {
        world
            .app
            .reads
            .contact(TenantId::DEFAULT, contact)
            .await
            .unwrap()
    };
    let named = world
        .until(async || {
            named()
                .await
                .filter(|contact| contact.typed_email.is_some())
        })
        .await;
    assert_eq!(
        (named.name.as_deref(), named.typed_email.as_deref()),
        (Some("Ada"), Some("ada@example.fr"))
    );

    world.assign(&key, conversation).await;
    assert_eq!(
        page.message().await["body"],
        "Marie a rejoint la discussion"
    );
    let answer = world.answer(&key, conversation, "Bonjour Ada !").await;
    let message = page.message().await;
    let told = ["seq", "from", "name", "body"].map(|name| message[name].clone());
    assert_eq!(
        told,
        [
            json!(answer),
            json!("agent"),
            json!("Marie"),
            json!("Bonjour Ada !")
        ]
    );
    let delivered = async || {
        Some(history(&world, &key).await.reached).filter(|reached| reached.delivered == answer)
    };
    assert_eq!(world.until(delivered).await.read, 0);
    page.say(json!({"type": "read", "seq": answer})).await;
    world
        .until(async || (history(&world, &key).await.reached.read == answer).then_some(()))
        .await;

    page.say(json!({"type": "end"})).await;
    assert_eq!(page.message().await["body"], "La discussion est terminée");
    assert!(page.until("closed").await["offset"].as_u64().unwrap() > answer);
    let ended = async || {
        let row = world
            .app
            .reads
            .find_conversation(TenantId::DEFAULT, conversation)
            .await
            .unwrap()
            .unwrap();
        match row.phase {
            Phase::Closed { reason, .. } => Some(reason),
            Phase::Waiting | Phase::Assigned { .. } => None,
        }
    };
    assert_eq!(world.until(ended).await, CloseReason::CustomerLeft);
    page.say(send("c2", "Encore une chose")).await;
    assert_eq!(
        page.until("started").await["conversation_id"],
        conversation.to_string(),
        "within a day it is reopened"
    );
}

#[tokio::test]
async fn a_foreign_page_gets_no_socket() {
    let world = World::new().await;
    let own = world.origin();
    let rows = [
        (Some(SITE), Ok(())),
        (Some(own.as_str()), Ok(())),
        (Some("http://localhost:3000"), Ok(())),
        (Some("https://evil.example"), Err(403)),
        (Some("http://127.0.0.1:1"), Err(403)),
        (Some("null"), Err(403)),
        (None, Err(403)),
    ];
    for (origin, expected) in rows {
        assert_eq!(
            world.connect(origin).await.map(drop),
            expected,
            "{origin:?}"
        );
    }
}

#[tokio::test]
async fn from_our_own_page_nobody_comes_in_without_a_proof() {
    let world = World::new().await;
    let (signer, now) = (world.signer(), world.app.engine.clock.now());
    let expired = signer.site(world.channel, SITE, Timestamp(now.0 - 301_000_000));
    let elsewhere = signer.site(world.channel, "https://evil.example", now);
    let known = world.talking("Je suis là").await;
    let own = known.welcome["visitor"].as_str().unwrap().to_owned();
    let mut forged = own.clone().into_bytes();
    forged[20] = if forged[20] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    let good = world.site_token().await;
    let rows = [
        (json!({}), false),
        (json!({"token": expired}), false),
        (json!({"token": elsewhere}), false),
        (json!({"token": own}), false),
        (json!({"visitor": forged}), false),
        (json!({"visitor": good}), false),
        (json!({"visitor": own}), true),
        (json!({"token": good}), true),
        (json!({"token": expired, "visitor": own}), true),
    ];
    for (mut hello, welcome) in rows {
        hello["type"] = json!("hello");
        let mut page = world.connect(Some(&world.origin())).await.unwrap();
        page.say(hello.clone()).await;
        match page.next().await {
            Heard::Frame(frame) => {
                assert!(welcome && frame["type"] == "welcome", "{hello} {frame}")
            }
            Heard::Closed(code) => assert!(!welcome && code == REFUSED, "{hello} {code:?}"),
            Heard::Pong => panic!("nobody asked"),
        }
    }
    let (_, stranger) = world
        .welcome(json!({"type": "hello", "visitor": forged}))
        .await;
    assert_eq!(
        (&stranger["messages"], &stranger["offset"]),
        (&json!([]), &json!(0)),
        "a forged name is nobody's"
    );
    let (_, same) = world
        .welcome(json!({"type": "hello", "visitor": own}))
        .await;
    assert_eq!(same["messages"][0]["body"], "Je suis là");
    assert_ne!(
        same["visitor"],
        json!(own),
        "the token is another one each time"
    );
}

#[tokio::test]
async fn what_is_no_frame_ends_the_socket() {
    let world = World::new().await;
    let rows = [
        (Message::text("{"), REFUSED),
        (Message::text("[]"), REFUSED),
        (Message::text(r#"{"type":"send"}"#), REFUSED),
        (
            Message::text(r#"{"type":"send","client_id":"","body":"x"}"#),
            REFUSED,
        ),
        (Message::binary(vec![1, 2, 3]), REFUSED),
        (
            Message::text(send("a", &"x".repeat(64 << 10)).to_string()),
            Some(1_009),
        ),
    ];
    for (message, code) in rows {
        let (mut page, _) = world.visitor().await;
        page.say(json!({"type": "from_the_future", "members": []}))
            .await;
        page.say_raw(message).await;
        assert_eq!(page.closed().await, code);
    }
    let mut early = world.connect(Some(SITE)).await.unwrap();
    early.say(send("a", "before hello")).await;
    assert_eq!(early.closed().await, REFUSED);
}

#[tokio::test]
async fn who_does_not_say_hello_is_not_waited_for() {
    let times = ChatTimes {
        hello_within: Duration::from_millis(50),
        ..ChatTimes::default()
    };
    let world = World::with(Setup {
        times: Some(times),
        ..Setup::default()
    })
    .await;
    assert_eq!(
        world.connect(Some(SITE)).await.unwrap().closed().await,
        RECONNECT
    );
}

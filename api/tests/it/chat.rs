//! The live chat as a visitor's page talks to it.

use std::collections::BTreeMap;
use std::time::Duration;

use ecluse_adapters::storage::config_db::Editor;
use ecluse_adapters::storage::read_model::visitor::{VisitorHistory, VisitorRange};
use ecluse_api::chat::ChatTimes;
use ecluse_engine::conversation::Command;
use ecluse_engine::conversation::Phase;
use ecluse_engine::ids::{ConversationKey, TenantId};
use ecluse_engine::live::{Interest, LiveEvent, Typist};
use ecluse_engine::message::{ChannelKind, CloseReason, Timestamp};
use ecluse_engine::runtime::gate::Shut;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::chat_world::{Heard, Page, SITE, Setup, Talking, World, again, send};

const RECONNECT: Option<u16> = Some(4_000);
const REFUSED: Option<u16> = Some(4_003);

async fn history(world: &World, key: &ConversationKey) -> VisitorHistory {
    let range = VisitorRange {
        after: Some(0),
        gap_max: 10_000,
        recent: 0,
    };
    world.app.reads.visitor_history(key, range).await.unwrap()
}

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
    while heard.len() < 3 {
        let frame = page.hear().await;
        heard.insert(frame["type"].as_str().unwrap().to_owned(), frame);
    }
    let (key, conversation) = world.newest_conversation().await;
    assert_eq!(
        heard["started"]["conversation_id"],
        conversation.to_string()
    );
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
async fn a_message_sent_twice_is_one_message() {
    let world = World::new().await;
    let Talking {
        mut page,
        welcome,
        key,
        ..
    } = world.talking("Bonjour").await;
    page.say(send("twice", "Une fois")).await;
    let first = page.until("ack").await;
    page.say(send("twice", "Une fois")).await;
    let second = page.until("ack").await;
    assert_eq!(
        (&first["seq"], &first["client_id"]),
        (&second["seq"], &second["client_id"])
    );
    drop(page);
    let (mut page, _) = world.welcome(again(&welcome, &json!(0))).await;
    page.say(send("twice", "Une fois")).await;
    let third = page.until("ack").await;
    assert_eq!(third["seq"], first["seq"]);
    world.app.engine.read_your_writes().await;
    let history = history(&world, &key).await;
    let row = history
        .rows
        .iter()
        .find(|row| first["seq"] == row.seq)
        .unwrap();
    let at = ecluse_api::routes::common::rfc3339(row.at);
    assert_eq!(
        [&second["at"], &third["at"]],
        [&json!(at), &json!(at)],
        "the time is that of the message"
    );
    assert_eq!(history.rows.len(), 2, "{:?}", history.rows);
}

#[tokio::test]
async fn a_visitor_is_nobody_elses_message() {
    let world = World::new().await;
    let one = world.talking("Un").await;
    let other = world.talking("Deux").await;
    assert_ne!(one.key, other.key);
    for visitor in [&one, &other] {
        assert_eq!(
            history(&world, &visitor.key).await.rows.len(),
            1,
            "the same client id is another message"
        );
    }
}

/// Disconnects at random, with an agent who goes on writing and a visitor who sends everything until it is acknowledged.
#[tokio::test]
async fn resume_or_reload() {
    const ANSWERS: usize = 120;
    for seed in [1, 7, 42, 20_260_101] {
        let world = World::new().await;
        let talking = world.talking("Bonjour").await;
        let (key, conversation) = (talking.key.clone(), talking.conversation);
        let agent = async {
            for number in 0..ANSWERS {
                world
                    .answer(&key, conversation, &format!("réponse {number}"))
                    .await;
            }
        };
        let visitor = reconnecting(&world, &talking.welcome, seed, ANSWERS);
        let ((), shown) = tokio::join!(agent, visitor);
        world.app.engine.read_your_writes().await;
        let (_, whole) = world.welcome(again(&talking.welcome, &Value::Null)).await;
        let whole: Vec<Value> = whole["messages"].as_array().unwrap().clone();
        let shown: Vec<Value> = shown.into_values().collect();
        assert_eq!(whole, shown[shown.len() - whole.len()..], "seed {seed}");
        let answers = shown
            .iter()
            .filter(|line| line["from"] == "agent")
            .map(|line| line["body"].as_str().unwrap());
        let expected: Vec<String> = (0..ANSWERS)
            .map(|number| format!("réponse {number}"))
            .collect();
        assert_eq!(answers.collect::<Vec<_>>(), expected, "seed {seed}");
    }
}

/// What a page shows by number that comes back again and again with its epoch and offset.
async fn reconnecting(
    world: &World,
    welcome: &Value,
    seed: u64,
    answers: usize,
) -> BTreeMap<u64, Value> {
    let mut random = seed;
    let mut draw = |below: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    let mut shown: BTreeMap<u64, Value> = BTreeMap::new();
    let (mut offset, mut unacknowledged, mut written) = (0, Vec::<usize>::new(), 0);
    let from = |who: &str, shown: &BTreeMap<u64, Value>| {
        shown.values().filter(|line| line["from"] == who).count()
    };
    // The first message of all is the visitor's too.
    let is_whole = |shown: &BTreeMap<u64, Value>, written: usize| {
        from("agent", shown) == answers && from("me", shown) == written + 1
    };
    while !is_whole(&shown, written) {
        let (mut page, welcome) = world.welcome(again(welcome, &json!(offset))).await;
        assert_eq!(welcome["resumed"], json!(true), "seed {seed}");
        for line in welcome["messages"].as_array().unwrap() {
            let seq = line["seq"].as_u64().unwrap();
            assert!(seq > offset, "seed {seed}: {seq} was told up to {offset}");
            assert!(
                shown.insert(seq, line.clone()).is_none(),
                "seed {seed}: {line} is told again"
            );
            unacknowledged.retain(|number| line["client_id"] != format!("m{number}"));
        }
        offset = welcome["offset"].as_u64().unwrap();
        if written < 20 && from("agent", &shown) < answers {
            unacknowledged.push(written);
            written += 1;
        }
        for number in &unacknowledged {
            page.say(send(&format!("m{number}"), &format!("question {number}")))
                .await;
        }
        for _ in 0..draw(12) {
            // Their own messages are told to those who come again.
            if unacknowledged.is_empty() && from("agent", &shown) == answers {
                break;
            }
            let frame = page.hear().await;
            // Nothing else will come; what was not taken is sent again by the next socket.
            if frame["type"] == "wait" && from("agent", &shown) == answers {
                break;
            }
            if frame["type"] == "ack" {
                let acknowledged = frame["client_id"].as_str().unwrap().to_owned();
                unacknowledged.retain(|number| acknowledged != format!("m{number}"));
            }
            if let Some(told) = frame["offset"].as_u64() {
                assert!(told > offset, "seed {seed}: {told} comes after {offset}");
                offset = told;
                let line = &frame["message"];
                assert!(
                    shown.insert(told, line.clone()).is_none(),
                    "seed {seed}: {line} is told again"
                );
            }
        }
        if draw(2) == 0 {
            page.say_raw(Message::Close(None)).await;
        }
    }
    shown
}

#[tokio::test]
async fn another_epoch_or_a_place_that_is_not_ours_means_all_anew() {
    let world = World::new().await;
    let Talking {
        welcome,
        key,
        conversation,
        page,
        ..
    } = world.talking("Bonjour").await;
    drop(page);
    let newest = world.answer(&key, conversation, "Oui ?").await;
    let other = "00000000-0000-0000-0000-000000000000";
    let rows = [
        (welcome["epoch"].clone(), json!(newest - 1), true),
        (json!(other), json!(newest - 1), false),
        (json!("nonsense"), json!(newest - 1), false),
        (json!(null), json!(newest - 1), false),
        (welcome["epoch"].clone(), json!(null), false),
        (welcome["epoch"].clone(), json!(newest + 1_000), false),
    ];
    for (epoch, offset, resumed) in rows {
        let hello = json!({"type": "hello", "visitor": welcome["visitor"], "epoch": epoch, "offset": offset});
        let (_, welcome) = world.welcome(hello.clone()).await;
        assert_eq!(welcome["resumed"], json!(resumed), "{hello}");
        let bodies = welcome["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["body"].as_str().unwrap());
        let expected = if resumed {
            &["Oui ?"][..]
        } else {
            &["Bonjour", "Oui ?"]
        };
        assert_eq!(bodies.collect::<Vec<_>>(), expected, "{hello}");
    }
}

#[tokio::test]
async fn a_gap_that_is_too_long_is_no_gap_but_a_new_beginning() {
    let world = World::new().await;
    let Talking {
        welcome,
        key,
        conversation,
        ..
    } = world.talking("Bonjour").await;
    for number in 0..510 {
        world.answer(&key, conversation, &number.to_string()).await;
    }
    let (_, fresh) = world.welcome(again(&welcome, &json!(0))).await;
    let lines = fresh["messages"].as_array().unwrap();
    assert_eq!(
        (fresh["resumed"].clone(), lines.len(), &lines[99]["body"]),
        (json!(false), 100, &json!("509"))
    );
    let near = lines[10]["seq"].clone();
    let (_, resumed) = world.welcome(again(&welcome, &near)).await;
    assert_eq!(
        (
            resumed["resumed"].clone(),
            resumed["messages"].as_array().unwrap().len()
        ),
        (json!(true), 89)
    );
}

#[tokio::test]
async fn the_ninth_message_under_way_waits_and_control_frames_do_not() {
    let world = World::new().await;
    let Talking { mut page, .. } = world.talking("Bonjour").await;
    page.frames_until_pong().await;
    world.app.faults.slow_commits(Duration::from_millis(700));
    for number in 0..9 {
        page.say(send(&format!("m{number}"), "x")).await;
    }
    let frames = page.frames_until_pong().await;
    assert_eq!(
        frames.len(),
        1,
        "no acknowledgement before its commit: {frames:?}"
    );
    assert_eq!(
        (&frames[0]["type"], &frames[0]["client_id"]),
        (&json!("wait"), &json!("m8"))
    );
    assert!(frames[0]["retry_after_ms"].as_u64().unwrap() > 0);
    world.app.faults.slow_commits(Duration::ZERO);
    let mut acknowledged = Vec::new();
    while acknowledged.len() < 8 {
        acknowledged.push(
            page.until("ack").await["client_id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(
        acknowledged,
        (0..8)
            .map(|number| format!("m{number}"))
            .collect::<Vec<_>>(),
        "in their order"
    );
}

#[tokio::test]
async fn a_full_gate_is_felt_by_the_page() {
    let world = World::new().await;
    let Talking { mut page, .. } = world.talking("Bonjour").await;
    page.frames_until_pong().await;
    world.app.engine.gate.shut(Shut::Lagging);
    page.say(send("later", "x")).await;
    page.say(send("behind", "x")).await;
    for client_id in ["later", "behind"] {
        let frame = page.hear().await;
        assert_eq!(
            (&frame["type"], &frame["client_id"]),
            (&json!("wait"), &json!(client_id))
        );
        assert!(
            (1_000..=2_000).contains(&frame["retry_after_ms"].as_u64().unwrap()),
            "{frame}"
        );
    }
    world.app.engine.gate.reopen(Shut::Lagging);
    let again = loop {
        page.say(send("later", "x")).await;
        let frame = page.hear().await;
        if frame["type"] != "wait" {
            break frame;
        }
        assert!(frame["retry_after_ms"].as_u64().unwrap() <= 2_000);
        tokio::time::sleep(Duration::from_millis(
            frame["retry_after_ms"].as_u64().unwrap(),
        ))
        .await;
    };
    assert_ne!(again["type"], "refused", "{again}");
}

#[tokio::test]
async fn who_writes_too_fast_waits_and_then_is_refused() {
    let world = World::new().await;
    let Talking { mut page, .. } = world.talking("Bonjour").await;
    let mut answers = BTreeMap::<String, u32>::new();
    for number in 0..60 {
        page.say(send(&format!("m{number}"), "x")).await;
        let frame = loop {
            let frame = page.hear().await;
            if frame["client_id"] == format!("m{number}") {
                break frame;
            }
        };
        let what = frame["code"]
            .as_str()
            .or_else(|| frame["type"].as_str())
            .unwrap()
            .to_owned();
        *answers.entry(what).or_default() += 1;
    }
    assert!(
        answers["ack"] >= 8,
        "a burst of ten, and two were used: {answers:?}"
    );
    assert!(
        answers["wait"] > 0 && answers["too_fast"] > 0,
        "{answers:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_with_its_reason() {
    let world = World::new().await;
    let (mut page, _) = world.visitor().await;
    let rows = [
        (send("a", "Bonjour"), json!("form_required")),
        (json!({"type": "start", "name": "Ada"}), json!("empty")),
        (
            json!({"type": "start", "name": "Ada", "email": "ada"}),
            json!("invalid_email"),
        ),
    ];
    refuses(&mut page, &rows).await;
    page.introduce().await;
    let rows = [
        (send("a", ""), json!("empty")),
        (send("b", " \n "), json!("empty")),
        (send("c", &"é".repeat(4_097)), json!("too_long")),
    ];
    refuses(&mut page, &rows).await;
    page.say(send("d", &"🦀".repeat(4_096))).await;
    assert_eq!(
        page.until("ack").await["client_id"],
        "d",
        "the longest text fits"
    );
}

async fn refuses(page: &mut Page, rows: &[(Value, Value)]) {
    for (frame, code) in rows {
        page.say(frame.clone()).await;
        let refused = page.hear().await;
        assert_eq!(
            (&refused["type"], &refused["code"]),
            (&json!("refused"), code),
            "{frame}"
        );
        assert_eq!(refused["client_id"], frame["client_id"]);
    }
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
    for page in [&mut page, &mut silent] {
        assert_eq!(page.closed().await, REFUSED);
    }
}

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

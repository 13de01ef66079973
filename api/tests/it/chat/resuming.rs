//! Coming back: everything that was missed, or everything anew.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::Message;

use crate::chat_world::{Talking, World, again, send};

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

//! What a visitor sends: acknowledged once, paced, or refused with the reason.

use std::collections::BTreeMap;
use std::time::Duration;

use ecluse_engine::runtime::gate::Shut;
use serde_json::{Value, json};

use crate::chat_world::{Page, Talking, World, again, send};

use super::history;

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
        let frame = page.until("wait").await;
        assert_eq!(frame["client_id"], client_id);
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
async fn who_writes_too_fast_waits_and_is_refused_before_anything_worse() {
    let world = World::new().await;
    let Talking { mut page, .. } = world.talking("Bonjour").await;
    let mut answers = BTreeMap::<String, u32>::new();
    // Ten at once are taken; so few are refused that it is no reason for a ban.
    for number in 0..32 {
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

//! What Meta and 360dialog are told, and what becomes of their bodies: kept once, whatever comes twice or at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ecluse_adapters::meta::SIGNATURE_HEADER;
use ecluse_adapters::whatsapp::ReceivedItem;
use ecluse_adapters::whatsapp::parse::parse;
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::StatusCode;
use serde_json::json;
use serde_json::value::RawValue;

use crate::node::{
    APP_SECRET, DIALOG360_HEADER, DIALOG360_SECRET, NUMBER, Node, Place, VERIFY_TOKEN, body,
    change, sign, text,
};

#[tokio::test]
async fn the_handshake_gives_the_challenge_to_the_right_token_only() {
    let place = Place::new().await;
    let node = place.start().await;
    let ask = async |token: &str| {
        let query = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444");
        node.get(&format!("/webhooks/meta?{query}")).await
    };
    assert_eq!(
        ask(VERIFY_TOKEN).await,
        (StatusCode::OK, "1158201444".to_owned())
    );
    for token in ["", "wrong"] {
        let (status, answer) = ask(token).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(!answer.contains("1158201444"), "{answer}");
    }
    node.stop().await;
}

#[tokio::test]
async fn what_nobody_signed_is_not_kept() {
    let place = Place::new().await;
    let node = place.start().await;
    let body = body(&[text("33600000001", "wamid.forged")]);
    let (good, digits) = (
        sign(APP_SECRET, &body),
        sign(DIALOG360_SECRET, &body)[7..].to_owned(),
    );
    let (name, value) = DIALOG360_HEADER;
    let meta = "/webhooks/meta".to_owned();
    let dialog360 = format!("/webhooks/360dialog/{}", place.dialog360);
    let no_such_header = [("x-360dialog-signature", digits.as_str())];
    let wrong_header = [("x-360dialog-signature", digits.as_str()), (name, "wrong")];
    let no_signature = [(name, value)];
    let metas_signature = [(SIGNATURE_HEADER, good.as_str()), (name, value)];
    for (path, headers, expected) in [
        (&meta, [("", ""); 0].as_slice(), 401),
        (
            &meta,
            &[(SIGNATURE_HEADER, &sign("another secret", &body))],
            401,
        ),
        (&meta, &[(SIGNATURE_HEADER, &good[..good.len() - 1])], 401),
        (&meta, &[(SIGNATURE_HEADER, &sign(APP_SECRET, "{}"))], 401),
        (&dialog360, &[], 401),
        (&dialog360, &no_such_header, 401),
        (&dialog360, &wrong_header, 401),
        (&dialog360, &no_signature, 401),
        (&dialog360, &metas_signature, 401),
        (&format!("/webhooks/360dialog/{}", place.cloud), &[], 404),
        (
            &"/webhooks/360dialog/00000000-0000-0000-0000-000000000000".to_owned(),
            &[],
            404,
        ),
        (&"/webhooks/360dialog/nonsense".to_owned(), &[], 404),
    ] {
        let mut request = node.client().post(node.url(path)).body(body.clone());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        assert_eq!(
            request.send().await.unwrap().status(),
            expected,
            "{path} {headers:?}"
        );
    }
    assert_eq!(
        node.metric("ecluse_webhooks_refused_signature_total").await,
        9
    );
    assert_eq!(node.metric("ecluse_journal_head_position").await, 0);
    node.stop().await;
    assert!(place.shown().messages.is_empty());
}

#[tokio::test]
async fn what_is_no_webhook_is_refused_and_counted() {
    let place = Place::new().await;
    let node = place
        .start_with(&[("HTTP_WEBHOOK_BYTES_MAX", "20000")])
        .await;
    for malformed in [
        "",
        "{",
        "null",
        "[]",
        r#"{"object":"whatsapp_business_account"}"#,
        r#"{"entry":[]}"#,
    ] {
        assert_eq!(node.deliver(malformed).await, 400, "{malformed}");
    }
    assert_eq!(node.metric("ecluse_webhooks_malformed_total").await, 6);
    let mut large = text("33600000001", "wamid.large");
    large["text"]["body"] = json!("é".repeat(10_000));
    assert_eq!(node.deliver(&body(&[large])).await, 413);
    assert_eq!(
        node.deliver(r#"{"object":"page","entry":[]}"#).await,
        200,
        "or it would come again for days"
    );
    assert_eq!(node.metric("ecluse_journal_head_position").await, 0);
    node.stop().await;
}

/// A message of Messenger's for each of these pages.
fn of_pages(pages: &[&str]) -> String {
    let entry = |page: &&str| {
        let message = json!({ "mid": "m_1", "text": "Bonjour" });
        let messaging =
            json!([{ "sender": { "id": "24" }, "recipient": { "id": page }, "message": message }]);
        json!({ "id": page, "time": 1_749_416_383_000_u64, "messaging": messaging })
    };
    let entries: Vec<_> = pages.iter().map(entry).collect();
    json!({ "object": "page", "entry": entries }).to_string()
}

#[tokio::test]
async fn what_comes_of_a_page_that_a_channel_has_is_left_with_meta() {
    const OURS: &str = "104996122399160";
    let place = Place::new().await;
    place.add_page(OURS).await;
    let node = place.start().await;
    for pages in [[OURS].as_slice(), &["7", OURS]] {
        let answer = node.try_deliver(&of_pages(pages)).await.unwrap();
        assert_eq!(answer.status(), 503, "{pages:?}");
        assert_eq!(answer.headers()["retry-after"], "60");
    }
    assert_eq!(
        node.deliver(&of_pages(&["7"])).await,
        200,
        "it is nobody's here"
    );
    let unsigned = node.client().post(node.url("/webhooks/meta"));
    let unsigned = unsigned.body(of_pages(&[OURS])).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    assert_eq!(node.metric("ecluse_webhooks_no_room_total").await, 2);
    assert_eq!(node.metric("ecluse_journal_head_position").await, 0);
    node.stop().await;
}

#[tokio::test]
async fn what_is_not_known_is_kept() {
    let place = Place::new().await;
    let node = place.start().await;
    let mut order = text("33600000001", "wamid.order");
    order["type"] = json!("order");
    order["order"] = json!({ "catalog_id": "7", "product_items": [] });
    let nobody = json!({ "timestamp": "1749416383", "type": "text", "text": { "body": "?" } });
    let account = json!({ "event": "VERIFIED_ACCOUNT", "phone_number": "15550783881" });
    let elsewhere = body(&[text("33600000002", "wamid.elsewhere")]).replace(NUMBER, "999");
    let bodies = [
        body(&[order, nobody]),
        change(&account, "account_update"),
        elsewhere,
    ];
    for body in bodies.iter().chain(&bodies) {
        assert_eq!(node.deliver(body).await, 200, "{body}");
    }
    node.projected().await;
    node.stop().await;
    let shown = place.shown();
    assert_eq!(shown.ids(), ["wamid.order"]);
    assert_eq!(
        shown.notices,
        ["account_update", "message_to_unknown_number", "messages"]
    );
}

#[tokio::test]
async fn a_number_at_360dialog_is_written_to() {
    let place = Place::new().await;
    let node = place.start().await;
    let body = body(&[text("33600000001", "wamid.360")]);
    assert_eq!(node.deliver_360dialog(place.dialog360, &body).await, 200);
    assert_eq!(
        node.deliver(&body).await,
        200,
        "the same id at Meta's number is another message"
    );
    node.projected().await;
    assert_eq!(place.shown().ids(), ["wamid.360", "wamid.360"]);
    assert_eq!(place.shown().conversations, ["33600000001", "33600000001"]);
    node.stop().await;
}

/// An album of a new contact: each picture in a body of its own, all at the same moment.
#[tokio::test]
async fn one_open_conversation_whatever_comes_at_once() {
    let place = Place::new().await;
    let node = place.start().await;
    for contact in ["33600000001", "33600000002", "33600000003"] {
        let bodies: Vec<_> = (0..30)
            .map(|number| body(&[text(contact, &format!("wamid.{contact}.{number}"))]))
            .collect();
        let answers = join_all(bodies.iter().map(|body| node.deliver(body))).await;
        assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
    }
    node.projected().await;
    node.stop().await;
    let shown = place.shown();
    assert_eq!(
        shown.conversations,
        ["33600000001", "33600000002", "33600000003"]
    );
    let ids: BTreeSet<_> = shown.ids().into_iter().collect();
    assert_eq!((shown.messages.len(), ids.len()), (90, 90));
}

/// Every real webhook body of the adapters' collections.
fn samples() -> Vec<String> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../adapters/tests/data");
    let files = |folder: &str| {
        let paths = std::fs::read_dir(data.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> = paths.collect();
        paths.sort();
        paths
            .into_iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect::<Vec<_>>()
    };
    let mut bodies = files("whatsapp-java-api/deserialization");
    for file in files("whatsapp-pywa/updates") {
        let cases: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&file).unwrap();
        bodies.extend(cases.into_values().map(|case| case.get().to_owned()));
    }
    let meta = std::fs::read_to_string(data.join("meta-openapi/examples-webhooks.json")).unwrap();
    let meta: Vec<BTreeMap<String, Box<RawValue>>> = serde_json::from_str(&meta).unwrap();
    bodies.extend(
        meta.into_iter()
            .map(|example| example["value"].get().to_owned()),
    );
    bodies
}

/// Who wrote which message, as far as the samples hold messages.
fn written(samples: &[String]) -> BTreeSet<(String, String)> {
    let received = samples
        .iter()
        .filter_map(|sample| parse(sample.as_bytes()).ok())
        .flatten();
    let message = |item| match item {
        ReceivedItem::Message { from, message } => {
            Some((from.to_string(), message.provider_id.0.to_string()))
        }
        ReceivedItem::Status { .. } | ReceivedItem::Account { .. } => None,
    };
    received
        .filter_map(|received| message(received.item))
        .collect()
}

#[tokio::test]
async fn exactly_once_visible() {
    let samples = samples();
    let expected = written(&samples);
    assert!(
        samples.len() > 60 && expected.len() > 25,
        "{} samples, {} messages",
        samples.len(),
        expected.len()
    );
    let place = Place::new().await;
    let mut notices = None;
    // In the first life nothing reaches the read model, so that every kind of entry is read back from the journal.
    let held = [("FAULTS_PROJECTION_DELAY_MS", "3600000")];
    let lives = [
        ("first", held.as_slice()),
        ("after a kill", &[]),
        ("after another", &[]),
    ];
    for (seed, (life, options)) in (20_240_607..).zip(lives) {
        let mut order = StdRng::seed_from_u64(seed);
        let node = place.start_with(options).await;
        for _ in 0..2 {
            redeliver(&node, &place, &samples, &mut order).await;
        }
        if life == "first" {
            assert!(place.shown().messages.is_empty(), "the read model is held");
            node.kill().await;
            continue;
        }
        node.projected().await;
        let shown = place.shown();
        let messages: Vec<_> = shown
            .messages
            .iter()
            .map(|m| (m.address.clone(), m.provider_id.clone()))
            .collect();
        let once: BTreeSet<_> = messages.iter().cloned().collect();
        assert_eq!(
            messages.len(),
            once.len(),
            "{life}, seed {seed}: a message is shown twice"
        );
        assert_eq!(once, expected, "{life}, seed {seed}");
        assert_eq!(
            *notices.get_or_insert_with(|| shown.notices.clone()),
            shown.notices,
            "{life}, seed {seed}"
        );
        node.kill().await;
    }
    let checked = crate::node::ecluse(&["check", "--data-dir", &place.data_text()]).await;
    assert!(checked.status.success(), "{}", crate::node::said(&checked));
}

/// Each sample one to three times, in a new order, all at once.
async fn redeliver(node: &Node, place: &Place, samples: &[String], order: &mut StdRng) {
    let mut copies = Vec::new();
    for sample in samples {
        let count = order.random_range(1..=3);
        copies.extend(std::iter::repeat_n(sample, count));
    }
    copies.shuffle(order);
    let answers = join_all(
        copies
            .iter()
            .map(|sample| node.deliver_360dialog(place.dialog360, sample)),
    )
    .await;
    for (sample, status) in copies.iter().zip(answers) {
        let expected = if parse(sample.as_bytes()).is_ok() {
            200
        } else {
            400
        };
        assert_eq!(status, expected, "{sample}");
    }
}

/// Delivers each body again until it is acknowledged, as its sender would.
async fn deliver_until_taken(node: &Node, bodies: &[String]) {
    for body in bodies {
        node.deliver_until_taken(body).await;
    }
}

#[tokio::test]
async fn a_full_gate_is_felt_upstream_and_opens_again() {
    let place = Place::new().await;
    let slow = [
        ("FAULTS_COMMIT_DELAY_MS", "150"),
        ("LIMITS_GATE_MESSAGES", "16"),
    ];
    let node = place.start_with(&slow).await;
    let message = |number| {
        text(
            &format!("336000000{:02}", number % 40),
            &format!("wamid.{number}"),
        )
    };
    let bodies: Vec<_> = (0..60).map(|number| body(&[message(number)])).collect();
    let answers = join_all(bodies.iter().map(|body| node.try_deliver(body))).await;
    let mut refused = Vec::new();
    for (body, answer) in bodies.iter().zip(answers) {
        let answer = answer.unwrap();
        if answer.status() != 200 {
            assert_eq!(answer.status(), 503);
            let after: u64 = answer.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!((1..=60).contains(&after), "{after}");
            refused.push(body.clone());
        }
    }
    assert!(
        refused.len() > 10 && refused.len() < 60,
        "{} of 60 are refused",
        refused.len()
    );
    assert_eq!(
        node.metric("ecluse_webhooks_no_room_total").await,
        refused.len() as u64
    );
    deliver_until_taken(&node, &refused).await;
    node.projected().await;
    node.stop().await;
    let shown = place.shown();
    shown.assert_once((0..60).map(|number| format!("wamid.{number}")));
    assert_eq!(shown.messages.len(), 60);
}

#[tokio::test]
async fn a_read_model_that_lags_shuts_the_gate_until_it_has_caught_up() {
    let place = Place::new().await;
    let slow = [
        ("FAULTS_PROJECTION_DELAY_MS", "400"),
        ("FAULTS_FOR_SECS", "4"),
        ("LIMITS_LAG_MAX", "50"),
    ];
    let node = place.start_with(&slow).await;
    let mut acknowledged = Vec::new();
    let mut refused = false;
    for number in 0.. {
        let id = format!("wamid.{number}");
        match node.deliver(&body(&[text("33600000001", &id)])).await {
            StatusCode::OK => acknowledged.push(id),
            StatusCode::SERVICE_UNAVAILABLE => refused = true,
            other => panic!("the node answered {other}"),
        }
        if refused
            && acknowledged
                .last()
                .is_some_and(|last| *last == format!("wamid.{number}"))
        {
            break;
        }
    }
    assert!(acknowledged.len() > 50);
    node.projected().await;
    node.stop().await;
    place.shown().assert_once(acknowledged);
}

#[tokio::test]
async fn a_full_disk_refuses_what_is_new_and_loses_nothing() {
    let place = Place::new().await;
    let full = [
        ("LIMITS_JOURNAL_SEGMENT_BYTES", "65536"),
        ("FAULTS_JOURNAL_BYTES_MAX", "65536"),
        ("FAULTS_COMMIT_DELAY_MS", "20"),
        ("FAULTS_PROJECTION_DELAY_MS", "3000"),
        ("FAULTS_FOR_SECS", "6"),
    ];
    let node = place.start_with(&full).await;
    let message = |number| {
        text(
            &format!("336000000{:02}", number % 50),
            &format!("wamid.{number}"),
        )
    };
    let bodies: Vec<_> = (0..300).map(|number| body(&[message(number)])).collect();
    let flood = join_all(bodies.iter().map(|body| node.deliver(body)));
    let (answers, ()) = tokio::join!(flood, async {
        node.not_ready().await;
        assert_eq!(node.get("/health/live").await.0, 200, "reads go on");
        assert_eq!(node.deliver(&bodies[0]).await, 503);
    });
    let refused: Vec<_> = bodies
        .iter()
        .zip(&answers)
        .filter(|(_, status)| **status != 200)
        .map(|(body, _)| body.clone())
        .collect();
    assert!(
        answers
            .iter()
            .all(|status| *status == 200 || *status == 503),
        "{answers:?}"
    );
    deliver_until_taken(&node, &refused).await;
    node.projected().await;
    node.stop().await;
    let shown = place.shown();
    shown.assert_once((0..300).map(|number| format!("wamid.{number}")));
    assert_eq!(shown.messages.len(), 300);
}

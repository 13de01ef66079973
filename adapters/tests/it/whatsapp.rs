//! What WhatsApp's wire format becomes, and what ours becomes in it: every sample of the three collections.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use ecluse_adapters::meta::AppSecret;
use ecluse_adapters::whatsapp::parse::{ParseError, parse};
use ecluse_adapters::whatsapp::{Received, ReceivedItem};
use ecluse_engine::message::Content;
use proptest::prelude::*;
use serde_json::json;
use serde_json::value::RawValue;

pub(crate) fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(path)
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The JSON files of a folder, by name.
fn files(folder: &str) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(data(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = entries.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    files
        .map(|path| {
            (
                path.file_stem().unwrap().to_str().unwrap().to_owned(),
                read(&path),
            )
        })
        .collect()
}

/// Every webhook body of the three collections, by family and name, byte for byte.
fn bodies() -> BTreeMap<&'static str, BTreeMap<String, String>> {
    let mut pywa = BTreeMap::new();
    for (file, text) in files("whatsapp-pywa/updates") {
        let cases: BTreeMap<String, Box<RawValue>> = serde_json::from_str(&text).unwrap();
        pywa.extend(
            cases
                .into_iter()
                .map(|(name, raw)| (format!("{file}/{name}"), raw.get().to_owned())),
        );
    }
    let mut java = files("whatsapp-java-api/deserialization");
    java.remove("textMessageStatusRead").unwrap();
    #[derive(serde::Deserialize)]
    struct Example {
        name: String,
        value: Box<RawValue>,
    }
    let meta: Vec<Example> =
        serde_json::from_str(&read(&data("meta-openapi/examples-webhooks.json"))).unwrap();
    let meta = meta
        .into_iter()
        .map(|example| (example.name, example.value.get().to_owned()))
        .collect();
    BTreeMap::from([("pywa", pywa), ("java-api", java), ("meta-openapi", meta)])
}

/// The same JSON on one line, in its own order.
fn compact(text: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let kept = text.chars().filter(|character| {
        let keep = in_string || !character.is_ascii_whitespace();
        in_string ^= *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        keep
    });
    kept.collect()
}

/// One line an item, with the provider's JSON on one line.
fn line(received: &Received) -> String {
    let item = match &received.item {
        ReceivedItem::Message { from, message } => {
            format!(
                "message from {from} {}",
                compact(&serde_json::to_string(message).unwrap())
            )
        }
        ReceivedItem::Status { recipient, report } => {
            format!(
                "status of {recipient} {}",
                compact(&serde_json::to_string(report).unwrap())
            )
        }
        ReceivedItem::Account { kind, raw } => format!("account {kind} {}", compact(raw.0.get())),
    };
    format!("  {} {item}", received.number)
}

#[test]
fn every_sample_becomes_what_it_says() {
    for (family, bodies) in bodies() {
        let mut lines = Vec::new();
        for (name, body) in &bodies {
            lines.push(format!("{name}:"));
            lines.extend(parse(body.as_bytes()).unwrap().iter().map(line));
        }
        insta::assert_snapshot!(family, lines.join("\n"));
    }
}

#[test]
fn what_is_not_understood_is_kept_byte_for_byte() {
    let mut kept = 0;
    for body in bodies().values().flat_map(BTreeMap::values) {
        for received in parse(body.as_bytes()).unwrap() {
            let raw = match &received.item {
                ReceivedItem::Account { raw, .. } => raw.0.get(),
                ReceivedItem::Message { message, .. } => match &message.content {
                    Content::Unknown(unknown) => unknown.raw.get(),
                    _ => continue,
                },
                ReceivedItem::Status { .. } => continue,
            };
            assert!(body.contains(raw));
            kept += 1;
        }
    }
    assert!(kept > 50, "{kept}");
}

#[test]
fn a_body_that_is_no_webhook_of_whatsapps_is_refused_or_put_aside() {
    let broken = read(&data(
        "whatsapp-java-api/deserialization/textMessageStatusRead.json",
    ));
    let malformed = [
        broken.as_bytes(),
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        br#"{"object":"whatsapp_business_account"}"#,
        br#"{"object":"whatsapp_business_account","entry":{}}"#,
        br#"{"object":7,"entry":[]}"#,
    ];
    for body in malformed {
        let found = parse(body);
        let is_refused = matches!(
            found,
            Err(ParseError::Malformed(_) | ParseError::Encoding(_))
        );
        assert!(is_refused, "{}: {found:?}", String::from_utf8_lossy(body));
    }
    let page = br#"{"object":"page","entry":[{"id":"1","time":2,"messaging":[{}]}]}"#;
    assert!(matches!(parse(page), Err(ParseError::OtherObject { object }) if object == "page"));
    assert_eq!(
        parse(br#"{"object":"whatsapp_business_account","entry":[]}"#).unwrap(),
        []
    );
}

/// A body with these elements in `messages`, in `statuses`, and with this list of contacts.
fn body_of(messages: &str, statuses: &str, contacts: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{{
        "metadata":{{"phone_number_id":"7"}},"contacts":{contacts},"messages":{messages},"statuses":{statuses}}}}}]}}]}}"#
    )
}

#[test]
fn one_broken_element_does_not_take_its_siblings() {
    let good = r#"{"from":"33","id":"a","timestamp":"5","type":"text","text":{"body":"un"}}"#;
    let contacts = r#"[{"wa_id":"33","profile":{"name":"Zoé"}}]"#;
    let kinds = |messages: &str, statuses: &str, contacts: &str| {
        let received = parse(body_of(messages, statuses, contacts).as_bytes()).unwrap();
        let kind = |received: &Received| match &received.item {
            ReceivedItem::Message { from, message } => match &message.content {
                Content::Unknown(unknown) => format!("{} from {from}", unknown.kind),
                content => format!("{} from {from}", json!(content)["type"].as_str().unwrap()),
            },
            ReceivedItem::Status { report, .. } => format!("{:?}", report.status),
            ReceivedItem::Account { kind, .. } => format!("account {kind}"),
        };
        received.iter().map(kind).collect::<Vec<_>>().join(", ")
    };
    for (broken, expected) in [
        (r#"{"from":"33","id":"b","type":"text"}"#, "text from 33"),
        (
            r#"{"from":"33","id":"b","type":"text","text":{"body":7}}"#,
            "text from 33",
        ),
        (
            r#"{"from":"33","id":"b","type":"text","text":{"body":"\ud83d"}}"#,
            "text from 33",
        ),
        (
            r#"{"from":"33","id":"b","type":"location","location":{"latitude":"north"}}"#,
            "location from 33",
        ),
        (
            r#"{"from":"33","id":"b","type":"location","location":{"latitude":1e999,"longitude":0}}"#,
            "location from 33",
        ),
        (
            r#"{"from":"33","id":"b","type":"hologram","hologram":{}}"#,
            "hologram from 33",
        ),
        (r#"{"from":"33","id":"b"}"#, "unknown from 33"),
        (
            r#"{"from":"33","id":"b","timestamp":1e999,"type":"hologram"}"#,
            "hologram from 33",
        ),
        (
            r#"{"from":"33","id":"b","type":7,"context":[]}"#,
            "unknown from 33",
        ),
        (
            r#"{"from_user_id":"FR.77","id":"b","type":"text","text":{"body":"x"}}"#,
            "text from FR.77",
        ),
        (
            r#"{"from":"","id":"b","type":"text","text":{"body":"x"}}"#,
            "text from 33",
        ),
        (
            r#"{"from":"33","type":"text","text":{"body":"x"}}"#,
            "account messages",
        ),
        (r#"{"from":"33","id":"b","id":"c"}"#, "account messages"),
        ("3", "account messages"),
        ("null", "account messages"),
    ] {
        let found = kinds(&format!("[{good},{broken},{good}]"), "[]", contacts);
        assert_eq!(
            found,
            format!("text from 33, {expected}, text from 33"),
            "{broken}"
        );
    }
    let sent = r#"{"id":"x","status":"sent","timestamp":"5","recipient_id":"33"}"#;
    for (broken, expected) in [
        (
            r#"{"id":"x","status":"failed","recipient_id":"33","errors":"none"}"#,
            "Failed",
        ),
        (
            r#"{"id":"x","status":"warning","recipient_id":"33"}"#,
            "account statuses",
        ),
        (
            r#"{"status":"sent","recipient_id":"33"}"#,
            "account statuses",
        ),
        ("[]", "account statuses"),
    ] {
        let found = kinds(
            &format!("[{good}]"),
            &format!("[{sent},{broken},{sent}]"),
            contacts,
        );
        assert_eq!(
            found,
            format!("text from 33, Sent, {expected}, Sent"),
            "{broken}"
        );
    }
    // Contacts only give names; broken ones cost nothing else.
    for contacts in [
        "{}",
        "[7]",
        r#"[{"wa_id":"33","profile":"Zoé"}]"#,
        r#"[{"wa_id":"33","profile":{"name":"\udc00"}}]"#,
    ] {
        assert_eq!(
            kinds(&format!("[{good}]"), "[]", contacts),
            "text from 33",
            "{contacts}"
        );
    }
    // A list that is none is kept by itself, and with everything around it if nothing else is there.
    assert_eq!(
        kinds(&format!("[{good}]"), "\"none\"", contacts),
        "text from 33, account statuses"
    );
    assert_eq!(
        kinds("{}", &format!("[{sent}]"), contacts),
        "Sent, account messages"
    );
    assert_eq!(kinds("{}", "[]", contacts), "account messages");
    assert_eq!(kinds("[]", "[]", contacts), "account messages");
}

#[test]
fn everybody_in_a_long_body_keeps_their_own_name() {
    let people = 0..50;
    let messages = people.clone().map(|i| json!({ "from": format!("3{i:03}"), "id": i.to_string(), "type": "text", "text": { "body": "x" } }));
    let contacts = people
        .clone()
        .map(|i| json!({ "wa_id": format!("3{i:03}"), "profile": { "name": format!("n{i}") } }));
    let (messages, contacts): (Vec<_>, Vec<_>) = (messages.collect(), contacts.collect());
    let body = body_of(
        &json!(messages).to_string(),
        "[]",
        &json!(contacts).to_string(),
    );
    let received = parse(body.as_bytes()).unwrap();
    let names = received.into_iter().map(|received| match received.item {
        ReceivedItem::Message { message, .. } => message.profile_name.unwrap(),
        ReceivedItem::Status { .. } | ReceivedItem::Account { .. } => panic!("not a message"),
    });
    assert_eq!(
        names.collect::<Vec<_>>(),
        people.map(|i| format!("n{i}")).collect::<Vec<_>>()
    );
}

static ALL: LazyLock<Vec<String>> = LazyLock::new(|| {
    bodies()
        .into_values()
        .flat_map(BTreeMap::into_values)
        .collect()
});

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_body_panics(
        pick in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..12),
    ) {
        let mut body = pick.get(&ALL).clone().into_bytes();
        for (at, byte, kind) in edits {
            let at = at.index(body.len().max(1)).min(body.len().saturating_sub(1));
            match kind {
                0 if !body.is_empty() => body[at] = byte,
                1 => body.insert(at, byte),
                2 if !body.is_empty() => drop(body.remove(at)),
                _ => body.truncate(at.max(1)),
            }
        }
        let secret = AppSecret::new(&"secret".into()).unwrap();
        let header = String::from_utf8_lossy(&body).into_owned();
        prop_assert!(secret.verify(Some(&header), &body).is_err());
        if let Ok(received) = parse(&body) {
            for received in received {
                drop(line(&received));
            }
        }
    }
}

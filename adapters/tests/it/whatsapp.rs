//! What WhatsApp's wire format becomes, and what ours becomes in it: every sample of the three collections.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use ecluse_adapters::meta::{AppSecret, SignatureError};
use ecluse_adapters::whatsapp::dialog360::{
    Dialog360Config, Dialog360ConfigError, Dialog360Webhook, Dialog360WebhookError, SecretHeader,
};
use ecluse_adapters::whatsapp::errors::{Refusal, classify, is_channels_fault};
use ecluse_adapters::whatsapp::parse::{ParseError, parse};
use ecluse_adapters::whatsapp::render::render;
use ecluse_adapters::whatsapp::{Received, ReceivedItem};
use ecluse_engine::ids::ProviderMessageId;
use ecluse_engine::message::{Author, Content, Location, Outbound};
use ecluse_engine::provider::Sending;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(path)
}

fn read(path: &Path) -> String {
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

#[test]
fn signatures_are_computed_over_the_raw_body() {
    let vectors: Vec<Value> =
        serde_json::from_str(&read(&data("hub-signature/vectors.json"))).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let text = |key: &str| vector[key].as_str().unwrap().to_owned();
        let secret = AppSecret::new(&text("secret").into()).unwrap();
        assert_eq!(secret.sign(text("body").as_bytes()), text("value"));
        assert_eq!(
            secret.verify(Some(&text("value")), text("body").as_bytes()),
            Ok(())
        );
        let other = format!("{} ", text("body"));
        assert_eq!(
            secret.verify(Some(&text("value")), other.as_bytes()),
            Err(SignatureError::Mismatch)
        );
    }
}

fn outbound(content: Content, reply_to: Option<&str>) -> Outbound {
    let reply_to = reply_to.map(ProviderMessageId::from);
    Outbound {
        author: Author::Program,
        client_id: None,
        reply_to,
        content,
    }
}

#[test]
fn requests_are_metas_own_examples() {
    let examples: Vec<Value> =
        serde_json::from_str(&read(&data("meta-openapi/examples-messages.json"))).unwrap();
    let example = |name: &str| {
        let found = examples
            .iter()
            .find(|example| example["name"] == name && example["side"] == "request");
        found.unwrap()["value"].clone()
    };
    let java = serde_json::from_str(&read(&data(
        "whatsapp-java-api/expected/message/expectedMessage1.json",
    )))
    .unwrap();
    for expected in [
        example("Send Text Message"),
        example("Send Reply to Text Message"),
        java,
    ] {
        let body = expected["text"]["body"].as_str().unwrap();
        let message = outbound(
            Content::text(body),
            expected["context"]["message_id"].as_str(),
        );
        let rendered = render(&expected["to"].as_str().unwrap().into(), &message).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&rendered).unwrap(),
            expected
        );
    }
}

#[test]
fn a_customer_who_hides_the_number_is_answered_by_user_id() {
    let message = outbound(Content::text("oui"), None);
    let rendered =
        |to: &str| serde_json::from_slice::<Value>(&render(&to.into(), &message).unwrap()).unwrap();
    for to in ["US.13491208655302741918", "US.ENT.11815799212886844830"] {
        assert_eq!(
            (rendered(to)["recipient"].clone(), rendered(to).get("to")),
            (json!(to), None)
        );
    }
    for to in ["33639980001", "+33639980001"] {
        assert_eq!(
            (rendered(to)["to"].clone(), rendered(to).get("recipient")),
            (json!(to), None)
        );
    }
}

#[test]
fn what_cannot_be_rendered_is_refused_before_any_call() {
    let place = Location {
        latitude: 1.0,
        longitude: 2.0,
        name: None,
        address: None,
    };
    let error = render(&"33".into(), &outbound(Content::Location(place), None)).unwrap_err();
    assert_eq!(error.to_string(), "this channel cannot send location");
}

/// What the outbox is to do, in short.
fn verdict(sending: &Sending) -> String {
    match sending {
        Sending::Retry { after, scope, .. } => {
            format!("retry {scope:?} after {}s", after.as_secs())
        }
        Sending::Rejected(_) => "rejected".to_owned(),
        Sending::Halted(_) => "halted".to_owned(),
        Sending::Ambiguous(_) => "ambiguous".to_owned(),
        Sending::Sent(id) => format!("sent {id:?}"),
    }
}

fn refused(status: u16, body: &str) -> Sending {
    classify(Refusal {
        status,
        retry_after: None,
        body: body.as_bytes(),
    })
}

#[test]
fn every_error_of_metas_ends_as_the_table_says() {
    let table: [(&[i64], u16, &str); 11] = [
        (&[0, 3, 10, 33, 190, 200, 299, 368], 400, "halted"),
        (
            &[
                130497, 131005, 131031, 131042, 131045, 131048, 133000, 133010, 133016,
            ],
            400,
            "halted",
        ),
        (&[4, 80007], 400, "retry Channel after 30s"),
        (&[130429], 400, "retry Channel after 1s"),
        (&[131056], 400, "retry Recipient after 1s"),
        (&[131057], 500, "retry Channel after 60s"),
        (
            &[1, 2, 131000, 131016, 135000],
            500,
            "retry Message after 1s",
        ),
        (
            &[
                100, 130472, 131008, 131009, 131021, 131026, 131047, 131049, 131050, 131051,
                131052, 131053,
            ],
            400,
            "rejected",
        ),
        (&[132000, 132001, 132016, 132068, 132069], 400, "rejected"),
        (&[999_999], 400, "rejected"),
        (&[999_999], 500, "retry Message after 1s"),
    ];
    for (codes, status, expected) in table {
        for code in codes {
            let body = json!({ "error": { "code": code, "message": format!("(#{code}) x"), "type": "OAuthException" } });
            assert_eq!(
                verdict(&refused(status, &body.to_string())),
                expected,
                "{code}"
            );
        }
    }
}

#[test]
fn a_provider_that_asks_for_patience_gets_it_and_never_less_than_usual() {
    for (asked, expected) in [(90, 90), (0, 1)] {
        let sending = classify(Refusal {
            status: 429,
            retry_after: Some(Duration::from_secs(asked)),
            body: b"",
        });
        assert_eq!(
            verdict(&sending),
            format!("retry Channel after {expected}s")
        );
    }
}

#[test]
fn a_failed_status_is_the_channels_fault_when_its_error_is() {
    let body = |code: &str| {
        format!(
            r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages","value":{{
            "metadata":{{"phone_number_id":"7"}},"statuses":[{{"id":"w","status":"failed","timestamp":"1749416383",
            "recipient_id":"33612345678","errors":[{{{code}"title":"x"}}]}}]}}}}]}}]}}"#
        )
    };
    let table = [
        ("131042", true),
        ("131031", true),
        ("368", true),
        ("131048", true),
        ("131026", false),
        ("131047", false),
        ("131056", false),
        ("999999", false),
        ("", false),
    ];
    for (code, at_fault) in table {
        let member = if code.is_empty() {
            String::new()
        } else {
            format!("\"code\":{code},")
        };
        let received = parse(body(&member).as_bytes()).unwrap();
        let [
            Received {
                item: ReceivedItem::Status { report, .. },
                ..
            },
        ] = &received[..]
        else {
            panic!("one status, not {received:?}")
        };
        let error = report.error.as_ref().unwrap();
        assert_eq!(is_channels_fault(error), at_fault, "{code:?}");
    }
}

#[test]
fn answers_without_an_error_object_are_judged_by_their_status() {
    for (status, expected) in [
        (302, "halted"),
        (400, "rejected"),
        (401, "halted"),
        (403, "halted"),
        (404, "halted"),
        (408, "ambiguous"),
        (413, "rejected"),
        (429, "retry Channel after 1s"),
        (500, "ambiguous"),
        (502, "ambiguous"),
        (503, "retry Channel after 1s"),
        (504, "ambiguous"),
    ] {
        for body in [
            "",
            "<html>Bad Gateway</html>",
            "{}",
            "[]",
            r#"{"error":"no"}"#,
        ] {
            assert_eq!(verdict(&refused(status, body)), expected, "{status} {body}");
        }
    }
}

#[test]
fn the_errors_of_360dialogs_proxy_are_told_apart() {
    let table = [
        (
            400,
            "Your WhatsApp for Business API has been disabled. If you believe this is a mistake, …",
            "halted",
        ),
        (
            400,
            "Could not send message due to lack of payment. Messaging can resume …",
            "halted",
        ),
        (
            400,
            "You have exceeded the limit of 1 request every 3 seconds. Try again later.",
            "retry Channel after 30s",
        ),
        (
            400,
            "You have exceeded the endpoint rate limit.",
            "retry Channel after 30s",
        ),
        (400, "Something else", "rejected"),
        (401, "Invalid api_key or token expired", "halted"),
        (403, "This URL is blocked", "halted"),
        (500, "Internal server error", "ambiguous"),
        (
            502,
            "WhatsApp for Business API not available",
            "retry Channel after 1s",
        ),
        (555, "Internal server error", "ambiguous"),
    ];
    for (status, message, expected) in table {
        for key in ["developerMessage", "developer_message"] {
            let sending = refused(
                status,
                &json!({ "meta": { "success": false, key: message } }).to_string(),
            );
            assert_eq!(verdict(&sending), expected, "{message}");
            assert!(format!("{sending:?}").contains(message), "{sending:?}");
        }
    }
}

#[test]
fn an_error_is_reported_in_the_providers_words() {
    let unknown = read(&data(
        "whatsapp-java-api/phone/phoneNumberNotFoundError.json",
    ));
    let Sending::Halted(error) = refused(400, &unknown) else {
        panic!("a number that is gone stops the channel")
    };
    assert!(
        error.code == 100 && error.title.starts_with("Unsupported get request."),
        "{error:?}"
    );
    let body = r#"{"error":{"code":131026,"message":"(#131026) Message undeliverable","error_data":{"details":"No WhatsApp."}}}"#;
    let Sending::Rejected(error) = refused(400, body) else {
        panic!("final")
    };
    assert_eq!(
        (error.title.as_str(), error.detail.as_deref()),
        ("(#131026) Message undeliverable", Some("No WhatsApp."))
    );
    let proof = r#"{"error":{"code":100,"message":"Invalid appsecret_proof provided in the API argument"}}"#;
    assert_eq!(verdict(&refused(400, proof)), "halted");
}

fn dialog360(secret: Option<&str>, headers: &[(&str, &str)]) -> Dialog360Config {
    let header = |(name, value): &(&str, &str)| SecretHeader {
        name: (*name).to_owned(),
        value: (*value).into(),
    };
    Dialog360Config {
        api_key: "key".into(),
        webhook_secret: secret.map(Into::into),
        webhook_headers: headers.iter().map(header).collect(),
        base_url: ecluse_adapters::whatsapp::dialog360::BASE_URL.to_owned(),
    }
}

#[test]
fn a_360dialog_webhook_is_never_open() {
    let make = |secret, headers: &[(&str, &str)]| {
        Dialog360Webhook::new(&dialog360(secret, headers)).map(drop)
    };
    assert_eq!(make(None, &[]), Err(Dialog360ConfigError::OpenWebhook));
    assert_eq!(make(Some(""), &[]), Err(Dialog360ConfigError::EmptySecret));
    assert_eq!(
        make(None, &[("authorization", "")]),
        Err(Dialog360ConfigError::EmptySecret)
    );
    assert_eq!(
        make(Some("s"), &[("", "x")]),
        Err(Dialog360ConfigError::EmptySecret)
    );
    assert_eq!(make(Some("s"), &[]), Ok(()));
    assert_eq!(make(None, &[("authorization", "x")]), Ok(()));
}

#[test]
fn everything_that_is_configured_for_360dialog_must_be_right() {
    let body = b"{\"object\":\"whatsapp_business_account\"}";
    let signed = AppSecret::new(&"s3cret".into()).unwrap().sign(body);
    let bare = signed.strip_prefix("sha256=").unwrap();
    let other = AppSecret::new(&"0ther".into()).unwrap().sign(body);
    let right = ("authorization", "Bearer t0ken");
    let signature = "x-360dialog-signature";
    let ok = "ok";
    for (secret, header, given, expected) in [
        (true, false, vec![(signature, bare)], ok),
        (true, false, vec![(signature, signed.as_str())], ok),
        (true, false, vec![], "signature"),
        (true, false, vec![right], "signature"),
        (true, false, vec![(signature, other.as_str())], "signature"),
        (true, false, vec![(signature, "sha256=")], "signature"),
        (
            true,
            false,
            vec![("x-hub-signature-256", signed.as_str())],
            "signature",
        ),
        (false, true, vec![right], ok),
        (
            false,
            true,
            vec![("authorization", "Bearer t0keN")],
            "header",
        ),
        (false, true, vec![("authorization", "")], "header"),
        (false, true, vec![(signature, bare)], "header"),
        (true, true, vec![right, (signature, bare)], ok),
        (true, true, vec![right], "signature"),
        (true, true, vec![(signature, bare)], "header"),
        (
            true,
            true,
            vec![right, (signature, other.as_str())],
            "signature",
        ),
    ] {
        let headers = if header { vec![right] } else { vec![] };
        let webhook =
            Dialog360Webhook::new(&dialog360(secret.then_some("s3cret"), &headers)).unwrap();
        let look_up = |name: &str| {
            given
                .iter()
                .find(|(own, _)| own.eq_ignore_ascii_case(name))
                .map(|(_, value)| *value)
        };
        let found = match webhook.verify(look_up, body) {
            Ok(()) => "ok",
            Err(Dialog360WebhookError::Signature(_)) => "signature",
            Err(Dialog360WebhookError::Header { .. }) => "header",
        };
        assert_eq!(found, expected, "{given:?}");
    }
}

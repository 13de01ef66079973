//! What WhatsApp's refusals mean, as the vendors' tables say.

use std::time::Duration;

use ecluse_adapters::whatsapp::errors::{Refusal, classify, is_channels_fault};
use ecluse_adapters::whatsapp::parse::parse;
use ecluse_adapters::whatsapp::{Received, ReceivedItem};
use ecluse_engine::provider::Sending;
use serde_json::json;

use crate::whatsapp::{data, read};

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

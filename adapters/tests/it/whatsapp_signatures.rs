//! Who may speak on a webhook: signatures and secret headers.

use ecluse_adapters::meta::{AppSecret, SignatureError};
use ecluse_adapters::whatsapp::dialog360::{
    Dialog360Config, Dialog360ConfigError, Dialog360Webhook, Dialog360WebhookError, SecretHeader,
};
use serde_json::Value;

use crate::whatsapp::{data, read};

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

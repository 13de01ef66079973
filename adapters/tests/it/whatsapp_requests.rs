//! What ours becomes in WhatsApp's wire format: Meta's own examples.

use ecluse_adapters::whatsapp::render::render;
use ecluse_engine::ids::ProviderMessageId;
use ecluse_engine::message::{Author, Content, Location, Outbound};
use serde_json::{Value, json};

use crate::whatsapp::{data, read};

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

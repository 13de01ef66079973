//! A save that is refused, repeated or beaten by another one moves nothing at a company that a working channel needs.

use ecluse_adapters::sim::meta::MetaSim;
use ecluse_adapters::sim::sign_on::Decision;
use ecluse_adapters::storage::config_db::ChannelSecrets;
use ecluse_engine::ids::ChannelId;
use futures_util::future::join_all;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::file_companies::document;
use crate::sign_on::{Office, mail, meta};
use crate::world::{Answer, ORIGIN};

const NUMBER: &str = "skds24CH";
const E164: &str = "+33639980002";

impl Office {
    async fn put(&self, channel: &str, body: &Value) -> Answer {
        let call = self.world.put(&format!("/api/v1/channels/{channel}"), body);
        call.if_match("*").session(&self.session).send().await
    }

    async fn patch(&self, channel: &str, body: &Value) -> Answer {
        let call = self
            .world
            .patch(&format!("/api/v1/channels/{channel}"), body);
        call.if_match("*").session(&self.session).send().await
    }

    async fn tried(&self, path: &str, body: &Value) -> Value {
        let call = self.world.post(path, body).session(&self.session);
        let answer = call.send().await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    async fn secrets(&self, channel: &str) -> ChannelSecrets {
        let id = ChannelId(channel.parse().unwrap());
        self.world.db.channel_secrets(id).await.unwrap()
    }

    /// A mailbox whose consent a sign-on brought, and that consent.
    async fn mailbox(&self, kind: &str, sign_on: &Value) -> (String, String) {
        let member = json!({ "provider": kind, "sign_on": sign_on["id"] });
        let saved = self.save("email", member).await;
        assert_eq!(saved.status, 201, "{}", saved.text());
        let token = self.secrets(&saved.id()).await.refresh_token.unwrap();
        (saved.id(), token.expose_secret().to_owned())
    }
}

/// The number with a key that a program brings.
fn brought(sim: &MetaSim) -> Value {
    let key = sim.key_of_number(NUMBER).unwrap();
    json!({ "provider": "dialog360", "number": E164, "api_key": key })
}

#[actix_web::test]
async fn a_sign_on_whose_save_is_refused_leaves_the_channel_its_key_and_its_webhook() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let channel = office.connected(&sim).await;
    let again = office.signed_on(&sim, NUMBER).await;
    let member = json!({ "provider": "dialog360", "sign_on": again });
    let mut body = json!({
        "kind": "whatsapp", "destination": { "queue": Uuid::nil() }, "whatsapp": member,
    });
    let refused = office.put(&channel, &body).await;
    assert_eq!(
        refused.fields(),
        [("destination.queue".to_owned(), "unknown_queue".to_owned())]
    );
    let headers = office.secrets(&channel).await.webhook_headers;
    let word = headers.values().next().unwrap().expose_secret().to_owned();
    assert_eq!(sim.webhook_word_of_number(NUMBER), Some(word));
    assert!(
        office.works(&channel).await,
        "its key still opens the number"
    );

    body["destination"] = office.destination();
    let saved = office.put(&channel, &body).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert!(office.works(&channel).await);
}

#[actix_web::test]
async fn of_two_who_bring_the_same_key_at_once_the_webhook_comes_to_the_channel_that_there_is() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let member = brought(&sim);
    let saves = (0..4).map(|_| office.save("whatsapp", member.clone()));
    let answers = join_all(saves).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!((won.len(), lost.len()), (1, 3));
    let own = format!("{ORIGIN}/webhooks/360dialog/{}", won[0].id());
    assert_eq!(sim.webhook_of_number(NUMBER), Some(own));
    for answer in lost {
        assert_eq!(answer.status, 422, "{}", answer.text());
    }
}

#[actix_web::test]
async fn a_key_that_is_brought_twice_with_one_idempotency_key_is_answered_alike() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let member = brought(&sim);
    let body = json!({
        "kind": "whatsapp", "destination": office.destination(), "whatsapp": member,
    });
    let sends = (0..3).map(|_| {
        let call = office.world.post("/api/v1/channels", &body);
        let call = call.session(&office.session);
        call.header("Idempotency-Key", "0198f3b2").send()
    });
    let answers = join_all(sends).await;
    for answer in &answers {
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.text(), answers[0].text());
    }
    let own = format!("{ORIGIN}/webhooks/360dialog/{}", answers[0].id());
    assert_eq!(sim.webhook_of_number(NUMBER), Some(own));
}

#[actix_web::test]
async fn other_webhook_headers_are_told_to_360dialog() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let channel = office.connected(&sim).await;
    let change = json!({ "whatsapp": { "webhook_headers": { "X-Ecluse-Channel": "another" } } });
    let changed = office.patch(&channel, &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(
        sim.webhook_word_of_number(NUMBER).as_deref(),
        Some("another")
    );
}

#[actix_web::test]
async fn a_consent_that_the_company_replaced_can_be_brought_again() {
    let (office, _sim, sign_on) = mail("microsoft", &Decision::Accept).await;
    let (channel, token) = office.mailbox("microsoft", &sign_on).await;
    let call = office.world.delete(&format!("/api/v1/channels/{channel}"));
    let call = call.if_match("*").session(&office.session);
    assert_eq!(call.send().await.status, 204);

    let member = json!({
        "provider": "microsoft", "address": "support@example.test", "refresh_token": token,
    });
    let typed = json!({ "kind": "email", "connection": "imap", "email": member });
    for _ in 0..2 {
        let outcome = office.tried("/api/v1/channels/verify", &typed).await;
        assert_eq!(outcome["step"], "connection", "{outcome}");
    }
    let nowhere = json!({
        "kind": "email", "destination": { "queue": Uuid::nil() }, "email": member,
    });
    let call = office.world.post("/api/v1/channels", &nowhere);
    let refused = call.session(&office.session).send().await;
    assert_eq!(
        refused.fields(),
        [("destination.queue".to_owned(), "unknown_queue".to_owned())]
    );
    let saved = office.save("email", member).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
}

#[actix_web::test]
async fn a_consent_of_one_company_is_not_kept_for_another_nor_shown_to_it() {
    let (office, sim, sign_on) = mail("gmail", &Decision::Accept).await;
    let (channel, _) = office.mailbox("gmail", &sign_on).await;
    let asked = sim.requests().refreshes;
    let other = json!({ "connection": "imap", "email": { "provider": "microsoft" } });
    let path = format!("/api/v1/channels/{channel}/verify");
    let outcome = office.tried(&path, &other).await;
    assert_eq!(outcome["code"], "sign_in_required", "{outcome}");
    assert_eq!(sim.requests().refreshes, asked);
    let change = json!({ "email": { "provider": "microsoft" } });
    let refused = office.patch(&channel, &change).await;
    assert_eq!(
        refused.fields(),
        [(
            "email.refresh_token".to_owned(),
            "sign_on_needed".to_owned()
        )]
    );
}

#[actix_web::test]
async fn a_finished_sign_on_is_tried_before_it_is_saved_with_the_servers_that_it_brought() {
    let (office, _sim, sign_on) = mail("gmail", &Decision::Accept).await;
    let member = json!({ "provider": "gmail", "sign_on": sign_on["id"] });
    for connection in ["imap", "smtp"] {
        let typed = json!({ "kind": "email", "connection": connection, "email": member });
        let outcome = office.tried("/api/v1/channels/verify", &typed).await;
        assert_eq!(outcome["works"], false, "nobody listens there");
        assert_ne!(outcome["code"], "not_set", "{outcome}");
    }
}

#[actix_web::test]
async fn an_account_whose_messages_would_not_come_here_is_refused() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let played = sim.options();
    sim.refuse_subscriptions();
    let member = json!({
        "provider": "cloud", "phone_number_id": played.number.phone_number_id,
        "business_account_id": played.account, "access_token": played.access_token.expose_secret(),
    });
    let refused = office.save("whatsapp", member).await;
    assert_eq!(
        refused.fields(),
        [(
            "whatsapp.access_token".to_owned(),
            "no_permission".to_owned()
        )]
    );
}

#[actix_web::test]
async fn a_file_that_leaves_numbers_out_moves_each_and_asks_for_what_is_so_no_more() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let numbers = [("one", "skds23CH", "+15550783881"), ("two", NUMBER, E164)];
    for (key, channel, number) in numbers {
        let own = sim.key_of_number(channel).unwrap();
        let member = json!({ "provider": "dialog360", "number": number, "api_key": own });
        let made = document(key, "whatsapp", member);
        assert_eq!(office.outcome(&made).await, "created");
    }
    let headers = json!({ "X-Ecluse-Channel": "another" });
    let file = numbers.map(|(key, _, _)| {
        let member = json!({ "provider": "dialog360", "webhook_headers": headers });
        document(key, "whatsapp", member)
    });
    let applied = office.apply(&file, false).await;
    assert_eq!(applied.status, 200, "{}", applied.text());
    for (_, channel, _) in numbers {
        let word = sim.webhook_word_of_number(channel);
        assert_eq!(word.as_deref(), Some("another"));
    }
    drop(sim);
    let again = office.apply(&file, false).await;
    assert_eq!(again.status, 200, "nobody is asked: {}", again.text());
    let call = office.world.get("/api/v1/channels?key=two");
    let two = call.session(&office.session).send().await.json();
    let path = format!(
        "/api/v1/channels/{}",
        two["items"][0]["id"].as_str().unwrap()
    );
    let same = json!({ "whatsapp": { "webhook_headers": headers } });
    let call = office.world.patch(&path, &same).if_match("*");
    assert_eq!(call.session(&office.session).send().await.status, 200);
}

//! What files and programs bring for companies: checked there, filled in from there, and told there to whom messages go.

use ecluse_adapters::sim::meta::MetaSim;
use ecluse_adapters::sim::sign_on::Decision;
use ecluse_engine::ids::ChannelId;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::sign_on::{Office, authorise, mail, meta};
use crate::world::{Answer, ORIGIN};

const PAGE: &str = "104996122399160";
/// Two numbers at the stand-in of 360dialog.
const FIRST: &str = "skds23CH";
const SECOND: &str = "skds24CH";
const SECOND_NUMBER: &str = "+33639980002";

impl Office {
    pub(crate) async fn apply(&self, documents: &[Value], dry_run: bool) -> Answer {
        let body = json!({ "documents": documents, "dry_run": dry_run });
        let call = self.world.post("/api/v1/config/apply", &body);
        call.session(&self.session).send().await
    }

    pub(crate) async fn outcome(&self, document: &Value) -> String {
        let answer = self.apply(std::slice::from_ref(document), false).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let applied = answer.json();
        applied["changes"][0]["outcome"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn delete(&self, channel: &str) -> Answer {
        let call = self.world.delete(&format!("/api/v1/channels/{channel}"));
        call.if_match("*").session(&self.session).send().await
    }

    async fn channel_with(&self, key: &str) -> Value {
        let call = self.world.get(&format!("/api/v1/channels?key={key}"));
        let list = call.session(&self.session).send().await.json();
        list["items"][0].clone()
    }

    /// A finished sign-on for a number at 360dialog.
    pub(crate) async fn signed_on(&self, sim: &MetaSim, number: &str) -> String {
        let id = self.begun("whatsapp").await;
        let url = self.depart(&id).await;
        let back = authorise(sim, &url, &[number]).await;
        self.arrive(&back).await;
        self.send(&format!("/connect/{id}/submit"), &[]).await;
        id
    }

    pub(crate) async fn works(&self, channel: &str) -> bool {
        let path = format!("/api/v1/channels/{channel}/verify");
        let call = self.world.post(&path, &json!({ "connection": "provider" }));
        let tried = call.session(&self.session).send().await;
        tried.json()["works"] == true
    }
}

pub(crate) fn document(key: &str, kind: &str, member: Value) -> Value {
    let mut document = json!({
        "resource": "channel", "key": key, "kind": kind, "destination": { "queue": "support" },
    });
    document[kind] = member;
    document
}

fn webhook(channel: &str) -> Option<String> {
    Some(format!("{ORIGIN}/webhooks/360dialog/{channel}"))
}

#[actix_web::test]
async fn a_page_of_a_file_is_subscribed_and_a_rehearsal_subscribes_nothing() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let token = sim.programs_token(PAGE).unwrap();
    let page = document(
        "page",
        "facebook",
        json!({ "page_access_token": token.expose_secret() }),
    );
    let rehearsed = office.apply(std::slice::from_ref(&page), true).await;
    assert_eq!(rehearsed.status, 200, "{}", rehearsed.text());
    assert_eq!(sim.subscribed_fields(PAGE), None);

    // What the file is refused for is found before anything is done there.
    let wrong = json!({ "domains": ["not a domain"] });
    let wrong = [page.clone(), document("shop", "live_chat", wrong)];
    assert_eq!(office.apply(&wrong, false).await.status, 422);
    assert_eq!(sim.subscribed_fields(PAGE), None);

    assert_eq!(office.outcome(&page).await, "created");
    assert!(sim.subscribed_fields(PAGE).is_some());
    let saved = office.channel_with("page").await;
    assert_eq!(saved["facebook"]["page_id"], PAGE);

    let mut dead = page.clone();
    dead["facebook"]["page_access_token"] =
        json!(sim.strangers_token(PAGE).unwrap().expose_secret());
    let refused = office.apply(&[dead], false).await;
    assert_eq!(
        refused.fields()[0].0,
        "documents[0].facebook.page_access_token"
    );
    drop(sim);
    assert_eq!(
        office.outcome(&page).await,
        "unchanged",
        "nobody is asked about what is stored"
    );
}

#[actix_web::test]
async fn a_consent_of_a_file_is_proven_once_although_the_company_replaces_it() {
    let (office, sim, sign_on) = mail("microsoft", &Decision::Accept).await;
    let member = json!({ "provider": "microsoft", "sign_on": sign_on["id"] });
    let saved = office.save("email", member).await;
    let id = ChannelId(saved.id().parse().unwrap());
    let secrets = office.world.db.channel_secrets(id).await.unwrap();
    let token = secrets.refresh_token.unwrap();
    assert_eq!(office.delete(&saved.id()).await.status, 204);
    let member = json!({
        "provider": "microsoft", "address": "support@example.test", "refresh_token": token.expose_secret(),
    });
    let mailbox = document("mail", "email", member);
    let before = sim.requests().refreshes;
    let rehearsed = office.apply(std::slice::from_ref(&mailbox), true).await;
    assert_eq!(rehearsed.status, 200, "{}", rehearsed.text());
    assert_eq!(sim.requests().refreshes, before);
    assert_eq!(office.outcome(&mailbox).await, "created");
    assert_eq!(sim.requests().refreshes, before + 1);
    assert_eq!(office.outcome(&mailbox).await, "unchanged");
    assert_eq!(sim.requests().refreshes, before + 1);

    let mut dead = mailbox;
    dead["email"]["refresh_token"] = json!("worth nothing");
    let refused = office.apply(&[dead], false).await;
    assert_eq!(refused.fields()[0].0, "documents[0].email.refresh_token");
}

#[actix_web::test]
async fn a_number_that_another_channel_has_keeps_its_key_and_its_webhook() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let first = office.signed_on(&sim, SECOND).await;
    let member = json!({ "provider": "dialog360", "sign_on": first });
    let saved = office.save("whatsapp", member).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let channel = saved.id();

    for code in ["taken", "pending_deletion"] {
        let again = office.signed_on(&sim, SECOND).await;
        let member = json!({ "provider": "dialog360", "sign_on": again });
        let refused = office.save("whatsapp", member).await;
        let wanted = ("whatsapp.number".to_owned(), code.to_owned());
        assert_eq!(refused.fields(), [wanted]);
        assert!(
            office.works(&channel).await,
            "its key still opens the number"
        );
        assert_eq!(sim.webhook_of_number(SECOND), webhook(&channel));
        assert_eq!(office.delete(&channel).await.status, 202);
    }
    let member = json!({ "provider": "cloud", "number": SECOND_NUMBER, "phone_number_id": "7" });
    let mut typed = document("other", "whatsapp", member);
    typed["whatsapp"]["access_token"] = json!("EAAG-token");
    let refused = office.apply(&[typed], false).await;
    let wanted = ("documents[0].whatsapp.number", "pending_deletion");
    assert_eq!(
        refused.fields(),
        [(wanted.0.to_owned(), wanted.1.to_owned())]
    );
}

#[actix_web::test]
async fn a_key_of_360dialog_that_a_program_brings_is_proven_and_its_webhook_comes_to_us() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let number = |key: &str, number: &str| json!({ "provider": "dialog360", "number": number, "api_key": key });
    let refused = office
        .save("whatsapp", number("wrong", SECOND_NUMBER))
        .await;
    let wanted = ("whatsapp.api_key".to_owned(), "key_refused".to_owned());
    assert_eq!(refused.fields(), [wanted]);

    let key = sim.key_of_number(SECOND).unwrap();
    let mut bad = number(&key, SECOND_NUMBER);
    bad["webhook_headers"] = json!({ "not a name": "value" });
    assert_eq!(office.save("whatsapp", bad).await.status, 422);
    assert_eq!(sim.webhook_of_number(SECOND), None, "nothing was moved");

    let saved = office.save("whatsapp", number(&key, SECOND_NUMBER)).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let channel = saved.json();
    assert_eq!(sim.webhook_of_number(SECOND), webhook(&saved.id()));
    let told = &channel["whatsapp"];
    assert_eq!(told["channel_id"], SECOND);
    assert_eq!(told["business_account_id"], sim.options().account.as_str());
    assert!(told["phone_number_id"].is_string());
    assert_eq!(told["has_webhook_headers"], true);

    let stolen = office.save("whatsapp", number(&key, "+33639980003")).await;
    let wanted = ("whatsapp.api_key".to_owned(), "taken".to_owned());
    assert_eq!(stolen.fields(), [wanted]);
    assert_eq!(sim.webhook_of_number(SECOND), webhook(&saved.id()));
}

#[actix_web::test]
async fn a_key_of_360dialog_in_a_file_is_used_once() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let key = sim.key_of_number(FIRST).unwrap();
    let member = json!({ "provider": "dialog360", "number": "+15550783881", "api_key": key });
    let mobile = document("mobile", "whatsapp", member);
    let rehearsed = office.apply(std::slice::from_ref(&mobile), true).await;
    assert_eq!(rehearsed.status, 200, "{}", rehearsed.text());
    assert_eq!(sim.webhook_of_number(FIRST), None);
    assert_eq!(office.outcome(&mobile).await, "created");
    let saved = office.channel_with("mobile").await;
    assert_eq!(
        sim.webhook_of_number(FIRST),
        webhook(saved["id"].as_str().unwrap())
    );
    drop(sim);
    assert_eq!(office.outcome(&mobile).await, "unchanged");
}

#[actix_web::test]
async fn another_number_is_read_back_with_the_token_that_is_stored() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let played = sim.options();
    let member = json!({
        "provider": "cloud", "phone_number_id": played.number.phone_number_id,
        "business_account_id": played.account, "access_token": played.access_token.expose_secret(),
    });
    let saved = office.save("whatsapp", member).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let path = format!("/api/v1/channels/{}", saved.id());
    let patch = async |member: Value| {
        let call = office.world.call(actix_web::http::Method::PATCH, &path);
        let call = call.json(&json!({ "whatsapp": member })).if_match("*");
        call.session(&office.session).send().await
    };
    for (field, id) in [
        ("phone_number_id", "106540352242999"),
        ("business_account_id", "102290129340999"),
    ] {
        let refused = patch(json!({ field: id })).await;
        assert_eq!(refused.fields()[0].0, format!("whatsapp.{field}"));
    }
    let differs = patch(json!({ "number": "+33612345678" })).await;
    let wanted = ("whatsapp.number".to_owned(), "differs".to_owned());
    assert_eq!(differs.fields(), [wanted]);
    let same = patch(json!({ "phone_number_id": played.number.phone_number_id })).await;
    assert_eq!(same.status, 200, "{}", same.text());
}

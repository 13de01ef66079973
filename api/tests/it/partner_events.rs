//! What 360dialog tells its partner changes what is set up here.

use ecluse_adapters::sim::meta::MetaSim;
use serde_json::{Value, json};

use crate::sign_on::{Office, authorise, meta};
use crate::world::Answer;

const CHANNEL: &str = "skds24CH";
const PATH: &str = "/webhooks/360dialog";

impl Office {
    async fn posts(&self, (body, signature): (String, String)) -> Answer {
        let call = self.world.post(PATH, &Value::Null);
        let call = call.header("x-360dialog-signature", &signature);
        call.body("application/json", body).send().await
    }

    /// 360dialog sends an event about the number.
    async fn is_told(&self, sim: &MetaSim, event: &str) {
        let answer = self.posts(sim.partner_event(event, CHANNEL).unwrap()).await;
        assert_eq!(answer.status, 200, "{event}: {}", answer.text());
    }

    async fn channel(&self, id: &str) -> Value {
        let call = self.world.get(&format!("/api/v1/channels/{id}"));
        call.session(&self.session).send().await.json()
    }

    async fn is_pending(&self, id: &str) -> bool {
        self.channel(id).await["state"] == "pending_deletion"
    }

    /// The administrator schedules the deletion.
    async fn deletes(&self, id: &str) {
        let call = self.world.delete(&format!("/api/v1/channels/{id}"));
        let call = call.if_match("*").session(&self.session);
        assert_eq!(call.send().await.status, 202);
    }

    /// The administrator takes the deletion back.
    async fn reactivates(&self, id: &str) {
        let path = format!("/api/v1/channels/{id}/reactivate");
        let call = self.world.post(&path, &Value::Null);
        let call = call.if_match("*").session(&self.session);
        assert_eq!(call.send().await.status, 200);
    }

    /// The client cancels the number at the hub.
    async fn is_cancelled(&self, sim: &MetaSim) {
        let end = Some("2026-11-30T23:59:59Z".to_owned());
        sim.change_number(CHANNEL, |number| number.terminated_at = end);
        self.is_told(sim, "channel_cancelled").await;
    }

    /// The administrator of the hub brings the number back.
    async fn is_brought_back(&self, sim: &MetaSim, event: &str) {
        sim.change_number(CHANNEL, |number| number.terminated_at = None);
        self.is_told(sim, event).await;
    }

    /// A channel of the number, connected by the sign-on.
    pub(crate) async fn connected(&self, sim: &MetaSim) -> String {
        let id = self.begun("whatsapp").await;
        let back = authorise(sim, &self.depart(&id).await, &[CHANNEL]).await;
        self.arrive(&back).await;
        self.take_up(&id).await
    }

    async fn take_up(&self, sign_on: &str) -> String {
        self.send(&format!("/connect/{sign_on}/submit"), &[]).await;
        let member = json!({ "provider": "dialog360", "sign_on": sign_on });
        let saved = self.save("whatsapp", member).await;
        assert_eq!(saved.status, 201, "{}", saved.text());
        saved.id()
    }
}

#[actix_web::test]
async fn a_sign_on_whose_number_is_still_prepared_goes_on_when_360dialog_says_that_it_runs() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    sim.change_number(CHANNEL, |number| number.status = "submitted".to_owned());
    let id = office.begun("whatsapp").await;
    let back = authorise(&sim, &office.depart(&id).await, &[CHANNEL]).await;
    let window = office.arrive(&back).await;
    assert!(window.contains("role=\"alert\""), "{window}");
    let waiting = office.sign_on(&id).await;
    assert_eq!(
        (&waiting["state"], &waiting["error"]["code"]),
        (&json!("failed"), &json!("not_running"))
    );

    office.is_told(&sim, "channel_submitted").await;
    assert_eq!(
        office.sign_on(&id).await["state"],
        "failed",
        "it still does not run"
    );
    sim.change_number(CHANNEL, |number| number.status = "running".to_owned());
    office.is_told(&sim, "channel_running").await;
    let found = office.sign_on(&id).await;
    assert_eq!(found["state"], "choosing", "{found}");
    assert_eq!(found["result"]["number"], "+33639980002");
    let channel = office.take_up(&id).await;
    assert_eq!(office.channel(&channel).await["state"], "active");
}

#[actix_web::test]
async fn a_number_that_its_client_cancels_is_to_be_deleted_and_one_that_is_brought_back_is_not() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.connected(&sim).await;
    let end = Some("2026-11-30T23:59:59Z".to_owned());
    sim.change_number(CHANNEL, |number| number.terminated_at = end);
    for _ in 0..2 {
        office.is_told(&sim, "channel_cancelled").await;
        assert_eq!(office.channel(&id).await["state"], "pending_deletion");
    }

    sim.change_number(CHANNEL, |number| number.terminated_at = None);
    office.is_told(&sim, "channel_cancelled").await;
    let late = office.channel(&id).await;
    assert_eq!(
        late["state"], "pending_deletion",
        "a late event says nothing"
    );
    office.is_told(&sim, "channel_running").await;
    assert_eq!(office.channel(&id).await["state"], "active");
    sim.change_number(CHANNEL, |number| number.status = "terminated".to_owned());
    office.is_told(&sim, "channel_terminated").await;
    let ended = office.channel(&id).await;
    assert_eq!(ended["health"]["state"], "degraded", "{ended}");
}

#[actix_web::test]
async fn what_an_administrator_deletes_is_not_brought_back_by_an_event_that_comes_again() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.connected(&sim).await;
    office.deletes(&id).await;
    for event in ["channel_running", "channel_painted"] {
        office.is_told(&sim, event).await;
        assert!(office.is_pending(&id).await, "{event}");
    }
}

#[actix_web::test]
async fn who_brings_a_number_back_at_the_hub_takes_back_what_our_administrator_scheduled_too() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.connected(&sim).await;
    let destination = office.channel(&id).await["destination"].clone();
    // The client cancels after us; an event by any name says that the number is back.
    for event in [
        "channel_running",
        "template_messaging_enabled",
        "channel_reactivated",
    ] {
        office.deletes(&id).await;
        for _ in 0..2 {
            office.is_cancelled(&sim).await;
            assert!(office.is_pending(&id).await);
        }
        office.is_brought_back(&sim, event).await;
        let channel = office.channel(&id).await;
        assert_eq!(channel["state"], "active", "{event}: {channel}");
        assert_eq!(channel["destination"], destination);
    }

    office.deletes(&id).await;
    office.is_told(&sim, "channel_running").await;
    assert!(office.is_pending(&id).await, "nothing was brought back");
    office.reactivates(&id).await;

    // The client cancels before us.
    office.is_cancelled(&sim).await;
    office.reactivates(&id).await;
    office.deletes(&id).await;
    office.is_brought_back(&sim, "channel_running").await;
    assert!(!office.is_pending(&id).await);
}

#[actix_web::test]
async fn what_the_hub_brought_back_while_nothing_was_pending_is_not_brought_back_again() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.connected(&sim).await;
    office.is_cancelled(&sim).await;
    office.reactivates(&id).await;
    office.is_brought_back(&sim, "channel_running").await;
    assert!(!office.is_pending(&id).await);
    office.deletes(&id).await;
    office.is_told(&sim, "channel_running").await;
    assert!(office.is_pending(&id).await);
}

#[actix_web::test]
async fn a_permission_that_is_taken_back_asks_for_a_sign_in() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.connected(&sim).await;
    office.is_told(&sim, "channel_permission_revoked").await;
    assert_eq!(office.channel(&id).await["state"], "sign_in_required");
    office.is_told(&sim, "channel_permission_granted").await;
    assert_eq!(office.channel(&id).await["state"], "active");
}

#[actix_web::test]
async fn an_event_that_nobody_signed_changes_nothing_and_one_that_nobody_knows_is_taken() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.connected(&sim).await;
    let (body, _) = sim
        .partner_event("channel_permission_revoked", CHANNEL)
        .unwrap();
    for signature in ["", "00ff"] {
        let forged = office.posts((body.clone(), signature.to_owned())).await;
        assert_eq!(forged.status, 401, "{}", forged.text());
    }
    assert_eq!(office.channel(&id).await["state"], "active");
    office.is_told(&sim, "channel_painted").await;
    let unheard = sim.partner_event("channel_running", CHANNEL).unwrap();
    drop(sim);
    let answer = office.posts(unheard).await;
    assert_eq!(answer.status, 503, "nobody says what is so now");
    assert_eq!(answer.header("Retry-After"), "60");
}

//! Consents of mailboxes while nobody looks: renewed, and asked for again when they were taken back.

use ecluse_adapters::sim::sign_on::{Decision, SignOnOptions, SignOnSim};
use ecluse_adapters::storage::config_db::{AlertFacts, AlertRecord};
use ecluse_engine::ids::{ChannelId, TenantId};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::sign_on::{Office, mail};

const MAILBOX: &str = "support@example.test";

/// A mailbox that somebody signed on to.
struct Mailbox {
    office: Office,
    sim: SignOnSim,
    kind: &'static str,
    id: String,
}

impl Mailbox {
    async fn new(kind: &'static str) -> Self {
        let (office, sim, sign_on) = mail(kind, &Decision::Accept).await;
        let member = json!({ "provider": kind, "sign_on": sign_on["id"] });
        let saved = office.save("email", member).await;
        assert_eq!(saved.status, 201, "{}", saved.text());
        Self {
            id: saved.id(),
            office,
            sim,
            kind,
        }
    }

    fn path(&self) -> String {
        format!("/api/v1/channels/{}", self.id)
    }

    /// The channel as an editor sees it, with its revision.
    async fn seen(&self) -> Value {
        let call = self.office.world.get(&self.path());
        let answer = call.session(&self.office.session).send().await;
        let mut seen = answer.json();
        seen["etag"] = json!(answer.etag());
        seen
    }

    async fn consent(&self) -> String {
        let id = ChannelId(self.id.parse().unwrap());
        let secrets = self.office.world.db.channel_secrets(id).await.unwrap();
        secrets.refresh_token.unwrap().expose_secret().to_owned()
    }

    async fn alerts(&self) -> Vec<AlertRecord> {
        let db = &self.office.world.db;
        db.alerts(TenantId::DEFAULT, None, 10).await.unwrap()
    }

    fn asked(&self) -> u64 {
        self.sim.requests().refreshes
    }

    async fn is_signed_on_to_again(&self) {
        let begun = self.office.begin(self.kind).await;
        let url = begun["url"].as_str().unwrap();
        let back = self.sim.sign_in(url, MAILBOX, &Decision::Accept).await;
        self.office.arrive(&back.unwrap()).await;
        let body = json!({
            "kind": "email", "destination": self.office.destination(),
            "email": { "provider": self.kind, "sign_on": begun["id"] },
        });
        let call = self.office.world.put(&self.path(), &body).if_match("*");
        let saved = call.session(&self.office.session).send().await;
        assert_eq!(saved.status, 200, "{}", saved.text());
    }
}

#[actix_web::test]
async fn a_consent_that_was_taken_back_asks_for_a_person_once_until_somebody_signs_on() {
    for kind in ["gmail", "microsoft"] {
        let mailbox = Mailbox::new(kind).await;
        let renewals = mailbox.office.world.renewals();
        let asked = mailbox.asked();
        mailbox.sim.revoke(MAILBOX);
        for _ in 0..2 {
            renewals.round().await;
        }
        assert_eq!(mailbox.asked(), asked + 1, "the company is left alone");
        let seen = mailbox.seen().await;
        assert_eq!(seen["state"], "sign_in_required", "{seen}");
        assert_eq!(seen["health"]["reason"], "imap: sign_in_required");
        let alerts = mailbox.alerts().await;
        assert_eq!(alerts.len(), 1, "{alerts:?}");
        assert!(
            matches!(alerts[0].facts, AlertFacts::SignInRequired { .. }),
            "{alerts:?}"
        );

        mailbox.is_signed_on_to_again().await;
        assert_eq!(mailbox.seen().await["state"], "active");
        let asked = mailbox.asked();
        renewals.round().await;
        assert_eq!(mailbox.asked(), asked + 1, "with the new consent");
        assert_eq!(mailbox.seen().await["state"], "active");
        assert_eq!(mailbox.alerts().await.len(), 1);
    }
}

#[actix_web::test]
async fn a_consent_that_the_company_replaces_is_kept_and_no_change_to_an_editor() {
    let mailbox = Mailbox::new("microsoft").await;
    let (seen, consent) = (mailbox.seen().await, mailbox.consent().await);
    let renewals = mailbox.office.world.renewals();
    renewals.round().await;
    let kept = mailbox.consent().await;
    assert_ne!(kept, consent);
    renewals.round().await;
    assert_eq!(mailbox.consent().await, kept, "its token is still good");
    assert_eq!(mailbox.seen().await, seen);
}

#[actix_web::test]
async fn a_company_that_cannot_be_reached_changes_nothing() {
    let mut mailbox = Mailbox::new("microsoft").await;
    let (seen, consent) = (mailbox.seen().await, mailbox.consent().await);
    let renewals = mailbox.office.world.renewals();
    mailbox.sim.set_unavailable(true);
    renewals.round().await;
    // Another stand-in takes its place, so that nobody listens where the first one did.
    mailbox.sim = SignOnSim::microsoft(SignOnOptions::default()).unwrap();
    renewals.round().await;
    assert_eq!(mailbox.seen().await, seen);
    assert_eq!(mailbox.consent().await, consent);
    assert!(mailbox.alerts().await.is_empty());
}

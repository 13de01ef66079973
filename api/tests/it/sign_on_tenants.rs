//! Sign-ons of another tenant: neither seen, nor moved, nor believed.

use actix_web::cookie::Cookie;
use ecluse_adapters::storage::config_db::{Editor, PersonDraft, QueueDraft, TenantDraft, Token};
use ecluse_api::auth::{SESSION_COOKIE, hash_secret};
use ecluse_engine::configuration::{Role, Strategy};
use serde_json::{Value, json};

use crate::sign_on::{Office, Session, allow_pages, meta, parameter};
use crate::world::{ORIGIN, PASSWORD, World, system};

impl Office {
    /// Comes back from 360dialog's hub with an address that is made up, save for the state: the window, and the sign-on.
    async fn comes_back_with(&self, client: &str, channels: &str) -> (String, Value) {
        let id = self.begun("whatsapp").await;
        let state = parameter(&self.depart(&id).await, "state");
        let back = format!(
            "{ORIGIN}/connect/360dialog/callback?client={client}&channels={channels}&state={state}"
        );
        let window = self.arrive(&back).await;
        (window, self.sign_on(&id).await)
    }

    /// Has an administrator of another tenant sit here from now on. Returns who did before.
    async fn changes_hands(&mut self) -> (Session, String) {
        const EVE: &str = "eve@neighbour.example";
        let editor = Editor::system(self.world.other_tenant().await);
        let db = &self.world.db;
        let draft = PersonDraft::new("Eve", EVE, Role::Administrator);
        let person = db.create_person(&editor, draft).await.unwrap().person.id;
        let hash = hash_secret(&PASSWORD.into()).unwrap();
        let set = db.set_password(&editor, person, hash, None).await;
        set.unwrap();
        let queue = QueueDraft::new("Support", Strategy::Manual);
        let queue = db.create_queue(&editor, queue).await.unwrap().id;
        let session = self.world.sign_in(EVE).await;
        (
            std::mem::replace(&mut self.session, session),
            std::mem::replace(&mut self.queue, queue.to_string()),
        )
    }
}

impl World {
    /// The session of an administrator of another tenant.
    async fn stranger(&self) -> String {
        let draft = TenantDraft {
            key: None,
            name: "Other".to_owned(),
        };
        let tenant = self.db.create_tenant(&system(), draft).await.unwrap().id;
        let editor = Editor::system(tenant);
        let draft = PersonDraft::new("Eve", "eve@other.example", Role::Administrator);
        let person = self
            .db
            .create_person(&editor, draft)
            .await
            .unwrap()
            .person
            .id;
        let token: Token = self.db.create_session(tenant, person).await.unwrap();
        token.expose().to_owned()
    }
}

#[actix_web::test]
async fn sign_on_of_another_tenant_is_neither_seen_nor_moved() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.begun("facebook").await;
    let back = allow_pages(&sim, &office.depart(&id).await).await;
    let stranger = office.world.stranger().await;
    let cookie = Cookie::new(SESSION_COOKIE, stranger);
    for path in [
        back.strip_prefix(ORIGIN).unwrap(),
        &format!("/connect/{id}"),
    ] {
        let answer = office.world.get(path).cookie(&cookie).send().await;
        assert_eq!(answer.status, 410, "{path}: {}", answer.text());
    }
    let nobody = office.world.get(&format!("/connect/{id}")).send().await;
    assert_eq!(nobody.status, 401);
    office.arrive(&back).await;
    assert_eq!(office.sign_on(&id).await["state"], "choosing");
}

#[actix_web::test]
async fn sign_on_with_another_tenants_client_is_answered_as_one_with_nobodys() {
    let (sim, settings) = meta();
    let mut office = Office::new(settings).await;
    sim.change_number("skds23CH", |number| number.status = "submitted".to_owned());
    let (_, own) = office.comes_back_with("3CpBg3CL", "skds24CH").await;
    assert_eq!(own["result"]["number"], "+33639980002", "{own}");

    let (owner, _) = office.changes_hands().await;
    for channels in [
        "skds24CH",
        "skds23CH",
        "skds23CH,skds24CH",
        "skds24CH,nobodyCH",
    ] {
        let (window, foreign) = office.comes_back_with("3CpBg3CL", channels).await;
        let (_, nobodys) = office.comes_back_with("NobodyCL", channels).await;
        assert_eq!(foreign["error"]["code"], "unknown_channel", "{foreign}");
        for told in ["state", "error", "choices", "result"] {
            assert_eq!(foreign[told], nobodys[told], "{channels}");
        }
        for secret in ["33639980002", "15550783881", "Maison"] {
            assert!(!window.contains(secret), "{window}");
        }
        let member = json!({ "provider": "dialog360", "sign_on": foreign["id"] });
        let refused = office.save("whatsapp", member).await;
        assert_eq!(refused.refusal(), (409, "sign_on_unfinished".to_owned()));
    }
    assert_eq!(sim.webhook_of_number("skds24CH"), None);

    office.session = owner;
    let (_, again) = office.comes_back_with("3CpBg3CL", "skds24CH").await;
    assert_eq!(again["state"], "choosing", "{again}");
}

#[actix_web::test]
async fn sign_on_shows_no_number_that_another_tenants_channel_has() {
    let (sim, settings) = meta();
    let mut office = Office::new(settings).await;
    office.comes_back_with("3CpBg3CL", "skds23CH").await;
    let (owner, _) = office.changes_hands().await;
    let key = sim.key_of_number("skds24CH").unwrap();
    let member = json!({ "provider": "dialog360", "number": "+33639980002", "api_key": key });
    let saved = office.save("whatsapp", member).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let number = &saved.json()["whatsapp"];
    assert!(
        number["client_id"].is_null() && number["channel_id"].is_null(),
        "{number}"
    );

    office.session = owner;
    let both = "skds23CH,skds24CH";
    let (window, found) = office.comes_back_with("3CpBg3CL", both).await;
    assert_eq!(found["result"]["number"], "+15550783881", "{found}");
    assert!(!window.contains("33639980002"), "{window}");
    let (_, alone) = office.comes_back_with("3CpBg3CL", "skds24CH").await;
    assert_eq!(alone["error"]["code"], "unknown_channel", "{alone}");
}

/// The number of a key is typed: what it leads to at the hub is no proof that the client is one's own.
#[actix_web::test]
async fn a_typed_number_brings_no_client_whose_business_account_the_key_is_not_of() {
    let (sim, settings) = meta();
    let mut office = Office::new(settings).await;
    sim.change_number("skds24CH", |number| {
        "102290129340999".clone_into(&mut number.business_account_id);
    });
    let (owner, queue) = office.changes_hands().await;
    let key = sim.key_of_number("skds23CH").unwrap();
    let with_key =
        |number: &str| json!({ "provider": "dialog360", "number": number, "api_key": key });
    let saved = office.save("whatsapp", with_key("+33639980002")).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let number = &saved.json()["whatsapp"];
    assert!(
        number["client_id"].is_null() && number["channel_id"].is_null(),
        "{number}"
    );
    // The client is nobody's yet, so the owner's sign-on brings it.
    (office.session, office.queue) = (owner, queue);
    let (_, own) = office.comes_back_with("3CpBg3CL", "skds23CH").await;
    assert_eq!(own["result"]["number"], "+15550783881", "{own}");
}

#[actix_web::test]
async fn a_key_of_the_clients_own_business_account_brings_the_client() {
    let (sim, settings) = meta();
    let mut office = Office::new(settings).await;
    let key = sim.key_of_number("skds24CH").unwrap();
    let member = json!({ "provider": "dialog360", "number": "+33639980002", "api_key": key });
    let saved = office.save("whatsapp", member).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let (saved, place) = (saved.json(), saved.header("Location").to_owned());
    let names = |channel: &Value| {
        let number = &channel["whatsapp"];
        [&number["client_id"], &number["channel_id"]].map(Value::clone)
    };
    assert_eq!(names(&saved), [json!("3CpBg3CL"), json!("skds24CH")]);

    // Another number has other names there.
    let changed = json!({ "whatsapp": { "number": "+33639980077" } });
    let changed = office
        .world
        .patch(&place, &changed)
        .session(&office.session);
    let changed = changed.if_match("*").send().await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(names(&changed.json()), [Value::Null, Value::Null]);

    office.changes_hands().await;
    let (_, foreign) = office.comes_back_with("3CpBg3CL", "skds23CH").await;
    assert_eq!(foreign["error"]["code"], "unknown_channel", "{foreign}");
}

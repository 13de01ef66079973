//! Connecting channels at the companies' stand-ins, from the sign-on's beginning to the saved channel.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::cookie::Cookie;
use ecluse_adapters::directory::ProviderSettings;
use ecluse_adapters::oauth::servers::MailServer;
use ecluse_adapters::sim::meta::{
    Dialog360Options, FacebookOptions, HubOptions, MetaOptions, MetaSim,
};
use ecluse_adapters::sim::sign_on::{Decision, SignOnOptions, SignOnSim};
use ecluse_adapters::storage::config_db::QueueDraft;
use ecluse_engine::configuration::{Role, Strategy};
use serde_json::{Value, json};
use url::Url;

use crate::visitor::Visitor;
use crate::world::{ORIGIN, World, system};

const ADMIN: &str = "ada@example.com";
const SIGN_IN: [(&str, &str); 3] = [
    ("email", "camille@example.test"),
    ("password", "correct horse"),
    ("do", "continue"),
];

pub(crate) type Session = (Cookie<'static>, String);

/// A deployment that knows the stand-ins, and its signed-in administrator.
pub(crate) struct Office {
    pub(crate) world: World,
    pub(crate) session: Session,
    pub(crate) queue: String,
}

impl Office {
    pub(crate) async fn new(settings: ProviderSettings) -> Self {
        let mut world = World::new().await;
        world.companies(&settings);
        world.person(ADMIN, Role::Administrator).await;
        let session = world.sign_in(ADMIN).await;
        let queue = QueueDraft::new("Support", Strategy::Manual);
        let queue = world.db.create_queue(&system(), queue).await.unwrap().id;
        Self {
            queue: queue.to_string(),
            world,
            session,
        }
    }

    pub(crate) async fn begin(&self, kind: &str) -> Value {
        let body = json!({ "kind": kind });
        let call = self.world.post("/api/v1/sign-ons", &body);
        let answer = call.session(&self.session).send().await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// The id of a new sign-on.
    pub(crate) async fn begun(&self, kind: &str) -> String {
        self.begin(kind).await["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn sign_on(&self, id: &str) -> Value {
        let call = self.world.get(&format!("/api/v1/sign-ons/{id}"));
        call.session(&self.session).send().await.json()
    }

    pub(crate) async fn page(&self, path: &str) -> crate::world::Answer {
        self.world.get(path).cookie(&self.session.0).send().await
    }

    /// Presses the window's own button.
    pub(crate) async fn depart(&self, id: &str) -> Url {
        let answer = self.page(&format!("/connect/{id}/go")).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        answer.header("Location").parse().unwrap()
    }

    /// Comes back to where a company sent the browser, and sees the window.
    pub(crate) async fn arrive(&self, address: &str) -> String {
        let answer = self.page(address.strip_prefix(ORIGIN).unwrap()).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        self.page(answer.header("Location")).await.text()
    }

    /// Sends a form of the window, as a browser without scripts does.
    pub(crate) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> crate::world::Answer {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("_csrf", &self.session.1)
            .extend_pairs(fields);
        let call = self.world.form(path, form.finish());
        let call = call.cookie(&self.session.0);
        call.header("Sec-Fetch-Site", "same-origin").send().await
    }

    /// Where the office's messages go.
    pub(crate) fn destination(&self) -> Value {
        json!({ "queue": self.queue })
    }

    pub(crate) async fn save(&self, kind: &str, member: Value) -> crate::world::Answer {
        let mut body = json!({ "kind": kind, "destination": self.destination() });
        body[kind] = member;
        let call = self.world.post("/api/v1/channels", &body);
        call.session(&self.session).send().await
    }
}

pub(crate) fn meta() -> (MetaSim, ProviderSettings) {
    let sim = MetaSim::start(MetaOptions {
        facebook: Some(FacebookOptions::default()),
        dialog360: Some(Dialog360Options {
            api_key: "the-number's-old-key".into(),
            webhook_secret: "platform".into(),
        }),
        hub: Some(HubOptions {
            allows_loopback: true,
            ..HubOptions::default()
        }),
        ..MetaOptions::default()
    })
    .unwrap();
    sim.allow_redirect(&format!("{ORIGIN}/connect/facebook/callback"));
    sim.allow_redirect(&format!("{ORIGIN}/connect/360dialog/callback"));
    let played = sim.options();
    let hub = played.hub.as_ref().unwrap();
    let settings = ProviderSettings {
        meta_url: sim.base_url(),
        meta_dialog_url: sim.base_url(),
        dialog360_url: sim.base_url(),
        dialog360_hub_url: sim.base_url(),
        meta_app_id: played.facebook.as_ref().map(|own| own.app_id.clone()),
        meta_app_secret: Some(played.app_secret.clone()),
        dialog360_partner_id: Some(hub.partner_id.clone()),
        dialog360_partner_secret: Some(hub.partner_key.clone()),
        dialog360_webhook_secret: Some("platform".into()),
        ..ProviderSettings::default()
    };
    (sim, settings)
}

/// Goes through Facebook's pages and allows everything.
pub(crate) async fn allow_pages(sim: &MetaSim, url: &Url) -> String {
    let (mut visitor, _) = Visitor::open(&sim.base_url(), url).await;
    visitor.submit(&SIGN_IN).await.page();
    visitor.press("continue").await.page();
    visitor.press("continue").await.page();
    visitor.press("save").await.away()
}

pub(crate) async fn authorise(sim: &MetaSim, url: &Url, numbers: &[&str]) -> String {
    let (mut visitor, _) = Visitor::open(&sim.base_url(), url).await;
    visitor.submit(&SIGN_IN).await.page();
    let chosen: Vec<_> = numbers.iter().map(|id| ("channel", *id)).collect();
    visitor.submit(&chosen).await.away()
}

pub(crate) fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.unwrap().1.into_owned()
}

#[actix_web::test]
async fn sign_on_at_facebook_ends_in_a_channel_of_the_chosen_page() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let begun = office.begin("facebook").await;
    let id = begun["id"].as_str().unwrap();
    assert_eq!(begun["url"], format!("{ORIGIN}/connect/{id}"));
    let early = office.save("facebook", json!({ "sign_on": id })).await;
    assert_eq!(early.refusal(), (409, "sign_on_unfinished".to_owned()));
    let invitation = office.page(&format!("/connect/{id}?lang=fr")).await.text();
    assert!(
        invitation.contains("Se connecter avec Facebook"),
        "{invitation}"
    );

    let back = allow_pages(&sim, &office.depart(id).await).await;
    let window = office.arrive(&back).await;
    assert!(window.contains("Maison Écluse Lyon"), "{window}");
    assert_eq!(office.sign_on(id).await["state"], "choosing");
    let refused = office.save("facebook", json!({ "sign_on": id })).await;
    assert_eq!(refused.refusal(), (409, "sign_on_unfinished".to_owned()));

    let fields = [("choice", "104996122399161")];
    office.send(&format!("/connect/{id}/choice"), &fields).await;
    let window = office.page(&format!("/connect/{id}")).await.text();
    assert!(
        window.contains("value=\"104996122399161\" readonly"),
        "{window}"
    );
    let submitted = office.send(&format!("/connect/{id}/submit"), &[]).await;
    let done = office.page(submitted.header("Location")).await;
    assert!(done.text().contains("connect.js"), "{}", done.text());
    assert_eq!(
        office.sign_on(id).await["result"]["page_name"],
        "Maison Écluse Lyon"
    );

    let saved = office.save("facebook", json!({ "sign_on": id })).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let page = &saved.json()["facebook"];
    assert_eq!(page["page_id"], "104996122399161");
    assert_eq!(page["has_page_access_token"], true);
    assert!(sim.subscribed_fields("104996122399161").is_some());
    assert_eq!(sim.subscribed_fields("104996122399160"), None);
    let again = office.save("facebook", json!({ "sign_on": id })).await;
    assert_eq!(again.refusal(), (409, "sign_on_gone".to_owned()));
}

#[actix_web::test]
async fn sign_on_that_is_begun_again_with_its_key_is_the_same_one() {
    let (_sim, settings) = meta();
    let office = Office::new(settings).await;
    let begin = async |kind: &str| {
        let call = office
            .world
            .post("/api/v1/sign-ons", &json!({ "kind": kind }));
        let call = call.session(&office.session);
        call.header("Idempotency-Key", "0198f3b2-6b0e").send().await
    };
    let first = begin("facebook").await;
    assert_eq!(first.status, 201, "{}", first.text());
    let again = begin("facebook").await;
    assert_eq!((again.status.as_u16(), again.text()), (201, first.text()));
    assert_eq!(again.header("Location"), first.header("Location"));
    assert_ne!(office.begun("facebook").await, first.id());
    let other = begin("whatsapp").await;
    assert_eq!(other.refusal(), (409, "idempotency_key_used".to_owned()));
}

#[actix_web::test]
async fn sign_on_state_and_code_count_once() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.begun("facebook").await;
    let back = allow_pages(&sim, &office.depart(&id).await).await;
    office.arrive(&back).await;
    let replayed = office.page(back.strip_prefix(ORIGIN).unwrap()).await;
    assert_eq!(replayed.status, 410);
    assert_eq!(office.sign_on(&id).await["state"], "choosing");

    let next = office.depart(&id).await;
    let state = parameter(&next, "state");
    let code = parameter(&Url::parse(&back).unwrap(), "code");
    let mut forged = Url::parse(&format!("{ORIGIN}/connect/facebook/callback")).unwrap();
    forged
        .query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &state);
    let window = office.arrive(forged.as_str()).await;
    assert!(window.contains("role=\"alert\""), "{window}");
    let failed = office.sign_on(&id).await;
    assert_eq!(
        (&failed["state"], &failed["error"]["code"]),
        (&json!("failed"), &json!("code_used"))
    );
}

#[actix_web::test]
async fn sign_on_that_a_person_refuses_can_be_tried_again() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.begun("facebook").await;
    let url = office.depart(&id).await;
    let state = parameter(&url, "state");
    let refusal = format!(
        "{ORIGIN}/connect/facebook/callback?error=access_denied&error_reason=user_denied&state={state}"
    );
    let window = office.arrive(&refusal).await;
    assert!(
        window.contains("role=\"alert\"") && window.contains("/go"),
        "{window}"
    );
    let failed = office.sign_on(&id).await;
    assert_eq!(failed["error"]["code"], "refused_by_person");
    assert_eq!(failed["error"]["remedy"], "allow_all");
    let back = allow_pages(&sim, &office.depart(&id).await).await;
    office.arrive(&back).await;
    assert_eq!(office.sign_on(&id).await["state"], "choosing");
}

#[actix_web::test]
async fn a_window_of_a_session_before_says_to_reload_and_not_to_ask_an_administrator() {
    let (sim, settings) = meta();
    let mut office = Office::new(settings).await;
    let id = office.begun("facebook").await;
    let back = allow_pages(&sim, &office.depart(&id).await).await;
    office.arrive(&back).await;
    let (cookie, token) = office.world.sign_in(ADMIN).await;
    office.session.0 = cookie;
    for (language, words) in [("fr", "rechargez la page"), ("en", "reload the page")] {
        for step in ["choice", "submit"] {
            let path = format!("/connect/{id}/{step}?lang={language}");
            let refused = office.send(&path, &[]).await;
            assert_eq!(refused.status, 403, "{}", refused.text());
            assert!(refused.text().contains(words), "{}", refused.text());
        }
    }
    office.session.1 = token;
    let fields = [("choice", "104996122399161")];
    let path = format!("/connect/{id}/choice");
    assert_eq!(office.send(&path, &fields).await.status, 303);
}

#[actix_web::test]
async fn sign_on_is_over_after_a_quarter_of_an_hour() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.begun("facebook").await;
    let back = allow_pages(&sim, &office.depart(&id).await).await;
    office.world.pass(Duration::from_secs(15 * 60 + 1));
    let late = office.page(back.strip_prefix(ORIGIN).unwrap()).await;
    assert_eq!(late.status, 410, "{}", late.text());
    assert_eq!(office.page(&format!("/connect/{id}")).await.status, 410);
    let gone = office.save("facebook", json!({ "sign_on": id })).await;
    assert_eq!(gone.refusal(), (409, "sign_on_gone".to_owned()));
}

#[actix_web::test]
async fn sign_on_at_360dialog_ends_in_a_channel_with_its_key_and_webhook() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.begun("whatsapp").await;
    let url = office.depart(&id).await;
    let back = authorise(&sim, &url, &["skds24CH"]).await;
    let window = office.arrive(&back).await;
    assert!(
        window.contains("value=\"+33639980002\" readonly"),
        "{window}"
    );
    office.send(&format!("/connect/{id}/submit"), &[]).await;
    let member = json!({ "provider": "dialog360", "sign_on": id });
    let saved = office.save("whatsapp", member).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let channel = saved.json();
    let number = &channel["whatsapp"];
    assert_eq!(number["number"], "+33639980002");
    assert_eq!(
        (&number["client_id"], &number["channel_id"]),
        (&json!("3CpBg3CL"), &json!("skds24CH"))
    );
    assert_eq!(
        (&number["has_api_key"], &number["has_webhook_headers"]),
        (&json!(true), &json!(true))
    );
    let own = format!("{ORIGIN}/webhooks/360dialog/{}", saved.id());
    assert_eq!(number["webhook_url"], own);
    let verify = format!("/api/v1/channels/{}/verify", saved.id());
    let tried = office
        .world
        .post(&verify, &json!({ "connection": "provider" }));
    let tried = tried.session(&office.session).send().await;
    assert_eq!(tried.json()["works"], true, "{}", tried.text());
}

pub(crate) async fn mail(kind: &str, decision: &Decision) -> (Office, SignOnSim, Value) {
    let callback = match kind {
        "gmail" => "google",
        other => other,
    };
    let options = SignOnOptions {
        redirect_uris: vec![format!("{ORIGIN}/connect/{callback}/callback")],
        ..SignOnOptions::default()
    };
    let sim = match kind {
        "gmail" => SignOnSim::google(options),
        _ => SignOnSim::microsoft(options),
    };
    let sim = sim.unwrap();
    let (id, secret) = (
        sim.options().client_id.clone(),
        sim.options().client_secret.clone(),
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut settings = ProviderSettings {
        google_oauth_url: sim.base_url(),
        google_client_id: Some(id.clone()),
        google_client_secret: Some(secret.clone()),
        microsoft_oauth_url: sim.base_url(),
        microsoft_client_id: Some(id),
        microsoft_client_secret: Some(secret),
        ..ProviderSettings::default()
    };
    for servers in [&mut settings.google_mail, &mut settings.microsoft_mail] {
        servers.imap = MailServer {
            host: "127.0.0.1".to_owned(),
            port: closed.port(),
        };
    }
    let office = Office::new(settings).await;
    let begun = office.begin(kind).await;
    let url = begun["url"].as_str().unwrap();
    let back = sim
        .sign_in(url, "support@example.test", decision)
        .await
        .unwrap();
    office.arrive(&back).await;
    let sign_on = office.sign_on(begun["id"].as_str().unwrap()).await;
    (office, sim, sign_on)
}

#[actix_web::test]
async fn sign_on_to_a_mailbox_fills_address_servers_and_consent_in() {
    for kind in ["gmail", "microsoft"] {
        let (office, _sim, sign_on) = mail(kind, &Decision::Accept).await;
        assert_eq!(sign_on["state"], "ready", "{sign_on}");
        assert_eq!(sign_on["result"]["address"], "support@example.test");
        let member = json!({ "provider": kind, "sign_on": sign_on["id"] });
        let saved = office.save("email", member).await;
        assert_eq!(saved.status, 201, "{}", saved.text());
        let mail = &saved.json()["email"];
        assert_eq!(mail["address"], "support@example.test");
        assert_eq!(mail["imap"]["username"], "support@example.test");
        assert_eq!(mail["signed_in"], true);

        let verify = format!("/api/v1/channels/{}/verify", saved.id());
        let tried = office.world.post(&verify, &json!({ "connection": "imap" }));
        let tried = tried.session(&office.session).send().await;
        assert_eq!(tried.status, 200, "{}", tried.text());
        assert_eq!(
            tried.json()["code"],
            "connection.refused",
            "{}",
            tried.text()
        );
        let channel = office
            .world
            .get(&format!("/api/v1/channels/{}", saved.id()));
        let channel = channel.session(&office.session).send().await.json();
        assert_eq!(channel["health"]["reason"], "imap: connection.refused");
    }
}

#[actix_web::test]
async fn sign_on_to_a_mailbox_that_is_refused_is_explained() {
    let (office, _sim, sign_on) = mail("gmail", &Decision::Refuse).await;
    assert_eq!(sign_on["state"], "failed");
    assert_eq!(sign_on["error"]["code"], "denied");
    let member = json!({ "provider": "gmail", "sign_on": sign_on["id"] });
    let refused = office.save("email", member).await;
    assert_eq!(refused.refusal(), (409, "sign_on_unfinished".to_owned()));
}

#[actix_web::test]
async fn sign_on_without_the_settings_names_the_one_that_is_missing() {
    let office = Office::new(ProviderSettings::default()).await;
    for (kind, setting) in [
        ("facebook", "providers.meta_app_id"),
        ("whatsapp", "providers.dialog360_partner_id"),
        ("gmail", "providers.google_client_id"),
        ("microsoft", "providers.microsoft_client_id"),
    ] {
        let call = office
            .world
            .post("/api/v1/sign-ons", &json!({ "kind": kind }));
        let answer = call.session(&office.session).send().await;
        assert_eq!(answer.refusal(), (409, "not_available".to_owned()));
        assert_eq!(answer.json()["setting"], setting);
    }
}

#[actix_web::test]
async fn sign_on_with_a_secret_that_the_company_refuses_names_its_setting() {
    let (_meta, mut settings) = meta();
    let sim = SignOnSim::google(SignOnOptions::default()).unwrap();
    settings.google_oauth_url = sim.base_url();
    settings.google_client_id = Some(sim.options().client_id.clone());
    settings.google_client_secret = Some("wrong".into());
    settings.meta_app_secret = Some("wrong".into());
    settings.dialog360_partner_secret = Some("wrong".into());
    let office = Office::new(settings).await;
    for (kind, setting) in [
        ("facebook", "providers.meta_app_secret"),
        ("whatsapp", "providers.dialog360_partner_secret"),
        ("gmail", "providers.google_client_secret"),
    ] {
        let call = office
            .world
            .post("/api/v1/sign-ons", &json!({ "kind": kind }));
        let answer = call.session(&office.session).send().await;
        assert_eq!(answer.refusal(), (409, "not_available".to_owned()));
        assert_eq!(answer.json()["setting"], setting, "{}", answer.text());
    }
}

#[actix_web::test]
async fn sign_on_keeps_its_secrets_sealed_and_to_itself() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let id = office.begun("facebook").await;
    let url = office.depart(&id).await;
    let state = parameter(&url, "state");
    assert!(!office.world.files_hold(&state));
    let back = allow_pages(&sim, &url).await;
    let window = office.arrive(&back).await;
    let told = office.sign_on(&id).await.to_string();
    // Every token of the stand-in begins so, as Meta's do.
    for text in [&window, &told] {
        assert!(!text.contains("EAA"), "{text}");
    }
    assert!(!office.world.files_hold("EAAG"));
    assert!(
        !office.world.files_hold("Maison"),
        "what was found out is sealed"
    );
}

#[actix_web::test]
async fn a_program_that_brings_a_page_token_gets_its_page_or_a_reason() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let wrong = sim.strangers_token("104996122399160").unwrap();
    let member = json!({ "page_access_token": secrecy::ExposeSecret::expose_secret(&wrong) });
    let refused = office.save("facebook", member).await;
    let fields = refused.fields();
    assert_eq!(fields[0].0, "facebook.page_access_token");
}

#[actix_web::test]
async fn a_program_that_brings_a_number_has_it_read_back() {
    let (sim, settings) = meta();
    let office = Office::new(settings).await;
    let played = sim.options();
    let token = secrecy::ExposeSecret::expose_secret(&played.access_token).to_owned();
    let member = json!({
        "provider": "cloud", "phone_number_id": played.number.phone_number_id,
        "business_account_id": played.account, "access_token": token,
    });
    let mut other = member.clone();
    other["number"] = json!("+33612345678");
    let refused = office.save("whatsapp", other).await;
    assert_eq!(
        refused.fields(),
        [("whatsapp.number".to_owned(), "differs".to_owned())]
    );
    let saved = office.save("whatsapp", member).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    assert!(
        saved.json()["whatsapp"]["number"]
            .as_str()
            .unwrap()
            .starts_with('+')
    );
    let last = saved.json()["health"]["last_worked_at"].clone();
    assert!(last.is_string(), "Meta answered for it: {last}");
}

#[actix_web::test]
async fn a_company_that_cannot_be_reached_is_told_as_such() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = ProviderSettings {
        meta_url: format!("http://{closed}"),
        meta_app_id: Some("1".to_owned()),
        meta_app_secret: Some("secret".into()),
        ..ProviderSettings::default()
    };
    let office = Office::new(settings).await;
    let member = json!({ "page_access_token": "EAAGtoken" });
    let refused = office.save("facebook", member).await;
    assert_eq!(refused.refusal(), (503, "provider_unreachable".to_owned()));
    let number = json!({
        "provider": "cloud", "phone_number_id": "106540352242922", "business_account_id": "102290129340398",
        "access_token": "EAAGtoken", "number": "+33123456789",
    });
    let saved = office.save("whatsapp", number).await;
    assert_eq!(saved.status, 201, "{}", saved.text());
    let last = saved.json()["health"]["last_worked_at"].clone();
    assert!(last.is_null(), "nobody answered for it: {last}");
}

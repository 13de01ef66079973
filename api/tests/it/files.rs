//! Configuration as a file, over REST: every kind of document, and what an application must never do.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use actix_web::http::Method;
use ecluse_adapters::directory::ProviderSettings;
use ecluse_adapters::storage::config_db::QueueDraft;
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::ids::TenantId;
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::world::{Answer, World, system};

const APPLY: &str = "/api/v1/config/apply";
const EXPORT: &str = "/api/v1/config/export";

/// A deployment, and a program's key.
pub(crate) struct Deployment {
    pub(crate) world: World,
    pub(crate) key: String,
}

impl Deployment {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let key = world.key(Role::Administrator).await;
        Self { world, key }
    }

    pub(crate) async fn try_apply(&self, documents: &[Value], how: &[&str]) -> Answer {
        let mut body = json!({ "documents": documents });
        for flag in how {
            body[*flag] = json!(true);
        }
        self.world.post(APPLY, &body).key(&self.key).send().await
    }

    /// What became of each document, and of what was deleted: `~ queue support`.
    pub(crate) async fn apply(&self, documents: &[Value], how: &[&str]) -> Vec<String> {
        let answer = self.try_apply(documents, how).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let applied = answer.json();
        let changes = applied["changes"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        changes
            .map(|change| {
                let name = format!("{} {}", text(&change["resource"]), text(&change["key"]));
                format!("{} {}", text(&change["outcome"]), name.trim())
            })
            .collect()
    }

    pub(crate) async fn export(&self) -> Vec<Value> {
        let answer = self.world.get(EXPORT).key(&self.key).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["documents"].as_array().unwrap().clone()
    }

    pub(crate) async fn items(&self, collection: &str) -> Vec<Value> {
        let path = format!("/api/v1/{collection}?limit=200");
        let answer = self.world.get(&path).key(&self.key).send().await;
        answer.json()["items"].as_array().unwrap().clone()
    }

    /// The resource with a key.
    pub(crate) async fn one(&self, collection: &str, key: &str) -> Value {
        let items = self.items(collection).await;
        let found = items.iter().find(|item| item["key"] == key);
        found
            .unwrap_or_else(|| panic!("no {key} in {items:?}"))
            .clone()
    }

    pub(crate) async fn delete(&self, collection: &str, key: &str) {
        let id = self.one(collection, key).await["id"].clone();
        let path = format!("/api/v1/{collection}/{}", id.as_str().unwrap());
        let call = self.world.call(Method::DELETE, &path).if_match("*");
        let answer = call.key(&self.key).send().await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }
}

pub(crate) fn queue(key: &str, name: &str) -> Value {
    json!({ "resource": "queue", "key": key, "name": name, "strategy": "auto" })
}

pub(crate) fn agent(key: &str, email: &str) -> Value {
    json!({ "resource": "agent", "key": key, "name": "Ada", "email": email, "role": "agent" })
}

pub(crate) fn chat(key: &str, queue: &str, domain: &str) -> Value {
    json!({
        "resource": "channel", "key": key, "kind": "live_chat", "destination": { "queue": queue },
        "live_chat": { "domains": [domain] },
    })
}

fn whatsapp(key: &str, queue: &str) -> Value {
    json!({
        "resource": "channel", "key": key, "kind": "whatsapp", "destination": { "queue": queue },
        "whatsapp": {
            "provider": "cloud", "number": "+17862320000", "phone_number_id": "42", "access_token": "EAAG-token",
        },
    })
}

/// One of everything, what points before what is pointed to.
fn everything() -> Vec<Value> {
    let mut bot_chat = chat("shop", "", "shop.example.com");
    bot_chat["destination"] = json!({ "chatbot": "welcome" });
    bot_chat["live_chat"]["prechat_form"] = json!("before");
    let mut ada = agent("ada", "ada@example.com");
    ada["pin"] = json!("1234");
    let mut support = queue("support", "Support");
    support["members"] = json!(["ada"]);
    vec![
        bot_chat,
        whatsapp("mobile", "support"),
        json!({
            "resource": "channel", "key": "text", "kind": "sms", "destination": { "queue": "support" },
            "sms": { "number": "+33639980001", "trunk": "twilio" },
        }),
        json!({
            "resource": "channel", "key": "mail", "kind": "email", "destination": { "queue": "support" },
            "auto_replies": { "welcome": { "fr": "Merci" }, "closed": { "fr": "À bientôt", "enabled": false } },
            "email": {
                "provider": "custom", "address": "support@example.com",
                "imap": { "host": "imap.example.com", "port": 993, "username": "u", "password": "p" },
                "smtp": { "host": "smtp.example.com", "port": 465, "username": "u", "password": "p" },
            },
        }),
        json!({
            "resource": "chatbot", "key": "welcome", "name": "Welcome", "fallback_queue": "support",
            "options": [{ "label": { "fr": "Une commande", "en": "An order" }, "queue": "support" }],
        }),
        json!({
            "resource": "form", "key": "before", "name": "Before", "purpose": "prechat",
            "fields": [{ "name": "name", "type": "text", "label": { "fr": "Nom", "en": "Name" }, "required": true }],
        }),
        json!({
            "resource": "sms_trunk", "key": "twilio", "name": "Twilio", "provider": "twilio", "numbers": ["+33639980001"],
            "twilio": { "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "fedcba9876543210fedcba9876543210" },
        }),
        support,
        ada,
        json!({
            "resource": "settings", "time_zone": "Europe/Paris",
            "mail": {
                "host": "smtp.example.com", "port": 465, "security": "tls", "username": "u", "from": "a@example.com",
                "password": "p",
            },
        }),
    ]
}

/// A page whose token Meta is asked about.
fn page() -> Value {
    json!({
        "resource": "channel", "key": "page", "kind": "facebook", "destination": { "queue": "support" },
        "facebook": { "page_access_token": "EAAG-page" },
    })
}

/// Where Meta is not.
fn meta_at(address: SocketAddr) -> ProviderSettings {
    ProviderSettings {
        meta_url: format!("http://{address}"),
        meta_app_id: Some("1".to_owned()),
        meta_app_secret: Some("secret".into()),
        ..ProviderSettings::default()
    }
}

pub(crate) fn all_are(outcome: &str, told: &[String]) -> bool {
    told.iter().all(|line| line.starts_with(outcome))
}

#[actix_web::test]
async fn a_file_of_everything_is_rehearsed_applied_and_then_changes_nothing() {
    let deployment = Deployment::new().await;
    let (empty, documents) = (deployment.export().await, everything());
    let told = deployment.apply(&documents, &["dry_run"]).await;
    assert_eq!(told.len(), documents.len());
    assert!(all_are("created", &told[..9]), "{told:?}");
    assert_eq!(told[9], "changed settings");
    assert_eq!(
        deployment.export().await,
        empty,
        "a rehearsal leaves nothing"
    );

    assert_eq!(deployment.apply(&documents, &[]).await, told);
    for how in [&[][..], &["dry_run"], &["prune"]] {
        let again = deployment.apply(&documents, how).await;
        assert!(all_are("unchanged", &again), "{how:?}: {again:?}");
    }
    let exported = deployment.export().await;
    let text = serde_json::to_string(&exported).unwrap();
    assert!(
        !text.contains("EAAG") && !text.contains("fedcba98"),
        "{text}"
    );
    let again = deployment.apply(&exported, &["prune"]).await;
    assert!(all_are("unchanged", &again), "{again:?}");
    assert_eq!(deployment.export().await, exported);
    let mobile = deployment.one("channels", "mobile").await;
    assert_eq!(mobile["whatsapp"]["has_access_token"], true);
    assert_eq!(deployment.one("agents", "ada").await["has_pin"], true);
    let answer = deployment.world.get(EXPORT).key(&deployment.key).send();
    let kept = answer.await.json()["secrets"].clone();
    let fields: Vec<_> = kept.as_array().unwrap().iter().collect();
    let of = |resource: &str, key: &str, fields: Value| json!({ "resource": resource, "key": key, "fields": fields });
    for one in [
        of("settings", "", json!(["mail.password"])),
        of("agent", "ada", json!(["pin"])),
        of("sms_trunk", "twilio", json!(["twilio.auth_token"])),
        of(
            "channel",
            "mail",
            json!(["email.imap.password", "email.smtp.password"]),
        ),
        of("channel", "mobile", json!(["whatsapp.access_token"])),
    ] {
        assert!(fields.contains(&&one), "{one} is not in {kept}");
    }
    let mail = exported.iter().find(|document| document["key"] == "mail");
    assert_eq!(mail.unwrap()["auto_replies"], documents[3]["auto_replies"]);
}

#[actix_web::test]
async fn another_pin_is_a_difference_and_counts() {
    let deployment = Deployment::new().await;
    let ada = |pin: &str| {
        let mut ada = agent("ada", "ada@example.com");
        ada["pin"] = json!(pin);
        ada
    };
    let applied = deployment.apply(&[ada("4711")], &[]).await;
    assert_eq!(applied, ["created agent ada"]);
    let applied = deployment.apply(&[ada("4711")], &[]).await;
    assert_eq!(applied, ["unchanged agent ada"]);
    let answer = deployment.try_apply(&[ada("4712")], &[]).await;
    let change = answer.json()["changes"][0].clone();
    assert_eq!(
        (&change["outcome"], &change["fields"][0]["field"]),
        (&json!("changed"), &json!("pin")),
        "{change}"
    );
    assert!(!answer.text().contains("4712"));
    let id = deployment.one("agents", "ada").await["id"].clone();
    let id = id.as_str().unwrap().parse().unwrap();
    let is_pin = async |pin| {
        let auth = &deployment.world.auth;
        auth.is_pin_of(TenantId::DEFAULT, id, pin).await.unwrap()
    };
    assert!(is_pin("4712").await && !is_pin("4711").await);
    let audit = deployment.world.get("/api/v1/audit?limit=1");
    let audit = audit.key(&deployment.key).send().await.json();
    let after = &audit["items"][0]["after"];
    assert_eq!(after["secrets_changed"], json!(["pin"]), "{audit}");
}

#[actix_web::test]
async fn a_mailbox_moves_to_another_server_with_the_password_that_the_file_gives() {
    let deployment = Deployment::new().await;
    let mailbox = |host: &str| {
        let server = json!({
            "host": host, "port": 993, "security": "tls", "username": "ada", "password": "secret",
        });
        json!({
            "resource": "channel", "key": "mail", "kind": "email", "destination": { "queue": "support" },
            "email": { "provider": "custom", "address": "ada@example.com", "imap": server, "smtp": server },
        })
    };
    let file = |host: &str| [queue("support", "Support"), mailbox(host)];
    deployment.apply(&file("mail.example.com"), &[]).await;
    let again = deployment.apply(&file("mail.example.com"), &[]).await;
    assert!(all_are("unchanged", &again), "{again:?}");
    let moved = deployment.apply(&file("imap.example.com"), &[]).await;
    assert_eq!(moved[1], "changed channel mail");
}

#[actix_web::test]
async fn who_is_given_a_number_takes_none_that_the_file_names() {
    let deployment = Deployment::new().await;
    let mut bob = agent("bob", "bob@example.com");
    bob["number"] = json!("0001");
    let file = [agent("ada", "ada@example.com"), bob];
    let applied = deployment.apply(&file, &[]).await;
    assert!(all_are("created", &applied), "{applied:?}");
    assert_eq!(deployment.one("agents", "ada").await["number"], "0002");
}

#[actix_web::test]
async fn a_difference_names_its_fields_and_no_secret() {
    let deployment = Deployment::new().await;
    deployment.apply(&everything(), &[]).await;
    let mut documents = vec![everything()[1].clone(), everything()[7].clone()];
    documents[0]["whatsapp"]["access_token"] = json!("EAAG-another");
    documents[1]["name"] = json!("Help");
    let answer = deployment.try_apply(&documents, &[]).await;
    let changes = answer.json()["changes"].clone();
    let token = json!({ "field": "access_token", "before": null, "after": null });
    assert_eq!(changes[0]["fields"], json!([token]));
    let name = json!({ "field": "name", "before": "Support", "after": "Help" });
    assert_eq!(changes[1]["fields"], json!([name]));
}

#[actix_web::test]
async fn a_difference_names_what_it_points_to_by_keys_and_what_is_new_with_its_content() {
    let deployment = Deployment::new().await;
    let documents = everything();
    let answer = deployment.try_apply(&documents, &["dry_run"]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let changes = answer.json()["changes"].clone();
    let of = |changes: &Value, index: usize, field: &str| {
        let fields = changes[index]["fields"].as_array().unwrap().clone();
        let found = fields.into_iter().find(|one| one["field"] == field);
        found.unwrap_or_else(|| panic!("no {field} in {changes}"))
    };
    for (index, field, after) in [
        (0, "destination.chatbot", json!("welcome")),
        (0, "live_chat.prechat_form", json!("before")),
        (2, "sms.trunk", json!("twilio")),
        (6, "twilio.auth_token", json!(null)),
        (7, "members", json!(["ada"])),
        (8, "pin", json!(null)),
    ] {
        assert_eq!(of(&changes, index, field)["after"], after, "{field}");
    }
    assert!(
        of(&changes, 4, "options")
            .to_string()
            .contains(r#""queue":"support""#)
    );
    assert!(!answer.text().contains("fedcba98"), "{}", answer.text());

    deployment.apply(&documents, &[]).await;
    let sales = queue("sales", "Sales");
    let mut text = documents[2].clone();
    text["destination"] = json!({ "queue": "sales" });
    let answer = deployment.try_apply(&[text, sales], &["dry_run"]).await;
    let led = json!({ "field": "destination.queue", "before": "support", "after": "sales" });
    assert_eq!(answer.json()["changes"][0]["fields"], json!([led]));
}

#[actix_web::test]
async fn a_fault_anywhere_changes_nothing_and_is_named_with_its_document() {
    let deployment = Deployment::new().await;
    let before = deployment.export().await;
    let mut documents = everything();
    documents.push(chat("second", "support", "not a domain"));
    documents.push(chat("third", "support", "shop.example.com"));
    documents.push(whatsapp("mobile2", "support"));
    let refused = deployment.try_apply(&documents, &[]).await;
    let domain = ("documents[10].live_chat.domains[0]", "invalid_domain");
    let fields = refused.fields();
    assert!(
        fields.iter().any(|(field, _)| field == domain.0),
        "{fields:?}"
    );
    for (field, code) in [
        ("documents[11].live_chat.domains[0]", "taken"),
        ("documents[12].whatsapp.number", "taken"),
    ] {
        let wanted = (field.to_owned(), code.to_owned());
        assert!(fields.contains(&wanted), "{fields:?}");
    }
    documents.truncate(10);
    documents[0]["destination"] = json!({ "chatbot": "nobody" });
    let refused = deployment.try_apply(&documents, &[]).await;
    let wanted = ("documents[0].destination.chatbot", "unknown_key");
    assert_eq!(
        refused.fields(),
        [(wanted.0.to_owned(), wanted.1.to_owned())]
    );
    assert_eq!(deployment.export().await, before);
}

#[actix_web::test]
async fn what_points_to_a_document_that_is_refused_is_not_refused_for_that() {
    let deployment = Deployment::new().await;
    let mut documents = everything();
    documents[6]["name"] = json!("");
    documents[7]["name"] = json!("");
    let refused = deployment.try_apply(&documents, &[]).await.fields();
    let mut fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["documents[6].name", "documents[7].name"]);
}

#[actix_web::test]
async fn what_no_document_names_is_deleted_when_asked_and_administrators_stay() {
    let deployment = Deployment::new().await;
    deployment
        .world
        .person("root@example.com", Role::Administrator)
        .await;
    deployment.apply(&everything(), &[]).await;
    let rest = [queue("sales", "Sales")];
    assert_eq!(deployment.apply(&rest, &[]).await, ["created queue sales"]);
    let told = deployment.apply(&rest, &["prune"]).await;
    assert_eq!(
        told,
        [
            "unchanged queue sales",
            "deleted channel mail",
            "pending_deletion channel mobile",
            "deleted channel shop",
            "deleted channel text",
            "deleted agent ada",
            "deleted sms_trunk twilio",
            "deleted form before",
            "deleted chatbot welcome",
            "still_needed queue support",
        ]
    );
    let people = deployment.items("agents").await;
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(deployment.items("queues").await.len(), 2);
}

#[actix_web::test]
async fn what_is_pointed_to_stays_and_the_refusal_says_what_was_to_go() {
    let deployment = Deployment::new().await;
    let shop = chat("shop", "support", "shop.example.com");
    let documents = [queue("support", "Support"), shop];
    deployment.apply(&documents, &[]).await;
    let refused = deployment.try_apply(&documents[1..], &["prune"]).await;
    let field = ("documents[0].destination.queue", "unknown_key");
    assert_eq!(refused.fields(), [(field.0.to_owned(), field.1.to_owned())]);
    assert!(refused.text().contains("would be deleted"));
    assert_eq!(deployment.items("queues").await.len(), 1);
}

#[actix_web::test]
async fn an_agent_who_is_logged_in_is_not_pruned() {
    let deployment = Deployment::new().await;
    let documents = [queue("support", "Support"), agent("ada", "ada@example.com")];
    deployment.apply(&documents, &[]).await;
    let logged_in = &deployment.world.everybody_is_logged_in;
    logged_in.store(true, Ordering::Relaxed);
    let renamed = [queue("support", "Help")];
    for how in [&["prune"][..], &["prune", "dry_run"]] {
        let refused = deployment.try_apply(&renamed, how).await;
        let prune = ("prune".to_owned(), "agent_logged_in".to_owned());
        assert_eq!(refused.fields(), [prune]);
        assert!(refused.text().contains("agent ada"), "{}", refused.text());
    }
    assert_eq!(
        deployment.one("queues", "support").await["name"],
        "Support",
        "nothing is changed then"
    );
    logged_in.store(false, Ordering::Relaxed);
    let told = deployment.apply(&renamed, &["prune"]).await;
    assert_eq!(told, ["changed queue support", "deleted agent ada"]);
}

#[actix_web::test]
async fn a_new_key_for_the_same_thing_keeps_it() {
    let deployment = Deployment::new().await;
    deployment.apply(&everything(), &[]).await;
    let ids = async || {
        let mut ids = Vec::new();
        for collection in ["channels", "queues", "agents", "chatbots"] {
            let items = deployment.items(collection).await;
            ids.extend(items.iter().map(|item| item["id"].clone()));
        }
        ids
    };
    let before = ids().await;
    let exported = serde_json::to_string(&deployment.export().await).unwrap();
    let renamed = ["shop", "mobile", "support", "ada"]
        .iter()
        .fold(exported, |text, key| {
            text.replace(&format!("\"{key}\""), &format!("\"new-{key}\""))
        });
    let renamed: Vec<Value> = serde_json::from_str(&renamed).unwrap();
    let told = deployment.apply(&renamed, &["prune"]).await;
    assert!(
        told.contains(&"changed channel new-mobile".to_owned()),
        "{told:?}"
    );
    assert!(!told.iter().any(|line| line.contains("delet")), "{told:?}");
    assert_eq!(ids().await, before);
    let mobile = deployment.one("channels", "new-mobile").await;
    assert_eq!(mobile["whatsapp"]["has_access_token"], true);
    let again = deployment.apply(&renamed, &["prune"]).await;
    assert!(all_are("unchanged", &again), "{again:?}");
}

#[actix_web::test]
async fn a_whatsapp_channel_that_a_file_wants_does_not_go_at_the_end_of_the_month() {
    let deployment = Deployment::new().await;
    let documents = [queue("support", "Support"), whatsapp("mobile", "support")];
    deployment.apply(&documents, &[]).await;
    deployment.delete("channels", "mobile").await;
    let pending = async || {
        let mobile = deployment.one("channels", "mobile").await;
        !mobile["pending_deletion_until"].is_null()
    };
    assert!(pending().await);
    let exported = deployment.export().await;
    let again = deployment.apply(&exported, &["prune"]).await;
    assert!(all_are("unchanged", &again), "{again:?}");
    assert!(pending().await, "what is exported changes nothing");

    let told = deployment.apply(&documents, &["dry_run"]).await;
    assert_eq!(told[1], "changed channel mobile");
    assert!(pending().await);
    deployment.apply(&documents, &[]).await;
    assert!(!pending().await);
    let again = deployment.apply(&documents, &[]).await;
    assert!(all_are("unchanged", &again), "{again:?}");
}

/// Another change holds the turn to write, with what the file adds too.
#[actix_web::test]
async fn a_file_is_compared_with_what_was_changed_while_it_waited() {
    let deployment = Deployment::new().await;
    let (began, has_begun) = oneshot::channel();
    let (go, may_go) = oneshot::channel::<()>();
    let db = deployment.world.db.clone();
    let other = actix_web::rt::spawn(async move {
        let editor = system();
        let work = db.change(&editor, move |change| {
            async move {
                began.send(()).unwrap();
                may_go.await.unwrap();
                let mut draft = QueueDraft::new("Support", Strategy::Auto);
                draft.key = Some("support".to_owned());
                change.create_queue(draft).await
            }
            .boxed()
        });
        work.await.unwrap()
    });
    has_begun.await.unwrap();
    let documents = [queue("support", "Support")];
    let applied = deployment.apply(&documents, &[]);
    let release = async {
        // The file is planned by now, or is planned later: what comes of it is the same.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        go.send(()).unwrap();
    };
    let (told, ()) = tokio::join!(applied, release);
    assert_eq!(told, ["unchanged queue support"]);
    other.await.unwrap();
}

#[actix_web::test]
async fn a_silent_company_holds_up_nobody_else() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut deployment = Deployment::new().await;
    let address = silent.local_addr().unwrap();
    deployment.world.companies(&meta_at(address));
    let documents = [queue("support", "Support"), page()];
    let asked = async {
        let _held = silent.accept().await.unwrap();
        let draft = QueueDraft::new("Meanwhile", Strategy::Auto);
        deployment
            .world
            .db
            .create_queue(&system(), draft)
            .await
            .unwrap();
    };
    tokio::select! {
        answer = deployment.try_apply(&documents, &[]) => panic!("{}", answer.text()),
        () = asked => {}
    }
}

#[actix_web::test]
async fn a_tenants_file_that_takes_long_makes_its_next_one_wait_and_no_other_tenants() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut deployment = Deployment::new().await;
    let address = silent.local_addr().unwrap();
    deployment.world.companies(&meta_at(address));
    let world = &deployment.world;
    let other = world.other_tenant().await;
    let other = world.key_in(other, Role::Administrator).await;
    let documents = [queue("support", "Support"), page()];
    let quick = &documents[..1];
    let meanwhile = async {
        let _held = silent.accept().await.unwrap();
        let next = deployment.try_apply(quick, &[]).await;
        assert_eq!(next.refusal(), (503, "busy".to_owned()));
        assert_eq!(next.header("Retry-After"), "5");
        let body = json!({ "documents": quick });
        let theirs = world.post(APPLY, &body).key(&other).send().await;
        assert_eq!(theirs.status, 200, "{}", theirs.text());
    };
    tokio::select! {
        answer = deployment.try_apply(&documents, &[]) => panic!("{}", answer.text()),
        () = meanwhile => {}
    }
}

#[actix_web::test]
async fn a_company_that_cannot_be_reached_is_told_with_the_document() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut deployment = Deployment::new().await;
    let address = closed.local_addr().unwrap();
    deployment.world.companies(&meta_at(address));
    drop(closed);
    let documents = [queue("support", "Support"), page()];
    let refused = deployment.try_apply(&documents, &[]).await;
    assert_eq!(refused.refusal(), (503, "provider_unreachable".to_owned()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.starts_with("documents[1] (channel page): "),
        "{detail}"
    );
    assert!(deployment.items("queues").await.is_empty());
}

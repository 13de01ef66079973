//! The console of a running node: what it says of things as they are stored, and what it changes.

use ecluse_adapters::storage::config_db::BanDraft;
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::ChannelKind;
use jiff::ToSpan as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk_world::{Centre, SignedIn};

const NUMBER: &str = "+33612345678";

async fn centre() -> Centre {
    let centre = Centre::new().await;
    centre.person("Alix", Role::Administrator).await;
    centre
}

fn whatsapp(queue: &str) -> Value {
    json!({
        "kind": "whatsapp", "name": "Numéro", "destination": { "queue": queue },
        "whatsapp": { "provider": "cloud", "number": "+1 786 232 0000", "phone_number_id": "42", "access_token": "EAAG" },
    })
}

fn trunk(numbers: &[&str]) -> Value {
    json!({
        "name": "Twilio", "provider": "twilio", "numbers": numbers,
        "twilio": { "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "0123" },
    })
}

fn id(shown: &Value) -> String {
    shown["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_deletion_that_is_pending_ends_with_the_month_where_the_tenant_is() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let zone = "America/New_York";
    let body = json!({ "time_zone": zone });
    admin
        .rest(Method::PATCH, "/api/v1/settings", Some(body))
        .await;
    let body = whatsapp(&centre.world.queue.0.to_string());
    let made = admin
        .rest(Method::POST, "/api/v1/channels", Some(body))
        .await;
    let place = format!("/api/v1/channels/{}", id(&made));
    let pending = admin.rest(Method::DELETE, &place, None).await;

    let until = pending["pending_deletion_until"].as_str().unwrap();
    let until: jiff::Timestamp = until.parse().unwrap();
    let until = until.in_tz(zone).unwrap();
    assert_eq!(until.time().to_string(), "23:59:59");
    assert_eq!(until.date(), until.date().last_of_month());
    assert_eq!((&until + 1.second()).day(), 1);
    let page = admin.page("/console/channels", "fr").await;
    let said = format!("Suppression le {}", until.strftime("%d/%m/%Y"));
    assert!(page.contains(&said), "{said}");
}

#[actix_web::test]
async fn a_service_that_is_not_set_up_is_told_with_the_setting_that_is_missing() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let fields = [("name", ""), ("_do", "sign-on facebook")];
    let (_, page) = admin
        .submit("/console/channels/new/facebook", &fields)
        .await;
    assert!(page.contains("providers.meta_app_id"), "{page}");
    assert!(page.contains("Demandez à la personne qui gère cette installation"));
    assert!(!page.contains("Ask whoever runs"), "the page is French");
}

#[actix_web::test]
async fn a_domain_with_its_scheme_is_refused_in_french() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let queue = format!("queue:{}", centre.world.queue.0);
    let fields = [
        ("name", "Boutique"),
        ("destination", queue.as_str()),
        ("live_chat.domains[]", "0"),
        ("live_chat.domains[0]", "https://www.example.fr"),
        ("_do", "save"),
    ];
    let (status, page) = admin
        .submit("/console/channels/new/live_chat", &fields)
        .await;
    assert_eq!(status, 422);
    assert!(page.contains("sans https:// devant"), "{page}");
}

#[actix_web::test]
async fn what_a_form_lacks_is_told_with_what_another_has_and_nothing_is_saved() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let fields = [
        ("name", ""),
        ("email", "alix@shop.example"),
        ("role", "agent"),
        ("wrap_up_secs", "soon"),
        ("capacity", "100"),
        ("_do", "save"),
    ];
    let (status, page) = admin.submit("/console/agents/new", &fields).await;
    assert_eq!(status, 422);
    for id in ["f-name", "f-email", "f-wrap-up-secs"] {
        assert!(page.contains(&format!("id=\"{id}-error\"")), "{id}: {page}");
    }
    let fields = [
        ("name", "Zoé"),
        ("email", "zoe@shop.example"),
        ("role", "agent"),
        ("wrap_up_secs", "soon"),
        ("capacity", "100"),
        ("_do", "save"),
    ];
    let (status, page) = admin.submit("/console/agents/new", &fields).await;
    assert_eq!(status, 422);
    assert!(page.contains("id=\"f-wrap-up-secs-error\""), "{page}");
    assert!(!page.contains("id=\"f-email-error\""), "{page}");
    let people = admin.page("/console/agents", "fr").await;
    assert!(!people.contains("Zoé"), "a rehearsal leaves nothing");
}

/// The revision that a page's form is made of.
fn revision(page: &str) -> String {
    let open = "name=\"_revision\" value=\"";
    between(page, open, "\"").next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_tenants_licence_is_set_on_its_page_and_its_end_is_told_with_what_is_used() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let body = json!({ "name": "Lampyre", "administrator": { "name": "Ada", "email": "ada@lampyre.example" } });
    let made = admin
        .rest(Method::POST, "/api/v1/tenants", Some(body))
        .await;
    let number = u32::try_from(made["id"].as_u64().unwrap()).unwrap();
    let path = format!("/console/tenants/{number}");
    let seen = revision(&admin.page(&path, "fr").await);
    let fields = [
        ("_revision", seen.as_str()),
        ("name", "Lampyre SARL"),
        ("licence.agent_seats", "20"),
        ("licence.channels_max", ""),
        ("licence.modules", "customer_survey"),
        ("_do", "save"),
    ];
    let (status, page) = admin.submit(&path, &fields).await;
    assert!(matches!(status, 200 | 303), "{status} {page}");
    let config = &centre.world.app.config;
    let licence = config.licence(TenantId(number)).await.unwrap();
    assert_eq!(
        (licence.agent_seats, licence.channels_max),
        (Some(20), None)
    );
    assert!(!licence.has(ecluse_engine::tenant::Module::Omnichannel));
    let page = admin.page(&path, "fr").await;
    assert!(page.contains("value=\"20\"") && page.contains("Lampyre SARL"));

    let fields = [
        ("name", "Lampyre"),
        ("licence.channels_max", "-1"),
        ("_do", "save"),
    ];
    let (status, page) = admin.submit(&path, &fields).await;
    assert_eq!(status, 422, "{page}");

    let own = format!("/console/tenants/{}", TenantId::DEFAULT.0);
    let seen = revision(&admin.page(&own, "fr").await);
    let fields = [
        ("_revision", seen.as_str()),
        ("name", "Nous"),
        ("licence.channels_max", "1"),
        ("licence.modules", "omnichannel"),
        ("_do", "save"),
    ];
    admin.submit(&own, &fields).await;
    let queue = format!("queue:{}", centre.world.queue.0);
    let fields = [
        ("name", "Deuxième"),
        ("destination", queue.as_str()),
        ("live_chat.domains[]", "0"),
        ("live_chat.domains[0]", "www.example.fr"),
        ("_do", "save"),
    ];
    let (status, page) = admin
        .submit("/console/channels/new/live_chat", &fields)
        .await;
    assert_eq!(status, 409);
    assert!(page.contains("1 sur 1"), "{page}");
}

#[actix_web::test]
async fn a_number_is_kept_as_its_country_has_it_or_refused_at_every_door() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let body = trunk(&["+33 (0)6 12 34 56 78"]);
    let made = admin
        .rest(Method::POST, "/api/v1/sms-trunks", Some(body))
        .await;
    assert_eq!(made["numbers"], json!([NUMBER]));
    let fields = [
        ("name", "Faux"),
        ("provider", "twilio"),
        ("enabled", "true"),
        ("twilio.account_sid", "AC0123456789abcdef0123456789abcdef"),
        ("twilio.auth_token", "0123"),
        ("numbers[]", "0"),
        ("numbers[0]", "+9999999999"),
        ("_do", "save"),
    ];
    let (status, page) = admin.submit("/console/sms-trunks/new", &fields).await;
    assert_eq!(status, 422);
    assert!(page.contains("Saisissez un numéro au format international"));

    let typed = json!({
        "connection": "provider", "kind": "sms", "name": "SMS", "sms": { "number": "+9999999999", "trunk": id(&made) },
    });
    let tried = admin
        .rest(Method::POST, "/api/v1/channels/verify", Some(typed))
        .await;
    assert_eq!(tried["works"], false, "{tried}");
    assert_eq!(tried["step"], "number", "{tried}");
}

#[actix_web::test]
async fn the_question_before_a_deletion_counts_the_open_conversations() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let _first = centre.world.talking("Bonjour").await;
    let _second = centre.world.talking("Bonsoir").await;
    let (tenant, channel) = (TenantId::DEFAULT, centre.world.channel);
    let reads = &centre.world.app.reads;
    assert_eq!(reads.open_on(tenant, channel, 10).await.unwrap(), 2);
    assert_eq!(reads.open_on(tenant, channel, 1).await.unwrap(), 1);
    let page = admin
        .page(&format!("/console/channels/{channel}/delete"), "fr")
        .await;
    assert!(page.contains("2 conversations y sont ouvertes"), "{page}");
}

/// One of everything that the trail can tell of, changed and deleted where that can be.
async fn everything(admin: &SignedIn<'_>, queue: &str) {
    let post = async |path: &str, body: Value| {
        let path = format!("/api/v1/{path}");
        admin.rest(Method::POST, &path, Some(body)).await
    };
    let carried = id(&post("sms-trunks", trunk(&[NUMBER])).await);
    let leads = json!({ "queue": queue });
    let mailbox = |host: &str, port: u16| json!({ "host": host, "port": port, "username": "contact", "password": "geheim" });
    let bot = json!({
        "name": "Guide", "greeting": { "fr": "Bonjour" }, "fallback_queue": queue,
        "options": [{ "label": { "fr": "Vente" }, "queue": queue }],
    });
    let bot = id(&post("chatbots", bot).await);
    let form = json!({
        "name": "Avant", "purpose": "prechat", "title": { "fr": "Bienvenue" }, "intro": { "fr": "Un instant" },
        "fields": [{ "name": "name", "type": "text", "label": { "fr": "Nom" } }],
    });
    let form = id(&post("forms", form).await);
    let replies =
        json!({ "welcome": { "fr": "Bonjour" }, "closed": { "en": "Bye", "enabled": false } });
    let channels = [
        json!({ "kind": "live_chat", "name": "Site", "destination": { "chatbot": bot }, "language": "fr", "auto_replies": replies,
            "live_chat": { "domains": ["www.example.fr"], "standalone": true, "theme_color": "#0a6ebd", "title": { "fr": "Aide" },
                "greeting": { "fr": "Bonjour" }, "prechat_form": form } }),
        json!({ "kind": "sms", "name": "SMS", "destination": leads, "sms": { "number": NUMBER, "trunk": carried } }),
        json!({ "kind": "email", "name": "Courrier", "destination": leads, "email": { "provider": "custom",
            "address": "contact@example.fr", "imap": mailbox("imap.example.fr", 993), "smtp": mailbox("smtp.example.fr", 587) } }),
        whatsapp(queue),
    ];
    for channel in channels {
        let made = id(&post("channels", channel).await);
        let place = format!("/api/v1/channels/{made}");
        admin.rest(Method::DELETE, &place, None).await;
    }
    post("agents", json!({ "name": "Zoé", "email": "zoe@example.fr", "role": "agent", "pin": "1234", "language": "fr" })).await;
    post("queues", json!({ "name": "Ventes", "strategy": "manual" })).await;
    post("bans", json!({ "kind": "sms", "address": "+33687654321", "reason": "Insultes", "until": "2099-01-01T00:00:00Z" })).await;
    post("api-keys", json!({ "name": "CRM", "role": "agent" })).await;
    post("tenants", json!({ "name": "Lampyre", "administrator": { "name": "Ada", "email": "ada@lampyre.example" } })).await;
    let settings = json!({
        "alert_email": "alertes@example.fr", "retention": { "conversation_days": 30 },
        "mail": { "host": "smtp.example.fr", "port": 587, "security": "starttls", "username": "contact", "password": "geheim", "from": "contact@example.fr" },
    });
    admin
        .rest(Method::PATCH, "/api/v1/settings", Some(settings))
        .await;
    let licence = json!({ "agent_seats": 9, "supervisor_seats": 9, "channels_max": 9, "modules": ["omnichannel"] });
    let place = format!("/api/v1/tenants/{}/licence", TenantId::DEFAULT.0);
    admin.rest(Method::PUT, &place, Some(licence)).await;
}

#[actix_web::test]
async fn who_is_banned_is_called_by_their_name_where_it_is_known() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let talking = centre.world.talking("Bonjour").await;
    let contact = talking.key.contact_id(ChannelKind::LiveChat);
    let body = json!({ "name": "Jeanne Martin" });
    let place = format!("/api/v1/contacts/{contact}");
    admin.rest(Method::PATCH, &place, Some(body)).await;
    centre.world.app.engine.read_your_writes().await;
    let address = talking.key.address.to_string();
    let ban = BanDraft {
        kind: ChannelKind::LiveChat,
        address: address.clone(),
        reason: "too_many_messages".to_owned(),
        until: None,
    };
    let ban = centre
        .world
        .app
        .config
        .ban_and_alert(TenantId::DEFAULT, ban);
    let ban = ban.await.unwrap().id;
    let by_hand =
        json!({ "kind": "live_chat", "address": "q83vEjRWeJCrze8SNFZ4kA", "reason": "Insultes" });
    admin
        .rest(Method::POST, "/api/v1/bans", Some(by_hand))
        .await;
    let called = format!("Jeanne Martin ({address})");
    let page = admin.page("/console/bans", "fr").await;
    let cell = format!("<span>{address}</span><small>Jeanne Martin</small>");
    assert_eq!(page.matches(&cell).count(), 1, "{page}");
    for path in [
        "/console/alerts".to_owned(),
        format!("/console/bans/{ban}/delete"),
    ] {
        let page = admin.page(&path, "fr").await;
        assert!(page.contains(&called), "{path}: {page}");
    }
}

/// What stands between two marks, each time.
fn between<'a>(page: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    let parts = page.split(open).skip(1);
    parts.filter_map(move |part| part.split(close).next())
}

#[actix_web::test]
async fn every_member_of_the_audit_trail_has_a_label_in_both_languages() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    everything(&admin, &centre.world.queue.0.to_string()).await;
    for (language, destination) in [
        ("fr", "File d’attente de destination"),
        ("en", "Destination queue"),
    ] {
        let page = admin.page("/console/audit", language).await;
        let labels: Vec<&str> = between(&page, "<dt>", "</dt>").collect();
        assert!(labels.contains(&destination), "{labels:?}");
        for label in labels {
            let is_raw = label.starts_with(|first: char| first.is_ascii_lowercase())
                || label.contains('_')
                || label.contains("(fr)")
                || label.contains("(en)");
            assert!(!is_raw, "{label} in {language}");
        }
        assert!(!page.contains("geheim"), "a secret is shown");
    }
}

#[actix_web::test]
async fn the_audit_trail_is_filtered_by_what_was_done_and_by_a_part_of_a_name() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    everything(&admin, &centre.world.queue.0.to_string()).await;
    let rows = |page: &str| page.matches("<tr role=\"row\"").count().saturating_sub(1);
    let scheduled = admin
        .page("/console/audit?action=deletion_scheduled", "fr")
        .await;
    assert_eq!(rows(&scheduled), 1);
    let nobody = admin.page("/console/audit?by=nobody", "fr").await;
    assert_eq!(rows(&nobody), 0);
    let by_alix = admin
        .page("/console/audit?by=Ali&action=lifted", "fr")
        .await;
    assert_eq!(rows(&by_alix), 0);
    assert!(rows(&admin.page("/console/audit?by=Ali", "fr").await) > 10);
}

/// The paths of the numbers that a page asks for.
fn numbers(page: &str) -> Vec<String> {
    let named = |tag: &str| {
        let (_, rest) = tag.split_once(" name=\"")?;
        let is_number = tag.contains(" inputmode=\"numeric\"");
        let name = rest.split('"').next().filter(|_| is_number)?;
        Some(name.to_owned())
    };
    between(page, "<input", ">").filter_map(named).collect()
}

/// The two numbers of what is said at a field.
fn said_limits(page: &str, path: &str) -> (i64, i64) {
    let id = path.replace(['.', '_'], "-");
    let open = format!("id=\"f-{id}-error\"");
    let said = between(page, &open, "</p>").next().unwrap();
    let (_, said) = said.split_once("Saisissez un nombre entre ").unwrap();
    let (minimum, maximum) = said.trim_end_matches('.').split_once(" et ").unwrap();
    (minimum.parse().unwrap(), maximum.parse().unwrap())
}

/// From how much to how much each number of a page may go, as it is said of what is far below.
async fn limits(admin: &SignedIn<'_>, place: &str) -> Vec<(String, i64, i64)> {
    let paths = numbers(&admin.page(place, "fr").await);
    let mut fields = vec![("provider", "smpp"), ("_do", "save")];
    fields.extend(paths.iter().map(|path| (path.as_str(), "-99")));
    let (status, page) = admin.submit(place, &fields).await;
    assert_eq!(status, 422, "{place}");
    let told = |path: &String| {
        let (minimum, maximum) = said_limits(&page, path);
        (path.clone(), minimum, maximum)
    };
    paths.iter().map(told).collect()
}

#[actix_web::test]
async fn a_number_that_somebody_has_is_refused_with_one_that_nobody_has() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let body =
        json!({ "name": "Zoé", "email": "zoe@example.fr", "role": "agent", "number": "4000" });
    admin.rest(Method::POST, "/api/v1/agents", Some(body)).await;
    let again =
        json!({ "name": "Léa", "email": "lea@example.fr", "role": "agent", "number": "4000" });
    let (status, refused) = admin
        .try_rest(Method::POST, "/api/v1/agents", Some(again))
        .await;
    assert_eq!(status, 422, "{refused}");
    let free = refused["errors"][0]["suggestion"].as_str().unwrap();
    assert_eq!(free.len(), 4, "{refused}");
    let fields = [
        ("name", "Léa"),
        ("email", "lea@example.fr"),
        ("role", "agent"),
        ("number", "4000"),
        ("_do", "save"),
    ];
    let (status, page) = admin.submit("/console/agents/new", &fields).await;
    assert_eq!(status, 422);
    assert!(page.contains(&format!("{free} est libre")), "{page}");
}

#[actix_web::test]
async fn a_form_asks_for_nothing_that_a_program_may_leave_out() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let queue = centre.world.queue.0.to_string();
    let leads = format!("queue:{queue}");
    let from = "2026-12-24T18:00";
    let to = "2026-12-27T08:00";
    let option = json!({ "label": { "fr": "Vente" }, "queue": queue });
    let closed = json!([{ "from": from, "to": to }]);
    let times = json!({ "status": "on", "closed_dates": closed });
    let chat = json!({ "domains": ["www.un.example.fr"] });
    let rows = [
        (
            "chatbots",
            json!({ "name": "Un", "options": [option] }),
            vec![
                ("name", "Deux"),
                ("options[]", "0"),
                ("options[0].label.fr", "Vente"),
                ("options[0].~leads_to", "queue"),
                ("options[0].queue", queue.as_str()),
            ],
        ),
        (
            "queues",
            json!({ "name": "Un", "strategy": "auto", "operation_times": times }),
            vec![
                ("name", "Deux"),
                ("strategy", "auto"),
                ("operation_times.status", "on"),
                ("operation_times.closed_dates[]", "0"),
                ("operation_times.closed_dates[0].from", from),
                ("operation_times.closed_dates[0].to", to),
            ],
        ),
        (
            "channels",
            json!({ "kind": "live_chat", "destination": { "queue": queue }, "live_chat": chat }),
            vec![
                ("destination", leads.as_str()),
                ("live_chat.domains[]", "0"),
                ("live_chat.domains[0]", "www.deux.example.fr"),
            ],
        ),
    ];
    for (slug, body, mut fields) in rows {
        let place = format!("/api/v1/{slug}");
        let made = admin.rest(Method::POST, &place, Some(body)).await;
        if slug == "queues" {
            assert_eq!(made["returning_customer"], true);
        }
        fields.push(("_do", "save"));
        let path = match slug {
            "channels" => "/console/channels/new/live_chat".to_owned(),
            slug => format!("/console/{slug}/new"),
        };
        let (status, page) = admin.submit(&path, &fields).await;
        assert!(matches!(status, 200 | 303), "{slug}: {status} {page}");
    }
    let channels = admin.page("/console/channels", "fr").await;
    assert!(channels.contains("www.deux.example.fr"), "{channels}");
    let new = admin.page("/console/queues/new", "fr").await;
    assert!(
        new.contains("name=\"returning_customer\" value=\"true\" checked"),
        "{new}"
    );
}

#[actix_web::test]
async fn everything_that_is_wrong_with_a_menu_is_said_at_once_and_where() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let fields = [
        ("name", "Guide"),
        ("options[]", "0"),
        ("options[]", "1"),
        ("options[0].label.fr", "Vente"),
        ("options[0].~leads_to", "queue"),
        ("options[1].label.fr", "VENTE"),
        ("options[1].~leads_to", "queue"),
        ("_do", "save"),
    ];
    let (status, page) = admin.submit("/console/chatbots/new", &fields).await;
    assert_eq!(status, 422, "{page}");
    let (_, summary) = page.split_once("id=\"summary\"").unwrap();
    let summary = summary.split("</div>").next().unwrap();
    for line in [
        ">Option 1, File d’attente</a> – Ce champ est obligatoire.",
        ">Option 2, File d’attente</a> – Ce champ est obligatoire.",
        ">Option 2, Texte de l’option</a> – Cette valeur est là deux fois.",
    ] {
        assert!(summary.contains(line), "{line}: {summary}");
    }
    assert_eq!(summary.matches("<li>").count(), 3, "{summary}");
}

/// Sets a member by its path.
fn with(body: &Value, path: &str, value: i64) -> Value {
    let mut body = body.clone();
    let mut place = &mut body;
    for part in path.split('.') {
        place = &mut place[part];
    }
    *place = value.into();
    body
}

#[actix_web::test]
async fn a_form_offers_what_a_save_takes_and_no_more() {
    let centre = centre().await;
    let admin = centre.sign_in("Alix").await;
    let queue = centre.world.queue.0.to_string();
    let smpp = json!({ "host": "smpp.example.net", "port": 2775, "system_id": "us", "password": "geheim" });
    let option = json!({ "label": { "fr": "Vente" }, "queue": queue });
    let rows = [
        ("queues", json!({ "strategy": "auto" })),
        ("agents", json!({ "role": "agent" })),
        (
            "chatbots",
            json!({ "greeting": { "fr": "Bonjour" }, "options": [option] }),
        ),
        ("sms-trunks", json!({ "provider": "smpp", "smpp": smpp })),
    ];
    let mut serial = 0;
    for (slug, body) in rows {
        let found = limits(&admin, &format!("/console/{slug}/new")).await;
        assert!(found.len() > 1, "{slug}");
        for (path, min, max) in found {
            for (value, expected) in [(min, 201), (max, 201), (min - 1, 422), (max + 1, 422)] {
                serial += 1;
                let mut body = with(&body, &path, value);
                body["name"] = format!("Chose {serial}").into();
                if slug == "agents" {
                    body["email"] = format!("chose{serial}@example.fr").into();
                }
                let place = format!("/api/v1/{slug}");
                let (status, answer) = admin.try_rest(Method::POST, &place, Some(body)).await;
                assert_eq!(status, expected, "{slug} {path} {value}: {answer}");
            }
        }
    }
    for (path, min, max) in limits(&admin, "/console/settings").await {
        for (value, expected) in [(min, 200), (max, 200), (min - 1, 422), (max + 1, 422)] {
            let mail = json!({ "host": "smtp.example.fr", "port": 587, "security": "starttls", "username": "contact",
                "password": "geheim", "from": "contact@example.fr" });
            let body = match path.starts_with("mail.") {
                true => json!({ "mail": mail }),
                false => json!({}),
            };
            let body = with(&body, &path, value);
            let place = "/api/v1/settings";
            let (status, answer) = admin.try_rest(Method::PATCH, place, Some(body)).await;
            assert_eq!(status, expected, "{path} {value}: {answer}");
        }
    }
}

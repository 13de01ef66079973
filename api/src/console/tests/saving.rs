//! What forms send, and what becomes of what was typed.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::World;
use super::sample::{CHAT, FORM, GUIDE, MAILBOX, SUPPORT, TENANT};
use crate::console::backend::Kind;

/// The successful controls of a page (HTML, 4.10.22.4), but for buttons, as a browser would send them.
pub(super) fn controls(html: &str) -> Vec<(String, String)> {
    let form = html
        .split("<form id=\"edit-form\"")
        .nth(1)
        .unwrap()
        .split("</form>")
        .next()
        .unwrap();
    let mut found = Vec::new();
    for tag in form.split('<').skip(1) {
        let (head, text) = tag.split_once('>').unwrap();
        let attribute = |name: &str| {
            let rest = head.split_once(&format!(" {name}=\""))?.1;
            rest.split('"').next().map(unescape)
        };
        let Some(name) = attribute("name").filter(|name| name != "_do") else {
            if let (Some("option"), true) = (head.split(' ').next(), head.contains(" selected")) {
                found.push(("<option>".to_owned(), attribute("value").unwrap()));
            }
            continue;
        };
        let kind = attribute("type").unwrap_or_default();
        match head.split(' ').next().unwrap() {
            "input"
                if matches!(kind.as_str(), "checkbox" | "radio") && !head.contains(" checked") => {}
            "input" => found.push((name, attribute("value").unwrap_or_else(|| "on".to_owned()))),
            "textarea" => found.push((name, unescape(text.strip_prefix('\n').unwrap_or(text)))),
            "select" => found.push((name, "<select>".to_owned())),
            _ => {}
        }
    }
    chosen(found)
}

/// Gives each select the option that is chosen in it; without one, browsers take the first, which is empty here.
fn chosen(found: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut sent: Vec<(String, String)> = Vec::new();
    for (name, value) in found {
        match (name.as_str(), value.as_str()) {
            ("<option>", _) => sent.last_mut().unwrap().1 = value,
            (_, "<select>") => sent.push((name, String::new())),
            _ => sent.push((name, value)),
        }
    }
    sent
}

fn unescape(text: &str) -> String {
    let pairs = [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
    ];
    pairs
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

pub(super) fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    let own = |name: &str| name == "_csrf";
    fields
        .iter()
        .filter(|(name, _)| !own(name))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// What a body is when nothing that only the server sets is in it.
fn bare(mut body: Value) -> Value {
    crate::console::form::value::strip(&mut body);
    body
}

#[actix_web::test]
async fn a_form_that_is_sent_as_it_was_shown_changes_nothing() {
    let world = World::new().await;
    for (kind, slug, id) in [
        (Kind::Channel, "channels", CHAT),
        (Kind::Channel, "channels", MAILBOX),
        (Kind::Queue, "queues", SUPPORT),
        (Kind::Chatbot, "chatbots", GUIDE),
    ] {
        let path = format!("/console/{slug}/{id}");
        let before = world.sample.stored(kind, id);
        let shown = world.get(&path).await.html;
        let answer = world.post(&path, &pairs(&controls(&shown))).await;
        assert_eq!(
            answer.status,
            StatusCode::SEE_OTHER,
            "{path} {}",
            answer.html
        );
        let sent = world.sample.sent.lock().pop().unwrap();
        // Texts that nobody wrote come back as empty ones.
        assert_eq!(without_empty(sent), without_empty(bare(before)), "{path}");
    }
}

#[actix_web::test]
async fn what_is_shown_in_its_script_is_sent_as_it_is_stored() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let mut stored = world.sample.stored(Kind::Channel, MAILBOX);
    stored["email"]["address"] = json!("contact@xn--mnchen-3ya.example");
    stored["email"]["imap"]["host"] = json!("imap.xn--mnchen-3ya.example");
    world.sample.put(Kind::Channel, MAILBOX, stored);
    let shown = world.get(&path).await.html;
    for text in [
        "type=\"text\" value=\"contact@münchen.example\" inputmode=\"email\"",
        "value=\"imap.münchen.example\"",
    ] {
        assert!(shown.contains(text), "{text}");
    }
    let answer = world.post(&path, &pairs(&controls(&shown))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.html);
    let sent = world.sample.sent.lock().pop().unwrap();
    assert_eq!(sent["email"]["address"], "contact@xn--mnchen-3ya.example");
    assert_eq!(sent["email"]["imap"]["host"], "imap.xn--mnchen-3ya.example");
}

#[actix_web::test]
async fn a_name_that_is_an_address_reads_as_that_does_and_is_kept_as_it_is_stored() {
    let world = World::new().await;
    for (id, stored, shown) in [
        (CHAT, "xn--mnchen-3ya.example", "münchen.example"),
        (MAILBOX, "+33639980002", "+33 6 39 98 00 02"),
    ] {
        world
            .sample
            .change(Kind::Channel, id, "name", json!(stored));
        let path = format!("/console/channels/{id}");
        let html = world.get(&path).await.html;
        let input = format!("name=\"name\" type=\"text\" value=\"{shown}\"");
        assert!(html.contains(&input), "{html}");
        assert!(!html.contains(stored), "{html}");
        let answer = world.post(&path, &pairs(&controls(&html))).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.html);
        let sent = world.sample.sent.lock().pop().unwrap();
        assert_eq!(sent["name"], stored);
    }
}

#[actix_web::test]
async fn another_spelling_of_a_domain_is_no_difference() {
    let world = World::new().await;
    let path = format!("/console/channels/{CHAT}");
    let chat = json!({"domains": ["xn--mnchen-3ya.example"], "standalone": false});
    world.sample.change(Kind::Channel, CHAT, "live_chat", chat);
    let shown = world.get(&path).await.html;
    world
        .sample
        .change(Kind::Channel, CHAT, "name", json!("Magasin"));
    let answer = world.post(&path, &pairs(&controls(&shown))).await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
    assert!(answer.html.contains("<td>Magasin</td><td>Boutique</td>"));
    assert!(!answer.html.contains("xn--"), "{}", answer.html);
}

fn without_empty(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members
                .into_iter()
                .map(|(key, value)| (key, without_empty(value)));
            let filled =
                |value: &Value| !(value.is_null() || *value == json!({}) || *value == json!([]));
            Value::Object(kept.filter(|(_, value)| filled(value)).collect())
        }
        Value::Array(items) => items.into_iter().map(without_empty).collect(),
        other => other,
    }
}

#[actix_web::test]
async fn everything_that_is_missing_is_said_at_once() {
    let world = World::new().await;
    let answer = world
        .post(
            "/console/channels/new/email",
            &[("email.provider", "custom")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let ids = [
        "f-email-address",
        "f-email-imap-username",
        "f-email-imap-host-3",
        "f-email-imap-port",
        "f-email-smtp-username",
        "f-email-smtp-host-3",
        "f-email-smtp-port",
        "f-destination",
    ];
    for id in ids {
        assert!(
            answer.html.contains(&format!("href=\"#{id}\"")),
            "the summary has no link to {id}"
        );
        assert!(
            answer.html.contains(&format!("id=\"{id}-error\"")),
            "{id} says nothing"
        );
    }
    assert_eq!(
        answer.html.matches(" autofocus").count(),
        1,
        "the first field has the focus"
    );
    assert!(world.sample.sent.lock().is_empty());
}

#[actix_web::test]
async fn a_list_that_needs_something_keeps_a_row_to_type_it_into() {
    let world = World::new().await;
    let destination = format!("queue:{SUPPORT}");
    let row = [
        ("live_chat.domains[]", "0"),
        ("live_chat.domains[0]", ""),
        ("destination", destination.as_str()),
    ];
    for fields in [&row[..], &row[2..]] {
        let path = "/console/channels/new/live_chat?lang=fr";
        let answer = world.post(path, fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let html = &answer.html;
        let input = "<input id=\"f-live-chat-domains-0-\" name=\"live_chat.domains[0]\"";
        let (_, input) = html.split_once(input).unwrap();
        let input = input.split('>').next().unwrap();
        for text in ["aria-invalid", "-domains-0--error", " autofocus"] {
            assert!(input.contains(text), "{text}: {input}");
        }
        let link =
            "<a href=\"#f-live-chat-domains-0-\">Domaine 1</a> – Indiquez au moins un domaine";
        assert!(html.contains(link), "{html}");
        assert_eq!(html.matches("Indiquez au moins un domaine").count(), 2);
        let again = world.post(path, &pairs(&controls(html))).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[actix_web::test]
async fn what_the_server_refuses_is_said_at_its_field_and_everything_typed_stays() {
    let world = World::new().await;
    let destination = format!("queue:{SUPPORT}");
    let fields = [
        ("name", "Zoé & \"fils\""),
        ("live_chat.domains[]", "0"),
        ("live_chat.domains[0]", ""),
        ("live_chat.domains[]", "1"),
        ("live_chat.domains[1]", "shop.example"),
        ("live_chat.domains[]", "n0"),
        ("live_chat.domains[n0]", "https://shop.example/a"),
        ("destination", destination.as_str()),
    ];
    let answer = world.post("/console/channels/new/live_chat", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let html = &answer.html;
    assert!(
        html.contains("value=\"Zoé &#38; &#34;fils&#34;\""),
        "what was typed is gone"
    );
    assert!(
        html.contains(
            "name=\"live_chat.domains[1]\" type=\"text\" value=\"https://shop.example/a\""
        )
    );
    assert!(
        html.contains("href=\"#f-live-chat-domains-1-\"")
            && html.contains("id=\"f-live-chat-domains-1--error\"")
    );
    assert!(html.contains("Type a domain name without https://"));
}

#[actix_web::test]
async fn what_the_server_finds_wrong_is_said_with_what_the_form_does() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let shown = world.get(&path).await.html;
    let fields = controls(&shown);
    let mut typed = pairs(&fields);
    typed.retain(|(name, _)| !matches!(*name, "email.address" | "email.imap.host"));
    typed.extend([("email.address", ""), ("email.imap.host", "no host")]);
    let answer = world.post(&path, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["f-email-address", "f-email-imap-host-3"] {
        assert!(answer.html.contains(&format!("href=\"#{id}\"")), "{id}");
        assert!(answer.html.contains(&format!("id=\"{id}-error\"")), "{id}");
    }
    assert!(world.sample.sent.lock().is_empty());
}

#[actix_web::test]
async fn a_secret_that_was_typed_is_sent_and_never_shown_again() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let shown = world.get(&path).await.html;
    let fields = controls(&shown);
    let mut typed = pairs(&fields);
    typed.retain(|(name, _)| !matches!(*name, "email.imap.password" | "email.imap.host"));
    typed.extend([
        ("email.imap.password", "hunter2-secret"),
        ("email.imap.host", "no host"),
    ]);
    let answer = world.post(&path, &typed).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.html.contains("hunter2-secret"));
    let again = "-again\"><svg";
    assert_eq!(answer.html.matches(again).count(), 1, "{}", answer.html);
    assert!(answer.html.contains("id=\"f-email-imap-password-again\""));
    assert!(!shown.contains(again), "nothing was typed");
    let sent = world.sample.sent.lock().pop().unwrap();
    assert_eq!(sent["email"]["imap"]["password"], "hunter2-secret");
    assert!(
        sent["email"]["smtp"].get("password").is_none(),
        "left empty, it is kept"
    );
}

#[actix_web::test]
async fn a_reply_that_is_switched_off_keeps_its_text_and_is_switched_on_again() {
    let world = World::new().await;
    let path = format!("/console/channels/{CHAT}");
    let switch = "auto_replies.welcome.enabled";
    let is_on = |fields: &[(String, String)], reply: &str| {
        let name = format!("auto_replies.{reply}.enabled");
        fields.iter().any(|(known, _)| *known == name)
    };
    let mut fields = controls(&world.get(&path).await.html);
    for reply in ["welcome", "outside_hours", "no_agent", "closed"] {
        assert!(is_on(&fields, reply), "{reply}");
    }
    fields.retain(|(name, _)| name != switch);
    let answer = world.post(&path, &pairs(&fields)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.html);
    let sent = world.sample.sent.lock().pop().unwrap();
    let off = json!({"welcome": {"fr": "Bonjour et bienvenue.", "enabled": false}});
    assert_eq!(sent["auto_replies"], off);

    let mut fields = controls(&world.get(&path).await.html);
    assert!(!is_on(&fields, "welcome") && is_on(&fields, "closed"));
    fields.push((switch.to_owned(), "true".to_owned()));
    world.post(&path, &pairs(&fields)).await;
    let sent = world.sample.sent.lock().pop().unwrap();
    let on = json!({"welcome": {"fr": "Bonjour et bienvenue."}});
    assert_eq!(sent["auto_replies"], on);
}

#[actix_web::test]
async fn what_uses_a_thing_that_cannot_be_changed_is_listed_with_its_page() {
    let world = World::new().await;
    let path = format!("/console/forms/{FORM}");
    let mut fields = controls(&world.get(&path).await.html);
    for (name, value) in &mut fields {
        if name == "purpose" {
            *value = "leave_message".to_owned();
        }
    }
    let answer = world.post(&path, &pairs(&fields)).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.html);
    let link = format!("<a href=\"/console/channels/{CHAT}\">Boutique</a>");
    assert!(answer.html.contains(&link), "{}", answer.html);
}

#[actix_web::test]
async fn rows_are_added_and_taken_away_without_scripts() {
    let world = World::new().await;
    let path = format!("/console/chatbots/{GUIDE}");
    let shown = world.get(&path).await.html;
    let fields = controls(&shown);
    let mut pressed = pairs(&fields);
    pressed.push(("_do", "add options[2].menu.options"));
    let more = world.post(&path, &pressed).await;
    assert_eq!(more.status, StatusCode::OK);
    assert!(more.html.contains("name=\"options[2].menu.options[1].label.fr\" value=\"\" lang=\"fr\" autocomplete=\"off\" autofocus"));
    let fields = controls(&more.html);
    let mut pressed = pairs(&fields);
    pressed.push(("_do", "remove options[0]"));
    let fewer = world.post(&path, &pressed).await.html;
    assert!(fewer.contains("name=\"options[0].label.fr\" value=\"Nos horaires\""));
    assert!(fewer.contains("name=\"options[1].menu.options[0].label.fr\" value=\"Lampes\""));
    assert!(
        world.sample.sent.lock().is_empty(),
        "nothing is saved before Save"
    );
}

#[actix_web::test]
async fn a_signed_on_mailbox_shows_its_servers_whole_and_lets_nobody_type_them() {
    let world = World::new().await;
    let path = "/console/channels/new/email?lang=fr";
    let mut fields = vec![("email.provider", "gmail"), ("_do", "refresh")];
    let before = world.post(path, &fields).await.html;
    assert!(!before.contains("Port IMAP"), "nothing is filled in yet");
    fields.push(("email.sign_on", "so3"));
    let html = world.post(path, &fields).await.html;
    let shown = |label: &str, value: &str| {
        let open = format!(">{label}<span class=\"must\"");
        let parts: Vec<&str> = html.split(open.as_str()).skip(1).collect();
        let mut inputs = parts.iter().map(|part| part.split('>').nth(3).unwrap());
        !parts.is_empty()
            && inputs.all(|input| input.contains(&format!("value=\"{value}\" readonly")))
    };
    for (label, value) in [
        ("Serveur IMAP", "imap.gmail.com"),
        ("Nom d’utilisateur IMAP", "contact@gmail.com"),
        ("Port IMAP", "993"),
        ("Serveur SMTP", "smtp.gmail.com"),
        ("Nom d’utilisateur SMTP", "contact@gmail.com"),
        ("Port SMTP", "587"),
    ] {
        assert!(shown(label, value), "{label}: {html}");
    }
}

#[actix_web::test]
async fn a_form_takes_as_many_questions_as_a_save_does() {
    let world = World::new().await;
    let question = |number: usize| json!({"name": format!("q{number}"), "type": "text", "label": {"fr": "Q"}, "required": false, "choices": []});
    for (count, adds) in [(29, true), (30, false)] {
        let fields: Vec<Value> = (0..count).map(question).collect();
        let form = json!({"id": FORM, "name": "Long", "purpose": "prechat", "fields": fields});
        world.sample.put(Kind::Form, FORM, form);
        let html = world.get(&format!("/console/forms/{FORM}")).await.html;
        assert_eq!(html.contains("value=\"add fields\""), adds, "{count}");
    }
}

#[actix_web::test]
async fn another_provider_sends_nothing_of_the_one_before() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let mut fields = controls(&world.get(&path).await.html);
    for (name, value) in &mut fields {
        if name == "email.provider" {
            *value = "gmail".to_owned();
        }
    }
    world.post(&path, &pairs(&fields)).await;
    let sent = world.sample.sent.lock().pop().unwrap();
    assert_eq!(
        sent["email"],
        json!({"provider": "gmail", "address": "contact@lampyre.example", "attachment_mb_max": 10, "check_interval_secs": 60, "signed_in": false})
    );
}

#[actix_web::test]
async fn a_sign_on_opens_a_window_and_fills_the_form_when_it_is_done() {
    let world = World::new().await;
    let path = "/console/channels/new/facebook";
    let begun = world
        .post(path, &[("name", "Page"), ("_do", "sign-on facebook")])
        .await
        .html;
    assert!(
        begun.contains("href=\"https://login.example/so1\"") && begun.contains("target=\"_blank\"")
    );
    assert!(begun.contains("name=\"facebook.sign_on\" value=\"so1\""));
    let unfinished = "data-unfinished=\"The sign-on is not finished yet. If its window was closed";
    assert!(begun.contains(unfinished), "{begun}");
    let destination = format!("queue:{SUPPORT}");
    let fields = [
        ("name", "Page"),
        ("destination", destination.as_str()),
        ("facebook.sign_on", "so2"),
    ];
    let mut checked = fields.to_vec();
    checked.push(("_do", "check facebook"));
    let filled = world.post(path, &checked).await.html;
    assert!(
        filled.contains("value=\"Lampyre\" readonly") && filled.contains("value=\"1077\" readonly")
    );
    let saved = world.post(path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let sent = world.sample.sent.lock().pop().unwrap();
    assert_eq!(
        sent["facebook"],
        json!({"sign_on": "so2", "page_id": "1077", "page_name": "Lampyre"})
    );
}

#[actix_web::test]
async fn an_account_that_nobody_connected_is_asked_for_once_and_no_path_is_shown() {
    let world = World::new().await;
    let rows = [
        ("facebook", "", "", "sign-on-facebook"),
        (
            "whatsapp",
            "whatsapp.provider",
            "dialog360",
            "sign-on-whatsapp",
        ),
        ("email", "email.provider", "microsoft", "sign-on-microsoft"),
        ("email", "email.provider", "gmail", "sign-on-gmail"),
    ];
    for (kind, name, value, button) in rows {
        let path = format!("/console/channels/new/{kind}?lang=fr");
        let answer = world.post(&path, &[(name, value), ("_do", "save")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let (_, summary) = answer.html.split_once("id=\"summary\"").unwrap();
        let summary = summary.split("</div>").next().unwrap();
        assert_eq!(summary.matches("Connectez d’abord le compte.").count(), 1);
        assert!(
            summary.contains(&format!("href=\"#f-{button}\"")),
            "{summary}"
        );
        assert!(summary.contains("href=\"#f-destination\""), "{summary}");
        assert!(!summary.contains(&format!("{kind}.")), "{summary}");
        let beside = format!("id=\"f-{button}-said\"><span class=\"bad\">");
        assert!(answer.html.contains(&beside), "{kind}");
    }
}

#[actix_web::test]
async fn a_sign_on_that_is_over_is_told_at_the_button_that_begins_another() {
    let world = World::new().await;
    let rows = [
        ("facebook", "facebook.sign_on", "facebook"),
        ("whatsapp", "whatsapp.sign_on", "whatsapp"),
        ("email", "email.sign_on", "gmail"),
    ];
    for (kind, path, company) in rows {
        let check = format!("check {company}");
        for command in [check.as_str(), "refresh", "save"] {
            let fields = [
                (path, "over"),
                ("email.provider", "gmail"),
                ("whatsapp.provider", "dialog360"),
                ("_do", command),
            ];
            let page = format!("/console/channels/new/{kind}?lang=fr");
            let html = world.post(&page, &fields).await.html;
            let said = format!(
                "id=\"f-sign-on-{company}-said\"><span class=\"bad\"><svg class=\"icon\" aria-hidden=\"true\">"
            );
            let (_, said) = html.split_once(&said).unwrap();
            let said = said.split("</span>").next().unwrap();
            assert!(
                said.ends_with("La connexion a expiré. Recommencez."),
                "{said}"
            );
            assert!(!html.contains("value=\"over\""), "{kind} {command}");
        }
    }
}

#[actix_web::test]
async fn a_key_is_shown_once() {
    let world = World::new().await;
    let made = world
        .post(
            "/console/api-keys/new",
            &[("name", "CRM 2"), ("role", "agent")],
        )
        .await;
    assert_eq!(made.status, StatusCode::OK);
    assert!(made.html.contains("ecluse_tVN0"));
    assert!(
        !world
            .get("/console/api-keys")
            .await
            .html
            .contains("ecluse_tVN0")
    );
}

#[actix_web::test]
async fn what_became_of_each_imported_line_is_told() {
    let world = World::new().await;
    let csv = "name,email\nA,a@example.org\nB,b@example.org";
    let html = world
        .post("/console/agents/import", &[("csv", csv)])
        .await
        .html;
    assert!(html.contains("Added: 1, updated: 0, unchanged: 0, skipped: 1."));
    assert!(html.contains("number – It is taken; choose another one."));
}

#[actix_web::test]
async fn settings_without_a_mail_server_send_none() {
    let world = World::new().await;
    let fields = controls(&world.get("/console/settings").await.html);
    let answer = world.post("/console/settings", &pairs(&fields)).await;
    assert_eq!(answer.place, "/console/settings?done=saved");
    let sent = world.sample.sent.lock().pop().unwrap();
    assert_eq!(
        (&sent["mail"], &sent["abuse"]["messages"]),
        (&Value::Null, &json!(20))
    );
    assert_eq!(sent["retention"]["conversation_days"], Value::Null);
}

#[actix_web::test]
async fn a_tenants_licence_is_sent_with_its_name() {
    let world = World::new().await;
    let path = format!("/console/tenants/{TENANT}");
    let shown = world.get(&path).await.html;
    let answer = world.post(&path, &pairs(&controls(&shown))).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.html);
    let sent = world.sample.sent.lock().pop().unwrap();
    assert_eq!(sent["licence"]["agent_seats"], 20);
    assert_eq!(sent["licence"]["modules"], json!(["omnichannel"]));
    assert_eq!(sent["licence"].get("channels_max"), None, "without limit");
}

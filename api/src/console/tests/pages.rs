//! What is shown, and to whom.

use actix_web::http::StatusCode;
use actix_web::test::TestRequest;
use ecluse_engine::configuration::Role;

use super::World;
use super::sample::{CHAT, EMPTY, GUIDE, MAILBOX, SUPPORT, TENANT, TRUNK, WHATSAPP};
use crate::console::catalogue::Catalogue;
use crate::console::language::Lang;

/// Every page that a GET shows.
fn all() -> Vec<String> {
    let slugs = [
        "channels",
        "queues",
        "chatbots",
        "forms",
        "sms-trunks",
        "agents",
        "api-keys",
        "bans",
        "dead-letters",
        "audit",
        "tenants",
        "settings",
        "licence",
        "preview",
    ];
    let lists = slugs.map(|slug| format!("/console/{slug}"));
    let kinds = ["live_chat", "sms", "email", "facebook", "whatsapp"];
    let new = kinds.map(|kind| format!("/console/channels/new/{kind}"));
    let others = [
        "queues",
        "chatbots",
        "forms",
        "sms-trunks",
        "agents",
        "api-keys",
        "bans",
        "tenants",
    ];
    let others = others.map(|slug| format!("/console/{slug}/new"));
    let things = [
        format!("/console/channels/{CHAT}"),
        format!("/console/channels/{MAILBOX}"),
        format!("/console/channels/{WHATSAPP}/delete"),
        format!("/console/queues/{SUPPORT}"),
        format!("/console/chatbots/{GUIDE}"),
        format!("/console/sms-trunks/{TRUNK}"),
        format!("/console/tenants/{TENANT}"),
        "/console/channels/new".to_owned(),
        "/console/agents/import".to_owned(),
    ];
    lists
        .into_iter()
        .chain(new)
        .chain(others)
        .chain(things)
        .collect()
}

#[actix_web::test]
async fn every_page_is_there_in_both_languages_with_every_text_and_nothing_inline() {
    let world = World::new().await;
    for lang in Lang::ALL {
        for path in all() {
            let answer = world.get(&format!("{path}?lang={lang}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            let html = &answer.html;
            assert!(html.contains(&format!("<html lang=\"{lang}\">")), "{path}");
            assert!(
                !html.contains(" style=") && !html.contains(" onclick="),
                "{path} has something inline"
            );
            for script in html.split("<script").skip(1) {
                assert!(
                    script.split('>').next().unwrap().contains("src="),
                    "{path} has an inline script"
                );
            }
            for key in Catalogue::of(lang)
                .keys()
                .into_iter()
                .filter(|key| key.starts_with("console-"))
            {
                let bare =
                    html.contains(&format!(">{key}<")) || html.contains(&format!("\"{key}\""));
                assert!(!bare, "{path}: {key} stands where its text should");
            }
        }
    }
}

#[actix_web::test]
async fn no_two_things_of_a_page_have_one_id_and_every_label_has_its_input() {
    let world = World::new().await;
    for path in all() {
        let html = world.get(&path).await.html;
        let ids: Vec<&str> = html
            .split(" id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{path} has an id twice");
        for name in ["for", "aria-labelledby", "aria-describedby"] {
            for rest in html.split(&format!(" {name}=\"")).skip(1) {
                for id in rest.split('"').next().unwrap().split(' ') {
                    assert!(
                        ids.contains(&id),
                        "{path}: nothing has the id {id} ({name})"
                    );
                }
            }
        }
    }
}

#[actix_web::test]
async fn a_stranger_is_taken_to_the_sign_in_and_comes_back() {
    let world = World::new().await;
    let answer = world
        .send(TestRequest::get().uri("/console/queues?q=a"))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.place, "/login?next=%2Fconsole%2Fqueues%3Fq%3Da");
}

#[actix_web::test]
async fn a_form_without_a_session_leads_back_and_says_that_nothing_was_saved() {
    let world = World::new().await;
    for (path, place) in [
        (
            "/console/queues/new",
            "/login?next=%2Fconsole%2Fqueues%2Fnew&unsaved=1",
        ),
        (
            "/console/dead-letters/1/retry",
            "/login?next=%2Fconsole%2Fdead-letters&unsaved=1",
        ),
        ("/console/sign-out", "/login?next=%2Fconsole"),
    ] {
        let request = TestRequest::post().uri(path).set_payload("name=a&_csrf=");
        let answer = world.send(request).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(answer.place, place);
    }
    assert!(world.sample.sent.lock().is_empty());
}

#[actix_web::test]
async fn agents_and_supervisors_are_told_that_the_page_is_not_theirs() {
    for role in [Role::Agent, Role::Supervisor] {
        let world = World::of(role).await;
        let answer = world.get("/console/channels").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.html.contains("This page is for administrators"));
        let saved = world.post("/console/queues/new", &[("name", "a")]).await;
        assert_eq!(saved.status, StatusCode::FORBIDDEN);
        assert!(world.sample.sent.lock().is_empty());
    }
}

#[actix_web::test]
async fn a_form_of_another_site_changes_nothing() {
    let world = World::new().await;
    let body = "name=a&_csrf=";
    let request = TestRequest::post()
        .uri("/console/queues/new")
        .cookie(world.cookie())
        .insert_header(("Sec-Fetch-Site", "same-origin"))
        .set_payload(body);
    assert_eq!(world.send(request).await.status, StatusCode::FORBIDDEN);
    assert!(world.sample.sent.lock().is_empty());
}

#[actix_web::test]
async fn the_list_of_channels_has_exactly_six_columns_and_five_kinds() {
    let world = World::new().await;
    let html = world.get("/console/channels?lang=fr").await.html;
    let columns: Vec<&str> = html
        .split("role=\"columnheader\"")
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().1.split('<').next().unwrap())
        .collect();
    let expected = [
        "Canal",
        "E-mail/Numéro/Domaine",
        "Destination",
        "Routage",
        "Modifier",
        "Supprimer",
    ];
    assert_eq!(columns, expected);
    for kind in [
        "Discussion en direct",
        "SMS",
        "E-mail",
        "Facebook",
        "WhatsApp",
    ] {
        assert!(html.contains(kind), "{kind}");
    }
}

#[actix_web::test]
async fn routing_says_how_messages_are_handed_out_and_health_says_why_not() {
    let world = World::new().await;
    let html = world.get("/console/channels").await.html;
    for text in [
        "Queue: Auto Assignment",
        "Queue: Manual Assignment",
        "Chatbot",
        "Degraded: IMAP – The server refused the user name or the password.",
        "Sign-in required",
        "To be deleted on 30 Nov 2026",
        "This queue has no agents",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

#[actix_web::test]
async fn who_hears_nothing_outside_of_operation_times_is_told_of_beside_the_times_and_the_texts() {
    let world = World::new().await;
    let pages = [
        "/console/settings".to_owned(),
        format!("/console/queues/{SUPPORT}"),
        format!("/console/queues/{EMPTY}"),
        format!("/console/channels/{MAILBOX}"),
    ];
    let warning = "hears nothing";
    for page in &pages {
        let html = world.get(page).await.html;
        assert!(html.contains(warning), "{page}");
    }
    let chat = world.get(&format!("/console/channels/{CHAT}")).await.html;
    assert!(!chat.contains(warning), "its page says so by itself");
    let replies = serde_json::json!({"outside_hours": {"en": "We are closed"}});
    for number in 2..=5 {
        let id = format!("33333333-0000-4000-8000-00000000000{number}");
        let kind = crate::console::backend::Kind::Channel;
        let sample = &world.sample;
        sample.change(kind, &id, "auto_replies", replies.clone());
    }
    for page in &pages {
        let html = world.get(page).await.html;
        assert!(!html.contains(warning), "{page}");
    }
}

#[actix_web::test]
async fn a_trunk_that_carries_nothing_is_marked_where_it_is_chosen() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::SmsTrunk;
    let path = "/console/channels/new/sms?lang=en";
    assert!(world.get(path).await.html.contains(">Twilio</option>"));
    let off = serde_json::json!(false);
    world.sample.change(kind, TRUNK, "enabled", off);
    let html = world.get(path).await.html;
    assert!(html.contains(">Twilio – Disabled</option>"), "{html}");
}

#[actix_web::test]
async fn what_was_done_is_told_of_a_thing_only() {
    let world = World::new().await;
    let told = "class=\"flash\"";
    let bare = world.get("/console/queues?done=created").await.html;
    assert!(!bare.contains(told), "{bare}");
    for path in [
        format!("/console/queues?done=created&id={SUPPORT}"),
        format!("/console/queues/{SUPPORT}?done=created"),
    ] {
        let html = world.get(&path).await.html;
        assert!(html.contains(told), "{path}: {html}");
    }
}

#[actix_web::test]
async fn a_mailbox_that_nobody_tried_is_not_called_connected() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Channel;
    let path = "/console/channels?kind=email&lang=fr";
    world
        .sample
        .change(kind, MAILBOX, "state", serde_json::json!("active"));
    for (last, badge, filter) in [
        (
            serde_json::Value::Null,
            "badge plain\" title=\"Pas encore essayé",
            "untried",
        ),
        (
            serde_json::json!("2026-11-02T08:00:00Z"),
            "badge good\" title=\"Connecté",
            "active",
        ),
    ] {
        let health = serde_json::json!({"state": "healthy", "last_worked_at": last});
        world.sample.change(kind, MAILBOX, "health", health);
        for path in [path.to_owned(), format!("{path}&state={filter}")] {
            let html = world.get(&path).await.html;
            assert!(html.contains(badge), "{path}: {html}");
        }
    }
    let untried = format!("{path}&state=untried");
    assert!(!world.get(&untried).await.html.contains("badge good"));
}

#[actix_web::test]
async fn a_deletion_that_is_pending_hides_no_trouble() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Channel;
    let rows = [
        ("degraded", ("bad", "Degraded: "), "does not work entirely"),
        (
            "sign_in_required",
            ("warn", "Sign-in required"),
            "expired or was withdrawn",
        ),
    ];
    for (state, (tone, badge), notice) in rows {
        let health = serde_json::json!({"state": state, "reason": "whatsapp: sign_in.refused"});
        world.sample.change(kind, WHATSAPP, "health", health);
        let filtered = format!("/console/channels?kind=whatsapp&state={state}");
        for path in [
            filtered.as_str(),
            "/console/channels?state=pending_deletion",
        ] {
            let html = world.get(path).await.html;
            assert!(html.contains("To be deleted on 30 Nov 2026"), "{path}");
            assert!(
                html.contains(&format!("<span class=\"badge {tone}\" title=\"{badge}")),
                "{path}"
            );
        }
        let html = world
            .get(&format!("/console/channels/{WHATSAPP}"))
            .await
            .html;
        assert!(html.contains("To be deleted on"));
        assert!(html.contains(&format!("<span class=\"badge {tone}\">{badge}")));
        assert!(
            html.contains("can reactivate it") && html.contains(notice),
            "{html}"
        );
    }
}

/// The lines of a note: how each is marked, and its words.
fn lines(html: &str) -> Vec<(&str, &str)> {
    let (_, note) = html.split_once("<div class=\"note\">").unwrap();
    let note = note.split("</ul>").next().unwrap();
    let line = |line| {
        let (mark, words) = str::split_once(line, '>').unwrap();
        let words = words.rsplit("</svg>").next().unwrap();
        (mark, words.split('<').next().unwrap())
    };
    note.split("<li").skip(1).map(line).collect()
}

#[actix_web::test]
async fn what_a_company_needs_is_marked_by_what_the_licence_and_the_installation_have() {
    let world = World::new().await;
    let (met, unmet) = (" class=\"met\"", " class=\"unmet\"");
    let version = format!("Écluse {}, installé ici", env!("CARGO_PKG_VERSION"));
    let html = world
        .get("/console/channels/new/facebook?lang=fr")
        .await
        .html;
    let found = lines(&html);
    for line in [
        (met, version.as_str()),
        (
            met,
            "Édition Agent\u{a0}: assez de places pour la charge prévue (places\u{a0}: 20, personnes\u{a0}: 19)",
        ),
        (met, "Édition Superviseur\u{a0}: des places"),
        (met, "Le module Omnichannel dans votre licence"),
        (
            met,
            "Le service de connexion aux comptes, configuré sur cette installation",
        ),
        ("", "Un compte Facebook actif"),
    ] {
        assert!(found.contains(&line), "{line:?} {found:?}");
    }
    *world.sample.supervisor_seats.lock() = 0;
    let html = world
        .get("/console/channels/new/whatsapp?lang=fr")
        .await
        .html;
    let found = lines(&html);
    assert!(
        found.contains(&(unmet, "Édition Superviseur\u{a0}: des places – manque")),
        "{found:?}"
    );
    let setting = "«\u{a0}providers.dialog360_partner_id\u{a0}» de cette installation – manque";
    let is_told =
        |(mark, words): &(&str, &str)| mark.starts_with(unmet) && words.ends_with(setting);
    assert!(found.iter().any(is_told), "{found:?}");
}

#[actix_web::test]
async fn a_number_of_metas_own_is_told_to_need_no_connect_service_and_no_partner() {
    let world = World::new().await;
    let path = "/console/channels/new/whatsapp?lang=fr";
    let words = [
        "Le service de connexion aux comptes",
        "Un compte partenaire WhatsApp 360Dialog",
        "Une application Meta",
    ];
    let rows = [
        ("dialog360", [true, true, false]),
        ("cloud", [false, false, true]),
    ];
    for (provider, expected) in rows {
        let fields = [("whatsapp.provider", provider), ("_do", "refresh")];
        let html = world.post(path, &fields).await.html;
        let found = lines(&html);
        let shown = words.map(|words| {
            let line = found.iter().find(|(_, line)| line.starts_with(words));
            let (mark, _) = line.unwrap();
            assert!(mark.contains("data-when=\"whatsapp.provider\""), "{mark}");
            !mark.ends_with(" hidden")
        });
        assert_eq!(shown, expected, "{provider}");
        assert!(found.contains(&("", "Un numéro qui vous appartient")));
    }
}

#[actix_web::test]
async fn a_new_channel_is_read_from_its_top_and_outcomes_have_a_place_that_stays() {
    let world = World::new().await;
    for kind in ["facebook", "whatsapp"] {
        let path = format!("/console/channels/new/{kind}");
        let html = world.get(&path).await.html;
        assert!(!html.contains(" autofocus"), "{kind}");
        // Beside the form, which is replaced with each answer.
        let place = "</form>\n</div>\n<p class=\"visually-hidden\" role=\"status\" data-said></p>";
        assert!(html.contains(place), "{kind}");
    }
}

#[actix_web::test]
async fn why_an_icon_warns_is_shown_to_whoever_points_at_it() {
    let world = World::new().await;
    for path in ["/console/channels", "/console/queues"] {
        let html = world.get(path).await.html;
        let beside = "</summary></details><span class=\"hint-text\">This queue has no agents";
        assert!(
            html.contains(beside),
            "{path}: a closed part hides the text"
        );
    }
    let style = include_str!("../web/assets/console.css");
    let shown = ":is(.hint:hover, .hint:focus-within) > .hint-text, .hint > [open] + .hint-text { display: block; }";
    assert!(style.contains(shown));
}

#[actix_web::test]
async fn a_list_is_searched_and_filtered_by_its_address() {
    let world = World::new().await;
    let rows = |html: &str| html.matches("<tr role=\"row\"").count() - 1;
    assert_eq!(rows(&world.get("/console/channels").await.html), 5);
    assert_eq!(
        rows(&world.get("/console/channels?kind=email").await.html),
        1
    );
    assert_eq!(rows(&world.get("/console/channels?q=ventes").await.html), 1);
    assert_eq!(
        rows(
            &world
                .get("/console/channels?state=pending_deletion")
                .await
                .html
        ),
        1
    );
    assert!(
        world
            .get("/console/channels?q=nowhere")
            .await
            .html
            .contains("Nothing found")
    );
}

#[actix_web::test]
async fn a_domain_of_another_script_reads_in_it_and_is_found_by_either_spelling() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Channel;
    let stored = serde_json::json!("xn--mnchen-3ya.example");
    let chat = serde_json::json!({"domains": [stored], "standalone": false});
    for (member, value) in [
        ("name", stored.clone()),
        ("address", stored),
        ("live_chat", chat),
    ] {
        world.sample.change(kind, CHAT, member, value);
    }
    let rows = |html: &str| html.matches("<tr role=\"row\"").count() - 1;
    for asked in ["m%C3%BCnchen", "xn--mnchen-3ya"] {
        let html = world.get(&format!("/console/channels?q={asked}")).await;
        assert_eq!(rows(&html.html), 1, "{asked}");
    }
    for path in [
        "/console/channels".to_owned(),
        format!("/console/channels/{CHAT}/delete"),
    ] {
        let html = world.get(&path).await.html;
        assert!(html.contains("münchen.example"), "{path}");
        assert!(!html.contains("xn--"), "{path}");
    }
    let html = world.get(&format!("/console/channels/{CHAT}")).await.html;
    let domain = "name=\"live_chat.domains[0]\" type=\"text\" value=\"münchen.example\"";
    assert!(html.contains(domain), "{html}");
}

#[actix_web::test]
async fn a_preview_and_a_ban_show_a_domain_in_its_script() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Ban;
    let address = serde_json::json!("fou@xn--mnchen-3ya.example");
    world.sample.change(kind, "1", "address", address);
    for path in [
        "/console/bans",
        "/console/bans/1/delete",
        "/console/preview?title=xn--mnchen-3ya.example",
    ] {
        let html = world.get(path).await.html;
        assert!(html.contains("münchen.example"), "{path}");
        assert!(!html.contains("xn--"), "{path}");
    }
}

#[actix_web::test]
async fn the_choice_of_a_kind_leads_to_its_settings_and_none_is_refused() {
    let world = World::new().await;
    let chosen = world.get("/console/channels/new?kind=sms").await;
    assert_eq!(
        (chosen.status, chosen.place.as_str()),
        (StatusCode::SEE_OTHER, "/console/channels/new/sms")
    );
    let none = world.get("/console/channels/new?chosen=").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.html.contains("Choose a kind of channel."));
    assert_eq!(
        world.get("/console/channels/new/fax").await.status,
        StatusCode::NOT_FOUND
    );
}

#[actix_web::test]
async fn a_number_that_nobody_named_is_called_by_its_number_in_groups() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Channel;
    for member in ["name", "address"] {
        let number = serde_json::json!("+33639980002");
        world.sample.change(kind, WHATSAPP, member, number);
    }
    let path = format!("/console/channels/{WHATSAPP}?lang=fr");
    let html = world.get(&path).await.html;
    assert!(
        html.contains("+33 6 39 98 00 02 <span class=\"badge"),
        "{html}"
    );
    assert!(html.contains("Vide\u{a0}: le numéro."), "{html}");
    let list = world.get("/console/channels?kind=whatsapp").await.html;
    for html in [html, list] {
        assert!(html.contains("+33 6 39 98 00 02"), "{html}");
        assert!(!html.contains("+33639980002"), "{html}");
    }
}

#[actix_web::test]
async fn a_chat_without_a_domain_has_its_own_page_and_is_connected() {
    let world = World::new().await;
    let chat = serde_json::json!({"id": "c", "kind": "live_chat", "name": "Lien", "address": "", "state": "active",
        "destination": {"queue": SUPPORT}, "live_chat": {"domains": [], "standalone": true}});
    let kind = crate::console::backend::Kind::Channel;
    world.sample.put(kind, "c", chat);
    let html = world.get("/console/channels?q=Lien&lang=fr").await.html;
    assert!(html.contains("Page à part, par son lien"), "{html}");
    assert!(!html.contains("Pas encore connecté"));
}

#[actix_web::test]
async fn the_link_to_a_chats_own_page_is_there_to_copy_and_no_code_that_nobody_could_use() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Channel;
    let path = format!("/console/channels/{CHAT}?lang=fr");
    let link = format!("<code id=\"standalone-link\">https://chat.example.org/chat/{CHAT}</code>");
    let code = "<code id=\"snippet\">";
    for (domains, standalone, shows) in [
        (serde_json::json!(["a.example"]), false, (true, false)),
        (serde_json::json!(["a.example"]), true, (true, true)),
        (serde_json::json!([]), true, (false, true)),
    ] {
        let chat = serde_json::json!({"domains": domains, "standalone": standalone});
        world.sample.change(kind, CHAT, "live_chat", chat);
        let html = world.get(&path).await.html;
        let shown = (html.contains(code), html.contains(&link));
        assert_eq!(shown, shows, "{domains} {standalone}");
        let copied = html.contains("data-copy=\"standalone-link\"");
        assert_eq!(copied, standalone, "{html}");
    }
    let html = world.get(&path).await.html;
    let said = "Aucun domaine\u{a0}: la discussion ne s’ouvre que sur sa page à part.";
    assert!(html.contains(said), "{html}");
}

#[actix_web::test]
async fn a_chats_domain_is_marked_as_needed_unless_it_has_a_page_of_its_own() {
    let world = World::new().await;
    let path = "/console/channels/new/live_chat?lang=fr";
    let label = "id=\"f-live-chat-domains-label\">Domaine";
    let html = world.get(path).await.html;
    assert!(
        html.contains(&format!("{label}<span class=\"must\"")),
        "{html}"
    );
    let fields = [("name", "Boutique"), ("_do", "save")];
    let html = world.post(path, &fields).await.html;
    assert!(html.contains("Indiquez au moins un domaine, ou"), "{html}");
    let fields = [("live_chat.standalone", "true"), ("_do", "refresh")];
    let html = world.post(path, &fields).await.html;
    assert!(html.contains(&format!("{label}</p>")), "{html}");
}

#[actix_web::test]
async fn a_password_is_marked_as_needed_until_one_is_stored() {
    let world = World::new().await;
    let needed = async |path: &str, name: &str| {
        let html = world.get(path).await.html;
        let input = html
            .split("<input ")
            .find(|tag| tag.contains(&format!("name=\"{name}\"")));
        input
            .unwrap()
            .split('>')
            .next()
            .unwrap()
            .contains(" required")
    };
    for name in ["email.imap.password", "email.smtp.password"] {
        assert!(needed("/console/channels/new/email", name).await, "{name}");
        let saved = format!("/console/channels/{MAILBOX}");
        assert!(!needed(&saved, name).await, "{name}");
    }
    let trunk = "/console/sms-trunks/new";
    assert!(needed(trunk, "twilio.auth_token").await);
    assert!(!needed(trunk, "http.token").await);
}

#[actix_web::test]
async fn a_long_list_is_shown_in_pages() {
    let world = World::new().await;
    for number in 0..1000 {
        let mut body = serde_json::json!({"kind": "sms", "name": format!("Channel {number:04}"), "state": "active"});
        body["address"] = format!("+3360000{number:04}").into();
        body["destination"] = serde_json::json!({"queue": SUPPORT});
        world.sample.put(
            crate::console::backend::Kind::Channel,
            &format!("a{number:04}"),
            body,
        );
    }
    let html = world.get("/console/channels?page=2").await.html;
    assert!(
        html.contains("51 to 100 of 1,005") || html.contains("51 to 100 of 1005"),
        "{html}"
    );
    assert_eq!(html.matches("<tr role=\"row\"").count(), 51);
}

#[actix_web::test]
async fn the_trail_shows_what_changed_and_no_secret() {
    let world = World::new().await;
    let html = world.get("/console/audit").await.html;
    assert!(html.contains("<del>20</del>") && html.contains("<ins>30</ins>"));
    assert!(html.contains("••••••") && !html.contains(">a</del>"));
    let rows = |html: &str| html.matches("<tr role=\"row\"").count() - 1;
    assert_eq!(
        rows(&world.get("/console/audit?resource=channel").await.html),
        1
    );
}

#[actix_web::test]
async fn the_trail_says_what_was_chosen_as_the_form_does_and_nobody_is_called_system() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Audit;
    let record = |resource: &str, before: serde_json::Value, after: serde_json::Value| {
        serde_json::json!({"at": "2026-11-26T17:40:00Z", "editor": {"kind": "system", "name": "system"},
            "resource": resource, "resource_id": SUPPORT, "action": "changed", "before": before, "after": after})
    };
    let times = serde_json::json!({"status": "on", "open_days": [{"day": "monday", "from": "09:00", "to": "12:00"}]});
    let queue = record(
        "queue",
        serde_json::json!({"strategy": "auto", "operation_times": {"status": "inherit"}}),
        serde_json::json!({"strategy": "manual", "operation_times": times}),
    );
    let agent = record(
        "agent",
        serde_json::json!({"role": "agent"}),
        serde_json::json!({"role": "supervisor"}),
    );
    let channel = record(
        "channel",
        serde_json::json!({"state": "active", "health": {"state": "healthy"}}),
        serde_json::json!({"state": "deleted", "health": {"state": "degraded", "reason": "imap: sign_in.refused"}}),
    );
    let leads_to = |queue: &str| {
        let below = serde_json::json!([{"label": {"fr": "Facture"}, "queue": queue}]);
        let above = serde_json::json!([{"label": {"fr": "Commande"}, "menu": {"options": below}}]);
        serde_json::json!({"name": "Guide", "options": above})
    };
    let chatbot = record("chatbot", leads_to(SUPPORT), leads_to(EMPTY));
    for (id, body) in [
        ("21", queue),
        ("22", agent),
        ("23", channel),
        ("24", chatbot),
    ] {
        world.sample.put(kind, id, body);
    }
    let html = world.get("/console/audit?lang=fr").await.html;
    for text in [
        "<del>Attribution automatique</del> <ins>Attribution manuelle</ins>",
        "<del>Hériter</del> <ins>Oui</ins>",
        "<ins>Lundi 09:00–12:00</ins>",
        "<del>Agent</del> <ins>Superviseur</ins>",
        "<del>actif</del> <ins>supprimé</ins>",
        "<del>Commande, Facture, Support</del> <ins>Commande, Facture, Ventes</ins>",
        "<del>Sans problème connu</del> <ins>Dégradé</ins>",
        "<ins>IMAP – Le serveur a refusé l’identifiant ou le mot de passe.</ins>",
        "Automatique",
    ] {
        assert!(html.contains(text), "{text}: {html}");
    }
    assert!(!html.contains(">system<"), "{html}");
}

#[actix_web::test]
async fn seats_are_compared_with_those_at_work_and_people_have_no_limit() {
    let world = World::new().await;
    for (lang, at_work, people) in [
        ("fr", "12 sur 20", "19, sans limite"),
        ("en", "12 of 20", "19, no limit"),
    ] {
        let path = format!("/console/licence?lang={lang}");
        let html = world.get(&path).await.html;
        for words in [at_work, people] {
            let figure = format!("<p class=\"figure\">{words}</p>");
            assert!(html.contains(&figure), "{words}: {html}");
        }
    }
}

#[actix_web::test]
async fn a_closing_reply_is_said_to_go_out_after_a_silence_too() {
    let world = World::new().await;
    for (lang, said) in [
        ("fr", "un long silence la clôt"),
        ("en", "a long silence does"),
    ] {
        let path = format!("/console/channels/{CHAT}?lang={lang}");
        assert!(world.get(&path).await.html.contains(said), "{lang}");
    }
}

#[actix_web::test]
async fn the_alert_address_is_said_to_hear_of_automatic_bans_and_of_no_others() {
    let world = World::new().await;
    for (lang, automatic, by_hand) in [
        (
            "fr",
            "banni automatiquement",
            "Un bannissement à la main n’en envoie pas.",
        ),
        ("en", "banned automatically", "A ban by hand sends none."),
    ] {
        let path = format!("/console/settings?lang={lang}");
        let html = world.get(&path).await.html;
        assert!(html.contains(automatic) && html.contains(by_hand), "{lang}");
    }
}

//! The live chat as a site and its visitors' browsers ask for it.

use ecluse_adapters::storage::config_db::{ChannelDraft, Editor, LiveChatDraft, SettingsDraft};
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Destination;
use ecluse_engine::texts::Language;
use reqwest::Method;
use serde_json::Value;

use crate::chat_world::{Prepared, SITE, Setup, World};

#[tokio::test]
async fn only_the_channels_sites_are_given_a_token() {
    let world = World::new().await;
    let token = world.chat_path("/token");
    let rows = [
        (Some(SITE), 200),
        (Some("http://localhost:3000"), 200),
        (Some("https://evil.example"), 403),
        (Some("https://shop.example.evil.test"), 403),
        (Some("null"), 403),
        (None, 403),
    ];
    for (origin, status) in rows {
        for (method, path) in [
            (Method::POST, token.clone()),
            (Method::GET, format!("{token}.js?at=1")),
        ] {
            let mut request = world.request(method, &path);
            if let Some(origin) = origin {
                request = request.header("Origin", origin);
            }
            let answer = request.send().await.unwrap();
            let allowed = answer
                .headers()
                .get("Access-Control-Allow-Origin")
                .map(|value| value.to_str().unwrap());
            assert_eq!(
                (answer.status().as_u16(), allowed),
                (status, origin.filter(|_| status == 200)),
                "{path}"
            );
            assert!(
                answer.headers()["Vary"]
                    .to_str()
                    .unwrap()
                    .contains("Origin")
            );
            assert_eq!(answer.headers()["Cache-Control"], "no-store");
            let text = answer.text().await.unwrap();
            if status == 200 {
                let json = text
                    .trim_start_matches("export default ")
                    .trim_end_matches(';');
                let granted: Value = serde_json::from_str(json).unwrap();
                assert_eq!(
                    (&granted["expires_in"], &granted["theme_color"]),
                    (&300.into(), &"#0a6ebd".into())
                );
                assert!(granted["token"].as_str().unwrap().len() > 40);
            } else {
                let problem: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(problem["code"], "origin_refused");
            }
        }
    }
    for unknown in [
        "/chat/00000000-0000-0000-0000-000000000009/token",
        "/chat/nothing/token",
    ] {
        let answer = world
            .request(Method::POST, unknown)
            .header("Origin", SITE)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 404, "{unknown}");
    }
}

#[tokio::test]
async fn a_browser_may_ask_before_it_asks() {
    let world = World::new().await;
    for (origin, status) in [(SITE, 204), ("https://evil.example", 403)] {
        let request = world
            .request(Method::OPTIONS, &world.chat_path("/token"))
            .header("Origin", origin);
        let answer = request
            .header("Access-Control-Request-Method", "POST")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{origin}");
        let headers = answer.headers();
        let allowed = headers
            .get("Access-Control-Allow-Origin")
            .is_some_and(|allowed| allowed == origin);
        assert_eq!(allowed, status == 204);
        assert_eq!(
            headers.get("Access-Control-Allow-Methods").is_some(),
            status == 204
        );
    }
}

#[tokio::test]
async fn the_page_is_for_the_channels_sites_only() {
    let world = World::new().await;
    let alone = World::with(Setup {
        standalone: true,
        ..Setup::default()
    })
    .await;
    let sites = "frame-ancestors http://shop.example:* https://shop.example:* http://localhost:3000 https://localhost:3000";
    let good = world.site_token().await;
    let rows = [
        (&world, format!("?token={good}"), 200, sites.to_owned()),
        (&world, String::new(), 403, sites.to_owned()),
        (&world, "?token=forged".to_owned(), 403, sites.to_owned()),
        (&alone, String::new(), 200, format!("{sites} 'self'")),
    ];
    for (world, query, status, ancestors) in rows {
        let answer = world
            .request(Method::GET, &world.chat_path(&query))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{query}");
        let policy = answer.headers()["Content-Security-Policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(policy.ends_with(&ancestors), "{policy}");
        assert_eq!(policy.matches("frame-ancestors").count(), 1, "{policy}");
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(
            answer.headers().get("X-Frame-Options").is_none(),
            "it has no word for a list of sites"
        );
        let is_chat = answer
            .text()
            .await
            .unwrap()
            .contains(&format!("data-channel=\"{}\"", world.channel));
        assert_eq!(is_chat, status == 200);
    }
    let nothing = world
        .request(Method::GET, "/chat/nothing")
        .send()
        .await
        .unwrap();
    assert_eq!(nothing.status(), 403);
    assert!(
        nothing.headers()["Content-Security-Policy"]
            .to_str()
            .unwrap()
            .ends_with("frame-ancestors 'none'")
    );
}

#[tokio::test]
async fn a_visitor_who_speaks_neither_language_gets_the_channels() {
    let world = World::with(Setup {
        standalone: true,
        channel: Some(|draft, _| ChannelDraft {
            language: Some(Language::Fr),
            ..draft
        }),
        ..Setup::default()
    })
    .await;
    for (accepted, query, lang) in [
        ("de-DE, de;q=0.9", "", "fr"),
        ("de-DE, en;q=0.5", "", "en"),
        ("de-DE", "?lang=en", "en"),
        ("", "", "fr"),
    ] {
        let page = world
            .request(Method::GET, &world.chat_path(query))
            .header("Accept-Language", accepted)
            .send()
            .await
            .unwrap();
        let text = page.text().await.unwrap();
        let said = format!("<html lang=\"{lang}\"");
        assert!(text.contains(&said), "{accepted} {query}: {text}");
    }
    let granted = world
        .request(Method::POST, &world.chat_path("/token"))
        .header("Origin", SITE)
        .send()
        .await
        .unwrap();
    let granted: Value = granted.json().await.unwrap();
    assert_eq!(granted["language"], "fr");
}

#[tokio::test]
async fn the_launcher_runs_on_any_site() {
    let world = World::new().await;
    let answer = world
        .request(Method::GET, "/widget.js")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let headers = answer.headers();
    assert_eq!(headers["Access-Control-Allow-Origin"], "*");
    assert_eq!(headers["Cross-Origin-Resource-Policy"], "cross-origin");
    assert!(
        headers["Content-Type"]
            .to_str()
            .unwrap()
            .starts_with("text/javascript")
    );
    assert!(
        headers["Cache-Control"]
            .to_str()
            .unwrap()
            .contains("max-age")
    );
    let tag = headers["ETag"].clone();
    let again = world
        .request(Method::GET, "/widget.js")
        .header("If-None-Match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
}

#[tokio::test]
async fn the_title_stands_at_the_top_and_else_the_channels_name() {
    fn titled(mut draft: ChannelDraft, _: &Prepared) -> ChannelDraft {
        if let SettingsDraft::LiveChat(chat) = &mut draft.settings {
            chat.title.fr = Some("Parlons-en".to_owned());
        }
        draft
    }
    let change: fn(ChannelDraft, &Prepared) -> ChannelDraft = titled;
    for (channel, title) in [(Some(change), "Parlons-en"), (None, "Boutique")] {
        let world = World::with(Setup {
            standalone: true,
            channel,
            ..Setup::default()
        })
        .await;
        let asked = world.request(Method::GET, &world.chat_path("?lang=fr"));
        let page = asked.send().await.unwrap().text().await.unwrap();
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{page}");
        assert!(page.contains(&format!("<title>{title}")), "{page}");
    }
}

#[tokio::test]
async fn a_channel_that_is_saved_is_served_before_its_editor_hears_of_it() {
    let world = World::new().await;
    let (config, editor) = (&world.app.config, Editor::system(TenantId::DEFAULT));
    let draft = |domain: String| {
        let chat = LiveChatDraft {
            domains: vec![domain],
            ..LiveChatDraft::default()
        };
        ChannelDraft::new(
            Destination::Queue(world.queue),
            SettingsDraft::LiveChat(chat),
        )
    };
    for number in 0..20 {
        let first = draft(format!("a{number}.example"));
        let channel = config.create_channel(&editor, first).await.unwrap().id;
        let token = format!("/chat/{channel}/token");
        for (site, change) in [("a", false), ("b", true)] {
            let domain = format!("{site}{number}.example");
            if change {
                let next = draft(domain.clone());
                let changed = config.change_channel(&editor, channel, None, next).await;
                changed.unwrap();
            }
            let asked = world.request(Method::POST, &token);
            let asked = asked.header("Origin", format!("https://{domain}"));
            assert_eq!(asked.send().await.unwrap().status(), 200, "{domain}");
        }
    }
}

#[tokio::test]
async fn the_frame_is_let_in_at_the_address_that_the_settings_say() {
    let world = World::with(Setup {
        public_url: Some("https://chat.example.org"),
        ..Setup::default()
    })
    .await;
    // A server that has just begun reads the settings beside its first requests.
    while let Err(status) = world
        .connect(Some("https://chat.example.org"))
        .await
        .map(drop)
    {
        assert_eq!(status, 403);
        tokio::task::yield_now().await;
    }
    let stranger = world.connect(Some("https://chat.example.net")).await;
    assert_eq!(stranger.err(), Some(403));
}

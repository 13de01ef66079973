//! Signing in, as a browser and its enemies see it.

use std::time::Duration;

use actix_web::cookie::SameSite;
use actix_web::http::Method;
use ecluse_adapters::storage::config_db::Token;
use ecluse_api::auth::first_start;
use ecluse_engine::configuration::Role;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::world::{ORIGIN, PASSWORD, World};

const SESSION: &str = "/api/v1/session";
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

#[actix_web::test]
async fn a_session_begins_with_a_cookie_and_ends_with_it() {
    let world = World::new().await;
    let person = world.person("ada@example.com", Role::Supervisor).await;
    let answer = world
        .post(SESSION, &credentials(" Ada@Example.com ", PASSWORD))
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let user = json!({
        "id": person, "name": "Somebody", "email": "ada@example.com", "role": "supervisor", "number": "0001",
        "language": null,
    });
    assert_eq!(answer.json()["user"], user);
    let cookie = answer.cookie();
    assert_eq!(cookie.http_only(), Some(true));
    assert_eq!(cookie.same_site(), Some(SameSite::Lax));
    assert_eq!(cookie.path(), Some("/"));
    assert_ne!(cookie.secure(), Some(true), "plain http on a loopback host");
    assert!(
        !world.files_hold(cookie.value()),
        "only the token's digest is stored"
    );

    let session = (
        cookie,
        answer.json()["csrf_token"].as_str().unwrap().to_owned(),
    );
    let shown = world.get(SESSION).cookie(&session.0).send().await;
    assert_eq!(shown.json(), answer.json());
    let ended = world.delete(SESSION).session(&session).send().await;
    assert_eq!((ended.status.as_u16(), ended.cookie().value()), (204, ""));
    assert_eq!(
        world
            .get(SESSION)
            .cookie(&session.0)
            .send()
            .await
            .refusal()
            .0,
        401
    );
}

#[actix_web::test]
async fn the_cookie_stays_on_secure_connections() {
    for (public_url, secure) in [
        ("https://desk.example.com", true),
        ("http://desk.example.com", true),
        ("https://127.0.0.1:8443", true),
        ("http://localhost:8080", false),
        ("http://[::1]:8080", false),
    ] {
        let world = World::at(public_url).await;
        world.person("ada@example.com", Role::Agent).await;
        let answer = world
            .post(SESSION, &credentials("ada@example.com", PASSWORD))
            .send()
            .await;
        assert_eq!(
            answer.cookie().secure().unwrap_or(false),
            secure,
            "{public_url}"
        );
    }
}

#[actix_web::test]
async fn a_cookie_alone_changes_nothing() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Administrator).await;
    let (cookie, csrf) = world.sign_in("ada@example.com").await;
    let (_, other_csrf) = world.sign_in("ada@example.com").await;
    let rows: [(&[(&str, &str)], bool); 9] = [
        (
            &[("X-CSRF-Token", &csrf), ("Sec-Fetch-Site", "same-origin")],
            true,
        ),
        (&[("X-CSRF-Token", &csrf), ("Sec-Fetch-Site", "none")], true),
        (&[("X-CSRF-Token", &csrf), ("Origin", ORIGIN)], true),
        (
            &[
                ("X-CSRF-Token", &csrf),
                ("Sec-Fetch-Site", "cross-site"),
                ("Origin", ORIGIN),
            ],
            false,
        ),
        (
            &[("X-CSRF-Token", &csrf), ("Origin", "https://evil.test")],
            false,
        ),
        (&[("X-CSRF-Token", &csrf)], false),
        (
            &[
                ("X-CSRF-Token", &other_csrf),
                ("Sec-Fetch-Site", "same-origin"),
            ],
            false,
        ),
        (&[("Sec-Fetch-Site", "same-origin")], false),
        (&[], false),
    ];
    for (n, (headers, passes)) in rows.into_iter().enumerate() {
        let body = json!({ "name": format!("Queue {n}"), "strategy": "auto" });
        let mut call = world.post("/api/v1/queues", &body).cookie(&cookie);
        for (name, value) in headers {
            call = call.header(name, value);
        }
        let answer = call.send().await;
        match passes {
            true => assert_eq!(answer.status, 201, "{headers:?}: {}", answer.text()),
            false => assert_eq!(answer.refusal(), (403, "csrf".to_owned()), "{headers:?}"),
        }
    }
    let read = world
        .get("/api/v1/queues")
        .cookie(&cookie)
        .header("Sec-Fetch-Site", "cross-site")
        .send()
        .await;
    assert_eq!(
        read.json()["items"].as_array().unwrap().len(),
        3,
        "reading needs no token"
    );
}

#[actix_web::test]
async fn another_sites_page_cannot_sign_anybody_in() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Agent).await;
    for (name, value, refused) in [
        ("Sec-Fetch-Site", "cross-site", true),
        ("Origin", "https://evil.test", true),
        ("Origin", ORIGIN, false),
        ("Sec-Fetch-Site", "same-origin", false),
    ] {
        let call = world
            .post(SESSION, &credentials("ada@example.com", PASSWORD))
            .header(name, value);
        assert_eq!(call.send().await.status == 403, refused, "{name}: {value}");
    }
}

#[actix_web::test]
async fn whoever_cannot_prove_it_hears_the_same_refusal() {
    let world = World::new().await;
    let admin = world.key(Role::Administrator).await;
    world.person("plain@example.com", Role::Agent).await;
    let pinned = world.person("pinned@example.com", Role::Agent).await;
    let body =
        json!({ "name": "P", "email": "pinned@example.com", "role": "agent", "pin": "4815" });
    let place = format!("/api/v1/agents/{pinned}");
    assert_eq!(
        world
            .put(&place, &body)
            .key(&admin)
            .if_match("*")
            .send()
            .await
            .status,
        200
    );
    let invited = json!({ "name": "I", "email": "invited@example.com", "role": "agent" });
    world
        .post("/api/v1/agents", &invited)
        .key(&admin)
        .send()
        .await;

    let with = |email: &str, password: &str, number: Option<&str>, pin: Option<&str>| json!({ "email": email, "password": password, "number": number, "pin": pin });
    let rows = [
        (with("plain@example.com", PASSWORD, None, None), true),
        (
            with("plain@example.com", PASSWORD, Some("0001"), None),
            true,
        ),
        (
            with("plain@example.com", PASSWORD, Some("0002"), None),
            false,
        ),
        (
            with("plain@example.com", PASSWORD, None, Some("4815")),
            false,
        ),
        (
            with("plain@example.com", "wrong horse battery", None, None),
            false,
        ),
        (with("nobody@example.com", PASSWORD, None, None), false),
        (with("invited@example.com", "", None, None), false),
        (
            with("pinned@example.com", PASSWORD, Some("0002"), Some("4815")),
            true,
        ),
        (
            with("pinned@example.com", PASSWORD, Some("0002"), None),
            false,
        ),
        (
            with("pinned@example.com", PASSWORD, None, Some("4815")),
            false,
        ),
        (
            with("pinned@example.com", PASSWORD, Some("0001"), Some("4815")),
            false,
        ),
        (
            with("pinned@example.com", PASSWORD, Some("0002"), Some("4816")),
            false,
        ),
    ];
    let mut refusals = std::collections::BTreeSet::new();
    for (n, (body, good)) in rows.into_iter().enumerate() {
        world.pass(20 * MINUTE);
        let answer = world
            .post(SESSION, &body)
            .peer(&format!("198.51.100.{n}"))
            .send()
            .await;
        assert_eq!(answer.status == 200, good, "{body}: {}", answer.text());
        if !good {
            assert_eq!(answer.refusal(), (401, "sign_in_refused".to_owned()));
            refusals.insert(answer.text());
        }
    }
    assert_eq!(refusals.len(), 1, "{refusals:?}");
}

#[actix_web::test]
async fn guessing_stops_after_some_failures_and_starts_again_after_fifteen_minutes() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Agent).await;
    world.person("bob@example.com", Role::Agent).await;
    let guess = |email: &str, password: &str, peer: &str| {
        let call = world
            .post(SESSION, &credentials(email, password))
            .peer(peer);
        async move { call.send().await }
    };
    for n in 0..5 {
        let answer = guess("ada@example.com", "wrong", &format!("198.51.100.{n}")).await;
        assert_eq!(answer.refusal().0, 401);
    }
    let limited = guess("Ada@example.com", PASSWORD, "198.51.100.9").await;
    assert_eq!(limited.refusal(), (429, "too_many_attempts".to_owned()));
    assert_eq!(limited.header("Retry-After"), "900");
    assert_eq!(
        guess("bob@example.com", PASSWORD, "198.51.100.9")
            .await
            .status,
        200,
        "others are free"
    );
    world.pass(15 * MINUTE);
    assert_eq!(
        guess("ada@example.com", PASSWORD, "198.51.100.9")
            .await
            .status,
        200
    );

    for n in 0..20 {
        assert_eq!(
            guess(&format!("{n}@example.com"), "wrong", "203.0.113.9")
                .await
                .refusal()
                .0,
            401
        );
    }
    assert_eq!(
        guess("bob@example.com", PASSWORD, "203.0.113.9")
            .await
            .refusal()
            .0,
        429,
        "the address is stopped"
    );
    assert_eq!(
        guess("bob@example.com", PASSWORD, "203.0.113.10")
            .await
            .status,
        200
    );
}

#[actix_web::test]
async fn an_invited_person_chooses_a_password_once() {
    let world = World::new().await;
    let admin = world.key(Role::Administrator).await;
    let body = json!({ "name": "Ada Lovelace", "email": "ada@example.com", "role": "agent" });
    let made = world.post("/api/v1/agents", &body).key(&admin).send().await;
    let link = |url: &Value| {
        url.as_str()
            .unwrap()
            .replace(&format!("{ORIGIN}/invitation/"), "/api/v1/invitations/")
    };
    let first = link(&made.json()["invitation_url"]);
    for (password, code) in [
        ("short", "too_short"),
        ("Ada Lovelace", "too_easy"),
        ("            ", "too_easy"),
    ] {
        let answer = world
            .post(&first, &json!({ "password": password }))
            .send()
            .await;
        assert_eq!(
            answer.fields(),
            [("password".to_owned(), code.to_owned())],
            "{password:?}"
        );
    }
    let again = world
        .call(
            Method::POST,
            &format!("/api/v1/agents/{}/invitation", made.id()),
        )
        .key(&admin)
        .send()
        .await;
    let second = link(&again.json()["invitation_url"]);
    let chosen = json!({ "password": PASSWORD });
    let gone = (410, "link_gone".to_owned());
    assert_eq!(
        world.post(&first, &chosen).send().await.refusal(),
        gone,
        "a newer link replaces it"
    );
    assert_eq!(world.post(&second, &chosen).send().await.status, 204);
    assert_eq!(world.post(&second, &chosen).send().await.refusal(), gone);
    assert_eq!(
        world
            .post("/api/v1/invitations/guess", &chosen)
            .send()
            .await
            .refusal(),
        gone
    );
    world.sign_in("ada@example.com").await;

    let late = world
        .call(
            Method::POST,
            &format!("/api/v1/agents/{}/invitation", made.id()),
        )
        .key(&admin)
        .send()
        .await;
    world.pass(HOUR);
    let late = link(&late.json()["invitation_url"]);
    assert_eq!(
        world.post(&late, &chosen).send().await.refusal(),
        gone,
        "a reset is good for an hour"
    );
}

#[actix_web::test]
async fn a_new_password_ends_every_other_session() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Agent).await;
    let mine = world.sign_in("ada@example.com").await;
    let other = world.sign_in("ada@example.com").await;
    let change = |current: &str, new: &str| {
        let call = world
            .post(
                "/api/v1/password",
                &json!({ "current": current, "new": new }),
            )
            .session(&mine);
        async move { call.send().await }
    };
    let fields = change("wrong", "another horse battery").await.fields();
    assert_eq!(
        fields,
        [("current".to_owned(), "wrong_password".to_owned())]
    );
    assert_eq!(
        change(PASSWORD, "short").await.fields(),
        [("new".to_owned(), "too_short".to_owned())]
    );
    assert_eq!(change(PASSWORD, "another horse battery").await.status, 204);
    assert_eq!(world.get(SESSION).cookie(&mine.0).send().await.status, 200);
    assert_eq!(
        world.get(SESSION).cookie(&other.0).send().await.refusal().0,
        401
    );
    assert_eq!(
        world
            .post(SESSION, &credentials("ada@example.com", PASSWORD))
            .send()
            .await
            .refusal()
            .0,
        401
    );
    for _ in 0..4 {
        change("wrong", "another horse battery").await;
    }
    assert_eq!(
        change("wrong", "another horse battery").await.refusal().0,
        429,
        "guessing is limited here too"
    );
}

#[actix_web::test]
async fn a_session_that_is_not_used_ends() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Agent).await;
    let (cookie, _) = world.sign_in("ada@example.com").await;
    let is_open = async || world.get(SESSION).cookie(&cookie).send().await.status == 200;
    for _ in 0..4 {
        world.pass(11 * HOUR);
        assert!(is_open().await, "using it keeps it open");
    }
    world.pass(12 * HOUR);
    assert!(!is_open().await);
}

#[actix_web::test]
async fn whoever_loses_a_right_loses_it_with_the_next_request() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    world.person("first@example.com", Role::Administrator).await;
    let ada = world.person("ada@example.com", Role::Administrator).await;
    let session = world.sign_in("ada@example.com").await;
    let keys = async || {
        world
            .get("/api/v1/api-keys")
            .cookie(&session.0)
            .send()
            .await
            .status
            .as_u16()
    };
    assert_eq!(keys().await, 200);
    let place = format!("/api/v1/agents/{ada}");
    let demoted = json!({ "name": "Ada", "email": "ada@example.com", "role": "agent" });
    assert_eq!(
        world
            .put(&place, &demoted)
            .key(&key)
            .if_match("*")
            .send()
            .await
            .status,
        200
    );
    assert_eq!(keys().await, 403);
    assert_eq!(
        world
            .delete(&place)
            .key(&key)
            .if_match("*")
            .send()
            .await
            .status,
        204
    );
    assert_eq!(keys().await, 401);
}

#[actix_web::test]
async fn a_language_is_chosen_and_forgotten() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Agent).await;
    let session = world.sign_in("ada@example.com").await;
    for language in [json!("fr"), json!("en"), Value::Null] {
        let call = world
            .call(Method::PATCH, SESSION)
            .json(&json!({ "language": language }))
            .session(&session);
        assert_eq!(call.send().await.json()["user"]["language"], language);
        assert_eq!(
            world.get(SESSION).cookie(&session.0).send().await.json()["user"]["language"],
            language
        );
    }
    for (body, code) in [
        (json!({}), "required"),
        (json!({ "language": "de" }), "unknown_value"),
    ] {
        let answer = world
            .call(Method::PATCH, SESSION)
            .json(&body)
            .session(&session)
            .send()
            .await;
        assert_eq!(answer.fields(), [("language".to_owned(), code.to_owned())]);
    }
}

#[actix_web::test]
async fn a_program_has_no_session() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let passwords = json!({ "current": "a", "new": "b" });
    for call in [
        world.get(SESSION),
        world.delete(SESSION),
        world.post("/api/v1/password", &passwords),
    ] {
        assert_eq!(
            call.key(&key).send().await.refusal(),
            (403, "people_only".to_owned())
        );
    }
}

#[actix_web::test]
async fn the_first_start_makes_an_administrator_once() {
    let world = World::new().await;
    let made = first_start(&world.db, None, None).await.unwrap().unwrap();
    let (password, key) = (made.password.unwrap(), made.api_key.unwrap());
    assert!(!format!("{password:?}{key:?}").contains(password.expose_secret()));
    let answer = world
        .post(SESSION, &credentials("admin", password.expose_secret()))
        .send()
        .await;
    assert_eq!(answer.json()["user"]["role"], "administrator");
    assert_eq!(answer.json()["user"]["number"], "0000");
    assert_eq!(
        world
            .get("/api/v1/api-keys")
            .key(key.expose_secret())
            .send()
            .await
            .status,
        200
    );
    assert!(first_start(&world.db, None, None).await.unwrap().is_none());

    let world = World::new().await;
    let given = || (Some("given password".into()), Some("given-key".into()));
    let (password, key) = given();
    world
        .db
        .add_api_key(
            &crate::world::system(),
            "cut short",
            Role::Administrator,
            Token::presented("given-key"),
        )
        .await
        .unwrap();
    let made = first_start(&world.db, password, key)
        .await
        .unwrap()
        .unwrap();
    assert!(
        made.password.is_none() && made.api_key.is_none(),
        "what was given is not shown"
    );
    assert_eq!(
        world
            .post(SESSION, &credentials("ADMIN", "given password"))
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        world
            .get("/api/v1/queues")
            .key("given-key")
            .send()
            .await
            .status,
        200
    );
}

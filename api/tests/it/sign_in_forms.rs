//! Signing in, and choosing a password, by forms: what a browser without scripts can do.

use actix_web::http::Method;
use ecluse_engine::configuration::Role;
use serde_json::json;
use url::form_urlencoded::Serializer;

use crate::world::{Answer, ORIGIN, PASSWORD, World};

async fn sent(world: &World, path: &str, fields: &[(&str, &str)]) -> Answer {
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    let call = world.form(path, body).header("Origin", ORIGIN);
    call.send().await
}

#[actix_web::test]
async fn a_form_signs_in_and_leads_to_the_page_that_was_wanted() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Administrator).await;
    let fields = [("email", " Ada@Example.com "), ("password", PASSWORD)];
    for (path, place) in [
        ("/login", "/desk"),
        (
            "/login?next=%2Fconsole%2Fqueues%3Fq%3Da",
            "/console/queues?q=a",
        ),
        ("/login?next=%2F%2Fevil.test", "/desk"),
    ] {
        let answer = sent(&world, path, &fields).await;
        let place_told = answer.header("Location");
        assert_eq!((answer.status.as_u16(), place_told), (303, place), "{path}");
        let session = world.get("/api/v1/session").cookie(&answer.cookie());
        assert_eq!(session.send().await.status, 200);
    }
}

#[actix_web::test]
async fn a_form_that_is_refused_is_shown_again_with_the_reason_and_without_the_password() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Agent).await;
    let rows = [
        ("", "", 422, "Saisissez votre adresse e-mail."),
        ("ada@example.com", "", 422, "Saisissez votre mot de passe."),
        ("ada@example.com", "not my <password>", 401, "ne correspond"),
        (
            "nobody@example.com",
            "not my <password>",
            401,
            "ne correspond",
        ),
    ];
    for (email, password, status, words) in rows {
        let fields = [("email", email), ("password", password)];
        let answer = sent(&world, "/login?lang=fr&next=%2Fconsole", &fields).await;
        let page = answer.text();
        assert_eq!(answer.status, status, "{email} {password}");
        assert!(page.contains(words), "{words}: {page}");
        assert!(page.contains(&format!("value=\"{email}\"")), "{page}");
        assert!(page.contains("next=%2Fconsole"), "{page}");
        assert!(!page.contains("not my"), "{page}");
        // Whoever was refused is asked for a PIN, whether or not there is one.
        assert_eq!(page.contains("id=\"agent\" open"), status == 401, "{page}");
    }
}

#[actix_web::test]
async fn a_form_of_another_site_and_one_guess_too_many_are_refused() {
    let world = World::new().await;
    world.person("ada@example.com", Role::Agent).await;
    let body = format!(
        "email=ada%40example.com&password={}",
        PASSWORD.replace(' ', "+")
    );
    let foreign = world
        .form("/login", body)
        .header("Origin", "https://evil.test");
    assert_eq!(foreign.send().await.status, 403);
    let guess = [("email", "ada@example.com"), ("password", "wrong")];
    for _ in 0..5 {
        assert_eq!(sent(&world, "/login", &guess).await.status, 401);
    }
    let right = [("email", "ada@example.com"), ("password", PASSWORD)];
    let late = sent(&world, "/login", &right).await;
    assert_eq!(late.status, 429);
    assert!(late.header("Retry-After").parse::<u64>().unwrap() > 0);
}

#[actix_web::test]
async fn a_number_and_a_pin_are_part_of_the_form() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let id = world.person("ada@example.com", Role::Agent).await;
    let pin = world.patch(&format!("/api/v1/agents/{id}"), &json!({ "pin": "4711" }));
    assert_eq!(pin.key(&key).if_match("*").send().await.status, 200);
    let rows = [("", "", 401), ("0001", "4712", 401), ("0001", "4711", 303)];
    for (number, pin, status) in rows {
        let fields = [
            ("email", "ada@example.com"),
            ("password", PASSWORD),
            ("number", number),
            ("pin", pin),
        ];
        let answer = sent(&world, "/login", &fields).await;
        assert_eq!(answer.status, status, "{number} {pin}");
        assert!(pin.is_empty() || !answer.text().contains(pin));
    }
}

#[actix_web::test]
async fn an_invited_person_chooses_a_password_by_a_form_once() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "role": "agent" });
    let made = world.add(&key, "/api/v1/agents", &ada).await;
    let link = made["invitation_url"].as_str().unwrap().replace(ORIGIN, "");
    let shown = world.call(Method::GET, &link).send().await;
    assert!(
        shown.text().contains("At least 12 characters"),
        "{}",
        shown.text()
    );
    let rows = [
        ("short", "short", 422, "Use at least 12 characters."),
        (
            "Ada@example.com",
            "Ada@example.com",
            422,
            "too easy to guess",
        ),
        (PASSWORD, "another one", 422, "are not the same"),
        (PASSWORD, PASSWORD, 200, "You can sign in now."),
        (PASSWORD, PASSWORD, 410, "has been used or has expired"),
    ];
    for (password, again, status, words) in rows {
        let fields = [("password", password), ("again", again)];
        let answer = sent(&world, &link, &fields).await;
        assert_eq!(answer.status, status, "{password}: {}", answer.text());
        assert!(answer.text().contains(words), "{words}: {}", answer.text());
    }
    world.sign_in("ada@example.com").await;
}

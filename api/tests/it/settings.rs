//! What holds for everything of a tenant, as a program configures it.

use ecluse_engine::configuration::Role;
use serde_json::{Value, json};

use crate::world::World;

const SETTINGS: &str = "/api/v1/settings";

fn mail() -> Value {
    json!({ "host": "smtp.example.com", "port": 465, "security": "tls", "username": "ecluse",
        "from": "ecluse@example.com", "password": "very-secret" })
}

#[actix_web::test]
async fn the_settings_are_read_replaced_and_patched_by_who_saw_them_as_they_are() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let usual = world.get(SETTINGS).key(&key).send().await;
    assert_eq!(
        (usual.status.as_u16(), usual.etag()),
        (200, "\"0\"".to_owned())
    );
    let blind = world.put(SETTINGS, &json!({})).key(&key).send().await;
    assert_eq!(blind.refusal(), (428, "precondition_required".to_owned()));

    let body = json!({ "time_zone": "Europe/Paris", "alert_email": "ops+alerts@example.com", "mail": mail() });
    let saved = world.put(SETTINGS, &body).key(&key).if_match(&usual.etag());
    let saved = saved.send().await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    assert_eq!(saved.json()["mail"]["has_password"], true);
    assert!(!saved.text().contains("very-secret") && !world.files_hold("very-secret"));
    let stale = world.put(SETTINGS, &body).key(&key).if_match(&usual.etag());
    assert_eq!(
        stale.send().await.refusal(),
        (412, "precondition_failed".to_owned())
    );
    let stale = world
        .patch(SETTINGS, &json!({}))
        .key(&key)
        .if_match(&usual.etag());
    assert_eq!(
        stale.send().await.refusal(),
        (412, "precondition_failed".to_owned())
    );

    let back = world
        .put(SETTINGS, &saved.json())
        .key(&key)
        .if_match(&saved.etag());
    let back = back.send().await;
    assert_eq!(back.json(), saved.json(), "what was read can be sent back");
    let patch = json!({ "retention": { "conversation_days": 30 } });
    let patched = world
        .patch(SETTINGS, &patch)
        .key(&key)
        .if_match(&back.etag());
    let patched = patched.send().await.json();
    assert_eq!(patched["retention"]["conversation_days"], 30);
    assert_eq!(
        (&patched["time_zone"], &patched["mail"]),
        (&saved.json()["time_zone"], &saved.json()["mail"])
    );

    let refused = json!({ "time_zone": "Europe/Nowhere", "abuse": { "ban_hours": 0 }, "weights": { "sms": 0 } });
    let refused = world
        .patch(SETTINGS, &refused)
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(
        refused.fields(),
        [
            ("time_zone".to_owned(), "unknown_time_zone".to_owned()),
            ("abuse.ban_hours".to_owned(), "out_of_range".to_owned()),
            ("weights.sms".to_owned(), "out_of_range".to_owned())
        ]
    );
    let supervisor = world.key(Role::Supervisor).await;
    let refused = world.get(SETTINGS).key(&supervisor).send().await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    let stranger = world
        .key_in(world.other_tenant().await, Role::Administrator)
        .await;
    let theirs = world.get(SETTINGS).key(&stranger).send().await.json();
    assert_eq!(
        (&theirs["mail"], &theirs["time_zone"]),
        (&json!(null), &json!("UTC"))
    );
}

#[actix_web::test]
async fn the_password_of_the_mail_account_is_kept_forgotten_and_gone_with_the_account() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let patch = async |patch: Value| {
        let call = world.patch(SETTINGS, &patch).key(&key);
        call.if_match("*").send().await
    };
    let saved = patch(json!({ "mail": mail() })).await.json();
    assert_eq!(saved["mail"]["has_password"], true);
    let kept = patch(json!({ "mail": { "from": "desk@example.com" } })).await;
    assert_eq!(kept.json()["mail"]["has_password"], true);
    let elsewhere = patch(json!({ "mail": { "host": "evil.example.net" } })).await;
    assert_eq!(
        elsewhere.fields(),
        [("mail.password".to_owned(), "password_needed".to_owned())]
    );
    let needed = patch(json!({ "mail": { "password": null } })).await;
    assert_eq!(
        needed.fields(),
        [("mail.password".to_owned(), "required".to_owned())]
    );
    let open = patch(json!({ "mail": { "username": "", "password": null } }))
        .await
        .json();
    assert_eq!(open["mail"]["has_password"], false);

    patch(json!({ "mail": mail() })).await;
    assert_eq!(
        patch(json!({ "mail": null })).await.json()["mail"],
        json!(null)
    );
    let mut anew = mail();
    anew.as_object_mut().unwrap().remove("password");
    let anew = patch(json!({ "mail": anew })).await;
    assert_eq!(
        anew.fields(),
        [("mail.password".to_owned(), "required".to_owned())]
    );
}

#[actix_web::test]
async fn a_list_is_no_object_of_the_settings() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let patch = json!({ "weights": [1, 2, 3, 4, 5], "abuse": { "ban_hours": 0 } });
    let refused = world.patch(SETTINGS, &patch).key(&key).if_match("*");
    assert_eq!(
        refused.send().await.fields(),
        [("weights", "invalid"), ("abuse.ban_hours", "out_of_range")]
            .map(|(field, code)| (field.to_owned(), code.to_owned()))
    );
}

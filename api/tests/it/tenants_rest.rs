//! The companies of a deployment, as the platform's administrator configures them.

use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use serde_json::json;

use crate::world::World;

const TENANTS: &str = "/api/v1/tenants";

#[actix_web::test]
async fn a_tenant_is_added_read_and_renamed_by_who_saw_it_as_it_is() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let body = json!({ "name": "Lampyre", "administrator": { "name": "Ada", "email": "ada@example.com" } });
    let added = world.post(TENANTS, &body).key(&key).send().await;
    assert_eq!(added.status, 201, "{}", added.text());
    let place = added.header("Location").to_owned();
    let read = world.get(&place).key(&key).send().await;
    assert_eq!((read.status.as_u16(), read.etag()), (200, added.etag()));
    let mut expected = added.json();
    assert!(
        expected
            .as_object_mut()
            .unwrap()
            .remove("invitation_url")
            .is_some()
    );
    assert_eq!(read.json(), expected);

    let name = json!({ "name": "Luciole" });
    let blind = world.put(&place, &name).key(&key).send().await;
    assert_eq!(blind.refusal(), (428, "precondition_required".to_owned()));
    let renamed = world.put(&place, &name).key(&key).if_match(&read.etag());
    let renamed = renamed.send().await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    assert_eq!(renamed.json()["name"], "Luciole");
    let stale = world.put(&place, &name).key(&key).if_match(&read.etag());
    assert_eq!(
        stale.send().await.refusal(),
        (412, "precondition_failed".to_owned())
    );
    let read = world.get(&place).key(&key).send().await;
    assert_eq!((read.etag(), read.json()), (renamed.etag(), renamed.json()));

    let refused = json!({ "name": "x", "administrator": { "name": "", "email": "nobody" } });
    let refused = world.post(TENANTS, &refused).key(&key).send().await;
    let fields = ["administrator.name", "administrator.email"];
    assert_eq!(
        refused
            .fields()
            .into_iter()
            .map(|(field, _)| field)
            .collect::<Vec<_>>(),
        fields
    );
    let listed = world.get(TENANTS).key(&key).send().await.json();
    assert_eq!(
        listed["items"].as_array().unwrap().len(),
        2,
        "both or none: {listed}"
    );
    assert_eq!(
        world
            .get("/api/v1/tenants/99")
            .key(&key)
            .send()
            .await
            .refusal()
            .0,
        404
    );
}

#[actix_web::test]
async fn tenants_of_one_name_have_keys_of_their_own_and_are_listed_by_pages() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let mut keys = Vec::new();
    for number in 0..2 {
        let email = format!("ada{number}@example.com");
        let body = json!({ "name": "Lampyre", "administrator": { "name": "Ada", "email": email } });
        let added = world.post(TENANTS, &body).key(&key).send().await;
        assert_eq!(added.status, 201, "{}", added.text());
        keys.push(added.json()["key"].as_str().unwrap().to_owned());
    }
    assert_eq!(keys[0], "lampyre");
    assert!(keys[1].starts_with("lampyre-"), "{keys:?}");
    let body = json!({ "name": "Luciole", "key": "lampyre",
        "administrator": { "name": "Ada", "email": "ada@example.org" } });
    let refused = world.post(TENANTS, &body).key(&key).send().await;
    assert_eq!(refused.fields(), [("key".to_owned(), "taken".to_owned())]);

    let first = world.get("/api/v1/tenants?limit=2").key(&key).send().await;
    let first = first.json();
    let path = format!("/api/v1/tenants?limit=2&cursor={}", first["next_cursor"]);
    let last = world.get(&path).key(&key).send().await.json();
    let listed: Vec<_> = [&first, &last]
        .into_iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|tenant| tenant["key"].as_str().unwrap())
        .collect();
    assert_eq!(listed, ["default", &keys[0], &keys[1]]);
    assert!(last["next_cursor"].is_null(), "{last}");
}

#[actix_web::test]
async fn a_tenant_takes_a_merge_patch() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let patch = |body| {
        world
            .patch("/api/v1/tenants/1", &body)
            .key(&key)
            .if_match("*")
    };
    let renamed = patch(json!({ "name": "Luciole" })).send().await;
    assert_eq!(renamed.status, 200, "{}", renamed.text());
    assert_eq!(renamed.json()["name"], "Luciole");
    let same = patch(json!({})).send().await;
    assert_eq!(same.json()["name"], "Luciole");
    let refused = patch(json!({ "key": "other" })).send().await;
    assert_eq!(refused.status, 422, "{}", refused.text());
}

#[actix_web::test]
async fn only_the_platforms_administrators_see_that_there_are_several() {
    let world = World::new().await;
    let stranger = world
        .key_in(world.other_tenant().await, Role::Administrator)
        .await;
    let supervisor = world.key(Role::Supervisor).await;
    let name = json!({ "name": "stolen" });
    for key in [stranger, supervisor] {
        for call in [
            world.get(TENANTS),
            world.get("/api/v1/tenants/1"),
            world.put("/api/v1/tenants/1", &name).if_match("*"),
            world.post(TENANTS, &name),
        ] {
            let refused = call.key(&key).send().await;
            assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
        }
    }
}

#[actix_web::test]
async fn a_tenant_that_never_decided_anything_is_known_to_the_engine() {
    let world = World::new().await;
    let known = |tenant| world.db.feed().current().tenants.contains_key(&tenant);
    assert!(known(TenantId::DEFAULT));
    let other = world.other_tenant().await;
    assert!(known(other));
    let anew = world.db.snapshot().await.unwrap();
    assert_eq!(anew.tenants, world.db.feed().current().tenants);
}

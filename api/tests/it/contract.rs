//! What holds for every route: who may call it, how it refuses, and how it is described.

use std::collections::BTreeSet;

use actix_web::http::Method;
use ecluse_engine::configuration::Role;
use serde_json::json;

use crate::world::{World, mount};

#[actix_web::test]
async fn every_route_asks_for_its_role() {
    let world = World::new().await;
    let id = "00000000-0000-0000-0000-000000000001";
    let rows = [
        (Method::GET, "/channels", Role::Supervisor),
        (Method::POST, "/channels", Role::Administrator),
        (Method::GET, "/channels/ID", Role::Supervisor),
        (Method::PUT, "/channels/ID", Role::Administrator),
        (Method::DELETE, "/channels/ID", Role::Administrator),
        (Method::GET, "/queues", Role::Supervisor),
        (Method::POST, "/queues", Role::Administrator),
        (Method::GET, "/queues/ID", Role::Supervisor),
        (Method::PUT, "/queues/ID", Role::Administrator),
        (Method::DELETE, "/queues/ID", Role::Administrator),
        (Method::GET, "/agents", Role::Supervisor),
        (Method::POST, "/agents", Role::Administrator),
        (Method::GET, "/agents/ID", Role::Supervisor),
        (Method::PUT, "/agents/ID", Role::Administrator),
        (Method::DELETE, "/agents/ID", Role::Administrator),
        (Method::POST, "/agents/ID/invitation", Role::Administrator),
        (Method::GET, "/api-keys", Role::Administrator),
        (Method::POST, "/api-keys", Role::Administrator),
        (Method::DELETE, "/api-keys/ID", Role::Administrator),
    ];
    let mut keys = Vec::new();
    for role in [Role::Agent, Role::Supervisor, Role::Administrator] {
        keys.push((role, world.key(role).await));
    }
    for (method, path, least) in rows {
        let path = format!("/api/v1{}", path.replace("ID", id));
        let stranger = world.call(method.clone(), &path).send().await;
        assert_eq!(
            stranger.refusal(),
            (401, "unauthenticated".to_owned()),
            "{method} {path}"
        );
        assert_eq!(stranger.header("WWW-Authenticate"), "Bearer");
        let guess = world
            .call(method.clone(), &path)
            .key("ecluse_guess")
            .send()
            .await;
        assert_eq!(guess.refusal().0, 401, "{method} {path}");
        for (role, key) in &keys {
            let answer = world.call(method.clone(), &path).key(key).send().await;
            let refused = answer.status == 403;
            assert_eq!(
                refused,
                *role < least,
                "{method} {path} as {role:?}: {}",
                answer.text()
            );
            assert_ne!(answer.status, 401, "{method} {path} as {role:?}");
        }
    }
}

#[actix_web::test]
async fn a_request_that_cannot_be_read_is_a_problem_too() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queues = "/api/v1/queues";
    let broken = world
        .call(Method::POST, queues)
        .key(&key)
        .raw("{\"name\"")
        .send()
        .await;
    assert_eq!(broken.refusal(), (400, "malformed".to_owned()));
    let no_json = world.call(Method::POST, queues).key(&key).send().await;
    assert_eq!(
        no_json.refusal(),
        (415, "unsupported_media_type".to_owned())
    );
    let long = json!({ "name": "x".repeat(1 << 20), "strategy": "auto" });
    let long = world.post(queues, &long).key(&key).send().await;
    assert_eq!(long.refusal(), (413, "payload_too_large".to_owned()));
    for path in ["/api/v1/queues/not-an-id", "/api/v1/nothing", "/nothing"] {
        assert_eq!(
            world.get(path).key(&key).send().await.refusal(),
            (404, "not_found".to_owned()),
            "{path}"
        );
    }
    for query in ["limit=0", "limit=201", "cursor=x"] {
        let answer = world
            .get(&format!("{queues}?{query}"))
            .key(&key)
            .send()
            .await;
        assert_eq!(answer.fields()[0].0, query.split('=').next().unwrap());
    }
    let answer = world
        .get(&format!("{queues}?limit=many"))
        .key(&key)
        .send()
        .await;
    assert_eq!(answer.refusal(), (400, "malformed".to_owned()));
}

#[actix_web::test]
async fn a_wrong_method_is_told_from_a_wrong_path() {
    let world = World::new().await;
    let rows = [
        (Method::PATCH, "/api/v1/queues", "GET, POST"),
        (Method::POST, "/api/v1/queues/anything", "GET, PUT, DELETE"),
        (Method::PUT, "/api/v1/session", "GET, POST, PATCH, DELETE"),
    ];
    for (method, path, allow) in rows {
        let answer = world.call(method.clone(), path).send().await;
        assert_eq!(
            answer.refusal(),
            (405, "method_not_allowed".to_owned()),
            "{method} {path}"
        );
        assert_eq!(answer.header("Allow"), allow);
    }
}

#[actix_web::test]
async fn a_stranger_does_not_learn_what_a_good_body_is() {
    let world = World::new().await;
    let agent = world.key(Role::Agent).await;
    let broken = world.call(Method::POST, "/api/v1/queues").raw("{");
    assert_eq!(broken.send().await.refusal().0, 401);
    let broken = world
        .call(Method::POST, "/api/v1/queues")
        .key(&agent)
        .raw("{");
    assert_eq!(broken.send().await.refusal().0, 403);
}

#[actix_web::test]
async fn the_document_describes_every_route_and_is_served_with_its_page() {
    let world = World::new().await;
    let document = world.get("/api/v1/openapi.json").send().await.json();
    assert_eq!(
        document,
        serde_json::to_value(ecluse_api::openapi::document(mount)).unwrap()
    );
    let (mut operations, mut ids) = (Vec::new(), BTreeSet::new());
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            assert!(
                !operation["summary"].as_str().unwrap().is_empty(),
                "{method} {path}"
            );
            let id = operation["operationId"].as_str().unwrap().to_owned();
            assert!(ids.insert(id.clone()), "{id} names two operations");
            for (status, response) in operation["responses"].as_object().unwrap() {
                if !status.starts_with('2') {
                    assert!(
                        response["content"]["application/problem+json"].is_object(),
                        "{id} {status}"
                    );
                }
            }
            operations.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    insta::assert_snapshot!(operations.join("\n"));
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(!name.ends_with("View"), "{name} is an inner word");
        let text = schema.to_string();
        assert!(
            !text.contains("\"_"),
            "{name} shows a member that is ignored: {text}"
        );
    }
    let page = world.get("/docs/").send().await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("swagger"), "{}", page.text());
    for file in [
        "swagger-ui.css",
        "swagger-ui-bundle.js",
        "swagger-initializer.js",
    ] {
        let answer = world.get(&format!("/docs/{file}")).send().await;
        assert_eq!(answer.status, 200, "{file}");
        assert!(
            !page.text().contains("https://"),
            "the page needs no network"
        );
    }
    assert_eq!(world.get("/docs").send().await.header("Location"), "/docs/");
}

//! What holds for every route: who may call it, how it refuses, and how it is described.

use std::collections::BTreeSet;

use actix_web::http::Method;
use ecluse_engine::configuration::Role;
use serde_json::{Value, json};

use crate::chat_world::World as Node;
use crate::world::{World, mount, system};

/// An operation of the document, with parameters that name nothing.
struct Operation {
    method: reqwest::Method,
    path: String,
    /// The least role that may call it; nobody has to be known for it otherwise.
    least: Option<Role>,
}

/// Who may call what. The document is asked only for what there is.
fn least(method: &str, tag: &str, path: &str) -> Role {
    match (tag, method) {
        ("contacts", _) if path.ends_with("/export") || path.ends_with("/erasure") => {
            Role::Administrator
        }
        (
            "alerts" | "api-keys" | "dead-letters" | "sign-ons" | "settings" | "licence" | "audit"
            | "tenants" | "config",
            _,
        ) => Role::Administrator,
        (
            "channels" | "queues" | "chatbots" | "forms" | "sms-trunks" | "agents" | "bans",
            method,
        ) => match method {
            "get" => Role::Supervisor,
            _ => Role::Administrator,
        },
        _ => Role::Agent,
    }
}

fn filled(path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array();
    let in_path = parameters
        .into_iter()
        .flatten()
        .filter(|one| one["in"] == "path");
    in_path.fold(path.to_owned(), |path, one| {
        let value = match one["schema"]["type"].as_str() {
            Some("integer") => "1",
            _ => "00000000-0000-0000-0000-000000000001",
        };
        path.replace(&format!("{{{}}}", one["name"].as_str().unwrap()), value)
    })
}

pub(crate) fn whole_document() -> Value {
    let document = ecluse_api::openapi::document(ecluse_api::routes::api);
    serde_json::to_value(document).unwrap()
}

fn every_operation() -> Vec<Operation> {
    let document = whole_document();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let is_open = operation["security"].is_array();
            let least = least(method, operation["tags"][0].as_str().unwrap(), path);
            assert!(
                is_open || least == Role::Agent || operation["responses"]["403"].is_object(),
                "{method} {path} does not say that it can be forbidden"
            );
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: filled(path, operation),
                least: (!is_open).then_some(least),
            });
        }
    }
    operations
}

/// The status, the code, and whether a bearer is asked for.
async fn asked(node: &Node, operation: &Operation, key: Option<&str>) -> (u16, String, bool) {
    let mut request = node.request(operation.method.clone(), &operation.path);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let bearer = answer.headers().contains_key("WWW-Authenticate");
    let body: Value = answer.json().await.unwrap_or_default();
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    (status, code, bearer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_route_asks_for_its_role() {
    let node = Node::new().await;
    let mut keys = Vec::new();
    for role in [Role::Agent, Role::Supervisor, Role::Administrator] {
        let made = node
            .app
            .config
            .create_api_key(&system(), "tests", role)
            .await;
        keys.push((role, made.unwrap().key.expose().to_owned()));
    }
    let unknown = (401, "unauthenticated".to_owned(), true);
    let mut open = Vec::new();
    for operation in every_operation() {
        let Operation {
            method,
            path,
            least,
        } = &operation;
        let stranger = asked(&node, &operation, None).await;
        let Some(least) = least else {
            assert_ne!(stranger.1, "unauthenticated", "{method} {path}");
            open.push(format!("{method} {path}"));
            continue;
        };
        assert_eq!(stranger, unknown, "{method} {path}");
        let guess = asked(&node, &operation, Some("ecluse_guess")).await;
        assert_eq!(guess, unknown, "{method} {path}");
        for (role, key) in &keys {
            let (status, code, _) = asked(&node, &operation, Some(key)).await;
            let refused = (status, code.as_str()) == (403, "forbidden");
            assert_eq!(
                refused,
                role < least,
                "{method} {path} as {role:?}: {status} {code}"
            );
            assert!(
                ![401, 500].contains(&status),
                "{method} {path} as {role:?}: {code}"
            );
        }
    }
    open.sort_unstable();
    assert_eq!(
        open,
        [
            "POST /api/v1/invitations/00000000-0000-0000-0000-000000000001",
            "POST /api/v1/session"
        ],
        "nothing else is open to strangers"
    );
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
    let long = json!({ "name": "x".repeat(4 << 20), "strategy": "auto" });
    let long = world.post(queues, &long).key(&key).send().await;
    assert_eq!(long.refusal(), (413, "payload_too_large".to_owned()));
    for path in ["/api/v1/queues/not-an-id", "/api/v1/nothing", "/nothing"] {
        assert_eq!(
            world.get(path).key(&key).send().await.refusal(),
            (404, "not_found".to_owned()),
            "{path}"
        );
    }
    for query in ["limit=0", "limit=201", "cursor=x", "limit=many"] {
        let answer = world
            .get(&format!("{queues}?{query}"))
            .key(&key)
            .send()
            .await;
        assert_eq!(answer.fields()[0].0, query.split('=').next().unwrap());
    }
}

/// The paths of all lists, with parameters that name nothing.
fn every_list() -> Vec<String> {
    let document = whole_document();
    let mut lists = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let mut parameters = methods["get"]["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        if parameters.any(|one| one["name"] == "limit") {
            lists.push(filled(path, &methods["get"]));
        }
    }
    lists
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn every_list_refuses_a_limit_out_of_range() {
    let node = Node::new().await;
    let config = &node.app.config;
    let made = config
        .create_api_key(&system(), "tests", Role::Administrator)
        .await
        .unwrap();
    let lists = every_list();
    assert!(lists.len() >= 7, "{lists:?}");
    for list in lists {
        for limit in ["0", "201"] {
            let path = format!("{list}?limit={limit}");
            let request = node.request(reqwest::Method::GET, &path);
            let answer = request.bearer_auth(made.key.expose()).send().await.unwrap();
            assert_eq!(answer.status(), 422, "{path}");
            let problem: Value = answer.json().await.unwrap();
            assert_eq!(problem["errors"][0]["field"], "limit", "{path}");
        }
    }
}

#[actix_web::test]
async fn a_wrong_method_is_told_from_a_wrong_path() {
    let world = World::new().await;
    let rows = [
        (Method::PATCH, "/api/v1/queues", "GET, POST"),
        (
            Method::POST,
            "/api/v1/queues/anything",
            "GET, PUT, PATCH, DELETE",
        ),
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

#[test]
fn the_document_is_openapi_3_1_and_explains_its_tags_and_refusals() {
    let document = whole_document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut used = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            used.insert(operation["tags"][0].as_str().unwrap());
            let is_open = operation["security"].is_array();
            assert!(
                method == "get" || is_open || operation["responses"]["403"].is_object(),
                "{method} {path} does not say that it can be forbidden"
            );
        }
    }
    let tags = document["tags"].as_array().unwrap();
    for tag in tags {
        assert!(tag["description"].is_string(), "{tag}");
    }
    let explained: BTreeSet<_> = tags
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    assert_eq!(used, explained);
}

#[test]
fn the_document_that_is_checked_in_is_the_one_that_is_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let document = format!("{:#}\n", whole_document());
    if std::env::var_os("INSTA_UPDATE").is_some_and(|how| how == "always") {
        std::fs::write(path, &document).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap();
    assert!(
        known == document,
        "api/openapi.json is another; write it with INSTA_UPDATE=always, and look at the difference"
    );
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
                assert_ne!(status, "default", "{id}: any other answer would be allowed");
                let response = match response["$ref"].as_str() {
                    Some(common) => document.pointer(common.trim_start_matches('#')).unwrap(),
                    None => response,
                };
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

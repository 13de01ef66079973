//! What is wrong with a body, field by field.

use ecluse_engine::configuration::Role;
use serde_json::{Value, json};

use crate::config::{agent, cloud, live_chat, queue};
use crate::world::World;

#[actix_web::test]
async fn a_refused_field_is_named_by_its_path() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = queue(&world, &key, "Support").await.id();
    let with = |mut body: Value, pointer: &str, value: Value| {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    let channels = "/api/v1/channels";
    let nobody = "00000000-0000-0000-0000-000000000001";
    let rows = [
        (
            channels,
            with(live_chat(&queue, "a.test"), "/kind", json!("sms")),
            "live_chat",
            "not_allowed",
        ),
        (
            channels,
            with(live_chat(&queue, "a.test"), "/kind", json!("fax")),
            "kind",
            "unknown_value",
        ),
        (
            channels,
            with(live_chat(&queue, "a.test"), "/kind", json!("whatsapp")),
            "live_chat",
            "not_allowed",
        ),
        (
            channels,
            json!({"kind": "whatsapp", "destination": {"queue": queue}}),
            "whatsapp",
            "required",
        ),
        (
            channels,
            json!({"kind": "live_chat", "live_chat": {"standalone": true}}),
            "destination",
            "required",
        ),
        (
            channels,
            live_chat(&queue, "http://a.test"),
            "live_chat.domains[0]",
            "scheme_not_allowed",
        ),
        (
            channels,
            live_chat(nobody, "a.test"),
            "destination.queue",
            "unknown_queue",
        ),
        (
            channels,
            with(
                live_chat(&queue, "a.test"),
                "/destination",
                json!({"chatbot": nobody}),
            ),
            "destination.chatbot",
            "unknown_chatbot",
        ),
        (
            channels,
            with(cloud(&queue), "/destination", json!({"chatbot": nobody})),
            "destination.chatbot",
            "not_allowed",
        ),
        (
            channels,
            with(cloud(&queue), "/whatsapp/access_token", json!(null)),
            "whatsapp.access_token",
            "required",
        ),
        (
            channels,
            with(cloud(&queue), "/whatsapp/number", json!(7)),
            "whatsapp.number",
            "invalid",
        ),
        (
            "/api/v1/queues",
            json!({"name": "a"}),
            "strategy",
            "required",
        ),
        (
            "/api/v1/queues",
            json!({"name": "support", "strategy": "auto"}),
            "name",
            "taken",
        ),
        (
            "/api/v1/queues",
            json!({"name": "a", "strategy": "auto", "members": [nobody]}),
            "members[0]",
            "unknown_agent",
        ),
        (
            "/api/v1/queues",
            json!({"name": "a", "strategy": "auto", "members": ["x"]}),
            "members[0]",
            "invalid",
        ),
        (
            "/api/v1/queues",
            json!({"name": "a", "strategy": "auto", "operation_times": {"status": true}}),
            "operation_times.status",
            "invalid",
        ),
        (
            "/api/v1/queues",
            json!({"name": "a", "strategy": "auto", "operation_times": ["on", [], []]}),
            "operation_times",
            "invalid",
        ),
        (
            "/api/v1/queues",
            json!({"name": "a", "strategy": "auto", "max_per_agent": 1001}),
            "max_per_agent",
            "out_of_range",
        ),
        (
            "/api/v1/queues",
            json!({"name": "a", "strategy": "auto", "max_per_agent": 4_294_967_296_u64}),
            "max_per_agent",
            "out_of_range",
        ),
        (
            "/api/v1/queues",
            json!({"name": "a", "strategy": "auto", "max_per_agent": -1}),
            "max_per_agent",
            "out_of_range",
        ),
        (
            "/api/v1/agents",
            with(agent("a@x.test"), "/pin", json!("12")),
            "pin",
            "invalid_pin",
        ),
        (
            "/api/v1/agents",
            with(agent("a@x.test"), "/number", json!("7")),
            "number",
            "invalid_number",
        ),
        (
            "/api/v1/agents",
            with(agent("a@x.test"), "/language", json!("de")),
            "language",
            "unknown_value",
        ),
        ("/api/v1/agents", agent("nobody"), "email", "invalid_email"),
        (
            "/api/v1/api-keys",
            json!({"name": "", "role": "agent"}),
            "name",
            "required",
        ),
        (
            "/api/v1/api-keys",
            json!({"name": "a", "role": "root"}),
            "role",
            "unknown_value",
        ),
    ];
    for (path, body, field, code) in rows {
        let answer = world.post(path, &body).key(&key).send().await;
        assert_eq!(
            answer.fields(),
            [(field.to_owned(), code.to_owned())],
            "{path} {body}"
        );
    }
}

#[actix_web::test]
async fn all_refused_fields_are_named_at_once() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let body = json!({ "name": "", "email": "x", "role": "agent", "pin": "1", "capacity": 0 });
    let fields = world
        .post("/api/v1/agents", &body)
        .key(&key)
        .send()
        .await
        .fields();
    let names: Vec<&str> = fields.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(names, ["name", "email", "capacity", "pin"]);

    let ada = json!({ "name": "Ada", "email": "ada@example.com", "role": "agent", "key": "ada" });
    world.add(&key, "/api/v1/agents", &ada).await;
    let nobody = "00000000-0000-0000-0000-000000000009";
    let rows = [
        (
            "/api/v1/agents",
            json!({ "name": "Ada", "email": "ADA@example.com", "role": "agent", "key": "ada" }),
            &["email", "key"] as &[&str],
        ),
        (
            "/api/v1/channels",
            json!({ "kind": "email", "email": { "imap": {}, "smtp": { "host": 1, "port": 70_000 } } }),
            &[
                "destination",
                "email.imap.host",
                "email.imap.port",
                "email.provider",
                "email.smtp.host",
                "email.smtp.port",
            ],
        ),
        (
            "/api/v1/channels",
            json!({ "kind": "live_chat", "name": 3, "destination": { "queue": 3, "chatbot": 4 },
                "live_chat": { "domains": ["a.test", 1] } }),
            &[
                "destination.chatbot",
                "destination.queue",
                "live_chat.domains[1]",
                "name",
            ],
        ),
        (
            "/api/v1/queues",
            json!({ "name": "", "strategy": "auto", "offer_timeout_secs": 0, "members": [nobody], "key": "No!" }),
            &["name", "offer_timeout_secs", "members[0]", "key"],
        ),
        (
            "/api/v1/queues",
            json!({ "name": "", "strategy": "zzz", "offer_timeout_secs": 1 }),
            &["strategy", "name", "offer_timeout_secs"],
        ),
        (
            "/api/v1/bans",
            json!({ "kind": null, "address": null, "reason": null }),
            &["address", "kind", "reason"],
        ),
        (
            "/api/v1/queues",
            json!({ "name": "Late", "strategy": "auto", "operation_times": { "status": "on", "open_days": [
                { "day": "monday", "from": "09:00", "to": "24:00" },
                { "day": "tuesday", "from": "9h", "to": "24:00" },
            ] } }),
            &[
                "operation_times.open_days[0].to",
                "operation_times.open_days[1].from",
                "operation_times.open_days[1].to",
            ],
        ),
    ];
    for (path, body, expected) in rows {
        let refused = world.post(path, &body).key(&key).send().await;
        let fields = refused.fields();
        let mut names: Vec<&str> = fields.iter().map(|(field, _)| field.as_str()).collect();
        if path.ends_with("channels") {
            names.sort_unstable();
        }
        assert_eq!(names, expected, "{path}");
    }
}

#[actix_web::test]
async fn what_others_have_is_told_with_what_a_person_cannot_have() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let first = world.post("/api/v1/agents", &agent("ada@a.test"));
    let first = first.key(&key).send().await.json();
    let mut body = agent("ADA@a.test");
    for (member, value) in [
        ("number", first["number"].clone()),
        ("pin", json!("12")),
        ("capacity", json!(0)),
    ] {
        body[member] = value;
    }
    let refused = world.post("/api/v1/agents", &body).key(&key).send().await;
    let mut fields = refused.fields();
    fields.sort_unstable();
    let expected = [
        ("capacity", "out_of_range"),
        ("email", "taken"),
        ("number", "taken"),
        ("pin", "invalid_pin"),
    ];
    assert_eq!(
        fields,
        expected.map(|(field, code)| (field.to_owned(), code.to_owned()))
    );

    // Of their own, nothing is taken.
    let place = format!("/api/v1/agents/{}", first["id"].as_str().unwrap());
    body["email"] = json!("ada@a.test");
    let refused = world.put(&place, &body).key(&key).if_match("*");
    let fields = refused.send().await.fields();
    let fields: Vec<_> = fields.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["capacity", "pin"]);
}
